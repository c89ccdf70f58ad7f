"""Copies between whose reads and writes somebody else acts: each step is done once, by one of them (INV-34)."""

from collections.abc import Callable, Collection
from typing import cast

import attrs
import pytest
from tests.services.copies import CODES, DIAGNOSES, PAYERS, SMALL, contents, load, put, some, works
from tests.services.worlds import events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import ChangePrivileges, CopyRecords
from tenantaccess.errors import ConflictError, CopyDeniedError
from tenantaccess.ids import CopyJobId, PrincipalId, TenantId
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import CopyJob, CopyState, OnConflict, Tally, WhyFailed
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.policy import Policy
from tenantaccess.model.privileges import Edit
from tenantaccess.ports.copying import CopyJobRepository
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.faults import FaultKind, FaultyStore

pytestmark = pytest.mark.row("INV-34")
in_memory = pytest.mark.parametrize("store", ["memory"], indirect=True)
several_writers = pytest.mark.parametrize(
    "store", ["memory", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


class Meanwhile(FaultyStore):
    """Runs *act* just before the call of *at* with a number, counted from 1."""

    def __init__(self, inner: Store, at: str, number: int, act: Callable[[], object]) -> None:
        super().__init__(inner)
        self._at, self._left, self._act = at, number, act

    def _enter(self, name: str) -> Collection[FaultKind]:
        due = super()._enter(name)
        if name == self._at:
            self._left -= 1
            if self._left == 0:
                self._act()
        return due


class LosesJobs(FaultyStore):
    """A store on which a job has always moved on: at once, or when it is moved in earnest."""

    def __init__(self, inner: Store, *, holds: bool) -> None:
        super().__init__(inner)
        self._holds = holds

    def _numbered(self, unit: Unit) -> Unit:
        holds = self._holds

        class Late:
            def __getattr__(self, name: str) -> object:
                return getattr(unit.copy_jobs, name)

            def advance(self, seen: CopyJob, to: CopyJob) -> bool:
                return holds and seen == to and unit.copy_jobs.advance(seen, to)

        return attrs.evolve(unit, copy_jobs=cast("CopyJobRepository", Late()))


@pytest.fixture
def catalog() -> Catalog:
    return CODES


@pytest.fixture
def policy() -> Policy:
    return SMALL


@pytest.fixture
def lee(access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId) -> PrincipalId:
    return works(access, make, riverside, lakeside, VIEW, FULL)


@pytest.fixture
def job(access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId) -> CopyJobId:
    """A copy of three records, in two batches and an end."""
    put(access, riverside, DIAGNOSES, some("A", "B", "C"))
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    return access.execute(CopyRecords(plan), by=lee).job


class Enough(Exception):  # noqa: N818  # not an error: a worker that is gone
    """One batch, and no more."""


def one_batch(access: TenantAccess, source: TenantId, job: CopyJobId, lee: PrincipalId) -> None:
    def leave(_: CopyJob) -> None:
        raise Enough

    with pytest.raises(Enough):
        access.copying.resume(source, job, on_progress=leave, by=lee)


def edit(access: TenantAccess, tenant: TenantId, lee: PrincipalId) -> None:
    """Something that moves the tenant's version, and nothing that a copy asks for."""
    access.execute(ChangePrivileges(tenant, [Edit(lee, "claims", VIEW)]), by=OPERATOR)


@several_writers
@pytest.mark.parametrize("number", [1, 3])
def test_whoever_finds_that_another_worker_was_first_goes_on_behind_it(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId, number: int
) -> None:
    slow = Meanwhile(access.store, "memberships.load", number, lambda: one_batch(access, riverside, job, lee))
    result = attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee)
    assert (result.job.state, result.total) == (CopyState.DONE, Tally(added=3))
    assert contents(access, lakeside) == contents(access, riverside)
    assert [one.after.get("state") for one in events(access, lakeside)].count("done") == 1


@several_writers
def test_the_end_is_told_after_whatever_came_first(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId
) -> None:
    # Two batches hold two tenants and who copies each; the seventh stream is that of the end.
    slow = Meanwhile(access.store, "streams.advance", 7, lambda: edit(access, lakeside, lee))
    assert attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee).total == Tally(added=3)
    assert [one.kind for one in events(access, lakeside)[-2:]] == ["change_privileges", "copy_records"]
    assert access.audit.verify(lakeside).holds


@several_writers
def test_a_failure_is_told_after_whatever_came_first(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId
) -> None:
    load(access, riverside, DIAGNOSES, *some("D"))
    # The batch that finds the source changed holds three streams.
    slow = Meanwhile(access.store, "streams.advance", 4, lambda: edit(access, lakeside, lee))
    ended = attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee).job
    assert (ended.state, ended.why) == (CopyState.FAILED, WhyFailed.SOURCE_CHANGED)
    assert [one.kind for one in events(access, lakeside)[-2:]] == ["change_privileges", "copy_records"]
    assert access.audit.verify(lakeside).holds


