"""Starting a copy, and calling one off: commands, so that each is in the record of every tenant that takes part."""

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import ConflictError, IllegalTransitionError, NotFoundError
from tenantaccess.ids import COPY_JOB, CopyJobId, PrincipalId, StreamId, TenantId
from tenantaccess.model import words
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import CopyJob, CopyPlan, CopyState, OnConflict, copy_job_id
from tenantaccess.model.notices import Audience
from tenantaccess.rules import copying
from tenantaccess.services import copy_authority
from tenantaccess.services.command import Change, Command, Done, Lookup, Plan, tenant_id
from tenantaccess.services.copy_surveys import Survey
from tenantaccess.services.scene import Scene, notice


@attrs.frozen
class CopyStarted:
    """
    What starting a copy answers.

    Args:
        job: The new job; `Copying.resume` goes on with it.
        version: Number of the event it wrote in the source's stream.
    """

    job: CopyJobId
    version: int = 0


@attrs.frozen
class CopyRecords(Command[CopyStarted]):
    """
    Start copying what was planned (MU-20 to MU-23); `Copying.run` starts it and goes on to the end.

    Who: whoever may read every set in the source and holds the highest level on it in every target, acting through
    any tenant, or none. Both ends are judged again with each batch. Managers of the targets are told; source and
    targets each get an event.

    Args:
        planned: What `Copying.plan` answered.
        on_conflict: What is done where a target has another record under a key.

    Raises:
        NotFoundError: a tenant that is absent, or of which the actor is no member: alike.
        AccessDeniedError: a member who may not; or the operator, who has no levels.
        ConflictError: the source is no longer what was planned; or, with `OnConflict.FAIL`, there are conflicts.
    """

    name: ClassVar[str] = "copy_records"
    answers: ClassVar[type] = CopyStarted
    planned: CopyPlan = attrs.field(validator=words.exactly(CopyPlan))
    on_conflict: OnConflict = attrs.field(default=OnConflict.SKIP, validator=words.exactly(OnConflict))

    def require_words(self, catalog: Catalog) -> None:
        """Check the sets."""
        copying.ordered(catalog, self.planned.sets)

    def wanted(self) -> Any:  # noqa: ANN401  # plain data is whatever JSON holds
        """Leave out what was counted in the targets: it changes as soon as the first call has begun."""
        whole = plain(self)
        return {**whole, "planned": {name: part for name, part in whole["planned"].items() if name != "comparisons"}}

    def stream(self, lookup: Lookup) -> StreamId | None:  # noqa: ARG002  # the plan itself names it
        """Return the source's stream."""
        return self.planned.source

    def plan(self, scene: Scene) -> Plan[CopyStarted]:
        """See the class."""
        planned = self.planned
        sets = copying.ordered(scene.catalog, planned.sets)
        scenes = copy_authority.require_ends(scene, planned.source, planned.targets, sets)
        self._require_source(scene)
        survey = Survey(scene.unit, scene.catalog, planned.source, sets, planned.selection)
        if self.on_conflict is OnConflict.FAIL:
            self._require_no_conflict(survey)
        job = CopyJob(
            id=CopyJobId(scene.ids.make(COPY_JOB, "copy")),
            source=planned.source,
            targets=planned.targets,
            sets=[declared.key for declared in sets],
            selection=planned.selection,
            on_conflict=self.on_conflict,
            actor=PrincipalId(scene.actor.id),
            fingerprints=planned.fingerprints,
            started_at=max(there.now for there in scenes.values()),
            cursor=copying.first_place(planned, sets),
        )
        started = Change(job.source, job.id, None, job, detail=_detail(scenes[job.source], planned, planned.targets))
        told = [
            Change(target, job.id, job, job, detail={**_of(job), **_detail(scenes[target], planned, [target])})
            for target in job.targets
        ]
        notices = [notice(scene, Audience.MANAGERS, None, tenant=target) for target in job.targets]
        return Plan(CopyStarted(job.id), (started, *told), tuple(notices))

    def _require_source(self, scene: Scene) -> None:
        """Refuse a plan of what the source is no longer."""
        for key, seen in sorted(self.planned.fingerprints.items()):
            found = scene.unit.records.fingerprint(self.planned.source, key)
            if found != seen:
                raise ConflictError(f"`{key}` of the source", seen, found)

    def _require_no_conflict(self, survey: Survey) -> None:
        count = sum(
            survey.compare(target, declared).conflicting for target in self.planned.targets for declared in survey.sets
        )
        if count:
            raise ConflictError("what was to be copied without conflict", "0", str(count))


def _of(job: CopyJob) -> dict[str, Any]:
    """Return what the event of a target says of a job: where it comes from, and how; never of the other targets."""
    return {
        "source": job.source,
        "sets": plain(job.sets),
        "on_conflict": job.on_conflict.value,
        "fingerprints": plain(job.fingerprints),
        "state": job.state.value,
    }


def _detail(there: Scene, planned: CopyPlan, targets: Sequence[TenantId]) -> dict[str, Any]:
    """Return what the plan counted for *targets*, and how much was named; and through whose row the actor acts."""
    counts: dict[str, Any] = {target: {} for target in targets}
    for one in planned.comparisons:
        if one.target in counts:
            counts[one.target][one.set] = dict(one.counts)
    named = {name: len(keys) for name, keys in sorted(planned.selection.keys.items())}
    return {"planned": counts, "named": named, "through": there.acting.link}


def outcome(job: CopyJob, tenant: TenantId) -> dict[str, Any]:
    """Return what the event at the end of *job* says in the stream of one of its targets."""
    why = None if job.why is None else job.why.value
    return {"state": job.state.value, "why": why, "tallies": plain(job.tallies.get(tenant, {}))}


@attrs.frozen
class CancelCopy(Command[Done]):
    """
    Call a copy off; what has landed stays, and the job tells what that is.

    Who: whoever started it, an account manager of the source or of a target, or the operator. The source and each
    target that was not finished get an event.

    Args:
        source: Where it copies from.
        job: Which.

    Raises:
        NotFoundError: no such copy, or not the actor's to call off: alike.
        IllegalTransitionError: it has ended by itself.
    """

    name: ClassVar[str] = "cancel_copy"
    source: TenantId = attrs.field(validator=tenant_id)
    job: CopyJobId = attrs.field(validator=copy_job_id)

    def stream(self, lookup: Lookup) -> StreamId | None:  # noqa: ARG002  # the command itself names it
        """Return the source's stream."""
        return self.source

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        job = scene.unit.copy_jobs.find(self.source, self.job)
        if job is None or not self._may(scene, job):
            raise NotFoundError("copy", self.job)
        if job.state is CopyState.CANCELLED:
            return Plan(Done())
        if job.state is not CopyState.RUNNING:
            raise IllegalTransitionError(scene.name, job.state.value)
        left = copying.unfinished(job)
        person = () if scene.is_operator else (PrincipalId(scene.actor.id),)
        scenes = {tenant: scene.entering(tenant, *person) for tenant in (job.source, *left)}
        after = copying.ended(job, CopyState.CANCELLED, max(there.now for there in scenes.values()))
        through = {tenant: {"through": there.acting.link} for tenant, there in scenes.items()}
        told = [
            Change(target, job.id, after, after, detail={**outcome(after, target), **through[target]})
            for target in left
        ]
        return Plan(Done(changed=True), (Change(job.source, job.id, job, after, detail=through[job.source]), *told))

    def _may(self, scene: Scene, job: CopyJob) -> bool:
        if scene.is_operator or scene.actor.id == job.actor:
            return True
        return any(copy_authority.manages(scene, tenant) for tenant in (job.source, *job.targets))
