"""
Finds the cells the oracle reaches, and few seeds whose episodes hit them all, by the oracle alone.

    python tests/oracle/covering.py --episodes 1000 > tests/oracle/cells.txt
"""

import argparse
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.choosing import WORLDS
from tests.oracle.differential import cell_of
from tests.oracle.driver import EPISODE, choose, later

A_LINE = 16


def hits(seed: int) -> frozenset[str]:
    """Play the episode of *seed* by the oracle alone; answer the cells it hits."""
    rng = random.Random(seed)
    world = rng.choice(WORLDS)
    state, now = ref.State(), 0
    found = set()
    for _ in range(EPISODE):
        now = later(rng, world, state, now)
        command, actor = choose(rng, world, state, now)
        after, outcome = ref.step(world, state, command, actor, now)
        found.add(cell_of(world, state, command, actor, outcome, now))
        state = after
    return frozenset(found)


def cover(by_seed: dict[int, frozenset[str]]) -> list[int]:
    """Choose seeds greedily until every cell is hit."""
    missing = set().union(*by_seed.values())
    chosen = []
    while missing:
        best = max(by_seed, key=lambda seed: (len(by_seed[seed] & missing), -seed))
        chosen.append(best)
        missing -= by_seed[best]
    return chosen


def main() -> None:
    """Print the seeds and the cells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    seeds = range(1_000_000, 1_000_000 + given.episodes)
    with ProcessPoolExecutor(given.jobs) as workers:
        by_seed = dict(zip(seeds, workers.map(hits, seeds, chunksize=20), strict=True))
    chosen = cover(by_seed)
    for begun in range(0, len(chosen), A_LINE):
        print("seeds", *chosen[begun : begun + A_LINE])
    print(*sorted(set().union(*by_seed.values())), sep="\n")


if __name__ == "__main__":
    main()
