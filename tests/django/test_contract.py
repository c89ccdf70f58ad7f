"""The storage contract on Django's connection: on SQLite and PostgreSQL, and inside the host's own transaction."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections, transaction
from tests.django.project import empty

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing.contracts import Ability, Lack, StoreContract
from tenantaccess.web.django.store import DjangoStore

ONE_CONNECTION = Lack(Ability.CONCURRENT_UNITS, "in the one transaction there is one unit at a time")
ONE_WRITER = Lack(Ability.WAITING_LOCKS, "SQLite has one writer at a time: begin() itself waits, not lock()")
ALONE = Lack(Ability.WAITING_LOCKS, "there is one connection to wait on")


@contextmanager
def undone(alias: str) -> Iterator[None]:
    """A host's transaction that ends by rolling back."""
    with transaction.atomic(using=alias):
        yield
        transaction.set_rollback(True, using=alias)


class TidyStore(DjangoStore):
    """Closes the connection that each other thread has, as a host does at the end of each request."""

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with tidy(), super().begin() as unit:
            yield unit

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        with tidy(), super().reading() as unit:
            yield unit

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        with tidy():
            return super().standing(tenant, principal, compile_row)


@contextmanager
def tidy() -> Iterator[None]:
    try:
        yield
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


@pytest.fixture(scope="module")
def in_file(sqlite_alias: str) -> DjangoStore:
    return TidyStore(sqlite_alias)


@pytest.fixture(scope="module")
def on_server(postgres_alias: str) -> DjangoStore:
    return TidyStore(postgres_alias)


class TestOnSQLite(StoreContract):
    lacks = frozenset({ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _facts(self, in_file: DjangoStore) -> None:
        self._store = in_file

    def make(self) -> Store:
        empty(self._store.using)
        return self._store


class TestInTheHostsTransactionOnSQLite(StoreContract):
    """Every promise but those about several connections holds inside one transaction of a host."""

    lacks = frozenset({ONE_CONNECTION, ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _facts(self, in_file: DjangoStore) -> Iterator[None]:
        self._store = in_file
        with undone(in_file.using):
            yield

    def make(self) -> Store:
        empty(self._store.using)
        return self._store


@pytest.mark.postgres
class TestOnPostgreSQL(StoreContract):
    @pytest.fixture(autouse=True)
    def _facts(self, on_server: DjangoStore) -> None:
        self._store = on_server

    def make(self) -> Store:
        empty(self._store.using)
        return self._store


@pytest.mark.postgres
class TestInTheHostsTransactionOnPostgreSQL(StoreContract):
    lacks = frozenset({ONE_CONNECTION, ALONE})

    @pytest.fixture(autouse=True)
    def _facts(self, on_server: DjangoStore) -> Iterator[None]:
        self._store = on_server
        with undone(on_server.using):
            yield

    def make(self) -> Store:
        empty(self._store.using)
        return self._store
