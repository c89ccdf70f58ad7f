"""Accessing other accounts in two steps, asking to be linked, and ending links from either side."""

from datetime import timedelta

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import AppointManager, ChangeLinking, ChangePassword, Disable
from tenantaccess.model.members import Contact
from tenantaccess.model.policy import Linking
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import Page, Portal

REFUSED = "Nothing can be joined with this username and password."


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant("Riverside Clinic", tin="012345678", segments=["medicaid"])


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    """Whose password is proven."""
    given(access).manager(riverside, "maria")
    return given(access).member(riverside, role="biller", segments=["medicaid"], username="jo")


@pytest.fixture
def lee(access: TenantAccess, portal: Portal) -> Visitor:
    """Who joins."""
    return Visitor(portal, given(access).pending(username="lee"), name="lee")


def found(lee: Visitor, username: str = "jo", password: str = PASSWORD) -> Answer:
    return lee.submit(lee.get(f"{ROOT}/join"), "Find Account", username=username, password=password)


def state(access: TenantAccess, lee: Visitor) -> list[tuple[str, str]]:
    assert lee.principal is not None
    return [(entry.name, entry.condition.value) for entry in access.links.joined(lee.principal)]


@pytest.mark.row("MU-08", "MU-09", "MU-10")
def test_find_then_join_and_see_what_came_of_it(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: Visitor
) -> None:
    offer = found(lee)
    assert offer.status == 200
    for told in ("Riverside Clinic", "Tax ID •••••5678", "Biller", "Medicaid", "Claims Full access"):
        assert told in offer.text, told
    assert state(access, lee) == []

    done = lee.submit(offer, "Join Account")
    assert done.url == f"{ROOT}/links?joined={riverside}"
    assert done.messages == ["You have joined Riverside Clinic."]
    assert "You can go there at once." in done.text
    assert state(access, lee) == [("Riverside Clinic", "active")]
    assert lee.submit(done, "Go : Riverside Clinic").heading == "Your access to Riverside Clinic"
    assert access.links.proven(jo)[0].username == "lee"


@pytest.mark.row("MU-10", "INV-31")
def test_the_secret_of_an_offer_stands_in_its_page_alone(lee: Visitor, jo: PrincipalId) -> None:
    assert jo
    offer = found(lee)
    field = offer.soup.select_one('input[name="offer"]')
    assert field is not None
    secret = str(field["value"])
    assert offer.html.count(secret) == 1
    assert secret not in offer.url
    assert secret not in str(lee.stored)
    assert isinstance(offer.response, Page)
    assert secret not in repr(offer.response)


@pytest.mark.row("MU-10", "INV-34")
@pytest.mark.usefixtures("riverside", "jo")
def test_a_double_click_joins_once(access: TenantAccess, lee: Visitor) -> None:
    offer = found(lee)
    assert lee.submit(offer, "Join Account").messages == ["You have joined Riverside Clinic."]
    assert lee.submit(offer, "Join Account").messages == ["You have joined Riverside Clinic."]
    assert len(state(access, lee)) == 1


@pytest.mark.row("INV-27", "MU-09")
@pytest.mark.parametrize("case", ["unknown", "wrong", "not linkable", "own", "linking off"])
def test_every_refusal_reads_the_same(
    case: str, access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: Visitor
) -> None:
    username, password = "jo", PASSWORD
    match case:
        case "unknown":
            username = "nobody.is.called.so"
        case "wrong":
            password = "another quick password"
        case "not linkable":
            access.execute(Disable(riverside, jo), by=OPERATOR)
        case "own":
            username = "lee"
        case _:
            access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=OPERATOR)
    page = found(lee, username, password)
    assert (page.status, page.heading, page.messages) == (422, "Access other accounts", [REFUSED])
    assert password not in page.html
    assert page.soup.select_one("#username") is not None
    assert state(access, lee) == []


@pytest.mark.row("MU-09")
@pytest.mark.usefixtures("jo")
def test_too_many_attempts_are_told_when_to_come_back(lee: Visitor) -> None:
    for _ in range(5):
        assert found(lee, password="wrong password").status == 422
    page = found(lee)
    assert page.status == 429
    assert page.messages == ["Too many attempts. Try again in 15 min."]
    assert isinstance(page.response, Page)
    assert page.response.headers["Retry-After"] == "900"


