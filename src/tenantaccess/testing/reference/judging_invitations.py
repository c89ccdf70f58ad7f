"""The invariants of invitations, and of every secret that is mailed."""

from collections.abc import Iterator

from . import judging
from .commands import Complete, Deliver, ErasePrincipal
from .commands_of_people import AcceptInvitation, DeclineInvitation, ResetPassword, VerifyEmail
from .facts import Invitation, Row, Slot, State, Table, Tenant, Tombstone
from .judging_rows import Case, Change
from .world import ACCOUNT_MANAGER, FULL, World

ENDING = frozenset({"disable", "leave", "remove", "unlink"})
"""The commands that end the open invitations to the person too."""


def invitation_violations(case: Case, changes: list[Change]) -> Iterator[str]:
    """Judge what a step did with invitations."""
    for name, tenant in case.after.tenants.items():
        old = case.before.tenants.get(name)
        if old is not None and old.invitations != tenant.invitations:
            yield from moved(case, name, old, tenant)
    for change in changes:
        yield from ended(case, change)
    if isinstance(case.command, AcceptInvitation):
        yield from accepted(case, case.command, changes)


def moved(case: Case, name: str, old: Tenant, tenant: Tenant) -> Iterator[str]:
    """INV-32: voided, revoked, used is for good; only sending again touches an open one otherwise."""
    for key, was in old.invitations.items():
        invitation = tenant.invitations.get(key)
        if invitation is None:
            yield f"INV-15 the invitation {key} of {name} vanished"
        elif isinstance(case.command, ErasePrincipal) and is_forgotten(was, invitation):
            continue
        elif was.state != "open" and invitation != was:
            yield f"INV-32 the invitation {key} of {name} lives again"
        elif invitation.state == "open" != was.state or invitation._replace(state=was.state) == was:
            continue
        elif case.command.name != "resend_invitation" or offer_of(invitation) != offer_of(was):
            yield f"INV-32 `{case.command.name}` changed the invitation {key} of {name}"


def is_forgotten(was: Invitation, invitation: Invitation) -> bool:
    """Tell whether nothing of an invitation moved but that its address is forgotten, which voids it if it was open."""
    state = "void" if was.state == "open" else was.state
    return invitation == was._replace(email="", state=state)


def offer_of(invitation: Invitation) -> tuple[object, ...]:
    """Answer what is offered, and to whom."""
    return invitation.email, invitation.role, invitation.levels, invitation.segments


def ended(case: Case, change: Change) -> Iterator[str]:
    """MC-10: whoever is disabled, removed, unlinked or leaves has no open invitation there, nor sent any."""
    if case.command.name not in ENDING or getattr(case.command, "member", case.actor[-1]) != change.principal:
        return
    standing = judging.standing(case.world, case.after, change.tenant, change.principal, case.now)
    if standing not in ("gone", "disabled") or is_end_to_come(change.was, change.row):
        return
    email = case.after.principals[change.principal].email
    for key, invitation in case.after.tenants[change.tenant].invitations.items():
        theirs = email is not None and invitation.email.casefold() == email.casefold()
        if invitation.state == "open" and (theirs or invitation.inviter == change.principal):
            yield f"INV-32 the invitation {key} outlived the access of {change.principal}"


def is_end_to_come(was: Row | Tombstone | None, row: Row | Tombstone) -> bool:
    """Tell whether an end was set, or became the operator's: a step that does so ends nothing now."""
    if not isinstance(was, Row) or not isinstance(row, Row):
        return False
    return (row.valid_until, row.ends_by) != (was.valid_until, was.ends_by)


def open_ones(world: World, state: State, now: int) -> Iterator[str]:
    """INV-32: no open invitation of a tenant that is not open, or from somebody out of office by hand."""
    for name, tenant in state.tenants.items():
        addresses = [i.email.casefold() for i in tenant.invitations.values() if i.state == "open"]
        if len(addresses) != len(set(addresses)):
            yield f"INV-32 two open invitations of {name} to one address"
        if addresses and tenant.state != "open":
            yield f"INV-32 an invitation of {name} is open and the tenant is not"
        for key, invitation in tenant.invitations.items():
            if invitation.state != "open" or invitation.inviter is None:
                continue
            row = tenant.rows.get(invitation.inviter)
            standing = judging.standing(world, state, name, invitation.inviter, now)
            suspended = state.principals[invitation.inviter].suspended
            if not isinstance(row, Row) or standing == "disabled" or suspended:
                yield f"INV-32 the invitation {key} of {name} is open and its inviter out"
            elif judging.in_force(world, tenant, row)[world.catalog.managing, None] != FULL:
                yield f"INV-32 the invitation {key} of {name} is open and its inviter demoted"


