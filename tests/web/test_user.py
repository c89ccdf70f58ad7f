"""One user, and each step with them."""

from datetime import timedelta

import pytest
from tests.services.statements import statements
from tests.web.rosters import Office, body
from tests.web.site import Answer, portal_of

from tenantaccess import VIEW, PrincipalId, TenantAccess
from tenantaccess.commands import (
    AddRole,
    AssignRole,
    ChangeLinking,
    ChangePrivileges,
    Disable,
    Leave,
    Remove,
    RequestAccess,
    RequestLink,
    SendRegistration,
    SetDates,
    UpdateContact,
)
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.members import Contact, DisableReason, RestKind, Status
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Cell, Edit
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal.words import CATALOGUE

NO_ACCESS = {f"level__{one.key}": "none" for one in CATALOG.resources if one.offered}


def page_of(office: Office, principal: PrincipalId) -> Answer:
    return body(office.visitor.get(f"{office.url}/{principal}"))


def refused(page: Answer) -> dict[str, str]:
    """Why each button cannot be pressed, by what is read on it."""
    found = {}
    for button in page.soup.select("button[disabled]"):
        why = page.soup.find(id=str(button["aria-describedby"]))
        assert why is not None
        found[button.get_text(strip=True)] = why.get_text(strip=True)
    return found