@pytest.mark.row("MC-17")
def test_whoever_has_a_password_of_somebody_else_changes_it_first(
    access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
) -> None:
    assert jo
    maria = access.authenticate("maria", PASSWORD)
    pat = Visitor(portal, given(access).member(riverside, username="pat", by=maria))
    page = pat.get(f"{ROOT}/join")
    assert "Somebody else chose your password." in page.text
    assert page.soup.find("a", href=f"{ROOT}/account", string="Change your password") is not None
    assert page.soup.select_one('form[action$="/join"]') is None
    assert pat.post(f"{ROOT}/join", {"username": "jo", "password": PASSWORD}).status == 403


@pytest.mark.row("MU-10")
@pytest.mark.usefixtures("jo")
def test_where_managers_accept_it_waits_and_says_so(access: TenantAccess, riverside: TenantId, lee: Visitor) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=OPERATOR)
    done = lee.submit(found(lee), "Join Account")
    assert "An account manager has to accept it first." in done.text
    assert done.soup.select_one("form button.main") is None
    assert state(access, lee) == [("Riverside Clinic", "pending")]


@pytest.mark.row("MU-10", "INV-26")
def test_an_offer_that_holds_no_more_leads_back_to_the_first_step(
    access: TenantAccess, jo: PrincipalId, lee: Visitor, clock: FrozenClock
) -> None:
    offer = found(lee)
    access.execute(ChangePassword(PASSWORD, "another quick password"), by=jo)
    changed = lee.submit(offer, "Join Account")
    assert changed.status == 422
    late = found(lee, password="another quick password")
    clock.advance(timedelta(minutes=10))
    expired = lee.submit(late, "Join Account")
    assert changed.messages == expired.messages
    assert expired.soup.select_one("#password") is not None
    assert state(access, lee) == []


@pytest.mark.usefixtures("riverside", "jo")
def test_nothing_ticked_keeps_the_offer(access: TenantAccess, lee: Visitor) -> None:
    again = lee.submit(found(lee), "Join Account", tenant=None)
    assert (again.status, again.messages) == (422, ["Tick at least one practice."])
    assert state(access, lee) == []
    assert lee.submit(again, "Join Account").messages == ["You have joined Riverside Clinic."]


@pytest.mark.row("MU-10")
def test_what_one_has_already_is_shown_and_not_offered(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, portal: Portal
) -> None:
    lakeside = given(access).tenant("Lakeside")
    access.execute(AppointManager(lakeside, jo), by=OPERATOR)
    kim = Visitor(portal, given(access).registered(riverside, username="kim"), name="kim")
    offer = found(kim)
    boxes = {str(box["value"]): box.has_attr("disabled") for box in offer.soup.select('input[name="tenant"]')}
    assert boxes == {lakeside: False, riverside: True}
    assert "You have access there already." in offer.text
    both = kim.submit(offer, "Join Account", tenant=[lakeside, riverside])
    assert both.status == 409
    assert state(access, kim) == []
    assert kim.submit(both, "Join Account").messages == ["You have joined Lakeside."]


# --- asking without a password ---------------------------------------------------------------------------------------


@pytest.mark.row("MU-08", "INV-11")
def test_asking_has_one_receipt_whatever_there_is(access: TenantAccess, riverside: TenantId, lee: Visitor) -> None:
    receipts = []
    for linking in (Linking.PROOF, Linking.CONSENT):
        access.execute(ChangeLinking(riverside, linking=linking), by=OPERATOR)
        for number in ("01-2345678", "98-7654321"):
            page = lee.submit(lee.get(f"{ROOT}/join"), "Ask to be linked", number=number)
            receipts.append((page.status, page.url, page.messages))
    assert len({str(receipt) for receipt in receipts}) == 1
    assert receipts[0][2][0].startswith("Your request was received.")
    assert access.directory.search(riverside, pending=True, by=OPERATOR).ids == (lee.principal,)
    assert state(access, lee) == []
    for name in ("links", "account", "tenants"):
        assert "Riverside" not in lee.get(f"{ROOT}/{name}").text


