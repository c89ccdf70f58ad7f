"""A fault at any port call of what invites, answers or voids leaves the old state or the new one (INV-36, INV-39)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faults.placing import Played, emptying, try_all
from tests.services.inviting import KIM, Post
from tests.services.worlds import kinds, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AddRole,
    ChangePrivileges,
    DeclineInvitation,
    Disable,
    EditRole,
    Invite,
    ResendInvitation,
    RevokeInvitation,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model.actors import By
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.services.command import Command
from tenantaccess.services.redeeming import token_digest
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy
from tenantaccess.testing.faults import FaultyStore

VIEWS = Grant(levels={"claims": VIEW})


class Stage:
    """A tenant with a second manager who has invited an address, on a store that can be made to fail."""

    def __init__(self, store: Store) -> None:
        self.faulty = FaultyStore(store)
        clock = FrozenClock()
        access = TenantAccess(self.faulty, CLINICS, clock=clock, entropy=SeededEntropy(), hasher=QuickHasher())
        self.access, make = access, Given(access)
        tenant = make.tenant()
        self.post = Post(access, make, clock, RecordingMailer(), tenant, make.manager(tenant))
        levels = {"manage_account": FULL, "claims": FULL}
        access.execute(AddRole(tenant, "office", levels=levels), by=OPERATOR)
        self.office = make.member(tenant, role="office")
        self.kim = make.registered(tenant, username="kim", levels={"claims": VIEW})
        self.sent = self.post.invite(by=self.office)
        self.secret = self.post.deliver()
        self.command: Command[Any] | None = None

    def seen(self) -> dict[str, Any]:
        """All that can be seen: facts, invitations, versions, notices, tokens, records that hold."""
        self.faulty.restart()
        post = self.post
        with self.faulty.reading() as unit:
            newcomer = unit.principals.find_by_username("lu")
            listed = [(one.state, one.sends, one.inviter) for one in unit.invitations.page(post.tenant, None, 99)]
            found = unit.tenants.find(post.tenant)
        streams: list[StreamId] = [post.tenant, self.office, self.kim, *([newcomer] if newcomer else [])]
        assert all(post.access.audit.verify(stream).holds for stream in streams)
        return {
            "listed": listed,
            "tenant": found and found[0],
            "rows": [row_of(post.access, post.tenant, who).membership for who in (self.office, self.kim)],
            "newcomer": newcomer and row_of(post.access, post.tenant, newcomer).membership.overrides,
            "kinds": [kinds(post.access, stream) for stream in streams],
            "notices": post.access.notices.queued(),
            "alive": self._is_alive(),
        }

    def _is_alive(self) -> bool:
        digest = token_digest(Secret(self.secret))
        with self.faulty.reading() as unit:
            return unit.tokens.alive(digest, TokenPurpose.INVITATION, self.post.clock.now()) is not None


def demoted(stage: Stage) -> tuple[Command[Any], By]:
    edits = [Edit(stage.office, "manage_account", "none")]
    return ChangePrivileges(stage.post.tenant, edits), stage.post.manager


def accepted_by_somebody_new(stage: Stage) -> tuple[Command[Any], By | None]:
    return AcceptInvitation(stage.secret, NewUsername("lu", PASSWORD)), None


def accepted_by_a_member(stage: Stage) -> tuple[Command[Any], By]:
    stage.post.address(stage.kim, KIM)
    return AcceptInvitation(stage.secret), stage.kim


SCENES: dict[str, Callable[[Stage], tuple[Command[Any], By | None]]] = {
    "invite": lambda stage: (Invite(stage.post.tenant, "lu@people.example", VIEWS), stage.post.manager),
    "invite again": lambda stage: (Invite(stage.post.tenant, KIM, VIEWS), stage.post.manager),
    "resend_invitation": lambda stage: (ResendInvitation(stage.post.tenant, stage.sent), stage.post.manager),
    "revoke_invitation": lambda stage: (RevokeInvitation(stage.post.tenant, stage.sent), stage.post.manager),
    "accept_invitation": accepted_by_somebody_new,
    "accept_invitation by a member": accepted_by_a_member,
    "decline_invitation": lambda stage: (DeclineInvitation(stage.secret), None),
    "disable the sender": lambda stage: (Disable(stage.post.tenant, stage.office), stage.post.manager),
    "demote the sender": demoted,
    "edit a role": lambda stage: (EditRole(stage.post.tenant, "office", {"manage_account": VIEW}), stage.post.manager),
    "suspend the sender": lambda stage: (SuspendPrincipal(PrincipalId(stage.office)), OPERATOR),
    "suspend the tenant": lambda stage: (SuspendTenant(stage.post.tenant), OPERATOR),
}


def played(scene: str, store: Store) -> Played:
    stage = Stage(store)
    return Played(stage, *SCENES[scene](stage))


@pytest.mark.row("INV-36", "INV-39", "INV-03", "INV-30")
@pytest.mark.parametrize("scene", SCENES)
def test_a_fault_anywhere_keeps_all_or_nothing_in_memory(scene: str) -> None:
    assert try_all(lambda: played(scene, MemoryStore())) > 10


@pytest.mark.row("INV-36", "INV-39", "INV-03", "INV-30")
@pytest.mark.parametrize("scene", ["invite again", "accept_invitation", "disable the sender"])
def test_a_fault_anywhere_keeps_all_or_nothing_in_sqlite(scene: str, tmp_path: Path) -> None:
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/facts.db")
    store.create_all()

    fresh = emptying(store)
    try:
        assert try_all(lambda: played(scene, fresh())) > 10
    finally:
        store.dispose()


def test_the_stage_is_the_same_each_time() -> None:
    first, second = Stage(MemoryStore()), Stage(MemoryStore())
    assert first.seen() == second.seen()
    assert first.post.find(first.sent) == second.post.find(second.sent)
