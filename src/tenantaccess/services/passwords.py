"""Passwords and own addresses: changing and resetting the one, changing and verifying the other."""

from typing import ClassVar, TypeVar

import attrs

from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    ProofRefusedError,
)
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model import names, words
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.attempts import AttemptKind, Tried, key_of
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.lifecycle import legal_from
from tenantaccess.model.members import Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.principals import Principal, Secret, new_password, prepared, secret
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.rules import members, passwords
from tenantaccess.services import guards
from tenantaccess.services.authentication import NOBODY
from tenantaccess.services.command import (
    NO_EVIDENCE,
    REUSED,
    Bench,
    Change,
    Command,
    Done,
    Evidence,
    Lookup,
    MemberCommand,
    Plan,
    PublicCommand,
    SecretCommand,
)
from tenantaccess.services.redeeming import RedeemingCommand, alive, person_of, redeemable, token_digest
from tenantaccess.services.scene import Scene, change, notice
from tenantaccess.services.timing import now_of

R = TypeVar("R")


@attrs.frozen
class PasswordChanged(Done):
    """
    What choosing another password answers, also where its key is repeated.

    Args:
        epoch: Of the person, as it was written with it: `SignedIn.epoch` of the session it was given in from then on.
    """

    epoch: int = 0

    def continues(self, epoch: int) -> bool:
        """Tell whether a session under *epoch* lived until this very change, so that it goes on under the new one."""
        return epoch == self.epoch - 1


@attrs.frozen
class ChangePassword(SecretCommand[PasswordChanged]):
    """
    Choose a password of one's own.

    Who: the person. Never refused by rule 5. In time, it ends the resting of a username on whoever chose its
    password; too late, it lifts nothing (MC-17). What rests on the password itself becomes stale after a grace
    period, as the policy says. Every session ends; the one that it was given in goes on under the epoch that is
    answered. The person is told.

    Args:
        current: The password so far.
        new: The new one.
        source: Where the attempt comes from, such as an address that the host vouches for.

    Raises:
        ProofRefusedError: the current password is wrong.
        TooManyAttemptsError: before anything was verified; it counts with signing in.
        ConflictError: the key chose another password, or it is no longer the person's.
        MisuseError: inside a host's transaction, whose rollback would undo the counting of guesses.
    """

    name: ClassVar[str] = "change_password"
    answers: ClassVar[type] = PasswordChanged
    is_durable: ClassVar[bool] = True
    current: Secret = attrs.field(converter=secret, eq=False)
    new: Secret = attrs.field(converter=new_password, eq=False)
    source: str | None = attrs.field(default=None, converter=words.optional_source)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the person's stream."""
        return PrincipalId(lookup.actor.id)

    def prepare(self, bench: Bench) -> Evidence:
        """Count the attempt, verify the current password and hash the new one, outside any unit of work."""
        if bench.actor.kind is not ActorKind.MEMBER:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=self.name))
        person = PrincipalId(bench.actor.id)
        found, stored = _tried(bench, person, self.current, ProofRefusedError(), self.source)
        called = () if found is None else _names(found)
        return Evidence(new_hash=bench.hasher.chosen(self.new, *called), proven_hash=stored)

    def repeat(self, bench: Bench) -> None:
        """Look whether the new password is the one chosen then: a guess at it, and counted as one."""
        _tried(bench, PrincipalId(bench.actor.id), self.new, ConflictError(REUSED), self.source)

    def plan(self, scene: Scene) -> Plan[PasswordChanged]:
        """See the class."""
        before = scene.principal(PrincipalId(scene.actor.id))
        if self.new.reveal() == prepared(self.current).reveal():
            raise InvalidInputError("new", "must not be the password so far")
        if before.suspended_at is not None:
            raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about=scene.name))
        if scene.unit.credentials.find(before.id) != scene.evidence.proven_hash:
            raise ProofRefusedError
        after = passwords.chosen(before, scene.now)
        return _with_password(scene, before, after, PasswordChanged(changed=True, epoch=after.access_epoch))


@attrs.frozen
class SendPasswordReset(MemberCommand[Done]):
    """
    Mail a member a link with which it chooses a new password; nobody else sees the secret (AM-31).

    Who: an account manager, or the operator; one's own row too. Only an active member whose own address is
    verified. The link before dies when the new one is minted.

    Args:
        tenant: Where.
        member: Whom.

    Raises:
        IllegalTransitionError: not active, or no verified address to mail it to.
        TooManyAttemptsError: a manager had mailed this member, or others, too often; a preflight does not count.
    """

    name: ClassVar[str] = "send_password_reset"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        guards.require_step(scene, row)
        if row.principal.email_verified_at is None:
            raise IllegalTransitionError(scene.name, Reason.UNVERIFIED.value, legal_from(Reason.UNVERIFIED))
        sent = Change(scene.tenant.id, row.id, row.membership, row.membership)
        told = notice(scene, Audience.PERSON, row.membership, token=TokenPurpose.RESET)
        return Plan(Done(changed=True), (sent,), (told,), limits=guards.mail_limits(scene, actor, row.id))


