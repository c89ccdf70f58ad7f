"""Events, access log, notices and tokens in memory."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from tenantaccess.errors import ConflictError
from tenantaccess.ids import StreamId
from tenantaccess.model.audit import AccessEntry, Event, LogPlace, PrivatePart
from tenantaccess.model.notices import Notice, NoticeState
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.stores.memory.tables import Tables


class MemoryEvents:
    """Events by stream and number."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        """Append; a number in use refuses the unit."""
        for event in events:
            if self.tables.events.get(event.stream, event.number) is not None:
                raise ConflictError("the stream", retryable=True)
            self.tables.events.expect(event.stream, event.number, None)
            self.tables.events.put(event.stream, event.number, event)
            mark = (event.actor.key, event.key)
            if self.tables.event_keys.get(event.stream, mark) is None:
                self.tables.event_keys.put(event.stream, mark, event.number)
        for part in private:
            self.tables.private_parts.put(part.stream, part.number, part)

    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        """Return events in order."""
        numbers = sorted(number for number in self.tables.events.group(stream) if number > after)[:limit]
        events = [event for number in numbers if (event := self.tables.events.get(stream, number)) is not None]
        return self._with_parts(stream, events)

    def about(
        self, stream: StreamId, subject: str, before: int, limit: int
    ) -> Sequence[tuple[Event, PrivatePart | None]]:
        """Return the latest about one subject."""
        found = [
            event
            for event in self.tables.events.group(stream).values()
            if event.subject == subject and event.number < before
        ]
        return self._with_parts(stream, sorted(found, key=lambda event: event.number, reverse=True)[:limit])

    def _with_parts(self, stream: StreamId, events: Sequence[Event]) -> Sequence[tuple[Event, PrivatePart | None]]:
        return [(event, self.tables.private_parts.get(stream, event.number)) for event in events]

    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        """Return the first event under *key*."""
        number = self.tables.event_keys.get(stream, (actor, key))
        return None if number is None else self.tables.events.get(stream, number)


class MemoryAccessLog:
    """Lines by stream and by what makes them one line."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def record(self, entry: AccessEntry) -> None:
        """Add it, or count it onto its line."""
        day = entry.last_at.date().isoformat()
        key = (day, entry.actor.key, entry.actor.link or "", entry.what, entry.reason, entry.subject)
        found = self.tables.access_log.get(entry.stream, key)
        self.tables.access_log.expect(entry.stream, key, found)
        if found is not None:
            last = max(found.last_at, entry.last_at)
            entry = attrs.evolve(found, last_at=last, count=found.count + entry.count)
        self.tables.access_log.put(entry.stream, key, entry)

    def read(self, stream: StreamId, limit: int, after: LogPlace | None = None) -> Sequence[AccessEntry]:
        """Return the latest lines."""
        found = [one for one in self.tables.access_log.group(stream).values() if after is None or one.place < after]
        return sorted(found, key=lambda entry: entry.place, reverse=True)[:limit]


class MemoryNotices:
    """The outbox, with who holds what until when."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def add(self, notices: Sequence[Notice]) -> None:
        """Queue them."""
        for notice in notices:
            self.tables.notices.put(notice.state.value, notice.id, notice)

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """Take the oldest that nobody holds."""
        queued = sorted(
            self.tables.notices.group(NoticeState.QUEUED.value).values(),
            key=lambda notice: notice.created_at,  # the group holds them in the order of queuing, and sorting keeps it
        )
        taken: list[Notice] = []
        for notice in queued:
            held = self.tables.held_notices.get("", notice.id)
            if len(taken) < limit and (held is None or held <= now):
                self.tables.held_notices.expect("", notice.id, held)
                self.tables.notices.expect(NoticeState.QUEUED.value, notice.id, notice)
                self.tables.held_notices.put("", notice.id, until)
                taken.append(notice)
        return taken

    def finish(self, notice: Notice, state: NoticeState) -> bool:
        """Move it on, once."""
        found = self.tables.notices.get(NoticeState.QUEUED.value, notice.id)
        if found is None:
            return False
        self.tables.notices.expect(NoticeState.QUEUED.value, notice.id, found)
        self.tables.notices.put(NoticeState.QUEUED.value, notice.id, None)
        self.tables.notices.put(state.value, notice.id, attrs.evolve(found, state=state))
        self.tables.held_notices.put("", notice.id, None)
        return True

    def release(self, notice: Notice) -> None:
        """Let go of it."""
        self.tables.held_notices.put("", notice.id, None)

    def queued(self) -> int:
        """Count the queued ones."""
        return self.tables.notices.count(NoticeState.QUEUED.value)


class MemoryTokens:
    """Tokens by digest, and which one is alive for each purpose and slot."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def add(self, token: Token) -> None:
        """Store it in place of the older one."""
        self.tables.tokens.put("", token.digest, token)
        self.tables.alive_tokens.put(token.purpose, token.slot, token.digest)

    def alive(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        """Return it if it could be used."""
        token = self.tables.tokens.get("", digest)
        if token is None or at >= token.expires_at:
            return None
        return token if self.tables.alive_tokens.get(purpose, token.slot) == digest else None

    def redeem(self, token: Token, at: datetime) -> bool:
        """Use it up."""
        found = self.alive(token.digest, token.purpose, at)
        if found is None:
            return False
        self.tables.alive_tokens.expect(found.purpose, found.slot, found.digest)
        self.tables.alive_tokens.put(found.purpose, found.slot, None)
        return True

    def find(self, digest: str) -> Token | None:
        """Return it, alive or not."""
        return self.tables.tokens.get("", digest)
