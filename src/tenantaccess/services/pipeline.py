"""
The one door for every change: prepare, load, plan, guard, write, record, tell, commit.

Nothing else in the library writes to a tenant, and a preflight runs the same plan without writing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import attrs

from tenantaccess.codec import structured
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    InvalidInputError,
    MisuseError,
    ProofRefusedError,
    RefusedError,
    StoreError,
)
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model import names
from tenantaccess.model.actors import Actor, ActorKind, By, actor_of
from tenantaccess.model.audit import Event
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import ALLOWED, Decision, Reason, denied
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock, Entropy
from tenantaccess.services import sessions
from tenantaccess.services.attempts import Attempts, count, lift
from tenantaccess.services.calls import Call, answered, is_kept, is_of, sealed, together, version_of
from tenantaccess.services.command import (
    NO_EVIDENCE,
    REUSED,
    Bench,
    Command,
    Lookup,
    Plan,
    PublicCommand,
    SecretCommand,
    TenantCommand,
)
from tenantaccess.services.hashing import PreparingHasher
from tenantaccess.services.holding import has_moved
from tenantaccess.services.hooks import Hook, tell
from tenantaccess.services.refusals import decision_of, write_down
from tenantaccess.services.scene import Scene
from tenantaccess.services.timing import now_of
from tenantaccess.services.writing import MovedOnError, erase, write

R = TypeVar("R")
T = TypeVar("T")

TRIES: Final = 12
"""How often a command is tried when others commit in between; with the stream locked from the second try on."""
HOSTED_TRIES: Final = 2
"""Inside a host's transaction: a second try helps where newer facts can be seen, a third never does."""
BULK_LIMIT: Final = 1_000


class _RepeatedError(ConflictError):
    """Another call under this key was first, after what this one proves was looked at."""


