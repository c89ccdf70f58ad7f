"""Requests as the portal is asked them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import attrs
from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from tenantaccess.errors import MisuseError, NotFoundError, RefusedError, TenantAccessError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.contexts import AccessContext
from tenantaccess.web.answers import Answer
from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import Configured, configured
from tenantaccess.web.django.current import KEPT, NAMED, CurrentAccess
from tenantaccess.web.portal import (
    Csrf,
    Kept,
    NotEnteredError,
    Page,
    PageRequest,
    Portal,
    PortalSettings,
    SignInNeededError,
    Visitor,
    layout,
)
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
        SignInNeededError: the sign-in is one from before a suspension or a reset.
        InvalidInputError: a username that the library cannot compare.
        TakenError: a username that differs from somebody's by nothing that counts.
        MisuseError: there are no sessions.
    """
    if not hasattr(request, "session"):
        raise MisuseError("the portal needs sessions: put Django's SessionMiddleware into MIDDLEWARE")
    here, seen = configured(), CurrentAccess(request).signed_in
    user: Any = getattr(request, "user", None)
    if seen is not None and not here.access.authenticate.is_alive(seen):
        raise SignInNeededError
    principal = None if seen is None else seen.principal
    if principal is None and identity.is_somebody(user):
        principal = identity.enrolled(here.access, user)
    root = request.path.removesuffix(path)
    made = _made(here, request, root, principal)
    form = {name: tuple(str(value) for value in values) for name, values in request.POST.lists()}
    method = "GET" if request.method == "HEAD" else str(request.method)
    return attrs.evolve(made, method=method, path=path, form=form)


def about(request: HttpRequest, root: str) -> PageRequest:
    """Return what a page of the portal is asked that stands for one of the project's own."""
    here, seen = configured(), CurrentAccess(request).signed_in
    is_alive = seen is not None and here.access.authenticate.is_alive(seen)
    return _made(here, request, root, seen.principal if seen is not None and is_alive else None)


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
    there = portal(configured())
    try:
        return there.refusal(about(request, root), error, _tenant(request))
    except (Error, TenantAccessError):  # whoever asks cannot be found out while the database is down
        return there.refusal(unknown(request, root), error)


def _tenant(request: HttpRequest) -> TenantId | None:
    try:
        return CurrentAccess(request).tenant
    except NotFoundError:
        return None


def told(request: HttpRequest, root: str, answer: Answer) -> Page:
    """Return the page that says what *answer* does."""
    there = portal(configured())
    return layout.error_page(Visit(there.access, there.settings, about(request, root)), answer)


def _made(here: Configured, request: HttpRequest, root: str, principal: PrincipalId | None) -> PageRequest:
    return attrs.evolve(
        unknown(request, root),
        visitor=identity.visitor(here, request, principal),
        kept=Kept.loaded(request.session.get(KEPT) if hasattr(request, "session") else None, principal),
        csrf=Csrf(FIELD, get_token(request)),
        query={name: tuple(values) for name, values in request.GET.lists()},
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
    visit.context = _entered(request)
    path, match = request.get_full_path(), request.resolver_match
    named = None if match is None else next((match.kwargs[name] for name in NAMED if name in match.kwargs), None)
    return layout.switcher(visit, path.replace(str(named), "{tenant}") if named else path)


def _entered(request: HttpRequest) -> AccessContext | None:
    """Return the tenant that *request* is about, where it lets in whoever asks."""
    found = getattr(request, "access", None)
    with suppress(RefusedError, UnknownNameError, SignInNeededError, NotEnteredError):
        return (found if isinstance(found, CurrentAccess) else CurrentAccess(request)).context
    return None
