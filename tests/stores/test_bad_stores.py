"""
Stores that are down, slow, read-only, full or held by others: every question and some commands, on both engines.

An outage is an error, never an answer: nothing is allowed on it, and nothing half done stays. What others hold is
waited for and tried again a bounded number of times, and only then a conflict that the caller may try again.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from tests.crashes.campaign import NotingStore
from tests.crashes.grounds import FileGround, Ground, Rows, ServerGround
from tests.stores.office import COMMANDS, QUESTIONS, Office, office

from tenantaccess.errors import ConflictError, StoreError
from tenantaccess.services import pipeline
from tenantaccess.services.notices import Delivery
from tenantaccess.stores.sqlalchemy import configure_sqlite
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import FaultyStore

pytestmark = pytest.mark.row("INV-03", "INV-01")
Made = tuple[Ground, Office]
EVERYTHING = {**QUESTIONS, **COMMANDS}
PATIENCE_MS = 30


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with founded(FileGround(tmp_path_factory.mktemp("office"))) as made:
        yield made


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Made]:
    with founded(ServerGround(postgres_url, "office_")) as made:
        yield made


@contextmanager
def founded(ground: Ground) -> Iterator[Made]:
    made = ground, office(ground.store)
    ground.keep()
    yield made
    ground.close()


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.postgres)])
def made(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    found[0].restore()
    return found


@pytest.fixture
def sqlite(file: Made) -> Made:
    file[0].restore()
    return file


@pytest.fixture
def postgres(server: Made) -> Made:
    server[0].restore()
    return server


@contextmanager
def seen_through(made: Made, engine: sa.Engine) -> Iterator[Office]:
    """The office through an engine of its own."""
    store = made[0].opened(engine)
    try:
        yield made[1].on(store)
    finally:
        store.dispose()


def dialled(made: Made, options: str) -> sa.Engine:
    """An engine on the same server, with settings of its own."""
    return sa.create_engine(made[0].url, connect_args={"options": options}, isolation_level="AUTOCOMMIT")


# --- down ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_store_that_is_not_there_answers_nothing(made: Made, name: str) -> None:
    url, nowhere = made[0].url, "/no/such/folder"
    url = url.set(query={"host": nowhere}) if is_server(made) else url.set(database=f"{nowhere}/office.db")
    with seen_through(made, sa.create_engine(url)) as at, pytest.raises(StoreError):
        EVERYTHING[name](at)


class Cutting:
    """Ends the session of a connection on the server, just before one of its statements."""

    def __init__(self, engine: sa.Engine, other: sa.Engine) -> None:
        self.engine, self.other = engine, other
        self.left = 0
        self.seen = 0
        sa.event.listen(engine, "before_cursor_execute", self._sent)

    def _sent(self, connection: sa.Connection, *_: object) -> None:
        self.seen += 1
        self.left -= 1
        if self.left == 0:
            driver: Any = connection.connection.dbapi_connection
            with self.other.connect() as killer:
                killer.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": driver.info.backend_pid})


@pytest.mark.postgres
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_connection_that_ends_at_any_statement_is_an_outage_and_the_next_one_is_good(
    postgres: Made, name: str
) -> None:
    ground, ask = postgres[0], EVERYTHING[name]
    engine = sa.create_engine(ground.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    with seen_through(postgres, engine) as at:
        cutting = Cutting(engine, ground.store.engine)
        ask(at)
        count = cutting.seen
        before = None
        for number in range(1, count + 1):
            ground.restore()
            before = before or ground.rows()
            cutting.left = number
            failed = outage(ask, at)
            assert failed or ground.rows() != before, f"statement {number} of {count} was not missed"
            if name in QUESTIONS:
                assert failed
                assert ground.rows() == before
            assert at.access.check(at.here, at.maria, "claims", "view")


def outage(ask: Any, at: Office) -> bool:
    try:
        ask(at)
    except StoreError:
        return True
    return False


# --- slow ---------------------------------------------------------------------------------------------------------


@contextmanager
def holding(made: Made, *statements: str) -> Iterator[None]:
    """Somebody else has done this and not committed it."""
    with made[0].store.for_writing.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        yield
        connection.rollback()


@pytest.mark.postgres
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_server_that_takes_too_long_is_an_outage(postgres: Made, name: str) -> None:
    tables = ", ".join(postgres[0].tables)
    slow = dialled(postgres, f"-c statement_timeout={PATIENCE_MS}")
    locked = holding(postgres, f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    with locked, seen_through(postgres, slow) as at, pytest.raises(StoreError):
        EVERYTHING[name](at)


# --- read-only, and full ------------------------------------------------------------------------------------------


def read_only(made: Made) -> sa.Engine:
    if made[0].url.get_backend_name() == "postgresql":
        return dialled(made, "-c default_transaction_read_only=on")
    return configure_sqlite(sa.create_engine(f"sqlite:///file:{made[0].url.database}?mode=ro&uri=true"))


def full(made: Made) -> sa.Engine:
    """An engine on a disk without room: SQLite counts pages; a server is made to say that it has none."""
    if made[0].url.get_backend_name() == "sqlite":
        engine = configure_sqlite(sa.create_engine(made[0].url))
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))
        return engine
    return sa.create_engine(made[0].url, isolation_level="AUTOCOMMIT")


@contextmanager
def triggered(engine: sa.Engine, tables: Sequence[str], sqlstate: str) -> Iterator[None]:
    """Every write to *tables* on the server fails with *sqlstate*."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION office_fails() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"
        )
        for name in tables:
            connection.exec_driver_sql(
                f"CREATE TRIGGER office_fails BEFORE INSERT OR UPDATE OR DELETE ON {name}"
                " EXECUTE FUNCTION office_fails()"
            )
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION office_fails CASCADE")


