"""Inside a host's transaction: the host alone commits, and neither loses the other's work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from tests.services.durable import DURABLE, run

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import Disable, Enable
from tenantaccess.errors import ConflictError, MisuseError, TakenError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Store
from tenantaccess.services.pipeline import HOSTED_TRIES
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, configure_sqlite, tables
from tenantaccess.testing.builders import CLINICS, Given
from tenantaccess.testing.contracts.samples import CLERK, CLINIC, clinic, kept, load
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.testing.faults import FaultyStore

NOBODY = PrincipalId("pri_" + "0" * 32)


@pytest.fixture(params=["legacy SQLite", "configured SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLAlchemyStore]:
    """A store whose engine is the host's, with the host's table beside ours."""
    if request.param == "PostgreSQL":
        engine = sa.create_engine(request.getfixturevalue("postgres_url"))
    else:
        engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db")
    if request.param == "configured SQLite":
        configure_sqlite(engine)
    metadata = sa.MetaData()
    sa.Table("patient", metadata, sa.Column("name", sa.Text))
    made = SQLAlchemyStore(engine, tables=tables(metadata, prefix="joined_"))
    metadata.create_all(engine)
    clinic(made)
    yield made
    metadata.drop_all(engine)
    engine.dispose()


def _never(*_: object) -> Standing:
    raise AssertionError


def rename(store: Store, name: str) -> None:
    with kept(store) as unit:
        assert unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
        unit.tenants.put(Tenant(CLINIC, name))


def name_of(store: Store) -> str:
    return load(store, CLINIC).tenant.name


def admit(host: sa.Connection) -> None:
    host.exec_driver_sql("INSERT INTO patient (name) VALUES ('Pat')")


def patients(store: SQLAlchemyStore) -> int:
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM patient").scalar_one())


def test_only_a_joined_store_is_hosted(store: SQLAlchemyStore) -> None:
    with store.engine.connect() as host:
        assert (store.is_hosted, store.joined(host).is_hosted) == (False, True)


def test_what_the_host_commits_is_kept(store: SQLAlchemyStore) -> None:
    with store.engine.begin() as host:
        admit(host)
        rename(store.joined(host), "Renamed")

    assert (name_of(store), patients(store)) == ("Renamed", 1)


def test_a_unit_commits_nothing_by_itself(store: SQLAlchemyStore) -> None:
    with store.engine.connect() as host:
        admit(host)
        rename(store.joined(host), "Renamed")
        assert name_of(store.joined(host)) == "Renamed"
        host.rollback()

    assert (name_of(store), patients(store)) == ("Clinic", 0)


def test_a_host_that_only_read_before_undoes_the_unit_too(store: SQLAlchemyStore) -> None:
    """The trap of the legacy driver: no transaction is open yet, and the savepoint's release would commit."""
    with store.engine.connect() as host:
        host.exec_driver_sql("SELECT * FROM patient").all()
        rename(store.joined(host), "Renamed")
        host.rollback()

    assert name_of(store) == "Clinic"


def test_a_host_that_did_nothing_before_undoes_the_unit_too(store: SQLAlchemyStore) -> None:
    with store.engine.connect() as host:
        rename(store.joined(host), "Renamed")
        host.rollback()

    assert name_of(store) == "Clinic"


def test_a_unit_that_is_left_undoes_its_own_work_only(store: SQLAlchemyStore) -> None:
    with store.engine.begin() as host:
        admit(host)
        with store.joined(host).begin() as unit:
            unit.tenants.put(Tenant(CLINIC, "Renamed"))

    assert (name_of(store), patients(store)) == ("Clinic", 1)


def test_a_refused_statement_leaves_the_hosts_work_usable(store: SQLAlchemyStore) -> None:
    with store.engine.begin() as host:
        admit(host)
        with pytest.raises(TakenError), kept(store.joined(host)) as unit:
            unit.roles.add(CLINIC, CLERK)
        rename(store.joined(host), "Renamed")

    assert (name_of(store), patients(store)) == ("Renamed", 1)


