"""Copying: planned, judged at both ends, done in batches, told in the record of both (MU-17 to MU-23)."""

from typing import Any

import attrs
import pytest
from tests.services.copies import (
    ALL,
    BAD,
    BILLING,
    CODES,
    DIAGNOSES,
    PAYERS,
    billing,
    contents,
    load,
    marks,
    put,
    some,
    works,
)
from tests.services.worlds import ABSENT, NOBODY, events, refusals

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain, structured
from tenantaccess.commands import (
    AppointManager,
    CancelCopy,
    ChangePrivileges,
    CopyRecords,
    Disable,
    LimitSegments,
    Remove,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By, System
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import CopyPlan, CopyState, OnConflict, Selection, Tally, Verdict
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW, AccessLevel
from tenantaccess.model.privileges import Edit
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.services import cursors
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import RecordingMailer


@pytest.fixture
def catalog() -> Catalog:
    return CODES


@pytest.fixture
def lee(access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId) -> PrincipalId:
    """Somebody who may view codes at Riverside, and everything about them at Lakeside."""
    return works(access, make, riverside, lakeside, VIEW, FULL)


@pytest.fixture
def filled(access: TenantAccess, riverside: TenantId, lakeside: TenantId) -> None:
    """Codes of every verdict."""
    put(access, riverside, DIAGNOSES, some("A00.0", "A00.1", "B01"))
    put(access, riverside, PAYERS, [*some("P1", "P2"), ReferenceRecord("P3", "bad")])
    put(access, riverside, BILLING, [billing("V1", "P1"), billing("V2", "P3"), billing("V3", "P9")])
    put(access, lakeside, DIAGNOSES, [*some("A00.1"), ReferenceRecord("B01", "their own"), *some("Z99")])


# --- planning -------------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-18", "MU-22")
@pytest.mark.usefixtures("filled")
def test_a_plan_counts_every_verdict_with_samples(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    before = contents(access, riverside), contents(access, lakeside)
    plan = access.copying.plan(riverside, [lakeside], ALL, by=lee)

    assert [one.set for one in plan.comparisons] == [DIAGNOSES, PAYERS, BILLING]
    diagnoses, payers, codes = plan.comparisons
    assert diagnoses.counts == {"new": 1, "identical": 1, "conflicting": 1, "invalid": 0, "dangling": 0}
    assert (payers.new, payers.invalid) == (2, 1)
    assert (codes.new, codes.dangling) == (1, 2)
    assert [(one.key, one.label, one.there) for one in diagnoses.samples["conflicting"]] == [
        ("B01", "Label B01", "their own")
    ]
    assert [(one.key, one.why) for one in payers.samples["invalid"]] == [("P3", BAD)]
    assert [(one.key, one.why) for one in codes.samples["dangling"]] == [
        ("V2", "needs insurance_payers `P3`"),
        ("V3", "needs insurance_payers `P9`"),
    ]
    assert [plan.count(verdict) for verdict in Verdict] == [4, 1, 1, 1, 2]
    assert (contents(access, riverside), contents(access, lakeside)) == before


@pytest.mark.row("MU-18")
@pytest.mark.usefixtures("filled")
def test_what_refers_to_a_set_that_is_not_chosen_dangles_unless_the_target_has_it(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    assert access.copying.plan(riverside, [lakeside], [BILLING], by=lee).count(Verdict.DANGLING) == 3
    put(access, lakeside, PAYERS, some("P9", label="their own"))

    (one,) = access.copying.plan(riverside, [lakeside], [BILLING], by=lee).comparisons
    assert (one.new, one.dangling) == (1, 2)


@pytest.mark.row("MU-23")
@pytest.mark.usefixtures("filled")
def test_what_refers_to_a_record_that_is_not_selected_dangles(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    chosen = Selection({PAYERS: {"P2"}})
    plan = access.copying.plan(riverside, [lakeside], [PAYERS, BILLING], chosen, by=lee)
    assert [(one.new, one.invalid, one.dangling) for one in plan.comparisons] == [(1, 0, 0), (0, 0, 3)]

    result = access.copying.run(plan, by=lee)
    assert list(contents(access, lakeside)[PAYERS]) == ["P2"]
    assert result.total == Tally(added=1, dangling=3)


@pytest.mark.row("MU-17")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["here", "there"]}, "to"),
        ({"to": ["here"]}, "to"),
        ({"to": ["there", "there"]}, "to"),
        ({"to": [f"ten_{number:032x}" for number in range(101)]}, "to"),
        ({"to": ["lakeside"]}, "to"),
        ({"to": "there"}, "to"),
        ({"sets": []}, "sets"),
        ({"sets": [DIAGNOSES, DIAGNOSES]}, "sets"),
        ({"sets": DIAGNOSES}, "sets"),
        ({"sets": ["Diagnosis codes"]}, "reference_set"),
        ({"selection": Selection({PAYERS: {"P1"}})}, "selection"),
        ({"selection": {"insurance_payers": ["P1"]}}, "selection"),
        ({"source": "riverside"}, "source"),
    ],
)
@pytest.mark.row("MU-21", "INV-40")
def test_a_copy_that_cannot_be_is_refused_before_anything_is_read(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, wrong: dict[str, Any], field: str
) -> None:
    named = {"here": riverside, "there": lakeside}
    given: dict[str, Any] = {"source": riverside, "to": [lakeside], "sets": [DIAGNOSES], **wrong}
    if isinstance(given["to"], list):
        given["to"] = [named.get(one, one) for one in given["to"]]
    with pytest.raises(InvalidInputError) as refused:
        access.copying.plan(**given, by=lee)
    assert refused.value.field == field


