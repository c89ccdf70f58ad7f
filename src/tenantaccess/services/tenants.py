"""Tenants: opened, suspended, reopened and closed by the operator, who also appoints their account managers."""

from collections.abc import Mapping
from typing import ClassVar

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import IllegalTransitionError, InvalidInputError, NotFoundError, TakenError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, SchemeKey, SegmentKey, StreamId, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import NewUsername, PasswordChoice, Principal
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import members
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import (
    NO_EVIDENCE,
    Bench,
    Change,
    Command,
    Done,
    Evidence,
    Lookup,
    MemberCommand,
    Plan,
    TenantCommand,
    hashed,
)
from tenantaccess.services.members import contact_of, new_principal
from tenantaccess.services.scene import Scene, change, notice


@attrs.frozen
class Opened:
    """
    What opening a tenant answers.

    Args:
        tenant_id: The new tenant.
        manager: Its first account manager; None if none was named.
        version: Number of its first event.
    """

    tenant_id: TenantId
    manager: PrincipalId | None = None
    version: int = 0

    @property
    def manager_id(self) -> PrincipalId:
        """The first account manager; `NotFoundError` if none was named."""
        if self.manager is None:
            raise NotFoundError("manager", self.tenant_id)
        return self.manager


def _ids_by_scheme(given: Mapping[str, str]) -> Mapping[str, str]:
    return {names.word("external_ids", scheme): names.plain("external_ids", value) for scheme, value in given.items()}


def _manager(_: object, attribute: "attrs.Attribute[NewUsername | PrincipalId | None]", value: object) -> None:
    if not (value is None or isinstance(value, NewUsername) or is_id(value, PRINCIPAL)):
        raise InvalidInputError(attribute.name, "must be a new username, the id of a principal, or nothing")


