"""Roles of one tenant: named rows of levels; an edit moves all holders at once."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import attrs

from tenantaccess.errors import ConflictError, GrantRefusedError, IllegalTransitionError, TakenError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey
from tenantaccess.model import words
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog, Role
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.levels import level_keys, unknown
from tenantaccess.model.members import Row
from tenantaccess.rules import privileges
from tenantaccess.rules.privileges import Cells
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import Change, Done, LastManager, Plan, TenantCommand
from tenantaccess.services.scene import Scene, role_of


@attrs.frozen
class RoleCommand(TenantCommand[Done]):
    """Base of the commands about one role of a tenant."""

    role: RoleKey = attrs.field(converter=words.role_key)


@attrs.frozen
class AddRole(RoleCommand):
    """
    Add a role to a tenant.

    Who: an account manager, or the operator. The definition itself is under the grant ceiling (rule 6).

    Args:
        tenant: Where.
        role: Its word, unique in the tenant.
        label: What people read.
        levels: Level by resource.

    Raises:
        TakenError: the tenant has a role of this word.
        GrantRefusedError: above what the actor holds.
    """

    name: ClassVar[str] = "add_role"
    label: str = attrs.field(default="", converter=words.text)
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=level_keys)

    def require_words(self, catalog: Catalog) -> None:
        """Check resources and levels."""
        catalog.require_levels(self.levels)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        if self.role == ACCOUNT_MANAGER or scene.unit.roles.find(scene.tenant.id, self.role) is not None:
            raise TakenError("role")
        return _redefined(scene, actor, None, Role(self.role, self.label or self.role, self.levels))


@attrs.frozen
class EditRole(RoleCommand):
    """
    Change levels of a role, and with it what its holders hold, at once.

    Who: an account manager, or the operator. Refused if it moves the actor's own row, or one the actor may not
    move by name (MC-13). The built-in role is not edited.

    Args:
        tenant: Where.
        role: Which.
        levels: The levels to change; resources not named stay.
        last_manager: The operator's override of rule 5.
        seen: The levels as the editor saw them: one that is to change must still be so. Of resources not named here
            it does not matter what they are.

    Raises:
        ConflictError: a level to change is no longer what the editor saw; carries both values.
        GrantRefusedError: above what the actor holds, or it would move a row that the actor may not move.
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "edit_role"
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=level_keys)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))
    seen: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=level_keys, kw_only=True)

    def require_words(self, catalog: Catalog) -> None:
        """Check resources and levels."""
        catalog.require_levels(self.levels)
        catalog.require_levels(self.seen)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        before = _editable(scene, self.role)
        self._refuse_unseen(scene, before)
        return _redefined(
            scene, actor, before, attrs.evolve(before, levels={**before.levels, **self.levels}), self.last_manager
        )

    def _refuse_unseen(self, scene: Scene, found: Role) -> None:
        lowest = scene.catalog.ladder.lowest.key
        for resource in self.levels:
            seen, level = self.seen.get(resource), found.levels.get(resource, lowest)
            if seen is not None and seen != level:
                raise ConflictError(f"`{resource}` of the role `{self.role}`", seen, level)


@attrs.frozen
class RemoveRole(RoleCommand):
    """
    Remove a role that nobody holds.

    Who: an account manager, or the operator.

    Args:
        tenant: Where.
        role: Which.

    Raises:
        IllegalTransitionError: it is built in, or held.
    """

    name: ClassVar[str] = "remove_role"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        guards.require_manager(scene)
        before = _editable(scene, self.role)
        if scene.unit.memberships.holds_role(scene.tenant.id, self.role):
            raise IllegalTransitionError(scene.name, "held", ("assign_role",))
        return Plan(Done(changed=True), (Change(scene.tenant.id, self.role, before, None),))


