"""Adopting: whom an earlier system knew is active at once, by the operator's word."""

from . import deciding, gates, voiding
from .commands import Adopt
from .facts import Principal, Row, State, Table, Tenant
from .gates import Effect, Event, Turn, done, require, row_event, to_person
from .joining import appointed, attested, principal_event, reborn


def adopt(turn: Turn, command: Adopt) -> Effect:
    """Let in with exactly what is granted; who is active keeps what it holds."""
    name, member = command.tenant, command.member
    gates.declared(turn.world, command.levels, command.segments)
    tenant = gates.tenant_for_operator(turn, name)
    require(tenant.state != "closed", "illegal")
    state, events = _person(turn, command)
    old = tenant.rows.get(member)
    if isinstance(old, Row):
        require(not deciding.is_held(old, turn.now), "illegal")
        if deciding.status_of(turn.world, turn.state, tenant, old, turn.now) == deciding.ACTIVE:
            return None
    else:
        require(old is None or old.standing != "operator", "illegal")
    gates.known_here(tenant, command.role, command.segments)  # so late: who is active was adopted as it was then
    after = _adopted(turn, tenant, member)._replace(
        role=command.role, overrides=Table(command.levels), segments=tuple(sorted(command.segments))
    )
    state = state.with_row(name, member, after)
    if isinstance(old, Row) and gates.stores_managing(turn.world, tenant, old):
        gates.keeps_manager(turn, state, name)  # others may manage through the levels of a row that has lapsed
    state, voided = voiding.void_sent(state, command.name, name, member)
    created = () if member in turn.state.principals else (("principal", member),)
    events.append(row_event(name, command.name, member))
    return done(state, *events, *voided, notices=(to_person(name, member),), created=created)


def _person(turn: Turn, command: Adopt) -> tuple[State, list[Event]]:
    """Answer who is adopted: somebody of its own password, or who is there and is no service."""
    if not command.is_new:
        require(gates.person_named(turn.state, command.member).kind == "human", "denied")
        return turn.state, []
    require(command.member not in turn.state.principals, "taken")
    person = Principal(email=command.email)
    person = person.shown(turn.now) if command.verified else person
    return turn.state.with_principal(command.member, person), [principal_event(command.name, command.member)]


def _adopted(turn: Turn, tenant: Tenant, member: str) -> Row:
    old = tenant.rows.get(member)
    if isinstance(old, Row):
        return appointed(turn, tenant, old)._replace(origin=old.origin if old.origin == "linked" else "adopted")
    row = reborn(old, attested(turn.now, "adopted"))
    return row._replace(access_epoch=row.access_epoch + 1)
