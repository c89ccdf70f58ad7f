"""
The one door for every change: prepare, load, plan, guard, write, record, tell, commit.

Nothing else in the library writes to a tenant, and a preflight runs the same plan without writing.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import attrs

from tenantaccess.codec import changed, changed_privately, plain, structured
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    RefusedError,
    StoreError,
    TakenError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model import names
from tenantaccess.model.actors import Actor, ActorKind, By, actor_of
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Catalog, Role
from tenantaccess.model.decisions import ALLOWED, Decision, Reason, denied
from tenantaccess.model.members import Membership
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock, Entropy, PasswordHasher
from tenantaccess.rules import audit
from tenantaccess.services.command import (
    NO_EVIDENCE,
    Bench,
    Change,
    Command,
    Evidence,
    Ids,
    Lookup,
    Plan,
    PublicCommand,
    TenantCommand,
)
from tenantaccess.services.scene import Scene
from tenantaccess.services.timing import now_of

R = TypeVar("R")
Hook = Callable[[Sequence[Event]], None]

TRIES: Final = 12
"""How often a command is tried when others commit in between; with the stream locked from the second try on."""
HOSTED_TRIES: Final = 2
"""Inside a host's transaction: a second try helps where newer facts can be seen, a third never does."""
BULK_LIMIT: Final = 1_000


class _MovedOnError(Exception):
    """Somebody committed to a stream in between."""


class _TurnedDownError(Exception):
    """One command of a call was refused, for good."""

    def __init__(self, call: "_Call", refusal: RefusedError) -> None:
        super().__init__()
        self.call = call
        self.refusal = refusal


@attrs.frozen
class _Call:
    """One command on its way: who, under which key, and what was prepared."""

    command: Command[Any]
    actor: Actor
    key: str
    evidence: Evidence
    wanted_key: bool

    @property
    def ids(self) -> Ids:
        return Ids(f"{self.actor.key}\n{self.key}")

    @property
    def digest(self) -> str:
        """What tells a repeated call from another one under the same key; keyed, so that it tells nobody else."""
        text = json.dumps([self.command.name, plain(self.command), self.command.fingerprint()], sort_keys=True)
        return hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()


