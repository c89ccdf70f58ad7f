"""What somebody else commits between reading and writing; shown on memory, raced on databases (INV-06, INV-08)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import NOBODY, days, kinds

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AppointManager,
    AssignRole,
    ChangePassword,
    CompleteRegistration,
    Disable,
    Enable,
    ErasePrincipal,
    Invite,
    Leave,
    Remove,
    RequestPasswordReset,
    ResetPassword,
    RevokeInvitation,
    SuspendPrincipal,
    SuspendTenant,
    UpdateContact,
)
from tenantaccess.errors import AccessDeniedError, ConflictError, LastManagerError, ProofRefusedError, RefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason, Standing
from tenantaccess.model.levels import VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.notices import Message
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Head
from tenantaccess.services import sweeps
from tenantaccess.services.sweeps import Swept
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.memory.facts import MemoryStreams
from tenantaccess.stores.memory.memberships import MemoryActivity
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer


@pytest.fixture
def store() -> MemoryStore:
    """Units on it do not wait for each other, so one thread can interleave two of them."""
    return MemoryStore()


def interrupted(access: TenantAccess, at: str, meanwhile: Callable[[], object]) -> TenantAccess:
    return attrs.evolve(access, store=InterruptedStore(access.store, at, meanwhile))


@pytest.mark.row("INV-06")
def test_a_stream_that_moved_on_is_read_again(
    access: TenantAccess, monkeypatch: pytest.MonkeyPatch, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    whole, lost = MemoryStreams.advance, [True]

    def losing_once(streams: MemoryStreams, seen: Head, to: Head) -> bool:
        return not lost.pop() if lost else whole(streams, seen, to)

    monkeypatch.setattr(MemoryStreams, "advance", losing_once)
    assert access.execute(Disable(riverside, jo), by=maria).changed
    assert kinds(access, riverside).count("disable") == 1


@pytest.mark.row("INV-06")
@pytest.mark.parametrize("at", ["streams.advance", "commit"])
def test_a_command_that_loses_a_race_decides_again_on_the_newer_facts(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, at: str
) -> None:
    slow = interrupted(access, at, lambda: access.execute(Disable(riverside, jo), by=OPERATOR))
    assert not slow.execute(Disable(riverside, jo), by=maria).changed


@pytest.mark.row("INV-39")
def test_two_calls_with_one_key_at_once_are_one(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    command = Disable(riverside, jo)
    slow = interrupted(access, "begin", lambda: access.execute(command, by=maria, key="out"))
    assert slow.execute(command, by=maria, key="out").changed
    assert kinds(access, riverside).count("disable") == 1


@pytest.mark.row("INV-06")
def test_a_refusal_is_given_on_facts_of_one_version(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    slow = interrupted(access, "streams.head", lambda: access.execute(Enable(riverside, jo), by=OPERATOR))
    assert not slow.execute(Enable(riverside, jo), by=maria).changed


@pytest.mark.row("INV-06")
def test_a_preflight_met_by_another_commit_answers_all_the_same(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    slow = interrupted(access, "streams.head", lambda: access.execute(Enable(riverside, jo), by=OPERATOR))
    assert slow.may(Enable(riverside, jo), by=maria).reasons[0] in {Reason.ALLOWED, Reason.CHANGED}


def test_a_password_changed_meanwhile_is_the_one_that_counts(access: TenantAccess, jo: PrincipalId) -> None:
    first = ChangePassword(PASSWORD, "the first password")
    slow = interrupted(access, "begin", lambda: access.execute(first, by=jo))
    with pytest.raises(ProofRefusedError):
        slow.execute(ChangePassword(PASSWORD, "the second password"), by=jo)


@pytest.mark.row("A57", "INV-30")
def test_a_link_used_twice_at_once_is_used_once(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    access.notices.deliver(mailer)
    command = CompleteRegistration(mailer.tokens()[0])
    slow = interrupted(access, "streams.advance", lambda: access.execute(command))
    with pytest.raises(RefusedError):
        slow.execute(command)
    assert kinds(access, riverside).count("complete_registration") == 1


@pytest.mark.row("INV-30")
def test_a_link_that_never_was_is_refused_again_after_a_lost_race(
    access: TenantAccess, monkeypatch: pytest.MonkeyPatch, riverside: TenantId, jo: PrincipalId
) -> None:
    whole, lost = MemoryStreams.advance, [True]

    def losing_once(streams: MemoryStreams, seen: Head, to: Head) -> bool:
        return not lost.pop() if lost else whole(streams, seen, to)

    monkeypatch.setattr(MemoryStreams, "advance", losing_once)
    contact = UpdateContact(riverside, jo, contact=Contact("Jo"))
    with pytest.raises(ProofRefusedError):
        access.execute_all([contact, CompleteRegistration("f" * 64)], by=OPERATOR)
    assert "update_contact" not in kinds(access, riverside)


@pytest.mark.row("INV-08", "INV-38")
def test_two_sweeps_at_once_warn_once(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    assert (riverside, jo) != ("", "")
    clock.advance(days(61))
    slow = interrupted(access, "activity.warn", access.sweeps.run)
    assert slow.sweeps.run() == Swept(1, 0, 0)
    assert access.sweeps.run().warned == 0


@pytest.mark.row("INV-06", "INV-40")
def test_a_stream_that_always_moves_on_is_a_conflict_in_the_end(
    access: TenantAccess, monkeypatch: pytest.MonkeyPatch, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(MemoryStreams, "advance", lambda *_: False)
        with pytest.raises(ConflictError) as refused:
            access.execute(Disable(riverside, jo), by=maria)
    assert refused.value.retryable
    assert access.check(riverside, jo, "claims", "view")


@pytest.mark.row("INV-08")
def test_of_a_slice_that_loses_a_race_each_is_warned_by_itself(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    def lose() -> None:
        raise ConflictError("the row", retryable=True)

    make.member(riverside)
    clock.advance(days(61))
    assert interrupted(access, "activity.warn", lose).sweeps.run().warned == 2
    assert access.sweeps.run().warned == 0
    assert access.check(riverside, jo, "claims", "view")


@pytest.mark.row("INV-08")
def test_a_sweep_that_always_loses_leaves_the_warning_to_who_won(
    access: TenantAccess, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, riverside: TenantId, jo: PrincipalId
) -> None:
    def lose(*_: object) -> bool:
        raise ConflictError("the row", retryable=True)

    clock.advance(days(61))
    with monkeypatch.context() as patch:
        patch.setattr(MemoryActivity, "warn", lose)
        assert access.sweeps.run().warned == 0
    assert access.sweeps.run().warned == 1
    assert access.check(riverside, jo, "claims", "view")


@pytest.mark.row("INV-08")
def test_a_sweep_in_small_slices_misses_nobody(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    monkeypatch.setattr(sweeps, "SLICE", 1)
    for _ in range(3):
        tenant = make.tenant()
        for _ in range(2):
            make.member(tenant)
    clock.advance(days(90))
    assert access.sweeps.run() == Swept(3, 6, 0)


@pytest.mark.row("INV-08")
def test_a_sweep_passes_over_who_is_removed_before_it_gets_there(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.advance(days(90))
    slow = interrupted(access, "begin", lambda: access.execute(Remove(riverside, jo), by=OPERATOR))
    assert slow.sweeps.run().lapsed == 0
    assert access.execute(SuspendTenant(riverside), by=OPERATOR).changed


@pytest.mark.row("INV-03")
def test_a_store_that_breaks_in_an_unknown_way_is_no_answer(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    class Broken(InterruptedStore):
        def standing(self, *_: object) -> Standing | None:
            raise TypeError("broken")

    broken = attrs.evolve(access, store=Broken(access.store, "", lambda: None))
    with pytest.raises(TypeError, match="broken"):
        broken.check(riverside, jo, "claims", "view")


@pytest.mark.row("INV-19", "INV-06")
@pytest.mark.parametrize("at", ["streams.advance", "commit"])
def test_who_was_made_the_only_manager_meanwhile_is_not_suspended(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, at: str
) -> None:
    """The suspension found jo managing nothing; before it commits, jo is all the managers there are."""

    def meanwhile() -> None:
        access.execute(AssignRole(riverside, jo, "account_manager"), by=OPERATOR)
        access.execute(Leave(riverside), by=maria)

    with pytest.raises(LastManagerError):
        interrupted(access, at, meanwhile).execute(SuspendPrincipal(jo), by=OPERATOR)


@pytest.mark.row("INV-19", "INV-06")
@pytest.mark.parametrize("at", ["streams.advance", "commit"])
def test_who_joined_and_was_left_alone_meanwhile_is_not_suspended(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, at: str
) -> None:
    """The suspension found no row there at all: only holding the principal's own stream tells."""
    elsewhere = make.tenant()
    ann = make.member(elsewhere)

    def meanwhile() -> None:
        access.execute(AppointManager(riverside, ann), by=OPERATOR)
        access.execute(Leave(riverside), by=maria)

    with pytest.raises(LastManagerError):
        interrupted(access, at, meanwhile).execute(SuspendPrincipal(ann), by=OPERATOR)


