"""What is particular to the store on SQLAlchemy: statements, tables, types, plans, locks, and bad data."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from tenantaccess.errors import (
    ConflictError,
    InvalidInputError,
    MisuseError,
    StoreError,
    TakenError,
    TenantAccessError,
)
from tenantaccess.ids import LevelKey, PrincipalId, RoleKey
from tenantaccess.model.attempts import Attempt
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.moments import EARLIEST, LATEST, ticks
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, configure_sqlite, tables
from tenantaccess.stores.sqlalchemy.columns import MOMENT
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLAIMS,
    CLERK,
    CLINIC,
    DAN,
    DAY,
    FULL,
    LEVELS,
    MANAGER,
    NEIGHBOUR,
    NOBODY,
    NOON,
    PEOPLE,
    TIN,
    VIEW,
    clinic,
    event,
    invitation_id,
    kept,
    load,
    member,
    notice,
    put,
    read,
    resting,
    token,
)


@pytest.fixture
def store() -> Iterator[SQLAlchemyStore]:
    made = SQLAlchemyStore("sqlite://")
    made.create_all()
    clinic(made)
    yield made
    made.dispose()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[SQLAlchemyStore]:
    made = SQLAlchemyStore(f"sqlite:///{tmp_path}/facts.db")
    made.create_all()
    clinic(made)
    yield made
    made.dispose()


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    made = SQLAlchemyStore(postgres_url, tables=tables(sa.MetaData(), prefix="particular_"))
    made.create_all()
    clinic(made)
    yield made
    made.drop_all()
    made.dispose()


@contextmanager
def statements_of(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect what is sent to the database, but for what begins and ends transactions."""
    sent: list[tuple[str, Any]] = []

    def collect(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", collect)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", collect)


def compiled(_tenant: Tenant, row: Row) -> Standing:
    return Standing(
        bytes([len(row.membership.overrides)]), ticks(EARLIEST), ticks(LATEST), (), frozenset(), frozenset()
    )


# --- statements ---------------------------------------------------------------------------------------------------


@pytest.fixture
def links(store: SQLAlchemyStore) -> SQLAlchemyStore:
    """Cat rests on Bob, who rests on Ann."""
    bob, cat = (resting(member(CLINIC, who), on) for who, on in ((BOB, ANN), (CAT, BOB)))
    put(store, evolve(member(CLINIC, ANN), role=CLERK.key), bob, evolve(cat, overrides={CLAIMS: FULL}))
    return store


def test_loading_with_bases_roles_and_overrides_is_one_statement(links: SQLAlchemyStore) -> None:
    with statements_of(links.engine) as sent:
        rows = load(links, CLINIC, CAT, DAN).rows

    assert len(sent) == 1
    assert [row.id for row in chain(rows[CAT])] == [CAT, BOB, ANN]
    assert [row.role for row in chain(rows[CAT])] == [None, None, CLERK]


def chain(row: Row | None) -> Iterator[Row]:
    while row is not None:
        yield row
        row = row.base


def test_a_standing_is_one_statement_bases_included(links: SQLAlchemyStore) -> None:
    met: list[Row] = []

    def meet(tenant: Tenant, row: Row) -> Standing:
        met.append(row)
        return compiled(tenant, row)

    with statements_of(links.engine) as sent:
        links.standing(CLINIC, CAT, meet)

    assert len(sent) == 1
    assert met == [read(links, CLINIC, CAT)]


@pytest.mark.parametrize(
    "name",
    [
        "reaching",
        "page",
        "idle",
        "of_principal",
        "resting",
        "candidates",
        "of many tenants",
        "tenant",
        "tenants",
        "roles",
    ],
)
def test_a_question_is_one_statement(links: SQLAlchemyStore, name: str) -> None:
    with links.reading() as unit, statements_of(links.engine) as sent:
        ASKED[name](unit)

    assert len(sent) == 1


