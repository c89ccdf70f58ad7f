"""The operator's, the person's own and the system's commands."""

from . import deciding, gates, voiding
from .commands import (
    CloseTenant,
    ReinstatePrincipal,
    ReopenTenant,
    SuspendPrincipal,
    SuspendTenant,
    Sweep,
    Touch,
)
from .facts import Principal, Row, State
from .gates import Effect, Event, Notice, Turn, done, require, row_event, to_managers, to_person
from .joining import principal_event
from .questions import check
from .world import HOUR


def suspend_tenant(turn: Turn, command: SuspendTenant) -> Effect:
    """Suspend an open tenant."""
    return _moved(turn, command.name, command.tenant, "open", "suspended")


def reopen_tenant(turn: Turn, command: ReopenTenant) -> Effect:
    """Reopen a suspended tenant."""
    return _moved(turn, command.name, command.tenant, "suspended", "open")


def close_tenant(turn: Turn, command: CloseTenant) -> Effect:
    """Close a tenant for good."""
    return _moved(turn, command.name, command.tenant, None, "closed")


def _moved(turn: Turn, kind: str, name: str, source: str | None, target: str) -> Effect:
    tenant = gates.tenant_for_operator(turn, name)
    if tenant.state == target:
        return None
    require(source is None or tenant.state == source, "illegal")
    subject = ("tenant", name)
    state = turn.state.with_tenant(name, tenant._replace(state=target))
    voided: tuple[Event, ...] = ()
    if target != "open":
        state, voided = voiding.void_all(state, kind, name)
    return done(state, (subject, kind, subject), *voided, notices=(to_managers(name, subject),))


def _managed_by(turn: Turn, principal: str) -> list[str]:
    """Answer the tenants, not closed, where FULL on managing is written for the principal."""
    return [
        name
        for name, tenant in turn.state.tenants.items()
        if tenant.state != "closed"
        and (row := tenant.row(principal)) is not None
        and gates.stores_managing(turn.world, tenant, row)
    ]


def _person_for_operator(turn: Turn, principal: str) -> Principal:
    require(turn.actor[0] == "operator", "denied")
    return gates.person_named(turn.state, principal)


def suspend_principal(turn: Turn, command: SuspendPrincipal) -> Effect:
    """Suspend a principal in every tenant at once."""
    person = _person_for_operator(turn, command.principal)
    if person.suspended:
        return None
    after = person._replace(
        suspended=True,
        proof_epoch=person.proof_epoch + 1,
        session_epoch=person.session_epoch + 1,
    )
    state = turn.state.with_principal(command.principal, after)
    managed = _managed_by(turn, command.principal)
    for name in managed:
        gates.keeps_manager(turn, state, name, override=name in command.override)
    voided: list[Event] = []
    for name in managed:
        state, ended = voiding.void_sent(state, command.name, name, command.principal)
        voided += ended
    return _told_everywhere(state, command.name, command.principal, managed, *voided)


def reinstate_principal(turn: Turn, command: ReinstatePrincipal) -> Effect:
    """End a suspension; what went stale stays stale."""
    person = _person_for_operator(turn, command.principal)
    if not person.suspended:
        return None
    state = turn.state.with_principal(command.principal, person._replace(suspended=False))
    managed = _managed_by(turn, command.principal)
    return _told_everywhere(state, command.name, command.principal, managed)


def _told_everywhere(state: State, kind: str, principal: str, managed: list[str], *voided: Event) -> Effect:
    return done(
        state,
        principal_event(kind, principal),
        *(row_event(name, kind, principal) for name in managed),
        *voided,
        notices=((("person", principal), ("principal", principal)),),
    )


def touch(turn: Turn, command: Touch) -> Effect:
    """Count a successful use of one's own as activity, at most once an hour."""
    require(turn.actor[0] == "member", "denied")
    member = turn.actor[1]
    allowed, reason = check(
        turn.world,
        turn.state,
        command.tenant,
        member,
        command.resource,
        command.action,
        command.segment,
        turn.now,
    )
    require(reason != "unknown_name", "unknown_name")
    require(reason != "not_a_member", "not_found")
    require(allowed, "denied")
    row = turn.state.tenants[command.tenant].row(member)
    if row is None or not is_worth_writing(row, turn.now):
        return None
    return done(turn.state.with_row(command.tenant, member, row._replace(last_active_at=turn.now)))


def is_worth_writing(row: Row, now: int) -> bool:
    """Tell whether the last activity noted is an hour old."""
    return row.last_active_at is None or now - row.last_active_at >= HOUR


def sweep(turn: Turn, command: Sweep) -> Effect:
    """Tell about absence in every open tenant; write nothing that a status reads."""
    require(turn.actor[0] == "system", "denied")
    state = turn.state
    events: list[Event] = []
    notices: list[Notice] = []
    for name, tenant in turn.state.tenants.items():
        if tenant.state != "open":
            continue
        for member, row in tenant.living():
            clock = deciding.clock_of(row)
            step = due_step(turn, name, row)
            if clock is None or step is None or (row.told is not None and row.told >= (clock, step)):
                continue
            if step == turn.world.policy.inactivity:
                events.append(row_event(name, command.name, member))
            notices.append(to_person(name, member))
            state = state.with_row(name, member, row._replace(told=(clock, step)))
    return done(state, *events, notices=tuple(notices)) if notices else None


def due_step(turn: Turn, name: str, row: Row) -> int | None:
    """Answer the highest step of absence that is due; lapsing is the last one."""
    tenant = turn.state.tenants[name]
    status = deciding.status_of(turn.world, turn.state, tenant, row, turn.now)
    clock = deciding.clock_of(row)
    if status == deciding.Status("disabled", "lapsed"):
        return turn.world.policy.inactivity
    if status != deciding.ACTIVE or clock is None or deciding.is_service(row):
        return None
    return max((step for step in turn.world.policy.warnings if turn.now - clock >= step), default=None)
