"""What is kept compiled: once for each statement, and never without an end."""

from typing import Any

import sqlalchemy as sa
from tests.django import project

from tenantaccess.web.django import wire

__all__ = ["project"]


def test_statements_are_compiled_once_and_the_oldest_are_dropped() -> None:
    """Whoever searches in ever other ways fills no memory."""
    preparing = wire.Preparing("sqlite")
    first: sa.Select[Any] = sa.select(sa.literal_column("0"))
    assert preparing[first, {}] is preparing[first, {}]
    made = preparing[first, {}]

    for number in range(wire.KEPT):
        last: sa.Select[Any] = sa.select(sa.literal_column(str(number)))
        preparing[last, {}]

    assert len(preparing._prepared) == wire.KEPT
    assert preparing[first, {}] is not made
