"""What the repository of activity promises: marks that move forward, outside the tenant's version."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from tenantaccess.model.members import Membership
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOBODY,
    NOON,
    NOWHERE,
    TICK,
    clinic,
    kept,
    load,
    member,
    put,
    read,
)

ROW = evolve(member(CLINIC, ANN), incarnation=2, last_active_at=NOON)


def _store(store: Store, row: Membership = ROW) -> Store:
    put(clinic(store), row, evolve(row, principal=BOB))
    return store


def _touch(store: Store, incarnation: int, at: datetime) -> datetime | None:
    with kept(store) as unit:
        unit.activity.touch(CLINIC, ANN, incarnation, at)
    return read(store, CLINIC, ANN).membership.last_active_at


def _warn(store: Store, incarnation: int, warned: int) -> tuple[bool, int]:
    with kept(store) as unit:
        raised = unit.activity.warn(CLINIC, ANN, incarnation, warned)
    return raised, read(store, CLINIC, ANN).membership.warned


class ActivityContract(Contract):
    """Activity and warnings of one presence only ever rise."""

    @pytest.mark.parametrize("before", [None, NOON - TICK], ids=["never active", "active before"])
    def test_activity_moves_forward(self, before: datetime | None) -> None:
        """Who works does not lapse (INV-07)."""
        store = _store(self.make(), evolve(ROW, last_active_at=before))

        assert _touch(store, 2, NOON) == NOON

    def test_activity_never_moves_back(self) -> None:
        """A slow request that ends late must not undo a later one (INV-07)."""
        store = _store(self.make())

        assert _touch(store, 2, NOON - TICK) == NOON

    @pytest.mark.parametrize("incarnation", [1, 3])
    def test_activity_of_another_presence_counts_for_nothing(self, incarnation: int) -> None:
        """A request from before somebody left keeps nobody alive who came back (INV-15)."""
        store = _store(self.make())

        assert _touch(store, incarnation, NOON + DAY) == NOON

    def test_activity_changes_nothing_else(self) -> None:
        """A mark is no edit."""
        store = _store(self.make())
        _touch(store, 2, NOON + DAY)

        assert read(store, CLINIC, ANN).membership == evolve(ROW, last_active_at=NOON + DAY)
        assert read(store, CLINIC, BOB).membership == evolve(ROW, principal=BOB)

    @pytest.mark.parametrize(("after", "warned"), [(TICK, 0), (-TICK, 2)], ids=["forward", "backward"])
    def test_warnings_begin_again_when_activity_moves_forward(self, after: timedelta, warned: int) -> None:
        """Who came back is warned anew the next time; who did not is not warned twice."""
        store = _store(self.make(), evolve(ROW, warned=2))
        _touch(store, 2, NOON + after)

        assert read(store, CLINIC, ANN).membership.warned == warned

    def test_activity_leaves_the_version(self) -> None:
        """Work must not make a manager's edit fail."""
        store = _store(self.make())
        _touch(store, 2, NOON + DAY)

        assert load(store, CLINIC).head == Head(CLINIC)

    def test_activity_counts_in_its_own_tenant(self) -> None:
        """Work for one practice keeps nobody alive in another (INV-10)."""
        store = _store(self.make())
        theirs = read(store, NEIGHBOUR, ANN)
        _touch(store, 2, NOON + DAY)
        _touch(store, 7, NOON + DAY)

        assert read(store, NEIGHBOUR, ANN) == theirs

    def test_activity_of_an_absent_row_is_nothing(self) -> None:
        """A mark that comes too late is dropped, and makes no row."""
        store = _store(self.make())
        with kept(store) as unit:
            unit.activity.touch(CLINIC, NOBODY, 1, NOON)
            unit.activity.touch(NOWHERE, ANN, 1, NOON)

        assert set(load(store, CLINIC, NOBODY, ANN).rows) == {ANN}

    def test_activity_is_undone_with_its_unit(self) -> None:
        """A unit keeps all or nothing."""
        store = _store(self.make())
        with store.begin() as unit:
            unit.activity.touch(CLINIC, ANN, 2, NOON + DAY)

        assert read(store, CLINIC, ANN).membership.last_active_at == NOON

    def test_a_warning_is_counted(self) -> None:
        """The next sweep sees what this one did."""
        assert _warn(_store(self.make()), 2, 1) == (True, 1)

    def test_warnings_may_be_skipped(self) -> None:
        """Who was away while the sweep rested gets one warning, not three."""
        assert _warn(_store(self.make()), 2, 3) == (True, 3)

    @pytest.mark.parametrize("warned", [1, 2])
    def test_a_warning_is_counted_once(self, warned: int) -> None:
        """Of two sweeps only one queues the mail (INV-08)."""
        store = _store(self.make(), evolve(ROW, warned=2))

        assert _warn(store, 2, warned) == (False, 2)

    @pytest.mark.parametrize("incarnation", [1, 3])
    def test_another_presence_is_not_warned(self, incarnation: int) -> None:
        """A warning meant for somebody who left is not sent to who came back (INV-15)."""
        assert _warn(_store(self.make()), incarnation, 1) == (False, 0)

    def test_a_warning_leaves_version_and_neighbours(self) -> None:
        """A sweep holds nobody up and touches no other row (INV-10)."""
        store = _store(self.make(), evolve(ROW, incarnation=7))
        theirs = read(store, NEIGHBOUR, ANN)
        assert _warn(store, 7, 2) == (True, 2)

        assert read(store, NEIGHBOUR, ANN) == theirs
        assert read(store, CLINIC, BOB).membership.warned == 0
        assert load(store, CLINIC).head == Head(CLINIC)

    def test_a_warning_is_undone_with_its_unit(self) -> None:
        """The mail is queued in the same unit, or not at all."""
        store = _store(self.make())
        with store.begin() as unit:
            assert unit.activity.warn(CLINIC, ANN, 2, 1)

        assert _warn(store, 2, 1) == (True, 1)
