"""The commands that create a row or end one: opening, appointing, adding, requesting, leaving."""

from . import deciding, gates, voiding
from .commands import AddService, AddUsername, AppointManager, Leave, OpenTenant, Remove, RequestAccess
from .deciding import Status
from .facts import Principal, Row, State, Table, Tenant, Tombstone
from .gates import Effect, Event, Notice, Turn, done, require, row_event, to_managers, to_person
from .world import ACCOUNT_MANAGER


def reborn(old: Row | Tombstone | None, fresh: Row) -> Row:
    """Let *fresh* follow a tombstone: a new incarnation whose epochs go on."""
    if old is None:
        return fresh
    proof = fresh if fresh.proven_by is not None else old
    return fresh._replace(
        incarnation=old.incarnation + 1,
        access_epoch=old.access_epoch,
        proof_epoch=old.proof_epoch,
        proven_by=proof.proven_by,
        proven_at=proof.proven_at,
    )


def attested(now: int, origin: str = "home") -> Row:
    """A row that is active at once."""
    return Row(origin, approved_at=now, verified_at=now, verified_how="attested", clock_started_at=now)


def principal_event(kind: str, principal: str) -> Event:
    """An event about a principal, in its own stream."""
    return (("principal", principal), kind, ("principal", principal))


def open_tenant(turn: Turn, command: OpenTenant) -> Effect:
    """Open a tenant with the catalog's presets and its first manager."""
    name, manager = command.tenant, command.manager
    schemes = turn.world.catalog.schemes
    require(all(scheme in schemes for scheme, _ in command.external_ids), "unknown_name")
    gates.declared(turn.world, segments=command.segments)
    require(turn.actor[0] == "operator", "denied")
    people = turn.state.principals
    if manager is not None and not command.manager_is_new:
        require(gates.person_named(turn.state, manager).kind != "service", "denied")
    require(not (command.manager_is_new and manager in people), "taken")
    used = {key for tenant in turn.state.tenants.values() for key in tenant.external_ids}
    require(used.isdisjoint(command.external_ids) and name not in turn.state.tenants, "taken")
    roles = Table({key: gates.definition(levels) for key, levels in turn.world.catalog.presets})
    tenant = Tenant(
        "open",
        tuple(sorted(command.external_ids)),
        tuple(sorted(command.segments)),
        roles,
        Table(),
    )
    state = turn.state.with_tenant(name, tenant)
    events: list[Event] = [(("tenant", name), command.name, ("tenant", name))]
    if manager is None:
        return done(state, *events, created=(("tenant", name),))
    created = [("tenant", name)]
    if command.manager_is_new:
        state = state.with_principal(manager, Principal(password_chosen=True))
        events.append(principal_event(command.name, manager))
        created.append(("principal", manager))
    row = attested(turn.now)._replace(role=ACCOUNT_MANAGER)
    state = state.with_row(name, manager, row)
    events.append(row_event(name, command.name, manager))
    return done(state, *events, notices=(to_person(name, manager),), created=tuple(created))


def appoint_manager(turn: Turn, command: AppointManager) -> Effect:
    """Make a principal an active manager standing alone, whatever its row was."""
    name, member = command.tenant, command.member
    tenant = gates.tenant_for_operator(turn, name)
    require(tenant.state != "closed", "illegal")
    require(gates.person_named(turn.state, member).kind != "service", "denied")
    old = tenant.rows.get(member)
    if isinstance(old, Row):
        require(not deciding.is_held(old, turn.now), "illegal")
        after = appointed(turn, tenant, old)
    else:
        require(old is None or old.standing != "operator", "illegal")
        fresh = reborn(old, attested(turn.now)._replace(role=ACCOUNT_MANAGER))
        after = fresh._replace(access_epoch=fresh.access_epoch + 1)
    if after == old:
        return None
    state, events = turn.state.with_row(name, member, after), [row_event(name, command.name, member)]
    if not isinstance(old, Row) or after.access_epoch > old.access_epoch:
        state, ended = voiding.void_sent(state, command.name, name, member)
        events += ended
    return done(state, *events, notices=(to_person(name, member),))


def appointed(turn: Turn, tenant: Tenant, row: Row) -> Row:
    """Answer a row that the operator attests to: no disable, no dates, no resting, everything to manage."""
    now = turn.now
    ended = deciding.passed(row.valid_until, now) or deciding.is_stale(turn.world, turn.state, tenant, row, now)
    after = row._replace(
        disabled_at=None,
        disabled_by=None,
        reason=None,
        valid_from=None,
        valid_until=None,
        ends_by=None,
        rests_on=None,
        role=ACCOUNT_MANAGER,
        overrides=Table(),
        segments=(),
        proof_epoch=row.proof_epoch + ended,
    )
    if deciding.status_of(turn.world, turn.state, tenant, row, now) == deciding.ACTIVE:
        return after
    return after._replace(
        approved_at=now,
        verified_at=now,
        verified_how="attested",
        clock_started_at=now,
        access_epoch=row.access_epoch + 1,
    )


def add_username(turn: Turn, command: AddUsername) -> Effect:
    """Create a username whose password the actor chooses, resting on the actor's row."""
    name, member = command.tenant, command.member
    gates.declared(turn.world, command.levels, command.segments)
    desk = gates.enter_desk(turn, name, admits=True)
    gates.known_here(desk.tenant, command.role, command.segments)
    require(member not in turn.state.principals, "taken")
    base = None if desk.actor is None else gates.base_of(turn.state, desk.tenant, desk.actor)
    row = attested(turn.now)._replace(
        role=command.role,
        overrides=Table(command.levels),
        segments=tuple(sorted(command.segments)),
        contact=command.contact,
        rests_on=base,
    )
    gates.under_ceiling(turn, desk, None, row)
    chosen_in = None if desk.actor is None else name
    state = turn.state.with_principal(member, Principal(chosen_in=chosen_in, password_chosen=True))
    return done(
        state.with_row(name, member, row),
        principal_event(command.name, member),
        row_event(name, command.name, member),
        created=(("principal", member),),
    )


