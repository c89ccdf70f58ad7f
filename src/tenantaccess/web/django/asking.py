"""Requests as the portal is asked them."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from tenantaccess.errors import MisuseError, TenantAccessError
from tenantaccess.ids import PrincipalId
from tenantaccess.web.answers import Answer
from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import Configured, configured
from tenantaccess.web.django.current import KEPT, NAMED, CurrentAccess
from tenantaccess.web.portal import Csrf, Kept, Page, PageRequest, Portal, PortalSettings, Visitor, layout
from tenantaccess.web.portal.visit import Visit

FIELD: Final = "csrfmiddlewaretoken"
PLACES: Final = ("home", "sign_in", "sign_out", "guide")
"""What the project may say by the name of an address, too."""


def portal(here: Configured) -> Portal:
    """Return the portal, with the project's own pages to sign in and out."""
    return Portal(here.access, _settled(here.portal))


def _settled(said: PortalSettings) -> PortalSettings:
    places = {name: resolve_url(getattr(said, name)) for name in PLACES if getattr(said, name)}
    usual = {"sign_in": resolve_url(settings.LOGIN_URL), "sign_out": _named("logout")}
    return attrs.evolve(said, **{**usual, **places})


def _named(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def asked(request: HttpRequest, path: str) -> PageRequest:
    """
    Return what *request* asks of the page at *path*, for whoever is signed in to the project.

    A user who is no principal yet becomes one with it, and is granted nothing.

    Raises:
        InvalidInputError: a username that the library cannot compare.
        TakenError: a username that differs from somebody's by nothing that counts.
        MisuseError: there are no sessions.
    """
    if not hasattr(request, "session"):
        raise MisuseError("the portal needs sessions: put Django's SessionMiddleware into MIDDLEWARE")
    here, principal = configured(), CurrentAccess(request).principal
    user: Any = getattr(request, "user", None)
    if principal is None and identity.is_somebody(user):
        principal = identity.enrolled(here.access, user)
    root = request.path.removesuffix(path)
    return _made(request, root, path, principal, identity.visitor(here, request, principal))


def about(request: HttpRequest, root: str) -> PageRequest:
    """Return what a page of the portal is asked that stands for one of the project's own."""
    here, mine = configured(), CurrentAccess(request)
    principal = mine.principal
    try:
        path = f"/t/{mine.tenant}"
    except TenantAccessError:
        path = "/"
    return _made(request, root, path, principal, identity.visitor(here, request, principal))


def unknown(request: HttpRequest, root: str) -> PageRequest:
    """Return the same for whoever it may be: nothing is read for it."""
    return PageRequest(
        method="GET",
        path="/",
        root=root,
        visitor=Visitor(source=identity.source(request)),
        kept=Kept(),
        csrf=Csrf(FIELD, ""),
        gettext=_translated,
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )


def refused(request: HttpRequest, root: str, error: TenantAccessError) -> Page:
    """Return the page that says why a view of the project's was refused."""
    try:
        return portal(configured()).refused(about(request, root), error)
    except (Error, TenantAccessError):  # whoever asks cannot be found out while the database is down
        return portal(configured()).refused(unknown(request, root), error)


def told(request: HttpRequest, root: str, answer: Answer) -> Page:
    """Return the page that says what *answer* does."""
    there = portal(configured())
    return layout.error_page(Visit(there.access, there.settings, about(request, root)), answer)


def _made(request: HttpRequest, root: str, path: str, principal: PrincipalId | None, visitor: Visitor) -> PageRequest:
    return PageRequest(
        method="GET" if request.method == "HEAD" else str(request.method),
        path=path,
        root=root,
        visitor=visitor,
        kept=Kept.loaded(request.session.get(KEPT), principal),
        csrf=Csrf(FIELD, get_token(request)),
        query={name: tuple(values) for name, values in request.GET.lists()},
        form={name: tuple(str(value) for value in values) for name, values in request.POST.lists()},
        gettext=_translated,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        is_genuine=True,  # Django has looked before the view was called
    )


def _translated(text: str) -> str:
    """Return *text* in the language of the request; a catalogue's head stands under the empty text."""
    return translation.gettext(text) if text else ""


def switcher(request: HttpRequest, root: str) -> Mapping[str, Any] | None:
    """Return what the list of tenants is rendered with on a page of the project's own; None where nobody asks."""
    there, about_it = portal(configured()), about(request, root)
    if about_it.visitor.principal is None:
        return None
    visit = Visit(there.access, there.settings, about_it)
    context = layout.page(visit, "", "", None).context
    path, match = request.get_full_path(), request.resolver_match
    named = None if match is None else next((match.kwargs[name] for name in NAMED if name in match.kwargs), None)
    page = context["page"]
    back = path.replace(str(named), "{tenant}") if named else path
    return {**context, "page": attrs.evolve(page, switcher=attrs.evolve(page.switcher, next=back))}
