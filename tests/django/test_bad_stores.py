"""
Django's databases that are down, slow, read-only, full or held by others: the questions and commands of any store.

What the driver says comes through the framework's own errors here. An outage is an error, never an answer, and what
others hold is tried again a bounded number of times before it is a conflict that the caller may try again.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections
from tests.crashes.campaign import NotingStore
from tests.crashes.grounds import Rows
from tests.django.project import in_file, known, on_server
from tests.stores.office import COMMANDS, QUESTIONS, Office, office
from tests.stores.test_bad_stores import (
    EVERYTHING,
    FITS,
    PATIENCE_MS,
    held_by_a_process,
    outage,
    pack,
    require_conflict,
    triggered,
)

from tenantaccess.errors import StoreError
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import FaultyStore
from tenantaccess.web.django.store import DjangoStore

pytestmark = pytest.mark.row("INV-03", "INV-01")
SEEN = "seen"
OUTAGES = ("check", "directory", "disable", "deliver")
"""Met where nothing is answered at all: a statement alone, a unit that reads, one that writes, and several."""


class Ground(ABC):
    """One of the project's databases, and how to return to what was kept of it."""

    def __init__(self, alias: str, url: sa.URL) -> None:
        self.alias, self.store = alias, DjangoStore(alias)
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        models = [get_user_model(), *apps.get_app_config("tenantaccess").get_models()]
        self.tables = [model._meta.db_table for model in models]

    @property
    def settings(self) -> dict[str, Any]:
        return connections.databases[self.alias]

    @abstractmethod
    def keep(self) -> None:
        """Keep the database as it is."""

    @abstractmethod
    def restore(self) -> None:
        """Return to what was kept."""

    @abstractmethod
    def nowhere(self) -> dict[str, Any]:
        """Return settings of a database that is not there."""

    @abstractmethod
    def read_only(self) -> dict[str, Any]:
        """Return settings with which it may only be read."""

    @abstractmethod
    def without_room(self) -> AbstractContextManager[dict[str, Any]]:
        """Give settings with which nothing more is taken."""

    @abstractmethod
    def held(self) -> AbstractContextManager[dict[str, Any]]:
        """Let somebody else write all the time; give settings that wait a little for them."""

    def rows(self) -> Rows:
        with self.engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr)
                for name in self.tables
            }


class FileGround(Ground):
    """A SQLite file."""

    def __init__(self, alias: str, file: Path) -> None:
        super().__init__(alias, sa.make_url(f"sqlite:///{file}"))
        self.file, self._kept = file, file.with_suffix(".kept")

    def keep(self) -> None:
        connections[self.alias].close()
        shutil.copyfile(self.file, self._kept)

    def restore(self) -> None:
        connections[self.alias].close()
        for leftover in self.file.parent.glob(f"{self.file.name}*"):
            leftover.unlink()
        shutil.copyfile(self._kept, self.file)

    def nowhere(self) -> dict[str, Any]:
        return {"NAME": "/no/such/folder/office.db"}

    def read_only(self) -> dict[str, Any]:
        return {"NAME": f"file:{self.file}?mode=ro", "OPTIONS": {}}

    @contextmanager
    def without_room(self) -> Iterator[dict[str, Any]]:
        connections[self.alias].close()
        pack(self.file)
        yield {"OPTIONS": {"init_command": "PRAGMA max_page_count = 1"}}

    @contextmanager
    def held(self) -> Iterator[dict[str, Any]]:
        with held_by_a_process(self.file):
            yield {"OPTIONS": {"timeout": PATIENCE_MS / 1_000}}


