"""Evidence: what happened, as numbered and chained events, and the access log beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from tenantaccess.ids import StreamId
from tenantaccess.model.actors import Actor
from tenantaccess.model.frozen import EMPTY, frozen


@attrs.frozen
class Event:
    """
    One change of one subject (INV-36, INV-37).

    Args:
        stream: The tenant's or principal's stream.
        number: 1, 2, 3 and so on without gaps; the stream's version once committed.
        kind: Name of the command.
        at: The command's moment; never before the event before.
        actor: Who.
        subject: Id or word of what changed.
        before: The changed facts as they were; ids, levels, codes and moments only.
        after: The same facts as they are now.
        key: A digest of the command's idempotency key.
        command: Keyed digest of the command's content, so that a key is not used for another one.
        result: What the command answered, as plain data.
        private_digest: Salted digest of the personal side row; empty if there is none.
        previous: Hash of the event before; empty for the first.
        digest: Hash of all of the above.
    """

    stream: StreamId
    number: int
    kind: str
    at: datetime
    actor: Actor
    subject: str
    before: Mapping[str, Any] = attrs.field(default=EMPTY, converter=frozen)
    after: Mapping[str, Any] = attrs.field(default=EMPTY, converter=frozen)
    key: str = ""
    command: str = ""
    result: Mapping[str, Any] = attrs.field(default=EMPTY, converter=frozen)
    private_digest: str = ""
    previous: str = ""
    digest: str = ""


@attrs.frozen
class PrivatePart:
    """
    Names, addresses and free text of one event, kept beside it so that a person can be erased.

    Args:
        stream: Of the event.
        number: Of the event.
        salt: Random; makes the digest in the chain say nothing about the content.
        content: Plain data.
    """

    stream: StreamId
    number: int
    salt: str
    content: Mapping[str, Any] = attrs.field(converter=frozen, repr=False)


LogPlace = tuple[datetime, str, str, str, str, str, str]
"""The last time of a line of the access log, then who by kind, id and link, what, why and about whom."""


def log_place_before(moment: datetime) -> LogPlace:
    """Return the place behind which only lines of earlier moments stand."""
    return (moment, "", "", "", "", "", "")


@attrs.frozen
class AccessEntry:
    """
    One line of the access log: refused commands and entries, aggregated while they repeat.

    Args:
        stream: Where.
        actor: Who.
        what: ``refused:disable``, ``entered``.
        reason: Why refused; empty otherwise.
        subject: Whom it was about.
        first_at: The first time.
        last_at: The last time.
        count: How often.
    """

    stream: StreamId
    actor: Actor
    what: str
    reason: str
    subject: str
    first_at: datetime
    last_at: datetime
    count: int = 1

    @property
    def place(self) -> LogPlace:
        """Where it stands in the log: no two lines of a stream share it."""
        actor = self.actor
        return (self.last_at, actor.kind.value, actor.id, actor.link or "", self.what, self.reason, self.subject)
