"""The reference model, by examples: whose an end is, who may widen dates, what begins with what; suspensions."""

import pytest
from tests.oracle.office import OPERATOR, PUBLIC, SYSTEM, Office, by

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import DAY, lifecycle


@pytest.fixture
def office() -> Office:
    """A clerk x who was admitted, a deputy p who may be proven, and a master m."""
    office = Office()
    office.admits("x")
    office.does(OPERATOR, ref.AddUsername("t", "p", role="deputy"))
    office.does(by("p"), ref.ChangePassword())
    office.masters("m")
    return office


def dates(office: Office, start: int | None, end: int | None, member: str = "x") -> ref.SetDates:
    """Dates in so many days from now."""
    begins, ends = (None if day is None else office.now + day * DAY for day in (start, end))
    return ref.SetDates("t", member, begins, ends)


# Whose an end is.


def test_a_manager_neither_moves_nor_clears_the_operators_end(office: Office) -> None:
    office.does(OPERATOR, ref.Disable("t", "x", at=office.now + 30 * DAY))
    for end in (20, 40, None):
        office.refuses(by("a"), dates(office, None, end), "operator_only")
    office.refuses(by("a"), ref.Disable("t", "x", at=office.now + 20 * DAY), "operator_only")
    for later in (30, 40):
        office.skips(by("a"), ref.Disable("t", "x", at=office.now + later * DAY))
    office.does(by("a"), dates(office, 2, 30))
    assert office.row("x").ends_by == "operator"
    office.does(OPERATOR, dates(office, None, 60))
    office.does(by("a"), ref.Disable("t", "x"))


def test_what_the_operator_ended_only_the_operator_leads_back(office: Office) -> None:
    office.does(OPERATOR, dates(office, None, 30))
    office.passes(30 * DAY - 1)
    assert office.status("x") == "active"
    office.passes(1)
    assert office.status("x") == "ended"
    office.refuses(by("a"), ref.Enable("t", "x"), "operator_only")
    office.refuses(OPERATOR, ref.AppointManager("t", "x"), "illegal")
    office.does(by("a"), ref.Disable("t", "x"))
    office.refuses(by("a"), ref.Enable("t", "x"), "operator_only")
    office.does(OPERATOR, ref.Enable("t", "x"))
    assert (office.row("x").valid_until, office.row("x").ends_by) == (None, None)


@pytest.mark.parametrize("days", [0, 30])
def test_whoever_leaves_with_the_operators_end_is_led_back_by_the_operator(office: Office, days: int) -> None:
    office.does(OPERATOR, dates(office, None, 30))
    office.passes(days * DAY, active=("a",))
    office.does(by("x"), ref.Leave("t"), ref.RequestAccess("t"))
    office.refuses(by("a"), ref.Approve("t", "x", "clerk"), "operator_only")
    office.does(OPERATOR, ref.Approve("t", "x", "clerk"))


@pytest.mark.parametrize("later", [0, 10])
def test_an_end_of_the_operator_over_that_of_a_manager_is_the_operators(office: Office, later: int) -> None:
    office.does(by("a"), dates(office, None, 30))
    assert office.row("x").ends_by == "manager"
    office.does(OPERATOR, ref.Disable("t", "x", at=office.now + (30 + later) * DAY))
    assert (office.row("x").valid_until, office.row("x").ends_by) == (office.now + 30 * DAY, "operator")
    office.skips(OPERATOR, ref.Disable("t", "x", at=office.now + 40 * DAY))


def test_setting_the_same_dates_as_the_operator_makes_the_end_the_operators(office: Office) -> None:
    office.does(by("a"), dates(office, None, 30))
    office.skips(by("a"), dates(office, None, 30))
    office.does(OPERATOR, dates(office, None, 30))
    office.skips(OPERATOR, dates(office, None, 30))
    assert office.row("x").ends_by == "operator"


def test_appointing_lifts_the_operators_own_end(office: Office) -> None:
    office.does(OPERATOR, dates(office, None, 30), ref.AppointManager("t", "x"))
    assert office.row("x").ends_by is None
    office.does(by("a"), dates(office, None, 30))
    assert office.row("x").ends_by == "manager"


# Who may widen dates.


def test_who_was_proven_narrows_the_dates_of_what_rests_on_it_and_never_widens_them(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("p"), dates(office, None, 30, "m"), dates(office, None, 20, "m"))
    for wider in (21, None):
        office.refuses(by("p"), dates(office, None, wider, "m"), "own_row")
    office.does(by("p"), dates(office, 5, 20, "m"), dates(office, 6, 20, "m"))
    for sooner in (5, None):
        office.refuses(by("p"), dates(office, sooner, 20, "m"), "own_row")
    office.does(by("a"), dates(office, None, None, "m"))


def test_whoever_chose_a_password_narrows_dates_and_never_widens_them(office: Office) -> None:
    office.adds("y")
    office.does(by("a"), dates(office, None, 30, "y"))
    office.refuses(by("a"), dates(office, None, 40, "y"), "own_row")
    office.does(by("b"), dates(office, None, 40, "y"))
    office.does(by("y"), ref.ChangePassword())
    office.does(by("a"), dates(office, None, 50, "y"))


