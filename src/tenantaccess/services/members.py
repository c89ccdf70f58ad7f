"""Members of one tenant: adding usernames, disabling, enabling, dating, leaving, removing, their contact details."""

from datetime import datetime
from typing import ClassVar, Final

import attrs

from tenantaccess.errors import (
    AccessDeniedError,
    IllegalTransitionError,
    InvalidInputError,
)
from tenantaccess.ids import PRINCIPAL, PrincipalId
from tenantaccess.model import moments, words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.lifecycle import legal_from
from tenantaccess.model.members import Authority, Contact, DisableReason, Membership, Origin, RestKind, Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import NewUsername, PasswordChoice, Principal
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.rules import members, privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import (
    Bench,
    Change,
    Done,
    Evidence,
    LastManager,
    MemberCommand,
    Plan,
    TenantCommand,
    hashed,
    require_grant_words,
)
from tenantaccess.services.scene import Scene, change, notice, require_tenant_segments, role_of


@attrs.frozen
class Added:
    """
    What adding a username answers.

    Args:
        principal_id: The new principal.
        version: Number of its event in the tenant's stream.
    """

    principal_id: PrincipalId
    version: int = 0


def granted(row: Row, scene: Scene, grant: Grant) -> Row:
    """Return *row* with exactly what *grant* says; `UnknownNameError` for a role or segment this tenant has not."""
    role = role_of(scene, grant.role)
    require_tenant_segments(scene, grant.segments)
    given = attrs.evolve(row.membership, role=grant.role, overrides=grant.levels, segments=grant.segments)
    return attrs.evolve(row, membership=given, role=role)


def new_principal(scene: Scene, newcomer: NewUsername, choice: PasswordChoice, own_email: str = "") -> Principal:
    """Return the principal of *newcomer*; whether the username is taken, the store says."""
    return Principal(
        id=PrincipalId(scene.ids.make(PRINCIPAL, "principal")),
        username=newcomer.username,
        email=own_email,
        password_choice=choice,
        chosen_in=scene.tenant.id if choice is PasswordChoice.MEMBER else None,
    )


def normal_contact(given: Contact) -> Contact:
    """Return contact details in the form that is stored, or raise `InvalidInputError`."""
    return Contact(
        words.text(given.first_name),
        words.text(given.last_name),
        words.optional_email(given.email),
        words.phone(given.phone),
    )


def contact_of(newcomer: NewUsername) -> Contact:
    """Return what the roster says about *newcomer*."""
    return Contact(newcomer.first_name, newcomer.last_name, newcomer.email, newcomer.phone)


DISABLE_LATER: Final = "disable_later"
"""What a notice is called of an end that is still to come."""