def test_a_reading_unit_takes_no_write_lock(file_store: SQLAlchemyStore) -> None:
    with file_store.reading() as unit:
        assert unit.tenants.find(CLINIC)
        with kept(file_store) as writer:
            writer.streams.advance(Head(CLINIC), Head(CLINIC, 1))

        assert unit.streams.head(CLINIC) == Head(CLINIC), "a reading unit sees one moment"


@pytest.mark.postgres
def test_a_reading_unit_on_postgresql_sees_one_moment(postgres_store: SQLAlchemyStore) -> None:
    with postgres_store.reading() as unit:
        assert unit.tenants.find(CLINIC)
        with kept(postgres_store) as writer:
            writer.streams.advance(Head(CLINIC), Head(CLINIC, 1))

        assert unit.streams.head(CLINIC) == Head(CLINIC)


def test_overrides_are_written_only_where_they_differ(store: SQLAlchemyStore) -> None:
    before = evolve(member(CLINIC, ANN), overrides={CLAIMS: FULL})
    put(store, before)
    with statements_of(store.engine) as sent, kept(store) as unit:
        unit.memberships.put(evolve(before, role=CLERK.key), before)

    assert [statement for statement, _ in sent if "override" in statement] == []


def test_putting_a_row_leaves_activity_that_came_meanwhile(store: SQLAlchemyStore) -> None:
    before = member(CLINIC, ANN)
    put(store, before)
    with kept(store) as unit:
        unit.activity.touch(CLINIC, ANN, 1, NOON + DAY)
        unit.memberships.put(evolve(before, role=CLERK.key), before)

    assert read(store, CLINIC, ANN).membership.last_active_at == NOON + DAY
    with store.reading() as unit:
        assert unit.queries.idle(CLINIC, NOON, None, 9) == []


# --- plans --------------------------------------------------------------------------------------------------------

ASKED: dict[str, Callable[[Unit], object]] = {
    "load": lambda unit: unit.memberships.load(CLINIC, [ANN, BOB]),
    "holds_role": lambda unit: unit.memberships.holds_role(CLINIC, CLERK.key),
    "candidates": lambda unit: list(unit.memberships.candidates(CLINIC, CLAIMS, FULL, MANAGER, CLERK.key)),
    "reaching": lambda unit: unit.queries.reaching(CLINIC, CLAIMS, [VIEW, FULL], MANAGER, None, 9),
    "of many tenants": lambda unit: unit.queries.deciding_or_waiting(
        [CLINIC, NEIGHBOUR], CLAIMS, FULL, MANAGER, NOON, 9
    ),
    "page": lambda unit: unit.queries.page(CLINIC, "a", 9),
    "idle": lambda unit: unit.queries.idle(CLINIC, NOON, None, 9),
    "of_principal": lambda unit: unit.queries.of_principal(ANN),
    "resting": lambda unit: unit.queries.resting_everywhere(ANN),
    "tenant": lambda unit: unit.tenants.find(CLINIC),
    "external id": lambda unit: unit.tenants.find_by_external_id(TIN, "012345678"),
    "tenants": lambda unit: unit.tenants.page(None, 9),
    "principal": lambda unit: unit.principals.find(ANN),
    "username": lambda unit: unit.principals.find_by_username("ann"),
    "roles": lambda unit: unit.roles.list(CLINIC),
    "role": lambda unit: unit.roles.find(CLINIC, CLERK.key),
    "head": lambda unit: unit.streams.head(CLINIC),
    "advance": lambda unit: unit.streams.advance(Head(CLINIC), Head(CLINIC, 1)),
    "events": lambda unit: unit.events.read(CLINIC, 0, 9),
    "events about somebody": lambda unit: unit.events.about(CLINIC, ANN, 9, 9),
    "key": lambda unit: unit.events.find_key(CLINIC, "system:", "k"),
    "access log": lambda unit: unit.access_log.read(CLINIC, 9),
    "claim": lambda unit: unit.notices.claim(NOON, NOON + DAY, 9),
    "queued": lambda unit: unit.notices.queued(),
    "token": lambda unit: unit.tokens.add(token(CLINIC, ANN, "d")),
    "redeem": lambda unit: unit.tokens.redeem(token(CLINIC, ANN, "d"), NOON),
    "attempt": lambda unit: unit.attempts.give_back(Attempt("k", NOON, is_counted=True)),
    "attempts of a key": lambda unit: unit.attempts.clear("k"),
    "attempts": lambda unit: unit.attempts.forget(NOON, 9),
    "alive": lambda unit: unit.tokens.alive("d", token(CLINIC, ANN, "d").purpose, NOON),
    "touch": lambda unit: unit.activity.touch(CLINIC, ANN, 1, NOON),
    "warn": lambda unit: unit.activity.warn(CLINIC, ANN, 1, 1),
    "addressed": lambda unit: unit.erasure.addressed(["ann@mail.example"]),
    "rename": lambda unit: unit.erasure.rename(ANN, "erased"),
    "forget parts": lambda unit: unit.erasure.forget_parts([ANN, BOB]),
    "forget tokens": lambda unit: unit.erasure.forget_tokens(ANN, [invitation_id(1)]),
    "forget a credential": lambda unit: unit.credentials.forget(ANN),
}


