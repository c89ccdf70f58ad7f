"""Telling people: queued with the change, delivered at least once, from stored facts alone (INV-38, AM-24, A76)."""

import attrs
import pytest
from tests.services.interrupted import InterruptedStore, fail
from tests.services.worlds import ABSENT, NOBODY, days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddUsername,
    Approve,
    Disable,
    Leave,
    Remove,
    RequestAccess,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import ConflictError, RefusedError, StoreError
from tenantaccess.ids import NoticeId, PrincipalId, TenantId
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.services import delivery, notices
from tenantaccess.services.holding import TRIES
from tenantaccess.services.notices import Delivery
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer
from tenantaccess.testing.faults import FaultKind, FaultyStore

MANAGE = {"manage_account": FULL}


@pytest.mark.row("AM-24", "INV-17", "T8")
def test_a_request_is_told_to_all_effective_managers_and_to_nobody_else(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    for name in ("ann", "bob", "cat"):
        make.registered(riverside, levels=MANAGE, username=name)
    make.registered(riverside, levels={"manage_account": VIEW}, username="reader")
    cat = access.privileges.matrix(riverside, by=OPERATOR).rows[2].principal
    access.execute(Disable(riverside, cat), by=OPERATOR)
    access.notices.deliver(mailer)
    mailer.messages.clear()
    make.pending(riverside, "kim")
    access.notices.deliver(mailer)
    assert {(message.to, message.purpose, message.username) for message in mailer.messages} == {
        ("ann@people.example", "request_access", "kim"),
        ("bob@people.example", "request_access", "kim"),
    }


@pytest.mark.row("AM-24", "INV-38")
def test_where_nobody_has_an_address_a_notice_is_shown(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    access.notices.deliver(mailer)
    make.pending(riverside)
    assert maria
    assert access.notices.deliver(mailer) == Delivery(shown=1)
    assert access.notices.queued() == 0


@pytest.mark.row("INV-38")
def test_a_refused_command_and_a_no_op_tell_nobody(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    queued = access.notices.queued()
    with pytest.raises(RefusedError):
        access.execute(Disable(riverside, maria), by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    assert access.notices.queued() == queued + 1


@pytest.mark.row("INV-38", "T8")
def test_who_leaves_is_told_to_the_managers_and_who_is_removed_is_told(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    ann = make.registered(riverside, levels=MANAGE, username="ann")
    kim, lee = (make.registered(riverside, username=name) for name in ("kim", "lee"))
    access.execute(Leave(riverside), by=kim)
    access.execute(Remove(riverside, lee), by=ann)
    access.execute(SuspendPrincipal(lee), by=OPERATOR)
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    access.notices.deliver(mailer)
    assert {(message.purpose, message.to) for message in mailer.messages} == {
        ("leave", "ann@people.example"),
        ("remove", "lee@people.example"),
        ("suspend_principal", "lee@people.example"),
        ("suspend_tenant", "ann@people.example"),
    }


@pytest.mark.row("INV-38", "A76")
def test_what_the_mailer_does_not_take_stays_and_comes_again_with_the_same_key(
    access: TenantAccess, make: Given, clock: FrozenClock, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    mailer.is_down = True
    assert access.notices.deliver(mailer).failed == 1
    mailer.is_down = False
    assert access.notices.deliver(mailer) == Delivery()
    clock.advance(notices.HELD_FOR)
    assert access.notices.deliver(mailer).sent == 1


@pytest.mark.row("INV-38", "A76")
def test_a_worker_that_dies_between_sending_and_marking_sends_again_under_the_same_key(
    access: TenantAccess, make: Given, clock: FrozenClock, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    dying = attrs.evolve(access, store=InterruptedStore(access.store, "notices.finish", fail))
    with pytest.raises(StoreError):
        dying.notices.deliver(mailer, limit=1)
    with pytest.raises(StoreError):
        attrs.evolve(dying, store=InterruptedStore(access.store, "notices.finish", fail)).notices.deliver(mailer)
    clock.advance(notices.HELD_FOR)
    access.notices.deliver(mailer)
    keys = [message.key for message in mailer.messages]
    assert len(keys) == len(set(keys)) + 1


@pytest.mark.row("INV-38")
def test_a_limit_bounds_a_run_and_the_rest_waits(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    for _ in range(3):
        make.unverified(riverside)
    access.notices.deliver(RecordingMailer(), limit=2)
    assert access.notices.queued() == 4


def test_a_long_queue_is_taken_in_batches(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, mailer: RecordingMailer, riverside: TenantId
) -> None:
    monkeypatch.setattr(notices, "BATCH", 2)
    for _ in range(3):
        make.unverified(riverside)
    access.notices.deliver(mailer)
    assert len(mailer.tokens()) == 3
    assert access.notices.queued() == 0


@pytest.mark.row("INV-38", "INV-40")
def test_workers_that_keep_losing_give_up_quietly(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.pending(riverside)

    class Losing(FaultyStore):
        def _enter(self, name: str) -> frozenset[FaultKind]:
            if name == "commit":
                raise ConflictError("the notices", retryable=True)
            return frozenset()

    assert attrs.evolve(access, store=Losing(access.store)).notices.deliver(mailer) == Delivery()
    monkeypatch.undo()
    assert access.notices.deliver(mailer).shown == 1


class LosingStore(FaultyStore):
    """Loses so many races at each call of one name."""

    def __init__(self, inner: Store, at: str, times: int) -> None:
        super().__init__(inner)
        self.at, self.times = at, times

    def _enter(self, name: str) -> frozenset[FaultKind]:
        if name == self.at and self.times:
            self.times -= 1
            raise ConflictError("the notices", retryable=True)
        return frozenset()


@pytest.mark.row("INV-38")
def test_a_race_lost_while_marking_what_was_sent_is_run_again(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    losing = attrs.evolve(access, store=LosingStore(access.store, "notices.finish", TRIES - 1))
    assert losing.notices.deliver(mailer).sent == len(mailer.messages) == 1
    assert access.notices.queued() == 0


@pytest.mark.row("INV-38")
def test_what_cannot_be_marked_stays_held_and_the_others_go_on(
    access: TenantAccess, make: Given, clock: FrozenClock, mailer: RecordingMailer, riverside: TenantId
) -> None:
    for _ in range(2):
        make.unverified(riverside)
    losing = attrs.evolve(access, store=LosingStore(access.store, "notices.finish", TRIES))
    assert losing.notices.deliver(mailer).failed == 1
    assert access.notices.queued() == 1
    clock.advance(notices.HELD_FOR)
    access.notices.deliver(mailer)
    assert access.notices.queued() == 0


@pytest.mark.row("INV-38")
@pytest.mark.parametrize("times", [TRIES - 1, TRIES])
def test_what_waits_for_its_day_is_let_go_of_or_free_after_a_while(
    access: TenantAccess, make: Given, clock: FrozenClock, mailer: RecordingMailer, riverside: TenantId, times: int
) -> None:
    waiting = make.pending(riverside)
    access.notices.deliver(mailer)
    access.execute(Approve(riverside, waiting, Grant(levels={"claims": VIEW})), by=OPERATOR)
    access.execute(SetDates(riverside, waiting, valid_from=clock.now() + days(1)), by=OPERATOR)
    losing = attrs.evolve(access, store=LosingStore(access.store, "notices.release", times))
    assert losing.notices.deliver(mailer).left == 1
    assert access.notices.deliver(mailer).left == int(times < TRIES)
    clock.advance(notices.HELD_FOR)
    assert access.notices.deliver(mailer).left == 1


@pytest.mark.row("INV-38", "A65")
def test_what_people_call_themselves_travels_as_data(
    access: TenantAccess, make: Given, mailer: RecordingMailer
) -> None:
    name = "Click https://evil.example {0.__class__} <b>%s"
    tenant = make.tenant(name)
    make.unverified(tenant, username="kim")
    access.notices.deliver(mailer)
    assert [message.tenant_name for message in mailer.messages] == [name]


def test_a_crowd_of_managers_is_told_up_to_a_bound(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, mailer: RecordingMailer, riverside: TenantId
) -> None:
    monkeypatch.setattr(delivery, "MANAGERS_TOLD", 1)
    for _ in range(2):
        make.registered(riverside, levels=MANAGE)
    make.pending(riverside)
    assert access.notices.deliver(mailer).sent == 1


@pytest.mark.row("INV-21", "A32")
def test_a_link_queued_for_an_earlier_presence_is_void(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    access.execute(Remove(riverside, kim), by=maria)
    access.execute(RequestAccess(riverside), by=kim)
    assert access.notices.deliver(mailer).void == 1
    assert mailer.tokens() == []


def test_an_added_username_is_told_nothing_and_nobody_else_is(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    queued = access.notices.queued()
    access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD, "kim@desk.example")), by=maria)
    assert access.notices.queued() == queued


def test_a_warning_that_another_worker_raised_is_not_raised_again(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    make.member(riverside)
    clock.advance(days(61))
    slow = attrs.evolve(access, store=InterruptedStore(access.store, "activity.warn", lambda: None))
    assert slow.sweeps.run().warned == 1
    assert access.sweeps.run().warned == 0


@pytest.mark.row("INV-38", "INV-12")
@pytest.mark.parametrize("token", [None, TokenPurpose.REGISTRATION, TokenPurpose.OFFER], ids=str)
@pytest.mark.parametrize("audience", Audience)
def test_a_notice_about_what_is_not_there_reaches_nobody(
    access: TenantAccess, mailer: RecordingMailer, riverside: TenantId, audience: Audience, token: TokenPurpose | None
) -> None:
    now = access.clock.now()
    queued = [
        Notice(NoticeId(f"not_{number:032x}"), "disable", audience, principal, tenant, now, token=token)
        for number, (principal, tenant) in enumerate([(None, ABSENT), (NOBODY, riverside), (NOBODY, None)])
    ]
    with access.store.begin() as unit:
        unit.notices.add(queued)
        unit.commit()
    delivered = access.notices.deliver(mailer)
    assert (delivered.sent, delivered.shown + delivered.void) == (0, 3)
    assert mailer.messages == []
