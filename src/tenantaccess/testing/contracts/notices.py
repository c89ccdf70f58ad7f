"""What the outbox promises: held by one at a time, told once, none skipped (INV-38)."""

from datetime import datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.model.moments import LATEST
from tenantaccess.model.notices import Notice, NoticeState
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOON,
    TICK,
    clinic,
    kept,
    notice,
    notice_id,
)

NOW = NOON + DAY
UNTIL = NOW + DAY


def queue(store: Store, *notices: Notice) -> Store:
    """Queue *notices* in one committed unit."""
    with kept(store) as unit:
        unit.notices.add(notices)
    return store


def claim(store: Store, now: datetime = NOW, limit: int = 99) -> list[Notice]:
    """Claim in a committed unit, until `UNTIL`."""
    with kept(store) as unit:
        return list(unit.notices.claim(now, UNTIL, limit))


def _queued(store: Store) -> int:
    with store.reading() as unit:
        return unit.notices.queued()


class NoticeContract(Contract):
    """Notices are claimed, told and done with."""

    @given(st.lists(strategies.notices([CLINIC, NEIGHBOUR], [ANN, BOB]), max_size=4, unique_by=lambda one: one.id))
    @strategies.promise
    def test_every_fact_of_a_notice_comes_back(self, notices: list[Notice]) -> None:
        """A fact lost would tell the wrong person, or mail a dead link."""
        store = queue(clinic(self.make()), *notices)
        latest = max([NOON, *(one.created_at for one in notices)])
        with kept(store) as unit:
            found = unit.notices.claim(latest, LATEST, 99)

        assert {one.id: one for one in found} == {one.id: one for one in notices}

    def test_the_oldest_are_claimed_first(self) -> None:
        """Nobody waits for ever behind those who came later."""
        store = queue(clinic(self.make()), notice(3), notice(1), notice(4))
        queue(store, evolve(notice(2), id=notice_id(99)))

        assert claim(store, limit=3) == [notice(1), evolve(notice(2), id=notice_id(99)), notice(3)]

    def test_of_one_moment_the_order_of_queuing_counts(self) -> None:
        """Who was let in and then shut out reads it in that order, whatever the ids."""
        at_once = [evolve(notice(0), id=notice_id(number)) for number in (7, 3, 9, 1, 5)]
        store = queue(clinic(self.make()), *at_once[:2])
        for one in at_once[2:]:
            queue(store, one)

        assert [one.id for one in claim(store)] == [one.id for one in at_once]

    @pytest.mark.parametrize("limit", [1, 2, 5, 99])
    def test_claims_join_to_all_notices(self, limit: int) -> None:
        """None is skipped, none is claimed twice (INV-38)."""
        store = queue(clinic(self.make()), *map(notice, range(5)))

        assert joined(lambda _: claim(store, limit=limit), limit) == list(map(notice, range(5)))

    def test_a_claimed_notice_is_held(self) -> None:
        """Two workers never tell the same."""
        store = queue(clinic(self.make()), notice(1))
        claim(store)

        assert claim(store, UNTIL - TICK) == []

    def test_a_hold_ends_at_its_moment(self) -> None:
        """A worker that died holds nothing for ever."""
        store = queue(clinic(self.make()), notice(1))
        claim(store)

        assert claim(store, UNTIL) == [notice(1)]

    def test_a_released_notice_can_be_claimed_at_once(self) -> None:
        """A worker that could not deliver gives it back."""
        store = queue(clinic(self.make()), notice(1), notice(2))
        one, _ = claim(store)
        with kept(store) as unit:
            unit.notices.release(one)

        assert claim(store) == [notice(1)]

    def test_a_notice_that_nobody_holds_may_be_released(self) -> None:
        """Letting go twice is letting go."""
        store = queue(clinic(self.make()), notice(1))
        with kept(store) as unit:
            unit.notices.release(notice(1))

        assert claim(store) == [notice(1)]

    @pytest.mark.parametrize("state", [NoticeState.SENT, NoticeState.SHOWN, NoticeState.VOID])
    def test_a_finished_notice_is_never_claimed_again(self, state: NoticeState) -> None:
        """What was told is told once, as far as the store can see to it."""
        store = queue(clinic(self.make()), notice(1), notice(2))
        one, _ = claim(store)
        with kept(store) as unit:
            assert unit.notices.finish(one, state)

        assert claim(store, UNTIL) == [notice(2)]

    def test_a_finished_notice_is_not_brought_back_by_a_release(self) -> None:
        """A worker that comes late changes nothing."""
        store = queue(clinic(self.make()), notice(1))
        with kept(store) as unit:
            unit.notices.finish(notice(1), NoticeState.SENT)
        with kept(store) as unit:
            unit.notices.release(notice(1))

        assert claim(store, UNTIL) == []

    def test_a_notice_is_finished_once(self) -> None:
        """Of two workers one learns that the other was first."""
        store = queue(clinic(self.make()), notice(1))
        with kept(store) as unit:
            assert unit.notices.finish(notice(1), NoticeState.SENT)
            assert not unit.notices.finish(notice(1), NoticeState.VOID)
        with kept(store) as unit:
            assert not unit.notices.finish(notice(1), NoticeState.SENT)

    def test_a_notice_that_was_never_queued_is_not_finished(self) -> None:
        """False says that it is not there to be moved."""
        with queue(clinic(self.make()), notice(1)).begin() as unit:
            assert not unit.notices.finish(notice(2), NoticeState.SENT)

    def test_what_is_queued_is_counted_held_or_not(self) -> None:
        """An operator sees how far delivery is behind."""
        store = queue(clinic(self.make()), *map(notice, range(3)))
        claim(store, limit=1)
        assert _queued(store) == 3
        with kept(store) as unit:
            unit.notices.finish(notice(0), NoticeState.SENT)

        assert _queued(store) == 2

    def test_a_notice_is_never_queued_for_what_was_undone(self) -> None:
        """Nobody is told of a change that did not happen (INV-38)."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.notices.add([notice(1)])

        assert (_queued(store), claim(store)) == (0, [])

    def test_a_claim_is_undone_with_its_unit(self) -> None:
        """A worker that fails before it commits held nothing."""
        store = queue(clinic(self.make()), notice(1))
        with store.begin() as unit:
            assert list(unit.notices.claim(NOW, UNTIL, 9)) == [notice(1)]

        assert claim(store) == [notice(1)]

    def test_an_end_is_undone_with_its_unit(self) -> None:
        """What was not recorded as told is told again: at least once."""
        store = queue(clinic(self.make()), notice(1))
        with store.begin() as unit:
            assert unit.notices.finish(notice(1), NoticeState.SENT)

        assert claim(store) == [notice(1)]

    def test_an_empty_batch_may_be_queued(self) -> None:
        """Many commands tell nobody."""
        assert claim(queue(clinic(self.make()))) == []
