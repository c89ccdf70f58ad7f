"""Counting what is sent to a database: how much a question costs, whatever it is asked about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import sqlalchemy as sa

from tenantaccess.assembly import TenantAccess
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

ON_SQL: Final = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""For what has no statements to count in memory."""

WITH_SEVERAL_WRITERS: Final = pytest.mark.parametrize(
    "store", ["memory", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""For what happens while a unit is open: SQLite would keep the other writer, of this very thread, waiting."""


@contextmanager
def statements(access: TenantAccess) -> Iterator[list[str]]:
    """Collect what is sent, but for what begins and ends transactions."""
    sent: list[str] = []

    def collect(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    store = access.store
    assert isinstance(store, SQLAlchemyStore)
    sa.event.listen(store.engine, "before_cursor_execute", collect)
    try:
        yield sent
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", collect)
