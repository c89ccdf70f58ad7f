"""The simulated store keeps the contract at both of its isolation levels."""

from collections.abc import Iterator
from functools import partial
from threading import Barrier
from typing import ClassVar

import pytest

from tenantaccess.errors import ConflictError
from tenantaccess.ids import StreamId
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.testing.contracts import Ability, Lack, StoreContract
from tenantaccess.testing.contracts.attempts import AttemptContract
from tenantaccess.testing.contracts.notices import NoticeContract
from tenantaccess.testing.contracts.races import RaceContract
from tenantaccess.testing.contracts.samples import CLINIC, VACANT, clinic, kept
from tenantaccess.testing.contracts.streams import StreamContract
from tenantaccess.testing.contracts.threads import PATIENCE, at_once, beaten
from tenantaccess.testing.contracts.tokens import TokenContract
from tenantaccess.testing.contracts.units import UnitContract
from tenantaccess.testing.schedules import Isolation, SimulatedStore

ONE_BY_ONE = Lack(Ability.COPIES_WITHIN, "records are values of this process: each is copied by itself")
TOLD = Lack(Ability.WAITING_LOCKS, "in a snapshot, whoever waited for what then changed is told by a conflict")


class TestReadCommitted(StoreContract):
    lacks: ClassVar[frozenset[Lack]] = frozenset({ONE_BY_ONE})

    def make(self) -> SimulatedStore:
        return SimulatedStore(Isolation.READ_COMMITTED)


class TestSnapshot(AttemptContract, NoticeContract, RaceContract, StreamContract, TokenContract, UnitContract):
    """What has to do with others; the rest is the same code."""

    lacks: ClassVar[frozenset[Lack]] = frozenset({TOLD})

    def make(self) -> SimulatedStore:
        return SimulatedStore(Isolation.SNAPSHOT)


# --- what one unit sees of another --------------------------------------------------------------------------------

RENAMED = Tenant(CLINIC, "Renamed")


@pytest.fixture(params=Isolation, ids=lambda one: str(one.value))
def store(request: pytest.FixtureRequest) -> Iterator[SimulatedStore]:
    made = SimulatedStore(request.param)
    clinic(made)
    yield made
    assert not made._shared.holders, "every row is let go of"


def name_of(unit: Unit) -> str:
    found = unit.tenants.find(CLINIC)
    assert found is not None
    return found[0].name


def test_a_unit_sees_what_others_commit_meanwhile_unless_it_sees_a_snapshot(store: SimulatedStore) -> None:
    with store.begin() as early:
        with kept(store) as unit:
            unit.tenants.put(RENAMED)
        seen = name_of(early)
    assert seen == {Isolation.READ_COMMITTED: "Renamed", Isolation.SNAPSHOT: "Clinic"}[store.isolation]


def test_what_was_changed_since_is_written_over_unless_a_snapshot_hides_it(store: SimulatedStore) -> None:
    with store.begin() as early:
        with kept(store) as unit:
            unit.tenants.put(RENAMED)
        is_beaten = beaten(lambda: early.tenants.put(Tenant(CLINIC, "Renamed again")))
    assert is_beaten is (store.isolation is Isolation.SNAPSHOT)


def test_what_another_unit_undid_is_no_conflict(store: SimulatedStore) -> None:
    with store.begin() as late:
        with store.begin() as early:
            early.tenants.put(RENAMED)
        late.tenants.put(RENAMED)
        late.commit()
    with store.reading() as unit:
        assert name_of(unit) == "Renamed"


def test_of_two_that_wait_for_each_other_one_is_told(store: SimulatedStore) -> None:
    both_hold = Barrier(2, timeout=PATIENCE)

    def cross(first: StreamId, second: StreamId) -> str:
        with store.begin() as unit:
            unit.streams.lock(first)
            both_hold.wait()
            try:
                unit.streams.lock(second)
            except ConflictError as conflict:
                return "told" if conflict.retryable else str(conflict)
        return "locked"

    told = at_once([partial(cross, CLINIC, VACANT), partial(cross, VACANT, CLINIC)])
    assert sorted(told) == ["locked", "told"]


def test_a_copy_is_a_store_of_its_own(store: SimulatedStore) -> None:
    with kept(store.copy()) as unit:
        unit.tenants.put(RENAMED)
    with store.reading() as unit:
        assert name_of(unit) == "Clinic"
