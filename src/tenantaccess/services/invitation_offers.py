"""What the secret of a mailed invitation opens, told to whoever holds it; looking uses nothing up (AM-19)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import AccessDeniedError, ProofRefusedError
from tenantaccess.ids import (
    INVITATION,
    TENANT,
    InvitationId,
    LevelKey,
    PrincipalId,
    ResourceKey,
    RoleKey,
    SchemeKey,
    SegmentKey,
    TenantId,
)
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Catalog, Role
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.frozen import frozen
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import invitations, links
from tenantaccess.services.authentication import NOBODY

NO_TENANT: Final = TenantId(f"{TENANT}{'0' * 32}")
NO_INVITATION: Final = InvitationId(f"{INVITATION}{'0' * 32}")
"""Looked up where there is none, so that a secret that opens nothing asks the store what a live one does."""
LOOK: Final = "look at an invitation"


@attrs.frozen
class OfferedInvitation:
    """
    What an invitation offers, as of now.

    Args:
        tenant: Where.
        name: What people read.
        external_ids: By scheme, such as its TIN.
        sender: The username of the member who stands for it; empty if it is the operator.
        email: The address that was invited.
        levels: What would be held effectively, by resource, cut to what the sender still holds.
        segments: What it would be limited to; empty means all.
        role: The role that would be held, if any.
        role_label: What the tenant calls that role; empty if none.
        expires_at: Not acceptable at this moment or later.
        condition: How whoever asks stands there now; `Reason.NOT_A_MEMBER` if not at all, or if nobody is signed in.
    """

    tenant: TenantId
    name: str
    external_ids: Mapping[SchemeKey, str] = attrs.field(converter=frozen)
    sender: str
    email: str = attrs.field(repr=False)
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(converter=frozen)
    segments: frozenset[SegmentKey]
    role: RoleKey | None
    role_label: str
    expires_at: datetime
    condition: Reason = Reason.NOT_A_MEMBER


@attrs.frozen
class Found:
    """What a secret leads to: as much of it as there is."""

    token: Token | None
    invitation: Invitation | None
    loaded: Loaded | None
    role: Role | None


def found(unit: Unit, digest: str, asking: PrincipalId, now: datetime) -> Found:
    """Return what *digest* leads to, looked at by *asking*: the same is asked whatever there is."""
    token = unit.tokens.alive(digest, TokenPurpose.INVITATION, now)
    tenant = NO_TENANT if token is None else token.tenant or NO_TENANT
    which = NO_INVITATION if token is None else token.invitation or NO_INVITATION
    invitation = unit.invitations.find(tenant, which)
    sender = NOBODY if invitation is None else invitation.sender or NOBODY
    loaded = unit.memberships.load(tenant, {sender, asking})
    key = None if invitation is None else invitation.grant.role
    role = unit.roles.find(tenant, key or ACCOUNT_MANAGER)
    return Found(token, invitation, loaded, BUILT_IN if key == ACCOUNT_MANAGER else role)


def offered(
    seen: Found, asking: Principal | None, now: datetime, catalog: Catalog, policy: Policy
) -> OfferedInvitation:
    """
    Return what was found, as *asking* would accept it.

    Raises:
        ProofRefusedError: whatever `AcceptInvitation` refuses uniformly.
        AccessDeniedError: who asks is suspended.
    """
    if asking is not None and asking.suspended_at is not None:
        raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about=LOOK))
    token, invitation, loaded = seen.token, seen.invitation, seen.loaded
    if token is None or invitation is None or loaded is None:
        raise ProofRefusedError
    if not invitations.is_still_as_sent(invitation, loaded.tenant, now):
        raise ProofRefusedError
    inviter = _inviter(invitation, loaded)
    if not invitations.is_vouched_for(invitation, loaded.tenant, inviter, now, catalog, policy):
        raise ProofRefusedError
    before = None if asking is None else loaded.rows.get(asking.id)
    is_another = asking is not None and not invitations.is_for(invitation, asking)
    if is_another or invitations.has_outlived(invitation, None if before is None else before.membership):
        raise ProofRefusedError
    person = asking or Principal(NOBODY, "nobody")
    facts = Membership(loaded.tenant.id, person.id, Origin.INVITED)
    given = invitations.invited(facts, person, invitation.grant, seen.role)
    row = invitations.cut(inviter, given, loaded.tenant, catalog, policy.grant_ceiling)
    levels, segments = links.effective(row, catalog)
    return OfferedInvitation(
        tenant=loaded.tenant.id,
        name=loaded.tenant.name,
        external_ids=loaded.tenant.external_ids,
        sender="" if inviter is None else inviter.principal.username,
        email=invitation.email,
        levels=levels,
        segments=segments,
        role=row.membership.role,
        role_label="" if row.role is None else row.role.label,
        expires_at=min(token.expires_at, invitation.expires_at),
        condition=Reason.NOT_A_MEMBER if before is None else invitations.met(before, now, policy),
    )


def _inviter(invitation: Invitation, loaded: Loaded) -> Row | None:
    """Return the present row of the member who stands for it; None if that is the operator, or nobody any more."""
    row = None if invitation.sender is None else loaded.rows.get(invitation.sender)
    return None if row is None or row.membership.gone_at is not None else row
