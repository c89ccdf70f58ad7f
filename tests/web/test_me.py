"""What one has oneself."""

from datetime import timedelta

import pytest
from tests.web.site import ROOT, Visitor

from tenantaccess import TenantAccess
from tenantaccess.commands import Disable
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import Portal


@pytest.mark.row("AM-16")
def test_it_says_what_one_may_do_and_who_can_help(access: TenantAccess, portal: Portal) -> None:
    riverside = given(access).tenant()
    given(access).manager(riverside, "maria")
    jo = Visitor(portal, given(access).member(riverside, levels={"claims": "view"}))
    page = jo.enter(riverside)
    assert page.heading == "Your access to Riverside Clinic"
    assert "Claims View only" in page.text
    assert "maria" in page.text


@pytest.mark.row("AM-16")
def test_it_says_since_when_one_has_it_and_who_gave_it(
    access: TenantAccess, portal: Portal, clock: FrozenClock
) -> None:
    riverside = given(access).tenant()
    maria = given(access).manager(riverside, "maria")
    day = f"{clock.now():%Y-%m-%d}"
    by_manager = given(access).member(riverside, levels={"claims": "view"}, username="jo", by=maria)
    by_operator = given(access).member(riverside, levels={"claims": "view"}, username="kim")
    clock.advance(timedelta(days=3))
    for who, giver in ((by_manager, "maria"), (by_operator, "whoever runs this service")):
        facts = Visitor(portal, who).enter(riverside).soup.select("dl.facts")[0]
        told = dict(
            zip(*([one.get_text(" ", strip=True) for one in facts.select(kind)] for kind in ("dt", "dd")), strict=True)
        )
        assert (told["Since"], told["Given by"]) == (day, giver)


@pytest.mark.row("AM-16")
def test_whoever_is_disabled_reads_why_and_what_to_do(access: TenantAccess, portal: Portal) -> None:
    riverside = given(access).tenant()
    jo = given(access).member(riverside)
    access.execute(Disable(riverside, jo), by=OPERATOR)
    visitor = Visitor(portal, jo)
    listed = visitor.get(f"{ROOT}/tenants")
    assert "Your access was disabled on" in listed.text
    page = visitor.get(f"{ROOT}/t/{riverside}/me")
    assert "Ask whoever runs this service." in page.text


def test_leaving_takes_the_name_of_what_is_left(access: TenantAccess, portal: Portal, clock: FrozenClock) -> None:
    riverside = given(access).tenant()
    jo = Visitor(portal, given(access).member(riverside))
    page = jo.enter(riverside)
    clock.advance(timedelta(minutes=1))
    refused = jo.submit(page, "Leave", name="riverside")
    assert refused.status == 422
    done = jo.submit(page, "Leave", name="Riverside Clinic")
    assert done.messages == ["You have left Riverside Clinic."]
    assert jo.get(f"{ROOT}/t/{riverside}/me").status == 404


def test_the_last_manager_stays(access: TenantAccess, portal: Portal) -> None:
    riverside = given(access).tenant()
    maria = Visitor(portal, given(access).manager(riverside))
    refused = maria.submit(maria.enter(riverside), "Leave", name="Riverside Clinic")
    assert refused.status == 409
    assert refused.messages == ["Nobody would be left to manage the account. Appoint somebody first."]


@pytest.mark.row("AM-09")
def test_who_may_not_reads_what_is_missing_and_who_can_help(access: TenantAccess, portal: Portal) -> None:
    riverside = given(access).tenant()
    given(access).manager(riverside, "maria")
    jo = Visitor(portal, given(access).member(riverside, levels={"claims": "view"}))
    menu = jo.enter(riverside)
    assert "User management" not in menu.text
    page = jo.get(f"{ROOT}/t/{riverside}/users")
    assert page.status == 403
    assert "too little, to: Manage account" in page.text
    assert "maria" in page.text
