"""Copying master files between tenants: what it would do, doing it, and what became of it (MU-17 to MU-23)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from tenantaccess.errors import InvalidInputError, NotFoundError
from tenantaccess.ids import COPY_JOB, TENANT, CopyJobId, TenantId, is_id
from tenantaccess.model import words
from tenantaccess.model.actors import ActorKind, By, actor_of
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import (
    EVERYTHING,
    CopyJob,
    CopyPlan,
    OnConflict,
    Selection,
    Tally,
    require_sets,
    require_targets,
)
from tenantaccess.model.moments import utc
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import copying
from tenantaccess.services import copy_authority, cursors, guards, sessions
from tenantaccess.services.command import NO_EVIDENCE, Done, Ids
from tenantaccess.services.copy_batches import Batches, GoOn, OnProgress
from tenantaccess.services.copy_commands import CancelCopy, CopyRecords
from tenantaccess.services.copy_surveys import Survey
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.pipeline import Pipeline
from tenantaccess.services.scene import Scene
from tenantaccess.services.timing import now_of

T = TypeVar("T")


@attrs.frozen
class CopyResult:
    """
    What a copy came to.

    Args:
        job: The job as it is now; its `state` and `why` tell whether it got to the end.
    """

    job: CopyJob

    @property
    def total(self) -> Tally:
        """What happened, over all targets and sets."""
        return self.job.total


@attrs.frozen
class CopyJobPage:
    """
    A page of the copies that a tenant has a part in.

    Args:
        jobs: The newest first.
        next: Where the next page begins; None after the last.
    """

    jobs: Sequence[CopyJob]
    next: str | None = None


@attrs.frozen
class Copying:
    """
    Copying reference sets from one tenant to others.

    Args:
        store: Where everything lives.
        catalog: The declared sets.
        policy: The host's choices.
        clock: Read once a question, and once a batch.
        pipeline: Runs the commands.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _pipeline: Pipeline

    def plan(
        self,
        source: TenantId,
        to: Sequence[TenantId],
        sets: Sequence[str],
        selection: Selection = EVERYTHING,
        *,
        by: By,
    ) -> CopyPlan:
        """
        Say what copying *sets* from *source* to each of *to* would do, as of now; nothing is written.

        Who: a member of all of them who may read each set's resource in the source and holds the highest level on
        it in each target; a context stands for its principal, whichever tenant it is of (MU-20).

        Args:
            source: Where from.
            to: Where to: 1 to 100 tenants, the source not among them.
            sets: Which sets, each once.
            selection: Which records of them; everything by default.
            by: Who copies.

        Raises:
            UnknownNameError: an undeclared set.
            InvalidInputError: the source among the targets, anything twice, or too much.
            NotFoundError: a tenant that is absent, or of which the actor is no member: alike; or a named record
                that the source has not.
            AccessDeniedError: a member who may not; or the operator, who has no levels.
        """
        if not is_id(source, TENANT):
            raise InvalidInputError("source", "must be the id of a tenant")
        targets, wanted = _listed("to", to), words.reference_set_keys(_listed("sets", sets))
        require_targets(source, targets)
        if not isinstance(selection, Selection):
            raise InvalidInputError("selection", "must be a selection")
        require_sets(wanted, selection)
        ordered = copying.ordered(self._catalog, wanted)
        with self._store.reading() as unit:
            scene = self._scene(unit, by)
            copy_authority.require_ends(scene, source, targets, ordered)
            sessions.require_alive_elsewhere(sessions.context_of(by), unit, scene.name)
            survey = Survey(unit, self._catalog, source, ordered, selection)
            survey.require_named()
            return CopyPlan(
                source=source,
                targets=targets,
                sets=[declared.key for declared in ordered],
                fingerprints={declared.key: unit.records.fingerprint(source, declared.key) for declared in ordered},
                comparisons=[survey.compare(target, declared) for target in targets for declared in ordered],
                selection=selection,
            )

    def run(
        self,
        plan: CopyPlan,
        *,
        on_conflict: OnConflict = OnConflict.SKIP,
        on_progress: OnProgress | None = None,
        by: By,
        key: str | None = None,
    ) -> CopyResult:
        """
        Do what was planned: start a job by `CopyRecords`, and go on with it to its end.

        Args:
            plan: What `plan` answered; judged anew, as is the source.
            on_conflict: What is done where a target has another record under a key; never more than asked.
            on_progress: Called with the job after each batch, outside of any unit.
            by: Who copies.
            key: Idempotency key; repeated with the same plan it goes on with the same job.

        Returns:
            What it came to. Whether it got to the end is told by the job: it also ends when the source changes
            under it, or at a conflict where none was wanted.

        Raises:
            CopyDeniedError: authority was lost on the way; the job has ended, and tells what had landed.
            TenantAccessError: what `CopyRecords` says; then there is no job.
            StoreError: the store failed; what was committed stands, and `resume` goes on from there.
        """
        (started,) = self._pipeline.execute_all([CopyRecords(plan, on_conflict)], by, key)
        return self.resume(plan.source, started.job, on_progress=on_progress, by=by)

    def resume(
        self,
        source: TenantId,
        job: CopyJobId,
        *,
        on_progress: OnProgress | None = None,
        go_on: GoOn | None = None,
        by: By,
    ) -> CopyResult:
        """
        Go on with a job until its end; at once with others, if need be. What has ended is told as it is.

        Who: whoever started it.

        Args:
            source: Where it copies from.
            job: Which.
            on_progress: As `run`.
            go_on: Asked with the job after each batch; its no leaves the rest to whoever resumes next, such as the
                next request of a host that has no worker.
            by: Who goes on with it.

        Returns:
            What it came to, or how far it has come.

        Raises:
            NotFoundError: no such copy, or somebody else's: alike.
            CopyDeniedError: as `run`.
        """
        actor = actor_of(by)
        with self._store.reading() as unit:
            sessions.require_alive_elsewhere(sessions.context_of(by), unit, CopyRecords.name)
            found = _found(unit, source, job)
        if actor.kind is not ActorKind.MEMBER or found.actor != actor.id:
            raise NotFoundError("copy", job)
        batches = Batches(self._store, self._catalog, self._policy, self._clock, self._pipeline.hooks)
        return CopyResult(batches.run(found, sessions.context_of(by), on_progress, go_on))

    def cancel(self, source: TenantId, job: CopyJobId, *, by: By) -> Done:
        """Call a job off by `CancelCopy`; the batch that is being written is the last one, or comes too late."""
        return self._pipeline.execute_all([CancelCopy(source, job)], by)[0]

    def job(self, source: TenantId, job: CopyJobId, *, by: By) -> CopyJob:
        """
        Return a job, as far as *by* may see it.

        Who: whoever started it, and whoever sees the roster of the source or the operator: all of it. Whoever sees
        the roster of a target: their own tenant's part.

        Raises:
            NotFoundError: no such copy, or none of theirs: alike.
        """
        actor = actor_of(by)
        with self._store.reading() as unit:
            sessions.require_alive_elsewhere(sessions.context_of(by), unit, CopyRecords.name)
            found = _found(unit, source, job)
            if actor.kind is ActorKind.OPERATOR or found.actor == actor.id:
                return found
            scene = self._scene(unit, by)
            for tenant in (found.source, *found.targets):
                if copy_authority.sees_roster(scene, tenant):
                    return seen_from(found, tenant)
        raise NotFoundError("copy", job)

    def jobs(self, tenant: TenantId, after: str | None = None, limit: int = 50, *, by: By) -> CopyJobPage:
        """
        Return a page of the copies that *tenant* is the source or a target of, the newest first.

        Who: whoever at least views the managing resource there, or the operator.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        require_limit(limit)
        now = now_of(self._clock)
        scope = ("copies", tenant)
        behind = None if after is None else _place(cursors.place(scope, after, 2))
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now)
            found = unit.copy_jobs.page(tenant, behind, limit + 1)
        jobs = tuple(seen_from(job, tenant) for job in found[:limit])
        if len(found) <= limit:
            return CopyJobPage(jobs)
        return CopyJobPage(jobs, cursors.cursor(scope, (jobs[-1].started_at.isoformat(), jobs[-1].id)))

    def _scene(self, unit: Unit, by: By) -> Scene:
        now, name = now_of(self._clock), CopyRecords.name
        return Scene(unit, name, actor_of(by), now, self._catalog, self._policy, Ids(""), NO_EVIDENCE)


def seen_from(job: CopyJob, tenant: TenantId) -> CopyJob:
    """Return *job* as the people of *tenant* see it: a target learns nothing of the other ones."""
    if tenant == job.source:
        return job
    cursor = job.cursor if job.cursor is not None and job.cursor.target == tenant else None
    tallies = {tenant: job.tallies[tenant]} if tenant in job.tallies else {}
    return attrs.evolve(job, targets=(tenant,), cursor=cursor, tallies=tallies)


def _found(unit: Unit, source: TenantId, job: CopyJobId) -> CopyJob:
    if not is_id(source, TENANT):
        raise InvalidInputError("source", "must be the id of a tenant")
    if not is_id(job, COPY_JOB):
        raise InvalidInputError("job", "must be the id of a copy job")
    found = unit.copy_jobs.find(source, job)
    if found is None:
        raise NotFoundError("copy", job)
    return found


def _place(parts: Sequence[str]) -> tuple[datetime, CopyJobId]:
    """Return the moment and id that a cursor names; it may have been made up."""
    try:
        return utc("after", datetime.fromisoformat(parts[0])), CopyJobId(parts[1])
    except ValueError:
        raise InvalidInputError("after", "must be the `next` of a page of this very question") from None


def _listed(field: str, value: Sequence[T]) -> tuple[T, ...]:
    """Return *value* as it was given; one text is not taken for a list of its letters."""
    if not isinstance(value, (list, tuple)):
        raise InvalidInputError(field, "must be a list")
    return tuple(value)
