"""Opening, suspending and closing tenants, and who makes their first manager (MU-01, MU-02, AM-03, AM-40)."""

from typing import Any

import pytest
from tests.services.worlds import NOBODY, allowed, condition, days, events, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddUsername,
    AppointManager,
    CloseTenant,
    Disable,
    Enable,
    LastManager,
    Leave,
    OpenTenant,
    Remove,
    ReopenTenant,
    RequestAccess,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    TakenError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock


@pytest.mark.row("MU-01", "A10", "INV-09")
@pytest.mark.parametrize("same", ["01-2345678", "012345678", "01 234 5678", "０１２３４５６７８"])
def test_a_tax_id_is_one_tenants_however_it_is_written(access: TenantAccess, riverside: TenantId, same: str) -> None:
    assert riverside
    with pytest.raises(TakenError):
        access.execute(OpenTenant("Riverside again", external_ids={"tin": same}), by=OPERATOR)


@pytest.mark.row("A10", "INV-09")
def test_a_tax_id_without_its_leading_zero_is_none(access: TenantAccess) -> None:
    with pytest.raises(InvalidInputError):
        access.execute(OpenTenant("Riverside", external_ids={"tin": "12345678"}), by=OPERATOR)


@pytest.mark.row("MU-01")
def test_an_undeclared_scheme_or_segment_opens_nothing(access: TenantAccess) -> None:
    with pytest.raises(UnknownNameError):
        access.execute(OpenTenant("Riverside", external_ids={"npi": "1"}), by=OPERATOR)
    with pytest.raises(UnknownNameError):
        access.execute(OpenTenant("Riverside", segments=frozenset(["dental"])), by=OPERATOR)


@pytest.mark.row("MU-01", "A07", "INV-05")
def test_in_a_suspended_tenant_nothing_is_open_and_lists_are_empty(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.TENANT_SUSPENDED,)
    assert list(access.list_members_with(riverside, "claims", "view")) == []
    assert access.list_tenants_with(jo, "claims", "view") == []


