"""
The portal: every page of the library, framework-free, with one set of templates, one style sheet and one script.

A door (`tenantaccess.web.flask`, `tenantaccess.web.django`) makes a `PageRequest` of what came in, hands it to
`Portal.respond`, and sends what comes out.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

from tenantaccess.web.portal.exchange import (
    HEADERS,
    NOBODY,
    Csrf,
    File,
    Page,
    PageRequest,
    PageResponse,
    Redirect,
    Visitor,
    headers_of,
)
from tenantaccess.web.portal.kept import Kept
from tenantaccess.web.portal.mails import HtmlMail
from tenantaccess.web.portal.portal import Portal
from tenantaccess.web.portal.static import served
from tenantaccess.web.portal.visit import NotEnteredError, PortalSettings, SignInNeededError

TEMPLATES: Final = Path(str(files(__package__).joinpath("templates")))
"""The folder that doors look for templates in, after the host's own."""

__all__ = [
    "HEADERS",
    "NOBODY",
    "TEMPLATES",
    "Csrf",
    "File",
    "HtmlMail",
    "Kept",
    "NotEnteredError",
    "Page",
    "PageRequest",
    "PageResponse",
    "Portal",
    "PortalSettings",
    "Redirect",
    "SignInNeededError",
    "Visitor",
    "headers_of",
    "served",
]
