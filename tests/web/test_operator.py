"""What whoever runs the service does in pages: tenants, their managers and states, and usernames everywhere."""

from datetime import timedelta

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import TenantAccess
from tenantaccess.commands import AppointManager, Disable, LastManager, UpdateContact
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.members import Contact
from tenantaccess.model.policy import Linking
from tenantaccess.model.tenants import TenantState
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import Portal
from tenantaccess.web.portal.pages import operator, suspending

PAGES = ("", "/open", "/unmanaged", "/people", "/people?username=maria")


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant(tin="01-2345678", segments=["medicaid"])


@pytest.fixture
def maria(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).manager(riverside, "maria")


@pytest.fixture
def staff(portal: Portal) -> Visitor:
    """Whoever runs the service, and is nobody's member."""
    return Visitor(portal, operator=OPERATOR, name="staff")


def page_of(visitor: Visitor, tenant: TenantId) -> Answer:
    return visitor.get(f"{ROOT}/operator/t/{tenant}")


class TestForWhom:
    @pytest.mark.row("AM-40", "INV-11")
    def test_the_pages_are_not_there_for_anybody_else(
        self, portal: Portal, riverside: TenantId, maria: PrincipalId
    ) -> None:
        for visitor in (Visitor(portal, maria), Visitor(portal)):
            absent = visitor.get(f"{ROOT}/nothing/here")
            for path in (*PAGES, f"/t/{riverside}"):
                there = visitor.get(f"{ROOT}/operator{path}")
                assert (there.status, there.messages, there.heading) == (404, absent.messages, absent.heading)
            for path in ("/open", f"/t/{riverside}", "/people"):
                assert visitor.post(f"{ROOT}/operator{path}", {"do": "suspend", "username": "maria"}).status == 404

    def test_each_opens_for_whoever_runs_the_service(self, staff: Visitor, riverside: TenantId) -> None:
        for path in (*PAGES[:-1], f"/t/{riverside}"):
            assert staff.get(f"{ROOT}/operator{path}").status == 200
        assert staff.get(f"{ROOT}/").heading == "All practices"
        assert page_of(staff, TenantId("ten_" + "0" * 32)).status == 404
        assert staff.get(f"{ROOT}/operator/t/nothing").status == 404


class TestTheList:
    @pytest.mark.row("AM-40")
    def test_all_tenants_by_the_page(self, access: TenantAccess, staff: Visitor, riverside: TenantId) -> None:
        for _ in range(operator.PAGE + 3):
            given(access).tenant("Clinic")
        first = staff.get(f"{ROOT}/operator")
        more = first.soup.select_one("a[rel=next]")
        assert more is not None
        second = staff.get(str(more["href"]))
        assert len(first.rows()) == operator.PAGE
        assert len(first.rows()) + len(second.rows()) == operator.PAGE + 4
        assert riverside

    @pytest.mark.row("AM-40")
    def test_they_are_found_by_how_their_names_begin_a_page_at_a_time(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId
    ) -> None:
        for number in range(operator.PAGE + 1):
            given(access).tenant(f"Ärzte {number:02}")
        page = staff.submit(staff.get(f"{ROOT}/operator"), "Search", name="arz")
        more = page.soup.select_one("a[rel=next]")
        assert more is not None
        found = page.rows() + staff.get(str(more["href"])).rows()
        assert [row[0] for row in found] == [f"Ärzte {number:02}" for number in range(operator.PAGE + 1)]
        assert [row[0] for row in staff.submit(page, "Search", name="RIVER").rows()] == ["Riverside Clinic"]
        nobody = staff.submit(page, "Search", name="zz")
        assert "No name begins so." in nobody.text
        assert nobody.soup.find("a", string="Show all", href=f"{ROOT}/operator") is not None
        assert staff.get(f"{ROOT}/operator?name=arz&after=nonsense").status == 422
        assert riverside

    @pytest.mark.row("AM-40")
    def test_every_list_is_reached_from_the_menu(self, staff: Visitor, riverside: TenantId) -> None:
        for path, name in (("", "All practices"), ("/unmanaged", "Unmanaged"), ("/people", "Usernames")):
            page = staff.get(f"{ROOT}/operator{path}")
            menu = page.soup.select_one("nav.menu")
            assert menu is not None
            assert [link.get_text() for link in menu.select("a")] == ["All practices", "Unmanaged", "Usernames"]
            assert [link.get_text() for link in menu.select("a[aria-current]")] == [name]
        assert riverside

    @pytest.mark.row("AM-40")
    def test_one_is_found_by_its_number_however_that_is_written(
        self, staff: Visitor, riverside: TenantId, maria: PrincipalId
    ) -> None:
        page = staff.get(f"{ROOT}/operator")
        found = staff.submit(page, "Search", number="012345678")
        assert (found.url, found.heading) == (f"{ROOT}/operator/t/{riverside}", "Riverside Clinic")
        assert "Tax ID •••••5678" in found.text
        assert "012345678" not in found.html
        assert "maria" in found.text
        assert staff.submit(page, "Search", number="999999999").status == 404
        assert staff.submit(page, "Search", number="12").status == 422
        assert maria