def plan_of(store: SQLAlchemyStore, ask: Callable[[Unit], object]) -> list[str]:
    """Return how SQLite visits tables of ours for *ask*."""
    with store.begin() as unit, statements_of(store.engine) as sent:
        ask(unit)
    with store.engine.connect() as connection:
        return [
            line[3]
            for statement, parameters in sent
            if not statement.startswith("INSERT")
            for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if line[3].startswith(("SCAN", "SEARCH"))
        ]


OURS = ("tenantaccess_", "m ", "p ", "r ", "b ", "s ")
"""How plans name our tables, as against what a statement makes for itself."""


@pytest.mark.parametrize("name", ASKED)
def test_every_statement_uses_an_index(store: SQLAlchemyStore, name: str) -> None:
    visits = [line for line in plan_of(store, ASKED[name]) if f"{line.split(' ', 1)[1]} ".startswith(OURS)]

    assert visits
    in_order = "SCAN tenantaccess_tenant USING" if name == "tenants" else "none"
    assert [line for line in visits if line.startswith("SCAN") and in_order not in line] == []
    assert [line for line in visits if "AUTOMATIC" in line] == []


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("page", "membership_username (tenant_id=? AND username_key>?)"),
        ("holds_role", "membership_role (tenant_id=? AND role_key=?)"),
        ("candidates", "override_level (tenant_id=? AND resource=? AND level=?"),
        ("reaching", "membership_role (tenant_id=? AND role_key=?"),
        ("candidates", "membership_role (tenant_id=? AND role_key=?"),
        ("of many tenants", "override_level (tenant_id=? AND resource=? AND level=?"),
        ("of many tenants", "membership_role (tenant_id=? AND role_key=?"),
        ("of many tenants", "membership_asked (tenant_id=? AND asked_at>?)"),
        ("of_principal", "membership_principal (principal_id=?)"),
        ("resting", "membership_principal (principal_id=?)"),
        ("resting", "membership_resting (tenant_id=? AND resting_on=?"),
        ("claim", "notice_state (state=?"),
        ("events about somebody", "event_subject (subject=? AND stream=? AND number<?)"),
        ("key", "event_key (stream=? AND actor_key=? AND key=?)"),
        ("addressed", "invitation_address (email_key=?)"),
        ("rename", "membership_principal (principal_id=?)"),
        ("forget parts", "event_subject (subject=?)"),
        ("forget tokens", "token_principal (principal_id=?)"),
        ("forget tokens", "token_invitation (invitation_id=?)"),
    ],
)
def test_a_question_uses_the_index_made_for_it(store: SQLAlchemyStore, name: str, index: str) -> None:
    assert any(index in line for line in plan_of(store, ASKED[name])), plan_of(store, ASKED[name])


# --- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_tables_print_for_both_engines(store: SQLAlchemyStore, dialect: str) -> None:
    printed = store.ddl(dialect)

    assert printed.count("CREATE TABLE tenantaccess_") == len(store.tables.all())
    assert ('COLLATE "C"' in printed) == (dialect == "postgresql")
    assert ("WITHOUT ROWID" in printed) == (dialect == "sqlite")
    assert "SERIAL" not in printed


