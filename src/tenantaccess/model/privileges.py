"""Privileges: what a row is granted, cell by cell, and how an edit of the matrix is written down."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model import words
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.levels import AccessLevel, level_keys, optional_level_key

EVERY_SEGMENT: Final = SegmentKey("*")
"""The cell of a resource that covers all segments, future ones included."""


@attrs.frozen
class Grant:
    """What a command gives a row: a role, explicit levels, and the segments it is limited to."""

    role: RoleKey | None = attrs.field(default=None, converter=words.optional_role_key)
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=level_keys)
    segments: frozenset[SegmentKey] = attrs.field(default=frozenset(), converter=words.segment_keys)


NOTHING: Final = Grant()


@attrs.frozen
class Cell:
    """
    One place in the matrix as somebody saw it.

    Args:
        level: The level after role and override.
        explicit: Whether it is an override.
    """

    level: LevelKey
    explicit: bool


@attrs.frozen
class Edit:
    """
    One change of one cell.

    Args:
        principal: Whose row.
        resource: Which column.
        level: The explicit level wanted; None takes the override away.
        seen: The cell as the editor saw it; None skips the comparison.
    """

    principal: PrincipalId
    resource: ResourceKey = attrs.field(converter=words.resource_key)
    level: LevelKey | None = attrs.field(converter=optional_level_key)
    seen: Cell | None = None


@attrs.frozen
class CellChange:
    """What an edit would make of one cell."""

    principal: PrincipalId
    username: str
    resource: ResourceKey
    before: Cell
    after: Cell


@attrs.frozen
class MatrixRow:
    """One username of the matrix: its role, its cells by resource, the segments it is limited to."""

    principal: PrincipalId
    username: str
    role: RoleKey | None
    cells: Mapping[ResourceKey, Cell] = attrs.field(converter=frozen)
    segments: frozenset[SegmentKey] = frozenset()


@attrs.frozen
class Matrix:
    """
    The privileges of one tenant, a page of rows at a time.

    Args:
        tenant: Which tenant.
        columns: The resources, in the catalog's order.
        rows: The page's rows, by username.
        next: Where the next page begins; None after the last.
    """

    tenant: TenantId
    columns: Sequence[ResourceKey]
    rows: Sequence[MatrixRow]
    next: str | None = None

    def cell(self, principal: PrincipalId, resource: str) -> Cell:
        """Return one cell of this page; raises `InvalidInputError` if it is not on it."""
        for row in self.rows:
            if row.principal == principal and resource in row.cells:
                return row.cells[ResourceKey(resource)]
        raise InvalidInputError("cell", "must be on this page of the matrix")

    def edit(self, levels: Mapping[tuple[PrincipalId, str], AccessLevel | None]) -> tuple[Edit, ...]:
        """Return the edits that set *levels*, each remembering the cell as this page shows it."""
        return tuple(
            Edit(
                principal,
                ResourceKey(resource),
                None if level is None else level.key,
                self.cell(principal, resource),
            )
            for (principal, resource), level in levels.items()
        )


def require_distinct(edits: Iterable[Edit]) -> None:
    """Raise `InvalidInputError` if one cell is named twice."""
    places = [(edit.principal, edit.resource) for edit in edits]
    if len(set(places)) != len(places):
        raise InvalidInputError("edits", "must not name a cell twice")
