"""Invitations: an address is offered something, by somebody who holds it; whoever has the address takes it or not."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

import attrs

from tenantaccess.errors import (
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
)
from tenantaccess.ids import INVITATION, InvitationId, PrincipalId, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal, Secret, secret
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.rules import invitations
from tenantaccess.services import guards, invitation_offers, sessions
from tenantaccess.services.authentication import NOBODY
from tenantaccess.services.command import Change, Done, Plan, TenantCommand, require_grant_words
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.invitation_offers import OfferedInvitation
from tenantaccess.services.members import granted
from tenantaccess.services.redeeming import token_digest
from tenantaccess.services.scene import Scene, notice
from tenantaccess.services.timing import now_of

R = TypeVar("R")


@attrs.frozen
class Invited:
    """
    What inviting answers: the same, whoever has the address.

    Args:
        invitation: The new invitation; its secret is mailed, never shown.
        version: Number of the first event it wrote in the tenant's stream.
    """

    invitation: InvitationId
    version: int = 0


def invitation_id(_: object, attribute: "attrs.Attribute[InvitationId]", value: object) -> None:
    """Refuse anything but the id of an invitation."""
    if not is_id(value, INVITATION):
        raise InvalidInputError(attribute.name, "must be the id of an invitation")


@attrs.frozen
class Invite(TenantCommand[Invited]):
    """
    Invite an address into a tenant, with what it is to hold there (AM-19).

    Who: an account manager whose row rests on no other, or the operator. An open invitation to the same address is
    revoked: the newer one replaces it. Whether anybody has the address changes nothing, here or in what is answered
    (A09). The address is told, with a link that works once.

    Args:
        tenant: Where.
        email: To whom.
        grant: Role, levels and segments; a role or a level must be named.
        first_name: For the roster.
        last_name: For the roster.
        note: Free text, for the record.

    Raises:
        GrantRefusedError: above what the actor holds.
        IllegalTransitionError: the tenant is suspended or closed.
        InvalidInputError: an address the policy does not let in, or too many open invitations.
    """

    name: ClassVar[str] = "invite"
    answers: ClassVar[type] = Invited
    email: str = attrs.field(converter=names.email, repr=False)
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))
    first_name: str = attrs.field(default="", converter=words.text)
    last_name: str = attrs.field(default="", converter=words.text)
    note: str = attrs.field(default="", converter=words.note)

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments, and that something is granted."""
        require_grant_words(catalog, self.grant)
        if self.grant.role is None and not self.grant.levels:
            raise InvalidInputError("grant", "must name a role or levels")

    def plan(self, scene: Scene) -> Plan[Invited]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        _require_open(scene)
        fresh = Invitation(
            id=InvitationId(scene.ids.make(INVITATION, "invitation")),
            tenant=self.tenant,
            email=self.email,
            inviter=scene.actor,
            created_at=scene.now,
            sent_at=scene.now,
            expires_at=scene.now + scene.policy.invitation_expires_after,
            grant=self.grant,
            first_name=self.first_name,
            last_name=self.last_name,
        )
        _require_may_send(scene, actor, fresh)
        older = scene.unit.invitations.concerning(self.tenant, (), fresh.email_key)
        replaced = [_closed(one, InvitationState.REVOKED) for one in older]
        _require_room(scene, older)
        added = Change(self.tenant, fresh.id, None, fresh, self.note)
        return Plan(Invited(fresh.id), (added, *replaced), (_mailed(scene, fresh),))


@attrs.frozen
class InvitationCommand(TenantCommand[Done]):
    """Base of the commands about one invitation of a tenant."""

    invitation: InvitationId = attrs.field(validator=invitation_id)

    def found(self, scene: Scene) -> Invitation:
        """Return it; `NotFoundError` if absent, or another tenant's: alike."""
        found = scene.unit.invitations.find(self.tenant, self.invitation)
        if found is None:
            raise NotFoundError("invitation", self.invitation)
        return found


@attrs.frozen
class ResendInvitation(InvitationCommand):
    """
    Send an invitation again: the same one, with a new secret and a new term (AM-19).

    Who: an account manager whose row rests on no other, or the operator; whoever sends it stands for it from now on,
    and is judged as for a new one. Open ones only, expired or not. The address is told; the link before dies when
    the new one is minted.

    Args:
        tenant: Where.
        invitation: Which.

    Raises:
        IllegalTransitionError: accepted, declined, revoked or void; or the tenant is not open.
        GrantRefusedError: above what the actor holds.
    """

    name: ClassVar[str] = "resend_invitation"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        before = self.found(scene)
        _require_open(scene)
        if before.state is not InvitationState.OPEN:
            raise IllegalTransitionError(scene.name, before.state.value, ("invite",))
        after = attrs.evolve(
            before,
            inviter=scene.actor,
            sent_at=scene.now,
            expires_at=scene.now + scene.policy.invitation_expires_after,
            sends=before.sends + 1,
        )
        _require_may_send(scene, actor, after)
        _require_room(scene, [before])
        change = Change(self.tenant, after.id, before, after)
        return Plan(Done(changed=True), (change,), (_mailed(scene, after),))


