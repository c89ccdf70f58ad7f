"""Links in the hands of a tenant: accepted, confirmed, ended from either side; and how others may join at all."""

from typing import ClassVar

import attrs

from tenantaccess.errors import IllegalTransitionError, InvalidInputError
from tenantaccess.model import words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.lifecycle import legal_from
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.rules import links, members, privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import (
    Change,
    Done,
    LastManager,
    MemberCommand,
    Plan,
    TenantCommand,
    require_grant_words,
)
from tenantaccess.services.members import granted, moved
from tenantaccess.services.scene import Scene, change, notice


@attrs.frozen
class AcceptLink(MemberCommand[Done]):
    """
    Let a link in that awaits acceptance.

    Who: an account manager, or the operator; nobody a row of their own or one that ever rested on their proof
    (MC-08, MC-09). From pending to active: with what was proven, or, for one that asked without a proof, with what
    is granted here. The person is told, and who was proven.

    Args:
        tenant: Where.
        member: Whom.
        grant: For a request without proof: a role, levels and segments; else nothing.

    Raises:
        IllegalTransitionError: nothing to accept, no link, or its proof no longer holds.
        GrantRefusedError: one's own row, or above what one holds.
        InvalidInputError: a grant for a link by proof, or none for one by consent.
    """

    name: ClassVar[str] = "accept_link"
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments."""
        require_grant_words(catalog, self.grant)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        row = guards.subject(scene, self.member)
        wanted = granted(row, scene, self.grant)
        guards.refuse_to_admit(scene, actor, row)
        guards.refuse_held_by_operator(scene, row)
        _require_origin(scene, row)
        if not guards.is_step(scene, row):
            return Plan(Done())
        if row.is_link:
            self._require_proof(scene, row)
            let_in = row.membership
        else:
            self._require_grant()
            guards.require_may_give(scene, actor, None, wanted)
            let_in = wanted.membership
        after = links.accepted(let_in, scene.now, scene.actor.id)
        return Plan(Done(changed=True), (change(row, after),), _both_told(scene, row, after))

    def _require_proof(self, scene: Scene, row: Row) -> None:
        if self.grant != NOTHING:
            raise InvalidInputError("grant", "must be nothing: a link by proof brings what was proven")
        if members.is_stale(row, scene.now, scene.policy):
            raise IllegalTransitionError(scene.name, Reason.STALE.value, ("join_link", "reject"))

    def _require_grant(self) -> None:
        if self.grant.role is None and not self.grant.levels:
            raise InvalidInputError("grant", "must name a role or levels")


def _require_origin(scene: Scene, row: Row) -> None:
    """Refuse what is no link."""
    if row.membership.origin is not Origin.LINKED:
        found = members.condition(row, scene.now, scene.policy)
        raise IllegalTransitionError(scene.name, found.value, legal_from(found))


def _both_told(scene: Scene, before: Row, after: Membership) -> tuple[Notice, ...]:
    """Return the notices to the person, and to whom the link rests on."""
    person = notice(scene, Audience.PERSON, after)
    resting = before.membership.resting
    if not before.is_link or resting is None:
        return (person,)
    return person, notice(scene, Audience.PERSON, after, recipient=resting.on)


@attrs.frozen
class ConfirmLink(MemberCommand[Done]):
    """
    Let a link stand alone, with what it effectively has now as explicit levels.

    Who: an account manager whose own row rests on nothing, or the operator; not who was proven, nor any link on the
    same proof. Every level it freezes is under the grant ceiling. The person and who was proven are told.

    Args:
        tenant: Where.
        member: Which link.

    Raises:
        IllegalTransitionError: no active link.
        GrantRefusedError: one's own row, one on one's own proof, or above what one holds.
    """

    name: ClassVar[str] = "confirm_link"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        guards.refuse_proven(scene, actor, row)
        _require_origin(scene, row)
        guards.require_step(scene, row)
        if not row.is_link:
            return Plan(Done())
        after = links.confirmed(row, scene.catalog)
        standing_alone = attrs.evolve(row, membership=after, role=None, base=None)
        guards.require_may_give(scene, actor, None, standing_alone)
        return Plan(Done(changed=True), (change(row, after),), _both_told(scene, row, after))


@attrs.frozen
class Unlink(MemberCommand[Done]):
    """
    End a link, from either side, at once (INV-28).

    Who: the person linked; the principal whose proof it rests on, manager or not; an account manager; the operator.
    To a tombstone. The other sides are told.

    Args:
        tenant: Where.
        member: Which link.
        note: Free text, for the record.
        last_manager: The operator's override of rule 5.

    Raises:
        IllegalTransitionError: no link.
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "unlink"
    note: str = attrs.field(default="", converter=words.note)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        is_side = self._is_side(scene)
        manager = None if is_side else guards.require_manager(scene, last_manager=self.last_manager)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, manager, [row])
        _require_origin(scene, row)
        plan = moved(scene, row, members.gone(row.membership, scene.now), self.note, self.last_manager)
        plan = invitation_voiding.shut_out(scene, row, plan)
        return attrs.evolve(plan, notices=self._told(scene, row, is_side=is_side))

    def _is_side(self, scene: Scene) -> bool:
        """Tell whether the person linked or the principal proven acts: neither needs to manage anything."""
        if scene.actor.kind is not ActorKind.MEMBER or self.last_manager is not LastManager.KEEP:
            return False
        actor = guards.require_member(scene)
        row = scene.present(self.member)
        return row is not None and (row.id == actor.id or privileges.is_proven_by(row, actor))

    def _told(self, scene: Scene, row: Row, *, is_side: bool) -> tuple[Notice, ...]:
        sides = _both_told(scene, row, members.gone(row.membership, scene.now))
        others = tuple(one for one in sides if (one.recipient or one.principal) != scene.actor.id)
        return (*others, notice(scene, Audience.MANAGERS, row.membership)) if is_side else others


@attrs.frozen
class ChangeLinking(TenantCommand[Done]):
    """
    Choose how usernames of others may join this tenant (MU-08).

    Who: an account manager whose own row rests on no other, for it says who may join, or the operator. Links that exist
    stay as they are. The managers are told.

    Args:
        tenant: Which.
        linking: Off, by proof, by consent of a manager, or by both: a proof, and then a manager's acceptance.

    Raises:
        AccessDeniedError: no account manager, or one whose own row rests on another.
    """

    name: ClassVar[str] = "change_linking"
    linking: Linking = attrs.field(kw_only=True, validator=words.exactly(Linking))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_manager(scene, admits=True)
        tenant = scene.tenant
        if tenant.linking is self.linking:
            return Plan(Done())
        after = attrs.evolve(tenant, linking=self.linking)
        told = notice(scene, Audience.MANAGERS, None, tenant=tenant.id)
        return Plan(Done(changed=True), (Change(tenant.id, tenant.id, tenant, after),), (told,))