@attrs.frozen
class RequestPasswordReset(PublicCommand[Done]):
    """
    Ask for a link with which to choose a new password, for whoever has forgotten the one so far.

    Who: anybody. The answer is the same whether there is such a username or not, and never says that anything
    changed; the link goes to the verified address of the person alone.

    Args:
        username: As typed.
        source: Where the request comes from, such as an address that the host vouches for.

    Raises:
        TooManyAttemptsError: asked too often, for this username or from this source.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "request_password_reset"
    is_durable: ClassVar[bool] = True
    username: str = attrs.field(converter=names.username)
    source: str | None = attrs.field(default=None, converter=words.optional_source)

    @property
    def is_mute(self) -> bool:
        """Always: whether there is such a username is not told."""
        return True

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the person, if there is one."""
        return lookup.unit.principals.find_by_username(names.username_key(self.username))

    def prepare(self, bench: Bench) -> Evidence:
        """Count the request."""
        bench.attempts.counted(Tried.RESET, target=names.username_key(self.username), source=self.source)
        return NO_EVIDENCE

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        known = scene.unit.principals.find_by_username(names.username_key(self.username))
        found = None if known is None else scene.unit.principals.find(known)
        if found is None:
            return Plan(Done())
        person, head = found
        # Who is erased between the two questions has no verified address, and nobody is told that they were there.
        if person.suspended_at is not None or person.email_verified_at is None:
            return Plan(Done())
        scene.rely_on(head)
        told = notice(scene, Audience.PERSON, None, person.id, token=TokenPurpose.RESET)
        return Plan(Done(), (Change(person.id, person.id, person, person),), (told,))


@attrs.frozen
class ResetPassword(RedeemingCommand[Done], SecretCommand[Done]):
    """
    Choose a new password with the secret that was mailed.

    Who: whoever holds it; it works once, within an hour. Every session ends, and what rested on whoever chose the
    password stands alone, if in time. Guesses that were counted on the username are forgotten with the password that
    they were at. The person is told. Call it on a POST only: mail scanners follow links.

    Args:
        token: The secret.
        new: The new password.

    Raises:
        ProofRefusedError: wrong, used, expired, replaced, or the password or address changed since: all alike.
        ConflictError: the key chose another password, or it is no longer the person's.
        TooManyAttemptsError: a key was repeated too often for another password.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "reset_password"
    new: Secret = attrs.field(converter=new_password, eq=False)

    def prepare(self, bench: Bench) -> Evidence:
        """Digest the secret, and judge and hash the new password only if it opens this: a dead one tells no name."""
        digest = token_digest(self.token)
        with bench.store.reading() as unit:
            token, (person, _) = alive(unit, digest, TokenPurpose.RESET, now_of(bench.clock))
        if not passwords.may_reset(token, person):
            raise ProofRefusedError
        return Evidence(new_hash=bench.hasher.chosen(self.new, *_names(person)), digest=digest)

    def repeat(self, bench: Bench) -> None:
        """Look whether the new password is the one chosen then: a guess at it, and counted as one."""
        with bench.store.reading() as unit:
            token = unit.tokens.find(token_digest(self.token))
        # What it was for may have been forgotten since the record was read: then it is a guess at nothing.
        person = NOBODY if token is None else token.principal or NOBODY
        _tried(bench, person, self.new, ConflictError(REUSED))

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the person the token is for."""
        return person_of(lookup, self.token)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        token, before = redeemable(scene, TokenPurpose.RESET)
        if not passwords.may_reset(token, before):
            raise ProofRefusedError
        changed = _with_password(scene, before, passwords.chosen(before, scene.now), Done(changed=True))
        # Guesses were at a password that is no more, and whoever makes them does not read this mailbox.
        guessed = key_of(Tried.PASSWORD, AttemptKind.TARGET, before.username_key)
        return attrs.evolve(changed, redeems=token, lifts=(guessed,))


@attrs.frozen
class SignOutEverywhere(Command[Done]):
    """
    End every session of one's own, wherever it is: what a lost device or a copied cookie still holds is dead for good.

    Who: the person. Contexts end with it, the one it was given in included.

    Raises:
        AccessDeniedError: not signed in, suspended, or a service.
    """

    name: ClassVar[str] = "sign_out_everywhere"

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the person's stream."""
        return PrincipalId(lookup.actor.id)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        before = guards.require_oneself(scene)
        after = attrs.evolve(before, access_epoch=before.access_epoch + 1)
        return Plan(Done(changed=True), (Change(before.id, before.id, before, after),))


def _tried(
    bench: Bench, person: PrincipalId, password: Secret, refusal: Exception, source: str | None = None
) -> tuple[Principal | None, str]:
    """Count an attempt and verify *password*; return whose it is, and the hash it was verified against."""
    with bench.store.reading() as unit:
        found, stored = unit.principals.find(person), unit.credentials.find(person) or ""
    principal = None if found is None else found[0]
    target = None if principal is None else principal.username_key
    actor = person if bench.actor.kind is ActorKind.MEMBER else None
    counted = bench.attempts.counted(Tried.PASSWORD, target=target, actor=actor, source=source)
    if not bench.hasher.verify(password, stored):
        raise refusal
    bench.attempts.give_back(counted)
    return principal, stored


def _names(person: Principal) -> tuple[str, str]:
    return person.username, person.email


def _with_password(scene: Scene, before: Principal, after: Principal, answer: R) -> Plan[R]:
    """Plan a new password: the rows that rested on whoever chose the old one stand alone, if in time."""
    changes = [Change(before.id, before.id, before, after)]
    for tenant, row in scene.unit.queries.of_principal(before.id):
        if row.membership.resting is not None:
            changes.extend(_standing_alone(scene, tenant, row))
    told = notice(scene, Audience.PERSON, None, before.id)
    return Plan(answer, tuple(changes), (told,), {before.id: scene.evidence.new_hash})


def _standing_alone(scene: Scene, tenant: Tenant, row: Row) -> list[Change]:
    found = scene.entering(tenant.id, row.id).present(row.id)
    if found is None:  # gone since it was listed, which is no reason to refuse
        return []
    after = members.password_changed(found, scene.now, scene.policy)
    return [] if after == found.membership else [change(found, after)]
