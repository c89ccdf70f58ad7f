"""What copying within the store promises: the same as reading and writing each record."""

from typing import Final

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import TenantId
from tenantaccess.model.copying import SAMPLE_LIMIT, OnConflict, Sample, Slice, Tally
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.copying import SetBasedCopying
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.records import everything, keys, loaded, marks, plain, records
from tenantaccess.testing.contracts.samples import CLINIC, CODES, NEIGHBOUR, PAYERS, VACANT, clinic, kept

WITHIN: Final = needs(Ability.COPIES_WITHIN)
Contents = dict[str, ReferenceRecord]


def contents() -> st.SearchStrategy[tuple[Contents, Contents]]:
    """What two tenants have: records of a few keys, some equal, some not."""
    few = st.lists(keys(), min_size=1, max_size=8, unique=True)
    return few.flatmap(lambda some: st.tuples(_of(some), _of(some))).map(_agreeing)


def _of(some: list[str]) -> st.SearchStrategy[Contents]:
    found = st.lists(records(st.sampled_from(some)), max_size=8, unique_by=lambda record: record.key)
    return found.map(lambda many: {record.key: record for record in many})


def _agreeing(both: tuple[Contents, Contents]) -> tuple[Contents, Contents]:
    """Let every other record that both have be the same."""
    ours, theirs = both
    return ours, {key: ours.get(key, one) if place % 2 else one for place, (key, one) in enumerate(theirs.items())}


def copying(unit: Unit) -> SetBasedCopying:
    """Return what copies within the store; whoever cannot says so by its abilities."""
    assert unit.slices is not None
    return unit.slices


def two(store: Store, ours: Contents, theirs: Contents) -> Store:
    """Give the clinic *ours* and the vacant tenant *theirs*."""
    loaded(clinic(store), list(ours.values()))
    return loaded(store, list(theirs.values()), VACANT)


def copied(store: Store, limit: int, on_conflict: OnConflict, target: TenantId = VACANT) -> list[Slice]:
    """Copy from the clinic to the end, each slice in a unit of its own."""
    slices: list[Slice] = []
    while not slices or not slices[-1].is_last:
        assert len(slices) < 20
        with kept(store) as unit:
            after = slices[-1].last if slices else ""
            slices.append(copying(unit).copy(CLINIC, target, CODES, after, limit, on_conflict))
    return slices


def after(ours: Contents, theirs: Contents, on_conflict: OnConflict) -> tuple[Contents, Tally]:
    """Say what a copy leads to, as dictionaries do."""
    both = ours.keys() & theirs.keys()
    equal = {key for key in both if ours[key] == theirs[key]}
    differing, new = both - equal, ours.keys() - both
    if on_conflict is OnConflict.UPDATE:
        return {**theirs, **ours}, Tally(len(new), len(differing), len(equal))
    return {**ours, **theirs}, Tally(len(new), 0, len(equal), len(differing))