def accepted(case: Case, command: AcceptInvitation, changes: list[Change]) -> Iterator[str]:
    """INV-32: in time, by the address, from somebody who may still invite, and never above what they hold."""
    _, name, key = command.slot
    tenant, later = case.before.tenants[name], case.after.tenants[name]
    invitation = tenant.invitations[key]
    if tenant.state != "open" or invitation.state != "open" or case.now >= invitation.expires_at:
        yield f"INV-32 the invitation {key} was accepted when it was not open"
    if later.invitations[key].state != "accepted":
        yield f"INV-32 the invitation {key} was accepted and is not"
    member = command.username or case.actor[-1]
    person = case.after.principals[member]
    if not person.email_verified or (person.email or "").casefold() != invitation.email.casefold():
        yield f"INV-32 {member} accepted what another address was offered"
    mine = tenant.rows.get(invitation.inviter or "")
    if invitation.inviter is not None:
        in_force = judging.managers(case.world, case.before, name, case.now)
        if not isinstance(mine, Row) or mine.rests_on is not None or invitation.inviter not in in_force:
            yield f"INV-18 an invitation of {invitation.inviter} was accepted, who could not admit anybody"
            return
    for change in changes:
        yield from granted(case, change, mine if isinstance(mine, Row) else None, invitation)


def granted(case: Case, change: Change, mine: Row | None, invitation: Invitation) -> Iterator[str]:
    """INV-32, INV-22: a present member keeps its levels; nobody gets more than was offered, or the inviter holds."""
    was, row = change.was, change.row
    tenant, later = case.before.tenants[change.tenant], case.after.tenants[change.tenant]
    if not isinstance(row, Row):
        return
    new = judging.written(case.world, later, row)
    if isinstance(was, Row) and was.approved_at is not None:
        if new != judging.written(case.world, tenant, was):
            yield f"INV-32 an invitation moved the levels of {change.principal}"
        return
    known = invitation.role == ACCOUNT_MANAGER or invitation.role in tenant.roles
    role = invitation.role if known else None
    offered = row._replace(role=role, overrides=Table(invitation.levels), segments=invitation.segments)
    most = judging.written(case.world, tenant, offered)
    if any(level > most[cell] for cell, level in new.items()):
        yield f"INV-32 {change.principal} got more than it was offered"
    if mine is None:
        return
    holds = judging.in_force(case.world, tenant, mine)
    for cell, level in new.items():
        judged = case.world.policy.grant_ceiling == "HELD" or cell[0] == case.world.catalog.managing
        if judged and level > holds[cell]:
            yield f"INV-22 {change.principal} was let in above the inviter on {cell}"
    if row.role == ACCOUNT_MANAGER and (mine.role != ACCOUNT_MANAGER or mine.overrides):
        yield f"INV-22 {change.principal} was invited to the built-in role by somebody without it"


def secret_violations(case: Case) -> Iterator[str]:
    """INV-30: a secret is used once, in time, the newest of its kind only; none comes from nowhere."""
    for slot, secret in case.before.secrets.items():
        newer = case.after.secrets[slot]
        if newer.serial == secret.serial and secret.used and not newer.used:
            yield f"INV-30 a used secret of {slot} lives again"
    if case.before.secrets.keys() != case.after.secrets.keys() and not isinstance(case.command, Deliver):
        yield "INV-30 a secret came from nowhere"
    command = case.command
    if isinstance(command, AcceptInvitation | DeclineInvitation | ResetPassword | VerifyEmail):
        yield from redeemed(case, command.slot, command.serial)
    if isinstance(command, ResetPassword):
        yield from reset(case, command.slot)
    if isinstance(command, Complete) and case.after.principals[command.token[2]].email is None:
        yield "INV-30 a registration was completed without an address"


def redeemed(case: Case, slot: Slot, serial: int) -> Iterator[str]:
    """INV-30: it was the newest, unused, and is used now; what goes to a person goes to the address it has."""
    secret = case.before.secrets[slot]
    if secret.serial != serial or secret.used or not case.after.secrets[slot].used:
        yield f"INV-30 a dead secret of {slot} was redeemed, or it lives on"
    if slot[0] == "invitation":
        return
    person = case.before.principals[slot[1]]
    if person.email != secret.email:
        yield f"INV-30 the secret of {slot} had gone to another address"
    if person.proof_epoch != secret.proof_epoch:
        yield f"INV-21 the secret of {slot} outlived a suspension"


def reset(case: Case, slot: Slot) -> Iterator[str]:
    """INV-21, INV-30: a reset is for the password it was asked about, in an hour, and ends every session."""
    secret, person, later = case.before.secrets[slot], case.before.principals[slot[1]], case.after.principals[slot[1]]
    if (person.password_epoch, person.proof_epoch) != (secret.password_epoch, secret.proof_epoch) or person.suspended:
        yield f"INV-30 a reset of {slot[1]} outlived what it was for"
    if case.now - secret.minted_at >= case.world.policy.reset_expiry or not person.email_verified:
        yield f"INV-30 a reset of {slot[1]} came too late, or to an address nobody had verified"
    if later.session_epoch <= person.session_epoch or later.password_chosen:
        yield f"INV-21 a reset left sessions of {slot[1]} open"
