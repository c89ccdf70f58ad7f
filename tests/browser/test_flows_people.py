"""An account manager at work: users, one or several, and what they may do (S3, S6, S9, S11, S12)."""

import pytest
from tests.browser.acting import Somebody
from tests.browser.world import PASSWORD


@pytest.mark.row("MU-05", "MU-06", "P1")
def test_a_username_is_added_and_removed(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"rosa.{somebody.name}"
    somebody.open(f"/t/{place['tenant']}/users/add")
    somebody.type("Username", username)
    somebody.type("First password", PASSWORD)
    somebody.type("Repeat it", PASSWORD)
    somebody.choose("Eligibility", "View only")
    somebody.press("Add Username")
    somebody.hears(f"{username} can sign in.")
    somebody.come(username)
    somebody.open("/")
    somebody.heads(f"Your access to {place['name']}")
    somebody.come(place["manager"], place["tenant"])
    somebody.open(f"/t/{place['tenant']}/privileges")
    somebody.follow(f"Open: {username}")
    somebody.follow("Remove")
    somebody.press(f"Remove {username}")
    somebody.hears("Removed: ")
    somebody.misses(f"Tick: {username}")


@pytest.mark.row("AM-27", "AM-28", "P1")
def test_a_user_is_disabled_and_enabled_again(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"rolf.{somebody.name}"
    rolf = somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/users/{rolf}")
    somebody.choose("Reason", "Left the practice")
    somebody.press("Disable User")
    somebody.hears("is disabled")
    somebody.press("Enable User")
    somebody.hears("is enabled")


@pytest.mark.row("AM-27", "AM-28", "P1")
def test_several_are_reviewed_and_one_is_refused(somebody: Somebody) -> None:
    place, people = somebody.manage(), [f"{one}.{somebody.name}" for one in ("sven", "sara")]
    for username in people:
        somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/users")
    somebody.type("E-mail", f"{people[0]}@riverside.example")
    somebody.choose("Status", "Active")
    somebody.press("Go")
    somebody.has_rows(1)
    somebody.follow("Clear")
    somebody.follow("First name")
    for username in (*people, place["manager"]):
        somebody.tick(f"Tick: {username}")
    somebody.choose("With those ticked", "Disable")
    somebody.press("Review")
    somebody.heads("Disable users?")
    somebody.within(place["manager"]).sees("Not possible")
    somebody.choose("Reason", "No longer needs access")
    somebody.press("Disable 2 users")
    somebody.hears("Disabled: ")
    somebody.within(people[0]).sees("Disabled")
    somebody.within(place["manager"]).sees("Active")


@pytest.mark.row("AM-25", "P1")
def test_somebody_is_turned_down(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"tara.{somebody.name}"
    tara = somebody.given("applicant", tenant=place["tenant"], username=username)
    somebody.open(f"/t/{place['tenant']}/users/{tara}")
    somebody.type("Note for the record (optional)", "Nobody knows her")
    somebody.press("Turn down")
    somebody.hears("was turned down")
    somebody.come(username)
    somebody.open("/")
    somebody.sees("You have not been let into a practice yet.")


@pytest.mark.row("AM-33", "P1")
def test_contact_profile_and_dates_are_kept(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"tess.{somebody.name}"
    tess = somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/users/{tess}")
    somebody.type("Telephone", "555-0177")
    somebody.within("Contact profile").press("Save")
    somebody.hears("The contact profile of")
    somebody.type("Ends at the start of", "2099-12-31")
    somebody.press("Save dates")
    somebody.hears("The dates of")
    somebody.holds("Telephone", "555-0177")
    somebody.holds("Ends at the start of", "2099-12-31")


@pytest.mark.row("MU-12", "P1")
def test_a_role_is_made_changed_and_given(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"uma.{somebody.name}"
    uma = somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/roles")
    somebody.type("Name", "Front desk")
    somebody.choose("Eligibility", "View only")
    somebody.press("Add a role")
    somebody.hears("The role Front desk was added.")
    somebody.open(f"/t/{place['tenant']}/roles")
    somebody.follow("Front desk")
    somebody.choose("Eligibility", "Full access")
    somebody.press("Save the role")
    somebody.hears("The role Front desk was saved.")
    somebody.open(f"/t/{place['tenant']}/users/{uma}")
    somebody.choose("Role", "Front desk")
    somebody.press("Save role")
    somebody.hears("The role of")
    somebody.within("Eligibility").sees("Full access from the role")
    somebody.choose("Claims", "Full access")
    somebody.press("Save levels")
    somebody.hears("The levels of")
    somebody.within("Claims").sees("Full access set here")


@pytest.mark.row("MU-13", "MU-14", "MU-15", "P1")
def test_a_level_is_set_previewed_and_saved(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"vera.{somebody.name}"
    somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/privileges")
    somebody.choose(f"Eligibility: {username}", "Full access")
    if somebody.has_scripts:
        somebody.sees("Changes: 1")
    somebody.press("Preview the changes")
    somebody.within(username).sees("Eligibility", "Full access")
    somebody.press("Save the changes")
    somebody.hears("Saved. Changes: 1")
    somebody.holds(f"Eligibility: {username}", "full")
