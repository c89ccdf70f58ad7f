"""Where the benchmarks on a database find one: a fresh SQLite file, or a PostgreSQL server."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.postgres import server  # isort: skip

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore


@contextmanager
def fresh(*, postgres: bool, durable: bool = False) -> Iterator[SQLAlchemyStore]:
    """
    Give an empty store, on PostgreSQL one of its own or TENANTACCESS_TEST_POSTGRES, and take it away in the end.

    A PostgreSQL of its own keeps nothing on disk, unless it is to be *durable*. A SQLite file always is.
    """
    with server(durable=durable) if postgres else tempfile.TemporaryDirectory() as found:
        store = SQLAlchemyStore(found if postgres else f"sqlite:///{found}/measured.db")
        try:
            yield store
        finally:
            store.dispose()
