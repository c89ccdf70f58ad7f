"""A fault at any port call of what adopts, adds a service or erases leaves the old state or the new one (INV-36)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faults.placing import Played, emptying, try_all

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddService, Adopt, ErasePrincipal, Invite
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.adoption import Known, NewPerson
from tenantaccess.model.levels import VIEW
from tenantaccess.model.privileges import Grant
from tenantaccess.ports.storage import Store
from tenantaccess.services.command import Command
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy
from tenantaccess.testing.faults import FaultyStore

VIEWS = Grant(levels={"claims": VIEW})
LU = NewPerson("lu", "lu@people.example", email_is_verified=True, stored_hash="quick$0", first_name="Lu")


class Stage:
    """Two tenants; Kim is a manager of one, has invited somebody there, and is invited to the other."""

    def __init__(self, store: Store) -> None:
        self.faulty = FaultyStore(store)
        access = TenantAccess(self.faulty, CLINICS, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
        self.access, make = access, Given(access)
        self.tenant, self.other = make.tenant(), make.tenant("Lakeside Clinic")
        self.manager = make.manager(self.tenant)
        self.kim = make.registered(self.tenant, username="kim", levels={"manage_account": "full", "claims": "full"})
        access.execute(Invite(self.tenant, "al@people.example", VIEWS), by=self.kim)
        access.execute(Invite(self.other, "kim@people.example", VIEWS), by=OPERATOR)
        access.notices.deliver(RecordingMailer())

    def seen(self) -> Any:
        """All that can be seen: facts, names, versions, notices, invitations, records that hold."""
        self.faulty.restart()
        tenants = (self.tenant, self.other)
        with self.faulty.reading() as unit:
            people = [unit.principals.find_by_username(name) for name in ("kim", "lu", "feed")]
            known = sorted({who for who in (*people, self.kim) if who is not None})
            streams: list[StreamId] = [*tenants, *known]
            rows = [loaded and loaded.rows for loaded in (unit.memberships.load(tenant, known) for tenant in tenants)]
            hashes = [unit.credentials.find(who) for who in known]
            sent = [list(unit.invitations.page(tenant, None, 99)) for tenant in tenants]
            # A retry draws other salts; what they salt is compared.
            recorded = [
                (event.kind, event.subject, event.before, event.after, side and side.content)
                for stream in streams
                for event, side in unit.events.read(stream, 0, 99)
            ]
        assert all(self.access.audit.verify(stream).holds for stream in streams)
        return people, rows, hashes, sent, recorded, self.access.notices.queued()


def adopting(person: Callable[[Stage], NewPerson | PrincipalId], tenant: Callable[[Stage], TenantId]) -> Any:
    return lambda stage: (Adopt(tenant(stage), person(stage), VIEWS, known=Known.ADOPT), OPERATOR)


SCENES: dict[str, Callable[[Stage], tuple[Command[Any], By]]] = {
    "adopt somebody new": adopting(lambda _: LU, lambda stage: stage.tenant),
    "adopt by id": adopting(lambda stage: stage.kim, lambda stage: stage.other),
    "adopt by username": adopting(lambda _: NewPerson("Kim", "kim@people.example"), lambda stage: stage.other),
    "add_service": lambda stage: (AddService(stage.tenant, "feed", VIEWS), stage.manager),
    "erase_principal": lambda stage: (ErasePrincipal(stage.kim, note="request 17"), OPERATOR),
}


def played(scene: str, store: Store) -> Played:
    stage = Stage(store)
    return Played(stage, *SCENES[scene](stage))


@pytest.mark.row("INV-36", "INV-39", "INV-03")
@pytest.mark.parametrize("scene", SCENES)
def test_a_fault_anywhere_keeps_all_or_nothing_in_memory(scene: str) -> None:
    assert try_all(lambda: played(scene, MemoryStore())) > 10


@pytest.mark.row("INV-36", "INV-39", "INV-03")
@pytest.mark.parametrize("scene", ["adopt somebody new", "erase_principal"])
def test_a_fault_anywhere_keeps_all_or_nothing_in_sqlite(scene: str, tmp_path: Path) -> None:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/facts.db")
    store.create_all()

    fresh = emptying(store)
    try:
        assert try_all(lambda: played(scene, fresh())) > 10
    finally:
        store.dispose()