class TestWhatIsShown:
    @pytest.mark.row("AM-11", "AM-12", "AM-32")
    def test_it_tells_both_gates_what_is_held_and_what_happened(self, office: Office, clock: FrozenClock) -> None:
        jo = office.registered("jo", levels={"health_record": VIEW})
        office.access.execute(AssignRole(office.tenant, jo, "biller"), by=office.manager)
        page = page_of(office, jo)
        office.visitor.submit(page, "Save levels", level__claims="view")
        page = page_of(office, jo)
        today = f"{clock.now():%Y-%m-%d}"
        assert page.heading == "jo"
        assert f"Approval Approved {today} by whoever runs this service" in page.text
        assert f"Verification Verified {today}, through their own mailbox" in page.text
        assert [row[:2] for row in page.rows()][:1] == [["Claims", "View only set here"]]
        assert ["Codes and payers", "Full access from the role"] in [row[:2] for row in page.rows()]
        history = page.rows("#history tbody tr")
        assert history[0][1:] == ["Changed privileges", "maria", "Claims: View only"]
        assert [one[1] for one in history[1:]] == [
            "Assigned a role",
            "Completed a registration",
            "Approved a request",
            "Asked for access",
        ]

    @pytest.mark.row("AM-12", "INV-36")
    def test_what_happened_is_there_however_much_happened_to_others_since(self, office: Office) -> None:
        jo, zoe = office.member("jo"), office.member("zoe")
        for number in range(12):
            role = "biller" if number % 2 == 0 else None
            office.access.execute(AssignRole(office.tenant, jo, role), by=office.manager)
        for number in range(201):
            contact = Contact(first_name=f"Zoe {number}")
            office.access.execute(UpdateContact(office.tenant, zoe, contact=contact), by=office.manager)
        page = page_of(office, jo)
        seen = page.rows("#history tbody tr")
        assert len(seen) == 10
        earlier = next(one for one in page.soup.select("#history a") if one.get_text().startswith("Earlier"))
        assert str(earlier["href"]).endswith("#history")
        before = office.visitor.get(str(earlier["href"]).removesuffix("#history"))
        seen += before.rows("#history tbody tr")
        assert [row[1] for row in seen] == ["Assigned a role"] * 12 + ["Added a username"]
        assert "Latest : History" in before.text
        assert "Earlier : History" not in before.text
        for nonsense in ("0", "-1", "x", "9" * 30):
            same = body(office.visitor.get(f"{office.url}/{jo}?before={nonsense}"))
            assert same.rows("#history tbody tr") == page.rows("#history tbody tr")

    @pytest.mark.row("AM-04", "AM-25", "MU-14")
    def test_who_may_do_nothing_is_said_with_a_way_to_the_levels(self, office: Office) -> None:
        jo = office.member("jo")
        page = page_of(office, jo)
        assert "jo may do nothing yet." in page.text
        assert page.soup.select_one('#levels, a[href="#levels"]') is not None
        office.access.execute(AssignRole(office.tenant, jo, "biller"), by=office.manager)
        assert "may do nothing yet" not in page_of(office, jo).text
        reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
        zoe = office.member("zoe")
        shown = body(reader.get(f"{office.url}/{zoe}"))
        assert "zoe may do nothing yet." in shown.text
        assert shown.soup.select_one('a[href="#levels"]') is None
        assert "may do nothing yet" not in page_of(office, office.pending("kim")).text

    @pytest.mark.row("AM-08", "AM-21")
    def test_what_is_refused_says_why(self, office: Office) -> None:
        kim, jo = office.pending("kim"), office.member("jo")
        waits = "Not possible: The request for access awaits approval."
        assert refused(page_of(office, kim)) == {
            "Enable User": waits,
            "Disable User": waits,
            "Send Registration Email": waits,
            "Send Password Reset Email": waits,
            "Save dates": waits,
        }
        assert refused(page_of(office, jo)) == {
            "Enable User": "Access is enabled already.",
            "Send Registration Email": "The registration is complete already.",
            "Send Password Reset Email": f"Not possible: {CATALOGUE['no_mailbox']}",
        }
        mine = refused(page_of(office, office.manager))
        assert mine["Disable User"] == CATALOGUE["own_membership"]
        assert page_of(office, office.manager).text.count(CATALOGUE["own_membership"]) == 1
        assert "of their own" not in page_of(office, office.manager).text
        assert {"Save role", "Save levels", "Save dates", "Remove", "Save limits"} <= set(mine)

    @pytest.mark.row("INV-11", "A05")
    def test_absent_gone_and_elsewhere_are_alike(self, office: Office) -> None:
        gone, otto = office.member("gone"), office.elsewhere("otto")
        office.access.execute(Remove(office.tenant, gone), by=office.manager)
        answers = [office.visitor.get(f"{office.url}/{one}") for one in (gone, otto, "pri_" + "0" * 32, "jo")]
        assert {(one.status, tuple(one.messages), one.heading) for one in answers} == {(404, (), "Not found")}

    @pytest.mark.row("AM-20", "AM-25")
    def test_the_way_to_verify_leads_to_who_asks(self, office: Office) -> None:
        kim = office.pending("kim")
        contact = Contact("Kim", "Lee", "kim@mail.example")
        office.access.execute(UpdateContact(office.tenant, kim, contact=contact), by=office.manager)
        (way,) = [a["href"] for a in office.visitor.get(office.url).soup.select("td a") if "Verify" in a.get_text()]
        path, _, part = str(way).partition("#")
        found = office.visitor.get(path).soup.find(id=part)
        assert found is not None
        assert all(word in found.get_text() for word in ("Kim Lee", "kim@mail.example", "Who asks"))

    @pytest.mark.row("AM-09")
    def test_who_may_only_look_is_offered_nothing(self, office: Office) -> None:
        jo = office.member("jo")
        reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
        page = reader.get(f"{office.url}/{jo}")
        assert "You may look at this." in page.text
        assert not body(page).soup.select("form, button")
        fields = {office.csrf.name: office.csrf.value}
        assert reader.post(f"{office.url}/{jo}/disable", fields).status == 403
        assert office.enter(jo).get(f"{office.url}/{jo}").status == 403


