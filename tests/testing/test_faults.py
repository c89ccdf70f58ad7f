"""The fault injector does what it says: otherwise the tests that stand on it prove nothing."""

from functools import partial

import pytest

from tenantaccess.errors import StoreError
from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    NEIGHBOUR,
    clinic,
    kept,
    load,
    member,
    put,
)
from tenantaccess.testing.contracts.standing import StandingContract, compiled
from tenantaccess.testing.contracts.units import UnitContract
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore, ForeignRowsStore

CALLS = ["begin", "memberships.load", "memberships.put", "commit"]


def a_store() -> FaultyStore:
    return FaultyStore(clinic(MemoryStore()))


def run(store: Store) -> None:
    """Four calls: see CALLS."""
    put(store, member(CLINIC, ANN))


def was_kept(store: FaultyStore) -> bool:
    return ANN in load(store.inner, CLINIC, ANN).rows


class TestWithoutFaults(UnitContract, StandingContract):
    """A store in which nothing fails is as good as the one inside."""

    def make(self) -> FaultyStore:
        return FaultyStore(MemoryStore())


def test_every_call_is_traced_in_order() -> None:
    store = a_store()
    run(store)
    store.standing(CLINIC, ANN, compiled)
    with store.reading() as unit:
        unit.roles.list(CLINIC)

    assert store.trace == [*CALLS, "standing", "reading", "roles.list"]


def test_the_points_of_a_scenario_are_counted() -> None:
    store = a_store()

    assert store.count(partial(run, store)) == len(CALLS)


def test_equal_scenarios_have_equal_traces() -> None:
    one, other = a_store(), a_store()
    run(one)
    put(other, member(CLINIC, BOB))

    assert one.trace == other.trace


@pytest.mark.parametrize("number", range(1, len(CALLS) + 1))
def test_a_fault_before_a_call_keeps_nothing(number: int) -> None:
    store = a_store()
    store.restart(Fault(number, FaultKind.BEFORE))

    with pytest.raises(StoreError):
        run(store)
    assert store.trace == CALLS[:number]
    assert not was_kept(store)


@pytest.mark.parametrize("number", range(1, len(CALLS) + 1))
def test_a_fault_after_a_call_comes_after_its_effect(number: int) -> None:
    store = a_store()
    store.restart(Fault(number, FaultKind.AFTER))

    with pytest.raises(StoreError):
        run(store)
    assert store.trace == CALLS[:number]
    assert was_kept(store) is (CALLS[number - 1] == "commit")


@pytest.mark.parametrize("number", range(1, len(CALLS) + 1))
@pytest.mark.parametrize("kind", [FaultKind.BEFORE_COMMIT, FaultKind.AFTER_COMMIT])
def test_a_fault_at_commit_waits_for_it(number: int, kind: FaultKind) -> None:
    store = a_store()
    store.restart(Fault(number, kind))

    with pytest.raises(StoreError):
        run(store)
    assert store.trace == CALLS
    assert was_kept(store) is (kind is FaultKind.AFTER_COMMIT)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_strikes_once(kind: FaultKind) -> None:
    store = a_store()
    store.restart(Fault(1, kind))
    with pytest.raises(StoreError):
        run(store)

    put(store, member(CLINIC, BOB))
    assert BOB in load(store.inner, CLINIC, BOB).rows


def test_a_fault_in_a_standing_is_an_outage() -> None:
    store = a_store()
    store.restart(Fault(1, FaultKind.BEFORE))

    with pytest.raises(StoreError):
        store.standing(CLINIC, ANN, compiled)


def test_foreign_rows_come_back_under_the_tenant_asked_for() -> None:
    store = ForeignRowsStore(clinic(MemoryStore()), NEIGHBOUR)
    facts = load(store, CLINIC, ANN)

    assert facts.tenant.id == CLINIC
    assert facts.rows[ANN].membership.tenant == NEIGHBOUR


def test_foreign_rows_leave_the_rest_alone() -> None:
    store = ForeignRowsStore(clinic(MemoryStore()), NEIGHBOUR)
    with kept(store) as unit:
        unit.memberships.put(member(CLINIC, ANN), None)

    assert load(store.inner, CLINIC, ANN).rows[ANN].membership == member(CLINIC, ANN)
    assert store.standing(CLINIC, ANN, compiled) is not None
    assert not store.is_hosted
