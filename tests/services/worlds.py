"""What tests of the services look at: rows, records and whole tenants, through the ports alone."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import AccessEntry, Event
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Row
from tenantaccess.rules import members
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.testing.doubles import FrozenClock

ABSENT = TenantId("ten_" + "0" * 32)
NOBODY = PrincipalId("pri_" + "0" * 32)
MOMENT = timedelta(microseconds=1)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def row_of(access: TenantAccess, tenant: TenantId, principal: PrincipalId) -> Row:
    """A row as it is stored, tombstones included."""
    with access.store.reading() as unit:
        loaded = unit.memberships.load(tenant, (principal,))
    assert loaded is not None
    return loaded.rows[principal]


def condition(access: TenantAccess, tenant: TenantId, principal: PrincipalId) -> Reason:
    """What stands against a row now."""
    return members.condition(row_of(access, tenant, principal), access.clock.now(), access.policy)


def events(access: TenantAccess, stream: StreamId) -> list[Event]:
    with access.store.reading() as unit:
        return [event for event, _ in unit.events.read(stream, 0, 10_000)]


def kinds(access: TenantAccess, stream: StreamId) -> list[str]:
    return [event.kind for event in events(access, stream)]


def refusals(access: TenantAccess, tenant: TenantId) -> list[AccessEntry]:
    """The access log of a tenant, newest first."""
    return access.audit.access_log(tenant, 500, by=OPERATOR)


def dump(access: TenantAccess, tenant: TenantId, people: Iterable[PrincipalId] = ()) -> Any:
    """All that is stored about a tenant but its access log, with the tombstones and principals of *people*."""
    with access.store.reading() as unit:
        rows = unit.queries.page(tenant, "", 10_000)
        loaded = unit.memberships.load(tenant, [*people])
        return (
            loaded,
            sorted((row.id, row) for row in rows),
            list(unit.roles.list(tenant)),
            list(unit.invitations.page(tenant, None, 10_000)),
            list(unit.events.read(tenant, 0, 10_000)),
            [unit.principals.find(principal) for principal in people],
            unit.notices.queued(),
        )


def wait(access: TenantAccess, clock: FrozenClock, count: float, *awake: tuple[TenantId, PrincipalId]) -> None:
    """Let days pass in which the managers *awake* do not fall asleep."""
    left = days(count)
    while left > timedelta(0):
        step = min(left, days(30))
        clock.advance(step)
        left -= step
        for tenant, principal in awake:
            access.require(tenant, principal, "manage_account", "view")


def allowed(access: TenantAccess, tenant: TenantId, principal: PrincipalId, action: str = "view") -> bool:
    """Whether somebody may use claims."""
    return bool(access.check(tenant, principal, "claims", action))