@attrs.frozen
class AddUsername(TenantCommand[Added]):
    """
    Create a username inside a tenant (*allow account access*, MU-03 to MU-05).

    Who: an account manager, or the operator. From nothing to active: whoever sets it up attests to it. Nobody is
    told. Until the person changes the password it rests on the row of the member who chose it (MC-17).

    Args:
        tenant: Where.
        newcomer: Username and password; its e-mail is a contact address only.
        grant: Role, levels and segments; nothing by default.

    Raises:
        TakenError: the username is in use, anywhere.
        GrantRefusedError: above what the actor holds.
        AccessDeniedError: no account manager, or one whose own row rests on another.
    """

    name: ClassVar[str] = "add_username"
    answers: ClassVar[type] = Added
    newcomer: NewUsername = attrs.field(validator=words.exactly(NewUsername))
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments."""
        require_grant_words(catalog, self.grant)

    def prepare(self, bench: Bench) -> Evidence:
        """Hash the password."""
        return hashed(bench, self.newcomer)

    def plan(self, scene: Scene) -> Plan[Added]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        chooser = PasswordChoice.OPERATOR if actor is None else PasswordChoice.MEMBER
        principal = new_principal(scene, self.newcomer, chooser)
        fresh = Membership(scene.tenant.id, principal.id, Origin.HOME, contact=contact_of(self.newcomer))
        vouched = members.attested(fresh, scene.now, scene.actor.id)
        if actor is not None:
            vouched = attrs.evolve(vouched, resting=members.resting_on(actor, RestKind.CHOSEN_PASSWORD))
        row = granted(Row(vouched, principal, base=actor), scene, self.grant)
        guards.require_free_username(scene, principal)
        guards.require_may_give(scene, actor, None, row)
        return Plan(
            Added(principal.id),
            (Change(principal.id, principal.id, None, principal), change(None, row.membership)),
            hashes={principal.id: scene.evidence.new_hash},
        )


@attrs.frozen
class Disable(MemberCommand[Done]):
    """
    End a member's access to this tenant, at once or from a moment on (AM-28).

    Who: an account manager, or the operator; nobody disables their own row (managers leave). From unverified,
    active, lapsed, ended or not yet valid to disabled. The operator's disable replaces a manager's. The person is
    told. Sessions are dead, and what rests on this row is stale.

    Args:
        tenant: Where.
        member: Whom.
        reason: Why, as a code.
        at: When, if later; it is then the row's end, not a disable, unless the row ends sooner anyway. The end is the
            operator's if the operator acts.
        note: Free text, for the record.
        last_manager: The operator's override of rule 5.

    Raises:
        IllegalTransitionError: pending and rejected rows are rejected, not disabled.
        AccessDeniedError: a manager would bring forward an end that the operator set.
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "disable"
    reason: DisableReason = attrs.field(default=DisableReason.LEFT, validator=words.exactly(DisableReason))
    at: datetime | None = attrs.field(default=None, converter=moments.optional_utc)
    note: str = attrs.field(default="", converter=words.note)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def __attrs_post_init__(self) -> None:
        if self.reason in {DisableReason.REJECTED, DisableReason.ENDED}:
            raise InvalidInputError("reason", "must be left, not_needed, security or other")

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        before = row.membership
        if not guards.is_step(scene, row) and not self._is_stronger(scene, before):
            return Plan(Done())
        if self.at is None or self.at <= scene.now:
            after = members.disabled(before, scene.now, scene.authority, self.reason)
            plan = moved(scene, row, after, self.note, self.last_manager)
            return invitation_voiding.shut_out(scene, row, plan)
        if members.has_ended(before, scene.now):
            if before.disabled is not None:
                return Plan(Done())
            raise IllegalTransitionError(scene.name, Reason.ENDED.value, legal_from(Reason.ENDED))
        after = members.ending(before, self.at, scene.authority)
        guards.refuse_operators_end(scene, before, after)
        plan = moved(scene, row, after, self.note, self.last_manager)
        later = (attrs.evolve(one, purpose=DISABLE_LATER) for one in plan.notices)
        return attrs.evolve(plan, notices=tuple(later))

    @staticmethod
    def _is_stronger(scene: Scene, before: Membership) -> bool:
        return scene.is_operator and before.disabled is not None and before.disabled.by is Authority.MANAGER


@attrs.frozen
class Enable(MemberCommand[Done]):
    """
    Lead a disabled, lapsed or ended member back (AM-27, AM-29).

    Who: an account manager, and the operator for what the operator disabled. To unverified, with a registration
    e-mail, where there is a mailbox to verify and the policy does not say active; else to active. A link that rests
    on its proof becomes unverified until it is proven anew, and is enabled by anybody but who was proven. Levels are
    as before and are not judged; the clock starts anew; sessions from before stay dead. The person is told.

    Args:
        tenant: Where.
        member: Whom.
        note: Free text, for the record.

    Raises:
        IllegalTransitionError: never approved.
        AccessDeniedError: only the operator may lead back what the operator disabled.
    """

    name: ClassVar[str] = "enable"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        guards.refuse_proven(scene, actor, row)
        if members.is_stale(row, scene.now, scene.policy):
            # Whose password it is takes nobody back in through it (INV-18).
            guards.refuse_carried(scene, actor, row)
        guards.refuse_held_by_operator(scene, row)
        if not guards.is_step(scene, row):
            return Plan(Done())
        if row.is_link and members.condition(row, scene.now, scene.policy) is Reason.STALE:
            # Nothing but a fresh proof revives a link: its staleness is no act that enabling could undo.
            raise IllegalTransitionError(scene.name, Reason.STALE.value, ("join_link", "remove", "unlink"))
        after = members.enabled(row, scene.now, scene.policy)
        mails = after.verified_at is None and not row.is_link
        return Plan(
            Done(changed=True),
            (change(row, after, self.note), *invitation_voiding.sent_by(scene, row)),
            (notice(scene, Audience.PERSON, after, token=TokenPurpose.REGISTRATION if mails else None),),
        )


