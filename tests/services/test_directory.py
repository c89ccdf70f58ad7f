"""The roster: searched by key, sorted and paged exactly, for whoever may see it (AM-10, AM-11, AM-18, INV-04, A08)."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.services.statements import ON_SQL, statements
from tests.services.states import World
from tests.services.worlds import ABSENT, NOBODY, days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddUsername, Approve, ChangePrivileges, Disable, LimitSegments, Remove, UpdateContact
from tenantaccess.errors import AccessDeniedError, InvalidInputError, MisuseError, NotFoundError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryPage, DirectoryRow, MemberSort, Total
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Contact, Origin, Status
from tenantaccess.model.names import search_key
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services import directory
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import FaultyStore

SORTS = [f"{sign}{sort.value}" for sort in MemberSort for sign in ("", "-")]


def usernames(page: DirectoryPage) -> list[str]:
    return [row.username for row in page.rows]


def whole(access: TenantAccess, tenant: TenantId, size: int, **asked: Any) -> list[PrincipalId]:
    """All pages of a search, joined."""
    met: list[PrincipalId] = []
    after = None
    while True:
        page = access.directory.search(tenant, after=after, limit=size, by=OPERATOR, **asked)
        assert len(page.rows) <= size
        met.extend(page.ids)
        after = page.next
        if after is None:
            return met


@pytest.fixture
def crowd(access: TenantAccess, make: Given, riverside: TenantId, clock: FrozenClock) -> list[PrincipalId]:
    """One member in each condition, with names that sort in corners."""
    manager = make.manager(riverside, "m.manager")
    world = World(access, make, clock, riverside, manager)
    # Those that take time first: others would lapse while they wait.
    order = [Reason.LAPSED, Reason.REQUEST_EXPIRED, Reason.ENDED, Reason.STALE, Reason.REJECTED, Reason.DISABLED,
             Reason.NOT_YET_VALID, Reason.PENDING, Reason.UNVERIFIED, Reason.ACTIVE]  # fmt: skip
    assert set(order) == set(STATUS)
    people = [world.somebody(one) for one in order]
    named = ["Ångström", "angstrom", "Łuk", "luk", "", "Zoë", "zoe b", "O'Neil", "名前", "smith-jones"]
    for who, name in zip(people, named, strict=True):
        contact = Contact(name[:3], name, f"u{named.index(name)}@clinic.example", "555" if name else "")
        access.execute(UpdateContact(riverside, who, contact=contact), by=OPERATOR)
    with access.store.reading() as unit:
        return [row.id for row in unit.queries.page(riverside, "", 100)]


# ----------------------------------------------------------------------------------------------- what is found


@pytest.mark.row("AM-10", "AM-18", "A08")
def test_names_are_found_by_their_beginning_whatever_case_or_accent(
    access: TenantAccess, riverside: TenantId, crowd: list[PrincipalId]
) -> None:
    def found(**asked: str) -> set[str]:
        page = access.directory.search(riverside, by=OPERATOR, **asked)  # type: ignore[arg-type]  # texts by name
        return {row.contact.last_name for row in page.rows}

    assert found(last_name="ANG") == {"Ångström", "angstrom"}
    assert found(last_name="Łu") == found(last_name="lu") == {"Łuk", "luk"}
    assert found(first_name="zoe") == {"Zoë", "zoe b"}
    assert found(last_name="O'") == {"O'Neil"}
    assert found(last_name="名") == {"名前"}
    assert found(last_name="mith") == found(last_name="%") == found(last_name="_uk") == set()
    assert found(last_name="zoe", first_name="zo", email="u5@clinic.example") == {"Zoë"}
    assert found(username="M.MAN") == {""}
    assert crowd


@pytest.mark.row("AM-18", "A08", "INV-11")
def test_an_address_is_found_exactly_or_by_a_beginning_that_says_so(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    for tenant, name in ((riverside, "ann"), (riverside, "anna"), (lakeside, "otto")):
        newcomer = NewUsername(f"{name}.{tenant[-4:]}", PASSWORD, f"{name}@Clinic.example")
        access.execute(AddUsername(tenant, newcomer), by=OPERATOR)

    def found(email: str) -> list[str]:
        return [row.contact.email for row in access.directory.search(riverside, email=email, by=maria).rows]

    assert found("ANN@clinic.example") == ["ann@Clinic.example"]
    assert found("Ann*") == ["ann@Clinic.example", "anna@Clinic.example"]
    assert found("otto@clinic.example") == found("nobody@clinic.example") == found("ott*") == []
    for bad in ("ann", "*", "ann@clinic"):
        with pytest.raises(InvalidInputError) as refused:
            found(bad)
        assert refused.value.field == "email"


@pytest.mark.row("AM-11", "AM-18")
def test_each_status_and_the_pending_box_agree_with_the_one_derivation(
    access: TenantAccess, riverside: TenantId, crowd: list[PrincipalId]
) -> None:
    everybody = access.directory.search(riverside, by=OPERATOR).rows
    assert {row.principal_id for row in everybody} == set(crowd)
    assert {row.reason for row in everybody} == set(STATUS)
    assert all(row.status is STATUS[row.reason] for row in everybody)
    for status in Status:
        expected = [row for row in everybody if row.status is status]
        assert list(access.directory.search(riverside, status=status.value, by=OPERATOR).rows) == expected
        assert list(access.directory.search(riverside, status=status, by=OPERATOR).rows) == expected
    queue = access.directory.search(riverside, pending=True, by=OPERATOR).rows
    assert {row.reason for row in queue} == {Reason.PENDING, Reason.UNVERIFIED}
    waiting = access.directory.search(riverside, pending=True, status="pending", by=OPERATOR).rows
    assert [row.reason for row in waiting] == [Reason.PENDING]
    assert access.directory.search(riverside, pending=True, status="active", by=OPERATOR).rows == ()


@pytest.mark.row("AM-18", "INV-07")
def test_status_is_of_the_moment_to_the_microsecond(
    access: TenantAccess, make: Given, riverside: TenantId, clock: FrozenClock
) -> None:
    member = make.registered(riverside)
    clock.advance(days(90) - timedelta(microseconds=1))
    assert access.directory.search(riverside, status="active", by=OPERATOR).ids == (member,)
    clock.advance(timedelta(microseconds=1))
    assert access.directory.search(riverside, status="active", by=OPERATOR).ids == ()
    (row,) = access.directory.search(riverside, status="disabled", by=OPERATOR).rows
    assert (row.principal_id, row.reason) == (member, Reason.LAPSED)


@pytest.mark.row("AM-32", "AM-20", "MU-16")
def test_a_row_shows_what_is_effectively_held_and_where_it_comes_from(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, clock: FrozenClock
) -> None:
    jo = make.member(riverside, levels={"claims": FULL, "health_passport": FULL}, username="jo")
    access.execute(LimitSegments(riverside, jo, ["medicaid"]), by=maria)
    kim = make.pending(riverside, "kim")
    clock.advance(timedelta(hours=1))
    access.require(riverside, maria, "manage_account", "view")
    rows = {row.username: row for row in access.directory.search(riverside, by=maria).rows}
    assert isinstance(rows["jo"], DirectoryRow)
    assert {key: level for key, level in rows["jo"].levels.items() if level != "none"} == {"claims": "full"}
    assert (rows["jo"].segments, rows["jo"].role) == (frozenset({"medicaid"}), None)
    assert rows["jo"].origin is Origin.HOME
    assert (rows["maria"].role, rows["maria"].segments) == ("account_manager", None)
    assert dict(rows["maria"].levels) | {"manage_account": "full"} == rows["maria"].levels
    assert rows["maria"].last_active_at == clock.now()
    assert (rows["kim"].principal_id, rows["kim"].requested_at) == (kim, clock.now() - timedelta(hours=1))
    assert not any(row.is_link or row.proven_by for row in rows.values())


@pytest.mark.row("AM-32", "AM-18")
def test_role_origin_and_who_brought_them_in_narrow_the_list(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    jo = make.member(riverside, role="biller", username="jo", by=maria)
    kim = make.pending(riverside, "kim")
    access.execute(Approve(riverside, kim, Grant(levels={"claims": VIEW})), by=maria)
    lou = make.member(riverside, username="lou")

    def found(**asked: Any) -> list[PrincipalId]:
        return list(access.directory.search(riverside, by=maria, **asked).ids)

    assert found(role="biller") == [jo]
    assert found(role="account_manager") == [maria]
    assert found(role="biller", username="nobody") == found(role="account_manager", username="nobody") == []
    assert found(origin="registered") == found(origin=Origin.REGISTERED) == [kim]
    assert found(origin="home") == [jo, lou, maria]
    assert found(origin="linked") == []
    assert found(brought_in_by=maria) == [jo, kim]
    assert found(brought_in_by=jo) == []


@pytest.mark.row("AM-32", "MU-13", "INV-28")
def test_a_link_is_listed_with_whose_proof_it_rests_on_and_no_more_than_that_one_holds(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    lee = make.linked(riverside, jo)
    (row,) = access.directory.search(riverside, origin="linked", by=maria).rows
    assert (row.principal_id, row.is_link, row.proven_by, row.levels["claims"]) == (lee, True, jo, "full")  # type: ignore[index]  # a word
    assert access.directory.search(riverside, brought_in_by=jo, by=maria).ids == (lee,)
    access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), by=maria)
    (row,) = access.directory.search(riverside, origin="linked", by=maria).rows
    assert row.levels["claims"] == "view"  # type: ignore[index]  # a word
    access.execute(Disable(riverside, jo), by=maria)
    (row,) = access.directory.search(riverside, status="unverified", by=maria).rows
    assert (row.principal_id, row.reason) == (lee, Reason.STALE)
    assert access.directory.search(riverside, pending=True, by=maria).ids == ()


def test_who_is_gone_is_on_no_list(access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId) -> None:
    kim = make.member(riverside)
    access.execute(Remove(riverside, kim), by=maria)
    assert access.directory.search(riverside, total=True, by=maria).ids == (maria,)


# -------------------------------------------------------------------------------------------- order and pages


@pytest.mark.row("INV-04", "AM-10")
@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_any_size_join_to_the_whole_list(
    access: TenantAccess, riverside: TenantId, crowd: list[PrincipalId], sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SLICE", 2)
    everybody = whole(access, riverside, 500, sort=sort)
    assert sorted(everybody) == sorted(crowd)
    assert whole(access, riverside, 1, sort=sort) == whole(access, riverside, 2, sort=sort) == everybody
    for status in Status:
        some = whole(access, riverside, 500, sort=sort, status=status)
        assert whole(access, riverside, 1, sort=sort, status=status) == some
        assert [who for who in everybody if who in some] == some
    one_way = sort.removeprefix("-")
    if one_way not in {sort, "status"}:
        assert everybody == whole(access, riverside, 500, sort=one_way)[::-1]


@pytest.mark.row("AM-18", "AM-22", "INV-04")
@pytest.mark.usefixtures("crowd")
def test_columns_sort_as_they_are_shown(access: TenantAccess, riverside: TenantId) -> None:
    def shown(sort: str, column: Callable[[DirectoryRow], Any]) -> list[Any]:
        return [column(row) for row in access.directory.search(riverside, sort=sort, by=OPERATOR).rows]

    for sort, column in (("last_name", _last_name), ("first_name", _first_name), ("email", _email)):
        names = shown(sort, column)
        assert [search_key(name) for name in names] == sorted(search_key(name) for name in names)
        assert len(set(names)) > 3
    statuses = shown("status", lambda row: row.status)
    assert statuses == sorted(statuses, key=list(Status).index)
    assert shown("-status", lambda row: row.status) == sorted(statuses, key=list(Status).index, reverse=True)
    requested = shown("-requested_at", lambda row: row.requested_at)
    known = [moment for moment in requested if moment is not None]
    assert known == sorted(known, reverse=True)
    assert requested == [*known, *[None] * (len(requested) - len(known))]


def _last_name(row: DirectoryRow) -> str:
    return row.contact.last_name


def _first_name(row: DirectoryRow) -> str:
    return row.contact.first_name


def _email(row: DirectoryRow) -> str:
    return row.contact.email


@pytest.mark.row("INV-04")
def test_people_who_join_between_pages_hide_nobody_and_repeat_nobody(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    first = [make.member(riverside, username=f"{letter}.member") for letter in "bdf"]
    met: list[PrincipalId] = []
    after, joined = None, iter("aceg")
    while True:
        page = access.directory.search(riverside, status="active", after=after, limit=1, by=OPERATOR)
        met.extend(page.ids)
        after = page.next
        if after is None:
            break
        make.member(riverside, username=f"{next(joined, 'z')}.late{len(met)}")
    assert len(met) == len(set(met))
    assert [who for who in met if who in first] == first


@pytest.mark.row("INV-40")
def test_a_cursor_is_good_for_its_own_search_alone(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    for tenant in (riverside, lakeside):
        for _ in range(3):
            make.member(tenant)
    page = access.directory.search(riverside, limit=1, by=OPERATOR)
    assert page.next is not None
    others: list[Callable[[str], object]] = [
        lambda after: access.directory.search(lakeside, limit=1, after=after, by=OPERATOR),
        lambda after: access.directory.search(riverside, sort="-username", after=after, by=OPERATOR),
        lambda after: access.directory.search(riverside, sort="last_active_at", after=after, by=OPERATOR),
        lambda after: access.directory.search(riverside, status="active", after=after, by=OPERATOR),
        lambda after: access.directory.search(riverside, last_name="a", after=after, by=OPERATOR),
        lambda after: access.directory.search(riverside, after=after[:-2], by=OPERATOR),
        lambda after: access.directory.search(riverside, after=after * 2, by=OPERATOR),
    ]
    for ask in others:
        with pytest.raises(InvalidInputError) as refused:
            ask(page.next)
        assert refused.value.field == "after"
    assert len(access.directory.search(riverside, limit=2, after=page.next, by=OPERATOR).rows) == 2


@pytest.mark.row("A19", "INV-40")
@pytest.mark.parametrize("parts", [
    ["0", "a\x00b", NOBODY], ["0", "\ud800", NOBODY], ["9", "a", NOBODY], ["00", "a", NOBODY], ["²", "a", NOBODY],
    ["0", "a", ABSENT], ["0", "a"], ["0", 1, NOBODY], [0, "a", NOBODY],
], ids=repr)  # fmt: skip
def test_a_cursor_made_up_is_refused_before_any_store_is_asked(
    access: TenantAccess, riverside: TenantId, parts: list[Any]
) -> None:
    make_two = [AddUsername(riverside, NewUsername(name, PASSWORD)) for name in ("ann", "bob")]
    access.execute_all(make_two, by=OPERATOR)
    good = access.directory.search(riverside, limit=1, by=OPERATOR).next
    assert good is not None
    mark = json.loads(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))[0]
    forged = base64.urlsafe_b64encode(json.dumps([mark, *parts]).encode()).decode().rstrip("=")
    traced = FaultyStore(access.store)
    with pytest.raises(InvalidInputError):
        attrs.evolve(access, store=traced).directory.search(riverside, after=forged, by=OPERATOR)
    assert traced.trace == []


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("sort", ["last_active_at", "requested_at"])
@pytest.mark.parametrize("key", ["yesterday", "2026-01-05T09:00:00", "9999-01-01T00:00:00+00:00", "1900-01-01"])
def test_a_moment_made_up_in_a_cursor_is_refused(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, sort: str, key: str
) -> None:
    good = access.directory.search(riverside, sort=sort, limit=1, by=maria).next
    assert good is not None
    parts = json.loads(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([*parts[:2], key, jo]).encode()).decode().rstrip("=")
    with pytest.raises(InvalidInputError) as refused:
        access.directory.search(riverside, sort=sort, after=forged, by=maria)
    assert refused.value.field == "after"


# ------------------------------------------------------------------------------------------------------ totals


@pytest.mark.row("AM-10")
def test_a_total_is_counted_only_when_asked_and_to_a_limit(
    access: TenantAccess, make: Given, riverside: TenantId, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make.member(riverside) for _ in range(3)]
    assert access.directory.search(riverside, by=OPERATOR).total is None
    for asked in ({}, {"status": "active"}, {"sort": "status"}):
        page = access.directory.search(riverside, limit=1, total=True, by=OPERATOR, **asked)  # type: ignore[arg-type]
        assert (page.total, str(page.total)) == (Total(3), "3")
    monkeypatch.setattr(directory, "COUNT_LIMIT", 2)
    for asked in ({}, {"status": "active"}):
        page = access.directory.search(riverside, limit=1, total=True, by=OPERATOR, **asked)  # type: ignore[arg-type]
        assert str(page.total) == "2+"
    assert len(people) == 3


@ON_SQL
@pytest.mark.row("AM-10")
def test_a_page_without_status_is_one_statement(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    for asked in ({}, {"last_name": "a", "sort": "-last_active_at"}, {"status": "active"}, {"role": "account_manager"}):
        for by in (maria, OPERATOR):
            with statements(access) as sent:
                access.directory.search(riverside, by=by, **asked)  # type: ignore[arg-type]  # words by name
            assert len(sent) == 1
    with statements(access) as sent:
        access.directory.search(riverside, total=True, by=maria)
    assert len(sent) == 2


# -------------------------------------------------------------------------------------------------- who may look


@pytest.mark.row("INV-11", "AM-10")
def test_only_who_views_the_managing_resource_sees_the_roster(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lena: PrincipalId
) -> None:
    reader = make.member(riverside, levels={"manage_account": VIEW})
    assert len(access.directory.search(riverside, by=reader).rows) == 3
    with pytest.raises(AccessDeniedError):
        access.directory.search(riverside, by=jo)
    for tenant, by in ((riverside, lena), (ABSENT, maria), (ABSENT, OPERATOR), (riverside, NOBODY)):
        with pytest.raises(NotFoundError):
            access.directory.search(tenant, by=by)
    access.execute(Disable(riverside, reader), by=maria)
    with pytest.raises(AccessDeniedError):
        access.directory.search(riverside, by=reader)


@pytest.mark.row("INV-11")
def test_a_stranger_learns_no_role_of_the_tenant(access: TenantAccess, riverside: TenantId, lena: PrincipalId) -> None:
    for role in ("biller", "nothing"):
        with pytest.raises(NotFoundError):
            access.directory.search(riverside, role=role, by=lena)


@pytest.mark.row("A13", "INV-21", "A27")
def test_a_context_searches_its_own_tenant_while_it_is_alive(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    other = make.manager(riverside)
    context = access.contexts.enter(riverside, other)
    cursor = access.directory.search(riverside, limit=1, by=context).next
    with pytest.raises(MisuseError):
        access.directory.search(lakeside, by=context)
    access.execute_all([Disable(riverside, other)], by=maria)
    with pytest.raises(AccessDeniedError) as refused:
        access.directory.search(riverside, limit=1, after=cursor, by=context)
    assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)


@pytest.mark.row("AM-18", "A19")
@pytest.mark.parametrize("asked", [
    {"status": "enabled"}, {"status": "ACTIVE"}, {"sort": "name"}, {"sort": ""}, {"sort": "--username"},
    {"origin": "seat"}, {"role": "nobodys"}, {"sort": "-"}, {"sort": "-5"},
], ids=repr)  # fmt: skip
def test_a_word_that_there_is_not_is_an_error_and_never_an_empty_list(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, asked: Any
) -> None:
    with pytest.raises(UnknownNameError):
        access.directory.search(riverside, by=maria, **asked)


@pytest.mark.row("A19", "INV-40")
@pytest.mark.parametrize("asked", [
    {"limit": 0}, {"limit": 501}, {"limit": True}, {"limit": 1.0}, {"status": 1}, {"sort": None}, {"origin": True},
    {"last_name": "x" * 201}, {"last_name": " a"}, {"first_name": "\u0301"}, {"username": "\x00"}, {"email": 5},
    {"last_name": None}, {"role": "Biller"}, {"brought_in_by": ABSENT}, {"after": ""}, {"after": 5},
    {"after": "x" * 20_001}, {"after": "[]"}, {"after": "é"}, {"after": "bnVsbA"}, {"email": "é*" * 200},
], ids=lambda asked: repr(asked)[:40])  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, asked: Any
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        access.directory.search(riverside, by=maria, **asked)
    assert refused.value.field in asked
