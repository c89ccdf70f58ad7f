"""
Replays the small scope on a real database: from every state within some steps, every command of the alphabet.

The states are found by the oracle, modulo what no rule can see; each is then built in SQLite by a path of real
commands, and every step from it is taken by both and compared.

    python tests/oracle/replay.py --depth 2
"""

import argparse
import dataclasses
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.abstraction import NOW, canonical, nameless
from tests.oracle.comparing import same
from tests.oracle.differential import raised, told
from tests.oracle.scopes import DELIVERY, SCOPES, Choice, Scope
from tests.oracle.seeing import expected, seen
from tests.oracle.side_by_side import Pair

AT_ONCE = 10


class Node(NamedTuple):
    """A state with one way to it: commands, and jumps of the clock as numbers."""

    path: tuple[Choice | int, ...]
    state: ref.State
    now: int


def nodes(scope: Scope, depth: int) -> list[Node]:
    """Find every state within *depth* steps, each with a shortest way to it."""
    state = ref.initial(scope.world)
    for choice in scope.begin:
        state, _ = ref.step(scope.world, state, *choice, 0)
    frontier = [Node(scope.begin, state, 0)]
    seen = {nameless(canonical(state, 0))}
    found = list(frontier)
    for _ in range(depth):
        reached = []
        for node in frontier:
            for following in successors(scope, node):
                name = nameless(canonical(following.state, following.now))
                if name not in seen:
                    seen.add(name)
                    reached.append(following)
        found += reached
        frontier = reached
    return found


def successors(scope: Scope, node: Node) -> Iterator[Node]:
    """Take every step from *node* by the oracle."""
    for choice in choices(scope, node):
        taken, after, outcome = together(scope, node.state, choice, node.now)
        if outcome.kind == "done":
            yield Node((*node.path, *taken), after, node.now)
    for jump in scope.jumps:
        yield Node((*node.path, jump), node.state, node.now + jump)


def together(
    scope: Scope, state: ref.State, choice: Choice, now: int
) -> tuple[tuple[Choice, ...], ref.State, ref.Outcome]:
    """Take a step, and the delivery that follows in the same breath."""
    after, outcome = ref.step(scope.world, state, *choice, now)
    if not scope.delivers or not after.queue:
        return (choice,), after, outcome
    return (choice, DELIVERY), ref.step(scope.world, after, *DELIVERY, now)[0], outcome


def choices(scope: Scope, node: Node) -> Iterator[Choice]:
    """List the alphabet at *node*; its moments are meant from the node's own now, its tokens by their serials."""
    for command, actor in scope.alphabet(node.state):
        yield as_of(node, command), actor


def as_of(node: Node, command: ref.Command) -> ref.Command:
    """Answer what a command of the alphabet means at *node*."""
    for field in ("at", "valid_from"):
        moment = getattr(command, field, None)
        if moment is not None:
            return dataclasses.replace(command, **{field: moment - NOW + node.now})
    if isinstance(command, ref.Complete):
        _, tenant, member, _ = command.token
        return ref.Complete(("tok", tenant, member, node.state.tokens[tenant, member].serial))
    if isinstance(command, ref.JoinLink):
        return dataclasses.replace(command, offer=command.offer._replace(minted_at=node.now))
    if isinstance(command, ref.AcceptInvitation):
        return dataclasses.replace(command, serial=node.state.secrets[command.slot].serial)
    return command


class Ground:
    """A database file to step on, and copies of it to return to; one store serves them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SQLAlchemyStore(f"sqlite:///{folder}/working.db")
        self.store.create_all()
        self.keep("empty")

    def keep(self, name: str) -> None:
        """Keep the database as it is now; with its connections closed, all of it is in the one file."""
        self.store.dispose()
        shutil.copyfile(self.folder / "working.db", self.folder / name)

    def restore(self, name: str) -> None:
        """Return to a kept one."""
        self.store.dispose()
        for leftover in self.folder.glob("working.db*"):
            leftover.unlink()
        shutil.copyfile(self.folder / name, self.folder / "working.db")


def replay(scope: Scope, node: Node, ground: Ground) -> Counter[str]:
    """Build *node* in a database, take every step from it, and compare."""
    ground.restore("empty")
    built = walk(Pair(scope.world, ground.store), node)
    same(f"{node.path}", "facts", seen(built), expected(node.state))
    ground.keep("node")
    counts: Counter[str] = Counter()
    pair = copied(built)
    before = pair.versions()
    for choice in choices(scope, node):
        where = f"after {node.path}\n{choice}"
        taken, after, outcome = together(scope, node.state, choice, node.now)
        counts[outcome.kind] += 1
        found = pair.step(*choice, node.now)
        if choice != DELIVERY:  # the oracle delivers registration mails only
            same(where, "outcome", found, (outcome.kind, outcome.refusal))
        same(where, "events", raised(before, pair.versions()), told(outcome))
        if found[0] == "done" or outcome.kind == "done":
            for delivery in taken[1:]:
                pair.step(*delivery, node.now)
            same(where, "facts", seen(pair), expected(after))
            ground.restore("node")
            pair = copied(built)
    return counts


def walk(pair: Pair, node: Node) -> Pair:
    """Take the way to *node* in the library."""
    now = 0
    for step in node.path:
        if isinstance(step, int):
            now += step
        else:
            pair.step(*step, now)
    return pair


def copied(pair: Pair) -> Pair:
    """Return *pair* with names of its own, over the same store."""
    fresh = Pair(pair.world, pair.store, pair.clock, seed="copy")
    for field in ("tenants", "principals", "invitations", "passwords", "tokens", "serials"):
        setattr(fresh, field, dict(getattr(pair, field)))
    return fresh


def portion(given: tuple[str, Sequence[Node]]) -> Counter[str]:
    """Replay some nodes in a process of its own."""
    alphabet, some = given
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder))
        for node in some:
            counts += replay(SCOPES[alphabet], node, ground)
        ground.store.dispose()
    return counts


def main() -> int:
    """Replay and print the counts; a divergence is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alphabet", choices=SCOPES, default="lifecycle")
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take one state out of so many")
    given = parser.parse_args()
    started = time.perf_counter()
    found = nodes(SCOPES[given.alphabet], given.depth)[:: given.every]
    portions = [(given.alphabet, found[begun : begun + AT_ONCE]) for begun in range(0, len(found), AT_ONCE)]
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(given.jobs) as workers:
        for done, one in enumerate(workers.map(portion, portions), start=1):
            counts += one
            if done % 20 == 0 or done == len(portions):
                spent = time.perf_counter() - started
                print(
                    f"{min(done * AT_ONCE, len(found))} of {len(found)} states, {counts.total()} steps, {spent:.0f} s",
                    flush=True,
                )
    print(
        f"{given.alphabet}, depth {given.depth}: {len(found)} states, {counts.total()} steps,"
        f" {counts['done']} accepted: no divergence"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
