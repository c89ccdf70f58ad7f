"""How is the record chained, and does it still hold?"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.ids import StreamId
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.tenants import Head

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
"""JSON with sorted keys and no free blanks is injective over plain data: different content, different text."""


def _digest(value: object) -> str:
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()


def private_digest(salt: str, content: Mapping[str, Any]) -> str:
    """Return the salted digest that stands in the chain for *content*."""
    return _digest([salt, dict(content)])


def event_digest(event: Event) -> str:
    """Return the hash of everything in *event* but the hash itself."""
    return _digest_at(event, event.number, event.at, event.previous)


def _digest_at(event: Event, number: int, at: datetime, previous: str) -> str:
    return _digest(
        [
            event.stream,
            number,
            event.kind,
            at.isoformat(timespec="microseconds"),
            [event.actor.kind.value, event.actor.id, event.actor.link],
            event.subject,
            dict(event.before),
            dict(event.after),
            event.key,
            event.command,
            dict(event.result),
            event.private_digest,
            previous,
        ]
    )


def sealed(draft: Event, head: Head) -> tuple[Event, Head]:
    """Return *draft* as the next event after *head*, and the head it makes."""
    at = draft.at if head.at is None else max(draft.at, head.at)
    number = head.version + 1
    digest = _digest_at(draft, number, at, head.digest)
    event = attrs.evolve(draft, number=number, at=at, previous=head.digest, digest=digest)
    return event, Head(head.stream, number, digest, at)


@attrs.frozen
class Verification:
    """
    What a look through a stream found.

    Args:
        stream: Which stream.
        checked: How many events were read.
        head: The digest of the last good event; to be anchored elsewhere.
        broken_at: Number of the first event that is altered, missing, reordered or foreign; None if all hold.
        why: What is wrong there.
        erased: Numbers of events whose personal side row is gone; the chain holds without it.
    """

    stream: StreamId
    checked: int
    head: str
    broken_at: int | None = None
    why: str = ""
    erased: tuple[int, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.broken_at is None


def _wrong(event: Event, private: PrivatePart | None, stream: StreamId, number: int, previous: str) -> str:
    if event.stream != stream:
        return "belongs to another stream"
    if event.number != number:
        return "is missing, or out of order"
    if event.previous != previous:
        return "does not follow the one before"
    if event.digest != event_digest(event):
        return "was altered"
    if private is not None and event.private_digest != private_digest(private.salt, private.content):
        return "has an altered personal part"
    return ""


def verify(
    stream: StreamId, events: Iterable[tuple[Event, PrivatePart | None]], head: Head | None, anchor: str = ""
) -> Verification:
    """
    Look through *events* of *stream* for the first that does not hold (INV-37).

    Args:
        stream: Which stream they should be of.
        events: In order, from the first.
        head: The stream's recorded head; catches an end that was cut off.
        anchor: A digest noted elsewhere; catches a stream that was rewritten as a whole.
    """
    previous, number, anchored = "", 0, not anchor
    erased: list[int] = []
    for number, (event, private) in enumerate(events, start=1):  # the last number is read below
        why = _wrong(event, private, stream, number, previous)
        if why:
            return Verification(stream, number - 1, previous, number, why, tuple(erased))
        if event.private_digest and private is None:
            erased.append(number)
        previous = event.digest
        anchored = anchored or previous == anchor
    if head is None or (head.version, head.digest) != (number, previous):
        return Verification(stream, number, previous, number + 1, "is missing, or the head was altered", tuple(erased))
    if not anchored:
        return Verification(stream, number, previous, 1, "does not lead to the anchored digest", tuple(erased))
    return Verification(stream, number, previous, erased=tuple(erased))
