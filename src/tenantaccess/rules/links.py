"""What do proof, request, acceptance and confirmation make of a membership that is a link?"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from tenantaccess.ids import LevelKey, ResourceKey, SegmentKey
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.members import Membership, Origin, RestKind, Row, VerifiedHow
from tenantaccess.model.policy import Linking, LinkingPassword, Policy
from tenantaccess.model.principals import PasswordChoice, Principal
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.model.tokens import Token
from tenantaccess.rules import decisions, members, privileges

BY_PROOF = frozenset({Linking.PROOF, Linking.BOTH})


def may_link(principal: Principal, policy: Policy) -> bool:
    """Tell whether *principal* signs in with a password of its own, where the policy asks for that (MC-17)."""
    return policy.linking_password is LinkingPassword.ANY or principal.password_choice is PasswordChoice.OWN


def is_offered(tenant: Tenant, proven: Row, now: datetime, policy: Policy) -> bool:
    """
    Tell whether proving the credentials of *proven* opens *tenant* to a link.

    Only an effective row that is no link itself: links are never followed transitively (MU-00).
    """
    allows = tenant.state is TenantState.OPEN and tenant.linking in BY_PROOF
    own = proven.membership.origin is not Origin.LINKED
    return allows and own and decisions.is_effective(tenant, proven, now, policy)


def is_for(offer: Token, asking: Principal) -> bool:
    """Tell whether *offer* was made to *asking*, in a session that has not ended since (INV-21)."""
    return (offer.principal, offer.access_epoch) == (asking.id, asking.access_epoch)


def would_be_proven(offer: Token, proven: Principal) -> bool:
    """Tell whether the proof behind *offer* would be given again, as *proven* is now (INV-26)."""
    same = (proven.password_epoch, proven.proof_epoch) == (offer.password_epoch, offer.proof_epoch)
    return same and proven.suspended_at is None


def _cleared(before: Membership) -> Membership:
    """Return *before* with nothing granted, asked or decided."""
    return attrs.evolve(
        before,
        origin=Origin.LINKED,
        requested_at=None,
        approved_at=None,
        approved_by="",
        verified_at=None,
        verified_how=None,
        disabled=None,
        clock_started_at=None,
        last_active_at=None,
        warned=0,
        role=None,
        overrides=EMPTY,
        segments=frozenset(),
        resting=None,
    )


def proven(before: Membership, base: Row, now: datetime) -> Membership:
    """Return *before* resting on the proof of *base* as it is now."""
    return attrs.evolve(before, resting=members.resting_on(base, RestKind.LINK), proven_by=base.id, proven_at=now)


def asked_by_proof(before: Membership, base: Row, now: datetime) -> Membership:
    """Return *before* (fresh, returning, rejected or expired) as a link that awaits acceptance, as *base* is set."""
    facts = base.membership
    set_up = attrs.evolve(
        _cleared(before), requested_at=now, role=facts.role, overrides=facts.overrides, segments=facts.segments
    )
    return proven(set_up, base, now)


def asked(before: Membership, now: datetime) -> Membership:
    """Return *before* (fresh, returning, rejected or expired) as a link that asks for consent: nothing is granted."""
    return attrs.evolve(_cleared(before), requested_at=now)


def joined(fresh: Membership, base: Row, now: datetime) -> Membership:
    """Return *fresh* as a link by proof alone: active, with what *base* has."""
    return accepted(asked_by_proof(fresh, base, now), now, fresh.principal)


def accepted(before: Membership, now: datetime, by: str) -> Membership:
    """Return *before* let in; what verifies it is its proof, or whoever consents."""
    return attrs.evolve(
        before,
        approved_at=now,
        approved_by=by,
        verified_at=now,
        verified_how=VerifiedHow.ATTESTED if before.resting is None else VerifiedHow.PROVEN,
        held_by_operator=False,
        clock_started_at=now,
    )


def renewed(before: Membership, base: Row, now: datetime) -> Membership:
    """
    Return a link proven anew: levels and clock as they were, sessions from before dead (MC-04, MC-05).

    One that awaits acceptance goes on waiting.
    """
    again = proven(before, base, now)
    if before.approved_at is None:
        return again
    return attrs.evolve(again, verified_at=now, verified_how=VerifiedHow.PROVEN, access_epoch=before.access_epoch + 1)


def rests_as_proven(before: Membership, base: Row) -> bool:
    """Tell whether a fresh proof of *base* would change nothing about what *before* rests on."""
    return before.resting == members.resting_on(base, RestKind.LINK)


def confirmed(row: Row, catalog: Catalog) -> Membership:
    """Return a link standing alone, with what it effectively has now as explicit levels and no role."""
    levels, segments = effective(row, catalog)
    return attrs.evolve(row.membership, role=None, overrides=levels, segments=segments, resting=None)


def effective(row: Row, catalog: Catalog) -> tuple[Mapping[ResourceKey, LevelKey], frozenset[SegmentKey]]:
    """
    Return what *row* effectively has as explicit levels and segments, no segment meaning all.

    A row that reaches no segment at all is left with the managing resource only, which ignores segments.
    """
    ranks, reach = privileges.held(row, catalog), privileges.reach(row)
    nowhere = reach is not None and not reach
    steps = catalog.ladder.steps
    levels = {
        resource.key: steps[0 if nowhere and resource.key != catalog.managed_by else ranks[resource.key]].key
        for resource in catalog.resources
        if resource.offered
    }
    return levels, reach or frozenset()
