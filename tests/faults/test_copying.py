"""A fault at every port call of starting a copy, of each batch and of its end: nothing is lost, nothing comes twice."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from tests.services.copies import BILLING, CODES, DIAGNOSES, PAYERS, SMALL, billing, contents, put, some

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager
from tenantaccess.errors import StoreError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.copying import CopyState, Tally
from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore

pytestmark = pytest.mark.row("INV-34", "INV-03", "MU-23")
SETS = [DIAGNOSES, BILLING, PAYERS]


@attrs.define
class Stage:
    """Two tenants on a store that fails where it is told to, and a copy between them."""

    store: Store
    faulty: FaultyStore = attrs.field(init=False)
    access: TenantAccess = attrs.field(init=False)
    source: TenantId = attrs.field(init=False)
    target: TenantId = attrs.field(init=False)
    lee: PrincipalId = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.faulty = FaultyStore(self.store)
        self.access = TenantAccess(self.faulty, CODES, SMALL, FrozenClock(), SeededEntropy(), QuickHasher())
        make = Given(self.access)
        self.source, self.target = make.tenant("Riverside"), make.tenant("Lakeside")
        self.lee = make.manager(self.source)
        self.access.execute(AppointManager(self.target, self.lee), by=OPERATOR)
        put(self.access, self.source, DIAGNOSES, some("A", "B", "C"))
        put(self.access, self.source, PAYERS, some("P1", "P2"))
        put(self.access, self.source, BILLING, [billing("V1", "P1"), billing("V2", "P9")])
        put(self.access, self.target, DIAGNOSES, some("B", label="their own"))

    def copy(self) -> None:
        """Plan and run under one key; whoever comes again plans nothing anew."""
        self.access.copying.run(self.plan, by=self.lee, key="the-one-key")

    def restart(self, *faults: Fault) -> None:
        self.faulty.restart()
        self.plan = self.access.copying.plan(self.source, [self.target], SETS, by=self.lee)
        self.faulty.restart(*faults)

    plan: Any = None

    def check(self, *, is_done: bool) -> None:
        """Whatever happened, what is there is whole; in the end it is all there, once, and told once."""
        self.faulty.restart()
        here, there = contents(self.access, self.source), contents(self.access, self.target)
        jobs = self.access.copying.jobs(self.target, by=OPERATOR).jobs
        assert len(jobs) <= 1
        total = jobs[0].total if jobs else Tally()
        landed = sum(len(found) for found in there.values())
        assert landed == 1 + total.added
        assert there[DIAGNOSES]["B"].label == "their own"
        assert all(self.access.audit.verify(tenant).holds for tenant in (self.source, self.target))
        with self.faulty.reading() as unit:
            told = [event.after.get("state") for event, _ in unit.events.read(self.target, 0, 99)]
        assert told.count("done") <= 1
        if is_done:
            assert (jobs[0].state, total) == (CopyState.DONE, Tally(added=5, conflicting=1, dangling=1))
            assert {key: one for key, one in here[DIAGNOSES].items() if key != "B"} == {
                key: one for key, one in there[DIAGNOSES].items() if key != "B"
            }
            assert (there[PAYERS], list(there[BILLING])) == (here[PAYERS], ["V1"])
            assert (told.count("done"), self.access.notices.queued()) == (1, self.queued + 1)

    queued: int = 0


def faults(calls: int) -> Iterator[Fault]:
    for at in range(1, calls + 1):
        yield Fault(at, FaultKind.BEFORE)
        yield Fault(at, FaultKind.AFTER)


def try_all(make: Callable[[], Store], step: int = 1) -> int:
    """Place every fault; answer how many there were."""
    stage = Stage(make())
    stage.queued = stage.access.notices.queued()
    stage.restart()
    calls = stage.faulty.count(stage.copy)
    stage.check(is_done=True)
    placed = list(faults(calls))[::step]
    struck = 0
    for fault in placed:
        stage = Stage(make())
        stage.queued = stage.access.notices.queued()
        stage.restart(fault)
        try:
            stage.copy()
        except StoreError:
            struck += 1
            stage.check(is_done=False)
        stage.copy()
        stage.check(is_done=True)
    assert struck > len(placed) * 0.9
    return len(placed)


def test_a_fault_anywhere_in_a_copy_leaves_nothing_or_a_job_that_goes_on_in_memory() -> None:
    assert try_all(MemoryStore) > 150


def emptying(store: SQLAlchemyStore) -> Callable[[], Store]:
    def fresh() -> Store:
        with store.engine.begin() as connection:
            for table in reversed(store.tables.metadata.sorted_tables):
                connection.execute(table.delete())
        return store

    return fresh


def test_a_fault_anywhere_in_a_copy_leaves_nothing_or_a_job_that_goes_on_in_sqlite(tmp_path: Any) -> None:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/copies.db")
    sa.event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    store.create_all()
    assert try_all(emptying(store)) > 150
    store.dispose()


@pytest.mark.postgres
def test_a_fault_anywhere_in_a_copy_leaves_nothing_or_a_job_that_goes_on_in_postgresql(postgres_url: str) -> None:
    store = SQLAlchemyStore(postgres_url, tables=tables(sa.MetaData(), prefix="copy_faults_"))
    store.create_all()
    try:
        assert try_all(emptying(store), step=3) > 50
    finally:
        store.drop_all()
        store.dispose()
