"""Asking for access, a forgotten password, and the pages that the links of mails lead to."""

from datetime import timedelta

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import TenantAccess, TenantId
from tenantaccess.commands import (
    AddRole,
    ChangeEmail,
    Disable,
    ErasePrincipal,
    Invite,
    Remove,
    RequestPasswordReset,
    RevokeInvitation,
    SendPasswordReset,
    SendRegistration,
    SuspendPrincipal,
)
from tenantaccess.mail import PAGES
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer
from tenantaccess.web.portal import Portal, PortalSettings

NEXT = "another quick password"
ABOUT = {"first_name": "Kim", "last_name": "Lee", "email": "kim@people.example", "phone": "555-0100"}
CHOSEN = {"username": "kim", "password": PASSWORD, "again": PASSWORD}
DEAD = "This link does not work"


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    made = given(access).tenant(tin="012345678")
    given(access).manager(made, "maria")
    return made


@pytest.fixture
def stranger(portal: Portal) -> Visitor:
    return Visitor(portal)


@pytest.fixture
def mailer() -> RecordingMailer:
    return RecordingMailer()


def asked(visitor: Visitor, number: str = "01-2345678", **said: str) -> Answer:
    return visitor.submit(visitor.get(f"{ROOT}/request-access"), "Ask for Access", number=number, **said)


def waiting(access: TenantAccess, tenant: TenantId) -> list[str]:
    return [row.username for row in access.directory.search(tenant, pending=True, by=OPERATOR).rows]


# --- asking for access -----------------------------------------------------------------------------------------------


@pytest.mark.row("AM-24", "INV-11")
def test_a_stranger_gets_one_receipt_whether_there_is_such_a_tenant_or_not(
    access: TenantAccess, riverside: TenantId, stranger: Visitor
) -> None:
    here = asked(stranger, **ABOUT, **CHOSEN)
    nowhere = asked(stranger, "98-7654321", **ABOUT, **{**CHOSEN, "username": "lee"})
    assert here.html == nowhere.html
    assert here.heading == "Your request was received"
    assert waiting(access, riverside) == ["kim"]
    row = access.directory.search(riverside, pending=True, by=OPERATOR).rows[0]
    assert (row.contact.first_name, row.contact.last_name, row.contact.phone) == ("Kim", "Lee", "555-0100")
    assert access.authenticate("kim", PASSWORD)


@pytest.mark.row("AM-24")
def test_somebody_signed_in_is_asked_for_the_number_alone(
    access: TenantAccess, portal: Portal, riverside: TenantId
) -> None:
    lee = Visitor(portal, given(access).pending(username="lee"), name="lee")
    page = lee.get(f"{ROOT}/request-access")
    assert [field["name"] for field in page.soup.select("main .field input")] == ["number"]
    assert "You ask as lee" in page.text
    assert asked(lee).heading == "Your request was received"
    assert waiting(access, riverside) == ["lee"]
    mixed = {"scheme": "tin", "number": "01-2345678", "username": "eve"}
    assert lee.post(f"{ROOT}/request-access", mixed).status == 422


@pytest.mark.row("INV-39")
def test_a_double_click_asks_once(access: TenantAccess, riverside: TenantId, stranger: Visitor) -> None:
    page = stranger.get(f"{ROOT}/request-access")
    for _ in range(2):
        done = stranger.submit(page, "Ask for Access", number="01-2345678", **ABOUT, **CHOSEN)
        assert done.heading == "Your request was received"
    assert waiting(access, riverside) == ["kim"]


@pytest.mark.usefixtures("riverside")
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays(stranger: Visitor) -> None:
    cases = {
        "number": {"number": "12"},
        "email": {"email": "kim"},
        "username": {"username": "a b"},
        "password": {"password": "short", "again": "short"},
        "again": {"again": "another one"},
    }
    for name, said in cases.items():
        page = asked(stranger, **{"number": "01-2345678", **ABOUT, **CHOSEN, **said})
        assert page.status == 422, name
        assert [one["name"] for one in page.soup.select("[aria-invalid]")] == [name]
        last = page.soup.select_one("#last_name")
        assert last is not None
        assert last["value"] == "Lee"
        assert PASSWORD not in page.html


