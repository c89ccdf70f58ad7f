"""Does an invitation still stand, how much of it, and what does accepting it make of a membership?"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from tenantaccess.ids import LevelKey, ResourceKey
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog, Role
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import DisableReason, Membership, Origin, Row, VerifiedHow
from tenantaccess.model.policy import GrantCeiling, Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import decisions, members, privileges


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Tell whether nothing has closed *invitation*, time included; at its expiry it is closed."""
    return invitation.state is InvitationState.OPEN and now < invitation.expires_at


def may_go_to(email_key: str, policy: Policy) -> bool:
    """Tell whether invitations may go to this address."""
    return not policy.invited_domains or email_key.rpartition("@")[2] in policy.invited_domains


def may_invite(tenant: Tenant, inviter: Row | None, now: datetime, catalog: Catalog, policy: Policy) -> bool:
    """
    Tell whether *inviter*, a member, may have somebody in: effective, managing, resting on nobody (MC-14).

    Judged when an invitation is accepted: what time alone takes from the inviter, nobody writes down.
    """
    return (
        inviter is not None
        and inviter.membership.resting is None
        and privileges.manages(inviter, catalog)
        and decisions.is_effective(tenant, inviter, now, policy)
    )


def is_vouched_for(
    invitation: Invitation, tenant: Tenant, inviter: Row | None, now: datetime, catalog: Catalog, policy: Policy
) -> bool:
    """Tell whether whoever sent *invitation* may still: the operator always, a member, *inviter*, as `may_invite`."""
    return invitation.sender is None or may_invite(tenant, inviter, now, catalog, policy)


def is_for(invitation: Invitation, person: Principal) -> bool:
    """Tell whether *invitation* went to the address of *person* (INV-32)."""
    return person.email_key == invitation.email_key


def may_have_sent(row: Row, catalog: Catalog) -> bool:
    """
    Tell whether open invitations of *row* are possible at all, whatever stands against it.

    Whoever loses the managing level, or leaves, loses those sent so far with it; a row that rests on another never
    sent any, and none begins to rest later.
    """
    return row.membership.resting is None and privileges.may_manage(row, catalog)


def has_outlived(invitation: Invitation, before: Membership | None) -> bool:
    """
    Tell whether a presence of the person has ended since *invitation* was sent: then it is not for the next one.

    Leaving voids what went to the person's address; this holds where the address was another one at that time (MC-10).
    """
    return before is not None and before.gone_at is not None and before.gone_at > invitation.sent_at


def met(row: Row, now: datetime, policy: Policy) -> Reason:
    """Return the condition that an invitation meets: of a tombstone, the disable that stands over it (MC-11)."""
    facts = row.membership
    if facts.gone_at is not None and facts.disabled is not None:
        return Reason.ENDED if facts.disabled.reason is DisableReason.ENDED else Reason.DISABLED
    return members.condition(row, now, policy)


def is_held_back(facts: Membership, now: datetime) -> bool:
    """Tell whether only the operator's invitation leads this row in: what the operator disabled, over any tombstone."""
    return facts.held_by_operator or (facts.gone_at is not None and members.is_held_by_operator(facts, now))


def admitted(before: Membership, granted: Row, now: datetime, by: str) -> Membership:
    """
    Return *before* (fresh, returning, pending, rejected or expired) let in with what is *granted*.

    The inviter approved it, the mailbox verifies it: active at once, standing alone.
    """
    given = granted.membership
    return attrs.evolve(
        before,
        origin=Origin.INVITED,
        approved_at=now,
        approved_by=by,
        verified_at=now,
        verified_how=VerifiedHow.MAILBOX,
        disabled=None,
        held_by_operator=False,
        clock_started_at=now,
        last_active_at=None,
        warned=0,
        role=given.role,
        overrides=given.overrides,
        segments=given.segments,
        resting=None,
    )


def invited(facts: Membership, person: Principal, grant: Grant, role: Role | None) -> Row:
    """Return *facts* with *grant*, whose role is *role* now; one that was removed meanwhile counts as none."""
    key = None if role is None else role.key
    given = attrs.evolve(facts, role=key, overrides=grant.levels, segments=grant.segments, resting=None)
    return Row(given, person, role)


def is_still_as_sent(invitation: Invitation, tenant: Tenant, now: datetime) -> bool:
    """Tell whether *invitation*, whose tenant this is, has an address, and neither is closed to it."""
    return bool(invitation.email) and is_open(invitation, now) and not is_shut(tenant)


def cut(inviter: Row | None, granted: Row, tenant: Tenant, catalog: Catalog, ceiling: GrantCeiling) -> Row:
    """
    Return *granted* as far as *inviter* still holds it (INV-22, INV-32).

    As it was invited, if nothing of it lies above, or no member invited; else as explicit levels without a role, so
    that a resource that is offered later does not come with them (MC-15). A row left without any segment keeps the
    managing resource only, which ignores segments.
    """
    if inviter is None:
        return granted
    cells = privileges.cells_of(granted, catalog)
    rises = privileges.rising(privileges.EMPTY_CELLS, cells, tenant, catalog)
    may_give_role = granted.membership.role != ACCOUNT_MANAGER or privileges.holds_built_in(inviter)
    if may_give_role and not privileges.above(inviter, rises, catalog, ceiling):
        return granted
    named = [limit for limit in (cells.segments, privileges.reach(inviter)) if limit is not None]
    reach = frozenset.intersection(*named) if named else None
    facts = attrs.evolve(
        granted.membership,
        role=None,
        overrides=_lesser(inviter, granted, catalog, ceiling, nowhere=reach is not None and not reach),
        segments=reach or frozenset(),
    )
    return attrs.evolve(granted, membership=facts, role=None)


def _lesser(
    inviter: Row, granted: Row, catalog: Catalog, ceiling: GrantCeiling, *, nowhere: bool
) -> Mapping[ResourceKey, LevelKey]:
    given, held = privileges.stored(granted, catalog), privileges.held(inviter, catalog)
    levels = {}
    for resource in catalog.resources:
        if not resource.offered:
            continue
        is_managing = resource.key == catalog.managed_by
        rank = given.get(resource.key, 0)
        if is_managing or ceiling is not GrantCeiling.ANY:
            rank = min(rank, held[resource.key])
        levels[resource.key] = catalog.ladder.steps[0 if nowhere and not is_managing else rank].key
    return levels


def is_shut(tenant: Tenant) -> bool:
    """Tell whether nobody is let in at all."""
    return tenant.state is not TenantState.OPEN