@attrs.frozen
class ApplyPreset(RoleCommand):
    """
    Bring a tenant's role to what the catalog's preset says today; adds it if the tenant has none.

    Who: an account manager, or the operator; under the same rules as an edit.

    Args:
        tenant: Where.
        role: Word of the preset.
    """

    name: ClassVar[str] = "apply_preset"

    def require_words(self, catalog: Catalog) -> None:
        """Check that there is such a preset."""
        _preset(catalog, self.role)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        before = scene.unit.roles.find(scene.tenant.id, self.role)
        return _redefined(scene, actor, before, _preset(scene.catalog, self.role))


def _preset(catalog: Catalog, key: RoleKey) -> Role:
    for preset in catalog.roles:
        if preset.key == key:
            return preset
    raise unknown("preset role", key, (preset.key for preset in catalog.roles))


def _editable(scene: Scene, key: RoleKey) -> Role:
    found = role_of(scene, key)
    if found is None or key == ACCOUNT_MANAGER:
        raise IllegalTransitionError(scene.name, "built_in")
    return found


def _redefined(
    scene: Scene, actor: Row | None, before: Role | None, after: Role, last_manager: LastManager = LastManager.KEEP
) -> Plan[Done]:
    """Plan a role's move to *after* under the ceiling, for rows that may be moved, with somebody left to manage."""
    after = scene.catalog.normal(after)
    if after == before:
        return Plan(Done())
    old, new = privileges.role_levels(before, scene.catalog), privileges.role_levels(after, scene.catalog)
    if before is not None and actor is not None and old != new:
        _refuse_own_rows(scene, actor, after)
        _refuse_links(scene, actor, after)
    guards.require_within_ceiling(scene, actor, f"role {after.key}", Cells(old), Cells(new))
    managing, highest = scene.catalog.managed_by, scene.catalog.ladder.highest.rank
    falls = old.get(managing, 0) == highest and new.get(managing, 0) < highest
    if falls and last_manager is not LastManager.OVERRIDE:
        guards.require_managed(scene, {}, edited_role=after, passing_over=after.key)
    voided = invitation_voiding.sent_through(scene, after.key) if falls else ()
    return Plan(Done(changed=True), (Change(scene.tenant.id, after.key, before, after), *voided))


def _refuse_own_rows(scene: Scene, actor: Row, after: Role) -> None:
    row: Row | None = actor
    while row is not None:
        if _moves(scene, row, after):
            raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), [(row.id, "*", "*")])
        row = row.base


def _refuse_links(scene: Scene, actor: Row, after: Role) -> None:
    """Refuse to move through a role what the actor may not move by name (MC-13)."""
    below = [row for who in sorted(privileges.hands(actor)) for row in _resting_on(scene, who)]
    near = (*_kin(scene, actor), *below)
    untouchable = [row for row in near if privileges.is_own(actor, row) and _moves(scene, row, after)]
    refused = [row for row in below if privileges.is_never_raised_by(row, actor) and _rises(scene, row, after)]
    if untouchable or refused:
        cells = [(row.id, "*", "*") for row in (*untouchable, *refused)]
        raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), cells)


def _kin(scene: Scene, actor: Row) -> Sequence[Row]:
    """Return the rows of whom the actor acts as, and those that proved these."""
    others = privileges.kin(actor) - {actor.id}
    if not others:
        return ()
    found = scene.unit.memberships.load(scene.tenant.id, sorted(others))
    return () if found is None else tuple(found.rows.values())


def _resting_on(scene: Scene, principal: PrincipalId) -> Sequence[Row]:
    return scene.unit.queries.resting_on(scene.tenant.id, principal)


def _rises(scene: Scene, row: Row, after: Role) -> bool:
    before, edited = (privileges.cells_of(one, scene.catalog) for one in (row, _as_edited(row, after)))
    return any(privileges.rising(before, edited, scene.tenant, scene.catalog))


def _as_edited(row: Row, after: Role) -> Row:
    return attrs.evolve(row, role=after) if row.role is not None and row.role.key == after.key else row


def _moves(scene: Scene, row: Row, after: Role) -> bool:
    return privileges.stored(_as_edited(row, after), scene.catalog) != privileges.stored(row, scene.catalog)