def test_the_printed_tables_are_the_created_ones(store: SQLAlchemyStore) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(store.ddl("sqlite"))
        printed = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with store.engine.connect() as other:
        created = other.exec_driver_sql("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()

    assert [(name, sql and sql.split()) for name, sql in printed] == [
        (name, sql and sql.split()) for name, sql in created
    ]


def test_tables_of_another_engine_are_refused(store: SQLAlchemyStore) -> None:
    with pytest.raises(MisuseError):
        store.ddl("oracle")


def test_tables_come_and_go_beside_those_of_a_host(tmp_path: Path) -> None:
    metadata = sa.MetaData(naming_convention={"pk": "host_%(table_name)s", "ck": "ck_%(constraint_name)s"})
    sa.Table("patient", metadata, sa.Column("id", sa.Integer, primary_key=True))
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/host.db", tables=tables(metadata, prefix="ta_"))
    store.create_all()
    store.create_all()
    names = sa.inspect(store.engine).get_table_names()
    store.drop_all()

    assert "ta_tenant" in names
    assert "patient" not in names
    assert sa.inspect(store.engine).get_table_names() == []
    store.dispose()


Named = sa.PrimaryKeyConstraint | sa.UniqueConstraint | sa.ForeignKeyConstraint | sa.CheckConstraint | sa.Index


def named_parts(table: sa.Table) -> list[Named]:
    return [part for part in (*table.constraints, *table.indexes) if isinstance(part, Named)]


def test_every_constraint_and_index_has_a_name_of_its_own_whatever_the_host_calls_its_own() -> None:
    made = tables(sa.MetaData(naming_convention={"pk": "host_%(table_name)s", "ck": "ck_%(constraint_name)s"}))
    printed = [str(part.name) for table in made.all() for part in named_parts(table)]

    assert len(set(printed)) == len(printed)
    assert all(name[:2] in {"pk", "fk", "uq", "ck", "ix"} and "tenantaccess_" in name for name in printed)
    assert max(map(len, printed)) <= 63


GLOBAL = {"principal", "credential", "event", "private_part", "access_log", "notice", "attempt", "schema_1"}
FROM_OUTSIDE = {
    "ix_tenantaccess_membership_principal": "a principal's own list of tenants",
    "uq_tenantaccess_external_id_value": "a number is one tenant's in all the world",
    "pk_tenantaccess_token": "a digest is all that its bearer has",
    "ix_tenantaccess_tenant_name": "the operator looks for tenants by how their names begin",
    "ix_tenantaccess_token_slot": "a slot may be a person's, in no tenant",
    "ix_tenantaccess_invitation_address": "a person is forgotten in all tenants",
    "ix_tenantaccess_token_principal": "the same",
    "ix_tenantaccess_token_invitation": "the same",
    "uq_tenantaccess_copy_job_id": "a copy is known to its source and its targets under one id",
    "fk_tenantaccess_copy_job_tenant_job": "a target's line names the copy by its source",
}


def test_keys_and_indexes_of_tenant_data_begin_with_the_tenant() -> None:
    made = tables(sa.MetaData())
    first = {
        str(part.name): next(iter(part.columns)).name
        for table in made.all()
        if table.name.removeprefix("tenantaccess_") not in GLOBAL
        for part in named_parts(table)
        if not isinstance(part, sa.CheckConstraint)
    }

    assert {name for name, column in first.items() if column != "tenant_id"} == {
        *FROM_OUTSIDE,
        "fk_tenantaccess_membership_principal",
    }


# --- moments ------------------------------------------------------------------------------------------------------


def test_a_naive_moment_is_refused_where_it_is_bound(store: SQLAlchemyStore) -> None:
    with store.begin() as unit, pytest.raises(InvalidInputError):
        unit.activity.touch(CLINIC, ANN, 1, NOON.replace(tzinfo=None))


@pytest.mark.postgres
def test_a_naive_moment_is_refused_on_postgresql(postgres_store: SQLAlchemyStore) -> None:
    with postgres_store.begin() as unit, pytest.raises(InvalidInputError):
        unit.activity.touch(CLINIC, ANN, 1, NOON.replace(tzinfo=None))


@pytest.mark.parametrize("moment", [NOON, NOON.replace(microsecond=0), EARLIEST, LATEST])
def test_a_moment_is_stored_as_utc_text_of_one_width(store: SQLAlchemyStore, moment: datetime) -> None:
    put(store, evolve(member(CLINIC, ANN), valid_until=moment.astimezone(timezone(timedelta(hours=2)))))
    with store.engine.connect() as connection:
        stored = connection.exec_driver_sql(
            "SELECT valid_until FROM tenantaccess_membership WHERE tenant_id = ?", (CLINIC,)
        ).scalar_one()

    assert len(stored) == 32
    assert stored.endswith("+00:00")
    assert datetime.fromisoformat(stored) == moment


@pytest.mark.postgres
def test_moments_come_back_in_utc_whatever_the_session_says(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, connect_args={"options": "-c timezone=Europe/Warsaw"})
    with engine.connect() as connection:
        found = connection.execute(sa.select(sa.literal(NOON, MOMENT))).scalar_one()
    engine.dispose()

    assert found == NOON
    assert found.tzinfo is UTC


# --- errors -------------------------------------------------------------------------------------------------------


class FromPostgreSQL(Exception):  # noqa: N818  # stands in for any error of the driver
    def __init__(self, sqlstate: str, constraint: str = "") -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
        self.diag = type("Diagnostics", (), {"constraint_name": constraint})


def from_sqlite(code: int, message: str) -> Exception:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


USERNAME = "uq_tenantaccess_principal_username"
UNIQUE = "UNIQUE constraint failed: "


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (FromPostgreSQL("40001"), ConflictError),
        (FromPostgreSQL("40P01"), ConflictError),
        (FromPostgreSQL("55P03"), ConflictError),
        (FromPostgreSQL("57014"), StoreError),
        (FromPostgreSQL("23503"), StoreError),
        (FromPostgreSQL("23505", USERNAME), TakenError),
        (FromPostgreSQL("23505", "uq_of_the_host"), StoreError),
        (from_sqlite(sqlite3.SQLITE_BUSY, "busy"), ConflictError),
        (from_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT, "snapshot"), ConflictError),
        (from_sqlite(sqlite3.SQLITE_LOCKED, "locked"), ConflictError),
        (from_sqlite(sqlite3.SQLITE_FULL, "full"), StoreError),
        (from_sqlite(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed"), StoreError),
        (from_sqlite(2067, f"{UNIQUE}tenantaccess_principal.username_key"), TakenError),
        (from_sqlite(1555, f"{UNIQUE}tenantaccess_role.tenant_id, tenantaccess_role.role_key"), TakenError),
        (from_sqlite(2067, f"{UNIQUE}patient.number"), StoreError),
    ],
    ids=lambda value: str(getattr(value, "__name__", value)),
)
def test_driver_errors_are_translated(cause: Exception, expected: type[TenantAccessError]) -> None:
    error = sa.exc.IntegrityError("INSERT", {}, cause)
    found = translated(error, "testing", tables(sa.MetaData()).taken)

    assert type(found) is expected
    assert not isinstance(found, ConflictError) or found.retryable


