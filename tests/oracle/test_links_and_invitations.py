"""The reference model, by examples: links, what rests on a proof, invitations, passwords, contexts."""

import pytest
from tests.oracle.office import OPERATOR, PUBLIC, SYSTEM, Office, by

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import ACCOUNT_MANAGER, DAY, FULL, HOUR, MINUTE, NONE, VIEW


@pytest.fixture
def office() -> Office:
    """A clerk p who may be proven, and masters who prove it."""
    office = Office()
    office.does(OPERATOR, ref.AddUsername("t", "p", role="deputy"))
    office.does(by("p"), ref.ChangePassword())
    office.masters("m", "n")
    return office


# The sequences that broke the pages, with a link where there is one.


@pytest.mark.row("MC-01")
def test_a_link_is_stale_though_the_proven_row_had_lapsed_before_it_was_disabled(office: Office) -> None:
    office.joins("m", "p")
    office.passes(90 * DAY, active=("a", "m"))
    assert (office.status("p"), office.reason("m")) == ("lapsed", "allowed")
    office.does(by("a"), ref.Disable("t", "p"))
    assert office.reason("m") == "stale"
    office.does(by("a"), ref.Enable("t", "p"))
    assert office.reason("m") == "stale"


@pytest.mark.row("MC-02")
def test_a_link_is_stale_once_the_end_of_the_proven_row_has_passed_and_stays_so(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("b"), ref.Disable("t", "p", at=office.now + 14 * DAY))
    office.now += 14 * DAY - 1
    assert office.reason("m") == "allowed"
    office.now += 1
    assert office.reason("m") == "stale"
    office.does(by("b"), ref.Enable("t", "p"))
    assert office.reason("m") == "stale"


@pytest.mark.row("MC-03")
@pytest.mark.parametrize(
    ("policy", "at_once", "before", "after"),
    [("STALE", "allowed", "allowed", "stale"), ("REVOKE", "stale", "stale", "stale"), ("KEEP",) + ("allowed",) * 3],
)
def test_grace_runs_from_the_first_change_after_the_proof(policy: str, at_once: str, before: str, after: str) -> None:
    office = Office(ref.Policy(after_password_change=policy))
    office.masters("m")
    office.does(by("b"), ref.ChangePassword())
    office.joins("m", "b")
    office.does(by("b"), ref.ChangePassword())
    assert office.reason("m") == at_once
    office.now += 14 * DAY - 1
    office.does(by("b"), ref.ChangePassword())
    assert office.reason("m") == before
    office.now += 1
    assert office.reason("m") == after


@pytest.mark.row("MC-04")
def test_joining_again_does_not_restart_the_clock(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("p"), ref.ChangePassword())
    office.passes(89 * DAY, active=("a", "p"))
    assert office.status("m") == "stale"
    office.now += DAY
    office.joins("m", "p")
    assert office.status("m") == "lapsed"
    office.does(by("a"), ref.Enable("t", "m"))
    assert office.status("m") == "unverified"
    office.joins("m", "p")
    assert office.reason("m") == "allowed"


@pytest.mark.row("MC-05")
def test_joining_again_ends_the_sessions_of_before(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("m"), ref.Enter("t"))
    ticket = ref.ticket_of(office.state, "t", "m", None)
    assert ticket is not None
    office.skips(by("m"), ref.Resume(ticket))
    office.does(by("a"), ref.Disable("t", "p"), ref.Enable("t", "p"))
    office.refuses(by("m"), ref.Resume(ticket), "denied")
    office.joins("m", "p")
    assert office.reason("m") == "allowed"
    office.refuses(by("m"), ref.Resume(ticket), "denied")


@pytest.mark.row("MC-07")
def test_a_link_takes_no_invitation(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("a"), ref.Disable("t", "p"))
    assert office.status("m") == "stale"
    accepting = ref.AcceptInvitation(office.invites(by("a"), "m", ACCOUNT_MANAGER), 1)
    office.refuses(by("m"), accepting, "illegal")


