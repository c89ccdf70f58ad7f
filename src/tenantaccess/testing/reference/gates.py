"""
The order of refusal, as gates a command passes one after the other.

A gate raises `RefusedError` or answers what it found. The numbers of the order: words (0), tenant
(1), actor (2), resting (3), subject (4), the tenant's words (5), own row (6), the operator's (7),
the lifecycle (8, in the commands), the ceiling (9), the last manager (10).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import deciding
from .commands import Actor
from .facts import Base, Principal, Row, State, Table, Tenant, Tombstone
from .world import ACCOUNT_MANAGER, FULL, LEVELS, NONE, Levels, World

Ref = tuple[str, ...]
Event = tuple[Ref, str, Ref]
Notice = tuple[Ref, Ref]


class RefusedError(Exception):
    """A command is refused, for the reason it carries."""

    def __init__(self, refusal: str) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Outcome(NamedTuple):
    """What a step answers: done, noop or refused, and what it produced."""

    kind: str
    refusal: str | None = None
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    created: tuple[Ref | tuple[str, str, str, int], ...] = ()


NOOP = Outcome("noop")


class Turn(NamedTuple):
    """One step: where we are, who acts, when."""

    world: World
    state: State
    actor: Actor
    now: int


Effect = tuple[State, Outcome] | None
"""What a command answers: a new state, or None for a no-op."""


class Desk(NamedTuple):
    """A tenant with the acting row; no row when the operator or the system acts."""

    name: str
    tenant: Tenant
    actor: str | None
    row: Row | None


def done(
    state: State,
    *events: Event,
    notices: tuple[Notice, ...] = (),
    created: tuple[Ref | tuple[str, str, str, int], ...] = (),
) -> tuple[State, Outcome]:
    """Answer a change with what it produced."""
    return state, Outcome("done", None, events, notices, created)


def row_event(name: str, kind: str, member: str) -> Event:
    """An event about a membership, in its tenant's stream."""
    return (("tenant", name), kind, ("member", name, member))


def to_person(name: str, member: str) -> Notice:
    """A notice to the member about its row."""
    return (("person", member), ("member", name, member))


def to_managers(name: str, subject: Ref) -> Notice:
    """A notice to the managers of a tenant."""
    return (("managers", name), subject)


def require(condition: bool, refusal: str) -> None:  # noqa: FBT001
    """Refuse unless *condition* holds."""
    if not condition:
        raise RefusedError(refusal)


def declared(world: World, levels: Levels = (), segments: tuple[str, ...] = ()) -> None:
    """Gate 0: words of the catalog exist; no cell and no segment is named twice."""
    require(world.knows_levels(levels) and world.knows_segments(segments), "unknown_name")
    require(len(dict(levels)) == len(levels) and len(set(segments)) == len(segments), "invalid")


def tenant_for_operator(turn: Turn, name: str) -> Tenant:
    """Gates 1 and 2 of the operator's commands; a stranger learns of no tenant."""
    tenant = turn.state.tenants.get(name)
    if tenant is None:
        raise RefusedError("not_found")
    if turn.actor[0] != "operator":
        is_member = turn.actor[0] == "member" and tenant.row(turn.actor[1]) is not None
        raise RefusedError("denied" if is_member else "not_found")
    return tenant


def person_named(state: State, principal: str) -> Principal:
    """Answer a principal; who was erased is none."""
    person = state.principals.get(principal)
    if person is None or person.kind == "erased":
        raise RefusedError("not_found")
    return person


def enter_desk(turn: Turn, name: str, *, override: bool = False, admits: bool = False) -> Desk:
    """Gates 1, 2 and (for a command that *admits* somebody) 3 of a manager's command."""
    tenant = turn.state.tenants.get(name)
    if tenant is None:
        raise RefusedError("not_found")
    if turn.actor[0] in ("operator", "system"):
        require(tenant.state != "closed", "illegal")
        require(not override or turn.actor[0] == "operator", "denied")
        return Desk(name, tenant, None, None)
    row = tenant.row(turn.actor[1]) if turn.actor[0] == "member" else None
    if row is None:
        raise RefusedError("not_found")
    require(is_manager(turn, name, turn.actor[1]) and not override, "denied")
    require(not (admits and row.rests_on), "resting")
    return Desk(name, tenant, turn.actor[1], row)


