"""One's own account: password, address, places and links."""

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import SignOutEverywhere, SuspendPrincipal
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.web.portal import Portal

NEXT = "another quick password"


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    made = given(access).tenant()
    given(access).manager(made, "maria")
    return made


@pytest.fixture
def kim(access: TenantAccess, portal: Portal, riverside: TenantId) -> Visitor:
    return Visitor(portal, given(access).registered(riverside, username="kim"), name="kim")


def me(visitor: Visitor) -> PrincipalId:
    assert visitor.principal is not None
    return visitor.principal


def changed(kim: Visitor, current: str = PASSWORD, new: str = NEXT, again: str = "") -> Answer:
    page = kim.get(f"{ROOT}/account")
    return kim.submit(page, "Change Password", current=current, new=new, again=again or new)


@pytest.mark.row("AM-16", "INV-31")
def test_a_password_is_changed_and_stands_on_no_page(access: TenantAccess, kim: Visitor) -> None:
    page = changed(kim)
    assert page.url == f"{ROOT}/account"
    assert page.messages == ["Your password was changed. You are signed out everywhere else."]
    assert access.authenticate("kim", NEXT) == me(kim)
    assert NEXT not in page.html


def test_a_wrong_current_password_is_one_answer_at_its_field(access: TenantAccess, kim: Visitor) -> None:
    page = changed(kim, current="not the password")
    assert (page.status, page.messages) == (422, ["The current password is not right."])
    field = page.soup.select_one("#current")
    assert field is not None
    assert (field["aria-invalid"], field["value"]) == ("true", "")
    assert access.authenticate("kim", PASSWORD) == me(kim)


def test_two_different_new_passwords_or_a_short_one_change_nothing(access: TenantAccess, kim: Visitor) -> None:
    differs = changed(kim, again="another quick passwort")
    assert differs.messages == ["The two new passwords are not the same."]
    short = changed(kim, new="short")
    assert short.status == 422
    assert short.soup.select_one("#new[aria-invalid]") is not None
    assert access.authenticate("kim", PASSWORD) == me(kim)


def test_guessing_the_current_password_is_limited(kim: Visitor) -> None:
    for _ in range(5):
        changed(kim, current="not the password")
    page = changed(kim)
    assert page.status == 429
    assert "Try again in 15 min." in page.text


@pytest.mark.row("INV-39")
def test_a_double_click_changes_the_password_once(kim: Visitor) -> None:
    page = kim.get(f"{ROOT}/account")
    for _ in range(2):
        done = kim.submit(page, "Change Password", current=PASSWORD, new=NEXT, again=NEXT)
        assert done.messages == ["Your password was changed. You are signed out everywhere else."]


@pytest.mark.row("INV-21")
def test_what_this_session_entered_goes_on_with_another_password_and_nothing_else(
    access: TenantAccess, portal: Portal, riverside: TenantId, kim: Visitor
) -> None:
    other = Visitor(portal, me(kim), name="kim")
    for browser in (kim, other):
        browser.enter(riverside)
    renewed = kim.renewed
    changed(kim)
    assert kim.renewed > renewed
    assert kim.get(f"{ROOT}/t/{riverside}").heading == "Your access to Riverside Clinic"
    assert other.get(f"{ROOT}/t/{riverside}").url.startswith(f"{ROOT}/tenants?")
    access.execute(SignOutEverywhere(), by=me(kim))
    assert kim.get(f"{ROOT}/t/{riverside}").url.startswith(f"{ROOT}/tenants?")


@pytest.mark.row("INV-21")
def test_what_ended_meanwhile_does_not_go_on_with_another_password(
    access: TenantAccess, riverside: TenantId, kim: Visitor
) -> None:
    kim.enter(riverside)
    page = kim.get(f"{ROOT}/account")
    access.execute(SignOutEverywhere(), by=me(kim))
    access.execute(SignOutEverywhere(), by=me(kim))
    kim.submit(page, "Change Password", current=PASSWORD, new=NEXT, again=NEXT)
    assert kim.stored["sessions"] == []


