"""System checks: what in a host's settings would make the store refuse, or wait, is said before it runs."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # the framework's word
from django.db import connections

from tenantaccess.stores.sqlalchemy.database import DIALECTS

JOURNALS: Final = ("wal", "memory")
"""In which a reader holds up no writer, or there is one connection anyway."""


@register(Tags.database)
def databases(app_configs: object, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    """Check each database that is looked at: its engine, and how it begins to write."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        found.extend(_of_database(connections[alias]))
    return found


def _of_database(connection: Any) -> Iterator[CheckMessage]:  # noqa: ANN401  # each backend has its own
    if connection.vendor not in DIALECTS:
        yield Warning(
            f"Database `{connection.alias}` is on {connection.vendor}, which the store has not learnt.",
            hint="Keep the app's tables in a database on PostgreSQL or SQLite.",
            id="tenantaccess.W001",
        )
    if connection.vendor == "sqlite":
        yield from _of_sqlite(connection)


def _of_sqlite(connection: Any) -> Iterator[CheckMessage]:  # noqa: ANN401  # each backend has its own
    mode = connection.settings_dict.get("OPTIONS", {}).get("transaction_mode")
    if connection.settings_dict.get("ATOMIC_REQUESTS") and mode != "IMMEDIATE":
        yield Warning(
            f"Requests on `{connection.alias}` are transactions that say too late that they write.",
            hint='Set `"OPTIONS": {"transaction_mode": "IMMEDIATE"}`, or requests that write meet locks.',
            id="tenantaccess.W002",
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (journal,) = cursor.fetchone()
    if journal not in JOURNALS:
        yield Warning(
            f"Whoever reads `{connection.alias}` keeps writers waiting.",
            hint='Set `"OPTIONS": {"init_command": "PRAGMA journal_mode = WAL"}`.',
            id="tenantaccess.W003",
        )


@register
def moments(app_configs: object, **_: object) -> list[CheckMessage]:  # noqa: ARG001  # the framework's signature
    """Check that moments come back aware."""
    if settings.USE_TZ:
        return []
    return [Error("Moments are kept in UTC.", hint="Set `USE_TZ = True`.", id="tenantaccess.E001")]
