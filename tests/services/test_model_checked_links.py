"""The sequences that broke a model of the rules, those with links (6-model-checked, MC-01 to MC-18)."""

import pytest
from tests.services.worlds import condition, days, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AddService,
    AssignRole,
    ChangePassword,
    ConfirmLink,
    Disable,
    EditRole,
    Enable,
    SetDates,
)
from tenantaccess.errors import AccessDeniedError, GrantRefusedError, IllegalTransitionError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock

OTHER_PASSWORD = "another quick password"


@pytest.fixture
def proven(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """P: a manager whose credentials a master proves; Maria is the other manager, B."""
    assert maria
    return make.manager(riverside, "proven")


@pytest.fixture
def master(make: Given, riverside: TenantId, proven: PrincipalId) -> PrincipalId:
    """M: joined by proving P."""
    return make.linked(riverside, proven)


def views(access: TenantAccess, tenant: TenantId, who: PrincipalId) -> Reason:
    return access.check(tenant, who, "claims", "view").reasons[0]


@pytest.mark.row("MC-01")
def test_disabling_a_lapsed_proven_row_is_no_no_op(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    wait(access, clock, 90, (riverside, maria), (riverside, master))
    assert condition(access, riverside, proven) is Reason.LAPSED
    assert access.execute(Disable(riverside, proven), by=maria).changed
    assert views(access, riverside, master) is Reason.STALE


@pytest.mark.row("MC-02")
def test_a_link_ends_with_the_dated_end_of_its_proof_and_lifting_that_end_revives_nothing(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    access.execute(Disable(riverside, proven, at=clock.now() + days(14)), by=maria)
    clock.advance(days(13))
    assert views(access, riverside, master) is Reason.ALLOWED
    clock.advance(days(1))
    assert views(access, riverside, master) is Reason.STALE
    access.execute(Enable(riverside, proven), by=maria)
    assert views(access, riverside, proven) is Reason.ALLOWED
    assert views(access, riverside, master) is Reason.STALE


@pytest.mark.row("MC-03")
def test_a_second_change_of_the_password_does_not_restart_the_grace(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, proven: PrincipalId, master: PrincipalId
) -> None:
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=proven)
    clock.advance(days(13))
    access.execute(ChangePassword(OTHER_PASSWORD, PASSWORD), by=proven)
    assert views(access, riverside, master) is Reason.ALLOWED
    clock.advance(days(1))
    assert views(access, riverside, master) is Reason.STALE


@pytest.mark.row("MC-03")
def test_a_proof_made_between_two_changes_counts_from_the_second(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, proven: PrincipalId, master: PrincipalId
) -> None:
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=proven)
    clock.advance(days(7))
    make.linked(riverside, proven, by=master, password=OTHER_PASSWORD)
    clock.advance(days(1))
    access.execute(ChangePassword(OTHER_PASSWORD, PASSWORD), by=proven)
    clock.advance(days(13))
    assert views(access, riverside, master) is Reason.ALLOWED
    clock.advance(days(1))
    assert views(access, riverside, master) is Reason.STALE


@pytest.mark.row("MC-04")
def test_proving_again_does_not_lead_a_lapsed_link_back(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=proven)
    wait(access, clock, 90, (riverside, maria), (riverside, proven))
    make.linked(riverside, proven, by=master, password=OTHER_PASSWORD)
    assert views(access, riverside, master) is Reason.LAPSED


@pytest.mark.row("MC-05")
def test_a_session_from_before_a_link_went_stale_is_dead_after_it_was_proven_again(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    session = access.contexts.enter(riverside, master).session
    access.contexts.resume(session, master)
    access.execute(Disable(riverside, proven), by=maria)
    access.execute(Enable(riverside, proven), by=maria)
    make.linked(riverside, proven, by=master)
    assert views(access, riverside, master) is Reason.ALLOWED
    with pytest.raises(AccessDeniedError) as refused:
        access.contexts.resume(session, master)
    assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)


@pytest.mark.row("MC-06")
def test_a_passed_end_of_a_link_is_lifted_by_no_date_and_no_proof(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    access.execute(SetDates(riverside, master, valid_until=clock.now() + days(1)), by=maria)
    clock.advance(days(1))
    with pytest.raises(IllegalTransitionError):
        access.execute(SetDates(riverside, master, valid_until=clock.now() + days(9)), by=maria)
    with pytest.raises(IllegalTransitionError):
        make.linked(riverside, proven, by=master)
    access.execute(Enable(riverside, master), by=maria)
    make.linked(riverside, proven, by=master)
    assert views(access, riverside, master) is Reason.ALLOWED


@pytest.fixture
def role(access: TenantAccess, riverside: TenantId) -> str:
    """A role that managers hold beside their explicit levels."""
    access.execute(AddRole(riverside, "clerk", "Clerk", {"claims": VIEW, "manage_account": FULL}), by=OPERATOR)
    return "clerk"


@pytest.mark.row("MC-13")
def test_a_link_edits_no_role_that_a_sibling_or_its_proof_holds(
    access: TenantAccess, make: Given, riverside: TenantId, proven: PrincipalId, master: PrincipalId, role: str
) -> None:
    sibling = make.linked(riverside, proven)
    access.execute(AssignRole(riverside, sibling, role), by=OPERATOR)
    for levels in ({"claims": NONE}, {"claims": FULL}):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(EditRole(riverside, role, levels), by=master)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)
        assert (sibling, "*", "*") in refused.value.cells
    access.execute(AssignRole(riverside, sibling, "biller"), by=OPERATOR)
    assert access.execute(EditRole(riverside, role, {"claims": NONE}), by=master).changed
    access.execute(ConfirmLink(riverside, master), by=OPERATOR)
    access.execute(AssignRole(riverside, proven, role), by=OPERATOR)
    with pytest.raises(GrantRefusedError):
        access.execute(EditRole(riverside, role, {"claims": VIEW}), by=master)


@pytest.mark.row("MC-13")
def test_whoever_was_proven_raises_no_link_through_a_role(
    access: TenantAccess, riverside: TenantId, proven: PrincipalId, master: PrincipalId, role: str
) -> None:
    access.execute(AssignRole(riverside, master, role), by=OPERATOR)
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(EditRole(riverside, role, {"claims": FULL}), by=proven)
    assert refused.value.cells == ((master, "*", "*"),) or list(refused.value.cells) == [(master, "*", "*")]
    assert access.execute(EditRole(riverside, role, {"claims": NONE}), by=proven).changed


@pytest.mark.row("MC-13", "INV-18")
def test_who_rests_on_a_service_edits_no_role_that_the_services_adder_holds(
    access: TenantAccess, make: Given, riverside: TenantId, role: str
) -> None:
    manages = {"claims": VIEW, "manage_account": FULL}
    adder = make.member(riverside, role=role)
    feed = access.execute(AddService(riverside, "feed", Grant(levels=manages)), by=adder).principal_id
    added = make.member(riverside, levels=manages, by=feed)
    with pytest.raises(GrantRefusedError):
        access.execute(AssignRole(riverside, adder, None), by=added)
    for levels in ({"claims": NONE}, {"claims": FULL}):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(EditRole(riverside, role, levels), by=added)
        assert (adder, "*", "*") in refused.value.cells


@pytest.mark.row("MC-14")
def test_a_link_on_one_proof_confirms_no_link_on_another(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, master: PrincipalId
) -> None:
    other = make.linked(riverside, maria)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(ConfirmLink(riverside, other), by=master)
    assert refused.value.decision.reasons == (Reason.RESTING,)
    assert row_of(access, riverside, other).membership.resting is not None
