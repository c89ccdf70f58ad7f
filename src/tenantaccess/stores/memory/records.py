"""Events, access log, notices and tokens in memory."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from tenantaccess.errors import ConflictError
from tenantaccess.ids import NoticeId, PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.notices import Notice, NoticeState
from tenantaccess.model.registrations import Token, TokenPurpose
from tenantaccess.stores.memory.tables import Overlay, Table


class MemoryEvents:
    """Events by stream and number."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[StreamId, int, Event]("events", overlay)
        self.private = Table[StreamId, int, PrivatePart]("private_parts", overlay)
        self.keys = Table[StreamId, tuple[str, str], int]("event_keys", overlay)

    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        """Append; a number in use refuses the unit."""
        for event in events:
            if self.rows.get(event.stream, event.number) is not None:
                raise ConflictError("the stream", retryable=True)
            self.rows.expect(event.stream, event.number, None)
            self.rows.put(event.stream, event.number, event)
            mark = (event.actor.key, event.key)
            if self.keys.get(event.stream, mark) is None:
                self.keys.put(event.stream, mark, event.number)
        for part in private:
            self.private.put(part.stream, part.number, part)

    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        """Return events in order."""
        numbers = sorted(number for number in self.rows.group(stream) if number > after)[:limit]
        events = [event for number in numbers if (event := self.rows.get(stream, number)) is not None]
        return [(event, self.private.get(stream, event.number)) for event in events]

    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        """Return the first event under *key*."""
        number = self.keys.get(stream, (actor, key))
        return None if number is None else self.rows.get(stream, number)


class MemoryAccessLog:
    """Lines by stream and by what makes them one line."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[StreamId, tuple[str, str, str, str, str], AccessEntry]("access_log", overlay)

    def record(self, entry: AccessEntry) -> None:
        """Add it, or count it onto its line."""
        day = entry.last_at.date().isoformat()
        key = (day, entry.actor.key, entry.what, entry.reason, entry.subject)
        found = self.rows.get(entry.stream, key)
        self.rows.expect(entry.stream, key, found)
        if found is not None:
            last = max(found.last_at, entry.last_at)
            entry = attrs.evolve(found, last_at=last, count=found.count + entry.count)
        self.rows.put(entry.stream, key, entry)

    def read(self, stream: StreamId, limit: int) -> Sequence[AccessEntry]:
        """Return the latest lines."""
        return sorted(self.rows.group(stream).values(), key=lambda entry: entry.last_at, reverse=True)[:limit]


class MemoryNotices:
    """The outbox, with who holds what until when."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[str, NoticeId, Notice]("notices", overlay)
        self.held = Table[str, NoticeId, datetime]("held_notices", overlay)

    def add(self, notices: Sequence[Notice]) -> None:
        """Queue them."""
        for notice in notices:
            self.rows.put(notice.state.value, notice.id, notice)

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """Take the oldest that nobody holds."""
        queued = sorted(
            self.rows.group(NoticeState.QUEUED.value).values(),
            key=lambda notice: (notice.created_at, notice.id),
        )
        taken: list[Notice] = []
        for notice in queued:
            held = self.held.get("", notice.id)
            if len(taken) < limit and (held is None or held <= now):
                self.held.expect("", notice.id, held)
                self.rows.expect(NoticeState.QUEUED.value, notice.id, notice)
                self.held.put("", notice.id, until)
                taken.append(notice)
        return taken

    def finish(self, notice: Notice, state: NoticeState) -> bool:
        """Move it on, once."""
        found = self.rows.get(NoticeState.QUEUED.value, notice.id)
        if found is None:
            return False
        self.rows.expect(NoticeState.QUEUED.value, notice.id, found)
        self.rows.put(NoticeState.QUEUED.value, notice.id, None)
        self.rows.put(state.value, notice.id, attrs.evolve(found, state=state))
        self.held.put("", notice.id, None)
        return True

    def release(self, notice: Notice) -> None:
        """Let go of it."""
        self.held.put("", notice.id, None)

    def queued(self) -> int:
        """Count the queued ones."""
        return len(self.rows.group(NoticeState.QUEUED.value))


class MemoryTokens:
    """Tokens by digest, and which one is alive for each row and purpose."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[str, str, Token]("tokens", overlay)
        self.alive = Table[TokenPurpose, tuple[TenantId, PrincipalId], str]("alive_tokens", overlay)

    def add(self, token: Token) -> None:
        """Store it in place of the older one."""
        self.rows.put("", token.digest, token)
        self.alive.put(token.purpose, (token.tenant, token.principal), token.digest)

    def redeem(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        """Use it up."""
        token = self.rows.get("", digest)
        if token is None or token.purpose != purpose or at >= token.expires_at:
            return None
        row = (token.tenant, token.principal)
        if self.alive.get(purpose, row) != digest:
            return None
        self.alive.expect(purpose, row, digest)
        self.alive.put(purpose, row, None)
        return token

    def find(self, digest: str) -> Token | None:
        """Return it, alive or not."""
        return self.rows.get("", digest)
