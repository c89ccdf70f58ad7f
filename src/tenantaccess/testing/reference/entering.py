"""Switching: entering a tenant, going on there, and the questions of the drop-down."""

from . import deciding, questions
from .commands_of_people import Enter, Resume
from .facts import Row, State, Tenant, Ticket
from .gates import Effect, RefusedError, Turn, done, require
from .operating import is_worth_writing
from .world import World


def enter(turn: Turn, command: Enter) -> Effect:
    """Enter: an effective membership is enough, levels are not asked."""
    require(turn.actor[0] == "member", "denied")
    return _entered(turn, command.tenant, turn.actor[1], command.segment)


def resume(turn: Turn, command: Resume) -> Effect:
    """Go on in a session: decided anew, and over once any number it keeps has moved."""
    ticket = command.ticket
    ahead = ticket_of(turn.state, ticket.tenant, ticket.principal, ticket.segment)
    if ahead is None:
        raise RefusedError("not_found")
    effect = _entered(turn, ticket.tenant, ticket.principal, ticket.segment)
    require(ticket == ahead, "denied")
    return effect


def ticket_of(state: State, name: str, principal: str, segment: str | None) -> Ticket | None:
    """Write down what a session opened now would keep."""
    tenant = state.tenants.get(name)
    row = None if tenant is None else tenant.row(principal)
    if row is None:
        return None
    session = state.principals[principal].session_epoch
    return Ticket(name, principal, row.incarnation, row.access_epoch, session, segment)


def _entered(turn: Turn, name: str, principal: str, segment: str | None) -> Effect:
    require(segment is None or segment in turn.world.catalog.segments, "unknown_name")
    tenant = turn.state.tenants.get(name)
    row = None if tenant is None else tenant.row(principal)
    if tenant is None or row is None:
        raise RefusedError("not_found")
    require(questions.bar(turn.world, turn.state, name, principal, turn.now) is None, "denied")
    for limiting in deciding.chain(tenant, row):
        held = segment is None or limiting is None or not limiting.segments or segment in limiting.segments
        require(held and (segment is None or segment in tenant.segments), "denied")
    if not is_worth_writing(row, turn.now):
        return None
    return done(turn.state.with_row(name, principal, row._replace(last_active_at=turn.now)))


def list_tenants(world: World, state: State, principal: str, now: int) -> dict[str, str | None]:
    """List the tenants in the drop-down: where one was let in, or waits to be by a proof; with what bars them now."""
    found = {}
    for name, tenant in state.tenants.items():
        row = tenant.row(principal)
        if row is None:
            continue
        bar = questions.bar(world, state, name, principal, now)
        if row.approved_at is not None or waits_by_proof(world, state, tenant, row, now):
            found[name] = bar
    return found


def waits_by_proof(world: World, state: State, tenant: Tenant, row: Row, now: int) -> bool:
    """Tell whether a row that was never let in awaits it, on a proof that still holds."""
    pending = deciding.status_of(world, state, tenant, row, now) == deciding.PENDING
    return pending and row.rests_on is not None and not deciding.is_stale(world, state, tenant, row, now)


def default_tenants(world: World, state: State, principal: str, now: int) -> list[str | None]:
    """Answer where to begin: the one used last if it is open, else the only one that is; several used last are all."""
    last = {
        name: row.last_active_at
        for name, tenant in state.tenants.items()
        if (row := tenant.row(principal)) is not None and row.last_active_at is not None
    }
    may = [name for name, bar in list_tenants(world, state, principal, now).items() if bar is None]
    newest = [name for name in may if name in last and last[name] == max(last.values())]
    return [*newest] or [may[0] if len(may) == 1 else None]
