"""The reference model, by examples: the last manager, who may give what, the order of refusal."""

from dataclasses import replace

import pytest
from tests.oracle.office import BEGINNING, OPERATOR, PUBLIC, Office, by

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import ACCOUNT_MANAGER, DAY, FULL, NONE, VIEW


@pytest.fixture
def office() -> Office:
    return Office()


# The last manager, and who may give what.


@pytest.mark.row("MC-16")
def test_in_a_suspended_tenant_the_last_manager_stays(office: Office) -> None:
    office.does(OPERATOR, ref.SuspendTenant("u"))
    office.refuses(by("z"), ref.Leave("u"), "last_manager")
    office.refuses(OPERATOR, ref.Disable("u", "z"), "last_manager")
    office.refuses(OPERATOR, ref.SuspendPrincipal("z"), "last_manager")
    office.does(OPERATOR, ref.CloseTenant("u"))
    office.does(by("z"), ref.Leave("u"))


Overriding = ref.Disable | ref.Remove | ref.SetDates | ref.AssignRole | ref.ChangePrivileges


@pytest.mark.parametrize(
    "command",
    [
        ref.Disable("u", "z"),
        ref.Disable("u", "z", at=BEGINNING + DAY),
        ref.Remove("u", "z"),
        ref.SetDates("u", "z", None, BEGINNING + DAY),
        ref.SetDates("u", "z", BEGINNING + DAY, None),
        ref.AssignRole("u", "z", "clerk"),
        ref.ChangePrivileges("u", (ref.Edit("z", "accounts", None, VIEW),)),
    ],
    ids=["disable", "disable_later", "remove", "end", "begin_later", "role", "level"],
)
def test_no_command_takes_the_last_manager_but_the_operators_override(office: Office, command: Overriding) -> None:
    office.refuses(OPERATOR, command, "last_manager")
    overriding = replace(command, override=True)
    office.refuses(by("z"), overriding, "denied")
    office.does(OPERATOR, overriding)


def test_demoting_a_role_keeps_an_enduring_manager(office: Office) -> None:
    office.does(OPERATOR, ref.AssignRole("u", "z", "deputy"))
    office.refuses(OPERATOR, ref.EditRole("u", "deputy", (("accounts", VIEW),)), "last_manager")
    office.does(OPERATOR, ref.EditRole("u", "deputy", (("accounts", VIEW),), override=True))
    assert ref.is_orphaned(office.world, office.state, "u", office.now)


@pytest.mark.row("MC-15")
def test_the_built_in_role_is_given_by_its_plain_holders_only(office: Office) -> None:
    office.adds("x")
    office.does(by("a"), ref.AddUsername("t", "y", levels=(("accounts", FULL), ("claims", FULL))))
    office.does(by("y"), ref.ChangePassword())
    office.refuses(by("y"), ref.AssignRole("t", "x", ACCOUNT_MANAGER), "above_held")
    office.does(by("a"), ref.AssignRole("t", "x", ACCOUNT_MANAGER))


def test_the_ceiling_is_what_one_holds_unless_the_host_wants_less() -> None:
    for ceiling, refused in (("HELD", True), ("ANY", False)):
        office = Office(ref.Policy(grant_ceiling=ceiling))
        office.adds("d", "deputy")
        office.does(by("d"), ref.ChangePassword())
        office.adds("x")
        raising = ref.ChangePrivileges("t", (ref.Edit("x", "claims", None, FULL),))
        if refused:
            office.refuses(by("d"), raising, "above_held")
            office.refuses(by("d"), ref.AddRole("t", "biller", (("claims", FULL),)), "above_held")
        else:
            office.does(by("d"), raising)


def test_widening_segments_is_a_grant(office: Office) -> None:
    office.adds("d", "deputy")
    office.does(by("d"), ref.ChangePassword())
    office.adds("x")
    office.does(by("a"), ref.LimitSegments("t", "d", ("medicaid",)), ref.LimitSegments("t", "x", ("medicaid",)))
    office.refuses(by("d"), ref.LimitSegments("t", "x", ()), "above_held")
    assert [office.reason("x", segment=s) for s in (None, "medicaid", "medicare")] == [
        "segment_required",
        "allowed",
        "segment_not_held",
    ]


# The order of refusal.


def test_absent_and_foreign_look_alike_and_a_disabled_actor_is_denied(office: Office) -> None:
    for tenant in ("nowhere", "u"):
        office.refuses(by("a"), ref.Disable(tenant, "z"), "not_found")
        office.refuses(by("a"), ref.SuspendTenant(tenant), "not_found")
    office.does(by("a"), ref.Disable("t", "b"))
    office.refuses(by("b"), ref.Disable("t", "nobody"), "denied")
    office.refuses(by("a"), ref.Disable("t", "nobody"), "not_found")
    office.refuses(by("a"), ref.SuspendTenant("t"), "denied")


def test_nobody_touches_its_own_row_but_its_contact(office: Office) -> None:
    for command in (
        ref.Disable("t", "a"),
        ref.Enable("t", "a"),
        ref.Remove("t", "a"),
        ref.AssignRole("t", "a", ACCOUNT_MANAGER),
        ref.SetDates("t", "a"),
    ):
        office.refuses(by("a"), command, "own_row")
    office.does(by("a"), ref.UpdateContact("t", "a", ("Ann", "Lee", "", "")))


def test_unknown_words_come_first_and_a_conflict_before_the_ceiling(office: Office) -> None:
    office.adds("d", "deputy")
    office.does(by("d"), ref.ChangePassword())
    unknown = ref.Edit("nobody", "nothing", None, FULL)
    office.refuses(by("nobody"), ref.ChangePrivileges("nowhere", (unknown,)), "unknown_name")
    seen = ref.Edit("b", "claims", (VIEW, False), FULL)
    office.refuses(by("d"), ref.ChangePrivileges("t", (seen,)), "conflict")
    twice = (seen, seen)
    office.refuses(by("d"), ref.ChangePrivileges("t", twice), "invalid")
    office.refuses(by("a"), ref.AssignRole("t", "b", "no_role"), "unknown_name")
    office.refuses(by("a"), ref.Approve("t", "b"), "invalid")


def test_the_explicit_none_denies_and_an_unoffered_resource_is_nobodys(office: Office) -> None:
    office.adds("x", levels=(("claims", NONE),))
    assert office.reason("x") == "denied_explicitly"
    answer = ref.check(office.world, office.state, "t", "a", "laboratory", "view", None, office.now)
    assert answer == (False, "not_offered")
    offered = ref.check(office.world, office.state, "t", "a", "kitchen", "view", None, office.now)
    assert offered == (False, "unknown_name")


def test_an_applicant_learns_nothing_of_tenants(office: Office) -> None:
    here = office.does(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"))
    nowhere = office.does(PUBLIC, ref.RequestAccess("nowhere", "y", "y@example.org"))
    assert (here.created, nowhere.created) == ((("principal", "x"),), (("principal", "y"),))
    assert nowhere.notices == ()
    office.refuses(PUBLIC, ref.RequestAccess("t", "x", "x@example.org"), "taken")
    office.skips(by("x"), ref.RequestAccess("t"))


def test_an_external_identifier_is_taken_for_good(office: Office) -> None:
    office.does(OPERATOR, ref.CloseTenant("u"))
    office.refuses(OPERATOR, ref.OpenTenant("v", (("tin", "u"),)), "taken")
    office.refuses(OPERATOR, ref.OpenTenant("v", manager="nobody"), "not_found")
    office.refuses(OPERATOR, ref.OpenTenant("v", (("iban", "1"),)), "unknown_name")
