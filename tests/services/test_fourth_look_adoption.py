"""What a fourth reader tried against adoption, the access log and a record that somebody wrote into."""

import csv
import io
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from tests.services.worlds import condition, refusals, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import Adopt, Disable, RequestAccess
from tenantaccess.errors import AccessDeniedError, InvalidInputError, StoreError, TakenError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.adoption import Known, NewPerson
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.services.adoption_files import AdoptionRow
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.system import ScryptHasher
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given

BOB = NewPerson("bob", "bob@clinic.example", email_is_verified=True, stored_hash="md5$0")
EVERYTHING = Grant(ACCOUNT_MANAGER)


def registered_beforehand(access: TenantAccess, tenant: TenantId, email: str) -> PrincipalId:
    asking = RequestAccess(tenant, NewUsername("bob", PASSWORD, email=email))
    return access.execute(asking).principal_id


@pytest.mark.row("INV-15", "INV-26", "A34")
@pytest.mark.parametrize("where", ["the tenant", "another one"])
@pytest.mark.parametrize("known_by", ["bob@clinic.example", ""])
def test_nobody_takes_a_username_beforehand_and_is_handed_what_its_person_was_to_have(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, known_by: str, where: str
) -> None:
    """Whoever knows that Bob will come registers as Bob, with an address that was never verified."""
    mallory = registered_beforehand(access, riverside if where == "the tenant" else lakeside, "bob@clinic.example")
    person = attrs.evolve(BOB, email=known_by, email_is_verified=bool(known_by))
    row = AdoptionRow(riverside, person, EVERYTHING)
    for dry_run in (True, False):
        report = access.adoption.run([row], by=OPERATOR, dry_run=dry_run)
        assert (report.adopted, [problem.field for problem in report.problems]) == (0, ["username"])
    assert not list(access.list_members_with(riverside, "manage_account", "view"))
    assert access.execute(Adopt(riverside, mallory, EVERYTHING), by=OPERATOR).changed


@pytest.mark.row("INV-15", "INV-26")
def test_a_username_that_a_manager_made_is_no_person_of_the_operators(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    bob = make.member(riverside, username="bob", levels={"claims": VIEW}, by=maria)
    with pytest.raises(TakenError):
        access.execute(Adopt(lakeside, NewPerson("bob"), EVERYTHING, known=Known.ADOPT), by=OPERATOR)
    # Where it is active already nothing is handed to it, so there is nothing to refuse.
    assert access.adoption.run([AdoptionRow(riverside, BOB, EVERYTHING)], by=OPERATOR).unchanged == 1
    assert row_of(access, riverside, bob).membership.role is None


@pytest.mark.row("INV-26")
def test_whoever_verified_the_address_that_the_host_knows_is_the_person(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    bob = make.registered(riverside, username="bob")
    person = NewPerson("bob", "bob@people.example")
    assert access.adoption.run([AdoptionRow(lakeside, person, EVERYTHING)], by=OPERATOR).adopted == 1
    assert condition(access, lakeside, bob) is Reason.ACTIVE


@pytest.mark.row("A74", "INV-24", "INV-40")
@pytest.mark.parametrize("before", [1, 2])
def test_no_line_within_a_cell_is_taken_for_somebody(access: TenantAccess, riverside: TenantId, before: int) -> None:
    """A cell too long for the reader ends a row in its midst; what the cell goes on to say is nobody to adopt."""
    name = "\n".join(["A" * 140_000] * before) + f"\nmallory,m@evil.example,M,{ACCOUNT_MANAGER}\n"
    file = io.StringIO(newline="")
    rows = [("username", "email", "last_name", "role"), ("al", "", "", ""), ("bob", "", name, ""), ("carl", "", "", "")]
    csv.writer(file).writerows(rows)
    file.seek(0)
    report = access.adoption.run(access.adoption.read_csv(file, riverside), by=OPERATOR)
    assert (report.rows, report.adopted, report.refused) == (2, 1, 1)
    assert [problem.line for problem in report.problems] == [3]
    assert [row.username for row in access.directory.search(riverside, by=OPERATOR).rows] == ["al"]


@pytest.mark.parametrize("batch", ["5", 2.5, None, True])
def test_a_batch_of_people_is_a_whole_number(access: TenantAccess, batch: Any) -> None:
    with pytest.raises(InvalidInputError):
        access.adoption.run([], by=OPERATOR, batch=batch)


@pytest.mark.row("INV-40")
def test_a_member_floods_no_log_with_people_that_there_are_not(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    for number in range(20):
        with pytest.raises(AccessDeniedError):
            access.execute(Disable(riverside, PrincipalId(f"pri_{number:032x}")), by=jo)
    with pytest.raises(AccessDeniedError):
        access.execute(Disable(riverside, maria), by=jo)
    assert sorted((line.subject, line.count) for line in refusals(access, riverside)) == [("", 20), (maria, 1)]


NO_DATA = ["not json", "[1]", "5", "null", "", "[" * 5_000]


@pytest.mark.row("INV-37", "A75")
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("text", NO_DATA)
@pytest.mark.parametrize("what", ["before", "after", "result", "content"])
def test_what_cannot_be_read_as_a_record_is_named_by_its_number(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, what: str, text: str
) -> None:
    done = access.execute(Disable(riverside, jo, note="left us"), by=maria)
    assert isinstance(access.store, SQLAlchemyStore)
    tables = access.store.tables
    table = tables.private_part if what == "content" else tables.event
    with access.store.engine.begin() as connection:
        here = (table.c.stream == riverside, table.c.number == done.version)
        connection.execute(sa.update(table).where(*here).values({what: text}))
    with pytest.raises(StoreError) as refused:
        access.audit.verify(riverside)
    assert f"event {done.version}" in str(refused.value)


@pytest.mark.parametrize(
    "numbers", ["3$8$1", "0$8$1", "-2$8$1", "16384$8$1073741824", "99999999999999999999$8$1", "2$-1$1"]
)
def test_a_hash_of_impossible_parameters_is_no_match(numbers: str) -> None:
    """Stored hashes come from whatever application was adopted."""
    assert not ScryptHasher().verify(Secret("x"), f"scrypt${numbers}$AAAA$AAAA")
