"""What a fourth reader tried against copying, and against the records that are copied."""

from collections.abc import Callable
from threading import Thread
from typing import Any, cast

import attrs
import pytest
from tests.services.copies import BILLING, CODES, DIAGNOSES, PAYERS, SMALL, billing, contents, load, some, works
from tests.services.interrupted import InterruptedStore
from tests.services.statements import WITH_SEVERAL_WRITERS
from tests.services.worlds import events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import CopyRecords, Disable, Enable, SuspendPrincipal
from tenantaccess.errors import AccessDeniedError, CopyDeniedError, InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import CopyState, Selection, Verdict
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.policy import Policy
from tenantaccess.model.records import LABEL_LIMIT, ReferenceRecord
from tenantaccess.testing.builders import OPERATOR, Given

NOBODY_SIGNED_IN = cast("By", None)
"""What an adapter passes that has lost who is signed in."""


@pytest.fixture
def catalog() -> Catalog:
    return CODES


@pytest.fixture
def policy() -> Policy:
    return SMALL


@pytest.fixture
def lee(access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId) -> PrincipalId:
    return works(access, make, riverside, lakeside, VIEW, FULL)


# --- who ----------------------------------------------------------------------------------------------------------


@pytest.mark.row("A03", "INV-01")
def test_nobody_reads_writes_or_removes_records_without_being_signed_in(
    access: TenantAccess, riverside: TenantId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A"))
    before = contents(access, riverside)
    tried: list[Callable[[], object]] = [
        lambda: access.records.page(riverside, DIAGNOSES, by=NOBODY_SIGNED_IN),
        lambda: access.records.load(riverside, DIAGNOSES, some("A", "B"), by=NOBODY_SIGNED_IN),
        lambda: access.records.remove(riverside, DIAGNOSES, ["A"], by=NOBODY_SIGNED_IN),
    ]
    for attempt in tried:
        with pytest.raises(AccessDeniedError) as refused:
            attempt()
        assert refused.value.decision.reasons == (Reason.NOT_A_MEMBER,)
    assert contents(access, riverside) == before


@pytest.mark.row("INV-21", "A27")
def test_a_session_that_ended_is_told_nothing_of_a_copy(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A"))
    context = access.contexts.enter(riverside, lee)
    job = access.copying.run(access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee), by=context).job
    assert access.copying.job(riverside, job.id, by=context) == job
    access.execute(Disable(riverside, lee), by=OPERATOR)
    access.execute(Enable(riverside, lee), by=OPERATOR)
    for question in (access.copying.job, access.copying.resume):
        with pytest.raises(AccessDeniedError) as refused:
            question(riverside, job.id, by=context)
        assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)


@pytest.mark.row("INV-36", "MU-23")
def test_the_record_of_a_copy_called_off_tells_through_which_link(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lena: PrincipalId, lee: PrincipalId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A"))
    job = access.execute(CopyRecords(access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)), by=lee).job
    master = make.linked(lakeside, lena)
    access.copying.cancel(riverside, job, by=master)
    ours, theirs = events(access, riverside)[-1], events(access, lakeside)[-1]
    assert (ours.kind, theirs.kind, ours.actor.id, theirs.actor.id) == ("cancel_copy", "cancel_copy", master, master)
    assert (ours.after["through"], theirs.after["through"]) == (None, lena)


@pytest.mark.row("INV-33", "INV-05")
@pytest.mark.parametrize("name", [DIAGNOSES, PAYERS])
@pytest.mark.parametrize("meanwhile", ["streams.advance", "copy_jobs.advance", "records.fingerprint"])
def test_who_is_suspended_while_a_batch_is_written_stops_it_or_comes_after(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str, meanwhile: str
) -> None:
    """Suspending somebody who manages nothing raises no version of a tenant: a batch holds the principal as well."""
    load(access, riverside, name, *some("A", "B", "C", "D", "E"))
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    job = access.execute(CopyRecords(plan), by=lee).job
    thread = Thread(target=lambda: access.execute(SuspendPrincipal(lee), by=OPERATOR))
    came_first: list[bool] = []

    def begin() -> None:
        thread.start()
        thread.join(0.3)  # it waits where the store makes it wait
        came_first.append(not thread.is_alive())

    slow = attrs.evolve(access, store=InterruptedStore(access.store, meanwhile, begin))
    with pytest.raises(CopyDeniedError) as refused:
        slow.copying.resume(riverside, job, on_progress=lambda _: thread.join(20), by=lee)
    assert refused.value.decision.reasons == (Reason.PRINCIPAL_SUSPENDED,)
    landed = [] if came_first == [True] else ["A", "B"]
    assert list({str(key): found for key, found in contents(access, lakeside).items()}[name]) == landed