@pytest.mark.row("MU-17")
def test_a_set_that_is_not_declared_is_unknown(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    with pytest.raises(UnknownNameError, match="patients"):
        access.copying.plan(riverside, [lakeside], ["patients"], by=lee)


def test_a_named_record_that_the_source_has_not_is_told(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    put(access, riverside, DIAGNOSES, some("A00.0"))
    with pytest.raises(NotFoundError, match=r"A00\.9"):
        access.copying.plan(riverside, [lakeside], [DIAGNOSES], Selection({DIAGNOSES: {"A00.0", "A00.9"}}), by=lee)


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-33", "A68", "MU-20")
@pytest.mark.parametrize(
    ("reads", "writes", "reason"),
    [
        (NONE, FULL, Reason.DENIED_EXPLICITLY),
        (VIEW, VIEW, Reason.LEVEL_TOO_LOW),
        (FULL, VIEW, Reason.LEVEL_TOO_LOW),
        (FULL, NONE, Reason.DENIED_EXPLICITLY),
    ],
)
def test_a_copy_needs_to_read_here_and_to_write_there(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    lakeside: TenantId,
    reads: AccessLevel,
    writes: AccessLevel,
    reason: Reason,
) -> None:
    lee = works(access, make, riverside, lakeside, reads, writes)
    put(access, riverside, DIAGNOSES, some("A00.0"))
    with pytest.raises(AccessDeniedError) as refused:
        access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    assert refused.value.decision.reasons[0] is reason
    assert not access.may(CopyRecords(planned(access, riverside, lakeside)), by=lee)
    with pytest.raises(AccessDeniedError):
        access.copying.run(planned(access, riverside, lakeside), by=lee)
    assert contents(access, lakeside)[DIAGNOSES] == {}


def planned(access: TenantAccess, source: TenantId, target: TenantId) -> CopyPlan:
    """The plan that somebody who may would have been given."""
    data = {
        "source": source,
        "targets": [target],
        "sets": [DIAGNOSES],
        "fingerprints": {DIAGNOSES: marks(access, source)[0]},
        "comparisons": [{"target": target, "set": DIAGNOSES}],
    }
    return structured(data, CopyPlan)


@pytest.mark.row("A67", "A02", "INV-33", "INV-12")
@pytest.mark.parametrize("end", ["source", "target"])
def test_a_tenant_out_of_reach_looks_like_one_that_does_not_exist(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, end: str
) -> None:
    kim = make.manager(riverside if end == "target" else lakeside)
    load(access, riverside, DIAGNOSES, *some("A00.0"))
    answers = []
    for foreign in (lakeside if end == "target" else riverside, ABSENT):
        here, there = (riverside, foreign) if end == "target" else (foreign, lakeside)
        with pytest.raises(NotFoundError) as refused:
            access.copying.plan(here, [there], [DIAGNOSES], Selection({DIAGNOSES: {"A00.0"}}), by=kim)
        plan = planned(access, here, there)
        with pytest.raises(NotFoundError):
            access.execute(CopyRecords(plan), by=kim)
        answers.append((str(refused.value).replace(foreign, "?"), access.may(CopyRecords(plan), by=kim)))
    assert answers[0] == answers[1]
    assert contents(access, lakeside)[DIAGNOSES] == {}


@pytest.mark.row("INV-33")
def test_a_row_limited_to_segments_copies_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, maria: PrincipalId
) -> None:
    access.execute(LimitSegments(riverside, lee, ["medicaid"]), by=maria)
    with pytest.raises(AccessDeniedError) as refused:
        access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    assert refused.value.decision.reasons == (Reason.SEGMENT_REQUIRED,)


@pytest.mark.row("MU-21")
@pytest.mark.parametrize("end", ["source", "target"])
def test_a_suspended_tenant_takes_no_part(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId, end: str
) -> None:
    access.execute(SuspendTenant(riverside if end == "source" else lakeside), by=OPERATOR)
    with pytest.raises(AccessDeniedError) as refused:
        access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    assert refused.value.decision.reasons == (Reason.TENANT_SUSPENDED,)


@pytest.mark.row("INV-33")
@pytest.mark.parametrize("by", [OPERATOR, System(), None])
def test_whoever_has_no_levels_copies_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, by: Any
) -> None:
    for attempt in (
        lambda: access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=by),
        lambda: access.copying.run(planned(access, riverside, lakeside), by=by),
    ):
        with pytest.raises(AccessDeniedError):
            attempt()


