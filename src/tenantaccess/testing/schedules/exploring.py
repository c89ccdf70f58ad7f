"""Every order in which a few jobs can meet on a simulated store, but for those that nobody could tell apart."""

import enum
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Final

import attrs

from tenantaccess.errors import TenantAccessError
from tenantaccess.testing.schedules.footprints import Footprint, always, by_rows
from tenantaccess.testing.schedules.store import SimulatedStore
from tenantaccess.testing.schedules.turns import Steering, SteppedTurns

Job = Callable[[SimulatedStore], Any]
"""Something to be done on a store; what it answers, or the library's error that it raises, is its outcome."""
Judge = Callable[[SimulatedStore, Sequence[Any]], None]
"""Given the store and the outcomes after each schedule; raises where they must not be."""

MOST: Final = 100_000


class Orders(enum.Enum):
    """Which orders of the jobs' calls are tried."""

    THAT_DIFFER = "that differ"
    """One of each lot that comes to the same."""
    EVERY = "every"
    """All of them, however alike: for a few calls only."""


DEPENDS: Final = {Orders.THAT_DIFFER: by_rows, Orders.EVERY: always}
"""Which steps may not change places."""


@attrs.define
class Node:
    """
    One place in a schedule, where one of several jobs goes on.

    Args:
        ready: The jobs that may.
        is_stuck: Whether they all wait for each other, and the one chosen is told.
        asleep: Jobs whose next step was tried elsewhere and, since nothing else met it, comes to the same here.
        chosen: Which one goes on this time.
    """

    ready: tuple[int, ...]
    is_stuck: bool
    asleep: Mapping[int, Footprint]
    chosen: int
    call: str = ""
    footprint: Footprint = attrs.field(factory=Footprint)
    done: dict[int, Footprint] = attrs.field(factory=dict)
    todo: set[int] = attrs.field(factory=set)
    barred: set[int] = attrs.field(factory=set)
    """Jobs that were to go on here and have to wait for a row."""


@attrs.frozen
class Explored:
    """
    What was explored.

    Args:
        schedules: How many were run to their ends and judged.
        cut: How many were given up, since all that could follow had been seen.
        longest: The number of steps of the longest.
        is_complete: Whether there is no other.
    """

    schedules: int
    cut: int
    longest: int
    is_complete: bool


class Path(Steering):
    """
    The schedule that is being tried, as a path through a tree: followed to where it branches anew, then made up.

    Dynamic partial-order reduction (Flanagan and Godefroid, 2005) with sleep sets: after a run, wherever two steps of
    different jobs depended on each other, the other order is put on the list.
    """

    def __init__(self, orders: Orders) -> None:
        self.nodes: list[Node] = []
        self._depends = DEPENDS[orders]
        self._depth = 0
        self._new_from = 0
        self._blocked: set[int] = set()

    def begin(self) -> None:
        """Go back to the root."""
        self._depth = 0
        self._blocked = set()

    def choose(self, ready: Sequence[int], stuck: Sequence[int]) -> int | None:
        """Follow the path, or go on with whoever is not asleep, the same job as before if possible."""
        if self._depth == len(self.nodes):
            return self._extended(ready, stuck)
        node = self.nodes[self._depth]
        if node.is_stuck:
            return ready[0] if ready else node.chosen
        if node.chosen not in self._blocked:
            return node.chosen
        if self._depth + 1 == len(self.nodes) and (node.done or node.barred):
            # What was to come first here cannot: whatever else can is tried instead.
            node.barred.add(node.chosen)
            node.todo.update(ready)
            return None
        return self._otherwise(node, ready, stuck)

    def ended(self, job: int, call: str, footprint: Footprint) -> None:
        """Take one step down."""
        node = self.nodes[self._depth]
        node.chosen, node.call, node.footprint = job, call, footprint
        self._depth += 1
        self._blocked = set()

    def blocked(self, job: int, footprint: Footprint) -> None:
        """Remember that *job* cannot make its step here: whoever holds the row might have come later."""
        self._blocked.add(job)
        self._race(self.nodes[: self._depth], job, footprint)

    def branch(self) -> bool:
        """Turn to the deepest place where another order is still to be tried; False if there is none."""
        self._find_races()
        while self.nodes:
            node = self.nodes[-1]
            if node.chosen not in node.barred:
                node.done[node.chosen] = node.footprint
            left = sorted(node.todo - node.done.keys() - node.asleep.keys() - node.barred)
            if left:
                node.chosen = left[0]
                node.footprint = Footprint()
                self._new_from = len(self.nodes) - 1
                return True
            self.nodes.pop()
        return False

    def _extended(self, ready: Sequence[int], stuck: Sequence[int]) -> int | None:
        asleep = self._asleep()
        chosen = self._awake(asleep, ready)
        if chosen is None and ready:
            return None
        node = Node(tuple(ready or stuck), bool(stuck), asleep, stuck[0] if chosen is None else chosen)
        node.todo.update(stuck)
        self.nodes.append(node)
        return node.chosen

    def _otherwise(self, node: Node, ready: Sequence[int], stuck: Sequence[int]) -> int | None:
        """Return who goes on where a place is new, and who was chosen first cannot."""
        chosen = self._awake(node.asleep, ready)
        if chosen is None and not stuck:
            self.nodes.pop()
            return None
        if chosen is None:
            node.ready, node.is_stuck, chosen = tuple(stuck), True, stuck[0]
            node.todo.update(stuck)
        node.chosen = chosen
        return chosen

    def _asleep(self) -> Mapping[int, Footprint]:
        if not self.nodes or self.nodes[-1].is_stuck:
            return {}
        above = self.nodes[-1]
        known = {**above.asleep, **above.done}
        return {
            job: footprint
            for job, footprint in known.items()
            if job != above.chosen and not self._depends(footprint, above.footprint)
        }

    def _awake(self, asleep: Mapping[int, Footprint], ready: Sequence[int]) -> int | None:
        last = self.nodes[self._depth - 1].chosen if self._depth else 0
        able = [job for job in ready if job not in asleep]
        return last if last in able else able[0] if able else None

    def _find_races(self) -> None:
        """For each two steps that depend on each other, put the later job on the list before the earlier step."""
        steps = self.nodes[: self._depth]
        for later in range(self._new_from, len(steps)):
            self._race(steps[:later], steps[later].chosen, steps[later].footprint)
        if self._depth == len(self.nodes):
            # Given up where the rest is asleep: what would come next there counts as if it had come.
            for job, footprint in (self._asleep() if self.nodes else {}).items():
                self._race(steps, job, footprint)

    def _race(self, earlier: Sequence[Node], job: int, footprint: Footprint) -> None:
        for node in earlier:
            if node.chosen != job and self._depends(node.footprint, footprint):
                node.todo.update((job,) if job in node.ready else node.ready)


