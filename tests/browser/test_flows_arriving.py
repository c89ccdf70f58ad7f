"""Coming in: signing in, asking for access, invitations, passwords, and leaving (S1, S10, S13)."""

import pytest
from tests.browser.acting import Somebody
from tests.browser.world import PASSWORD


@pytest.mark.row("P1")
def test_somebody_signs_in_and_out(somebody: Somebody) -> None:
    place = somebody.given("practice", name=somebody.name)
    somebody.sign_in(place["manager"], "not the password")
    somebody.hears("This username and password do not go together")
    somebody.sign_in(place["manager"])
    somebody.heads(f"Your access to {place['name']}")
    somebody.around().press("Sign out")
    somebody.open("/account")
    somebody.heads("Sign in")


@pytest.mark.row("AM-11", "AM-24", "AM-25", "AM-30", "P1")
def test_somebody_registers_is_verified_and_comes_in(somebody: Somebody) -> None:
    place, username = somebody.given("practice", name=somebody.name), f"nora.{somebody.name}"
    somebody.open("/request-access")
    somebody.type("Tax ID", place["tin"])
    somebody.type("First name (optional)", "Nora")
    somebody.type("Last name (optional)", "Newman")
    somebody.type("E-mail", f"{username}@riverside.example")
    somebody.type("Username", username)
    somebody.type("Password", PASSWORD)
    somebody.type("The same password again", PASSWORD)
    somebody.press("Ask for Access")
    somebody.heads("Your request was received")
    somebody.come(place["manager"], place["tenant"])
    somebody.open(f"/t/{place['tenant']}/users")
    somebody.type("Last name", "Newman")
    somebody.tick("Verification Pending")
    somebody.press("Go")
    somebody.follow(f"Verify Account: {username}")
    somebody.choose("Claims", "View only")
    somebody.press("Verify Account")
    somebody.hears("is approved")
    somebody.press("Send Registration Email")
    somebody.hears("is on its way")
    somebody.come()
    somebody.open(
        "/complete-registration?token=" + somebody.mailed("send_registration", f"{username}@riverside.example")
    )
    somebody.press("Complete Registration")
    somebody.hears("Your registration is complete.")
    somebody.sign_in(username)
    somebody.heads(f"Your access to {place['name']}")


