"""
What follows from the facts at a moment: status, levels, effectiveness, managers.

Each rule is one small function that the commands reach through this module.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .facts import Base, Principal, Row, State, Tenant
from .world import ACCOUNT_MANAGER, FULL, NONE, World


class Status(NamedTuple):
    """A status word and, for disabled and unverified, what lies behind it."""

    word: str
    detail: str | None = None


ABSENT = Status("absent")
ACTIVE = Status("active")
PENDING = Status("pending")
UNVERIFIED = Status("unverified")
STALE = Status("unverified", "stale")


def passed(moment: int | None, now: int) -> bool:
    """Tell whether *moment* is set and has come."""
    return moment is not None and moment <= now


def clock_of(row: Row) -> int | None:
    """Answer the moment from which absence is counted."""
    started, active = row.clock_started_at, row.last_active_at
    if started is None or (active is not None and active > started):
        return active
    return started


def is_lapsed(world: World, row: Row, now: int) -> bool:
    """Tell whether absence has reached the limit: the limit itself is lapsed."""
    clock = clock_of(row)
    return not is_service(row) and (clock is None or now - clock >= world.policy.inactivity)


def is_expired(world: World, row: Row, now: int) -> bool:
    """Tell whether a request has waited too long."""
    return row.requested_at is not None and row.requested_at + world.policy.request_expiry <= now


def is_service(row: Row) -> bool:
    """Tell whether *row* is a program's: it never lapses, and keeps no tenant managed."""
    return row.origin == "provisioned"


def is_link(row: Row) -> bool:
    """Tell whether *row* is a link that still rests on its proof."""
    return row.origin == "linked" and row.rests_on is not None and row.rests_on.kind == "link"


def is_stale(world: World, state: State, tenant: Tenant, row: Row, now: int) -> bool:
    """Tell whether the row that *row* rests on is no longer what it was, or is stale itself."""
    stored = row.rests_on
    if stored is None:
        return False
    base = tenant.row(stored.principal)
    return (
        base is None
        or base.incarnation != stored.incarnation
        or base.proof_epoch != stored.proof_epoch
        or state.principals[stored.principal].proof_epoch != stored.principal_proof_epoch
        or passed(base.valid_until, now)
        or is_stale(world, state, tenant, base, now)
        or (stored.kind == "link" and is_outgrown(world, state.principals[stored.principal], stored, now))
    )


def is_outgrown(world: World, proven: Principal, stored: Base, now: int) -> bool:
    """Tell whether the proven password has changed for too long: grace runs from the first change after the proof."""
    later = proven.password_epoch - stored.password_epoch
    choice = world.policy.after_password_change
    if later == 0 or choice == "KEEP":
        return False
    if later > len(proven.password_changes):
        return True
    grace = world.policy.link_grace if choice == "STALE" else 0
    return proven.password_changes[-later] + grace <= now


def is_early(tenant: Tenant, row: Row, now: int) -> bool:
    """Tell whether the start of a row is to come, or that of anything it rests on."""
    starts = (None if one is None else one.valid_from for one in chain(tenant, row))
    return any(start is not None and now < start for start in starts)


def is_held(row: Row, now: int) -> bool:
    """Tell whether only the operator leads a row back: by its disable, its end that has passed, or its hold."""
    ended = row.ends_by == "operator" and passed(row.valid_until, now)
    return is_operator_disabled(row) or ended or row.operator_hold


def is_operator_disabled(row: Row) -> bool:
    """Tell whether the operator's own disable stands (a rejection is none)."""
    return row.disabled_at is not None and row.disabled_by == "operator" and row.reason != "rejected"


def status_of(world: World, state: State, tenant: Tenant, row: Row, now: int) -> Status:
    """Derive the status of a row that is not gone."""
    if row.disabled_at is not None:
        if row.reason == "rejected":
            return Status("disabled", "rejected")
        return Status("disabled", "operator" if row.disabled_by == "operator" else "manual")
    if passed(row.valid_until, now):
        return Status("disabled", "ended")
    if row.approved_at is None:  # dates are for who was let in: none hides that nobody approved it
        expired = is_expired(world, row, now)
        return Status("disabled", "request_expired") if expired else PENDING
    if is_early(tenant, row, now):
        return Status("disabled", "not_yet_valid")
    if is_stale(world, state, tenant, row, now):
        return STALE
    if row.verified_at is None:
        return UNVERIFIED
    return Status("disabled", "lapsed") if is_lapsed(world, row, now) else ACTIVE


def role_level(world: World, tenant: Tenant, role: str | None, resource: str) -> int:
    """Answer what a role gives on *resource*."""
    if role is None:
        return NONE
    if role == ACCOUNT_MANAGER:
        return FULL if resource in world.offered else NONE
    return tenant.roles[role].get(resource, NONE)


