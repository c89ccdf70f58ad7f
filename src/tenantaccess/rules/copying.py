"""How is a copy ordered, what becomes of each record, and where does a job go on? Pure: records in, verdicts out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.copying import (
    CopyJob,
    CopyPlan,
    CopyState,
    Cursor,
    OnConflict,
    Selection,
    Slice,
    Tally,
    Verdict,
    WhyFailed,
)
from tenantaccess.model.decisions import Question
from tenantaccess.model.levels import unknown
from tenantaccess.model.names import TEXT_LIMIT
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.rules import decisions


def reference_set(catalog: Catalog, key: str) -> ReferenceSet:
    """Return the reference set called *key*, or raise `UnknownNameError`."""
    for declared in catalog.reference_sets:
        if declared.key == key:
            return declared
    raise unknown("reference set", key, (declared.key for declared in catalog.reference_sets))


def ordered(catalog: Catalog, keys: Iterable[ReferenceSetKey]) -> tuple[ReferenceSet, ...]:
    """
    Return the sets called *keys*, each behind those it refers to, else as the catalog declares them.

    Raises:
        UnknownNameError: an undeclared set.
    """
    wanted = {key: reference_set(catalog, key) for key in keys}
    left = [declared for declared in catalog.reference_sets if declared.key in wanted]
    placed: list[ReferenceSet] = []
    while left:
        # A set that stands between two chosen ones orders them too, though it is not copied itself.
        first = next(one for one in left if not _needed(catalog, one).intersection(other.key for other in left))
        placed.append(first)
        left.remove(first)
    return tuple(placed)


def _needed(catalog: Catalog, declared: ReferenceSet) -> set[ReferenceSetKey]:
    """Return all sets that *declared* refers to, at any remove; no circle is ever declared."""
    needed = set(declared.refers_to)
    for key in declared.refers_to:
        needed |= _needed(catalog, reference_set(catalog, key))
    return needed


def question(catalog: Catalog, declared: ReferenceSet, *, writes: bool) -> Question:
    """Return what is asked of the actor's row for one set: to read it in the source, or to write it in the target."""
    level = catalog.ladder.highest if writes else catalog.ladder.steps[1]
    about = f"copy {'to' if writes else 'from'} {declared.key}"
    return decisions.question_of(catalog, declared.resource, level, about)


def is_set_based(declared: ReferenceSet, selection: Selection) -> bool:
    """Tell whether no record of the set needs to be looked at by itself."""
    return not declared.refers_to and declared.check is None and declared.key not in selection.keys


def needed_by(declared: ReferenceSet, records: Iterable[ReferenceRecord]) -> dict[ReferenceSetKey, set[str]]:
    """Return which records of other sets *records* need, by set; what the catalog does not declare is not looked at."""
    needed: dict[ReferenceSetKey, set[str]] = {}
    for record in records:
        for name, key in record.refers.items():
            if name in declared.refers_to:
                needed.setdefault(name, set()).add(key)
    return needed


def problem(declared: ReferenceSet, record: ReferenceRecord) -> str:
    """Return what the set's own check says against *record*; empty if nothing."""
    return "" if declared.check is None else declared.check(record)


@attrs.frozen
class Judged:
    """
    One record with what becomes of it.

    Args:
        record: As the source has it.
        verdict: What becomes of it.
        there: As the target has it; None if it has none.
        why: What is wrong with it, for invalid and dangling ones.
    """

    record: ReferenceRecord
    verdict: Verdict
    there: ReferenceRecord | None = None
    why: str = ""


def judged(
    declared: ReferenceSet,
    record: ReferenceRecord,
    there: ReferenceRecord | None,
    present: Mapping[ReferenceSetKey, Collection[str]],
) -> Judged:
    """
    Judge one record: its set's check first, then what it refers to, then what the target has.

    Args:
        declared: Its set.
        record: As the source has it.
        there: As the target has it.
        present: Of what records need, what the target has or gets, by set.
    """
    why = problem(declared, record)
    if why:
        return Judged(record, Verdict.INVALID, there, _shown(why))
    if record.refers and declared.refers_to:
        missing = [
            f"{name} `{key}`"
            for name, key in record.refers.items()
            if name in declared.refers_to and key not in present.get(name, ())
        ]
        if missing:
            return Judged(record, Verdict.DANGLING, there, _shown(f"needs {', '.join(missing)}"))
    if there is None:
        return Judged(record, Verdict.NEW)
    same = there.digest == record.digest
    return Judged(record, Verdict.IDENTICAL if same else Verdict.CONFLICTING, there)


def _shown(why: str) -> str:
    """Return *why* as one short line: it may repeat what a record says, which is to keep no other from being copied."""
    line = "".join(letter if letter.isprintable() else " " for letter in why[:TEXT_LIMIT])
    return line.strip()


def tally(found: Sequence[Judged], on_conflict: OnConflict) -> Tally:
    """Return what writing *found* amounts to."""
    counts = Counter(one.verdict for one in found)
    conflicting = counts[Verdict.CONFLICTING]
    updated = conflicting if on_conflict is OnConflict.UPDATE else 0
    return Tally(
        added=counts[Verdict.NEW],
        updated=updated,
        identical=counts[Verdict.IDENTICAL],
        conflicting=conflicting - updated,
        invalid=counts[Verdict.INVALID],
        dangling=counts[Verdict.DANGLING],
    )


# --- where a job goes on -------------------------------------------------------------------------------------------


def first_place(plan: CopyPlan, sets: Sequence[ReferenceSet]) -> Cursor:
    """Return where a copy begins."""
    return Cursor(plan.targets[0], sets[0].key)


def advanced(job: CopyJob, cursor: Cursor, key: ReferenceSetKey, done: Slice) -> CopyJob:
    """Return *job* after a batch of the set *key* at *cursor*."""
    here = job.tallies.get(cursor.target, {})
    tallies = {**job.tallies, cursor.target: {**here, key: here.get(key, Tally()) + done.tally}}
    after = Cursor(cursor.target, key, done.last)
    if done.is_last:
        behind = job.sets[job.sets.index(key) + 1 :]
        after = Cursor(cursor.target, behind[0] if behind else None)
    return attrs.evolve(job, cursor=after, tallies=tallies)


def finished(job: CopyJob, cursor: Cursor, now: datetime) -> CopyJob:
    """Return *job* when the end in the target of *cursor* is written down."""
    behind = job.targets[job.targets.index(cursor.target) + 1 :]
    if behind:
        return attrs.evolve(job, cursor=Cursor(behind[0], job.sets[0]))
    return attrs.evolve(job, cursor=None, state=CopyState.DONE, ended_at=now)


def ended(job: CopyJob, state: CopyState, now: datetime, why: WhyFailed | None = None) -> CopyJob:
    """Return *job* ended before it was done."""
    return attrs.evolve(job, cursor=None, state=state, why=why, ended_at=now)


def unfinished(job: CopyJob) -> Sequence[TenantId]:
    """Return the targets in whose record the end of *job* is not written down yet."""
    return () if job.cursor is None else tuple(job.targets[job.targets.index(job.cursor.target) :])
