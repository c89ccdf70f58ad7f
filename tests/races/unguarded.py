"""The twin without a guard: versions are never compared. Whoever trusts a test of races sees it fail here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import attrs

from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.records import EventRepository, StreamRepository
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit


def nothing() -> None:
    """What happens between loading and writing, unless somebody waits there."""


class UnguardedStore(Store):
    """
    A store that loads and then writes, whatever others did in between.

    Args:
        inner: The store that does the work.
        before_writing: Called where the guard would be.
    """

    def __init__(self, inner: Store, before_writing: Callable[[], object] = nothing) -> None:
        self.inner = inner
        self.before_writing = before_writing

    @property
    def is_hosted(self) -> bool:
        return self.inner.is_hosted

    def begin(self) -> AbstractContextManager[Unit]:
        return self._unguarded(self.inner.begin())

    def reading(self) -> AbstractContextManager[Unit]:
        return self._unguarded(self.inner.reading())

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        return self.inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        return NothingKept()

    @contextmanager
    def _unguarded(self, opened: AbstractContextManager[Unit]) -> Iterator[Unit]:
        with opened as unit:
            streams = Streams(unit.streams, self.before_writing)
            yield attrs.evolve(unit, streams=streams, events=Events(unit.events))


class Streams(StreamRepository):
    """Heads that nobody compares, or locks."""

    def __init__(self, inner: StreamRepository, before_writing: Callable[[], object]) -> None:
        self._inner = inner
        self._before_writing = before_writing

    def head(self, stream: StreamId) -> Head | None:
        return self._inner.head(stream)

    def lock(self, stream: StreamId) -> None:
        pass

    def advance(self, seen: Head, to: Head) -> bool:
        if to != seen:
            self._before_writing()
        return True


class Events(EventRepository):
    """No record: its numbers are unique, which would be a guard by itself."""

    def __init__(self, inner: EventRepository) -> None:
        self._inner = inner

    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        pass

    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        return self._inner.read(stream, after, limit)

    def about(
        self, stream: StreamId, subject: str, before: int, limit: int
    ) -> Sequence[tuple[Event, PrivatePart | None]]:
        return self._inner.about(stream, subject, before, limit)

    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        return self._inner.find_key(stream, actor, key)
