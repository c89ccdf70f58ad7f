"""The storage contract on SQLite in a file, in memory and in a host's transaction, and on PostgreSQL."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tenantaccess.ports.storage import Store
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.contracts import Ability, Lack, StoreContract

ONE_WRITER = Lack(Ability.WAITING_LOCKS, "SQLite has one writer at a time: begin() itself waits, not lock()")
ONE_CONNECTION = Lack(Ability.CONCURRENT_UNITS, "there is one connection, so one unit at a time")


def emptied(store: SQLAlchemyStore) -> SQLAlchemyStore:
    """Empty *store*: a new engine for each test would compile every statement again."""
    with store.for_writing.begin() as connection:
        empty(connection, store)
    return store


def empty(connection: sa.Connection, store: SQLAlchemyStore) -> None:
    for table in reversed(store.tables.metadata.sorted_tables):
        connection.execute(table.delete())


@pytest.fixture(scope="module")
def in_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path_factory.mktemp('contract')}/facts.db")
    store.create_all()
    yield store
    store.dispose()


class TestSQLiteFile(StoreContract):
    lacks = frozenset({ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _store(self, in_file: SQLAlchemyStore) -> None:
        self._sqlite = in_file

    def make(self) -> Store:
        return emptied(self._sqlite)


@pytest.fixture(scope="module")
def in_memory() -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore("sqlite://", tables=tables(sa.MetaData(), prefix=""))
    store.create_all()
    yield store
    store.dispose()


class TestSQLiteInMemory(StoreContract):
    lacks = frozenset({ONE_CONNECTION, ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _store(self, in_memory: SQLAlchemyStore) -> None:
        self._sqlite = in_memory

    def make(self) -> Store:
        return emptied(self._sqlite)


class TestSQLiteJoined(StoreContract):
    """Every promise but those about several connections holds inside one transaction of a host."""

    lacks = frozenset({ONE_CONNECTION, ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _host(self, in_file: SQLAlchemyStore) -> Iterator[None]:
        self._sqlite = in_file
        with in_file.engine.connect() as connection:
            self._connection = connection
            yield

    def make(self) -> Store:
        self._connection.rollback()
        empty(self._connection, self._sqlite)
        return self._sqlite.joined(self._connection)


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore(postgres_url)
    store.create_all()
    yield store
    store.drop_all()
    store.dispose()


@pytest.mark.postgres
class TestPostgreSQL(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, postgres: SQLAlchemyStore) -> None:
        self._postgres = postgres

    def make(self) -> Store:
        with self._postgres.for_writing.begin() as connection:
            empty(connection, self._postgres)
        return self._postgres


@pytest.mark.postgres
class TestPostgreSQLJoined(StoreContract):
    lacks = frozenset({ONE_CONNECTION, Lack(Ability.WAITING_LOCKS, "there is one connection to wait on")})

    @pytest.fixture(autouse=True)
    def _host(self, postgres: SQLAlchemyStore) -> Iterator[None]:
        self._postgres = postgres
        with sa.create_engine(postgres.engine.url).connect() as connection:
            self._connection = connection
            yield
        connection.engine.dispose()

    def make(self) -> Store:
        self._connection.rollback()
        empty(self._connection, self._postgres)
        return self._postgres.joined(self._connection)
