"""
Kills at every port call, and at random moments: what is left is the old state or the next one, and can be gone on with.

    python tests/crashes/campaign.py --store sqlite --random 100

Each job is done once undisturbed, and the whole database noted after each commit. A worker that is killed must leave
exactly what was noted after its last commit. Then the job is done again, and must come to what the undisturbed one did.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import StreamId
from tenantaccess.model.notices import NoticeState
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import Given
from tenantaccess.testing.faults import FaultKind

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crashes.dying import HONEST, STORES, DyingStore, Kill, When
from tests.crashes.grounds import PREFIX, FileGround, Ground, Rows, ServerGround
from tests.crashes.jobs import JOBS, Crash, Facts, FileMailer, Job, Mail, Scene, sent
from tests.crashes.workers import SEED, Order, Workers, workers
from tests.postgres import server

PATIENCE = 20
"""How many kills at random moments are tried for each that is to be in time: about half of them are."""


class NotingStore(DyingStore):
    """Numbers every call, as a worker does, and notes the whole database after each commit."""

    def __init__(self, inner: Store, rows: Callable[[], Rows]) -> None:
        super().__init__(inner, None)
        self._rows = rows
        self.states = [rows()]
        self.commits: list[int] = []

    def _leave(self, name: str, due: Collection[FaultKind]) -> None:
        super()._leave(name, due)
        if name == "commit":
            self.states.append(self._rows())
            self.commits.append(len(self.trace))


class BrokenPromiseError(AssertionError):
    """A crash showed that something was lost, doubled or torn."""


@attrs.define
class Rehearsal:
    """
    A job as it goes undisturbed.

    Args:
        facts: Of its scene.
        states: All that is stored, before it and after each of its commits.
        commits: The numbers of its calls that were commits.
        calls: How many port calls it makes.
        answer: What it answers.
        mails: What it sends.
        took: Seconds, in a worker.
    """

    facts: Facts
    states: Sequence[Rows]
    commits: Sequence[int]
    calls: int
    answer: Any
    mails: Sequence[Mail]
    took: float = 0.0


@attrs.define
class Campaign:
    """
    Kills of one job on one ground.

    Args:
        ground: The database.
        workers: Who does the job, and dies of it.
        name: Which job.
        folder: For the mails.
        store: What workers put before the store.
    """

    ground: Ground
    workers: Workers
    name: str
    folder: Path
    store: str = HONEST
    counts: Counter[str] = attrs.field(factory=Counter)
    verified: set[int] = attrs.field(factory=set)
    rehearsal: Rehearsal = attrs.field(init=False)

    @property
    def job(self) -> Job:
        return JOBS[self.name]

    @property
    def mails(self) -> Path:
        return self.folder / "mails"

    def __attrs_post_init__(self) -> None:
        self.ground.clear()
        scene = Scene.over(self.ground.store, {}, "scene")
        facts = self.job.arrange(scene.access, Given(scene.access), scene.clock)
        facts["moment"] = scene.clock.now().isoformat()
        self.ground.keep()
        self.rehearsal = self._rehearsed(facts)
        self.ground.restore()
        self.mails.unlink(missing_ok=True)
        _, self.rehearsal.took = self.workers.run(Order(self.name, facts, str(self.mails), self.store))

    def _rehearsed(self, facts: Facts) -> Rehearsal:
        self.mails.unlink(missing_ok=True)
        noting = NotingStore(STORES[self.store](self.ground.store), self.ground.rows)
        answer = self.job.run(Scene.over(noting, facts, SEED), noting.mailer(FileMailer(self.mails)))
        return Rehearsal(facts, noting.states, noting.commits, len(noting.trace), answer, sent(self.mails))

    def kills(self) -> Iterator[Kill]:
        """Yield a kill before and after each call."""
        for at in range(1, self.rehearsal.calls + 1):
            yield Kill(at, When.BEFORE)
            yield Kill(at, When.AFTER)

    def kills_that_differ(self) -> Iterator[Kill]:
        """Yield a kill before each call, and after each commit: after any other call is before the next."""
        for kill in self.kills():
            if kill.when is When.BEFORE or kill.at in self.rehearsal.commits:
                yield kill

    def kill_at(self, kill: Kill) -> bool:
        """
        Kill a worker at one call; it must leave what it had committed by then.

        On a store that is not honest it must leave what some commit led to: its calls have other numbers.

        Returns:
            Whether the worker came to that call.
        """
        died, _ = self._killed(attrs.evolve(self._order(), at=kill.at, when=kill.when.value))
        commits = sum(at < kill.at or (at == kill.at and kill.when is When.AFTER) for at in self.rehearsal.commits)
        exact = died and self.store == HONEST
        self._look(f"{self.name}, {kill}", range(commits, commits + 1) if exact else self._all)
        return bool(died)

    def kill_sometime(self, rng: random.Random) -> bool:
        """
        Kill a worker at a random moment of its job; it must leave what it had after one of its commits.

        Returns:
            Whether that was in time: it may have been done by then.
        """
        delay = rng.uniform(0, self.rehearsal.took)
        died, _ = self._killed(attrs.evolve(self._order(), delay=delay))
        self.counts["in time" if died else "too late"] += 1
        self._look(f"{self.name}, after {delay:.6f} s", self._all)
        return bool(died)

    def kill_in_time(self, rng: random.Random, count: int) -> None:
        """Kill workers at random moments until *count* of them had not done their job by then."""
        killed = 0
        for _ in range(count * PATIENCE):
            killed += self.kill_sometime(rng)
            if killed == count:
                return
        raise AssertionError(f"of {count * PATIENCE} kills only {killed} were in time")

    @property
    def _all(self) -> range:
        return range(len(self.rehearsal.states))

    def _order(self) -> Order:
        return Order(self.name, self.rehearsal.facts, str(self.mails), self.store)

    def _killed(self, order: Order) -> tuple[int, float]:
        self.ground.restore()
        self.mails.unlink(missing_ok=True)
        self.counts["kills"] += 1
        return self.workers.run(order)

    def _look(self, where: str, expected: range) -> None:
        self.ground.reopen()
        found = self.ground.rows()
        states = self.rehearsal.states
        known = [number for number, state in enumerate(states) if state == found]
        if not {*known} & {*expected}:
            what = f"the state after commit {known}" if known else "no state that any commit leads to"
            raise BrokenPromiseError(f"{where}: {what}, not that after {[*expected]}")
        self.counts["between" if found not in (states[0], states[-1]) else "at an end"] += 1
        try:
            if known[0] not in self.verified:
                self._verify()
                self.verified.add(known[0])
            self._go_on(found)
        except (AssertionError, TenantAccessError) as broken:
            raise BrokenPromiseError(f"{where}: {broken!r}") from broken

    def _go_on(self, found: Rows) -> None:
        scene = Scene.over(STORES[self.store](self.ground.store), self.rehearsal.facts, "again")
        crash = Crash(self._queued(found), sent(self.mails), self.counts["kills"])
        answer = self.job.again(scene, FileMailer(self.mails), crash)
        assert answer == self.rehearsal.answer, "another answer"
        mails = sent(self.mails)
        lost = {mail.key for mail in self.rehearsal.mails} - {mail.key for mail in mails}
        assert not lost, f"never sent: {sorted(lost)}"
        told, wanted = (self._lasting(rows) for rows in (self.ground.rows(), self.rehearsal.states[-1]))
        for name, rows in told.items():
            assert rows == wanted[name], f"`{name}` came out as {set(rows) ^ set(wanted[name])}"
        self.counts["mails sent twice"] += len(mails) - len({mail.key for mail in mails})
        self.job.check(scene, crash, mails)
        self._verify()

    def _verify(self) -> None:
        """The record of every stream holds, and its events number the stream's version."""
        scene, rows = Scene.over(self.ground.store, self.rehearsal.facts, "verifying"), self.ground.rows()
        streams: list[StreamId] = [row[0] for name in ("tenant", "principal") for row in rows[f"{PREFIX}{name}"]]
        assert all(scene.access.audit.verify(stream).holds for stream in streams), "a record does not hold"

    def _queued(self, found: Rows) -> frozenset[str]:
        table = f"{PREFIX}notice"
        columns = self.ground.columns(table)
        key, state = columns.index("notice_id"), columns.index("state")
        return frozenset(row[key] for row in found[table] if row[state] == NoticeState.QUEUED.value)

    def _lasting(self, rows: Rows) -> Rows:
        """Return what an undisturbed run and one that went on have in common; attempts are counted before they fail."""
        dropped = self.job.volatile | {"attempt"}
        return {
            name: sorted((self._without(name, row, dropped) for row in found), key=repr)
            for name, found in rows.items()
            if name.removeprefix(PREFIX) not in dropped
        }

    def _without(self, name: str, row: tuple[Any, ...], dropped: Collection[str]) -> tuple[Any, ...]:
        return tuple(
            value for column, value in zip(self.ground.columns(name), row, strict=True) if column not in dropped
        )


