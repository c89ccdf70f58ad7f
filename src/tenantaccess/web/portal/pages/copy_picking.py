"""Choosing single entries of a file that is to be copied, a page at a time; what is ticked elsewhere is kept."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import ReferenceSetKey
from tenantaccess.model.records import record_key
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages.copy_wanted import FIELDS, Hidden, Wanted, set_labels, tenant_of
from tenantaccess.web.portal.pages.copying import choose, planned
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import Problem, Visit

PAGE: Final = 40
"""So many keys of full length fit in one field."""


@attrs.frozen
class Entry:
    """One entry to tick."""

    name: str
    label: str
    is_ticked: bool


@attrs.frozen
class Picking:
    """
    What the page shows.

    Args:
        entries: A page of them, by key.
        told: How many are chosen, on this page and others.
        at: The key that it was to begin at.
        next: Behind which key the next page begins; empty after the last.
        shown: All keys of this page, one a line.
        hidden: What is wanted, and of which set entries are picked.
        url: This page.
        done_url: Where the choice leads.
        name: Of which set entries are picked.
        problem: What went wrong.
    """

    entries: Sequence[Entry]
    told: str
    at: str
    next: str
    shown: str
    hidden: Sequence[Hidden]
    url: str
    done_url: str
    name: str
    problem: Problem | None


def chosen(visit: Visit) -> PageResponse:
    """Show what copying would do, with the entries that were chosen; without any, choosing goes on."""
    form = visit.form(*FIELDS, "seen.", "conflict", "all", "at", "after")
    wanted, whole, picked = Wanted.sent(form), form.text("all"), form.text("pick")
    if picked not in {"", whole, *wanted.keys}:
        return _picking(visit, form, Problem(422, visit.words.copy_pick_nothing))
    keys = {name: found for name, found in wanted.keys.items() if name != whole}
    return planned(visit, attrs.evolve(wanted, keys=keys), conflict=form.text("conflict"))


def pick(visit: Visit) -> PageResponse:
    """Show a page of the source's entries, each with a box; nothing is changed by it."""
    return _picking(visit, visit.form(*FIELDS, "seen.", "conflict", "at", "after"))


def _picking(visit: Visit, form: Form, problem: Problem | None = None) -> PageResponse:
    wanted, name, at = Wanted.sent(form), form.text("pick"), form.text("at").strip()
    source, after = tenant_of("copy_from", wanted.source), form.optional("after") or before(at)
    page = visit.access.records.page(source, name, after, PAGE, by=visit.principal)
    ticked, words = wanted.keys.get(name, frozenset()), visit.words
    view = Picking(
        entries=[Entry(record.key, record.label, record.key in ticked) for record in page.records],
        told=words.say("copy_chosen", count=len(ticked)),
        at=at,
        next=page.next or "",
        shown="\n".join(record.key for record in page.records),
        hidden=[*wanted.hidden(), Hidden("pick", name), Hidden("conflict", form.text("conflict"))],
        url=visit.url("copy", "pick"),
        done_url=visit.url("copy", "plan"),
        name=name,
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    title = words.say("copy_pick_title", name=set_labels(visit).get(ReferenceSetKey(name), name))
    return layout.page(visit, "copy_pick.html", title, view, at="copy", status=status)


def before(key: str) -> str | None:
    """Return what stands shortly before *key* in the order of keys, so that a page behind it begins there."""
    if not key:
        return None
    for close in (f"{key[:-1]}{chr(max(ord(key[-1]) - 1, 0))}~", key[:-1]):
        try:
            return record_key(close)
        except InvalidInputError:
            continue
    return None


ROUTES: Final = (
    Route("GET", "/copy/pick", choose),
    Route("POST", "/copy/pick", pick),
    Route("POST", "/copy/plan", chosen),
)
