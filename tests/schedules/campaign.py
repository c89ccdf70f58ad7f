"""
Tries every pair in every order, at both isolation levels, and counts; tests in CI try every twelfth.

    python tests/schedules/campaign.py
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.races.takeouts import PAIRS as TAKEN_OUT
from tests.races.takeouts import TAKES
from tests.schedules.pairs import PAIRS, try_last_managers, try_pair

from tenantaccess.testing.schedules import Explored, Isolation

THREES = [(*pair, third) for pair in TAKEN_OUT for third in TAKES if {"unlink", "sweep"}.isdisjoint(pair)]
"""Two that take out both managers, and a third that comes to the first of them too, or sweeps."""

CAMPAIGNS: dict[str, tuple[list[tuple[str, ...]], Callable[..., Explored]]] = {
    "pairs": ([*PAIRS], try_pair),
    "last managers": ([*TAKEN_OUT], try_last_managers),
    "three at the last managers": ([*THREES], try_last_managers),
}


def tried(given: tuple[str, Isolation, tuple[str, ...]]) -> tuple[Counter[str], str]:
    """Explore one; answer counts, and what is wrong."""
    campaign, isolation, moves = given
    try:
        found = CAMPAIGNS[campaign][1](isolation, *moves)
    except AssertionError as wrong:
        return Counter(wrong=1), f"{isolation.value}: {moves}: {wrong}\n{wrong.__notes__[0]}"
    counts = Counter(explored=1, schedules=found.schedules, cut=found.cut, incomplete=not found.is_complete)
    return counts, ""


def main() -> int:
    """Run the campaigns and print the counts; fail on anything wrong or not explored to the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaign", choices=CAMPAIGNS, action="append")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    status = 0
    with ProcessPoolExecutor(options.jobs) as workers:
        for name in options.campaign or CAMPAIGNS:
            began, counts = time.perf_counter(), Counter[str]()
            given = [(name, isolation, moves) for isolation, moves in product(Isolation, CAMPAIGNS[name][0])]
            for found, wrong in workers.map(tried, given, chunksize=8):
                counts += found
                if wrong:
                    print(wrong, flush=True)
            status |= bool(counts["wrong"] or counts["incomplete"])
            print(
                f"{name}: {counts['explored']:,} explored, {counts['schedules']:,} schedules judged, {counts['cut']:,}"
                f" given up as known, {counts['incomplete']} not finished, {counts['wrong']} wrong,"
                f" {time.perf_counter() - began:.0f} s",
                flush=True,
            )
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