@attrs.frozen
class RevokeInvitation(InvitationCommand):
    """
    Take an invitation back.

    Who: an account manager, or the operator. Nobody is told; the link that was mailed opens nothing any more.

    Args:
        tenant: Where.
        invitation: Which.
        note: Free text, for the record.

    Raises:
        IllegalTransitionError: accepted or declined.
    """

    name: ClassVar[str] = "revoke_invitation"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_manager(scene)
        before = self.found(scene)
        if before.state in {InvitationState.REVOKED, InvitationState.VOID}:
            return Plan(Done())
        if before.state is not InvitationState.OPEN:
            raise IllegalTransitionError(scene.name, before.state.value)
        return Plan(Done(changed=True), (_closed(before, InvitationState.REVOKED, self.note),))


def _closed(before: Invitation, state: InvitationState, note: str = "") -> Change:
    return Change(before.tenant, before.id, before, attrs.evolve(before, state=state), note)


def _mailed(scene: Scene, invitation: Invitation) -> Notice:
    return notice(
        scene,
        Audience.INVITEE,
        None,
        tenant=invitation.tenant,
        token=TokenPurpose.INVITATION,
        invitation=invitation.id,
    )


def _require_open(scene: Scene) -> None:
    """Refuse while the tenant is suspended: nothing could be accepted; a closed one is refused before."""
    if invitations.is_shut(scene.tenant):
        raise IllegalTransitionError(scene.name, Reason.TENANT_SUSPENDED.value, ("reopen_tenant",))


def _require_may_send(scene: Scene, actor: Row | None, invitation: Invitation) -> None:
    """Refuse an address that the policy does not let in, and what the actor may not give somebody new (INV-22)."""
    if not invitations.may_go_to(invitation.email_key, scene.policy):
        raise InvalidInputError("email", "must be of a domain that is let in")
    # Whoever has the address: nobody is looked up, so that the answer tells nothing (A09).
    stranger = Principal(PrincipalId(invitation.id), "nobody")
    row = Row(Membership(invitation.tenant, stranger.id, Origin.INVITED), stranger)
    guards.require_may_give(scene, actor, None, granted(row, scene, invitation.grant))


def _require_room(scene: Scene, replaced: Sequence[Invitation]) -> None:
    """Refuse more open invitations than the policy allows a tenant, not counting those that are *replaced*."""
    count = scene.unit.invitations.count_open(scene.tenant.id, scene.now)
    counted = sum(invitations.is_open(one, scene.now) for one in replaced)
    if count - counted >= scene.policy.open_invitations:
        raise InvalidInputError("email", f"is one too many: {scene.policy.open_invitations} invitations are open")


@attrs.frozen
class InvitationRow:
    """
    One invitation of the list.

    Args:
        invitation: The invitation.
        is_expired: Whether time has closed it, though nobody has.
    """

    invitation: Invitation
    is_expired: bool


@attrs.frozen
class InvitationPage:
    """
    A page of the list.

    Args:
        rows: The newest first.
        next: Where the next page begins; None after the last.
    """

    rows: Sequence[InvitationRow]
    next: InvitationId | None = None


@attrs.frozen
class Invitations:
    """
    Reading invitations: the list of a tenant's, and what a mailed secret offers.

    Args:
        store: Where they live.
        catalog: The declared words.
        policy: The host's choices.
        clock: For the reader's own standing, and for what has expired.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def search(self, tenant: TenantId, after: InvitationId | None = None, limit: int = 50, *, by: By) -> InvitationPage:
        """
        Return a page of the invitations of *tenant*, the newest first, whatever became of them.

        Who: whoever at least views the managing resource, or the operator.

        Args:
            tenant: Which.
            after: `InvitationPage.next` of the page before; None for the first.
            limit: Rows a page, 1 to 500.
            by: Who looks.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike; or no such invitation here to begin after.
            AccessDeniedError: a member who does not see the roster.
        """
        require_limit(limit)
        if after is not None and not is_id(after, INVITATION):
            raise InvalidInputError("after", "must be the id of an invitation")
        now = now_of(self._clock)
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now)
            last = None if after is None else unit.invitations.find(tenant, after)
            if after is not None and last is None:
                raise NotFoundError("invitation", after)
            found = unit.invitations.page(tenant, last, limit + 1)
        rows = tuple(
            InvitationRow(one, one.state is InvitationState.OPEN and not invitations.is_open(one, now))
            for one in found[:limit]
        )
        return InvitationPage(rows, rows[-1].invitation.id if len(found) > limit else None)

    def offered(self, token: str | Secret, *, by: By | None = None) -> OfferedInvitation:
        """
        Return what the mailed secret of an invitation opens as of now, before it is accepted or declined (AM-19).

        Who: whoever holds it, signed in or not: what it tells went to the invited address. Looking does not use it
        up, so that a page may show it on a GET. No attempt is counted: a secret has 256 random bits. What opens
        nothing costs the same questions as what does.

        Args:
            token: The secret.
            by: The principal that would accept it; None where nobody is signed in.

        Raises:
            ProofRefusedError: whatever `AcceptInvitation` refuses uniformly: wrong, used, replaced or expired; the
                invitation is closed; the inviter may invite nobody any more; another address: all alike.
            AccessDeniedError: no principal, one that is suspended, or a context that has ended.
            NotFoundError: who asks is nobody, or nobody any more.
        """
        digest, now = token_digest(secret(token)), now_of(self._clock)
        with self._store.reading() as unit:
            asking = None if by is None else sessions.person_of(by, unit, invitation_offers.LOOK)
            seen = invitation_offers.found(unit, digest, NOBODY if asking is None else asking.id, now)
        return invitation_offers.offered(seen, asking, now, self._catalog, self._policy)