@pytest.mark.row("INV-21", "A27")
def test_whoever_has_ended_every_session_signs_in_anew(access: TenantAccess, kim: Visitor) -> None:
    kim.ends_sessions = True
    signed = access.authenticate.sign_in("kim", PASSWORD)
    page = kim.submit(kim.get(f"{ROOT}/account"), "Sign Out Everywhere")
    assert (page.heading, page.messages) == ("Sign in", ["You are signed out everywhere."])
    assert not access.authenticate.is_alive(signed)
    assert kim.principal is None


def test_where_the_host_answers_for_sessions_nobody_is_offered_to_end_them(kim: Visitor) -> None:
    assert "Sign Out Everywhere" not in kim.get(f"{ROOT}/account").text


def test_a_suspended_person_is_told_why_nothing_was_ended(access: TenantAccess, kim: Visitor) -> None:
    kim.ends_sessions = True
    page = kim.get(f"{ROOT}/account")
    access.execute(SuspendPrincipal(me(kim)), by=OPERATOR)
    refused = kim.submit(page, "Sign Out Everywhere")
    assert (refused.status, refused.heading) == (403, "Account details")


@pytest.mark.row("MU-09")
def test_the_links_that_will_be_stale_are_said_before(access: TenantAccess, riverside: TenantId, kim: Visitor) -> None:
    given(access).linked(riverside, me(kim))
    page = kim.get(f"{ROOT}/account")
    assert "Others joined through your username: 1. Their links hold for 14 more days" in page.text
    assert "Joined by you: 0. Joined by others through your username: 1." in page.text


@pytest.mark.row("MC-17")
def test_whoever_has_a_password_of_somebody_else_is_told(
    access: TenantAccess, portal: Portal, riverside: TenantId
) -> None:
    maria = access.authenticate("maria", PASSWORD)
    pat = Visitor(portal, given(access).member(riverside, username="pat", by=maria))
    assert "Somebody else chose your password." in pat.get(f"{ROOT}/account").text
    changed(pat)
    assert "Somebody else chose your password." not in pat.get(f"{ROOT}/account").text


@pytest.mark.row("AM-12")
def test_an_address_counts_once_its_link_was_followed(access: TenantAccess, kim: Visitor) -> None:
    mailer = RecordingMailer()
    page = kim.get(f"{ROOT}/account")
    assert "kim@people.example Verified" in page.text
    done = kim.submit(page, "Change E-mail", email="kim@new.example")
    assert "kim@new.example Not verified yet" in done.text
    access.notices.deliver(mailer)
    (token,) = mailer.tokens()
    shown = kim.get(f"{ROOT}/verify-email?token={token}")
    assert "Not verified yet" in kim.get(f"{ROOT}/account").text
    assert kim.submit(shown, "Verify the Address").messages == ["Your address is verified."]
    assert "kim@new.example Verified" in kim.get(f"{ROOT}/account").text


def test_what_is_no_address_is_told_at_its_field(kim: Visitor) -> None:
    page = kim.submit(kim.get(f"{ROOT}/account"), "Change E-mail", email="kim")
    field = page.soup.select_one("#email")
    assert page.status == 422
    assert field is not None
    assert (field["value"], field["aria-invalid"]) == ("kim", "true")


def test_password_managers_know_every_field(kim: Visitor) -> None:
    page = kim.get(f"{ROOT}/account")
    fields = {str(one["name"]): str(one["autocomplete"]) for one in page.soup.select(".field input")}
    assert fields == {
        "current": "current-password",
        "new": "new-password",
        "again": "new-password",
        "email": "email",
    }


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("path", ["/account/password", "/account/email"])
def test_another_field_refuses_the_whole_form(path: str, kim: Visitor) -> None:
    assert kim.post(f"{ROOT}{path}", {"principal": "pri_1"}).status == 422


def test_nobody_has_an_account_without_signing_in(portal: Portal) -> None:
    assert Visitor(portal).get(f"{ROOT}/account").heading == "Sign in"


def test_a_common_password_is_refused_with_the_reason_and_what_to_do(access: TenantAccess, kim: Visitor) -> None:
    page = kim.get(f"{ROOT}/account")
    refused = kim.submit(page, "Change Password", current=PASSWORD, new="Password1", again="Password1")
    assert refused.status == 422
    assert "is among the most common ones: choose another, for instance several words." in refused.text
    assert access.authenticate("kim", PASSWORD) == kim.principal
