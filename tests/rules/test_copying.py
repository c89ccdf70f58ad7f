"""The rules of copying: in which order, what becomes of a record, where a job goes on."""

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.errors import UnknownNameError
from tenantaccess.ids import CopyJobId, LevelKey, PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet, Resource
from tenantaccess.model.copying import (
    EVERYTHING,
    CopyJob,
    CopyState,
    Cursor,
    OnConflict,
    Selection,
    Slice,
    Tally,
    Verdict,
    WhyFailed,
)
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW, AccessLevel, Ladder
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.rules import copying

NOW = datetime(2026, 1, 5, tzinfo=UTC)
A, B, C, D = (ReferenceSetKey(key) for key in "abcd")
HERE, THERE, THIRD = (TenantId(f"ten_{number:032x}") for number in (1, 2, 3))


def catalog(**references: list[str]) -> Catalog:
    sets = [ReferenceSet(key, key.upper(), resource="codes", refers_to=named) for key, named in references.items()]
    return Catalog([Resource("manage", "Manage"), Resource("codes", "Codes")], managed_by="manage", reference_sets=sets)


@pytest.mark.row("MU-18")
@pytest.mark.parametrize(
    ("references", "wanted", "expected"),
    [
        ({"a": [], "b": []}, [B, A], [A, B]),
        ({"a": ["b"], "b": []}, [A, B], [B, A]),
        ({"a": ["b", "c"], "b": ["c"], "c": [], "d": []}, [A, B, C, D], [C, B, A, D]),
        ({"a": ["b"], "b": ["c"], "c": []}, [A, C], [C, A]),
        ({"a": ["b"], "b": []}, [A], [A]),
    ],
)
def test_what_is_referred_to_comes_first(
    references: dict[str, list[str]], wanted: list[ReferenceSetKey], expected: list[ReferenceSetKey]
) -> None:
    assert [one.key for one in copying.ordered(catalog(**references), wanted)] == expected


@given(st.data())
def test_every_order_keeps_the_references(data: st.DataObject) -> None:
    keys = list("abcdef")
    references = {
        key: data.draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        for place, key in enumerate(keys)
    }
    shuffled = catalog(**{key: references[key] for key in data.draw(st.permutations(keys))})
    wanted = [ReferenceSetKey(key) for key in data.draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))]
    found = copying.ordered(shuffled, wanted)
    assert {one.key for one in found} == set(wanted)
    for place, one in enumerate(found):
        assert not {later.key for later in found[place:]} & set(one.refers_to)


@pytest.mark.row("MU-17", "INV-25")
def test_a_set_that_is_not_declared_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as refused:
        copying.ordered(catalog(diagnosis_codes=[]), [ReferenceSetKey("diagnosis_code")])
    assert (refused.value.kind, refused.value.nearest) == ("reference set", ("diagnosis_codes",))


@pytest.mark.row("INV-33")
def test_reading_needs_the_level_right_above_the_lowest_and_writing_the_highest() -> None:
    """Also on a ladder of a host's own."""
    steps = (NONE, AccessLevel(LevelKey("peek"), 1, "Peek"), AccessLevel(LevelKey("view"), 2, "View"))
    theirs = Catalog(
        [Resource("codes", "Codes", actions={"view": steps[2]})],
        managed_by="codes",
        reference_sets=[ReferenceSet("a", "A", resource="codes")],
        ladder=Ladder((*steps, AccessLevel(LevelKey("all"), 3, "All"))),
    )
    for found, least, most in ((catalog(a=[]), VIEW.rank, FULL.rank), (theirs, 1, 3)):
        (declared,) = found.reference_sets
        reading, writing = (copying.question(found, declared, writes=writes) for writes in (False, True))
        assert (reading.needed, writing.needed) == (least + 1, most + 1)
        assert reading.answers[Reason.PENDING].about == "copy from a"
        assert writing.answers[Reason.PENDING].about == "copy to a"


def test_only_whole_sets_that_need_no_look_are_copied_within_the_store() -> None:
    plain = ReferenceSet("a", "A", resource="codes")
    assert copying.is_set_based(plain, EVERYTHING)
    assert copying.is_set_based(plain, Selection({B: {"x"}}))
    assert not copying.is_set_based(plain, Selection({A: {"x"}}))
    assert not copying.is_set_based(attrs.evolve(plain, refers_to=["b"]), EVERYTHING)
    assert not copying.is_set_based(attrs.evolve(plain, check=lambda _: ""), EVERYTHING)