class _TurnedDownError(Exception):
    """One command of a call was refused, for good."""

    def __init__(self, call: Call, refusal: RefusedError) -> None:
        super().__init__()
        self.call = call
        self.refusal = refusal


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
        hooks: Called with the events of a call after it has committed, outside any unit; see `hooks.tell`.
    """

    store: Store
    catalog: Catalog
    policy: Policy
    clock: Clock
    entropy: Entropy
    hasher: PreparingHasher
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
            ConflictError: others kept committing in between, or the key was used for other commands.
            MisuseError: a durable command inside a host's transaction.
        """
        _require_few(commands)
        calls = together([self._call(command, by, key, place) for place, command in enumerate(commands)])
        if key is None or any(call.command.is_mute for call in calls):
            return self._run(calls)
        try:
            return self._repeated_all(calls) or self._run(calls)
        except _RepeatedError:
            return self._repeated_all(calls) or self._run(calls)

    def execute_each(self, commands: Sequence[Command[R]], by: By | None, keys: Sequence[str | None]) -> list[R]:
        """
        Run *commands* in order in one unit of work, each under a key of its own, if it has one: all or nothing.

        What an earlier call did under its key, in whatever company, answers as it did then; the rest is done now.

        Raises:
            TenantAccessError: as `execute_all`.
        """
        _require_few(commands)
        return self._run([self._call(command, by, key, 0) for command, key in zip(commands, keys, strict=True)])

    def _run(self, calls: Sequence[Call]) -> list[Any]:
        with self._writing_down():
            answers, events = self._attempted([self._prepared(call) for call in calls])
        tell(self.store, self.hooks, events)
        return answers

    def _repeated_all(self, calls: Sequence[Call]) -> list[Any] | None:
        """Return what an earlier call with this key answered, once its secrets are found to be said again; or None."""
        with self.store.reading() as unit:
            earlier = self._earlier(unit, calls)
        if earlier is not None:
            with self._writing_down():
                for call in calls:
                    if isinstance(call.command, SecretCommand):
                        self._at_bench(call, call.command.repeat)
        return earlier

    @contextmanager
    def _writing_down(self) -> Iterator[None]:
        try:
            yield
        except _TurnedDownError as turned_down:
            write_down(self.store, turned_down.call, turned_down.refusal, self.catalog, now_of(self.clock))
            raise turned_down.refusal from None

    def may(self, command: Command[Any], by: By | None) -> Decision:
        """Answer what would happen to *command*, by the same plan and for the same reasons (rule 10)."""
        try:
            call = self.asked(command, by)
        except AccessDeniedError as refusal:
            return refusal.decision
        for _ in range(TRIES):
            try:
                with self.store.reading() as unit:
                    return self.decided(unit, call)
            except MovedOnError:
                continue
        raise ConflictError("the tenant", retryable=True)

    def asked(self, command: Command[Any], by: By | None) -> Call:
        """Return the call that a preflight of *command* judges; raises `AccessDeniedError` before anything is read."""
        if command.is_durable:
            raise MisuseError(f"`{command.name}` needs a unit of its own and has no preflight; execute it")
        actor = _admitted(command, by)
        command.require_words(self.catalog)
        key = self.entropy.token()
        return Call(command, actor, key, NO_EVIDENCE, is_keyed=False, context=sessions.context_of(by))

    def decided(self, unit: Unit, call: Call) -> Decision:
        """Answer what would happen to *call* on the facts of *unit*."""
        try:
            self._planned(unit, call)
        except RefusedError as refusal:
            return decision_of(refusal, call.command.name)
        return ALLOWED

    def _call(self, command: Command[Any], by: By | None, key: str | None, place: int) -> Call:
        if command.is_durable and self.store.is_hosted:
            raise MisuseError(
                f"run `{command.name}` outside the transaction: its rollback would undo what limits guessing"
            )
        actor = _admitted(command, by)
        command.require_words(self.catalog)
        whole = self.entropy.token() if key is None else names.key("key", key)
        # No key holds a blank, so a place in one call is no key of another.
        own = f"{whole} {place}" if place else whole
        call = Call(command, actor, own, NO_EVIDENCE, key is not None, sessions.context_of(by))
        # Where nobody is to learn if anything came of it, no key ever stands for something else: that would tell.
        return attrs.evolve(call, key=call.digest) if call.is_keyed and command.is_mute else call

    def _prepared(self, call: Call) -> Call:
        evidence = self._at_bench(call, call.command.prepare)
        return call if evidence is NO_EVIDENCE else attrs.evolve(call, evidence=evidence)

    def _at_bench(self, call: Call, work: Callable[[Bench], T]) -> T:
        attempts = Attempts(self.store, self.policy, self.clock)
        try:
            return work(Bench(self.store, self.clock, self.hasher, call.actor, self.catalog, attempts))
        except RefusedError as refusal:
            raise _TurnedDownError(call, refusal) from refusal

    def _attempted(self, calls: Sequence[Call]) -> tuple[list[Any], list[Event]]:
        tries = HOSTED_TRIES if self.store.is_hosted else TRIES
        for attempt in range(tries):
            try:
                return self._once(calls, locking=attempt > 0)
            except MovedOnError:
                continue
            except ConflictError as conflict:
                if not conflict.retryable or attempt + 1 == tries:
                    raise
        raise ConflictError("the tenant", retryable=True)

    def _once(self, calls: Sequence[Call], *, locking: bool) -> tuple[list[Any], list[Event]]:
        events: list[Event] = []
        answers: list[Any] = []
        is_committing = False
        try:
            with self.store.begin() as unit:
                self._lock(unit, [call for call in calls if locking or call.command.locks_first])
                answers = [self._stepped(unit, call, events) for call in calls]
                is_committing = True
                unit.commit()
        except StoreError as unknown:
            if not is_committing or self.store.is_hosted:
                raise
            # The commit's outcome is unknown: look whether the events are there; if not, the error stands.
            with self.store.reading() as unit:
                if not (is_kept(unit, events) if events else self._earlier(unit, calls)):
                    raise unknown from None
        return answers, events

    def _lock(self, unit: Unit, calls: Sequence[Call]) -> None:
        """Lock the streams that *calls* will move, in order of id, so that two calls never wait for each other."""
        streams = {call.command.stream(self._lookup(unit, call)) for call in calls}
        for stream in sorted(stream for stream in streams if stream is not None):
            unit.streams.lock(stream)

    def _stepped(self, unit: Unit, call: Call, events: list[Event]) -> object:
        try:
            return self._step(unit, call, events)
        except ConflictError:
            raise
        except RefusedError as refusal:
            raise _TurnedDownError(call, refusal) from refusal

    def _step(self, unit: Unit, call: Call, events: list[Event]) -> object:
        repeated = self._repeated(unit, call) if call.is_keyed else None
        if repeated is not None:
            return _taken_over(call, repeated)
        scene, plan = self._planned(unit, call)
        if not plan.changes:
            _require_unmoved(unit, scene)
            return plan.answer
        streams = {change.stream for change in plan.changes}
        stream = call.command.stream(self._lookup(unit, call)) if len(streams) > 1 else None
        record = sealed(scene, call, plan, self.entropy, stream)
        _guard(unit, scene, record.heads)
        if plan.redeems is not None and not unit.tokens.redeem(plan.redeems, scene.now):
            raise ProofRefusedError
        lift(unit, plan.lifts)
        count(unit, plan.limits, scene.now)
        for change in plan.changes:
            write(unit, change, record.heads)
        for role in plan.presets:
            unit.roles.add(record.events[0].stream, role)  # type: ignore[arg-type]  # they come with a new tenant only
        for principal, stored in plan.hashes.items():
            unit.credentials.put(principal, stored)
        if plan.erases is not None:
            erase(unit, plan.erases)
        unit.events.append(record.events, record.private)
        if plan.notices:
            unit.notices.add(plan.notices)
        events.extend(record.events)
        return answered(plan.answer, version_of(record.events, stream))

    def _planned(self, unit: Unit, call: Call) -> tuple[Scene, Plan[Any]]:
        command = call.command
        now = now_of(self.clock)
        scene = Scene(unit, command.name, call.actor, now, self.catalog, self.policy, call.ids, call.evidence)
        try:
            if isinstance(command, TenantCommand):
                actor = (PrincipalId(call.actor.id),) if call.actor.kind is ActorKind.MEMBER else ()
                scene.enter(command.tenant, (*actor, *command.named()))
                sessions.require_alive(call.context, scene.of_actor(), command.name)
            else:
                sessions.require_alive_elsewhere(call.context, unit, command.name)
            return scene, command.plan(scene)
        except RefusedError:
            _require_unmoved(unit, scene)
            raise

    def _lookup(self, unit: Unit, call: Call) -> Lookup:
        return Lookup(unit, call.actor, call.ids, self.catalog)

    def _earlier(self, unit: Unit, calls: Sequence[Call]) -> list[Any] | None:
        """
        Return what an earlier call with this key answered; None if there was none that changed anything.

        A call is committed as a whole: where one of its commands left an event and another did not, that one had
        nothing to do.
        """
        found = [self._repeated(unit, call) for call in calls]
        if all(answer is None for answer in found):
            return None
        return [call.command.answers() if answer is None else answer for call, answer in zip(calls, found, strict=True)]

    def _repeated(self, unit: Unit, call: Call) -> Any:  # noqa: ANN401  # each command says what it answers
        """Return what this command answered under this key before; None if it changed nothing, or never was."""
        stream = call.command.stream(self._lookup(unit, call))
        event = None if stream is None else unit.events.find_key(stream, call.actor.key, call.mark)
        if event is None:
            return None
        ((_, private),) = unit.events.read(event.stream, event.number - 1, 1)
        if not is_of(call, event, private):
            raise ConflictError(REUSED)
        return answered(structured(event.result, call.command.answers), event.number)


