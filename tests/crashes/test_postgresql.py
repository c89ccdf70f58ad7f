"""Workers are killed at port calls of five jobs on PostgreSQL, and at random moments, as on SQLite: at each fifth."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crashes.campaign import Campaign, grounds
from tests.crashes.dying import When
from tests.crashes.grounds import Ground
from tests.crashes.jobs import JOBS
from tests.crashes.workers import Workers

pytestmark = [pytest.mark.postgres, pytest.mark.row("INV-34", "INV-36", "INV-38", "INV-39", "INV-03")]
STEP = 5
RANDOM = 2
"""So many are in time: others come when the job is done."""


@pytest.fixture(scope="module")
def ground(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, Workers]]:
    with grounds(postgres_url, tmp_path_factory.mktemp("ground")) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_call_leaves_what_was_committed(job: str, ground: tuple[Ground, Workers], tmp_path: Path) -> None:
    campaign = Campaign(*ground, job, tmp_path)
    kills = list(campaign.kills_that_differ())
    after_a_commit = [kill for kill in kills if kill.when is When.AFTER]
    tried = [*kills[::STEP], *after_a_commit[-1:]]

    assert [kill for kill in tried if not campaign.kill_at(kill)] == []
    assert len(tried) > 5


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_moment_leaves_what_was_committed(
    job: str, ground: tuple[Ground, Workers], tmp_path: Path
) -> None:
    campaign, rng = Campaign(*ground, job, tmp_path), random.Random(job)
    campaign.kill_in_time(rng, RANDOM)

    assert campaign.counts["in time"] == RANDOM