class ServerGround(Ground):
    """A PostgreSQL database."""

    def keep(self) -> None:
        self._do([f"CREATE TABLE kept_{name} AS TABLE {name}" for name in self.tables])

    def restore(self) -> None:
        emptied = [f"DELETE FROM {name}" for name in self.tables]
        self._do([*emptied, *[f"INSERT INTO {name} SELECT * FROM kept_{name}" for name in self.tables]])

    def _do(self, statements: Sequence[str]) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("; ".join(["SET CONSTRAINTS ALL DEFERRED", *statements]))

    def nowhere(self) -> dict[str, Any]:
        return {"HOST": "/no/such/folder"}

    def read_only(self) -> dict[str, Any]:
        return with_setting("default_transaction_read_only=on")

    def without_room(self) -> AbstractContextManager[dict[str, Any]]:
        return self.failing("53100")

    @contextmanager
    def failing(self, sqlstate: str) -> Iterator[dict[str, Any]]:
        with triggered(self.engine, self.tables, sqlstate):
            yield {}

    def held(self) -> AbstractContextManager[dict[str, Any]]:
        return self.locked("EXCLUSIVE", f"lock_timeout={PATIENCE_MS}")

    @contextmanager
    def locked(self, mode: str, setting: str) -> Iterator[dict[str, Any]]:
        """Hold all tables in *mode*; give settings with *setting*."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(self.tables)} IN {mode} MODE")
            yield with_setting(setting)
            connection.rollback()


def with_setting(setting: str) -> dict[str, Any]:
    return {"OPTIONS": {"options": f"-c {setting}"}}


Made = tuple[Ground, Office]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    path = tmp_path_factory.mktemp("office") / "office.db"
    with known("office file", in_file(path)) as alias:
        yield founded(FileGround(alias, path))


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Made]:
    with on_server(postgres_url) as settings, known("office server", settings) as alias:
        yield founded(ServerGround(alias, sa.make_url(postgres_url).set(database=settings["NAME"])))


def founded(ground: Ground) -> Made:
    made = ground, office(ground.store)
    ground.keep()
    return made


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.postgres)])
def made(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    found[0].restore()
    return found


@pytest.fixture
def on_postgres(server: Made) -> tuple[ServerGround, Office]:
    ground, at = server
    ground.restore()
    assert isinstance(ground, ServerGround)
    return ground, at


@contextmanager
def seen_with(made: Made, changed: dict[str, Any]) -> Iterator[Office]:
    """The office through the same database with other settings, on a connection of its own."""
    ground, at = made
    connections[ground.alias].close()
    connections.databases[SEEN] = {**ground.settings, **changed}
    try:
        yield at.on(DjangoStore(SEEN))
    finally:
        connections[SEEN].close()
        del connections[SEEN]
        del connections.databases[SEEN]


def asked(name: str, at: Office) -> Any:
    return QUESTIONS[name](at) if name in QUESTIONS else None


@pytest.mark.parametrize("name", OUTAGES)
def test_a_database_that_is_not_there_answers_nothing(made: Made, name: str) -> None:
    with seen_with(made, made[0].nowhere()) as at, pytest.raises(StoreError):
        EVERYTHING[name](at)


@pytest.mark.postgres
@pytest.mark.parametrize("name", OUTAGES)
def test_a_server_that_takes_too_long_is_an_outage(on_postgres: tuple[ServerGround, Office], name: str) -> None:
    with (
        on_postgres[0].locked("ACCESS EXCLUSIVE", f"statement_timeout={PATIENCE_MS}") as settings,
        seen_with(on_postgres, settings) as at,
        pytest.raises(StoreError),
    ):
        EVERYTHING[name](at)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_database_that_may_only_be_read_answers_and_takes_nothing(made: Made, name: str) -> None:
    ground, good = made[0], asked(name, made[1])
    before = ground.rows()
    with seen_with(made, ground.read_only()) as at:
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            with pytest.raises(StoreError):
                COMMANDS[name](at)
    assert ground.rows() == before


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in FITS])
def test_a_database_that_is_full_answers_and_keeps_nothing(made: Made, name: str) -> None:
    ground, good = made[0], asked(name, made[1])
    before = lasting(ground)
    with ground.without_room() as settings, seen_with(made, settings) as at:
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            with pytest.raises(StoreError):
                COMMANDS[name](at)
    assert lasting(ground) == before


def lasting(ground: Ground) -> Rows:
    """Return all that is stored but attempts, which are counted, and kept, before anything is tried."""
    return {name: rows for name, rows in ground.rows().items() if not name.endswith("_attempt")}


@pytest.mark.parametrize("name", FITS)
def test_what_may_fit_into_a_full_database_is_done_or_an_outage_and_keeps_nothing_by_halves(
    made: Made, name: str
) -> None:
    ground, at = made
    made = ground, attrs.evolve(at, clock=FrozenClock(at.clock.moment + FITS[name]))
    noting = NotingStore(ground.store, ground.rows)
    COMMANDS[name](made[1].on(noting))
    assert noting.states[1] != noting.states[0]
    ground.restore()
    with ground.without_room() as settings, seen_with(made, settings) as at:
        failed = outage(COMMANDS[name], at)
    assert failed or isinstance(ground, FileGround)
    assert ground.rows() in (noting.states if failed else noting.states[-1:])


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_others_hold_is_tried_again_and_then_a_conflict(made: Made, name: str) -> None:
    ground, good = made[0], asked(name, made[1])
    before = ground.rows()
    with ground.held() as settings, seen_with(made, settings) as at:
        if name in QUESTIONS:
            assert QUESTIONS[name](at) == good
        else:
            noting = FaultyStore(at.access.store)
            require_conflict(name, at.on(noting), noting)
    assert ground.rows() == before


@pytest.mark.postgres
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_never_serializes_is_tried_again_and_then_a_conflict(
    on_postgres: tuple[ServerGround, Office], name: str, sqlstate: str
) -> None:
    ground, _ = on_postgres
    before = ground.rows()
    with ground.failing(sqlstate) as settings, seen_with(on_postgres, settings) as at:
        noting = FaultyStore(at.access.store)
        require_conflict(name, at.on(noting), noting)
    assert ground.rows() == before