class SliceContract(Contract):
    """Copying within the store leads to what copying record by record leads to, in slices of any size."""

    @WITHIN
    @given(contents())
    @strategies.promise
    def test_what_a_copy_would_do_is_counted(self, both: tuple[Contents, Contents]) -> None:
        """With the first few of each verdict, and both labels of what conflicts (MU-22)."""
        ours, theirs = both
        store = two(self.make(), ours, theirs)
        with store.reading() as unit:
            found = copying(unit).compare(CLINIC, VACANT, CODES)

        equal = [key for key in ours if theirs.get(key) == ours[key]]
        differing = [key for key in ours if key in theirs and key not in equal]
        named = {"new": [key for key in ours if key not in theirs], "identical": equal, "conflicting": differing}
        samples = {
            verdict: tuple(
                Sample(key, ours[key].label, theirs[key].label if verdict == "conflicting" else "")
                for key in sorted(some)[:SAMPLE_LIMIT]
            )
            for verdict, some in named.items()
            if some
        }
        assert (found.target, found.set, found.counts) == (
            VACANT,
            CODES,
            {**{verdict: len(some) for verdict, some in named.items()}, "invalid": 0, "dangling": 0},
        )
        assert dict(found.samples) == samples

    @WITHIN
    @given(contents(), st.integers(1, 4), st.sampled_from([OnConflict.SKIP, OnConflict.UPDATE]))
    @strategies.promise
    def test_slices_lead_to_what_each_record_would(
        self, both: tuple[Contents, Contents], limit: int, on_conflict: OnConflict
    ) -> None:
        """Every key once, whatever the size of a slice; nothing is overwritten unless asked (INV-34, INV-35)."""
        ours, theirs = both
        store = two(self.make(), ours, theirs)
        expected, tally = after(ours, theirs, on_conflict)
        slices = copied(store, limit, on_conflict)

        assert sum((one.tally for one in slices), Tally()) == tally
        assert all(sum(attrs.astuple(one.tally)) <= limit for one in slices)
        assert slices[-1].last == (max(ours) if ours else "")
        with store.reading() as unit:
            assert {one.key: one for one in everything(unit, VACANT)} == expected
            assert {one.key: one for one in everything(unit)} == ours

    @WITHIN
    @given(contents(), st.integers(1, 4))
    @strategies.promise
    def test_where_a_copy_is_to_fail_no_slice_with_a_conflict_is_written(
        self, both: tuple[Contents, Contents], limit: int
    ) -> None:
        """How many conflict is told, and nothing of that slice lands."""
        ours, theirs = both
        store = two(self.make(), ours, theirs)
        first = [ours[key] for key in sorted(ours)[:limit]]
        differing = [one for one in first if one.key in theirs and theirs[one.key] != one]
        with kept(store) as unit:
            found = copying(unit).copy(CLINIC, VACANT, CODES, "", limit, OnConflict.FAIL)

        assert found.tally.conflicting == len(differing)
        landed = theirs if differing else {**theirs, **{one.key: one for one in first}}
        with store.reading() as unit:
            assert {one.key: one for one in everything(unit, VACANT)} == landed

    @WITHIN
    def test_a_slice_tells_how_far_it_went(self) -> None:
        """So that the next one begins there, in any process."""
        store = two(self.make(), {one.key: one for one in plain("A", "B", "C")}, {})
        with kept(store) as unit:
            first = copying(unit).copy(CLINIC, VACANT, CODES, "", 2, OnConflict.SKIP)
        with kept(store) as unit:
            second = copying(unit).copy(CLINIC, VACANT, CODES, first.last, 2, OnConflict.SKIP)

        assert first == Slice(Tally(added=2), "B", is_last=False)
        assert second == Slice(Tally(added=1), "C", is_last=True)

    @WITHIN
    @pytest.mark.parametrize("on_conflict", OnConflict)
    def test_a_slice_changes_nothing_but_that_set_of_the_target(self, on_conflict: OnConflict) -> None:
        """Not the source, no other set, no other tenant (INV-10, INV-33)."""
        store = two(self.make(), {one.key: one for one in plain("A", "B")}, {})
        for tenant, name in ((CLINIC, PAYERS), (VACANT, PAYERS)):
            loaded(store, [ReferenceRecord("A", "another")], tenant, name)
        with store.reading() as unit:
            before, marked = _others(unit), marks(unit)
        copied(store, 5, on_conflict)

        with store.reading() as unit:
            assert _others(unit) == before
            assert everything(unit, VACANT) == plain("A", "B")
            assert [one == other for one, other in zip(marks(unit), marked, strict=True)] == [True, True, False, True]

    @WITHIN
    def test_a_slice_that_writes_nothing_leaves_the_fingerprint(self) -> None:
        """Copying again what is there already is not a change."""
        same = {one.key: one for one in plain("A", "B")}
        store = two(self.make(), same, {**same, "B": evolve(same["B"], label="their own")})
        with store.reading() as unit:
            before = marks(unit)
        copied(store, 5, OnConflict.SKIP)

        with store.reading() as unit:
            assert marks(unit) == before

    @WITHIN
    def test_an_updating_slice_shows_in_the_fingerprint(self) -> None:
        """Whoever planned to copy from there sees that it changed."""
        store = two(self.make(), {"A": ReferenceRecord("A", "new")}, {"A": ReferenceRecord("A", "old")})
        with store.reading() as unit:
            before = marks(unit)
        copied(store, 5, OnConflict.UPDATE)

        with store.reading() as unit:
            assert marks(unit)[2] != before[2]


def _others(unit: Unit) -> list[list[ReferenceRecord]]:
    places = ((CLINIC, CODES), (CLINIC, PAYERS), (VACANT, PAYERS), (NEIGHBOUR, CODES))
    return [everything(unit, tenant, name) for tenant, name in places]
