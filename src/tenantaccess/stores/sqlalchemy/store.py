"""The store on SQLAlchemy Core: units of our own, or savepoints within a host's transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit
from tenantaccess.stores.sqlalchemy import commits
from tenantaccess.stores.sqlalchemy.database import Database
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.stores.sqlalchemy.savepoint import Savepoint, require_transaction
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.units import HostRecords, Statements, standing
from tenantaccess.stores.sqlalchemy.wire import Wire


class HasConnection(Protocol):
    """A host's `Session` or `scoped_session`: whatever says which connection it is on."""

    def connection(self) -> sa.Connection:
        """Return the connection of the present transaction."""
        ...


class SQLAlchemyStore(Database, Store):
    """
    A store on SQLite or PostgreSQL.

    Args:
        url_or_engine: A URL, or an engine of the host's; one on SQLite wants `configure_sqlite` first.
        tables: The library's tables in a host's `MetaData`; by default tables of their own.
        records: Makes the repository of the host's own records of reference sets on a unit's connection; by default
            they are in the library's tables.
    """

    def __init__(
        self,
        url_or_engine: str | sa.URL | sa.Engine,
        *,
        tables: Tables | None = None,
        records: HostRecords | None = None,
    ) -> None:
        super().__init__(url_or_engine, tables=tables)
        self._statements = Statements(self.tables, self.engine.dialect.name, records)

    @property
    def is_hosted(self) -> bool:
        """See the port."""
        return False

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """See the port."""
        with self.opened(self.for_writing, "beginning a unit") as connection:
            wire = Wire(connection, self.tables.taken)
            yield self._statements.unit(wire, lambda: wire.keep(connection.commit))

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """See the port; all its questions are answered as of one moment."""
        with self.opened(self.for_reading, "beginning to read") as connection:
            yield self._statements.unit(Wire(connection, self.tables.taken), _nothing_to_commit)
            if self.engine.dialect.name == "postgresql":
                # Read-only, so nothing is kept; but at a rollback psycopg forgets every statement it has prepared.
                connection.commit()

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """See the port."""
        with self.connected(self.for_asking, "entering a tenant") as connection:
            wire = Wire(connection, self.tables.taken)
            return standing(self._statements, wire, tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        """See the port: nothing is kept."""
        return NothingKept()

    def joined(self, host: sa.Connection | HasConnection) -> "JoinedStore":
        """Return a store whose units are savepoints in the transaction of *host*, a connection or a session."""
        return JoinedStore(self, self._statements, host)


def _nothing_to_commit() -> None:
    """A unit that only reads has nothing to keep."""


class JoinedStore(Store):
    """
    A store inside a host's transaction: what it keeps, the host commits, and the host alone.

    What waits for that commit is done after it, in units of its own, where the host is a session.
    """

    def __init__(self, own: SQLAlchemyStore, statements: Statements, host: sa.Connection | HasConnection) -> None:
        self._own = own
        self._statements = statements
        self._host = host

    @property
    def is_hosted(self) -> bool:
        """See the port; no longer while that is done which waited for the host's commit."""
        return _afterwards.get() is not self

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """See the port."""
        if not self.is_hosted:
            with self._own.begin() as unit:
                yield unit
            return
        with self._savepoint() as savepoint:
            savepoint.set()
            wire = Wire(savepoint.connection, self._statements.taken, savepoint.set)
            yield self._statements.unit(wire, lambda: wire.keep(savepoint.release))

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """See the port; sees what the host's transaction sees."""
        if not self.is_hosted:
            with self._own.reading() as unit:
                yield unit
            return
        with self._savepoint() as savepoint:
            wire = Wire(savepoint.connection, self._statements.taken, savepoint.set)
            yield self._statements.unit(wire, _nothing_to_commit)

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """See the port."""
        if not self.is_hosted:
            return self._own.standing(tenant, principal, compile_row)
        wire = Wire(self._connection(), self._statements.taken)
        return standing(self._statements, wire, tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        """See the port: nothing is kept."""
        return NothingKept()

    def after_commit(self, run: Callable[[], None]) -> None:
        """Call *run* once the host's session has committed; never where the host is a connection."""
        commits.after_commit(self._host, lambda: self._after(run))

    def _after(self, run: Callable[[], None]) -> None:
        before = _afterwards.set(self)
        try:
            run()
        finally:
            _afterwards.reset(before)

    @contextmanager
    def _savepoint(self) -> Iterator[Savepoint]:
        savepoint = Savepoint(self._connection())
        try:
            yield savepoint
        finally:
            savepoint.undo()

    def _connection(self) -> sa.Connection:
        host = self._host
        try:
            connection = host if isinstance(host, sa.Connection) else host.connection()
            require_transaction(connection)
        except SQLAlchemyError as error:
            raise translated(error, "joining a transaction", {}) from error
        return connection


_afterwards: Final[ContextVar[JoinedStore | None]] = ContextVar("tenantaccess.afterwards", default=None)
"""The store whose host has committed, while that is done which waited for it."""
