"""
The questions a caller may ask; none of them changes anything.

The lists are computed from levels and not by asking `check` for each row, so that comparing the
two says something.
"""

from . import deciding
from .deciding import ABSENT, Status
from .facts import Row, State
from .world import NONE, World

_REASON = {"manual": "disabled", "operator": "disabled"}


def status(world: World, state: State, tenant: str, principal: str, now: int) -> Status:
    """Answer the status of a membership; `absent` for none, gone, and no such tenant."""
    found = state.tenants.get(tenant)
    row = None if found is None else found.row(principal)
    if found is None or row is None:
        return ABSENT
    return deciding.status_of(world, state, found, row, now)


def check(
    world: World,
    state: State,
    tenant: str,
    principal: str,
    resource: str,
    action: str,
    segment: str | None,
    now: int,
) -> tuple[bool, str]:
    """Decide, with the first reason that applies."""
    reason = _reason(world, state, tenant, principal, resource, action, segment, now)
    return reason == "allowed", reason


def _reason(
    world: World,
    state: State,
    name: str,
    principal: str,
    resource: str,
    action: str,
    segment: str | None,
    now: int,
) -> str:
    known = segment is None or segment in world.catalog.segments
    if (resource, action) not in world.needed or not known:
        return "unknown_name"
    tenant = state.tenants.get(name)
    row = None if tenant is None else tenant.row(principal)
    if tenant is None or row is None:
        return "not_a_member"
    barred = bar(world, state, name, principal, now)
    if barred is not None:
        return barred
    if resource not in world.offered:
        return "not_offered"
    for limiting in deciding.chain(tenant, row):
        refused = None if limiting is None else _segment_reason(world, tenant.segments, limiting, resource, segment)
        if refused is not None:
            return refused
    level = deciding.effective_on(world, tenant, row, resource, segment)
    if level >= world.needed[resource, action]:
        return "allowed"
    return "denied_explicitly" if row.overrides.get(resource) == NONE else "level_too_low"


def bar(world: World, state: State, name: str, principal: str, now: int) -> str | None:
    """Answer why a row does not count at all, None if it does."""
    tenant = state.tenants[name]
    row = tenant.row(principal)
    if row is None:
        return "not_a_member"
    if tenant.state != "open":
        return f"tenant_{tenant.state}"
    if state.principals[principal].suspended:
        return "principal_suspended"
    word, detail = deciding.status_of(world, state, tenant, row, now)
    if word != "active":
        reason = detail or word
        return _REASON.get(reason, reason)
    return None if deciding.counts_here(state, name, principal) else "password_not_own"


def _segment_reason(world: World, held: tuple[str, ...], row: Row, resource: str, segment: str | None) -> str | None:
    if resource == world.managing:
        return None
    if segment is None:
        return "segment_required" if row.segments else None
    if segment not in held or (row.segments and segment not in row.segments):
        return "segment_not_held"
    return None


def members_with(
    world: World,
    state: State,
    tenant: str,
    resource: str,
    action: str,
    segment: str | None,
    now: int,
) -> tuple[str, ...]:
    """List who may do it, sorted."""
    found = state.tenants.get(tenant)
    needed = world.needed.get((resource, action))
    if found is None or needed is None or resource not in world.offered:
        return ()
    if resource == world.managing:
        segment = None
    if segment is not None and segment not in found.segments:
        return ()
    return tuple(
        sorted(
            principal
            for principal, row in found.living()
            if deciding.is_effective(world, state, tenant, principal, now)
            and deciding.covers(world, row, resource, segment)
            and deciding.effective_on(world, found, row, resource, segment) >= needed
        )
    )


def tenants_with(
    world: World,
    state: State,
    principal: str,
    resource: str,
    action: str,
    segment: str | None,
    now: int,
) -> tuple[str, ...]:
    """List where *principal* may do it, sorted."""
    return tuple(
        sorted(
            name
            for name in state.tenants
            if principal in members_with(world, state, name, resource, action, segment, now)
        )
    )


def managers(world: World, state: State, tenant: str, now: int) -> tuple[str, ...]:
    """List the effective managers, sorted; none while the tenant is not open."""
    found = state.tenants.get(tenant)
    if found is None or found.state != "open":
        return ()
    return tuple(sorted(deciding.acting_managers(world, state, tenant, now)))


class Cell(tuple[str, str, int, bool, int]):
    """One cell of the matrix: principal, resource, stored level, explicit, effective level."""

    __slots__ = ()


def matrix(world: World, state: State, tenant: str) -> tuple[Cell, ...]:
    """List a tenant's cells, sorted; the effective level is that where the row reaches."""
    found = state.tenants.get(tenant)
    if found is None:
        return ()
    cells = []
    for principal, row in found.living():
        for resource in world.resources:
            level = deciding.stored(world, found, row, resource)
            reach = (None, *found.segments)
            best = max(deciding.effective_on(world, found, row, resource, s) for s in reach)
            cells.append(Cell((principal, resource, level, resource in row.overrides, best)))
    return tuple(sorted(cells))


def level_on(world: World, state: State, tenant: str, principal: str, resource: str, segment: str | None) -> int:
    """Answer the effective level on one cell, whatever the status."""
    found = state.tenants[tenant]
    row = found.row(principal)
    return NONE if row is None else deciding.effective_on(world, found, row, resource, segment)


def reach(state: State, tenant: str, principal: str) -> tuple[str, ...] | None:
    """Answer the segments that count for a row and what it rests on: () for all of them, None for none."""
    found = state.tenants[tenant]
    row = found.row(principal)
    return None if row is None else deciding.reach(found, row)


def is_orphaned(world: World, state: State, tenant: str, now: int) -> bool:
    """Tell whether a tenant that is not closed has no effective manager, judged as if open."""
    found = state.tenants[tenant]
    return found.state != "closed" and not deciding.managers_as_if_open(world, state, tenant, now)[0]
