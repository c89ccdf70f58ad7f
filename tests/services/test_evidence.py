"""One change, one record; numbered, chained, and telling the past (INV-36, INV-37, A72, A75)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.services.interrupted import InterruptedStore, fail
from tests.services.worlds import ABSENT, MOMENT, days, dump, events, refusals, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AddUsername,
    ApplyPreset,
    AppointManager,
    AssignRole,
    ChangePassword,
    ChangePrivileges,
    CloseTenant,
    Disable,
    EditRole,
    Enable,
    Remove,
    RemoveRole,
    ReopenTenant,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
    UpdateContact,
)
from tenantaccess.errors import (
    AccessDeniedError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    RefusedError,
    StoreError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit
from tenantaccess.rules import audit
from tenantaccess.services import audit as room
from tenantaccess.services.command import Change, Command, Plan
from tenantaccess.services.refusals import decision_of
from tenantaccess.services.scene import Scene
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock

Record = list[tuple[Event, PrivatePart | None]]


@pytest.mark.row("INV-36")
def test_each_command_writes_one_event_for_each_subject(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    done = [
        access.execute(command, by=maria)
        for command in (
            UpdateContact(riverside, jo, contact=Contact("Jo")),
            AssignRole(riverside, jo, "biller"),
            AddRole(riverside, "clerk"),
            Disable(riverside, jo),
            Enable(riverside, jo),
            Remove(riverside, jo),
        )
    ]
    assert [one.version for one in done] == [4, 5, 6, 7, 8, 9]
    assert [event.number for event in events(access, riverside)] == [*range(1, 10)]


@pytest.mark.row("INV-36")
def test_an_event_says_what_was_and_what_is_and_only_that(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(ChangePrivileges(riverside, [Edit(jo, "codes", VIEW)]), by=maria)
    event = events(access, riverside)[-1]
    assert event.before == {"overrides": {"claims": "full"}, "last_active_at": None}
    assert event.after == {"overrides": {"claims": "full", "codes": "view"}}


@pytest.mark.row("INV-36", "INV-31")
def test_names_and_addresses_stand_beside_the_chain_and_not_in_it(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    contact = Contact("Josephine", "Ito", "jo@desk.example", "555 0100")
    access.execute(UpdateContact(riverside, jo, contact=contact), by=maria)
    event, private = access.audit.read(riverside, after=3, by=maria)[0]
    assert "Josephine" not in repr(event)
    assert private is not None
    assert private.content["after"]["contact"]["first_name"] == "Josephine"


@pytest.mark.row("INV-36", "AM-08", "A03")
def test_a_refused_command_leaves_one_line_and_no_event(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    before = dump(access, riverside)
    for command, by in (
        (Remove(riverside, maria), jo),
        (Disable(riverside, maria), maria),
        (SuspendTenant(riverside), jo),
    ):
        with pytest.raises(RefusedError):
            access.execute(command, by=by)
    lines = refusals(access, riverside)
    assert {(line.what, line.reason, line.actor.id, line.subject, line.count) for line in lines} == {
        ("refused:remove", "not_manager", jo, maria, 1),
        ("refused:disable", "own_row", maria, maria, 1),
        ("refused:suspend_tenant", "operator_only", jo, "", 1),
    }
    assert dump(access, riverside) == before


@pytest.mark.row("INV-36")
def test_repeated_refusals_are_counted_on_one_line(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    for _ in range(5):
        with pytest.raises(AccessDeniedError):
            access.execute(Remove(riverside, maria), by=jo)
        clock.advance(timedelta(minutes=1))
    (line,) = refusals(access, riverside)
    assert (line.count, line.last_at - line.first_at) == (5, timedelta(minutes=4))


@pytest.mark.row("A24", "INV-36")
def test_the_line_of_a_refused_batch_names_what_was_refused(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with pytest.raises(RefusedError):
        access.execute_all([Disable(riverside, jo), Disable(riverside, maria)], by=maria)
    assert [(line.subject, line.reason) for line in refusals(access, riverside)] == [(maria, "own_row")]


@pytest.mark.row("INV-36")
def test_a_wrong_password_leaves_a_line(access: TenantAccess, jo: PrincipalId) -> None:
    with pytest.raises(ProofRefusedError):
        access.execute(ChangePassword("not the password", "another password"), by=jo)
    with access.store.reading() as unit:
        assert [line.reason for line in unit.access_log.read(jo, 10)] == ["proof_refused"]


@pytest.mark.row("INV-36")
def test_neither_a_no_op_nor_a_preflight_leaves_anything(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    before = dump(access, riverside)
    assert not access.execute(AssignRole(riverside, jo, None), by=maria).changed
    assert access.may(Disable(riverside, jo), by=maria)
    assert not access.may(Remove(riverside, maria), by=jo)
    assert (dump(access, riverside), refusals(access, riverside)) == (before, [])


@pytest.mark.row("INV-36", "A72", "INV-03")
@pytest.mark.parametrize("failing", ["events.append", "notices.add", "memberships.put", "streams.advance", "commit"])
def test_if_any_part_cannot_be_written_nothing_happens(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, failing: str
) -> None:
    before = dump(access, riverside, [jo])
    broken = attrs.evolve(access, store=InterruptedStore(access.store, failing, fail))
    with pytest.raises(StoreError):
        broken.execute(Disable(riverside, jo), by=maria)
    assert dump(access, riverside, [jo]) == before


@pytest.mark.row("INV-37")
def test_a_record_that_nobody_touched_holds_and_names_its_head(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside)
    access.execute(Disable(riverside, kim), by=maria)
    found = access.audit.verify(riverside)
    assert (found.holds, found.checked, found.head) == (True, 6, events(access, riverside)[-1].digest)
    assert access.audit.verify(riverside, anchor=events(access, riverside)[2].digest).holds
    assert access.audit.verify(kim).holds
    assert not access.audit.verify(riverside, anchor="f" * 64).holds
    with pytest.raises(NotFoundError):
        access.audit.verify(ABSENT)


def altered(record: Record, at: int) -> Record:
    event, private = record[at]
    return [
        *record[:at],
        (attrs.evolve(event, after={**event.after, "role": "account_manager"}), private),
        *record[at + 1 :],
    ]


def swapped(record: Record, at: int) -> Record:
    return [*record[:at], record[at + 1], record[at], *record[at + 2 :]]


def inserted(record: Record, at: int) -> Record:
    return [*record[:at], record[at], *record[at:]]


def told_otherwise(record: Record, at: int) -> Record:
    event, private = record[at]
    assert private is not None
    return [*record[:at], (event, attrs.evolve(private, content={"note": "nothing"})), *record[at + 1 :]]


TAMPERING: dict[str, tuple[Callable[[Record, int], Record], int, int]] = {
    "altered": (altered, 2, 3),
    "missing": (lambda record, at: [*record[:at], *record[at + 1 :]], 2, 3),
    "reordered": (swapped, 2, 3),
    "inserted": (inserted, 2, 4),
    "cut off": (lambda record, at: record[:at], 4, 5),
    "personal part altered": (told_otherwise, 3, 4),
}


@pytest.mark.row("INV-37", "A75")
@pytest.mark.parametrize("way", TAMPERING)
def test_each_kind_of_tampering_is_found_by_its_number(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, way: str
) -> None:
    access.execute(UpdateContact(riverside, jo, contact=Contact("Jo")), by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    with access.store.reading() as unit:
        record = list(unit.events.read(riverside, 0, 100))
        head = unit.streams.head(riverside)
    tamper, at, found_at = TAMPERING[way]
    assert audit.verify(riverside, record, head).holds
    assert audit.verify(riverside, tamper(record, at), head).broken_at == found_at


@pytest.mark.row("INV-37", "A75")
def test_an_event_transplanted_from_another_tenant_is_found(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> None:
    assert maria != lena
    with access.store.reading() as unit:
        here, there = (list(unit.events.read(tenant, 0, 100)) for tenant in (riverside, lakeside))
        head = unit.streams.head(riverside)
    found = audit.verify(riverside, [here[0], there[1]], head)
    assert (found.broken_at, found.why) == (2, "belongs to another stream")


@pytest.mark.row("INV-37", "AM-08")
def test_the_record_is_read_by_those_who_see_the_roster(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    reader = make.member(riverside, levels={"manage_account": VIEW})
    for by in (maria, reader, OPERATOR):
        assert len(access.audit.read(riverside, after=1, limit=2, by=by)) == 2
    with pytest.raises(AccessDeniedError):
        access.audit.read(riverside, by=jo)
    for limit in (0, 501):
        with pytest.raises(InvalidInputError):
            access.audit.read(riverside, limit=limit, by=maria)
        with pytest.raises(InvalidInputError):
            access.audit.access_log(riverside, limit, by=maria)


def test_a_long_record_is_read_in_slices(
    access: TenantAccess, monkeypatch: pytest.MonkeyPatch, make: Given, riverside: TenantId
) -> None:
    monkeypatch.setattr(room, "SLICE", 2)
    for _ in range(3):
        make.member(riverside)
    assert access.audit.verify(riverside).checked == 4


def test_hooks_hear_of_what_was_committed_and_of_nothing_else(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    heard: list[str] = []

    def hook(committed: Sequence[Event]) -> None:
        heard.extend(event.kind for event in committed)

    access.pipeline.hooks.append(hook)
    with pytest.raises(RefusedError):
        access.execute(Disable(riverside, maria), by=maria)
    assert not access.execute(Enable(riverside, jo), by=maria).changed
    access.execute(Disable(riverside, jo), by=maria)
    assert heard == ["disable"]


# ------------------------------------------------------------------------------------------- as of a day


def could(access: TenantAccess, tenant: TenantId, clock: FrozenClock, back: timedelta) -> list[PrincipalId]:
    """Who could submit claims a while ago."""
    return access.audit.list_members_with(tenant, "claims", "submit", clock.now() - back, by=OPERATOR)


@pytest.mark.row("INV-37")
def test_the_record_tells_who_could_submit_claims_on_an_earlier_day(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    clock.advance(days(1))
    access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), by=maria)
    clock.advance(days(1))
    access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", FULL)]), by=maria)
    seen = [could(access, riverside, clock, back) for back in (days(2) + MOMENT, days(2), days(1), days(0))]
    assert seen == [[], sorted([maria, jo]), [maria], sorted([maria, jo])]


@pytest.mark.row("INV-37", "AM-26")
def test_the_past_knows_lapses_roles_suspensions_and_who_rested_on_whom(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    biller, kim = make.member(riverside, role="biller"), make.member(riverside, role="biller", by=maria)
    clock.advance(days(1))
    access.execute(EditRole(riverside, "biller", {"claims": NONE}), by=OPERATOR)
    access.execute(ApplyPreset(riverside, "biller"), by=OPERATOR)
    access.execute(AddRole(riverside, "clerk", levels={"claims": VIEW}), by=OPERATOR)
    access.execute(RemoveRole(riverside, "clerk"), by=OPERATOR)
    clock.advance(days(1))
    access.execute(SuspendPrincipal(biller), by=OPERATOR)
    clock.advance(days(88))
    seen = [could(access, riverside, clock, back) for back in (days(89), days(88), MOMENT, days(0))]
    assert seen == [sorted([maria, biller, kim]), sorted([maria, kim]), sorted([maria, kim]), []]


@pytest.mark.row("INV-37")
def test_the_past_of_who_rests_does_not_depend_on_what_its_base_did_later(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": FULL}, by=maria)
    clock.advance(days(1))
    make.manager(riverside)
    access.execute(Disable(riverside, maria), by=OPERATOR)
    assert kim in could(access, riverside, clock, days(1))
    assert kim not in could(access, riverside, clock, days(0))


@pytest.mark.row("INV-37", "INV-07")
def test_the_past_agrees_with_what_was_answered_then(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    answered = {}
    steps: list[Callable[[], object]] = [
        lambda: access.require(riverside, jo, "claims", "submit"),
        lambda: access.execute(Disable(riverside, jo), by=maria),
        lambda: access.execute(SuspendTenant(riverside), by=OPERATOR),
        lambda: access.execute(ReopenTenant(riverside), by=OPERATOR),
        lambda: access.execute(Enable(riverside, jo), by=maria),
        lambda: access.execute(AppointManager(riverside, make.member(riverside)), by=OPERATOR),
        lambda: access.execute(Remove(riverside, jo), by=maria),
        lambda: access.execute(CloseTenant(riverside), by=OPERATOR),
    ]
    for step in steps:
        clock.advance(days(20))
        if access.check(riverside, maria, "manage_account", "view"):
            access.require(riverside, maria, "manage_account", "view")
        step()
        answered[clock.now()] = sorted(access.list_members_with(riverside, "claims", "submit"))
    told = {then: access.audit.list_members_with(riverside, "claims", "submit", then, by=OPERATOR) for then in answered}
    assert told == answered


@pytest.mark.row("INV-37")
def test_what_a_role_came_to_mean_later_changes_nothing_of_an_earlier_day(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    access.execute(AddRole(riverside, "desk", levels={"claims": FULL}), by=OPERATOR)
    kim = make.member(riverside, role="desk")
    clock.advance(days(1))
    then = clock.now()
    clock.advance(days(1))
    access.execute(EditRole(riverside, "desk", levels={"claims": NONE}), by=OPERATOR)
    asked = (riverside, "claims", "submit")
    assert kim in access.audit.list_members_with(*asked, then, by=OPERATOR)
    assert kim not in access.audit.list_members_with(*asked, clock.now(), by=OPERATOR)


def test_the_past_is_asked_about_by_readers_in_declared_words_and_never_ahead(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    ask = access.audit.list_members_with
    now = clock.now()
    assert ask(riverside, "claims", "view", now, "medicaid", by=OPERATOR) == [jo]
    for bad in (now + MOMENT, now.replace(tzinfo=None)):
        with pytest.raises(InvalidInputError):
            ask(riverside, "claims", "view", bad, by=OPERATOR)
    with pytest.raises(UnknownNameError):
        ask(riverside, "claims", "view", now, "dental", by=OPERATOR)
    with pytest.raises(AccessDeniedError):
        ask(riverside, "claims", "view", now, by=jo)
    with pytest.raises(NotFoundError):
        ask(ABSENT, "claims", "view", now, by=OPERATOR)


def test_a_change_that_leads_nowhere_is_a_misuse(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    class Mistaken(Remove):
        def plan(self, scene: Scene) -> Plan[Any]:  # noqa: ARG002  # a mistake on purpose
            return Plan(None, (Change(self.tenant, self.member, None, None),))

    with pytest.raises(MisuseError):
        access.execute(Mistaken(riverside, jo), by=OPERATOR)


def test_a_command_that_says_nothing_of_itself_plans_nothing(access: TenantAccess) -> None:
    class Unfinished(Command[None]):
        name = "unfinished"

    for key in (None, "key"):
        with pytest.raises(InvalidInputError):
            access.execute(Unfinished(), by=OPERATOR, key=key)
    assert not decision_of(ProofRefusedError(), "x")


@pytest.mark.row("INV-36", "MU-04")
def test_what_failed_left_no_username_behind(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, clock: FrozenClock
) -> None:
    batch: list[Command[Any]] = [
        AddUsername(riverside, NewUsername("kim", PASSWORD)),
        SetDates(riverside, maria, valid_until=clock.now() + days(1)),
    ]
    with pytest.raises(RefusedError):
        access.execute_all(batch, by=maria)
    assert access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD)), by=maria).principal_id
    assert row_of(access, riverside, maria).membership.valid_until is None