@pytest.mark.usefixtures("riverside")
def test_a_username_that_is_taken_is_told(stranger: Visitor) -> None:
    asked(stranger, **ABOUT, **CHOSEN)
    page = asked(stranger, **ABOUT, **CHOSEN)
    assert (page.status, page.messages) == (409, ["This username is in use. Choose another one."])


# --- registration, reset, address ------------------------------------------------------------------------------------


def mailed(access: TenantAccess, mailer: RecordingMailer) -> str:
    access.notices.deliver(mailer)
    return mailer.tokens()[-1]


@pytest.mark.row("AM-30")
def test_opening_the_page_of_a_registration_uses_nothing_up_and_its_button_does(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    kim = given(access).unverified(riverside, username="kim")
    url = f"{ROOT}/complete-registration?token={mailed(access, mailer)}"
    for _ in range(3):
        assert stranger.get(url).heading == "Complete your registration"
    page = stranger.get(url)
    assert not access.check(riverside, kim, "claims", "view")
    done = stranger.submit(page, "Complete Registration")
    assert (done.heading, done.messages) == ("Sign in", ["Your registration is complete."])
    assert access.check(riverside, kim, "claims", "view")
    assert stranger.submit(page, "Complete Registration", once="another-click").heading == DEAD
    assert stranger.get(url).heading == DEAD


@pytest.mark.row("AM-30", "INV-39")
def test_a_double_click_completes_once(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    given(access).unverified(riverside)
    page = stranger.get(f"{ROOT}/complete-registration?token={mailed(access, mailer)}")
    for _ in range(2):
        assert stranger.submit(page, "Complete Registration").messages == ["Your registration is complete."]


@pytest.mark.row("AM-30", "INV-30")
@pytest.mark.parametrize("purpose", [TokenPurpose.REGISTRATION, TokenPurpose.EMAIL, TokenPurpose.RESET])
@pytest.mark.parametrize("token", ["", "made up", "x" * 1_025])
def test_a_link_that_does_not_work_says_so_at_once_and_so_does_its_button(
    stranger: Visitor, purpose: TokenPurpose, token: str
) -> None:
    page = stranger.get(f"{ROOT}/{PAGES[purpose]}?token={token}")
    assert (page.status, page.heading) == (422, DEAD)
    assert page.soup.select_one("main form") is None
    passwords = {"new": NEXT, "again": NEXT} if purpose is TokenPurpose.RESET else {}
    assert stranger.post(f"{ROOT}/{PAGES[purpose]}", {"token": token, **passwords}).html == page.html


@pytest.mark.row("AM-30", "INV-30")
def test_unknown_used_replaced_and_late_links_are_one_answer(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer, clock: FrozenClock
) -> None:
    kim, lee, pat = (given(access).unverified(riverside, username=name) for name in ("kim", "lee", "pat"))
    access.notices.deliver(mailer)
    late, replaced, used = (mailer.tokens()[place] for place in range(3))
    page = f"{ROOT}/complete-registration?token="
    by_token = {access.mailed.registration(token).username: token for token in (late, replaced, used)}
    assert set(by_token) == {"kim", "lee", "pat"}
    stranger.submit(stranger.get(page + by_token["pat"]), "Complete Registration")
    clock.advance(timedelta(days=13))
    access.execute(SendRegistration(riverside, lee), by=OPERATOR)
    fresh = mailed(access, mailer)
    clock.advance(timedelta(days=2))
    found = [stranger.get(page + token) for token in ("made up", *by_token.values())]
    assert {one.html for one in found} == {found[0].html}
    assert (found[0].status, found[0].heading) == (422, DEAD)
    assert found[0].soup.find("a", string="Sign in", href=f"{ROOT}/sign-in") is not None
    assert "ask an account manager of the practice to send the mail once more" in found[0].text
    assert stranger.get(page + fresh).heading == "Complete your registration"
    assert len({kim, lee, pat}) == 3


@pytest.mark.row("AM-30")
def test_whoever_holds_a_link_that_works_reads_who_and_where_it_is_for(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    given(access).unverified(riverside, username="kim")
    page = stranger.get(f"{ROOT}/complete-registration?token={mailed(access, mailer)}")
    assert "You are kim, and Riverside Clinic has let you in." in page.text
    given(access).registered(riverside, username="lee")
    access.execute(RequestPasswordReset("lee"))
    assert "new password of lee." in stranger.get(f"{ROOT}/reset-password?token={mailed(access, mailer)}").text


@pytest.mark.row("A58")
def test_a_link_opens_the_page_of_its_own_purpose_alone(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    given(access).unverified(riverside, username="kim")
    token = mailed(access, mailer)
    for purpose in (TokenPurpose.EMAIL, TokenPurpose.RESET):
        assert stranger.get(f"{ROOT}/{PAGES[purpose]}?token={token}").heading == DEAD


@pytest.mark.parametrize("end", ["disabled", "suspended", "erased", "removed"])
def test_a_registration_that_cannot_be_completed_any_more_says_so_at_once(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer, end: str
) -> None:
    kim = given(access).unverified(riverside, username="kim")
    token = mailed(access, mailer)
    ends = {
        "disabled": Disable(riverside, kim),
        "suspended": SuspendPrincipal(kim),
        "erased": ErasePrincipal(kim),
        "removed": Remove(riverside, kim),
    }
    access.execute(ends[end], by=OPERATOR)
    assert stranger.get(f"{ROOT}/complete-registration?token={token}").heading == DEAD


@pytest.mark.row("AM-31")
def test_whoever_forgot_the_password_gets_one_answer_and_maybe_a_link(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    kim = given(access).registered(riverside, username="kim")
    page = stranger.get(f"{ROOT}/forgot-password")
    answers = [stranger.submit(page, "Send the Link", username=name).html for name in ("kim", "nobody.like.that")]
    assert answers[0] == answers[1]
    asked_for = stranger.get(f"{ROOT}/reset-password?token={mailed(access, mailer)}")
    differs = stranger.submit(asked_for, "Save the New Password", new=NEXT, again=PASSWORD)
    short = stranger.submit(differs, "Save the New Password", new="short", again="short")
    assert [differs.status, short.status] == [422, 422]
    assert short.soup.select_one("#new[aria-invalid]") is not None
    done = stranger.submit(short, "Save the New Password", new=NEXT, again=NEXT)
    assert (done.heading, done.messages) == ("Sign in", ["Your password was changed. Sign in with it."])
    assert access.authenticate("kim", NEXT) == kim
    assert len(mailer.tokens()) == 1


@pytest.mark.row("AM-31", "INV-30")
def test_a_link_for_a_new_password_that_is_late_leads_to_another(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer, clock: FrozenClock
) -> None:
    kim = given(access).registered(riverside, username="kim")
    access.execute(SendPasswordReset(riverside, kim), by=OPERATOR)
    page = stranger.get(f"{ROOT}/reset-password?token={mailed(access, mailer)}")
    clock.advance(timedelta(hours=1))
    late = stranger.submit(page, "Save the New Password", new=NEXT, again=NEXT)
    assert late.heading == DEAD
    assert late.soup.find("a", string="Ask for Another Link", href=f"{ROOT}/forgot-password") is not None
    missing = stranger.post(f"{ROOT}/reset-password", {"new": NEXT, "again": NEXT})
    assert missing.html == late.html


def test_asking_too_often_is_told_when_to_come_back(stranger: Visitor) -> None:
    page = stranger.get(f"{ROOT}/forgot-password")
    for _ in range(5):
        assert stranger.submit(page, "Send the Link", username="kim").status == 200
    assert stranger.submit(stranger.get(f"{ROOT}/forgot-password"), "Send the Link", username="kim").status == 429


@pytest.mark.row("AM-12", "INV-30")
def test_an_address_of_before_is_verified_by_no_link(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, mailer: RecordingMailer
) -> None:
    kim = given(access).registered(riverside, username="kim")
    access.execute(ChangeEmail("kim@new.example"), by=kim)
    page = stranger.get(f"{ROOT}/verify-email?token={mailed(access, mailer)}")
    access.execute(ChangeEmail("kim@newer.example"), by=kim)
    assert stranger.submit(page, "Verify the Address").heading == DEAD
    assert stranger.get(page.url).heading == DEAD


# --- invitations -----------------------------------------------------------------------------------------------------


@pytest.fixture
def invited(access: TenantAccess, riverside: TenantId, mailer: RecordingMailer) -> str:
    """The address of the page that an invitation leads to."""
    maria = access.authenticate("maria", PASSWORD)
    access.execute(Invite(riverside, "kim@people.example", Grant(levels={"claims": "view"})), by=maria)
    return f"{ROOT}/invitation?token={mailed(access, mailer)}"


@pytest.mark.row("AM-19")
def test_a_newcomer_accepts_with_a_username_of_their_own(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, invited: str
) -> None:
    page = stranger.get(invited)
    wrong = stranger.submit(page, "Accept the Invitation", **{**CHOSEN, "again": NEXT})
    assert [one["name"] for one in wrong.soup.select("[aria-invalid]")] == ["again"]
    bad = stranger.submit(wrong, "Accept the Invitation", **{**CHOSEN, "username": "a b"})
    assert [one["name"] for one in bad.soup.select("[aria-invalid]")] == ["username"]
    done = stranger.submit(bad, "Accept the Invitation", **CHOSEN)
    assert done.heading == "Sign in"
    kim = access.authenticate("kim", PASSWORD)
    assert access.check(riverside, kim, "claims", "view")
    assert stranger.submit(page, "Accept the Invitation", **CHOSEN).heading == DEAD
    assert stranger.get(invited).heading == DEAD


@pytest.mark.row("AM-19", "INV-30")
def test_whoever_opens_the_link_reads_into_what_by_whom_with_what_and_until_when(
    stranger: Visitor, invited: str, clock: FrozenClock
) -> None:
    page = [stranger.get(invited) for _ in range(3)][-1]
    assert page.heading == "You are invited to Riverside Clinic"
    terms = page.soup.select_one("dl.facts")
    assert terms is not None
    until = clock.now() + timedelta(days=14)
    told = " ".join(terms.get_text(" ").split())
    assert told == (
        "Practice Riverside Clinic Tax ID •••••5678 Invited by maria Sent to kim@people.example "
        f"Claims View only You can accept until {until:%Y-%m-%d %H:%M} UTC"
    )


@pytest.mark.row("AM-19")
def test_a_role_and_plans_are_named_as_the_tenant_does(
    access: TenantAccess, stranger: Visitor, mailer: RecordingMailer
) -> None:
    there = given(access).tenant("Lakeside", segments=["medicaid"])
    access.execute(AddRole(there, "desk", "Front desk", {"claims": "full"}), by=OPERATOR)
    grant = Grant("desk", segments=frozenset({"medicaid"}))
    access.execute(Invite(there, "kim@people.example", grant), by=OPERATOR)
    page = stranger.get(f"{ROOT}/invitation?token={mailed(access, mailer)}").text
    assert "Invited by Whoever runs this service" in page
    assert "Role Front desk Plan Medicaid" in page


@pytest.mark.row("AM-19")
def test_a_member_is_told_that_accepting_changes_nothing(
    access: TenantAccess, portal: Portal, riverside: TenantId, invited: str
) -> None:
    kim = Visitor(portal, given(access).registered(riverside, username="kim"), name="kim")
    assert "You have access there already." in kim.get(invited).text


@pytest.mark.row("AM-19", "INV-32")
def test_somebody_signed_in_accepts_as_themselves(
    access: TenantAccess, portal: Portal, riverside: TenantId, invited: str
) -> None:
    elsewhere = given(access).tenant("Lakeside")
    kim = Visitor(portal, given(access).registered(elsewhere, username="kim"), name="kim")
    page = kim.get(invited)
    assert "You accept as kim" in page.text
    assert page.soup.select_one("#password") is None
    token = invited.partition("token=")[2]
    assert kim.post(f"{ROOT}/invitation", {"token": token, "username": "eve"}).status == 422
    done = kim.submit(page, "Accept the Invitation")
    assert done.messages == ["You have accepted the invitation."]
    assert kim.enter(riverside).heading == "Your access to Riverside Clinic"


@pytest.mark.row("AM-19", "INV-32")
def test_somebody_else_who_is_signed_in_reads_what_a_bad_link_reads(
    access: TenantAccess, portal: Portal, riverside: TenantId, invited: str
) -> None:
    eve = Visitor(portal, given(access).registered(given(access).tenant("Lakeside"), username="eve"), name="eve")
    token = invited.partition("token=")[2]
    answers = [
        *(eve.get(f"{ROOT}/invitation?token={one}") for one in (token, "made-up", "", "x" * 1_025)),
        *(eve.post(f"{ROOT}/invitation", {"token": one}) for one in (token, "made-up", "")),
    ]
    assert {(one.html, one.status, one.heading) for one in answers} == {(answers[0].html, 422, DEAD)}
    assert eve.get(f"{ROOT}/t/{riverside}/me").status == 404


@pytest.mark.row("AM-19")
def test_a_stranger_with_a_username_signs_in_and_comes_back(
    access: TenantAccess, stranger: Visitor, riverside: TenantId, invited: str
) -> None:
    given(access).registered(given(access).tenant("Lakeside"), username="kim")
    link = stranger.get(invited).soup.find("a", string="Sign in to accept as yourself")
    assert link is not None
    back = stranger.submit(stranger.get(str(link["href"])), "Sign in", username="kim", password=PASSWORD)
    assert back.url == invited
    assert stranger.submit(back, "Accept the Invitation").messages == ["You have accepted the invitation."]
    assert riverside


def test_where_the_host_signs_people_in_no_secret_goes_there(access: TenantAccess, invited: str) -> None:
    portal = Portal(access, PortalSettings(sign_in="https://sso.example/sign-in"))
    page = Visitor(portal).get(invited)
    token = invited.partition("token=")[2]
    assert "Sign in first, then open the link in the mail once more." in page.text
    assert not [link for link in page.soup.find_all("a") if token in str(link.get("href"))]


@pytest.mark.row("AM-19")
def test_an_invitation_is_declined_by_whoever_holds_it(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, invited: str
) -> None:
    page = stranger.get(invited)
    assert stranger.submit(page, "Decline the Invitation").messages == ["You have declined the invitation."]
    assert stranger.submit(page, "Decline the Invitation").heading == DEAD
    assert [one.invitation.state.value for one in access.invitations.search(riverside, by=OPERATOR).rows] == [
        "declined"
    ]


@pytest.mark.row("AM-19", "INV-32")
def test_an_invitation_that_was_taken_back_is_dead(
    access: TenantAccess, riverside: TenantId, stranger: Visitor, invited: str
) -> None:
    page = stranger.get(invited)
    (found,) = access.invitations.search(riverside, by=OPERATOR).rows
    access.execute(RevokeInvitation(riverside, found.invitation.id), by=OPERATOR)
    assert stranger.submit(page, "Accept the Invitation", **CHOSEN).heading == DEAD
    assert stranger.get(invited).heading == DEAD


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("path", ["complete-registration", "verify-email", "reset-password", "invitation"])
def test_another_field_refuses_the_whole_form(path: str, stranger: Visitor) -> None:
    assert stranger.post(f"{ROOT}/{path}", {"token": "t", "levels": "full"}).status == 422
    assert stranger.post(f"{ROOT}/{path}", {"token": "t"}, is_genuine=False).status == 403
