"""Looking through what is stored in order, for what is rare in it: a page at a time, in bounded steps."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import attrs

T = TypeVar("T")

SLICE: Final = 500
MOST_LOOKED_THROUGH: Final = 2_000
"""Where a page looks for what is rare, it ends after so many, and says how far it came."""


@attrs.frozen
class Stepped(Generic[T]):
    """
    A page of what was found.

    Args:
        rows: In the order in which they stand.
        last: Behind which the next page begins; None at the end.
        reached: The last that was looked at, where looking ended before the page was full.
    """

    rows: Sequence[T]
    last: T | None = None
    reached: T | None = None


def stepped(  # what is looked for, part by part
    read: Callable[[T | None, int], Sequence[T]],
    limit: int,
    *,
    is_rare: bool,
    is_wanted: Callable[[T], bool],
    is_over: Callable[[T], bool],
) -> Stepped[T]:
    """
    Return a page of at most *limit*; it costs so much at most.

    Args:
        read: Returns so many that stand behind one; behind None, from where the page begins.
        limit: How many a page holds.
        is_rare: Whether they have to be looked through one by one.
        is_wanted: Whether one is looked for.
        is_over: Whether nothing from this one on is.
    """
    rows: list[T] = []
    size = SLICE if is_rare else limit + 1
    reached: T | None = None
    for _ in range(MOST_LOOKED_THROUGH // SLICE):
        found = read(reached, size)
        for one in found:
            if is_over(one):
                return Stepped(rows)
            if not is_wanted(one):
                continue
            if len(rows) == limit:
                return Stepped(rows, rows[-1])
            rows.append(one)
        if len(found) < size:
            return Stepped(rows)
        reached = found[-1]
    return Stepped(rows, reached, reached)