@contextmanager
def grounds(kind: str, folder: Path) -> Iterator[tuple[Ground, Workers]]:
    """Give a ground and its workers: ``sqlite``, or the URL of a PostgreSQL server."""
    ground: Ground = FileGround(folder) if kind == "sqlite" else ServerGround(kind)
    try:
        with workers(ground.url, PREFIX) as started:
            yield ground, started
    finally:
        ground.close()


@contextmanager
def kinds(store: str) -> Iterator[str]:
    if store == "sqlite":
        yield store
    else:
        with server(durable=True) as url:
            yield url


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="sqlite", choices=["sqlite", "postgres"])
    parser.add_argument(
        "--random", type=int, default=500, help="kills at random moments that are in time, shared among the jobs"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng, total = random.Random(given.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder, kinds(given.store) as kind, grounds(kind, Path(folder)) as made:
        for name in JOBS:
            begun = time.perf_counter()
            campaign = Campaign(*made, name, Path(folder))
            for kill in campaign.kills():
                if not campaign.kill_at(kill):
                    raise BrokenPromiseError(f"no worker came to {kill}")
            campaign.kill_in_time(rng, given.random // len(JOBS))
            total += campaign.counts
            spent = time.perf_counter() - begun
            print(f"{name}: {campaign.rehearsal.calls} calls, {dict(campaign.counts)}, {spent:.0f} s", flush=True)
    print(f"{given.store}: {dict(total)}; nothing lost, nothing doubled, nothing torn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
