"""
A copy on its way, and what became of it (MU-23).

It needs no worker: while its page is open each request does a bounded piece of the work, and whoever comes back to the
address goes on. A host that has a worker calls `Copying.resume` there, and the page only looks on.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import attrs

from tenantaccess.errors import AccessDeniedError, ConflictError, NotFoundError
from tenantaccess.ids import COPY_JOB, TENANT, CopyJobId, TenantId, is_id
from tenantaccess.model.copying import CopyJob, CopyState, Tally
from tenantaccess.services.copy_commands import CancelCopy
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.pages.copy_wanted import Wanted, set_labels, tenant_names
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.sheets import sheet
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

STATES: Final[Mapping[CopyState, str]] = {
    CopyState.RUNNING: "copy_running",
    CopyState.DONE: "copy_done",
    CopyState.CANCELLED: "copy_cancelled",
    CopyState.FAILED: "copy_failed",
}
CHIPS: Final[Mapping[CopyState, str]] = {
    CopyState.RUNNING: "pending",
    CopyState.DONE: "active",
    CopyState.CANCELLED: "unverified",
    CopyState.FAILED: "disabled",
}
STEP: Final = timedelta(seconds=1)
"""How long one request works: a script asks for the next one at once."""
LONG_STEP: Final = timedelta(seconds=8)
"""How long it works for somebody who presses a button each time."""
TOLD_EACH: Final = 10
"""In steps of how many percent progress is told to those who hear it."""


@attrs.frozen
class Counted:
    """What happened so far to one file in one target, or to all of them."""

    target: str
    label: str
    added: int
    updated: int
    identical: int
    conflicting: int
    invalid: int
    dangling: int


@attrs.frozen
class Job:
    """
    What the page shows.

    Args:
        state: How it stands, as a word of style.
        state_label: How it stands.
        why: Why it ended early; empty if it did not.
        source: Where from.
        started: When.
        ended: When it ended; empty while it runs.
        is_running: Whether it is still to be gone on with.
        is_mine: Whether the visitor goes on with it.
        done: How much is done, of
        total: so much.
        told: That, in words.
        lines: What has happened, by target and file; zeros where nothing has yet.
        all: What has happened in all.
        url: This page.
        step_url: Where a piece of the work is asked for.
        may_cancel: Whether the visitor may call it off.
        cancel_url: Where that is done.
        csv_url: The result, to be saved.
        left_url: Where entries that were left out are seen; empty where there are none, or for others.
        again_url: Where another copy begins.
        problem: What went wrong.
    """

    state: str
    state_label: str
    why: str
    source: str
    started: str
    ended: str
    is_running: bool
    is_mine: bool
    done: int
    total: int
    told: str
    lines: Sequence[Counted]
    all: Counted
    url: str
    step_url: str
    may_cancel: bool
    cancel_url: str
    csv_url: str
    left_url: str
    again_url: str
    problem: Problem | None


def show(visit: Visit, tenant: str, job: str, problem: Problem | None = None) -> PageResponse:
    """Show how far a copy has come, or what became of it."""
    found, words = _found(visit, tenant, job), visit.words
    is_running, total = found.state is CopyState.RUNNING, _total(visit)
    done, most = _progress(found, total)
    names, query = tenant_names(visit), {"of": str(total or "")}
    cancel = CancelCopy(found.source, found.id)
    view = Job(
        state=CHIPS[found.state],
        state_label=words.say(STATES[found.state]),
        why="" if found.why is None else words.say(f"copy_why_{found.why.value}"),
        source=names.get(found.source, words.copy_unknown),
        started=f"{found.started_at:%Y-%m-%d %H:%M} UTC",
        ended="" if found.ended_at is None else f"{found.ended_at:%Y-%m-%d %H:%M} UTC",
        is_running=is_running,
        is_mine=is_running and found.actor == visit.principal,
        done=done,
        total=most,
        told=words.say("copy_percent", percent=100 * done // most // TOLD_EACH * TOLD_EACH),
        lines=list(_lines(visit, found, names)),
        all=_counted("", words.tally_total, found.total),
        url=visit.url("copy", tenant, job, **query),
        step_url=visit.url("copy", tenant, job, "step", **query),
        may_cancel=is_running and bool(visit.access.may(cancel, by=visit.principal)),
        cancel_url=visit.url("copy", tenant, job, "cancel", **query),
        csv_url=visit.url("copy", tenant, job, "result.csv"),
        left_url=_left(visit, found),
        again_url=visit.url("copy"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "copy_job.html", words.copy_job_title, view, at="copy", status=status)


def _left(visit: Visit, job: CopyJob) -> str:
    """Return the plan of the same copy as of now: what it left out is left over in it."""
    tally = job.total
    if job.actor != visit.principal or not (tally.conflicting or tally.invalid or tally.dangling):
        return ""
    return visit.url("copy", "plan") + Wanted(job.source, job.targets, job.sets).query


def _found(visit: Visit, tenant: str, job: str) -> CopyJob:
    if not (is_id(tenant, TENANT) and is_id(job, COPY_JOB)):
        raise NotFoundError("copy", job)
    return visit.access.copying.job(TenantId(tenant), CopyJobId(job), by=visit.principal)


def _total(visit: Visit) -> int:
    """Return how many entries the plan counted, as the address says; it is for the bar alone, and may be missing."""
    told = visit.request.value("of")
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 12 else 0  # noqa: PLR2004  # a billion


def _progress(job: CopyJob, total: int) -> tuple[int, int]:
    """Return how much is done, of how much: in entries, or else in files that are finished."""
    if job.state is CopyState.DONE:
        return 1, 1
    if total:
        return min(sum(attrs.astuple(job.total)), total), total
    pairs = [(target, name) for target in job.targets for name in job.sets]
    here = None if job.cursor is None else (job.cursor.target, job.cursor.set)
    return (pairs.index(here) if here in pairs else 0), len(pairs)


def _lines(visit: Visit, job: CopyJob, names: Mapping[TenantId, str]) -> Iterator[Counted]:
    labels = set_labels(visit)
    for target in job.targets:
        tallies = job.tallies.get(target, {})
        for key in job.sets:
            label = names.get(target, visit.words.copy_unknown)
            yield _counted(label, labels.get(key, key), tallies.get(key, Tally()))


def _counted(target: str, label: str, tally: Tally) -> Counted:
    return Counted(target, label, *attrs.astuple(tally))


def step(visit: Visit, tenant: str, job: str) -> PageResponse:
    """Go on with a copy for a moment; to be asked again until it has ended."""
    form, found = visit.form("long"), _found(visit, tenant, job)
    clock = visit.access.clock
    until = clock.now() + (LONG_STEP if form.ticked("long") else STEP)
    # Where it cannot go on it has ended, and its page says so; where somebody else was faster, it is further.
    with suppress(AccessDeniedError, ConflictError):
        visit.access.copying.resume(found.source, found.id, go_on=lambda _: clock.now() < until, by=visit.principal)
    return visit.done(visit.url("copy", tenant, job, of=str(_total(visit) or "")))


def cancel(visit: Visit, tenant: str, job: str) -> PageResponse:
    """Call a copy off; what has landed stays."""
    form, found = visit.form(), _found(visit, tenant, job)
    try:
        visit.access.execute(CancelCopy(found.source, found.id), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return show(visit, tenant, job, visit.problem(error))
    return visit.done(visit.url("copy", tenant, job), visit.words.copy_stopped)


def result(visit: Visit, tenant: str, job: str) -> PageResponse:
    """Return what happened, as a table to be saved."""
    found, words = _found(visit, tenant, job), visit.words
    columns = [field.name for field in attrs.fields(Tally)]
    header = [words.tenant_name, words.copy_set, *(words.say(f"tally_{name}") for name in columns)]
    lines = list(_lines(visit, found, tenant_names(visit)))
    rows = [[one.target, one.label, *(str(getattr(one, name)) for name in columns)] for one in lines]
    return sheet(f"copy-{found.started_at:%Y-%m-%d}", header, rows)


ROUTES: Final = (
    Route("GET", "/copy/{tenant}/{job}", show),
    Route("GET", "/copy/{tenant}/{job}/step", show),
    Route("POST", "/copy/{tenant}/{job}/step", step),
    Route("GET", "/copy/{tenant}/{job}/cancel", show),
    Route("POST", "/copy/{tenant}/{job}/cancel", cancel),
    Route("GET", "/copy/{tenant}/{job}/result.csv", result),
)
