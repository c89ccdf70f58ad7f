"""Adopting one person: somebody whom the host knew already becomes an active member."""

from typing import ClassVar

import attrs

from tenantaccess.errors import IllegalTransitionError, InvalidInputError, TakenError
from tenantaccess.ids import PRINCIPAL, PrincipalId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.adoption import Known, NewPerson
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.lifecycle import LIFECYCLE
from tenantaccess.model.members import NO_CONTACT, Contact, Membership, Origin, Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import Principal
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.rules import adoption, members, privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import Change, Plan, TenantCommand, require_grant_words
from tenantaccess.services.members import granted, normal_contact
from tenantaccess.services.scene import Scene, change, notice


@attrs.frozen
class Adopted:
    """
    What adopting somebody answers.

    Args:
        principal: Who; None where an earlier call under the same key says only that there was nothing to do.
        changed: False if they were an active member already, or had been adopted before.
        version: Number of the event in the tenant's stream; 0 if none.
    """

    principal: PrincipalId | None = None
    changed: bool = False
    version: int = 0


def _person(_: object, attribute: "attrs.Attribute[NewPerson | PrincipalId]", value: object) -> None:
    if not (isinstance(value, NewPerson) or is_id(value, PRINCIPAL)):
        raise InvalidInputError(attribute.name, "must be a new person, or the id of a principal")


@attrs.frozen
class Adopt(TenantCommand[Adopted]):
    """
    Take over somebody who used the host's application before it had this library.

    Who: the operator, who attests to it. From any state but active and what the operator itself disabled, to active
    with exactly what is granted; whoever is active already keeps what they hold. The person is told. `access.adoption`
    does it for many at once.

    Args:
        tenant: Where.
        person: A principal to create, or an existing one.
        grant: Role, levels and segments; nothing by default.
        contact: For the roster, where it says nothing yet about an existing principal.
        known: What it means that the username of a new person is in use.

    Raises:
        TakenError: the username is somebody else's: as `known` says, because the addresses differ, or because it was
            not the operator who made it, and it has not verified the address that the host knows.
        IllegalTransitionError: the operator disabled this membership; enable it first.
        NotFoundError: no such principal.
        AccessDeniedError: a service, which is no person.
        LastManagerError: nobody would manage any more, since who does rests on this membership's levels.
    """

    name: ClassVar[str] = "adopt"
    answers: ClassVar[type] = Adopted
    person: NewPerson | PrincipalId = attrs.field(validator=_person)
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))
    contact: Contact = attrs.field(default=NO_CONTACT, converter=normal_contact)
    known: Known = attrs.field(default=Known.REFUSE, validator=words.exactly(Known))

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments."""
        require_grant_words(catalog, self.grant)

    def plan(self, scene: Scene) -> Plan[Adopted]:
        """See the class."""
        guards.require_operator(scene)
        guards.require_not_closed(scene)
        principal, created = self._principal(scene)
        # Whoever is made here is nowhere yet: there is nothing more to load.
        there = scene if created else scene.entering(self.tenant, principal.id)
        before = there.find(principal.id)
        if before is not None and self._is_idle(there, before):
            return Plan(Adopted(principal.id))
        if isinstance(self.person, NewPerson) and not created:
            _require_person(there, principal, self.person)
        row = granted(self._start(before, principal), there, self.grant)
        after = adoption.adopted(row, there.now, there.actor.id, there.policy)
        if before is not None and privileges.may_manage(before, there.catalog):
            # Who has lapsed counts for nothing; what rests on them manages on through their levels.
            stands = attrs.evolve(row, membership=after, base=None)
            guards.require_managed(there, {principal.id: (before, stands)})
        stored = self.person.stored_hash if created and isinstance(self.person, NewPerson) else None
        plan = Plan(
            Adopted(principal.id, changed=True),
            (*created, change(before, after)),
            (notice(there, Audience.PERSON, after),),
            {} if stored is None else {principal.id: stored.reveal()},
        )
        return plan if before is None else invitation_voiding.silenced(there, [before], plan)

    def _principal(self, scene: Scene) -> tuple[Principal, tuple[Change, ...]]:
        """Return whom this is about, and its creation if it is new."""
        if not isinstance(self.person, NewPerson):
            found = scene.principal(self.person)
            guards.require_human(scene, found)
            return found, ()
        known = scene.unit.principals.find_by_username(names.username_key(self.person.username))
        if known is None:
            made = Principal(
                id=PrincipalId(scene.ids.make(PRINCIPAL, "principal")),
                username=self.person.username,
                email=self.person.email,
                email_verified_at=scene.now if self.person.email_is_verified else None,
            )
            return made, (Change(made.id, made.id, None, made),)
        found = scene.principal(known)
        if self.known is Known.REFUSE or not adoption.is_same_person(found, self.person.email_key):
            raise TakenError("username")
        guards.require_human(scene, found)
        return found, ()

    def _is_idle(self, scene: Scene, before: Row) -> bool:
        """Tell whether there is nothing to do; refuse whom only the operator's own enabling leads back (MC-11)."""
        facts = before.membership
        if self.known is Known.ADOPT and facts.origin is Origin.ADOPTED:
            return True
        if members.is_held_by_operator(facts, scene.now):
            leads_back = ("enable",) if facts.gone_at is None else ("request_access",)
            raise IllegalTransitionError(scene.name, Reason.DISABLED.value, leads_back)
        return members.condition(before, scene.now, scene.policy) in LIFECYCLE[scene.name].idle

    def _start(self, before: Row | None, principal: Principal) -> Row:
        """Return the row that is adopted, before anything is granted: as it is, returning, or fresh."""
        contact = self._contact()
        if before is None:
            fresh = Membership(self.tenant, principal.id, Origin.ADOPTED, contact=contact)
            return Row(fresh, principal)
        facts = before.membership
        if facts.gone_at is not None:
            facts = members.returning(facts, Origin.ADOPTED)
        if facts.contact == NO_CONTACT:
            facts = attrs.evolve(facts, contact=contact)
        return attrs.evolve(before, membership=facts)

    def _contact(self) -> Contact:
        if not isinstance(self.person, NewPerson) or self.contact != NO_CONTACT:
            return self.contact
        return Contact(self.person.first_name, self.person.last_name, self.person.email, self.person.phone)


def _require_person(scene: Scene, known: Principal, person: NewPerson) -> None:
    """
    Refuse a username that anybody could have chosen before the people who are adopted came.

    Raises:
        TakenError: a member or a newcomer made it, and it has not verified the address that the host knows.
    """
    if adoption.is_proven_person(known, person.email_key):
        return
    first = scene.unit.events.read(known.id, 0, 1)
    # Whose record does not begin with being made was the host's own user before: nobody but the host made it.
    if first and not first[0][0].before and first[0][0].actor.kind is not ActorKind.OPERATOR:
        raise TakenError("username")
