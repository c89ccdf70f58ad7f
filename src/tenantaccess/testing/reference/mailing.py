"""Delivering: secrets are minted on the way out, for what still holds."""

from . import deciding
from .commands import Deliver
from .facts import Mail, Row, Secret, Slot, State, Token, Waiting
from .gates import Effect, Turn, done, require

Created = list[tuple[str, ...] | tuple[str, str, str, int]]


def posted(turn: Turn, state: State, slot: Slot, email: str) -> State:
    """Queue a mail that carries a secret."""
    return state._replace(queue=(*state.queue, Mail(slot, email, turn.now)))


def deliver(turn: Turn, _command: Deliver) -> Effect:
    """Mint a secret for every waiting notice whose occasion still holds; what is too early waits on."""
    require(turn.actor[0] == "system", "denied")
    early = tuple(notice for notice in turn.state.queue if isinstance(notice, Waiting) and is_early(turn, notice))
    if early == turn.state.queue:
        return None
    state = turn.state._replace(queue=early)
    created: Created = []
    for notice in turn.state.queue:
        if isinstance(notice, Mail):
            state = _minted(turn, state, notice, created)
        elif is_deliverable(turn, notice):
            state = _registered(turn, state, notice, created)
    return done(state, created=tuple(created))


def _registered(turn: Turn, state: State, notice: Waiting, created: Created) -> State:
    key = (notice.tenant, notice.member)
    serial = state.tokens[key].serial + 1 if key in state.tokens else 1
    person = state.principals[notice.member]
    numbers = (notice.incarnation, notice.access_epoch)
    minted = Token(serial, *numbers, turn.now, email=person.email, proof_epoch=person.proof_epoch)
    created.append(("tok", *key, serial))
    return state._replace(tokens=state.tokens.put(key, minted))


def is_deliverable(turn: Turn, notice: Waiting) -> bool:
    """Tell whether a registration is still wanted for the presence it was queued for."""
    tenant = turn.state.tenants[notice.tenant]
    row = tenant.row(notice.member)
    return (
        row is not None
        and is_for(row, notice)
        and not turn.state.principals[notice.member].suspended
        and turn.state.principals[notice.member].email is not None
        and not deciding.is_link(row)
        and deciding.status_of(turn.world, turn.state, tenant, row, turn.now) == deciding.UNVERIFIED
    )


def is_for(row: Row, notice: Waiting) -> bool:
    """Tell whether a notice was queued for the presence and the epoch that a row has."""
    return (row.incarnation, row.access_epoch) == (notice.incarnation, notice.access_epoch)


def is_early(turn: Turn, notice: Waiting) -> bool:
    """Tell whether the row is still to be verified and its start is to come."""
    tenant = turn.state.tenants[notice.tenant]
    row = tenant.row(notice.member)
    suspended = turn.state.principals[notice.member].suspended
    if row is None or row.verified_at is not None or not is_for(row, notice) or suspended:
        return False
    status = deciding.status_of(turn.world, turn.state, tenant, row, turn.now)
    return status == deciding.Status("disabled", "not_yet_valid")


def _minted(turn: Turn, state: State, mail: Mail, created: Created) -> State:
    if not is_wanted(turn, mail):
        return state
    serial = state.secrets[mail.slot].serial + 1 if mail.slot in state.secrets else 1
    secret = Secret(serial, turn.now, expiry_of(turn, mail), mail.email)
    if mail.slot[0] != "invitation":
        person = state.principals[mail.slot[1]]
        secret = secret._replace(password_epoch=person.password_epoch, proof_epoch=person.proof_epoch)
    created.append((*mail.slot, str(serial)))
    return state._replace(secrets=state.secrets.put(mail.slot, secret))


def expiry_of(turn: Turn, mail: Mail) -> int:
    """Answer until when a secret minted now may be used; one of an invitation, as long as that is open so far."""
    if mail.slot[0] == "invitation":
        _, name, key = mail.slot
        return turn.state.tenants[name].invitations[key].expires_at
    policy = turn.world.policy
    return turn.now + (policy.reset_expiry if mail.slot[0] == "reset" else policy.token_expiry)


def is_wanted(turn: Turn, mail: Mail) -> bool:
    """Tell whether a secret is still worth mailing to that address."""
    if mail.slot[0] == "invitation":
        _, name, key = mail.slot
        invitation = turn.state.tenants[name].invitations[key]
        return invitation.state == "open" and turn.now < invitation.expires_at
    person = turn.state.principals[mail.slot[1]]
    if person.suspended or person.email != mail.email:
        return False
    return mail.slot[0] != "reset" or (person.email_verified and (person.shown_at or 0) <= mail.queued_at)
