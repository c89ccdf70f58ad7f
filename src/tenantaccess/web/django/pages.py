"""The portal as one view: requests in, answers out, and nothing decided here."""

from typing import Any, Final

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_protect

from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PrincipalId
from tenantaccess.web.django import answering, asking
from tenantaccess.web.django.conf import configured
from tenantaccess.web.django.current import KEPT, CurrentAccess
from tenantaccess.web.portal import Kept, SignInNeededError, served

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
        asked = asking.asked(request, f"/{path}")
    except (TenantAccessError, SignInNeededError) as error:
        made = answering.answered(request, error)
        if made is None:
            raise
        return made
    answer = asking.portal(configured()).respond(asked)
    _keep(request, asked.kept)
    _stay(request, asked.visitor.principal)
    return answering.sent(answer, request)


def _keep(request: HttpRequest, kept: Kept) -> None:
    if kept.is_changed:
        request.session[KEPT] = kept.stored
    if kept.is_renewed:
        request.session.cycle_key()


def _stay(request: HttpRequest, principal: PrincipalId | None) -> None:
    """Keep whoever has just chosen another password signed in here: Django signs out all sessions that knew the old."""
    if request.method in answering.READS or principal is None:
        return
    user: Any = request.user
    known = user.password
    user.refresh_from_db(fields=["password"])
    seen = CurrentAccess(request).signed_in
    # A reset ends what was signed in before it, this session too.
    if user.password != known and seen is not None and configured().access.authenticate.is_alive(seen):
        update_session_auth_hash(request, user)


for _alias in connections:
    respond = transaction.non_atomic_requests(using=_alias)(respond)
