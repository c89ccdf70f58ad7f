"""A host's own users: the contract holds on them, and names, addresses and passwords have one place."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tenantaccess.ports.storage import Store
from tenantaccess.stores.sqlalchemy import HostUsers, SQLAlchemyStore, tables
from tenantaccess.testing.contracts import Ability, Lack, StoreContract

ONE_WRITER = Lack(Ability.WAITING_LOCKS, "SQLite has one writer at a time: begin() itself waits, not lock()")


def of_host(metadata: sa.MetaData, prefix: str = "app_") -> HostUsers:
    """A table as applications have one: numbered rows, an address, a hash, and a column the library never heard of."""
    users = sa.Table(
        f"{prefix}users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(150), nullable=False, unique=True),
        sa.Column("mail", sa.String(254), nullable=True),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("likes_tea", sa.Boolean, nullable=False, default=True),
    )
    return HostUsers(users, username="login", email="mail", password="hash")


def hosted(url: str, prefix: str = "tenantaccess_") -> SQLAlchemyStore:
    metadata = sa.MetaData()
    users = of_host(metadata, prefix=f"{prefix}app_")
    store = SQLAlchemyStore(url, tables=tables(metadata, prefix=prefix, users=users))
    with store.for_writing.begin() as connection:
        metadata.create_all(connection)
    return store


def emptied(store: SQLAlchemyStore) -> SQLAlchemyStore:
    with store.for_writing.begin() as connection:
        for table in reversed(store.tables.metadata.sorted_tables):
            connection.execute(table.delete())
    return store


@pytest.fixture(scope="module")
def in_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLAlchemyStore]:
    store = hosted(f"sqlite:///{tmp_path_factory.mktemp('users')}/facts.db")
    yield store
    store.dispose()


class TestOnSQLite(StoreContract):
    lacks = frozenset({ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _store(self, in_file: SQLAlchemyStore) -> None:
        self._hosted = in_file

    def make(self) -> Store:
        return emptied(self._hosted)


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    store = hosted(postgres_url, prefix="users_")
    yield store
    store.tables.metadata.drop_all(store.engine)
    store.dispose()


@pytest.mark.postgres
class TestOnPostgreSQL(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, postgres: SQLAlchemyStore) -> None:
        self._hosted = postgres

    def make(self) -> Store:
        return emptied(self._hosted)


def users_of(store: SQLAlchemyStore) -> list[dict[str, Any]]:
    table = store.tables.users
    assert table is not None
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table.table)).mappings()]
