"""Only the drawn arrows: every condition by every command by every kind of actor, read off the table (INV-16)."""

from typing import Any

import pytest
from tests.services.states import MANAGING, World
from tests.services.worlds import NOBODY, condition, dump, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, Disable, Leave, Remove, RequestAccess
from tenantaccess.errors import AccessDeniedError, IllegalTransitionError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.lifecycle import LIFECYCLE, STATUS, legal_from
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

LEADS_TO = {
    "approve": {Reason.UNVERIFIED},
    "disable": {Reason.DISABLED},
    "enable": {Reason.UNVERIFIED, Reason.ACTIVE},
    "reject": {Reason.REJECTED},
    "remove": {Reason.NOT_A_MEMBER},
    "send_registration": {Reason.UNVERIFIED},
    "set_dates": {Reason.UNVERIFIED, Reason.STALE, Reason.ACTIVE, Reason.LAPSED, Reason.DISABLED},
}
by_condition = pytest.mark.parametrize("start", STATUS, ids=lambda reason: reason.value)


@pytest.fixture
def world(access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId) -> World:
    return World(access, make, clock, riverside, maria)


@by_condition
def test_each_condition_is_reached_by_commands(world: World, start: Reason) -> None:
    assert condition(world.access, world.tenant, world.somebody(start)) is start


@pytest.mark.row("INV-16", "AM-08")
@by_condition
@pytest.mark.parametrize("by", ["manager", "operator"])
def test_a_legal_step_is_taken_and_leads_where_the_table_says(world: World, start: Reason, by: str) -> None:
    actor: By = world.manager if by == "manager" else OPERATOR
    for name, command in MANAGING.items():
        if start in LIFECYCLE[name].legal:
            member = world.somebody(start)
            done = world.access.execute(command(world.tenant, member, world.clock), by=actor)
            assert done.changed
            assert condition(world.access, world.tenant, member) in LEADS_TO[name] | (
                {start} if name == "set_dates" else set()
            )


@pytest.mark.row("INV-16", "AM-29")
@by_condition
@pytest.mark.parametrize("by", ["manager", "operator"])
def test_every_other_step_is_refused_and_names_the_legal_ones(world: World, start: Reason, by: str) -> None:
    actor: By = world.manager if by == "manager" else OPERATOR
    member = world.somebody(start)
    before = dump(world.access, world.tenant, [member])
    for name, command in MANAGING.items():
        if start not in LIFECYCLE[name].legal | LIFECYCLE[name].idle:
            with pytest.raises(IllegalTransitionError) as refused:
                world.access.execute(command(world.tenant, member, world.clock), by=actor)
            assert refused.value.legal == legal_from(start) or refused.value.status == "without_mailbox"
    assert dump(world.access, world.tenant, [member]) == before


@pytest.mark.row("INV-16", "INV-36", "AM-29")
@by_condition
def test_a_repeated_step_changes_nothing_and_tells_nobody(world: World, start: Reason) -> None:
    member = world.somebody(start)
    before = dump(world.access, world.tenant, [member])
    for name, command in MANAGING.items():
        if start in LIFECYCLE[name].idle:
            done = world.access.execute(command(world.tenant, member, world.clock), by=world.manager)
            assert not done.changed
            assert done.version == 0
    assert dump(world.access, world.tenant, [member]) == before


@pytest.fixture
def outsiders(world: World, lakeside: TenantId, lena: PrincipalId) -> dict[str, tuple[Any, type[Exception]]]:
    """Everybody who is no effective account manager, and what each is told."""
    dismissed = world.make.manager(world.tenant)
    world.do(Disable(world.tenant, dismissed))
    assert lakeside
    return {
        "plain member": (world.make.member(world.tenant, levels={"claims": FULL}), AccessDeniedError),
        "reader": (world.make.member(world.tenant, levels={"manage_account": VIEW}), AccessDeniedError),
        "disabled manager": (dismissed, AccessDeniedError),
        "pending": (world.make.pending(world.tenant), AccessDeniedError),
        "unverified": (world.make.unverified(world.tenant, levels={"manage_account": FULL}), AccessDeniedError),
        "foreign manager": (lena, NotFoundError),
        "nobody": (NOBODY, NotFoundError),
        "public": (None, AccessDeniedError),
    }


@pytest.mark.row("INV-16", "INV-17", "A14", "A03")
@by_condition
def test_whoever_is_no_effective_manager_takes_no_step(
    world: World, outsiders: dict[str, tuple[Any, type[Exception]]], start: Reason
) -> None:
    member = world.somebody(start)
    before = dump(world.access, world.tenant, [member])
    for by, error in outsiders.values():
        for command in MANAGING.values():
            assert not world.access.may(command(world.tenant, member, world.clock), by=by)
        with pytest.raises(error):
            world.access.execute(Remove(world.tenant, member), by=by)
    assert dump(world.access, world.tenant, [member]) == before


@pytest.mark.row("INV-16", "AM-16")
@by_condition
def test_anybody_leaves_from_any_condition(world: World, start: Reason) -> None:
    member = world.somebody(start)
    assert world.access.execute(Leave(world.tenant), by=member).changed
    assert condition(world.access, world.tenant, member) is Reason.NOT_A_MEMBER


@pytest.mark.row("INV-16", "AM-04")
@by_condition
def test_asking_for_access_leads_only_where_nothing_stands(world: World, start: Reason) -> None:
    member = world.somebody(start)
    before = row_of(world.access, world.tenant, member)
    world.access.execute(RequestAccess(world.tenant), by=member)
    if start in LIFECYCLE["request_access"].legal:
        assert condition(world.access, world.tenant, member) is Reason.PENDING
    else:
        assert row_of(world.access, world.tenant, member) == before


@pytest.mark.row("INV-16", "AM-40")
@by_condition
def test_the_operator_appoints_from_any_condition(world: World, start: Reason) -> None:
    member = world.somebody(start)
    world.access.execute(AppointManager(world.tenant, member), by=OPERATOR)
    assert condition(world.access, world.tenant, member) is Reason.ACTIVE
    assert row_of(world.access, world.tenant, member).membership.role == ACCOUNT_MANAGER


@pytest.mark.row("INV-16")
@pytest.mark.parametrize("name", MANAGING)
def test_a_preflight_says_what_the_command_would(world: World, name: str) -> None:
    answers: dict[Reason, Any] = {}
    for start in (Reason.ACTIVE, Reason.UNVERIFIED, Reason.PENDING, Reason.DISABLED):
        command = MANAGING[name](world.tenant, world.somebody(start), world.clock)
        answers[start] = bool(world.access.may(command, by=world.manager))
    step = LIFECYCLE[name]
    assert answers == {start: start in step.legal | step.idle for start in answers}
