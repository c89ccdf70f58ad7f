"""Where one begins, and the switch from one tenant to another."""

import json
from datetime import timedelta

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import TenantAccess
from tenantaccess.commands import AppointManager, Disable, Enable, LastManager
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import Kept, Page, Portal, Redirect
from tenantaccess.web.portal.kept import MOST_TENANTS
from tenantaccess.web.portal.layout import MOST_IN_SELECT
from tenantaccess.web.portal.pages import switcher


def followed(visitor: Visitor, page: Answer, label: str) -> Answer:
    """Return where the link called *label* leads."""
    return visitor.get(next(str(link["href"]) for link in page.soup.select("a") if link.get_text() == label))


def shown(page: Answer) -> str:
    """Return the name of the tenant that *page* says the visitor is in."""
    chosen = page.soup.select_one(".switcher select[name=tenant] [selected]")
    return "" if chosen is None else chosen.get_text()


class TestTheBeginning:
    def test_a_stranger_is_asked_to_sign_in(self, portal: Portal) -> None:
        page = Visitor(portal).get(f"{ROOT}/")
        assert page.heading == "Sign in"

    def test_the_only_tenant_is_entered(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant(tin="012345678")
        maria = Visitor(portal, given(access).manager(riverside))
        answer = maria.ask("GET", f"{ROOT}/", {})
        assert answer == Redirect(f"{ROOT}/t/{riverside}")
        assert [session[0] for session in maria.stored["sessions"]] == [riverside]

    def test_a_host_is_gone_back_to_once_it_was_entered(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        assert maria.ask("GET", f"{ROOT}/?next=/claims", {}) == Redirect("/claims")
        assert [session[0] for session in maria.stored["sessions"]] == [riverside]
        assert maria.ask("GET", f"{ROOT}/?next=//evil.example", {}) == Redirect(f"{ROOT}/t/{riverside}")

    def test_of_several_the_person_chooses(self, access: TenantAccess, portal: Portal) -> None:
        riverside, lakeside = given(access).tenant("Riverside"), given(access).tenant("Lakeside")
        lee = given(access).registered(riverside)
        given(access).linked(lakeside, given(access).member(lakeside, levels={"claims": "view"}), by=lee)
        page = Visitor(portal, lee).get(f"{ROOT}/")
        assert page.heading == "Choose one of your practices"
        assert [one.get_text() for one in page.soup.select("h2")] == ["Lakeside", "Riverside"]


class TestSwitching:
    @pytest.mark.row("MU-11", "INV-29")
    def test_it_gives_the_session_a_new_identifier(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        maria.enter(riverside)
        assert maria.renewed == 1

    @pytest.mark.row("A05", "INV-14")
    def test_nobody_enters_what_is_not_theirs(self, access: TenantAccess, portal: Portal) -> None:
        riverside, lakeside = given(access).tenant(), given(access).tenant("Lakeside")
        maria = Visitor(portal, given(access).manager(riverside))
        foreign, absent = maria.enter(lakeside), maria.enter(type(lakeside)("ten_" + "0" * 32))
        assert foreign.status == absent.status == 404
        assert foreign.messages == absent.messages
        assert maria.stored.get("sessions", []) == []

    @pytest.mark.row("INV-14", "INV-29")
    def test_a_tab_stays_in_its_tenant_on_pages_about_the_person(self, access: TenantAccess, portal: Portal) -> None:
        riverside, lakeside = given(access).tenant("Riverside"), given(access).tenant("Lakeside")
        northside = given(access).registered(riverside, levels={"codes": "full"})
        given(access).linked(lakeside, given(access).manager(lakeside), by=northside)
        visitor = Visitor(portal, northside)
        visitor.enter(riverside)
        begun = visitor.get(f"{ROOT}/t/{riverside}")
        visitor.enter(lakeside)  # in another tab
        for label in ("Copy codes", "Access other accounts", "Account details"):
            page = followed(visitor, begun, label)
            assert shown(page) == "Riverside", label
            assert page.url.startswith(f"{ROOT}/t/{riverside}/"), label
            assert {shown(followed(visitor, page, name)) for name in ("My access", "Copy codes")} == {"Riverside"}
        chosen = followed(visitor, begun, "Copy codes").soup.select_one("#from [selected]")
        assert chosen is not None
        assert chosen["value"] == riverside
        assert shown(visitor.get(f"{ROOT}/copy")) == "Lakeside"

    def test_a_tenant_that_is_closed_keeps_nobody_from_pages_about_themselves(
        self, access: TenantAccess, portal: Portal
    ) -> None:
        riverside, lakeside = given(access).tenant("Riverside"), given(access).tenant("Lakeside")
        jo = given(access).registered(riverside)
        given(access).linked(lakeside, given(access).manager(lakeside), by=jo)
        visitor = Visitor(portal, jo)
        visitor.enter(lakeside)
        visitor.enter(riverside)
        opened = visitor.get(f"{ROOT}/t/{riverside}/account")
        access.execute(Disable(riverside, jo), by=OPERATOR)
        for _ in range(2):
            page = visitor.get(f"{ROOT}/t/{riverside}/account")
            assert (page.status, page.heading, shown(page)) == (200, "Account details", "")
        done = visitor.submit(opened, "Change Password", current=PASSWORD, new="a brown fox", again="a brown fox")
        assert done.messages == ["Your password was changed. You are signed out everywhere else."]

    def test_a_page_that_was_not_entered_asks_first(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        asked = maria.get(f"{ROOT}/t/{riverside}")
        assert asked.heading == "Choose one of your practices"
        card = asked.soup.select_one(".card.meant")
        assert card is not None
        assert "Riverside Clinic" in card.get_text()

    @pytest.mark.row("INV-21", "A27")
    def test_who_was_disabled_and_enabled_again_enters_anew(
        self, access: TenantAccess, portal: Portal, clock: FrozenClock
    ) -> None:
        riverside = given(access).tenant()
        jo = given(access).member(riverside)
        visitor = Visitor(portal, jo)
        visitor.enter(riverside)
        access.execute(Disable(riverside, jo), by=OPERATOR)
        clock.advance(timedelta(minutes=1))
        access.execute(Enable(riverside, jo), by=OPERATOR)
        page = visitor.get(f"{ROOT}/t/{riverside}")
        assert page.heading == "Choose one of your practices"
        assert visitor.stored["sessions"] == []

    @pytest.mark.row("A52")
    @pytest.mark.parametrize(
        "there",
        [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "/ /evil.example",
            "/\t/evil.example",
            "@evil.example",
            "javascript:alert(1)",
            "evil",
            "",
        ],
    )
    def test_nothing_leads_to_another_host(self, access: TenantAccess, portal: Portal, there: str) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        answer = maria.ask("POST", f"{ROOT}/switch", {"tenant": [riverside], "next": [there]})
        assert answer == Redirect(f"{ROOT}/t/{riverside}")


class TestManyTenants:
    """Above so many as can be chosen from, one reads where one is, and chooses on a page of its own."""

    @pytest.fixture
    def maria(self, access: TenantAccess) -> PrincipalId:
        """Who manages 16 practices, of which the last one by name is disabled there."""
        tenants = [self.named(access, number) for number in range(MOST_IN_SELECT + 1)]
        maria = given(access).manager(tenants[0], "maria")
        for tenant in tenants[1:]:
            access.execute(AppointManager(tenant, maria), by=OPERATOR)
        access.execute(Disable(tenants[-1], maria, last_manager=LastManager.OVERRIDE), by=OPERATOR)
        return maria

    def named(self, access: TenantAccess, number: int) -> TenantId:
        return given(access).tenant(f"Practice {number:02}", tin=f"{number:02}7654321")

    def test_as_many_as_fit_are_chosen_from_at_the_top(self, access: TenantAccess, portal: Portal) -> None:
        tenants = [self.named(access, number) for number in range(MOST_IN_SELECT)]
        maria = given(access).manager(tenants[0], "maria")
        for tenant in tenants[1:]:
            access.execute(AppointManager(tenant, maria), by=OPERATOR)
        visitor = Visitor(portal, maria)
        visitor.enter(tenants[3])
        page = visitor.get(f"{ROOT}/account")
        assert len(page.soup.select(".switcher select[name=tenant] option")) == MOST_IN_SELECT
        assert shown(page) == "Practice 03"

    @pytest.mark.row("MU-11", "MU-12")
    @pytest.mark.parametrize("count", [16, 30])
    def test_above_that_one_reads_where_one_is_with_its_number(
        self, access: TenantAccess, portal: Portal, maria: PrincipalId, count: int
    ) -> None:
        more = [self.named(access, number) for number in range(MOST_IN_SELECT + 1, count)]
        for tenant in more:
            access.execute(AppointManager(tenant, maria), by=OPERATOR)
        visitor = Visitor(portal, maria)
        last = access.contexts.list_tenants(maria, search=f"Practice {14 if count == 16 else 29}").entries[0].id
        visitor.enter(last)
        page = visitor.get(f"{ROOT}/t/{last}")
        top = page.soup.select_one(".switcher")
        assert top is not None
        assert top.select("select[name=tenant]") == []
        told = top.get_text(" ", strip=True)
        assert f"Practice {14 if count == 16 else 29}" in told
        assert "Tax ID •••••4321" in told
        assert [link["href"] for link in top.select("a")] == [f"{ROOT}/tenants"]

    @pytest.mark.row("MU-12", "AM-15")
    def test_they_are_searched_by_name_and_by_number(self, portal: Portal, maria: PrincipalId) -> None:
        visitor = Visitor(portal, maria)
        page = visitor.get(f"{ROOT}/tenants")
        for asked in ("practice 07", "077654321"):
            found = visitor.submit(page, "Search", search=asked)
            assert [one.get_text() for one in found.soup.select("h2")] == ["Practice 07"], asked
        nobody = visitor.submit(page, "Search", search="elsewhere")
        assert nobody.soup.select("h2") == []
        assert "None of your practices matches." in nobody.text

    @pytest.mark.row("MU-12")
    def test_the_list_goes_on_and_misses_none(self, access: TenantAccess, portal: Portal, maria: PrincipalId) -> None:
        for number in range(MOST_IN_SELECT + 1, 30):
            access.execute(AppointManager(self.named(access, number), maria), by=OPERATOR)
        visitor = Visitor(portal, maria)
        first = visitor.submit(visitor.get(f"{ROOT}/tenants"), "Search", search="Practice")
        more = first.soup.select_one("a[rel=next]")
        assert more is not None
        second = visitor.get(str(more["href"]))
        names = [one.get_text() for page in (first, second) for one in page.soup.select("h2")]
        assert names == [f"Practice {number:02}" for number in range(30)]
        assert len(first.soup.select("h2")) == switcher.PAGE

    @pytest.mark.row("MU-12", "AM-16")
    def test_one_that_is_shut_says_why_and_is_no_way_in(self, portal: Portal, maria: PrincipalId) -> None:
        visitor = Visitor(portal, maria)
        found = visitor.submit(visitor.get(f"{ROOT}/tenants"), "Search", search="Practice 15")
        (card,) = found.soup.select(".card")
        assert "Your access was disabled on" in card.get_text()
        assert card.select("form, button") == []
        assert [link.get_text() for link in card.select("a")] == ["What you have there, and whom to ask: Practice 15"]


class TestForms:
    def test_a_form_of_another_site_changes_nothing(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        answer = maria.post(f"{ROOT}/switch", {"tenant": riverside}, is_genuine=False)
        assert answer.status == 403
        assert maria.stored == {}

    def test_whoever_was_signed_out_meanwhile_is_told_so_and_signs_in(
        self, access: TenantAccess, portal: Portal
    ) -> None:
        riverside = given(access).tenant()
        for path in ("/switch", f"/t/{riverside}/leave", "/account/password", "/sign-out"):
            sent = {"tenant": riverside} if path == "/switch" else {}
            for is_genuine in (False, True):
                answer = Visitor(portal).post(f"{ROOT}{path}", sent, is_genuine=is_genuine)
                if path == "/sign-out" and is_genuine:
                    continue  # there is nothing left to do
                assert answer.heading == "Sign in"
                assert answer.messages[0].startswith(
                    "You were signed out meanwhile. What you sent last may not have been done"
                )

    def test_a_strangers_form_that_is_too_old_is_opened_again(self, portal: Portal) -> None:
        refused = Visitor(portal).post(f"{ROOT}/request-access", {}, is_genuine=False)
        assert (refused.status, refused.heading) == (403, "This form is too old")

    @pytest.mark.row("INV-24", "A18")
    def test_a_field_too_many_refuses_the_whole_form(self, access: TenantAccess, portal: Portal) -> None:
        riverside = given(access).tenant()
        maria = Visitor(portal, given(access).manager(riverside))
        answer = maria.post(f"{ROOT}/switch", {"tenant": riverside, "is_manager": "1"})
        assert answer.status == 422
        assert maria.stored.get("sessions", []) == []


class TestSigningIn:
    def test_the_right_password_opens_and_a_wrong_one_says_nothing(self, access: TenantAccess, portal: Portal) -> None:
        given(access).manager(given(access).tenant(), "maria")
        visitor = Visitor(portal)
        page = visitor.get(f"{ROOT}/sign-in")
        wrong = visitor.submit(page, "Sign in", username="maria", password="not hers")
        nobody = visitor.submit(page, "Sign in", username="nobody.at.all", password="not hers")
        assert wrong.messages == nobody.messages
        assert (wrong.status, nobody.status, visitor.principal) == (422, 422, None)

    def test_guessing_ends(self, access: TenantAccess, portal: Portal) -> None:
        given(access).manager(given(access).tenant(), "maria")
        visitor = Visitor(portal)
        page = visitor.get(f"{ROOT}/sign-in")
        statuses = [visitor.submit(page, "Sign in", username="maria", password="x").status for _ in range(6)]
        assert statuses == [422] * 5 + [429]


@pytest.mark.row("INV-29", "INV-40")
@pytest.mark.parametrize("letter", ["x", "\u8a69", "\U0001f642"])
def test_what_a_session_keeps_fits_into_a_cookie(access: TenantAccess, letter: str) -> None:
    make = given(access)
    tenants = [make.tenant(segments=["medicaid"]) for _ in range(MOST_TENANTS + 2)]
    maria = make.manager(tenants[0], "maria")
    for tenant in tenants[1:]:
        access.execute(AppointManager(tenant, maria), by=OPERATOR)
    kept = Kept.loaded(None, maria)
    for tenant in tenants:
        kept.entered(access.contexts.enter(tenant, maria, "medicaid"))
    for _ in range(5):
        kept.tell(letter * 2_000)
    assert len(json.dumps(kept.stored)) < 2_000
    again = Kept.loaded(json.loads(json.dumps(kept.stored)), maria)
    assert again.sessions == kept.sessions
    assert list(again.sessions) == tenants[-MOST_TENANTS:]
    assert again.messages
    assert all(text.startswith(letter * 20) for _, text in again.messages)


@pytest.mark.row("INV-14")
@pytest.mark.parametrize("wrong", [None, "ten_x", {}, [], ["ten_x", 1, 0, 0, None], ["ten_x"] * 5, 7])
def test_what_cannot_be_read_of_a_session_is_dropped(access: TenantAccess, wrong: object) -> None:
    maria = given(access).manager(given(access).tenant(), "maria")
    assert Kept.loaded({"sessions": [wrong], "whose": maria}, maria).sessions == {}
    assert Kept.loaded({"sessions": wrong, "whose": maria}, maria).sessions == {}


@pytest.mark.parametrize("path", ["/tenants", "/account", "/account/password"])
def test_what_a_page_takes_is_said_where_it_takes_something_else(portal: Portal, path: str) -> None:
    answer = Visitor(portal).ask("PUT", f"{ROOT}{path}", {})
    assert isinstance(answer, Page)
    taken = "GET, HEAD, POST" if path == "/account/password" else "GET, HEAD"
    assert (answer.status, answer.headers["Allow"]) == (405, taken)


@pytest.mark.row("INV-11", "INV-29")
def test_what_somebody_was_to_be_told_is_not_told_to_whoever_comes_next(access: TenantAccess) -> None:
    maria = given(access).manager(given(access).tenant(), "maria")
    kept = Kept.loaded(None, maria)
    kept.tell("Removed: jo.")
    assert Kept.loaded(kept.stored, maria).told() == [("done", "Removed: jo.")]
    assert Kept.loaded(kept.stored, given(access).pending(username="lee")).told() == []
    assert Kept.loaded(kept.stored, None).told() == []
    stranger = Kept.loaded(None, None)
    stranger.tell("Sign in with it.")
    assert Kept.loaded(stranger.stored, maria).told() == [("done", "Sign in with it.")]
