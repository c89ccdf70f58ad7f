"""Erasing a person: nothing that says who they were stays, and the record still holds."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import TenantId
from tenantaccess.model import names, words
from tenantaccess.model.erasure import Erasure
from tenantaccess.model.frozen import sequence
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import NO_CONTACT
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.principals import Kind, PasswordChoice, Principal
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import members, privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import Change, Done, Plan, tenant_id
from tenantaccess.services.principals import PrincipalCommand
from tenantaccess.services.scene import Scene, notice

SLICE: Final = 1_000


@attrs.frozen
class ErasePrincipal(PrincipalCommand):
    """
    Forget a person, for good.

    Who: the operator. Every membership ends as if it were removed, sessions and links with it. Username, addresses,
    names and telephone go, in every tenant and from the record too; so do password, tokens and the invitations that
    went to an address that the person had verified. The record goes on speaking of the identifier, and still
    verifies. The username is free: whoever takes it is somebody new and inherits nothing (INV-15). There is nobody
    left to tell but the managers of the tenants that were left. It cannot be undone, and repeating it changes nothing.

    Args:
        principal: Whom.
        orphaning: Tenants that may be left without an account manager, each by name; else refused (rule 5).
        note: Free text, for the record; it is kept, so it must not say who it was.

    Raises:
        LastManagerError: a tenant not named would be left unmanaged.
    """

    name: ClassVar[str] = "erase_principal"
    locks_first: ClassVar[bool] = True
    orphaning: Sequence[TenantId] = attrs.field(default=(), converter=sequence)
    note: str = attrs.field(default="", converter=words.note)

    def __attrs_post_init__(self) -> None:
        for tenant in self.orphaning:
            tenant_id(None, attrs.fields(type(self)).orphaning, tenant)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_operator(scene)
        found = scene.unit.principals.find(self.principal)
        if found is None:
            raise NotFoundError("principal", self.principal)
        before, head = found
        if before.kind is Kind.ERASED:
            return Plan(Done())
        scene.rely_on(head)
        left, told = self._leaving(scene, before)
        addressed = _addressed(scene, before)
        blank = {one.id: _without_address(one) for one in addressed}
        voided = [
            Change(one.tenant, one.id, attrs.evolve(blank[one.id], state=one.state), blank[one.id])
            for one in addressed
            if one.state is InvitationState.OPEN
        ]
        # Whatever differs here would stand in a side row of the very event that says it was forgotten.
        nameless = attrs.evolve(before, email="")
        return Plan(
            Done(changed=True),
            (
                Change(before.id, before.id, nameless, _nobody(nameless), self.note),
                *(one for one in left if one.subject not in blank),
                *voided,
            ),
            tuple(told),
            erases=Erasure(before.id, f"erased.{scene.ids.make('', 'erased')}", tuple(blank.values())),
        )

    def _leaving(self, scene: Scene, before: Principal) -> tuple[list[Change], list[Notice]]:
        """Return the end of each membership, with the invitations that die with it, and who is told."""
        changes: list[Change] = []
        notices: list[Notice] = []
        for tenant, _ in scene.unit.queries.of_principal(before.id):
            there = scene.entering(tenant.id, before.id)
            row = there.present(before.id)
            if row is None:  # gone since it was listed, which is no reason to refuse
                continue
            after = members.gone(row.membership, there.now)
            if tenant.id not in self.orphaning and privileges.may_manage(row, there.catalog):
                guards.require_managed(there, {row.id: (row, attrs.evolve(row, membership=after))})
            nameless = attrs.evolve(row.membership, contact=NO_CONTACT)
            changes.append(Change(tenant.id, row.id, nameless, after))
            changes.extend(invitation_voiding.sent_by(there, row))
            notices.append(notice(there, Audience.MANAGERS, after))
        return changes, notices


def _nobody(before: Principal) -> Principal:
    """Return what is left: numbers, which go on, so that nothing from before is alive."""
    return attrs.evolve(
        before,
        kind=Kind.ERASED,
        email_verified_at=None,
        proof_epoch=before.proof_epoch + 1,
        access_epoch=before.access_epoch + 1,
        password_choice=PasswordChoice.OWN,
        chosen_in=None,
    )


def _without_address(one: Invitation) -> Invitation:
    state = InvitationState.VOID if one.state is InvitationState.OPEN else one.state
    return attrs.evolve(one, email="", first_name="", last_name="", state=state)


def _addressed(scene: Scene, person: Principal) -> Sequence[Invitation]:
    """
    Return what went to any address that *person* ever proved to be theirs, once all its tenants are guarded.

    What somebody merely wrote down is perhaps another one's, whose invitations and record are not theirs to end.
    """
    present = person.email_key if person.email_verified_at is not None else ""
    keys = sorted({present, *_former(scene.unit, person)} - {""})
    while keys:
        found = scene.unit.erasure.addressed(keys)
        unguarded = {one.tenant for one in found} - set(scene.heads)
        if not unguarded:
            return found
        for tenant in sorted(unguarded):
            scene.entering(tenant)
    return ()


def _former(unit: Unit, person: Principal) -> Iterator[str]:
    """Yield the keys of the verified addresses that the person's own record still knows, up to the present one."""
    after = 0
    while True:
        events = unit.events.read(person.id, after, SLICE)
        for event, private in events:
            replaced = "" if private is None else private.content.get("before", {}).get("email", "")
            if replaced and event.before.get("email_verified_at") is not None:
                yield names.email_key(replaced)
        if len(events) < SLICE:
            return
        after += SLICE