@pytest.mark.row("MU-20")
def test_a_context_of_any_tenant_copies_for_its_principal(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    put(access, riverside, DIAGNOSES, some("A00.0"))
    third = make.tenant("Hillside")
    access.execute(AppointManager(third, lee), by=OPERATOR)
    context = access.contexts.enter(third, lee)
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=context)
    assert access.copying.run(plan, by=context).job.actor == lee
    assert list(contents(access, lakeside)[DIAGNOSES]) == ["A00.0"]

    make.manager(third, "another")
    access.execute(Disable(third, lee), by=OPERATOR)
    for attempt in (
        lambda: access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=context),
        lambda: access.copying.run(plan, by=context),
    ):
        with pytest.raises(AccessDeniedError) as refused:
            attempt()
        assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)


# --- what happens ---------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "INV-34", "INV-35", "INV-10")
@pytest.mark.usefixtures("filled")
def test_a_copy_skips_what_conflicts_unless_told_otherwise(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    source = contents(access, riverside)
    result = access.copying.run(access.copying.plan(riverside, [lakeside], ALL, by=lee), by=lee)

    there = contents(access, lakeside)
    assert result.job.state is CopyState.DONE
    assert dict(there[DIAGNOSES]) == {
        **source[DIAGNOSES],
        "B01": ReferenceRecord("B01", "their own"),
        "Z99": some("Z99")[0],
    }
    assert list(there[PAYERS]) == ["P1", "P2"]
    assert list(there[BILLING]) == ["V1"]
    assert result.total == Tally(added=4, identical=1, conflicting=1, invalid=1, dangling=2)
    assert contents(access, riverside) == source


@pytest.mark.row("MU-22", "INV-35")
@pytest.mark.usefixtures("filled")
def test_a_copy_updates_where_it_is_told_to_and_removes_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    result = access.copying.run(plan, on_conflict=OnConflict.UPDATE, by=lee)

    assert result.total == Tally(added=1, updated=1, identical=1)
    assert dict(contents(access, lakeside)[DIAGNOSES]) == {
        **contents(access, riverside)[DIAGNOSES],
        "Z99": some("Z99")[0],
    }


@pytest.mark.row("MU-22")
@pytest.mark.usefixtures("filled")
def test_a_copy_that_is_to_fail_does_not_begin_where_there_are_conflicts(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [PAYERS, DIAGNOSES], by=lee)
    before = contents(access, lakeside)
    with pytest.raises(ConflictError) as refused:
        access.copying.run(plan, on_conflict=OnConflict.FAIL, by=lee)
    assert refused.value.found == "1"
    assert contents(access, lakeside) == before
    assert access.copying.jobs(lakeside, by=OPERATOR).jobs == ()

    plan = access.copying.plan(riverside, [lakeside], [PAYERS], by=lee)
    assert access.copying.run(plan, on_conflict=OnConflict.FAIL, by=lee).total == Tally(added=2, invalid=1)


@pytest.mark.row("MU-23", "INV-34")
@pytest.mark.usefixtures("filled")
def test_copying_again_adds_nothing_twice(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    access.copying.run(access.copying.plan(riverside, [lakeside], ALL, by=lee), by=lee)
    there, marked = contents(access, lakeside), marks(access, lakeside)
    again = access.copying.run(access.copying.plan(riverside, [lakeside], ALL, by=lee), by=lee)

    assert again.total == Tally(identical=5 - 1 + 1, conflicting=1, invalid=1, dangling=2)
    assert (contents(access, lakeside), marks(access, lakeside)) == (there, marked)


@pytest.mark.row("MU-23")
def test_what_was_copied_lives_its_own_life(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A00.0"))
    access.copying.run(access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee), by=lee)
    load(access, riverside, DIAGNOSES, *some("A00.0", label="new words"))
    assert contents(access, lakeside)[DIAGNOSES]["A00.0"].label == "Label A00.0"


@pytest.mark.row("INV-35", "A71")
@pytest.mark.usefixtures("filled")
def test_nothing_comes_along_but_content(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    """Whatever names the source, its people or its ids stays behind."""
    access.copying.run(access.copying.plan(riverside, [lakeside], ALL, by=lee), by=lee)
    landed = [one for found in contents(access, lakeside).values() for one in found.values()]
    assert len(landed) > 5
    assert {field.name for field in attrs.fields(ReferenceRecord)} == {
        "key",
        "label",
        "content",
        "refers",
        "_digest",
        "_kept",
    }
    assert riverside not in str(landed)
    assert lee not in str(landed)


@pytest.mark.row("MU-18", "MU-23")
@pytest.mark.usefixtures("filled")
def test_one_source_several_targets_each_to_its_end(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    third = make.tenant("Hillside")
    access.execute(AppointManager(third, lee), by=OPERATOR)
    result = access.copying.run(access.copying.plan(riverside, [lakeside, third], ALL, by=lee), by=lee)

    assert contents(access, third)[DIAGNOSES] == contents(access, riverside)[DIAGNOSES]
    assert result.job.tallies[third][DIAGNOSES] == Tally(added=3)
    assert result.job.tallies[lakeside][DIAGNOSES] == Tally(added=1, identical=1, conflicting=1)


@pytest.mark.row("MU-23", "INV-10", "INV-36")
@pytest.mark.usefixtures("filled")
def test_both_ends_have_it_in_their_record(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    here, there = len(events(access, riverside)), len(events(access, lakeside))
    plan = access.copying.plan(riverside, [lakeside], ALL, by=lee)
    job = access.copying.run(plan, by=lee).job

    (started,) = events(access, riverside)[here:]
    began, ended = events(access, lakeside)[there:]
    assert {one.kind for one in (started, began, ended)} == {"copy_records"}
    assert {(one.subject, one.actor.id) for one in (started, began, ended)} == {(job.id, lee)}
    assert started.after["targets"] == [lakeside]
    assert started.after["planned"][lakeside][DIAGNOSES]["conflicting"] == 1
    assert (began.after["source"], began.after["state"]) == (riverside, "running")
    assert began.after["fingerprints"] == plain(plan.fingerprints)
    assert (ended.after["state"], ended.after["tallies"][DIAGNOSES]["added"]) == ("done", 1)
    assert all(access.audit.verify(tenant).holds for tenant in (riverside, lakeside))
    for one in (started, began, ended):
        assert "Label" not in str(one)
        assert "their own" not in str(one)


@pytest.mark.row("MU-23")
@pytest.mark.usefixtures("filled")
def test_the_managers_of_the_target_are_told(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    boss = make.registered(lakeside)
    access.execute(AppointManager(lakeside, boss), by=OPERATOR)
    access.notices.deliver(RecordingMailer())
    access.copying.run(access.copying.plan(riverside, [lakeside], ALL, by=lee), by=lee)
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    assert [(one.purpose, one.tenant_name) for one in mailer.messages] == [("copy_records", "Lakeside Clinic")]


@pytest.mark.row("MU-19", "INV-34")
@pytest.mark.usefixtures("filled")
def test_a_source_that_changed_since_it_was_planned_is_planned_again(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    load(access, riverside, DIAGNOSES, *some("C00"))
    before = contents(access, lakeside)
    with pytest.raises(ConflictError) as refused:
        access.copying.run(plan, by=lee)
    assert (refused.value.what, refused.value.retryable) == ("`diagnosis_codes` of the source", False)
    assert contents(access, lakeside) == before
    assert access.may(CopyRecords(plan), by=lee).reasons == (Reason.CHANGED,)

    access.copying.run(access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee), by=lee)
    assert "C00" in contents(access, lakeside)[DIAGNOSES]


def test_a_set_that_was_not_planned_may_change(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    load(access, riverside, PAYERS, *some("P1"))
    assert access.copying.run(plan, by=lee).job.state is CopyState.DONE


@pytest.mark.row("MU-22")
@pytest.mark.usefixtures("filled")
def test_a_plan_travels_as_plain_data(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    chosen = Selection({DIAGNOSES: {"A00.0"}})
    plan = access.copying.plan(riverside, [lakeside], ALL, chosen, by=lee)
    back = structured(plain(plan), CopyPlan)
    assert back == plan
    result = access.copying.run(back, by=lee)
    assert list(contents(access, lakeside)[DIAGNOSES]) == ["A00.0", "A00.1", "B01", "Z99"]
    assert result.total.added == 4


# --- one key, one copy ----------------------------------------------------------------------------------------------


@pytest.mark.row("INV-34", "MU-23")
@pytest.mark.usefixtures("filled")
def test_a_repeated_key_answers_with_the_same_job(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], ALL, by=lee)
    first = access.copying.run(plan, by=lee, key="order-1")
    again = access.copying.run(plan, by=lee, key="order-1")
    assert again == first
    assert len(access.copying.jobs(lakeside, by=OPERATOR).jobs) == 1
    assert access.execute(CopyRecords(plan), by=lee, key="order-1").job == first.job.id


@pytest.mark.row("INV-34", "MU-23")
@pytest.mark.usefixtures("filled")
def test_a_repeated_key_answers_with_the_same_job_though_the_plan_was_made_again(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], ALL, by=lee)
    first = access.copying.run(plan, by=lee, key="order-1")
    counted_since = access.copying.plan(riverside, [lakeside], ALL, by=lee)
    assert counted_since != plan
    assert access.copying.run(counted_since, by=lee, key="order-1") == first


@pytest.mark.row("A70", "INV-34")
def test_a_key_stands_for_one_copy(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A00.0"))
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    first = access.copying.run(plan, by=lee, key="order-1")

    third = make.tenant("Hillside")
    access.execute(AppointManager(third, lee), by=OPERATOR)
    other_set = access.copying.plan(riverside, [lakeside], [PAYERS], by=lee)
    other_target = access.copying.plan(riverside, [third], [DIAGNOSES], by=lee)
    other_source = access.copying.plan(third, [lakeside], [DIAGNOSES], by=lee)
    for wanted in (other_set, other_target, other_source):
        with pytest.raises(ConflictError, match="the key was used for another command"):
            access.copying.run(wanted, by=lee, key="order-1")
    with pytest.raises(ConflictError, match="the key was used for another command"):
        access.copying.run(plan, on_conflict=OnConflict.UPDATE, by=lee, key="order-1")
    assert contents(access, third)[DIAGNOSES] == {}
    assert access.copying.job(riverside, first.job.id, by=lee) == first.job


@pytest.mark.row("A70", "INV-34")
def test_the_key_of_somebody_else_opens_nothing_of_theirs(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    load(access, riverside, DIAGNOSES, *some("A00.0"))
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    first = access.copying.run(plan, by=lee, key="order-1")
    stranger, other = make.member(riverside), works(access, make, riverside, lakeside, VIEW, FULL)

    with pytest.raises(AccessDeniedError):
        access.copying.run(plan, by=stranger, key="order-1")
    for somebody in (stranger, other):
        with pytest.raises(NotFoundError):
            access.copying.resume(riverside, first.job.id, by=somebody)
    assert access.copying.run(plan, by=other, key="order-1").job.id != first.job.id
    assert access.copying.job(riverside, first.job.id, by=lee) == first.job


# --- who sees it ----------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "INV-12", "A02")
@pytest.mark.usefixtures("filled")
def test_each_end_sees_its_own_part(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    lakeside: TenantId,
    lee: PrincipalId,
    maria: PrincipalId,
    lena: PrincipalId,
) -> None:
    third = make.tenant("Hillside")
    access.execute(AppointManager(third, lee), by=OPERATOR)
    job = access.copying.run(access.copying.plan(riverside, [lakeside, third], ALL, by=lee), by=lee).job

    for somebody in (lee, maria, OPERATOR):
        assert access.copying.job(riverside, job.id, by=somebody) == job
    theirs = access.copying.job(riverside, job.id, by=lena)
    assert (theirs.targets, set(theirs.tallies)) == ((lakeside,), {lakeside})
    assert third not in str(theirs)
    assert access.copying.jobs(lakeside, by=lena).jobs == (theirs,)
    assert access.copying.jobs(riverside, by=maria).jobs == (job,)

    stranger = make.manager(make.tenant("Elsewhere"))
    others: list[By] = [stranger, make.member(riverside, levels={"codes": FULL}), System()]
    for other in others:
        with pytest.raises(NotFoundError):
            access.copying.job(riverside, job.id, by=other)
    for source, wanted in ((lakeside, job.id), (riverside, f"cpy_{'0' * 32}")):
        with pytest.raises(NotFoundError):
            access.copying.job(source, type(job.id)(wanted), by=lee)
    with pytest.raises(NotFoundError):
        access.copying.jobs(riverside, by=stranger)


def test_jobs_are_paged_the_newest_first(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: PrincipalId
) -> None:
    made = [
        access.copying.run(access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee), by=lee).job.id
        for _ in range(5)
    ]
    met, after = [], None
    for _ in range(3):
        page = access.copying.jobs(lakeside, after, 2, by=OPERATOR)
        met += [one.id for one in page.jobs]
        after = page.next
    assert after is None
    assert sorted(met) == sorted(made)
    assert met == sorted(made, reverse=True)  # of one moment
    for wrong in (0, 501):
        with pytest.raises(InvalidInputError, match="limit"):
            access.copying.jobs(lakeside, None, wrong, by=OPERATOR)
    with pytest.raises(InvalidInputError, match="after"):
        access.copying.jobs(lakeside, "made up", by=OPERATOR)


def test_a_place_that_was_made_up_is_no_place(access: TenantAccess, lakeside: TenantId) -> None:
    made_up = cursors.cursor(("copies", lakeside), ("yesterday", "cpy"))
    with pytest.raises(InvalidInputError, match="after"):
        access.copying.jobs(lakeside, made_up, by=OPERATOR)


@pytest.mark.parametrize("wrong", ["job", "source"])
def test_swapped_ids_of_copies_are_refused(access: TenantAccess, riverside: TenantId, wrong: str) -> None:
    job = "cpy_" + "0" * 32
    given: Any = (job, job) if wrong == "source" else (riverside, riverside)
    for ask in (access.copying.job, access.copying.resume):
        with pytest.raises(InvalidInputError) as refused:
            ask(*given, by=NOBODY)
        assert refused.value.field == wrong
    with pytest.raises(InvalidInputError):
        CancelCopy(*given)


@pytest.mark.row("INV-33")
def test_a_refused_copy_is_in_the_access_log(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    access.execute(ChangePrivileges(riverside, [Edit(lee, "codes", NONE)]), by=maria)
    with pytest.raises(AccessDeniedError):
        access.copying.run(plan, by=lee)
    assert [(one.what, one.reason) for one in refusals(access, riverside)] == [
        ("refused:copy_records", "denied_explicitly")
    ]


@pytest.mark.row("INV-33")
def test_whoever_was_removed_is_a_stranger(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(Remove(riverside, lee), by=maria)
    with pytest.raises(NotFoundError):
        access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=lee)
    by: By = lee
    with pytest.raises(NotFoundError):
        access.copying.run(planned(access, riverside, lakeside), by=by)