class TestOpening:
    @pytest.mark.row("AM-40", "MU-01")
    def test_with_a_new_username(self, access: TenantAccess, staff: Visitor) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        opened = staff.submit(
            page,
            "Open a practice",
            label="Lakeside",
            number__tin="98-7654321",
            segment=["medicare"],
            linking="consent",
            manager="new",
            username="tom",
            password="tom minds the lake",
            email="tom@lake.example",
        )
        assert opened.messages[0] == (
            "Lakeside was opened. tom may sign in at once. Tell the person the username and the password that you "
            "typed: the password is not mailed, and is not shown again."
        )
        tenant = access.tenants.find("tin", "987654321", by=OPERATOR)
        assert (tenant.name, sorted(tenant.segments), tenant.linking) == ("Lakeside", ["medicare"], Linking.CONSENT)
        tom = access.tenants.principal("tom", by=OPERATOR).id
        assert access.check(tenant.id, tom, "manage_account", "edit")
        again = staff.submit(
            page, "Open a practice", label="Lakeside", number__tin="98-7654321", segment=["medicare"],
            linking="consent", manager="new", username="tom", password="tom minds the lake", email="tom@lake.example",
        )  # fmt: skip
        assert again.url == opened.url

    @pytest.mark.row("AM-40")
    def test_with_a_username_that_exists_or_with_nobody(
        self, access: TenantAccess, staff: Visitor, maria: PrincipalId
    ) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        known = staff.submit(page, "Open a practice", label="Hilltop", manager="known", known="Maria")
        assert "maria Active" in known.text
        again = staff.get(f"{ROOT}/operator/open")
        nobody = staff.submit(again, "Open a practice", label="Seaside", manager="")
        assert "Nobody holds it." in nobody.text
        assert len(access.contexts.list_tenants(maria).entries) == 2

    def test_what_is_wrong_is_said_and_what_was_typed_is_kept_but_the_password(
        self, staff: Visitor, maria: PrincipalId
    ) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        typed = {"label": "Lakeside", "number__tin": "12", "username": "tom", "password": "tom minds the lake"}
        refused = staff.submit(page, "Open a practice", **typed)
        assert refused.status == 422
        assert refused.soup.find(id="number.tin-wrong") is not None
        kept = refused.soup.find(id="username")
        assert kept is not None
        assert kept["value"] == "tom"
        assert "tom minds the lake" not in refused.html
        taken = staff.submit(page, "Open a practice", label="Lakeside", manager="known", known="nobody.at.all")
        assert (taken.status, taken.messages) == (422, ["Nobody is called so."])
        in_use = staff.submit(page, "Open a practice", label="B", username="maria", password="tom minds the lake")
        assert (in_use.status, in_use.messages) == (409, ["This username is in use. Choose another one."])
        assert in_use.soup.find(id="username-wrong") is not None
        wrong = refused.soup.find(id="number.tin-wrong")
        assert wrong is not None
        assert wrong.get_text() == "Tax ID: must be 9 digits."
        assert maria

    @pytest.mark.row("AM-40")
    def test_a_number_that_another_one_has_is_told_at_its_field(self, staff: Visitor, riverside: TenantId) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        refused = staff.submit(page, "Open a practice", label="Lakeside", number__tin="012345678", manager="")
        assert refused.status == 409
        wrong = refused.soup.find(id="number.tin-wrong")
        assert wrong is not None
        assert wrong.get_text() == "This Tax ID is taken: another practice has it."
        assert riverside

    def test_each_choice_of_a_manager_is_followed_by_its_own_fields(self, staff: Visitor) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        names = [str(field["name"]) for field in page.soup.select("main input") if field.get("type") != "hidden"]
        begun = names.index("manager")
        assert names[begun:] == [
            "manager", "username", "password", "email", "first_name", "last_name", "phone",
            "manager", "known", "manager",
        ]  # fmt: skip

    @pytest.mark.row("INV-24")
    def test_a_field_too_many_refuses_the_whole_form(self, access: TenantAccess, staff: Visitor) -> None:
        page = staff.get(f"{ROOT}/operator/open")
        assert staff.submit(page, "Open a practice", label="Lakeside", manager="", state="open").status == 422
        assert access.tenants.page(by=OPERATOR) == []


