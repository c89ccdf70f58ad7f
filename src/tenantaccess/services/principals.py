"""Principals: the operator's suspension everywhere at once."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model import words
from tenantaccess.model.frozen import sequence
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import TenantState
from tenantaccess.rules import privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import Change, Command, Done, Lookup, Plan, principal_id, tenant_id
from tenantaccess.services.scene import Scene, notice


@attrs.frozen
class PrincipalCommand(Command[Done]):
    """Base of the operator's commands about one principal everywhere."""

    principal: PrincipalId = attrs.field(validator=principal_id)

    def stream(self, lookup: Lookup) -> StreamId | None:  # noqa: ARG002  # the command itself names it
        """Return the principal's stream."""
        return self.principal


@attrs.frozen
class SuspendPrincipal(PrincipalCommand):
    """
    Suspend a principal everywhere, at once.

    Who: the operator. Sessions are dead, and what rests on proofs of this principal is stale. An event is written
    to its own stream and to each tenant where it holds management. The person is told.

    Args:
        principal: Whom.
        orphaning: Tenants that may be left without an account manager, each by name; else refused (rule 5).
        note: Free text, for the record.

    Raises:
        LastManagerError: a tenant not named would be left unmanaged.
    """

    name: ClassVar[str] = "suspend_principal"
    locks_first: ClassVar[bool] = True
    orphaning: Sequence[TenantId] = attrs.field(default=(), converter=sequence)
    note: str = attrs.field(default="", converter=words.note)

    def __attrs_post_init__(self) -> None:
        for tenant in self.orphaning:
            tenant_id(None, attrs.fields(type(self)).orphaning, tenant)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_operator(scene)
        before = scene.principal(self.principal)
        if before.suspended_at is not None:
            return Plan(Done())
        after = attrs.evolve(
            before,
            suspended_at=scene.now,
            proof_epoch=before.proof_epoch + 1,
            access_epoch=before.access_epoch + 1,
        )
        return _everywhere(scene, before, after, self.note, frozenset(self.orphaning))


@attrs.frozen
class ReinstatePrincipal(PrincipalCommand):
    """
    End a suspension; memberships are as they were, what became stale stays stale.

    Who: the operator. The person is told.
    """

    name: ClassVar[str] = "reinstate_principal"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_operator(scene)
        before = scene.principal(self.principal)
        if before.suspended_at is None:
            return Plan(Done())
        return _everywhere(scene, before, attrs.evolve(before, suspended_at=None), self.note, None)


def _everywhere(
    scene: Scene, before: Principal, after: Principal, note: str, orphaning: frozenset[TenantId] | None
) -> Plan[Done]:
    """Plan a move of the principal and an event in each tenant that it manages; *orphaning* None asks nothing."""
    changes = [Change(before.id, before.id, before, after, note)]
    for tenant, _ in scene.unit.queries.of_principal(before.id):
        # Entering guards the tenant even where nothing is written: a role edit meanwhile could make this row count.
        there = scene.entering(tenant.id, before.id)
        found = there.present(before.id)
        if found is None:  # gone since it was listed, which is no reason to refuse
            continue
        if there.tenant.state is TenantState.CLOSED or not privileges.may_manage(found, scene.catalog):
            continue
        if orphaning is not None and tenant.id not in orphaning:
            guards.require_managed(there, {found.id: (found, attrs.evolve(found, principal=after))})
        state = {"suspended": after.suspended_at is not None}
        changes.append(Change(tenant.id, before.id, found.membership, found.membership, detail=state))
        changes.extend(() if after.suspended_at is None else invitation_voiding.sent_by(there, found))
    told = notice(scene, Audience.PERSON, None, before.id)
    return Plan(Done(changed=True), tuple(changes), (told,))
