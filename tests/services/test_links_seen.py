"""What either side of a link sees of it: who joined, and whoever was proven (MU-12, INV-28)."""

import pytest
from tests.services.worlds import condition, days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    AddService,
    ChangeLinking,
    ConfirmLink,
    Disable,
    Leave,
    Reject,
    RequestLink,
    SuspendPrincipal,
    Unlink,
)
from tenantaccess.errors import AccessDeniedError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import System
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Grant
from tenantaccess.services.proofs import LinkEntry
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock


@pytest.fixture
def lee(make: Given) -> PrincipalId:
    """Somebody with a password of their own, who is a member nowhere."""
    return make.pending(username="lee")


@pytest.mark.row("MU-12", "INV-28")
def test_both_sides_see_a_link_and_nobody_else_does(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    make.linked(riverside, jo, by=lee)
    link = LinkEntry(riverside, "Riverside Clinic", lee, "lee", jo, clock.now(), Reason.ACTIVE, is_resting=True)
    assert access.links.joined(by=lee) == access.links.proven(by=jo) == [link]
    assert access.links.joined(by=jo) == access.links.proven(by=lee) == []
    stranger = make.member(riverside)
    assert access.links.joined(by=stranger) == access.links.proven(by=stranger) == []


@pytest.mark.row("MU-12", "MC-17")
def test_a_username_that_somebody_added_is_no_link_on_their_credentials(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    assert make.member(riverside, by=maria)
    assert access.links.proven(by=maria) == []


@pytest.mark.row("MU-12", "INV-28")
def test_whoever_was_proven_ends_what_is_listed(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    make.linked(riverside, jo, by=lee)
    [link] = access.links.proven(by=jo)
    access.execute(Unlink(link.tenant, link.member), by=jo)
    assert access.links.joined(by=lee) == access.links.proven(by=jo) == []


@pytest.mark.row("MU-12", "INV-28")
def test_a_stale_link_is_listed_with_its_reason_and_a_confirmed_one_with_its_joiner(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    make.linked(riverside, jo, by=lee)
    access.execute(Disable(riverside, jo), by=maria)
    assert [link.condition for link in access.links.joined(by=lee)] == [Reason.STALE]
    assert [link.condition for link in access.links.proven(by=jo)] == [Reason.STALE]
    kim = make.member(riverside)
    ann = make.linked(riverside, kim)
    access.execute(ConfirmLink(riverside, ann), by=maria)
    assert access.links.proven(by=kim) == []
    [confirmed] = access.links.joined(by=ann)
    assert (confirmed.proven, confirmed.is_resting) == (kim, False)


@pytest.mark.row("MU-12", "MU-08")
def test_what_was_proven_and_waits_is_listed_as_pending_since_then(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=OPERATOR)
    clock.advance(days(1))
    make.linked(riverside, jo, by=lee)
    [asked] = access.links.joined(by=lee)
    assert (asked.condition, asked.since, asked.proven) == (Reason.PENDING, clock.now(), jo)
    access.execute(Reject(riverside, lee), by=OPERATOR)
    assert access.links.joined(by=lee) == []


@pytest.mark.row("INV-11", "MU-08", "INV-20")
@pytest.mark.parametrize("linking", [Linking.OFF, Linking.CONSENT, Linking.PROOF])
def test_a_link_of_long_ago_tells_nothing_of_what_is_merely_asked_for_today(
    access: TenantAccess, riverside: TenantId, make: Given, jo: PrincipalId, lee: PrincipalId, linking: Linking
) -> None:
    make.linked(riverside, jo, by=lee)
    access.execute(Leave(riverside), by=lee)
    access.execute(ChangeLinking(riverside, linking=linking), by=OPERATOR)
    access.execute(RequestLink(("tin", "01-2345678")), by=lee)
    assert access.links.joined(by=lee) == []
    assert access.contexts.list_tenants(lee).entries == ()


@pytest.mark.row("INV-11", "INV-20")
def test_whoever_merely_asks_by_a_number_learns_nothing_from_their_links(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=OPERATOR)
    access.execute(RequestLink(("tin", "01-2345678")), by=lee)
    assert condition(access, riverside, lee) is Reason.PENDING
    assert access.links.joined(by=lee) == []
    access.execute(Reject(riverside, lee), by=maria)
    assert access.links.joined(by=lee) == []
    access.execute(RequestLink(("tin", "01-2345678")), by=lee)
    access.execute(AcceptLink(riverside, lee, Grant(levels={"claims": VIEW})), by=maria)
    assert [link.name for link in access.links.joined(by=lee)] == ["Riverside Clinic"]


@pytest.mark.row("MU-12")
def test_links_are_listed_by_the_name_of_the_tenant(access: TenantAccess, make: Given, lee: PrincipalId) -> None:
    for label in ("Willow", "ash", "Élm"):
        tenant = make.tenant(label)
        make.linked(tenant, make.member(tenant), by=lee)
    assert [link.name for link in access.links.joined(by=lee)] == ["ash", "Élm", "Willow"]


@pytest.mark.row("INV-28", "INV-11")
def test_who_has_left_sees_no_link_of_that_tenant(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    assert maria
    make.linked(riverside, jo, by=lee)
    access.execute(Leave(riverside), by=jo)
    assert access.links.proven(by=jo) == []


@pytest.mark.row("INV-11", "INV-21")
def test_links_are_seen_by_their_people_alone(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    make.linked(riverside, jo, by=lee)
    context = access.contexts.enter(riverside, jo)
    assert [link.member for link in access.links.proven(by=context)] == [lee]
    for listed in (access.links.joined, access.links.proven):
        for by in (OPERATOR, System()):
            with pytest.raises(AccessDeniedError):
                listed(by=by)
        with pytest.raises(NotFoundError):
            listed(by=PrincipalId("pri_" + "9" * 32))
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    with pytest.raises(AccessDeniedError):
        access.links.proven(by=context)
    robot = access.execute(AddService(riverside, "robot"), by=maria).principal_id
    assert access.links.joined(by=robot) == []
