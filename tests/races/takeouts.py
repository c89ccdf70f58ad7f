"""Ways to take one of the last two managers out of a clinic, and a sweep, which takes nobody."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any, Final

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    ChangePrivileges,
    ConfirmLink,
    Disable,
    EditRole,
    LastManager,
    Leave,
    Remove,
    SuspendPrincipal,
    Unlink,
)
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import Row
from tenantaccess.model.privileges import Edit
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import START, FrozenClock

LATER: Final = START + timedelta(days=91)
"""When everything happens: whoever was set up at `START` and came never has lapsed by then."""
MANAGING: Final = ResourceKey("manage_account")


@attrs.frozen
class Clinic:
    """A tenant with two managers, each to be taken out in a way of its own, and a member who lapsed."""

    tenant: TenantId
    managers: tuple[PrincipalId, PrincipalId]
    version: int


Take = Callable[[TenantAccess, Clinic, int], Any]
"""Takes out the manager with this number; who acts is the other one, unless the kind says who."""


def by_other(make: Callable[[TenantId, PrincipalId, int], Any]) -> Take:
    return lambda access, clinic, number: access.execute(
        make(clinic.tenant, clinic.managers[number], number), by=clinic.managers[1 - number]
    )


TAKES: Final[Mapping[str, Take]] = {
    "disable": by_other(lambda tenant, who, _: Disable(tenant, who)),
    "demote": by_other(lambda tenant, who, _: ChangePrivileges(tenant, [Edit(who, MANAGING, NONE)])),
    "remove": by_other(lambda tenant, who, _: Remove(tenant, who)),
    "leave": lambda access, clinic, number: access.execute(Leave(clinic.tenant), by=clinic.managers[number]),
    "role edit": by_other(lambda tenant, _, number: EditRole(tenant, f"office{number}", levels={MANAGING: NONE})),
    "suspend": lambda access, clinic, number: access.execute(SuspendPrincipal(clinic.managers[number]), by=OPERATOR),
    "unlink": by_other(lambda tenant, who, _: Unlink(tenant, who)),
    "sweep": lambda access, _clinic, _number: access.sweeps.run(),
}
EVENTS: Final = {
    "disable": "disable",
    "demote": "change_privileges",
    "remove": "remove",
    "leave": "leave",
    "role edit": "edit_role",
    "suspend": "suspend_principal",
    "unlink": "unlink",
}
"""What each leaves in the clinic's record."""
PAIRS: Final = list(combinations_with_replacement(TAKES, 2))
TAKEN_AT_ONCE: Final = [pair for pair in PAIRS if not {"unlink", "sweep"} & {*pair}]
"""Pairs that leave nobody where versions are not compared."""


def clinic(access: TenantAccess, clock: FrozenClock, kinds: tuple[str, str]) -> Clinic:
    """Set up a clinic whose managers can be taken out by *kinds*, and nobody else manages."""
    make = Given(access)
    clock.moment = START
    tenant = make.tenant()
    make.member(tenant, levels={"claims": VIEW})
    clock.moment = LATER
    first, second = (_seated(access, make, tenant, kind, number) for number, kind in enumerate(kinds))
    with access.store.reading() as unit:
        head = unit.streams.head(tenant)
    assert head is not None
    return Clinic(tenant, (first, second), head.version)


def _seated(access: TenantAccess, make: Given, tenant: TenantId, kind: str, number: int) -> PrincipalId:
    if kind == "role edit":
        access.execute(AddRole(tenant, f"office{number}", levels={MANAGING: FULL}), by=OPERATOR)
        return make.member(tenant, role=f"office{number}")
    manager = make.manager(tenant)
    if kind != "unlink":
        return manager
    master = make.linked(tenant, manager)
    access.execute(ConfirmLink(tenant, master), by=OPERATOR)
    access.execute(Remove(tenant, manager, last_manager=LastManager.OVERRIDE), by=OPERATOR)
    return master


def enduring(access: TenantAccess, here: Clinic) -> list[PrincipalId]:
    """Who of the two still manages for good, read off the facts and without asking any rule of the library."""
    with access.store.reading() as unit:
        loaded = unit.memberships.load(here.tenant, here.managers)
    assert loaded is not None
    return [row.id for row in loaded.rows.values() if _endures(row)]


def _endures(row: Row) -> bool:
    facts = row.membership
    level = facts.overrides.get(MANAGING)
    if level is None and row.role is not None:
        level = FULL.key if row.role.key == "account_manager" else row.role.levels.get(MANAGING)
    against = [facts.gone_at, facts.disabled, facts.resting, facts.valid_until, row.principal.suspended_at]
    is_let_in = facts.approved_at is not None and facts.verified_at is not None
    return is_let_in and level == FULL.key and all(fact is None for fact in against)
