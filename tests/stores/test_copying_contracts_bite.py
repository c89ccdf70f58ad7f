"""The contract of copying bites: each of these stores breaks one promise, and the test of that promise fails on it."""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast

import attrs
import pytest
from tests.stores.test_contracts_bite import FAILURES, Bent, Sabotaged, anywhere, bent, failing, reversing
from tests.stores.test_sqlalchemy_contract import emptied

from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.copying import Comparison, CopyJob, OnConflict, Slice, Tally, WhyFailed
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.copying import SetBasedCopying
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.contracts import StoreContract
from tenantaccess.testing.contracts.samples import CLINIC, CODES, NEIGHBOUR, VACANT, copy_job


@functools.cache
def one_database() -> SQLAlchemyStore:
    """One store for all: a new one would compile every statement again."""
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    return store


class Inside(Sabotaged):
    """A sound store that copies within itself; bent where a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.inner: Any = emptied(one_database())


def inside(method: str, make: Callable[[SetBasedCopying, Unit], Callable[..., object]]) -> type[Sabotaged]:
    """A store that copies within itself, with one method replaced."""

    def bend(unit: Unit) -> Unit:
        assert unit.slices is not None
        replaced = Bent(unit.slices, method, make(unit.slices, unit))
        return attrs.evolve(unit, slices=cast("SetBasedCopying", replaced))

    return type("BentInside", (Inside,), {"bend": staticmethod(bend)})


def copying(change: Callable[..., Slice]) -> type[Sabotaged]:
    """A store whose slices are what *change* makes of the sound ones and what was given."""
    return inside("copy", lambda slices, unit: lambda *given: change(slices, unit, *given))


def adding_anyhow(unit: Unit) -> Callable[..., None]:
    def add(tenant: TenantId, name: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        there = {one.key for one in unit.records.find(tenant, name, [record.key for record in records])}
        unit.records.put(tenant, name, [record for record in records if record.key in there])
        unit.records.add(tenant, name, [record for record in records if record.key not in there])

    return add


def putting_anyhow(unit: Unit) -> Callable[..., None]:
    def put(tenant: TenantId, name: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        unit.records.remove(tenant, name, [record.key for record in records])
        unit.records.add(tenant, name, records)

    return put


def joining_contents(unit: Unit) -> Callable[..., None]:
    def put(tenant: TenantId, name: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        there = {one.key: one for one in unit.records.find(tenant, name, [record.key for record in records])}
        unit.records.put(
            tenant,
            name,
            [
                attrs.evolve(one, content={**there[one.key].content, **one.content})
                for one in records
                if one.key in there
            ],
        )

    return put


def removing_all(unit: Unit) -> Callable[..., int]:
    def remove(tenant: TenantId, name: ReferenceSetKey, keys: Collection[str]) -> int:
        found = [one.key for one in unit.records.page(tenant, name, "", 99)]
        return unit.records.remove(tenant, name, found) if keys else 0

    return remove


def by_size(unit: Unit) -> Callable[..., str]:
    """A fingerprint that was there before: as many records make the same one."""
    return lambda tenant, name: str(unit.records.count(tenant, name))


def of_all_sets(unit: Unit) -> Callable[..., str]:
    return lambda tenant, _: "-".join(
        unit.records.fingerprint(tenant, ReferenceSetKey(name)) for name in ("codes", "payers")
    )


def advancing_anyhow(unit: Unit) -> Callable[..., bool]:
    def advance(seen: CopyJob, to: CopyJob) -> bool:
        found = unit.copy_jobs.find(seen.source, seen.id)
        return found is not None and unit.copy_jobs.advance(found, to)

    return advance


def advancing_by_state(unit: Unit) -> Callable[..., bool]:
    def advance(seen: CopyJob, to: CopyJob) -> bool:
        found = unit.copy_jobs.find(seen.source, seen.id)
        return found is not None and unit.copy_jobs.advance(attrs.evolve(seen, cursor=found.cursor), to)

    return advance


def without(jobs: Sequence[CopyJob], tenant: TenantId) -> list[CopyJob]:
    return [one for one in jobs if one.source == tenant]


def told_twice(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    done = slices.copy(*given)
    return attrs.evolve(done, tally=done.tally + Tally(added=done.tally.added))


def one_too_few(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    source, target, name, after, limit, how = given
    done = slices.copy(source, target, name, after, limit, how)
    return done if done.is_last else attrs.evolve(done, last=f"{done.last}~")


def always_updating(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    return slices.copy(*(*given[:-1], OnConflict.UPDATE))


def failing_too_late(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    return slices.copy(*(*given[:-1], OnConflict.SKIP))


def moving(slices: SetBasedCopying, unit: Unit, *given: Any) -> Slice:
    done = slices.copy(*given)
    source, _, name = given[:3]
    unit.records.remove(source, name, [record.key for record in unit.records.page(source, name, "", 99)])
    return done


def touching(slices: SetBasedCopying, unit: Unit, *given: Any) -> Slice:
    done = slices.copy(*given)
    _, target, name = given[:3]
    unit.records.put(target, name, unit.records.page(target, name, "", 1))
    return done


def to_the_neighbour(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    slices.copy(given[0], NEIGHBOUR, *given[2:])
    return slices.copy(*given)


def never_last(slices: SetBasedCopying, _: Unit, *given: Any) -> Slice:
    return attrs.evolve(slices.copy(*given), is_last=False)


def unsampled(slices: SetBasedCopying, _: Unit) -> Callable[..., Comparison]:
    return lambda *given: attrs.evolve(slices.compare(*given), samples={})


def backwards(slices: SetBasedCopying, _: Unit) -> Callable[..., Comparison]:
    return lambda source, target, name: attrs.evolve(slices.compare(target, source, name), target=target)


SABOTAGES: Mapping[str, tuple[type[Sabotaged], str]] = {
    "records without their references": (
        bent(
            "records.page",
            lambda unit: lambda *given: [attrs.evolve(one, refers={}) for one in unit.records.page(*given)],
        ),
        "test_every_field_of_a_record_comes_back",
    ),
    "records back to front": (reversing("records.page"), "test_pages_of_records_join_to_all_of_them_by_key"),
    "records that are passed over": (
        bent(
            "records.page", lambda unit: lambda *given: unit.records.page(given[0], given[1], given[2] + "~", given[3])
        ),
        "test_pages_of_records_join_to_all_of_them_by_key",
    ),
    "more records than were named": (
        bent("records.find", lambda unit: lambda tenant, name, _: unit.records.page(tenant, name, "", 99)),
        "test_exactly_the_named_records_are_found_by_key",
    ),
    "keys without case": (
        bent(
            "records.find",
            lambda unit: (
                lambda tenant, name, keys: [
                    one
                    for one in unit.records.page(tenant, name, "", 99)
                    if one.key.lower() in {key.lower() for key in keys}
                ]
            ),
        ),
        "test_keys_of_records_are_told_apart_exactly",
    ),
    "adding that replaces": (bent("records.add", adding_anyhow), "test_a_key_in_use_is_refused"),
    "one set for all": (
        bent(
            "records.page",
            lambda unit: lambda tenant, _, *rest: unit.records.page(tenant, ReferenceSetKey("codes"), *rest),
        ),
        "test_a_key_in_another_set_or_tenant_is_another_key",
    ),
    "contents joined": (bent("records.put", joining_contents), "test_putting_a_record_replaces_every_field"),
    "putting that adds": (
        bent("records.put", putting_anyhow),
        "test_putting_a_record_leaves_the_others_and_makes_none",
    ),
    "removing everything": (bent("records.remove", removing_all), "test_exactly_the_named_records_are_removed"),
    "counting one too many": (
        bent("records.count", lambda unit: lambda *given: unit.records.count(*given) + 1),
        "test_records_are_counted",
    ),
    "fingerprints that come back": (
        bent("records.fingerprint", by_size),
        "test_every_write_shows_in_the_fingerprint_of_its_set_alone",
    ),
    "fingerprints of all sets": (
        bent("records.fingerprint", of_all_sets),
        "test_every_write_shows_in_the_fingerprint_of_its_set_alone",
    ),
    "fingerprints of what is committed only": (
        bent("records.fingerprint", lambda _: lambda _tenant, _name: "0"),
        "test_a_write_of_records_is_seen_by_its_unit_and_undone_with_it",
    ),
    "keys added by many": (bent("records.add", adding_anyhow), "test_of_many_units_that_add_one_key_one_wins"),
    "records of any tenant": (anywhere("records.page"), "test_nothing_of_a_neighbour_comes_back"),
    "jobs without their why": (
        bent(
            "copy_jobs.find",
            lambda unit: lambda *given: (found := unit.copy_jobs.find(*given)) and attrs.evolve(found, why=None),
        ),
        "test_every_fact_of_a_copy_job_comes_back",
    ),
    "jobs of any source": (
        bent(
            "copy_jobs.find",
            lambda unit: lambda source, one: unit.copy_jobs.find(source, one) or unit.copy_jobs.find(CLINIC, one),
        ),
        "test_a_copy_job_of_another_source_is_none",
    ),
    "jobs' ids without case": (
        bent("copy_jobs.find", lambda unit: lambda source, one: unit.copy_jobs.find(source, one.lower())),
        "test_a_copy_job_is_found_under_its_exact_id_only",
    ),
    "jobs that replace another": (
        bent(
            "copy_jobs.add",
            lambda unit: lambda one: unit.copy_jobs.find(one.source, one.id) is None and unit.copy_jobs.add(one),
        ),
        "test_an_id_in_use_under_any_source_is_refused",
    ),
    "jobs that lose their tallies": (
        bent(
            "copy_jobs.advance",
            lambda unit: lambda seen, to: unit.copy_jobs.advance(seen, attrs.evolve(to, tallies={})),
        ),
        "test_a_copy_job_moves_on_with_all_that_moves",
    ),
    "jobs moved by whoever comes": (
        bent("copy_jobs.advance", advancing_anyhow),
        "test_whoever_saw_a_copy_job_elsewhere_moves_nothing",
    ),
    "jobs compared by their state alone": (
        bent("copy_jobs.advance", advancing_by_state),
        "test_whoever_saw_a_copy_job_elsewhere_moves_nothing",
    ),
    "jobs that cannot be held": (
        bent("copy_jobs.advance", lambda unit: lambda seen, to: seen != to and unit.copy_jobs.advance(seen, to)),
        "test_a_copy_job_is_held_where_it_is",
    ),
    "jobs made by moving them": (
        bent(
            "copy_jobs.advance",
            lambda unit: lambda seen, to: unit.copy_jobs.advance(seen, to) or unit.copy_jobs.add(to) is None,
        ),
        "test_a_copy_job_that_is_not_there_moves_nowhere",
    ),
    "jobs that every worker moves": (
        bent("copy_jobs.advance", lambda unit: lambda *given: unit.copy_jobs.advance(*given) or True),
        "test_of_many_workers_on_one_copy_job_one_writes_the_batch",
    ),
    "jobs that targets do not see": (
        bent("copy_jobs.page", lambda unit: lambda tenant, *rest: without(unit.copy_jobs.page(tenant, *rest), tenant)),
        "test_pages_of_copy_jobs_join_to_all_a_tenant_has_a_part_in",
    ),
    "jobs oldest first": (
        reversing("copy_jobs.page"),
        "test_pages_of_copy_jobs_join_to_all_a_tenant_has_a_part_in",
    ),
    "comparing the wrong way round": (inside("compare", backwards), "test_what_a_copy_would_do_is_counted"),
    "comparing without samples": (inside("compare", unsampled), "test_what_a_copy_would_do_is_counted"),
    "counted twice": (copying(told_twice), "test_slices_lead_to_what_each_record_would"),
    "overwriting unasked": (copying(always_updating), "test_slices_lead_to_what_each_record_would"),
    "passing over what follows a slice": (copying(one_too_few), "test_slices_lead_to_what_each_record_would"),
    "failing when it has been written": (
        copying(failing_too_late),
        "test_where_a_copy_is_to_fail_no_slice_with_a_conflict_is_written",
    ),
    "slices without an end": (copying(never_last), "test_a_slice_tells_how_far_it_went"),
    "copies that move": (copying(moving), "test_a_slice_changes_nothing_but_that_set_of_the_target"),
    "copies that land elsewhere, too": (
        copying(to_the_neighbour),
        "test_a_slice_changes_nothing_but_that_set_of_the_target",
    ),
    "fingerprints moved for nothing": (
        copying(touching),
        "test_a_slice_that_writes_nothing_leaves_the_fingerprint",
    ),
    "updates that do not show": (
        type(
            "Silent",
            (Inside,),
            {
                "bend": staticmethod(
                    lambda unit: attrs.evolve(
                        unit, records=cast("Any", Bent(unit.records, "fingerprint", lambda *_: f"always {VACANT[-1]}"))
                    )
                )
            },
        ),
        "test_an_updating_slice_shows_in_the_fingerprint",
    ),
}


SAME, OURS, THEIRS, MORE = (
    ReferenceRecord("A"),
    ReferenceRecord("B", "ours", {"chapter": "I"}),
    ReferenceRecord("B", "theirs", {"page": "2"}),
    ReferenceRecord("AB", refers={"payers": "P1"}),
)
BOTH = ({"A": SAME, "B": OURS, "AB": MORE}, {"A": SAME, "B": THEIRS, "C": ReferenceRecord("C")})
WITHIN_A_SLICE: dict[str, Any] = {"both": BOTH, "limit": 1, "on_conflict": OnConflict.SKIP}
EXAMPLES: Mapping[str, dict[str, Any]] = {
    "test_every_field_of_a_record_comes_back": {"found": [MORE, OURS]},
    "test_pages_of_records_join_to_all_of_them_by_key": {"found": [SAME, MORE, OURS], "limit": 2},
    "test_exactly_the_named_records_are_found_by_key": {"found": [SAME, MORE], "wanted": {"A", "Z"}},
    "test_putting_a_record_replaces_every_field": {"two": [THEIRS, OURS]},
    "test_every_fact_of_a_copy_job_comes_back": {"one": attrs.evolve(copy_job(), why=WhyFailed.DENIED)},
    "test_a_copy_job_moves_on_with_all_that_moves": {
        "to": attrs.evolve(copy_job(), tallies={VACANT: {CODES: Tally(1)}})
    },
    "test_pages_of_copy_jobs_join_to_all_a_tenant_has_a_part_in": {"made": [(CLINIC, 0), (CLINIC, 1)], "limit": 2},
    "test_what_a_copy_would_do_is_counted": {"both": BOTH},
    "test_slices_lead_to_what_each_record_would": WITHIN_A_SLICE,
    "test_where_a_copy_is_to_fail_no_slice_with_a_conflict_is_written": {"both": BOTH, "limit": 3},
}
"""One example for each property: looking for the smallest one that fails would take minutes."""


def fails(store: type[Sabotaged], name: str) -> bool:
    """Whether a contract test fails on *store*; a property on its example here."""
    if name not in EXAMPLES:
        return failing(store, name) != []
    contract = type("Contract", (StoreContract,), {"make": lambda _: store()})()
    try:
        getattr(StoreContract, name).hypothesis.inner_test(contract, **EXAMPLES[name])
    except FAILURES:
        return True
    return False


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_broken_promise_of_copying_fails_its_test(sabotage: str) -> None:
    store, name = SABOTAGES[sabotage]

    assert not fails(Inside if issubclass(store, Inside) else Sabotaged, name)
    assert fails(store, name)
