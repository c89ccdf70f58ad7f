"""A Django project inside the tests: its databases are made known as they are needed, and emptied."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.settings")

import django

django.setup()

from django.apps import apps  # noqa: E402  # needs the settings
from django.contrib.auth import get_user_model  # noqa: E402  # as above
from django.core.management import call_command  # noqa: E402  # as above
from django.db import connections, transaction  # noqa: E402  # as above

DEFAULT = "default"
WAL = {"init_command": "PRAGMA journal_mode = WAL"}


def in_file(path: Path) -> dict[str, Any]:
    """Return the settings of a database in a SQLite file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": WAL}


@contextmanager
def on_server(url: str) -> Iterator[dict[str, Any]]:
    """Give the settings of an empty database on the server of *url*, and take it away in the end."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"django_{uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": engine.url.username or "",
            "PASSWORD": engine.url.password or "",
            "HOST": str(engine.url.query.get("host", engine.url.host or "")),
            "PORT": str(engine.url.port or ""),
        }
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


@contextmanager
def known(alias: str, settings: dict[str, Any]) -> Iterator[str]:
    """Make a database known to Django under *alias*, with the tables of all apps, and give the alias."""
    connections.databases[alias] = dict(settings)
    connections.configure_settings(connections.databases)
    call_command("migrate", database=alias, verbosity=0)
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


@contextmanager
def as_default(settings: dict[str, Any]) -> Iterator[str]:
    """Make a database the project's default, with the tables of all apps."""
    former = connections.databases[DEFAULT]
    connections[DEFAULT].close()
    connections.databases[DEFAULT] = {**former, **settings}
    del connections[DEFAULT]
    connections.configure_settings(connections.databases)
    call_command("migrate", run_syncdb=True, verbosity=0)
    try:
        yield DEFAULT
    finally:
        connections[DEFAULT].close()
        connections.databases[DEFAULT] = former
        del connections[DEFAULT]


def empty(alias: str) -> None:
    """Take away all that is stored."""
    models = [get_user_model(), *apps.get_app_config("tenantaccess").get_models()]
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for model in reversed(models):
            cursor.execute(f"DELETE FROM {connections[alias].ops.quote_name(model._meta.db_table)}")