def is_manager(turn: Turn, name: str, principal: str) -> bool:
    """Tell whether *principal* is an effective manager now."""
    tenant = turn.state.tenants[name]
    row = tenant.row(principal)
    return (
        row is not None
        and deciding.is_effective(turn.world, turn.state, name, principal, turn.now)
        and deciding.effective_on(turn.world, tenant, row, turn.world.managing, None) == FULL
    )


def subject_row(desk: Desk, member: str) -> Row:
    """Gate 4: the subject is there."""
    row = desk.tenant.row(member)
    if row is None:
        raise RefusedError("not_found")
    return row


def known_here(tenant: Tenant, role: str | None = None, segments: Iterable[str] = ()) -> None:
    """Gate 5: the tenant has the role and the segments."""
    require(role is None or role == ACCOUNT_MANAGER or role in tenant.roles, "unknown_name")
    require(all(segment in tenant.segments for segment in segments), "unknown_name")


def not_own_row(desk: Desk, member: str) -> None:
    """Gate 6: no row that is the actor's own, through any link or proof."""
    require(not is_own(desk, member), "own_row")


def is_own(desk: Desk, member: str) -> bool:
    """Tell whether rule 4 keeps the actor from a row, or keeps one from it that the actor rests on."""
    if desk.row is None or desk.actor is None:
        return False
    if member in hands(desk):
        return True
    other = desk.tenant.row(member)
    for row in acting_rows(desk):
        if row.origin == "linked" and row.proven_by == member:
            return True
        siblings = other is not None and deciding.is_link(row) and deciding.is_link(other)
        if siblings and other is not None and base_name(row) == base_name(other):
            return True
    return False


def hands(desk: Desk) -> set[str]:
    """Answer as whom the actor acts: itself, all that it rests on, and who added it if it is a service."""
    rows = acting_rows(desk)
    bases = {row.rests_on.principal for row in rows if row.rests_on is not None}
    bases |= {row.added_by for row in rows if row.added_by is not None}
    return bases if desk.actor is None else bases | {desk.actor}


def acting_rows(desk: Desk) -> list[Row]:
    """Answer the acting row with all that it rests on, and after a service the rows of who added it, as they are."""
    found: list[Row] = []
    start = desk.row
    while start is not None:
        found += [row for row in deciding.chain(desk.tenant, start) if row is not None]
        start = None if start.added_by is None else desk.tenant.row(start.added_by)
    return found


def base_name(row: Row) -> str | None:
    """Answer on whom a row rests."""
    return None if row.rests_on is None else row.rests_on.principal


def is_proven_by_actor(desk: Desk, row: Row) -> bool:
    """Tell whether a row is a link that rests on the proof of any whom the actor acts as."""
    return desk.actor is not None and deciding.is_link(row) and base_name(row) in hands(desk)


def not_own_rester(turn: Turn, desk: Desk, row: Row) -> None:
    """Gate 6 for enabling: whom a stale row or a link rests on never leads it back."""
    stale = deciding.is_stale(turn.world, turn.state, desk.tenant, row, turn.now)
    require(not ((stale or deciding.is_link(row)) and is_carried(desk, row)), "own_row")


def is_carried(desk: Desk, row: Row) -> bool:
    """Tell whether a row rests on any whom the actor acts as."""
    return desk.row is not None and row.rests_on is not None and row.rests_on.principal in hands(desk)


def not_own_proof(desk: Desk, row: Row | Tombstone) -> None:
    """Gate 6 for admitting: whose proof a row last rested on never admits it."""
    require(desk.actor is None or row.proven_by not in hands(desk), "own_row")


def operators_only(turn: Turn, row: Row) -> None:
    """Gate 7: what the operator disabled, only the operator leads back."""
    require(not deciding.is_held(row, turn.now) or turn.actor[0] == "operator", "operator_only")


