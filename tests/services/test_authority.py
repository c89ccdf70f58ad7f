"""Nobody helps themselves, nobody gives more than they hold, and a managed tenant stays managed (INV-17 to INV-23)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import allowed, condition, days, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AddUsername,
    Approve,
    AssignRole,
    ChangePrivileges,
    CloseTenant,
    Disable,
    EditRole,
    Enable,
    LastManager,
    Leave,
    LimitSegments,
    Remove,
    SetDates,
    SuspendPrincipal,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    LastManagerError,
    RefusedError,
    TenantAccessError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock

Way = Callable[[TenantId, PrincipalId, FrozenClock], Command[Any]]
OUT: dict[str, Way] = {
    "disable": lambda tenant, member, _: Disable(tenant, member),
    "disable later": lambda tenant, member, clock: Disable(tenant, member, at=clock.now() + days(9)),
    "remove": lambda tenant, member, _: Remove(tenant, member),
    "demote": lambda tenant, member, _: AssignRole(tenant, member, None),
    "deny": lambda tenant, member, _: ChangePrivileges(tenant, [Edit(member, "manage_account", VIEW)]),
    "date": lambda tenant, member, clock: SetDates(tenant, member, valid_until=clock.now() + days(9)),
    "start later": lambda tenant, member, clock: SetDates(tenant, member, valid_from=clock.now() + days(9)),
    "suspend": lambda _, member, __: SuspendPrincipal(member),
}


@pytest.mark.row("INV-19", "A22", "AM-26")
@pytest.mark.parametrize("way", OUT)
def test_there_is_no_way_out_for_the_last_manager(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, way: str
) -> None:
    with pytest.raises(LastManagerError):
        access.execute(OUT[way](riverside, maria, clock), by=OPERATOR)
    assert access.check(riverside, maria, "manage_account", "edit")


@pytest.mark.row("INV-19")
@pytest.mark.parametrize("way", OUT)
def test_with_another_enduring_manager_every_way_out_is_open(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, way: str
) -> None:
    assert make.manager(riverside)
    assert access.execute(OUT[way](riverside, maria, clock), by=OPERATOR).changed


@pytest.mark.row("INV-19")
def test_a_dated_manager_does_not_count_as_enduring(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    other = make.manager(riverside)
    access.execute(SetDates(riverside, other, valid_until=clock.now() + days(9)), by=maria)
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)


@pytest.mark.row("INV-19")
def test_where_none_endures_one_who_manages_for_now_is_kept(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    until = SetDates(riverside, maria, valid_until=clock.now() + days(9), last_manager=LastManager.OVERRIDE)
    access.execute(until, by=OPERATOR)
    with pytest.raises(LastManagerError):
        access.execute(Disable(riverside, maria), by=OPERATOR)
    make.manager(riverside)
    assert access.execute(Disable(riverside, maria), by=OPERATOR).changed


@pytest.mark.row("INV-19", "INV-17")
@pytest.mark.parametrize("way", ["pending", "unverified", "disabled", "lapsed", "suspended"])
def test_a_manager_who_is_not_effective_does_not_count(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, way: str
) -> None:
    if way in ("pending", "unverified"):
        make.pending(riverside) if way == "pending" else make.unverified(riverside, levels={"manage_account": FULL})
    else:
        other = make.manager(riverside)
        if way == "disabled":
            access.execute(Disable(riverside, other), by=maria)
        elif way == "suspended":
            access.execute(SuspendPrincipal(other), by=OPERATOR)
        else:
            clock.advance(days(80))
            access.require(riverside, maria, "manage_account", "view")
            clock.advance(days(80))
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)


@pytest.mark.row("INV-19")
def test_a_role_that_manages_is_not_taken_from_its_last_holder(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    access.execute(AddRole(riverside, "head", levels={"manage_account": FULL}), by=OPERATOR)
    head = make.member(riverside, role="head")
    with pytest.raises(LastManagerError):
        access.execute(EditRole(riverside, "head", {"manage_account": VIEW}), by=OPERATOR)
    forced = EditRole(riverside, "head", {"manage_account": VIEW}, last_manager=LastManager.OVERRIDE)
    assert access.execute(forced, by=OPERATOR).changed
    assert not access.check(riverside, head, "manage_account", "edit")


@pytest.mark.row("INV-19")
def test_a_role_edit_counts_those_who_manage_by_override(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    access.execute(AddRole(riverside, "head", levels={"manage_account": FULL}), by=OPERATOR)
    make.member(riverside, role="head", levels={"manage_account": FULL})
    assert access.execute(EditRole(riverside, "head", {"manage_account": VIEW}), by=OPERATOR).changed


@pytest.mark.row("INV-19")
def test_where_nobody_manages_any_more_nobody_is_kept(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    clock.advance(days(90))
    assert access.execute(Disable(riverside, maria), by=OPERATOR).changed


@pytest.mark.row("INV-19", "AM-16")
def test_the_last_manager_of_a_closed_tenant_leaves(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    access.execute(CloseTenant(riverside), by=OPERATOR)
    assert access.execute(Leave(riverside), by=maria).changed


@pytest.mark.row("INV-19", "MC-01")
def test_who_rests_on_the_last_manager_does_not_replace_it(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    make.manager(riverside, by=maria)
    with pytest.raises(LastManagerError):
        access.execute(Disable(riverside, maria), by=OPERATOR)


@pytest.mark.row("INV-19", "A22")
def test_two_managers_who_disable_each_other_at_once_leave_one(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    nina = make.manager(riverside)
    done: list[str] = []

    def strike(by: PrincipalId, whom: PrincipalId, where: TenantAccess) -> None:
        try:
            where.execute(Disable(riverside, whom), by=by)
            done.append(by)
        except RefusedError:
            pass

    meanwhile = InterruptedStore(access.store, "begin", lambda: strike(nina, maria, access))
    strike(maria, nina, attrs.evolve(access, store=meanwhile))
    assert done == [nina]
    assert list(access.list_members_with(riverside, "manage_account", "edit")) == [nina]


@pytest.mark.row("A23", "INV-06", "INV-22")
def test_a_manager_demoted_while_a_grant_is_under_way_gives_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    make.manager(riverside)
    demote = lambda: access.execute(AssignRole(riverside, maria, None), by=OPERATOR)  # noqa: E731  # named for the reader
    slow = attrs.evolve(access, store=InterruptedStore(access.store, "begin", demote))
    with pytest.raises(AccessDeniedError):
        slow.execute(ChangePrivileges(riverside, [Edit(jo, "codes", FULL)]), by=maria)
    assert not access.check(riverside, jo, "codes", "view")


@pytest.mark.row("INV-18", "MC-17", "INV-23")
def test_nobody_edits_the_row_their_own_rests_on(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    resting = make.manager(riverside, by=maria)
    for command in (Disable(riverside, maria), AssignRole(riverside, maria, None), Remove(riverside, maria)):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(command, by=resting)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)


@pytest.mark.row("INV-18", "MC-17")
def test_whose_password_it_chose_nobody_leads_back_once_it_is_stale(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    make.manager(riverside)
    resting = make.member(riverside, levels={"claims": VIEW}, by=maria)
    access.execute(Disable(riverside, maria), by=OPERATOR)
    access.execute(Enable(riverside, maria), by=OPERATOR)
    assert condition(access, riverside, resting) is Reason.STALE
    with pytest.raises(GrantRefusedError):
        access.execute(Enable(riverside, resting), by=maria)
    assert access.execute(Enable(riverside, resting), by=OPERATOR).changed


@pytest.mark.row("INV-22", "MC-17")
def test_who_rests_on_another_holds_no_more_than_that_one(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL, "claims": FULL})
    kim = make.member(riverside, levels={"claims": FULL}, by=office)
    access.execute(ChangePrivileges(riverside, [Edit(office, "claims", VIEW)]), by=maria)
    assert [allowed(access, riverside, kim, action) for action in ("view", "submit")] == [True, False]


@pytest.mark.row("INV-22", "AM-15")
def test_who_rests_on_another_reaches_no_further_than_that_one(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL, "claims": FULL})
    kim = make.member(riverside, levels={"claims": FULL}, by=office)
    access.execute(LimitSegments(riverside, office, ["medicaid"]), by=maria)
    assert access.check(riverside, kim, "claims", "view").reasons == (Reason.SEGMENT_REQUIRED,)
    assert access.check(riverside, kim, "claims", "view", "medicaid")


@pytest.mark.row("MC-15", "INV-22")
@pytest.mark.parametrize("way", ["add", "approve", "assign"])
def test_only_an_unaltered_holder_of_the_built_in_role_gives_it(
    access: TenantAccess, make: Given, riverside: TenantId, way: str
) -> None:
    everything = {one.key: FULL for one in access.catalog.resources if one.offered}
    grantor = make.member(riverside, levels=everything)
    role = Grant(role="account_manager")
    ways: dict[str, Callable[[], Command[Any]]] = {
        "add": lambda: AddUsername(riverside, NewUsername("kim", PASSWORD), role),
        "approve": lambda: Approve(riverside, make.pending(riverside), role),
        "assign": lambda: AssignRole(riverside, make.member(riverside), "account_manager"),
    }
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(ways[way](), by=grantor)
    assert refused.value.decision.reasons == (Reason.ABOVE_HELD,)


@pytest.mark.row("MC-15")
def test_a_manager_with_a_denial_of_its_own_does_not_give_the_built_in_role(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    denied = make.manager(riverside)
    access.execute(ChangePrivileges(riverside, [Edit(denied, "health_passport", NONE)]), by=maria)
    kim = make.member(riverside)
    with pytest.raises(GrantRefusedError):
        access.execute(AssignRole(riverside, kim, "account_manager"), by=denied)
    assert access.execute(AssignRole(riverside, kim, "account_manager"), by=maria).changed


@pytest.mark.row("MC-15")
def test_who_rests_on_a_holder_of_the_built_in_role_gives_it_too(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    resting, kim = make.manager(riverside, by=maria), make.member(riverside)
    assert access.execute(AssignRole(riverside, kim, "account_manager"), by=resting).changed


@pytest.mark.row("INV-22", "AM-15")
def test_a_ceiling_is_measured_segment_by_segment(access: TenantAccess, make: Given, maria: PrincipalId) -> None:
    assert maria
    tenant = make.tenant(segments=["medicaid", "medicare"])
    office = make.member(tenant, levels={"manage_account": FULL, "claims": FULL}, segments=["medicaid"])

    def give(segment: str) -> Grant:
        return Grant(levels={"claims": VIEW}, segments=frozenset([segment]))

    with pytest.raises(GrantRefusedError) as refused:
        access.execute(AddUsername(tenant, NewUsername("kim", PASSWORD), give("medicare")), by=office)
    assert [segment for _, _, segment in refused.value.cells] == ["medicare"]
    assert access.execute(AddUsername(tenant, NewUsername("lee", PASSWORD), give("medicaid")), by=office).version


@pytest.mark.row("INV-22")
def test_the_ceiling_holds_for_rows_of_any_status(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    office, kim = make.member(riverside, levels={"manage_account": FULL}), make.member(riverside)
    access.execute(Disable(riverside, kim), by=maria)
    with pytest.raises(GrantRefusedError):
        access.execute(ChangePrivileges(riverside, [Edit(kim, "claims", VIEW)]), by=office)


@pytest.mark.row("INV-22", "AM-27")
def test_enabling_restores_what_was_and_is_not_judged(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL})
    access.execute(Disable(riverside, jo), by=maria)
    assert access.execute(Enable(riverside, jo), by=office).changed
    assert allowed(access, riverside, jo, "submit")


@pytest.mark.row("A24", "INV-36")
def test_a_batch_of_commands_is_done_whole_or_not_at_all(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    people = [make.member(riverside) for _ in range(5)]
    batch = [Disable(riverside, one) for one in [*people[:3], maria, *people[3:]]]
    with pytest.raises(GrantRefusedError):
        access.execute_all(batch, by=maria)
    assert all(condition(access, riverside, one) is Reason.ACTIVE for one in people)
    assert all(done.changed for done in access.execute_all([Disable(riverside, one) for one in people], by=maria))


@pytest.mark.row("A14", "A15")
def test_a_member_moves_no_manager_and_no_role(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    for command in (
        Remove(riverside, maria),
        Disable(riverside, maria),
        EditRole(riverside, "biller", {"claims": FULL}),
        AssignRole(riverside, kim, "account_manager"),
    ):
        with pytest.raises(AccessDeniedError):
            access.execute(command, by=kim)
    assert row_of(access, riverside, maria).membership.disabled is None


@pytest.mark.row("INV-17")
def test_a_refusal_says_what_stands_against_the_manager_itself(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert make.manager(riverside)
    clock.advance(days(90))
    with pytest.raises(TenantAccessError) as refused:
        access.execute(Disable(riverside, jo), by=maria)
    assert isinstance(refused.value, AccessDeniedError)
    assert refused.value.decision.reasons == (Reason.NOT_MANAGER, Reason.LAPSED)