@pytest.mark.row("MC-08")
@pytest.mark.parametrize("inviter", ["p", "a"])
def test_who_was_proven_invites_nobody_back(office: Office, inviter: str) -> None:
    office.joins("m", "p")
    office.does(by("p"), ref.Remove("t", "m"))
    slot = office.invites(by(inviter), "m")
    accepting = ref.AcceptInvitation(slot, 1)
    if inviter == "a":
        office.does(by("m"), accepting)
    else:
        office.refuses(by("m"), accepting, "own_row")


@pytest.mark.row("MC-08")
def test_a_removed_link_comes_back_pending_and_takes_no_invitation_then(office: Office) -> None:
    office.joins("m", "p")
    office.does(by("p"), ref.Remove("t", "m"))
    office.joins("m", "p")
    assert office.status("m") == "pending"
    office.refuses(by("m"), ref.AcceptInvitation(office.invites(by("p"), "m"), 1), "own_row")
    office.refuses(by("m"), ref.AcceptInvitation(office.invites(by("a"), "m"), 1), "illegal")


@pytest.mark.row("MC-09")
def test_a_row_remembers_whose_proof_it_last_rested_on(office: Office) -> None:
    office.does(OPERATOR, ref.ChangeLinking("t", "both"))
    office.joins("m", "p")
    office.does(by("a"), ref.Reject("t", "m"))
    office.skips(by("m"), ref.RequestLink("t"))
    office.does(OPERATOR, ref.ChangeLinking("t", "consent"))
    office.does(by("m"), ref.RequestLink("t"))
    assert (office.row("m").rests_on, office.row("m").proven_by) == (None, "p")
    office.refuses(by("p"), ref.AcceptLink("t", "m", "clerk"), "own_row")
    office.does(by("a"), ref.Reject("t", "m"))
    office.does(by("m"), ref.RequestAccess("t"))
    office.refuses(by("p"), ref.Approve("t", "m", "clerk"), "own_row")
    office.does(by("a"), ref.Approve("t", "m", "clerk"))


@pytest.mark.row("MC-10")
@pytest.mark.parametrize("ending", [ref.Disable("t", "x"), ref.Remove("t", "x"), ref.Leave("t")])
def test_an_ended_access_ends_the_invitations_to_the_person(office: Office, ending: ref.Command) -> None:
    office.admits("x")
    slot = office.invites(by("a"), "x")
    office.does(by("x") if isinstance(ending, ref.Leave) else by("a"), ending)
    assert office.state.tenants["t"].invitations["i0"].state == "void"
    office.refuses(by("x"), ref.AcceptInvitation(slot, 1), "proof_refused")
    office.refuses(by("a"), ref.ResendInvitation("t", "i0"), "illegal")
    office.skips(by("a"), ref.RevokeInvitation("t", "i0"))


@pytest.mark.row("MC-10", "MC-12")
@pytest.mark.parametrize(
    "away",
    [
        (ref.AssignRole("t", "b", "clerk"), ref.AssignRole("t", "b", ACCOUNT_MANAGER)),
        (ref.Disable("t", "b"), ref.Enable("t", "b")),
        (ref.SuspendPrincipal("b"), ref.ReinstatePrincipal("b")),
        (ref.SuspendTenant("t"), ref.ReopenTenant("t")),
    ],
)
def test_voided_is_for_good(office: Office, away: tuple[ref.Command, ref.Command]) -> None:
    slot = office.invites(by("b"), "m")
    office.does(OPERATOR, *away)
    office.refuses(by("m"), ref.AcceptInvitation(slot, 1), "proof_refused")
    assert office.state.tenants["t"].invitations["i0"].state == "void"


@pytest.mark.row("MC-12")
def test_a_role_that_manages_no_longer_ends_what_its_holders_sent(office: Office) -> None:
    slots = [office.invites(by("p"), "m"), office.invites(by("a"), "n")]
    office.does(by("a"), ref.EditRole("t", "deputy", (("accounts", VIEW),)))
    office.does(by("a"), ref.EditRole("t", "deputy", (("accounts", FULL),)))
    office.refuses(by("m"), ref.AcceptInvitation(slots[0], 1), "proof_refused")
    office.does(by("n"), ref.AcceptInvitation(slots[1], 1))


