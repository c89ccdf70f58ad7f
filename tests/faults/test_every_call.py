"""
A fault at any port call of any command leaves the old state or the new one, and a retry tells the truth.

Each command is run from a state in which it does something, once with each kind of fault at each of its calls.
"""

from typing import Any

import pytest
from sqlalchemy import MetaData, text
from tests.faults.placing import try_all
from tests.oracle.replay import Ground
from tests.oracle.scopes import OPERATOR, WORLD, Choice
from tests.oracle.seeing import seen as everything
from tests.oracle.side_by_side import Pair

from tenantaccess.commands import ChangePassword
from tenantaccess.ids import StreamId
from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing import reference as ref
from tenantaccess.testing.faults import FaultyStore

DAY = ref.DAY
PUBLIC: ref.Actor = ("public",)
SYSTEM: ref.Actor = ("system",)
A: ref.Actor = ("member", "a")
B: ref.Actor = ("member", "b")

OPEN: tuple[Choice, ...] = ((ref.OpenTenant("t", manager="a", manager_is_new=True), OPERATOR),)
WITH_B: tuple[Choice, ...] = (*OPEN, (ref.AddUsername("t", "b", role="clerk"), A))
ASKED: tuple[Choice, ...] = (*OPEN, (ref.RequestAccess("t", "b", "b@example.org"), PUBLIC))
APPROVED: tuple[Choice, ...] = (*ASKED, (ref.Approve("t", "b", "clerk"), A))
MAILED: tuple[Choice, ...] = (*APPROVED, (ref.Deliver(), SYSTEM))
TWO_MANAGERS: tuple[Choice, ...] = (*WITH_B, (ref.AppointManager("t", "b"), OPERATOR))

SCENES: dict[str, tuple[tuple[Choice, ...], ref.Command, ref.Actor]] = {
    "open_tenant": ((), *OPEN[0]),
    "suspend_tenant": (OPEN, ref.SuspendTenant("t"), OPERATOR),
    "appoint_manager": (WITH_B, ref.AppointManager("t", "b"), OPERATOR),
    "add_username": (OPEN, *WITH_B[-1]),
    "request_access": (OPEN, *ASKED[-1]),
    "approve": (ASKED, *APPROVED[-1]),
    "reject": (ASKED, ref.Reject("t", "b"), A),
    "send_registration": (APPROVED, ref.SendRegistration("t", "b"), A),
    "complete_registration": (MAILED, ref.Complete(("tok", "t", "b", 1)), PUBLIC),
    "disable": (TWO_MANAGERS, ref.Disable("t", "b"), A),
    "enable": ((*WITH_B, (ref.Disable("t", "b"), A)), ref.Enable("t", "b"), A),
    "set_dates": (WITH_B, ref.SetDates("t", "b", None, 30 * DAY), A),
    "leave": (TWO_MANAGERS, ref.Leave("t"), B),
    "remove": (WITH_B, ref.Remove("t", "b"), A),
    "assign_role": (WITH_B, ref.AssignRole("t", "b", ref.ACCOUNT_MANAGER), A),
    "change_privileges": (WITH_B, ref.ChangePrivileges("t", (ref.Edit("b", "claims", None, ref.FULL),)), A),
    "update_contact": (WITH_B, ref.UpdateContact("t", "b", ("Bo", "Lee", "", "")), A),
    "add_role": (OPEN, ref.AddRole("t", "nurse", (("claims", ref.VIEW),)), A),
    "edit_role": (WITH_B, ref.EditRole("t", "clerk", (("claims", ref.FULL),)), A),
    "remove_role": (OPEN, ref.RemoveRole("t", "clerk"), A),
    "suspend_principal": (TWO_MANAGERS, ref.SuspendPrincipal("b"), OPERATOR),
    "reinstate_principal": ((*WITH_B, (ref.SuspendPrincipal("b"), OPERATOR)), ref.ReinstatePrincipal("b"), OPERATOR),
    "change_password": (WITH_B, ref.ChangePassword(), B),
}


class Stage:
    """A scene on a store that can be made to fail, built by the commands that lead there."""

    def __init__(self, scene: str, store: Store) -> None:
        path, self.command, self.actor = SCENES[scene]
        self.faulty = FaultyStore(store)
        self.pair = Pair(WORLD, self.faulty)
        for command, actor in path:
            self.pair.step(command, actor, 0)

    def run(self) -> None:
        """Run the command under a key of its own."""
        command: Any = self.command
        if isinstance(command, ref.ChangePassword):
            translated: Any = ChangePassword("correct horse", "battery staple")
        else:
            translated = self.pair.translated(command)
        self.pair.access.pipeline.execute_all([translated], self.pair.by(self.actor), "the-one-key")

    def seen(self) -> dict[str, Any]:
        """All that can be seen of a store: facts, versions, notices, records that hold."""
        self.faulty.restart()
        access = self.pair.access
        with self.faulty.reading() as unit:
            tenants = [tenant.id for tenant in unit.tenants.page(None, 10)]
            streams: list[StreamId] = [*tenants, *self.pair.principals.values()]
            counts = {stream: [event.kind for event, _ in unit.events.read(stream, 0, 100)] for stream in streams}
        assert all(access.audit.verify(stream).holds for stream in streams)
        return {**everything(self.pair), "events": counts, "notices": access.notices.queued()}


@pytest.mark.row("INV-36", "INV-39", "INV-03")
@pytest.mark.parametrize("scene", SCENES)
def test_a_fault_anywhere_keeps_all_or_nothing_in_memory(scene: str) -> None:
    assert try_all(lambda: Stage(scene, MemoryStore())) > 10


@pytest.mark.row("INV-36", "INV-39", "INV-03")
@pytest.mark.parametrize("scene", SCENES)
def test_a_fault_anywhere_keeps_all_or_nothing_in_sqlite(scene: str, tmp_path: Any) -> None:
    ground = Ground(tmp_path)

    def fresh() -> SQLAlchemyStore:
        ground.restore("empty")
        return ground.store

    assert try_all(lambda: Stage(scene, fresh())) > 10
    ground.store.dispose()


ON_POSTGRESQL = ("add_username", "change_privileges", "complete_registration", "suspend_principal")
"""Scenes with one and several streams, with a redeemed token, with many rows: the others run the same code."""


@pytest.mark.postgres
@pytest.mark.row("INV-36", "INV-39", "INV-03")
@pytest.mark.parametrize("scene", ON_POSTGRESQL)
def test_a_fault_anywhere_keeps_all_or_nothing_in_postgresql(scene: str, postgres_url: str) -> None:
    store = SQLAlchemyStore(postgres_url, tables=tables(MetaData(), prefix="faults_"))
    store.create_all()
    names = ", ".join(table.name for table in store.tables.metadata.sorted_tables)

    def fresh() -> SQLAlchemyStore:
        with store.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names}"))
        return store

    try:
        assert try_all(lambda: Stage(scene, fresh())) > 10
    finally:
        store.drop_all()
        store.dispose()
