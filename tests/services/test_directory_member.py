"""One member in full, who lapses soon, and how long each list is (AM-12, AM-20, AM-26)."""

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from tests.services.statements import ON_SQL, statements
from tests.services.worlds import ABSENT, NOBODY, days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import Disable, Invite, LimitSegments, Remove, SetDates
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.directory import Total
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Authority, Disabled, DisableReason, RestKind, Status, VerifiedHow
from tenantaccess.model.policy import Policy
from tenantaccess.model.privileges import Cell, Grant
from tenantaccess.services import directory
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

Ask = Callable[[TenantAccess, TenantId, PrincipalId], object]
QUESTIONS: list[Ask] = [
    lambda access, tenant, by: access.directory.member(tenant, by, by=by),
    lambda access, tenant, by: access.directory.members(tenant, [by], by=by),
    lambda access, tenant, by: access.directory.counts(tenant, by=by),
]


@pytest.mark.row("AM-12", "AM-11")
def test_a_member_is_told_with_both_gates_and_who_opened_them(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, clock: FrozenClock
) -> None:
    kim = make.pending(riverside, "kim")
    asked = access.directory.member(riverside, kim, by=maria)
    assert (asked.approved_at, asked.approved_by, asked.verified_at, asked.disabled) == (None, "", None, None)
    assert (asked.row.status, asked.row.requested_at) == (Status.PENDING, clock.now())
    jo = make.member(riverside, by=maria, levels={"claims": VIEW})
    told = access.directory.member(riverside, jo, by=maria)
    assert (told.approved_at, told.approved_by) == (clock.now(), "maria")
    assert (told.verified_at, told.verified_how) == (clock.now(), VerifiedHow.ATTESTED)
    assert (told.rests_on, told.rest_kind, told.proven_by) == ("maria", RestKind.CHOSEN_PASSWORD, "")
    assert access.directory.member(riverside, maria, by=maria).approved_by == ""
    assert told.row in access.directory.search(riverside, by=maria).rows


@pytest.mark.row("AM-32", "AM-15")
def test_what_is_explicit_is_told_from_what_the_role_gives(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    jo = make.member(riverside, role="biller", levels={"claims": VIEW})
    access.execute(LimitSegments(riverside, jo, ["medicaid"]), by=maria)
    told = access.directory.member(riverside, jo, by=maria)
    cells = dict(told.cells)
    assert set(cells) == {resource.key for resource in access.catalog.resources}
    assert [cells[key] for key in told.cells if key in {"claims", "codes"}] == [
        Cell(VIEW.key, explicit=True),
        Cell(FULL.key, explicit=False),
    ]
    assert told.limits == {"medicaid"}


@pytest.mark.row("AM-28")
def test_a_disable_and_dates_are_told_with_whose_act_they_are(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, clock: FrozenClock
) -> None:
    jo = make.member(riverside)
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(9)), by=OPERATOR)
    access.execute(Disable(riverside, jo, DisableReason.SECURITY), by=maria)
    told = access.directory.member(riverside, jo, by=maria)
    assert told.disabled == Disabled(clock.now(), Authority.MANAGER, DisableReason.SECURITY)
    assert (told.valid_from, told.valid_until, told.ends_by) == (None, clock.now() + days(9), Authority.OPERATOR)


