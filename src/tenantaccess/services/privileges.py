"""The matrix of one tenant: who holds what, and how it is edited cell by cell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import attrs

from tenantaccess.errors import ConflictError, InvalidInputError, NotFoundError
from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model import names, words
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import BUILT_IN, Catalog, Role
from tenantaccess.model.frozen import frozen, sequence
from tenantaccess.model.members import Row
from tenantaccess.model.notices import Audience
from tenantaccess.model.policy import Policy
from tenantaccess.model.privileges import Cell, CellChange, Edit, Matrix, MatrixRow, require_distinct
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.rules import privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.services.command import (
    Done,
    LastManager,
    MemberCommand,
    Plan,
    TenantCommand,
    principal_id,
)
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.scene import Scene, change, notice, require_tenant_segments, role_of
from tenantaccess.services.timing import now_of

EDIT_LIMIT = 1_000


@attrs.frozen
class ChangePrivileges(TenantCommand[Done]):
    """
    Set levels of members, many cells at once, all or nothing (MU-14, MU-15).

    Who: an account manager, or the operator; nobody their own row. The persons are told.

    Args:
        tenant: Where.
        edits: At most 1,000 cells; `Matrix.edit` makes them.
        last_manager: The operator's override of rule 5.

    Raises:
        ConflictError: a touched cell is no longer what the editor saw; carries both values.
        GrantRefusedError: one's own row, or above what one holds; names the cells.
        LastManagerError: nobody enduring would be left to manage the tenant.
    """

    name: ClassVar[str] = "change_privileges"
    edits: Sequence[Edit] = attrs.field(converter=sequence)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def __attrs_post_init__(self) -> None:
        if len(self.edits) > EDIT_LIMIT:
            raise InvalidInputError("edits", f"must be at most {EDIT_LIMIT} cells")
        for edit in self.edits:
            principal_id(None, attrs.fields(Edit).principal, edit.principal)

    def require_words(self, catalog: Catalog) -> None:
        """Check resources and levels, and that no cell is named twice."""
        for edit in self.edits:
            catalog.resource(edit.resource)
            if edit.level is not None:
                catalog.ladder.level(edit.level)
        require_distinct(self.edits)

    def named(self) -> tuple[PrincipalId, ...]:
        """Return whose rows are edited."""
        return tuple(dict.fromkeys(edit.principal for edit in self.edits))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        rows = {principal: guards.subject(scene, principal) for principal in self.named()}
        guards.refuse_own(scene, actor, rows.values())
        self._refuse_unseen(scene, rows)
        touched = {principal: (row, _edited(row, self.edits)) for principal, row in rows.items()}
        touched = {who: (before, after) for who, (before, after) in touched.items() if before != after}
        for before, after in touched.values():
            guards.require_may_give(scene, actor, before, after)
        managing = any(privileges.may_manage(before, scene.catalog) for before, _ in touched.values())
        if managing and self.last_manager is not LastManager.OVERRIDE:
            guards.require_managed(scene, touched)
        plan = Plan(
            Done(changed=bool(touched)),
            tuple(change(before, after.membership) for before, after in touched.values()),
            tuple(notice(scene, Audience.PERSON, after.membership) for _, after in touched.values()),
        )
        return invitation_voiding.silenced(scene, _demoted(scene, touched.values()), plan)

    def _refuse_unseen(self, scene: Scene, rows: dict[PrincipalId, Row]) -> None:
        for edit in self.edits:
            found = privileges.cell(rows[edit.principal], edit.resource, scene.catalog)
            if edit.seen is not None and edit.seen != found:
                what = f"`{edit.resource}` of `{edit.principal}`"
                raise ConflictError(what, _shown(edit.seen), _shown(found))


def _edited(row: Row, edits: Iterable[Edit]) -> Row:
    mine = [edit for edit in edits if edit.principal == row.id]
    return attrs.evolve(row, membership=privileges.edited(row.membership, mine))


def _demoted(scene: Scene, moves: Iterable[tuple[Row, Row]]) -> list[Row]:
    """Return those that may manage before their move and not after it."""
    may = privileges.may_manage
    return [before for before, after in moves if may(before, scene.catalog) and not may(after, scene.catalog)]


def _shown(cell: Cell) -> str:
    return f"{cell.level} (explicit)" if cell.explicit else cell.level


@attrs.frozen
class AssignRole(MemberCommand[Done]):
    """
    Give a member a role of the tenant, or none; explicit levels stay (MU-14, AM-05).

    Who: an account manager, or the operator; nobody their own row. The person is told. The built-in role is given
    only by its own unaltered holders (MC-15).

    Args:
        tenant: Where.
        member: Whom.
        role: The tenant's role; None for none.
        last_manager: The operator's override of rule 5.
    """

    name: ClassVar[str] = "assign_role"
    role: RoleKey | None = attrs.field(default=None, converter=words.optional_role_key)
    last_manager: LastManager = attrs.field(default=LastManager.KEEP, validator=words.exactly(LastManager))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene, last_manager=self.last_manager)
        row = guards.subject(scene, self.member)
        role = role_of(scene, self.role)
        guards.refuse_own(scene, actor, [row])
        after = attrs.evolve(row, membership=attrs.evolve(row.membership, role=self.role), role=role)
        return regranted(scene, actor, row, after, self.last_manager)


@attrs.frozen
class LimitSegments(MemberCommand[Done]):
    """
    Limit a member to some segments of the tenant; none named means all, future ones included (AM-15).

    Who: an account manager, or the operator; nobody their own row. The person is told.

    Args:
        tenant: Where.
        member: Whom.
        segments: Words of this tenant's segments.
    """

    name: ClassVar[str] = "limit_segments"
    segments: frozenset[SegmentKey] = attrs.field(default=frozenset(), converter=words.segment_keys)

    def require_words(self, catalog: Catalog) -> None:
        """Check the segments."""
        catalog.require_segments(sorted(self.segments))

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        actor = guards.require_manager(scene)
        row = guards.subject(scene, self.member)
        require_tenant_segments(scene, self.segments)
        guards.refuse_own(scene, actor, [row])
        after = attrs.evolve(row, membership=attrs.evolve(row.membership, segments=self.segments))
        return regranted(scene, actor, row, after)


def regranted(
    scene: Scene, actor: Row | None, before: Row, after: Row, last_manager: LastManager = LastManager.KEEP
) -> Plan[Done]:
    """Plan a row's move to other privileges."""
    if after == before:
        return Plan(Done())
    guards.require_may_give(scene, actor, before, after)
    if last_manager is not LastManager.OVERRIDE and privileges.may_manage(before, scene.catalog):
        guards.require_managed(scene, {before.id: (before, after)})
    plan = Plan(
        Done(changed=True),
        (change(before, after.membership),),
        (notice(scene, Audience.PERSON, after.membership),),
    )
    return invitation_voiding.silenced(scene, _demoted(scene, [(before, after)]), plan)


