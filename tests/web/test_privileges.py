"""The matrix in pages: seen, filled, previewed, saved once; what others changed meanwhile is shown."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.services.statements import statements
from tests.web.site import ROOT, Answer, Visitor, portal_of

from tenantaccess import TenantAccess
from tenantaccess.commands import ChangePrivileges, EditRole, LastManager, SetDates, UpdateContact
from tenantaccess.demo.world import CATALOG
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, TenantId
from tenantaccess.model.members import Contact
from tenantaccess.model.privileges import Cell, Edit
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher
from tenantaccess.web.portal import Portal
from tenantaccess.web.portal.words import CATALOGUE

FULL, VIEW, NONE = LevelKey("full"), LevelKey("view"), LevelKey("none")


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant(segments=["medicaid"])


@pytest.fixture
def maria(access: TenantAccess, portal: Portal, riverside: TenantId) -> Visitor:
    """A manager beside whom there is another one, in the tenant already."""
    given(access).manager(riverside, "zoe")
    visitor = Visitor(portal, given(access).manager(riverside, "maria"), name="maria")
    visitor.enter(riverside)
    return visitor


@pytest.fixture
def dated(access: TenantAccess, portal: Portal, clock: FrozenClock, riverside: TenantId) -> Visitor:
    """A manager until next month, beside whom somebody has to manage for good."""
    kim = given(access).manager(riverside, "kim")
    access.execute(
        SetDates(riverside, kim, valid_until=clock.now() + timedelta(days=30), last_manager=LastManager.OVERRIDE),
        by=OPERATOR,
    )
    visitor = Visitor(portal, kim)
    visitor.enter(riverside)
    return visitor


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).member(riverside, levels={"claims": VIEW}, role="biller", username="jo")


def matrix_of(visitor: Visitor, tenant: TenantId, more: str = "") -> Answer:
    return visitor.get(f"{ROOT}/t/{tenant}/privileges{more}")


def field(principal: PrincipalId, resource: str = "claims") -> str:
    return f"cell__{principal}__{resource}"


def cell(access: TenantAccess, tenant: TenantId, who: PrincipalId, resource: str = "claims") -> Cell:
    return access.privileges.matrix(tenant, limit=500, by=OPERATOR).cell(who, resource)


def chosen(page: Answer) -> Mapping[str, str]:
    """Return what each list on the page shows, by its label."""
    found = {}
    for select in page.soup.select("td select"):
        option = select.select_one("option[selected]") or select.option
        assert option is not None
        found[str(select["aria-label"])] = option.get_text(strip=True)
    return found


class TestSeeing:
    @pytest.mark.row("MU-13", "MU-15")
    def test_usernames_by_portions_with_what_is_set_and_what_a_role_says(
        self, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = matrix_of(maria, riverside)
        assert page.heading == "Username privileges"
        heads = [head.get_text(" ", strip=True) for head in page.soup.select("thead th[scope=col]")]
        assert "Areas: 7. Those out of sight come up when you scroll the table sideways." in page.text
        assert heads[:3] == ["Username", "Claims Set all : Claims", "Assessments Set all : Assessments"]
        assert not any("Health passport" in head for head in heads)
        assert "Not used, and therefore not shown: Health passport." in page.text
        seen = chosen(page)
        assert seen["Claims: jo"] == "View only"
        assert seen["Eligibility: jo"] == "View only (role)"
        assert seen["Manage account: jo"] == "No access (role)"
        assert seen["Claims: zoe"] == "Full access (role)"
        assert page.soup.select_one(f'a[href="{ROOT}/t/{riverside}/users/{jo}"]') is not None

    @pytest.mark.row("MU-13", "AM-12")
    def test_names_and_whoever_is_not_active_are_told(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(UpdateContact(riverside, jo, contact=Contact("Jo", "Smith")), by=OPERATOR)
        kim = given(access).pending(riverside, "kim")
        page = matrix_of(maria, riverside)
        heads = {str(one.bdi.get_text()): one for one in page.soup.select("tbody th") if one.bdi is not None}
        assert "Smith, Jo" in heads["jo"].get_text()
        assert heads["jo"].select_one(".chip") is None
        chip = heads["kim"].select_one(".chip.pending")
        assert chip is not None
        assert chip.get_text() == "Pending"
        late = given(access).unverified(riverside, username="late")
        page = matrix_of(maria, riverside)
        preview = maria.submit(page, "Preview the changes", **{field(who): FULL for who in (jo, kim, late)})
        told = {row[0]: row[-1] for row in preview.rows()}
        assert told == {
            "jo": "Yes",
            "kim Pending": CATALOGUE["until_approved"],
            "late Unverified": CATALOGUE["once_active"],
        }

    @pytest.mark.row("MU-13", "INV-11")
    def test_whoever_only_works_there_does_not_see_it_and_a_stranger_finds_nothing(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
    ) -> None:
        visitor = Visitor(portal, jo)
        visitor.enter(riverside)
        assert matrix_of(visitor, riverside).status == 403
        lakeside = given(access).tenant("Lakeside")
        foreign = matrix_of(visitor, lakeside)
        assert foreign.heading == matrix_of(visitor, TenantId("ten_" + "0" * 32)).heading

    def test_whoever_views_the_roster_sees_it_with_nothing_to_press(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
    ) -> None:
        visitor = Visitor(portal, given(access).member(riverside, levels={"manage_account": VIEW}))
        visitor.enter(riverside)
        page = matrix_of(visitor, riverside)
        assert all(select.has_attr("disabled") for select in page.soup.select("td select"))
        assert page.soup.select("main form button") == []
        assert "Only an account manager changes it." in page.text
        sent = {f"seen.{jo}": "claims=view!", f"cell.{jo}.claims": FULL, "do": "save"}
        assert visitor.post(f"{ROOT}/t/{riverside}/privileges", sent).status == 403
        assert cell(access, riverside, jo).level == VIEW

    @pytest.mark.row("INV-18", "AM-08")
    def test_the_own_row_is_shut_and_says_why(self, maria: Visitor, riverside: TenantId) -> None:
        page = matrix_of(maria, riverside)
        mine = [select for select in page.soup.select("td select") if str(select["aria-label"]).endswith(": maria")]
        assert mine
        assert [one for one in page.soup.select("button.small") if one.get_text().endswith(": maria")] == []
        assert all(select.has_attr("disabled") for select in mine)
        why = page.soup.find(id=mine[0]["aria-describedby"])
        assert why is not None
        assert "Nobody can do this to their own membership." in why.get_text()

    @pytest.mark.row("INV-22")
    def test_what_is_above_what_one_holds_cannot_be_chosen(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
    ) -> None:
        given(access).manager(riverside)
        kim = given(access).member(riverside, levels={"manage_account": FULL, "claims": VIEW})
        visitor = Visitor(portal, kim)
        visitor.enter(riverside)
        page = matrix_of(visitor, riverside)
        claims = page.soup.select_one('select[aria-label="Claims: jo"]')
        assert claims is not None
        assert not claims.has_attr("disabled")
        shut = [option.get_text() for option in claims.select("option[disabled]")]
        assert shut == ["Full access (role)", "Full access"]
        assert "Nobody gives more than they hold." in page.text
        preview = visitor.submit(page, "Preview the changes", **{field(jo): FULL})
        assert "Nobody gives more than they hold." in preview.text
        assert "Save the changes" not in preview.text

    @pytest.mark.row("INV-19")
    def test_who_alone_manages_for_good_keeps_the_managing_level(
        self, access: TenantAccess, riverside: TenantId, dated: Visitor
    ) -> None:
        zoe = given(access).manager(riverside, "zoe")
        assert access.privileges.matrix(riverside, by=OPERATOR).cell(zoe, "manage_account").level == FULL
        page = matrix_of(dated, riverside)
        managing = page.soup.select_one('select[aria-label="Manage account: zoe"]')
        assert managing is not None
        assert [option.get_text() for option in managing.select("option[disabled]")] == ["View only", "No access"]
        claims = page.soup.select_one('select[aria-label="Claims: zoe"]')
        assert claims is not None
        assert claims.select("option[disabled]") == []

    @pytest.mark.row("INV-19")
    def test_what_may_be_done_to_each_may_not_be_done_to_all(
        self, access: TenantAccess, riverside: TenantId, dated: Visitor
    ) -> None:
        both = [given(access).manager(riverside), given(access).manager(riverside)]
        page = matrix_of(dated, riverside)
        wanted = {field(who, "manage_account"): VIEW for who in both}
        preview = dated.submit(page, "Preview the changes", **wanted)
        assert [row[-1] for row in preview.rows()] == ["Yes", "Yes"]
        assert "The tenant would be left without an account manager." in preview.messages[0]
        assert "Save the changes" not in preview.text


class TestEditing:
    @pytest.mark.row("MU-14", "MU-15")
    def test_a_change_is_previewed_and_then_saved_once(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = matrix_of(maria, riverside)
        changed = {field(jo): FULL, field(jo, "codes"): NONE, field(jo, "eligibility"): ""}
        preview = maria.submit(page, "Preview the changes", **changed)
        assert preview.rows() == [
            ["jo", "Claims", "View only, set here", "Full access, set here", "Yes"],
            ["jo", "Codes and payers", "Full access, not set here", "No access, set here", "Yes"],
        ]
        assert cell(access, riverside, jo) == Cell(VIEW, explicit=True)
        saved = maria.submit(preview, "Save the changes")
        assert saved.messages == ["Saved. Changes: 2"]
        assert cell(access, riverside, jo) == Cell(FULL, explicit=True)
        events = len(access.audit.read(riverside, limit=500, by=OPERATOR))
        again = maria.submit(preview, "Save the changes")
        assert again.messages == ["Saved. Changes: 2"]
        assert len(access.audit.read(riverside, limit=500, by=OPERATOR)) == events

    @pytest.mark.row("MU-14")
    def test_an_override_is_taken_away(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        preview = maria.submit(matrix_of(maria, riverside), "Preview the changes", **{field(jo): ""})
        assert preview.rows() == [["jo", "Claims", "View only, set here", "Full access, not set here", "Yes"]]
        maria.submit(preview, "Save the changes")
        assert cell(access, riverside, jo) == Cell(FULL, explicit=False)

    def test_nothing_changed_is_nothing_to_save(self, maria: Visitor, riverside: TenantId, jo: PrincipalId) -> None:
        assert jo
        page = maria.submit(matrix_of(maria, riverside), "Preview the changes")
        assert page.messages == ["Nothing is different from what is stored: there is nothing to save."]

    @pytest.mark.row("MU-14")
    def test_rows_and_columns_are_filled_without_a_script_and_nothing_is_saved(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        kim = given(access).member(riverside, username="kim")
        row = maria.submit(matrix_of(maria, riverside), "Set all : jo", level=VIEW)
        assert {level for label, level in chosen(row).items() if label.endswith(": jo")} == {"View only"}
        assert "Changes: 6" in row.text
        both = maria.submit(row, "Set all : Claims", level=FULL)
        assert chosen(both)["Claims: jo"] == chosen(both)["Claims: kim"] == "Full access"
        assert chosen(both)["Codes and payers: jo"] == "View only"
        assert chosen(both)["Claims: maria"] == "Full access (role)"
        assert cell(access, riverside, jo) == Cell(VIEW, explicit=True)
        unchosen = maria.submit(both, "Set all : Claims")
        assert (unchosen.status, unchosen.messages) == (422, [CATALOGUE["fill_nothing"]])
        assert chosen(unchosen) == chosen(both)
        emptied = maria.submit(both, "Set all : Claims", level="=")
        assert chosen(emptied)["Claims: kim"] == "Not set"
        preview = maria.submit(emptied, "Preview the changes")
        kept = maria.submit(preview, "Go on editing")
        assert chosen(kept)["Codes and payers: jo"] == "View only"
        assert kim

    def test_a_field_too_many_refuses_the_whole_form(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        sent = {f"seen.{jo}": "claims=view!", f"cell.{jo}.claims": FULL, "do": "save", "last_manager": "override"}
        assert maria.post(f"{ROOT}/t/{riverside}/privileges", sent).status == 422
        unseen = {f"cell.{jo}.claims": FULL, "do": "save"}
        assert maria.post(f"{ROOT}/t/{riverside}/privileges", unseen).status == 422
        assert cell(access, riverside, jo).level == VIEW

    @pytest.mark.row("A05", "INV-12")
    def test_a_row_of_another_tenant_is_none_of_this_one(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        lakeside = given(access).tenant("Lakeside")
        lee = given(access).member(lakeside, levels={"claims": VIEW})
        for button in ("review", "save"):
            sent = {f"seen.{lee}": "claims=view!", f"cell.{lee}.claims": FULL, "do": button}
            assert maria.post(f"{ROOT}/t/{riverside}/privileges", sent).status == 404
        assert cell(access, lakeside, lee).level == VIEW

    @pytest.mark.row("INV-18")
    def test_the_own_row_is_refused_however_it_is_sent(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        assert maria.principal is not None
        sent = {f"seen.{maria.principal}": "claims=full", f"cell.{maria.principal}.claims": VIEW}
        preview = maria.post(f"{ROOT}/t/{riverside}/privileges", {**sent, "do": "review"})
        assert "Nobody can do this to their own membership." in preview.text
        assert "Save the changes" not in preview.text
        saved = maria.post(f"{ROOT}/t/{riverside}/privileges", {**sent, "do": "save"})
        assert saved.status == 403
        assert cell(access, riverside, maria.principal).level == FULL


class TestMeanwhile:
    @pytest.mark.row("MU-14", "INV-06")
    @pytest.mark.parametrize("when", ["before the preview", "after it"])
    def test_what_somebody_else_changed_is_shown_and_not_overwritten(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId, when: str
    ) -> None:
        page = matrix_of(maria, riverside)
        zoe = access.tenants.principal("zoe", by=OPERATOR).id
        theirs = ChangePrivileges(riverside, [Edit(jo, ResourceKey("claims"), NONE)])
        wanted = {field(jo): FULL, field(jo, "codes"): VIEW}
        if when == "before the preview":
            access.execute(theirs, by=zoe)
            contested = maria.submit(page, "Preview the changes", **wanted)
        else:
            preview = maria.submit(page, "Preview the changes", **wanted)
            access.execute(theirs, by=zoe)
            contested = maria.submit(preview, "Save the changes")
        assert contested.status == 409
        assert contested.messages[0].startswith("Somebody else changed")
        line = " ".join(contested.rows()[0])
        assert "You saw: View only, set here It is: No access, set here Changed by zoe" in line
        assert cell(access, riverside, jo) == Cell(NONE, explicit=True)
        left = maria.submit(contested, "Save the changes")
        assert left.messages == ["Saved. Changes: 1"]
        assert cell(access, riverside, jo) == Cell(NONE, explicit=True)
        assert cell(access, riverside, jo, "codes") == Cell(VIEW, explicit=True)

    @pytest.mark.row("MU-14")
    def test_whoever_has_seen_it_may_insist(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = matrix_of(maria, riverside)
        access.execute(ChangePrivileges(riverside, [Edit(jo, ResourceKey("claims"), NONE)]), by=OPERATOR)
        contested = maria.submit(page, "Preview the changes", **{field(jo): FULL})
        assert "whoever runs this service" in contested.text
        maria.submit(contested, "Save the changes", **{field(jo): FULL})
        assert cell(access, riverside, jo) == Cell(FULL, explicit=True)

    @pytest.mark.row("MU-14")
    def test_a_role_edited_meanwhile_is_named(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = matrix_of(maria, riverside)
        zoe = access.tenants.principal("zoe", by=OPERATOR).id
        access.execute(EditRole(riverside, "biller", {"eligibility": FULL}), by=zoe)
        contested = maria.submit(page, "Preview the changes", **{field(jo, "eligibility"): NONE})
        assert "You saw: View only, not set here It is: Full access, not set here Changed by zoe" in contested.text

    def test_what_is_so_already_is_said(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = matrix_of(maria, riverside)
        access.execute(ChangePrivileges(riverside, [Edit(jo, ResourceKey("claims"), FULL)]), by=OPERATOR)
        preview = maria.submit(page, "Preview the changes", **{field(jo): FULL})
        assert "Already so, by somebody else or by the role. Cells: 1" in preview.text
        assert "Save the changes" not in preview.text


class TestPages:
    @pytest.mark.row("MU-13")
    def test_fifty_rows_a_page_and_edits_stay_on_theirs(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        people = [given(access).member(riverside, username=f"p{number:02}") for number in range(55)]
        first = matrix_of(maria, riverside)
        assert len(first.rows()) == 50
        more = first.soup.select_one("a[rel=next]")
        assert more is not None
        second = maria.get(str(more["href"]))
        assert "zoe" in second.rows()[-1][0]
        preview = maria.submit(second, "Preview the changes", **{field(people[54]): VIEW})
        saved = maria.submit(preview, "Save the changes")
        assert saved.url == str(more["href"])

    @pytest.mark.row("MU-13")
    def test_it_begins_with_a_username_and_stays_there_while_it_is_edited(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        people = [given(access).member(riverside, username=f"p{number:02}") for number in range(55)]
        page = maria.submit(matrix_of(maria, riverside), "Search", begin="P53")
        assert [one.get_text() for one in page.soup.select("tbody th bdi")] == ["p53", "p54", "zoe"]
        filled = maria.submit(page, "Set all : p54", level=VIEW)
        assert len(filled.rows()) == 3
        preview = maria.submit(filled, "Preview the changes")
        kept = maria.submit(preview, "Go on editing")
        assert len(kept.rows()) == 3
        saved = maria.submit(preview, "Save the changes")
        assert len(saved.rows()) == 3
        assert cell(access, riverside, people[54]).level == VIEW
        nonsense = matrix_of(maria, riverside, "?begin=*")
        assert (nonsense.status, len(nonsense.rows())) == (422, 50)


@pytest.mark.row("MU-13")
def test_it_costs_as_many_statements_however_many_rows_there_are(tmp_path: Path) -> None:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/clinic.db")
    store.create_all()
    access = TenantAccess(store, CATALOG, hasher=QuickHasher())
    riverside = given(access).tenant()
    maria = Visitor(portal_of(access), given(access).manager(riverside, "maria"))
    maria.enter(riverside)
    counts, previewed = [], []
    people = [given(access).manager(riverside)]
    for _ in range(2):
        people += [given(access).member(riverside, levels={"claims": VIEW}) for _ in range(12)]
        with statements(access) as sent:
            page = matrix_of(maria, riverside)
        counts.append(len(sent))
        fields = {f"cell.{who}.claims": FULL for who in people}
        seen = {str(one["name"]): str(one["value"]) for one in page.soup.select('input[name^="seen."]')}
        with statements(access) as sent:
            maria.post(page.url, {**fields, **seen, "do": "review"})
        previewed.append(len(sent))
    store.dispose()
    assert counts[0] == counts[1] <= 14
    assert previewed[0] == previewed[1] <= 14