def operators_end(turn: Turn, row: Row, end: int | None) -> None:
    """Gate 7 for dates: the operator's end is moved by the operator only."""
    require(row.ends_by != "operator" or end == row.valid_until or turn.actor[0] != "member", "operator_only")


def rising_cells(world: World, tenant: Tenant, before: Row | None, after: Row) -> Iterator[tuple[str, str | None, int]]:
    """Walk over the cells whose written level rises, with the new level."""
    for resource in world.resources:
        for segment in deciding.segments_of(world, tenant, resource):
            level = deciding.stored_on(world, tenant, after, resource, segment)
            old = NONE
            if before is not None:
                old = deciding.stored_on(world, tenant, before, resource, segment)
            if level > old:
                yield resource, segment, level


def may_give(turn: Turn, desk: Desk, resource: str, segment: str | None, level: int) -> bool:
    """Tell whether the actor holds *level* on the cell it raises."""
    if desk.row is None:
        return True
    if turn.world.policy.grant_ceiling == "ANY" and resource != turn.world.managing:
        return True
    held = deciding.effective_on(turn.world, desk.tenant, desk.row, resource, segment)
    return level <= held


def may_give_builtin(desk: Desk) -> bool:
    """Tell whether the actor holds the built-in role and nothing but it."""
    if desk.row is None:
        return True
    rows = deciding.chain(desk.tenant, desk.row)
    return all(row is not None and row.role == ACCOUNT_MANAGER and not row.overrides for row in rows)


def under_ceiling(turn: Turn, desk: Desk, before: Row | None, after: Row) -> None:
    """Gate 9 for one row; the proven principal raises no link that rests on it, whatever it holds."""
    if desk.row is None:
        return
    rises = any(rising_cells(turn.world, desk.tenant, before, after))
    require(not (rises and before is not None and is_proven_by_actor(desk, before)), "own_row")
    newly = after.role == ACCOUNT_MANAGER and (before is None or before.role != ACCOUNT_MANAGER)
    require(not newly or may_give_builtin(desk), "above_held")
    for resource, segment, level in rising_cells(turn.world, desk.tenant, before, after):
        require(may_give(turn, desk, resource, segment, level), "above_held")


def definition_under_ceiling(turn: Turn, desk: Desk, before: Table[str, int], after: Table[str, int]) -> None:
    """Gate 9 for a role's definition: on every segment and on all of them."""
    for resource, level in after.items():
        if level > before.get(resource, NONE):
            for segment in deciding.segments_of(turn.world, desk.tenant, resource):
                require(may_give(turn, desk, resource, segment, level), "above_held")


def keeps_manager(turn: Turn, after: State, name: str, *, override: bool = False) -> None:
    """Gate 10: a managed tenant stays managed."""
    if override or turn.state.tenants[name].state == "closed":
        return
    kept = deciding.stays_managed(turn.world, turn.state, after, name, turn.now)
    require(kept, "last_manager")


def stores_managing(world: World, tenant: Tenant, row: Row) -> bool:
    """Tell whether FULL on the managing resource is written for the row: only then gate 10 asks."""
    return deciding.stored(world, tenant, row, world.managing) == FULL


def base_of(state: State, tenant: Tenant, principal: str) -> Base:
    """Take down a row as something to rest on."""
    row = tenant.row(principal)
    if row is None:
        raise RefusedError("not_found")
    person = state.principals[principal]
    numbers = (row.incarnation, row.proof_epoch, person.proof_epoch)
    return Base(principal, *numbers, password_epoch=person.password_epoch)


def proof_of(state: State, tenant: Tenant, principal: str) -> Base:
    """Take down a row as one whose credentials were proven."""
    return base_of(state, tenant, principal)._replace(kind="link")


def definition(levels: Levels) -> Table[str, int]:
    """Write a role down: absent and NONE are the same."""
    return Table({key: level for key, level in levels if level != LEVELS[0]})