@several_writers
@pytest.mark.parametrize("why", ["denied", "source_changed"])
def test_what_was_called_off_before_it_failed_is_called_off(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId, why: str
) -> None:
    if why == "denied":
        access.execute(ChangePrivileges(lakeside, [Edit(lee, "codes", VIEW)]), by=OPERATOR)
    else:
        load(access, riverside, DIAGNOSES, *some("D"))
    # Found by `resume`, by the batch, and by what writes the failure down.
    slow = Meanwhile(access.store, "copy_jobs.find", 3, lambda: access.copying.cancel(riverside, job, by=lee))
    ended = attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee).job
    assert (ended.state, ended.why) == (CopyState.CANCELLED, None)
    assert [one.kind for one in events(access, lakeside)].count("cancel_copy") == 1


@several_writers
def test_whoever_finds_it_denied_by_another_worker_is_denied(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId
) -> None:
    access.execute(ChangePrivileges(lakeside, [Edit(lee, "codes", VIEW)]), by=OPERATOR)

    def another() -> None:
        with pytest.raises(CopyDeniedError):
            access.copying.resume(riverside, job, by=lee)

    slow = Meanwhile(access.store, "copy_jobs.find", 3, another)
    with pytest.raises(CopyDeniedError):
        attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee)
    assert [one.after.get("why") for one in events(access, lakeside)].count("denied") == 1


@several_writers
def test_what_is_called_off_while_a_batch_is_planned_moves_once(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId
) -> None:
    """Calling off reads the job, another worker moves it, and it is read again."""
    slow = Meanwhile(access.store, "copy_jobs.find", 1, lambda: one_batch(access, riverside, job, lee))
    assert attrs.evolve(access, store=slow).copying.cancel(riverside, job, by=lee).changed
    behind = Meanwhile(access.store, "memberships.load", 1, lambda: None)
    ended = attrs.evolve(access, store=behind).copying.resume(riverside, job, by=lee).job
    assert (ended.state, ended.total) == (CopyState.CANCELLED, Tally(added=2))
    assert list(contents(access, lakeside)[DIAGNOSES]) == ["A", "B"]


@several_writers
def test_a_batch_written_while_it_is_called_off_is_told(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, job: CopyJobId
) -> None:
    slow = Meanwhile(access.store, "memberships.load", 1, lambda: one_batch(access, riverside, job, lee))
    assert attrs.evolve(access, store=slow).copying.cancel(riverside, job, by=lee).changed
    ended = access.copying.job(riverside, job, by=lee)
    assert (ended.state, ended.total) == (CopyState.CANCELLED, Tally(added=2))
    assert events(access, lakeside)[-1].after["tallies"][DIAGNOSES]["added"] == 2


@in_memory
@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("step", ["batch", "end", "failure"])
def test_a_worker_that_never_comes_first_writes_nothing(
    access: TenantAccess,
    riverside: TenantId,
    lakeside: TenantId,
    lee: PrincipalId,
    job: CopyJobId,
    step: str,
    *,
    holds: bool,
) -> None:
    if step == "end":
        one_batch(access, riverside, job, lee)
        one_batch(access, riverside, job, lee)
    elif step == "failure":
        load(access, riverside, DIAGNOSES, *some("D"))
    before = contents(access, lakeside), len(events(access, lakeside)), access.copying.job(riverside, job, by=lee)
    with pytest.raises(ConflictError) as refused:
        attrs.evolve(access, store=LosesJobs(access.store, holds=holds)).copying.resume(riverside, job, by=lee)
    assert refused.value.retryable
    assert before == (
        contents(access, lakeside),
        len(events(access, lakeside)),
        access.copying.job(riverside, job, by=lee),
    )


@in_memory
def test_a_conflict_under_fail_that_comes_between_reading_and_writing_ends_the_copy(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    put(access, riverside, DIAGNOSES, some("A", "B", "C"))
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    job = access.execute(CopyRecords(plan, OnConflict.FAIL), by=lee).job
    slow = Meanwhile(
        access.store, "memberships.load", 1, lambda: load(access, lakeside, DIAGNOSES, *some("A", label="own"))
    )
    ended = attrs.evolve(access, store=slow).copying.resume(riverside, job, by=lee).job
    assert (ended.state, ended.why, ended.total) == (CopyState.FAILED, WhyFailed.CONFLICT, Tally())


@several_writers
def test_a_key_that_is_taken_between_looking_and_writing_is_looked_at_again(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    """As where a host writes to its own tables, and holds no tenant."""
    put(access, riverside, PAYERS, some("A", "B", "C"))
    plan = access.copying.plan(riverside, [lakeside], [PAYERS], by=lee)
    slow = Meanwhile(access.store, "records.add", 1, lambda: put(access, lakeside, PAYERS, some("B", label="own")))
    assert attrs.evolve(access, store=slow).copying.run(plan, by=lee).total == Tally(added=2, conflicting=1)
    assert [one.label for one in contents(access, lakeside)[PAYERS].values()] == ["Label A", "own", "Label C"]
