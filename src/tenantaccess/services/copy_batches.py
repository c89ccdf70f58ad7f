"""Going on with a copy, batch by batch: each a unit of its own, judged anew, and found again by whoever resumes."""

from collections.abc import Callable, Sequence

import attrs

from tenantaccess.errors import ConflictError, CopyDeniedError, TakenError
from tenantaccess.ids import StreamId, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import Event
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.copying import CopyJob, CopyState, Cursor, OnConflict, Slice, Tally, Verdict, WhyFailed
from tenantaccess.model.decisions import Decision
from tenantaccess.model.policy import Policy
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import audit, copying
from tenantaccess.rules.copying import Judged
from tenantaccess.services import copy_authority, sessions
from tenantaccess.services.command import NO_EVIDENCE, Ids
from tenantaccess.services.copy_commands import CopyRecords, outcome
from tenantaccess.services.copy_surveys import BATCH, Survey
from tenantaccess.services.hooks import Hook, tell
from tenantaccess.services.pipeline import HOSTED_TRIES, TRIES
from tenantaccess.services.scene import Scene
from tenantaccess.services.timing import now_of

OnProgress = Callable[[CopyJob], object]
GoOn = Callable[[CopyJob], bool]


class _MovedOnError(Exception):
    """Somebody committed in between: to a stream, or the next batch of this very job."""


class _StoppedError(Exception):
    """The job cannot go on; nothing of this batch is kept."""

    def __init__(self, job: CopyJob, why: WhyFailed, decision: Decision | None = None) -> None:
        super().__init__()
        self.job = job
        self.why = why
        self.decision = decision


