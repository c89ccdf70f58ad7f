"""Which level does a row hold, on which cell, and may an actor raise it there?"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from tenantaccess.ids import PRINCIPAL, LevelKey, PrincipalId, ResourceKey, SegmentKey, is_id
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog, Role
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.policy import GrantCeiling
from tenantaccess.model.principals import Kind
from tenantaccess.model.privileges import EVERY_SEGMENT, Cell, Edit
from tenantaccess.model.tenants import Tenant

Ranks = Mapping[ResourceKey, int]

_LOWEST: Final = b"\x01"


def role_levels(role: Role | None, catalog: Catalog) -> Ranks:
    """Return the ranks a role gives; the built-in one follows the catalog, so that new resources are included."""
    return {resource: catalog.ladder.rank(level) for resource, level in _levels(role, catalog).items()}


def _levels(role: Role | None, catalog: Catalog) -> Mapping[ResourceKey, LevelKey]:
    if role is None:
        return EMPTY
    return catalog.manager_levels() if role.key == ACCOUNT_MANAGER else role.levels


def stored(row: Row, catalog: Catalog) -> Ranks:
    """Return the ranks of *row* after role and override, whatever its status, dates or base."""
    ranks, overrides = role_levels(row.role, catalog), row.membership.overrides
    if not overrides:
        return ranks
    return {**ranks, **{resource: catalog.ladder.rank(level) for resource, level in overrides.items()}}


def cell(row: Row, resource: ResourceKey, catalog: Catalog) -> Cell:
    """Return the cell of *row* as the matrix shows it."""
    override = row.membership.overrides.get(resource)
    if override is not None:
        return Cell(override, explicit=True)
    return _by_role(_levels(row.role, catalog), resource, catalog)


def _by_role(levels: Mapping[ResourceKey, LevelKey], resource: ResourceKey, catalog: Catalog) -> Cell:
    rank = catalog.ladder.rank(levels.get(resource, catalog.ladder.lowest.key))
    return Cell(catalog.ladder.steps[rank].key, explicit=False)


def role_cells(role: Role | None, catalog: Catalog) -> Mapping[ResourceKey, Cell]:
    """Return the cells of a row that holds *role* and has no override."""
    levels = _levels(role, catalog)
    return {one.key: _by_role(levels, one.key, catalog) for one in catalog.resources}


def cells(row: Row, by_role: Mapping[ResourceKey, Cell]) -> Mapping[ResourceKey, Cell]:
    """Return the cells of *row* as the matrix shows them; *by_role* is what `role_cells` says of its role."""
    overrides = row.membership.overrides.items()
    own = {resource: Cell(level, explicit=True) for resource, level in overrides if resource in by_role}
    return {**by_role, **own} if own else by_role


def codes(row: Row, catalog: Catalog) -> bytes:
    """
    Return what *row* effectively holds, one byte a resource: 0 denied explicitly, else rank + 1.

    A resource that is not offered is at the lowest level; a row that rests holds the lesser of its own and
    its base's (INV-28).
    """
    places, offered, rank = catalog.places, catalog.manager_levels(), catalog.ladder.rank
    held = bytearray(_LOWEST * len(places))
    for resource, level in _levels(row.role, catalog).items():
        if resource in offered:
            held[places[resource]] = rank(level) + 1
    for resource, level in row.membership.overrides.items():
        if resource in offered:
            held[places[resource]] = rank(level) + 1 if rank(level) else 0
    own = bytes(held)
    if row.membership.resting is None:
        return own
    if row.base is None:
        return bytes(len(own))
    # Explicit is only what is said about this row: a denial of its base shows as a level too low.
    return bytes(min(mine, max(base, 1)) for mine, base in zip(own, codes(row.base, catalog), strict=True))


def reach(row: Row) -> frozenset[SegmentKey] | None:
    """
    Return the segments to which *row* is effectively limited; None if to none.

    A row that rests reaches no further than its base (INV-28); the two may have nothing in common.
    """
    facts = row.membership
    own = facts.segments or None
    theirs = None if facts.resting is None or row.base is None else reach(row.base)
    if own is None or theirs is None:
        return theirs if own is None else own
    return own & theirs


def held(row: Row, catalog: Catalog) -> Ranks:
    """Return the ranks *row* effectively holds."""
    return {
        resource.key: max(code - 1, 0) for resource, code in zip(catalog.resources, codes(row, catalog), strict=True)
    }


def manages(row: Row, catalog: Catalog) -> bool:
    """Tell whether *row* effectively holds the highest level on the managing resource."""
    return codes(row, catalog)[catalog.places[catalog.managed_by]] == catalog.ladder.highest.rank + 1


def may_manage(row: Row, catalog: Catalog) -> bool:
    """Tell whether *row* holds the managing level by role and override, whatever else stands against it."""
    return catalog.ladder.rank(cell(row, catalog.managed_by, catalog).level) == catalog.ladder.highest.rank


@attrs.frozen
class Cells:
    """Ranks spread over segments: on how much of a resource does each hold?"""

    ranks: Ranks
    segments: frozenset[SegmentKey] | None = None

    def at(self, resource: ResourceKey, segment: SegmentKey, catalog: Catalog) -> int:
        """Return the rank on one cell; the managing resource ignores segments."""
        if self.segments is not None and segment not in self.segments and resource != catalog.managed_by:
            return 0
        return self.ranks.get(resource, 0)


EMPTY_CELLS = Cells({})


def cells_of(row: Row, catalog: Catalog) -> Cells:
    """Return the stored cells of *row*."""
    return Cells(stored(row, catalog), row.membership.segments or None)


def rising(
    before: Cells, after: Cells, tenant: Tenant, catalog: Catalog
) -> Iterator[tuple[ResourceKey, SegmentKey, int]]:
    """Yield each cell whose rank rises from *before* to *after*, with the rank it rises to."""
    for resource in sorted(set(before.ranks) | set(after.ranks)):
        for segment in (EVERY_SEGMENT, *sorted(tenant.segments)):
            rank = after.at(resource, segment, catalog)
            if rank > before.at(resource, segment, catalog):
                yield resource, segment, rank


def above(
    actor: Row, rises: Iterable[tuple[ResourceKey, SegmentKey, int]], catalog: Catalog, ceiling: GrantCeiling
) -> tuple[tuple[ResourceKey, SegmentKey], ...]:
    """Return the cells that rise above what *actor* effectively holds (INV-22); none if it may give them all."""
    own = Cells(held(actor, catalog), reach(actor))
    return tuple(
        (resource, segment)
        for resource, segment, rank in rises
        if rank > own.at(resource, segment, catalog)
        and (ceiling is not GrantCeiling.ANY or resource == catalog.managed_by)
    )


def holds_built_in(row: Row) -> bool:
    """Tell whether *row* holds the built-in role unaltered: what it takes to give it (MC-15)."""
    plain = row.membership.role == ACCOUNT_MANAGER and not row.membership.overrides
    if row.membership.resting is None:
        return plain
    return plain and row.base is not None and holds_built_in(row.base)


def is_own(actor: Row, subject: Row) -> bool:
    """
    Tell whether *subject* counts as the actor's own row (rule 4, INV-18).

    Its own, the row it rests on and what that one may not touch either, for links the row that proved them even where
    they stand alone by now, any other link resting on the same one; and for a service the row of the member that added
    it, and what that one may not touch either, as it is now.
    """
    if subject.id == actor.id:
        return True
    if actor.principal.kind is Kind.SERVICE and actor.membership.approved_by == subject.id:
        return True
    if _was_link(actor) and actor.membership.proven_by == subject.id:
        return True
    mine, theirs = actor.membership.resting, subject.membership.resting
    if mine is not None and mine.on == subject.id:
        return True
    if actor.is_link and subject.is_link and mine is not None and theirs is not None and theirs.on == mine.on:
        return True
    return actor.base is not None and is_own(actor.base, subject)


def hands(actor: Row) -> frozenset[PrincipalId]:
    """Return as whom *actor* acts: itself, all that it rests on, and for a service whoever added it, alike."""
    found = {actor.id}
    for row in _downwards(actor):
        if row.membership.resting is not None:
            found.add(row.membership.resting.on)
        if row.principal.kind is Kind.SERVICE and is_id(row.membership.approved_by, PRINCIPAL):
            found.add(PrincipalId(row.membership.approved_by))
    return frozenset(found)


def kin(actor: Row) -> frozenset[PrincipalId]:
    """Return whose rows may count as the actor's own (`is_own`), other than links that rest on the same as it does."""
    proven = (row.membership.proven_by for row in _downwards(actor) if _was_link(row))
    return hands(actor).union(one for one in proven if one is not None)


