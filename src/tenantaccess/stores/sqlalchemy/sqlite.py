"""What SQLite needs: a write-ahead log, foreign keys, patience, and transactions that begin when they are said to."""

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

BEGIN: Final = "tenantaccess_begin"
"""Execution option: the statement that begins a transaction on a configured engine; empty for none."""

BUSY_TIMEOUT: Final = timedelta(seconds=10)


def configure_sqlite(engine: sa.Engine, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> sa.Engine:
    """
    Set up *engine*, ours or a host's, and return it: do this before it connects for the first time.

    The driver's own guessing about transactions is switched off. A transaction begins where SQLAlchemy begins
    one: deferred, or as the execution option ``tenantaccess_begin`` says.

    Args:
        engine: An engine on SQLite.
        busy_timeout: How long a writer waits for another one.
    """

    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
        connection.isolation_level = None
        cursor = connection.cursor()
        # Patience first: the other settings may have to wait.
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout.total_seconds() * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    def begun(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        statement = options.get(BEGIN, "BEGIN")
        if statement and options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(statement)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def ensure_begun(connection: sa.Connection) -> None:
    """
    Begin the transaction that SQLAlchemy believes in, if the driver has not.

    The legacy driver mode begins at the first write only; a savepoint before that would be the outermost
    transaction, and its release would commit.
    """
    if connection.dialect.name != "sqlite" or is_begun(connection):
        return
    statement = connection.get_execution_options().get(BEGIN, "BEGIN IMMEDIATE")
    if statement:
        connection.exec_driver_sql(statement)


def is_begun(connection: sa.Connection) -> bool:
    """Tell whether the driver is inside a transaction."""
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))


def is_in_memory(url: sa.URL) -> bool:
    """Tell whether *url* is a database in memory, which lives and dies with its one connection."""
    return (
        url.database in (None, "", ":memory:")
        or "mode=memory" in str(url.database)
        or url.query.get("mode") == "memory"
    )
