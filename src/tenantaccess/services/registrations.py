"""Registrations: somebody asks for access, a manager approves or rejects, the person completes."""

from datetime import datetime
from typing import ClassVar

import attrs

from tenantaccess.errors import AccessDeniedError, InvalidInputError, ProofRefusedError
from tenantaccess.ids import PRINCIPAL, PrincipalId, SchemeKey, StreamId, TenantId, is_id
from tenantaccess.ids import TENANT as TENANT_PREFIX
from tenantaccess.model import words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.attempts import Tried
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.lifecycle import LIFECYCLE
from tenantaccess.model.members import Membership, Origin
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import NewUsername, PasswordChoice, Principal
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.model.tenants import TenantState
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.rules import members, registrations
from tenantaccess.services import guards
from tenantaccess.services.command import (
    NO_EVIDENCE,
    Bench,
    Change,
    Done,
    Evidence,
    Lookup,
    MemberCommand,
    Plan,
    PublicCommand,
    hashed,
    require_grant_words,
)
from tenantaccess.services.members import contact_of, granted, new_principal
from tenantaccess.services.redeeming import RedeemingCommand, tenant_of
from tenantaccess.services.scene import Scene, change, notice


@attrs.frozen
class Receipt:
    """
    What an applicant gets: the same, whether the tenant exists or not, so it names no version of anything.

    Args:
        principal_id: Who applied.
    """

    principal_id: PrincipalId


@attrs.frozen
class ExternalId:
    """How an applicant names a tenant: by a scheme and what is written on paper."""

    scheme: SchemeKey = attrs.field(converter=words.scheme_key)
    value: str = attrs.field(converter=words.text)


def named_tenant(value: TenantId | tuple[str, str] | ExternalId) -> TenantId | ExternalId:
    """Return how an applicant names a tenant, or raise `InvalidInputError`."""
    if isinstance(value, ExternalId):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2:  # noqa: PLR2004  # a scheme and a value
        return ExternalId(*value)
    if not is_id(value, TENANT_PREFIX):
        raise InvalidInputError("tenant", "must be the id of a tenant, or a scheme and a value")
    return TenantId(str(value))


def require_named(catalog: Catalog, tenant: TenantId | ExternalId) -> None:
    """Raise for a scheme that is not declared, or a value that cannot be normalised under it."""
    if isinstance(tenant, ExternalId):
        catalog.scheme(tenant.scheme).normal(tenant.value)


def resolved(scene: Scene | Lookup, tenant: TenantId | ExternalId) -> TenantId | None:
    """Return the id of the tenant that an applicant names; None if nobody carries that external id."""
    if not isinstance(tenant, ExternalId):
        return tenant
    value = scene.catalog.scheme(tenant.scheme).normal(tenant.value)
    return scene.unit.tenants.find_by_external_id(tenant.scheme, value)


