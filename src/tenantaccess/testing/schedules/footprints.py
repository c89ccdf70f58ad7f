"""What one step looked at, took and committed: two steps that share none of it may change places unnoticed."""

from typing import Any, Final

import attrs

ALL: Final = ...
"""Stands for every group or key."""

Place = tuple[Any, Any, Any]
"""A row by table, group and key; or a whole group, a whole table, everything."""

EVERYTHING: Final[Place] = (ALL, ALL, ALL)


@attrs.define
class Footprint:
    """
    What a step had to do with rows that others may touch.

    Args:
        reads: Committed rows that it looked at, or missed.
        takes: Rows that it locked.
        commits: Rows that others see otherwise from here on.
    """

    reads: set[Place] = attrs.field(factory=set)
    takes: set[Place] = attrs.field(factory=set)
    commits: set[Place] = attrs.field(factory=set)

    def is_seen_by(self, other: "Footprint") -> bool:
        """Tell whether *other* looks at, or locks, anything that this step commits."""
        for place in self.commits:
            table, group, _ = place
            around = (place, (table, group, ALL), (table, ALL, ALL), EVERYTHING)
            if place in other.takes or not other.reads.isdisjoint(around):
                return True
        return False


def by_rows(one: Footprint, other: Footprint) -> bool:
    """Tell whether the order of two steps can be noticed: they lock one row, or one commits what the other sees."""
    return not one.takes.isdisjoint(other.takes) or one.is_seen_by(other) or other.is_seen_by(one)


def always(_one: Footprint, _other: Footprint) -> bool:
    """Take every two steps for dependent, so that every order is tried, however alike."""
    return True
