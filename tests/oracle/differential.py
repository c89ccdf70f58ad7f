"""
The differential run: the library against the oracle, step by step, on any store.

    python tests/oracle/differential.py --store memory --steps 100000 --seed 1
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.answers import compare_answers, compare_brought, compare_choices, compare_past, compare_roster
from tests.oracle.choosing import WORLDS
from tests.oracle.comparing import same
from tests.oracle.driver import EPISODE, choose, later
from tests.oracle.seeing import expected, seen
from tests.oracle.side_by_side import Pair
from tests.postgres import server

SNAPSHOTS = 20
PORTION = 5
ACCEPTED = 0.4
DJANGO = "django:"
OUTCOMES = ("done", "noop", "refused")


def episode(seed: int, fresh: Callable[[], Store], every: int = 1) -> Counter[str]:
    """
    Play one episode and compare after each step.

    Args:
        seed: The same seed plays the same steps, whatever the store and however often is compared.
        fresh: Makes an empty store.
        every: All facts are compared after every so many steps; answers, events and notices after each.
    """
    rng, questions = random.Random(seed), random.Random(seed)
    world = rng.choice(WORLDS)
    pair = Pair(world, fresh())
    counts: Counter[str] = Counter()
    state, now = ref.State(), 0
    past: list[tuple[int, ref.State]] = []
    before, queued = pair.versions(), 0
    for number in range(EPISODE):
        moment, now = now, later(rng, world, state, now)
        if moment < now and number % SNAPSHOTS == 0:
            past.append((questions.randint(moment, now - 1), state))
        command, actor = choose(rng, world, state, now)
        after, outcome = ref.step(world, state, command, actor, now)
        cell = cell_of(world, state, command, actor, outcome, now)
        where = f"seed {seed} step {number}: {command} by {actor} at {now}\n{cell}"
        found = pair.step(command, actor, now)
        if command.name != "deliver":  # the oracle delivers registration mails only
            same(where, "outcome", found, (outcome.kind, outcome.refusal))
            same(where, "notices", pair.access.notices.queued() - queued, len(outcome.notices))
        before, was = pair.versions(), before
        same(where, "events", raised(was, before), told(outcome))
        queued = pair.access.notices.queued()
        state = after
        if found[0] != "refused":
            compare_brought(where, world, state, command, now, pair)
        if number % every == 0:
            same(where, "facts", seen(pair), expected(state))
            compare_answers(where, questions, world, state, now, pair)
            compare_roster(where, questions, world, state, now, pair)
            compare_choices(where, questions, world, state, now, pair)
        counts[outcome.kind] += 1
        counts[f"cell {cell}"] += 1
    compare_past(f"seed {seed}, its past", world, past, pair)
    return counts


def cell_of(
    world: ref.World, state: ref.State, command: ref.Command, actor: ref.Actor, outcome: ref.Outcome, now: int
) -> str:
    """Answer which cell of (state of the subject, command, outcome) a step hits."""
    subject, name, _, result = ref.cell(world, state, command, actor, outcome, now)
    return f"{subject} | {name} | {result}"


def raised(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: version - before.get(name, 0) for name, version in after.items() if version != before.get(name, 0)}


def told(outcome: ref.Outcome) -> dict[str, int]:
    return dict(Counter(stream[-1] for stream, _, _ in outcome.events))


@contextmanager
def through_django(kind: str, folder: Path) -> Iterator[Callable[[], Store]]:
    """Give what empties the one database of this process, which Django's migrations made."""
    from tests.django.project import empty, in_file, known, on_server

    from tenantaccess.web.django.store import DjangoStore

    made = nullcontext(in_file(folder / "run.db")) if kind == "sqlite" else on_server(kind)
    with made as settings, known("run", settings) as alias:
        store = DjangoStore(alias)

        def emptied() -> Store:
            empty(alias)
            return store

        yield emptied


