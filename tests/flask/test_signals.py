"""Receivers are called once, after what they are told of was committed, and never for what was undone (F6)."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import attrs
import pytest
from flask import Flask
from tests.flask.hosts import application

from tenantaccess import VIEW, Event, Grant, NewUsername, NotFoundError, TenantAccess
from tenantaccess.commands import AddUsername, Disable, OpenTenant
from tenantaccess.demo.world import CATALOG
from tenantaccess.services.command import Command
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
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


@pytest.mark.row("F6")
def test_in_a_transaction_of_the_hosts_nothing_is_told_before_it_is_kept() -> None:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    every = Ear()
    with store.for_writing.connect() as connection, signals.changed.connected_to(every):
        joined = TenantAccess(store.joined(connection), CATALOG, hasher=QuickHasher())
        TenantAccessFlask(application(), joined)
        connection.begin()
        joined.execute(OpenTenant("Riverside"), by=OPERATOR)
        connection.rollback()
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