REFERRING = ReferenceSet("a", "A", resource="codes", refers_to=["b"], check=lambda one: "bad" * (one.label == "bad"))
ONE = ReferenceRecord("k", "one", refers={B: "x", D: "what nobody declared is not looked at"})


@pytest.mark.row("MU-18", "MU-22")
@pytest.mark.parametrize(
    ("record", "there", "present", "verdict", "why"),
    [
        (ONE, None, {B: {"x"}}, Verdict.NEW, ""),
        (ONE, ONE, {B: {"x"}}, Verdict.IDENTICAL, ""),
        (ONE, ReferenceRecord("k", "two"), {B: {"x"}}, Verdict.CONFLICTING, ""),
        (ONE, None, {B: {"y"}}, Verdict.DANGLING, "needs b `x`"),
        (ONE, ONE, {}, Verdict.DANGLING, "needs b `x`"),
        (attrs.evolve(ONE, label="bad"), ONE, {}, Verdict.INVALID, "bad"),
    ],
)
def test_what_becomes_of_a_record(
    record: ReferenceRecord,
    there: ReferenceRecord | None,
    present: dict[ReferenceSetKey, set[str]],
    verdict: Verdict,
    why: str,
) -> None:
    found = copying.judged(REFERRING, record, there, present)
    assert (found.verdict, found.why) == (verdict, why)
    assert copying.needed_by(REFERRING, [record]) == {B: {"x"}}


def test_a_why_is_short_enough_to_show() -> None:
    found = copying.judged(REFERRING, ReferenceRecord("k", refers={B: "x" * 200}), None, {})
    assert len(found.why) == 200


@pytest.mark.parametrize(
    ("on_conflict", "expected"),
    [
        (OnConflict.SKIP, Tally(1, 0, 1, 2, 1, 1)),
        (OnConflict.UPDATE, Tally(1, 2, 1, 0, 1, 1)),
        (OnConflict.FAIL, Tally(1, 0, 1, 2, 1, 1)),
    ],
)
def test_what_is_written_is_counted(on_conflict: OnConflict, expected: Tally) -> None:
    found = [copying.Judged(ONE, verdict) for verdict in (*Verdict, Verdict.CONFLICTING)]
    assert copying.tally(found, on_conflict) == expected


JOB = CopyJob(
    id=CopyJobId("cpy_" + "0" * 32),
    source=HERE,
    targets=[THERE, THIRD],
    sets=[A, B],
    selection=EVERYTHING,
    on_conflict=OnConflict.SKIP,
    actor=PrincipalId("pri_" + "0" * 32),
    fingerprints={A: "1", B: "1"},
    started_at=NOW,
    cursor=Cursor(THERE, A),
)


@pytest.mark.row("INV-34")
def test_a_job_goes_through_every_set_of_every_target_and_ends() -> None:
    job, met = JOB, []
    while (cursor := job.cursor) is not None:
        met.append((cursor.target, cursor.set, cursor.after))
        if cursor.set is None:
            job = copying.finished(job, cursor, NOW)
        else:
            done = Slice(Tally(added=1), "k", is_last=cursor.after != "")
            job = copying.advanced(job, cursor, cursor.set, done)
    assert met == [
        (target, *place) for target in (THERE, THIRD) for place in ((A, ""), (A, "k"), (B, ""), (B, "k"), (None, ""))
    ]
    assert (job.state, job.ended_at) == (CopyState.DONE, NOW)
    assert job.tallies == {target: {A: Tally(added=2), B: Tally(added=2)} for target in (THERE, THIRD)}
    assert job.total == Tally(added=8)


def test_a_job_that_ends_early_tells_every_target_that_was_not_finished() -> None:
    assert copying.unfinished(JOB) == (THERE, THIRD)
    assert copying.unfinished(attrs.evolve(JOB, cursor=Cursor(THIRD))) == (THIRD,)
    ended = copying.ended(JOB, CopyState.FAILED, NOW, WhyFailed.DENIED)
    assert (ended.state, ended.why, ended.ended_at) == (CopyState.FAILED, WhyFailed.DENIED, NOW)
    assert copying.unfinished(ended) == ()
