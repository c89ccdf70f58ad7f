"""Erasing a principal: every membership ends, every address goes, and what was sent to them."""

from . import gates, joining, voiding
from .commands import ErasePrincipal
from .facts import Invitation, Principal, State
from .gates import Effect, Event, Notice, Turn, done, require, row_event, to_managers
from .inviting import invitation_event
from .joining import principal_event
from .voiding import address_key


def erase_principal(turn: Turn, command: ErasePrincipal) -> Effect:
    """Forget a principal for good; repeating it changes nothing."""
    require(turn.actor[0] == "operator", "denied")
    principal = command.principal
    person = turn.state.principals.get(principal)
    if person is None:
        raise gates.RefusedError("not_found")
    if person.kind == "erased":
        return None
    state, events, notices = turn.state, [principal_event(command.name, principal)], list[Notice]()
    for name, tenant in turn.state.tenants.items():
        if tenant.row(principal) is not None:
            override = name in command.override
            state = joining.ended(turn._replace(state=state), name, principal, override=override)
            state, voided = voiding.void_sent(state, command.name, name, principal)
            events += [row_event(name, command.name, principal), *voided]
            notices.append(to_managers(name, ("member", name, principal)))
    proved = {address_key(one) for one in (*person.addresses, person.email if person.email_verified else None) if one}
    state, forgotten = _without_addresses(state, command.name, proved, told={subject for _, _, subject in events})
    numbers = (person.proof_epoch + 1, person.session_epoch + 1)
    after = Principal(
        kind="erased",
        suspended=person.suspended,
        proof_epoch=numbers[0],
        session_epoch=numbers[1],
        password_epoch=person.password_epoch,
        password_changes=person.password_changes,
    )
    return done(state.with_principal(principal, after), *events, *forgotten, notices=tuple(notices))


def _without_addresses(
    state: State, kind: str, addresses: set[str], told: set[tuple[str, ...]]
) -> tuple[State, list[Event]]:
    """Void what was sent to *addresses*, wherever it was, and forget them; one record for each that was open."""
    events: list[Event] = []
    for name, tenant in state.tenants.items():
        invitations = tenant.invitations
        for key, one in tenant.invitations.items():
            if address_key(one.email) not in addresses:
                continue
            invitations = invitations.put(key, _forgotten(one))
            if one.state == "open" and ("invitation", name, key) not in told:
                events.append(invitation_event(name, kind, key))
        state = state.with_tenant(name, tenant._replace(invitations=invitations))
    return state, events


def _forgotten(one: Invitation) -> Invitation:
    return one._replace(email="", state="void" if one.state == "open" else one.state)
