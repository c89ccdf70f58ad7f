"""The reference model, by examples: time, the lifecycle, and rows that rest on others."""

import pytest
from tests.oracle.office import OPERATOR, PUBLIC, SYSTEM, Office, by

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import ACCOUNT_MANAGER, DAY, FULL, HOUR, NONE, VIEW


@pytest.fixture
def office() -> Office:
    return Office()


# Time.


@pytest.mark.parametrize(("early", "word"), [(1, "active"), (0, "lapsed")])
def test_exactly_the_limit_is_lapsed_and_a_microsecond_less_is_not(office: Office, early: int, word: str) -> None:
    office.adds("x")
    office.passes(90 * DAY - early)
    assert office.status("x") == word


@pytest.mark.parametrize(("early", "kind"), [(1, "done"), (0, "refused")])
def test_a_registration_token_is_dead_at_exactly_14_days(office: Office, early: int, kind: str) -> None:
    office.does(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"))
    office.does(by("a"), ref.Approve("t", "x", "clerk"))
    assert office.does(SYSTEM, ref.Deliver()).created == (("tok", "t", "x", 1),)
    office.passes(14 * DAY - early)
    assert office.tries(PUBLIC, ref.Complete(("tok", "t", "x", 1))).kind == kind


def test_a_request_expires_after_90_days_and_only_a_new_one_helps(office: Office) -> None:
    office.does(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"))
    office.passes(90 * DAY, active=("a",))
    assert office.status("x") == "request_expired"
    office.refuses(by("a"), ref.Approve("t", "x", "clerk"), "illegal")
    office.refuses(by("a"), ref.Enable("t", "x"), "illegal")
    office.does(by("x"), ref.RequestAccess("t"))
    assert office.status("x") == "pending"


def test_activity_is_noted_once_an_hour_and_moves_the_clock(office: Office) -> None:
    use = ref.Touch("t", "claims", "view")
    office.does(by("a"), use)
    office.now += HOUR - 1
    office.skips(by("a"), use)
    office.now += 1
    office.does(by("a"), use)
    assert office.row("a").last_active_at == office.now


@pytest.mark.row("MC-18")
def test_a_sweep_tells_once_and_changes_no_answer(office: Office) -> None:
    office.passes(61 * DAY)
    assert len(office.does(SYSTEM, ref.Sweep()).notices) == 3
    office.skips(SYSTEM, ref.Sweep())
    office.passes(29 * DAY)
    swept = office.does(SYSTEM, ref.Sweep())
    assert len(swept.events) == len(swept.notices) == 3
    assert office.row("a").disabled_at is None
    office.skips(SYSTEM, ref.Sweep())


def test_of_several_warnings_due_only_the_highest_is_sent(office: Office) -> None:
    office.passes(86 * DAY)
    assert len(office.does(SYSTEM, ref.Sweep()).notices) == 3
    office.skips(SYSTEM, ref.Sweep())


# Lifecycle.


@pytest.mark.row("MC-01")
def test_disable_takes_a_lapsed_row_and_the_operators_takes_the_managers(office: Office) -> None:
    office.adds("x")
    office.passes(90 * DAY, active=("a",))
    assert office.status("x") == "lapsed"
    office.does(by("a"), ref.Disable("t", "x", "left"))
    assert office.status("x") == "manual"
    office.skips(by("a"), ref.Disable("t", "x", "left"))
    office.does(OPERATOR, ref.Disable("t", "x", "security"))
    assert office.status("x") == "operator"
    assert (office.row("x").access_epoch, office.row("x").proof_epoch) == (2, 2)
    office.skips(by("a"), ref.Disable("t", "x"))
    office.refuses(by("a"), ref.Enable("t", "x"), "operator_only")
    office.does(OPERATOR, ref.Enable("t", "x"))


@pytest.mark.row("MC-02")
def test_a_row_is_stale_once_the_end_of_its_base_has_passed(office: Office) -> None:
    office.adds("x")
    office.does(by("b"), ref.Disable("t", "a", at=office.now + 14 * DAY))
    assert office.reason("x") == "allowed"
    office.passes(14 * DAY)
    assert (office.status("a"), office.status("x")) == ("ended", "stale")
    office.does(by("b"), ref.Enable("t", "a"))
    assert office.status("x") == "stale"


@pytest.mark.row("MC-05")
def test_appointing_raises_the_access_epoch_unless_the_row_is_active(office: Office) -> None:
    office.does(by("a"), ref.Disable("t", "b"))
    epoch = office.row("b").access_epoch
    office.does(OPERATOR, ref.AppointManager("t", "b"))
    assert office.row("b").access_epoch == epoch + 1
    office.skips(OPERATOR, ref.AppointManager("t", "b"))
    office.adds("x")
    office.does(OPERATOR, ref.AppointManager("t", "x"))
    assert (office.row("x").access_epoch, office.row("x").rests_on) == (0, None)


@pytest.mark.row("MC-06")
def test_a_passed_end_is_lifted_by_enabling_only(office: Office) -> None:
    office.adds("x")
    office.does(by("a"), ref.SetDates("t", "x", None, office.now + DAY))
    office.passes(DAY)
    later = ref.SetDates("t", "x", None, office.now + 30 * DAY)
    office.refuses(by("b"), later, "illegal")
    office.does(by("a"), ref.Enable("t", "x"))
    assert (office.status("x"), office.row("x").proof_epoch) == ("active", 1)
    office.does(by("a"), later)


@pytest.mark.row("MC-11")
def test_what_the_operator_disabled_only_the_operator_leads_back(office: Office) -> None:
    office.adds("x")
    office.does(OPERATOR, ref.Disable("t", "x", "security"))
    office.does(by("a"), ref.Remove("t", "x"))
    office.refuses(OPERATOR, ref.AppointManager("t", "x"), "illegal")
    office.does(by("x"), ref.RequestAccess("t"))
    office.refuses(by("a"), ref.Approve("t", "x", "clerk"), "operator_only")
    office.does(by("a"), ref.Reject("t", "x"))
    office.refuses(by("a"), ref.Approve("t", "x", "clerk"), "operator_only")
    office.does(OPERATOR, ref.Approve("t", "x", "clerk"))
    assert not office.row("x").operator_hold


def test_a_rejection_by_the_operator_holds_nobody(office: Office) -> None:
    office.does(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"))
    office.does(OPERATOR, ref.Reject("t", "x"))
    office.skips(by("a"), ref.Reject("t", "x"))
    office.does(by("a"), ref.Approve("t", "x", "clerk"))
    assert office.status("x") == "unverified"


def test_enabling_kills_the_tokens_and_asks_for_a_new_verification(office: Office) -> None:
    office.admits("x")
    office.does(by("a"), ref.Disable("t", "x"), ref.Enable("t", "x"))
    assert office.status("x") == "unverified"
    office.does(SYSTEM, ref.Deliver())
    office.does(by("a"), ref.Disable("t", "x"), ref.Enable("t", "x"))
    office.refuses(PUBLIC, ref.Complete(("tok", "t", "x", 2)), "proof_refused")
    office.does(SYSTEM, ref.Deliver())
    office.does(PUBLIC, ref.Complete(("tok", "t", "x", 3)))
    office.refuses(PUBLIC, ref.Complete(("tok", "t", "x", 3)), "proof_refused")


@pytest.mark.parametrize("word", ["UNVERIFIED", "ACTIVE"])
def test_enabling_follows_the_policy_where_there_is_a_mailbox(word: str) -> None:
    office = Office(ref.Policy(after_enable=word))
    office.admits("x")
    office.does(by("a"), ref.Disable("t", "x"), ref.Enable("t", "x"))
    assert office.status("x") == word.lower()


def test_a_tombstone_inherits_nothing_and_epochs_go_on(office: Office) -> None:
    office.adds("x", levels=(("claims", FULL),))
    office.does(by("x"), ref.Leave("t"))
    assert office.reason("x") == "not_a_member"
    office.does(by("x"), ref.RequestAccess("t"))
    row = office.row("x")
    assert (row.incarnation, row.access_epoch, row.proof_epoch) == (2, 1, 1)
    assert (row.role, dict(row.overrides), row.rests_on) == (None, {}, None)


# Resting.


@pytest.mark.row("MC-17")
def test_a_username_is_stale_once_its_chooser_is_disabled_and_a_password_comes_too_late(
    office: Office,
) -> None:
    office.adds("x")
    office.does(by("b"), ref.Disable("t", "a"))
    assert office.reason("x") == "stale"
    office.does(by("x"), ref.ChangePassword())
    assert office.reason("x") == "stale"
    office.does(by("b"), ref.Enable("t", "a"))
    office.refuses(by("a"), ref.Enable("t", "x"), "own_row")
    office.does(by("b"), ref.Enable("t", "x"))
    assert (office.reason("x"), office.row("x").rests_on) == ("allowed", None)


@pytest.mark.row("MC-17")
def test_a_username_counts_elsewhere_only_with_a_password_of_its_own(office: Office) -> None:
    office.adds("x")
    office.does(OPERATOR, ref.AppointManager("u", "x"))
    assert (office.reason("x", tenant="u"), office.reason("x")) == ("password_not_own", "allowed")
    office.refuses(by("x"), ref.Disable("u", "z"), "denied")
    office.does(by("x"), ref.ChangePassword())
    assert office.reason("x", tenant="u") == "allowed"
    assert office.row("x").rests_on is None


@pytest.mark.row("MC-14")
def test_a_resting_row_admits_nobody_and_holds_no_more_than_its_base(office: Office) -> None:
    office.adds("x", ACCOUNT_MANAGER)
    office.refuses(by("x"), ref.AddUsername("t", "y"), "resting")
    office.does(PUBLIC, ref.RequestAccess("t", "y", "y@example.org"))
    office.refuses(by("x"), ref.Approve("t", "y", "clerk"), "resting")
    office.refuses(by("x"), ref.Remove("t", "a"), "own_row")
    office.does(by("b"), ref.AssignRole("t", "a", "deputy"))
    assert ref.level_on(office.world, office.state, "t", "x", "claims", None) == VIEW
    give = ref.ChangePrivileges("t", (ref.Edit("y", "claims", None, FULL),))
    office.refuses(by("x"), give, "above_held")


@pytest.mark.row("MC-13")
def test_a_role_edit_never_moves_the_actor_nor_its_base(office: Office) -> None:
    office.does(by("b"), ref.AssignRole("t", "a", "deputy"))
    raising = ref.EditRole("t", "deputy", (("claims", FULL),))
    office.refuses(by("a"), raising, "own_row")
    office.does(by("a"), ref.AddUsername("t", "x", levels=(("accounts", FULL),)))
    office.refuses(by("x"), ref.EditRole("t", "deputy", (("claims", NONE),)), "own_row")
    office.does(by("b"), raising)


def test_suspending_a_principal_stales_what_rests_on_it_for_good(office: Office) -> None:
    office.adds("x")
    office.does(OPERATOR, ref.SuspendPrincipal("a"))
    assert (office.reason("a"), office.reason("x")) == ("principal_suspended", "stale")
    office.does(OPERATOR, ref.ReinstatePrincipal("a"))
    assert (office.reason("a"), office.reason("x")) == ("allowed", "stale")
