"""The commands that write levels, roles, segments and contact profiles."""

from . import deciding, gates, voiding
from .commands import (
    AddRole,
    ApplyPreset,
    AssignRole,
    ChangePrivileges,
    Edit,
    EditRole,
    LimitSegments,
    RemoveRole,
    UpdateContact,
)
from .facts import Row, State, Table, Tenant
from .gates import Desk, Effect, Event, Turn, done, require, row_event, to_person
from .world import ACCOUNT_MANAGER, FULL, LEVELS


def assign_role(turn: Turn, command: AssignRole) -> Effect:
    """Give or take a role; overrides stay."""
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    row = gates.subject_row(desk, command.member)
    gates.known_here(desk.tenant, command.role)
    gates.not_own_row(desk, command.member)
    after = {command.member: row._replace(role=command.role)}
    return _rewritten(turn, desk, command.name, after, override=command.override)


def limit_segments(turn: Turn, command: LimitSegments) -> Effect:
    """Limit a row to some segments."""
    gates.declared(turn.world, segments=command.segments)
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    gates.known_here(desk.tenant, segments=command.segments)
    gates.not_own_row(desk, command.member)
    after = {command.member: row._replace(segments=tuple(sorted(command.segments)))}
    return _rewritten(turn, desk, command.name, after)


def change_privileges(turn: Turn, command: ChangePrivileges) -> Effect:
    """Edit cells of the matrix; a touched cell that moved since it was seen is a conflict."""
    for edit in command.edits:
        known = edit.level is None or edit.level in LEVELS
        require(edit.resource in turn.world.resources and known, "unknown_name")
    touched = {(edit.member, edit.resource) for edit in command.edits}
    require(len(touched) == len(command.edits), "invalid")
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    after = {edit.member: gates.subject_row(desk, edit.member) for edit in command.edits}
    for member in after:
        gates.not_own_row(desk, member)
    for edit in command.edits:
        require(_was_seen(turn, desk, edit, after[edit.member]), "conflict")
    for edit in command.edits:
        after[edit.member] = edited(after[edit.member], edit)
    return _rewritten(turn, desk, command.name, after, override=command.override)


def _was_seen(turn: Turn, desk: Desk, edit: Edit, row: Row) -> bool:
    level = deciding.stored(turn.world, desk.tenant, row, edit.resource)
    return edit.seen is None or edit.seen == (level, edit.resource in row.overrides)


def edited(row: Row, edit: Edit) -> Row:
    """Write or remove one override."""
    if edit.level is None:
        return row._replace(overrides=row.overrides.drop(edit.resource))
    return row._replace(overrides=row.overrides.put(edit.resource, edit.level))


def _rewritten(turn: Turn, desk: Desk, kind: str, rows: dict[str, Row], *, override: bool = False) -> Effect:
    """Store the rows that changed: all under the ceiling, the tenant still managed."""
    before = desk.tenant.rows
    changed = {member: row for member, row in rows.items() if row != before[member]}
    if not changed:
        return None
    asks = False
    state = turn.state
    for member, row in changed.items():
        old = gates.subject_row(desk, member)
        gates.under_ceiling(turn, desk, old, row)
        asks = asks or gates.stores_managing(turn.world, desk.tenant, old)
        state = state.with_row(desk.name, member, row)
    if asks:
        gates.keeps_manager(turn, state, desk.name, override=override)
    after = state.tenants[desk.name]
    demoted = (member for member in changed if voiding.is_demoted(turn.world, desk.tenant, after, member))
    state, voided = voiding.void_sent(state, kind, desk.name, *demoted)
    return done(
        state,
        *(row_event(desk.name, kind, member) for member in changed),
        *voided,
        notices=tuple(to_person(desk.name, member) for member in changed),
    )


def update_contact(turn: Turn, command: UpdateContact) -> Effect:
    """Replace a contact profile; one's own too."""
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    if row.contact == command.contact:
        return None
    after = row._replace(contact=command.contact)
    return done(
        turn.state.with_row(command.tenant, command.member, after),
        row_event(command.tenant, command.name, command.member),
        notices=(to_person(command.tenant, command.member),),
    )


