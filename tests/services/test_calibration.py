"""Guards taken away one at a time: what the tests of this folder hold would go wrong without them."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.worlds import allowed, days, events, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangePrivileges,
    CompleteRegistration,
    Disable,
    Enable,
    Leave,
    Remove,
    RequestAccess,
    SuspendTenant,
)
from tenantaccess.errors import RefusedError, TenantAccessError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL
from tenantaccess.model.principals import Secret
from tenantaccess.model.privileges import Edit
from tenantaccess.rules import audit, members, privileges, registrations
from tenantaccess.services import guards, pipeline
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

Patch = pytest.MonkeyPatch


@pytest.fixture
def store() -> MemoryStore:
    """One store will do: what is taken away here stands above all of them."""
    return MemoryStore()


def nothing(*_: object, **__: object) -> Any:
    """A guard that guards nothing."""


@pytest.fixture
def unguarded(monkeypatch: Patch) -> Callable[[str], None]:
    """Takes one of the shared guards away."""
    return lambda name: monkeypatch.setattr(guards, name, nothing)


def succeeds(access: TenantAccess, command: Any, by: PrincipalId) -> bool:
    """Whether a command that must be refused goes through."""
    try:
        return bool(access.execute(command, by=by).changed)
    except TenantAccessError:
        return False


def test_without_the_manager_guard_a_member_removes_a_manager(
    access: TenantAccess, unguarded: Callable[[str], None], riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    forbidden = Disable(riverside, maria)
    assert not succeeds(access, forbidden, jo)
    unguarded("require_manager")
    unguarded("require_managed")
    assert succeeds(access, forbidden, jo)


def test_without_the_operator_guard_a_member_suspends_the_tenant(
    access: TenantAccess, unguarded: Callable[[str], None], riverside: TenantId, jo: PrincipalId
) -> None:
    assert not succeeds(access, SuspendTenant(riverside), jo)
    unguarded("require_operator")
    assert succeeds(access, SuspendTenant(riverside), jo)


def test_without_rule_five_the_last_manager_leaves(
    access: TenantAccess, unguarded: Callable[[str], None], riverside: TenantId, maria: PrincipalId
) -> None:
    assert not succeeds(access, Leave(riverside), maria)
    unguarded("require_managed")
    assert succeeds(access, Leave(riverside), maria)


def test_without_the_guard_of_ones_own_row_a_manager_removes_itself(
    access: TenantAccess, make: Given, unguarded: Callable[[str], None], riverside: TenantId, maria: PrincipalId
) -> None:
    make.manager(riverside)
    assert not succeeds(access, Remove(riverside, maria), maria)
    unguarded("refuse_own")
    assert succeeds(access, Remove(riverside, maria), maria)


def test_without_the_ceiling_an_office_gives_what_it_has_not(
    access: TenantAccess, make: Given, unguarded: Callable[[str], None], riverside: TenantId, jo: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL})
    gift = ChangePrivileges(riverside, [Edit(jo, "codes", FULL)])
    assert not succeeds(access, gift, office)
    unguarded("require_within_ceiling")
    assert succeeds(access, gift, office)


def test_without_the_operators_hold_a_manager_leads_back_what_the_operator_disabled(
    access: TenantAccess, unguarded: Callable[[str], None], riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    assert not succeeds(access, Enable(riverside, jo), maria)
    unguarded("refuse_held_by_operator")
    assert succeeds(access, Enable(riverside, jo), maria)


def test_without_the_table_a_pending_row_is_enabled(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.pending(riverside)
    assert not succeeds(access, Enable(riverside, kim), maria)
    monkeypatch.setattr(guards, "is_step", lambda *_: True)
    assert succeeds(access, Enable(riverside, kim), maria)


def test_without_the_lapse_ninety_days_are_like_one(
    access: TenantAccess, monkeypatch: Patch, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.advance(days(90))
    assert not allowed(access, riverside, jo)
    monkeypatch.setattr(members, "lapses_at", nothing)
    assert allowed(TenantAccess(access.store, access.catalog, clock=clock), riverside, jo)


def test_without_staleness_who_rests_outlives_whoever_chose_its_password(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId
) -> None:
    chooser = make.manager(riverside)
    kim = make.member(riverside, levels={"claims": FULL}, by=chooser)
    access.execute(Disable(riverside, chooser), by=maria)
    assert not allowed(access, riverside, kim)
    monkeypatch.setattr(members, "_stale", nothing)
    assert allowed(TenantAccess(access.store, access.catalog, clock=access.clock), riverside, kim)


def test_without_its_epochs_an_old_link_revives_after_an_enable(
    access: TenantAccess, make: Given, monkeypatch: Patch, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim = make.unverified(riverside)
    access.notices.deliver(mailer)
    for command in (Disable(riverside, kim), Enable(riverside, kim)):
        access.execute(command, by=OPERATOR)
    old = CompleteRegistration(mailer.tokens()[0])
    assert not succeeds(access, old, kim)
    monkeypatch.setattr(registrations, "fits", lambda *_: True)
    assert succeeds(access, old, kim)


def test_without_the_tombstones_numbers_a_return_is_the_same_presence(
    access: TenantAccess, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    monkeypatch.setattr(members, "returning", lambda before, _: attrs.evolve(before, gone_at=None))
    access.execute(Remove(riverside, jo), by=maria)
    access.execute(RequestAccess(riverside), by=jo)
    assert row_of(access, riverside, jo).membership.incarnation == 1


def test_without_the_lesser_of_both_who_rests_holds_more_than_its_base(
    access: TenantAccess, make: Given, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId
) -> None:
    office = make.member(riverside, levels={"manage_account": FULL, "claims": FULL})
    kim = make.member(riverside, levels={"claims": FULL}, by=office)
    access.execute(ChangePrivileges(riverside, [Edit(office, "claims", "view")]), by=maria)
    assert not allowed(access, riverside, kim, "submit")
    whole = privileges.codes

    def alone(row: Any, catalog: Any) -> bytes:
        return whole(attrs.evolve(row, membership=attrs.evolve(row.membership, resting=None)), catalog)

    monkeypatch.setattr(privileges, "codes", alone)
    assert allowed(TenantAccess(access.store, access.catalog, clock=access.clock), riverside, kim, "submit")


def test_without_the_hash_an_altered_event_is_believed(
    access: TenantAccess, monkeypatch: Patch, riverside: TenantId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    with access.store.reading() as unit:
        record, head = list(unit.events.read(riverside, 0, 10)), unit.streams.head(riverside)
    record[0] = (attrs.evolve(record[0][0], subject="somebody"), record[0][1])
    assert not audit.verify(riverside, record, head).holds
    monkeypatch.setattr(audit, "_wrong", lambda *_: "")
    assert audit.verify(riverside, record, head).holds


def test_without_its_silence_a_secret_shows_itself(monkeypatch: Patch) -> None:
    assert PASSWORD not in repr(Secret(PASSWORD))
    monkeypatch.setattr(Secret, "__repr__", lambda self: self.reveal())
    assert PASSWORD in repr(Secret(PASSWORD))


def test_without_the_key_a_repeated_call_is_a_second_one(
    access: TenantAccess, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    monkeypatch.setattr(pipeline.Pipeline, "_repeated", nothing)
    for command in (Disable(riverside, jo), Enable(riverside, jo), Disable(riverside, jo)):
        access.execute(command, by=maria, key="out")
    assert [event.kind for event in events(access, riverside)].count("disable") == 2


def test_without_the_log_a_refusal_leaves_nothing(
    access: TenantAccess, monkeypatch: Patch, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    monkeypatch.setattr(pipeline, "write_down", nothing)
    with pytest.raises(RefusedError):
        access.execute(Remove(riverside, maria), by=jo)
    assert access.audit.access_log(riverside, by=OPERATOR) == []