@contextmanager
def stores(kind: str, folder: Path) -> Iterator[Callable[[], Store]]:
    """
    Give what makes a fresh store; each ends the one before.

    Args:
        kind: `memory`, `sqlite` or an URL of PostgreSQL; through Django's connection if `django:` stands before it.
        folder: For files.
    """
    if kind == "memory":
        yield MemoryStore
        return
    if kind.startswith(DJANGO):
        with through_django(kind.removeprefix(DJANGO), folder) as emptied:
            yield emptied
        return
    from sqlalchemy import MetaData

    from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables

    made: list[SQLAlchemyStore] = []

    def fresh() -> Store:
        if made:
            made[-1].dispose()
        if kind == "sqlite":
            (folder / f"run{len(made) - 1}.db").unlink(missing_ok=True)
            store = SQLAlchemyStore(f"sqlite:///{folder}/run{len(made)}.db")
        else:
            store = SQLAlchemyStore(kind, tables=tables(MetaData(), prefix=f"run{os.getpid()}_"))
            store.drop_all()
        store.create_all()
        made.append(store)
        return store

    try:
        yield fresh
    finally:
        for store in made[-1:]:
            store.dispose()


def portion(given: tuple[str, Sequence[int], int]) -> Counter[str]:
    """Play some episodes in a process of its own."""
    kind, seeds, every = given
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, stores(kind, Path(folder)) as fresh:
        for seed in seeds:
            counts += episode(seed, fresh, every)
    return counts


def play(kind: str, seeds: Sequence[int], every: int, jobs: int) -> Counter[str]:
    """Play the episodes of *seeds*, *jobs* at a time, and print how far it has come."""
    portions = [(kind, seeds[begun : begun + PORTION], every) for begun in range(0, len(seeds), PORTION)]
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    with ProcessPoolExecutor(jobs) as workers:
        for done, found in enumerate(workers.map(portion, portions), start=1):
            counts += found
            if done % 10 == 0 or done == len(portions):
                spent = time.perf_counter() - started
                played = sum(counts[outcome] for outcome in OUTCOMES)
                print(f"{kind.partition('+')[0]}: {played} steps in {spent:.0f} s ({played / spent:.0f}/s)", flush=True)
    return counts


def listed(path: Path) -> tuple[list[int], set[str]]:
    """Read the committed list: which seeds cover it, and every cell the oracle reaches."""
    lines = path.read_text().splitlines()
    seeds = [int(word) for line in lines if line.startswith("seeds ") for word in line.split()[1:]]
    return seeds, {line for line in lines if line and not line.startswith("seeds ")}


def main() -> int:
    """Run from the command line; fail on a divergence, on too few accepted steps, or on a cell that was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--store", default="memory", choices=["memory", "sqlite", "postgres", "django:sqlite", "django:postgres"]
    )
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the first seed beside the listed ones")
    parser.add_argument("--every", type=int, default=10, help="compare all facts after every so many steps")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cells", type=Path, help="a list of cells, every one of which must be hit")
    given = parser.parse_args()
    covering, wanted = listed(given.cells) if given.cells else ([], set())
    more = max(0, given.steps // EPISODE - len(covering))
    seeds = [*covering, *range(given.seed, given.seed + more)][: given.steps // EPISODE]
    kind, is_server = given.store, given.store.endswith("postgres")
    with server() if is_server else nullcontext("") as url:
        counts = play(kind.replace("postgres", url) if is_server else kind, seeds, given.every, given.jobs)
    hit = {key.removeprefix("cell ") for key in counts if key.startswith("cell ")}
    steps = sum(counts[outcome] for outcome in OUTCOMES)
    share = counts["done"] / steps
    print(f"no divergence in {steps} steps: {share:.0%} done, {counts['noop']} no-ops, {counts['refused']} refused")
    print(f"{len(hit)} cells hit, {len(wanted & hit)} of {len(wanted)} listed ones")
    for cell in sorted(wanted - hit):
        print(f"  missed: {cell}")
    for cell in sorted(hit - wanted) if wanted else ():
        print(f"  not listed: {cell}")
    return 1 if share < ACCEPTED or wanted - hit else 0


if __name__ == "__main__":
    sys.exit(main())
