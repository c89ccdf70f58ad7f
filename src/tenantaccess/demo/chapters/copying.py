"""Copy codes to another account: entered in one practice, planned, copied to others, with every conflict shown."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess import (
    ConflictError,
    CopyJob,
    CopyPlan,
    NotFoundError,
    OnConflict,
    PrincipalId,
    ReferenceRecord,
    Selection,
    TenantAccess,
    TenantId,
    Verdict,
)
from tenantaccess.demo import codes
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import PlotError, Stage, expect
from tenantaccess.demo.wording import day
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.copying import CopyState

FILES: Final = ["diagnosis_codes", "billing_codes", "insurance_payers"]
OWN_WORDING: Final = ReferenceRecord("J45.909", "Asthma (as we say at the lake)")
OWN_PAYER: Final = ReferenceRecord("PAY-02", "Harbor Mutual of the Lake (invented)")


WORDS: Final = ("added", "identical", "conflicting", "invalid", "dangling")


class PowerCutError(Exception):
    """The lights go out in the middle of a copy."""


def entered_in_one_account(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Load the master files of one practice."""
    stage.tell.chapter("Master files for group setup")
    stage.tell.say("Start by entering the information into one account. Diagnosis codes: ICD-10-CM, as published.")
    stage.tell.call(f"import {codes.ICD_10_CM}")
    diagnoses = codes.diagnosis_codes()
    stage.tell.done(f"{len(diagnoses):,} billable codes, from {diagnoses[0].key} to {diagnoses[-1].key}")
    stage.tell.call("records.load(riverside, 'diagnosis_codes', the codes, by=lee)")
    done = stage.access.records.load(
        cast.riverside,
        "diagnosis_codes",
        diagnoses,
        by=lee,
        on_progress=lambda so_far: stage.tell.progress(so_far.added, len(diagnoses), "codes loaded"),
    )
    expect(done.added, len(diagnoses), "how many were added")

    stage.tell.say("Billing codes and insurance payers: these are invented. Each billing code refers to a payer.")
    _load(stage, cast.riverside, "insurance_payers", list(codes.insurance_payers()), lee)
    stage.tell.say("One of them was entered before a fee had to be a number.")
    unchecked = [attrs.evolve(one, check=None) for one in CATALOG.reference_sets]
    before = TenantAccess(stage.access.store, attrs.evolve(CATALOG, reference_sets=unchecked), clock=stage.clock)
    _load(stage, cast.riverside, "billing_codes", list(codes.billing_codes()), lee, before)

    stage.tell.say("Lakeside has a few of its own: one the same, one diagnosis and one payer in other words.")
    same = next(code for code in diagnoses if code.key == "I10")
    _load(stage, cast.lakeside, "diagnosis_codes", [same, OWN_WORDING], cast.tom)
    _load(stage, cast.lakeside, "insurance_payers", [OWN_PAYER], cast.tom)