# What begins with what.


def test_a_row_begins_with_what_it_rests_on_and_needs_no_new_proof(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("a"), dates(office, 10, None, "p"))
    assert office.reason("m") == "not_yet_valid"
    office.does(by("b"), dates(office, 5, None, "m"))
    office.passes(10 * DAY - 1)
    assert office.reason("m") == "not_yet_valid"
    office.passes(1)
    assert office.reason("m") == "allowed"


def test_a_row_begins_with_what_its_base_rests_on(office: Office) -> None:
    office.adds("y")
    office.joins("m", "y")
    office.does(by("b"), dates(office, 10, None, "a"))
    assert (office.reason("y"), office.reason("m")) == ("not_yet_valid", "not_yet_valid")
    office.does(by("y"), ref.ChangePassword())
    assert office.reason("y") == "allowed"


def test_a_resting_manager_does_not_choose_how_others_join(office: Office) -> None:
    office.does(by("a"), ref.AddUsername("t", "y", role="deputy"))
    office.refuses(by("y"), ref.ChangeLinking("t", "both"), "resting")
    office.does(by("y"), ref.ChangePassword(), ref.ChangeLinking("t", "both"))


# Suspensions.


def test_a_registration_that_was_out_is_dead_after_a_suspension(office: Office) -> None:
    office.does(PUBLIC, ref.RequestAccess("t", "y", "y@example.org"))
    office.does(by("a"), ref.Approve("t", "y", "clerk"))
    office.does(SYSTEM, ref.Deliver())
    office.does(OPERATOR, ref.SuspendPrincipal("y"), ref.ReinstatePrincipal("y"))
    office.refuses(PUBLIC, ref.Complete(("tok", "t", "y", 1)), "proof_refused")
    office.does(by("a"), ref.SendRegistration("t", "y"))
    office.does(SYSTEM, ref.Deliver())
    office.does(PUBLIC, ref.Complete(("tok", "t", "y", 2)))


def test_every_secret_that_was_out_is_dead_after_a_suspension(office: Office) -> None:
    office.does(by("x"), ref.ChangePassword())
    offer = office.proves("x", "p")
    office.does(PUBLIC, ref.RequestPasswordReset("x"))
    office.does(by("m"), ref.ChangeEmail("m@example.net"))
    office.does(SYSTEM, ref.Deliver())
    office.does(OPERATOR, ref.SuspendPrincipal("x"), ref.SuspendPrincipal("m"))
    office.does(OPERATOR, ref.ReinstatePrincipal("x"), ref.ReinstatePrincipal("m"))
    office.refuses(PUBLIC, ref.ResetPassword(("reset", "x"), 1), "proof_refused")
    office.refuses(PUBLIC, ref.VerifyEmail(("email", "m"), 1), "proof_refused")
    office.refuses(by("x"), ref.JoinLink(("t",), offer), "proof_refused")


def test_what_waits_to_be_mailed_to_somebody_suspended_is_void(office: Office) -> None:
    office.does(by("m"), ref.ChangeEmail("m@example.net"))
    office.does(OPERATOR, ref.SuspendPrincipal("m"))
    assert office.does(SYSTEM, ref.Deliver()).created == ()
    office.does(OPERATOR, ref.ReinstatePrincipal("m"))
    office.refuses(PUBLIC, ref.VerifyEmail(("email", "m"), 1), "proof_refused")


def test_a_request_to_rest_on_what_is_to_begin_is_answered_before(office: Office) -> None:
    office.does(by("a"), ref.ChangeLinking("t", "both"))
    office.joins("m", "p")
    office.does(by("a"), dates(office, 10, None, "p"))
    assert office.status("m") == "pending"
    office.does(by("a"), ref.AcceptLink("t", "m"))
    assert office.status("m") == "not_yet_valid"
    office.passes(10 * DAY)
    assert office.status("m") == "active"


def test_the_judge_sees_who_prolongs_what_rests_on_them(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.joins("m", "p")
    office.does(by("a"), dates(office, None, 30, "m"))
    command = dates(office, None, 60, "m")
    office.refuses(by("p"), command, "own_row")
    monkeypatch.setattr(lifecycle, "is_narrower", lambda *_: True)
    after, outcome = ref.step(office.world, office.state, command, by("p"), office.now)
    assert outcome.kind == "done"
    found = ref.violations(office.world, office.state, command, by("p"), after, outcome, office.now)
    assert [line for line in found if line.startswith("INV-18")]


@pytest.mark.parametrize("first", [None, 30])
def test_an_end_to_come_ends_no_invitation_of_whoever_is_disabled_already(office: Office, first: int | None) -> None:
    office.does(by("a"), dates(office, 1, first), dates(office, None, first))
    office.does(by("a"), ref.Disable("t", "x"))
    slot = office.invites(by("a"), "x")
    office.does(OPERATOR, ref.Disable("t", "x", at=office.now + 30 * DAY))
    assert office.state.tenants["t"].invitations[slot[2]].state == "open"