def role_event(name: str, kind: str, key: str) -> Event:
    """An event about a role, in its tenant's stream."""
    return (("tenant", name), kind, ("role", name, key))


def _with_roles(turn: Turn, desk: Desk, roles: Table[str, Table[str, int]]) -> tuple[Tenant, State]:
    tenant = desk.tenant._replace(roles=roles)
    return tenant, turn.state.with_tenant(desk.name, tenant)


def add_role(turn: Turn, command: AddRole) -> Effect:
    """Define a role."""
    gates.declared(turn.world, command.levels)
    desk = gates.enter_desk(turn, command.tenant)
    roles = desk.tenant.roles
    require(command.key != ACCOUNT_MANAGER and command.key not in roles, "taken")
    levels = gates.definition(command.levels)
    gates.definition_under_ceiling(turn, desk, Table(), levels)
    _, state = _with_roles(turn, desk, roles.put(command.key, levels))
    return done(state, role_event(command.tenant, command.name, command.key))


def edit_role(turn: Turn, command: EditRole) -> Effect:
    """Change a role for all its holders; never one that moves the actor or its base."""
    gates.declared(turn.world, command.levels)
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    gates.known_here(desk.tenant, command.key)
    require(command.key != ACCOUNT_MANAGER, "illegal")
    after = gates.definition(tuple({**desk.tenant.roles[command.key], **dict(command.levels)}.items()))
    return _redefined(turn, desk, command.name, command.key, after, override=command.override)


def _redefined(
    turn: Turn, desk: Desk, kind: str, key: str, after: Table[str, int], *, override: bool = False
) -> Effect:
    """Store another definition of a role that the tenant has."""
    before = desk.tenant.roles[key]
    tenant, state = _with_roles(turn, desk, desk.tenant.roles.put(key, after))
    require(not moves_actor(turn, desk, tenant), "own_row")
    if before == after:
        return None
    gates.definition_under_ceiling(turn, desk, before, after)
    managing = turn.world.managing
    voided: tuple[Event, ...] = ()
    if before.get(managing) == FULL and after.get(managing) != FULL:
        gates.keeps_manager(turn, state, desk.name, override=override)
        through = (p for p, row in tenant.living() if row.role == key and managing not in row.overrides)
        state, voided = voiding.void_sent(state, kind, desk.name, *through)
    return done(state, role_event(desk.name, kind, key), *voided)


def moves_actor(turn: Turn, desk: Desk, after: Tenant) -> bool:
    """Tell whether a changed role moves a row that is the actor's own, or raises a link that rests on the actor."""
    for member, row in desk.tenant.living():
        moved = {
            deciding.stored(turn.world, after, row, resource) - deciding.stored(turn.world, desk.tenant, row, resource)
            for resource in turn.world.resources
        }
        if gates.is_own(desk, member) and moved != {0}:
            return True
        if gates.is_proven_by_actor(desk, row) and max(moved) > 0:
            return True
    return False


def apply_preset(turn: Turn, command: ApplyPreset) -> Effect:
    """Write a role as the catalog has it, under the rules of an edit; nobody holds one that is added."""
    presets = dict(turn.world.catalog.presets)
    require(command.key in presets, "unknown_name")
    desk = gates.enter_desk(turn, command.tenant)
    after = gates.definition(presets[command.key])
    if command.key in desk.tenant.roles:
        return _redefined(turn, desk, command.name, command.key, after)
    gates.definition_under_ceiling(turn, desk, Table(), after)
    _, state = _with_roles(turn, desk, desk.tenant.roles.put(command.key, after))
    return done(state, role_event(command.tenant, command.name, command.key))


def remove_role(turn: Turn, command: RemoveRole) -> Effect:
    """Remove a role that no row holds."""
    desk = gates.enter_desk(turn, command.tenant)
    gates.known_here(desk.tenant, command.key)
    held = any(row.role == command.key for _, row in desk.tenant.living())
    require(command.key != ACCOUNT_MANAGER and not held, "illegal")
    _, state = _with_roles(turn, desk, desk.tenant.roles.drop(command.key))
    return done(state, role_event(command.tenant, command.name, command.key))
