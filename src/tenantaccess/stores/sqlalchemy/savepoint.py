"""A savepoint in a host's transaction: all that a unit there may undo or keep."""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenantaccess.errors import MisuseError
from tenantaccess.stores.sqlalchemy.database import require_known
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.stores.sqlalchemy.sqlite import ensure_begun


class Savepoint:
    """
    At most one savepoint at a time in the transaction of *connection*.

    Whatever is written outside one would be the host's to keep, so each write of a unit sets one first: also a
    write after `release`, and one in a unit that only reads. Neither is ever kept.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._set: sa.NestedTransaction | None = None

    def set(self) -> None:
        """Set it, unless it is set."""
        if self._set is not None:
            return
        try:
            if not self.connection.in_transaction():
                self.connection.begin()
            ensure_begun(self.connection)
            self._set = self.connection.begin_nested()
        except SQLAlchemyError as error:
            raise translated(error, "setting a savepoint", {}) from error

    def release(self) -> None:
        """Leave what was written to the host."""
        if self._set is not None:
            self._set.commit()
            self._set = None

    def undo(self) -> None:
        """Undo what was not released; if that fails, the host's transaction is lost, and with it all of this."""
        if self._set is None:
            return
        try:
            self._set.rollback()
        except SQLAlchemyError:
            self.connection.invalidate()


def require_transaction(connection: sa.Connection) -> None:
    """Raise `MisuseError` for a connection that commits by itself, or of an engine that is not known."""
    require_known(connection.dialect)
    chosen = connection.get_execution_options().get("isolation_level")
    by_driver = getattr(connection.connection.dbapi_connection, "autocommit", None)
    if chosen == "AUTOCOMMIT" or by_driver is True:
        raise MisuseError("join a connection that is in a transaction, not one that commits by itself")
