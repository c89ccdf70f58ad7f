"""What somebody may know of their own access: what, since when, by whom, and what stands against it (AM-16)."""

import pytest
from tests.services.worlds import days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    ChangeLinking,
    Disable,
    Enable,
    ErasePrincipal,
    Reject,
    Remove,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import NotFoundError
from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model.contexts import OwnAccess, OwnAccount
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import NONE, VIEW
from tenantaccess.model.policy import Linking
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

NOTHING = {resource.key: NONE.key for resource in CLINICS.resources if resource.offered}


@pytest.mark.row("AM-16")
def test_one_sees_ones_levels_and_since_when_and_who_gave_them(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    given = clock.now()
    kim = make.member(riverside, role="biller", levels={"claims": "view"}, segments=["medicaid"], by=maria)
    clock.advance(days(1))
    seen = access.contexts.mine(riverside, kim)
    biller = dict(CLINICS.roles[0].levels)
    assert seen == OwnAccess(
        tenant=riverside,
        name="Riverside Clinic",
        reason=Reason.ACTIVE,
        levels={**NOTHING, **biller, ResourceKey("claims"): VIEW.key},
        segments=frozenset({SegmentKey("medicaid")}),
        role=RoleKey("biller"),
        since=given,
        given_by="maria",
        rests_on="maria",
        ends_at=None,
        lapses_at=given + days(90),
    )
    for resource, level in seen.levels.items():
        action = "view" if "view" in CLINICS.resource(resource).actions else "check"
        allowed = access.check(riverside, kim, resource, action, "medicaid")
        assert bool(allowed) is (level != "none"), resource


@pytest.mark.row("AM-16", "MC-17")
def test_one_sees_what_one_signs_in_as_and_whether_one_may_link(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside, username="kim")
    lee = make.member(riverside, username="lee", by=maria)
    assert access.contexts.account(kim) == OwnAccount("kim", "kim@people.example", is_verified=True, may_link=True)
    assert access.contexts.account(lee) == OwnAccount("lee", "", is_verified=False, may_link=False)
    access.execute(ErasePrincipal(kim), by=OPERATOR)
    for nobody in (kim, PrincipalId("pri_" + 32 * "0")):
        with pytest.raises(NotFoundError):
            access.contexts.account(nobody)


@pytest.mark.row("AM-16", "INV-28")
def test_a_link_sees_what_it_effectively_holds_and_on_whom_it_rests(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, maria: PrincipalId
) -> None:
    lee = make.linked(riverside, jo)
    seen = access.contexts.mine(riverside, lee)
    assert (seen.rests_on, seen.levels[ResourceKey("claims")], seen.reason) == ("jo", "full", Reason.ACTIVE)
    access.execute(Disable(riverside, jo), by=maria)
    assert access.contexts.mine(riverside, lee).reason is Reason.STALE


@pytest.mark.row("AM-16")
def test_whoever_is_shut_out_sees_why(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, maria: PrincipalId
) -> None:
    def reason() -> Reason:
        return access.contexts.mine(riverside, jo).reason

    access.execute(Disable(riverside, jo), by=maria)
    assert reason() is Reason.DISABLED
    access.execute(Enable(riverside, jo), by=maria)
    until = clock.now() + days(10)
    access.execute(SetDates(riverside, jo, valid_until=until), by=maria)
    assert access.contexts.mine(riverside, jo).ends_at == until
    clock.moment = until
    assert reason() is Reason.ENDED
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    assert reason() is Reason.PRINCIPAL_SUSPENDED
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert reason() is Reason.TENANT_SUSPENDED


@pytest.mark.row("AM-16")
def test_what_the_operator_gave_is_named_by_nobody(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    assert access.contexts.mine(riverside, maria).given_by == ""


@pytest.mark.row("INV-11", "MU-12", "AM-16")
def test_whoever_proved_a_way_in_sees_that_they_wait_and_nothing_of_what_it_would_bring(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, maria: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    lee = make.linked(riverside, jo)
    (line,) = access.contexts.list_tenants(lee).entries
    assert (line.name, line.reason, line.segments) == ("Riverside Clinic", Reason.PENDING, ())
    seen = access.contexts.mine(riverside, lee)
    assert (seen.reason, seen.rests_on, seen.role, seen.segments) == (Reason.PENDING, "jo", None, frozenset())
    assert dict(seen.levels) == NOTHING
    assert access.contexts.who_can_help(riverside, lee) == ()
    access.execute(AcceptLink(riverside, lee), by=maria)
    assert access.contexts.mine(riverside, lee).levels[ResourceKey("claims")] == "full"
    assert access.contexts.who_can_help(riverside, lee) == ("maria",)


@pytest.mark.row("INV-11", "MU-12", "AM-16")
@pytest.mark.parametrize("what", ["rejected", "expired", "its proof is gone"])
def test_whoever_was_never_let_in_learns_nothing_once_they_wait_no_more(
    access: TenantAccess,
    clock: FrozenClock,
    make: Given,
    riverside: TenantId,
    jo: PrincipalId,
    maria: PrincipalId,
    what: str,
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    lee = make.linked(riverside, jo)
    match what:
        case "rejected":
            access.execute(Reject(riverside, lee), by=maria)
        case "expired":
            clock.advance(access.policy.request_expires_after)
        case _:
            access.execute(Remove(riverside, jo), by=maria)
    assert access.contexts.list_tenants(lee).entries == ()
    assert access.links.joined(by=lee) == []
    for asked in (access.contexts.mine, access.contexts.who_can_help):
        with pytest.raises(NotFoundError):
            asked(riverside, lee)
