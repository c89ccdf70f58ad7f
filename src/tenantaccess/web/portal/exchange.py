"""What goes in at a page and what comes out: values that every framework's door makes and sends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from tenantaccess.ids import PrincipalId
from tenantaccess.model.actors import Operator
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.web.portal.kept import Kept

HEADERS: Final[Mapping[str, str]] = frozen(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        # A page's address may hold a mailed secret: no more than the origin is told, to anybody.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
"""What every answer of the portal carries."""


@attrs.frozen
class Csrf:
    """
    The field that each form carries, so that no other site can send it.

    Args:
        name: Of the field.
        value: What it must hold.
    """

    name: str
    value: str = attrs.field(repr=False)


@attrs.frozen
class Visitor:
    """
    Who asks, as the host vouches.

    Args:
        principal: Who is signed in; None if nobody is.
        name: What the person is called on the page.
        operator: As which operator they act; None, the default of every host, if they are none.
        source: Where they ask from, such as an address that the host vouches for.
    """

    principal: PrincipalId | None = None
    name: str = ""
    operator: Operator | None = None
    source: str | None = None


NOBODY: Final = Visitor()


def untranslated(text: str) -> str:
    """Return *text* as it is: English."""
    return text


@attrs.frozen
class PageRequest:
    """
    One request to the portal.

    Args:
        method: ``GET`` or ``POST``.
        path: Below where the portal is mounted, beginning with a slash.
        root: Where it is mounted, such as ``/access``; no slash at its end.
        visitor: Who asks.
        kept: What the host's session keeps for the portal; pages change it, and the door writes it back.
        csrf: What forms carry.
        query: What the address asks for, each name with all its values.
        form: What was sent, likewise.
        gettext: Translates a text into the visitor's language.
        language: The code of that language.
        is_genuine: Whether the door has found the CSRF field of a ``POST`` to be what this session was given.
        ends_sessions: Whether the door ends whatever session a person has ended: then they are offered to end them all.
        ends_others: Whether another password ends all sessions that knew the one before, as far as the door sees to it.
    """

    method: str
    path: str
    root: str
    visitor: Visitor
    kept: Kept
    csrf: Csrf
    query: Mapping[str, Sequence[str]] = EMPTY
    form: Mapping[str, Sequence[str]] = attrs.field(default=EMPTY, repr=False)
    gettext: Callable[[str], str] = untranslated
    language: str = "en"
    is_genuine: bool = False
    ends_sessions: bool = False
    ends_others: bool = True

    def value(self, name: str, default: str = "") -> str:
        """Return what the address says for *name*; the first if it says it more than once."""
        return next(iter(self.query.get(name, ())), default)


@attrs.frozen
class Page:
    """
    A page to render.

    Args:
        template: Which, below ``tenantaccess/``.
        context: What the template sees: ``page`` (what is around), ``view`` (what it is about), ``t`` (words).
        status: The HTTP status.
        headers: Besides `HEADERS`.
    """

    template: str
    context: Mapping[str, Any] = attrs.field(repr=False)
    status: int = 200
    headers: Mapping[str, str] = attrs.field(default=EMPTY, converter=frozen)


@attrs.frozen
class Redirect:
    """An answer that leads to another page, by ``GET``."""

    to: str


@attrs.frozen
class File:
    """
    An answer to be saved, or one of the portal's own two files.

    Args:
        content_type: Of the body.
        body: Its parts.
        name: What it is saved as; empty if it is not to be saved.
        headers: Besides `HEADERS`, and instead of them.
    """

    content_type: str
    body: Iterable[bytes] = attrs.field(repr=False)
    name: str = ""
    headers: Mapping[str, str] = attrs.field(default=EMPTY, converter=frozen)


PageResponse = Page | Redirect | File


def headers_of(response: Page | File) -> dict[str, str]:
    """Return all headers of *response* but its content type and length."""
    found = {**HEADERS, **response.headers}
    if isinstance(response, File) and response.name:
        found["Content-Disposition"] = f'attachment; filename="{response.name}"'
    return found