@pytest.mark.row("INV-05")
@WITH_SEVERAL_WRITERS
@pytest.mark.parametrize("meanwhile", ["principals.find", "streams.advance"])
def test_who_is_suspended_meanwhile_loads_no_records(
    access: TenantAccess, make: Given, riverside: TenantId, meanwhile: str
) -> None:
    coder = make.member(riverside, levels={"codes": FULL})
    slow = attrs.evolve(
        access,
        store=InterruptedStore(access.store, meanwhile, lambda: access.execute(SuspendPrincipal(coder), by=OPERATOR)),
    )
    with pytest.raises(AccessDeniedError):
        slow.records.load(riverside, DIAGNOSES, some("A"), by=coder)
    assert not any(contents(access, riverside).values())


# --- what records say ---------------------------------------------------------------------------------------------


def quoting(record: ReferenceRecord) -> str:
    """A check of a host's that repeats what it found."""
    return f"no code: {record.content['text']}" if record.content else ""


@pytest.mark.row("INV-40", "MU-18")
@pytest.mark.parametrize("text", ["x" * 20_000, "two\nlines", "tab\t", " " * 300, "x" * 190 + "     y"])
def test_a_check_may_say_what_a_record_says(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, text: str
) -> None:
    load(access, riverside, PAYERS, ReferenceRecord("P", "Payer", {"text": text[:19_000]}), *some("Q"))
    sets = [attrs.evolve(one, check=quoting) if one.key == PAYERS else one for one in CODES.reference_sets]
    strict = attrs.evolve(access, catalog=attrs.evolve(CODES, reference_sets=sets))
    plan = strict.copying.plan(riverside, [lakeside], [PAYERS], by=lee)
    assert (plan.count(Verdict.INVALID), plan.count(Verdict.NEW)) == (1, 1)
    (sample,) = plan.comparisons[0].samples["invalid"]
    assert sample.why.startswith("no code:")
    assert strict.copying.run(plan, by=lee).job.state is CopyState.DONE


@pytest.mark.row("INV-40", "MU-18")
def test_what_is_missing_is_named_whatever_it_is_called(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    """A key that has a blank just where the words are cut kept everything else from being copied."""
    for blank in range(165, 185):
        key = "x" * blank + " y"
        load(access, riverside, PAYERS, *some(key))
        load(access, riverside, BILLING, billing(f"V{blank}", key))
    plan = access.copying.plan(riverside, [lakeside], [BILLING], by=lee)
    assert plan.count(Verdict.DANGLING) == 20


@pytest.mark.row("INV-40", "MU-18")
@pytest.mark.parametrize("name", [DIAGNOSES, PAYERS])
def test_the_longest_label_is_shown_in_a_plan(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, name: str
) -> None:
    load(access, riverside, name, *some("A", label="x" * LABEL_LIMIT))
    load(access, lakeside, name, *some("A", label="y" * LABEL_LIMIT))
    plan = access.copying.plan(riverside, [lakeside], [name], by=lee)
    (sample,) = plan.comparisons[0].samples["conflicting"]
    assert (len(sample.label), len(sample.there)) == (LABEL_LIMIT, LABEL_LIMIT)


@pytest.mark.row("A19", "INV-40")
@pytest.mark.parametrize("limit", [True, 1.5, "5", None, 0, -1, 10_000])
def test_a_limit_is_a_whole_number_in_bounds(access: TenantAccess, riverside: TenantId, limit: Any) -> None:
    for question in (access.copying.jobs, access.invitations.search, access.privileges.matrix):
        with pytest.raises(InvalidInputError):
            question(riverside, limit=limit, by=OPERATOR)
    with pytest.raises(InvalidInputError):
        access.records.page(riverside, DIAGNOSES, limit=limit, by=OPERATOR)


@pytest.mark.row("INV-40")
def test_what_a_job_keeps_of_a_selection_is_bounded() -> None:
    """A page of five hundred jobs is read at once, by people who started none of them."""
    assert len(Selection({DIAGNOSES: [f"{number:020}" for number in range(10_000)]}).keys[DIAGNOSES]) == 10_000
    with pytest.raises(InvalidInputError):
        Selection({DIAGNOSES: [f"{number:0200}" for number in range(1_001)]})
