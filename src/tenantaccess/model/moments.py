"""Moments: aware, UTC, to the microsecond. Naive or far-off ones are refused where they enter (INV-07)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tenantaccess.errors import InvalidInputError

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond any real date, and far enough from the end of the calendar that adding a period cannot overflow."""

FOREVER: Final = datetime(9001, 1, 1, tzinfo=UTC)
"""After every moment that is accepted: what stands until then stands for good."""


TICK: Final = timedelta(microseconds=1)
TICKS: Final = 1_000
"""How many nanoseconds that is."""


def ticks(moment: datetime) -> int:
    """
    Return *moment* in nanoseconds since 1970, as the machine counts them.

    Checks compare these: to make a date of the machine's time costs more than all the rest of a check.
    """
    return (moment - EARLIEST) // TICK * TICKS


def moment_of(count: int) -> datetime:
    """Return the moment that is *count* nanoseconds after 1970, to the microsecond."""
    return EARLIEST + count // TICKS * TICK


def utc(field: str, value: object) -> datetime:
    """
    Return *value* in UTC.

    Raises:
        InvalidInputError: not a datetime, naive, before 1970 or after the year 9000.
    """
    if not isinstance(value, datetime) or value.tzinfo is None or value.utcoffset() is None:
        raise InvalidInputError(field, "must be an aware moment")
    if not EARLIEST <= value <= LATEST:
        raise InvalidInputError(field, "must lie between the years 1970 and 9000")
    return value.astimezone(UTC)


def optional_utc(value: datetime | None) -> datetime | None:
    """Return *value* in UTC, or None for None; otherwise as `utc`."""
    return None if value is None else utc("moment", value)
