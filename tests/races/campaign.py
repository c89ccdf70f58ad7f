"""
Races of the last two managers on a real PostgreSQL, thousands of rounds for every pair at every isolation level.

    python tests/races/campaign.py --rounds 1000

Goes through all pairs and levels again and again, a batch of rounds at a time, and says after each what it came to.
"""

import argparse
import sys
import time
from collections import Counter
from itertools import product
from pathlib import Path

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.postgres import server
from tests.races.racing import LEVELS, OWN, Ground, ground, race, rounds_until_nobody
from tests.races.takeouts import PAIRS, TAKEN_AT_ONCE

BATCH = 20


def twins(found: Ground) -> None:
    """Show that the same rounds go wrong where versions are not compared."""
    until = [
        rounds_until_nobody(found, level, pair, 100) for level in (OWN, "REPEATABLE READ") for pair in TAKEN_AT_ONCE
    ]
    assert None not in until
    print(
        f"without comparing versions: {len(until)} pairs and levels left nobody, in rounds {Counter(until)}", flush=True
    )


def main() -> int:
    """Run and print; what is broken is an `AssertionError`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000, help="for every pair at every level")
    options = parser.parse_args()
    began, told = time.perf_counter(), Counter[str]()
    with server() as url, ground(url) as found:
        twins(found)
        for done in range(0, options.rounds, BATCH):
            for level, pair in product(LEVELS, PAIRS):
                for answers, count in race(found, level, pair, BATCH).items():
                    told[answers] += count
            print(
                f"{done + BATCH:,} rounds for each of {len(PAIRS)} pairs at {len(LEVELS)} levels, {told.total():,} in"
                f" all, {time.perf_counter() - began:.0f} s: nothing wrong",
                flush=True,
            )
    for answers, count in sorted(told.items()):
        print(f"{count:8,}  {answers}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