class TestSteps:
    @pytest.mark.row("AM-04", "AM-25")
    def test_an_account_is_verified_with_what_it_is_to_hold(self, office: Office) -> None:
        kim = office.pending("kim")
        page = page_of(office, kim)
        assert "With neither, they may do nothing" in page.text
        nothing = body(office.visitor.submit(page, "Verify Account"))
        assert (nothing.status, nothing.messages) == (422, [CATALOGUE["grant_nothing"]])
        assert nothing.soup.select_one("#grant-role[aria-invalid]") is not None
        done = office.visitor.submit(nothing, "Verify Account", role="biller", level__claims="view", segment="medicaid")
        assert done.messages == [CATALOGUE["said_approve_unverified"] % {"name": "kim"}]
        assert "Unverified" in done.text
        assert CATALOGUE["awaits_mail"] in done.text
        told = office.told(kim)
        assert (str(told.row.role), set(told.limits)) == ("biller", {"medicaid"})
        cells = {str(key): cell for key, cell in told.cells.items()}
        assert (cells["claims"], cells["codes"].explicit) == (Cell(VIEW.key, explicit=True), False)

    @pytest.mark.row("AM-04", "AM-25")
    def test_what_would_open_nothing_is_asked_once_more(self, office: Office) -> None:
        office.access.execute(AddRole(office.tenant, "guest", "Guest", {}), by=office.manager)
        kim = office.pending("kim")
        page = page_of(office, kim)
        assert page.soup.select_one("[name=sure]") is None
        for chosen in ({"role": "guest"}, {"level__claims": "none"}, {"role": "biller", **NO_ACCESS}):
            refused_once = office.visitor.submit(page, "Verify Account", **chosen)
            assert (refused_once.status, body(refused_once).messages[:1]) == (422, [CATALOGUE["grant_opens_nothing"]])
            assert office.status(kim) is Status.PENDING
        for unknown in ({"role": "bogus"}, {"level__claims": "bogus"}, {"level__bogus": "full"}):
            wrong = body(office.visitor.submit(page, "Verify Account", **unknown))
            assert wrong.messages[:1] not in ([], [CATALOGUE["grant_opens_nothing"]])
        asked = body(office.visitor.submit(page, "Verify Account", role="guest"))
        done = office.visitor.submit(asked, "Verify Account", sure="yes")
        assert done.messages == [CATALOGUE["said_approve_unverified"] % {"name": "kim"}]
        assert "kim may do nothing yet." in done.text

    @pytest.mark.row("AM-04")
    def test_a_request_is_turned_down_and_may_still_be_approved(self, office: Office) -> None:
        kim = office.pending("kim")
        down = office.visitor.submit(page_of(office, kim), "Turn down", note="who is that?")
        assert down.messages == ["kim was turned down."]
        done = office.visitor.submit(body(down), "Verify Account", role="biller")
        assert done.messages == [CATALOGUE["said_approve_unverified"] % {"name": "kim"}]

    @pytest.mark.row("AM-27", "AM-28")
    def test_disabling_with_a_reason_and_enabling_again(self, office: Office) -> None:
        jo = office.member("jo")
        done = office.visitor.submit(page_of(office, jo), "Disable User", reason="security", note="lost laptop")
        assert done.messages == ["jo is disabled."]
        disabled = office.told(jo).disabled
        assert disabled is not None
        assert disabled.reason is DisableReason.SECURITY
        assert "by an account manager, Security" in done.text
        assert refused(body(done))["Disable User"] == "Disabled already."
        back = office.visitor.submit(body(done), "Enable User")
        assert back.messages == ["jo is enabled."]
        assert office.status(jo) is Status.ACTIVE

    @pytest.mark.row("AM-27", "AM-29")
    def test_whoever_is_enabled_and_has_to_verify_is_said_to_get_a_mail(self, office: Office) -> None:
        jo = office.registered("jo")
        office.access.execute(Disable(office.tenant, jo), by=office.manager)
        done = office.visitor.submit(page_of(office, jo), "Enable User")
        assert office.status(jo) is Status.UNVERIFIED
        assert done.messages == [CATALOGUE["said_enable_unverified"] % {"name": "jo"}]

    @pytest.mark.row("AM-25", "AM-29")
    def test_what_is_said_of_an_approval_is_what_is_left_to_do(self, office: Office) -> None:
        eva = given(office.access).registered(given(office.access).tenant("Hillside"), username="eva")
        otto = office.elsewhere("otto")
        for who, said in ((eva, "said_approve"), (otto, "said_approve_attested")):
            office.access.execute(RequestAccess(office.tenant), by=who)
            done = office.visitor.submit(page_of(office, who), "Verify Account", role="biller")
            assert office.status(who) is Status.ACTIVE
            assert done.messages == [CATALOGUE[said] % {"name": office.told(who).row.username}]

    @pytest.mark.row("AM-07", "AM-28")
    def test_disabling_on_a_day_to_come(self, office: Office) -> None:
        jo = office.member("jo")
        page = page_of(office, jo)
        wrong = office.visitor.submit(page, "Disable User", on="next week")
        assert (wrong.status, wrong.soup.select_one("#on[value='next week']") is not None) == (422, True)
        later = office.visitor.submit(page, "Disable User", on="2026-02-01")
        assert later.messages == ["jo will be disabled on the day you chose."]
        told = office.told(jo)
        assert (told.row.status, f"{told.valid_until:%Y-%m-%d %H:%M}") == (Status.ACTIVE, "2026-02-01 00:00")
        assert office.visitor.post(
            f"{office.url}/{jo}/disable", {"reason": "ended", office.csrf.name: office.csrf.value}
        ).status == 422  # fmt: skip

    @pytest.mark.row("AM-30", "AM-31")
    def test_mails_are_sent_and_not_without_end(self, office: Office) -> None:
        late, jo = office.unverified("late"), office.registered("jo")
        sent = office.visitor.submit(page_of(office, late), "Send Registration Email")
        assert sent.messages == ["The registration e-mail to late is on its way."]
        reset = office.visitor.submit(page_of(office, jo), "Send Password Reset Email")
        assert reset.messages == ["The password reset e-mail to jo is on its way."]
        for _ in range(4):
            office.access.execute(SendRegistration(office.tenant, late), by=office.manager)
        too_often = office.visitor.submit(page_of(office, late), "Send Registration Email")
        assert (too_often.status, too_often.messages) == (429, ["Too many attempts. Try again in 60 min."])

    @pytest.mark.row("MU-16")
    def test_removing_is_asked_once_more(self, office: Office) -> None:
        jo = office.member("jo")
        button = page_of(office, jo).soup.select_one("a.danger")
        assert button is not None
        review = office.visitor.get(str(button["href"]))
        assert office.status(jo) is Status.ACTIVE
        assert office.visitor.submit(review, "Remove jo").messages == ["Removed: jo"]

    @pytest.mark.row("AM-12")
    def test_the_contact_profile_is_corrected(self, office: Office) -> None:
        jo = office.member("jo")
        page = page_of(office, jo)
        wrong = body(office.visitor.submit(page, "Save", first_name="Jo", last_name="Smith", email="jo at clinic"))
        assert wrong.status == 422
        assert wrong.soup.select_one("#email[aria-invalid=true][value='jo at clinic']")
        assert wrong.soup.select_one("#last_name[value=Smith]")
        done = office.visitor.submit(wrong, "Save", email="jo@clinic.example", phone="555-0123")
        assert done.messages == ["The contact profile of jo is saved."]
        assert done.heading == "Jo Smith (jo)"
        assert office.told(jo).row.contact == Contact("Jo", "Smith", "jo@clinic.example", "555-0123")
        assert office.visitor.submit(body(done), "Save").messages == ["Nothing was changed: it is so already."]

    @pytest.mark.row("AM-05", "AM-32", "MU-14")
    def test_what_is_not_used_is_told_beside_the_levels(self, office: Office) -> None:
        page = office.visitor.get(f"{office.url}/{office.member('jo')}")
        (section,) = page.soup.select('section[aria-labelledby="levels"]')
        assert "Not used, and therefore not shown: Health passport." in section.get_text()

    def test_role_levels_and_limits_are_changed(self, office: Office) -> None:
        jo = office.member("jo", levels={"health_record": VIEW})
        done = office.visitor.submit(page_of(office, jo), "Save role", role="biller")
        assert done.messages == ["The role of jo is changed."]
        done = office.visitor.submit(body(done), "Save levels", level__claims="view", level__health_record="")
        assert done.messages == ["The levels of jo are saved."]
        assert office.told(jo).row.role == "biller"
        assert (office.levels(jo)["claims"], office.levels(jo)["health_record"]) == ("view", "none")
        office.visitor.post(f"{office.url}/{jo}/limits", {"segment": ["medicaid"], office.csrf.name: office.csrf.value})
        assert office.told(jo).limits == {"medicaid"}

    @pytest.mark.row("MU-14", "P3")
    def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(self, office: Office) -> None:
        jo = office.member("jo", role="biller")
        page = page_of(office, jo)
        other = office.member("other", role="account_manager")
        office.access.execute(
            ChangePrivileges(office.tenant, [Edit(jo, "claims", "none"), Edit(jo, "codes", VIEW)]), by=other
        )
        conflict = body(office.visitor.submit(page, "Save levels", level__claims="view", level__health_record="view"))
        assert conflict.status == 409
        told = conflict.soup.select_one("#meanwhile-claims")
        assert told is not None
        assert "Changed meanwhile to: No access (set here)" in told.get_text()
        assert conflict.soup.select_one("#meanwhile-codes") is None
        assert office.levels(jo)["health_record"] == "none"
        done = office.visitor.submit(conflict, "Save levels")
        assert done.messages == ["The levels of jo are saved."]
        assert [office.levels(jo)[key] for key in ("claims", "health_record", "codes")] == ["view"] * 3

    @pytest.mark.row("AM-28")
    def test_dates_are_days_and_what_stands_is_kept_to_the_minute(self, office: Office, clock: FrozenClock) -> None:
        jo = office.member("jo")
        end = clock.now() + timedelta(days=9, hours=3)
        office.access.execute(SetDates(office.tenant, jo, valid_until=end), by=office.manager)
        done = office.visitor.submit(page_of(office, jo), "Save dates", valid_from="2026-01-06")
        assert done.messages == ["The dates of jo are saved."]
        told = office.told(jo)
        assert (f"{told.valid_from:%Y-%m-%d %H:%M}", told.valid_until) == ("2026-01-06 00:00", end)
        wrong = office.visitor.submit(body(done), "Save dates", valid_until="2026-01-01")
        assert wrong.status == 422
        assert wrong.soup.select_one("#valid_until[aria-invalid=true][value='2026-01-01']")
        office.visitor.submit(body(done), "Save dates", valid_from="", valid_until="")
        assert office.told(jo).valid_until is None


