"""Whoever runs the service, and whoever looks into what was done (S13, and pages that the sources lack)."""

import pytest
from tests.browser.acting import Somebody


@pytest.mark.row("AM-40", "P1")
def test_an_operator_opens_a_tenant_and_appoints_its_first_manager(somebody: Somebody) -> None:
    name = f"Hillside {somebody.name}"
    home, username = somebody.given("practice", name=somebody.name), f"zoe.{somebody.name}"
    somebody.given("member", tenant=home["tenant"], manager=home["manager_id"], username=username)
    somebody.come(operates=True)
    somebody.open("/operator")
    somebody.follow("Open a practice")
    somebody.type("Name", name)
    somebody.tick("Nobody for now")
    somebody.press("Open a practice")
    somebody.hears(f"{name} was opened.")
    somebody.open("/operator/unmanaged")
    somebody.follow(name)
    somebody.within("Who holds the role").type("Its username", username)
    somebody.press("Appoint an account manager")
    somebody.hears(f"{username} is an account manager now.")
    somebody.press("Suspend")
    somebody.hears(f"{name} is suspended.")
    somebody.come(username)
    somebody.open("/tenants")
    somebody.within(name).sees("unavailable")
    somebody.come(operates=True)
    somebody.open("/operator/unmanaged")
    somebody.misses(name)


@pytest.mark.row("AM-40", "P1")
def test_an_operator_suspends_a_username_and_lifts_it(somebody: Somebody) -> None:
    place = somebody.manage()
    username = f"abel.{somebody.name}"
    somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.come(operates=True)
    somebody.open("/operator/people")
    somebody.type("Username", username)
    somebody.press("Find")
    somebody.press_and_say("Suspend everywhere", "Suspend everywhere")
    somebody.hears(f"{username} is suspended everywhere.")
    somebody.come()
    somebody.sign_in(username)
    somebody.heads("Sign in")
    somebody.come(operates=True)
    somebody.open(f"/operator/people?username={username}")
    somebody.press("End the suspension")
    somebody.hears(f"The suspension of {username} was ended.")


@pytest.mark.row("INV-37", "P1")
def test_an_auditor_is_answered(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"aida.{somebody.name}"
    somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/audit")
    somebody.type("Username or identifier", username)
    somebody.choose("What", "Approved a request")
    somebody.press("Search")
    somebody.has_rows(1)
    assert username in somebody.save("Save as CSV")
    somebody.press("Check that nothing was altered")
    somebody.hears("Checked up to number")
    somebody.follow("Who could")
    somebody.press("Find out")
    somebody.sees("Usernames: ", place["manager"])
