"""Ninety days of absence; what counts as activity; sweeps that change no answer (AM-26, INV-07, INV-08, MC-18)."""

import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from tests.services.worlds import MOMENT, allowed, condition, days, dump, kinds, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AppointManager,
    AssignRole,
    Disable,
    Enable,
    Reject,
    Remove,
    RequestAccess,
    SetDates,
    SuspendTenant,
    UpdateContact,
)
from tenantaccess.errors import AccessDeniedError, ClockError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import System
from tenantaccess.model.audit import Event
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Contact, Membership, Origin
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, NewUsername, Principal
from tenantaccess.model.tenants import Head
from tenantaccess.services import sweeps
from tenantaccess.services.sweeps import NoteLapse, Swept
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer


@pytest.mark.row("AM-26", "INV-07", "A26")
@pytest.mark.parametrize(("idle", "open_"), [(days(90) - MOMENT, True), (days(90), False), (days(90) + MOMENT, False)])
def test_at_exactly_ninety_days_a_membership_is_lapsed(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, idle: timedelta, *, open_: bool
) -> None:
    clock.advance(idle)
    assert allowed(access, riverside, jo) is open_
    assert (jo in list(access.list_members_with(riverside, "claims", "view"))) is open_
    assert (access.list_tenants_with(jo, "claims", "view") == [riverside]) is open_


@pytest.mark.row("AM-26", "INV-07")
def test_using_it_keeps_it_and_is_written_once_an_hour(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    seen = []
    for minutes in (0, 59, 1):
        clock.advance(timedelta(minutes=minutes))
        access.require(riverside, jo, "claims", "view")
        seen.append(row_of(access, riverside, jo).membership.last_active_at)
    start = clock.now() - timedelta(hours=1)
    assert seen == [start, start, clock.now()]


@pytest.mark.row("A30", "INV-07")
def test_neither_checks_nor_denials_nor_a_managers_edits_are_activity(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    clock.advance(days(1))
    assert allowed(access, riverside, jo)
    with pytest.raises(AccessDeniedError):
        access.require(riverside, jo, "codes", "view")
    access.execute(UpdateContact(riverside, jo, contact=Contact("Jo")), by=maria)
    access.execute(AssignRole(riverside, jo, "biller"), by=maria)
    assert row_of(access, riverside, jo).membership.last_active_at is None


@pytest.mark.row("INV-07", "INV-36")
def test_activity_is_no_event_and_no_change_of_the_version(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    before = kinds(access, riverside)
    access.require(riverside, jo, "claims", "view")
    assert kinds(access, riverside) == before
    assert access.audit.verify(riverside).holds


@pytest.mark.row("A31", "INV-07")
@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 5, 9), datetime(1969, 12, 31, tzinfo=UTC)],  # noqa: DTZ001  # naive on purpose
)
def test_a_clock_that_is_naive_or_too_early_is_an_outage_and_not_an_answer(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, moment: datetime
) -> None:
    clock.moment = moment
    with pytest.raises(ClockError):
        access.check(riverside, jo, "claims", "view")
    with pytest.raises(ClockError):
        access.execute(SuspendTenant(riverside), by=OPERATOR)


