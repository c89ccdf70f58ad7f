"""Databases of the Django project, one of each kind a session."""

from collections.abc import Iterator

import pytest
from tests.django.project import in_file, known, on_server


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