@pytest.mark.row("MC-13")
def test_a_role_edit_moves_no_sibling_and_raises_no_link_on_the_actor(office: Office) -> None:
    for master in ("m", "n"):
        office.joins(master, "p")
    office.does(by("a"), ref.AddRole("t", "biller", (("claims", VIEW),)), ref.AssignRole("t", "n", "biller"))
    for command in (ref.EditRole("t", "biller", (("claims", NONE),)), ref.Disable("t", "n"), ref.Remove("t", "p")):
        office.refuses(by("m"), command, "own_row")
    office.refuses(by("p"), ref.EditRole("t", "biller", (("accounts", VIEW),)), "own_row")
    office.does(by("p"), ref.EditRole("t", "biller", (("claims", NONE),)))


@pytest.mark.row("MC-14")
def test_a_link_confirms_and_accepts_nobody_though_it_manages(office: Office) -> None:
    office.joins("m", "p")
    office.joins("n", "b")
    for command in (
        ref.ConfirmLink("t", "n"),
        ref.AcceptLink("t", "n"),
        ref.Invite("t", "i0", "x@example.org", "clerk"),
        ref.AddUsername("t", "y"),
    ):
        office.refuses(by("m"), command, "resting")
    office.does(by("a"), ref.ConfirmLink("t", "m"))
    office.refuses(by("m"), ref.Disable("t", "p"), "own_row")


@pytest.mark.row("MC-15")
def test_the_built_in_role_is_cut_to_levels_if_the_inviter_lost_it(office: Office) -> None:
    slot = office.invites(by("b"), "m", ACCOUNT_MANAGER)
    office.does(by("a"), ref.ChangePrivileges("t", (ref.Edit("b", "claims", None, VIEW),)))
    office.does(by("m"), ref.AcceptInvitation(slot, 1))
    assert (office.row("m").role, dict(office.row("m").overrides)) == (None, {"accounts": FULL, "claims": VIEW})


@pytest.mark.row("MC-16", "MC-14")
def test_a_link_that_rests_is_no_manager_to_leave_a_tenant_to(office: Office) -> None:
    office.does(by("m"), ref.JoinLink(("u",), office.proves("m", "z")))
    office.refuses(by("z"), ref.Leave("u"), "last_manager")
    office.does(OPERATOR, ref.ConfirmLink("u", "m"))
    office.does(by("z"), ref.Leave("u"))
    assert ref.managers(office.world, office.state, "u", office.now) == ("m",)


@pytest.mark.row("MC-17")
def test_a_password_that_somebody_else_chose_links_nobody_by_default(office: Office) -> None:
    office.adds("x")
    office.refuses(by("x"), ref.Prove("p"), "denied")
    office.refuses(by("x"), ref.RequestLink("u"), "denied")
    office.joins("m", "x")
    office.does(by("b"), ref.Disable("t", "a"))
    assert (office.reason("x"), office.reason("m")) == ("stale", "stale")
    office.does(by("b"), ref.Enable("t", "x"))
    assert (office.reason("x"), office.reason("m")) == ("allowed", "stale")


# Links besides.


def test_an_offer_is_for_one_asker_one_use_and_ten_minutes(office: Office) -> None:
    offer = office.proves("m", "p")
    joining = ref.JoinLink(("t",), offer)
    office.refuses(by("n"), joining, "proof_refused")
    newer = office.proves("m", "p")
    office.refuses(by("m"), joining, "proof_refused")
    office.now += 10 * MINUTE
    office.refuses(by("m"), ref.JoinLink(("t",), newer), "proof_refused")
    joining = ref.JoinLink(("t",), office.proves("m", "p"))
    office.does(by("m"), joining)
    office.refuses(by("m"), joining, "proof_refused")


