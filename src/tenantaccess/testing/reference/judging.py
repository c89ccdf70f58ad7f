"""
The judge's own reading of the facts: grids of levels, standings, managers.

Written from the invariants, apart from the rules that `step` and the questions follow, so that a
fault in those shows as a difference. Nothing in here may be imported by them.
"""

from .facts import Row, State, Tenant, Tombstone
from .world import ACCOUNT_MANAGER, World

Grid = dict[tuple[str, str | None], int]
"""Levels by (resource, segment); the segment None stands for all segments at once."""

OUT = frozenset({"disabled", "ended", "early", "lapsed"})
"""The standings from which a manager's enabling leads back."""


def written(world: World, tenant: Tenant, row: Row) -> Grid:
    """Lay out what is written for a row, cell by cell."""
    grid: Grid = {}
    for resource in world.catalog.resources:
        key = resource.key
        if key in row.overrides:
            level = row.overrides[key]
        elif row.role == ACCOUNT_MANAGER:
            level = 2 if resource.offered else 0
        elif row.role:
            level = tenant.roles[row.role].get(key, 0)
        else:
            level = 0
        if key == world.catalog.managing:
            grid[key, None] = level
            continue
        grid[key, None] = 0 if row.segments else level
        for segment in tenant.segments:
            held = not row.segments or segment in row.segments
            grid[key, segment] = level if held else 0
    return grid


def own(world: World, tenant: Tenant, row: Row) -> Grid:
    """Lay out a row's own levels: only what is offered counts."""
    offered = {resource.key for resource in world.catalog.resources if resource.offered}
    return {cell: level if cell[0] in offered else 0 for cell, level in written(world, tenant, row).items()}


def in_force(world: World, tenant: Tenant, row: Row) -> Grid:
    """Lay out the levels that count: never more than what counts for the row rested on."""
    grid = own(world, tenant, row)
    if row.rests_on is not None:
        base = tenant.rows.get(row.rests_on.principal)
        limit = in_force(world, tenant, base) if isinstance(base, Row) else {}
        grid = {cell: min(level, limit.get(cell, 0)) for cell, level in grid.items()}
    return grid


def is_unconfirmed_link(row: Row | Tombstone | None) -> bool:
    """Tell whether a row is a link that still rests on a proof."""
    return isinstance(row, Row) and row.rests_on is not None and row.rests_on.kind == "link"


def rests_in_vain(world: World, state: State, tenant: Tenant, row: Row, now: int) -> bool:
    """Tell whether a row rests on a proof that no longer holds."""
    noted = row.rests_on
    if noted is None:
        return False
    base, person = tenant.rows.get(noted.principal), state.principals[noted.principal]
    if not isinstance(base, Row):
        return True
    numbers = (base.incarnation, base.proof_epoch, person.proof_epoch)
    if numbers != noted[1:4] or (base.valid_until is not None and now >= base.valid_until):
        return True
    if rests_in_vain(world, state, tenant, base, now):
        return True
    if noted.kind != "link" or world.policy.after_password_change == "KEEP":
        return False
    # Only the last ten changes are known by their moment; an older one happened before any of them.
    unknown = person.password_epoch - len(person.password_changes)
    if noted.password_epoch < unknown:
        return True
    since = person.password_changes[noted.password_epoch - unknown :]
    grace = {"STALE": world.policy.link_grace, "REVOKE": 0}[world.policy.after_password_change]
    return any(now - moment >= grace for moment in since)


def standing(world: World, state: State, name: str, principal: str, now: int) -> str:
    """Answer one word for where a membership stands; `none` and `gone` included."""
    tenant = state.tenants.get(name)
    row = tenant.rows.get(principal) if tenant is not None else None
    if tenant is None or row is None:
        return "none"
    if not isinstance(row, Row):
        return "gone"
    since = row.requested_at
    seen = max(row.clock_started_at or 0, row.last_active_at or 0)
    late = since is not None and now - since >= world.policy.request_expiry
    tests = (
        (row.disabled_at is not None, "rejected" if row.reason == "rejected" else "disabled"),
        (row.valid_until is not None and now >= row.valid_until, "ended"),
        (row.approved_at is None, "expired" if late else "pending"),
        (begins(tenant, row) > now, "early"),
        (rests_in_vain(world, state, tenant, row, now), "stale"),
        (row.verified_at is None, "unverified"),
        (now >= seen + world.policy.inactivity and state.principals[principal].kind != "service", "lapsed"),
    )
    return next((word for holds, word in tests if holds), "active")


def begins(tenant: Tenant, row: Row) -> int:
    """Answer when a row begins: never before what it rests on; 0 for always."""
    own_start = row.valid_from or 0
    base = None if row.rests_on is None else tenant.rows.get(row.rests_on.principal)
    return max(own_start, begins(tenant, base)) if isinstance(base, Row) else own_start


def is_in_force(world: World, state: State, name: str, principal: str, now: int) -> bool:
    """Tell whether a membership counts, the tenant taken as open."""
    person = state.principals[principal]
    return (
        standing(world, state, name, principal, now) == "active"
        and not person.suspended
        and (person.chosen_in is None or person.chosen_in == name)
    )


def managers(world: World, state: State, name: str, now: int) -> dict[str, bool]:
    """Answer the managers in force, the tenant taken as open, and whether each is enduring."""
    tenant = state.tenants[name]
    return {
        principal: not is_unconfirmed_link(row) and not is_to_end(tenant, row)
        for principal, row in tenant.rows.items()
        if isinstance(row, Row)
        and is_in_force(world, state, name, principal, now)
        and in_force(world, tenant, row)[world.catalog.managing, None] == 2
    }


def people_managing(world: World, state: State, name: str, now: int) -> dict[str, bool]:
    """Answer the managers in force that are people: a program keeps no tenant managed."""
    found = managers(world, state, name, now)
    return {principal: lasts for principal, lasts in found.items() if state.principals[principal].kind == "human"}


def is_to_end(tenant: Tenant, row: Row) -> bool:
    """Tell whether an end is set for a row, or for one it rests on."""
    if row.valid_until is not None or row.rests_on is None:
        return row.valid_until is not None
    base = tenant.rows.get(row.rests_on.principal)
    return not isinstance(base, Row) or is_to_end(tenant, base)


def may(
    world: World,
    state: State,
    name: str,
    principal: str,
    resource: str,
    action: str,
    segment: str | None,
    now: int,
) -> bool:
    """Judge one use, deny by default: every fact of the closed list must be good."""
    tenant = state.tenants.get(name)
    if tenant is None or tenant.state != "open" or principal not in state.principals:
        return False
    row = tenant.rows.get(principal)
    if not isinstance(row, Row) or not is_in_force(world, state, name, principal, now):
        return False
    declared = {r.key: r for r in world.catalog.resources}
    needs = dict(declared[resource].actions).get(action) if resource in declared else None
    if needs is None or not declared[resource].offered:
        return False
    if resource == world.catalog.managing:
        segment = None
    elif (segment is None and row.segments) or (
        segment is not None and segment not in (row.segments or tenant.segments)
    ):
        return False
    return in_force(world, tenant, row)[resource, segment] >= needs


def is_held_by_operator(row: Row, now: int) -> bool:
    """Tell whether the operator's hand lies on a row."""
    disabled = row.disabled_at is not None and row.reason != "rejected"
    ended = row.valid_until is not None and row.valid_until <= now
    return row.operator_hold or (disabled and row.disabled_by == "operator") or (ended and row.ends_by == "operator")
