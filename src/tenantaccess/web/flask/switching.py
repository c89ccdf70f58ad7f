"""The list of tenants on the host's own pages."""

from typing import Final
from urllib.parse import quote

from flask import render_template, request, url_for
from markupsafe import Markup

from tenantaccess.errors import MisuseError
from tenantaccess.web.flask.current import entered, named_in_address, stands, visitor
from tenantaccess.web.flask.installed import installed
from tenantaccess.web.flask.pages import page_request
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.visit import Visit

GLOBAL: Final = "tenantaccess_switcher"
"""What templates call it."""


def switcher() -> Markup:
    """
    Return the portal's list of tenants, for the top of the host's own pages; nothing for whoever is nobody.

    Templates call it as ``tenantaccess_switcher()``. Switching leads back to the same page: of the other tenant, if the
    address names one. One query, besides that of the guard.

    Raises:
        MisuseError: the portal, which the list posts to, is not mounted.
    """
    here, seen = installed(), visitor()
    if not here.config.register_portal:
        raise MisuseError("mount the portal: leave TENANTACCESS_REGISTER_PORTAL as it is")
    if seen.principal is None:
        return Markup()
    context = entered()
    if context is None and not stands(seen):
        return Markup()
    asked = page_request(here, "/", url_for("tenantaccess.home").rstrip("/"), seen)
    visit = Visit(here.access, here.portal.settings, asked)
    visit.context = context
    return Markup(render_template("tenantaccess/elements/switcher.html", **layout.switcher(visit, _back())))  # noqa: S704  # escaped by the engine


def _back() -> str:
    named, asked = named_in_address(), request.query_string.decode("ascii", "replace")
    path = quote(request.script_root + request.path)
    if named:
        path = path.replace(quote(named), "{tenant}")
    return f"{path}{'?' if asked else ''}{asked}"
