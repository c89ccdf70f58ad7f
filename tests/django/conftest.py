"""A Django project inside the tests: its databases are added as the fixtures make them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.settings")

import django  # reads the settings

django.setup()

from django.core.management import call_command  # noqa: E402  # needs the settings
from django.db import connections  # noqa: E402  # as above

WAL = {"init_command": "PRAGMA journal_mode = WAL"}


def add(alias: str, **settings: Any) -> str:
    """Make a database known to Django under *alias*, with the tables of all apps, and return the alias."""
    connections.databases[alias] = settings
    connections.configure_settings(connections.databases)
    call_command("migrate", database=alias, verbosity=0)
    return alias


def forget(alias: str) -> None:
    connections[alias].close()
    del connections.databases[alias]


@pytest.fixture(scope="session")
def sqlite_alias(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SQLite file with the tables of all apps."""
    folder: Path = tmp_path_factory.mktemp("django")
    yield add("file", ENGINE="django.db.backends.sqlite3", NAME=str(folder / "facts.db"), OPTIONS=WAL)
    forget("file")


@pytest.fixture(scope="session")
def postgres_alias(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with the tables of all apps."""
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE django_facts")
    url = engine.url
    yield add(
        "server",
        ENGINE="django.db.backends.postgresql",
        NAME="django_facts",
        USER=url.username or "",
        PASSWORD=url.password or "",
        HOST=str(url.query.get("host", url.host or "")),
        PORT=str(url.port or ""),
    )
    forget("server")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE django_facts WITH (FORCE)")
    engine.dispose()
