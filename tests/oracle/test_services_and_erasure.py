"""The reference model, by examples: presets brought to a tenant, services, and whoever is erased."""

import pytest
from tests.oracle.office import OPERATOR, PUBLIC, SYSTEM, Office, by

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import ACCOUNT_MANAGER, DAY, FULL, NONE, VIEW


@pytest.fixture
def office() -> Office:
    return Office()


# Presets.


def test_a_preset_is_brought_back_and_added_anew(office: Office) -> None:
    office.skips(by("a"), ref.ApplyPreset("t", "clerk"))
    office.does(by("a"), ref.EditRole("t", "clerk", (("claims", NONE),)), ref.ApplyPreset("t", "clerk"))
    assert office.state.tenants["t"].roles["clerk"] == {"claims": VIEW}
    office.does(by("a"), ref.RemoveRole("t", "clerk"), ref.ApplyPreset("t", "clerk"))
    office.refuses(by("a"), ref.ApplyPreset("t", "temp"), "unknown_name")


def test_a_preset_is_brought_under_the_rules_of_an_edit(office: Office) -> None:
    office.does(by("a"), ref.EditRole("t", "deputy", (("claims", NONE),)))
    office.does(OPERATOR, ref.AddUsername("t", "x", role="deputy"))
    office.refuses(by("x"), ref.ApplyPreset("t", "deputy"), "own_row")
    office.does(OPERATOR, ref.AddUsername("t", "y", levels=(("accounts", FULL),)))
    office.refuses(by("y"), ref.ApplyPreset("t", "deputy"), "above_held")


# Services.


def test_a_service_is_active_at_once_and_never_lapses(office: Office) -> None:
    office.does(by("a"), ref.AddService("t", "s", "clerk"))
    office.passes(200 * DAY, active=("a",))
    assert (office.status("s"), office.reason("s")) == ("active", "allowed")
    office.does(by("a"), ref.Disable("t", "s"), ref.Enable("t", "s"))
    assert office.status("s") == "active"


def test_a_service_signs_in_nowhere_and_is_appointed_nowhere(office: Office) -> None:
    office.does(by("a"), ref.AddService("t", "s", ACCOUNT_MANAGER))
    office.does(OPERATOR, ref.AddUsername("t", "p", role="clerk"))
    for command in (ref.Prove("p"), ref.RequestLink("t"), ref.RequestAccess("u"), ref.ChangeEmail("s@example.org")):
        office.refuses(by("s"), command, "denied")
    office.refuses(by("s"), ref.ChangePassword(), "proof_refused")
    office.masters("m")
    office.refuses(by("m"), ref.Prove("s"), "proof_refused")
    office.refuses(OPERATOR, ref.AppointManager("t", "s"), "denied")
    office.refuses(by("s"), ref.AddService("t", "r"), "denied")


def test_a_service_keeps_no_tenant_managed(office: Office) -> None:
    office.does(by("a"), ref.AddService("t", "s", ACCOUNT_MANAGER), ref.Leave("t"))
    office.refuses(by("b"), ref.Leave("t"), "last_manager")
    office.refuses(OPERATOR, ref.SuspendPrincipal("b"), "last_manager")


def test_a_service_leads_who_added_it_nowhere(office: Office) -> None:
    office.does(by("a"), ref.AddService("t", "s", ACCOUNT_MANAGER))
    office.does(by("b"), ref.Disable("t", "a"))
    office.refuses(by("s"), ref.Enable("t", "a"), "own_row")
    office.does(by("s"), ref.AssignRole("t", "b", "deputy"))


# Erasing.


