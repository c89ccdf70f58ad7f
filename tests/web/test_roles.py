"""Roles in pages: listed, added, edited with who is affected, removed, brought to their preset."""

from typing import Any

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import TenantAccess
from tenantaccess.commands import EditRole, RemoveRole
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.services.directory import Directory
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.web.portal import Portal
from tenantaccess.web.portal.words import CATALOGUE


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant()


@pytest.fixture
def maria(access: TenantAccess, portal: Portal, riverside: TenantId) -> Visitor:
    visitor = Visitor(portal, given(access).manager(riverside, "maria"))
    visitor.enter(riverside)
    return visitor


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).member(riverside, role="biller", username="jo")


def roles(visitor: Visitor, tenant: TenantId, role: str = "") -> Answer:
    return visitor.get(f"{ROOT}/t/{tenant}/roles" + (f"/{role}" if role else ""))


def levels(access: TenantAccess, tenant: TenantId, role: str = "biller") -> dict[str, str]:
    found = next(one for one in access.privileges.roles(tenant, by=OPERATOR) if one.key == role)
    return {str(resource): str(level) for resource, level in found.levels.items()}


class TestTheList:
    @pytest.mark.row("AM-05")
    def test_it_says_what_each_opens(self, maria: Visitor, riverside: TenantId) -> None:
        built_in, biller = roles(maria, riverside).rows()
        assert built_in[0] == "Account manager"
        assert "also to areas that are added later" in built_in[1]
        assert biller[:2] == ["Biller", "Claims: Full access Eligibility: View only Codes and payers: Full access"]

    def test_a_viewer_presses_nothing_and_a_worker_sees_nothing(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
    ) -> None:
        viewer = Visitor(portal, given(access).member(riverside, levels={"manage_account": "view"}))
        viewer.enter(riverside)
        assert roles(viewer, riverside).soup.select("main form") == []
        assert roles(viewer, riverside, "biller").soup.select("main form.stack select") == []
        worker = Visitor(portal, jo)
        worker.enter(riverside)
        assert roles(worker, riverside).status == 403

    @pytest.mark.row("INV-12")
    def test_another_tenants_role_is_not_there(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        lakeside = given(access).tenant("Lakeside")
        assert roles(maria, lakeside).heading == "Choose one of your practices"
        assert roles(maria, riverside, "aide").status == 404


class TestAdding:
    @pytest.mark.row("AM-05")
    def test_a_word_is_made_of_the_name(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        page = roles(maria, riverside)
        done = maria.submit(page, "Add a role", label="Front desk", level__eligibility="full")
        assert done.messages == ["The role Front desk was added."]
        assert levels(access, riverside, "front_desk") == {"eligibility": "full"}

    def test_sent_twice_it_is_added_once(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        page = roles(maria, riverside)
        for _ in range(2):
            done = maria.submit(page, "Add a role", label="Front desk")
            assert done.messages == ["The role Front desk was added."]
        assert len(access.privileges.roles(riverside, by=OPERATOR)) == 3

    def test_a_word_in_use_is_said_and_what_was_typed_is_kept(self, maria: Visitor, riverside: TenantId) -> None:
        refused = maria.submit(roles(maria, riverside), "Add a role", label="Biller", level__claims="view")
        assert refused.status == 409
        assert refused.messages == ["There is a role with this short name already."]
        kept = refused.soup.select_one("#add-claims option[selected]")
        assert kept is not None
        assert kept["value"] == "view"
        nameless = maria.submit(roles(maria, riverside), "Add a role", label="***")
        assert nameless.status == 422

    @pytest.mark.row("INV-22")
    def test_nobody_makes_a_role_above_what_they_hold(
        self, access: TenantAccess, portal: Portal, riverside: TenantId
    ) -> None:
        kim = Visitor(portal, given(access).member(riverside, levels={"manage_account": "full"}))
        kim.enter(riverside)
        refused = kim.submit(roles(kim, riverside), "Add a role", label="Boss", level__claims="full")
        assert refused.status == 403
        assert "Nobody gives more than they hold." in refused.messages[0]

    @pytest.mark.row("INV-24")
    def test_a_field_too_many_refuses_the_whole_form(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        assert maria.submit(roles(maria, riverside), "Add a role", label="Boss", is_manager="1").status == 422
        assert len(access.privileges.roles(riverside, by=OPERATOR)) == 2


class TestEditing:
    @pytest.mark.row("AM-05")
    def test_it_says_who_is_affected(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = roles(maria, riverside, "biller")
        assert "Users: 1" in page.text
        assert [one.get_text() for one in page.soup.select("section li a bdi")] == ["jo"]
        done = maria.submit(page, "Save the role", level__claims="view", level__codes="none")
        assert done.messages == ["The role Biller was saved. Users affected: 1"]
        assert levels(access, riverside) == {"claims": "view", "eligibility": "view"}
        assert not access.check(riverside, jo, "claims", "submit")

    def test_holders_are_listed_by_the_page(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        for number in range(27):
            given(access).member(riverside, role="biller", username=f"b{number:02}")
        first = roles(maria, riverside, "biller")
        assert "Users: 27" in first.text
        more = first.soup.select_one("a[rel=next]")
        assert more is not None
        second = maria.get(str(more["href"]))
        named = [one.get_text() for page in (first, second) for one in page.soup.select("section li a bdi")]
        assert named == [f"b{number:02}" for number in range(27)]

    def test_nothing_changed_is_said(self, maria: Visitor, riverside: TenantId) -> None:
        assert maria.submit(roles(maria, riverside, "biller"), "Save the role").messages == ["Nothing was changed."]

    @pytest.mark.row("MU-14")
    def test_what_somebody_else_changed_is_shown_and_not_overwritten(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        page = roles(maria, riverside, "biller")
        access.execute(EditRole(riverside, "biller", {"claims": "none"}), by=OPERATOR)
        refused = maria.submit(page, "Save the role", level__claims="view")
        assert refused.status == 409
        assert "Is No access" in refused.text
        assert levels(access, riverside).get("claims") is None
        done = maria.submit(refused, "Save the role")
        assert done.messages[0].startswith("The role Biller was saved.")
        assert levels(access, riverside)["claims"] == "view"

    @pytest.mark.row("MU-14", "P3")
    def test_what_is_changed_while_the_form_is_on_its_way_is_not_overwritten(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the page's own look at the role and the command somebody else commits."""
        page, search = roles(maria, riverside, "biller"), Directory.search

        def meanwhile(*asked: Any, **way: Any) -> Any:
            access.execute(EditRole(riverside, "biller", {"claims": "none"}), by=OPERATOR)
            return search(*asked, **way)

        with monkeypatch.context() as patch:
            patch.setattr(Directory, "search", meanwhile)
            refused = maria.submit(page, "Save the role", level__claims="view")
        assert (refused.status, refused.messages) == (409, [CATALOGUE["role_changed_meanwhile"]])
        assert "Is No access" in refused.text
        assert levels(access, riverside).get("claims") is None

    @pytest.mark.row("MU-14")
    def test_what_was_not_touched_stays_as_others_made_it(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        page = roles(maria, riverside, "biller")
        access.execute(EditRole(riverside, "biller", {"claims": "none"}), by=OPERATOR)
        maria.submit(page, "Save the role", level__codes="view")
        assert levels(access, riverside) == {"eligibility": "view", "codes": "view"}

    @pytest.mark.row("INV-18")
    def test_the_own_role_and_the_built_in_one_are_shut(
        self, access: TenantAccess, portal: Portal, riverside: TenantId
    ) -> None:
        given(access).manager(riverside)
        kim = given(access).member(riverside, role="biller", levels={"manage_account": "full"})
        visitor = Visitor(portal, kim)
        visitor.enter(riverside)
        own = roles(visitor, riverside, "biller")
        assert own.soup.select("form.stack select") == []
        assert "Nobody can do this to their own membership." in own.text
        sent = {"seen": "claims=full", "level.claims": "none", "do": "save"}
        assert visitor.post(own.url, sent).status == 403
        built_in = roles(visitor, riverside, ACCOUNT_MANAGER)
        assert built_in.soup.select("form.stack") == []
        assert visitor.post(built_in.url, {"do": "remove"}).status == 409


class TestRemoving:
    def test_only_what_nobody_holds(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        page = roles(maria, riverside, "biller")
        button = page.soup.select_one("button[value=remove]")
        assert button is not None
        assert button.has_attr("disabled")
        assert maria.post(page.url, {"do": "remove"}).status == 409
        maria.post(f"{ROOT}/t/{riverside}/roles", {"label": "Aide"})
        done = maria.submit(roles(maria, riverside, "aide"), "Remove the role")
        assert done.messages == ["The role aide was removed."]
        assert [role.key for role in access.privileges.roles(riverside, by=OPERATOR)] == [ACCOUNT_MANAGER, "biller"]
        assert jo


class TestPresets:
    @pytest.mark.row("AM-05")
    def test_a_role_is_brought_back_to_its_preset(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        same = roles(maria, riverside, "biller")
        assert "It is as the service suggests." in same.text
        access.execute(EditRole(riverside, "biller", {"claims": "none"}), by=OPERATOR)
        done = maria.submit(roles(maria, riverside, "biller"), "Apply the preset")
        assert done.messages == ["The role Biller is as the preset says."]
        assert levels(access, riverside)["claims"] == "full"

    def test_one_that_the_tenant_has_not_is_offered(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        access.execute(RemoveRole(riverside, "biller"), by=OPERATOR)
        done = maria.submit(roles(maria, riverside), "Apply the preset : Biller")
        assert done.messages == ["The role Biller is as the preset says."]
        assert levels(access, riverside)["claims"] == "full"