@attrs.frozen
class Privileges:
    """
    Reading the matrix.

    Args:
        store: Where it lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: For the reader's own standing.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def matrix(self, tenant: TenantId, after: str = "", limit: int = 50, *, begin: str = "", by: By) -> Matrix:
        """
        Return a page of the matrix: rows by username, linked ones included, columns by resource (MU-13).

        Who: whoever at least views the managing resource, or the operator.

        Args:
            tenant: Which.
            after: `Matrix.next` of the page before; empty for the first.
            limit: Rows a page, 1 to 500.
            begin: Where there is no *after*: the page begins with this username, or the next one there is.
            by: Who looks.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: an `after` that is no `Matrix.next`, or a `begin` that can be no username.
        """
        require_limit(limit)
        _require_place(after)
        after = after or (names.key_before(names.username_key(begin)) if begin else "")
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now_of(self._clock))
            found = unit.queries.page(tenant, after, limit + 1)
        columns = tuple(resource.key for resource in self._catalog.resources)
        by_role = {row.membership.role: row.role for row in found}
        given = {key: frozen(privileges.role_cells(role, self._catalog)) for key, role in by_role.items()}
        rows = tuple(_row(row, given[row.membership.role]) for row in found[:limit])
        more = found[limit - 1].principal.username_key if len(found) > limit else None
        return Matrix(tenant, columns, rows, more)

    def roles(self, tenant: TenantId, *, by: By) -> list[Role]:
        """
        Return the roles of *tenant* with their levels: the built-in one, then its own by word (AM-05).

        Who: whoever at least views the managing resource, or the operator.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now_of(self._clock))
            own = unit.roles.list(tenant)
        return [attrs.evolve(BUILT_IN, levels=self._catalog.manager_levels()), *own]

    def preview(self, tenant: TenantId, edits: Sequence[Edit], *, by: By) -> list[CellChange]:
        """
        Return what *edits* would change, cell by cell as they are now; what changes nothing is left out (MU-14).

        Whether they may be made is another question, which `TenantAccess.may` answers for `ChangePrivileges`.

        Who: whoever at least views the managing resource, or the operator.

        Raises:
            NotFoundError: no such tenant, no member of it, or an edit of nobody's row.
            AccessDeniedError: a member who does not see the roster.
            UnknownNameError: an undeclared resource or level.
        """
        wanted = ChangePrivileges(tenant, edits)
        wanted.require_words(self._catalog)
        reader = guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            found = unit.memberships.load(tenant, {*wanted.named(), *([] if reader is None else [reader])})
        now = now_of(self._clock)
        rows = guards.judged_reader(found, tenant, by, self._catalog, self._policy, now).rows
        changes = [self._change(rows, edit) for edit in wanted.edits]
        return [one for one in changes if one.before != one.after]

    def _change(self, rows: Mapping[PrincipalId, Row], edit: Edit) -> CellChange:
        row = rows.get(edit.principal)
        if row is None or row.membership.gone_at is not None:
            raise NotFoundError("member", edit.principal)
        before, after = (privileges.cell(one, edit.resource, self._catalog) for one in (row, _edited(row, [edit])))
        return CellChange(row.id, row.principal.username, edit.resource, before, after)


def _row(row: Row, given: Mapping[ResourceKey, Cell]) -> MatrixRow:
    facts = row.membership
    return MatrixRow(row.id, row.principal.username, facts.role, privileges.cells(row, given), facts.segments)


def _require_place(after: str) -> None:
    """Refuse what no page ends with, before any store is asked to begin there."""
    try:
        is_key = after == "" or names.username_key(after) == after
    except InvalidInputError:
        is_key = False
    if not is_key:
        raise InvalidInputError("after", "must be the `next` of a page of the matrix")