def add_service(turn: Turn, command: AddService) -> Effect:
    """Create a service that is active at once and rests on nobody; no service adds one."""
    name, member = command.tenant, command.member
    gates.declared(turn.world, command.levels, command.segments)
    desk = gates.enter_desk(turn, name, admits=True)
    require(desk.row is None or not deciding.is_service(desk.row), "denied")
    gates.known_here(desk.tenant, command.role, command.segments)
    require(member not in turn.state.principals, "taken")
    row = attested(turn.now, "provisioned")._replace(
        role=command.role,
        overrides=Table(command.levels),
        segments=tuple(sorted(command.segments)),
        added_by=desk.actor,
    )
    gates.under_ceiling(turn, desk, None, row)
    state = turn.state.with_principal(member, Principal(kind="service"))
    return done(
        state.with_row(name, member, row),
        principal_event(command.name, member),
        row_event(name, command.name, member),
        created=(("principal", member),),
    )


def request_access(turn: Turn, command: RequestAccess) -> Effect:
    """Ask to be let in; the answer is the same whatever the tenant does with it."""
    state = turn.state
    events: list[Event] = []
    created: tuple[tuple[str, str], ...] = ()
    if turn.actor[0] == "public":
        require(command.username is not None and command.email is not None, "invalid")
        member = command.username or ""
        require(member not in state.principals, "taken")
        state = state.with_principal(member, Principal(email=command.email))
        events.append(principal_event(command.name, member))
        created = (("principal", member),)
    else:
        require(turn.actor[0] == "member", "denied")
        require(command.username is None and command.email is None, "invalid")
        member = turn.actor[1]
        require(gates.person_named(state, member).kind != "service", "denied")
    row = _requested(turn, state, command.tenant, member)
    if row is None:
        return done(state, *events, created=created) if events else None
    events.append(row_event(command.tenant, command.name, member))
    return done(
        state.with_row(command.tenant, member, row),
        *events,
        notices=(to_managers(command.tenant, ("member", command.tenant, member)),),
        created=created,
    )


def _requested(turn: Turn, state: State, name: str, member: str) -> Row | None:
    """Answer the pending row a request leads to, None where it leads nowhere."""
    tenant = state.tenants.get(name)
    if tenant is None or tenant.state != "open" or state.principals[member].suspended:
        return None
    old = tenant.rows.get(member)
    if not isinstance(old, Row):
        hold = old is not None and old.standing == "operator"
        fresh = Row("registered", requested_at=turn.now, operator_hold=hold)
        return reborn(old, fresh)
    status = deciding.status_of(turn.world, state, tenant, old, turn.now)
    if status not in (Status("disabled", "rejected"), Status("disabled", "request_expired")):
        return None
    return old._replace(
        origin="registered",
        requested_at=turn.now,
        approved_at=None,
        disabled_at=None,
        disabled_by=None,
        reason=None,
        role=None,
        overrides=Table(),
        segments=(),
        rests_on=None,
    )


def leave(turn: Turn, command: Leave) -> Effect:
    """Leave: always possible but for the last manager."""
    require(turn.actor[0] == "member", "denied")
    tenant = turn.state.tenants.get(command.tenant)
    row = None if tenant is None else tenant.row(turn.actor[1])
    if tenant is None or row is None:
        raise gates.RefusedError("not_found")
    told = to_managers(command.tenant, ("member", command.tenant, turn.actor[1]))
    return gone(turn, command.name, command.tenant, turn.actor[1], told)


def remove(turn: Turn, command: Remove) -> Effect:
    """Remove a row, leaving a tombstone."""
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    told = to_person(command.tenant, command.member)
    return gone(turn, command.name, command.tenant, command.member, told, override=command.override)


def standing_after(row: Row, now: int) -> str | None:
    """Answer the standing disable that a tombstone keeps."""
    if deciding.is_held(row, now) or row.ends_by == "operator":
        return "operator"
    return "manager" if is_barred(row, now) else None


def is_barred(row: Row, now: int) -> bool:
    """Tell whether a disable by a person stands over a row, or its end has passed."""
    return (row.disabled_at is not None and row.reason != "rejected") or deciding.passed(row.valid_until, now)


def gone(turn: Turn, kind: str, name: str, member: str, *told: Notice, override: bool = False) -> Effect:
    """End a row with the invitations of it and to it, and tell."""
    state = ended(turn, name, member, override=override)
    state, voided = voiding.void_both(state, kind, name, member)
    return done(state, row_event(name, kind, member), *voided, notices=told)


def ended(turn: Turn, name: str, member: str, *, override: bool = False) -> State:
    """End a row: a tombstone, no sessions, no proofs; the tenant still managed."""
    tenant = turn.state.tenants[name]
    row = tenant.row(member)
    if row is None:
        raise gates.RefusedError("not_found")
    tombstone = Tombstone(
        row.incarnation,
        row.access_epoch + 1,
        row.proof_epoch + 1,
        standing_after(row, turn.now),
        is_barred(row, turn.now),
        row.proven_by,
        row.proven_at,
    )
    state = turn.state.with_row(name, member, tombstone)
    if gates.stores_managing(turn.world, tenant, row):
        gates.keeps_manager(turn, state, name, override=override)
    return state