@pytest.mark.parametrize(
    "meanwhile",
    [
        ref.Disable("t", "p"),
        ref.SuspendPrincipal("p"),
        ref.SuspendTenant("t"),
        ref.ChangeLinking("t", "consent"),
        ref.ChangePassword(),
    ],
)
def test_what_was_proven_is_judged_again_at_the_join(office: Office, meanwhile: ref.Command) -> None:
    offer = office.proves("m", "p")
    office.does(by("p") if isinstance(meanwhile, ref.ChangePassword) else OPERATOR, meanwhile)
    office.refuses(by("m"), ref.JoinLink(("t",), offer), "proof_refused")


def test_all_tenants_are_joined_or_none(office: Office) -> None:
    office.does(OPERATOR, ref.AppointManager("u", "p"))
    assert ref.offered(office.world, office.state, "p", office.now) == ("t", "u")
    office.joins("m", "p", "t")
    office.does(by("a"), ref.Disable("t", "m"))
    office.refuses(by("m"), ref.JoinLink(("u", "t"), office.proves("m", "p")), "illegal")
    office.joins("m", "p", "u")
    office.refuses(by("m"), ref.JoinLink((), office.proves("m", "p")), "invalid")


def test_who_was_proven_ends_or_narrows_a_link_and_never_raises_it(office: Office) -> None:
    office.joins("m", "p")
    narrowing = ref.ChangePrivileges("t", (ref.Edit("m", "claims", None, NONE),))
    raising = ref.ChangePrivileges("t", (ref.Edit("m", "claims", None, VIEW),))
    office.does(by("p"), narrowing)
    office.refuses(by("p"), raising, "own_row")
    office.refuses(by("p"), ref.ConfirmLink("t", "m"), "own_row")
    office.does(by("p"), ref.Disable("t", "m"))
    office.refuses(by("p"), ref.Enable("t", "m"), "own_row")
    office.does(by("a"), ref.AssignRole("t", "p", "clerk"))
    office.refuses(by("p"), ref.Remove("t", "m"), "denied")
    office.does(by("p"), ref.Unlink("t", "m"))


def test_a_link_without_proof_holds_what_the_accepting_manager_gives(office: Office) -> None:
    office.skips(by("m"), ref.RequestLink("t"))
    office.does(OPERATOR, ref.ChangeLinking("t", "consent"))
    office.does(by("m"), ref.RequestLink("t"))
    office.refuses(by("a"), ref.AcceptLink("t", "m"), "invalid")
    office.refuses(by("p"), ref.AcceptLink("t", "m", levels=(("claims", FULL),)), "above_held")
    office.refuses(by("a"), ref.Approve("t", "m", "clerk"), "illegal")
    office.does(by("a"), ref.AcceptLink("t", "m", "clerk"))
    assert (office.reason("m"), office.row("m").rests_on) == ("allowed", None)


def test_confirming_freezes_what_counts(office: Office) -> None:
    office.does(by("a"), ref.LimitSegments("t", "p", ("medicaid",)))
    office.joins("m", "p")
    office.does(by("a"), ref.LimitSegments("t", "m", ("medicare",)))
    office.does(by("a"), ref.ConfirmLink("t", "m"))
    row = office.row("m")
    assert (row.role, dict(row.overrides), row.segments) == (None, {"accounts": FULL, "claims": NONE}, ())
    office.skips(by("a"), ref.ConfirmLink("t", "m"))


# Invitations, passwords, contexts.


def test_an_invitation_is_for_its_address_for_two_weeks_and_for_one_use(office: Office) -> None:
    slot = office.invites(by("a"), "m")
    office.refuses(by("n"), ref.AcceptInvitation(slot, 1), "proof_refused")
    office.refuses(PUBLIC, ref.AcceptInvitation(slot, 1, "new", "other@example.org"), "proof_refused")
    office.refuses(PUBLIC, ref.AcceptInvitation(slot, 1, "n"), "taken")
    office.now += 14 * DAY
    office.refuses(by("m"), ref.AcceptInvitation(slot, 1), "proof_refused")
    office.does(by("b"), ref.ResendInvitation("t", "i0"))
    office.does(SYSTEM, ref.Deliver())
    office.refuses(by("m"), ref.AcceptInvitation(slot, 1), "proof_refused")
    office.does(by("m"), ref.AcceptInvitation(slot, 2))
    office.refuses(by("m"), ref.AcceptInvitation(slot, 2), "proof_refused")


