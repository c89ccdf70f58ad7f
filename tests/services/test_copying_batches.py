"""Copies on their way: every batch judged anew, written by one worker, found again by the next (INV-33, INV-34)."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Barrier, Thread

import attrs
import pytest
from tests.services.copies import (
    ALL,
    BILLING,
    CODES,
    DIAGNOSES,
    PAYERS,
    SMALL,
    billing,
    contents,
    load,
    put,
    some,
    works,
)
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import dump, events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AppointManager,
    ChangePrivileges,
    CloseTenant,
    CopyRecords,
    Disable,
    Enable,
    Leave,
    Remove,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    CopyDeniedError,
    IllegalTransitionError,
    NotFoundError,
    StoreError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.audit import Event
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import CopyJob, CopyState, OnConflict, Selection, Tally, WhyFailed
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.policy import Policy
from tenantaccess.model.privileges import Edit
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

SEVERAL_WRITERS = ["memory", pytest.param("postgres", marks=pytest.mark.postgres)]
"""On SQLite nobody writes while a batch is open."""

KEYS = [f"A{number:02}" for number in range(7)]


@pytest.fixture
def catalog() -> Catalog:
    return CODES


@pytest.fixture
def policy() -> Policy:
    return SMALL


@pytest.fixture
def lee(access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId) -> PrincipalId:
    return works(access, make, riverside, lakeside, VIEW, FULL)


@pytest.fixture(params=[DIAGNOSES, PAYERS])
def name(request: pytest.FixtureRequest, access: TenantAccess, riverside: TenantId) -> str:
    """A set of seven: one that a store copies within itself where it can, and one whose records are looked at."""
    put(access, riverside, request.param, some(*KEYS))
    return str(request.param)


def start(access: TenantAccess, source: TenantId, target: TenantId, name: str, lee: PrincipalId) -> CopyJob:
    plan = access.copying.plan(source, [target], [name], by=lee)
    return access.copying.job(source, access.execute(CopyRecords(plan), by=lee).job, by=lee)


class Stop(Exception):  # noqa: N818  # not an error: a worker that is gone
    """The process ends here."""


def die(_: CopyJob) -> None:
    raise Stop


def one_batch(access: TenantAccess, job: CopyJob, lee: PrincipalId) -> CopyJob:
    """Write one batch, as a worker that is killed then."""
    with pytest.raises(Stop):
        access.copying.resume(job.source, job.id, on_progress=die, by=lee)
    return access.copying.job(job.source, job.id, by=lee)


def landed(access: TenantAccess, tenant: TenantId, name: str) -> list[str]:
    return list({str(key): found for key, found in contents(access, tenant).items()}[name])


# --- batches ------------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "A69", "INV-34")
def test_whoever_comes_next_goes_on_where_the_last_one_stopped(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    assert landed(access, lakeside, name) == []
    for count in (2, 4, 6):
        job = one_batch(access, job, lee)
        assert landed(access, lakeside, name) == KEYS[:count]
        assert (job.state, job.total) == (CopyState.RUNNING, Tally(added=count))
        assert job.cursor is not None
        assert job.cursor.after == KEYS[count - 1]

    another = attrs.evolve(access, policy=Policy())
    job = another.copying.resume(riverside, job.id, by=lee).job
    assert (job.state, job.cursor, job.total) == (CopyState.DONE, None, Tally(added=7))
    assert contents(access, lakeside) == contents(access, riverside)
    assert access.copying.resume(riverside, job.id, by=lee).job == job


@pytest.mark.row("MU-23")
def test_a_worker_may_stop_after_any_batch_without_ending_the_job(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    seen: list[int] = []

    def twice(met: CopyJob) -> bool:
        seen.append(met.total.added)
        return len(seen) < 2

    stopped = access.copying.resume(riverside, job.id, go_on=twice, by=lee).job
    assert (stopped.state, stopped.total, seen) == (CopyState.RUNNING, Tally(added=4), [2, 4])
    assert stopped == access.copying.job(riverside, job.id, by=lee)
    ended = access.copying.resume(riverside, job.id, go_on=lambda _: True, by=lee).job
    assert (ended.state, ended.total) == (CopyState.DONE, Tally(added=7))


@pytest.mark.row("MU-23")
def test_progress_is_told_after_each_batch(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    met: list[tuple[int, int]] = []
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    access.copying.run(
        plan, on_progress=lambda job: met.append((job.total.added, len(landed(access, lakeside, name)))), by=lee
    )
    assert met == [(2, 2), (4, 4), (6, 6), (7, 7), (7, 7)]


@pytest.mark.row("MU-23", "INV-34")
def test_batches_raise_no_version_and_the_end_is_one_event(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    here, there = dump(access, riverside), len(events(access, lakeside))
    for _ in range(4):
        job = one_batch(access, job, lee)
    assert (dump(access, riverside), len(events(access, lakeside))) == (here, there)

    told: list[Event] = []
    access.pipeline.hooks.append(told.extend)
    access.copying.resume(riverside, job.id, by=lee)
    assert dump(access, riverside) == here
    assert events(access, lakeside)[there:] == told
    assert [one.after["state"] for one in told] == ["done"]
    assert access.audit.verify(lakeside).holds


@pytest.mark.row("MU-23")
def test_selected_records_are_copied_in_batches_too(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    chosen = {"A06", "A00", "A03"}
    plan = access.copying.plan(riverside, [lakeside], [name], Selection({name: chosen}), by=lee)
    assert access.copying.run(plan, by=lee).total == Tally(added=3)
    assert landed(access, lakeside, name) == sorted(chosen)


def test_selecting_nothing_copies_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [name], Selection({name: set()}), by=lee)
    assert access.copying.run(plan, by=lee).total == Tally()
    assert landed(access, lakeside, name) == []


@pytest.mark.row("MU-18")
def test_what_is_referred_to_is_there_before_what_refers(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    put(access, riverside, PAYERS, some("P1", "P2", "P3"))
    put(access, riverside, BILLING, [billing(f"V{number}", f"P{number}") for number in (3, 2, 1)])
    seen: list[bool] = []

    def look(_: CopyJob) -> None:
        there = contents(access, lakeside)
        seen.append(all(one.refers[PAYERS] in there[PAYERS] for one in there[BILLING].values()))

    plan = access.copying.plan(riverside, [lakeside], [BILLING, PAYERS], by=lee)
    assert access.copying.run(plan, on_progress=look, by=lee).total == Tally(added=6)
    assert seen == [True] * 5


# --- authority ----------------------------------------------------------------------------------------------------

Revoke = Callable[[TenantId, TenantId, PrincipalId], Command[object]]
REVOKED: dict[str, tuple[Revoke, Reason]] = {
    "reading here": (
        lambda here, _, lee: ChangePrivileges(here, [Edit(lee, "codes", NONE)]),
        Reason.DENIED_EXPLICITLY,
    ),
    "writing there": (
        lambda _, there, lee: ChangePrivileges(there, [Edit(lee, "codes", VIEW)]),
        Reason.LEVEL_TOO_LOW,
    ),
    "the source's row": (lambda here, _, lee: Disable(here, lee), Reason.DISABLED),
    "the target's row": (lambda _, there, lee: Disable(there, lee), Reason.DISABLED),
    "the row for good": (lambda here, _, lee: Remove(here, lee), Reason.NOT_A_MEMBER),
    "the principal": (lambda _here, _there, lee: SuspendPrincipal(lee), Reason.PRINCIPAL_SUSPENDED),
    "the source": (lambda here, _there, _lee: SuspendTenant(here), Reason.TENANT_SUSPENDED),
    "the target": (lambda _here, there, _lee: CloseTenant(there), Reason.TENANT_CLOSED),
}


@pytest.mark.row("INV-33", "MU-20")
@pytest.mark.parametrize("batches", [0, 1, 2, 3])
@pytest.mark.parametrize("what", REVOKED)
def test_what_is_revoked_between_two_batches_stops_the_next(
    access: TenantAccess,
    riverside: TenantId,
    lakeside: TenantId,
    lee: PrincipalId,
    name: str,
    what: str,
    batches: int,
) -> None:
    revoke, reason = REVOKED[what]
    job = start(access, riverside, lakeside, name, lee)
    for _ in range(batches):
        job = one_batch(access, job, lee)
    access.execute(revoke(riverside, lakeside, lee), by=OPERATOR)
    there = len(events(access, lakeside))

    with pytest.raises(CopyDeniedError) as refused:
        access.copying.resume(riverside, job.id, by=lee)
    assert refused.value.decision.reasons == (reason,)
    assert (refused.value.source, refused.value.job) == (riverside, job.id)
    assert landed(access, lakeside, name) == KEYS[: 2 * batches]
    ended = access.copying.job(riverside, job.id, by=lee)
    assert (ended.state, ended.why, ended.cursor) == (CopyState.FAILED, WhyFailed.DENIED, None)
    assert ended.total == Tally(added=2 * batches)
    (told,) = events(access, lakeside)[there:]
    assert (told.after["state"], told.after["why"]) == ("failed", "denied")
    assert access.copying.resume(riverside, job.id, by=lee).job == ended


@pytest.mark.row("INV-33", "A68")
def test_whoever_left_the_target_goes_on_with_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = one_batch(access, start(access, riverside, lakeside, name, lee), lee)
    access.execute(Leave(lakeside), by=lee)
    with pytest.raises(CopyDeniedError):
        access.copying.resume(riverside, job.id, by=lee)
    assert landed(access, lakeside, name) == KEYS[:2]


@pytest.mark.row("INV-33")
@pytest.mark.parametrize("meanwhile", ["records.fingerprint", "streams.advance", "memberships.load"])
def test_what_is_revoked_while_a_batch_is_written_stops_it_or_comes_after(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str, meanwhile: str
) -> None:
    """A batch holds both tenants: nobody writes under a right that is gone, whichever commits first."""
    job = start(access, riverside, lakeside, name, lee)
    done: list[bool] = []

    revoke = ChangePrivileges(lakeside, [Edit(lee, "codes", VIEW)])
    thread = Thread(target=lambda: done.append(access.execute(revoke, by=OPERATOR).changed))

    def begin() -> None:
        thread.start()
        thread.join(0.3)  # it waits where the store makes it wait

    slow = attrs.evolve(access, store=InterruptedStore(access.store, meanwhile, begin))
    with pytest.raises(CopyDeniedError):
        slow.copying.resume(riverside, job.id, on_progress=lambda _: thread.join(20), by=lee)
    assert done == [True]
    ended = access.copying.job(riverside, job.id, by=lee)
    assert landed(access, lakeside, name) == KEYS[: ended.total.added]
    assert ended.total.added < len(KEYS)


@pytest.mark.row("MU-20", "INV-33")
def test_a_session_that_ended_goes_on_with_nothing_but_its_principal_does(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    third = make.tenant("Hillside")
    make.manager(third)
    access.execute(AppointManager(third, lee), by=OPERATOR)
    context = access.contexts.enter(third, lee)
    job = one_batch(access, start(access, riverside, lakeside, name, lee), lee)
    access.execute(Disable(third, lee), by=OPERATOR)
    access.execute(Enable(third, lee), by=OPERATOR)

    with pytest.raises(AccessDeniedError) as refused:
        access.copying.resume(riverside, job.id, by=context)
    assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)
    assert landed(access, lakeside, name) == KEYS[:2]
    assert access.copying.resume(riverside, job.id, by=lee).job.state is CopyState.DONE


# --- the source, and conflicts ------------------------------------------------------------------------------------


@pytest.mark.row("MU-19", "INV-34")
@pytest.mark.parametrize("batches", [0, 1, 3])
def test_a_source_that_changes_between_two_batches_ends_the_copy(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str, batches: int
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    for _ in range(batches):
        job = one_batch(access, job, lee)
    load(access, riverside, name, ReferenceRecord("A00", "new words"))

    ended = access.copying.resume(riverside, job.id, by=lee).job
    assert (ended.state, ended.why) == (CopyState.FAILED, WhyFailed.SOURCE_CHANGED)
    assert ended.total == Tally(added=2 * batches)
    assert landed(access, lakeside, name) == KEYS[: 2 * batches]
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    access.copying.run(plan, on_conflict=OnConflict.UPDATE, by=lee)
    assert contents(access, lakeside) == contents(access, riverside)


@pytest.mark.row("MU-19", "INV-34")
@pytest.mark.parametrize("store", SEVERAL_WRITERS, indirect=True)
def test_a_source_that_changes_under_a_batch_is_found_before_it_is_kept(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    """As where a host's own tables move without asking anybody."""
    job = start(access, riverside, lakeside, name, lee)

    def move() -> None:
        put(access, riverside, name, some("A00", label="new words"))

    slow = attrs.evolve(access, store=InterruptedStore(access.store, "records.fingerprint", move))
    ended = slow.copying.resume(riverside, job.id, by=lee).job
    assert (ended.state, ended.why) == (CopyState.FAILED, WhyFailed.SOURCE_CHANGED)
    assert landed(access, lakeside, name) == []


