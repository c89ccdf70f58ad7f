"""Links: proving, joining, asking, accepting, confirming, unlinking."""

from . import deciding, gates
from .commands_of_people import AcceptLink, ChangeLinking, ConfirmLink, JoinLink, Prove, RequestLink, Unlink
from .deciding import Status
from .facts import Base, Offer, Principal, Row, State, Table, Tenant, Tombstone
from .gates import Desk, Effect, Event, Notice, RefusedError, Turn, done, require, row_event, to_managers, to_person
from .joining import gone, principal_event, reborn
from .lifecycle import OVER
from .passwords import own_principal
from .world import NONE, World

LINKINGS = ("off", "proof", "consent", "both")
AT_MOST = 100


def offered(world: World, state: State, proven: str, now: int) -> tuple[str, ...]:
    """List where somebody's credentials may be joined, sorted."""
    return tuple(sorted(name for name in state.tenants if is_offered(world, state, name, proven, now)))


def is_offered(world: World, state: State, name: str, proven: str, now: int) -> bool:
    """Tell whether a tenant takes links, and the proven row there is effective and no link itself."""
    tenant = state.tenants.get(name)
    row = None if tenant is None else tenant.row(proven)
    return (
        tenant is not None
        and row is not None
        and tenant.linking in ("proof", "both")
        and row.origin != "linked"
        and deciding.is_effective(world, state, name, proven, now)
    )


def password_own(turn: Turn, person: Principal) -> None:
    """Refuse a username whose password somebody else chose, where the policy minds."""
    require(not person.password_chosen or turn.world.policy.linking_password == "ANY", "denied")


def prove(turn: Turn, command: Prove) -> Effect:
    """Answer one uniform refusal, or an offer that replaces any older one of the asker."""
    asker, person = own_principal(turn)
    password_own(turn, person)
    proven = turn.state.principals.get(command.principal)
    if (
        proven is None
        or not command.correct
        or proven.kind != "human"
        or proven.suspended
        or command.principal == asker
    ):
        raise RefusedError("proof_refused")
    require(bool(offered(turn.world, turn.state, command.principal, turn.now)), "proof_refused")
    older = turn.state.offers.get(asker)
    offer = proof_now(turn.state, asker, command.principal, turn.now, 1 if older is None else older[0].serial + 1)
    state = turn.state._replace(offers=turn.state.offers.put(asker, (offer, False)))
    return done(state, created=(("offer", asker, str(offer.serial)),))


def proof_now(state: State, asker: str, proven: str, now: int, serial: int = 0) -> Offer:
    """Write down the offer that proving *proven* now leads to."""
    person = state.principals[proven]
    session = state.principals[asker].session_epoch
    return Offer(asker, proven, serial, person.password_epoch, person.proof_epoch, now, session)


def is_alive(turn: Turn, offer: Offer) -> bool:
    """Tell whether an offer is the asker's newest, unused, in time, and the proven principal is as it was."""
    proven = turn.state.principals.get(offer.proven)
    return (
        turn.actor[1] == offer.asker
        and (offer.serial == 0 or turn.state.offers.get(offer.asker) == (offer, False))
        and turn.now < offer.minted_at + turn.world.policy.offer_expiry
        and turn.state.principals[offer.asker].session_epoch == offer.session_epoch
        and proven is not None
        and not proven.suspended
        and (proven.password_epoch, proven.proof_epoch) == (offer.password_epoch, offer.proof_epoch)
    )


def join_link(turn: Turn, command: JoinLink) -> Effect:
    """Join with what was proven, judged again now; all tenants or none."""
    many = len(command.tenants)
    require(1 <= many <= AT_MOST and len(set(command.tenants)) == many, "invalid")
    asker, person = own_principal(turn)
    password_own(turn, person)
    require(is_alive(turn, command.offer), "proof_refused")
    proven = command.offer.proven
    state = turn.state
    events: list[Event] = [principal_event(command.name, asker)]
    notices: list[Notice] = []
    for name in command.tenants:
        require(is_offered(turn.world, turn.state, name, proven, turn.now), "proof_refused")
        row = joined(turn, name, asker, proven)
        if row is None:
            continue
        state = state.with_row(name, asker, row)
        events.append(row_event(name, command.name, asker))
        notices += [to_managers(name, ("member", name, asker)), to_person(name, proven)]
    if not notices:
        return None
    if command.offer.serial:
        state = state._replace(offers=state.offers.put(asker, (command.offer, True)))
    return done(state, *events, notices=tuple(notices))