class TestLinks:
    @pytest.mark.row("INV-28", "MU-10")
    def test_a_link_is_confirmed_and_ended(self, office: Office) -> None:
        proven = office.member("proven", levels={"claims": VIEW})
        lee, lou = (given(office.access).linked(office.tenant, proven) for _ in range(2))
        page = page_of(office, lee)
        assert "proven, whose password was used to join" in page.text
        name = office.told(lee).row.username
        done = office.visitor.submit(page, "Confirm Link")
        assert done.messages == [f"The link of {name} is confirmed. It no longer depends on another username."]
        assert office.told(lee).rest_kind is None
        gone = office.visitor.submit(page_of(office, lou), "End Link")
        assert gone.url == office.url
        assert office.visitor.get(f"{office.url}/{lou}").status == 404

    @pytest.mark.row("MU-10", "INV-28")
    def test_a_link_that_waits_is_accepted(self, office: Office) -> None:
        office.access.execute(ChangeLinking(office.tenant, linking=Linking.BOTH), by=office.manager)
        proven = office.member("proven", levels={"claims": VIEW})
        lee = given(office.access).linked(office.tenant, proven)
        assert office.status(lee) is Status.PENDING
        done = office.visitor.submit(page_of(office, lee), "Accept Link")
        assert done.messages == [f"The link of {office.told(lee).row.username} is accepted."]
        assert office.told(lee).rest_kind is RestKind.LINK

    @pytest.mark.row("MU-08", "MC-09")
    def test_of_who_asks_a_proof_of_long_ago_is_not_told(self, office: Office) -> None:
        proven = office.member("proven", levels={"claims": VIEW})
        lee = given(office.access).linked(office.tenant, proven)
        office.access.execute(Leave(office.tenant), by=lee)
        office.access.execute(ChangeLinking(office.tenant, linking=Linking.CONSENT), by=office.manager)
        office.access.execute(RequestLink(office.tenant), by=lee)
        page = page_of(office, lee)
        assert "is a username from elsewhere that asks to work here, too." in page.text
        assert "knew the username and password" not in page.text

    @pytest.mark.row("MU-08", "MU-10")
    def test_who_asked_without_a_proof_is_accepted_with_a_grant(self, office: Office) -> None:
        office.access.execute(ChangeLinking(office.tenant, linking=Linking.CONSENT), by=office.manager)
        lee = given(office.access).registered(given(office.access).tenant("Lakeside"), username="lee")
        office.access.execute(RequestLink(office.tenant), by=lee)
        page = page_of(office, lee)
        for told in ("lee is a username from elsewhere that asks to work here, too.", CATALOGUE["asker_unknown"]):
            assert told in page.text
        listed = body(office.visitor.get(f"{office.url}?pending=1")).rows()
        assert listed[0][5:6] + listed[0][-1:] == ["Pending asks to be linked", "Accept Link : lee"]
        nothing = office.visitor.submit(page, "Accept Link")
        assert (nothing.status, body(nothing).messages) == (422, [CATALOGUE["grant_nothing"]])
        assert office.visitor.submit(page, "Accept Link", level__claims="none").status == 422
        done = office.visitor.submit(page, "Accept Link", role="biller")
        assert done.messages == ["The link of lee is accepted."]
        assert (office.status(lee), office.told(lee).row.role) == (Status.ACTIVE, "biller")

    @pytest.mark.row("MU-08", "INV-13")
    def test_who_asks_to_be_linked_is_shown_as_they_said_and_may_be_turned_down(self, office: Office) -> None:
        office.access.execute(ChangeLinking(office.tenant, linking=Linking.CONSENT), by=office.manager)
        lee = given(office.access).registered(given(office.access).tenant("Lakeside"), username="lee")
        office.access.execute(RequestLink(office.tenant, contact=Contact("Lee", "Chan", "lee@billing.example")), by=lee)
        listed = body(office.visitor.get(f"{office.url}?pending=1")).rows()
        assert listed[0][1:4] == ["lee E-mail: lee@billing.example", "Chan", "Lee"]
        page = page_of(office, lee)
        assert page.heading == "Lee Chan (lee)"
        asker = page.soup.select_one("#verify dl")
        assert asker is not None
        assert " ".join(asker.get_text(" ").split()) == (
            "Username lee Name Lee Chan E-mail lee@billing.example Asked 2026-01-05"
        )
        assert CATALOGUE["asker_unknown"] not in page.text
        assert CATALOGUE["asker_said"] in page.text
        review = office.visitor.get(f"{office.url}/review?action=approve&member={lee}")
        assert CATALOGUE["accept_link_instead"] in review.text
        assert office.visitor.submit(page, "Turn down").messages == ["lee was turned down."]
        assert body(office.visitor.get(f"{office.url}/{lee}")).soup.select_one("#verify") is None


