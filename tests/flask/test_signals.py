"""Receivers are called once, after what they are told of was committed, and never for what was undone (F6)."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from tests.flask.hosts import application

from tenantaccess import VIEW, Event, Grant, NewUsername, NotFoundError, TenantAccess
from tenantaccess.commands import AddUsername, Disable, OpenTenant
from tenantaccess.demo.world import CATALOG
from tenantaccess.services.command import Command
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, configure_sqlite, tables
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore
from tenantaccess.web.flask import TenantAccessFlask, signals


@attrs.define
class Ear:
    """A receiver that writes down what it hears."""

    heard: list[tuple[Any, Sequence[Event]]] = attrs.field(factory=list)

    def __call__(self, sender: Any, *, access: TenantAccess, events: Sequence[Event]) -> None:
        assert isinstance(access, TenantAccess)
        self.heard.append((sender, events))

    @property
    def kinds(self) -> list[str]:
        return [events[0].kind for _, events in self.heard]


def kinds_of_commands() -> set[str]:
    for module in ("tenantaccess.commands", "tenantaccess.services.sweeps"):
        import_module(module)
    found, left = set[str](), list[type[Any]]([Command])
    while left:
        cls = left.pop()
        left += cls.__subclasses__()
        name = getattr(cls, "name", None)
        if isinstance(name, str) and cls.__module__.startswith("tenantaccess.services"):
            found.add(name)
    return found


def test_every_command_has_its_signal_in_the_past_tense() -> None:
    assert set(signals.BY_COMMAND) == kinds_of_commands()
    assert len(set(signals.BY_COMMAND.values())) == len(signals.BY_COMMAND)
    assert signals.changed not in signals.BY_COMMAND.values()


@pytest.mark.row("F6")
def test_each_event_is_told_once_by_its_own_signal_and_by_the_one_for_all(app: Flask, access: TenantAccess) -> None:
    every, added = Ear(), Ear()
    with signals.changed.connected_to(every), signals.username_added.connected_to(added, sender=app):
        riverside = given(access).tenant()
        jo = given(access).member(riverside)
        access.execute(Disable(riverside, jo), by=OPERATOR)
        access.execute(Disable(riverside, jo), by=OPERATOR)
    assert every.kinds == ["open_tenant", "add_username", "disable"]
    assert [(sender, {event.subject for event in events}) for sender, events in added.heard] == [(app, {jo})]


@pytest.mark.row("F6")
@pytest.mark.usefixtures("app")
def test_what_was_told_can_be_read(access: TenantAccess) -> None:
    seen = []

    def receive(_: Flask, *, access: TenantAccess, events: Sequence[Event]) -> None:
        seen.append(len(access.audit.read(events[0].stream, by=OPERATOR)))  # type: ignore[arg-type]  # a tenant's

    with signals.tenant_opened.connected_to(receive):
        given(access).tenant()
    assert seen == [1]


@pytest.mark.row("F6")
@pytest.mark.parametrize("kind", [FaultKind.BEFORE, FaultKind.BEFORE_COMMIT])
def test_what_was_undone_is_never_told(access: TenantAccess, kind: FaultKind) -> None:
    riverside, every, faulty = given(access).tenant(), Ear(), FaultyStore(access.store)
    failing = attrs.evolve(access, store=faulty)
    TenantAccessFlask(application(), failing)
    with signals.changed.connected_to(every):
        with pytest.raises(NotFoundError):
            failing.execute(Disable(riverside, given(access).pending()), by=OPERATOR)
        faulty.restart(Fault(1, kind), Fault(2, kind))
        with pytest.raises(Exception, match="the store failed"):
            failing.execute(OpenTenant("Lakeside"), by=OPERATOR)
    assert every.heard == []


@pytest.mark.row("F6")
@pytest.mark.usefixtures("app")
def test_all_of_several_are_told_or_none(access: TenantAccess) -> None:
    riverside, every = given(access).tenant(), Ear()
    good = AddUsername(riverside, NewUsername("jo", PASSWORD), Grant(levels={"claims": VIEW}))
    with signals.changed.connected_to(every):
        with pytest.raises(NotFoundError):
            access.execute_all([good, Disable(riverside, given(access).pending())], by=OPERATOR)
        every.heard.clear()
        access.execute_all([good], by=OPERATOR)
    assert every.kinds == ["add_username"]


@attrs.frozen
class Host:
    """
    An application with Flask-SQLAlchemy, whose commands join its session.

    Args:
        db: The extension.
        store: The library's own way into its database.
        joined: The library within the session.
        every: What it hears of all that changes.
    """

    db: SQLAlchemy
    store: SQLAlchemyStore
    joined: TenantAccess
    every: Ear = attrs.field(factory=Ear)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    db, made = SQLAlchemy(), application(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/host.db")
    ours = tables(db.metadata)
    db.init_app(made)
    with made.app_context():
        store = SQLAlchemyStore(configure_sqlite(db.engine), tables=ours)
        db.create_all()
        joined = TenantAccess(store.joined(db.session), CATALOG, hasher=QuickHasher())
        TenantAccessFlask(made, joined)
        found = Host(db, store, joined)
        with signals.changed.connected_to(found.every):
            yield found
        db.session.remove()
        db.engine.dispose()


@pytest.mark.row("F6")
class TestInASessionOfTheHosts:
    def test_what_is_committed_is_told_once_and_then(self, host: Host) -> None:
        for _ in range(2):
            host.joined.execute(OpenTenant("Riverside"), by=OPERATOR)
            host.joined.execute_all([OpenTenant("Lakeside"), OpenTenant("Hilltop")], by=OPERATOR)
            assert host.every.kinds == []
            host.db.session.commit()
            assert host.every.kinds == ["open_tenant"] * 3
            host.db.session.commit()
            assert host.every.kinds == ["open_tenant"] * 3
            host.every.heard.clear()

    def test_what_is_undone_is_never_told(self, host: Host) -> None:
        host.joined.execute(OpenTenant("Riverside"), by=OPERATOR)
        host.db.session.rollback()
        host.joined.execute(OpenTenant("Riverside"), by=OPERATOR)
        host.db.session.remove()
        host.db.session.commit()
        assert host.every.heard == []

    def test_of_a_savepoint_that_was_undone_nothing_is_told(self, host: Host) -> None:
        with host.db.session.begin_nested():
            host.joined.execute(OpenTenant("Kept"), by=OPERATOR)
        with host.db.session.begin_nested() as undone:
            host.joined.execute(OpenTenant("Undone"), by=OPERATOR)
            undone.rollback()
        host.db.session.commit()
        ((_, (event, *_)),) = host.every.heard
        own = attrs.evolve(host.joined, store=host.store)
        assert [tenant.id for tenant in own.tenants.page(by=OPERATOR)] == [event.stream]

    def test_a_receiver_reads_what_it_is_told_of_and_may_write_to_the_session(self, host: Host) -> None:
        told: list[str] = []

        def receive(_: Flask, *, access: TenantAccess, **__: object) -> None:
            told.extend(tenant.name for tenant in access.tenants.page(by=OPERATOR))
            assert not access.store.is_hosted
            if len(told) == 1:
                access.execute(OpenTenant("Lakeside"), by=OPERATOR)
            host.db.session.execute(sa.text("SELECT 1"))
            host.db.session.commit()

        with signals.tenant_opened.connected_to(receive):
            host.joined.execute(OpenTenant("Riverside"), by=OPERATOR)
            host.db.session.commit()
        assert sorted(told) == ["Lakeside", "Riverside", "Riverside"]

    def test_what_a_receiver_raises_reaches_who_commits_and_undoes_nothing(self, host: Host) -> None:
        def failing(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        with signals.tenant_opened.connected_to(failing):
            host.joined.execute(OpenTenant("Riverside"), by=OPERATOR)
            with pytest.raises(ZeroDivisionError):
                host.db.session.commit()
        own = attrs.evolve(host.joined, store=host.store)
        assert len(own.tenants.page(by=OPERATOR)) == 1

    def test_that_somebody_was_active_is_noted_after_the_commit_without_a_lock_of_the_hosts(self, host: Host) -> None:
        own = attrs.evolve(host.joined, store=host.store)
        riverside = given(own).tenant()
        jo = given(own).member(riverside, levels={"claims": VIEW})
        host.joined.contexts.enter(riverside, jo)
        assert own.contexts.list_tenants(jo).entries[0].last_used_at is None
        host.db.session.commit()
        assert not host.db.session().in_transaction()
        assert own.contexts.list_tenants(jo).entries[0].last_used_at is not None


@pytest.mark.row("F6")
@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_in_a_transaction_of_a_connection_nothing_is_told_however_it_ends(ending: str) -> None:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    every = Ear()
    with store.for_writing.connect() as connection, signals.changed.connected_to(every):
        joined = TenantAccess(store.joined(connection), CATALOG, hasher=QuickHasher())
        TenantAccessFlask(application(), joined)
        connection.begin()
        joined.execute(OpenTenant("Riverside"), by=OPERATOR)
        getattr(connection, ending)()
    assert every.heard == []
    store.dispose()


@pytest.mark.usefixtures("app")
def test_a_command_that_is_repeated_under_its_key_is_told_once(access: TenantAccess) -> None:
    riverside, every = given(access).tenant(), Ear()
    with signals.changed.connected_to(every):
        for _ in range(2):
            access.execute(AddUsername(riverside, NewUsername("jo", PASSWORD)), by=OPERATOR, key="once")
    assert every.kinds == ["add_username"]


@pytest.mark.usefixtures("app")
def test_where_two_applications_share_a_library_each_tells_of_its_own_requests(access: TenantAccess) -> None:
    other, every = application(), Ear()
    TenantAccessFlask(other, access)
    with signals.changed.connected_to(every), other.app_context():
        given(access).tenant()
    assert [sender for sender, _ in every.heard] == [other]
