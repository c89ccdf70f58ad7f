"""The portal as one view: requests in, answers out, and nothing decided here."""

from typing import Any, Final

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_protect

from tenantaccess.errors import TenantAccessError
from tenantaccess.services.passwords import PasswordChanged
from tenantaccess.web.django import answering, asking
from tenantaccess.web.django.conf import configured
from tenantaccess.web.django.current import KEPT, PRINCIPAL_KEPT, CurrentAccess
from tenantaccess.web.portal import Kept, PageRequest, SignInNeededError, served

STATIC: Final = "static/"


@login_not_required  # the portal itself says which of its pages are for strangers
@csrf_protect  # whether or not the project's middleware looks, too
def respond(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """
    Answer *request* by the page at *path*.

    Never within a transaction of the request's: who signs in or redeems there would have attempts undone with it.
    """
    if request.method in answering.READS and path.startswith(STATIC):
        found = served(path.removeprefix(STATIC))
        if found is not None:  # public, the same for everybody: no session is looked at for it
            return answering.sent(found, request)
    try:
        asked = _asked(request, f"/{path}")
    except TenantAccessError as error:
        made = answering.answered(request, error)
        if made is None:
            raise
        return made
    answer = asking.portal(configured()).respond(asked)
    _keep(request, asked.kept)
    if asked.kept.rekeyed is not None:
        _stay(request, asked.kept.rekeyed)
    return answering.sent(answer, request)


def _asked(request: HttpRequest, path: str) -> PageRequest:
    """Return what is asked; whose sign-in has ended is signed out, and nobody: mailed links work for them, too."""
    try:
        return asking.asked(request, path)
    except SignInNeededError:
        logout(request)
        return asking.asked(request, path)


def _keep(request: HttpRequest, kept: Kept) -> None:
    if kept.is_changed:
        request.session[KEPT] = kept.stored
    if kept.is_renewed:
        request.session.cycle_key()


def _stay(request: HttpRequest, done: PasswordChanged) -> None:
    """
    Keep whoever has just chosen another password signed in here: Django signs out all sessions that knew the old.

    Only where this very request chose it: another session's, on its way meanwhile, is one of those to be signed out.
    """
    user: Any = request.user
    user.refresh_from_db(fields=["password"])
    seen = CurrentAccess(request).signed_in
    if seen is not None and done.continues(seen.epoch):
        request.session[PRINCIPAL_KEPT] = [str(user.pk), seen.principal, done.epoch]
        update_session_auth_hash(request, user)


for _alias in connections:
    respond = transaction.non_atomic_requests(using=_alias)(respond)