def copy_codes(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Plan a copy to two practices, run it through a power cut, and settle one conflict by name."""
    stage.tell.chapter("Copy Codes to Another Account")
    targets = [cast.lakeside, cast.hilltop]
    stage.tell.say("Billing codes alone would name payers that the other accounts do not have: the plan says so.")
    alone = _planned(stage, cast, lee, targets, ["billing_codes"])
    expect([one.dangling for one in alone.comparisons], [3, 5], "how many would dangle")

    stage.tell.say("Copy From Riverside, Copy To the other two; choose the files, Continue. Nothing is written yet.")
    plan = _planned(stage, cast, lee, targets, FILES)
    stage.tell.say("What would not be copied, and why:")
    _samples(stage, plan)
    stage.tell.say("It takes View Only in the one account, Full Access in the others. Tom is nobody at Riverside.")
    stage.fail(
        "copying.plan(riverside, [lakeside], the same files, by=tom)",
        lambda: stage.access.copying.plan(cast.riverside, [cast.lakeside], FILES, by=cast.tom),
        NotFoundError,
    )
    _run(stage, cast, lee, plan)
    _one_entry(stage, cast, lee)


def _run(stage: Stage, cast: Cast, lee: PrincipalId, plan: CopyPlan) -> None:
    """Copy, lose power on the way, and go on from where it was."""
    stage.tell.say("Copy Now. What Lakeside has in its own words is kept. Halfway through, the power goes.")
    total = sum(sum(one.counts.values()) for one in plan.comparisons)
    stage.tell.call("copying.run(plan, by=lee)")
    job = _interrupted(stage, plan, lee, total)
    stage.tell.done(f"{seen(job):,} of {total:,} have landed, and the job is {job.state.value}")
    stage.tell.call("copying.resume(riverside, job, by=lee)")
    done = stage.access.copying.resume(
        cast.riverside,
        job.id,
        on_progress=lambda job: stage.tell.progress(seen(job), total, "records"),
        by=lee,
    )
    expect(done.job.state, CopyState.DONE, "the job")
    rows = [
        [stage.names.of(target), _label(key), *(f"{getattr(done.job.tallies[target][key], word):,}" for word in WORDS)]
        for target in plan.targets
        for key in plan.sets
    ]
    stage.tell.table("result", ["copied to", "file", *WORDS], rows)
    expect(done.total.added, plan.count(Verdict.NEW), "how many were added")
    expect(done.total.conflicting, plan.count(Verdict.CONFLICTING), "how many were kept")
    stage.post.deliver()


def _one_entry(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Select one entry, and replace what the target has under its key."""
    stage.tell.say("One payer should read the same everywhere: select the entry, and say that it replaces Lakeside's.")
    chosen = Selection({"insurance_payers": {OWN_PAYER.key}})
    stage.tell.call(f"copying.plan(riverside, [lakeside], ['insurance_payers'], only {OWN_PAYER.key}, by=lee)")
    plan = stage.access.copying.plan(cast.riverside, [cast.lakeside], ["insurance_payers"], chosen, by=lee)
    stage.tell.done(_counted(plan.comparisons[0].counts))
    stage.tell.say("Somebody edits that file at Riverside before Lee clicks: plan again.")
    payer = ReferenceRecord("PAY-05", f"Late Arrival {codes.INVENTED}")
    stage.access.records.load(cast.riverside, "insurance_payers", [payer], by=cast.maria)
    stage.fail(
        "copying.run(plan, on_conflict=UPDATE, by=lee)",
        lambda: stage.access.copying.run(plan, on_conflict=OnConflict.UPDATE, by=lee),
        ConflictError,
    )
    fresh = stage.access.copying.plan(cast.riverside, [cast.lakeside], ["insurance_payers"], chosen, by=lee)
    stage.tell.call("copying.run(the plan made anew, on_conflict=UPDATE, by=lee)")
    done = stage.access.copying.run(fresh, on_conflict=OnConflict.UPDATE, by=lee)
    expect(done.total.updated, 1, "how many were replaced")
    stage.tell.done(_counted(attrs.asdict(done.total)))

    stage.tell.say("Both copies are on record in every practice that had a part in them.")
    stage.tell.call("copying.jobs(lakeside, by=tom)")
    jobs = stage.access.copying.jobs(cast.lakeside, by=cast.tom).jobs
    rows = [
        [
            day(job.started_at),
            stage.names.of(job.source),
            stage.names.of(job.actor),
            job.on_conflict.value,
            job.state.value,
            f"{job.total.added:,}",
            f"{job.total.updated:,}",
        ]
        for job in jobs
    ]
    stage.tell.table("copies", ["at", "from", "by", "on conflict", "state", "added", "updated"], rows)


def _load(
    stage: Stage,
    tenant: TenantId,
    name: str,
    records: Sequence[ReferenceRecord],
    by: PrincipalId,
    access: TenantAccess | None = None,
) -> None:
    stage.tell.call(
        f"records.load({stage.names.of(tenant)}, {name!r}, {_plural(len(records))}, by={stage.names.of(by)})"
    )
    done = (access or stage.access).records.load(tenant, name, records, by=by)
    expect(done.added, len(records), "how many were added")
    stage.tell.done(f"{done.added} added")


def _planned(stage: Stage, cast: Cast, lee: PrincipalId, to: Sequence[TenantId], sets: Sequence[str]) -> CopyPlan:
    named = ", ".join(stage.names.of(one) for one in to)
    stage.tell.call(f"copying.plan(riverside, [{named}], {', '.join(sets)}, by=lee)")
    plan = stage.access.copying.plan(cast.riverside, to, sets, by=lee)
    rows = [
        [stage.names.of(one.target), _label(one.set), *(f"{count:,}" for count in one.counts.values())]
        for one in plan.comparisons
    ]
    stage.tell.table("plan", ["copy to", "file", *(verdict.value for verdict in Verdict)], rows)
    return plan


def _samples(stage: Stage, plan: CopyPlan) -> None:
    """Tell what the counts of what would not be copied are made of."""
    rows = [
        [stage.names.of(one.target), sample.key, sample.label, sample.there or sample.why]
        for one in plan.comparisons
        for verdict in (Verdict.CONFLICTING, Verdict.INVALID, Verdict.DANGLING)
        for sample in one.samples.get(verdict.value, ())
    ]
    stage.tell.table("samples", ["copy to", "entry", "copied from", "there, or what is wrong"], rows)


def _interrupted(stage: Stage, plan: CopyPlan, lee: PrincipalId, total: int) -> CopyJob:
    """Run the copy until the power goes, and return the job as it was left."""
    found: list[CopyJob] = []

    def progress(job: CopyJob) -> None:
        found.append(job)
        stage.tell.progress(seen(job), total, "records")
        if seen(job) * 2 > total:
            raise PowerCutError

    try:
        stage.access.copying.run(plan, on_progress=progress, by=lee)
    except PowerCutError:
        return found[-1]
    raise PlotError("the copy was to be interrupted")


def seen(job: CopyJob) -> int:
    """Return how many records a job has dealt with."""
    return sum(attrs.astuple(job.total))


def _plural(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _label(name: str) -> str:
    return next(one.label for one in CATALOG.reference_sets if one.key == name)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "nothing"
