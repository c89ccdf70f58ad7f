"""Placing every fault at every call of one command, whatever the scene (INV-36, INV-39, INV-03)."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import StoreError
from tenantaccess.model.actors import By
from tenantaccess.ports.storage import Store
from tenantaccess.services.command import Command
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore


class Scene(Protocol):
    """A state in which a command does something, on a store that can be made to fail."""

    @property
    def faulty(self) -> FaultyStore: ...

    def seen(self) -> Any:
        """Return all that can be seen of it."""
        ...

    def run(self) -> None:
        """Run the command, under the same key each time."""
        ...


class Stage(Protocol):
    """What leads to a scene, and tells what can be seen of it."""

    @property
    def faulty(self) -> FaultyStore: ...

    @property
    def access(self) -> TenantAccess: ...

    def seen(self) -> Any: ...


class Played:
    """A scene in which one command is run, under one key."""

    def __init__(self, stage: Stage, command: Command[Any], by: By | None) -> None:
        self.stage, self.command, self.by = stage, command, by
        self.faulty, self.seen = stage.faulty, stage.seen

    def run(self) -> None:
        self.stage.access.pipeline.execute_all([self.command], self.by, "the-one-key")


def faults(calls: int) -> Iterator[Fault]:
    for at in range(1, calls + 1):
        yield Fault(at, FaultKind.BEFORE)
        yield Fault(at, FaultKind.AFTER)
    yield Fault(1, FaultKind.BEFORE_COMMIT)
    yield Fault(1, FaultKind.AFTER_COMMIT)


def try_all(begin: Callable[[], Scene]) -> int:
    """Place every fault in a scene begun anew; answer how many there were."""
    scene = begin()
    old = scene.seen()
    calls = scene.faulty.count(scene.run)
    new = scene.seen()
    assert old != new

    placed = list(faults(calls))
    for fault in placed:
        scene = begin()
        scene.faulty.restart(fault)
        try:
            scene.run()
        except StoreError:
            assert scene.seen() in (old, new), fault
        else:
            assert scene.seen() == new, fault
        scene.run()
        assert scene.seen() == new, fault
    return len(placed)


def emptying(store: SQLAlchemyStore) -> Callable[[], Store]:
    """Return what gives *store* with nothing in its tables."""

    def fresh() -> Store:
        with store.engine.begin() as connection:
            for table in reversed(store.tables.metadata.sorted_tables):
                connection.execute(table.delete())
        return store

    return fresh
