"""Copying on SQLAlchemy: statements by slices and batches, never by rows; a host's own tables; its transaction."""

import importlib
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from tests.services.copies import CODES, DIAGNOSES, PAYERS, SMALL, contents, put, some

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager
from tenantaccess.errors import StoreError, TakenError
from tenantaccess.ids import PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.copying import CopyState, Tally
from tenantaccess.model.policy import Policy
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.copying import RecordRepository
from tenantaccess.ports.storage import Store
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy


def on(store: Store, policy: Policy | None = None) -> TenantAccess:
    return TenantAccess(store, CODES, policy or Policy(), FrozenClock(), SeededEntropy(), QuickHasher())


def ends(access: TenantAccess) -> tuple[TenantId, TenantId, PrincipalId]:
    """Two tenants, and somebody who may do everything in both."""
    make = Given(access)
    here, there = make.tenant("Riverside"), make.tenant("Lakeside")
    lee = make.manager(here)
    access.execute(AppointManager(there, lee), by=OPERATOR)
    return here, there, lee


@pytest.fixture
def store(tmp_path: Any) -> Iterator[SQLAlchemyStore]:
    made = SQLAlchemyStore(f"sqlite:///{tmp_path}/codes.db")
    made.create_all()
    yield made
    made.dispose()


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile; many rows of one statement are one."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


def diagnoses() -> list[ReferenceRecord]:
    """All codes of ICD-10-CM, chapters and blocks included; some descriptions are longer than a label."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package reads its files in a way of old
        icd: Any = importlib.import_module("simple_icd_10_cm")
    published = {code: icd.get_description(code) for code in icd.get_all_codes()}
    return [
        ReferenceRecord(code, " ".join(text.split())[:200].rstrip(), {"description": text})
        for code, text in published.items()
    ]


@pytest.mark.row("MU-18", "MU-23", "INV-34")
def test_all_diagnosis_codes_are_copied_by_slices(store: SQLAlchemyStore) -> None:
    """The real set: tens of thousands of codes in a few statements each slice, whatever its size."""
    access = on(store, Policy(copy_slice=20_000))
    here, there, lee = ends(access)
    codes = diagnoses()
    slices = -(-len(codes) // 20_000)
    assert len(codes) > 90_000
    access.records.load(here, DIAGNOSES, codes, by=lee)

    with counted(store.engine) as planning:
        plan = access.copying.plan(here, [there], [DIAGNOSES], by=lee)
    assert plan.comparisons[0].new == len(codes)
    batches: list[int] = []
    with counted(store.engine) as running:
        result = access.copying.run(plan, on_progress=lambda job: batches.append(job.total.added), by=lee)

    assert result.total == Tally(added=len(codes))
    assert batches == [*(20_000 * number for number in range(1, slices)), len(codes), len(codes)]
    assert contents(access, there) == contents(access, here)
    assert len(planning) <= 10
    assert len([one for one in running if one.startswith(f"INSERT INTO {store.tables.record.name} ")]) == slices
    assert len(running) <= 30 + 15 * slices

    with counted(store.engine) as again:
        plan = access.copying.plan(here, [there], [DIAGNOSES], by=lee)
        assert access.copying.run(plan, by=lee).total == Tally(identical=len(codes))
    assert len(again) <= 40 + 16 * slices


@pytest.mark.row("INV-34")
def test_records_that_are_looked_at_are_copied_by_batches(store: SQLAlchemyStore) -> None:
    """The set has a check of its own: a few statements for each thousand, not for each record."""
    access = on(store, Policy(copy_batch=2_500))
    here, there, lee = ends(access)
    access.records.load(here, PAYERS, some(*(f"P{number:05}" for number in range(5_000))), by=lee)
    plan = access.copying.plan(here, [there], [PAYERS], by=lee)
    with counted(store.engine) as running:
        result = access.copying.run(plan, by=lee)

    assert result.total == Tally(added=5_000)
    assert len([one for one in running if one.startswith(f"INSERT INTO {store.tables.record.name} ")]) == 6
    assert len(running) <= 30 + 15 * 3 + 3 * 7


def test_within_a_hosts_transaction_a_copy_is_the_hosts_to_keep(store: SQLAlchemyStore) -> None:
    access = on(store, SMALL)
    here, there, lee = ends(access)
    put(access, here, DIAGNOSES, some("A", "B", "C"))
    for keep in (False, True):
        with store.engine.connect() as connection, connection.begin() as theirs:
            inside = on(store.joined(connection), SMALL)
            plan = inside.copying.plan(here, [there], [DIAGNOSES], by=lee)
            key = f"in a transaction {keep}".replace(" ", "-")
            assert inside.copying.run(plan, by=lee, key=key).job.state is CopyState.DONE
            assert inside.records.load(here, PAYERS, some("P1"), by=lee) == Tally(added=1)
            if keep:
                theirs.commit()
            else:
                theirs.rollback()
        assert list(contents(access, there)[DIAGNOSES]) == (["A", "B", "C"] if keep else [])
        assert len(access.copying.jobs(there, by=OPERATOR).jobs) == int(keep)


def test_a_record_that_cannot_be_read_is_an_outage_never_left_out(store: SQLAlchemyStore) -> None:
    access = on(store)
    here, there, lee = ends(access)
    put(access, here, PAYERS, some("P1", "P2"))
    plan = access.copying.plan(here, [there], [PAYERS], by=lee)
    with store.engine.begin() as connection:
        record = store.tables.record
        connection.execute(sa.update(record).where(record.c.record_key == "P2").values(content="[no json"))
    with pytest.raises(StoreError, match="reading records"):
        access.copying.run(plan, by=lee)
    assert contents(access, there)[PAYERS] == {}


@pytest.mark.parametrize("column", ["state", "on_conflict", "why", "tallies"])
def test_a_job_that_cannot_be_read_is_an_outage(store: SQLAlchemyStore, column: str) -> None:
    access = on(store)
    here, there, lee = ends(access)
    put(access, here, PAYERS, some("P1"))
    job = access.copying.run(access.copying.plan(here, [there], [PAYERS], by=lee), by=lee).job
    with store.engine.begin() as connection:
        connection.execute(sa.update(store.tables.copy_job).values({column: "of a later version"}))
    with pytest.raises(StoreError, match="reading copy job"):
        access.copying.job(here, job.id, by=lee)
    with pytest.raises(StoreError, match="reading copy jobs"):
        access.copying.jobs(there, by=lee)


# --- a host's own tables -----------------------------------------------------------------------------------------

HOST = sa.MetaData()
PAYER = sa.Table(
    "payer",
    HOST,
    sa.Column("clinic", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
)
WRITES = sa.Table("payer_writes", HOST, sa.Column("clinic", sa.Text, primary_key=True), sa.Column("count", sa.Integer))


class HostsPayers(RecordRepository):
    """Insurance payers where a host has kept them all along."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        assert reference_set == PAYERS
        wanted = self._of(tenant).where(PAYER.c.number > after).order_by(PAYER.c.number).limit(limit)
        return [ReferenceRecord(*found) for found in self._connection.execute(wanted)]

    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        assert reference_set == PAYERS
        wanted = self._of(tenant).where(PAYER.c.number.in_(keys)).order_by(PAYER.c.number)
        return [ReferenceRecord(*found) for found in self._connection.execute(wanted)]

    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        if self.find(tenant, reference_set, [one.key for one in records]):
            raise TakenError("record")
        rows = [{"clinic": tenant, "number": one.key, "name": one.label} for one in records]
        self._connection.execute(sa.insert(PAYER), rows)
        self._wrote(tenant)

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        self.remove(tenant, reference_set, [one.key for one in records])
        self.add(tenant, reference_set, records)

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        assert reference_set == PAYERS
        gone = sa.delete(PAYER).where(PAYER.c.clinic == tenant, PAYER.c.number.in_(keys))
        self._wrote(tenant)
        return self._connection.execute(gone).rowcount

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        return len(self.page(tenant, reference_set, "", 1_000_000))

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        assert reference_set == PAYERS
        found = self._connection.execute(sa.select(WRITES.c.count).where(WRITES.c.clinic == tenant)).scalar()
        return f"writes-{found or 0}"

    def _of(self, tenant: TenantId) -> sa.Select[Any]:
        return sa.select(PAYER.c.number, PAYER.c.name).where(PAYER.c.clinic == tenant)

    def _wrote(self, tenant: TenantId) -> None:
        raised = sa.update(WRITES).where(WRITES.c.clinic == tenant).values(count=WRITES.c.count + 1)
        if not self._connection.execute(raised).rowcount:
            self._connection.execute(sa.insert(WRITES).values(clinic=tenant, count=1))


