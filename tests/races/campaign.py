"""
Races on a real PostgreSQL at full size, and what comes of them: last managers, copies both ways, secrets, the outbox.

    python tests/races/campaign.py
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
from tests.races.copies import SETS, race_copies, rounds_until_both
from tests.races.outbox import AT_ONCE, WORKERS, WRITERS, by_state, delivered
from tests.races.racing import LEVELS, OWN, Ground, ground, race, rounds_until_nobody
from tests.races.single_use import CROWD, PURPOSES, access_on, require_single_use
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


def managers(found: Ground, rounds: int) -> None:
    """Let every pair meet at every level, a batch of rounds at a time."""
    twins(found)
    began, told = time.perf_counter(), Counter[str]()
    for done in range(0, rounds, BATCH):
        for level, pair in product(LEVELS, PAIRS):
            told += race(found, level, pair, BATCH)
        print(
            f"{done + BATCH:,} rounds for each of {len(PAIRS)} pairs at {len(LEVELS)} levels, {told.total():,} in all,"
            f" {time.perf_counter() - began:.0f} s: nothing wrong",
            flush=True,
        )
    for answers, count in sorted(told.items()):
        print(f"{count:8,}  {answers}")


def copies(found: Ground, rounds: int) -> None:
    """Let two copies in opposite directions meet at every level."""
    both = {name: rounds_until_both(found, name, 100) for name in SETS}
    assert None not in both.values()
    print(f"where nothing is held, both brought something, in rounds {[*both.values()]}", flush=True)
    told = Counter[str]()
    for level, name in product(LEVELS, SETS):
        told += race_copies(found, level, name, rounds)
    for answer, count in sorted(told.items()):
        print(f"{count:8,}  {answer}")
    print(f"{told.total():,} rounds of two copies at {len(LEVELS)} levels: one alone was done", flush=True)


def secrets(found: Ground, rounds: int) -> None:
    """Let many use each secret at once."""
    access = access_on(found.store)
    for purpose, number in product(PURPOSES, range(rounds)):
        require_single_use(access, purpose, number)
    print(
        f"{rounds:,} secrets of each of {len(PURPOSES)} purposes, {CROWD} at once with each: one succeeded", flush=True
    )


def outbox(found: Ground, rounds: int) -> None:
    """Let writers and workers meet; ten units of each writer for a round."""
    sent = delivered(found.store, by_state, rounds * 10)
    assert len(sent) == sent.total() == WRITERS * rounds * 10 * AT_ONCE
    print(f"{sent.total():,} notices of {WRITERS} writers, by {WORKERS} workers: each delivered once", flush=True)


PARTS = {"managers": managers, "copies": copies, "secrets": secrets, "outbox": outbox}


def main() -> int:
    """Run and print; what is broken is an `AssertionError`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--rounds", type=int, default=250, help="for every pair at every level; of every secret")
    options = parser.parse_args()
    with server() as url:
        for part in options.part or PARTS:
            with ground(url) as found:
                PARTS[part](found, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
