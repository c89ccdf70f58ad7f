"""Reading the clock, once per question or command, and refusing one that cannot be right (INV-07)."""

from collections.abc import Callable
from datetime import datetime

from tenantaccess.errors import ClockError, InvalidInputError
from tenantaccess.model.moments import EARLIEST, ticks, utc
from tenantaccess.ports.world import Clock, CountingClock


def now_of(clock: Clock) -> datetime:
    """
    Return the moment.

    Raises:
        ClockError: it is naive, or no date that can be.
    """
    try:
        return utc("now", clock.now())
    except InvalidInputError as error:
        raise ClockError(f"the clock gave a moment that {error.rule}") from error


def counting(clock: Clock) -> Callable[[], int]:
    """
    Return what tells the moment in nanoseconds since 1970: *clock* itself if it counts, else by way of its date.

    A clock that lies before 1970, or is naive, raises `ClockError`; one that counts can only be negative, and
    nothing is open then.
    """
    if isinstance(clock, CountingClock):
        return clock.nanoseconds

    def counted() -> int:
        now = clock.now()
        if now.tzinfo is None or now < EARLIEST:
            raise ClockError("the clock gave a moment that is naive or lies before 1970")
        return ticks(now)

    return counted
