"""Accepting and declining: whoever holds the mailed secret and has the address joins with what was invited."""

from typing import ClassVar

import attrs

from tenantaccess.errors import AccessDeniedError, IllegalTransitionError, InvalidInputError, ProofRefusedError
from tenantaccess.ids import PRINCIPAL, PrincipalId, RoleKey, StreamId, TenantId
from tenantaccess.model import names
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Role
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.lifecycle import LIFECYCLE, legal_from
from tenantaccess.model.members import Contact, Membership, Origin, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.principals import NewUsername, PasswordChoice, Principal
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.rules import invitations, members, registrations
from tenantaccess.services import guards
from tenantaccess.services.command import Bench, Change, Done, Evidence, Lookup, Plan
from tenantaccess.services.members import contact_of, new_principal
from tenantaccess.services.redeeming import RedeemingCommand, tenant_of, token_digest
from tenantaccess.services.scene import Scene, change, notice


@attrs.frozen
class Accepted:
    """
    What accepting an invitation answers.

    Args:
        tenant_id: Where.
        principal_id: Who joined.
        version: Number of the first event it wrote in the tenant's stream.
    """

    tenant_id: TenantId
    principal_id: PrincipalId
    version: int = 0


@attrs.frozen
class AcceptInvitation(RedeemingCommand[Accepted]):
    """
    Accept an invitation with the secret that was mailed (AM-19, INV-32).

    Who: a principal whose own address is the invited one, or a newcomer, who becomes a principal with it. From
    nothing, gone, rejected, expired or pending to active, with what was invited, cut to what the inviter still holds;
    an unverified member only verifies and keeps its levels; an active one keeps everything. The address counts as
    verified. It works once. The inviter is told. Call it on a POST only: mail scanners follow links.

    Args:
        token: The secret.
        newcomer: Username and password of somebody new; its e-mail, if given, must be the invited address.

    Raises:
        ProofRefusedError: wrong, used, replaced or expired; the invitation is closed; the inviter may invite nobody
            any more; another address: all alike.
        GrantRefusedError: the inviter may not let this very row in (MC-08).
        IllegalTransitionError: a link, or a membership that is disabled, ended, lapsed or stale.
        AccessDeniedError: suspended everywhere, or led back by the operator alone (MC-11).
        TakenError: the username is in use.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "accept_invitation"
    answers: ClassVar[type] = Accepted
    newcomer: NewUsername | None = None

    def prepare(self, bench: Bench) -> Evidence:
        """Digest the secret, and hash the newcomer's password if there ever was such a secret."""
        if (bench.actor.kind is ActorKind.PUBLIC) != (self.newcomer is not None):
            raise InvalidInputError("newcomer", "is for somebody who is not signed in, and required there")
        digest = token_digest(self.token)
        if self.newcomer is not None:
            with bench.store.reading() as unit:
                token = unit.tokens.find(digest)
            if token is None:
                raise ProofRefusedError
            made = bench.hasher.chosen(self.newcomer.password, self.newcomer.username, token.email_key)
            return Evidence(new_hash=made, digest=digest)
        if bench.actor.kind is not ActorKind.MEMBER:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=self.name))
        return Evidence(digest=digest)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the tenant the invitation is of."""
        return tenant_of(lookup, self.token)

    def plan(self, scene: Scene) -> Plan[Accepted]:
        """See the class."""
        token, there, invitation = _opened(scene)
        who = PrincipalId(scene.ids.make(PRINCIPAL, "principal") if self.newcomer else scene.actor.id)
        there = there.entering(invitation.tenant, who, *([invitation.sender] if invitation.sender else []))
        inviter = _inviter(there, invitation)
        person, account = self._person(there, invitation, who)
        before = there.find(who)
        if invitations.has_outlived(invitation, None if before is None else before.membership):
            raise ProofRefusedError
        after = _taking(there, invitation, inviter, person, before, self.newcomer)
        moved = () if before is not None and after == before.membership else (change(before, after),)
        return Plan(
            Accepted(invitation.tenant, who),
            (*account, *moved, _closed(invitation, InvitationState.ACCEPTED)),
            _told(there, invitation, after),
            {} if self.newcomer is None else {who: scene.evidence.new_hash},
            redeems=token,
        )

    def _person(self, there: Scene, invitation: Invitation, who: PrincipalId) -> tuple[Principal, tuple[Change, ...]]:
        """Return who accepts, with an address that counts as verified, and the change it takes."""
        if self.newcomer is None:
            return _signed_in(there, invitation, who)
        email = self.newcomer.email or invitation.email
        if names.email_key(email) != invitation.email_key:
            raise ProofRefusedError
        made = new_principal(there, self.newcomer, PasswordChoice.OWN, email)
        guards.require_free_username(there, made)
        verified = attrs.evolve(made, email_verified_at=there.now)
        return verified, (Change(who, who, None, verified),)


@attrs.frozen
class DeclineInvitation(RedeemingCommand[Done]):
    """
    Decline an invitation with the secret that was mailed; nothing keeps anybody from inviting again.

    Who: whoever holds it. It works once. The inviter is told. Call it on a POST only: mail scanners follow links.

    Args:
        token: The secret.

    Raises:
        ProofRefusedError: wrong, used, replaced or expired, or the invitation is closed: all alike.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "decline_invitation"

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the tenant the invitation is of."""
        return tenant_of(lookup, self.token)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        token, there, invitation = _opened(scene)
        declined = _closed(invitation, InvitationState.DECLINED)
        return Plan(Done(changed=True), (declined,), _told(there, invitation, None), redeems=token)


def _opened(scene: Scene) -> tuple[Token, Scene, Invitation]:
    """
    Return the invitation that the presented secret opens now, with its tenant.

    The tenant is entered, and so guarded, before the invitation is read: what closes it meanwhile is noticed.

    Raises:
        ProofRefusedError: no such secret; used, replaced or expired; the invitation closed, the tenant shut: alike.
    """
    token = scene.unit.tokens.alive(scene.evidence.digest, TokenPurpose.INVITATION, scene.now)
    if token is None or token.tenant is None or token.invitation is None:
        raise ProofRefusedError
    there = scene.entering(token.tenant)
    found = scene.unit.invitations.find(token.tenant, token.invitation)
    if found is None or not invitations.is_still_as_sent(found, there.tenant, there.now):
        raise ProofRefusedError
    return token, there, found


def _inviter(there: Scene, invitation: Invitation) -> Row | None:
    """Return the row of the inviter, None for the operator; refused once it may invite nobody."""
    row = None if invitation.sender is None else there.present(invitation.sender)
    if not invitations.is_vouched_for(invitation, there.tenant, row, there.now, there.catalog, there.policy):
        raise ProofRefusedError
    return row


def _signed_in(there: Scene, invitation: Invitation, who: PrincipalId) -> tuple[Principal, tuple[Change, ...]]:
    before = there.principal(who)
    if before.suspended_at is not None:
        raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about=there.name))
    if not invitations.is_for(invitation, before):
        raise ProofRefusedError
    if before.email_verified_at is not None:
        return before, ()
    after = attrs.evolve(before, email_verified_at=there.now)
    return after, (Change(who, who, before, after),)


def _taking(
    there: Scene,
    invitation: Invitation,
    inviter: Row | None,
    person: Principal,
    before: Row | None,
    newcomer: NewUsername | None,
) -> Membership:
    """Return the membership as accepting makes it; the same where it is active already."""
    if before is None:
        fresh = Membership(invitation.tenant, person.id, Origin.INVITED, contact=_contact(invitation, newcomer))
        return _admitted(there, invitation, inviter, person, fresh)
    found = _step(there, invitation, inviter, before)
    facts = before.membership
    if found is Reason.ACTIVE:
        return facts
    if found is Reason.UNVERIFIED:
        return registrations.completed(facts, there.now)
    if found is Reason.NOT_A_MEMBER:
        facts = attrs.evolve(members.returning(facts, Origin.INVITED), contact=_contact(invitation, newcomer))
    return _admitted(there, invitation, inviter, person, facts)


def _step(there: Scene, invitation: Invitation, inviter: Row | None, before: Row) -> Reason:
    """
    Return from where *before* is led in.

    Raises:
        GrantRefusedError: a row that the inviter may not let in, by any name of its own (MC-08).
        IllegalTransitionError: no step from here; for a link, none at all: it would outlive its proof (MC-07).
        AccessDeniedError: only the operator leads it back (MC-11).
    """
    guards.refuse_to_admit(there, inviter, before)
    found = invitations.met(before, there.now, there.policy)
    is_present = before.membership.gone_at is None
    if found in LIFECYCLE[there.name].idle:
        return found
    if is_present and before.membership.origin is Origin.LINKED:
        raise _illegal(there, found)
    if invitation.sender is not None and invitations.is_held_back(before.membership, there.now):
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=there.name))
    if found not in LIFECYCLE[there.name].legal:
        raise _illegal(there, found)
    return found


def _illegal(there: Scene, found: Reason) -> IllegalTransitionError:
    others = tuple(name for name in legal_from(found) if name != there.name)
    return IllegalTransitionError(there.name, found.value, others)


def _admitted(
    there: Scene, invitation: Invitation, inviter: Row | None, person: Principal, facts: Membership
) -> Membership:
    policy, role = there.policy, _role_now(there, invitation.grant.role)
    given = invitations.invited(facts, person, invitation.grant, role)
    row = invitations.cut(inviter, given, there.tenant, there.catalog, policy.grant_ceiling)
    return invitations.admitted(facts, row, there.now, invitation.inviter.id)


def _role_now(there: Scene, key: RoleKey | None) -> Role | None:
    """Return the tenant's role as it is now."""
    if key is None or key == ACCOUNT_MANAGER:
        return None if key is None else BUILT_IN
    return there.unit.roles.find(there.tenant.id, key)


def _contact(invitation: Invitation, newcomer: NewUsername | None) -> Contact:
    """Return what the roster says: what the person says about itself, else what the inviter knew."""
    own = Contact() if newcomer is None else contact_of(newcomer)
    return Contact(
        own.first_name or invitation.first_name,
        own.last_name or invitation.last_name,
        own.email or invitation.email,
        own.phone,
    )


def _closed(before: Invitation, state: InvitationState) -> Change:
    return Change(before.tenant, before.id, before, attrs.evolve(before, state=state))


def _told(there: Scene, invitation: Invitation, about: Membership | None) -> tuple[Notice, ...]:
    """Return what the inviter is told; the operator sees it in the list."""
    if invitation.sender is None:
        return ()
    return (
        notice(
            there,
            Audience.PERSON,
            about,
            tenant=invitation.tenant,
            recipient=invitation.sender,
            invitation=invitation.id,
        ),
    )