@attrs.frozen
class Batches:
    """
    Goes on with jobs.

    Args:
        store: Where everything lives.
        catalog: The declared sets.
        policy: The host's choices.
        clock: Read once a batch.
        hooks: Called with the events that end a copy, as with those of commands.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _hooks: Sequence[Hook]

    def run(
        self, job: CopyJob, context: AccessContext | None, on_progress: OnProgress | None, go_on: GoOn | None
    ) -> CopyJob:
        """
        Go on with *job* until it has ended, or *go_on* says no after a batch, and return it as it is then.

        Several workers may do so at once: each batch is written by one of them.

        Raises:
            CopyDeniedError: whoever started it may no longer read the source, or write to the target.
        """
        while job.state is CopyState.RUNNING:
            job = self._next(job, context)
            if on_progress is not None:
                on_progress(job)
            if go_on is not None and not go_on(job):
                break
        return job

    def _next(self, job: CopyJob, context: AccessContext | None) -> CopyJob:
        try:
            return self._attempted(lambda *, locking: self._batch(job, context, locking=locking))
        except _StoppedError as stopped:
            seen, why, decision = stopped.job, stopped.why, stopped.decision
        ended = self._attempted(lambda *, locking: self._fail(seen, why, locking=locking))
        if decision is not None and ended.why is WhyFailed.DENIED:
            raise CopyDeniedError(decision, job.source, job.id)
        return ended

    def _attempted(self, attempt: Callable[..., tuple[CopyJob, Sequence[Event]]]) -> CopyJob:
        tries = HOSTED_TRIES if self._store.is_hosted else TRIES
        for number in range(tries):
            try:
                job, events = attempt(locking=number > 0)
            except (_MovedOnError, TakenError):  # a key that was free when it was looked for is a key that moved on
                continue
            except ConflictError as conflict:
                if not conflict.retryable or number + 1 == tries:
                    raise
                continue
            tell(self._store, self._hooks, events)
            return job
        raise ConflictError("the copy", retryable=True)

    def _batch(
        self, known: CopyJob, context: AccessContext | None, *, locking: bool
    ) -> tuple[CopyJob, Sequence[Event]]:
        with self._store.begin() as unit:
            job = unit.copy_jobs.find(known.source, known.id)
            if job is None or job.cursor is None:  # none is ever removed, so it is the one that is known
                return job or known, ()
            if job.cursor.set is None:
                moved, events = self._finish(unit, job, job.cursor, locking=locking)
            else:
                moved, events = self._slice(unit, job, job.cursor, context, locking=locking), ()
            unit.commit()
            return moved, events

    # --- a batch of records ---------------------------------------------------------------------------------------

    def _slice(
        self, unit: Unit, job: CopyJob, cursor: Cursor, context: AccessContext | None, *, locking: bool
    ) -> CopyJob:
        sets = copying.ordered(self._catalog, job.sets)
        declared = next(one for one in sets if one.key == cursor.set)
        scene = self._scene(unit, job)
        if locking:
            _lock(unit, (job.actor, job.source, cursor.target))
        ends = {tenant: scene.entering(tenant, job.actor) for tenant in (job.source, cursor.target)}
        for there in ends.values():
            copy_authority.rely_on_people(there)
        _guard(unit, scene, {})
        if not unit.copy_jobs.advance(job, job):  # held: whoever goes on with it at once waits here, or loses
            raise _MovedOnError
        self._require_authority(job, ends, declared)
        sessions.require_alive_elsewhere(context, unit, CopyRecords.name)
        self._require_source(unit, job, declared)
        done = self._copied(Survey(unit, self._catalog, job.source, sets, job.selection), job, cursor, declared)
        # Once more, now that all is read: a host's own tables may have moved in between.
        self._require_source(unit, job, declared)
        if job.on_conflict is OnConflict.FAIL and done.tally.conflicting:
            raise _StoppedError(job, WhyFailed.CONFLICT)
        moved = copying.advanced(job, cursor, declared.key, done)
        if not unit.copy_jobs.advance(job, moved):
            raise _MovedOnError
        return moved

    def _require_authority(self, job: CopyJob, ends: dict[TenantId, Scene], declared: ReferenceSet) -> None:
        for tenant, there in ends.items():
            answer = copy_authority.judged(there, [declared], writes=tenant != job.source)
            if not answer:
                raise _StoppedError(job, WhyFailed.DENIED, answer)

    def _require_source(self, unit: Unit, job: CopyJob, declared: ReferenceSet) -> None:
        if unit.records.fingerprint(job.source, declared.key) != job.fingerprints[declared.key]:
            raise _StoppedError(job, WhyFailed.SOURCE_CHANGED)

    def _copied(self, survey: Survey, job: CopyJob, cursor: Cursor, declared: ReferenceSet) -> Slice:
        unit, target = survey.unit, cursor.target
        if unit.slices is not None and copying.is_set_based(declared, job.selection):
            return unit.slices.copy(
                job.source, target, declared.key, cursor.after, self._policy.copy_slice, job.on_conflict
            )
        done = Slice(Tally(), cursor.after, is_last=False)
        left = self._policy.copy_batch
        while left > 0 and not done.is_last:
            step = self._step(survey, job, target, declared, done.last, min(left, BATCH))
            done = attrs.evolve(step, tally=done.tally + step.tally)
            left -= BATCH
        return done

    def _step(
        self, survey: Survey, job: CopyJob, target: TenantId, declared: ReferenceSet, after: str, limit: int
    ) -> Slice:
        """Copy as many records as are held at once, each looked at."""
        records, last, is_last = survey.selected(declared, after, limit)
        found = survey.judged(target, declared, records, survey.present(target, declared, records))
        done = Slice(copying.tally(found, job.on_conflict), last, is_last)
        if done.tally.added:
            survey.unit.records.add(target, declared.key, _of(found, Verdict.NEW))
        if done.tally.updated:
            survey.unit.records.put(target, declared.key, _of(found, Verdict.CONFLICTING))
        return done

    # --- the end, in the record of each target ----------------------------------------------------------------------

    def _finish(self, unit: Unit, job: CopyJob, cursor: Cursor, *, locking: bool) -> tuple[CopyJob, Sequence[Event]]:
        """Write down the end in one target, in a unit before any record of the next one."""
        scene = self._scene(unit, job)
        if locking:
            _lock(unit, (cursor.target,))
        now = scene.entering(cursor.target).now
        told = attrs.evolve(job, state=CopyState.DONE)
        return self._told(scene, job, copying.finished(job, cursor, now), told, (cursor.target,))

    def _fail(self, seen: CopyJob, why: WhyFailed, *, locking: bool) -> tuple[CopyJob, Sequence[Event]]:
        with self._store.begin() as unit:
            job = unit.copy_jobs.find(seen.source, seen.id)
            if job is None or job != seen:  # somebody else went on with it, and saw for themselves
                return job or seen, ()
            scene = self._scene(unit, job)
            left = copying.unfinished(job)
            if locking:
                _lock(unit, left)
            now = max(scene.entering(target).now for target in left)
            ended = copying.ended(job, CopyState.FAILED, now, why)
            answer = self._told(scene, job, ended, ended, left)
            unit.commit()
            return answer

    def _told(
        self, scene: Scene, job: CopyJob, moved: CopyJob, told: CopyJob, targets: Sequence[TenantId]
    ) -> tuple[CopyJob, Sequence[Event]]:
        """Write *moved*, and one event to the stream of each of *targets* that says what *told* came to there."""
        sealed = [audit.sealed(self._event(scene, told, target), scene.heads[target]) for target in targets]
        _guard(scene.unit, scene, {head.stream: head for _, head in sealed})
        if not scene.unit.copy_jobs.advance(job, moved):
            raise _MovedOnError
        events = [event for event, _ in sealed]
        scene.unit.events.append(events, ())
        return moved, events

    def _event(self, scene: Scene, told: CopyJob, target: TenantId) -> Event:
        return Event(
            stream=target,
            number=0,
            kind=CopyRecords.name,
            at=scene.now,
            actor=scene.actor,
            subject=told.id,
            after=outcome(told, target),
            # What the record keeps of a caller's key holds no blank, so this is nobody else's.
            key=f"{told.id} end",
        )

    def _scene(self, unit: Unit, job: CopyJob) -> Scene:
        actor = Actor(ActorKind.MEMBER, job.actor)
        now = now_of(self._clock)
        return Scene(unit, CopyRecords.name, actor, now, self._catalog, self._policy, Ids(job.id), NO_EVIDENCE)


def _of(found: Sequence[Judged], verdict: Verdict) -> list[ReferenceRecord]:
    return [one.record for one in found if one.verdict is verdict]


def _lock(unit: Unit, streams: Sequence[StreamId]) -> None:
    for stream in sorted(streams):
        unit.streams.lock(stream)


def _guard(unit: Unit, scene: Scene, heads: dict[StreamId, Head]) -> None:
    """Move the streams that get an event, and hold the others where they are, in order of id."""
    for stream, seen in sorted(scene.heads.items()):
        if not unit.streams.advance(seen, heads.get(stream, seen)):
            raise _MovedOnError