def test_units_follow_each_other_in_one_transaction(store: SQLAlchemyStore) -> None:
    with store.engine.begin() as host:
        joined = store.joined(host)
        for version in range(3):
            with kept(joined) as unit:
                assert unit.streams.advance(Head(CLINIC, version), Head(CLINIC, version + 1))

    assert load(store, CLINIC).head.version == 3


@pytest.mark.parametrize("store", ["configured SQLite"], indirect=True)
def test_a_host_that_began_before_somebody_else_wrote_gets_a_conflict_to_retry_outside(store: SQLAlchemyStore) -> None:
    """On SQLite it sees what was when it first read, and may write no more: however often it is tried, it is told."""
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    make = Given(access)
    riverside = make.tenant()
    maria, jo = make.manager(riverside), make.member(riverside)
    with store.engine.connect() as host:
        host.exec_driver_sql("SELECT * FROM patient").all()
        access.execute(Disable(riverside, jo), by=maria)
        noting = FaultyStore(store.joined(host))
        with pytest.raises(ConflictError) as refused:
            attrs.evolve(access, store=noting).execute(Disable(riverside, jo), by=maria)
        assert refused.value.retryable
        assert noting.trace.count("begin") == HOSTED_TRIES
        host.rollback()
        assert attrs.evolve(access, store=store.joined(host)).execute(Enable(riverside, jo), by=maria).changed
        host.commit()

    assert access.audit.verify(riverside).holds


def test_a_session_lends_its_connection(store: SQLAlchemyStore) -> None:
    with Session(store.engine) as session:
        admit(session.connection())
        rename(store.joined(session), "Renamed")
        session.rollback()
        assert name_of(store) == "Clinic"
        rename(store.joined(session), "Renamed")
        session.commit()

    assert (name_of(store), patients(store)) == ("Renamed", 0)


def test_a_scoped_session_lends_the_connection_of_its_present_transaction(store: SQLAlchemyStore) -> None:
    session = scoped_session(sessionmaker(store.engine))
    joined = store.joined(session)
    rename(joined, "Renamed")
    session.commit()
    assert name_of(joined) == "Renamed"
    session.remove()

    assert name_of(store) == "Renamed"


def test_a_connection_that_commits_by_itself_is_refused(store: SQLAlchemyStore) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as host:
        joined = store.joined(host)
        with pytest.raises(MisuseError), joined.begin():
            pass

    assert name_of(store) == "Clinic"


