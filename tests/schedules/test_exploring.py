"""Exploring fewer orders finds every outcome that all orders have; and what it cannot finish, it says."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from tenantaccess.errors import ConflictError
from tenantaccess.ids import StreamId
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Unit
from tenantaccess.testing.contracts.samples import ANN, CLINIC, VACANT, clinic
from tenantaccess.testing.schedules import Isolation, Orders, SimulatedStore, explore

STREAMS: list[StreamId] = [CLINIC, VACANT, ANN]
Part = tuple[str, StreamId]
LEVELS = pytest.mark.parametrize("isolation", Isolation, ids=lambda one: one.value)


def head(unit: Unit, stream: StreamId) -> object:
    return unit.streams.head(stream)


def raised(unit: Unit, stream: StreamId) -> object:
    seen = unit.streams.head(stream)
    assert seen is not None
    return unit.streams.advance(seen, Head(stream, seen.version + 1))


PARTS: dict[str, Callable[[Unit, StreamId], object]] = {
    "head": head,
    "raise": raised,
    "first": lambda unit, stream: unit.streams.advance(Head(stream), Head(stream, 1)),
    "lock": lambda unit, stream: unit.streams.lock(stream),
    "put": lambda unit, stream: unit.credentials.put(ANN, f"by {stream}"),
    "find": lambda unit, _: unit.credentials.find(ANN),
}


def job(parts: Sequence[Part], store: SimulatedStore) -> list[object]:
    with store.begin() as unit:
        found = [PARTS[part](unit, stream) for part, stream in parts]
        unit.commit()
    return found


def outcomes_of(
    isolation: Isolation, jobs: Sequence[Sequence[Part]], orders: Orders, most: int
) -> tuple[set[str], bool]:
    """Everything that any schedule comes to, and whether there is no other."""
    found: set[str] = set()

    def judge(store: SimulatedStore, outcomes: Sequence[Any]) -> None:
        with store.reading() as unit:
            left = [unit.streams.head(stream) for stream in STREAMS], unit.credentials.find(ANN)
        told = ["conflict" if isinstance(one, ConflictError) else one for one in outcomes]
        found.add(repr((told, left)))

    base = SimulatedStore(isolation)
    clinic(base)
    explored = explore(base, [partial(job, parts) for parts in jobs], judge, orders=orders, most=most)
    return found, explored.is_complete


def drawn(seed: int) -> list[list[Part]]:
    draw = random.Random(seed)
    count = draw.choice([2, 2, 2, 3])
    longest = 3 if count == 2 else 1
    return [
        [(draw.choice(list(PARTS)), draw.choice(STREAMS)) for _ in range(draw.randint(1, longest))]
        for _ in range(count)
    ]


@LEVELS
@pytest.mark.parametrize("seed", range(12))
def test_every_outcome_that_any_order_has_is_found(isolation: Isolation, seed: int) -> None:
    jobs = drawn(seed)
    every, _ = outcomes_of(isolation, jobs, Orders.EVERY, 1_500)
    found, is_complete = outcomes_of(isolation, jobs, Orders.THAT_DIFFER, 1_500)
    assert is_complete
    assert every <= found


LOSING: list[list[Part]] = [[("raise", CLINIC)], [("raise", CLINIC)]]


def test_a_step_that_locks_is_tried_before_and_after_the_other() -> None:
    found, _ = outcomes_of(Isolation.READ_COMMITTED, LOSING, Orders.THAT_DIFFER, 100)
    told = {one.split("], ")[0] for one in found}
    assert told == {"([[True", "([[False"}


def test_what_depends_on_nothing_is_run_in_one_order() -> None:
    apart: list[list[Part]] = [[("raise", CLINIC)], [("raise", VACANT)]]
    base = SimulatedStore()
    clinic(base)
    explored = explore(base, [partial(job, parts) for parts in apart], lambda *_: None)
    assert (explored.schedules, explored.cut, explored.is_complete) == (1, 0, True)


@LEVELS
def test_two_that_wait_for_each_other_are_told(isolation: Isolation) -> None:
    crossed: list[list[Part]] = [[("lock", CLINIC), ("lock", VACANT)], [("lock", VACANT), ("lock", CLINIC)]]
    found, is_complete = outcomes_of(isolation, crossed, Orders.THAT_DIFFER, 100)
    assert is_complete
    assert sum("conflict" in one for one in found) == 2


def test_what_is_not_finished_says_so() -> None:
    base = SimulatedStore()
    clinic(base)
    explored = explore(base, [partial(job, parts) for parts in LOSING], lambda *_: None, most=1)
    assert (explored.schedules + explored.cut, explored.is_complete) == (1, False)


def test_what_is_judged_wrong_comes_with_its_schedule() -> None:
    def judge(_store: SimulatedStore, _outcomes: Sequence[Any]) -> None:
        raise AssertionError("wrong")

    base = SimulatedStore()
    clinic(base)
    with pytest.raises(AssertionError, match="wrong") as refused:
        explore(base, [partial(job, parts) for parts in LOSING], judge)
    assert "0: streams.advance" in refused.value.__notes__[0]


def test_what_is_no_refusal_is_raised() -> None:
    def broken(_: SimulatedStore) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        explore(SimulatedStore(), [broken], lambda *_: None)