def test_every_row_of_the_erased_is_gone_and_nobody_is_there(office: Office) -> None:
    office.admits("x")
    office.does(OPERATOR, ref.AppointManager("u", "x"), ref.ErasePrincipal("x"))
    assert (office.status("x"), office.status("x", "u")) == ("absent", "absent")
    office.skips(OPERATOR, ref.ErasePrincipal("x"))
    office.refuses(OPERATOR, ref.SuspendPrincipal("x"), "not_found")
    office.refuses(OPERATOR, ref.AppointManager("t", "x"), "not_found")
    office.refuses(by("x"), ref.RequestAccess("t"), "not_found")
    office.refuses(by("a"), ref.ErasePrincipal("b"), "denied")


def test_what_rested_on_the_erased_is_stale(office: Office) -> None:
    office.adds("x")
    office.does(OPERATOR, ref.ErasePrincipal("a"))
    assert office.reason("x") == "stale"


def test_what_was_sent_to_any_address_of_the_erased_is_void_and_knows_none(office: Office) -> None:
    office.admits("x")
    slot = office.invites(by("a"), "x")
    office.does(by("x"), ref.ChangeEmail("x@example.net"))
    office.does(SYSTEM, ref.Deliver())
    office.does(OPERATOR, ref.ErasePrincipal("x"))
    found = office.state.tenants["t"].invitations[slot[2]]
    assert (found.state, found.email) == ("void", "")
    office.refuses(PUBLIC, ref.AcceptInvitation(slot, 1, "y"), "proof_refused")
    office.refuses(PUBLIC, ref.VerifyEmail(("email", "x"), 1), "proof_refused")


def test_a_managed_tenant_stays_managed_unless_it_is_named(office: Office) -> None:
    office.refuses(OPERATOR, ref.ErasePrincipal("z", ("t",)), "last_manager")
    office.does(OPERATOR, ref.ErasePrincipal("z", ("u",)))
    assert ref.is_orphaned(office.world, office.state, "u", office.now)


# Adopting.


@pytest.mark.parametrize("verified", [True, False])
def test_somebody_new_is_adopted_with_an_address_as_it_was_known(office: Office, *, verified: bool) -> None:
    office.does(OPERATOR, ref.Adopt("t", "x", is_new=True, email="x@example.org", verified=verified, role="clerk"))
    assert (office.status("x"), office.row("x").origin) == ("active", "adopted")
    assert office.state.principals["x"].email_verified == verified
    office.refuses(OPERATOR, ref.Adopt("t", "x", is_new=True), "taken")


def test_whoever_is_active_keeps_what_it_holds_and_others_get_what_is_granted(office: Office) -> None:
    office.adds("x", levels=(("claims", FULL),))
    office.skips(OPERATOR, ref.Adopt("t", "x", role="deputy"))
    office.does(by("b"), ref.Disable("t", "x"))
    office.does(OPERATOR, ref.Adopt("t", "x", role="deputy"))
    row = office.row("x")
    assert (row.role, row.overrides, row.rests_on, office.status("x")) == ("deputy", {}, None, "active")


def test_whom_the_operator_disabled_is_enabled_and_not_adopted(office: Office) -> None:
    office.adds("x")
    office.does(OPERATOR, ref.Disable("t", "x"))
    office.refuses(OPERATOR, ref.Adopt("t", "x"), "illegal")
    office.does(by("b"), ref.Remove("t", "x"))
    office.refuses(OPERATOR, ref.Adopt("t", "x"), "illegal")
    office.does(OPERATOR, ref.AddService("t", "s"))
    office.refuses(OPERATOR, ref.Adopt("u", "s"), "denied")
    office.refuses(by("b"), ref.Adopt("t", "x"), "denied")


def test_who_lapsed_is_not_adopted_with_less_than_the_last_manager_rests_on(office: Office) -> None:
    office.masters("m")
    office.joins("m", "z", "u")
    office.passes(60 * DAY)
    office.does(by("m"), ref.Enter("u"))
    office.passes(30 * DAY)
    office.refuses(OPERATOR, ref.Adopt("u", "z", role="clerk"), "last_manager")
    office.does(OPERATOR, ref.Adopt("u", "z", role=ACCOUNT_MANAGER))