@pytest.mark.row("MU-01")
def test_reopening_brings_back_what_was_and_sessions_go_on(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    before = row_of(access, riverside, jo)
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    access.execute(ReopenTenant(riverside), by=OPERATOR)
    assert allowed(access, riverside, jo)
    assert row_of(access, riverside, jo) == before


@pytest.mark.row("MU-01", "A07")
def test_closed_is_for_good(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    access.execute(CloseTenant(riverside), by=OPERATOR)
    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.TENANT_CLOSED,)
    for command in (ReopenTenant(riverside), SuspendTenant(riverside), AppointManager(riverside, jo)):
        with pytest.raises(IllegalTransitionError):
            access.execute(command, by=OPERATOR)
    assert not access.execute(CloseTenant(riverside), by=OPERATOR).changed


@pytest.mark.row("AM-28")
def test_leaving_works_where_nothing_else_does(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    access.execute(CloseTenant(riverside), by=OPERATOR)
    with pytest.raises(IllegalTransitionError):
        access.execute(Remove(riverside, jo), by=OPERATOR)
    assert access.execute(Leave(riverside), by=jo).changed


@pytest.mark.row("MU-01")
def test_suspending_twice_changes_nothing(access: TenantAccess, riverside: TenantId) -> None:
    assert access.execute(SuspendTenant(riverside), by=OPERATOR).changed
    assert not access.execute(SuspendTenant(riverside), by=OPERATOR).changed


@pytest.mark.row("AM-40", "INV-20")
def test_the_operator_opens_a_tenant_with_its_first_manager_in_one_unit(access: TenantAccess) -> None:
    newcomer = NewUsername("maria", PASSWORD, first_name="Maria")
    opened = access.execute(OpenTenant("Riverside", manager=newcomer), by=OPERATOR)
    assert opened.manager_id is not None
    assert access.check(opened.tenant_id, opened.manager_id, "manage_account", "edit")
    assert [event.subject for event in events(access, opened.tenant_id)] == [opened.tenant_id, opened.manager_id]
    assert row_of(access, opened.tenant_id, opened.manager_id).membership.contact.first_name == "Maria"


@pytest.mark.row("AM-40", "AM-03")
def test_somebody_who_exists_may_manage_a_second_tenant(access: TenantAccess, maria: PrincipalId) -> None:
    opened = access.execute(OpenTenant("Hillside", manager=maria), by=OPERATOR)
    assert opened.manager_id == maria
    assert len(access.list_tenants_with(maria, "manage_account", "edit")) == 2


@pytest.mark.row("AM-40")
def test_a_manager_who_does_not_exist_opens_nothing(access: TenantAccess) -> None:
    with pytest.raises(NotFoundError):
        access.execute(OpenTenant("Riverside", external_ids={"tin": "012345678"}, manager=NOBODY), by=OPERATOR)
    assert access.execute(OpenTenant("Riverside", external_ids={"tin": "012345678"}), by=OPERATOR).tenant_id


@pytest.mark.row("AM-40", "AM-41", "INV-20")
@pytest.mark.parametrize("command", [OpenTenant, SuspendTenant, ReopenTenant, CloseTenant, AppointManager])
def test_nobody_but_the_operator_makes_tenants_or_managers(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, command: Any
) -> None:
    wanted = command(
        **{OpenTenant: {"label": "Mine"}, AppointManager: {"tenant": riverside, "member": jo}}.get(
            command, {"tenant": riverside}
        )
    )
    for by in (maria, jo, None):
        with pytest.raises(AccessDeniedError):
            access.execute(wanted, by=by)


@pytest.mark.row("AM-40", "INV-20")
def test_whoever_asks_first_for_an_unmanaged_tenant_is_pending_like_the_rest(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    applicants = [make.pending(riverside) for _ in range(3)]
    assert [condition(access, riverside, one) for one in applicants] == [Reason.PENDING] * 3
    assert not any(access.check(riverside, one, "manage_account", "view") for one in applicants)


@pytest.mark.row("AM-40", "INV-19")
def test_an_orphaned_tenant_is_recovered_by_the_operator_and_the_record_says_why(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    wait(access, clock, 90)
    assert condition(access, riverside, maria) is Reason.LAPSED
    access.execute(AppointManager(riverside, maria, note="called provider relations"), by=OPERATOR)
    assert access.check(riverside, maria, "manage_account", "edit")
    _, private = access.audit.read(riverside, after=2, by=OPERATOR)[0]
    assert private is not None
    assert private.content["note"] == "called provider relations"


@pytest.mark.row("AM-40", "AM-01")
def test_appointing_gives_the_built_in_role_and_nothing_else(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    jo = make.member(riverside, levels={"claims": FULL}, segments=["medicaid"])
    access.execute(AppointManager(riverside, jo), by=OPERATOR)
    facts = row_of(access, riverside, jo).membership
    assert (facts.role, dict(facts.overrides), facts.segments) == (ACCOUNT_MANAGER, {}, frozenset())


@pytest.mark.row("AM-40")
def test_appointing_a_manager_again_changes_nothing(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    assert not access.execute(AppointManager(riverside, maria), by=OPERATOR).changed


@pytest.mark.row("AM-40", "AM-25")
def test_what_the_operator_disabled_it_enables_before_it_appoints(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(AppointManager(riverside, jo), by=OPERATOR)
    assert refused.value.legal == ("enable",)
    access.execute(Enable(riverside, jo), by=OPERATOR)
    assert access.execute(AppointManager(riverside, jo), by=OPERATOR).changed


@pytest.mark.row("MC-11")
def test_who_left_with_the_operators_disable_requests_access_before_it_is_appointed(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert maria
    access.execute(Disable(riverside, jo), by=OPERATOR)
    access.execute(Leave(riverside), by=jo)
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(AppointManager(riverside, jo), by=OPERATOR)
    assert refused.value.legal == ("request_access",)


@pytest.mark.row("AM-40", "MC-05")
def test_appointing_somebody_from_outside_or_gone_makes_a_new_presence(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    kim = make.member(lakeside)
    access.execute(AppointManager(riverside, kim), by=OPERATOR)
    access.execute(Remove(riverside, kim, last_manager=LastManager.OVERRIDE), by=OPERATOR)
    access.execute(AppointManager(riverside, kim), by=OPERATOR)
    facts = row_of(access, riverside, kim).membership
    assert (facts.incarnation, facts.access_epoch) == (2, 3)


@pytest.mark.row("AM-40")
def test_appointing_nobody_is_not_found(access: TenantAccess, riverside: TenantId) -> None:
    with pytest.raises(NotFoundError):
        access.execute(AppointManager(riverside, NOBODY), by=OPERATOR)


@pytest.mark.row("MU-02", "T3")
@pytest.mark.parametrize("same", ["jo", "JO", "ｊｏ"])
def test_a_username_is_one_principals_in_all_tenants(
    access: TenantAccess, make: Given, lakeside: TenantId, jo: PrincipalId, same: str
) -> None:
    assert jo
    assert make.member(lakeside, username="jo2") != jo
    with pytest.raises(TakenError):
        access.execute(AddUsername(lakeside, NewUsername(same, PASSWORD)), by=OPERATOR)


@pytest.mark.row("AM-03")
def test_a_manager_of_one_tenant_is_nobody_in_another(
    access: TenantAccess, make: Given, lakeside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(lakeside)
    with pytest.raises(NotFoundError):
        access.execute(Disable(lakeside, kim), by=maria)
    assert access.check(lakeside, maria, "manage_account", "view").reasons == (Reason.NOT_A_MEMBER,)


@pytest.mark.row("AM-03", "A06", "AM-28", "T2")
def test_one_person_in_two_tenants_is_two_memberships(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lena: PrincipalId, maria: PrincipalId
) -> None:
    access.execute(RequestAccess(riverside), by=lena)
    assert not access.check(riverside, lena, "manage_account", "view")
    access.execute(AppointManager(riverside, lena), by=OPERATOR)
    access.execute(Disable(riverside, lena), by=maria)
    assert not allowed(access, riverside, lena)
    assert allowed(access, lakeside, lena)


@pytest.mark.row("AM-40")
def test_a_tenants_roles_are_copies_of_the_presets(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    jo = make.member(riverside, role="biller", by=maria)
    assert access.check(riverside, jo, "claims", "submit")
    assert events(access, riverside)[0].after["roles"] == {
        "biller": {"claims": "full", "codes": "full", "eligibility": "view"}
    }


@pytest.mark.row("AM-26", "INV-07")
def test_the_record_of_a_tenant_is_never_stamped_backwards(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId
) -> None:
    clock.advance(-days(1) / 1440)
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    first, second = events(access, riverside)
    assert second.at >= first.at
    assert VIEW < FULL
