"""
Proving another username's credentials: one uniform refusal, or an offer of what may be joined.

And what came of it: the links that one joined, and those that rest on one's own credentials.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import AccessDeniedError, MisuseError, ProofRefusedError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.frozen import frozen
from tenantaccess.model.members import Row
from tenantaccess.model.names import search_key
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, Principal, Secret, secret
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock, Entropy
from tenantaccess.rules import contexts, links, members
from tenantaccess.services import sessions
from tenantaccess.services.authentication import Authentication
from tenantaccess.services.holding import again_on_conflict, hold
from tenantaccess.services.redeeming import token_digest
from tenantaccess.services.timing import now_of


@attrs.frozen
class OfferedTenant:
    """
    One tenant that may be joined.

    Args:
        id: Which.
        name: What people read.
        external_ids: By scheme, such as its TIN.
        levels: What the link would effectively have, by resource.
        segments: What it would be limited to; empty means all.
        role: The role it would hold, if any.
        condition: How whoever asks stands there now; `Reason.NOT_A_MEMBER` if not at all.
    """

    id: TenantId
    name: str
    external_ids: Mapping[str, str] = attrs.field(converter=frozen)
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(converter=frozen)
    segments: frozenset[SegmentKey] = frozenset()
    role: RoleKey | None = None
    condition: Reason = Reason.NOT_A_MEMBER


@attrs.frozen
class Offer:
    """
    What a proof opens, for a few minutes and one use.

    Args:
        token: The secret that `JoinLink` takes; kept nowhere.
        tenants: What may be joined with it, by name.
        expires_at: Not usable at this moment or later.
    """

    token: str = attrs.field(repr=False)
    tenants: Sequence[OfferedTenant]
    expires_at: datetime


@attrs.frozen
class LinkEntry:
    """
    One link, as either of its two sides sees it.

    Args:
        tenant: Where.
        name: What people read there.
        member: Who joined.
        username: Of who joined.
        proven: Whose credentials it rests on, or rested on last; None if it never did.
        since: When it was last proven, or asked for.
        condition: What stands against it now, or `Reason.ACTIVE`.
        is_resting: Whether it still rests on its proof: then its levels are never above those of who was proven.
    """

    tenant: TenantId
    name: str
    member: PrincipalId
    username: str
    proven: PrincipalId | None
    since: datetime | None
    condition: Reason
    is_resting: bool


@attrs.frozen
class Links:
    """
    The first of the two steps of linking, whose second is `JoinLink`; and the links that there are.

    Args:
        store: Where everything lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: Read once a proof.
        entropy: Makes the secret.
        authentication: Verifies, and limits guessing.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _entropy: Entropy
    _authentication: Authentication

    def prove(self, username: str, password: str | Secret, source: str | None = None, *, by: By) -> Offer:
        """
        Prove the credentials of another username, and learn what may be joined with them (MU-09).

        Args:
            username: Whose.
            password: Its password; verified once, kept nowhere.
            source: Where the attempt comes from, such as an address that the host vouches for.
            by: The principal that wants to join.

        Returns:
            The offer: the tenants in which the proven username is active in its own right and that let others
            join by proof.

        Raises:
            ProofRefusedError: unknown, wrong, suspended, one's own, or nothing to join: all alike (INV-27).
            TooManyAttemptsError: before anything was verified.
            AccessDeniedError: who asks is suspended, has a password that somebody else chose, or acts through a context
                that has ended.
            ConflictError: others kept changing one of the two.
            MisuseError: inside a host's transaction.
        """
        if self._store.is_hosted:
            raise MisuseError("prove outside the transaction: its rollback would undo what limits guessing")
        person = self._asking(by)
        asking = person.id
        verification = self._authentication.verification(username, password, actor=asking, source=source)
        proven, now = verification.principal, now_of(self._clock)
        with self._store.reading() as unit:
            # Whoever is refused is looked up all the same, as the one who asks: a refusal takes what an offer takes.
            tenants = self._offered(unit, asking, asking if proven is None else proven.id, now)
        if proven is None or proven.id == asking or not tenants:
            raise ProofRefusedError
        self._authentication.attempts.give_back(verification.attempts)
        made = self._entropy.token()
        token = Token(
            digest=token_digest(Secret(made)),
            purpose=TokenPurpose.OFFER,
            slot=asking,
            expires_at=now + self._policy.offer_expires_after,
            principal=asking,
            proven=proven.id,
            access_epoch=person.access_epoch,
            proof_epoch=proven.proof_epoch,
            password_epoch=proven.password_epoch,
        )
        again_on_conflict(lambda: self._keep(token, person, proven))
        return Offer(made, tenants, token.expires_at)

    def offered(self, token: str | Secret, *, by: By) -> Offer:
        """
        Return what an offer opens as of now; looking does not use it up.

        Args:
            token: The secret of the offer.
            by: The principal that it was made to.

        Raises:
            ProofRefusedError: no offer of this principal, expired, used or replaced; the credentials have changed; or
                nothing of it is left to join: all alike.
            AccessDeniedError: as `prove`.
        """
        person, presented, now = self._asking(by), secret(token), now_of(self._clock)
        with self._store.reading() as unit:
            kept = unit.tokens.alive(token_digest(presented), TokenPurpose.OFFER, now)
            if kept is None or kept.proven is None or not links.is_for(kept, person):
                raise ProofRefusedError
            proven = unit.principals.find(kept.proven)
            if proven is None or not links.would_be_proven(kept, proven[0]):
                raise ProofRefusedError
            tenants = self._offered(unit, person.id, kept.proven, now)
        if not tenants:
            raise ProofRefusedError
        return Offer(presented.reveal(), tenants, kept.expires_at)

    def _keep(self, token: Token, *people: Principal) -> None:
        """Keep *token* while both *people* are who they were: whoever is erased meanwhile leaves no offer behind."""
        with self._store.begin() as unit:
            found = [unit.principals.find(one.id) for one in people]
            same = [one for one, was in zip(found, people, strict=True) if one is not None and one[0] == was]
            if len(same) < len(people):
                raise ProofRefusedError
            hold(unit, [head for _, head in same])
            unit.tokens.add(token)
            unit.commit()

    def joined(self, by: By) -> list[LinkEntry]:
        """
        Return the links that *by* joined, by the name of the tenant; `Unlink` ends one.

        What was merely asked for is not among them before it is accepted, whatever was proven there once: anybody can
        ask any number, and learns nothing by it (INV-11). What was asked for by proof is, as long as it waits.

        Raises:
            AccessDeniedError: no principal, or a context that has ended.
        """
        with self._store.reading() as unit:
            person, now = sessions.person_of(by, unit, "see links"), now_of(self._clock)
            found = unit.queries.of_principal(person.id)
        known = [one for one in found if contexts.is_known_link(one[1], now, self._policy)]
        return _sorted(self._entry(tenant, row, now) for tenant, row in known)

    def proven(self, by: By) -> list[LinkEntry]:
        """
        Return the links that rest on the credentials of *by*, where *by* is still a member; `Unlink` ends one.

        Confirmed ones stand alone and are the managers' to end.

        Raises:
            AccessDeniedError: no principal, or a context that has ended.
        """
        with self._store.reading() as unit:
            person, now = sessions.person_of(by, unit, "see links"), now_of(self._clock)
            found = unit.queries.resting_everywhere(person.id)
        return _sorted(self._entry(tenant, row, now) for tenant, row in found if row.is_link)

    def _entry(self, tenant: Tenant, row: Row, now: datetime) -> LinkEntry:
        facts = row.membership
        moments = [moment for moment in (facts.proven_at, facts.requested_at) if moment is not None]
        return LinkEntry(
            tenant.id,
            tenant.name,
            row.id,
            row.principal.username,
            facts.proven_by,
            max(moments, default=None),
            members.condition(row, now, self._policy),
            row.is_link,
        )

    def _asking(self, by: By) -> Principal:
        with self._store.reading() as unit:
            found = sessions.person_of(by, unit, "prove")
        self._require_may_link(found)
        return found

    def _require_may_link(self, person: Principal) -> None:
        if person.kind is Kind.SERVICE:
            raise AccessDeniedError(denied(Reason.SERVICE, about="prove"))
        if person.suspended_at is not None:
            raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about="prove"))
        if not links.may_link(person, self._policy):
            raise AccessDeniedError(denied(Reason.PASSWORD_NOT_OWN, about="prove"))

    def _offered(self, unit: Unit, asking: PrincipalId, proven: PrincipalId, now: datetime) -> Sequence[OfferedTenant]:
        own = {tenant.id: row for tenant, row in unit.queries.of_principal(asking)}
        found = [
            self._described(tenant, row, own.get(tenant.id), now)
            for tenant, row in unit.queries.of_principal(proven)
            if links.is_offered(tenant, row, now, self._policy)
        ]
        return sorted(found, key=lambda one: (search_key(one.name), one.id))

    def _described(self, tenant: Tenant, row: Row, own: Row | None, now: datetime) -> OfferedTenant:
        levels, segments = links.effective(row, self._catalog)
        return OfferedTenant(
            tenant.id,
            tenant.name,
            plain(tenant.external_ids),
            levels,
            segments,
            row.membership.role,
            Reason.NOT_A_MEMBER if own is None else members.condition(own, now, self._policy),
        )


def _sorted(found: Iterable[LinkEntry]) -> list[LinkEntry]:
    return sorted(found, key=lambda entry: (search_key(entry.name), entry.tenant, entry.username))