@pytest.mark.row("INV-06")
@pytest.mark.parametrize("command", [SuspendPrincipal, ErasePrincipal])
def test_who_is_removed_somewhere_meanwhile_is_suspended_or_erased_all_the_same(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, command: Callable[..., Any]
) -> None:
    remove = lambda: access.execute(Remove(riverside, jo), by=maria)  # noqa: E731  # named once, used once
    assert interrupted(access, "memberships.load", remove).execute(command(jo), by=OPERATOR).changed
    assert access.audit.verify(jo).holds


@pytest.mark.row("INV-06")
def test_who_is_removed_somewhere_meanwhile_changes_the_password_all_the_same(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    ann = make.member(riverside, by=maria)
    remove = lambda: access.execute(Remove(riverside, ann), by=maria)  # noqa: E731  # named once, used once
    change = ChangePassword(PASSWORD, "a password of hers")
    assert interrupted(access, "memberships.load", remove).execute(change, by=ann).changed


@pytest.mark.row("INV-27", "INV-15")
def test_that_somebody_was_erased_meanwhile_is_not_told_to_who_asks_for_a_link_or_uses_it(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    for name in ("kim", "lee"):
        make.registered(riverside, username=name)
    for name in ("kim", "lee"):
        access.execute(RequestPasswordReset(name))
    access.notices.deliver(mailer)
    kim, lee = mailer.messages[-2:]

    asked = interrupted(access, "principals.find", lambda: access.execute(ErasePrincipal(erased(kim)), by=OPERATOR))
    assert not asked.execute(RequestPasswordReset("kim")).changed
    used = interrupted(access, "principals.find", lambda: access.execute(ErasePrincipal(erased(lee)), by=OPERATOR))
    with pytest.raises(ProofRefusedError):
        used.execute(ResetPassword(lee.token, "a password of hers"))


def erased(message: Message) -> PrincipalId:
    return PrincipalId(message.key[-len(NOBODY) :])


@pytest.mark.row("INV-06")
def test_that_nothing_is_left_to_do_is_told_on_facts_of_one_version(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    """Suspending the tenant voids the invitation, and who revokes it then is no manager in force."""
    sent = access.execute(Invite(riverside, "kim@people.example", Grant(levels={"claims": VIEW})), by=maria).invitation
    slow = interrupted(access, "invitations.find", lambda: access.execute(SuspendTenant(riverside), by=OPERATOR))
    with pytest.raises(AccessDeniedError):
        slow.execute(RevokeInvitation(riverside, sent), by=maria)
