"""Moments: aware, UTC, to the microsecond. Naive or far-off ones are refused where they enter (INV-07)."""

from datetime import UTC, datetime
from typing import Final

from tenantaccess.errors import InvalidInputError

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond any real date, and far enough from the end of the calendar that adding a period cannot overflow."""

FOREVER: Final = datetime(9001, 1, 1, tzinfo=UTC)
"""After every moment that is accepted: what stands until then stands for good."""


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