def joined(turn: Turn, name: str, asker: str, proven: str) -> Row | None:
    """Answer the row a proof leads to; None where there is nothing to do."""
    tenant = turn.state.tenants[name]
    old, proof = tenant.rows.get(asker), gates.proof_of(turn.state, tenant, proven)
    if not isinstance(old, Row):
        row = reborn(old, copied(turn, tenant, proof))
        if old is None and tenant.linking == "proof":
            return admitted(asking(row, turn.now), turn.now, "proven")
        return asking(row._replace(operator_hold=old is not None and old.standing == "operator"), turn.now)
    status = deciding.status_of(turn.world, turn.state, tenant, old, turn.now)
    if status in OVER:
        return asking(asked_anew(old, copied(turn, tenant, proof)), turn.now)
    require(deciding.is_link(old), "illegal")
    return renewed(turn, old, status, proof)


def renewed(turn: Turn, old: Row, status: Status, proof: Base) -> Row | None:
    """Answer a link that rests on a fresh proof: levels and clock stay, and so does what a manager ended."""
    after = old._replace(rests_on=proof, proven_by=proof.principal, proven_at=turn.now)
    if status == deciding.PENDING:
        return None if old.rests_on == proof else after
    idle = status in (deciding.ACTIVE, Status("disabled", "lapsed"))
    if idle and old.rests_on == proof:
        return None
    kept = idle and gates.base_name(old) == proof.principal  # proven again before it is stale
    require(kept or status in (deciding.STALE, deciding.UNVERIFIED), "illegal")
    return after._replace(verified_at=turn.now, verified_how="proven", access_epoch=old.access_epoch + 1)


def copied(turn: Turn, tenant: Tenant, proof: Base) -> Row:
    """Answer a link with what the proven row has."""
    row = tenant.row(proof.principal)
    if row is None:
        raise RefusedError("proof_refused")
    return Row(
        "linked",
        role=row.role,
        overrides=row.overrides,
        segments=row.segments,
        rests_on=proof,
        proven_by=proof.principal,
        proven_at=turn.now,
    )


def asked_anew(old: Row, fresh: Row) -> Row:
    """Answer *fresh* in the place of a request that is over: the same presence, the same numbers."""
    return fresh._replace(
        incarnation=old.incarnation,
        access_epoch=old.access_epoch,
        proof_epoch=old.proof_epoch,
        operator_hold=old.operator_hold,
        contact=old.contact,
        told=old.told,
    )


def asking(row: Row, now: int) -> Row:
    """Answer a row whose person asked to be let in."""
    return row._replace(requested_at=now)


def admitted(row: Row, now: int, how: str) -> Row:
    """Answer a row that both gates are open for, its clock running."""
    return row._replace(approved_at=now, verified_at=now, verified_how=how, clock_started_at=now)


def request_link(turn: Turn, command: RequestLink) -> Effect:
    """Ask for a link without proof; the answer is the same whatever the tenant does with it."""
    asker, person = own_principal(turn)
    password_own(turn, person)
    tenant = turn.state.tenants.get(command.tenant)
    if tenant is None or tenant.state != "open" or tenant.linking != "consent":
        return None
    old = tenant.rows.get(asker)
    if isinstance(old, Row):
        if deciding.status_of(turn.world, turn.state, tenant, old, turn.now) not in OVER:
            return None
        row = asked_anew(old, Row("linked", proven_by=old.proven_by, proven_at=old.proven_at))
    else:
        hold = isinstance(old, Tombstone) and old.standing == "operator"
        row = reborn(old, Row("linked", operator_hold=hold))
    return done(
        turn.state.with_row(command.tenant, asker, asking(row, turn.now)),
        row_event(command.tenant, command.name, asker),
        notices=(to_managers(command.tenant, ("member", command.tenant, asker)),),
    )


