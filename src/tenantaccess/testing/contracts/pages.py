"""Pages that are read to their end: a store whose pages never end fails instead of hanging."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

BOUND: Final = 200
"""More than any contract test puts into what it pages through."""


def joined(fetch: Callable[[T | None], Sequence[T]], limit: int) -> list[T]:
    """Return all that *fetch* gives, asked again after the last one each time, at most *limit* at once."""
    met: list[T] = []
    while page := fetch(met[-1] if met else None):
        assert len(page) <= limit
        met += page
        assert len(met) <= BOUND
    return met
