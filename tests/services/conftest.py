"""Every test of the services runs on every store: memory, SQLite in a file, PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from tests.services.inviting import Post

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL
from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.builders import Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer
from tenantaccess.testing.plugin import access, catalog, clock, mailer, policy

__all__ = ["access", "catalog", "clock", "mailer", "policy"]

STORES = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLAlchemyStore]:
    """One engine on a SQLite file, so that statements are compiled once."""
    made = SQLAlchemyStore(f"sqlite:///{tmp_path_factory.mktemp('clinic')}/clinic.db")
    sa.event.listen(made.engine, "connect", _leave_it_to_the_system)
    made.create_all()
    yield made
    made.dispose()


def _leave_it_to_the_system(connection: Any, _record: object) -> None:  # the driver's own
    """Nothing outlives the run, so nothing need reach the disk."""
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def server(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    """One engine on PostgreSQL, with tables of its own: other tests of this session drop and make theirs."""
    made = SQLAlchemyStore(postgres_url, tables=tables(sa.MetaData(), prefix="services_"))
    made.create_all()
    yield made
    made.drop_all()
    made.dispose()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemoryStore()
    made: SQLAlchemyStore = request.getfixturevalue("file" if request.param == "sqlite" else "server")
    with made.engine.begin() as connection:
        for table in reversed(made.tables.metadata.sorted_tables):
            connection.execute(table.delete())
    return made


@pytest.fixture
def make(access: TenantAccess) -> Given:
    """Arranges tenants and people."""
    return Given(access)


@pytest.fixture
def riverside(make: Given) -> TenantId:
    """A tenant with one segment, Medicaid."""
    return make.tenant("Riverside Clinic", tin="01-2345678", segments=["medicaid"])


@pytest.fixture
def lakeside(make: Given) -> TenantId:
    """Another tenant."""
    return make.tenant("Lakeside Clinic", tin="98-7654321", segments=["medicare"])


@pytest.fixture
def maria(make: Given, riverside: TenantId) -> PrincipalId:
    """The account manager of Riverside."""
    return make.manager(riverside, "maria")


@pytest.fixture
def lena(make: Given, lakeside: TenantId) -> PrincipalId:
    """The account manager of Lakeside."""
    return make.manager(lakeside, "lena")


@pytest.fixture
def jo(make: Given, riverside: TenantId) -> PrincipalId:
    """A member of Riverside with full access to claims."""
    return make.member(riverside, levels={"claims": FULL}, username="jo")


@pytest.fixture
def post(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    mailer: RecordingMailer,
    riverside: TenantId,
    maria: PrincipalId,
) -> Post:
    """Riverside's post: what is invited there, mailed and answered."""
    return Post(access, make, clock, mailer, riverside, maria)
