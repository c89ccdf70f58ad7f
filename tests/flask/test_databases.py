"""In the host's database: its engine, its metadata, its migrations (F4)."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy_lite import SQLAlchemy as Lite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from tests.flask.hosts import Person, application

from tenantaccess import FULL, TenantAccess
from tenantaccess.commands import OpenTenant
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, configure_sqlite, render_item, tables
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.flask import TenantAccessFlask

BOTH = pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'clinic.db'}"
        return
    server = sa.create_engine(request.getfixturevalue("postgres_url"), isolation_level="AUTOCOMMIT")
    name = f"flask_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def library(engine: sa.Engine, ours: Any) -> TenantAccess:
    """Return the library on an engine of the host's."""
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    return TenantAccess(SQLAlchemyStore(engine, tables=ours), CATALOG, hasher=QuickHasher())


def left_to_migrate(engine: sa.Engine, metadata: sa.MetaData) -> list[Any]:
    """Return what Alembic would still change."""
    with engine.connect() as connection:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    return [one for one in found if getattr(one[1], "name", "") != "alembic_version"]


def works(app: Flask, access: TenantAccess) -> None:
    """Try the whole way: somebody signs in and is let into a view of the host's."""
    riverside = given(access).tenant()
    given(access).member(riverside, levels={"claims": FULL}, username="jo")
    jo = Person(app.test_client())
    jo.sign_in("jo")
    assert jo.client.get(f"/p/{riverside}").text == f"{riverside}: True True"


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """Alembic's `env.py` sets logging up anew, and shuts all loggers that it does not name."""
    known = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    level, handlers, shut = logging.root.level, list(logging.root.handlers), [one.disabled for one in known]
    yield
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers
    for one, is_shut in zip(known, shut, strict=True):
        one.disabled = is_shut


@BOTH
@pytest.mark.row("F4")
@pytest.mark.usefixtures("logging_kept")
@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated:DeprecationWarning")
def test_with_flask_sqlalchemy_and_flask_migrate_nothing_is_left_to_migrate(url: str, tmp_path: Path) -> None:
    db = SQLAlchemy()
    ours = tables(db.metadata)

    class Claim(db.Model):  # type: ignore[name-defined, misc]  # its base is made at run time
        id: Mapped[int] = mapped_column(primary_key=True)

    app = application(SQLALCHEMY_DATABASE_URI=url)
    db.init_app(app)
    folder = str(tmp_path / "migrations")
    flask_migrate.Migrate(app, db, directory=folder, render_item=render_item)
    with app.app_context():
        access = library(db.engine, ours)
        TenantAccessFlask(app, access)
        for step in (flask_migrate.init, flask_migrate.migrate, flask_migrate.upgrade, flask_migrate.migrate):
            step(directory=folder)
        assert len(list((tmp_path / "migrations" / "versions").glob("*.py"))) == 1
        assert left_to_migrate(db.engine, db.metadata) == []
        assert sa.inspect(db.engine).has_table(Claim.__tablename__)
        works(app, access)
        db.engine.dispose()


class Base(DeclarativeBase):
    """The host's own base, as Flask-SQLAlchemy-Lite leaves it to the host."""


class Patient(Base):
    __tablename__ = "patient"
    id: Mapped[int] = mapped_column(primary_key=True)


OURS = tables(Base.metadata)


@BOTH
@pytest.mark.row("F4")
def test_with_flask_sqlalchemy_lite_nothing_is_left_to_migrate(url: str) -> None:
    db, app = Lite(), application(SQLALCHEMY_ENGINES={"default": url})
    db.init_app(app)
    with app.app_context():
        access = library(db.engine, OURS)
        TenantAccessFlask(app, access)
        Base.metadata.create_all(db.engine)
        assert left_to_migrate(db.engine, Base.metadata) == []
        works(app, access)
        db.engine.dispose()


@BOTH
def test_a_command_may_be_part_of_the_hosts_own_transaction(url: str) -> None:
    db, app = Lite(), application(SQLALCHEMY_ENGINES={"default": url})
    db.init_app(app)
    with app.app_context():
        access = library(db.engine, OURS)
        Base.metadata.create_all(db.engine)
        store = access.store
        assert isinstance(store, SQLAlchemyStore)
        joined = TenantAccess(store.joined(db.session), CATALOG, hasher=QuickHasher())
        for ending, found in ((db.session.rollback, 0), (db.session.commit, 1)):
            db.session.add(Patient())
            db.session.flush()
            joined.execute(OpenTenant("Riverside"), by=OPERATOR)
            ending()
            assert len(access.tenants.page(by=OPERATOR)) == found
        db.engine.dispose()