@pytest.mark.row("MU-19")
def test_a_hosts_own_tables_are_copied_in_the_same_transactions(tmp_path: Any) -> None:
    """Records stay where they are; only jobs and events are the library's."""
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/host.db", records=HostsPayers)
    store.create_all()
    HOST.create_all(store.engine)
    access = on(store, SMALL)
    here, there, lee = ends(access)
    with store.begin() as unit:
        assert unit.slices is None
        unit.records.add(here, PAYERS, some("P1", "P2", "P3"))
        unit.commit()

    plan = access.copying.plan(here, [there], [PAYERS], by=lee)
    assert access.copying.run(plan, by=lee).total == Tally(added=3)
    with store.engine.connect() as connection:
        rows = connection.execute(sa.select(PAYER).where(PAYER.c.clinic == there)).all()
        assert [row[1] for row in rows] == ["P1", "P2", "P3"]
        assert connection.execute(sa.select(sa.func.count()).select_from(store.tables.record)).scalar() == 0
    with store.engine.connect() as connection, connection.begin() as theirs:
        inside = on(store.joined(connection), SMALL)
        assert inside.records.load(there, PAYERS, some("P4"), by=lee) == Tally(added=1)
        theirs.rollback()
    assert [one.key for one in access.records.page(there, PAYERS, by=lee).records] == ["P1", "P2", "P3"]
    store.dispose()
