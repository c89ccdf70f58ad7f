"""Two that take out each other, or the last two managers, at once, on a real PostgreSQL: one stays (INV-19)."""

from collections.abc import Iterator

import pytest
from tests.races.racing import LEVELS, OWN, Ground, ground, race, rounds_until_nobody
from tests.races.takeouts import PAIRS, TAKEN_AT_ONCE

ROUNDS = 20
"""In CI; `campaign.py` runs thousands."""
UNTIL_NOBODY = 20

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Ground]:
    with ground(postgres_url) as made:
        yield made


@pytest.mark.row("INV-19", "INV-06", "INV-36", "INV-37")
@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("level", LEVELS)
def test_of_the_last_two_managers_one_stays(server: Ground, level: str, first: str, second: str) -> None:
    assert race(server, level, (first, second), ROUNDS).total() == ROUNDS


@pytest.mark.row("INV-19")
@pytest.mark.parametrize(("first", "second"), TAKEN_AT_ONCE)
@pytest.mark.parametrize("level", [OWN, "REPEATABLE READ"])
def test_where_versions_are_not_compared_nobody_stays(server: Ground, level: str, first: str, second: str) -> None:
    assert rounds_until_nobody(server, level, (first, second), UNTIL_NOBODY) is not None
