"""Several units at once: jobs in threads, with every wait bounded, so that a store that hangs fails."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Final, TypeVar

from tenantaccess.errors import ConflictError

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds until a wait counts as for ever."""

MOMENT: Final = 0.2
"""Seconds that are enough for a thread to get past what does not hold it up."""


@contextmanager
def meanwhile(job: Callable[[], T]) -> Iterator[Future[T]]:
    """Run *job* in another thread during the block; its answer is there when the block has ended."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(job)


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run *jobs*, each in a thread, all let go at the same moment; return their answers in order."""
    start = Barrier(len(jobs), timeout=PATIENCE)

    def run(job: Callable[[], T]) -> T:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, job) for job in jobs]]


def elsewhere(job: Callable[[], T]) -> T:
    """Return what *job* answers in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(job).result(PATIENCE)


def unless_beaten(job: Callable[[], T]) -> T | None:
    """Return what *job* answers; None if it lost a race that its caller may run again."""
    try:
        return job()
    except ConflictError as error:
        if not error.retryable:
            raise
        return None


def beaten(job: Callable[[], None]) -> bool:
    """Tell whether *job* lost a race that its caller may run again."""
    try:
        job()
    except ConflictError as error:
        if not error.retryable:
            raise
        return True
    return False


def until_done(job: Callable[[], T], tries: int = 50) -> T:
    """Return what *job* answers, trying again while it loses races, as callers of a store do."""
    for _ in range(tries):
        try:
            return job()
        except ConflictError as error:
            if not error.retryable:
                raise
    raise AssertionError(f"still losing after {tries} tries")