class TestAfterTheCommit:
    """What waits for the commit of a session is done once, and none of it that was undone."""

    @pytest.fixture
    def done(self) -> list[str]:
        return []

    @pytest.fixture
    def session(self, store: SQLAlchemyStore) -> Iterator[Session]:
        with Session(store.engine) as made:
            yield made

    def wait(self, store: SQLAlchemyStore, host: Any, done: list[str], what: str = "told") -> None:
        joined = store.joined(host)
        with joined.reading():
            pass
        joined.after_commit(lambda: done.append(what))

    def test_it_is_done_once_for_each_commit(self, store: SQLAlchemyStore, session: Session, done: list[str]) -> None:
        for turn in ("first", "second"):
            self.wait(store, session, done, turn)
            self.wait(store, session, done, f"{turn}, too")
            assert turn not in done
            session.commit()
            session.commit()
        assert done == ["first", "first, too", "second", "second, too"]

    @pytest.mark.parametrize("ending", ["rollback", "close", "invalidate"])
    def test_it_is_not_done_for_what_was_undone(
        self, store: SQLAlchemyStore, session: Session, done: list[str], ending: str
    ) -> None:
        self.wait(store, session, done)
        getattr(session, ending)()
        session.execute(sa.text("SELECT 1"))
        session.commit()
        assert done == []

    def test_a_savepoint_takes_with_it_what_was_within(
        self, store: SQLAlchemyStore, session: Session, done: list[str]
    ) -> None:
        self.wait(store, session, done, "around")
        with session.begin_nested():
            self.wait(store, session, done, "released")
            undone = session.begin_nested()
            self.wait(store, session, done, "undone")
            with session.begin_nested():
                self.wait(store, session, done, "released within")
            undone.rollback()
        outer = session.begin_nested()
        with session.begin_nested():
            self.wait(store, session, done, "released, then undone")
        outer.rollback()
        assert done == []
        session.commit()
        assert done == ["around", "released"]

    def test_a_savepoint_that_the_session_did_not_set_is_told_of_by_nobody(
        self, store: SQLAlchemyStore, session: Session, done: list[str]
    ) -> None:
        unseen = session.connection().begin_nested()
        self.wait(store, session, done)
        unseen.rollback()
        session.commit()
        assert done == []

    def test_a_commit_that_fails_is_none(self, store: SQLAlchemyStore, session: Session, done: list[str]) -> None:
        self.wait(store, session, done)
        session.connection().detach()
        lost = session.connection().connection.dbapi_connection
        assert lost is not None
        sa.event.listen(session, "before_commit", lambda _: lost.close())
        with pytest.raises(sa.exc.DBAPIError):
            session.commit()
        assert done == []

    def test_each_is_done_whatever_another_one_raises(
        self, store: SQLAlchemyStore, session: Session, done: list[str]
    ) -> None:
        joined = store.joined(session)
        admit(session.connection())
        joined.after_commit(lambda: done.remove("nothing"))
        self.wait(store, session, done)
        with pytest.raises(ValueError, match="not in list"):
            session.commit()
        assert (done, patients(store)) == (["told"], 1)
        assert not session.in_transaction()

    def test_it_may_use_the_session_and_the_store(
        self, store: SQLAlchemyStore, session: Session, done: list[str]
    ) -> None:
        joined = store.joined(session)

        def afterwards() -> None:
            assert not joined.is_hosted
            rename(joined, "Renamed")
            with joined.reading() as unit:
                assert unit.tenants.find(CLINIC)
            assert joined.standing(CLINIC, NOBODY, _never) is None
            admit(session.connection())
            session.commit()
            done.append("told")

        admit(session.connection())
        joined.after_commit(afterwards)
        session.commit()
        assert joined.is_hosted
        assert (done, name_of(store), patients(store)) == (["told"], "Renamed", 2)

    def test_a_scoped_session_tells_of_its_present_transaction(self, store: SQLAlchemyStore, done: list[str]) -> None:
        session = scoped_session(sessionmaker(store.engine))
        self.wait(store, session, done)
        session.remove()
        self.wait(store, session, done, "in another one")
        session.commit()
        assert done == ["in another one"]
        session.remove()

    def test_a_session_within_a_transaction_of_others_tells_nothing(
        self, store: SQLAlchemyStore, done: list[str]
    ) -> None:
        with store.engine.connect() as host, host.begin(), Session(host) as session:
            self.wait(store, session, done)
            session.commit()
        assert done == []

    def test_a_connection_tells_of_no_commit(self, store: SQLAlchemyStore, done: list[str]) -> None:
        with store.engine.begin() as host:
            self.wait(store, host, done)
        assert done == []

    def test_outside_of_a_transaction_nothing_waits(
        self, store: SQLAlchemyStore, session: Session, done: list[str]
    ) -> None:
        store.joined(session).after_commit(lambda: done.append("never"))
        admit(session.connection())
        session.commit()
        assert done == []


@pytest.mark.parametrize("name", DURABLE)
def test_what_limits_guessing_is_not_run_where_a_rollback_would_undo_it(store: SQLAlchemyStore, name: str) -> None:
    with store.engine.connect() as host, host.begin():
        before = host.exec_driver_sql("SELECT count(*) FROM joined_attempt").scalar_one()
        with pytest.raises(MisuseError, match="outside the transaction"):
            run(TenantAccess(store.joined(host), CLINICS, hasher=QuickHasher()), name)
        admit(host)
        assert host.exec_driver_sql("SELECT count(*) FROM joined_attempt").scalar_one() == before == 0
    assert patients(store) == 1