@attrs.frozen
class Pipeline:
    """
    Runs commands.

    Args:
        store: Where everything lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: Tells the time.
        entropy: Makes keys and salts.
        hasher: For passwords.
        hooks: Called with the events of a command after it has committed; not inside a host's transaction.
    """

    store: Store
    catalog: Catalog
    policy: Policy
    clock: Clock
    entropy: Entropy
    hasher: PasswordHasher
    hooks: list[Hook] = attrs.field(factory=list)

    def execute_all(self, commands: Sequence[Command[R]], by: By | None, key: str | None = None) -> list[R]:
        """
        Run *commands* in order in one unit of work: all or nothing.

        Args:
            commands: At most 1,000.
            by: Who acts; None only for public commands.
            key: Idempotency key; a repeated call with the same one answers as the first did, before it proves
                anything anew.

        Raises:
            TenantAccessError: what each command says; then none of them happened.
            ConflictError: others kept committing in between, or the key was used for another command.
            MisuseError: a durable command inside a host's transaction.
        """
        if len(commands) > BULK_LIMIT:
            raise InvalidInputError("commands", f"must be at most {BULK_LIMIT}")
        calls = [self._call(command, by, key, place) for place, command in enumerate(commands)]
        if key is not None and calls:
            with self.store.reading() as unit:
                earlier = [self._repeated(unit, call) for call in calls]
            if None not in earlier:
                return earlier
        try:
            return self._attempted([self._prepared(call) for call in calls])
        except _TurnedDownError as turned_down:
            self._log(turned_down.call, turned_down.refusal)
            raise turned_down.refusal from None

    def may(self, command: Command[Any], by: By | None) -> Decision:
        """Answer what would happen to *command*, by the same plan and for the same reasons (rule 10)."""
        if command.is_durable:
            raise MisuseError(f"`{command.name}` redeems a proof and has no preflight; execute it")
        try:
            actor = _admitted(command, by)
        except AccessDeniedError as refusal:
            return refusal.decision
        command.require_words(self.catalog)
        call = _Call(command, actor, self.entropy.token(), NO_EVIDENCE, wanted_key=False)
        with self.store.reading() as unit:
            try:
                self._planned(unit, call)
            except RefusedError as refusal:
                return decision_of(refusal, command.name)
        return ALLOWED

    def _call(self, command: Command[Any], by: By | None, key: str | None, place: int) -> _Call:
        if command.is_durable and self.store.is_hosted:
            raise MisuseError(
                f"run `{command.name}` outside the transaction: its rollback would undo what limits guessing"
            )
        actor = _admitted(command, by)
        command.require_words(self.catalog)
        whole = self.entropy.token() if key is None else names.key("key", key)
        return _Call(command, actor, f"{whole}/{place}" if place else whole, NO_EVIDENCE, key is not None)

    def _prepared(self, call: _Call) -> _Call:
        try:
            evidence = call.command.prepare(Bench(self.store, self.hasher, call.actor, self.catalog))
        except RefusedError as refusal:
            raise _TurnedDownError(call, refusal) from refusal
        return attrs.evolve(call, evidence=evidence)

    def _attempted(self, calls: Sequence[_Call]) -> list[Any]:
        tries = HOSTED_TRIES if self.store.is_hosted else TRIES
        for attempt in range(tries):
            try:
                return self._once(calls, locking=attempt > 0)
            except _MovedOnError:
                continue
            except ConflictError as conflict:
                if not conflict.retryable or attempt + 1 == tries:
                    raise
        raise ConflictError("the tenant", retryable=True)

    def _once(self, calls: Sequence[_Call], *, locking: bool) -> list[Any]:
        events: list[Event] = []
        with self.store.begin() as unit:
            for call in calls if locking else ():
                stream = call.command.stream(self._lookup(unit, call))
                if stream is not None:
                    unit.streams.lock(stream)
            answers = [self._stepped(unit, call, events) for call in calls]
            try:
                unit.commit()
            except StoreError as unknown:
                return self._found_out(calls, unknown)
        if not self.store.is_hosted and events:
            for hook in self.hooks:
                hook(events)
        return answers

    def _found_out(self, calls: Sequence[_Call], unknown: StoreError) -> list[Any]:
        """The commit's outcome is unknown: look whether the events are there; if not, the error stands."""
        with self.store.reading() as unit:
            found = [self._repeated(unit, call) for call in calls]
        if any(answer is None for answer in found):
            raise unknown
        return found

    def _stepped(self, unit: Unit, call: _Call, events: list[Event]) -> object:
        try:
            return self._step(unit, call, events)
        except ConflictError:
            raise
        except RefusedError as refusal:
            raise _TurnedDownError(call, refusal) from refusal

    def _step(self, unit: Unit, call: _Call, events: list[Event]) -> object:
        if call.wanted_key:
            repeated = self._repeated(unit, call)
            if repeated is not None:
                return repeated
        scene, plan = self._planned(unit, call)
        if not plan.changes:
            return plan.answer
        written, private, heads = self._sealed(scene, call, plan)
        for stream in sorted(heads):
            if not unit.streams.advance(scene.heads.get(stream, Head(stream)), heads[stream]):
                raise _MovedOnError
        for change in plan.changes:
            _write(unit, change, heads)
        for role in plan.presets:
            unit.roles.add(written[0].stream, role)  # type: ignore[arg-type]  # presets come with a new tenant only
        for principal, stored in plan.hashes.items():
            unit.credentials.put(principal, stored)
        unit.events.append(written, private)
        if plan.notices:
            unit.notices.add(plan.notices)
        events.extend(written)
        return _answer(plan.answer, _version(written, plan))

    def _planned(self, unit: Unit, call: _Call) -> tuple[Scene, Plan[Any]]:
        command = call.command
        now = now_of(self.clock)
        scene = Scene(unit, command.name, call.actor, now, self.catalog, self.policy, call.ids, call.evidence)
        try:
            if isinstance(command, TenantCommand):
                actor = (PrincipalId(call.actor.id),) if call.actor.kind is ActorKind.MEMBER else ()
                scene.enter(command.tenant, (*actor, *command.named()))
            return scene, command.plan(scene)
        except RefusedError:
            # A refusal, too, is only given on facts of one version: they may have been read in several statements.
            for stream, head in scene.heads.items():
                if unit.streams.head(stream) != head:
                    raise _MovedOnError from None
            raise

    def _sealed(
        self, scene: Scene, call: _Call, plan: Plan[Any]
    ) -> tuple[list[Event], list[PrivatePart], dict[StreamId, Head]]:
        events: list[Event] = []
        private: list[PrivatePart] = []
        heads: dict[StreamId, Head] = {}
        for change in plan.changes:
            head = heads.get(change.stream) or scene.heads.get(change.stream, Head(change.stream))
            content = changed_privately(change.before, change.after)
            if change.note:
                content["note"] = change.note
            salt = self.entropy.token() if content else ""
            before, after = _told(change)
            draft = Event(
                stream=change.stream,
                number=0,
                kind=call.command.name,
                at=scene.now,
                actor=call.actor,
                subject=change.subject,
                before=before,
                after=after,
                key=call.key,
                command=call.digest,
                result=plain(plan.answer),
                private_digest=audit.private_digest(salt, content) if content else "",
            )
            event, heads[change.stream] = audit.sealed(draft, head)
            events.append(event)
            if content:
                private.append(PrivatePart(event.stream, event.number, salt, content))
        return events, private, heads

    def _lookup(self, unit: Unit, call: _Call) -> Lookup:
        return Lookup(unit, call.actor, call.ids, self.catalog)

    def _repeated(self, unit: Unit, call: _Call) -> Any:  # noqa: ANN401  # each command says what it answers
        """Return what an earlier call with this key answered; None if there was none that changed anything."""
        stream = call.command.stream(self._lookup(unit, call))
        event = None if stream is None else unit.events.find_key(stream, call.actor.key, call.key)
        if event is None:
            return None
        if not hmac.compare_digest(event.command, call.digest):
            raise ConflictError("the key was used for another command; what it stands for")
        return _answer(structured(event.result, call.command.answers), event.number)

    def _log(self, call: _Call, refusal: RefusedError) -> None:
        """Write down a refused command, in a unit of its own: the refused one is undone."""
        if self.store.is_hosted:
            return
        reason = decision_of(refusal, call.command.name).reasons[0].value
        now = now_of(self.clock)
        with self.store.begin() as unit:
            stream = call.command.stream(self._lookup(unit, call))
            if stream is None:
                return
            about = str(getattr(call.command, "member", ""))
            unit.access_log.record(
                AccessEntry(stream, call.actor, f"refused:{call.command.name}", reason, about, now, now)
            )
            unit.commit()


