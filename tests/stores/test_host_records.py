"""A host's own tables of records: the example's repository on both engines, and what happens when it fails."""

from collections.abc import Iterator
from pathlib import Path

import own_codes
import pytest
import sqlalchemy as sa
from own_codes import FEE, FEES, METADATA, PAYER, PAYERS, WRITES, HostCodes

from tenantaccess.errors import ConflictError, MisuseError, StoreError, TakenError
from tenantaccess.ids import TenantId
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables

HERE, THERE = TenantId(f"ten_{1:032x}"), TenantId(f"ten_{2:032x}")
OFFICE = ReferenceRecord("99213", "Office visit", {"fee": "92.00"}, {PAYERS: "BCBS"})
LONGER = ReferenceRecord("99214", "Longer visit", {"fee": "131.00"})
TABLES = [PAYER, FEE, WRITES]


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[SQLAlchemyStore]:
    yield from _hosting(f"sqlite:///{tmp_path}/host.db")


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    yield from _hosting(postgres_url)


def _hosting(url: str) -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore(url, tables=tables(sa.MetaData(), "hosting_"), records=HostCodes)
    store.create_all()
    METADATA.create_all(store.engine, tables=TABLES)
    yield store
    METADATA.drop_all(store.engine, tables=TABLES)
    store.drop_all()
    store.dispose()


@pytest.fixture(params=["on_sqlite", pytest.param("on_postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> SQLAlchemyStore:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, SQLAlchemyStore)
    return found


@pytest.mark.postgres
def test_the_example_does_the_same_on_postgresql(postgres_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    own_codes.main()
    expected = capsys.readouterr().out
    own_codes.main(postgres_url)
    engine = sa.create_engine(postgres_url)
    METADATA.drop_all(engine)
    engine.dispose()

    assert capsys.readouterr().out == expected


def test_a_hosts_records_come_back_as_they_were_written(store: SQLAlchemyStore) -> None:
    with store.begin() as unit:
        unit.records.add(HERE, FEES, [LONGER, OFFICE])
        unit.records.add(HERE, PAYERS, [ReferenceRecord("BCBS", "Blue Cross")])
        unit.commit()

    with store.reading() as unit:
        assert unit.records.page(HERE, FEES, "", 9) == [OFFICE, LONGER]
        assert unit.records.page(HERE, FEES, OFFICE.key, 9) == [LONGER]
        assert unit.records.find(HERE, FEES, [OFFICE.key, "99215"]) == [OFFICE]
        assert [unit.records.count(HERE, name) for name in (FEES, PAYERS)] == [2, 1]
        assert unit.records.page(THERE, FEES, "", 9) == []


def test_each_write_shows_in_what_a_hosts_set_is_recognised_by(store: SQLAlchemyStore) -> None:
    seen = []
    with store.begin() as unit:
        for write in (
            lambda: unit.records.add(HERE, FEES, [OFFICE, LONGER]),
            lambda: unit.records.put(HERE, FEES, [ReferenceRecord("99213", "Visit", {"fee": "95.00"})]),
            lambda: unit.records.remove(HERE, FEES, [LONGER.key]),
        ):
            seen.append(unit.records.fingerprint(HERE, FEES))
            write()
        seen.append(unit.records.fingerprint(HERE, FEES))
        assert unit.records.remove(HERE, FEES, ["99999"]) == 0
        unit.records.put(HERE, FEES, [ReferenceRecord("99999", "Nothing", {"fee": "0"})])
        unit.records.add(HERE, FEES, [])

        assert len(set(seen)) == len(seen)
        assert unit.records.fingerprint(HERE, FEES) == seen[-1]
        assert unit.records.fingerprint(THERE, FEES) == seen[0]


def test_a_code_in_use_is_taken_and_takes_its_unit_down(store: SQLAlchemyStore) -> None:
    with store.begin() as unit:
        unit.records.add(HERE, FEES, [OFFICE])
        unit.commit()

    with store.begin() as unit, pytest.raises(TakenError):
        unit.records.add(HERE, FEES, [OFFICE])
    with store.reading() as unit:
        assert unit.records.count(HERE, FEES) == 1


# --- a host's statement that fails is the library's error -------------------------------------------------------------


def test_a_hosts_table_that_is_missing_is_an_outage(store: SQLAlchemyStore) -> None:
    FEE.drop(store.engine)

    with store.begin() as unit:
        with pytest.raises(StoreError, match="records of the host") as caught:
            unit.records.count(HERE, FEES)
        assert isinstance(caught.value.__cause__, sa.exc.SQLAlchemyError)
        with pytest.raises(MisuseError):
            unit.commit()


class Impatient(HostCodes):
    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        connection.execute(sa.text("SET LOCAL lock_timeout = 50"))


def test_a_hosts_statement_that_waits_for_too_long_may_be_tried_again(on_postgres: SQLAlchemyStore) -> None:
    """Whatever the host's tables are locked by: the command runs again, as for tables of ours."""
    store = SQLAlchemyStore(on_postgres.engine, tables=on_postgres.tables, records=Impatient)
    with on_postgres.for_writing.begin() as other:
        other.execute(sa.text("LOCK TABLE fee_schedule"))
        with store.begin() as unit, pytest.raises(ConflictError) as caught:
            unit.records.add(HERE, FEES, [OFFICE])

    assert caught.value.retryable


@pytest.mark.parametrize("is_reading", [True, False], ids=["in a unit that reads", "after the commit"])
def test_what_a_hosts_records_write_outside_a_unit_is_not_kept(store: SQLAlchemyStore, *, is_reading: bool) -> None:
    """Inside a host's transaction it would be the host's to commit."""
    with store.for_writing.begin() as connection:
        joined = store.joined(connection)
        with joined.reading() if is_reading else joined.begin() as unit:
            if not is_reading:
                unit.commit()
            unit.records.add(HERE, FEES, [OFFICE])

    with store.reading() as unit:
        assert unit.records.count(HERE, FEES) == 0
