"""What the operator sees of all tenants: which there are, and which of them nobody manages (AM-40, INV-19)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.services.worlds import wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AppointManager,
    CloseTenant,
    Disable,
    LastManager,
    OpenTenant,
    Reject,
    Remove,
    RequestAccess,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By, System
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.tenants import TenantState
from tenantaccess.services import overview
from tenantaccess.services.service_principals import AddService
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock


def orphaned(access: TenantAccess) -> list[TenantId]:
    return [orphan.tenant.id for orphan in access.tenants.orphaned(by=OPERATOR)]


@pytest.mark.row("AM-40", "INV-19")
def test_a_tenant_is_listed_from_the_moment_on_that_nobody_manages_it(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    assert maria
    assert orphaned(access) == []
    wait(access, clock, 90)
    assert orphaned(access) == [riverside]
    access.execute(AppointManager(riverside, maria), by=OPERATOR)
    assert orphaned(access) == []


@pytest.mark.row("AM-40", "INV-19")
@pytest.mark.parametrize("way", ["disable", "remove", "suspend"])
def test_what_the_operator_overrides_is_reported(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, way: str
) -> None:
    command = {
        "disable": Disable(riverside, maria, last_manager=LastManager.OVERRIDE),
        "remove": Remove(riverside, maria, last_manager=LastManager.OVERRIDE),
        "suspend": SuspendPrincipal(maria, orphaning=[riverside]),
    }[way]
    access.execute(command, by=OPERATOR)
    assert orphaned(access) == [riverside]


@pytest.mark.row("AM-40", "MC-16")
def test_whoever_manages_for_now_manages_and_a_service_or_viewer_does_not(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId
) -> None:
    make.member(riverside, levels={"manage_account": "view", "claims": "full"})
    access.execute(AddService(riverside, "robot"), by=OPERATOR)
    assert orphaned(access) == [riverside]
    dated = make.member(riverside, role=ACCOUNT_MANAGER)
    until = clock.now() + timedelta(days=30)
    access.execute(SetDates(riverside, dated, valid_until=until, last_manager=LastManager.OVERRIDE), by=OPERATOR)
    assert orphaned(access) == []
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert orphaned(access) == []
    clock.moment = until
    assert orphaned(access) == [riverside]


@pytest.mark.row("AM-40", "MC-16")
def test_a_suspended_tenant_is_judged_as_if_open_and_a_closed_one_not_at_all(
    access: TenantAccess, riverside: TenantId
) -> None:
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert orphaned(access) == [riverside]
    access.execute(CloseTenant(riverside), by=OPERATOR)
    assert orphaned(access) == []


@pytest.mark.row("AM-40", "AM-24")
def test_requests_that_nobody_there_can_answer_are_counted(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId
) -> None:
    first, *_ = [make.pending(riverside) for _ in range(3)]
    access.execute(Reject(riverside, first), by=OPERATOR)
    found = list(access.tenants.orphaned(by=OPERATOR))
    assert [(orphan.tenant.id, orphan.waiting) for orphan in found] == [(riverside, 2)]
    wait(access, clock, 90)
    access.execute(RequestAccess(riverside, NewUsername("late", PASSWORD, "late@people.example")))
    assert [orphan.waiting for orphan in access.tenants.orphaned(by=OPERATOR)] == [1]


@pytest.mark.row("AM-40", "AM-24")
def test_requests_that_have_expired_hide_none_that_wait(
    access: TenantAccess, clock: FrozenClock, make: Given, monkeypatch: pytest.MonkeyPatch, riverside: TenantId
) -> None:
    monkeypatch.setattr(overview, "WAITING_COUNTED", 1)
    make.pending(riverside)
    wait(access, clock, 90)
    make.pending(riverside)
    assert [orphan.waiting for orphan in access.tenants.orphaned(by=OPERATOR)] == [1]


@pytest.mark.row("AM-40")
def test_tenants_are_read_page_by_page_and_none_is_left_out(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "SLICE", 2)
    made = sorted(make.tenant() for _ in range(5))
    assert orphaned(access) == made
    first = access.tenants.page(limit=2, by=OPERATOR)
    rest = access.tenants.page(first[-1].id, by=OPERATOR)
    assert [tenant.id for tenant in (*first, *rest)] == made
    assert {tenant.state for tenant in rest} == {TenantState.OPEN}


@pytest.mark.row("AM-40", "INV-04")
@pytest.mark.parametrize("limit", [1, 2, 9])
def test_tenants_are_found_by_how_their_names_begin_in_pages_that_join(
    access: TenantAccess, make: Given, limit: int
) -> None:
    made = {name: make.tenant(name) for name in ("Übersee", "ubersee", "Uber 100%", "Lakeside", "Zed")}

    def met(name: str) -> list[TenantId]:
        page = access.tenants.search(name, limit=limit, by=OPERATOR)
        found = [*page.rows]
        while page.next is not None:
            page = access.tenants.search(name, page.next, limit, by=OPERATOR)
            found += page.rows
        return [tenant.id for tenant in found]

    alike = sorted((made["Übersee"], made["ubersee"]))
    assert met("UBER") == [made["Uber 100%"], *alike]
    assert met("über 1") == [made["Uber 100%"]]
    assert met("") == [made["Lakeside"], made["Uber 100%"], *alike, made["Zed"]]
    assert met("nobody") == []


@pytest.mark.row("AM-40", "INV-40")
@pytest.mark.parametrize(
    "asked", [{"name": "la"}, {"name": "lake", "after": "nonsense"}, {"limit": 0}, {"name": "x" * 201}, {"name": "%"}]
)
def test_what_is_no_page_of_this_search_is_refused(access: TenantAccess, make: Given, asked: dict[str, Any]) -> None:
    for name in ("Lake", "Lakeside"):
        make.tenant(name)
    after = access.tenants.search("lake", limit=1, by=OPERATOR).next
    with pytest.raises(InvalidInputError):
        access.tenants.search(**{"after": after, **asked}, by=OPERATOR)


@pytest.mark.row("AM-40", "MU-01")
def test_a_tenant_is_found_by_its_external_id_however_it_is_written(access: TenantAccess) -> None:
    opened = access.execute(OpenTenant("Riverside", external_ids={"tin": "01-2345678"}), by=OPERATOR).tenant_id
    assert access.tenants.find("tin", "012345678", by=OPERATOR).id == opened
    with pytest.raises(NotFoundError) as absent:
        access.tenants.find("tin", "99-9999999", by=OPERATOR)
    assert "99999999" not in str(absent.value)
    with pytest.raises(UnknownNameError):
        access.tenants.find("tim", "012345678", by=OPERATOR)
    with pytest.raises(InvalidInputError):
        access.tenants.find("tin", "12", by=OPERATOR)


QUESTIONS: dict[str, Callable[[TenantAccess, By], object]] = {
    "search": lambda access, by: access.tenants.search("a", by=by),
    "page": lambda access, by: access.tenants.page(by=by),
    "find": lambda access, by: access.tenants.find("tin", "01-2345678", by=by),
    "orphaned": lambda access, by: access.tenants.orphaned(by=by),
}


@pytest.mark.row("AM-40", "INV-11")
@pytest.mark.parametrize("asked", QUESTIONS)
def test_nobody_but_the_operator_sees_all_tenants(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, asked: str
) -> None:
    context = access.contexts.enter(riverside, maria)
    for by in (maria, context, System()):
        with pytest.raises(AccessDeniedError) as refused:
            QUESTIONS[asked](access, by)
        assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)


@pytest.mark.row("INV-40")
def test_what_is_no_page_of_tenants_is_refused(access: TenantAccess, maria: PrincipalId) -> None:
    for limit in (0, 501, True, "2"):
        with pytest.raises(InvalidInputError):
            access.tenants.page(limit=limit, by=OPERATOR)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidInputError):
        access.tenants.page(maria, by=OPERATOR)  # type: ignore[arg-type]  # on purpose


@pytest.mark.row("AM-40", "INV-19", "AM-24")
def test_where_many_decide_or_wait_they_are_asked_for_apart_and_the_answer_is_the_same(
    access: TenantAccess, make: Given, monkeypatch: pytest.MonkeyPatch, riverside: TenantId, maria: PrincipalId
) -> None:
    left = make.tenant("Left")
    for _ in range(3):
        make.pending(left)
    make.pending(riverside)
    assert maria
    at_once = list(access.tenants.orphaned(by=OPERATOR))
    monkeypatch.setattr(overview, "FEW", 1)
    monkeypatch.setattr(overview, "TOGETHER", 1)
    assert [(one.tenant.id, one.waiting) for one in at_once] == [(left, 3)]
    assert list(access.tenants.orphaned(by=OPERATOR)) == at_once
