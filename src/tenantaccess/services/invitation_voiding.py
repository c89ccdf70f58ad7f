"""
Invitations that die with what a command does: stored, for good (MC-10, MC-12).

Each function costs one statement, and none where the loaded facts say that there is nothing to find.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import attrs

from tenantaccess.ids import InvitationId, PrincipalId, RoleKey
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import Row
from tenantaccess.rules import invitations
from tenantaccess.services.command import Change, Plan
from tenantaccess.services.scene import Scene

R = TypeVar("R")
SLICE: Final = 500


def shut_out(scene: Scene, row: Row, plan: Plan[R]) -> Plan[R]:
    """Return *plan*, which ends the access of *row* here, voiding what was sent to and by that person (AM-07)."""
    return _with(plan, _concerning(scene, [row], row.principal.email_key) if plan.changes else ())


def silenced(scene: Scene, rows: Iterable[Row], plan: Plan[R]) -> Plan[R]:
    """Return *plan*, which takes the right to invite from *rows*, or renews it, voiding what they sent so far."""
    return _with(plan, _concerning(scene, rows, ""))


def sent_by(scene: Scene, row: Row) -> tuple[Change, ...]:
    """Void what *row* sent here."""
    return _concerning(scene, [row], "")


def sent_through(scene: Scene, role: RoleKey) -> tuple[Change, ...]:
    """Void what was sent by whoever manages through *role*, which is about to lose the managing level."""
    found = list(_open(scene))
    senders = {one.sender for one in found if one.sender is not None}
    if not senders:
        return ()
    loaded = scene.unit.memberships.load(scene.tenant.id, sorted(senders))
    rows = {} if loaded is None else loaded.rows
    losing = {who for who, row in rows.items() if _manages_through(scene, row, role)}
    return tuple(_void(one) for one in found if one.sender in losing)


def all_of(scene: Scene) -> tuple[Change, ...]:
    """Void all that are open here; while a tenant is not open there are none."""
    return () if invitations.is_shut(scene.tenant) else tuple(_void(one) for one in _open(scene))


def _manages_through(scene: Scene, row: Row, role: RoleKey) -> bool:
    facts = row.membership
    return facts.role == role and scene.catalog.managed_by not in facts.overrides


def _concerning(scene: Scene, rows: Iterable[Row], email_key: str) -> tuple[Change, ...]:
    senders: list[PrincipalId] = [row.id for row in rows if invitations.may_have_sent(row, scene.catalog)]
    if not senders and not email_key:
        return ()
    return tuple(_void(one) for one in scene.unit.invitations.concerning(scene.tenant.id, senders, email_key))


def _open(scene: Scene) -> Iterator[Invitation]:
    after: InvitationId | None = None
    while True:
        found = scene.unit.invitations.open(scene.tenant.id, after, SLICE)
        yield from found
        if len(found) < SLICE:
            return
        after = found[-1].id


def _void(one: Invitation) -> Change:
    return Change(one.tenant, one.id, one, attrs.evolve(one, state=InvitationState.VOID))


def _with(plan: Plan[R], voided: tuple[Change, ...]) -> Plan[R]:
    return attrs.evolve(plan, changes=(*plan.changes, *voided)) if voided else plan
