"""A page that says something, and where to go on."""

from typing import Final

import attrs

from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import Visit


@attrs.frozen
class Told:
    """What it says, what to do about it, and where to go on."""

    lead: str
    more: str
    url: str
    button: str


def told(
    visit: Visit, title: str, lead: str, more: str = "", url: str = "", button: str = "", status: int = 200
) -> PageResponse:
    """Return a page that says *lead*, and *more*; *button* leads to *url*, or to where one begins."""
    view = Told(lead, more, url or visit.url(""), button or visit.words.go_on)
    return layout.page(visit, "told.html", title, view, status=status)


def to_sign_in(visit: Visit, text: str) -> PageResponse:
    """Say *text* to somebody who signs in next: on the portal's own page for that, or on one before the host's."""
    return visit.done(visit.url("sign-in") if not visit.settings.sign_in else visit.url("done"), text)


def done(visit: Visit) -> PageResponse:
    """Show what there is to say, and lead to where one signs in."""
    words = visit.words
    return told(visit, words.done_title, words.done_lead, url=sign_in_url(visit), button=words.sign_in)


def sign_in_url(visit: Visit) -> str:
    """Return where one signs in."""
    return visit.settings.sign_in or visit.url("sign-in")


ROUTES: Final = (Route("GET", "/done", done),)
