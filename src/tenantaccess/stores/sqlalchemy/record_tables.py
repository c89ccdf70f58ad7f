"""The tables of the record: events, what they say of people, and the access log."""

from typing import Any

import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy.columns import count, moment, text
from tenantaccess.stores.sqlalchemy.making import Maker


def event(make: Maker) -> sa.Table:
    """Return the table of events, by stream and number."""
    return make.table(
        "event",
        text("stream", primary_key=True),
        count("number", primary_key=True),
        text("kind"),
        moment("at"),
        *_actor(),
        text("actor_key"),
        text("subject"),
        text("before"),
        text("after"),
        text("key"),
        text("command"),
        text("result"),
        text("private_digest"),
        text("previous"),
        text("digest"),
        make.index("event_key", "stream", "actor_key", "key", "number"),
        make.index("event_subject", "subject", "stream", "number"),
        rowid=True,
    )


def _actor(*, primary_key: bool = False) -> tuple[sa.Column[Any], ...]:
    return tuple(text(name, primary_key=primary_key) for name in ("actor_kind", "actor_id", "actor_link"))


def private_part(make: Maker) -> sa.Table:
    """Return the table of what events say of people, which erasure takes away."""
    return make.table(
        "private_part",
        text("stream", primary_key=True),
        count("number", primary_key=True),
        text("salt"),
        text("content"),
        make.refers("private_part_event", "event", ["stream", "number"], ["stream", "number"]),
        rowid=True,
    )


def access_log(make: Maker) -> sa.Table:
    """Return the table of refusals and looks, counted by the day."""
    return make.table(
        "access_log",
        text("stream", primary_key=True),
        text("day", primary_key=True),
        *_actor(primary_key=True),
        text("what", primary_key=True),
        text("reason", primary_key=True),
        text("subject", primary_key=True),
        moment("first_at"),
        moment("last_at"),
        count("count"),
        make.index("access_log_last", "stream", "last_at"),
    )