def stored(world: World, tenant: Tenant, row: Row, resource: str) -> int:
    """Answer the level as written: the override, else the role's."""
    explicit = row.overrides.get(resource)
    return role_level(world, tenant, row.role, resource) if explicit is None else explicit


def covers(world: World, row: Row, resource: str, segment: str | None) -> bool:
    """Tell whether a row's level reaches the cell; None is the cell of all segments."""
    return not row.segments or resource == world.managing or segment in row.segments


def stored_on(world: World, tenant: Tenant, row: Row, resource: str, segment: str | None) -> int:
    """Answer the level as written, on one cell."""
    if not covers(world, row, resource, segment):
        return NONE
    return stored(world, tenant, row, resource)


def own_on(world: World, tenant: Tenant, row: Row, resource: str, segment: str | None) -> int:
    """Answer a row's own level on one cell: nothing where the resource is not offered."""
    if resource not in world.offered:
        return NONE
    return stored_on(world, tenant, row, resource, segment)


def chain(tenant: Tenant, row: Row) -> Iterator[Row | None]:
    """Walk from a row down what it rests on, and what that rests on; None where a row is gone."""
    limiting: Row | None = row
    while limiting is not None:
        yield limiting
        if limiting.rests_on is None:
            return
        limiting = tenant.row(limiting.rests_on.principal)
    yield None


def effective_on(world: World, tenant: Tenant, row: Row, resource: str, segment: str | None) -> int:
    """Answer the level that counts: the least of all while the row rests on another."""
    return min(NONE if one is None else own_on(world, tenant, one, resource, segment) for one in chain(tenant, row))


def level_of(world: World, tenant: Tenant, row: Row, resource: str) -> int:
    """Answer the level that counts where the row reaches."""
    if resource not in world.offered:
        return NONE
    return min(NONE if one is None else stored(world, tenant, one, resource) for one in chain(tenant, row))


def reach(tenant: Tenant, row: Row) -> tuple[str, ...] | None:
    """Answer the segments that count for a row: () for all of them, None for none."""
    found: tuple[str, ...] | None = ()
    for one in chain(tenant, row):
        found = None if found is None else narrowed(found, () if one is None else one.segments)
    return found


def narrowed(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Answer the segments that both reach, () for all of them and None for none."""
    if not one or not other:
        return one or other
    return tuple(segment for segment in one if segment in other) or None


def segments_of(world: World, tenant: Tenant, resource: str) -> tuple[str | None, ...]:
    """Answer the cells of a resource; the managing one has a single cell."""
    return (None,) if resource == world.managing else (None, *tenant.segments)


def counts_here(state: State, name: str, principal: str) -> bool:
    """Tell whether the principal itself may be used in the tenant *name*."""
    person = state.principals[principal]
    return not person.suspended and person.chosen_in in (None, name)


def is_effective(world: World, state: State, name: str, principal: str, now: int, *, as_if_open: bool = False) -> bool:
    """Tell whether a row passes checks and counts."""
    tenant = state.tenants[name]
    row = tenant.row(principal)
    return (
        row is not None
        and (as_if_open or tenant.state == "open")
        and counts_here(state, name, principal)
        and status_of(world, state, tenant, row, now).word == "active"
    )


def acting_managers(world: World, state: State, name: str, now: int) -> dict[str, Row]:
    """Answer who may manage a tenant, taken as open, services included."""
    tenant = state.tenants[name]
    return {
        principal: row
        for principal, row in tenant.living()
        if effective_on(world, tenant, row, world.managing, None) == FULL
        and is_effective(world, state, name, principal, now, as_if_open=True)
    }


def managers_as_if_open(world: World, state: State, name: str, now: int) -> tuple[frozenset[str], frozenset[str]]:
    """Answer the effective managers that count, and the enduring ones among them."""
    tenant, acting = state.tenants[name], acting_managers(world, state, name, now)
    people = {principal: row for principal, row in acting.items() if not is_service(row)}
    enduring = (p for p, row in people.items() if not is_link(row) and not is_dated(tenant, row))
    return frozenset(people), frozenset(enduring)


def is_dated(tenant: Tenant, row: Row) -> bool:
    """Tell whether a row has an end, or will be stale at the end of what it rests on."""
    return any(one is None or one.valid_until is not None for one in chain(tenant, row))


def stays_managed(world: World, before: State, after: State, name: str, now: int) -> bool:
    """Tell whether rule 5 holds for the tenant *name* over a change."""
    effective, enduring = managers_as_if_open(world, before, name, now)
    if not effective:
        return True
    effective_after, enduring_after = managers_as_if_open(world, after, name, now)
    return bool(enduring_after if enduring else effective_after)