def accept_link(turn: Turn, command: AcceptLink) -> Effect:
    """Admit a link that waits: by proof with what was proven, else with what is given."""
    gates.declared(turn.world, command.levels, command.segments)
    desk = gates.enter_desk(turn, command.tenant, admits=True)
    row = gates.subject_row(desk, command.member)
    gates.known_here(desk.tenant, command.role, command.segments)
    gates.not_own_row(desk, command.member)
    gates.not_own_proof(desk, row)
    gates.operators_only(turn, row)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    require(row.origin == "linked", "illegal")
    if status in (deciding.ACTIVE, deciding.UNVERIFIED, deciding.STALE):
        return None
    require(status == deciding.PENDING, "illegal")
    told = [to_person(command.tenant, command.member)]
    if row.rests_on is not None:
        require(command.role is None and not command.levels and not command.segments, "invalid")
        stale = deciding.is_stale(turn.world, turn.state, desk.tenant, row, turn.now)
        require(not stale, "illegal")
        after = admitted(row, turn.now, "proven")
        told.append(to_person(command.tenant, row.rests_on.principal))
    else:
        require(command.role is not None or bool(command.levels), "invalid")
        after = admitted(row, turn.now, "attested")._replace(
            role=command.role, overrides=Table(command.levels), segments=tuple(sorted(command.segments))
        )
        gates.under_ceiling(turn, desk, None, after)
    after = after._replace(operator_hold=row.operator_hold and turn.actor[0] != "operator")
    state = turn.state.with_row(command.tenant, command.member, after)
    return done(state, row_event(command.tenant, command.name, command.member), notices=tuple(told))


def confirm_link(turn: Turn, command: ConfirmLink) -> Effect:
    """Write what a link effectively has, and let it stand alone."""
    desk = gates.enter_desk(turn, command.tenant, admits=True)
    row = gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    require(not gates.is_proven_by_actor(desk, row), "own_row")
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    if row.origin == "linked" and row.rests_on is None and status == deciding.ACTIVE:
        return None
    proven = gates.base_name(row)
    require(deciding.is_link(row) and proven is not None and status == deciding.ACTIVE, "illegal")
    after = frozen(turn, desk, row)
    gates.under_ceiling(turn, desk, None, after)
    return done(
        turn.state.with_row(command.tenant, command.member, after),
        row_event(command.tenant, command.name, command.member),
        notices=(to_person(command.tenant, command.member), to_person(command.tenant, proven or "")),
    )


def frozen(turn: Turn, desk: Desk, row: Row) -> Row:
    """Answer a link with its effective levels as overrides, where both rows reach."""
    world, tenant = turn.world, desk.tenant
    levels = {resource: deciding.level_of(world, tenant, row, resource) for resource in world.offered}
    reach = deciding.reach(tenant, row)
    if reach is None:
        levels = {resource: level if resource == world.managing else NONE for resource, level in levels.items()}
    return row._replace(role=None, overrides=Table(levels), segments=reach or (), rests_on=None)


def unlink(turn: Turn, command: Unlink) -> Effect:
    """End a link: its own person, the principal it rests on, or a manager."""
    name, member = command.tenant, command.member
    tenant = turn.state.tenants.get(name)
    row = None if tenant is None else tenant.row(member)
    proven = None if row is None or not deciding.is_link(row) else gates.base_name(row)
    others = (person for person in (member, proven) if person is not None and person != turn.actor[-1])
    told: list[Notice] = [to_person(name, person) for person in others]
    if is_concerned(turn, tenant, member, proven):
        require(not command.override, "denied")
        told.append(to_managers(name, ("member", name, member)))
    else:
        desk = gates.enter_desk(turn, name, override=command.override)
        gates.subject_row(desk, member)
        gates.not_own_row(desk, member)
    if row is None:
        raise RefusedError("not_found")
    require(row.origin == "linked", "illegal")
    return gone(turn, command.name, name, member, *told, override=command.override)


def is_concerned(turn: Turn, tenant: Tenant | None, member: str, proven: str | None) -> bool:
    """Tell whether a link is the actor's own, or rests on the actor, present as anything."""
    if tenant is None or turn.actor[0] != "member" or tenant.row(turn.actor[1]) is None:
        return False
    return turn.actor[1] in (member, proven)


def change_linking(turn: Turn, command: ChangeLinking) -> Effect:
    """Choose how a tenant lets others join."""
    require(command.linking in LINKINGS, "invalid")
    desk = gates.enter_desk(turn, command.tenant, admits=True)
    if desk.tenant.linking == command.linking:
        return None
    subject = ("tenant", command.tenant)
    state = turn.state.with_tenant(command.tenant, desk.tenant._replace(linking=command.linking))
    return done(state, (subject, command.name, subject), notices=(to_managers(command.tenant, subject),))
