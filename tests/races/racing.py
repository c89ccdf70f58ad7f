"""Two threads that meet in one clinic on a real PostgreSQL, round after round, at each isolation level."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from tests.races.takeouts import EVENTS, LATER, TAKES, Clinic, clinic, enduring
from tests.races.unguarded import UnguardedStore

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import ConflictError, RefusedError, TenantAccessError
from tenantaccess.ports.storage import Store
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.system import SystemEntropy
from tenantaccess.testing.builders import CLINICS
from tenantaccess.testing.contracts.threads import MOMENT, PATIENCE
from tenantaccess.testing.doubles import FrozenClock, QuickHasher

T = TypeVar("T")

OWN: Final = "own units"
LEVELS: Final = (OWN, "REPEATABLE READ", "SERIALIZABLE")
"""The store's own units, which are read committed; and a host's transactions at the levels above."""
HOST_TRIES: Final = 50
SERIALIZATION: Final = frozenset({"40001", "40P01"})


def access_on(store: Store, clock: FrozenClock) -> TenantAccess:
    return TenantAccess(store, CLINICS, clock=clock, entropy=SystemEntropy(), hasher=QuickHasher())


class Ground:
    """Tables of their own on a server, which are brought back to one scene again and again."""

    def __init__(self, url: str, prefix: str = "races_") -> None:
        self.store = SQLAlchemyStore(url, tables=tables(sa.MetaData(), prefix=prefix))
        self.store.create_all()
        self.hosts = sa.create_engine(url)
        self.clock = FrozenClock(LATER)
        names = [table.name for table in self.store.tables.metadata.sorted_tables]
        self._clear = "".join(f"DELETE FROM {name};" for name in reversed(names))
        self._keep = "".join(
            f"DROP TABLE IF EXISTS kept_{name}; CREATE TABLE kept_{name} AS TABLE {name};" for name in names
        )
        self._restore = self._clear + "".join(f"INSERT INTO {name} SELECT * FROM kept_{name};" for name in names)
        self._forget = "".join(f"DROP TABLE IF EXISTS kept_{name};" for name in names)

    def access(self) -> TenantAccess:
        """Return the library on these tables, as they are."""
        return access_on(self.store, self.clock)

    def furnish(self, kinds: tuple[str, str]) -> Clinic:
        """Set up a clinic and keep it."""
        return self.furnished(lambda access: clinic(access, self.clock, kinds))

    def furnished(self, furnish: Callable[[TenantAccess], T]) -> T:
        """Set up a scene and keep it."""
        self._do(self._clear)
        here = furnish(self.access())
        self._do(self._keep)
        return here

    def restore(self) -> None:
        """Bring the scene back."""
        self._do(self._restore)

    def close(self) -> None:
        """Leave nothing."""
        self._do(self._forget)
        self.store.drop_all()
        self.store.dispose()
        self.hosts.dispose()

    def _do(self, statements: str) -> None:
        with self.store.engine.connect() as connection:
            connection.exec_driver_sql(statements)


@contextlib.contextmanager
def ground(url: str) -> Iterator[Ground]:
    made = Ground(url)
    try:
        yield made
    finally:
        made.close()


def race(found: Ground, level: str, kinds: tuple[str, str], rounds: int) -> Counter[str]:
    """
    Run rounds of *kinds* at once; answer how often what came of it.

    Raises:
        AssertionError: nobody manages any more, the record has a gap, or an event is missing or too much.
    """
    here, told = found.furnish(kinds), Counter[str]()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            found.restore()
            told[" and ".join(sorted(judged(found, here, kinds, met(found, level, here, kinds, pool))))] += 1
    return told


def met(
    found: Ground,
    level: str,
    here: Clinic,
    kinds: Sequence[str],
    pool: ThreadPoolExecutor,
    guard: Callable[[Store], Store] | None = None,
) -> list[Any]:
    """Let two go at one moment; return what each was answered, or the error that it got."""
    start = Barrier(2, timeout=PATIENCE)

    def run(number: int) -> Any:
        start.wait()
        try:
            return at_level(found, level, lambda access: TAKES[kinds[number]](access, here, number), guard)
        except TenantAccessError as error:
            return error

    return [future.result(PATIENCE) for future in [pool.submit(run, number) for number in range(2)]]


def at_level(
    found: Ground, level: str, take: Callable[[TenantAccess], Any], guard: Callable[[Store], Store] | None = None
) -> Any:
    """Do it in units of the store's own, or in a host's transaction that is tried again outside, as hosts do."""
    guarded = guard or as_it_is
    if level == OWN:
        return take(access_on(guarded(found.store), found.clock))
    for _ in range(HOST_TRIES):
        with found.hosts.connect().execution_options(isolation_level=level) as host:
            try:
                with host.begin():
                    return take(access_on(guarded(found.store.joined(host)), found.clock))
            except ConflictError as conflict:
                if not conflict.retryable:
                    raise
            except DBAPIError as error:  # the host's own commit
                if getattr(error.orig, "sqlstate", "") not in SERIALIZATION:
                    raise
    raise AssertionError("the host always lost")


def as_it_is(store: Store) -> Store:
    """What guards nothing besides."""
    return store


def judged(found: Ground, here: Clinic, kinds: Sequence[str], answers: Sequence[Any]) -> list[str]:
    """What each was told, if all is as it must be (INV-19, INV-36, INV-37)."""
    access = access_on(found.store, found.clock)
    assert enduring(access, here), "INV-19"
    assert all(not isinstance(answer, TenantAccessError) or isinstance(answer, RefusedError) for answer in answers)
    # A sweep takes nobody out; of two that take somebody out, one is told no.
    takes = [(kind, answer) for kind, answer in zip(kinds, answers, strict=True) if kind != "sweep"]
    taken = [kind for kind, answer in takes if not isinstance(answer, TenantAccessError)]
    assert len(taken) == min(1, len(takes)), (kinds, answers)
    with found.store.reading() as unit:
        head = unit.streams.head(here.tenant)
        events = [event for event, _ in unit.events.read(here.tenant, 0, 1_000)]
    assert head is not None
    assert [event.number for event in events] == list(range(1, head.version + 1))
    assert access.audit.verify(here.tenant).holds
    written = sorted(event.kind for event in events[here.version :])
    assert written == sorted([EVENTS[kind] for kind in taken] + ["note_lapse"] * ("sweep" in kinds)), written
    return [f"{kind}: {told(answer)}" for kind, answer in zip(kinds, answers, strict=True)]


def told(answer: Any) -> str:
    return type(answer).__name__ if isinstance(answer, TenantAccessError) else "done"


# --- the twin ---------------------------------------------------------------------------------------------------------


def rounds_until_nobody(found: Ground, level: str, kinds: tuple[str, str], most: int) -> int | None:
    """Return in which round nobody manages any more where versions are not compared; None if in none of *most*."""
    here = found.furnish(kinds)
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, most + 1):
            found.restore()
            between = Barrier(2, timeout=MOMENT)
            met(found, level, here, kinds, pool, _unguarded(partial(_meet, between)))
            if not enduring(access_on(found.store, found.clock), here):
                return number
    return None


def _unguarded(before_writing: Callable[[], object]) -> Callable[[Store], Store]:
    return lambda store: UnguardedStore(store, before_writing)


def _meet(between: Barrier) -> None:
    """Wait until the other one has loaded, too, or has gone another way."""
    with contextlib.suppress(BrokenBarrierError):
        between.wait()
