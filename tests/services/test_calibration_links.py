"""Guards of linking taken away one at a time: what its tests hold would go wrong without them."""

from typing import Any

import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    Approve,
    AssignRole,
    ChangeLinking,
    ChangePassword,
    ChangePrivileges,
    ConfirmLink,
    Disable,
    EditRole,
    Enable,
    JoinLink,
    Remove,
)
from tenantaccess.errors import RefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.rules import links, members, privileges
from tenantaccess.services import guards, joining, roles
from tenantaccess.services import links as managing
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given

Patch = pytest.MonkeyPatch
OTHER_PASSWORD = "another quick password"


@pytest.fixture
def store() -> MemoryStore:
    """One store will do: what is taken away here stands above all of them."""
    return MemoryStore()


@pytest.fixture
def proven(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    assert maria
    return make.manager(riverside, "proven")


@pytest.fixture
def master(make: Given, riverside: TenantId, proven: PrincipalId) -> PrincipalId:
    return make.linked(riverside, proven)


def nothing(*_: object, **__: object) -> Any:
    """A guard that guards nothing."""


def always(*_: object, **__: object) -> bool:
    return True


def never(*_: object, **__: object) -> bool:
    return False


def succeeds(access: TenantAccess, command: Any, by: Any) -> bool:
    """Whether a command that must be refused goes through."""
    try:
        return bool(access.execute(command, by=by).changed)
    except RefusedError:
        return False


def test_without_its_guard_whoever_was_proven_raises_confirms_and_enables_a_link(
    access: TenantAccess,
    monkeypatch: Patch,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    access.execute(ChangePrivileges(riverside, [Edit(master, "claims", NONE)]), by=maria)
    access.execute(Disable(riverside, master), by=maria)
    forbidden = [ChangePrivileges(riverside, [Edit(master, "claims", VIEW)]), Enable(riverside, master)]
    assert not any(succeeds(access, command, proven) for command in forbidden)
    monkeypatch.setattr(guards, "refuse_proven", nothing)
    assert all(succeeds(access, command, proven) for command in forbidden)


def test_without_memory_of_its_proof_a_removed_link_is_admitted_by_whoever_was_proven(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, proven: PrincipalId, master: PrincipalId
) -> None:
    access.execute(Remove(riverside, master), by=proven)
    make.linked(riverside, proven, by=master)
    assert not succeeds(access, AcceptLink(riverside, master), proven)
    monkeypatch.setattr(privileges, "is_never_admitted_by", never)
    assert succeeds(access, AcceptLink(riverside, master), proven)


def test_without_its_guard_a_request_for_a_link_is_approved_like_any_other(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, proven: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    waiting = make.linked(riverside, proven)
    forbidden = Approve(riverside, waiting, Grant(levels={"claims": FULL}))
    assert not succeeds(access, forbidden, maria)
    monkeypatch.setattr(guards, "refuse_link", nothing)
    assert succeeds(access, forbidden, maria)


def test_without_its_guard_an_offer_outlives_the_password_it_was_made_for(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, proven: PrincipalId
) -> None:
    asking = make.pending()
    offer = access.links.prove("proven", PASSWORD, by=asking)
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=proven)
    assert not succeeds(access, JoinLink([riverside], offer.token), asking)
    monkeypatch.setattr(joining, "_require_unchanged", nothing)
    assert succeeds(access, JoinLink([riverside], offer.token), asking)


def test_without_its_guard_a_disabled_username_still_opens_its_tenant(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, proven: PrincipalId
) -> None:
    asking = make.pending()
    offer = access.links.prove("proven", PASSWORD, by=asking)
    access.execute(Disable(riverside, proven), by=maria)
    assert not succeeds(access, JoinLink([riverside], offer.token), asking)
    monkeypatch.setattr(links, "is_offered", always)
    assert succeeds(access, JoinLink([riverside], offer.token), asking)


def test_without_its_guard_a_username_links_with_a_password_that_somebody_else_knows(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, proven: PrincipalId
) -> None:
    assert proven
    chosen = make.member(riverside, levels={"claims": VIEW}, by=maria)
    with pytest.raises(RefusedError):
        access.links.prove("proven", PASSWORD, by=chosen)
    monkeypatch.setattr(links, "may_link", always)
    assert access.links.prove("proven", PASSWORD, by=chosen).tenants


def test_without_its_guard_a_waiting_link_is_accepted_on_a_proof_that_no_longer_holds(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, proven: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    waiting = make.linked(riverside, proven)
    access.execute(Disable(riverside, proven), by=maria)
    assert not succeeds(access, AcceptLink(riverside, waiting), maria)
    monkeypatch.setattr(managing.AcceptLink, "_require_proof", nothing)
    assert succeeds(access, AcceptLink(riverside, waiting), maria)


def test_without_staleness_a_link_outlives_whoever_was_proven(
    access: TenantAccess,
    monkeypatch: Patch,
    riverside: TenantId,
    maria: PrincipalId,
    proven: PrincipalId,
    master: PrincipalId,
) -> None:
    access.execute(Disable(riverside, proven), by=maria)
    assert not access.check(riverside, master, "claims", "view")
    monkeypatch.setattr(members, "_stale", nothing)
    access.execute(ChangePrivileges(riverside, [Edit(master, "claims", VIEW)]), by=maria)
    assert access.check(riverside, master, "claims", "view")


def test_without_a_look_at_what_rests_there_a_link_moves_its_sibling_through_a_role(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, proven: PrincipalId, master: PrincipalId
) -> None:
    sibling = make.linked(riverside, proven)
    access.execute(ChangePrivileges(riverside, [Edit(sibling, "claims", None)]), by=OPERATOR)
    monkeypatch.setattr(roles, "_refuse_own_rows", nothing)

    access.execute(AssignRole(riverside, sibling, "biller"), by=OPERATOR)
    forbidden = EditRole(riverside, "biller", {"claims": NONE})
    assert not succeeds(access, forbidden, master)
    monkeypatch.setattr(roles, "_resting_on", lambda *_: ())
    assert succeeds(access, forbidden, master)


def test_without_its_guard_a_link_is_confirmed_above_what_the_manager_holds(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, master: PrincipalId
) -> None:
    lesser = make.member(riverside, levels={"manage_account": FULL, "claims": VIEW})
    assert not succeeds(access, ConfirmLink(riverside, master), lesser)
    monkeypatch.setattr(guards, "require_may_give", nothing)
    assert succeeds(access, ConfirmLink(riverside, master), lesser)
