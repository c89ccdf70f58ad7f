"""What the repository of copy jobs promises (INV-34)."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.errors import ConflictError
from tenantaccess.ids import CopyJobId, TenantId
from tenantaccess.model.copying import (
    EVERYTHING,
    CopyJob,
    CopyState,
    Cursor,
    OnConflict,
    Selection,
    Tally,
    WhyFailed,
)
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.hostile import near_id
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.records import keys
from tenantaccess.testing.contracts.samples import (
    CLINIC,
    CODES,
    DAY,
    NEIGHBOUR,
    NOON,
    PAYERS,
    VACANT,
    clinic,
    copy_job,
    copy_job_id,
    kept,
    own_copy,
)
from tenantaccess.testing.contracts.threads import at_once, unless_beaten

CONCURRENT: Final = needs(Ability.CONCURRENT_UNITS)


def cursors() -> st.SearchStrategy[Cursor | None]:
    """Places to go on at: none, the end of a target, and any key of a set."""
    behind = st.builds(Cursor, st.just(VACANT), st.just(CODES), st.just("") | keys())
    return st.sampled_from([None, Cursor(VACANT)]) | behind


def jobs() -> st.SearchStrategy[CopyJob]:
    """Jobs with any progress."""
    tally = st.builds(Tally, *[st.integers(0, strategies.COUNT_LIMIT)] * 6)
    return st.builds(
        lambda **facts: evolve(copy_job(), **facts),
        targets=st.sampled_from([(VACANT,), (NEIGHBOUR, VACANT)]),
        selection=st.builds(lambda chosen: Selection({CODES: chosen}), st.sets(keys())) | st.just(EVERYTHING),
        on_conflict=st.sampled_from(OnConflict),
        state=st.sampled_from(CopyState),
        why=st.none() | st.sampled_from(WhyFailed),
        cursor=cursors(),
        tallies=st.dictionaries(st.just(VACANT), st.dictionaries(st.just(CODES), tally)),
        started_at=strategies.moments(),
        ended_at=st.none() | strategies.moments(),
    )


def added(store: Store, *some: CopyJob) -> Store:
    """Add *some* in one committed unit."""
    with kept(store) as unit:
        for one in some:
            unit.copy_jobs.add(one)
    return store


def find(store: Store, one: CopyJob) -> CopyJob | None:
    """Return *one* as a new unit reads it."""
    with store.reading() as unit:
        return unit.copy_jobs.find(one.source, one.id)


def move(store: Store, seen: CopyJob, to: CopyJob) -> bool:
    """Move a job in a committed unit; False if it has moved on."""
    with kept(store) as unit:
        return unit.copy_jobs.advance(seen, to)


ONE: Final = copy_job()
LATER: Final = evolve(ONE, cursor=Cursor(VACANT, PAYERS, "P7"), tallies={VACANT: {PAYERS: Tally(added=7)}})
ELSEWHERE: Final = (
    evolve(ONE, cursor=Cursor(VACANT, PAYERS, "P6")),
    evolve(ONE, cursor=Cursor(VACANT, CODES)),
    evolve(ONE, cursor=Cursor(VACANT)),
    evolve(ONE, cursor=Cursor(NEIGHBOUR, PAYERS)),
    evolve(ONE, cursor=None),
    evolve(ONE, state=CopyState.CANCELLED),
)


class CopyJobContract(Contract):
    """A job is written down before its first batch, and moves on by conditional writes."""

    @given(jobs())
    @strategies.promise
    def test_every_fact_of_a_copy_job_comes_back(self, one: CopyJob) -> None:
        """Where it came from, who asked, what happened: for good (MU-23)."""
        assert find(added(clinic(self.make()), one), one) == one

    def test_a_copy_job_of_another_source_is_none(self) -> None:
        """Absent and foreign look alike (INV-12, A02)."""
        store = added(clinic(self.make()), ONE)
        assert find(store, evolve(ONE, source=VACANT)) is None
        assert find(store, evolve(ONE, id=copy_job_id(1))) is None

    def test_a_copy_job_is_found_under_its_exact_id_only(self) -> None:
        """Ids are compared byte for byte (INV-09)."""
        store = added(clinic(self.make()), ONE)
        with store.reading() as unit:
            near = [one for one in near_id(ONE.id) if unit.copy_jobs.find(CLINIC, CopyJobId(one))]
        assert near == []

    @pytest.mark.parametrize("source", [CLINIC, NEIGHBOUR])
    def test_an_id_in_use_under_any_source_is_refused(self, source: TenantId) -> None:
        """The key of a call stands for one copy, wherever it is from (INV-34, A70)."""
        store = added(clinic(self.make()), ONE)
        with pytest.raises(ConflictError) as refused:
            added(store, evolve(ONE, source=source, on_conflict=OnConflict.UPDATE))
        assert not refused.value.retryable
        assert find(store, ONE) == ONE

    @given(jobs())
    @strategies.promise
    def test_a_copy_job_moves_on_with_all_that_moves(self, to: CopyJob) -> None:
        """And keeps what does not: who asked for what cannot change on the way."""
        store = added(clinic(self.make()), ONE)

        assert move(store, ONE, to)
        moved = evolve(ONE, state=to.state, why=to.why, cursor=to.cursor, tallies=to.tallies, ended_at=to.ended_at)
        assert find(store, ONE) == moved

    @pytest.mark.parametrize("place", range(len(ELSEWHERE)))
    def test_whoever_saw_a_copy_job_elsewhere_moves_nothing(self, place: int) -> None:
        """Of two workers on one job, the later one is told (INV-34)."""
        store = added(clinic(self.make()), ONE)

        assert not move(store, ELSEWHERE[place], LATER)
        assert find(store, ONE) == ONE

    def test_a_copy_job_is_held_where_it_is(self) -> None:
        """Holding it is moving it to where it is seen; it can be moved on in the same unit."""
        store = added(clinic(self.make()), ONE)
        with kept(store) as unit:
            assert unit.copy_jobs.advance(ONE, ONE)
            assert unit.copy_jobs.advance(ONE, LATER)
            assert unit.copy_jobs.find(CLINIC, ONE.id) == LATER
        assert find(store, ONE) == LATER

    def test_a_copy_job_that_is_not_there_moves_nowhere(self) -> None:
        """Nothing is made by moving it."""
        store = clinic(self.make())
        assert not move(store, ONE, LATER)
        assert find(store, ONE) is None

    @CONCURRENT
    def test_of_many_workers_on_one_copy_job_one_writes_the_batch(self) -> None:
        """Whatever the timing: no batch is counted twice (INV-34)."""
        store = added(clinic(self.make()), ONE)
        won = at_once([partial(unless_beaten, partial(move, store, ONE, LATER))] * 4)

        assert won.count(True) == 1
        assert find(store, ONE) == LATER

    @given(st.lists(st.tuples(st.sampled_from([CLINIC, NEIGHBOUR]), st.integers(0, 1)), max_size=6), st.integers(1, 4))
    @strategies.promise
    def test_pages_of_copy_jobs_join_to_all_a_tenant_has_a_part_in(
        self, made: list[tuple[TenantId, int]], limit: int
    ) -> None:
        """As source or target, the newest first; of equal age by descending id."""
        some = [
            evolve(copy_job(number, source, NEIGHBOUR if source == CLINIC else VACANT), started_at=NOON + age * DAY)
            for number, (source, age) in enumerate(made)
        ]
        store = added(clinic(self.make()), *some)
        with store.reading() as unit:
            found = {
                tenant: joined(partial(_page, unit, tenant, limit), limit) for tenant in (CLINIC, NEIGHBOUR, VACANT)
            }

        newest = sorted([*some, own_copy(NEIGHBOUR)], key=lambda one: (one.started_at, one.id), reverse=True)
        assert found == {tenant: [one for one in newest if tenant in (one.source, *one.targets)] for tenant in found}


def _page(unit: Unit, tenant: TenantId, limit: int, last: CopyJob | None) -> Sequence[CopyJob]:
    return unit.copy_jobs.page(tenant, None if last is None else (last.started_at, last.id), limit)