def _was_link(row: Row) -> bool:
    """Tell whether *row* is a link, be it that it stands alone by now."""
    return row.membership.origin is Origin.LINKED


def _downwards(row: Row | None) -> Iterator[Row]:
    while row is not None:
        yield row
        row = row.base


def is_proven_by(subject: Row, actor: Row) -> bool:
    """Tell whether *subject* is a link that rests on the proof of *actor*, who may end it."""
    resting = subject.membership.resting
    return subject.is_link and resting is not None and resting.on == actor.id


def is_never_raised_by(subject: Row, actor: Row) -> bool:
    """Tell whether *subject* is a link on the proof of any whom *actor* acts as: it is narrowed only (rule 4)."""
    return subject.is_link and is_carried_by(subject, actor)


def is_carried_by(subject: Row, actor: Row) -> bool:
    """Tell whether *subject* rests on any whom *actor* acts as."""
    resting = subject.membership.resting
    return resting is not None and resting.on in hands(actor)


def is_never_admitted_by(subject: Row, actor: Row) -> bool:
    """Tell whether *subject* ever rested on the proof of any whom *actor* acts as: never let in again (MC-09)."""
    return subject.membership.proven_by in hands(actor)


def edited(before: Membership, edits: Iterable[Edit]) -> Membership:
    """Return *before* with each edited cell set, or its override taken away."""
    overrides = dict(before.overrides)
    for edit in edits:
        if edit.level is None:
            overrides.pop(edit.resource, None)
        else:
            overrides[edit.resource] = edit.level
    return attrs.evolve(before, overrides=overrides)