@pytest.mark.row("MU-22", "INV-34")
def test_a_conflict_met_midway_ends_a_copy_that_is_to_fail(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    started = access.execute(CopyRecords(plan, OnConflict.FAIL), by=lee).job
    job = one_batch(access, access.copying.job(riverside, started, by=lee), lee)
    load(access, lakeside, name, ReferenceRecord("A03", "their own"))

    ended = access.copying.resume(riverside, job.id, by=lee).job
    assert (ended.state, ended.why, ended.total) == (CopyState.FAILED, WhyFailed.CONFLICT, Tally(added=2))
    assert landed(access, lakeside, name) == ["A00", "A01", "A03"]


# --- several at once ----------------------------------------------------------------------------------------------


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run *jobs* in threads, let go at one moment; answer in order what each came to, a lost race being an answer."""
    gate, answers = Barrier(len(jobs), timeout=20), [Future[object]() for _ in jobs]

    def run(job: Callable[[], object], answer: Future[object]) -> None:
        try:
            gate.wait()
            answer.set_result(job())
        except BaseException as error:  # noqa: BLE001  # it is raised where the answer is looked at
            if isinstance(error, ConflictError) and error.retryable:
                answer.set_result(error)
            else:
                answer.set_exception(error)

    for job, answer in zip(jobs, answers, strict=True):
        Thread(target=run, args=(job, answer), daemon=True).start()  # else one that hangs holds up the tests' end
    return [answer.result(60) for answer in answers]


def test_what_breaks_in_a_thread_breaks_its_test() -> None:
    def lose() -> object:
        raise ConflictError("trying", retryable=True)

    def fail() -> object:
        raise StoreError("trying")

    assert [str(answer) for answer in together(lose, lambda: "done")] == [str(ConflictError("trying")), "done"]
    with pytest.raises(StoreError):
        together(lambda: "done", fail)


@pytest.mark.row("INV-34", "A69")
def test_two_workers_on_one_job_write_every_record_once(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    answers = together(*[lambda: access.copying.resume(riverside, job.id, by=lee)] * 3)

    ended = access.copying.job(riverside, job.id, by=lee)
    if any(isinstance(answer, ConflictError) for answer in answers):  # a worker may give up; the job does not
        ended = access.copying.resume(riverside, job.id, by=lee).job
    assert (ended.state, ended.total) == (CopyState.DONE, Tally(added=7))
    assert contents(access, lakeside) == contents(access, riverside)
    told = [one for one in events(access, lakeside) if one.after.get("state") == "done"]
    assert len(told) == 1
    assert access.audit.verify(lakeside).holds


@pytest.mark.row("INV-34", "INV-33")
def test_two_copies_in_opposite_directions_end_both(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, name: str
) -> None:
    """Neither waits for the other for ever; whoever's source is moved by the other one plans again."""
    both = make.manager(riverside)
    access.execute(AppointManager(lakeside, both), by=OPERATOR)
    put(access, lakeside, name, some("B00", "B01", "B02", "B03"))
    jobs = [start(access, *ends, name, both) for ends in ((riverside, lakeside), (lakeside, riverside))]
    together(*[lambda job=job: access.copying.resume(job.source, job.id, by=both) for job in jobs])

    ended = [access.copying.resume(job.source, job.id, by=both).job for job in jobs]
    first, second = sorted(ended, key=lambda job: job.state.value)
    assert (first.state, first.why) == (CopyState.DONE, None)
    assert (second.state, second.why, second.total) == (CopyState.FAILED, WhyFailed.SOURCE_CHANGED, Tally())
    assert {one: len(landed(access, one, name)) for one in (first.source, second.source)} == {
        first.source: first.total.added,
        second.source: 11,
    }
    for ends in ((riverside, lakeside), (lakeside, riverside)):
        access.copying.run(access.copying.plan(ends[0], [ends[1]], [name], by=both), by=both)
    assert contents(access, lakeside) == contents(access, riverside)
    assert len(landed(access, lakeside, name)) == 11


@pytest.mark.row("INV-34")
@pytest.mark.parametrize("store", SEVERAL_WRITERS, indirect=True)
def test_a_tenant_that_others_change_all_the_time_is_copied_from_all_the_same(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, maria: PrincipalId, name: str
) -> None:
    """Between reading and writing of a batch somebody commits: it is tried again, with the streams locked."""
    job = start(access, riverside, lakeside, name, lee)
    levels: Iterator[object] = iter([VIEW, FULL])

    def edit() -> None:
        access.execute(ChangePrivileges(riverside, [Edit(maria, "claims", next(levels))]), by=OPERATOR)  # type: ignore[arg-type]  # a level

    slow = attrs.evolve(access, store=InterruptedStore(access.store, "streams.advance", edit))
    assert slow.copying.resume(riverside, job.id, by=lee).total == Tally(added=7)


# --- calling it off -----------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "INV-34")
@pytest.mark.parametrize("who", ["lee", "maria", "lena", "operator"])
def test_a_copy_is_called_off_by_who_has_a_part_in_it(
    access: TenantAccess,
    riverside: TenantId,
    lakeside: TenantId,
    lee: PrincipalId,
    maria: PrincipalId,
    lena: PrincipalId,
    name: str,
    who: str,
) -> None:
    people: dict[str, By] = {"lee": lee, "maria": maria, "lena": lena, "operator": OPERATOR}
    somebody = people[who]
    job = one_batch(access, start(access, riverside, lakeside, name, lee), lee)
    here, there = len(events(access, riverside)), len(events(access, lakeside))

    assert access.copying.cancel(riverside, job.id, by=somebody).changed
    ended = access.copying.job(riverside, job.id, by=lee)
    assert (ended.state, ended.why, ended.total) == (CopyState.CANCELLED, None, Tally(added=2))
    assert access.copying.resume(riverside, job.id, by=lee).job == ended
    assert landed(access, lakeside, name) == KEYS[:2]
    (ours,), (theirs,) = events(access, riverside)[here:], events(access, lakeside)[there:]
    assert (ours.kind, theirs.kind) == ("cancel_copy", "cancel_copy")
    assert ours.after["state"] == "cancelled"
    assert theirs.after["tallies"][name]["added"] == 2

    assert not access.copying.cancel(riverside, job.id, by=somebody).changed
    assert (len(events(access, riverside)), len(events(access, lakeside))) == (here + 1, there + 1)


@pytest.mark.row("MU-23", "A02", "INV-11")
def test_a_copy_is_not_a_strangers_to_call_off(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    elsewhere = make.manager(make.tenant("Hillside"))
    for somebody in (elsewhere, make.member(riverside, levels={"codes": FULL, "manage_account": VIEW})):
        with pytest.raises(NotFoundError) as refused:
            access.copying.cancel(riverside, job.id, by=somebody)
        assert str(refused.value) == f"no copy `{job.id}`"
    for source, wanted in ((lakeside, job.id), (riverside, type(job.id)("cpy_" + "0" * 32))):
        with pytest.raises(NotFoundError):
            access.copying.cancel(source, wanted, by=lee)
    assert access.copying.job(riverside, job.id, by=lee) == job


def test_what_has_ended_is_not_called_off(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    job = access.copying.run(plan, by=lee).job
    with pytest.raises(IllegalTransitionError) as refused:
        access.copying.cancel(riverside, job.id, by=lee)
    assert refused.value.status == "done"


@pytest.mark.row("MU-23", "INV-34")
def test_a_copy_called_off_while_a_batch_is_written_keeps_it_or_not_at_all(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    job = start(access, riverside, lakeside, name, lee)
    together(
        lambda: access.copying.resume(riverside, job.id, by=lee),
        lambda: _called_off(access, job, lee),
    )
    ended = access.copying.job(riverside, job.id, by=lee)
    assert ended.state in {CopyState.CANCELLED, CopyState.DONE}
    assert landed(access, lakeside, name) == KEYS[: ended.total.added]


def _called_off(access: TenantAccess, job: CopyJob, lee: PrincipalId) -> None:
    try:
        access.copying.cancel(job.source, job.id, by=lee)
    except IllegalTransitionError:
        return


@pytest.mark.row("MU-23")
def test_a_target_that_was_finished_keeps_its_end(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    third = make.tenant("Hillside")
    access.execute(AppointManager(third, lee), by=OPERATOR)
    put(access, riverside, DIAGNOSES, some("A00"))
    plan = access.copying.plan(riverside, [lakeside, third], [DIAGNOSES], by=lee)
    job = access.copying.job(riverside, access.execute(CopyRecords(plan), by=lee).job, by=lee)
    for _ in range(2):
        job = one_batch(access, job, lee)
    assert events(access, lakeside)[-1].after["state"] == "done"
    before = len(events(access, lakeside))
    access.copying.cancel(riverside, job.id, by=lee)
    assert len(events(access, lakeside)) == before
    assert events(access, third)[-1].after["state"] == "cancelled"


@pytest.mark.row("INV-34")
def test_time_goes_on_while_a_copy_does(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str, clock: FrozenClock
) -> None:
    job = one_batch(access, start(access, riverside, lakeside, name, lee), lee)
    clock.advance(access.policy.activity_every)
    ended = access.copying.resume(riverside, job.id, by=lee).job
    assert ended.ended_at == clock.now()
    assert events(access, lakeside)[-1].at == clock.now()


@pytest.mark.row("INV-10", "INV-33")
def test_a_copy_leaves_its_source_as_it_was(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    """All that is stored about it: rows, roles, records, what it is recognised by; one event says who copied."""
    put(access, lakeside, name, some("A01", label="their own"))
    records, rows, roles = contents(access, riverside), _rows(access, riverside), _roles(access, riverside)
    count = len(events(access, riverside))
    plan = access.copying.plan(riverside, [lakeside], ALL, by=lee)
    access.copying.run(plan, on_conflict=OnConflict.UPDATE, by=lee)

    assert contents(access, riverside) == records
    assert access.copying.plan(riverside, [lakeside], ALL, by=lee).fingerprints == plan.fingerprints
    assert (_rows(access, riverside), _roles(access, riverside)) == (rows, roles)
    assert len(events(access, riverside)) == count + 1


def _rows(access: TenantAccess, tenant: TenantId) -> object:
    with access.store.reading() as unit:
        found = unit.tenants.find(tenant)
        return (
            found and found[0],
            list(unit.queries.page(tenant, "", 1_000)),
            list(unit.invitations.page(tenant, None, 9)),
        )


def _roles(access: TenantAccess, tenant: TenantId) -> object:
    with access.store.reading() as unit:
        return list(unit.roles.list(tenant))
