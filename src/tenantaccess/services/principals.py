"""Principals: their own password, and the operator's suspension everywhere at once."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from tenantaccess.errors import AccessDeniedError, InvalidInputError, ProofRefusedError
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model import words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.frozen import sequence
from tenantaccess.model.members import Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import Principal, Secret, new_password, secret
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import members, passwords, privileges
from tenantaccess.services import guards
from tenantaccess.services.command import (
    Bench,
    Change,
    Command,
    Done,
    Evidence,
    Lookup,
    Plan,
    principal_id,
    tenant_id,
)
from tenantaccess.services.scene import Scene, change, notice


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
        found = guards.subject(there, before.id)
        if tenant.state is TenantState.CLOSED or not privileges.may_manage(found, scene.catalog):
            continue
        if orphaning is not None and tenant.id not in orphaning:
            guards.require_managed(there, {found.id: (found, attrs.evolve(found, principal=after))})
        state = {"suspended": after.suspended_at is not None}
        changes.append(Change(tenant.id, before.id, found.membership, found.membership, detail=state))
    told = notice(scene, Audience.PERSON, None, before.id)
    return Plan(Done(changed=True), tuple(changes), (told,))


@attrs.frozen
class ChangePassword(Command[Done]):
    """
    Choose a password of one's own.

    Who: the person. Never refused by rule 5. In time, it ends the resting of a username on whoever chose its
    password; too late, it lifts nothing (MC-17). The person is told.

    Args:
        current: The password so far.
        new: The new one.

    Raises:
        ProofRefusedError: the current password is wrong.
        MisuseError: inside a host's transaction, whose rollback would undo the counting of guesses.
    """

    name: ClassVar[str] = "change_password"
    is_durable: ClassVar[bool] = True
    current: Secret = attrs.field(converter=secret, eq=False)
    new: Secret = attrs.field(converter=new_password, eq=False)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the person's stream."""
        return PrincipalId(lookup.actor.id)

    def prepare(self, bench: Bench) -> Evidence:
        """Verify the current password and hash the new one, outside any unit of work."""
        if bench.actor.kind is not ActorKind.MEMBER:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=self.name))
        with bench.store.reading() as unit:
            stored = unit.credentials.find(PrincipalId(bench.actor.id))
        if not bench.hasher.verify(self.current, stored or ""):
            raise ProofRefusedError
        return Evidence(new_hash=bench.hasher.hash(self.new), proven_hash=stored or "")

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        before = scene.principal(PrincipalId(scene.actor.id))
        if self.new.reveal() == self.current.reveal():
            raise InvalidInputError("new", "must not be the password so far")
        if before.suspended_at is not None:
            raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about=scene.name))
        if scene.unit.credentials.find(before.id) != scene.evidence.proven_hash:
            raise ProofRefusedError
        after = passwords.chosen(before, scene.now)
        changes = [Change(before.id, before.id, before, after)]
        for tenant, row in scene.unit.queries.of_principal(before.id):
            if row.membership.resting is not None:
                changes.extend(_standing_alone(scene, tenant, row))
        told = notice(scene, Audience.PERSON, None, before.id)
        return Plan(Done(changed=True), tuple(changes), (told,), {before.id: scene.evidence.new_hash})


def _standing_alone(scene: Scene, tenant: Tenant, row: Row) -> list[Change]:
    found = guards.subject(scene.entering(tenant.id, row.id), row.id)
    after = members.password_changed(found, scene.now, scene.policy)
    return [] if after == found.membership else [change(found, after)]
