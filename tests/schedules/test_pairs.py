"""Every pair of commands, and of ways to take out the last managers, in every order of their calls (INV-06)."""

from pathlib import Path

import pytest
from tests.races.takeouts import PAIRS as TAKEN_OUT
from tests.races.takeouts import TAKEN_AT_ONCE
from tests.schedules.campaign import THREES
from tests.schedules.judging import dump
from tests.schedules.office import MOVES, access_on
from tests.schedules.pairs import PAIRS, SEVERAL_UNITS, furnished, try_last_managers, try_pair, unguarded

from tenantaccess import commands
from tenantaccess.services.command import Command
from tenantaccess.testing.schedules import Isolation

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "assurance.md"
EVERY = 12
"""In CI, each move meets every so manieth other one at each isolation level; `campaign.py` tries all."""
LONG = {"a worker", "a proof"}
"""What reads so often that snapshots meet in hundreds of orders with another job: minutes, left to `campaign.py`."""
LEVELS = pytest.mark.parametrize("isolation", Isolation, ids=lambda one: one.value)


def test_every_command_is_among_the_moves() -> None:
    classes = [getattr(commands, name) for name in commands.__all__]
    names = {one.name for one in classes if isinstance(one, type) and issubclass(one, Command)}
    assert names == MOVES.keys() - SEVERAL_UNITS


def test_the_page_tells_how_many_meet() -> None:
    """Whoever adds a command runs its pairs, by `campaign.py`, and renews what the page says."""
    page = PAGE.read_text(encoding="utf-8")
    commands = [pair for pair in PAIRS if SEVERAL_UNITS.isdisjoint(pair)]
    levels = len(Isolation)
    assert f"Each of the {len(MOVES) - len(SEVERAL_UNITS)} commands" in page
    for said, pairs in {
        "Every pair of two commands": len(commands),
        "Every pair of a command, or one of the others, with one of the others": len(PAIRS) - len(commands),
        "The last two managers, every pair of ways to take them out": len(TAKEN_OUT),
        "The same with a third one who acts or a sweep": len(THREES),
    }.items():
        assert f"| {said} | {levels * pairs:,} |" in page


@pytest.mark.parametrize("move", MOVES)
def test_every_move_finds_something_to_do(move: str) -> None:
    store, at = furnished(Isolation.READ_COMMITTED, move)
    copy = store.copy()
    before = dump(copy)
    MOVES[move](access_on(copy, "alone", at.clock), at, at["ann"])
    assert dump(copy) != before


@pytest.mark.row("INV-06", "INV-37", "INV-04")
@pytest.mark.parametrize("first", MOVES)
@LEVELS
def test_two_at_once_come_to_the_same_as_one_after_the_other(isolation: Isolation, first: str) -> None:
    shift = 0 if isolation is Isolation.SNAPSHOT else EVERY // 2
    pairs = [pair for place, pair in enumerate(PAIRS) if pair[0] == first and (place + shift) % EVERY == 0]
    if isolation is Isolation.SNAPSHOT:
        pairs = [pair for pair in pairs if LONG.isdisjoint(pair) or not SEVERAL_UNITS.issuperset(pair)]
    assert all(try_pair(isolation, *pair).is_complete for pair in pairs)


@pytest.mark.row("INV-19", "INV-06", "INV-37")
@pytest.mark.parametrize(("first", "second"), TAKEN_OUT)
@LEVELS
def test_of_the_last_two_managers_one_stays(isolation: Isolation, first: str, second: str) -> None:
    assert try_last_managers(isolation, first, second).is_complete


@pytest.mark.row("INV-19")
@pytest.mark.parametrize(("first", "second"), TAKEN_AT_ONCE)
@LEVELS
def test_without_a_guard_some_order_leaves_nobody(isolation: Isolation, first: str, second: str) -> None:
    with pytest.raises(AssertionError, match="INV-19"):
        unguarded(isolation, first, second)