class TestOneTenant:
    @pytest.mark.row("MU-01")
    def test_it_is_suspended_reopened_and_closed_by_its_name(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId, maria: PrincipalId
    ) -> None:
        page = page_of(staff, riverside)
        suspended = staff.submit(page, "Suspend", note="unpaid")
        assert suspended.messages == ["Riverside Clinic is suspended."]
        assert not access.check(riverside, maria, "claims", "view")
        assert staff.submit(suspended, "Reopen").messages == ["Riverside Clinic is open again."]
        assert access.check(riverside, maria, "claims", "view")
        wrong = staff.submit(page, "Close for good", name="riverside")
        assert (wrong.status, wrong.messages[0][:20]) == (422, "Type the name exactl")
        closed = staff.submit(page, "Close for good", name="Riverside Clinic")
        assert closed.messages == ["Riverside Clinic is closed."]
        assert closed.soup.select("main form") == []
        assert access.tenants.look(riverside, by=OPERATOR).state is TenantState.CLOSED
        assert staff.post(closed.url, {"do": "reopen"}).status == 409

    @pytest.mark.row("AM-40")
    def test_a_manager_is_appointed_by_username(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId
    ) -> None:
        lee = given(access).pending(username="lee")
        page = page_of(staff, riverside)
        done = staff.submit(page, "Appoint an account manager", known="Lee")
        assert done.messages == ["Lee is an account manager now."]
        assert access.check(riverside, lee, "manage_account", "edit")
        nobody = staff.submit(page, "Appoint an account manager", known="nobody.at.all")
        assert nobody.status == 422

    @pytest.mark.row("AM-24", "AM-40")
    def test_who_waits_there_is_shown_the_oldest_first(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId, clock: FrozenClock
    ) -> None:
        assert "Who waits for an answer" not in page_of(staff, riverside).text
        for name in ("zoe", "amy"):
            given(access).pending(riverside, username=name)
            clock.advance(timedelta(days=1))
        waiting = page_of(staff, riverside).soup.select_one("section[aria-labelledby=waiting] ul")
        assert waiting is not None
        assert " ".join(waiting.get_text(" ").split()) == "zoe Asked 2026-01-05 amy Asked 2026-01-06"

    @pytest.mark.row("MU-08")
    def test_how_others_may_join_is_changed(self, access: TenantAccess, staff: Visitor, riverside: TenantId) -> None:
        staff.submit(page_of(staff, riverside), "Save", linking="off")
        assert access.tenants.look(riverside, by=OPERATOR).linking is Linking.OFF
        assert staff.submit(page_of(staff, riverside), "Save", linking="maybe").status == 422


