"""A store that behaves as a database does at an isolation level, and asks whose turn it is before every call."""

import enum
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import attrs

from tenantaccess.errors import ConflictError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit
from tenantaccess.stores.memory.store import unit_of
from tenantaccess.testing.schedules.footprints import Footprint, Place
from tenantaccess.testing.schedules.rows import (
    HeldError,
    LockingStreams,
    SeenTables,
    Shared,
    Turns,
    UnitOfRows,
    copied,
)

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds after which whoever waits for a row gives up."""


class Isolation(enum.Enum):
    """What a unit sees of what others commit while it is open."""

    READ_COMMITTED = "read committed"
    """Each statement sees what is committed when it runs."""
    SNAPSHOT = "snapshot"
    """All statements see what was committed when the unit began; to write what others changed since is a conflict."""


class FreeTurns(Turns):
    """Everybody runs as threads do; who waits for each other in a circle is told."""

    def __init__(self) -> None:
        self.footprint = Footprint()

    def reach(self, call: str) -> None:  # noqa: ARG002  # each is as good as another
        """Go on at once."""
        self.footprint = Footprint()

    def wait(self, unit: UnitOfRows, place: Place, holder: UnitOfRows) -> None:
        """Sleep until the row is free."""
        shared = unit.shared
        with shared.freed:
            waiting: UnitOfRows | None = holder
            while waiting is not None:
                if waiting is unit:
                    raise ConflictError("rows that two units wait for", retryable=True)
                waiting = waiting.waits_for
            unit.waits_for = holder
            is_free = shared.freed.wait_for(lambda: shared.holders.get(place) is not holder, PATIENCE)
            unit.waits_for = None
        if not is_free:
            raise ConflictError("a row that another unit holds", retryable=True)


class SimulatedStore(Store):
    """
    Keeps everything in this process, and isolates units as a database does; for tests of what happens in between.

    A write locks its row until the unit ends, and others wait for it; a conditional write that waited looks again at
    what is committed then. Two that wait for each other are told by a retryable `ConflictError`. With
    `Isolation.SNAPSHOT`, so is whoever writes or locks what was changed since its unit began. Each call of a port is
    one statement, which takes all the locks it needs, or waits.

    By itself it runs as the threads do; `explore` runs it step by step.

    Args:
        isolation: What units see, those that only read included.
    """

    def __init__(self, isolation: Isolation = Isolation.READ_COMMITTED) -> None:
        self.isolation = isolation
        self._shared = Shared(FreeTurns())

    def copy(self) -> "SimulatedStore":
        """Return a store of its own with all that is committed here."""
        return self.with_turns(FreeTurns())

    def with_turns(self, turns: Turns) -> "SimulatedStore":
        """Return a copy in which *turns* says who runs."""
        other = SimulatedStore(self.isolation)
        other._shared = Shared(turns, copied(self._shared.database))
        return other

    @property
    def is_hosted(self) -> bool:
        """Never: there is no host's transaction to join."""
        return False

    def begin(self) -> AbstractContextManager[Unit]:
        """Open a unit."""
        return self._open("begin")

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit; here reading and writing ones are alike."""
        return self._open("reading")

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """Load one row and compile it."""
        with self._open("standing") as unit:
            loaded = unit.memberships.load(tenant, (principal,))
        row = None if loaded is None else loaded.rows.get(principal)
        return None if loaded is None or row is None else compile_row(loaded.tenant, row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        """Offer nothing, so that each question is a call."""
        return NothingKept()

    @contextmanager
    def _open(self, name: str) -> Iterator[Unit]:
        shared = self._shared
        shared.turns.reach(name)
        unit = UnitOfRows(shared, is_snapshot=self.isolation is Isolation.SNAPSHOT)
        tables = SeenTables(unit)
        plain = attrs.evolve(unit_of(tables, unit.commit), streams=LockingStreams(tables))
        parts: dict[str, Any] = {
            field.name: _Stepped(field.name, getattr(plain, field.name), unit)
            for field in attrs.fields(Unit)
            if field.name != "commit" and getattr(plain, field.name) is not None
        }
        try:
            yield attrs.evolve(plain, commit=lambda: stepped("commit", unit.commit, unit), **parts)
        finally:
            unit.end()


class _Stepped:
    """A repository whose every method is one statement."""

    def __init__(self, name: str, inner: object, unit: UnitOfRows) -> None:
        self._name = name
        self._inner = inner
        self._unit = unit

    def __getattr__(self, method: str) -> Callable[..., object]:
        inner = getattr(self._inner, method)

        def step(*args: object, **kwargs: object) -> object:
            return stepped(f"{self._name}.{method}", lambda: _whole(inner(*args, **kwargs)), self._unit)

        return step


def _whole(answer: object) -> object:
    """Return *answer*, read to its end: what a statement finds, it finds at once."""
    return iter(list(answer)) if isinstance(answer, Iterator) else answer


def stepped(call: str, statement: Callable[[], T], unit: UnitOfRows) -> T:
    """Run *statement* of *unit* when it is its turn, and again whenever a row that it waited for is free."""
    shared = unit.shared
    shared.turns.reach(call)
    while True:
        with shared.freed:
            held = unit.begin_statement()
            try:
                return statement()
            except HeldError as error:
                unit.undo_statement(held)
                place, holder = error.place, error.holder
        shared.turns.wait(unit, place, holder)