@pytest.mark.row("A31", "INV-03")
def test_a_naive_clock_is_a_typed_error_for_every_question(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.moment = datetime(2026, 1, 5, 9)  # noqa: DTZ001  # naive on purpose
    for ask in (
        lambda: list(access.list_members_with(riverside, "claims", "view")),
        lambda: access.list_tenants_with(jo, "claims", "view"),
        lambda: access.privileges.matrix(riverside, by=jo),
    ):
        with pytest.raises(ClockError):
            ask()


@pytest.mark.row("A31", "INV-07")
def test_in_the_year_9999_nothing_is_open(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.moment = clock.moment.replace(year=9999)
    assert not allowed(access, riverside, jo)
    with pytest.raises(ClockError):
        access.execute(SuspendTenant(riverside), by=OPERATOR)


@pytest.mark.row("A31", "INV-17")
@pytest.mark.parametrize("year", [9000, 9999])
def test_at_the_end_of_time_a_disabled_manager_manages_and_reads_nothing(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, year: int
) -> None:
    dismissed, jo = make.manager(riverside), make.member(riverside)
    access.execute(Disable(riverside, dismissed), by=maria)
    clock.moment = datetime(year, 1, 1, tzinfo=UTC)
    with pytest.raises((AccessDeniedError, ClockError)):
        access.execute(UpdateContact(riverside, jo, contact=Contact("Jo")), by=dismissed)
    with pytest.raises((AccessDeniedError, ClockError)):
        access.privileges.matrix(riverside, by=dismissed)


@pytest.mark.row("A31", "INV-07")
def test_a_clock_far_behind_the_record_commits_nothing(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    clock.advance(-timedelta(minutes=5))
    assert access.execute(UpdateContact(riverside, jo, contact=Contact("Jo")), by=maria).changed
    clock.advance(-MOMENT)
    with pytest.raises(ClockError):
        access.execute(Disable(riverside, jo), by=maria)


@pytest.mark.row("A31", "INV-07")
def test_activity_never_moves_backwards(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.advance(days(2))
    access.require(riverside, jo, "claims", "view")
    last = clock.now()
    clock.advance(-days(1) / 480)  # three minutes: as far as a clock may be off
    access.require(riverside, jo, "claims", "view")
    assert row_of(access, riverside, jo).membership.last_active_at == last


@pytest.mark.row("AM-26", "MC-18", "INV-08")
def test_the_sweep_writes_one_event_and_one_notice_for_each_lapse(
    access: TenantAccess, clock: FrozenClock, mailer: RecordingMailer, make: Given, riverside: TenantId
) -> None:
    kim = make.registered(riverside, username="kim")
    clock.advance(days(90))
    assert [access.sweeps.run() for _ in range(2)] == [Swept(1, 1, 0), Swept(1, 0, 0)]
    assert kinds(access, riverside)[-1] == "note_lapse"
    access.notices.deliver(mailer)
    assert [(message.purpose, message.to) for message in mailer.messages] == [("note_lapse", "kim@people.example")]
    assert condition(access, riverside, kim) is Reason.LAPSED


@pytest.mark.row("AM-26")
def test_a_person_is_warned_three_times_and_once_each(
    access: TenantAccess, clock: FrozenClock, mailer: RecordingMailer, make: Given, riverside: TenantId
) -> None:
    make.registered(riverside)
    warned = []
    for day in (59, 1, 1, 14, 10, 5):  # 59, 60, 61, 75, 85, 90
        clock.advance(days(day))
        warned.append((access.sweeps.run().warned, access.sweeps.run().warned))
    assert warned == [(0, 0), (1, 0), (0, 0), (1, 0), (1, 0), (0, 0)]
    access.notices.deliver(mailer)
    assert [message.purpose for message in mailer.messages] == ["lapse_warning"] * 3 + ["note_lapse"]


@pytest.mark.row("AM-26")
def test_a_late_sweep_gives_only_the_warning_that_is_due(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId
) -> None:
    make.member(riverside)
    clock.advance(days(86))
    assert access.sweeps.run().warned == 1
    assert access.notices.queued() == 1


@pytest.mark.row("AM-26", "INV-08")
def test_warnings_begin_again_with_a_new_clock(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    for _ in range(2):
        clock.advance(days(60))
        assert access.sweeps.run().warned == 1
        access.require(riverside, jo, "claims", "view")


def _request(access: TenantAccess, tenant: TenantId, username: str) -> PrincipalId:
    newcomer = NewUsername(username, "a password of its own", f"{username}@people.example")
    return access.execute(RequestAccess(tenant, newcomer)).principal_id


@pytest.mark.row("AM-24")
def test_managers_are_reminded_of_who_waits_once_a_period_and_once_a_tenant(
    access: TenantAccess, clock: FrozenClock, mailer: RecordingMailer, make: Given, riverside: TenantId
) -> None:
    access.execute(AppointManager(riverside, make.registered(riverside, username="olga")), by=OPERATOR)
    for username in ("ann", "bo", "cy"):
        _request(access, riverside, username)
    access.notices.deliver(RecordingMailer())
    reminded = []
    for day in (6, 1, 6, 1, 14):  # 6, 7, 13, 14, 28
        clock.advance(days(day))
        reminded.append((access.sweeps.run().reminded, access.sweeps.run().reminded))
    assert reminded == [(0, 0), (1, 0), (0, 0), (1, 0), (1, 0)]
    access.notices.deliver(mailer)
    assert [(message.purpose, message.to) for message in mailer.messages] == [
        ("request_waits", "olga@people.example")
    ] * 3


@pytest.mark.row("AM-24", "AM-04")
def test_nobody_is_reminded_of_a_request_that_was_answered_or_has_expired(
    access: TenantAccess,
    clock: FrozenClock,
    mailer: RecordingMailer,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
) -> None:
    access.execute(AppointManager(riverside, make.registered(riverside, username="olga")), by=OPERATOR)
    ann, bo = (_request(access, riverside, username) for username in ("ann", "bo"))
    access.notices.deliver(RecordingMailer())
    clock.advance(days(7))
    assert access.sweeps.run().reminded == 1
    for one in (ann, bo):
        access.execute(Reject(riverside, one), by=maria)
    access.notices.deliver(mailer)
    assert [message.purpose for message in mailer.messages] == ["reject", "reject"]
    clock.advance(days(7))
    assert access.sweeps.run().reminded == 0
    _request(access, riverside, "cy")
    wait(access, clock, 90, (riverside, maria))
    assert access.sweeps.run().reminded == 0


@pytest.mark.row("AM-24", "AM-04")
def test_who_asks_again_is_waited_for_anew(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    ann = _request(access, riverside, "ann")
    clock.advance(days(21))
    assert access.sweeps.run().reminded == 1
    access.execute(Reject(riverside, ann), by=maria)
    access.execute(RequestAccess(riverside), by=ann)
    clock.advance(days(7))
    assert access.sweeps.run().reminded == 1


@pytest.mark.row("AM-26")
def test_a_host_may_warn_nobody(access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId) -> None:
    assert jo
    quiet = attrs.evolve(access, policy=Policy(warnings_after=()))
    clock.advance(days(89))
    assert quiet.sweeps.run() == Swept(1, 0, 0)
    clock.advance(days(1))
    assert quiet.sweeps.run() == Swept(1, 1, 0)
    assert kinds(access, riverside)[-1] == "note_lapse"


def test_only_the_system_notes_a_lapse_and_only_where_there_is_one(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert not access.execute(NoteLapse(riverside, jo), by=System()).changed
    clock.advance(days(90))
    for by in (maria, OPERATOR):
        with pytest.raises(AccessDeniedError):
            access.execute(NoteLapse(riverside, jo), by=by)
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert not access.execute(NoteLapse(riverside, jo), by=System()).changed
    assert access.sweeps.run() == Swept()


@pytest.mark.row("MC-18", "INV-08")
def test_a_swept_tenant_answers_every_later_command_as_an_unswept_one(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    wait(access, clock, 90, (riverside, maria))
    row = row_of(access, riverside, jo)
    access.sweeps.run()
    noted = row_of(access, riverside, jo)
    assert attrs.evolve(noted, membership=attrs.evolve(noted.membership, lapse_noted_at=None)) == row
    for command in (Disable(riverside, jo), Enable(riverside, jo)):
        assert access.may(command, by=maria)


@pytest.mark.row("INV-08")
@pytest.mark.parametrize("seed", range(4))
def test_sweeps_at_random_points_change_no_answer(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, seed: int
) -> None:
    chance = random.Random(seed)
    people = [make.registered(riverside, levels={"claims": "view"}) for _ in range(3)]
    for _ in range(12):
        clock.advance(days(chance.choice([1, 30, 45])))
        for one in chance.sample(people, 2):
            if allowed(access, riverside, one):
                access.require(riverside, one, "claims", "view")
            elif chance.random() < 0.5:
                access.execute(Enable(riverside, one), by=OPERATOR)
        before = [condition(access, riverside, one) for one in people]
        access.sweeps.run()
        assert [condition(access, riverside, one) for one in people] == before


@pytest.mark.row("AM-26")
def test_a_service_never_lapses(access: TenantAccess, clock: FrozenClock, riverside: TenantId) -> None:
    robot = a_service(access, clock, riverside)
    clock.advance(days(400))
    assert allowed(access, riverside, robot)
    assert access.sweeps.run().lapsed == 0


@pytest.mark.row("AM-26")
def test_a_service_is_not_warned(access: TenantAccess, clock: FrozenClock, riverside: TenantId) -> None:
    a_service(access, clock, riverside)
    clock.advance(days(61))
    assert access.sweeps.run().warned == 0


def a_service(access: TenantAccess, clock: FrozenClock, tenant: TenantId) -> PrincipalId:
    """A service principal with a membership; no command makes one yet, so it is stored directly."""
    robot = Principal(PrincipalId("pri_" + "1" * 32), "robot", Kind.SERVICE)
    now = clock.now()
    row = Membership(
        tenant, robot.id, Origin.PROVISIONED, approved_at=now, verified_at=now, clock_started_at=now,
        overrides={"claims": "view"},
    )  # fmt: skip
    with access.store.begin() as unit:
        assert unit.streams.advance(Head(robot.id), Head(robot.id, 1))
        unit.principals.add(robot, Head(robot.id, 1))
        unit.memberships.put(row, None)
        unit.commit()
    return robot.id


@pytest.mark.row("INV-08")
def test_a_sweep_goes_on_when_somebody_is_removed_meanwhile(
    access: TenantAccess, clock: FrozenClock, make: Given, monkeypatch: pytest.MonkeyPatch, riverside: TenantId
) -> None:
    monkeypatch.setattr(sweeps, "SLICE", 1)
    people = [make.member(riverside) for _ in range(2)]
    clock.advance(days(90))

    def remove_the_other(events: list[Event]) -> None:
        if events[0].kind == "note_lapse":
            other = next(one for one in people if one != events[0].subject)
            access.execute(Remove(riverside, other), by=OPERATOR)

    access.pipeline.hooks.append(remove_the_other)  # type: ignore[arg-type]  # a list is a sequence
    assert access.sweeps.run().lapsed == 1


@pytest.mark.row("AM-26", "INV-19")
def test_the_last_manager_lapses_like_everybody(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    clock.advance(days(90))
    assert not access.check(riverside, maria, "manage_account", "view")
    assert list(access.list_members_with(riverside, "manage_account", "edit")) == []


def test_a_dated_row_warns_and_lapses_by_its_clock_alone(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(70)), by=OPERATOR)
    clock.advance(days(71))
    assert access.sweeps.run() == Swept(1, 0, 0)
    assert condition(access, riverside, jo) is Reason.ENDED


def test_require_tells_a_stranger_what_it_tells_about_a_tenant_that_is_not(
    access: TenantAccess, riverside: TenantId, lena: PrincipalId
) -> None:
    before = dump(access, riverside)
    with pytest.raises(NotFoundError):
        access.require(riverside, lena, "claims", "view")
    assert dump(access, riverside) == before