def _admitted(command: Command[Any], by: By | None) -> Actor:
    """Refuse whoever is not signed in, before anything is read: what exists looks like what does not (INV-11, A03)."""
    actor = actor_of(by)
    if isinstance(command, TenantCommand):
        sessions.require_here(sessions.context_of(by), command.tenant)
    if actor.kind is ActorKind.PUBLIC and not isinstance(command, PublicCommand):
        raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=command.name))
    return actor


def _require_few(commands: Sequence[Command[Any]]) -> None:
    if len(commands) > BULK_LIMIT:
        raise InvalidInputError("commands", f"must be at most {BULK_LIMIT}")


def _require_unmoved(unit: Unit, scene: Scene) -> None:
    """Answer that nothing happens on facts of one version only, too: they may have been read in several statements."""
    if has_moved(unit, scene.heads.values()):
        raise MovedOnError from None


def _taken_over(call: Call, repeated: object) -> object:
    if isinstance(call.command, SecretCommand):
        raise _RepeatedError(REUSED)
    return repeated


def _guard(unit: Unit, scene: Scene, heads: dict[StreamId, Head]) -> None:
    """Move the streams that get events, and hold those that were merely relied on where they are, in order of id."""
    for stream in sorted({*heads, *scene.heads}):
        seen = scene.heads.get(stream, Head(stream))
        if not unit.streams.advance(seen, heads.get(stream, seen)):
            raise MovedOnError