class TestUnmanaged:
    @pytest.mark.row("AM-40", "INV-19")
    def test_they_are_listed_with_who_waits_in_bounded_pages(
        self,
        access: TenantAccess,
        staff: Visitor,
        riverside: TenantId,
        maria: PrincipalId,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        lakeside = given(access).tenant("Lakeside")
        given(access).pending(lakeside)
        monkeypatch.setattr(operator, "LOOKED_AT", 1)
        page, found = staff.get(f"{ROOT}/operator/unmanaged"), []
        while True:
            found += page.rows()
            more = page.soup.select_one("a[rel=next]")
            if more is None:
                break
            page = staff.get(str(more["href"]))
        assert [(row[0], row[3]) for row in found] == [("Lakeside", "1")]
        access.execute(Disable(riverside, maria, last_manager=LastManager.OVERRIDE), by=OPERATOR)
        monkeypatch.setattr(operator, "LOOKED_AT", 200)
        both = staff.get(f"{ROOT}/operator/unmanaged")
        assert sorted(row[0] for row in both.rows()) == ["Lakeside", "Riverside Clinic"]

    def test_none_found_says_whether_all_were_looked_at(
        self, staff: Visitor, maria: PrincipalId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "Every practice has an account manager." in staff.get(f"{ROOT}/operator/unmanaged").text
        monkeypatch.setattr(operator, "LOOKED_AT", 1)
        some = staff.get(f"{ROOT}/operator/unmanaged").text
        assert "Each of the practices looked at on this page has an account manager." in some
        assert maria


class TestUsernames:
    @pytest.mark.row("AM-40")
    def test_who_it_is_and_where_they_work_stands_before_the_button(
        self,
        access: TenantAccess,
        staff: Visitor,
        riverside: TenantId,
        maria: PrincipalId,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        lakeside = given(access).tenant("Lakeside")
        access.execute(AppointManager(lakeside, maria), by=OPERATOR)
        access.execute(UpdateContact(lakeside, maria, contact=Contact("Maria", "Lopez")), by=OPERATOR)
        page = staff.get(f"{ROOT}/operator/people?username=maria")
        facts = page.soup.select_one("section[aria-labelledby=found] dl")
        assert facts is not None
        told = " ".join(facts.get_text(" ").split())
        assert "Name Maria Lopez" in told
        assert "Works in Lakeside Riverside Clinic" in told
        access.execute(Disable(lakeside, maria, last_manager=LastManager.OVERRIDE), by=OPERATOR)
        assert "Works in Lakeside (Disabled) Riverside Clinic" in staff.get(page.url).text
        button = page.soup.find("button", string="Suspend everywhere")
        assert button is not None
        asks = page.soup.find("dialog", id=button["data-ask"])
        assert asks is not None
        assert "maria" in asks.get_text()
        monkeypatch.setattr(suspending, "TENANTS", 1)
        assert "Lakeside (Disabled) and others (1 are shown)" in staff.get(page.url).text
        assert riverside

    def test_one_is_suspended_everywhere_and_back(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId, maria: PrincipalId, clock: FrozenClock
    ) -> None:
        jo = given(access).member(riverside, levels={"claims": "view"}, username="jo")
        page = staff.submit(staff.get(f"{ROOT}/operator/people"), "Find", username="JO")
        done = staff.submit(page, "Suspend everywhere", note="lost laptop")
        assert done.messages == ["jo is suspended everywhere."]
        assert f"Suspended since {clock.now():%Y-%m-%d}" in done.text
        assert not access.check(riverside, jo, "claims", "view")
        clock.advance(timedelta(minutes=1))
        back = staff.submit(done, "End the suspension")
        assert back.messages == ["The suspension of jo was ended."]
        assert access.check(riverside, jo, "claims", "view")
        assert maria
        assert staff.get(f"{ROOT}/operator/people?username=nobody.at.all").status == 404
        assert staff.get(f"{ROOT}/operator/people?username=:").status == 422

    @pytest.mark.row("INV-19")
    def test_a_tenant_is_left_without_a_manager_only_by_name(
        self, access: TenantAccess, staff: Visitor, riverside: TenantId, maria: PrincipalId
    ) -> None:
        lakeside = given(access).tenant("Lakeside")
        access.execute(AppointManager(lakeside, maria), by=OPERATOR)
        page = staff.get(f"{ROOT}/operator/people?username=maria")
        first = staff.submit(page, "Suspend everywhere", note="left")
        assert first.status == 409
        boxes = [str(box["value"]) for box in first.soup.select("input[name=orphaning]")]
        assert len(boxes) == 1
        second = staff.submit(first, "Suspend everywhere", orphaning=boxes)
        both = [str(box["value"]) for box in second.soup.select("input[name=orphaning]")]
        assert sorted(both) == sorted([riverside, lakeside])
        note = second.soup.find(id="note")
        assert note is not None
        assert note["value"] == "left"
        done = staff.submit(second, "Suspend everywhere", orphaning=both)
        assert done.messages == ["maria is suspended everywhere."]
        with pytest.raises(TenantAccessError):
            access.contexts.enter(riverside, maria)


class TestSettings:
    @pytest.mark.row("MU-08")
    def test_a_manager_chooses_how_others_may_join(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, maria: PrincipalId
    ) -> None:
        visitor = Visitor(portal, maria)
        visitor.enter(riverside)
        page = visitor.get(f"{ROOT}/t/{riverside}/settings")
        checked = page.soup.select_one("input[checked]")
        assert checked is not None
        assert checked["value"] == "proof"
        done = visitor.submit(page, "Save", linking="both")
        assert done.messages == ["How others may join was saved."]
        assert access.tenants.look(riverside, by=OPERATOR).linking is Linking.BOTH
        assert visitor.submit(visitor.get(page.url), "Save").messages == ["Nothing was changed."]
        assert visitor.submit(page, "Save", linking="maybe").status == 422

    @pytest.mark.row("MU-08")
    def test_whoever_may_not_reads_why(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, maria: PrincipalId
    ) -> None:
        resting = Visitor(portal, given(access).member(riverside, role=ACCOUNT_MANAGER, by=maria))
        resting.enter(riverside)
        page = resting.get(f"{ROOT}/t/{riverside}/settings")
        assert "A membership that rests on another one admits nobody." in page.text
        assert resting.post(page.url, {"linking": "off"}).status == 403
        viewer = Visitor(portal, given(access).member(riverside, levels={"manage_account": "view"}))
        viewer.enter(riverside)
        seen = viewer.get(page.url)
        button = seen.soup.select_one("main button")
        assert button is not None
        assert button.has_attr("disabled")
        worker = Visitor(portal, given(access).member(riverside, levels={"claims": "view"}))
        worker.enter(riverside)
        assert worker.get(page.url).status == 403
