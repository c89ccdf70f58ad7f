"""Invitations: sending, sending again, taking back, accepting, declining."""

from collections.abc import Iterable

from . import deciding, gates, mailing
from .commands_of_people import AcceptInvitation, DeclineInvitation, Invite, ResendInvitation, RevokeInvitation
from .facts import Invitation, Principal, Row, Slot, State, Table, Tenant, Tombstone
from .gates import Desk, Effect, Event, Notice, RefusedError, Turn, done, require, row_event
from .joining import principal_event, reborn
from .lifecycle import OVER
from .passwords import alive, to_self, used
from .voiding import address_key
from .world import ACCOUNT_MANAGER, NONE


def invitation_event(name: str, kind: str, key: str) -> Event:
    """An event about an invitation, in its tenant's stream."""
    return (("tenant", name), kind, ("invitation", name, key))


def to_address(name: str, key: str) -> Notice:
    """The mail that carries an invitation."""
    return (("address", name, key), ("invitation", name, key))


def to_inviter(invitation: Invitation) -> tuple[Notice, ...]:
    """A notice to whoever invited, unless it was the operator."""
    return () if invitation.inviter is None else (to_self(invitation.inviter),)


def invite(turn: Turn, command: Invite) -> Effect:
    """Invite an address with a role or levels; an older invitation of that address gives way."""
    gates.declared(turn.world, command.levels, command.segments)
    require(command.role is not None or bool(command.levels), "invalid")
    name, key = command.tenant, command.invitation
    desk = gates.enter_desk(turn, name, admits=True)
    require(desk.tenant.state == "open", "illegal")
    domain_let_in(turn, command.email)
    gates.known_here(desk.tenant, command.role, command.segments)
    invitation = Invitation(
        command.email,
        desk.actor,
        turn.now + turn.world.policy.invitation_expiry,
        command.role,
        tuple(sorted(command.levels)),
        tuple(sorted(command.segments)),
    )
    gates.under_ceiling(turn, desk, None, as_invited(desk.tenant, invitation))
    invitations, events = desk.tenant.invitations, [invitation_event(name, command.name, key)]
    for other, older in invitations.items():
        if older.state == "open" and address_key(older.email) == address_key(command.email):
            invitations = invitations.put(other, older._replace(state="revoked"))
            events.append(invitation_event(name, command.name, other))
    has_room(turn, invitations.values())
    state = turn.state.with_tenant(name, desk.tenant._replace(invitations=invitations.put(key, invitation)))
    state = mailing.posted(turn, state, ("invitation", name, key), command.email)
    return done(state, *events, notices=(to_address(name, key),), created=(("invitation", name, key),))


def domain_let_in(turn: Turn, email: str) -> None:
    """Refuse an address of a domain that the host does not let in."""
    domains = turn.world.policy.invited_domains
    require(not domains or address_key(email).rpartition("@")[2] in domains, "invalid")


def has_room(turn: Turn, others: Iterable[Invitation]) -> None:
    """Refuse one more than may wait for an answer at once."""
    waiting = sum(one.state == "open" and turn.now < one.expires_at for one in others)
    require(waiting < turn.world.policy.open_invitations, "invalid")


def as_invited(tenant: Tenant, invitation: Invitation) -> Row:
    """Answer an empty row with what is offered; a role that is no more counts as none."""
    role = invitation.role
    known = role is None or role == ACCOUNT_MANAGER or role in tenant.roles
    levels = Table(invitation.levels)
    return Row("invited", role=role if known else None, overrides=levels, segments=invitation.segments)


def invitation_at(desk: Desk, key: str) -> Invitation:
    """Answer an invitation of the tenant."""
    invitation = desk.tenant.invitations.get(key)
    if invitation is None:
        raise RefusedError("not_found")
    return invitation


def resend_invitation(turn: Turn, command: ResendInvitation) -> Effect:
    """Send an open invitation again, expired or not: from now on it is the sender's own."""
    name, key = command.tenant, command.invitation
    desk = gates.enter_desk(turn, name, admits=True)
    invitation = invitation_at(desk, key)
    require(desk.tenant.state == "open" and invitation.state == "open", "illegal")
    domain_let_in(turn, invitation.email)
    gates.known_here(desk.tenant, invitation.role, invitation.segments)
    gates.under_ceiling(turn, desk, None, as_invited(desk.tenant, invitation))
    has_room(turn, (one for other, one in desk.tenant.invitations.items() if other != key))
    expires_at = turn.now + turn.world.policy.invitation_expiry
    state = settled(turn.state, name, key, invitation._replace(inviter=desk.actor, expires_at=expires_at))
    state = mailing.posted(turn, state, ("invitation", name, key), invitation.email)
    return done(state, invitation_event(name, command.name, key), notices=(to_address(name, key),))


def revoke_invitation(turn: Turn, command: RevokeInvitation) -> Effect:
    """Take an open invitation back."""
    desk = gates.enter_desk(turn, command.tenant)
    invitation = invitation_at(desk, command.invitation)
    if invitation.state in ("revoked", "void"):
        return None
    require(invitation.state == "open", "illegal")
    state = settled(turn.state, command.tenant, command.invitation, invitation._replace(state="revoked"))
    return done(state, invitation_event(command.tenant, command.name, command.invitation))


def settled(state: State, name: str, key: str, invitation: Invitation) -> State:
    """Answer this state with an invitation replaced."""
    tenant = state.tenants[name]
    return state.with_tenant(name, tenant._replace(invitations=tenant.invitations.put(key, invitation)))


def opened(turn: Turn, slot: Slot, serial: int) -> tuple[str, str, Invitation]:
    """Answer the invitation that a mailed secret opens: the newest secret, an open invitation, in time."""
    alive(turn, "invitation", slot, serial)
    _, name, key = slot
    invitation = turn.state.tenants[name].invitations[key]
    require(invitation.state == "open" and turn.now < invitation.expires_at, "proof_refused")
    return name, key, invitation


