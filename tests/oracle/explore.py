"""
Explores the reference model breadth-first in a small scope (`scopes`), judging every step and every state.

A state is taken modulo everything that no rule can see, the names of people among it (`abstraction`). The answers
about a tenant are judged once for all states in which its facts and those of the people are the same.

    python tests/oracle/explore.py --alphabet people --depth 4
"""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.abstraction import NOW, canonical, nameless
from tests.oracle.scopes import DELIVERY, SCOPES, Choice, Scope

AT_ONCE = 250


class Report(NamedTuple):
    """What an exploration found."""

    states: int
    transitions: int
    accepted: int
    broken: tuple[str, ...]


class Found(NamedTuple):
    """What some states led to: other states, by what they are without names."""

    counts: Counter[str]
    broken: list[str]
    states: list[tuple[bytes, ref.State | None]]


def start(scope: Scope) -> ref.State:
    """Answer the state in the beginning."""
    state = ref.initial(scope.world)
    for command, actor in scope.begin:
        state, outcome = ref.step(scope.world, state, command, actor, NOW)
        assert outcome.kind == "done"
    return state


def explore(alphabet: str, depth: int) -> Report:
    """Take every step from every state to *depth*; each broken invariant is a line of the report."""
    *_, report = levels(alphabet, depth)
    return report


def levels(alphabet: str, depth: int, jobs: int = 1) -> Iterator[Report]:
    """Explore step by step to *depth*, and report after each."""
    known.cache_clear()
    root = canonical(start(SCOPES[alphabet]), NOW)
    seen, frontier = {nameless(root)}, [root]
    counts: Counter[str] = Counter()
    broken: list[str] = []
    with ProcessPoolExecutor(jobs, initializer=gc.disable) as workers:
        for level in range(1, depth + 1):
            portions = [
                (alphabet, frontier[begun : begun + AT_ONCE], level < depth)
                for begun in range(0, len(frontier), AT_ONCE)
            ]
            frontier = []
            for found in workers.map(portion, portions) if jobs > 1 else map(portion, portions):
                counts += found.counts
                broken += found.broken
                frontier += [state for key, state in found.states if key not in seen and state is not None]
                seen.update(key for key, _ in found.states)
            yield Report(len(seen), counts.total(), counts["done"], tuple(broken))


@cache
def known(_: str) -> tuple[set[int], set[bytes], set[int]]:
    """Keep, for a process, which states it has met (as they came, without names) and which answers it has judged."""
    return set(), set(), set()


def portion(given: tuple[str, Sequence[ref.State], bool]) -> Found:
    """Take every step from some states, and judge what is met for the first time here."""
    alphabet, states, goes_on = given
    scope = SCOPES[alphabet]
    met, reported, judged = known(alphabet)  # of the states as they came, which are many, the hashes will do
    found = Found(Counter(), [], [])
    for after in chain.from_iterable(successors(scope, state, found) for state in states):
        if hash(after) in met:
            continue
        met.add(hash(after))
        key = nameless(after)
        if key in reported:
            continue
        reported.add(key)
        found.states.append((key, after if goes_on else None))
        found.broken.extend(state_violations(scope, after, judged))
    return found


def successors(scope: Scope, state: ref.State, found: Found) -> Iterator[ref.State]:
    """Take every step from *state*, and answer what it leads to."""
    for choice in scope.alphabet(state):
        after, outcome = taken(scope, state, choice, found.broken)
        found.counts[outcome.kind] += 1
        if after is not state:
            yield canonical(after, NOW)
    for jump in scope.jumps:
        found.counts["jump"] += 1
        yield canonical(state, NOW + jump)


def taken(scope: Scope, state: ref.State, choice: Choice, broken: list[str]) -> tuple[ref.State, ref.Outcome]:
    """Take a step and judge it, together with the delivery that follows in the same breath."""
    command, actor = choice
    after, outcome = ref.step(scope.world, state, command, actor, NOW)
    found = ref.step_violations(scope.world, state, command, actor, after, outcome, NOW)
    broken.extend(f"{line}: {command} by {actor} on {ref.dump(state)}" for line in found)
    if scope.delivers and after.queue and choice != DELIVERY:
        after, _ = taken(scope, after, DELIVERY, broken)
    return after, outcome


def state_violations(scope: Scope, state: ref.State, judged: set[int]) -> Iterator[str]:
    """Judge the answers about every tenant whose facts, with those of the people, were not judged before."""
    for name, tenant in state.tenants.items():
        part = ref.State(ref.Table({name: tenant}), state.principals)
        mark = hash(part)
        if mark not in judged:
            judged.add(mark)
            yield from ref.state_violations(scope.world, part, NOW)


def main() -> int:
    """Explore and print the counts; fail on a broken invariant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alphabet", choices=SCOPES, default="lifecycle")
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    gc.disable()  # states are kept and hold no cycles: looking for garbage among millions of them finds none
    began = time.perf_counter()
    for level, report in enumerate(levels(options.alphabet, options.depth, options.jobs), start=1):
        print(
            f"{options.alphabet}, depth {level}: {report.states:,} states, {report.transitions:,} transitions,"
            f" {report.accepted:,} of them accepted, {time.perf_counter() - began:.0f} s,"
            f" {len(report.broken)} broken invariants",
            flush=True,
        )
        if report.broken:
            print(*report.broken[:20], sep="\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