@pytest.mark.row("MU-16", "INV-28")
def test_a_link_is_told_with_whose_credentials_it_was_proven_with(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    jo = make.member(riverside, username="jo")
    told = access.directory.member(riverside, make.linked(riverside, jo), by=maria)
    assert (told.rests_on, told.rest_kind, told.proven_by) == ("jo", RestKind.LINK, "jo")


@pytest.mark.row("INV-11")
def test_absent_gone_and_elsewhere_are_alike(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    gone, otto = make.member(riverside), make.member(lakeside)
    access.execute(Remove(riverside, gone), by=maria)
    for who in (NOBODY, gone, otto):
        with pytest.raises(NotFoundError):
            access.directory.member(riverside, who, by=maria)
    with pytest.raises(InvalidInputError):
        access.directory.member(riverside, PrincipalId("jo"), by=maria)


@pytest.mark.row("AM-10", "INV-11")
def test_some_members_are_told_as_the_roster_shows_them(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    jo, gone, otto = make.member(riverside), make.member(riverside), make.member(lakeside)
    access.execute(Remove(riverside, gone), by=maria)
    shown = {row.principal_id: row for row in access.directory.search(riverside, by=maria).rows}
    assert access.directory.members(riverside, [jo, gone, otto, NOBODY], by=maria) == {jo: shown[jo]}
    assert list(access.directory.members(riverside, [maria, jo], by=maria)) == [maria, jo]
    for wrong in (["jo"], [f"pri_{number:032}" for number in range(501)]):
        with pytest.raises(InvalidInputError):
            access.directory.members(riverside, wrong, by=maria)  # type: ignore[arg-type]  # what a page may be sent


@pytest.mark.row("AM-10", "AM-26")
def test_each_list_is_as_long_as_it_is_counted(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    early = make.member(riverside)
    clock.advance(days(60))
    access.require(riverside, maria, "manage_account", "view")
    make.pending(riverside)
    make.unverified(riverside)
    access.execute(Invite(riverside, "kim@mail.example", Grant(levels={"claims": VIEW})), by=maria)
    counts = access.directory.counts(riverside, by=maria)
    assert (counts.members, counts.queue, counts.lapsing, counts.invitations) == (
        Total(4),
        Total(2),
        Total(1),
        Total(1),
    )
    assert access.directory.search(riverside, lapsing=True, by=maria).ids == (early,)
    clock.advance(days(30))
    access.require(riverside, maria, "manage_account", "view")
    counts = access.directory.counts(riverside, by=maria)
    assert (counts.lapsing, counts.invitations) == (Total(0), Total(0))
    monkeypatch.setattr(directory, "COUNT_LIMIT", 1)
    assert str(access.directory.counts(riverside, by=maria).members) == "1+"


@pytest.mark.row("AM-26", "INV-04")
@pytest.mark.parametrize("sort", ["last_active_at", "-last_active_at", "username", "status"])
def test_who_lapses_soon_is_listed_from_the_first_warning_to_the_lapse(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, clock: FrozenClock, sort: str
) -> None:
    never, once, late = (make.member(riverside, levels={"claims": VIEW}) for _ in range(3))
    clock.advance(days(1))
    access.require(riverside, once, "claims", "view")
    begun = clock.now()
    clock.moment = begun + days(60) - timedelta(microseconds=1)
    for one in (maria, late):
        access.decisions.require(riverside, one, "claims", "view")

    def listed() -> set[PrincipalId]:
        page = access.directory.search(riverside, lapsing=True, sort=sort, limit=1, by=maria)
        met = list(page.ids)
        while page.next is not None:
            page = access.directory.search(riverside, lapsing=True, sort=sort, limit=1, after=page.next, by=maria)
            met.extend(page.ids)
        assert len(met) == len(set(met))
        return set(met)

    assert listed() == {never}
    clock.advance(timedelta(microseconds=1))
    assert listed() == {never, once}
    (row, *_) = access.directory.search(riverside, lapsing=True, sort="last_active_at", by=maria).rows
    assert (row.principal_id, row.last_active_at, row.lapses_at) == (never, None, begun + days(89))
    clock.moment = begun + days(89)
    assert listed() == {once}
    assert access.directory.search(riverside, lapsing=True, pending=True, sort=sort, by=maria).ids == ()


def test_where_nobody_is_warned_nobody_lapses_soon(
    access: TenantAccess, make: Given, riverside: TenantId, clock: FrozenClock
) -> None:
    make.member(riverside)
    clock.advance(days(89))
    silent = attrs.evolve(access, policy=Policy(warnings_after=[]))
    assert silent.directory.search(riverside, lapsing=True, by=OPERATOR).ids == ()
    assert len(access.directory.search(riverside, lapsing=True, by=OPERATOR).ids) == 1


@ON_SQL
def test_who_was_here_later_than_anybody_who_lapses_soon_is_not_read(
    access: TenantAccess, make: Given, riverside: TenantId, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SLICE", 2)
    here = [make.member(riverside, levels={"claims": VIEW}) for _ in range(7)]
    clock.advance(days(61))
    for one in here[1:]:
        access.require(riverside, one, "claims", "view")
    with statements(access) as sent:
        page = access.directory.search(riverside, lapsing=True, sort="last_active_at", limit=1, by=OPERATOR)
    assert (page.ids, len(sent)) == ((here[0],), 1)


@pytest.mark.row("INV-11")
@pytest.mark.parametrize("ask", QUESTIONS, ids=["member", "members", "counts"])
def test_only_who_sees_the_roster_is_answered(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    lena: PrincipalId,
    ask: Ask,
) -> None:
    ask(access, riverside, maria)
    ask(access, riverside, make.member(riverside, levels={"manage_account": VIEW}))
    with pytest.raises(AccessDeniedError):
        ask(access, riverside, jo)
    for tenant, by in ((riverside, lena), (ABSENT, maria), (riverside, NOBODY)):
        with pytest.raises(NotFoundError):
            ask(access, tenant, by)


@ON_SQL
def test_each_answer_takes_few_statements(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    jo = make.member(riverside, by=maria)
    for ask, most in zip(QUESTIONS, (1, 1, 5), strict=True):
        with statements(access) as sent:
            ask(access, riverside, maria)
        assert len(sent) == most
    with statements(access) as sent:
        access.directory.member(riverside, jo, by=maria)
    assert len(sent) == 2