@attrs.frozen
class SetDates(MemberCommand[Done]):
    """
    Set from when and until when a membership holds.

    Who: an account manager, or the operator; nobody their own, and whoever the row rests on may only narrow it. An end
    is the act of whoever set it: what the operator set, no manager moves or clears. A passed end is a standing disable
    that only enabling lifts (MC-06). What rests on the row begins no sooner, and is stale once the row has ended. The
    person is told.

    Args:
        tenant: Where.
        member: Whose.
        valid_from: Not before; None for no bound.
        valid_until: Not at or after; None for no bound; must lie ahead.
        last_manager: The operator's override of rule 5.

    Raises:
        AccessDeniedError: a manager would move or clear an end that the operator set.
        GrantRefusedError: one's own row, or one that rests on oneself and would hold longer.
        IllegalTransitionError: never approved, or ended.
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "set_dates"
    valid_from: datetime | None = attrs.field(default=None, converter=moments.optional_utc)
    valid_until: datetime | None = attrs.field(default=None, converter=moments.optional_utc)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        if self.valid_until is not None and self.valid_until <= (self.valid_from or scene.now):
            raise InvalidInputError("valid_until", "must lie after `valid_from`, and ahead")
        if self.valid_until is not None and self.valid_until <= scene.now:
            raise InvalidInputError("valid_until", "must lie ahead; to end access now, disable")
        after = members.dated(row.membership, self.valid_from, self.valid_until, scene.authority)
        if not members.is_narrower(after, row.membership):
            guards.refuse_carried(scene, actor, row)
        guards.refuse_operators_end(scene, row.membership, after)
        guards.require_step(scene, row)
        if members.has_ended(row.membership, scene.now):
            # Disabled as well as ended: still only enabling lifts the end (MC-06).
            raise IllegalTransitionError(scene.name, Reason.ENDED.value, legal_from(Reason.ENDED))
        return moved(scene, row, after, "", self.last_manager)


@attrs.frozen
class Leave(TenantCommand[Done]):
    """
    Give up one's own membership, in whatever state it is (AM-16).

    Who: the person. To a tombstone: a later return inherits nothing but a standing disable. The managers are told.

    Args:
        tenant: Which.
        note: Free text, for the record.

    Raises:
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "leave"
    note: str = attrs.field(default="", converter=words.note)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        if scene.actor.kind is not ActorKind.MEMBER:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=scene.name))
        row = guards.require_member(scene)
        plan = moved(scene, row, members.gone(row.membership, scene.now), self.note, told=Audience.MANAGERS)
        return invitation_voiding.shut_out(scene, row, plan)


@attrs.frozen
class Remove(MemberCommand[Done]):
    """
    Take a member out of the tenant for good (MU-16).

    Who: an account manager, or the operator; nobody their own row (leave). Any status to a tombstone. The person
    is told.

    Args:
        tenant: Where.
        member: Whom.
        note: Free text, for the record.
        last_manager: The operator's override of rule 5.
    """

    name: ClassVar[str] = "remove"
    note: str = attrs.field(default="", converter=words.note)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        row = guards.subject(scene, self.member)
        guards.refuse_own(scene, actor, [row])
        plan = moved(scene, row, members.gone(row.membership, scene.now), self.note, self.last_manager)
        return invitation_voiding.shut_out(scene, row, plan)


@attrs.frozen
class UpdateContact(MemberCommand[Done]):
    """
    Correct what the roster says about a member (AM-12).

    Who: an account manager, or the operator. Never the sign-in name, sign-in address or password, which other
    tenants share (INV-13). The person is told.

    Args:
        tenant: Where.
        member: Whose.
        contact: All of it, as it is to be.
    """

    name: ClassVar[str] = "update_contact"
    contact: Contact = attrs.field(kw_only=True, converter=normal_contact)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        return moved(scene, row, attrs.evolve(row.membership, contact=self.contact))


def moved(
    scene: Scene,
    row: Row,
    after: Membership,
    note: str = "",
    last_manager: LastManager = LastManager.KEEP,
    told: Audience = Audience.PERSON,
) -> Plan[Done]:
    """Plan one row's move to *after*: nothing if it is there, refused if nobody would be left to manage."""
    if after == row.membership:
        return Plan(Done())
    if last_manager is not LastManager.OVERRIDE and privileges.may_manage(row, scene.catalog):
        guards.require_managed(scene, {row.id: (row, attrs.evolve(row, membership=after))})
    return Plan(Done(changed=True), (change(row, after, note),), (notice(scene, told, after),))
