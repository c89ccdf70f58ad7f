"""How far somebody's hand reaches in the matrix: which rows and cells they may change, asked for a page at once."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, TenantId
from tenantaccess.model.decisions import Decision
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.levels import Ladder
from tenantaccess.model.privileges import Cell, Edit, Matrix
from tenantaccess.services.privileges import ChangePrivileges
from tenantaccess.web.portal.pages.drafts import own
from tenantaccess.web.portal.visit import Visit

Choice = tuple[ResourceKey, LevelKey | None]
Make = Callable[[TenantId, PrincipalId], ChangePrivileges]


@attrs.frozen
class Reach:
    """
    What is refused on one page of the matrix.

    Args:
        rows: Why nothing about a row may be changed, by principal; only of those rows.
        cells: Why a cell may not become a level, for the rows of which something may be changed.
    """

    rows: Mapping[PrincipalId, Decision] = attrs.field(default=EMPTY, converter=frozen)
    cells: Mapping[tuple[PrincipalId, Choice], Decision] = attrs.field(default=EMPTY, converter=frozen)

    def is_shut(self, principal: PrincipalId, resource: ResourceKey, level: LevelKey | None) -> bool:
        """Tell whether the cell may not become *level*; None is what the role says."""
        return principal in self.rows or (principal, (resource, level)) in self.cells

    def why(self, principal: PrincipalId) -> Sequence[Decision]:
        """Return why the row, or some of it, may not be changed: each reason once."""
        found = [self.rows[principal]] if principal in self.rows else []
        found += [decision for (who, _), decision in self.cells.items() if who == principal]
        return list({decision.reasons: decision for decision in found}.values())


def reach_of(visit: Visit, matrix: Matrix) -> Reach:
    """
    Return what the visitor may not change on the page *matrix*.

    Asked of the very command: first for whole rows, where the lowest and the highest level everywhere stand for
    whatever lies between, then cell by cell for the rows in which one of them is refused. A portion that is not offered
    opens to nobody, whatever is set there, and is not asked about.
    """
    ladder, columns = visit.access.catalog.ladder, _offered(visit)
    rows = {row.principal: row for row in matrix.rows}

    def touching(tenant: TenantId, who: PrincipalId) -> ChangePrivileges:
        return ChangePrivileges(tenant, _as_they_are(ladder, who, rows[who].cells))

    lowering = functools.partial(_everywhere, columns, ladder.lowest.key)
    raising = functools.partial(_everywhere, columns, ladder.highest.key)
    asked: Sequence[Make] = (touching, lowering, raising)
    answers = visit.access.may_each(asked, matrix.tenant, rows, visit.by)
    shut = {who: answer[touching] for who, answer in answers.items() if not answer[touching]}
    partly = [who for who, answer in answers.items() if who not in shut and not all(answer.values())]
    return Reach(shut, dict(_refused(visit, matrix, partly)) if partly else {})


def _refused(
    visit: Visit, matrix: Matrix, rows: Sequence[PrincipalId]
) -> Iterator[tuple[tuple[PrincipalId, Choice], Decision]]:
    levels: list[LevelKey | None] = [None, *(step.key for step in visit.access.catalog.ladder.steps)]
    makes: dict[Choice, Make] = {
        (column, level): functools.partial(_everywhere, (column,), level)
        for column in _offered(visit)
        for level in levels
    }
    answers = visit.access.may_each(tuple(makes.values()), matrix.tenant, rows, visit.by)
    for who, answer in answers.items():
        for choice, make in makes.items():
            if not answer[make]:
                yield (who, choice), answer[make]


def _offered(visit: Visit) -> Sequence[ResourceKey]:
    return [resource.key for resource in visit.access.catalog.resources if resource.offered]


def _everywhere(
    columns: Sequence[ResourceKey], level: LevelKey | None, tenant: TenantId, who: PrincipalId
) -> ChangePrivileges:
    return ChangePrivileges(tenant, [Edit(who, column, level) for column in columns])


def _as_they_are(ladder: Ladder, who: PrincipalId, cells: Mapping[ResourceKey, Cell]) -> list[Edit]:
    """Return edits of a row that change nothing; a level that the ladder has no longer is none to edit with."""
    known = {step.key for step in ladder.steps}
    edits = [Edit(who, resource, own(cell)) for resource, cell in cells.items() if cell.level in known]
    return edits or [Edit(who, next(iter(cells)), None)]