def _admitted(command: Command[Any], by: By | None) -> Actor:
    """Refuse whoever is not signed in, before anything is read: what exists looks like what does not (INV-11, A03)."""
    actor = actor_of(by)
    if actor.kind is ActorKind.PUBLIC and not isinstance(command, PublicCommand):
        raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=command.name))
    return actor


def _told(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the event says was and is: the changed facts, and with a row always its last activity."""
    before, after = changed(change.before, change.after)
    if isinstance(change.before, Membership):
        # Activity is written outside the version; the record as of a date needs to know it at each event.
        before["last_active_at"] = plain(change.before.last_active_at)
    return before, {**after, **change.detail}


def _answer(answer: Any, version: int) -> Any:  # noqa: ANN401  # each command says what it answers
    """Complete an answer with the version it led to, unless it is one that must not tell (a receipt)."""
    return attrs.evolve(answer, version=version) if hasattr(answer, "version") else answer


def _version(events: Sequence[Event], plan: Plan[Any]) -> int:
    streams = {change.stream for change in plan.changes if not isinstance(change.after, Principal)}
    return next((event.number for event in events if event.stream in streams), events[0].number)


def _write(unit: Unit, change: Change, heads: dict[StreamId, Head]) -> None:
    match change.before, change.after:
        case None, Tenant() as tenant:
            unit.tenants.add(tenant, heads[tenant.id])
        case Tenant(), Tenant() as tenant:
            unit.tenants.put(tenant)
        case None, Principal() as principal:
            unit.principals.add(principal, heads[principal.id])
        case Principal(), Principal() as principal:
            unit.principals.put(principal)
        case (None | Membership()) as before, Membership() as after:
            if after != before:
                unit.memberships.put(after, before)
        case None, Role() as role:
            unit.roles.add(change.stream, role)  # type: ignore[arg-type]  # roles live in tenants' streams
        case Role(), Role() as role:
            unit.roles.put(change.stream, role)  # type: ignore[arg-type]  # as above
        case Role() as role, None:
            unit.roles.remove(change.stream, role.key)  # type: ignore[arg-type]  # as above
        case _:
            raise MisuseError("a change leads from a record to one of its kind")


def decision_of(refusal: RefusedError, about: str) -> Decision:
    """Return the Decision that a refusal amounts to: preflight equals command."""
    match refusal:
        case AccessDeniedError(decision=decision):
            return decision
        case NotFoundError():
            return denied(Reason.NOT_FOUND, about=about)
        case IllegalTransitionError():
            return denied(Reason.ILLEGAL_STEP, about=about)
        case LastManagerError():
            return denied(Reason.LAST_MANAGER, about=about)
        case TakenError():
            return denied(Reason.TAKEN, about=about)
        case ProofRefusedError():
            return denied(Reason.PROOF_REFUSED, about=about)
        case TooManyAttemptsError():
            return denied(Reason.TOO_MANY_ATTEMPTS, about=about)
        case _:
            return denied(Reason.CHANGED, about=about)