@pytest.mark.row("MU-08", "INV-13")
def test_who_asks_says_who_it_is(access: TenantAccess, riverside: TenantId, lee: Visitor) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=OPERATOR)
    said = {"number": "01-2345678", "first_name": " Lee ", "last_name": "Chan", "email": "lee at billing"}
    wrong = lee.submit(lee.get(f"{ROOT}/join"), "Ask to be linked", **said)
    assert wrong.status == 422
    assert wrong.soup.select_one("#email[aria-invalid][value='lee at billing']") is not None
    assert wrong.soup.select_one("#last_name[value=Chan]") is not None
    lee.submit(wrong, "Ask to be linked", email="lee@billing.example")
    assert lee.principal is not None
    row = access.directory.member(riverside, lee.principal, by=OPERATOR).row
    assert row.contact == Contact("Lee", "Chan", "lee@billing.example")


@pytest.mark.row("MU-10")
def test_what_waits_for_a_manager_is_told_as_waiting(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: Visitor
) -> None:
    assert jo
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=OPERATOR)
    done = lee.submit(found(lee), "Join Account")
    asked = "You have asked to join Riverside Clinic. An account manager there has to accept it first."
    assert done.messages == [asked]


def test_of_many_only_how_many_is_told(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: Visitor
) -> None:
    assert riverside
    for number in range(5):
        access.execute(AppointManager(given(access).tenant(f"Clinic {number}"), jo), by=OPERATOR)
    assert lee.submit(found(lee), "Join Account").messages == ["You have joined 6 practices."]


def test_a_number_that_cannot_be_one_is_told_at_its_field(lee: Visitor, riverside: TenantId) -> None:
    assert riverside
    page = lee.submit(lee.get(f"{ROOT}/join"), "Ask to be linked", number="12")
    field = page.soup.select_one("#number")
    assert page.status == 422
    assert field is not None
    assert (field["value"], field["aria-invalid"]) == ("12", "true")
    assert page.soup.select_one(f"#{field['aria-describedby']}") is not None


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: Visitor) -> Visitor:
    assert lee.principal is not None
    given(access).linked(riverside, jo, by=lee.principal)
    return lee


@pytest.mark.row("INV-28")
def test_whoever_joined_ends_the_link_by_a_button_that_names_it(
    access: TenantAccess, riverside: TenantId, linked: Visitor
) -> None:
    linked.enter(riverside)
    page = linked.get(f"{ROOT}/links")
    asked = linked.get(_href(page))
    assert asked.heading == "End the link with Riverside Clinic"
    assert state(access, linked) == [("Riverside Clinic", "active")]
    done = linked.submit(asked, "Unlink Riverside Clinic", note="no longer needed")
    assert done.messages == ["The link with Riverside Clinic has ended."]
    assert linked.stored["sessions"] == []
    assert state(access, linked) == []
    assert linked.submit(asked, "Unlink Riverside Clinic").url == f"{ROOT}/links"


def _href(page: Answer) -> str:
    link = page.soup.select_one("main td a.button")
    assert link is not None
    return str(link["href"])


@pytest.mark.row("INV-28", "MC-09")
def test_whose_password_was_proven_sees_it_and_ends_it(
    access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId, linked: Visitor
) -> None:
    visitor = Visitor(portal, jo, name="jo")
    mine = visitor.enter(riverside)
    assert "lee Active" in mine.text
    page = visitor.get(f"{ROOT}/links")
    assert page.rows()[0][:3] == ["lee", "Riverside Clinic", "Active"]
    done = visitor.submit(visitor.get(_href(page)), "Unlink Riverside Clinic")
    assert "has ended" in done.messages[0]
    assert state(access, linked) == []


@pytest.mark.row("A01")
def test_nobody_else_sees_or_ends_a_link(
    access: TenantAccess, portal: Portal, riverside: TenantId, linked: Visitor
) -> None:
    eve = Visitor(portal, given(access).registered(riverside, username="eve"))
    url = f"{ROOT}/links/{riverside}/{linked.principal}"
    assert eve.get(url).status == 404
    assert eve.post(url, {"note": ""}).messages == []
    assert eve.get(f"{ROOT}/links/{riverside}/pri_{32 * '0'}").status == 404
    assert state(access, linked) == [("Riverside Clinic", "active")]


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("path", ["/join", "/join/accounts", "/join/ask"])
def test_another_field_refuses_the_whole_form(path: str, lee: Visitor) -> None:
    assert lee.post(f"{ROOT}{path}", {"level": "full"}).status == 422


def test_nobody_joins_without_signing_in(portal: Portal) -> None:
    stranger = Visitor(portal)
    for path in ("/join", "/links"):
        assert stranger.get(f"{ROOT}{path}").heading == "Sign in"
