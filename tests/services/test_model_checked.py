"""The sequences that broke a model of the rules, as far as they need no link (6-model-checked, MC-01 to MC-18)."""

import pytest
from tests.services.worlds import condition, days, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddUsername,
    AppointManager,
    Approve,
    ChangePassword,
    Disable,
    EditRole,
    Enable,
    Leave,
    Remove,
    RequestAccess,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import AccessDeniedError, GrantRefusedError, LastManagerError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock


@pytest.fixture
def chooser(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """A manager who is not the only one, and chooses passwords for others."""
    assert maria
    return make.manager(riverside, "chooser")


@pytest.fixture
def chosen(make: Given, riverside: TenantId, chooser: PrincipalId) -> PrincipalId:
    """A member whose password the chooser chose."""
    return make.member(riverside, levels={"manage_account": FULL, "claims": FULL}, username="chosen", by=chooser)


@pytest.mark.row("MC-01")
def test_disabling_who_lapsed_ends_what_rests_on_it(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    chooser: PrincipalId,
    chosen: PrincipalId,
) -> None:
    wait(access, clock, 90, (riverside, maria), (riverside, chosen))
    assert condition(access, riverside, chooser) is Reason.LAPSED
    assert condition(access, riverside, chosen) is Reason.ACTIVE
    assert access.execute(Disable(riverside, chooser), by=maria).changed
    assert access.check(riverside, chosen, "claims", "view").reasons == (Reason.STALE,)


@pytest.mark.row("MC-02")
def test_what_rests_on_a_row_ends_with_its_end_and_does_not_come_back(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    chooser: PrincipalId,
    chosen: PrincipalId,
) -> None:
    access.execute(Disable(riverside, chooser, at=clock.now() + days(14)), by=maria)
    assert access.check(riverside, chosen, "claims", "view")
    clock.advance(days(14))
    assert access.check(riverside, chosen, "claims", "view").reasons == (Reason.STALE,)
    access.execute(Enable(riverside, chooser), by=maria)
    assert access.check(riverside, chooser, "claims", "view")
    assert access.check(riverside, chosen, "claims", "view").reasons == (Reason.STALE,)


@pytest.mark.row("MC-05")
def test_appointing_who_is_not_active_ends_the_sessions_from_before(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(AppointManager(riverside, jo), by=OPERATOR)
    kept = row_of(access, riverside, jo).membership.access_epoch
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(AppointManager(riverside, jo), by=OPERATOR)
    assert kept == 0
    assert row_of(access, riverside, jo).membership.access_epoch == 2


@pytest.mark.row("MC-11")
def test_what_the_operator_disabled_only_the_operator_leads_back_over_any_tombstone(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    access.execute(Remove(riverside, jo), by=maria)
    access.execute(RequestAccess(riverside), by=jo)
    access.execute(Leave(riverside), by=jo)
    access.execute(RequestAccess(riverside), by=jo)
    claims = Approve(riverside, jo, Grant(levels={"claims": VIEW}))
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(claims, by=maria)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    assert access.execute(claims, by=OPERATOR).changed
    assert not row_of(access, riverside, jo).membership.held_by_operator


@pytest.mark.row("MC-11")
def test_a_managers_disable_stands_over_a_tombstone_until_somebody_approves(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Leave(riverside), by=jo)
    assert row_of(access, riverside, jo).membership.disabled is not None
    access.execute(RequestAccess(riverside), by=jo)
    assert access.execute(Approve(riverside, jo, Grant(levels={"claims": VIEW})), by=maria).changed


@pytest.mark.row("MC-13")
def test_a_role_is_not_edited_by_who_rests_on_its_holder(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    billing = make.member(riverside, role="biller", levels={"manage_account": FULL, "assessments": FULL})
    chosen = make.member(riverside, levels={"manage_account": FULL}, by=billing)
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=chosen)
    assert refused.value.cells == [(billing, "*", "*")]
    assert access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=maria).changed


@pytest.mark.row("MC-13")
def test_a_role_edit_that_an_override_hides_moves_nobodys_own_row(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    billing = make.member(riverside, role="biller", levels={"manage_account": FULL, "claims": FULL})
    assert access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=billing).changed


@pytest.mark.row("MC-14", "MC-17")
def test_a_row_that_rests_adds_and_approves_nobody(
    access: TenantAccess, make: Given, riverside: TenantId, chosen: PrincipalId
) -> None:
    for command in (
        AddUsername(riverside, NewUsername("kim", PASSWORD)),
        Approve(riverside, make.pending(riverside), Grant(levels={"claims": VIEW})),
    ):
        with pytest.raises(AccessDeniedError) as refused:
            access.execute(command, by=chosen)
        assert refused.value.decision.reasons == (Reason.RESTING,)


@pytest.mark.row("MC-16")
def test_the_sole_manager_of_a_suspended_tenant_does_not_leave(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)


@pytest.mark.row("MC-17")
@pytest.mark.parametrize("how", ["disabled", "removed", "left", "suspended"])
def test_a_username_that_never_chose_its_password_ends_with_whoever_did(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, chooser: PrincipalId, chosen: PrincipalId, how: str
) -> None:
    match how:
        case "disabled":
            access.execute(Disable(riverside, chooser), by=maria)
        case "removed":
            access.execute(Remove(riverside, chooser), by=maria)
        case "left":
            access.execute(Leave(riverside), by=chooser)
        case _:
            access.execute(SuspendPrincipal(chooser), by=OPERATOR)
    assert access.check(riverside, chosen, "claims", "view").reasons == (Reason.STALE,)


@pytest.mark.row("MC-17")
def test_changing_the_password_in_time_makes_it_stand_alone_and_too_late_lifts_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, chooser: PrincipalId
) -> None:
    early, late = (make.member(riverside, levels={"claims": VIEW}, by=chooser) for _ in range(2))
    access.execute(ChangePassword(PASSWORD, "a password of its own"), by=early)
    access.execute(Disable(riverside, chooser), by=maria)
    access.execute(ChangePassword(PASSWORD, "a password of its own"), by=late)
    assert [condition(access, riverside, one) for one in (early, late)] == [Reason.ACTIVE, Reason.STALE]


@pytest.mark.row("MC-17")
def test_a_username_counts_in_its_choosers_tenant_only(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, chosen: PrincipalId
) -> None:
    access.execute(AppointManager(lakeside, chosen), by=OPERATOR)
    assert access.check(lakeside, chosen, "claims", "view").reasons == (Reason.PASSWORD_NOT_OWN,)
    assert access.check(riverside, chosen, "claims", "view")
    access.execute(ChangePassword(PASSWORD, "a password of its own"), by=chosen)
    assert access.check(lakeside, chosen, "claims", "view")


@pytest.mark.row("MC-17")
def test_the_lapse_of_a_chooser_ends_nothing(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    chooser: PrincipalId,
    chosen: PrincipalId,
) -> None:
    wait(access, clock, 90, (riverside, maria), (riverside, chosen))
    assert condition(access, riverside, chooser) is Reason.LAPSED
    assert access.check(riverside, chosen, "claims", "submit")
