"""Inviting one address or many, and the list of invitations."""

from datetime import timedelta

import attrs
import pytest
from tests.services.statements import statements
from tests.web.rosters import Office, body
from tests.web.site import ROOT, portal_of

from tenantaccess import VIEW, Invitation, TenantAccess
from tenantaccess.commands import (
    ChangeLinking,
    DeclineInvitation,
    Invite,
    RequestLink,
    RevokeInvitation,
    SuspendTenant,
    UpdateContact,
)
from tenantaccess.demo.world import CATALOG
from tenantaccess.errors import AccessDeniedError
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.members import Contact
from tenantaccess.model.policy import Linking, Policy
from tenantaccess.model.privileges import Grant
from tenantaccess.services.directory import Directory
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy
from tenantaccess.web.portal import Portal, PortalSettings
from tenantaccess.web.portal.words import CATALOGUE

CLAIMS = Grant(levels={"claims": VIEW})


def sent(office: Office) -> list[Invitation]:
    return [row.invitation for row in office.access.invitations.search(office.tenant, by=OPERATOR).rows]


@pytest.fixture
def listed(office: Office) -> str:
    """The address of the list."""
    return f"{ROOT}/t/{office.tenant}/invitations"


class TestInviting:
    @pytest.mark.row("AM-19", "AM-17")
    def test_one_address_is_invited_with_what_it_is_to_hold(self, office: Office, listed: str) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        done = office.visitor.submit(
            page,
            "Send Invitation",
            emails=" kim@mail.example ",
            role="biller",
            level__claims="view",
            segment="medicaid",
        )
        assert done.messages == ["Invitations sent: 1"]
        assert done.url == listed
        (invitation,) = sent(office)
        assert invitation.email == "kim@mail.example"
        assert (invitation.grant.role, set(invitation.grant.segments)) == ("biller", {"medicaid"})
        email, grant, *rest = done.rows()[0][:6]
        assert (email, grant) == ("kim@mail.example", "Biller Claims: View only Only for: Medicaid")
        assert rest == ["maria", "2026-01-05", "2026-01-19", "Open"]

    @pytest.mark.row("AM-19")
    def test_the_good_ones_go_out_and_of_the_others_nothing_is_lost(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        lines = "ann@mail.example\r\nnot-an-address\r\n\r\nann@mail.example\r\nbob@mail.example\r\nbob(at)mail\r\n"
        result = office.visitor.submit(page, "Send Invitation", emails=lines, role="biller", note="the new desk")
        assert result.status == 422
        assert result.messages == ["Sent: 2. Not sent: 2. Those not sent stand in the field below."]
        rows = {row[0]: row[1] for row in result.rows()}
        assert (rows["ann@mail.example"], rows["bob@mail.example"]) == ("Sent", "Sent")
        assert rows["not-an-address"].startswith("Not sent")
        left = result.soup.select_one("#emails")
        assert left is not None
        assert left.get_text() == "not-an-address\nbob(at)mail"
        assert result.soup.select_one("#note[value='the new desk']")
        assert result.soup.select_one("#grant-role option[value=biller][selected]")
        again = office.visitor.submit(result, "Send Invitation", emails="cat@mail.example")
        assert again.messages == ["Invitations sent: 1"]
        assert sorted(one.email for one in sent(office)) == ["ann@mail.example", "bob@mail.example", "cat@mail.example"]

    @pytest.mark.row("AM-19")
    def test_addresses_stand_apart_in_any_usual_way_and_a_wrong_one_is_named(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        typed = "ann@mail.example, bob@mail.example;cat@mail.example dan@mail.example\tann@mail.example"
        assert office.visitor.submit(page, "Send Invitation", emails=typed, role="biller").messages == [
            "Invitations sent: 4"
        ]
        assert sorted(one.email.partition("@")[0] for one in sent(office)) == ["ann", "bob", "cat", "dan"]
        wrong = office.visitor.submit(page, "Send Invitation", emails=" ann@@mail.example ,", role="biller")
        assert wrong.status == 422
        assert wrong.messages[0].startswith("ann@@mail.example: ")

    @pytest.mark.row("AM-19")
    def test_whoever_is_here_already_is_named_to_whoever_sees_the_roster(self, office: Office) -> None:
        jo = office.member("jo")
        contact = Contact(email="jo@mail.example")
        office.access.execute(UpdateContact(office.tenant, jo, contact=contact), by=office.manager)
        page = office.visitor.get(f"{office.url}/invite")
        emails = "jo@mail.example kim@mail.example wrong"
        some = office.visitor.submit(page, "Send Invitation", emails=emails, role="biller")
        assert [row[1] for row in some.rows()][:2] == ["Sent already a user here, as jo", "Sent"]
        page = office.visitor.get(f"{office.url}/invite")
        done = office.visitor.submit(page, "Send Invitation", emails="jo@mail.example", role="biller")
        assert done.messages == ["Invitations sent: 1. jo@mail.example: already a user here, as jo"]

    @pytest.mark.row("AM-19")
    def test_what_was_sent_is_told_where_nobody_can_be_looked_up_any_more(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page, looked = office.visitor.get(f"{office.url}/invite"), list[str]()

        def shut(*_: object, email: str, **__: object) -> None:
            looked.append(email)
            raise AccessDeniedError(denied(Reason.DISABLED))

        monkeypatch.setattr(Directory, "search", shut)
        emails = "ann@mail.example bob@mail.example wrong"
        some = office.visitor.submit(page, "Send Invitation", emails=emails, role="biller")
        assert [row[1] for row in some.rows()][:2] == ["Sent", "Sent"]
        assert looked == ["ann@mail.example"]

    @pytest.mark.row("AM-19", "INV-18")
    def test_nobody_who_only_asks_passes_for_whoever_is_invited(self, office: Office) -> None:
        """Whoever asks to be linked types what address they like."""
        access, lee = office.access, given(office.access).pending(username="lee")
        access.execute(ChangeLinking(office.tenant, linking=Linking.CONSENT), by=office.manager)
        access.execute(RequestLink(office.tenant, contact=Contact("Kim", "Boss", "kim@mail.example")), by=lee)
        page = office.visitor.get(f"{office.url}/invite")
        done = office.visitor.submit(page, "Send Invitation", emails="kim@mail.example", role="biller")
        assert done.messages == ["Invitations sent: 1"]

    @pytest.mark.row("AM-19", "INV-40")
    def test_nobody_is_invited_where_something_is_wrong_with_all(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        many = "\n".join(f"user{number}@mail.example" for number in range(51))
        assert office.visitor.submit(page, "Send Invitation", emails=" \n").messages == ["Type at least one address."]
        too_many = office.visitor.submit(page, "Send Invitation", emails=many, role="biller")
        assert too_many.messages == ["At most 50 addresses at once. Nothing was sent."]
        no_grant = office.visitor.submit(page, "Send Invitation", emails="a@mail.example\nb@mail.example")
        assert no_grant.status == 422
        assert not no_grant.rows()
        wrong = office.visitor.submit(page, "Send Invitation", emails="ann", role="biller")
        assert (wrong.status, wrong.soup.select_one("#emails[aria-invalid=true]") is not None) == (422, True)
        none = office.visitor.submit(page, "Send Invitation", emails="ann\nbob", role="biller")
        assert none.messages == ["Nothing was sent. What is wrong stands beside each address."]
        unknown = office.visitor.submit(page, "Send Invitation", emails="a@mail.example", level__claims="everything")
        assert unknown.status == 422
        assert unknown.messages != [CATALOGUE["grant_opens_nothing"]]
        assert sent(office) == []

    @pytest.mark.row("AM-05", "INV-22")
    def test_nobody_gives_more_than_they_hold(self, office: Office) -> None:
        boss = office.member("boss", levels={"manage_account": "full"})
        visitor = office.enter(boss)
        page = visitor.get(f"{office.url}/invite")
        refused = visitor.submit(page, "Send Invitation", emails="kim@mail.example", level__claims="full")
        assert (refused.status, refused.messages) == (
            403,
            ["Nobody gives more than they hold. Ask somebody who holds it."],
        )
        assert sent(office) == []

    def test_sent_twice_it_invites_once(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        for _ in range(2):
            done = office.visitor.submit(
                page, "Send Invitation", emails="a@mail.example\nb@mail.example", role="biller"
            )
            assert done.messages == ["Invitations sent: 2"]
        assert sorted((one.email, one.state.value) for one in sent(office)) == [
            ("a@mail.example", "open"),
            ("b@mail.example", "open"),
        ]

    @pytest.mark.row("AM-19")
    def test_only_domains_that_are_let_in_are_invited(self, office: Office) -> None:
        strict = attrs.evolve(office.access, policy=Policy(invited_domains=["clinic.example"]))
        visitor = attrs.evolve(office.visitor, portal=portal_of(strict))
        page = visitor.get(f"{office.url}/invite")
        result = visitor.submit(page, "Send Invitation", emails="a@mail.example\nb@clinic.example", role="biller")
        assert result.rows()[0] == ["a@mail.example", "Not sent E-mail: must be of a domain that is let in."]
        assert [one.email for one in sent(office)] == ["b@clinic.example"]

    @pytest.mark.row("AM-19")
    def test_the_guide_is_linked_where_the_host_has_one(self, office: Office) -> None:
        guided = Portal(office.access, PortalSettings(guide="https://clinic.example/guide"))
        page = attrs.evolve(office.visitor, portal=guided).get(f"{office.url}/invite")
        assert page.soup.select_one("a[href='https://clinic.example/guide']")
        assert "Guide" not in office.visitor.get(f"{office.url}/invite").text

    @pytest.mark.row("INV-24", "A18")
    def test_a_field_too_many_refuses_the_whole_form(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/invite")
        fields = {"emails": "a@mail.example", "role": "biller", "inviter": "else"}
        assert office.visitor.submit(page, "Send Invitation", **fields).status == 422
        assert sent(office) == []

    @pytest.mark.row("AM-09", "INV-18")
    def test_who_may_not_invite_reads_why(self, office: Office) -> None:
        reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
        page = body(reader.get(f"{office.url}/invite"))
        assert "You cannot invite anybody. This needs an account manager." in page.text
        assert not page.soup.select("form")
        fields = {"emails": "a@mail.example", "role": "biller", office.csrf.name: office.csrf.value}
        assert reader.post(f"{office.url}/invite", fields).status == 403
        resting = office.enter(office.member("resting", role="account_manager", by=office.manager))
        assert "A membership that rests on another one admits nobody." in resting.get(f"{office.url}/invite").text
        stranger = office.enter(office.member("jo"))
        assert stranger.get(f"{office.url}/invite").status == 403
        assert sent(office) == []


class TestTheList:
    @pytest.mark.row("AM-19")
    def test_each_state_is_told_and_the_open_ones_can_be_changed(
        self, office: Office, listed: str, clock: FrozenClock
    ) -> None:
        mailer = RecordingMailer()
        office.access.execute(Invite(office.tenant, "old@mail.example", CLAIMS), by=OPERATOR)
        clock.advance(timedelta(days=14))
        office.access.contexts.enter(office.tenant, office.manager)
        office.access.notices.deliver(mailer)
        office.access.execute(Invite(office.tenant, "no@mail.example", CLAIMS), by=office.manager)
        office.access.notices.deliver(mailer)
        token = next(message.token for message in reversed(mailer.messages) if message.token)
        office.access.execute(DeclineInvitation(token))
        rows = office.visitor.get(listed).rows()
        assert [(row[0], row[2], row[5]) for row in rows] == [
            ("no@mail.example", "maria", "Declined"),
            ("old@mail.example", "provider-relations (whoever runs this service)", "Expired"),
        ]
        assert rows[0][6] == ""
        assert rows[1][6] == "Resend : old@mail.example Revoke : old@mail.example"

    @pytest.mark.row("AM-19", "MC-12")
    def test_one_is_sent_again_and_taken_back(self, office: Office, listed: str, clock: FrozenClock) -> None:
        office.access.execute(Invite(office.tenant, "kim@mail.example", CLAIMS), by=office.manager)
        clock.advance(timedelta(days=1))
        page = office.visitor.get(listed)
        again = office.visitor.submit(page, "Resend : kim@mail.example")
        assert again.messages == ["Sent again. The link that was mailed before opens nothing any more."]
        assert (sent(office)[0].sends, sent(office)[0].sent_at) == (2, clock.now())
        back = office.visitor.submit(again, "Revoke : kim@mail.example")
        assert back.messages == ["Revoked. The link that was mailed opens nothing any more."]
        assert back.rows()[0][5] == "Revoked"
        late = office.visitor.submit(again, "Resend : kim@mail.example")
        assert late.status == 409
        fields = {office.csrf.name: office.csrf.value}
        repeated = office.visitor.post(f"{listed}/{sent(office)[0].id}/revoke", {**fields, "once": "another"})
        assert repeated.messages == ["Nothing was changed: it is so already."]
        assert sent(office)[0].state.value == "revoked"

    @pytest.mark.row("AM-19")
    def test_one_that_a_newer_one_replaced_is_told_from_one_taken_back(
        self, office: Office, listed: str, clock: FrozenClock
    ) -> None:
        for email in ("kim@mail.example", "KIM@mail.example", "bob@mail.example"):
            office.access.execute(Invite(office.tenant, email, CLAIMS), by=office.manager)
            clock.advance(timedelta(minutes=1))
        taken_back = next(one for one in sent(office) if one.email == "bob@mail.example")
        office.access.execute(RevokeInvitation(office.tenant, taken_back.id), by=office.manager)
        states = {row[0]: row[5] for row in office.visitor.get(listed).rows()}
        assert states == {
            "kim@mail.example": "Revoked a newer one went to this address",
            "KIM@mail.example": "Open",
            "bob@mail.example": "Revoked",
        }

    @pytest.mark.row("AM-19")
    def test_a_tenant_that_is_shut_invites_nobody(self, office: Office, listed: str) -> None:
        office.access.execute(Invite(office.tenant, "kim@mail.example", CLAIMS), by=office.manager)
        page = office.visitor.get(listed)
        office.access.execute(SuspendTenant(office.tenant), by=OPERATOR)
        assert office.visitor.submit(page, "Resend : kim@mail.example").status == 403

    def test_pages_join(self, office: Office, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tenantaccess.web.portal.pages.inviting.PAGE", 2)
        for name in ("ann", "bob", "cat"):
            office.access.execute(Invite(office.tenant, f"{name}@mail.example", CLAIMS), by=office.manager)
        first = office.visitor.get(listed)
        more = first.soup.select_one(".pager [rel=next]")
        assert more is not None
        second = office.visitor.get(str(more["href"]))
        assert {row[0][:3] for row in first.rows() + second.rows()} == {"ann", "bob", "cat"}
        assert office.visitor.get(f"{listed}?after=elsewhere").status == 422

    def test_nobody_invited_yet_is_said(self, office: Office, listed: str) -> None:
        page = office.visitor.get(listed)
        assert "Nobody has been invited yet." in page.text
        assert page.soup.select_one(".empty a[href$='/users/invite']")

    @pytest.mark.row("INV-11", "A05")
    def test_invitations_of_another_tenant_are_not_there(self, office: Office, listed: str) -> None:
        lakeside = given(office.access).tenant("Lakeside")
        other = office.access.execute(Invite(lakeside, "kim@mail.example", CLAIMS), by=OPERATOR).invitation
        fields = {office.csrf.name: office.csrf.value}
        for invitation in (other, "inv_" + "0" * 32, "kim"):
            assert office.visitor.post(f"{listed}/{invitation}/revoke", fields).status == 404
        assert office.visitor.get(f"{listed}?after={other}").status == 404

    @pytest.mark.row("AM-09")
    def test_who_may_only_look_changes_nothing(self, office: Office, listed: str) -> None:
        done = office.access.execute(Invite(office.tenant, "kim@mail.example", CLAIMS), by=office.manager)
        reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
        page = body(reader.get(listed))
        assert not page.soup.select("table form, a.main")
        fields = {office.csrf.name: office.csrf.value}
        assert reader.post(f"{listed}/{done.invitation}/revoke", fields).status == 403
        assert sent(office)[0].state.value == "open"


def test_fifty_invitations_cost_as_many_queries_as_one() -> None:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    access = TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    office = Office.open(access, portal_of(access))
    asked = []
    for numbers in (range(1), range(1, 50)):
        for number in numbers:
            access.execute(Invite(office.tenant, f"user{number}@mail.example", CLAIMS), by=office.manager)
        with statements(access) as found:
            office.visitor.get(f"{ROOT}/t/{office.tenant}/invitations")
        asked.append(len(found))
    store.dispose()
    assert asked == [asked[0]] * 2
    assert asked[0] <= 15
