"""Asking: one answer everywhere, denied by default, never on an outage (INV-01 to INV-06, INV-14, AM-15, A25, A36)."""

from collections.abc import Callable

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import ABSENT, NOBODY, allowed, days, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangePrivileges,
    Disable,
    LimitSegments,
    OpenTenant,
    Remove,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import ConflictError, StoreError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.moments import TICKS, ticks
from tenantaccess.model.privileges import Edit
from tenantaccess.services import decisions
from tenantaccess.services.timing import counting
from tenantaccess.system import SystemClock
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore


@pytest.mark.row("INV-01", "AM-02")
def test_whoever_is_not_there_is_no_member(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    for tenant, principal in ((riverside, NOBODY), (ABSENT, jo), (ABSENT, NOBODY)):
        assert access.check(tenant, principal, "claims", "view").reasons == (Reason.NOT_A_MEMBER,)


@pytest.mark.row("INV-04")
def test_check_and_lists_agree_for_everybody_everywhere(access: TenantAccess, make: Given) -> None:
    tenants = [make.tenant(segments=["medicaid"]) for _ in range(2)]
    people = [make.manager(tenants[0]), make.pending(tenants[0]), make.unverified(tenants[1])]
    people += [make.member(tenant, levels={"claims": level}) for tenant in tenants for level in (NONE, VIEW, FULL)]
    people += [make.member(tenants[1], role="biller", segments=["medicaid"])]
    for resource in CLINICS.resources:
        for action in resource.actions:
            for segment in (None, "medicaid", "medicare"):
                by_check = {
                    (tenant, one)
                    for tenant in tenants
                    for one in people
                    if access.check(tenant, one, resource.key, action, segment)
                }
                assert by_check == {
                    (tenant, one)
                    for tenant in tenants
                    for one in access.list_members_with(tenant, resource.key, action, segment)
                }
                assert by_check == {
                    (tenant, one)
                    for one in people
                    for tenant in access.list_tenants_with(one, resource.key, action, segment)
                }


@pytest.mark.row("INV-04")
def test_a_list_is_complete_whatever_the_slices(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, riverside: TenantId
) -> None:
    people = sorted(make.member(riverside, levels={"claims": VIEW}) for _ in range(5))
    for size in (1, 2, 5, 500):
        monkeypatch.setattr(decisions, "SLICE", size)
        assert list(access.list_members_with(riverside, "claims", "view")) == people


@pytest.mark.row("INV-05", "A07", "A27")
@pytest.mark.parametrize("how", ["disable", "lower", "remove", "suspend tenant", "suspend principal", "segments"])
def test_once_something_is_lowered_no_later_answer_allows(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, how: str
) -> None:
    assert allowed(access, riverside, jo)  # and whatever is kept, is kept now
    command = {
        "disable": Disable(riverside, jo),
        "lower": ChangePrivileges(riverside, [Edit(jo, "claims", NONE)]),
        "remove": Remove(riverside, jo),
        "suspend tenant": SuspendTenant(riverside),
        "suspend principal": SuspendPrincipal(jo),
        "segments": LimitSegments(riverside, jo, ["medicaid"]),
    }[how]
    access.execute(command, by=OPERATOR)
    assert not allowed(access, riverside, jo)
    assert list(access.list_members_with(riverside, "claims", "view")) == []
    assert access.list_tenants_with(jo, "claims", "view") == []


@pytest.mark.row("AM-15", "MU-15")
def test_a_limited_member_chooses_one_of_its_segments(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": VIEW, "manage_account": VIEW}, segments=["medicaid"])
    asked = [access.check(riverside, kim, "claims", "view", segment) for segment in (None, "medicaid", "medicare")]
    assert [answer.reasons[0] for answer in asked] == [
        Reason.SEGMENT_REQUIRED,
        Reason.ALLOWED,
        Reason.SEGMENT_NOT_HELD,
    ]
    assert access.check(riverside, kim, "manage_account", "view")
    assert access.check(riverside, maria, "claims", "view")


@pytest.mark.row("AM-15")
def test_a_segment_that_the_tenant_lacks_is_refused_and_never_widened(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, maria: PrincipalId
) -> None:
    assert access.check(riverside, jo, "claims", "view", "medicare").reasons == (Reason.SEGMENT_NOT_HELD,)
    for ask in (access.check, access.require):
        with pytest.raises(UnknownNameError):
            ask(riverside, jo, "claims", "view", "dental")
    with pytest.raises(UnknownNameError):
        access.list_tenants_with(jo, "claims", "view", "dental")
    with pytest.raises(UnknownNameError):
        list(access.list_members_with(riverside, "claims", "view", "dental"))
    with pytest.raises(UnknownNameError, match="segment of this tenant"):
        access.execute(LimitSegments(riverside, make.member(riverside), ["medicare"]), by=maria)


@pytest.mark.row("AM-15")
def test_no_segment_named_means_all_and_unlimiting_is_no_event_twice(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert not access.execute(LimitSegments(riverside, jo, []), by=maria).changed
    assert access.execute(LimitSegments(riverside, jo, ["medicaid"]), by=maria).changed
    assert access.execute(LimitSegments(riverside, jo, []), by=maria).changed
    assert allowed(access, riverside, jo)


@pytest.mark.row("A25", "INV-14")
def test_each_question_is_answered_on_its_own(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, jo: PrincipalId
) -> None:
    asked = [(riverside, "view"), (lakeside, "view"), (riverside, "submit"), (riverside, "view")]
    assert [allowed(access, tenant, jo, action) for tenant, action in asked] == [True, False, True, True]


@pytest.mark.row("INV-03", "A36", "AM-02")
@pytest.mark.parametrize("kind", [FaultKind.BEFORE, FaultKind.AFTER])
def test_an_outage_at_any_call_is_an_error_and_never_an_answer(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, kind: FaultKind
) -> None:
    faulty = FaultyStore(access.store)
    there = attrs.evolve(access, store=faulty)
    ways: list[Callable[[], object]] = [
        lambda: there.check(riverside, jo, "claims", "view"),
        lambda: list(there.list_members_with(riverside, "claims", "view")),
        lambda: there.list_tenants_with(jo, "claims", "view"),
        lambda: there.privileges.matrix(riverside, by=maria),
        lambda: there.may(Disable(riverside, jo), by=maria),
        lambda: there.audit.read(riverside, by=maria),
    ]
    for way in ways:
        faulty.restart()
        for number in range(1, faulty.count(way) + 1):
            faulty.restart(Fault(number, kind))
            with pytest.raises(StoreError):
                way()


@pytest.mark.row("INV-03", "INV-07")
def test_an_outage_while_activity_is_written_is_an_error(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    faulty = FaultyStore(access.store)
    faulty.restart(Fault(3, FaultKind.BEFORE))
    with pytest.raises(StoreError):
        attrs.evolve(access, store=faulty).require(riverside, jo, "claims", "view")
    assert row_of(access, riverside, jo).membership.last_active_at is None


@pytest.mark.row("INV-07")
def test_a_race_about_activity_is_left_to_who_won(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    def lose() -> None:
        raise ConflictError("the row", retryable=True)

    for call in ("activity.touch", "commit"):
        attrs.evolve(access, store=InterruptedStore(access.store, call, lose)).require(riverside, jo, "claims", "view")
    assert row_of(access, riverside, jo).membership.last_active_at is None


def test_who_is_removed_between_the_answer_and_the_mark_is_not_marked(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    gone = InterruptedStore(access.store, "begin", lambda: access.execute(Remove(riverside, jo), by=OPERATOR))
    attrs.evolve(access, store=gone).require(riverside, jo, "claims", "view")
    assert row_of(access, riverside, jo).membership.last_active_at is None


@pytest.mark.row("INV-03")
def test_a_mistake_in_a_store_is_not_taken_for_a_bad_question(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    def fail() -> None:
        raise TypeError("a mistake of the store's own")

    broken = attrs.evolve(access, store=InterruptedStore(access.store, "standing", fail))
    with pytest.raises(TypeError, match="of the store's own"):
        broken.check(riverside, jo, "claims", "view")


@pytest.mark.row("A35", "INV-03")
def test_a_host_with_a_broken_catalog_does_not_start() -> None:
    with pytest.raises(UnknownNameError):
        attrs.evolve(CLINICS, managed_by="porters")


@pytest.mark.row("INV-02", "INV-07")
def test_the_same_facts_at_the_same_moment_have_the_same_answer(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    first = access.check(riverside, jo, "claims", "view")
    clock.advance(days(1))
    clock.advance(-days(1))
    assert access.check(riverside, jo, "claims", "view") == first
    assert access.execute(OpenTenant("Hillside"), by=OPERATOR).version == 1


@pytest.mark.row("INV-07")
def test_a_clock_that_counts_is_asked_for_the_moment_that_it_tells(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    clock = SystemClock()
    before, counted, after = clock.now(), counting(clock)(), clock.now()
    assert ticks(before) <= counted <= ticks(after) + TICKS
    machine = attrs.evolve(access, clock=clock)
    assert bool(machine.check(riverside, jo, "claims", "view")) is bool(machine.contexts.default(jo))
