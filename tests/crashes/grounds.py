"""A database to crash on, and to return to as it was: a SQLite file, or tables on PostgreSQL."""

import shutil
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.crashes.workers import WORKER, in_haste

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables

Rows = dict[str, list[tuple[Any, ...]]]
PREFIX = "crashes_"
PATIENCE = 30.0


class Ground(ABC):
    """One database with the library's tables."""

    def __init__(self, url: str | sa.URL, prefix: str = PREFIX) -> None:
        self.url, self.prefix = sa.make_url(url), prefix
        self.store = self.opened(self.url)
        self.tables = [table.name for table in self.store.tables.metadata.sorted_tables]
        self.store.drop_all()
        self.store.create_all()

    def opened(self, engine: sa.URL | sa.Engine) -> SQLAlchemyStore:
        """Return another store on these tables."""
        return SQLAlchemyStore(engine, tables=tables(sa.MetaData(), prefix=self.prefix))

    def clear(self) -> None:
        """Empty all tables."""
        with self.store.engine.begin() as connection:
            for name in reversed(self.tables):
                connection.exec_driver_sql(f"DELETE FROM {name}")

    @abstractmethod
    def keep(self) -> None:
        """Keep the database as it is now."""

    @abstractmethod
    def restore(self) -> None:
        """Return to what was kept, with every connection closed."""

    @abstractmethod
    def reopen(self) -> None:
        """Open the database anew, once all that a dead worker began has ended."""

    def rows(self) -> Rows:
        """Return all that is stored, by table, each row with its columns in order."""
        with self.store.engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr)
                for name in self.tables
            }

    def columns(self, name: str) -> list[str]:
        return [column.name for column in self.store.tables.metadata.tables[name].columns]

    def close(self) -> None:
        self.store.drop_all()
        self.store.dispose()


class FileGround(Ground):
    """A SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.file, self._kept = folder / "working.db", folder / "kept"
        super().__init__(f"sqlite:///{self.file}")
        in_haste(self.store)

    def keep(self) -> None:
        self.store.dispose()  # with its last connection closed, all of it is in the one file
        shutil.copyfile(self.file, self._kept)

    def restore(self) -> None:
        self.store.dispose()
        for leftover in self.file.parent.glob("working.db*"):
            leftover.unlink()
        shutil.copyfile(self._kept, self.file)

    def reopen(self) -> None:
        self.store.dispose()


class ServerGround(Ground):
    """Tables on PostgreSQL, and a copy of them."""

    def keep(self) -> None:
        with self.store.engine.begin() as connection:
            for name in self.tables:
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS kept_{name}")
                connection.exec_driver_sql(f"CREATE TABLE kept_{name} AS TABLE {name}")

    def restore(self) -> None:
        emptied = [f"DELETE FROM {name}" for name in reversed(self.tables)]
        filled = [f"INSERT INTO {name} SELECT * FROM kept_{name}" for name in self.tables]
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql("; ".join([*emptied, *filled]))

    def reopen(self) -> None:
        """A server notices that a client is gone when it next looks; until then the client's locks stand."""
        self.store.dispose()
        deadline = time.monotonic() + PATIENCE
        asked = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
        with self.store.engine.connect() as connection:
            while connection.execute(asked, {"name": WORKER}).scalar_one():
                if time.monotonic() > deadline:
                    raise TimeoutError("a dead worker's session stays")
                time.sleep(0.002)

    def close(self) -> None:
        with self.store.engine.begin() as connection:
            for name in self.tables:
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS kept_{name}")
        super().close()
