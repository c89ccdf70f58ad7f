"""Django's tables are the library's: the same columns, keys and indexes, so that the statements find what they need."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from django.apps import apps
from django.core.checks import Error as Complaint
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from tests.django.project import empty, in_file, known

from tenantaccess.errors import InvalidInputError, MisuseError
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.stores.sqlalchemy import tables
from tenantaccess.testing.contracts.samples import ANN, CLINIC, NOON, clinic, kept, member, put
from tenantaccess.web.django import checks, models
from tenantaccess.web.django.fields import MomentField
from tenantaccess.web.django.store import DjangoStore
from tenantaccess.web.django.users import host_users

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
OURS = tables(sa.MetaData(), users=host_users())
TABLES = [table for table in OURS.all() if table is not OURS.marker]
FACTS = list(apps.get_app_config("tenantaccess").get_models())


@pytest.fixture(params=ENGINES)
def alias(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_alias")
    return found


def described(alias: str, table: str) -> tuple[dict[str, Any], list[Any]]:
    """The columns of a table by name, and its keys and indexes."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        columns = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
        constraints = list(connection.introspection.get_constraints(cursor, table).values())
        if connection.vendor == "sqlite":  # which names the columns of a primary key as they stand in the table
            cursor.execute(f"PRAGMA table_info({table})")
            order = {name: place for _, name, _, _, _, place in cursor.fetchall()}
            for one in constraints:
                if one["primary_key"]:
                    one["columns"].sort(key=order.__getitem__)
    return columns, constraints


def leading(found: Iterable[Any], *, unique: bool) -> set[tuple[str, ...]]:
    """The columns of each index, in order; only of those that allow a value once, if *unique*."""
    keys = [one for one in found if one["unique"] or one["primary_key"] or (one["index"] and not unique)]
    return {tuple(one["columns"]) for one in keys}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_each_table_has_the_columns_that_the_statements_name(alias: str, table: sa.Table) -> None:
    columns, _ = described(alias, table.name)

    named = {column.name: bool(column.nullable) for column in table.columns}
    assert {name: bool(column.null_ok) for name, column in columns.items() if name in named} == named
    assert set(columns) - set(named) <= {"id"}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_each_table_refuses_twice_what_must_be_there_once(alias: str, table: sa.Table) -> None:
    _, constraints = described(alias, table.name)
    wanted = {tuple(table.primary_key.columns.keys())}
    wanted |= {tuple(rule.columns.keys()) for rule in table.constraints if isinstance(rule, sa.UniqueConstraint)}
    wanted |= {tuple(index.columns.keys()) for index in table.indexes if index.unique}

    assert wanted <= leading(constraints, unique=True)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_each_table_has_the_indexes_that_the_statements_go_by(alias: str, table: sa.Table) -> None:
    _, constraints = described(alias, table.name)

    assert {tuple(index.columns.keys()) for index in table.indexes} <= leading(constraints, unique=False)


@pytest.mark.postgres
def test_postgresql_keeps_one_index_for_each_purpose_alone(postgres_alias: str) -> None:
    """No second one for ``LIKE``, which nothing here uses."""
    for table in TABLES:
        _, constraints = described(postgres_alias, table.name)
        every = [tuple(one["columns"]) for one in constraints if one["index"] or one["unique"]]
        assert len(every) == len(set(every)), table.name


@pytest.mark.postgres
def test_postgresql_compares_text_byte_for_byte(postgres_alias: str) -> None:
    with connections[postgres_alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_name LIKE 'tenantaccess%%' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        )
        assert cursor.fetchall() == []


@pytest.mark.row("D6")
def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_project_has_nothing_to_complain_of(alias: str) -> None:
    call_command("check", databases=[alias], fail_level="WARNING")


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_facts_are_read_there_and_changed_by_commands_alone(alias: str, model: Any) -> None:
    rows = model.objects.using(alias)
    for change in (
        lambda: model().save(using=alias),
        lambda: model().delete(using=alias),
        rows.create,
        rows.update,
        rows.all().delete,
        lambda: rows.bulk_create([]),
        lambda: rows.bulk_update([], ["state"]),
    ):
        doing: Any = change
        with pytest.raises(MisuseError, match="commands"):
            doing()


def test_what_the_store_writes_is_read_by_the_models(alias: str) -> None:
    empty(alias)
    store = DjangoStore(alias)
    clinic(store)
    put(store, member(CLINIC, ANN))
    with kept(store) as unit:
        assert unit.streams.advance(Head(CLINIC), Head(CLINIC, 1, "digest", NOON))
        unit.tenants.put(Tenant(CLINIC, "Renamed"))

    tenant = models.Tenant.objects.using(alias).get(pk=CLINIC)
    assert (str(tenant), tenant.version, tenant.head_at) == ("Renamed", 1, NOON)
    assert tenant in models.Tenant.objects.using(alias).filter(head_at=NOON)
    assert tenant not in models.Tenant.objects.using(alias).filter(head_at__lt=NOON)
    (row,) = models.Membership.objects.using(alias).filter(tenant=tenant)
    assert (row.principal.username_key, row.incarnation, row.gone_at) == ("ann", 1, None)


@pytest.mark.parametrize("value", [NOON.replace(tzinfo=None), "yesterday", 3])
def test_a_moment_is_aware_or_refused(sqlite_alias: str, value: object) -> None:
    field = MomentField()
    field.set_attributes_from_name("at")

    with pytest.raises(InvalidInputError):
        field.get_db_prep_value(value, connections[sqlite_alias])


# --- system checks ----------------------------------------------------------------------------------------------------


def test_naive_moments_are_an_error() -> None:
    with override_settings(USE_TZ=False):
        (found,) = checks.moments(None)
        assert (found.id, isinstance(found, Complaint)) == ("tenantaccess.E001", True)
        with pytest.raises(MisuseError, match="USE_TZ"), DjangoStore().reading():
            pass
    assert checks.moments(None) == []


def test_requests_on_sqlite_that_say_too_late_that_they_write_are_warned_of(
    sqlite_alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = connections[sqlite_alias].settings_dict
    monkeypatch.setitem(settings, "ATOMIC_REQUESTS", value=True)
    assert [found.id for found in checks.databases(None, [sqlite_alias])] == ["tenantaccess.W002"]

    monkeypatch.setitem(settings, "OPTIONS", {**settings["OPTIONS"], "transaction_mode": "IMMEDIATE"})
    assert checks.databases(None, [sqlite_alias]) == []


def test_a_file_in_which_readers_hold_up_writers_is_warned_of(tmp_path: Path) -> None:
    with known("slow", {**in_file(tmp_path / "slow.db"), "OPTIONS": {}}) as alias:
        assert [found.id for found in checks.databases(None, [alias])] == ["tenantaccess.W003"]


def test_an_engine_that_the_store_has_not_learnt_is_warned_of_and_refused(
    sqlite_alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections[sqlite_alias], "vendor", "oracle")

    assert [found.id for found in checks.databases(None, [sqlite_alias])] == ["tenantaccess.W001"]
    with pytest.raises(MisuseError, match="oracle"), DjangoStore(sqlite_alias).reading():
        pass
