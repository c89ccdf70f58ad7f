"""Joining other tenants' accounts: by proof of their credentials, or by asking for consent."""

from collections.abc import Sequence
from typing import ClassVar, Final

import attrs

from tenantaccess.errors import AccessDeniedError, IllegalTransitionError, InvalidInputError, ProofRefusedError
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model import words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.attempts import Tried
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.frozen import sequence
from tenantaccess.model.lifecycle import LIFECYCLE, legal_from
from tenantaccess.model.members import NO_CONTACT, Contact, Membership, Origin, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import Principal, Secret, secret
from tenantaccess.model.tenants import TenantState
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.rules import links, members
from tenantaccess.services import guards
from tenantaccess.services.command import (
    NO_EVIDENCE,
    Bench,
    Change,
    Command,
    Done,
    Evidence,
    Lookup,
    Plan,
    tenant_id,
)
from tenantaccess.services.members import normal_contact
from tenantaccess.services.redeeming import token_digest
from tenantaccess.services.registrations import (
    ExternalId,
    Receipt,
    named_tenant,
    require_named,
    resolved,
)
from tenantaccess.services.scene import Scene, change, notice

JOIN_LIMIT: Final = 100
JOIN_WAITS: Final = "join_link_waits"
"""What a notice is called of a link by proof that a manager has yet to accept."""


def require_person(scene: Scene) -> Principal:
    """
    Return who acts for itself, guarded from here on.

    Raises:
        AccessDeniedError: not a person, one that is suspended, or one whose password somebody else chose.
    """
    person = guards.require_oneself(scene)
    if not links.may_link(person, scene.policy):
        raise AccessDeniedError(denied(Reason.PASSWORD_NOT_OWN, about=scene.name))
    return person


@attrs.frozen
class JoinLink(Command[Done]):
    """
    Join tenants whose credentials were proven, all or nothing (MU-08 to MU-10).

    Who: the principal that was made the offer. What the offer said is judged again. From nothing to active with
    what the proven row has, at most that while it rests on the proof; to pending where the tenant wants a manager
    to accept, or after any tombstone or rejection. A stale link is active again with the levels it had; its clock
    is not wound up, its sessions from before are dead (MC-04, MC-05). The managers and the proven principal are told.

    Args:
        tenants: 1 to 100 of the tenants offered.
        offer: The secret of the offer, for one use.

    Raises:
        ProofRefusedError: no offer of this principal, expired, used or replaced; the credentials have changed; or a
            tenant is offered no more: all alike.
        IllegalTransitionError: a member already, or disabled there.
        AccessDeniedError: suspended, or with a password that somebody else chose.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "join_link"
    is_durable: ClassVar[bool] = True
    tenants: Sequence[TenantId] = attrs.field(converter=sequence)
    offer: Secret = attrs.field(converter=secret, eq=False)

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.tenants) <= JOIN_LIMIT:
            raise InvalidInputError("tenants", f"must be 1 to {JOIN_LIMIT}")
        for tenant in self.tenants:
            tenant_id(None, attrs.fields(type(self)).tenants, tenant)
        if len(set(self.tenants)) != len(self.tenants):
            raise InvalidInputError("tenants", "must not name one twice")

    def prepare(self, bench: Bench) -> Evidence:  # noqa: ARG002  # a digest needs nothing of it
        """Digest the secret."""
        return Evidence(digest=token_digest(self.offer))

    def fingerprint(self) -> str:
        """Return the digest of the secret: it is random, so its digest tells nothing."""
        return token_digest(self.offer)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the principal's own stream, whose record says what it joined."""
        return PrincipalId(lookup.actor.id) if lookup.actor.kind is ActorKind.MEMBER else None

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        person = require_person(scene)
        offer = scene.unit.tokens.alive(scene.evidence.digest, TokenPurpose.OFFER, scene.now)
        if offer is None or offer.proven is None or not links.is_for(offer, person):
            raise ProofRefusedError
        proven = offer.proven
        _require_unchanged(scene, offer, proven)
        changes: list[Change] = []
        notices: list[Notice] = []
        for tenant in self.tenants:
            there = scene.entering(tenant, person.id, proven)
            row = there.find(person.id) if there.loaded is not None else None
            after = _joined(there, person, row, proven)
            if row is None or after != row.membership:
                changes.append(change(row, after))
                notices.extend(_told(there, after, proven))
        if not changes:
            return Plan(Done())
        own = Change(person.id, person.id, person, person, detail={"joined": [str(one.stream) for one in changes]})
        return Plan(Done(changed=True), (own, *changes), tuple(notices), redeems=offer)


def _require_unchanged(scene: Scene, offer: Token, proven: PrincipalId) -> None:
    """Refuse an offer whose proof would not be given again: the principal is guarded from here on (INV-26)."""
    if not links.would_be_proven(offer, scene.principal(proven)):
        raise ProofRefusedError