def failing(made: Made, sqlstate: str) -> AbstractContextManager[None]:
    return triggered(made[0].store.engine, made[0].tables, sqlstate)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_store_that_may_only_be_read_answers_and_takes_nothing(made: Made, name: str) -> None:
    good = QUESTIONS[name](made[1]) if name in QUESTIONS else None
    before = made[0].rows()
    with seen_through(made, read_only(made)) as at:
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            with pytest.raises(StoreError):
                COMMANDS[name](at)
    assert made[0].rows() == before


def test_who_enters_a_store_that_may_only_be_read_is_let_in_until_it_is_to_be_written_down(made: Made) -> None:
    with seen_through(made, read_only(made)) as at:
        assert QUESTIONS["enter"](at)
        started = at.clock.moment
        at.clock.advance(at.access.policy.activity_every)
        try:
            assert QUESTIONS["check"](at)
            with pytest.raises(StoreError):
                QUESTIONS["enter"](at)
        finally:
            at.clock.moment = started


@contextmanager
def packed(made: Made) -> Iterator[None]:
    """The file is made of small pages without room, so that whatever is added takes another one."""
    made[0].reopen()
    pack(made[0].url.database or "")
    yield


def pack(file: str | Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            connection.execute(statement).fetchall()


FITS = {"sign in": timedelta(), "sweep": timedelta(days=91), "deliver": timedelta()}
"""What changes what is there, and adds little: on SQLite it may find room in a page. And when it finds work to do."""


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in FITS])
def test_a_store_that_is_full_answers_and_keeps_nothing(made: Made, name: str) -> None:
    good = QUESTIONS[name](made[1]) if name in QUESTIONS else None
    before = lasting(made[0])
    with without_room(made) as at:
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            with pytest.raises(StoreError):
                COMMANDS[name](at)
    assert lasting(made[0]) == before


@pytest.mark.parametrize("name", FITS)
def test_what_may_fit_into_a_full_store_is_done_or_an_outage_and_keeps_nothing_by_halves(made: Made, name: str) -> None:
    ground, at = made
    made = ground, attrs.evolve(at, clock=FrozenClock(at.clock.moment + FITS[name]))
    states = noted(made, name)
    assert len(states) > 1
    assert states[1] != states[0]
    ground.restore()
    with without_room(made) as at:
        failed = outage(COMMANDS[name], at)
    assert failed or not is_server(made)
    assert ground.rows() in (states if failed else states[-1:])


