"""The memory store's tables as a database with row locks: what one unit sees, takes and leaves behind."""

from collections.abc import Mapping
from threading import Condition, RLock
from typing import Any, Protocol

import attrs

from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.tenants import Head
from tenantaccess.stores.memory.facts import MemoryStreams
from tenantaccess.stores.memory.tables import Database, Of, Overlay, Table, Tables, TenantsOf, moved_on
from tenantaccess.testing.schedules.footprints import ALL, EVERYTHING, Footprint, Place


class Turns(Protocol):
    """Who runs next: asked before every call of a port, and where one has to wait for a row."""

    footprint: Footprint
    """Of the step that is running."""

    def reach(self, call: str) -> None:
        """Come to a call; return when it is to be made."""
        ...

    def wait(self, unit: "UnitOfRows", place: Place, holder: "UnitOfRows") -> None:
        """Return when *holder* may have let go of *place*; a retryable `ConflictError` where that could never be."""
        ...


@attrs.define(eq=False)
class Shared:
    """What all units have in common: the committed rows, who holds which of them, and whose turn it is."""

    turns: Turns
    database: Database = attrs.field(factory=Database)
    holders: dict[Place, "UnitOfRows"] = attrs.field(factory=dict)
    freed: Condition = attrs.field(factory=lambda: Condition(RLock()))


class HeldError(Exception):
    """Another unit holds a row that a statement needs."""

    def __init__(self, place: Place, holder: "UnitOfRows") -> None:
        super().__init__(place)
        self.place = place
        self.holder = holder


class UnitOfRows:
    """
    One unit: an overlay of its own writes over what it sees of the committed rows.

    Args:
        shared: What it has in common with others.
        is_snapshot: Whether it sees what was committed when it began, not what is now.
    """

    def __init__(self, shared: Shared, *, is_snapshot: bool) -> None:
        self.shared = shared
        self.is_snapshot = is_snapshot
        self.waits_for: UnitOfRows | None = None
        if is_snapshot:
            shared.turns.footprint.reads.add(EVERYTHING)
        self.overlay = Overlay(copied(shared.database) if is_snapshot else shared.database)
        self._taken: list[Place] = []
        self._undo: list[tuple[dict[Any, dict[Any, Any]], Any, Any, Any]] = []

    def look(self, place: Place) -> None:
        """Note that a committed row is looked at; of a snapshot all were, when it was made."""
        if not self.is_snapshot:
            self.shared.turns.footprint.reads.add(place)

    def take(self, place: Place) -> None:
        """
        Lock one row until the unit ends.

        Raises:
            HeldError: another unit holds it.
            ConflictError: it was changed since this unit's snapshot.
        """
        holder = self.shared.holders.get(place)
        if holder is self:
            return
        self.shared.turns.footprint.takes.add(place)
        if holder is not None:
            raise HeldError(place, holder)
        if self.is_snapshot and _row(self.overlay.database, place) is not _row(self.shared.database, place):
            raise moved_on()
        self.shared.holders[place] = self
        self._taken.append(place)

    def write(self, mine: dict[Any, dict[Any, Any]], place: Place) -> None:
        """Lock a row that is about to be written, and remember how to take the write back."""
        self.take(place)
        _, group, key = place
        self._undo.append((mine, group, key, mine.get(group, {}).get(key, ALL)))

    def begin_statement(self) -> int:
        """Forget how to take back what earlier statements wrote; return how many rows are held."""
        self._undo.clear()
        return len(self._taken)

    def undo_statement(self, held: int) -> None:
        """Take back what the statement wrote, and the locks beyond the first *held*: it takes all of them, or waits."""
        for mine, group, key, old in reversed(self._undo):
            if old is ALL:
                del mine[group][key]
            else:
                mine[group][key] = old
        self._undo.clear()
        self._let_go(held)

    def commit(self) -> None:
        """Write everything over what is committed, and end."""
        written = {
            (name, group, key)
            for name, groups in self.overlay.writes.items()
            for group, rows in groups.items()
            for key in rows
        }
        self.shared.turns.footprint.commits.update(written)
        with self.shared.database.lock:
            Overlay(self.shared.database, self.overlay.writes).apply()
        self.overlay.clear()
        self.end()

    def end(self) -> None:
        """Let go of every row."""
        self._let_go(0)

    def _let_go(self, held: int) -> None:
        with self.shared.freed:
            for place in self._taken[held:]:
                del self.shared.holders[place]
            del self._taken[held:]
            self.shared.freed.notify_all()


class SeenTable(Table[Any, Any, Any]):
    """A table whose reads are noted and whose writes lock rows."""

    __slots__ = ("unit",)

    def __init__(self, name: str, unit: UnitOfRows) -> None:
        super().__init__(name, unit.overlay)
        self.unit = unit

    def get(self, group: Any, key: Any) -> Any:  # noqa: ANN401  # as the table's rows
        """Return one row."""
        if key not in self.mine.get(group, ()):
            self.unit.look((self.name, group, key))
        return super().get(group, key)

    def group(self, group: Any) -> Mapping[Any, Any]:  # noqa: ANN401  # as the table's groups
        """Return the rows of one group."""
        self.unit.look((self.name, group, ALL))
        return super().group(group)

    def groups(self) -> list[Any]:
        """Return the groups that may hold rows."""
        self.unit.look((self.name, ALL, ALL))
        return super().groups()

    def count(self, group: Any) -> int:  # noqa: ANN401  # as the table's groups
        """Count the rows of one group."""
        self.unit.look((self.name, group, ALL))
        return super().count(group)

    def put(self, group: Any, key: Any, row: Any) -> None:  # noqa: ANN401  # as the table's rows
        """Lock one row and write it."""
        self.unit.write(self.mine, (self.name, group, key))
        super().put(group, key, row)

    def expect(self, group: Any, key: Any, seen: Any, error: Any = moved_on) -> None:  # noqa: ANN401  # as the table's
        """Do nothing: whatever a statement relies on and writes is locked from here on."""


class SeenTables(Tables):
    """All tables as one unit sees them."""

    def __init__(self, unit: UnitOfRows) -> None:
        super().__init__(unit.overlay)
        self.unit = unit
        for name, table in vars(Tables).items():
            if isinstance(table, Of):
                self.__dict__[name] = SeenTable(name, unit)

    def head(self, stream: StreamId) -> Head | None:
        """Return a head as a statement finds it now."""
        found: Head | None = self.heads.get("", stream)
        return found

    def tenants_of(self, principal: PrincipalId) -> list[TenantId]:
        """Return the tenants in which *principal* has a row."""
        self.unit.look(("memberships", ALL, ALL))
        return super().tenants_of(principal)


class LockingStreams(MemoryStreams):
    """Heads that can be locked."""

    def __init__(self, tables: SeenTables) -> None:
        super().__init__(tables)
        self._unit = tables.unit

    def lock(self, stream: StreamId) -> None:
        """Lock the head, if there is one."""
        if self.head(stream) is not None:
            self._unit.take(("heads", "", stream))


def copied(database: Database) -> Database:
    """Return all that is committed, as it is now."""
    with database.lock:
        tables = {
            name: {group: dict(rows) for group, rows in groups.items()} for name, groups in database.tables.items()
        }
    found = TenantsOf()
    for tenant, members in tables.get("memberships", {}).items():
        for principal in members:
            found.add(principal, tenant)
    return Database(tables, tenants_of=found)


def _row(database: Database, place: Place) -> object:
    name, group, key = place
    return database.table(name).get(group, {}).get(key)
