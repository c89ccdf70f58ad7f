"""Jobs in threads of which only one runs at any time: at every call, somebody says who goes on."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from threading import Semaphore
from typing import Any, Protocol

from tenantaccess.errors import ConflictError
from tenantaccess.testing.schedules.footprints import Footprint, Place
from tenantaccess.testing.schedules.rows import Turns, UnitOfRows

START = "start"
"""What a job does before its first call."""


class Steering(Protocol):
    """Who says which job goes on."""

    def choose(self, ready: Sequence[int], stuck: Sequence[int]) -> int | None:
        """
        Return which of the jobs that are *ready* goes on; None to give the run up.

        If none is, all that are *stuck* wait for each other: then the one that is to be told of a conflict.
        """
        ...

    def ended(self, job: int, call: str, footprint: Footprint) -> None:
        """Learn that the step of *job* that began with *call* is over."""
        ...

    def blocked(self, job: int, footprint: Footprint) -> None:
        """Learn that *job* could not make its step: it waits for a row in *footprint*, and nothing has happened."""
        ...


class AbandonedError(BaseException):
    """The run was given up. No library catches it, so every unit is left without commit."""


class SteppedTurns(Turns):
    """The turns of one run of some jobs."""

    def __init__(self, count: int, steering: Steering) -> None:
        self.footprint = Footprint()
        self._steering = steering
        self._gates = [Semaphore(0) for _ in range(count)]
        self._calls = [START] * count
        self._waiting: dict[int, tuple[UnitOfRows, Place, UnitOfRows]] = {}
        self._unfinished = set(range(count))
        self._over = Semaphore(0)
        self._told = -1
        self.is_abandoned = False
        self._thread = threading.local()

    def run(self, jobs: Sequence[Callable[[], Any]], pool: Executor) -> list[Future[Any]]:
        """Run *jobs* in threads of *pool* to their ends, step by step."""
        futures = [pool.submit(self._job, number, job) for number, job in enumerate(jobs)]
        self._hand_over()
        self._over.acquire()
        return futures

    def reach(self, call: str) -> None:
        """End the step so far, and wait until the next one is due."""
        me = self._me()
        self._steering.ended(me, self._calls[me], self.footprint)
        self._calls[me] = call
        self._pass_on(me)

    def wait(self, unit: UnitOfRows, place: Place, holder: UnitOfRows) -> None:
        """Let others go on until the row is free, or nobody can."""
        me = self._me()
        self._waiting[me] = (unit, place, holder)
        self._steering.blocked(me, self.footprint)
        self._pass_on(me)
        del self._waiting[me]
        if self._told == me:
            self._told = -1
            self.footprint.takes.add(place)
            raise ConflictError("rows that two units wait for", retryable=True)

    def _me(self) -> int:
        number: int = self._thread.number
        return number

    def _job(self, number: int, job: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the job answers
        self._thread.number = number
        self._gates[number].acquire()
        try:
            self._begin_step()
            return job()
        finally:
            self._unfinished.discard(number)
            if not self.is_abandoned:
                self._steering.ended(number, self._calls[number], self.footprint)
                if self._unfinished:
                    self._hand_over()
            if not self._unfinished:
                self._over.release()

    def _pass_on(self, me: int) -> None:
        if self._hand_over(me) != me:
            self._gates[me].acquire()
        self._begin_step()

    def _begin_step(self) -> None:
        if self.is_abandoned:
            raise AbandonedError
        self.footprint = Footprint()

    def _hand_over(self, me: int = -1) -> int:
        """Let the job go on that is chosen, unless it is *me*; or all of them, to their ends, if none is."""
        ready = [job for job in sorted(self._unfinished) if not self._is_waiting(job)]
        stuck = [] if ready else sorted(self._unfinished)
        chosen = self._steering.choose(ready, stuck)
        if chosen is None:
            self.is_abandoned = True
            for job in self._unfinished - {me}:
                self._gates[job].release()
            return me
        if stuck:
            self._told = chosen
        if chosen != me:
            self._gates[chosen].release()
        return chosen

    def _is_waiting(self, job: int) -> bool:
        if job not in self._waiting:
            return False
        unit, place, holder = self._waiting[job]
        return unit.shared.holders.get(place) is holder
