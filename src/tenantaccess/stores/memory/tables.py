"""
Tables of two keys, and the overlay in which one unit of work reads and writes.

A unit writes nowhere but in its overlay. Commit, under the lock, first looks whether all that the unit relied on
is still so, then applies the overlay as a whole.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import RLock
from typing import Any, Generic, TypeVar

import attrs

from tenantaccess.errors import ConflictError, TenantAccessError

G = TypeVar("G", bound=Hashable)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Groups = dict[Any, dict[Any, Any]]


@attrs.define(eq=False)
class Database:
    """What is committed: rows by table, group and key."""

    tables: dict[str, Groups] = attrs.field(factory=dict)
    lock: Any = attrs.field(factory=RLock)

    def table(self, name: str) -> Groups:
        """Return the committed rows of one table."""
        return self.tables.setdefault(name, {})


@attrs.frozen
class Expectation:
    """Something a unit read and relied on; if it is otherwise at commit, *error* is raised and nothing is kept."""

    table: str
    group: Any
    key: Any
    seen: Any
    error: Callable[[], TenantAccessError]


def moved_on() -> TenantAccessError:
    """Return the error of a unit that came too late."""
    return ConflictError("what this unit relied on", retryable=True)


@attrs.define(eq=False)
class Overlay:
    """One unit's view: committed rows, and its own writes over them."""

    database: Database
    writes: dict[str, Groups] = attrs.field(factory=dict)
    expected: list[Expectation] = attrs.field(factory=list)

    def expect(
        self, table: str, group: object, key: object, seen: object, error: Callable[[], TenantAccessError]
    ) -> None:
        """Rely on a row being *seen* until commit, unless this unit wrote it itself."""
        if key not in self.writes.get(table, {}).get(group, {}):
            self.expected.append(Expectation(table, group, key, seen, error))

    def apply(self) -> None:
        """
        Commit the overlay; the caller holds the lock.

        Raises:
            TenantAccessError: the error of the first expectation that failed; then nothing was applied.
        """
        for one in self.expected:
            if self.database.table(one.table).get(one.group, {}).get(one.key) != one.seen:
                raise one.error()
        for table, groups in self.writes.items():
            committed = self.database.table(table)
            for group, rows in groups.items():
                target = committed.setdefault(group, {})
                for key, row in rows.items():
                    if row is None:
                        target.pop(key, None)
                    else:
                        target[key] = row
        self.writes.clear()
        self.expected.clear()


@attrs.frozen
class Table(Generic[G, K, V]):
    """One table as one unit sees it."""

    name: str
    overlay: Overlay

    def get(self, group: G, key: K) -> V | None:
        """Return one row, or None."""
        mine: dict[K, V | None] = self.overlay.writes.get(self.name, {}).get(group, {})
        if key in mine:
            return mine[key]
        committed: V | None = self.overlay.database.table(self.name).get(group, {}).get(key)
        return committed

    def group(self, group: G) -> Mapping[K, V]:
        """Return all rows of one group, as they are now."""
        with self.overlay.database.lock:
            rows: dict[K, V] = dict(self.overlay.database.table(self.name).get(group, {}))
        for key, row in self.overlay.writes.get(self.name, {}).get(group, {}).items():
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        return rows

    def put(self, group: G, key: K, row: V | None) -> None:
        """Write one row; None removes it."""
        self.overlay.writes.setdefault(self.name, {}).setdefault(group, {})[key] = row

    def expect(self, group: G, key: K, seen: V | None, error: Callable[[], TenantAccessError] = moved_on) -> None:
        """Rely on one row being *seen* until commit."""
        self.overlay.expect(self.name, group, key, seen, error)