def test_an_error_carries_the_drivers_own(store: SQLAlchemyStore) -> None:
    with store.begin() as unit, pytest.raises(StoreError) as caught:
        unit.memberships.put(member(CLINIC, NOBODY), None)

    assert isinstance(caught.value.__cause__, sa.exc.IntegrityError)


def test_an_outage_is_no_answer(tmp_path: Path) -> None:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/no/such/folder.db")
    for ask in (store.begin, store.reading):
        with pytest.raises(StoreError), ask():
            pass
    with pytest.raises(StoreError):
        store.standing(CLINIC, ANN, compiled)
    with pytest.raises(StoreError):
        store.create_all()


@pytest.fixture(params=["store", pytest.param("postgres_store", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest) -> SQLAlchemyStore:
    found: SQLAlchemyStore = request.getfixturevalue(request.param)
    return found


def test_a_unit_with_a_failed_statement_cannot_be_committed(any_store: SQLAlchemyStore) -> None:
    with any_store.begin() as unit:
        unit.tenants.put(Tenant(CLINIC, "Renamed"))
        with suppress(TakenError):
            unit.roles.add(CLINIC, CLERK)
        with pytest.raises(MisuseError):
            unit.commit()

    assert load(any_store, CLINIC).tenant.name == "Clinic"


def test_after_an_exception_nothing_is_kept(any_store: SQLAlchemyStore) -> None:
    with suppress(ZeroDivisionError), any_store.begin() as unit:
        unit.tenants.put(Tenant(CLINIC, "Renamed"))
        _ = 1 // 0

    assert load(any_store, CLINIC).tenant.name == "Clinic"


@pytest.mark.postgres
def test_a_commit_on_a_lost_connection_has_an_unknown_outcome(postgres_store: SQLAlchemyStore) -> None:
    with postgres_store.begin() as unit:
        unit.tenants.put(Tenant(CLINIC, "Renamed"))
        with sa.create_engine(postgres_store.engine.url).connect() as other:
            other.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )
        other.engine.dispose()
        with pytest.raises(StoreError):
            unit.commit()

    assert load(postgres_store, CLINIC).tenant.name == "Clinic"


# --- one writer at a time -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_many_writers_in_threads_never_meet_a_locked_database(file_store: SQLAlchemyStore) -> None:
    def work(number: int) -> None:
        for turn in range(50):
            with kept(file_store) as unit:
                seen = unit.streams.head(CLINIC)
                assert seen is not None
                assert unit.streams.advance(seen, Head(CLINIC, seen.version + 1))
                unit.notices.add([notice(number * 1000 + turn)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert load(file_store, CLINIC).head.version == 200


def test_a_writer_that_waits_too_long_may_try_again(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/facts.db")
    store = SQLAlchemyStore(configure_sqlite(engine, busy_timeout=timedelta(milliseconds=10)))
    store.create_all()
    with store.begin(), pytest.raises(ConflictError) as caught, store.begin():
        pass

    assert caught.value.retryable
    store.dispose()


def test_a_unit_on_an_unconfigured_engine_is_one_transaction_too(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/facts.db", connect_args={"timeout": 0.01})
    store = SQLAlchemyStore(engine)
    store.create_all()
    clinic(store)
    with store.begin() as unit, pytest.raises(ConflictError), store.begin():
        pass
    with store.begin() as unit:
        unit.tenants.put(Tenant(CLINIC, "Renamed"))

    assert load(store, CLINIC).tenant.name == "Clinic"
    store.dispose()


def test_a_database_in_memory_serves_threads_in_turn(store: SQLAlchemyStore) -> None:
    def work(number: int) -> int:
        with kept(store) as unit:
            unit.notices.add([notice(number)])
        return len(load(store, NEIGHBOUR, *PEOPLE).rows)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(work, range(40))) == {len(PEOPLE)}
    with store.reading() as unit:
        assert unit.notices.queued() == 40


@pytest.mark.parametrize("pool", [sa.StaticPool, sa.pool.SingletonThreadPool])
def test_a_database_in_memory_refuses_a_unit_within_a_unit(pool: type[sa.Pool]) -> None:
    """The inner one would share the connection, and undo the outer one's work when it is left."""
    engine = configure_sqlite(sa.create_engine("sqlite://", poolclass=pool))
    store = SQLAlchemyStore(engine)
    store.create_all()
    clinic(store)
    with kept(store) as unit:
        unit.tenants.put(Tenant(CLINIC, "Renamed"))
        with pytest.raises(MisuseError), store.reading():
            pass
        with pytest.raises(MisuseError):
            store.standing(CLINIC, ANN, compiled)

    assert load(store, CLINIC).tenant.name == "Renamed"
    store.dispose()


@pytest.mark.parametrize("url", ["mysql://", "postgresql+asyncpg://"])
def test_an_engine_that_the_store_has_not_learnt_is_refused(url: str) -> None:
    with pytest.raises((MisuseError, ImportError)):
        SQLAlchemyStore(url)


# --- words of another version -------------------------------------------------------------------------------------


def spoil(store: SQLAlchemyStore, change: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(change)


@pytest.fixture
def spoilt(store: SQLAlchemyStore) -> SQLAlchemyStore:
    """Ann's row and role cannot be read; Bob rests on hers; Cat's can be read."""
    ann, bob, cat = (evolve(member(CLINIC, who), role=CLERK.key, overrides={CLAIMS: FULL}) for who in (ANN, BOB, CAT))
    put(store, ann, resting(bob, ANN), cat)
    spoil(store, f"UPDATE tenantaccess_membership SET origin = 'abducted' WHERE principal_id = '{ANN}'")
    return store


@pytest.mark.parametrize("limit", [1, 2, 9])
@pytest.mark.parametrize("name", ["page", "reaching", "idle"])
def test_a_row_that_cannot_be_read_hides_no_other(spoilt: SQLAlchemyStore, name: str, limit: int) -> None:
    questions: dict[str, Callable[[Unit], object]] = {
        "page": lambda unit: unit.queries.page(CLINIC, "", limit),
        "reaching": lambda unit: unit.queries.reaching(CLINIC, CLAIMS, LEVELS, MANAGER, None, limit),
        "idle": lambda unit: unit.queries.idle(CLINIC, NOON, None, limit),
    }
    with spoilt.reading() as unit:
        assert questions[name](unit) == [load_cat(unit)]
        assert list(unit.memberships.candidates(CLINIC, CLAIMS, FULL, MANAGER, None)) == [load_cat(unit)]


def load_cat(unit: Unit) -> Row:
    found = unit.memberships.load(CLINIC, [CAT])
    assert found is not None
    return found.rows[CAT]


@pytest.mark.parametrize("who", [ANN, BOB], ids=["itself", "its base"])
def test_a_row_that_cannot_be_read_is_an_outage_where_it_is_named(spoilt: SQLAlchemyStore, who: PrincipalId) -> None:
    with pytest.raises(StoreError):
        load(spoilt, CLINIC, who)
    with pytest.raises(StoreError):
        spoilt.standing(CLINIC, who, compiled)


def test_a_tenant_that_cannot_be_read_hides_no_other(store: SQLAlchemyStore) -> None:
    put(store, member(CLINIC, ANN))
    spoil(store, f"UPDATE tenantaccess_tenant SET state = 'abducted' WHERE tenant_id = '{NEIGHBOUR}'")

    with store.reading() as unit:
        assert [tenant.id for tenant, _ in unit.queries.of_principal(ANN)] == [CLINIC]
        with pytest.raises(StoreError):
            unit.tenants.find(NEIGHBOUR)


def test_an_unknown_level_passes_through_as_the_word_it_is(store: SQLAlchemyStore) -> None:
    put(store, evolve(member(CLINIC, ANN), overrides={CLAIMS: FULL}))
    spoil(store, f"UPDATE tenantaccess_override SET level = 'own_only' WHERE tenant_id = '{CLINIC}'")

    assert read(store, CLINIC, ANN).membership.overrides == {CLAIMS: LevelKey("own_only")}


def test_an_unknown_role_is_no_role(store: SQLAlchemyStore) -> None:
    put(store, evolve(member(CLINIC, ANN), role=RoleKey("gone_since")))

    found = read(store, CLINIC, ANN)
    assert (found.membership.role, found.role) == (RoleKey("gone_since"), None)


def test_an_event_that_cannot_be_read_is_an_outage_never_a_gap(store: SQLAlchemyStore) -> None:
    with kept(store) as unit:
        unit.events.append([event(CLINIC, 1), event(CLINIC, 2)], [])
    spoil(store, "UPDATE tenantaccess_event SET actor_kind = 'oracle' WHERE number = 1")

    with store.reading() as unit, pytest.raises(StoreError):
        unit.events.read(CLINIC, 0, 9)
