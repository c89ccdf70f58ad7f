"""One username for several practices: joining, asking, unlinking, and copying between them (S2, S4, S5, S7)."""

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.acting import Somebody
from tests.browser.visiting import Host, visiting
from tests.browser.world import PASSWORD


def joined(somebody: Somebody, username: str, tenant: str) -> None:
    """Join *tenant* with the password of a username there."""
    somebody.open("/join")
    somebody.type("Username", username)
    somebody.type("Password", PASSWORD)
    somebody.press("Find Account")
    somebody.tick(tenant)
    somebody.press("Join Account")
    somebody.hears("You have joined")


@pytest.mark.row("MU-08", "MU-09", "MU-10", "MU-11", "P1")
def test_an_account_is_found_joined_chosen_kept_and_unlinked(somebody: Somebody) -> None:
    there = somebody.given("practice", name=f"{somebody.name}t")
    home, username = somebody.given("practice", name=somebody.name), f"walt.{somebody.name}"
    walt = somebody.given("member", tenant=home["tenant"], manager=home["manager_id"], username=username)
    desk = f"desk.{somebody.name}"
    somebody.given("member", tenant=there["tenant"], manager=there["manager_id"], username=desk)
    somebody.come(username, home["tenant"])
    somebody.open("/")
    somebody.around().follow("Access other accounts")
    somebody.type("Username", desk)
    somebody.type("Password", "not the password")
    somebody.press("Find Account")
    somebody.hears("Nothing can be joined with this username and password.")
    joined(somebody, desk, there["name"])
    header = somebody.around()
    header.choose("Viewing for", there["name"])
    header.press("Go")
    somebody.heads(f"Your access to {there['name']}")
    header.choose("Plan", "Medicaid")
    header.press("Go")
    header.holds("Plan", "medicaid")
    somebody.come(there["manager"], there["tenant"])
    somebody.open(f"/t/{there['tenant']}/users/{walt}")
    somebody.press("Confirm Link")
    somebody.hears("is confirmed")
    somebody.come(username, home["tenant"])
    somebody.open("/links")
    somebody.follow(f"Unlink: {there['name']}")
    somebody.press(f"Unlink {there['name']}")
    somebody.hears(f"The link with {there['name']} has ended.")


@pytest.mark.row("MU-08", "P1")
def test_a_link_is_asked_for_accepted_and_ended(somebody: Somebody) -> None:
    home, username = somebody.given("practice", name=f"{somebody.name}h"), f"xena.{somebody.name}"
    xena = somebody.given("member", tenant=home["tenant"], manager=home["manager_id"], username=username)
    place = somebody.manage()
    somebody.open(f"/t/{place['tenant']}/settings")
    somebody.tick("Whoever asks and is let in by an account manager; no password is proven")
    somebody.press("Save")
    somebody.hears("How others may join was saved.")
    somebody.come(username, home["tenant"])
    somebody.open("/join")
    somebody.type("Tax ID", place["tin"])
    somebody.press("Ask to be linked")
    somebody.hears("Your request was received.")
    somebody.come(place["manager"], place["tenant"])
    somebody.open(f"/t/{place['tenant']}/users/{xena}")
    somebody.choose("Claims", "View only")
    somebody.press("Accept Link")
    somebody.hears("is accepted")
    somebody.press_and_say("End Link", "End Link")
    somebody.hears("has ended")


@pytest.mark.row("MU-20", "MU-21", "MU-22", "MU-23", "P1")
def test_codes_are_planned_copied_and_told(somebody: Somebody) -> None:
    place = somebody.given("practice", name=somebody.name)
    somebody.given("payers", tenant=place["tenant"])
    username = f"yuri.{somebody.name}"
    riverside = somebody.facts
    somebody.given("member", tenant=riverside["riverside"], manager=riverside["people"]["maria"], username=username)
    somebody.come(username, riverside["riverside"])
    joined(somebody, place["manager"], place["name"])
    somebody.around().follow("Copy codes")
    somebody.choose("Copy From", "Riverside Clinic")
    somebody.tick("Billing codes")
    somebody.tick("Insurance payers")
    somebody.tick(place["name"])
    somebody.press("Continue")
    somebody.heads("Copy codes: what would happen")
    somebody.press("Choose entries: Insurance payers")
    somebody.tick("PAY-01")
    somebody.press("Use these entries")
    somebody.sees("Chosen: 1")
    somebody.tick("Replace it")
    somebody.press("Copy Now")
    somebody.heads("Copy codes")
    while somebody.button("Go on").is_visible():
        somebody.press("Go on")
    somebody.sees("What happened")
    sheet = somebody.save("Result as CSV")
    assert all(one in sheet for one in (place["name"], "Insurance payers", "Replaced"))


@pytest.mark.row("INV-14", "A13")
def test_two_tabs_on_two_tenants_never_mix(browser: Browser, host: Host) -> None:
    with visiting(browser, host) as visit:
        visit.come("lee", host.facts["riverside"])
        page = visit.open("/t/{riverside}")
        here = page.url
        visit.open("/tenants").locator(".card", has_text="Lakeside").get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your access to Lakeside Practice")
        other = page.context.new_page()
        other.goto(here)
        expect(other.get_by_role("heading", level=1)).to_have_text("Your access to Riverside Clinic")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your access to Lakeside Practice")
