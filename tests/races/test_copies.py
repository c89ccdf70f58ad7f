"""Two copies in opposite directions at once, on a real PostgreSQL: one is done, the other is to be planned again."""

from collections.abc import Iterator

import pytest
from tests.races.copies import SETS, race_copies, rounds_until_both
from tests.races.racing import LEVELS, Ground, ground

from tenantaccess.ids import ReferenceSetKey

ROUNDS = 3
"""In CI; `campaign.py` runs hundreds."""
UNTIL_BOTH = 20

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Ground]:
    with ground(postgres_url) as made:
        yield made


@pytest.mark.row("INV-34", "INV-33")
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("level", LEVELS)
def test_of_two_copies_in_opposite_directions_one_is_done(server: Ground, level: str, name: ReferenceSetKey) -> None:
    assert race_copies(server, level, name, ROUNDS).total() == ROUNDS


@pytest.mark.row("INV-34")
@pytest.mark.parametrize("name", SETS)
def test_where_nothing_is_held_both_bring_what_was_not_planned(server: Ground, name: ReferenceSetKey) -> None:
    assert rounds_until_both(server, name, UNTIL_BOTH) is not None
