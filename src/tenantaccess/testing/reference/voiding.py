"""What ends invitations that somebody else wrote: for good, and in the same command (MC-10, MC-12)."""

from collections.abc import Callable

from . import deciding
from .facts import Invitation, State, Tenant
from .gates import Event
from .world import FULL, World

Voided = tuple[State, tuple[Event, ...]]


def address_key(email: str | None) -> str:
    """Answer what addresses are compared by; empty for none."""
    return (email or "").lower()


def void(state: State, kind: str, name: str, ends: Callable[[Invitation], bool]) -> Voided:
    """Void the open invitations of a tenant that *ends* picks; one record for each."""
    tenant = state.tenants[name]
    invitations, events = tenant.invitations, []
    for key, invitation in tenant.invitations.items():
        if invitation.state == "open" and ends(invitation):
            invitations = invitations.put(key, invitation._replace(state="void"))
            events.append((("tenant", name), kind, ("invitation", name, key)))
    if not events:
        return state, ()
    return state.with_tenant(name, tenant._replace(invitations=invitations)), tuple(events)


def void_all(state: State, kind: str, name: str) -> Voided:
    """Void every open invitation of a tenant."""
    return void(state, kind, name, lambda _: True)


def void_sent(state: State, kind: str, name: str, *members: str) -> Voided:
    """Void what *members* have sent."""
    return void(state, kind, name, lambda invitation: invitation.inviter in members)


def void_both(state: State, kind: str, name: str, member: str) -> Voided:
    """Void what *member* has sent, and what waits for its own address."""
    address = address_key(state.principals[member].email)
    return void(
        state,
        kind,
        name,
        lambda invitation: invitation.inviter == member or (bool(address) and address_key(invitation.email) == address),
    )


def is_demoted(world: World, before: Tenant, after: Tenant, member: str) -> bool:
    """Tell whether a row could manage, by its levels, and no longer can."""
    old, new = before.row(member), after.row(member)
    if old is None or new is None:
        return False
    held = deciding.effective_on(world, before, old, world.managing, None) == FULL
    return held and deciding.effective_on(world, after, new, world.managing, None) != FULL
