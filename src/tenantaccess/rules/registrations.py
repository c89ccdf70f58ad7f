"""How does a request for access become a membership, and who says so?"""

from datetime import datetime

import attrs

from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.lifecycle import LIFECYCLE
from tenantaccess.model.members import Authority, Disabled, DisableReason, Membership, Origin, Row, VerifiedHow
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import Token
from tenantaccess.rules import decisions


def requested(before: Membership, now: datetime) -> Membership:
    """Return *before* (fresh, rejected or expired) as a request that awaits approval, with nothing granted."""
    return attrs.evolve(
        before,
        origin=Origin.REGISTERED,
        requested_at=now,
        approved_at=None,
        approved_by="",
        verified_at=None,
        verified_how=None,
        disabled=None,
        role=None,
        overrides=EMPTY,
        segments=frozenset(),
        resting=None,
        warned=0,
    )


def approved(before: Membership, principal: Principal, now: datetime, by: str) -> Membership:
    """
    Return *before* approved; active at once if there is nothing left to verify (AM-29).

    That is so if the person's own address is verified already, or if there is none: then whoever approves attests.
    """
    verified = principal.email_verified_at is not None or not principal.email
    how = VerifiedHow.MAILBOX if principal.email else VerifiedHow.ATTESTED
    return attrs.evolve(
        before,
        approved_at=now,
        approved_by=by,
        disabled=None,
        verified_at=now if verified else None,
        verified_how=how if verified else None,
        clock_started_at=now if verified else None,
        last_active_at=None,
        warned=0,
    )


def rejected(before: Membership, now: datetime, by: Authority) -> Membership:
    """Return *before* turned down; asking again is open to the person."""
    return attrs.evolve(before, disabled=Disabled(now, by, DisableReason.REJECTED))


def completed(before: Membership, now: datetime) -> Membership:
    """Return *before* verified through its mailbox; its clock starts (INV-16)."""
    return attrs.evolve(before, verified_at=now, verified_how=VerifiedHow.MAILBOX, clock_started_at=now, warned=0)


def may_complete(token: Token, tenant: Tenant, row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether *token* completes the registration for which *row*, which is there, waits now."""
    if not fits(token, row.membership, row.principal, now):
        return False
    return decisions.against(tenant, row, now, policy) in LIFECYCLE["complete_registration"].legal and not row.is_link


def fits(token: Token, membership: Membership, principal: Principal, now: datetime) -> bool:
    """
    Tell whether *token* was made for exactly this presence and address, and has not expired (INV-21, INV-30).

    A suspension in between leaves it dead for good.
    """
    return (
        now < token.expires_at
        and token.incarnation == membership.incarnation
        and token.access_epoch == membership.access_epoch
        and token.proof_epoch == principal.proof_epoch
        and token.email_key == principal.email_key
    )
