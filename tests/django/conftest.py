"""Databases of the Django project, one of each kind a session."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import pytest
from django.db import connections  # needs the settings, which the project sets up
from tests.django.project import as_default, in_file, known, on_server

DEFAULT_ON: Final = "TENANTACCESS_TEST_DJANGO_DEFAULT"
"""Set to ``postgresql``, requests to the project are answered from a PostgreSQL database: a process has one default."""


@pytest.fixture(scope="session")
def sqlite_alias(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SQLite file with the tables of all apps."""
    with known("file", in_file(tmp_path_factory.mktemp("django") / "facts.db")) as alias:
        yield alias


@pytest.fixture(scope="session")
def postgres_alias(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with the tables of all apps."""
    with on_server(postgres_url) as settings, known("server", settings) as alias:
        yield alias


@pytest.fixture(scope="session")
def prepared_alias(postgres_url: str) -> Iterator[str]:
    """The same, where the driver binds on the server and prepares what comes again."""
    options = {"server_side_binding": True, "prepare_threshold": 2}
    with on_server(postgres_url) as settings, known("prepared", {**settings, "OPTIONS": options}) as alias:
        yield alias


@pytest.fixture(scope="session")
def default_alias(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The project's default, with the tables of its own apps: a SQLite file, or what `DEFAULT_ON` asks for."""
    with ExitStack() as opened:
        if os.environ.get(DEFAULT_ON) == "postgresql":
            settings = opened.enter_context(on_server(request.getfixturevalue("postgres_url")))
        else:
            settings = in_file(tmp_path_factory.mktemp("project") / "facts.db")
        yield opened.enter_context(as_default(settings))


@pytest.fixture
def django_queries() -> Any:
    """What the default database is asked while a block runs, but for what begins and ends."""

    @contextmanager
    def seen() -> Iterator[list[str]]:
        found: list[str] = []

        def note(execute: Any, sql: str, *others: Any) -> Any:
            if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")):
                found.append(sql)
            return execute(sql, *others)

        with connections["default"].execute_wrapper(note):
            yield found

    return seen
