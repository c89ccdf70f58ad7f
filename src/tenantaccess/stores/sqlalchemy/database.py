"""The engine and its tables: how connections are opened for writing, for reading and for one question."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from tenantaccess.errors import ConflictError, MisuseError
from tenantaccess.stores.sqlalchemy import versions
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.schema import tables as new_tables
from tenantaccess.stores.sqlalchemy.sqlite import BEGIN, BUSY_TIMEOUT, configure_sqlite, ensure_begun, is_in_memory

DIALECTS: Final = ("postgresql", "sqlite")


class _Turn:
    """One user at a time of the one connection that a database in memory has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder = 0

    def __enter__(self) -> None:
        if self._holder == threading.get_ident():
            raise MisuseError("a database in memory has one connection: leave the unit before opening another one")
        if not self._lock.acquire(timeout=BUSY_TIMEOUT.total_seconds()):
            raise ConflictError("what is stored", retryable=True)
        self._holder = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._holder = 0
        self._lock.release()


class Database:
    """
    An engine, ours or a host's, with the library's tables.

    Args:
        url_or_engine: A URL, for which an engine is made and configured, or an engine of the host's.
        tables: The library's tables in a host's `MetaData`; by default tables of their own.
    """

    def __init__(self, url_or_engine: str | sa.URL | sa.Engine, *, tables: Tables | None = None) -> None:
        self.engine = url_or_engine if isinstance(url_or_engine, sa.Engine) else _engine(sa.make_url(url_or_engine))
        require_known(self.engine.dialect)
        self.tables = new_tables(sa.MetaData()) if tables is None else tables
        self._turn: AbstractContextManager[None] = nullcontext()
        if isinstance(self.engine.pool, StaticPool | SingletonThreadPool):
            self._turn = _Turn()
        if self.engine.dialect.name == "sqlite":
            self.for_writing = self.engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
            self.for_reading = self.engine.execution_options(**{BEGIN: "BEGIN"})
            self.for_asking = self.engine.execution_options(**{BEGIN: ""})
        else:
            sa.event.listen(self.engine, "checkin", _by_default)
            self.for_writing = self.engine.execution_options(isolation_level="READ COMMITTED")
            self.for_reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            # Our own engine commits by itself anyway; saying it once more takes as long as a small statement.
            is_said = self.engine is not url_or_engine
            self.for_asking = self.engine.execution_options(**({} if is_said else {"isolation_level": "AUTOCOMMIT"}))

    def create_all(self) -> None:
        """Create the tables that are not there yet; raises `MisuseError` where there are some of another version."""
        with self.opened(self.for_writing, "creating tables") as connection:
            versions.require_no_other(self._found(connection), self.tables.marker.name)
            self._do(connection, "creating tables", self.tables.metadata.create_all)

    def drop_all(self) -> None:
        """Drop the tables with all they hold."""
        with self.opened(self.for_writing, "dropping tables") as connection:
            self._do(connection, "dropping tables", self.tables.metadata.drop_all)

    def check(self) -> None:
        """
        Look whether the tables are there, and of the version that this release works on: call it once, at start.

        Raises:
            MisuseError: they are not; says what to do.
            StoreError: the database cannot be asked.
        """
        with self.connected(self.for_asking, "looking for tables") as connection:
            found = self._found(connection)
        versions.require_no_other(found, self.tables.marker.name)
        versions.require_complete(found, [table.name for table in self.tables.all()], self.tables.marker.name)

    def _found(self, connection: sa.Connection) -> Sequence[str]:
        try:
            return sa.inspect(connection).get_table_names(self.tables.marker.schema)
        except SQLAlchemyError as error:
            raise translated(error, "looking for tables", {}) from error

    def _do(self, connection: sa.Connection, doing: str, change: Callable[..., None]) -> None:
        try:
            change(connection, tables=self.tables.all())
            connection.commit()
        except SQLAlchemyError as error:
            raise translated(error, doing, {}) from error

    def ddl(self, dialect: str) -> str:
        """Return the statements that create the tables, for ``postgresql`` or ``sqlite``."""
        if dialect not in DIALECTS:
            raise MisuseError(f"no tables for `{dialect}`: give one of {', '.join(DIALECTS)}")
        engine = sa.make_url(f"{dialect}://").get_dialect()()
        statements: list[sa.schema.ExecutableDDLElement] = []
        for table in self.tables.metadata.sorted_tables:
            if table in self.tables.all():
                indexes = sorted(table.indexes, key=lambda index: str(index.name))  # they lie in a set
                statements += [sa.schema.CreateTable(table), *map(sa.schema.CreateIndex, indexes)]
        return "\n".join(f"{str(statement.compile(dialect=engine)).strip()};\n" for statement in statements)

    def dispose(self) -> None:
        """Close the engine's pooled connections."""
        self.engine.dispose()

    @contextmanager
    def opened(self, engine: sa.Engine, doing: str) -> Iterator[sa.Connection]:
        """Open a connection and its transaction; what is not committed when the block is left is undone."""
        with self.connected(engine, doing) as connection:
            try:
                connection.begin()
                ensure_begun(connection)
            except SQLAlchemyError as error:
                raise translated(error, doing, {}) from error
            yield connection

    @contextmanager
    def connected(self, engine: sa.Engine, doing: str) -> Iterator[sa.Connection]:
        """Open a connection for one question, which is a transaction by itself."""
        with self._turn:
            try:
                connection = engine.connect()
            except SQLAlchemyError as error:
                raise translated(error, doing, {}) from error
            try:
                yield connection
            finally:
                try:
                    connection.close()
                except SQLAlchemyError:
                    connection.invalidate()


def _by_default(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """
    Leave it to the server whether the next transaction may write.

    After one that only read, SQLAlchemy asks for one that writes, also where the server's default says read-only.
    """
    if getattr(connection, "read_only", None) is False:
        connection.read_only = None


def require_known(dialect: sa.Dialect) -> None:
    """Raise `MisuseError` for an engine that this store has not learnt."""
    if dialect.name not in DIALECTS or dialect.is_async:
        raise MisuseError(f"give a plain engine for one of {', '.join(DIALECTS)}, not `{dialect.name}`")


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        if is_in_memory(url):
            options: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
            return configure_sqlite(sa.create_engine(url, **options))
        return configure_sqlite(sa.create_engine(url))
    # Our units say themselves when a transaction begins and ends; a single question needs none.
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