@attrs.frozen
class RequestAccess(PublicCommand[Receipt]):
    """
    Ask for access to a tenant (AM-24).

    Who: a newcomer, or a principal for itself. From nothing, rejected or expired to pending; the active managers
    are told. The answer is the same whether the tenant exists or not, and whatever one is there already; the
    principal is created in every case (that a username is taken cannot be hidden).

    Args:
        tenant: Its id, or an external id such as ``("tin", "01-2345678")``.
        newcomer: Username, password and own e-mail; None for a principal that exists.
        source: Where the request comes from, such as an address that the host vouches for.

    Raises:
        TakenError: the username is in use.
        AccessDeniedError: a service, which is added by a manager.
        TooManyAttemptsError: asked too often from one source, or by one principal.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "request_access"
    answers: ClassVar[type] = Receipt
    is_durable: ClassVar[bool] = True
    tenant: TenantId | ExternalId = attrs.field(converter=named_tenant)
    newcomer: NewUsername | None = None
    source: str | None = attrs.field(default=None, converter=words.optional_source)

    def __attrs_post_init__(self) -> None:
        if self.newcomer is not None and not self.newcomer.email:
            raise InvalidInputError("email", "of the person is needed: registration is completed through it")

    @property
    def is_mute(self) -> bool:
        """For a principal that exists: of a newcomer the record tells in every case, and always the same."""
        return self.newcomer is None

    def require_words(self, catalog: Catalog) -> None:
        """Check the scheme, and that the value can be normalised under it."""
        require_named(catalog, self.tenant)

    def prepare(self, bench: Bench) -> Evidence:
        """Count the request, and hash the newcomer's password."""
        if (bench.actor.kind is ActorKind.PUBLIC) != (self.newcomer is not None):
            raise InvalidInputError("newcomer", "is for somebody who is not signed in, and required there")
        if self.newcomer is not None:
            bench.attempts.counted(Tried.REQUEST, source=self.source)
            return hashed(bench, self.newcomer)
        if bench.actor.kind is not ActorKind.MEMBER:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=self.name))
        bench.attempts.counted(Tried.REQUEST, actor=PrincipalId(bench.actor.id), source=self.source)
        return NO_EVIDENCE

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the principal to be, or else of the tenant."""
        if self.newcomer is not None:
            return PrincipalId(lookup.ids.make(PRINCIPAL, "principal"))
        return resolved(lookup, self.tenant)

    def plan(self, scene: Scene) -> Plan[Receipt]:
        """See the class."""
        created: tuple[Change, ...] = ()
        if self.newcomer is not None:
            principal = new_principal(scene, self.newcomer, PasswordChoice.OWN, self.newcomer.email)
            guards.require_free_username(scene, principal)
            created = (Change(principal.id, principal.id, None, principal),)
        else:
            principal = scene.principal(PrincipalId(scene.actor.id))
            guards.require_human(scene, principal)
        hashes = {principal.id: scene.evidence.new_hash} if created else {}
        asked = self._pending(scene, principal)
        if asked is None:
            return Plan(Receipt(principal.id), created, hashes=hashes)
        told = notice(scene, Audience.MANAGERS, asked.after if isinstance(asked.after, Membership) else None)
        return Plan(Receipt(principal.id), (*created, asked), (told,), hashes)

    def _pending(self, scene: Scene, principal: Principal) -> Change | None:
        tenant = resolved(scene, self.tenant)
        if tenant is None or principal.suspended_at is not None:
            return None
        there = scene.entering(tenant, principal.id)
        if there.loaded is None or there.tenant.state is not TenantState.OPEN:
            return None
        row = there.find(principal.id)
        if row is None:
            contact = contact_of(self.newcomer) if self.newcomer is not None else None
            fresh = Membership(tenant, principal.id, Origin.REGISTERED)
            fresh = fresh if contact is None else attrs.evolve(fresh, contact=contact)
            return change(None, registrations.requested(fresh, scene.now))
        if row.membership.gone_at is not None:
            returning = members.returning(row.membership, Origin.REGISTERED)
            return change(row, registrations.requested(returning, scene.now))
        found = members.condition(row, scene.now, scene.policy)
        if found not in LIFECYCLE[self.name].legal:
            return None
        return change(row, registrations.requested(row.membership, scene.now))


@attrs.frozen
class Approve(MemberCommand[Done]):
    """
    Let an applicant in, with what they are to hold (the sources' *Verify Account* and first *Enable User*).

    Who: an account manager, or the operator; nobody their own row. From pending or rejected to unverified, or to
    active if the person's own address is verified already. The person is told, with a registration link.

    Args:
        tenant: Where.
        member: Whom.
        grant: Role, levels and segments; a role or a level must be named, so that nobody approves and forgets.

    Raises:
        IllegalTransitionError: nothing to approve, or a link, which is accepted instead.
        GrantRefusedError: one's own row, one that ever rested on one's proof, or above what one holds.
    """

    name: ClassVar[str] = "approve"
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments, and that something is granted."""
        require_grant_words(catalog, self.grant)
        if self.grant.role is None and not self.grant.levels:
            raise InvalidInputError("grant", "must name a role or levels")

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        before = guards.subject(scene, self.member)
        row = granted(before, scene, self.grant)
        guards.refuse_to_admit(scene, actor, before)
        guards.refuse_held_by_operator(scene, before)
        guards.refuse_link(scene, before)
        if not guards.is_step(scene, before):
            return Plan(Done())
        guards.require_may_give(scene, actor, before, row)
        after = registrations.approved(row.membership, before.principal, scene.now, scene.actor.id)
        after = attrs.evolve(after, held_by_operator=False)
        mails = TokenPurpose.REGISTRATION if after.verified_at is None else None
        told = notice(scene, Audience.PERSON, after, token=mails)
        return Plan(Done(changed=True), (change(before, after),), (told,))


@attrs.frozen
class Reject(MemberCommand[Done]):
    """
    Turn an applicant down; they may ask again.

    Who: an account manager, or the operator; nobody their own row. From pending to disabled (rejected). The person
    is told.

    Args:
        tenant: Where.
        member: Whom.
        note: Free text, for the record.
    """

    name: ClassVar[str] = "reject"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        if not guards.is_step(scene, row):
            return Plan(Done())
        after = registrations.rejected(row.membership, scene.now, scene.authority)
        return Plan(Done(changed=True), (change(row, after, self.note),), (notice(scene, Audience.PERSON, after),))


@attrs.frozen
class SendRegistration(MemberCommand[Done]):
    """
    Send the registration e-mail again; the link before dies when the new one is minted (AM-30).

    Who: an account manager, or the operator. Only an unverified member with an address of their own.

    Args:
        tenant: Where.
        member: Whom.

    Raises:
        IllegalTransitionError: not unverified; whoever has no address of their own never is.
        TooManyAttemptsError: a manager had mailed this member, or others, too often; a preflight does not count.
    """

    name: ClassVar[str] = "send_registration"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        if row.is_link:
            guards.refuse_link(scene, row)
        if not guards.is_step(scene, row):
            return Plan(Done())
        sent = Change(scene.tenant.id, row.id, row.membership, row.membership)
        told = notice(scene, Audience.PERSON, row.membership, token=TokenPurpose.REGISTRATION)
        return Plan(Done(changed=True), (sent,), (told,), limits=guards.mail_limits(scene, actor, row.id))


@attrs.frozen
class CompleteRegistration(RedeemingCommand[Done]):
    """
    Complete a registration with the secret that was mailed.

    Who: whoever holds it. From unverified to active; the person's own address counts as verified from now on. It
    works once. Call it on a POST only: mail scanners follow links (AM-30).

    Args:
        token: The secret.

    Raises:
        ProofRefusedError: wrong, used, expired, replaced, or what it was for is no more: all alike.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "complete_registration"

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the tenant the token is for."""
        return tenant_of(lookup, self.token)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        token = scene.unit.tokens.alive(scene.evidence.digest, TokenPurpose.REGISTRATION, scene.now)
        if token is None or token.tenant is None or token.principal is None:
            raise ProofRefusedError
        # Guarded before it is read with its row: what is written of it below must be what the guard has seen.
        scene.principal(token.principal)
        there = scene.entering(token.tenant, token.principal)
        row = None if there.loaded is None else there.present(token.principal)
        if row is None or not registrations.may_complete(token, there.tenant, row, scene.now, scene.policy):
            raise ProofRefusedError
        return Plan(
            Done(changed=True),
            (
                *_verified(row.principal, scene.now),
                change(row, registrations.completed(row.membership, scene.now)),
            ),
            redeems=token,
        )


def _verified(before: Principal, now: datetime) -> tuple[Change, ...]:
    if before.email_verified_at is not None:
        return ()
    return (Change(before.id, before.id, before, attrs.evolve(before, email_verified_at=now)),)