def _joined(there: Scene, person: Principal, row: Row | None, proven: PrincipalId) -> Membership:
    """Return what joining makes of *row* in one tenant; itself if it is so already."""
    base = None if there.loaded is None else there.present(proven)
    if base is None or not links.is_offered(there.tenant, base, there.now, there.policy):
        raise ProofRefusedError
    if row is None:
        fresh = Membership(there.tenant.id, person.id, Origin.LINKED)
        if there.tenant.linking is Linking.PROOF:
            return links.joined(fresh, base, there.now)
        return links.asked_by_proof(fresh, base, there.now)
    if row.membership.gone_at is not None:
        return links.asked_by_proof(members.returning(row.membership, Origin.LINKED), base, there.now)
    found = members.condition(row, there.now, there.policy)
    if found in {Reason.REJECTED, Reason.REQUEST_EXPIRED}:
        return links.asked_by_proof(row.membership, base, there.now)
    return _joined_again(there, row, base, found)


def _joined_again(there: Scene, row: Row, base: Row, found: Reason) -> Membership:
    """Return what a proof makes of a row that is there: it renews a link that rests, and nothing else."""
    step = LIFECYCLE[there.name]
    if row.is_link and links.rests_as_proven(row.membership, base) and found in {*step.idle, Reason.PENDING}:
        return row.membership
    resting = row.membership.resting
    kept = resting is not None and resting.on == base.id
    if not row.is_link or not (found in step.legal or (found in step.idle and kept)):
        raise IllegalTransitionError(there.name, found.value, legal_from(found))
    return links.renewed(row.membership, base, there.now)


def _told(scene: Scene, about: Membership, proven: PrincipalId | None) -> tuple[Notice, ...]:
    """Return the notices to the managers and to whoever was proven."""
    managers = notice(scene, Audience.MANAGERS, about)
    if proven is None:
        return (managers,)
    told = managers, notice(scene, Audience.PERSON, about, recipient=proven)
    if about.approved_at is not None:
        return told
    return tuple(attrs.evolve(one, purpose=JOIN_WAITS) for one in told)


@attrs.frozen
class RequestLink(Command[Receipt]):
    """
    Ask a tenant that lets others join by consent alone to be let in, without proving anything there.

    Who: a principal for itself. From nothing, rejected or expired to pending; the managers are told. The answer is
    the same whether the tenant exists or not, and whatever one is there already.

    Args:
        tenant: Its id, or an external id such as ``("tin", "01-2345678")``.
        source: Where the request comes from, such as an address that the host vouches for.
        contact: What the managers are to read about the person, as the person says; nothing leaves what the roster has.

    Raises:
        AccessDeniedError: suspended, or with a password that somebody else chose.
        TooManyAttemptsError: asked too often, by one principal or from one source; it counts with asking for access.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "request_link"
    answers: ClassVar[type] = Receipt
    is_durable: ClassVar[bool] = True
    tenant: TenantId | ExternalId = attrs.field(converter=named_tenant)
    source: str | None = attrs.field(default=None, converter=words.optional_source)
    contact: Contact = attrs.field(default=NO_CONTACT, converter=normal_contact)

    @property
    def is_mute(self) -> bool:
        """Always: which tenants there are is not told."""
        return True

    def prepare(self, bench: Bench) -> Evidence:
        """Count the request."""
        if bench.actor.kind is ActorKind.MEMBER:
            bench.attempts.counted(Tried.REQUEST, actor=PrincipalId(bench.actor.id), source=self.source)
        return NO_EVIDENCE

    def require_words(self, catalog: Catalog) -> None:
        """Check the scheme, and that the value can be normalised under it."""
        require_named(catalog, self.tenant)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the tenant's stream."""
        return resolved(lookup, self.tenant)

    def plan(self, scene: Scene) -> Plan[Receipt]:
        """See the class."""
        person = require_person(scene)
        tenant = resolved(scene, self.tenant)
        there = None if tenant is None else scene.entering(tenant, person.id)
        if there is None or there.loaded is None:
            return Plan(Receipt(person.id))
        row = there.find(person.id)
        after = self._asked(there, person, row)
        if after is None:
            return Plan(Receipt(person.id))
        if self.contact != NO_CONTACT:
            after = attrs.evolve(after, contact=self.contact)
        return Plan(Receipt(person.id), (change(row, after),), _told(there, after, None))

    def _asked(self, there: Scene, person: Principal, row: Row | None) -> Membership | None:
        """Return the request; None where nothing comes of it."""
        if there.tenant.state is not TenantState.OPEN or there.tenant.linking is not Linking.CONSENT:
            return None
        if row is None:
            return links.asked(Membership(there.tenant.id, person.id, Origin.LINKED), there.now)
        if row.membership.gone_at is not None:
            return links.asked(members.returning(row.membership, Origin.LINKED), there.now)
        if members.condition(row, there.now, there.policy) not in LIFECYCLE[self.name].legal:
            return None
        return links.asked(row.membership, there.now)
