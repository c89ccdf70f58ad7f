"""What a plan may see: the facts it names, the moment, the actor; read in the unit it will be written in."""

from collections.abc import Collection, Iterable
from datetime import datetime

import attrs

from tenantaccess.errors import ClockError, NotFoundError
from tenantaccess.ids import NOTICE, InvitationId, NoticeId, PrincipalId, RoleKey, SegmentKey, StreamId, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Catalog, Role
from tenantaccess.model.levels import unknown
from tenantaccess.model.members import Authority, Membership, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Unit
from tenantaccess.services.command import Change, Evidence, Ids


@attrs.define
class Scene:
    """
    Everything one command may look at while it plans.

    Args:
        unit: For what is not loaded up front.
        name: Of the command.
        actor: Who acts.
        now: The command's one moment.
        catalog: The declared words.
        policy: The host's choices.
        ids: Makes new identifiers.
        evidence: What was prepared before the unit.
        wanted: The tenant that the command names; empty if it names none.
        loaded: That tenant's facts, if it exists.
        heads: The versions that the plan relies on, by stream.
    """

    unit: Unit
    name: str
    actor: Actor
    now: datetime
    catalog: Catalog
    policy: Policy
    ids: Ids
    evidence: Evidence
    wanted: str = ""
    loaded: Loaded | None = None
    heads: dict[StreamId, Head] = attrs.field(factory=dict)

    @property
    def is_operator(self) -> bool:
        """Whether the operator acts."""
        return self.actor.kind is ActorKind.OPERATOR

    @property
    def acting(self) -> Actor:
        """Who acts, as the record keeps it: with the row that is acted through, if the actor's own is a link."""
        is_member = self.loaded is not None and self.actor.kind is ActorKind.MEMBER
        row = self.present(PrincipalId(self.actor.id)) if is_member else None
        resting = row.membership.resting if row is not None and row.is_link else None
        return self.actor if resting is None else attrs.evolve(self.actor, link=resting.on)

    @property
    def authority(self) -> Authority:
        """Whose act this is, as facts remember it."""
        return Authority.OPERATOR if self.is_operator else Authority.MANAGER

    @property
    def tenant(self) -> Tenant:
        """The tenant the command names; `NotFoundError` if there is none."""
        return self._facts().tenant

    def _facts(self) -> Loaded:
        if self.loaded is None:
            raise NotFoundError("tenant", self.wanted)
        return self.loaded

    def find(self, principal: PrincipalId) -> Row | None:
        """Return a loaded row, a tombstone included; None if there never was one."""
        return self._facts().rows.get(principal)

    def present(self, principal: PrincipalId) -> Row | None:
        """Return a loaded row that is not gone."""
        row = self.find(principal)
        return None if row is None or row.membership.gone_at is not None else row

    def of_actor(self) -> Row | None:
        """Return the actor's own loaded row; None if it has none, or is no member at all."""
        return None if self.loaded is None else self.loaded.rows.get(PrincipalId(self.actor.id))

    def principal(self, principal: PrincipalId) -> Principal:
        """Return a principal by id, guarded from here on; `NotFoundError` if absent, or erased: alike."""
        found = self.unit.principals.find(principal)
        if found is None or found[0].kind is Kind.ERASED:
            raise NotFoundError("principal", principal)
        self.rely_on(found[1])
        return found[0]

    def rely_on(self, head: Head) -> None:
        """
        Guard a stream from here on.

        Raises:
            ClockError: the clock lies further behind what is recorded there than the policy tolerates; a stamp
                made from it would be a lie.
        """
        if head.at is not None and head.at - self.now > self.policy.clock_tolerance:
            raise ClockError(f"the clock is {head.at - self.now} behind the last event of `{head.stream}`")
        self.heads.setdefault(head.stream, head)

    def enter(self, tenant: TenantId, principals: Collection[PrincipalId]) -> None:
        """Load the facts of *tenant* that are named, and guard it; the moment is never before its last event."""
        self.wanted = tenant
        self.loaded = self.unit.memberships.load(tenant, principals)
        if self.loaded is not None:
            self.rely_on(self.loaded.head)
            self.now = max(self.now, self.loaded.head.at or self.now)

    def entering(self, tenant: TenantId, *principals: PrincipalId) -> "Scene":
        """Return the scene of another tenant in the same command: same actor, moment and guards."""
        there = attrs.evolve(self, loaded=None)
        there.enter(tenant, principals)
        return there


# --- making what a plan consists of --------------------------------------------------------------------------------


def change(before: Row | None, after: Membership, note: str = "") -> Change:
    """Return the change of one row to *after*."""
    return Change(after.tenant, after.principal, None if before is None else before.membership, after, note)


def notice(
    scene: Scene,
    audience: Audience,
    about: Membership | None,
    principal: PrincipalId | None = None,
    *,
    tenant: TenantId | None = None,
    token: TokenPurpose | None = None,
    recipient: PrincipalId | None = None,
    invitation: InvitationId | None = None,
) -> Notice:
    """Return a notice of this command about a row, a principal or a tenant."""
    subject = principal if about is None else about.principal
    where = tenant if about is None else about.tenant
    return Notice(
        id=NoticeId(scene.ids.make(NOTICE, f"notice {where} {subject} {audience.value} {recipient}")),
        purpose=scene.name,
        audience=audience,
        principal=subject,
        tenant=where,
        created_at=scene.now,
        incarnation=0 if about is None else about.incarnation,
        access_epoch=0 if about is None else about.access_epoch,
        token=token,
        recipient=recipient,
        invitation=invitation,
        by=PrincipalId(scene.actor.id) if scene.actor.kind is ActorKind.MEMBER else None,
    )


def role_of(scene: Scene, key: RoleKey | None) -> Role | None:
    """Return the tenant's role called *key*; `UnknownNameError` if it has none."""
    if key is None:
        return None
    if key == ACCOUNT_MANAGER:
        return BUILT_IN
    found = scene.unit.roles.find(scene.tenant.id, key)
    if found is None:
        raise unknown("role", key, [ACCOUNT_MANAGER, *(role.key for role in scene.unit.roles.list(scene.tenant.id))])
    return found


def require_tenant_segments(scene: Scene, segments: Iterable[SegmentKey]) -> None:
    """Raise `UnknownNameError` for the first segment that this tenant has not chosen."""
    for segment in sorted(segments):
        if segment not in scene.tenant.segments:
            raise unknown("segment of this tenant", segment, scene.tenant.segments)
