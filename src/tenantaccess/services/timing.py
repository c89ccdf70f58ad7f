"""Reading the clock, once per question or command, and refusing one that cannot be right (INV-07)."""

from datetime import datetime

from tenantaccess.errors import ClockError, InvalidInputError
from tenantaccess.model.moments import utc
from tenantaccess.ports.world import Clock


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
