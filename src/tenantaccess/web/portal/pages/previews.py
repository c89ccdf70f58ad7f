"""What an edit of the matrix would do, cell by cell, before it is done; and what others did to it meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.audit import Event
from tenantaccess.model.decisions import Decision, Reason
from tenantaccess.model.directory import DirectoryRow
from tenantaccess.model.members import Status
from tenantaccess.model.privileges import Cell, CellChange
from tenantaccess.services.privileges import ChangePrivileges
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.drafts import Draft, Place, Where, own, seen_text
from tenantaccess.web.portal.pages.matrix import levels_said
from tenantaccess.web.portal.pages.people import actor_name, moment, names_of
from tenantaccess.web.portal.visit import Problem, Visit

LOOKED_THROUGH: Final = 200
"""Among so many of the latest events it is looked up who changed a cell meanwhile."""

ASKING: Final = frozenset({Reason.PENDING, Reason.REJECTED, Reason.REQUEST_EXPIRED})
"""Whoever is let in from here gets exactly what is chosen then."""


@attrs.frozen
class Line:
    """
    One cell that would change.

    Args:
        name: Of its field.
        username: Whose.
        portion: Of what.
        before: What it is.
        after: What it would be.
        value: What the form sends for it.
        why: Why it may not be done; empty if it may.
        note: From when on it applies, where that is not at once.
        status: Of whom it does not apply to at once, as a word of style; else empty.
        status_label: In words.
        saw: What was seen of it, where it is something else by now; else empty.
        now: What it is instead.
        meanwhile: Who changed it, and when, as far as the record tells.
        choices: For a cell that somebody changed meanwhile: to leave it, or not.
    """

    name: str
    username: str
    portion: str
    before: str
    after: str
    value: str
    why: str
    note: str
    status: str
    status_label: str
    saw: str
    now: str
    meanwhile: str
    choices: Sequence[Option]


@attrs.frozen
class Seen:
    """The cells of one row as this page shows them, as the form carries them."""

    name: str
    text: str


@attrs.frozen
class Preview:
    """What the page shows."""

    lines: Sequence[Line]
    seen: Sequence[Seen]
    already: str
    is_open: bool
    is_contested: bool
    url: str
    where: Where
    problem: Problem | None


def command(visit: Visit, draft: Draft) -> ChangePrivileges:
    """Return the one command for all that *draft* wants."""
    return ChangePrivileges(visit.by.tenant, draft.edits)


def shown(visit: Visit, draft: Draft, where: Where, problem: Problem | None = None) -> PageResponse:
    """Show what would become of *draft*; what others changed meanwhile the person settles, cell by cell."""
    access, words, tenant = visit.access, visit.words, visit.by.tenant
    changes = access.privileges.preview(tenant, draft.edits, by=visit.by)
    contested = [one for one in changes if one.before != draft.seen[_place(one)]]
    told = _meanwhile(visit, tenant, contested) if contested else {}
    refused = _refused(visit, tenant, draft, changes)
    rows = list(dict.fromkeys(one.principal for one in changes))
    people = access.directory.members(tenant, rows, by=visit.by) if rows else {}
    made = _Lines(visit, draft, refused, told, people)
    lines = [made.line(one, is_contested=one in contested) for one in changes]
    already = len(draft.edits) - len(changes)
    if contested:
        problem = Problem(409, words.changed_meanwhile)
    elif problem is None and not refused and changes:
        # Each row may be changed, and yet not all of them at once: somebody has to be left to manage.
        whole = access.may(ChangePrivileges(tenant, _as_now(draft, changes).edits), by=visit.by)
        problem = None if whole else Problem(200, visit.explained(whole))
    view = Preview(
        lines=lines,
        seen=_seen(changes),
        already=words.say("already_so", count=already) if already else "",
        is_open=bool(changes) and not refused and (problem is None or bool(contested)),
        is_contested=bool(contested),
        url=visit.here("privileges"),
        where=where,
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "privileges_preview.html", words.matrix_preview, view, at="privileges", status=status)


def _place(one: CellChange) -> Place:
    return one.principal, one.resource


def _as_now(draft: Draft, changes: Sequence[CellChange]) -> Draft:
    """Return *draft* as somebody wants it who has seen this very page."""
    return Draft(
        {_place(one): one.before for one in changes}, {_place(one): draft.wanted[_place(one)] for one in changes}
    )


def _seen(changes: Sequence[CellChange]) -> list[Seen]:
    rows: dict[PrincipalId, dict[ResourceKey, Cell]] = {}
    for one in changes:
        rows.setdefault(one.principal, {})[one.resource] = one.before
    return [Seen(f"seen.{principal}", seen_text(cells)) for principal, cells in rows.items()]


def _refused(
    visit: Visit, tenant: TenantId, draft: Draft, changes: Sequence[CellChange]
) -> Mapping[PrincipalId, Decision]:
    """Return why rows may not be changed as wanted, by principal; all of them asked at once."""
    edits = _as_now(draft, changes).edits

    def as_wanted(there: TenantId, who: PrincipalId) -> ChangePrivileges:
        return ChangePrivileges(there, [edit for edit in edits if edit.principal == who])

    rows = list(dict.fromkeys(one.principal for one in changes))
    answers = visit.access.may_each([as_wanted], tenant, rows, visit.by)
    return {who: answer[as_wanted] for who, answer in answers.items() if not answer[as_wanted]}


def _meanwhile(visit: Visit, tenant: TenantId, contested: Sequence[CellChange]) -> Mapping[Place, str]:
    """Return who changed the cells last, and when, as far as the latest of the record tells."""
    events = [event for event, _ in visit.access.audit.latest(tenant, limit=LOOKED_THROUGH, by=visit.by)]
    found = {_place(one): next((event for event in events if _is_about(event, one)), None) for one in contested}
    names = names_of(visit, tenant, [event.actor.id for event in found.values() if event is not None])
    return {
        place: visit.words.say("changed_by", who=actor_name(visit, event.actor, names), when=moment(event.at))
        for place, event in found.items()
        if event is not None
    }


def _is_about(event: Event, one: CellChange) -> bool:
    """Tell whether *event* moved the cell: by what is set on it, by another role, or by an edit of a role."""
    if event.subject == one.principal:
        before, after = (facts.get("overrides", {}).get(one.resource) for facts in (event.before, event.after))
        return before != after or "role" in event.after
    before, after = (facts.get("levels", {}).get(one.resource) for facts in (event.before, event.after))
    return before != after and not one.before.explicit


@attrs.define
class _Lines:
    """Makes the lines of one preview."""

    visit: Visit
    draft: Draft
    refused: Mapping[PrincipalId, Decision]
    told: Mapping[Place, str]
    people: Mapping[PrincipalId, DirectoryRow]
    labels: Mapping[str, str] = attrs.field(init=False)
    portions: Mapping[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.labels = levels_said(self.visit)
        self.portions = {one.key: self.visit.words.label(one.label) for one in self.visit.access.catalog.resources}

    def line(self, one: CellChange, *, is_contested: bool) -> Line:
        words, decision = self.visit.words, self.refused.get(one.principal)
        person = self.people.get(one.principal)
        status = "" if person is None or person.status is Status.ACTIVE else person.status.value
        value, now = self.draft.wanted[_place(one)] or "", own(one.before) or ""
        before, after = self._said(one.before), self._said(one.after)
        choices = [
            Option(now, words.say("leave_it", level=before), is_chosen=True),
            Option(value, words.say("make_it", level=after)),
        ]
        return Line(
            name=f"cell.{one.principal}.{one.resource}",
            username=one.username,
            portion=self.portions[one.resource],
            before=before,
            now=words.say("it_is", level=before) if is_contested else "",
            after=after,
            value=value,
            why="" if decision is None else self.visit.explained(decision),
            note="" if person is None else self._applies(person),
            status=status,
            status_label=words.say(f"status_{status}") if status else "",
            saw=words.say("you_saw", level=self._said(self.draft.seen[_place(one)])) if is_contested else "",
            meanwhile=self.told.get(_place(one), "") if is_contested else "",
            choices=choices if is_contested else [],
        )

    def _applies(self, person: DirectoryRow) -> str:
        words = self.visit.words
        if person.reason in ASKING and not person.is_link:
            return words.until_approved
        return "" if person.status is Status.ACTIVE else words.once_active

    def _said(self, cell: Cell) -> str:
        name = "set_here" if cell.explicit else "from_role"
        return self.visit.words.say(name, level=self.labels.get(cell.level, cell.level))
