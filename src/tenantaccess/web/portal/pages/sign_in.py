"""Signing in and out, for hosts without a page of their own for it."""

from typing import Final

import attrs

from tenantaccess.errors import NotFoundError, ProofRefusedError, TooManyAttemptsError
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse, Redirect
from tenantaccess.web.portal.forms import local
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit


@attrs.frozen
class SignIn:
    """What the page shows: who tried, where it leads, and why it did not work."""

    username: str
    next: str
    url: str
    forgot_url: str
    request_url: str
    problem: Problem | None


def show(visit: Visit, username: str = "", problem: Problem | None = None) -> PageResponse:
    """Show the form; whoever was signed out meanwhile is told so, unless they are signed in after all."""
    _require_own(visit)
    if visit.request.method == "GET" and visit.request.value("meanwhile"):
        if visit.request.visitor.principal is not None:
            return Redirect(local(visit.request.value("next"), visit.url("")))
        problem = Problem(200, visit.words.signed_out_meanwhile)
    view = SignIn(
        username=username,
        next=local(visit.request.value("next"), visit.url("")),
        url=visit.url("sign-in"),
        forgot_url=visit.url("forgot-password"),
        request_url=visit.url("request-access"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "sign_in.html", visit.words.sign_in, view, status=status)


def sign_in(visit: Visit) -> PageResponse:
    """Verify who it is, and sign them in; whatever is wrong is one answer."""
    _require_own(visit)
    form = visit.form("username", "password", "next")
    username = form.text("username")
    try:
        found = visit.access.authenticate.sign_in(username, form.text("password"), visit.request.visitor.source)
    except ProofRefusedError as error:
        refused = Problem(visit.problem(error).status, visit.words.sign_in_refused)
        return show(visit, username, refused)
    except (TooManyAttemptsError, *REFUSALS) as error:
        return show(visit, username, visit.problem(error))
    visit.request.kept.signed_in(found.principal, username.strip(), found.epoch)
    return Redirect(local(form.text("next"), visit.url("")))


def sign_out(visit: Visit) -> PageResponse:
    """Sign out."""
    _require_own(visit)
    visit.form()
    visit.request.kept.signed_out()
    return Redirect(visit.settings.home)


def _require_own(visit: Visit) -> None:
    """Refuse the page where the host has its own."""
    if visit.settings.sign_in:
        raise NotFoundError("page", visit.request.path)


ROUTES: Final = (
    Route("GET", "/sign-in", show),
    Route("POST", "/sign-in", sign_in),
    Route("POST", "/sign-out", sign_out),
)
