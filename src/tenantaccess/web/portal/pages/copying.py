"""Copying codes: choose from where, to where and what, see what would happen, and copy (MU-17 to MU-23, S7)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import TenantId
from tenantaccess.model.copying import Comparison, CopyJob, CopyPlan, OnConflict, Verdict
from tenantaccess.model.levels import AccessLevel
from tenantaccess.services.copy_commands import CopyRecords
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.copy_jobs import CHIPS, STATES
from tenantaccess.web.portal.pages.copy_wanted import FIELDS, Hidden, Wanted, set_labels, tenant_names, tenant_of
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

MANY: Final = 15
"""Of more targets than this, those to tick are searched."""
RECENT: Final = 5


@attrs.frozen
class Recent:
    """
    One copy that the tenant had a part in.

    Args:
        started: When.
        chip: How it stands, as a word of style.
        state: How it stands.
        ways: From where to where.
        what: Which files.
        url: Where it is told.
    """

    started: str
    chip: str
    state: str
    ways: str
    what: str
    url: str


@attrs.frozen
class Choosing:
    """
    What the first page shows.

    Args:
        sources: Where codes may come from.
        targets: Where they may go.
        sets: Which files there are.
        search: How the targets begin that are shown.
        is_searched: Whether there are too many to show them all.
        has_way: Whether there is anything to choose: somewhere to copy from, and somewhere else to copy to.
        url: This page.
        plan_url: The next one.
        join_url: Where one links to more tenants.
        recent_title: Whose copies are listed.
        recent: They themselves.
        problem: What went wrong.
    """

    sources: Sequence[Option]
    targets: Sequence[Option]
    sets: Sequence[Option]
    search: str
    is_searched: bool
    has_way: bool
    url: str
    plan_url: str
    join_url: str
    recent_title: str
    recent: Sequence[Recent]
    problem: Problem | None


@attrs.frozen
class SampleLine:
    """One entry, to show what a count is made of."""

    verdict: str
    verdict_label: str
    name: str
    label: str
    note: str


@attrs.frozen
class SetLine:
    """One file in one target: how many entries of which kind, with samples."""

    label: str
    new: int
    identical: int
    conflicting: int
    invalid: int
    dangling: int
    samples: Sequence[SampleLine]

    @property
    def is_short(self) -> bool:
        """Whether some entries would not come over as they are."""
        return bool(self.conflicting or self.invalid or self.dangling)


@attrs.frozen
class TargetBlock:
    """One target: what would happen in it."""

    id: str
    title: str
    lines: Sequence[SetLine]


@attrs.frozen
class ChosenSet:
    """One file that is chosen: all of it, or some entries."""

    name: str
    label: str
    entries: str
    is_limited: bool


@attrs.frozen
class Planned:
    """What the second page shows."""

    source: str
    chosen: Sequence[ChosenSet]
    blocks: Sequence[TargetBlock]
    hidden: Sequence[Hidden]
    choices: Sequence[Option]
    conflicts: int
    has_any: bool
    url: str
    run_url: str
    pick_url: str
    back_url: str
    problem: Problem | None


# --- from where, to where, what ----------------------------------------------------------------------------------


def choose(visit: Visit, wanted: Wanted | None = None, problem: Problem | None = None) -> PageResponse:
    """Show from where, to where and what can be copied."""
    asked = wanted or Wanted.asked(visit.request)
    names, search = tenant_names(visit), visit.request.value("search")
    source = asked.source or _here(visit)
    steps = visit.access.catalog.ladder.steps
    readable, writable = _reached(visit, names, steps[1]), _reached(visit, names, steps[-1])
    met = _met(visit, search, writable) if search else writable
    title, recent = _recent(visit, names)
    view = Choosing(
        sources=[Option(one, names[one], is_chosen=one == source) for one in readable],
        targets=[
            Option(one, names[one], is_chosen=one in asked.targets)
            for one in writable
            if one in met or one in asked.targets
        ],
        sets=[Option(key, label, is_chosen=key in asked.sets) for key, label in set_labels(visit).items()],
        search=search,
        is_searched=len(writable) > MANY,
        has_way=any(one != other for one in readable for other in writable),
        url=visit.url("copy"),
        plan_url=visit.url("copy", "plan"),
        join_url=visit.url("join"),
        recent_title=title,
        recent=recent,
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "copy.html", visit.words.copy, view, at="copy", status=status)


def _reached(visit: Visit, names: dict[TenantId, str], level: AccessLevel) -> list[TenantId]:
    """Return where the visitor holds *level* on what some set belongs to; the plan judges each set by itself."""
    catalog, found = visit.access.catalog, set[TenantId]()
    for key in {declared.resource for declared in catalog.reference_sets}:
        action = next((one for one, needs in catalog.resource(key).actions.items() if needs == level), None)
        if action is None:  # nothing that the host declares needs just this level, so it cannot be asked
            return list(names)
        found.update(visit.access.list_tenants_with(visit.principal, key, action))
    return [one for one in names if one in found]


def _met(visit: Visit, search: str, among: Sequence[TenantId]) -> set[TenantId]:
    page = visit.access.contexts.list_tenants(visit.principal, search, limit=500)
    return {entry.id for entry in page.entries}.intersection(among)


def _recent(visit: Visit, names: dict[TenantId, str]) -> tuple[str, list[Recent]]:
    """Return the latest copies of the tenant that was entered last, for those who see its roster."""
    current = _here(visit)
    if current is None or not visit.sees_roster:
        return "", []
    name = visit.access.contexts.mine(current, visit.principal).name
    page, labels = visit.access.copying.jobs(current, limit=RECENT, by=visit.by), set_labels(visit)
    lines = [
        Recent(
            f"{job.started_at:%Y-%m-%d %H:%M} UTC",
            CHIPS[job.state],
            visit.words.say(STATES[job.state]),
            _ways(visit, names, job),
            ", ".join(labels.get(one, one) for one in job.sets),
            _job_url(visit, job.source, job.id),
        )
        for job in page.jobs
    ]
    return visit.words.say("copy_recent", name=name), lines


def _here(visit: Visit) -> TenantId | None:
    """Return the tenant that the visitor is in: the address names it, or else it is the one that was entered last."""
    layout.stay(visit)
    return None if visit.context is None else visit.context.tenant


def _ways(visit: Visit, names: dict[TenantId, str], job: CopyJob) -> str:
    unseen = visit.words.copy_unknown
    targets = ", ".join(names.get(one, unseen) for one in job.targets)
    return visit.words.say("copy_ways", source=names.get(job.source, unseen), targets=targets)


def _job_url(visit: Visit, source: str, job: str, total: int = 0) -> str:
    return visit.url("copy", source, job, of=str(total or ""))


# --- what would happen -------------------------------------------------------------------------------------------


def asked(visit: Visit) -> PageResponse:
    """Show what copying everything would do, as the address asks."""
    return planned(visit, Wanted.asked(visit.request))


def planned(
    visit: Visit, wanted: Wanted, problem: Problem | None = None, conflict: str = "", plan: CopyPlan | None = None
) -> PageResponse:
    """Show what *wanted* would do; where it cannot be planned, the first page says why."""
    if wanted.source in wanted.targets:
        name = tenant_names(visit).get(TenantId(wanted.source), visit.words.copy_unknown)
        return choose(visit, wanted, Problem(422, visit.words.say("copy_same", name=name)))
    try:
        plan = plan or _plan(visit, wanted)
    except REFUSALS as error:
        return choose(visit, wanted, visit.problem(error))
    words, names, labels = visit.words, tenant_names(visit), set_labels(visit)
    conflicts = plan.count(Verdict.CONFLICTING)
    seen = [Hidden(f"seen.{name}", mark) for name, mark in plan.fingerprints.items()]
    taken = conflict or OnConflict.SKIP.value
    view = Planned(
        source=names.get(plan.source, words.copy_unknown),
        chosen=[
            ChosenSet(
                key,
                labels[key],
                words.say("copy_chosen", count=len(wanted.keys[key])) if key in wanted.keys else words.copy_everything,
                key in wanted.keys,
            )
            for key in plan.sets
        ],
        blocks=[
            TargetBlock(
                target,
                words.say("copy_plan_into", name=names.get(target, words.copy_unknown)),
                [_set_line(visit, labels[one.set], one) for one in plan.comparisons if one.target == target],
            )
            for target in plan.targets
        ],
        hidden=[*wanted.hidden(), *seen],
        choices=[Option(one.value, words.say(f"conflict_{one.value}"), one.value == taken) for one in OnConflict],
        conflicts=conflicts,
        has_any=bool(plan.count(Verdict.NEW) or conflicts),
        url=visit.url("copy", "plan"),
        run_url=visit.url("copy", "run"),
        pick_url=visit.url("copy", "pick"),
        back_url=visit.url("copy") + wanted.query,
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "copy_plan.html", words.copy_plan_title, view, at="copy", status=status)


def _plan(visit: Visit, wanted: Wanted) -> CopyPlan:
    source = tenant_of("copy_from", wanted.source)
    targets = [tenant_of("copy_to", one) for one in wanted.targets]
    if not targets:
        raise InvalidInputError("copy_to", "must be chosen")
    if not wanted.sets:
        raise InvalidInputError("copy_sets", "must be chosen")
    return visit.access.copying.plan(source, targets, wanted.sets, wanted.selection, by=visit.principal)


def _set_line(visit: Visit, label: str, one: Comparison) -> SetLine:
    return SetLine(label, **one.counts, samples=list(_samples(visit, one)))


def _samples(visit: Visit, one: Comparison) -> list[SampleLine]:
    words = visit.words
    return [
        SampleLine(
            verdict.value,
            words.say(f"verdict_{verdict.value}"),
            sample.key,
            sample.label,
            words.say("sample_there", label=sample.there) if sample.there else words.label(sample.why),
        )
        for verdict in Verdict
        for sample in one.samples.get(verdict.value, ())
    ]


# --- copy now ----------------------------------------------------------------------------------------------------


def run(visit: Visit) -> PageResponse:
    """Start the copy that was planned, if it would still do what was shown; its own page goes on with it."""
    form = visit.form(*FIELDS, "seen.", "conflict")
    wanted, conflict = Wanted.sent(form), form.text("conflict")
    try:
        plan = _plan(visit, wanted)
    except REFUSALS as error:
        return choose(visit, wanted, visit.problem(error))
    if form.beginning("seen.") != plan.fingerprints:
        name = tenant_names(visit).get(plan.source, visit.words.copy_unknown)
        changed = Problem(409, visit.words.say("copy_source_changed", name=name))
        return planned(visit, wanted, changed, conflict, plan)
    on_conflict = next((one for one in OnConflict if one.value == conflict), OnConflict.SKIP)
    conflicts = plan.count(Verdict.CONFLICTING)
    if on_conflict is OnConflict.FAIL and conflicts:
        return planned(visit, wanted, Problem(409, visit.words.say("copy_has_conflicts", count=conflicts)), "", plan)
    try:
        started = visit.access.execute(CopyRecords(plan, on_conflict), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return planned(visit, wanted, visit.problem(error), conflict)
    return visit.done(_job_url(visit, plan.source, started.job, sum(plan.count(verdict) for verdict in Verdict)))


ROUTES: Final = (
    Route("GET", "/copy", choose),
    Route("GET", "/copy/plan", asked),
    Route("GET", "/copy/run", choose),
    Route("POST", "/copy/run", run),
)
