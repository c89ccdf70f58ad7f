"""A tenant's people as lines of JSON: who may have them, what they say, and that nobody gains by coming back."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from tests.services.worlds import ABSENT

from tenantaccess import AdoptionReport, AdoptionRow, NewPerson
from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddService, ChangePrivileges, Disable, Remove, SetDates
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.adoption import AdoptionProblem
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.adoption_lines import LINE_LIMIT
from tenantaccess.services.adoption_seen import SMALLEST, Seen
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

BILLER = Grant("biller", {"codes": VIEW.key}, frozenset({"medicaid"}))


@pytest.fixture
def clinic(make: Given) -> TenantId:
    return make.tenant("Segmented", segments=["medicaid", "medicare"])


def adopted(access: TenantAccess, tenant: TenantId, count: int, grant: Grant = BILLER) -> None:
    rows = [
        AdoptionRow(
            tenant, NewPerson(f"u{number:02}", f"u{number}@x.example", number % 2 == 0, last_name="Łęcka"), grant
        )
        for number in range(count)
    ]
    assert access.adoption.run(rows, by=OPERATOR).adopted == count


def lines(access: TenantAccess, tenant: TenantId, **others: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in access.adoption.export(tenant, by=others.pop("by", OPERATOR), **others)]


@pytest.mark.row("INV-04")
@pytest.mark.parametrize("batch", [1, 3, 7, 500])
def test_every_member_is_one_line_in_order_whatever_the_batch(
    access: TenantAccess, clinic: TenantId, batch: int
) -> None:
    adopted(access, clinic, 7)
    told: list[int] = []
    found = lines(access, clinic, batch=batch, on_progress=told.append)
    assert [line["username"] for line in found] == [f"u{number:02}" for number in range(7)]
    assert told[-1] == 7
    assert list(access.adoption.export(clinic, by=OPERATOR)) == list(access.adoption.export(clinic, by=OPERATOR))


def test_a_line_says_what_a_row_can_and_what_it_cannot(access: TenantAccess, clinic: TenantId) -> None:
    adopted(access, clinic, 1)
    (text,) = access.adoption.export(clinic, by=OPERATOR)
    assert text.endswith("}\n")
    assert "Łęcka" in text
    assert json.loads(text) == {
        "tenant": clinic,
        "username": "u00",
        "email": "u0@x.example",
        "email_is_verified": True,
        "first_name": "",
        "last_name": "Łęcka",
        "phone": "",
        "role": "biller",
        "levels": {"codes": "view"},
        "segments": ["medicaid"],
        "kind": "human",
        "status": "active",
        "origin": "adopted",
        "rests_on": None,
        "valid_from": None,
        "valid_until": None,
    }


@pytest.mark.row("INV-32")
def test_lines_come_back_as_the_same_people_elsewhere(access: TenantAccess, make: Given, clinic: TenantId) -> None:
    adopted(access, clinic, 5)
    other = make.tenant("Elsewhere", segments=["medicaid", "medicare"])
    exported = list(access.adoption.export(clinic, by=OPERATOR))

    report = access.adoption.run(access.adoption.read_lines(exported, other), by=OPERATOR)

    assert report == AdoptionReport(rows=5, adopted=5)
    apart = {"tenant", "origin"}
    there, here = lines(access, other), lines(access, clinic)
    assert [{key: line[key] for key in line.keys() - apart} for line in there] == [
        {key: line[key] for key in line.keys() - apart} for line in here
    ]
    assert access.adoption.run(access.adoption.read_lines(exported, other), by=OPERATOR).unchanged == 5
    assert access.adoption.run(access.adoption.read_lines(exported), by=OPERATOR).unchanged == 5


@pytest.mark.row("INV-31")
def test_no_line_holds_what_a_password_is_verified_by(access: TenantAccess, clinic: TenantId) -> None:
    row = AdoptionRow(clinic, NewPerson("kim", stored_hash="md5$c4nary"), BILLER)
    access.adoption.run([row], by=OPERATOR)
    (line,) = access.adoption.export(clinic, by=OPERATOR)
    assert "c4nary" not in line
    assert "hash" not in line


@pytest.mark.row("INV-20", "INV-11")
def test_whoever_sees_the_roster_has_the_lines_and_nobody_else(
    access: TenantAccess, make: Given, clinic: TenantId, lena: PrincipalId
) -> None:
    manager, member = make.manager(clinic), make.member(clinic, levels={"claims": FULL})
    reader = make.member(clinic, levels={"manage_account": VIEW})
    for who in (manager, reader):
        assert len(lines(access, clinic, by=who)) == 3
    with pytest.raises(AccessDeniedError):
        access.adoption.export(clinic, by=member)
    with pytest.raises(NotFoundError):
        access.adoption.export(clinic, by=lena)
    with pytest.raises(NotFoundError):
        access.adoption.export(ABSENT, by=OPERATOR)
    for batch in (0, 501):
        with pytest.raises(InvalidInputError):
            access.adoption.export(clinic, by=OPERATOR, batch=batch)


@pytest.mark.row("INV-29")
def test_each_page_looks_anew_whether_it_may_be_seen(access: TenantAccess, make: Given, clinic: TenantId) -> None:
    adopted(access, clinic, 4)
    reader = make.member(clinic, levels={"manage_account": VIEW})
    going = access.adoption.export(clinic, by=reader, batch=2)
    next(going)
    access.execute(Disable(clinic, reader), by=make.manager(clinic))
    with pytest.raises(AccessDeniedError):
        list(going)


def test_a_member_is_not_told_whose_own_address_is_verified(
    access: TenantAccess, make: Given, clinic: TenantId
) -> None:
    adopted(access, clinic, 1)
    manager = make.manager(clinic)
    (line,) = [line for line in lines(access, clinic, by=manager) if line["username"] == "u00"]
    assert (line["email"], line["email_is_verified"]) == ("u0@x.example", False)


def test_whoever_left_is_in_no_line(access: TenantAccess, make: Given, clinic: TenantId) -> None:
    manager, member = make.manager(clinic), make.member(clinic)
    access.execute(Remove(clinic, member), by=manager)
    assert len(lines(access, clinic)) == 1


# --- nobody gains -------------------------------------------------------------------------------------------------


def disabled(access: TenantAccess, make: Given, clinic: TenantId) -> str:
    access.execute(Disable(clinic, make.member(clinic)), by=OPERATOR)
    return "status"


def pending(_access: TenantAccess, make: Given, clinic: TenantId) -> str:
    make.pending(clinic)
    return "status"


def linked(access: TenantAccess, make: Given, clinic: TenantId) -> str:
    proven = make.registered(clinic, levels={"claims": FULL})
    make.linked(clinic, proven)
    access.execute(ChangePrivileges(clinic, [Edit(proven, ResourceKey("claims"), NONE.key)]), by=make.manager(clinic))
    return "rests_on"


def ending(access: TenantAccess, make: Given, clinic: TenantId) -> str:
    member, until = make.member(clinic), access.clock.now() + access.policy.token_expires_after
    access.execute(SetDates(clinic, member, valid_until=until), by=make.manager(clinic))
    return "valid_until"


def beginning(access: TenantAccess, make: Given, clinic: TenantId) -> str:
    member, later = make.member(clinic), access.clock.now() + access.policy.token_expires_after
    access.execute(SetDates(clinic, member, valid_from=later), by=make.manager(clinic))
    return "status"


def begun(access: TenantAccess, make: Given, clinic: TenantId) -> str:
    beginning(access, make, clinic)
    clock = access.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(access.policy.token_expires_after)
    return "valid_from"


def service(access: TenantAccess, _make: Given, clinic: TenantId) -> str:
    access.execute(AddService(clinic, "feed"), by=OPERATOR)
    return "kind"


@pytest.mark.row("INV-18", "INV-16")
@pytest.mark.parametrize(
    "arrange", [disabled, pending, linked, ending, beginning, begun, service], ids=lambda one: str(one.__name__)
)
def test_nobody_holds_more_by_coming_back(access: TenantAccess, make: Given, clinic: TenantId, arrange: Any) -> None:
    field = arrange(access, make, clinic)
    other = make.tenant("Elsewhere", segments=["medicaid", "medicare"])
    report = access.adoption.run(
        access.adoption.read_lines(access.adoption.export(clinic, by=OPERATOR), other), by=OPERATOR
    )
    assert [problem.field for problem in report.problems] == [field]
    assert report.rows == report.adopted + 1


# --- reading ------------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"username": "kim", "tin": "01-2345678"}
BAD: dict[str, tuple[object, str]] = {
    "no object": ([1], ""),
    "another key": ({**GOOD, "password": "x"}, ""),
    "no username": ({"tin": "01-2345678"}, "username"),
    "a bad username": ({**GOOD, "username": "k im"}, "username"),
    "a number": ({**GOOD, "first_name": 7}, "first_name"),
    "nothing": ({**GOOD, "email": None}, "email"),
    "no flag": ({**GOOD, "email_is_verified": "yes"}, "email_is_verified"),
    "no levels": ({**GOOD, "levels": "claims=view"}, "levels"),
    "no level": ({**GOOD, "levels": {"claims": 1}}, "levels"),
    "another level": ({**GOOD, "levels": {"claims": "most"}}, "levels"),
    "no segments": ({**GOOD, "segments": "medicaid"}, "segments"),
    "no segment": ({**GOOD, "segments": [1]}, "segments"),
    "another segment": ({**GOOD, "segments": ["medicade"]}, "segments"),
    "no tenant": ({"username": "kim"}, "tenant"),
    "two tenants": ({**GOOD, "tenant": ABSENT}, "tenant"),
    "another tenant": ({"username": "kim", "tenant": "clinic"}, "tenant"),
    "a bad number": ({**GOOD, "tin": "1"}, "tin"),
}


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_line_is_said_by_its_key(access: TenantAccess, name: str) -> None:
    value, field = BAD[name]
    (found,) = access.adoption.read_lines([f"{json.dumps(value)}\n"])
    assert isinstance(found, AdoptionProblem)
    assert (found.line, found.field) == (1, field)
    assert found.advice


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("line", ["{", "[" * 60_000, " " * LINE_LIMIT + "{}"], ids=["cut", "deep", "long"])
def test_what_is_no_line_is_a_problem_and_stops_no_other(access: TenantAccess, line: str) -> None:
    bad, good = access.adoption.read_lines([line, "\n", json.dumps(GOOD)])
    assert isinstance(bad, AdoptionProblem)
    assert bad.line == 1
    assert isinstance(good, AdoptionRow)
    assert (good.line, good.person.username) == (3, "kim")


def test_lines_are_read_as_they_are_needed(access: TenantAccess) -> None:
    read: list[int] = []

    def some() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield json.dumps({**GOOD, "username": f"u{number}"})

    next(access.adoption.read_lines(some()))
    assert read == [0]
    with pytest.raises(InvalidInputError):
        access.adoption.read_lines([], TenantId("clinic"))
    with pytest.raises(InvalidInputError):
        AdoptionRow(("tin", "012345678"), NewPerson("kim"), line=-1)


# --- what a run has seen ------------------------------------------------------------------------------------------


def test_what_was_seen_first_is_known_however_much_has_come_since() -> None:
    seen = Seen()
    for number in range(1, 3 * SMALLEST):
        assert seen.first(number, "tenant", f"u{number}") == number
    for number in range(1, 3 * SMALLEST):
        assert seen.first(9 * SMALLEST, "tenant", f"u{number}") == number


def test_what_was_seen_takes_some_tens_of_bytes_each_even_while_it_grows() -> None:
    seen, count = Seen(), 12 * SMALLEST
    tracemalloc.start()
    try:
        for number in range(1, count):
            seen.first(number, f"u{number}")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 80 * count
