"""The matrix of a tenant: seeing it, editing it, roles and levels (MU-13 to MU-15, AM-05, AM-32 to AM-39)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.worlds import NOBODY, allowed, condition, kinds, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AddUsername,
    ApplyPreset,
    Approve,
    AssignRole,
    ChangePrivileges,
    Disable,
    EditRole,
    LimitSegments,
    Remove,
    RemoveRole,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    TakenError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.policy import GrantCeiling, Policy
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Cell, Edit, Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given


@pytest.mark.row("MU-13", "T6")
def test_the_matrix_shows_usernames_by_resources(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    matrix = access.privileges.matrix(riverside, by=maria)
    assert [row.username for row in matrix.rows] == ["jo", "maria"]
    assert matrix.columns == tuple(resource.key for resource in CLINICS.resources)
    assert matrix.cell(jo, "claims") == Cell(FULL.key, explicit=True)
    assert matrix.cell(maria, "claims") == Cell(FULL.key, explicit=False)
    assert matrix.cell(maria, "health_passport") == Cell(NONE.key, explicit=False)


@pytest.mark.row("MU-13", "INV-11")
def test_who_only_views_does_not_see_the_matrix(
    access: TenantAccess, riverside: TenantId, lena: PrincipalId, jo: PrincipalId
) -> None:
    with pytest.raises(AccessDeniedError):
        access.privileges.matrix(riverside, by=jo)
    with pytest.raises(NotFoundError):
        access.privileges.matrix(riverside, by=lena)


@pytest.mark.row("MU-13", "AM-37")
def test_viewing_the_managing_resource_reads_and_changes_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    reader = make.member(riverside, levels={"manage_account": VIEW})
    assert access.privileges.matrix(riverside, by=reader).rows
    with pytest.raises(AccessDeniedError):
        access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", NONE)]), by=reader)


@pytest.mark.row("MU-13", "INV-04")
@pytest.mark.parametrize("limit", [1, 2, 5, 500])
def test_the_pages_of_the_matrix_are_the_whole_matrix(
    access: TenantAccess, make: Given, riverside: TenantId, limit: int
) -> None:
    for number in range(5):
        make.member(riverside, username=f"member{number}")
    pages = list[str]()
    after: str | None = ""
    while after is not None:
        page = access.privileges.matrix(riverside, after, limit, by=OPERATOR)
        pages += [row.username for row in page.rows]
        after = page.next
    assert pages == [f"member{number}" for number in range(5)]


@pytest.mark.row("MU-14")
def test_a_manager_sets_levels_and_they_hold_at_once(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    matrix = access.privileges.matrix(riverside, by=maria)
    access.execute(ChangePrivileges(riverside, matrix.edit({(jo, "claims"): VIEW, (jo, "codes"): FULL})), by=maria)
    assert allowed(access, riverside, jo, "view")
    assert not allowed(access, riverside, jo, "submit")
    assert access.check(riverside, jo, "codes", "edit")


@pytest.mark.row("MU-14")
def test_a_preview_shows_each_cell_before_and_after_and_changes_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller", levels={"claims": NONE}, username="kim")
    edits = access.privileges.matrix(riverside, by=maria).edit(
        {(jo, "claims"): VIEW, (jo, "codes"): None, (kim, "claims"): None}
    )
    shown = access.privileges.preview(riverside, edits, by=maria)
    full, view, none = (Cell(level.key, explicit=True) for level in (FULL, VIEW, NONE))
    assert [(change.username, change.resource, change.before, change.after) for change in shown] == [
        ("jo", "claims", full, view),
        ("kim", "claims", none, Cell(FULL.key, explicit=False)),
    ]
    assert access.privileges.preview(riverside, edits, by=maria) == shown
    access.execute(ChangePrivileges(riverside, edits), by=maria)
    after = access.privileges.matrix(riverside, by=maria)
    assert [after.cell(change.principal, change.resource) for change in shown] == [change.after for change in shown]
    assert access.privileges.preview(riverside, edits, by=maria) == []


@pytest.mark.row("MU-14", "MU-13")
def test_a_preview_is_for_who_sees_the_matrix_and_of_who_is_there(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    edits = [Edit(jo, "claims", VIEW.key)]
    assert len(access.privileges.preview(riverside, edits, by=OPERATOR)) == 1
    with pytest.raises(AccessDeniedError):
        access.privileges.preview(riverside, edits, by=jo)
    for tenant, edited, by in (
        (lakeside, edits, maria),
        (lakeside, edits, OPERATOR),
        (TenantId("ten_" + "9" * 32), edits, OPERATOR),
        (riverside, [Edit(NOBODY, "claims", VIEW.key)], maria),
    ):
        with pytest.raises(NotFoundError):
            access.privileges.preview(tenant, edited, by=by)
    with pytest.raises(UnknownNameError):
        access.privileges.preview(riverside, [Edit(jo, "clams", VIEW.key)], by=maria)
    access.execute(Remove(riverside, jo), by=maria)
    with pytest.raises(NotFoundError):
        access.privileges.preview(riverside, edits, by=maria)


@pytest.mark.row("MU-14")
def test_a_touched_cell_that_changed_meanwhile_is_a_conflict_with_both_values(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    seen = access.privileges.matrix(riverside, by=maria)
    access.execute(ChangePrivileges(riverside, seen.edit({(jo, "claims"): VIEW})), by=OPERATOR)
    with pytest.raises(ConflictError) as refused:
        access.execute(ChangePrivileges(riverside, seen.edit({(jo, "claims"): NONE})), by=maria)
    assert (refused.value.seen, refused.value.found) == ("full (explicit)", "view (explicit)")
    assert not refused.value.retryable


@pytest.mark.row("MU-14")
def test_an_untouched_cell_that_changed_meanwhile_is_no_conflict(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    seen = access.privileges.matrix(riverside, by=maria)
    access.execute(ChangePrivileges(riverside, seen.edit({(jo, "claims"): VIEW})), by=OPERATOR)
    assert access.execute(ChangePrivileges(riverside, seen.edit({(jo, "codes"): VIEW})), by=maria).changed


@pytest.mark.row("MU-14")
def test_what_a_role_gives_is_shown_without_the_mark_of_an_override(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    seen = Edit(kim, "claims", NONE, Cell(VIEW.key, explicit=False))
    with pytest.raises(ConflictError) as refused:
        access.execute(ChangePrivileges(riverside, [seen]), by=maria)
    assert (refused.value.seen, refused.value.found) == ("view", "full")


@pytest.mark.row("MU-14", "A24")
def test_many_edits_are_applied_all_or_not_at_all(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    people = [make.member(riverside) for _ in range(4)]
    edits = [Edit(one, "claims", FULL) for one in [*people[:2], maria, *people[2:]]]
    with pytest.raises(GrantRefusedError):
        access.execute(ChangePrivileges(riverside, edits), by=maria)
    assert not any(allowed(access, riverside, one) for one in people)


@pytest.mark.row("MU-14", "INV-36")
def test_each_changed_row_is_one_event_and_unchanged_ones_are_none(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    kim = make.member(riverside)
    edits = [Edit(jo, "claims", FULL), Edit(kim, "claims", FULL), Edit(kim, "codes", VIEW)]
    access.execute(ChangePrivileges(riverside, edits), by=maria)
    assert kinds(access, riverside).count("change_privileges") == 1


def test_edits_that_change_nothing_are_no_event(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert not access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", FULL)]), by=maria).changed
    assert not access.execute(ChangePrivileges(riverside, []), by=maria).changed


@pytest.mark.row("MU-15")
def test_no_access_beats_what_the_role_gives(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    access.execute(ChangePrivileges(riverside, [Edit(kim, "claims", NONE)]), by=maria)
    assert access.check(riverside, kim, "claims", "view").reasons == (Reason.DENIED_EXPLICITLY,)
    access.execute(ChangePrivileges(riverside, [Edit(kim, "claims", None)]), by=maria)
    assert allowed(access, riverside, kim, "submit")


@pytest.mark.row("MU-15", "AM-33", "INV-02")
def test_view_only_views_and_full_does_both(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    viewer, submitter = (make.member(riverside, levels={"claims": level}) for level in (VIEW, FULL))
    assert [allowed(access, riverside, viewer, action) for action in ("view", "submit")] == [True, False]
    assert [allowed(access, riverside, submitter, action) for action in ("view", "submit")] == [True, True]


@pytest.mark.row("AM-34", "AM-36", "AM-38", "AM-39", "AM-14")
@pytest.mark.parametrize(
    ("resource", "action", "needed"),
    [
        ("assessments", "view", VIEW),
        ("assessments", "complete", FULL),
        ("health_record", "view", VIEW),
        ("eligibility", "check", VIEW),
        ("authorizations", "view", VIEW),
        ("authorizations", "submit", FULL),
    ],
)
def test_each_portion_has_its_own_actions(
    access: TenantAccess, make: Given, riverside: TenantId, resource: str, action: str, needed: object
) -> None:
    viewer, full = (make.member(riverside, levels={resource: level}) for level in (VIEW, FULL))
    assert bool(access.check(riverside, viewer, resource, action)) is (needed is VIEW)
    assert access.check(riverside, full, resource, action)


@pytest.mark.row("AM-35")
def test_a_portion_that_is_not_offered_opens_to_nobody_whatever_is_granted(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"health_passport": FULL})
    for principal in (kim, maria):
        answer = access.check(riverside, principal, "health_passport", "view")
        assert answer.reasons == (Reason.NOT_OFFERED,)
    assert list(access.list_members_with(riverside, "health_passport", "view")) == []


@pytest.mark.row("AM-35", "MU-15", "AM-37")
def test_a_portion_offered_later_is_open_to_managers_and_to_nobody_else(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    offered = [attrs.evolve(one, offered=True) for one in CLINICS.resources]
    later = TenantAccess(access.store, attrs.evolve(CLINICS, resources=offered), clock=access.clock)
    assert later.check(riverside, maria, "health_passport", "edit")
    assert later.check(riverside, jo, "health_passport", "view").reasons == (Reason.LEVEL_TOO_LOW,)


@pytest.mark.row("AM-37")
def test_managing_does_not_imply_clinical_access(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL})
    assert access.execute(Disable(riverside, jo), by=office).changed
    assert not allowed(access, riverside, office)


@pytest.mark.row("AM-05", "INV-22", "A16")
def test_nobody_gives_more_than_they_hold(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL, "claims": VIEW})
    kim = make.member(riverside)
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(ChangePrivileges(riverside, [Edit(kim, "claims", FULL)]), by=office)
    assert refused.value.decision.reasons == (Reason.ABOVE_HELD,)
    assert refused.value.cells == [(kim, "claims", "*"), (kim, "claims", "medicaid")]
    assert access.execute(ChangePrivileges(riverside, [Edit(kim, "claims", VIEW)]), by=office).changed
    assert access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), by=office).changed


@pytest.mark.row("AM-05", "INV-22")
@pytest.mark.parametrize("way", ["add", "approve", "assign", "define", "redefine", "segments"])
def test_every_way_of_giving_is_under_the_same_ceiling(
    access: TenantAccess, make: Given, riverside: TenantId, way: str
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL, "codes": FULL})
    limited = make.member(riverside, levels={"claims": FULL}, segments=["medicaid"])
    ways: dict[str, Callable[[], Command[Any]]] = {
        "add": lambda: AddUsername(riverside, NewUsername("kim", PASSWORD), Grant(levels={"claims": VIEW})),
        "approve": lambda: Approve(riverside, make.pending(riverside), Grant(role="biller")),
        "assign": lambda: AssignRole(riverside, make.member(riverside), "biller"),
        "define": lambda: AddRole(riverside, "clerk", levels={"claims": VIEW}),
        "redefine": lambda: EditRole(riverside, "biller", {"assessments": VIEW}),
        "segments": lambda: LimitSegments(riverside, limited, frozenset()),
    }
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(ways[way](), by=office)
    assert refused.value.decision.reasons == (Reason.ABOVE_HELD,)


@pytest.mark.row("AM-37", "INV-22")
def test_a_host_may_keep_only_management_under_the_ceiling(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL})
    anybody = attrs.evolve(access, policy=Policy(grant_ceiling=GrantCeiling.ANY))
    assert anybody.execute(ChangePrivileges(riverside, [Edit(jo, "codes", FULL)]), by=office).changed
    with pytest.raises(GrantRefusedError):
        anybody.execute(AssignRole(riverside, jo, "account_manager"), by=office)


@pytest.mark.row("MU-14", "INV-18", "INV-23")
def test_nobody_edits_their_own_row(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    for command in (
        ChangePrivileges(riverside, [Edit(maria, "claims", VIEW)]),
        AssignRole(riverside, maria, None),
        LimitSegments(riverside, maria, frozenset(["medicaid"])),
    ):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(command, by=maria)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)


@pytest.mark.row("AM-05", "MU-15")
def test_a_role_keeps_explicit_levels_and_an_unchanged_one_is_no_event(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert access.execute(AssignRole(riverside, jo, "biller"), by=maria).changed
    assert not access.execute(AssignRole(riverside, jo, "biller"), by=maria).changed
    assert dict(row_of(access, riverside, jo).membership.overrides) == {"claims": "full"}
    access.execute(AssignRole(riverside, jo, None), by=maria)
    assert row_of(access, riverside, jo).role is None


@pytest.mark.row("INV-25", "MU-15")
def test_a_role_that_the_tenant_lacks_is_an_unknown_word(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with pytest.raises(UnknownNameError) as refused:
        access.execute(AssignRole(riverside, jo, "biler"), by=maria)
    assert refused.value.nearest == ("biller",)


@pytest.mark.row("AM-05", "INV-05", "A28")
def test_editing_a_role_moves_its_holders_at_once(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=maria)
    assert [allowed(access, riverside, kim, action) for action in ("view", "submit")] == [True, False]
    assert not access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=maria).changed


@pytest.mark.row("MU-14", "AM-05", "INV-40")
def test_a_level_of_a_role_that_somebody_else_changed_is_not_overwritten(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    seen = {"claims": FULL, "codes": FULL, "assessments": NONE}
    access.execute(EditRole(riverside, "biller", {"claims": VIEW}), by=OPERATOR)
    with pytest.raises(ConflictError) as refused:
        access.execute(EditRole(riverside, "biller", {"claims": NONE, "codes": VIEW}, seen=seen), by=maria)
    assert (refused.value.seen, refused.value.found, refused.value.retryable) == ("full", "view", False)
    assert "claims" in refused.value.what
    # What is not to change may be whatever it is; so may what nobody said to have seen.
    others = EditRole(riverside, "biller", {"codes": VIEW, "assessments": VIEW}, seen=seen)
    assert access.execute(others, by=maria).changed
    assert access.execute(EditRole(riverside, "biller", {"claims": NONE}, seen={"codes": FULL}), by=maria).changed
    with pytest.raises(UnknownNameError):
        access.execute(EditRole(riverside, "biller", {"claims": VIEW}, seen={"clams": FULL}), by=maria)
    with pytest.raises(UnknownNameError):
        access.execute(EditRole(riverside, "biller", {"claims": VIEW}, seen={"claims": "fulll"}), by=maria)


@pytest.mark.row("AM-05")
def test_a_role_at_no_access_and_a_role_without_a_word_are_the_same(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    access.execute(AddRole(riverside, "clerk", "Clerk", {"claims": VIEW, "codes": NONE}), by=maria)
    assert not access.execute(EditRole(riverside, "clerk", {"eligibility": NONE}), by=maria).changed
    with access.store.reading() as unit:
        found = unit.roles.list(riverside)
    assert Role("clerk", "Clerk", {"claims": VIEW}) in found


def test_a_role_is_added_once(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    for key in ("biller", "account_manager"):
        with pytest.raises(TakenError):
            access.execute(AddRole(riverside, key), by=maria)


def test_the_built_in_role_is_neither_edited_nor_removed(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    for command in (EditRole(riverside, "account_manager", {"claims": VIEW}), RemoveRole(riverside, "account_manager")):
        with pytest.raises(IllegalTransitionError):
            access.execute(command, by=maria)


def test_a_role_that_somebody_holds_is_not_removed(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(RemoveRole(riverside, "biller"), by=maria)
    assert refused.value.legal == ("assign_role",)
    access.execute(AssignRole(riverside, kim, None), by=maria)
    assert access.execute(RemoveRole(riverside, "biller"), by=maria).changed


def test_a_newer_preset_is_applied_by_command_and_not_by_deploy(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, role="biller")
    newer = attrs.evolve(CLINICS, roles=[Role("biller", "Biller", {"claims": VIEW}), Role("clerk", "Clerk")])
    later = attrs.evolve(access, catalog=newer)
    assert allowed(later, riverside, kim, "submit")
    assert later.execute(ApplyPreset(riverside, "biller"), by=maria).changed
    assert not allowed(later, riverside, kim, "submit")
    assert later.execute(ApplyPreset(riverside, "clerk"), by=maria).changed
    with pytest.raises(UnknownNameError):
        later.execute(ApplyPreset(riverside, "porter"), by=maria)


@pytest.mark.row("INV-23", "INV-18")
def test_a_role_edit_does_not_move_the_actors_own_row(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    access.execute(AddRole(riverside, "head", levels={"manage_account": FULL, "claims": VIEW}), by=maria)
    head = make.member(riverside, role="head")
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(EditRole(riverside, "head", {"claims": NONE}), by=head)
    assert refused.value.decision.reasons == (Reason.OWN_ROW,)
    assert condition(access, riverside, head) is Reason.ACTIVE


def test_only_what_is_on_the_page_can_be_edited_from_it(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    page = access.privileges.matrix(riverside, limit=1, by=maria)
    assert page.edit({(jo, "claims"): None})[0].level is None
    with pytest.raises(InvalidInputError):
        page.cell(maria, "claims")
    with pytest.raises(InvalidInputError):
        page.cell(jo, ResourceKey("porters"))