@pytest.mark.row("AM-17", "AM-19", "P1")
def test_somebody_is_invited_and_comes_as_somebody_new(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"olga.{somebody.name}"
    somebody.open(f"/t/{place['tenant']}/users")
    somebody.follow("Invite users")
    somebody.type("E-mail addresses", f"{username}@riverside.example")
    somebody.choose("Role", "Biller")
    somebody.press("Send Invitation")
    somebody.hears("Invitations sent: 1")
    somebody.come()
    somebody.open("/invitation?token=" + somebody.mailed("invite", f"{username}@riverside.example"))
    somebody.type("Username", username)
    somebody.type("Password", PASSWORD)
    somebody.type("The same password again", PASSWORD)
    somebody.press("Accept the Invitation")
    somebody.hears("You have accepted the invitation.")
    somebody.sign_in(username)
    somebody.heads(f"Your access to {place['name']}")
    somebody.sees("Biller")


@pytest.mark.row("AM-17", "AM-19", "P1")
def test_several_are_invited_who_accept_and_decline(somebody: Somebody) -> None:
    place = somebody.manage()
    known, stranger, late = (f"{one}.{somebody.name}" for one in ("omar", "otis", "olaf"))
    elsewhere = somebody.given("practice", name=f"{somebody.name}e")
    somebody.given("member", tenant=elsewhere["tenant"], manager=elsewhere["manager_id"], username=known)
    somebody.open(f"/t/{place['tenant']}/users/invite")
    addresses = [f"{one}@riverside.example" for one in (known, stranger, late)]
    somebody.type("E-mail addresses", "\n".join([*addresses, "no.address"]))
    somebody.choose("Claims", "View only")
    somebody.press("Send Invitation")
    somebody.hears("Sent: 3. Not sent: 1.")
    somebody.within("no.address").sees("Not sent")
    somebody.open(f"/t/{place['tenant']}/invitations")
    somebody.press(f"Resend: {addresses[2]}")
    somebody.hears("Sent again.")
    somebody.press_and_say(f"Revoke: {addresses[2]}", "Revoke")
    somebody.hears("Revoked.")
    somebody.come(known)
    somebody.open("/invitation?token=" + somebody.mailed("invite", addresses[0]))
    somebody.sees("You accept as", known)
    somebody.press("Accept the Invitation")
    somebody.hears("You have accepted the invitation.")
    somebody.come()
    somebody.open("/invitation?token=" + somebody.mailed("invite", addresses[1]))
    somebody.press("Decline the Invitation")
    somebody.hears("You have declined the invitation.")
    somebody.come(place["manager"], place["tenant"])
    somebody.open(f"/t/{place['tenant']}/invitations")
    for address, state in zip(addresses, ("Accepted", "Declined", "Revoked"), strict=True):
        somebody.within(address).sees(state)


@pytest.mark.row("AM-31", "P1")
def test_a_password_is_reset_by_mail(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"petra.{somebody.name}"
    petra = somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.open(f"/t/{place['tenant']}/users/{petra}")
    somebody.press("Send Password Reset Email")
    somebody.hears("on its way")
    somebody.come(username)
    left_behind = somebody.session()
    somebody.come()
    somebody.open("/reset-password?token=" + somebody.mailed("send_password_reset", f"{username}@riverside.example"))
    somebody.type("New password", f"{PASSWORD} again")
    somebody.type("The same password again", f"{PASSWORD} again")
    somebody.press("Save the New Password")
    somebody.hears("Your password was changed.")
    somebody.resume(left_behind)
    somebody.sign_in(username, f"{PASSWORD} again")
    somebody.heads(f"Your access to {place['name']}")


@pytest.mark.row("AM-30", "P1")
def test_an_address_is_changed_and_a_forgotten_password_asked_for(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"pia.{somebody.name}"
    somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    address = f"{username}@elsewhere.example"
    somebody.come(username)
    somebody.open("/account")
    somebody.type("New e-mail address", address)
    somebody.press("Change E-mail")
    somebody.hears("The address was changed.")
    somebody.open("/verify-email?token=" + somebody.mailed("change_email", address))
    somebody.press("Verify the Address")
    somebody.hears("Your address is verified.")
    somebody.come()
    somebody.open("/forgot-password")
    somebody.type("Username", username)
    somebody.press("Send the Link")
    somebody.sees("a link is on its way")
    assert somebody.mailed("request_password_reset", address)


@pytest.mark.row("AM-16", "P1")
def test_somebody_changes_their_password_signs_out_everywhere_and_leaves(somebody: Somebody) -> None:
    place, username = somebody.manage(), f"quin.{somebody.name}"
    somebody.given("member", tenant=place["tenant"], manager=place["manager_id"], username=username)
    somebody.come(username)
    left_behind = somebody.session()
    somebody.come(username, place["tenant"])
    somebody.open("/account")
    somebody.type("Current password", PASSWORD)
    somebody.type("New password", f"{PASSWORD} again")
    somebody.type("The same password again", f"{PASSWORD} again")
    somebody.press("Change Password")
    somebody.hears("Your password was changed.")
    here = somebody.session()
    somebody.resume(left_behind)
    somebody.open("/account")
    somebody.heads("Sign in")
    somebody.resume(here)
    if somebody.framework == "flask":  # a Django project's own sessions are the project's
        somebody.open("/account")
        somebody.press("Sign Out Everywhere")
        somebody.resume(here)
        somebody.sign_in(username, f"{PASSWORD} again")
    somebody.open(f"/t/{place['tenant']}")
    somebody.type("Type the name of the practice to confirm", place["name"])
    somebody.press("Leave")
    somebody.hears(f"You have left {place['name']}.")
