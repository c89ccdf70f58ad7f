"""The commands about passwords and own addresses."""

from . import deciding, gates, mailing
from .commands import ChangePassword
from .commands_of_people import (
    ChangeEmail,
    RequestPasswordReset,
    ResetPassword,
    SendPasswordReset,
    SignOutEverywhere,
    VerifyEmail,
)
from .facts import Principal, Row, Secret, Slot, State
from .gates import Effect, Event, Notice, Turn, done, require, row_event, to_person
from .joining import principal_event
from .voiding import address_key

REMEMBERED = 10


def own_principal(turn: Turn) -> tuple[str, Principal]:
    """Answer the acting principal; nobody else does this, and nobody while suspended."""
    require(turn.actor[0] == "member", "denied")
    person = gates.person_named(turn.state, turn.actor[1])
    require(person.kind != "service" and not person.suspended, "denied")
    return turn.actor[1], person


def to_self(principal: str) -> Notice:
    """A notice to a person about itself."""
    return (("person", principal), ("principal", principal))


def change_password(turn: Turn, command: ChangePassword) -> Effect:
    """Change one's password: what still rests on its chooser in time stops resting, and every session ends."""
    require(turn.actor[0] == "member", "denied")
    principal = turn.actor[1]
    person = turn.state.principals.get(principal)
    if person is None:
        raise gates.RefusedError("proof_refused")
    require(command.correct and person.kind == "human", "proof_refused")
    require(not person.suspended, "denied")
    state, events = with_password(turn, turn.state, command.name, principal)
    return done(state, *events, notices=(to_self(principal),))


def with_password(turn: Turn, state: State, kind: str, principal: str) -> tuple[State, list[Event]]:
    """Note a password of the person's own, and set free what rested on its chooser in time."""
    changed = chosen(state.principals[principal], turn.now)
    after = state.with_principal(principal, changed)
    events = [principal_event(kind, principal)]
    for name, tenant in state.tenants.items():
        row = tenant.row(principal)
        if row is None or not stops_resting(turn, name, row):
            continue
        after = after.with_row(name, principal, row._replace(rests_on=None))
        events.append(row_event(name, kind, principal))
    return after, events


def chosen(person: Principal, now: int) -> Principal:
    """Answer a principal whose password is its own, from now."""
    return person._replace(
        chosen_in=None,
        password_chosen=False,
        password_epoch=person.password_epoch + 1,
        session_epoch=person.session_epoch + 1,
        password_changes=(*person.password_changes, now)[-REMEMBERED:],
    )


def stops_resting(turn: Turn, name: str, row: Row) -> bool:
    """Tell whether a password change sets the row free: never a link, and only while it is not stale."""
    base = row.rests_on
    if base is None or base.kind != "chosen_password":
        return False
    return not deciding.is_stale(turn.world, turn.state, turn.state.tenants[name], row, turn.now)


def send_password_reset(turn: Turn, command: SendPasswordReset) -> Effect:
    """Have an active member mailed a way to a new password; one's own row too."""
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    person = turn.state.principals[command.member]
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    require(status == deciding.ACTIVE and person.email_verified, "illegal")
    return done(
        mailing.posted(turn, turn.state, ("reset", command.member), person.email or ""),
        row_event(command.tenant, command.name, command.member),
        notices=(to_person(command.tenant, command.member),),
    )


def request_password_reset(turn: Turn, command: RequestPasswordReset) -> Effect:
    """Mail a way to a new password where there is somebody to mail; the answer never tells."""
    person = turn.state.principals.get(command.principal)
    if person is None or person.suspended or not person.email_verified:
        return None
    return done(
        mailing.posted(turn, turn.state, ("reset", command.principal), person.email or ""),
        principal_event(command.name, command.principal),
        notices=(to_self(command.principal),),
    )


def reset_password(turn: Turn, command: ResetPassword) -> Effect:
    """Choose a new password with what was mailed; every session ends."""
    secret = redeemed(turn, "reset", command.slot, command.serial)
    principal = command.slot[1]
    person = turn.state.principals[principal]
    require(secret.password_epoch == person.password_epoch, "proof_refused")
    require(not person.suspended, "proof_refused")
    state, events = with_password(turn, used(turn.state, command.slot), command.name, principal)
    return done(state, *events, notices=(to_self(principal),))


def sign_out_everywhere(turn: Turn, command: SignOutEverywhere) -> Effect:
    """End every session of one's own."""
    principal, person = own_principal(turn)
    after = turn.state.with_principal(principal, person._replace(session_epoch=person.session_epoch + 1))
    return done(after, principal_event(command.name, principal))


def redeemed(turn: Turn, purpose: str, slot: Slot, serial: int) -> Secret:
    """Answer the newest secret of a slot, if it is that one, alive, sent to the address of now, not suspended since."""
    secret = alive(turn, purpose, slot, serial)
    person = turn.state.principals[slot[1]]
    require(address_key(person.email) == address_key(secret.email), "proof_refused")
    require(person.proof_epoch == secret.proof_epoch, "proof_refused")
    return secret


def alive(turn: Turn, purpose: str, slot: Slot, serial: int) -> Secret:
    """Answer the newest secret of a slot, if it is that one, unused and in time."""
    secret = turn.state.secrets.get(slot)
    if secret is None or slot[0] != purpose or secret.serial != serial or secret.used:
        raise gates.RefusedError("proof_refused")
    require(turn.now < secret.expires_at, "proof_refused")
    return secret


def used(state: State, slot: Slot) -> State:
    """Answer this state with the newest secret of a slot used up."""
    return state._replace(secrets=state.secrets.put(slot, state.secrets[slot]._replace(used=True)))


def change_email(turn: Turn, command: ChangeEmail) -> Effect:
    """Replace one's own address; it is to be verified anew, and the old one is told."""
    principal, person = own_principal(turn)
    if address_key(person.email) == address_key(command.email):
        return None
    state = turn.state.with_principal(
        principal,
        person._replace(
            email=command.email,
            email_verified=False,
            shown_at=None,
            addresses=(*person.addresses, *filter(None, (person.email if person.email_verified else None,))),
        ),
    )
    told = (to_self(principal),) * (1 if person.email is None else 2)
    state = mailing.posted(turn, state, ("email", principal), command.email)
    return done(state, principal_event(command.name, principal), notices=told)


def verify_email(turn: Turn, command: VerifyEmail) -> Effect:
    """Verify one's own address with what was mailed to it."""
    redeemed(turn, "email", command.slot, command.serial)
    principal = command.slot[1]
    person, state = turn.state.principals[principal], used(turn.state, command.slot)
    return done(
        state.with_principal(principal, person.shown(turn.now)),
        principal_event(command.name, principal),
    )
