"""Events with their personal side rows, and the access log."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry, Event, LogPlace, PrivatePart
from tenantaccess.model.moments import LATEST
from tenantaccess.ports.records import AccessLogRepository, EventRepository
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.rows import UNREADABLE
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.values import Values, from_json, to_json
from tenantaccess.stores.sqlalchemy.wire import Wire

EVENT: Final = (
    "stream", "number", "kind", "at", "actor_kind", "actor_id", "actor_link", "subject", "before", "after",
    "key", "command", "result", "private_digest", "previous", "digest",
)  # fmt: skip
ENTRY: Final = (
    "stream", "actor_kind", "actor_id", "actor_link", "what", "reason", "subject", "first_at", "last_at", "count",
)  # fmt: skip


PLACE: Final = ("last_at", "actor_kind", "actor_id", "actor_link", "what", "reason", "subject")
"""The columns of `AccessEntry.place`, in its order."""
_PLACE_AT: Final = tuple(ENTRY.index(name) for name in PLACE)
_NEWEST: Final[LogPlace] = (LATEST, "\U0010ffff", "", "", "", "", "")
"""A place behind which all lines stand: without one, SQLite sorts a whole stream for its first page."""


class EventSql:
    """The statements about events and the access log, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        event, private, log = tables.event, tables.private_part, tables.access_log
        columns = [event.c[name] for name in EVENT]
        beside = sa.and_(private.c.stream == event.c.stream, private.c.number == event.c.number)
        self.append = sa.insert(event)
        self.append_private = sa.insert(private)
        with_parts = (
            sa.select(*columns, private.c.salt, private.c.content)
            .select_from(event.outerjoin(private, beside))
            .where(event.c.stream == given("of_stream"))
            .limit(given_count("limit"))
        )
        self.read = with_parts.where(event.c.number > given_count("above")).order_by(event.c.number)
        self.about = with_parts.where(
            event.c.subject == given("subject"), event.c.number < given_count("below")
        ).order_by(event.c.number.desc())
        self.find_key = (
            sa.select(*columns)
            .where(
                event.c.stream == given("of_stream"),
                event.c.actor_key == given("actor"),
                event.c.key == given("key"),
            )
            .order_by(event.c.number)
            .limit(1)
        )
        self.record = upsert(
            dialect,
            log,
            lambda old, new: {
                "count": old.count + new.count,
                "first_at": sa.case((new.first_at < old.first_at, new.first_at), else_=old.first_at),
                "last_at": sa.case((new.last_at > old.last_at, new.last_at), else_=old.last_at),
            },
        )
        place = [log.c[name] for name in PLACE]
        last = sa.tuple_(given_moment("place_0"), *(given(f"place_{number}") for number in range(1, len(PLACE))))
        self.read_log = (
            sa.select(*(log.c[name] for name in ENTRY))
            .where(log.c.stream == given("of_stream"), sa.tuple_(*place) < last)
            .order_by(*(column.desc() for column in place))
            .limit(given_count("limit"))
        )


def _actor_values(actor: Actor) -> dict[str, str]:
    return {"actor_kind": actor.kind.value, "actor_id": actor.id, "actor_link": actor.link or ""}


def _actor(kind: str, id_: str, link: str) -> Actor:
    return Actor(ActorKind(kind), id_, PrincipalId(link) if link else None)


def _event_values(event: Event) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "number": event.number,
        "kind": event.kind,
        "at": event.at,
        **_actor_values(event.actor),
        "actor_key": event.actor.key,
        "subject": event.subject,
        "before": to_json(event.before),
        "after": to_json(event.after),
        "key": event.key,
        "command": event.command,
        "result": to_json(event.result),
        "private_digest": event.private_digest,
        "previous": event.previous,
        "digest": event.digest,
    }


def _event_of(found: Values) -> Event:
    (
        stream, number, kind, at, actor_kind, actor_id, actor_link, subject, before, after,
        key, command, result, private_digest, previous, digest,
    ) = found  # fmt: skip
    try:
        return Event(
            stream=stream,
            number=number,
            kind=kind,
            at=at,
            actor=_actor(actor_kind, actor_id, actor_link),
            subject=subject,
            before=from_json(before),
            after=from_json(after),
            key=key,
            command=command,
            result=from_json(result),
            private_digest=private_digest,
            previous=previous,
            digest=digest,
        )
    except UNREADABLE as error:
        raise UnreadableRowError(f"reading event {number} of `{stream}`") from error


class Events(EventRepository):
    """Events of one unit. An event that cannot be read is an error, never skipped: evidence has no gaps."""

    def __init__(self, sql: EventSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        """See the port."""
        self._wire.write_each("appending events", self._sql.append, [_event_values(event) for event in events])
        parts = [
            {"stream": part.stream, "number": part.number, "salt": part.salt, "content": to_json(part.content)}
            for part in private
        ]
        self._wire.write_each("appending private parts", self._sql.append_private, parts)

    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        """See the port."""
        found = self._wire.rows("reading events", self._sql.read, of_stream=stream, above=after, limit=limit)
        return self._with_parts(found)

    def about(
        self, stream: StreamId, subject: str, before: int, limit: int
    ) -> Sequence[tuple[Event, PrivatePart | None]]:
        """See the port."""
        asked = {"of_stream": stream, "subject": subject, "below": before, "limit": limit}
        return self._with_parts(self._wire.rows("reading events about somebody", self._sql.about, **asked))

    def _with_parts(self, found: Sequence[Values]) -> Sequence[tuple[Event, PrivatePart | None]]:
        return [(_event_of(raw[:-2]), self._private(raw)) for raw in found]

    def _private(self, raw: Values) -> PrivatePart | None:
        stream, number, salt, content = raw[0], raw[1], raw[-2], raw[-1]
        try:
            return None if salt is None else PrivatePart(stream, number, salt, from_json(content))
        except UNREADABLE as error:
            raise UnreadableRowError(f"reading the personal part of event {number} of `{stream}`") from error

    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        """See the port."""
        found = self._wire.first("finding a key", self._sql.find_key, of_stream=stream, actor=actor, key=key)
        return None if found is None else _event_of(found)


class AccessLog(AccessLogRepository):
    """The access log of one unit."""

    def __init__(self, sql: EventSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def record(self, entry: AccessEntry) -> None:
        """See the port."""
        self._wire.write(
            "writing the access log",
            self._sql.record,
            stream=entry.stream,
            day=entry.first_at.astimezone(UTC).date().isoformat(),
            **_actor_values(entry.actor),
            what=entry.what,
            reason=entry.reason,
            subject=entry.subject,
            first_at=entry.first_at,
            last_at=entry.last_at,
            count=entry.count,
        )

    def read(self, stream: StreamId, limit: int, after: LogPlace | None = None) -> Sequence[AccessEntry]:
        """See the port; unreadable lines are made up for, so that no list ends early."""
        entries: list[AccessEntry] = []
        place: tuple[Any, ...] = after or _NEWEST
        while (missing := limit - len(entries)) > 0:
            given_place = {f"place_{number}": part for number, part in enumerate(place)}
            found = self._wire.rows(
                "reading the access log", self._sql.read_log, of_stream=stream, limit=missing, **given_place
            )
            entries.extend(_readable(found))
            if len(found) < missing:
                break
            place = tuple(found[-1][column] for column in _PLACE_AT)
        return entries


def _readable(found: Sequence[Values]) -> Iterator[AccessEntry]:
    for raw in found:
        try:
            yield AccessEntry(raw[0], _actor(*raw[1:4]), *raw[4:])
        except ValueError:
            left_out("a line of the access log", raw[0])
