"""
The tables of each released version stand still, and a store on those of another one says what to do.

`python tests/stores/test_schema_versions.py` writes down the present tables as those of the present version: until that
version is released, and never after.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenantaccess.errors import MisuseError, StoreError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables, versions
from tenantaccess.stores.sqlalchemy.database import DIALECTS

FROZEN = Path(versions.__file__).parent
PREFIX = "versions_"
"""Of the tables here: other tests use the same database."""
ADVICE = """
The tables are no longer those of version {version}, which hosts may have.

Not released yet? `python tests/stores/test_schema_versions.py` writes them down anew.
Released? Leave {name} alone: raise `VERSION` in {package}, write down the new version, say in CHANGELOG.md how to get
there, and test the way from the old statements to the new ones.
"""


def printed(dialect: str) -> str:
    store = SQLAlchemyStore("sqlite://")
    try:
        return store.ddl(dialect)
    finally:
        store.dispose()


def words(statements: str) -> list[str]:
    return statements.split()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_tables_are_those_of_their_version(dialect: str) -> None:
    name = f"v{versions.VERSION}_{dialect}.sql"
    if words(printed(dialect)) != words(versions.released(versions.VERSION, dialect)):
        pytest.fail(ADVICE.format(version=versions.VERSION, name=name, package=versions.__name__), pytrace=False)


def test_every_version_is_written_down_for_each_engine() -> None:
    assert sorted(path.name for path in FROZEN.glob("*.sql")) == [
        f"v{number}_{dialect}.sql" for number in range(1, versions.VERSION + 1) for dialect in sorted(DIALECTS)
    ]


def test_a_column_more_is_another_version() -> None:
    """The twin of the test above: it can fail."""
    store = SQLAlchemyStore("sqlite://")
    store.tables.principal.append_column(sa.Column("nickname", sa.Text))

    assert words(store.ddl("sqlite")) != words(versions.released(versions.VERSION, "sqlite"))
    store.dispose()


# --- what is printed is what is made --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", range(1, versions.VERSION + 1))
def test_what_is_written_down_for_sqlite_runs(version: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(versions.released(version, "sqlite"))
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    assert f"tenantaccess_schema_{version}" in found


_CATALOG = """
SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
       || coalesce(k.collname, '-')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation k ON k.oid = a.attcollation
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = 'tenantaccess_printed'::regnamespace
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'tenantaccess_printed'
UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'tenantaccess_printed'::regnamespace
"""


@pytest.mark.postgres
def test_what_is_printed_for_postgresql_is_what_is_made(postgres_url: str) -> None:
    """In a schema of its own, made twice."""
    engine = sa.create_engine(postgres_url, connect_args={"options": "-c search_path=tenantaccess_printed"})
    made = SQLAlchemyStore(engine)

    def catalog(make: Callable[[sa.Connection], object]) -> list[tuple[str, str]]:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE SCHEMA tenantaccess_printed")
            make(connection)
            return sorted((name, said) for name, said in connection.exec_driver_sql(_CATALOG))

    from_text = catalog(lambda connection: connection.exec_driver_sql(made.ddl("postgresql")))
    from_library = catalog(made.tables.metadata.create_all)
    engine.dispose()

    assert from_text == from_library
    assert any(name == "tenantaccess_membership.tenant_id" and said.endswith(" C") for name, said in from_text)


# --- a store on other tables ----------------------------------------------------------------------------------------


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/facts.db", tables=tables(sa.MetaData(), PREFIX))
    yield store
    store.dispose()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    store = SQLAlchemyStore(postgres_url, tables=tables(sa.MetaData(), PREFIX))
    yield store
    with store.engine.begin() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name.startswith(PREFIX):
                connection.execute(sa.text(f"DROP TABLE {name} CASCADE"))
    store.dispose()


@pytest.fixture(params=["on_sqlite", pytest.param("on_postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> SQLAlchemyStore:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, SQLAlchemyStore)
    return found


def run(store: SQLAlchemyStore, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text(statement))


def marked(store: SQLAlchemyStore, version: int) -> None:
    """Make the tables pass for those of another version."""
    run(store, f"ALTER TABLE {PREFIX}schema_{versions.VERSION} RENAME TO {PREFIX}schema_{version}")


def test_tables_of_this_version_are_accepted_in_one_statement(store: SQLAlchemyStore) -> None:
    store.create_all()
    said: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    store.check()

    assert len(said) == 1


def test_a_database_without_tables_is_refused(store: SQLAlchemyStore) -> None:
    with pytest.raises(MisuseError, match="run your migrations, or call `create_all`"):
        store.check()


def test_a_table_too_few_is_named(store: SQLAlchemyStore) -> None:
    store.create_all()
    run(store, f"DROP TABLE {PREFIX}override")

    with pytest.raises(MisuseError, match=f"missing: {PREFIX}override;"):
        store.check()


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (versions.VERSION + 1, "install the release that they were made for"),
        (versions.VERSION - 1, f"migrate them, and drop `{PREFIX}schema_{versions.VERSION - 1}` with it"),
    ],
)
def test_tables_of_another_version_are_refused(store: SQLAlchemyStore, version: int, advice: str) -> None:
    store.create_all()
    marked(store, version)

    with pytest.raises(MisuseError, match=f"of version {version}, .* version {versions.VERSION}: {advice}"):
        store.check()
    with pytest.raises(MisuseError, match=advice):
        store.create_all()


def test_tables_that_are_half_way_are_refused(store: SQLAlchemyStore) -> None:
    """Both marks: whatever made the new tables did not alter the old ones."""
    store.create_all()
    run(store, f"CREATE TABLE {PREFIX}schema_{versions.VERSION + 1} (version INTEGER)")

    with pytest.raises(MisuseError, match="install the release"):
        store.check()


def test_a_table_of_the_hosts_is_no_version(store: SQLAlchemyStore) -> None:
    store.create_all()
    run(store, f"CREATE TABLE {PREFIX}schema_old (version INTEGER)")

    store.check()


@pytest.mark.parametrize("table", ["membership", "principal"])
def test_a_statement_on_other_tables_says_where_to_look(store: SQLAlchemyStore, table: str) -> None:
    store.create_all()
    run(store, f"ALTER TABLE {PREFIX}{table} RENAME COLUMN access_epoch TO era")

    with pytest.raises(StoreError, match="`check` of the store tells what to do"):
        store.standing(TenantId(f"ten_{0:032x}"), PrincipalId(f"pri_{0:032x}"), lambda *_: None)  # type: ignore[arg-type]


def test_a_statement_without_tables_says_where_to_look(store: SQLAlchemyStore) -> None:
    with pytest.raises(StoreError, match="`check` of the store tells what to do"), store.reading() as unit:
        unit.tenants.find(TenantId(f"ten_{0:032x}"))


def test_a_database_that_cannot_be_asked_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_bytes(b"no database" * 1000)
    store = SQLAlchemyStore(sa.create_engine(f"sqlite:///{tmp_path}/facts.db"))

    with pytest.raises(StoreError) as caught:
        store.check()
    assert isinstance(caught.value.__cause__, SQLAlchemyError)
    store.dispose()


if __name__ == "__main__":
    for dialect in DIALECTS:
        path = FROZEN / f"v{versions.VERSION}_{dialect}.sql"
        path.write_text("\n".join(line.rstrip() for line in printed(dialect).splitlines()) + "\n", encoding="utf-8")