def decline_invitation(turn: Turn, command: DeclineInvitation) -> Effect:
    """Turn an invitation down."""
    name, key, invitation = opened(turn, command.slot, command.serial)
    state = settled(used(turn.state, command.slot), name, key, invitation._replace(state="declined"))
    return done(state, invitation_event(name, command.name, key), notices=to_inviter(invitation))


def accept_invitation(turn: Turn, command: AcceptInvitation) -> Effect:
    """Accept: the address counts as verified, and the row is what the inviter may still give."""
    require(turn.actor[0] in ("member", "public"), "denied")
    require((turn.actor[0] == "public") == (command.username is not None), "invalid")
    name, key, invitation = opened(turn, command.slot, command.serial)
    require(turn.state.tenants[name].state == "open" and is_entitled(turn, name, invitation), "proof_refused")
    member, person = acceptor(turn, command, invitation)
    state = settled(used(turn.state, command.slot), name, key, invitation._replace(state="accepted"))
    events = [invitation_event(name, command.name, key)]
    if person != turn.state.principals.get(member):
        state = state.with_principal(member, person)
        events.append(principal_event(command.name, member))
    before = turn.state.tenants[name].rows.get(member)
    row = let_in(turn, state, name, member, invitation)
    if row != before:
        state = state.with_row(name, member, row)
        events.append(row_event(name, command.name, member))
    created = () if member in turn.state.principals else (("principal", member),)
    return done(state, *events, notices=to_inviter(invitation), created=created)


def acceptor(turn: Turn, command: AcceptInvitation, invitation: Invitation) -> tuple[str, Principal]:
    """Answer who accepts, with the invited address verified."""
    invited = address_key(invitation.email)
    if command.username is not None:
        require(not command.email or address_key(command.email) == invited, "proof_refused")
        require(command.username not in turn.state.principals, "taken")
        return command.username, Principal(email=command.email or invitation.email).shown(turn.now)
    person = gates.person_named(turn.state, turn.actor[1])
    require(not person.suspended, "denied")
    require(address_key(person.email) == invited, "proof_refused")
    return turn.actor[1], person.shown(turn.now)


def is_entitled(turn: Turn, name: str, invitation: Invitation) -> bool:
    """Tell whether the inviter could still invite: the operator always, a member as a manager in its own right."""
    if invitation.inviter is None:
        return True
    row = turn.state.tenants[name].row(invitation.inviter)
    return row is not None and row.rests_on is None and gates.is_manager(turn, name, invitation.inviter)


def let_in(turn: Turn, state: State, name: str, member: str, invitation: Invitation) -> Row:
    """Answer the row that accepting leads to."""
    tenant = turn.state.tenants[name]
    inviter = invitation.inviter
    desk = Desk(name, tenant, inviter, None if inviter is None else tenant.row(inviter))
    old = tenant.rows.get(member)
    gates.not_own_row(desk, member)
    if old is not None:
        gates.not_own_proof(desk, old)
    if isinstance(old, Row):
        status = deciding.status_of(turn.world, state, tenant, old, turn.now)
        if status == deciding.ACTIVE:
            return old
        require(old.origin != "linked", "illegal")
        if status == deciding.UNVERIFIED:
            return verified(old, turn.now)
        hold_respected(inviter, held=old.operator_hold)
        require(status == deciding.PENDING or status in OVER, "illegal")
    elif isinstance(old, Tombstone):
        hold_respected(inviter, held=old.standing == "operator")
        require(not old.barred, "illegal")
    return verified(given(turn, desk, old, invitation), turn.now)


def hold_respected(inviter: str | None, *, held: bool) -> None:
    """Refuse what only the operator leads back, unless the operator invited."""
    require(inviter is None or not held, "operator_only")


def verified(row: Row, now: int) -> Row:
    """Answer a row whose mailbox is shown, its clock running."""
    return row._replace(verified_at=now, verified_how="mailbox", clock_started_at=now)


def given(turn: Turn, desk: Desk, old: Row | Tombstone | None, invitation: Invitation) -> Row:
    """Answer an approved row with what was offered, cut to what the inviter holds."""
    cut = cut_down(turn, desk, as_invited(desk.tenant, invitation))
    if not isinstance(old, Row):
        return reborn(old, cut)._replace(approved_at=turn.now)
    return old._replace(
        origin="invited",
        approved_at=turn.now,
        disabled_at=None,
        disabled_by=None,
        reason=None,
        operator_hold=False,
        rests_on=None,
        role=cut.role,
        overrides=cut.overrides,
        segments=cut.segments,
    )


def cut_down(turn: Turn, desk: Desk, row: Row) -> Row:
    """Answer what of *row* the inviter may still give: all of it, or the lesser of both, written out."""
    if desk.row is None:
        return row
    builtin = row.role != ACCOUNT_MANAGER or gates.may_give_builtin(desk)
    cells = gates.rising_cells(turn.world, desk.tenant, None, row)
    if builtin and all(gates.may_give(turn, desk, *cell) for cell in cells):
        return row
    world = turn.world
    levels = {resource: deciding.stored(world, desk.tenant, row, resource) for resource in world.offered}
    for resource, level in levels.items():
        if world.policy.grant_ceiling == "HELD" or resource == world.managing:
            levels[resource] = min(level, deciding.stored(world, desk.tenant, desk.row, resource))
    reach = deciding.narrowed(row.segments, desk.row.segments)
    if reach is None:
        levels = {resource: level if resource == world.managing else NONE for resource, level in levels.items()}
    return row._replace(role=None, overrides=Table(levels), segments=reach or ())
