"""What somebody reads who cannot enter: how it stands, since when, and what to do."""

from datetime import timedelta
from typing import Final

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import Grant, NewUsername, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import Approve, ChangeLinking, Disable, JoinLink, Reject, RequestAccess, SetDates
from tenantaccess.model.policy import Linking
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import Portal

KIM: Final = NewUsername("kim", "kim's own password", email="kim@people.example")


def asked(access: TenantAccess, tin: str = "012345678") -> PrincipalId:
    """Return who has asked for access by a number."""
    return access.execute(RequestAccess(("tin", tin), KIM)).principal_id


def let_in(access: TenantAccess, tenant: TenantId, *, by: PrincipalId) -> PrincipalId:
    """Return who was let in, and has not followed the link of the mail."""
    kim = asked(access)
    access.execute(Approve(tenant, kim, Grant(levels={"claims": "view"})), by=by)
    return kim


def card(page: Answer) -> str:
    found = page.soup.select_one("main .card")
    assert found is not None
    return " ".join(found.get_text(" ").split())


def test_whoever_was_let_in_reads_that_a_link_is_to_be_followed_and_whom_to_ask(
    access: TenantAccess, portal: Portal, clock: FrozenClock
) -> None:
    riverside = given(access).tenant(tin="012345678")
    kim = let_in(access, riverside, by=given(access).manager(riverside, "maria"))
    today, visitor = f"{clock.now():%Y-%m-%d}", Visitor(portal, kim)
    landed = visitor.get(f"{ROOT}/")
    assert landed.heading == "Choose one of your practices"
    assert "Riverside Clinic" in card(landed)
    assert f"Unverified You were let in on {today}. One step is left: follow the link in the mail" in card(landed)
    assert "sent to k…@people.example" in card(landed)
    assert "kim@people.example" not in landed.html
    link = landed.soup.select_one("main .card a.button")
    assert link is not None
    own = visitor.get(str(link["href"]))
    assert own.status == 200
    assert "k…@people.example" in own.text
    assert "maria" in own.text
    assert visitor.enter(riverside).status == 403


@pytest.mark.row("INV-11", "MU-12")
def test_whoever_only_asked_learns_nothing_of_the_tenant(access: TenantAccess, portal: Portal) -> None:
    given(access).tenant(tin="012345678")
    pages = []
    for name, tin in (("kim", "012345678"), ("lee", "111111111")):
        newcomer = NewUsername(name, "an own password", email=f"{name}@people.example")
        who = access.execute(RequestAccess(("tin", tin), newcomer)).principal_id
        pages.append(Visitor(portal, who).get(f"{ROOT}/"))
    there, nowhere = [str(page.soup.main.get_text()) if page.soup.main else "" for page in pages]
    assert there == nowhere
    assert "a mail tells you when they have" in " ".join(there.split())
    assert "Riverside" not in pages[0].html


def test_whoever_was_turned_down_by_a_tenant_that_they_only_asked_is_shown_nothing_of_it(
    access: TenantAccess, portal: Portal
) -> None:
    riverside = given(access).tenant(tin="012345678")
    maria = given(access).manager(riverside, "maria")
    kim = asked(access)
    access.execute(Reject(riverside, kim), by=maria)
    assert "Riverside" not in Visitor(portal, kim).get(f"{ROOT}/").html


def test_whoever_proved_a_way_in_reads_that_it_waits_and_since_when_and_nothing_once_it_does_not(
    access: TenantAccess, portal: Portal, clock: FrozenClock
) -> None:
    riverside, lakeside = given(access).tenant(), given(access).tenant("Lakeside")
    maria = given(access).manager(riverside, "maria")
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=OPERATOR)
    given(access).member(riverside, username="jo", by=maria)
    lee = given(access).registered(lakeside)
    offer = access.links.prove("jo", PASSWORD, by=lee)
    access.execute(JoinLink([riverside], offer.token), by=lee)
    visitor = Visitor(portal, lee)
    page = visitor.get(f"{ROOT}/tenants")
    shut = page.soup.select_one(".card.shut")
    assert shut is not None
    text = " ".join(shut.get_text(" ").split())
    assert f"Pending You asked for access on {clock.now():%Y-%m-%d}. An account manager has to let you in first" in text
    own = visitor.get(f"{ROOT}/t/{riverside}/me")
    assert own.status == 200
    assert "maria" not in own.text  # who manages is told to whoever was let in
    access.execute(Reject(riverside, lee), by=maria)
    assert "Riverside" not in visitor.get(f"{ROOT}/tenants").text
    assert visitor.get(f"{ROOT}/t/{riverside}/me").status == 404


def test_whoever_was_disabled_reads_since_when_and_who_can_lift_it(
    access: TenantAccess, portal: Portal, clock: FrozenClock
) -> None:
    riverside = given(access).tenant()
    maria = given(access).manager(riverside, "maria")
    jo, kim = given(access).member(riverside, username="jo"), given(access).member(riverside, username="kim")
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Disable(riverside, kim), by=OPERATOR)
    today = f"{clock.now():%Y-%m-%d}"
    clock.advance(timedelta(days=3))
    by_manager, by_operator = (card(Visitor(portal, one).get(f"{ROOT}/tenants")) for one in (jo, kim))
    assert f"Disabled Your access was disabled on {today}. Ask an account manager to enable it." in by_manager
    assert f"Disabled Your access was disabled on {today}. Ask whoever runs this service." in by_operator


def test_whoever_lapsed_ended_or_has_not_begun_reads_the_day(
    access: TenantAccess, portal: Portal, clock: FrozenClock
) -> None:
    riverside = given(access).tenant()
    given(access).manager(riverside, "maria")
    jo, kim, lee = (given(access).member(riverside, username=name) for name in ("jo", "kim", "lee"))
    now = clock.now()
    access.execute(SetDates(riverside, kim, valid_until=now + timedelta(days=5)), by=OPERATOR)
    access.execute(SetDates(riverside, lee, valid_from=now + timedelta(days=200)), by=OPERATOR)
    clock.advance(timedelta(days=100))
    lapsed, ended, awaited = (card(Visitor(portal, one).get(f"{ROOT}/tenants")) for one in (jo, kim, lee))
    assert f"ended on {now + timedelta(days=90):%Y-%m-%d}, because it was not used for long" in lapsed
    assert f"Your access ended on {now + timedelta(days=5):%Y-%m-%d}. Ask whoever runs this service." in ended
    assert f"Your access begins on {now + timedelta(days=200):%Y-%m-%d}." in awaited
