"""Several users at once: looked through, then confirmed by name."""

import pytest
from tests.web.rosters import Office, body

from tenantaccess import VIEW
from tenantaccess.commands import Disable
from tenantaccess.errors import AccessDeniedError
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.members import DisableReason, Status
from tenantaccess.services.directory import Directory
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.web.portal.words import CATALOGUE


class TestTheReview:
    @pytest.mark.row("AM-08", "AM-21", "P3")
    def test_it_says_what_will_happen_to_each_and_does_nothing(self, office: Office) -> None:
        jo, kim, old = office.member("jo"), office.pending("kim"), office.member("old")
        office.access.execute(Disable(office.tenant, old), by=OPERATOR)
        listed = office.visitor.get(office.url)
        review = office.visitor.submit(listed, "Review", member=[jo, kim, old, office.manager], action="disable")
        assert review.heading == "Disable users?"
        assert {row[0]: row[2] for row in review.rows()} == {
            "jo": "Access ends at once, open sessions too.",
            "kim": "Not possible The request for access awaits approval.",
            "old": "Left out Disabled already.",
            "maria": "Not possible Nobody can do this to their own membership. Ask another account manager.",
        }
        assert office.status(jo) is Status.ACTIVE

    @pytest.mark.row("AM-08", "AM-28")
    def test_confirming_by_name_does_it_to_those_it_can_be_done_to(self, office: Office) -> None:
        jo, lee, kim = office.member("jo"), office.member("lee"), office.pending("kim")
        listed = office.visitor.get(f"{office.url}?sort=-username")
        review = office.visitor.submit(listed, "Review", member=[jo, lee, kim], action="disable")
        done = office.visitor.submit(review, "Disable 2 users", reason="security", note="a lost laptop")
        assert done.messages == ["Disabled: jo, lee"]
        assert done.url.endswith("?sort=-username")
        assert [office.status(one) for one in (jo, lee, kim)] == [Status.DISABLED, Status.DISABLED, Status.PENDING]
        told = office.told(jo)
        assert told.disabled is not None
        assert told.disabled.reason is DisableReason.SECURITY

    def test_one_is_named(self, office: Office) -> None:
        jo = office.member("jo")
        review = office.visitor.get(f"{office.url}/review?action=remove&member={jo}")
        done = office.visitor.submit(review, "Remove jo")
        assert done.messages == ["Removed: jo"]
        assert office.visitor.get(f"{office.url}/{jo}").status == 404

    @pytest.mark.row("AM-27")
    def test_what_was_done_is_told_where_nothing_can_be_read_any_more(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ann, jo, read = office.pending("ann"), office.member("jo"), list[object]()

        def shut(*_: object, **__: object) -> None:
            read.append(None)
            raise AccessDeniedError(denied(Reason.DISABLED))

        disabling = office.visitor.get(f"{office.url}/review?action=disable&member={jo}")
        approving = office.visitor.get(f"{office.url}/review?action=approve&member={ann}")
        monkeypatch.setattr(Directory, "members", shut)
        done = office.visitor.submit(disabling, "Disable jo")
        assert (done.messages, read) == (["Disabled: jo"], [])
        done = office.visitor.submit(approving, "Verify account of ann", role="biller")
        assert (done.messages, len(read)) == (["Approved: ann"], 1)

    @pytest.mark.row("AM-04", "AM-11", "AM-25")
    def test_several_are_approved_with_what_they_are_to_hold(self, office: Office) -> None:
        ann, bob = office.pending("ann"), office.pending("bob")
        review = office.visitor.get(f"{office.url}/review?action=approve&member={ann}&member={bob}")
        nothing = office.visitor.submit(review, "Verify 2 accounts")
        assert nothing.status == 422
        assert office.status(ann) is Status.PENDING
        unsure = office.visitor.submit(nothing, "Verify 2 accounts", level__claims="none")
        assert (unsure.status, body(unsure).messages[:1]) == (422, [CATALOGUE["grant_opens_nothing"]])
        assert unsure.soup.select_one("[name=sure]") is not None
        done = office.visitor.submit(nothing, "Verify 2 accounts", role="biller", level__health_record="view")
        assert done.messages == [f"Approved: ann, bob. {CATALOGUE['done_unverified']}"]
        assert office.levels(bob)["health_record"] == "view"
        assert office.status(bob) is Status.UNVERIFIED
        zoe = office.pending("zoe")
        review = office.visitor.get(f"{office.url}/review?action=approve&member={zoe}")
        done = office.visitor.submit(review, "Verify account of zoe", level__claims="none", sure="yes")
        assert done.messages == [f"Approved: zoe. {CATALOGUE['done_unverified']}"]
        assert [row[6] for row in done.rows() if row[1].startswith("zoe")] == ["may do nothing yet"]

    @pytest.mark.row("AM-27", "AM-30", "AM-31")
    def test_the_other_steps_are_taken_too(self, office: Office) -> None:
        jo, late = office.registered("jo"), office.unverified("late")
        for action, member, button, message in (
            ("registration", late, "Send registration e-mail to late", "Registration e-mail sent: late"),
            ("reset", jo, "Send password reset to jo", "Password reset sent: jo"),
            ("disable", jo, "Disable jo", "Disabled: jo"),
            ("enable", jo, "Enable jo", f"Enabled: jo. {CATALOGUE['done_unverified']}"),
        ):
            review = office.visitor.get(f"{office.url}/review?action={action}&member={member}")
            assert office.visitor.submit(review, button).messages == [message]

    def test_what_is_so_already_is_left_out(self, office: Office) -> None:
        jo = office.member("jo")
        review = office.visitor.get(f"{office.url}/review?action=enable&member={jo}")
        assert review.rows()[0][2] == "Left out Access is enabled already."
        assert "Nothing is left to confirm" in review.text
        assert not review.soup.select("main form")

    def test_whoever_ticks_nobody_is_told(self, office: Office) -> None:
        office.member("jo")
        listed = office.visitor.get(office.url)
        review = office.visitor.submit(listed, "Review", action="remove")
        assert "Nobody was ticked" in review.text

    @pytest.mark.row("AM-08")
    def test_nothing_is_chosen_before_somebody_chooses(self, office: Office) -> None:
        jo = office.member("jo")
        listed = office.visitor.get(office.url)
        first = listed.soup.select("select#action option")[0]
        assert (first["value"], first.get_text()) == ("", "Choose…")
        told = office.visitor.get(f"{office.url}/review?action=&member={jo}&back={office.url}?sort=email")
        assert (told.status, told.heading) == (422, "Nothing was chosen")
        assert CATALOGUE["nothing_chosen"] in told.text
        assert told.soup.select_one(f'main a[href="{office.url}?sort=email"]') is not None

    @pytest.mark.row("AM-08", "P3")
    def test_what_is_left_out_is_said_and_only_that(self, office: Office) -> None:
        jo, lee = office.member("jo"), office.pending("lee")
        both = office.visitor.get(f"{office.url}/review?action=disable&member={jo}&member={lee}")
        assert CATALOGUE["all_but_left_out"] in both.text
        done = office.visitor.submit(both, "Disable jo")
        assert done.messages == ["Disabled: jo"]
        assert (office.status(jo), office.status(lee)) == (Status.DISABLED, Status.PENDING)
        one = office.visitor.get(f"{office.url}/review?action=approve&member={lee}")
        assert CATALOGUE["all_or_nothing"] in one.text
        assert CATALOGUE["all_but_left_out"] not in one.text


class TestAllOrNothing:
    @pytest.mark.row("P3")
    def test_one_that_cannot_be_done_any_more_undoes_all(self, office: Office) -> None:
        jo, lee = office.member("jo"), office.pending("lee")
        review = office.visitor.get(f"{office.url}/review?action=disable&member={jo}")
        fields = {"action": "disable", "member": [jo, lee], "once": "one", office.csrf.name: office.csrf.value}
        refused = office.visitor.post(f"{office.url}/review", fields)
        assert refused.status == 409
        assert office.status(jo) is Status.ACTIVE
        assert review.rows()[0][0] == "jo"
        assert [row[0] for row in refused.rows()] == ["jo", "lee"]

    def test_sent_twice_it_is_done_once(self, office: Office) -> None:
        late = office.unverified("late")
        review = office.visitor.get(f"{office.url}/review?action=registration&member={late}")
        for _ in range(2):
            done = office.visitor.submit(review, "Send registration e-mail to late")
            assert done.messages == ["Registration e-mail sent: late"]
        assert office.kinds().count("send_registration") == 1


class TestWhoMay:
    @pytest.mark.row("INV-24", "A18")
    def test_a_field_too_many_refuses_all(self, office: Office) -> None:
        jo = office.member("jo")
        review = office.visitor.get(f"{office.url}/review?action=disable&member={jo}")
        assert office.visitor.submit(review, "Disable jo", last_manager="override").status == 422
        assert office.status(jo) is Status.ACTIVE

    @pytest.mark.row("INV-11", "A05")
    def test_users_of_another_tenant_are_nobody(self, office: Office) -> None:
        otto = office.elsewhere("otto")
        review = office.visitor.get(f"{office.url}/review?action=remove&member={otto}&member=otto")
        assert "Nobody was ticked, or nobody of them is here any more." in review.text
        fields = {"action": "remove", "member": [otto], office.csrf.name: office.csrf.value}
        assert office.visitor.post(f"{office.url}/review", fields).status == 404

    @pytest.mark.row("INV-40")
    def test_more_than_a_page_of_users_is_refused(self, office: Office) -> None:
        many = "&".join(f"member=pri_{number:032}" for number in range(501))
        assert office.visitor.get(f"{office.url}/review?action=enable&{many}").status == 422

    def test_there_is_no_other_action(self, office: Office) -> None:
        assert office.visitor.get(f"{office.url}/review?action=promote&member={office.manager}").status == 404
        posted = {"member": office.manager, office.csrf.name: office.csrf.value}
        assert office.visitor.post(f"{office.url}/review", posted).status == 404

    @pytest.mark.row("AM-09")
    def test_who_may_not_reads_why_and_may_not(self, office: Office) -> None:
        jo = office.member("jo")
        reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
        review = reader.get(f"{office.url}/review?action=disable&member={jo}")
        assert "This needs an account manager." in body(review).text
        fields = {"action": "disable", "member": [jo], office.csrf.name: office.csrf.value}
        assert reader.post(f"{office.url}/review", fields).status == 403