@attrs.frozen
class Run:
    """One run: the store, a future for each job, and the path that it took."""

    store: SimulatedStore
    futures: Sequence[Future[Any]]

    def outcomes(self) -> list[Any]:
        """Return what the jobs answered, or the library's errors that they raised; any other error is raised here."""
        return [_outcome(future) for future in self.futures]


def explore(
    store: SimulatedStore,
    jobs: Sequence[Job],
    judge: Judge,
    *,
    orders: Orders = Orders.THAT_DIFFER,
    most: int = MOST,
) -> Explored:
    """
    Run *jobs* on copies of *store* in every order of their calls, but for orders that come to the same, and judge each.

    Two orders come to the same if they differ only in steps that share no row: neither locks what the other locks, nor
    commits what the other looks at. So every outcome that any order has is judged at least once.

    Args:
        store: What there is in the beginning; it stays as it is.
        jobs: What meets. Each must do the same whenever it is answered the same: give it a clock and entropy of its
            own.
        judge: Looks at what came of each schedule.
        orders: Which of them.
        most: After how many runs to stop.

    Returns:
        How much it was.

    Raises:
        AssertionError: whatever *judge* raises, with the schedule in a note.
    """
    path = Path(orders)
    judged = cut = longest = 0
    with ThreadPoolExecutor(len(jobs)) as pool:
        while judged + cut < most:
            run = _run(store, jobs, path, pool)
            if run is None:
                cut += 1
            else:
                judged += 1
                longest = max(longest, len(path.nodes))
                _judged(run, judge, path)
            if not path.branch():
                return Explored(judged, cut, longest, is_complete=True)
    return Explored(judged, cut, longest, is_complete=False)


def _run(store: SimulatedStore, jobs: Sequence[Job], path: Path, pool: Executor) -> Run | None:
    """Run once; None if it was given up."""
    path.begin()
    turns = SteppedTurns(len(jobs), path)
    copy = store.with_turns(turns)
    futures = turns.run([_bound(job, copy) for job in jobs], pool)
    return None if turns.is_abandoned else Run(copy.copy(), futures)


def _bound(job: Job, store: SimulatedStore) -> Callable[[], Any]:
    return lambda: job(store)


def _judged(run: Run, judge: Judge, path: Path) -> None:
    try:
        judge(run.store, run.outcomes())
    except AssertionError as error:
        error.add_note("\n".join(["schedule:", *(f"  {node.chosen}: {node.call}" for node in path.nodes)]))
        raise


def _outcome(future: Future[Any]) -> Any:  # noqa: ANN401  # whatever the job answers
    error = future.exception()
    if isinstance(error, TenantAccessError):
        return error
    return future.result()