@attrs.frozen
class OpenTenant(Command[Opened]):
    """
    Open a tenant, with its first account manager in the same unit of work (AM-40, MU-01).

    Who: the operator. The catalog's preset roles are copied in. The manager is active by the operator's word, and
    told.

    Args:
        label: The tenant's name, as people read it.
        external_ids: By scheme, such as ``{"tin": "01-2345678"}``.
        segments: Which of the catalog's segments it has.
        manager: A username to create, or an existing principal; None opens it unmanaged.
        linking: How others may join.

    Raises:
        TakenError: an external id or the username is in use.
        NotFoundError: no such principal.
    """

    name: ClassVar[str] = "open_tenant"
    answers: ClassVar[type] = Opened
    label: str = attrs.field(converter=words.label)
    external_ids: Mapping[str, str] = attrs.field(default=EMPTY, converter=_ids_by_scheme)
    segments: frozenset[SegmentKey] = attrs.field(default=frozenset(), converter=words.segment_keys)
    manager: NewUsername | PrincipalId | None = attrs.field(default=None, validator=_manager)
    linking: Linking = attrs.field(default=Linking.PROOF, validator=words.exactly(Linking))

    def require_words(self, catalog: Catalog) -> None:
        """Check schemes and segments, and that each external id can be normalised."""
        self._normal(catalog)
        catalog.require_segments(sorted(self.segments))

    def prepare(self, bench: Bench) -> Evidence:
        """Hash the manager's password, if one is created."""
        return hashed(bench, self.manager) if isinstance(self.manager, NewUsername) else NO_EVIDENCE

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the tenant to be."""
        return TenantId(lookup.ids.make(TENANT, "tenant"))

    def plan(self, scene: Scene) -> Plan[Opened]:
        """See the class."""
        guards.require_operator(scene)
        tenant = Tenant(
            id=TenantId(scene.ids.make(TENANT, "tenant")),
            name=self.label,
            external_ids=self._normal(scene.catalog),
            segments=self.segments,
            linking=self.linking,
        )
        presets = tuple(scene.catalog.normal(role) for role in scene.catalog.roles)
        roles = {role.key: plain(role.levels) for role in presets}
        opening = Change(tenant.id, tenant.id, None, tenant, detail={"roles": roles})
        if self.manager is None:
            self._require_free(scene, tenant)
            return Plan(Opened(tenant.id), (opening,), presets=presets)
        row, created = self._first_manager(scene, tenant)
        self._require_free(scene, tenant)
        return Plan(
            Opened(tenant.id, row.id),
            (opening, *created, change(None, row.membership)),
            (notice(scene, Audience.PERSON, row.membership),),
            {row.id: scene.evidence.new_hash} if created else EMPTY,
            presets,
        )

    def _first_manager(self, scene: Scene, tenant: Tenant) -> tuple[Row, tuple[Change, ...]]:
        created: tuple[Change, ...] = ()
        if isinstance(self.manager, NewUsername):
            principal = new_principal(scene, self.manager, PasswordChoice.OPERATOR)
            guards.require_free_username(scene, principal)
            created = (Change(principal.id, principal.id, None, principal),)
        else:
            principal = scene.principal(PrincipalId(str(self.manager)))
            guards.require_human(scene, principal)
        return _first_row(scene, tenant.id, principal, self.manager), created

    @staticmethod
    def _require_free(scene: Scene, tenant: Tenant) -> None:
        for scheme, value in tenant.external_ids.items():
            if scene.unit.tenants.find_by_external_id(scheme, value) is not None:
                raise TakenError("external id")

    def _normal(self, catalog: Catalog) -> Mapping[SchemeKey, str]:
        return {SchemeKey(scheme): catalog.scheme(scheme).normal(value) for scheme, value in self.external_ids.items()}


def _first_row(scene: Scene, tenant: TenantId, principal: Principal, source: object) -> Row:
    fresh = Membership(tenant, principal.id, Origin.HOME)
    if isinstance(source, NewUsername):
        fresh = attrs.evolve(fresh, contact=contact_of(source))
    vouched = members.attested(fresh, scene.now, scene.actor.id)
    return Row(attrs.evolve(vouched, role=ACCOUNT_MANAGER), principal, BUILT_IN)


@attrs.frozen
class AppointManager(MemberCommand[Done]):
    """
    Make somebody an account manager by the operator's word; this is also how an orphaned tenant is recovered.

    Who: the operator. From any state but one that the operator itself disabled, to active, with the built-in role
    and nothing else. The person is told.

    Args:
        tenant: Where.
        member: Whom; need not be a member yet.
        note: Free text, for the record.

    Raises:
        IllegalTransitionError: the operator disabled this membership: enable it first, or, once it has left, let it
            request access.
        NotFoundError: no such principal.
        AccessDeniedError: a service, which holds no office.
    """

    name: ClassVar[str] = "appoint_manager"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        tenant = scene.tenant
        guards.require_operator(scene)
        guards.require_not_closed(scene)
        # Guarded also where there is a tombstone only: what erases a person meanwhile is noticed.
        principal = scene.principal(self.member)
        guards.require_human(scene, principal)
        row = scene.find(self.member)
        if row is None:
            return self._plan(scene, None, Row(Membership(tenant.id, self.member, Origin.HOME), principal))
        if members.is_held_by_operator(row.membership, scene.now):
            leads_back = ("enable",) if row.membership.gone_at is None else ("request_access",)
            raise IllegalTransitionError(scene.name, Reason.DISABLED.value, leads_back)
        if row.membership.gone_at is not None:
            return self._plan(scene, row, attrs.evolve(row, membership=members.returning(row.membership, Origin.HOME)))
        return self._plan(scene, row, row)

    def _plan(self, scene: Scene, before: Row | None, row: Row) -> Plan[Done]:
        after = members.appointed(row, scene.now, scene.actor.id, scene.policy)
        if before is not None and after == before.membership:
            return Plan(Done())
        plan = Plan(Done(changed=True), (change(before, after, self.note),), (notice(scene, Audience.PERSON, after),))
        was_active = members.condition(row, scene.now, scene.policy) is Reason.ACTIVE
        return plan if was_active else invitation_voiding.silenced(scene, [row], plan)


@attrs.frozen
class _StateCommand(TenantCommand[Done]):
    """Base of the commands that move a tenant's state."""

    to: ClassVar[TenantState]
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        tenant = scene.tenant
        guards.require_operator(scene)
        if tenant.state is self.to:
            return Plan(Done())
        guards.require_not_closed(scene)
        told = notice(scene, Audience.MANAGERS, None, tenant=tenant.id)
        moved = Change(tenant.id, tenant.id, tenant, attrs.evolve(tenant, state=self.to), self.note)
        voided = () if self.to is TenantState.OPEN else invitation_voiding.all_of(scene)
        return Plan(Done(changed=True), (moved, *voided), (told,))


@attrs.frozen
class SuspendTenant(_StateCommand):
    """
    Shut a tenant for the time being: nobody gets in, nothing is lost (MU-01).

    Who: the operator. The managers are told.
    """

    name: ClassVar[str] = "suspend_tenant"
    to: ClassVar[TenantState] = TenantState.SUSPENDED


@attrs.frozen
class ReopenTenant(_StateCommand):
    """
    Open a suspended tenant again; sessions go on.

    Who: the operator. The managers are told.
    """

    name: ClassVar[str] = "reopen_tenant"
    to: ClassVar[TenantState] = TenantState.OPEN


@attrs.frozen
class CloseTenant(_StateCommand):
    """
    Close a tenant for good.

    Who: the operator. The managers are told.
    """

    name: ClassVar[str] = "close_tenant"
    to: ClassVar[TenantState] = TenantState.CLOSED
