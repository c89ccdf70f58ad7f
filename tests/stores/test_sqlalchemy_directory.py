"""Searching rosters in SQL: by which index, what bad rows do, and what a page costs at size."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from tests.stores.test_sqlalchemy import plan_of, statements_of

from tenantaccess.errors import StoreError
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import EVERYBODY, MemberSort, Place, Wanted
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Contact
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLERK,
    CLINIC,
    DAN,
    NOON,
    clinic,
    kept,
    member,
    principal_id,
    put,
)

ANY = frozenset(STATUS)


@pytest.fixture
def store() -> Iterator[SQLAlchemyStore]:
    made = SQLAlchemyStore("sqlite://")
    made.create_all()
    clinic(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def large(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    """A tenant large enough that PostgreSQL looks for indexes."""
    made = SQLAlchemyStore(postgres_url, tables=tables(sa.MetaData(), prefix="rosters_"))
    made.create_all()
    clinic(made)
    with kept(made) as unit:
        for number in range(3_000):
            who, name = principal_id(0x10_000 + number), f"n{number * 7919 % 3_000:04}"
            unit.principals.add(Principal(id=who, username=name), Head(who))
            contact = Contact(name, name, f"{name}@clinic.example")
            unit.memberships.put(evolve(member(CLINIC, who), contact=contact), None)
    with made.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    yield made
    made.drop_all()
    made.dispose()


def explained(store: SQLAlchemyStore, wanted: Wanted, sort: MemberSort, after: Place | None) -> list[str]:
    """How PostgreSQL answers a page."""
    with store.reading() as unit, statements_of(store.engine) as sent:
        unit.directory.search(CLINIC, ANN, wanted, sort, after, 51)
    ((statement, parameters),) = sent
    with store.engine.connect() as connection:
        return [line[0] for line in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


SORTED: dict[MemberSort, tuple[str, Place]] = {
    MemberSort.USERNAME: ("membership_username", ("n1500", BOB)),
    MemberSort.LAST_NAME: ("membership_last_name", ("n1500", BOB)),
    MemberSort.FIRST_NAME: ("membership_first_name", ("n1500", BOB)),
    MemberSort.EMAIL: ("membership_email", ("n1500", BOB)),
    MemberSort.LAST_ACTIVE_AT: ("membership_active", (NOON, BOB)),
    MemberSort.REQUESTED_AT: ("membership_asked", (NOON, BOB)),
}
FOUND: dict[str, tuple[Wanted, str]] = {
    "email": (Wanted(email="n0001@clinic.example"), "membership_email"),
    "email*": (Wanted(email_prefix="n0001"), "membership_email"),
    "last_name": (Wanted(last_name="n0001"), "membership_last_name"),
    "first_name": (Wanted(first_name="n0001"), "membership_first_name"),
    "username": (Wanted(username="n0001"), "membership_username"),
    "role": (Wanted(role=CLERK.key), "membership_role"),
}


@pytest.mark.parametrize("sort", SORTED, ids=lambda sort: sort.value)
def test_a_page_is_read_in_the_order_of_an_index(store: SQLAlchemyStore, sort: MemberSort) -> None:
    index, after = SORTED[sort]
    plan = plan_of(store, lambda unit: unit.directory.search(CLINIC, ANN, EVERYBODY, sort, after, 9))
    assert any(f"ix_tenantaccess_{index} (tenant_id=? AND" in line for line in plan), plan
    assert not any("SCAN tenantaccess" in line or "SCAN m" in line for line in plan)


@pytest.mark.parametrize("asked", FOUND)
@pytest.mark.parametrize("sort", list(MemberSort), ids=lambda sort: sort.value)
def test_the_few_are_found_by_their_index_whatever_the_order(
    store: SQLAlchemyStore, asked: str, sort: MemberSort
) -> None:
    wanted, index = FOUND[asked]
    if asked == "role" and sort is not MemberSort.ROLE:
        return  # many hold a role: it may as well be read in the order asked for
    plan = plan_of(store, lambda unit: unit.directory.search(CLINIC, ANN, wanted, sort, None, 9))
    assert any(f"ix_tenantaccess_{index} (tenant_id=? AND" in line for line in plan), plan


@pytest.mark.postgres
@pytest.mark.parametrize("sort", SORTED, ids=lambda sort: sort.value)
def test_postgresql_reads_a_page_in_the_order_of_an_index(large: SQLAlchemyStore, sort: MemberSort) -> None:
    index, after = SORTED[sort]
    for place in (None, after):
        plan = explained(large, EVERYBODY, sort, place)
        assert any(f"ix_rosters_{index}" in line for line in plan), plan


@pytest.mark.postgres
@pytest.mark.parametrize("asked", [name for name in FOUND if name != "role"])
def test_postgresql_finds_the_few_by_their_index(large: SQLAlchemyStore, asked: str) -> None:
    wanted, index = FOUND[asked]
    plan = explained(large, wanted, MemberSort.LAST_ACTIVE_AT, None)
    assert any(f"ix_rosters_{index}" in line for line in plan), plan


@pytest.mark.postgres
def test_names_are_found_and_ordered_byte_for_byte_on_postgresql(large: SQLAlchemyStore) -> None:
    with large.reading() as unit:
        found = unit.directory.search(CLINIC, None, Wanted(last_name="n000"), MemberSort.LAST_NAME, None, 99)
        assert found is not None
        assert [row.membership.contact.last_name for _, row in found.rows] == [f"n000{digit}" for digit in range(10)]
        assert unit.directory.count(CLINIC, EVERYBODY, 1_001) == 1_001


def spoil(store: SQLAlchemyStore, *people: str) -> None:
    """Write a word that this version does not know."""
    member_table = store.tables.membership
    with store.engine.begin() as connection:
        for who in people:
            connection.execute(
                sa.update(member_table).where(member_table.c.principal_id == who, member_table.c.tenant_id == CLINIC)
                .values(origin="teleported")
            )  # fmt: skip


@pytest.mark.row("INV-25", "INV-04")
def test_a_row_that_cannot_be_read_is_left_out_and_made_up_for(store: SQLAlchemyStore) -> None:
    put(store, *(member(CLINIC, who) for who in (ANN, BOB, CAT, DAN)))
    spoil(store, ANN, CAT)
    with store.reading() as unit:
        for limit in (1, 2, 9):
            found = unit.directory.search(CLINIC, None, EVERYBODY, MemberSort.USERNAME, None, limit)
            assert found is not None
            assert [row.id for _, row in found.rows] == [BOB, DAN][:limit]


@pytest.mark.row("INV-25", "INV-03")
def test_a_reader_that_cannot_be_read_is_an_error_and_no_list(store: SQLAlchemyStore) -> None:
    put(store, member(CLINIC, ANN), member(CLINIC, BOB))
    spoil(store, ANN)
    with store.reading() as unit, pytest.raises(StoreError):
        unit.directory.search(CLINIC, ANN, EVERYBODY, MemberSort.USERNAME, None, 9)


def test_equal_questions_are_one_statement_built_once(store: SQLAlchemyStore) -> None:
    sql: Any = store._statements.directory
    before = sql.search.cache_info().misses
    for who in (ANN, BOB):
        for name in ("a", "b"):
            with store.reading() as unit, statements_of(store.engine) as sent:
                unit.directory.search(CLINIC, who, Wanted(last_name=name), MemberSort.EMAIL, None, 9)
            assert len(sent) == 1
    assert sql.search.cache_info().misses == before + 1


def test_conditions_that_no_row_can_be_in_find_nobody(store: SQLAlchemyStore) -> None:
    put(store, member(CLINIC, ANN))
    with store.reading() as unit:
        for conditions in (frozenset[Reason](), frozenset({Reason.NOT_A_MEMBER}), ANY):
            found = unit.directory.search(
                CLINIC, None, Wanted(conditions=conditions, idle_since=NOON), MemberSort.USERNAME, None, 9
            )
            assert found is not None
            assert len(found.rows) == (conditions == ANY)
