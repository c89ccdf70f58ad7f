"""A page that says something, and where to go on."""

import attrs

from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.visit import Visit


@attrs.frozen
class Told:
    """What it says, what to do about it, and where to go on."""

    lead: str
    more: str
    url: str


def told(visit: Visit, title: str, lead: str, more: str = "", url: str = "", status: int = 200) -> PageResponse:
    """Return a page that says *lead*, and *more*; it leads to *url*, or to where one begins."""
    return layout.page(visit, "told.html", title, Told(lead, more, url or visit.url("")), status=status)


def sign_in_url(visit: Visit) -> str:
    """Return where one signs in."""
    return visit.settings.sign_in or visit.url("sign-in")