def test_a_newer_invitation_replaces_the_older(office: Office) -> None:
    older = office.invites(by("a"), "m")
    newer = office.invites(by("b"), "m")
    office.refuses(PUBLIC, ref.DeclineInvitation(older, 1), "proof_refused")
    office.does(PUBLIC, ref.DeclineInvitation(newer, 1))
    states = {key: one.state for key, one in office.state.tenants["t"].invitations.items()}
    assert states == {"i0": "revoked", "i1": "declined"}


def test_an_unverified_member_is_verified_by_it_and_keeps_its_own(office: Office) -> None:
    office.does(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"))
    office.does(by("a"), ref.Approve("t", "x", "clerk"))
    office.does(by("x"), ref.AcceptInvitation(office.invites(by("a"), "x", ACCOUNT_MANAGER), 1))
    assert (office.status("x"), office.row("x").role) == ("active", "clerk")


def test_only_so_many_may_be_open_and_only_for_some_domains() -> None:
    office = Office(ref.Policy(open_invitations=1, invited_domains=("example.org",)))
    office.invites(by("a"), "x")
    office.invites(by("a"), "x")
    office.refuses(by("a"), ref.Invite("t", "i9", "y@example.org", "clerk"), "invalid")
    office.now += 14 * DAY
    office.invites(by("a"), "y")
    office.refuses(by("a"), ref.Invite("t", "i9", "z@example.net", "clerk"), "invalid")


def test_a_reset_lives_an_hour_dies_with_the_password_and_ends_the_sessions(office: Office) -> None:
    office.admits("x")
    slot = ("reset", "x")
    office.does(by("x"), ref.Enter("t"))
    ticket = ref.ticket_of(office.state, "t", "x", None)
    assert ticket is not None
    office.does(PUBLIC, ref.RequestPasswordReset("x"))
    office.does(SYSTEM, ref.Deliver())
    office.does(by("x"), ref.ChangePassword())
    office.refuses(PUBLIC, ref.ResetPassword(slot, 1), "proof_refused")
    office.does(by("a"), ref.SendPasswordReset("t", "x"))
    office.does(SYSTEM, ref.Deliver())
    office.now += HOUR - 1
    office.does(PUBLIC, ref.ResetPassword(slot, 2))
    office.refuses(by("x"), ref.Resume(ticket), "denied")
    office.skips(PUBLIC, ref.RequestPasswordReset("a"))
    office.refuses(by("a"), ref.SendPasswordReset("t", "b"), "illegal")


def test_a_new_address_is_verified_by_what_was_mailed_to_it(office: Office) -> None:
    office.does(by("m"), ref.ChangeEmail("m@elsewhere.example"))
    office.does(SYSTEM, ref.Deliver())
    office.skips(by("m"), ref.ChangeEmail("M@elsewhere.example"))
    office.does(by("m"), ref.ChangeEmail("m@third.example"))
    office.refuses(PUBLIC, ref.VerifyEmail(("email", "m"), 1), "proof_refused")
    office.does(SYSTEM, ref.Deliver())
    office.does(PUBLIC, ref.VerifyEmail(("email", "m"), 2))
    assert office.state.principals["m"].email_verified


def test_the_drop_down_shows_what_one_had_and_why_not_now(office: Office) -> None:
    office.does(OPERATOR, ref.AppointManager("u", "p"))
    asked = office.world, office.state, "p", office.now
    assert ref.default_tenants(*asked) == [None]
    office.does(by("p"), ref.Enter("u"))
    assert ref.default_tenants(office.world, office.state, "p", office.now) == ["u"]
    office.does(by("a"), ref.Disable("t", "p"))
    assert ref.list_tenants(office.world, office.state, "p", office.now) == {"t": "disabled", "u": None}
    office.refuses(by("p"), ref.Enter("t"), "denied")
    office.refuses(by("p"), ref.Enter("nowhere"), "not_found")
    office.refuses(by("p"), ref.Enter("u", "nothing"), "unknown_name")