class TestForms:
    @pytest.mark.row("INV-24", "A18")
    def test_a_field_too_many_refuses_the_whole_form(self, office: Office) -> None:
        jo = office.member("jo")
        page = page_of(office, jo)
        for button, fields in {
            "Disable User": {"last_manager": "override"},
            "Save role": {"level__claims": "full"},
            "Save": {"username": "else"},
        }.items():
            assert office.visitor.submit(page, button, **fields).status == 422
        assert office.told(jo).row.status is Status.ACTIVE

    def test_levels_without_what_was_seen_are_refused(self, office: Office) -> None:
        jo = office.member("jo")
        fields = {"level.claims": "full", office.csrf.name: office.csrf.value}
        assert office.visitor.post(f"{office.url}/{jo}/levels", fields).status == 422
        assert office.levels(jo)["claims"] == "none"

    def test_sent_twice_it_is_done_once(self, office: Office) -> None:
        jo = office.member("jo")
        page = page_of(office, jo)
        for _ in range(2):
            assert office.visitor.submit(page, "Disable User").messages == ["jo is disabled."]
        assert office.kinds().count("disable") == 1
        assert office.visitor.submit(page, "Save", first_name="Jo").messages == ["The contact profile of jo is saved."]

    def test_there_is_no_other_step(self, office: Office) -> None:
        jo = office.member("jo")
        fields = {office.csrf.name: office.csrf.value}
        assert office.visitor.post(f"{office.url}/{jo}/promote", fields).status == 404
        assert office.visitor.post(f"{office.url}/jo/disable", fields).status == 404
        assert office.visitor.post(f"{office.url}/{office.elsewhere('otto')}/disable", fields).status == 404
        assert office.visitor.get(f"{office.url}/{jo}/disable").url == f"{office.url}/{jo}"
        assert office.status(jo) is Status.ACTIVE

    @pytest.mark.row("INV-19")
    def test_what_the_operator_disabled_only_the_operator_enables(self, office: Office) -> None:
        jo = office.member("jo")
        office.access.execute(Disable(office.tenant, jo), by=OPERATOR)
        why = refused(page_of(office, jo))
        assert why["Enable User"] == "Not possible: Only the operator may do this. Ask the operator."


def test_it_costs_a_fixed_number_of_queries() -> None:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    access = TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    office = Office.open(access, portal_of(access))
    sent = []
    for number in range(2):
        jo = office.member(f"jo{number}", by=office.manager)
        for _ in range(number * 20 + 1):
            office.access.execute(AssignRole(office.tenant, jo, None), by=office.manager)
            office.access.execute(AssignRole(office.tenant, jo, "biller"), by=office.manager)
        with statements(access) as asked:
            page_of(office, jo)
        sent.append(len(asked))
    store.dispose()
    assert sent == [sent[0]] * 2
    assert sent[0] <= 22
