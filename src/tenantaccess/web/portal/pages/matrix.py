"""The matrix as a page: usernames by portions, one list to choose from in each cell (MU-13, MU-14, MU-15)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey
from tenantaccess.model.catalog import Resource, Role
from tenantaccess.model.directory import DirectoryRow
from tenantaccess.model.members import Status
from tenantaccess.model.privileges import Cell, Matrix, MatrixRow
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.layout import Option, Pager
from tenantaccess.web.portal.pages import granting
from tenantaccess.web.portal.pages.drafts import Draft, Where, own, seen_text
from tenantaccess.web.portal.pages.reach import Reach, reach_of
from tenantaccess.web.portal.visit import Problem, Visit

MOST_ROWS: Final = 50
MOST_CELLS: Final = 1_000
"""As many as one command takes, and one form carries."""


@attrs.frozen
class Choice:
    """
    One choice of a cell.

    Args:
        value: A level; empty for what the role says.
        label: What people read.
        is_chosen: Whether it is what the cell is to be.
        is_seen: Whether it is what the cell was when it was shown first.
        is_shut: Whether it may not be chosen.
    """

    value: str
    label: str
    is_chosen: bool
    is_seen: bool
    is_shut: bool


@attrs.frozen
class CellView:
    """
    One cell.

    Args:
        name: Of its field.
        resource: The word of its column.
        portion: What people read for that.
        choices: What it may be.
        is_shut: Whether nothing about it may be changed.
        is_set: Whether the level is set on the cell itself, and not by the role.
        is_changed: Whether it is to be something else than it was.
    """

    name: str
    resource: str
    portion: str
    choices: Sequence[Choice]
    is_shut: bool
    is_set: bool
    is_changed: bool


@attrs.frozen
class RowView:
    """
    One username.

    Args:
        principal: Whose.
        username: What it is called.
        url: Where one user is opened.
        called: Their name as the roster has it, the last one first.
        status: As a word of style; empty for whoever is active.
        status_label: In words.
        notes: The role held, and the segments it is limited to.
        why: Why it may not be changed, or not all of it; empty if it may.
        is_shut: Whether nothing about it may be changed.
        seen: All cells as they were shown, for the form.
        cells: In the order of the columns.
    """

    principal: str
    username: str
    url: str
    called: str
    status: str
    status_label: str
    notes: Sequence[str]
    why: str
    is_shut: bool
    seen: str
    cells: Sequence[CellView]


@attrs.frozen
class Column:
    """One portion that is offered: its word, and what people read."""

    key: str
    label: str


@attrs.frozen
class MatrixView:
    """What the page shows."""

    columns: Sequence[Column]
    columns_said: str
    not_used: str
    rows: Sequence[RowView]
    levels: Sequence[Option]
    changes: int
    is_open: bool
    url: str
    undo_url: str
    where: Where
    is_long: bool
    pager: Pager
    problem: Problem | None


def shown(visit: Visit, where: Where, draft: Draft, problem: Problem | None = None) -> PageResponse:
    """Show the page of the matrix that begins *where*, with what *draft* holds filled in."""
    access, words, tenant = visit.access, visit.words, visit.by.tenant
    columns = [Column(one.key, words.label(one.label)) for one in offered(visit)]
    limit = max(1, min(MOST_ROWS, MOST_CELLS // len(access.catalog.resources)))
    try:
        matrix = access.privileges.matrix(tenant, where.after, limit, begin=where.begin, by=visit.by)
    except InvalidInputError as error:
        matrix = access.privileges.matrix(tenant, limit=limit, by=visit.by)
        problem = problem or visit.problem(error)
    roles = {role.key: role for role in access.privileges.roles(tenant, by=visit.by)}
    reach = reach_of(visit, matrix) if visit.manages else Reach()
    people = access.directory.members(tenant, [row.principal for row in matrix.rows], by=visit.by)
    made = _Cells(visit, draft, reach, roles, people)
    view = MatrixView(
        columns=columns,
        columns_said=words.say("matrix_columns", count=len(columns)),
        not_used=granting.not_used(visit),
        rows=[made.row(row) for row in matrix.rows],
        levels=[Option(step.key, words.label(step.label)) for step in reversed(access.catalog.ladder.steps)],
        changes=len(draft.edits),
        is_open=visit.manages,
        url=visit.here("privileges"),
        undo_url=visit.here("privileges", **where.query),
        where=where,
        is_long=bool(matrix.next or where.after or where.begin),
        pager=_pager(visit, matrix, where),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "privileges.html", words.privileges, view, at="privileges", status=status)


def offered(visit: Visit) -> Sequence[Resource]:
    """Return the portions that are used here, in order."""
    return [one for one in visit.access.catalog.resources if one.offered]


def levels_said(visit: Visit) -> Mapping[str, str]:
    """Return what people read for each level, by its word."""
    return {step.key: visit.words.label(step.label) for step in visit.access.catalog.ladder.steps}


@attrs.define
class _Cells:
    """Makes the rows of one page."""

    visit: Visit
    draft: Draft
    reach: Reach
    roles: Mapping[RoleKey, Role]
    people: Mapping[PrincipalId, DirectoryRow]
    labels: Mapping[str, str] = attrs.field(init=False)
    segments: Mapping[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        words, catalog = self.visit.words, self.visit.access.catalog
        self.labels = levels_said(self.visit)
        self.segments = {one.key: words.label(one.label) for one in catalog.segments}

    def row(self, row: MatrixRow) -> RowView:
        seen = {key: self.draft.seen.get((row.principal, key), cell) for key, cell in row.cells.items()}
        person = self.people.get(row.principal)
        names = () if person is None else (person.contact.last_name, person.contact.first_name)
        status = "" if person is None or person.status is Status.ACTIVE else person.status.value
        return RowView(
            principal=row.principal,
            username=row.username,
            url=self.visit.here("users", row.principal),
            called=", ".join(name for name in names if name),
            status=status,
            status_label=self.visit.words.say(f"status_{status}") if status else "",
            notes=list(self._notes(row)),
            why=self._why(row.principal),
            is_shut=not self.visit.manages or row.principal in self.reach.rows,
            seen=seen_text(seen),
            cells=[self._cell(row, one, seen[one.key]) for one in offered(self.visit)],
        )

    def _notes(self, row: MatrixRow) -> Iterator[str]:
        words = self.visit.words
        labels = {str(role.key): role.label for role in self.roles.values()}
        role = layout.role_label(self.visit, row.role, labels)
        yield words.say("matrix_role", role=role) if role else words.matrix_no_role
        if row.segments:
            names = ", ".join(self.segments.get(key, key) for key in sorted(row.segments))
            yield words.say("matrix_limited_to", segments=names)

    def _why(self, principal: PrincipalId) -> str:
        why = " ".join(self.visit.explained(decision) for decision in self.reach.why(principal))
        is_partly = bool(why) and principal not in self.reach.rows
        return self.visit.words.say("partly_shut", why=why) if is_partly else why

    def _cell(self, row: MatrixRow, column: Resource, seen: Cell) -> CellView:
        key, before = column.key, own(seen)
        chosen = self.draft.wanted.get((row.principal, key), before)
        levels = [None, *(step.key for step in reversed(self.visit.access.catalog.ladder.steps))]
        if before not in levels:
            levels.append(before)
        choices = [
            Choice(
                value=level or "",
                label=self._said(row, key, level),
                is_chosen=level == chosen,
                is_seen=level == before,
                is_shut=level != before and self.reach.is_shut(row.principal, key, level),
            )
            for level in levels
        ]
        return CellView(
            name=f"cell.{row.principal}.{key}",
            resource=key,
            portion=self.visit.words.label(column.label),
            choices=choices,
            is_shut=not (self.visit.manages and any(not (one.is_shut or one.is_seen) for one in choices)),
            is_set=seen.explicit,
            is_changed=chosen != before,
        )

    def _said(self, row: MatrixRow, key: ResourceKey, level: LevelKey | None) -> str:
        if level is not None:
            return self.labels.get(level, level)
        role = None if row.role is None else self.roles.get(row.role)
        given = self.visit.access.catalog.ladder.lowest.key if role is None else role.levels.get(key)
        said = self.labels.get(given or self.visit.access.catalog.ladder.lowest.key, given or "")
        return self.visit.words.say("by_no_role" if role is None else "by_role", level=said)


def _pager(visit: Visit, matrix: Matrix, where: Where) -> Pager:
    return Pager(
        visit.here("privileges") if where.after or where.begin else "",
        visit.here("privileges", after=matrix.next) if matrix.next else "",
    )
