"""Username privileges: the matrix, the preview of an edit, and one command for all of it (MU-13, MU-14, MU-15)."""

from typing import Final

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import LevelKey
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages import matrix, previews
from tenantaccess.web.portal.pages.drafts import AS_ROLE, COLUMN, ROW, Draft, Where
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

REVIEW: Final = "review"
SAVE: Final = "save"
EDIT: Final = "edit"
NO_DRAFT: Final = Draft()


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show a page of the matrix."""
    visit.enter(tenant)
    return matrix.shown(visit, Where(visit.request.value("after"), visit.request.value("begin").strip()), NO_DRAFT)


def change(visit: Visit, tenant: str) -> PageResponse:
    """
    Do what the button says that was pressed: fill a row or a column, preview, save, or go back to the matrix.

    Nothing but saving changes anything, and whatever is not saved is in the form, and nowhere else.
    """
    visit.enter(tenant)
    form = visit.form("after", "begin", "level", "do", "cell.", "seen.")
    draft, where, button = Draft.sent(form), Where.sent(form), form.text("do", REVIEW)
    if button == EDIT:
        return matrix.shown(visit, where, draft)
    if button not in (REVIEW, SAVE):
        if not form.text("level"):
            return matrix.shown(visit, where, draft, Problem(422, visit.words.fill_nothing, "level"))
        return matrix.shown(visit, where, _filled(visit, draft, button, form.text("level")))
    if not draft.edits:
        return matrix.shown(visit, where, draft, Problem(422, visit.words.nothing_changed))
    try:
        return previews.shown(visit, draft, where) if button == REVIEW else _saved(visit, form, draft, where)
    except REFUSALS as error:
        return matrix.shown(visit, where, draft, visit.problem(error))


def _saved(visit: Visit, form: Form, draft: Draft, where: Where) -> PageResponse:
    try:
        visit.access.execute(previews.command(visit, draft), by=visit.by, key=form.once)
    except REFUSALS as error:
        return previews.shown(visit, draft, where, visit.problem(error))
    said = visit.words.say("changes_saved", count=len(draft.edits))
    return visit.done(visit.here("privileges", **where.query), said)


def _filled(visit: Visit, draft: Draft, button: str, level: str) -> Draft:
    axis, _, key = button.partition(":")
    if axis not in (ROW, COLUMN):
        raise InvalidInputError("do", "is no button of this form")
    wanted = None if level == AS_ROLE else LevelKey(visit.access.catalog.ladder.level(level).key)
    return draft.filled(axis, key, wanted)


ROUTES: Final = (
    Route("GET", "/t/{tenant}/privileges", show),
    Route("POST", "/t/{tenant}/privileges", change),
)
