"""
Workers are killed at every port call of five jobs on a SQLite file, and at random moments.

What they leave is the old state or the next one, and whoever comes back goes on to the end that there would have been.
`python tests/crashes/campaign.py` kills more of them.
"""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crashes.campaign import BrokenPromiseError, Campaign, grounds
from tests.crashes.dying import Kill, When
from tests.crashes.grounds import Ground
from tests.crashes.jobs import JOBS
from tests.crashes.workers import Workers

pytestmark = pytest.mark.row("INV-34", "INV-36", "INV-38", "INV-39", "INV-03")
RANDOM = 2
"""So many are in time: others come when the job is done."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, Workers]]:
    with grounds("sqlite", tmp_path_factory.mktemp("ground")) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_call_leaves_what_was_committed(job: str, ground: tuple[Ground, Workers], tmp_path: Path) -> None:
    campaign = Campaign(*ground, job, tmp_path)
    kills = list(campaign.kills_that_differ())

    assert [kill for kill in kills if not campaign.kill_at(kill)] == []
    assert len(kills) > 20


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_moment_leaves_what_was_committed(
    job: str, ground: tuple[Ground, Workers], tmp_path: Path
) -> None:
    campaign, rng = Campaign(*ground, job, tmp_path), random.Random(job)
    campaign.kill_in_time(rng, RANDOM)

    assert campaign.counts["in time"] == RANDOM


@pytest.mark.parametrize(
    ("store", "job", "found"),
    [
        ("autocommit", "copy", "no state that any commit leads to"),
        ("autocommit", "bulk edit", "no state that any commit leads to"),
        ("autocommit", "accept", "no state that any commit leads to"),
        ("autocommit", "sweep", "no state that any commit leads to"),
        ("cursor apart", "copy", "no state that any commit leads to"),
        ("held for good", "deliver", "never sent"),
        ("keyless", "accept", "ProofRefusedError"),
        ("keyless", "bulk edit", "TakenError"),
    ],
)
def test_a_store_that_breaks_its_promise_is_found(
    store: str, job: str, found: str, ground: tuple[Ground, Workers], tmp_path: Path
) -> None:
    campaign = Campaign(*ground, job, tmp_path, store)
    with pytest.raises(BrokenPromiseError, match=found):
        all(campaign.kill_at(Kill(at, When.AFTER)) for at in itertools.count(1, 2))