@contextmanager
def without_room(made: Made) -> Iterator[Office]:
    no_room = failing(made, "53100") if is_server(made) else packed(made)
    with no_room, seen_through(made, full(made)) as at:
        yield at


def noted(made: Made, name: str) -> list[Rows]:
    """What is stored before a command, and after each of its units, where nothing is amiss."""
    noting = NotingStore(made[0].store, made[0].rows)
    COMMANDS[name](made[1].on(noting))
    return noting.states


def lasting(ground: Ground) -> Rows:
    """Return all that is stored but attempts, which are counted, and kept, before anything is tried."""
    return {name: rows for name, rows in ground.rows().items() if name != f"{ground.prefix}attempt"}


def is_server(made: Made) -> bool:
    return isinstance(made[0], ServerGround)


# --- held by others -----------------------------------------------------------------------------------------------

LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()
"""


@contextmanager
def held_by_a_process(file: Path) -> Iterator[None]:
    """Another process writes to the file, and does not come to an end."""
    command = [sys.executable, "-c", LOCKING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate("\n")


@contextmanager
def held(made: Made) -> Iterator[sa.Engine]:
    """Somebody else writes all the time; give an engine that waits a little for them."""
    ground = made[0]
    if isinstance(ground, FileGround):
        engine = sa.create_engine(ground.url)
        with held_by_a_process(ground.file):
            yield configure_sqlite(engine, busy_timeout=timedelta(milliseconds=PATIENCE_MS))
    else:
        with holding(made, f"LOCK TABLE {', '.join(ground.tables)} IN EXCLUSIVE MODE"):
            yield dialled(made, f"-c lock_timeout={PATIENCE_MS}")


@contextmanager
def counted(made: Made, engine: sa.Engine) -> Iterator[tuple[Office, FaultyStore]]:
    """The office through an engine of its own, with every call noted."""
    with seen_through(made, engine) as at:
        noting = FaultyStore(at.access.store)
        yield at.on(noting), noting


BOUNDS = {"disable": pipeline.TRIES, "raise": pipeline.TRIES, "invite": pipeline.TRIES, "suspend": pipeline.TRIES}
"""How often a command of one unit is tried; what takes several units tries each of them."""
BOUND = 60


def require_conflict(name: str, at: Office, noting: FaultyStore) -> None:
    if name == "deliver":  # others hold all notices, so there is nothing to do now
        assert COMMANDS[name](at) == Delivery()
    else:
        with pytest.raises(ConflictError) as conflict:
            COMMANDS[name](at)
        assert conflict.value.retryable
    tried = noting.trace.count("begin")
    assert 1 < tried <= BOUND
    assert tried == BOUNDS.get(name, tried)


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_others_hold_is_tried_again_and_then_a_conflict(made: Made, name: str) -> None:
    good = QUESTIONS[name](made[1]) if name in QUESTIONS else None
    before = made[0].rows()
    with held(made) as engine, counted(made, engine) as (at, noting):
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            require_conflict(name, at, noting)
    assert made[0].rows() == before


@pytest.mark.postgres
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_never_serializes_is_tried_again_and_then_a_conflict(postgres: Made, name: str, sqlstate: str) -> None:
    before = postgres[0].rows()
    with failing(postgres, sqlstate), counted(postgres, full(postgres)) as (at, noting):
        require_conflict(name, at, noting)
    assert postgres[0].rows() == before


@pytest.mark.postgres
def test_inside_a_hosts_transaction_it_is_tried_once_more_and_then_the_hosts_to_try(postgres: Made) -> None:
    ground = postgres[0]
    before = ground.rows()
    with failing(postgres, "40001"), ground.store.engine.connect() as connection:
        theirs = connection.execution_options(isolation_level="READ COMMITTED")
        noting = FaultyStore(ground.store.joined(theirs))
        with pytest.raises(ConflictError) as conflict:
            COMMANDS["disable"](postgres[1].on(noting))
        assert conflict.value.retryable
        assert noting.trace.count("begin") == pipeline.HOSTED_TRIES
        theirs.commit()
    assert ground.rows() == before
