"""What a host's views are answered with where the library refuses: a page for people, a problem for programs."""

import json
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as BaseResponse

from tenantaccess.errors import AccessDeniedError, MisuseError, NotFoundError, OutageError, TenantAccessError
from tenantaccess.ids import TenantId
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.web import answers
from tenantaccess.web.answers import PROBLEM, Answer, answer_to
from tenantaccess.web.flask.current import TenantNeededError, named_tenant
from tenantaccess.web.flask.installed import Installed, installed
from tenantaccess.web.flask.pages import outage, page_request, sent_and_kept, standing
from tenantaccess.web.portal import NotEnteredError, SignInNeededError

HTML: Final = "text/html"
TYPES: Final = (HTML, PROBLEM, "application/json")


def handle_errors(app: Flask) -> None:
    """Answer what the library raises in views of *app*; a handler of the host's own for a class closer to it wins."""
    app.register_error_handler(TenantAccessError, _refused)
    app.register_error_handler(SignInNeededError, _sign_in)
    app.register_error_handler(NotEnteredError, _enter)
    app.register_error_handler(TenantNeededError, _begin)


def _refused(error: TenantAccessError) -> BaseResponse:
    if isinstance(error, MisuseError):
        raise error  # a mistake in the host's own code: the framework shows or logs it
    here = installed()
    if isinstance(error, OutageError) and not (_wants_page() and here.config.register_portal):
        here.portal.on_fault(error)
    if not _wants_page():
        return _problem(answer_to(error))
    if not here.config.register_portal:
        return _plain(answer_to(error))
    if isinstance(error, OutageError):
        return outage(here, request.path, _root(), error)
    asked = page_request(here, request.path, _root(), standing())
    return sent_and_kept(here, asked, here.portal.refusal(asked, error, _tenant()))


def _sign_in(_: SignInNeededError) -> BaseResponse:
    if not _wants_page():
        return _problem(answers.SIGN_IN)
    where = _sign_in_page(installed())
    if not where:
        return _plain(answers.SIGN_IN)
    joint = "&" if "?" in where else "?"
    return redirect(f"{where}{joint}{urlencode({'next': _back()})}", 303)


def _enter(missing: NotEnteredError) -> BaseResponse:
    """Lead to where one enters, as the portal's own pages do; programs are told that what they entered has ended."""
    ended = answer_to(AccessDeniedError(denied(Reason.SESSION_ENDED, about="enter")))
    if not _wants_page():
        return _problem(ended)
    if not installed().config.register_portal:
        return _plain(ended)
    return redirect(url_for("tenantaccess.page", path="tenants", to=missing.tenant, next=_back()), 303)


def _begin(_: TenantNeededError) -> BaseResponse:
    """Lead to the tenant to begin with, as at sign-in."""
    if not _wants_page():
        return _problem(answers.NOT_FOUND)
    if not installed().config.register_portal:
        return _plain(answers.NOT_FOUND)
    return redirect(url_for("tenantaccess.home", next=_back()), 303)


def _wants_page() -> bool:
    return request.accept_mimetypes.best_match(TYPES, HTML) == HTML


def _root() -> str:
    return url_for("tenantaccess.home").rstrip("/")


def _tenant() -> TenantId | None:
    try:
        return named_tenant()
    except NotFoundError:
        return None


def _sign_in_page(here: Installed) -> str:
    own = url_for("tenantaccess.page", path="sign-in") if here.config.register_portal else ""
    return here.portal.settings.sign_in or own


def _back() -> str:
    """Return where to come back to: this page, if it can be asked for; what was sent would be lost."""
    if request.method not in {"GET", "HEAD"}:
        return f"{request.script_root}/"
    asked = request.query_string.decode("ascii", "replace")
    # Quoted as browsers send it: a backslash is a slash to them, and a way to another host.
    return f"{quote(request.script_root + request.path)}{'?' if asked else ''}{asked}"


def _problem(answer: Answer) -> BaseResponse:
    made = Response(json.dumps(answer.problem), answer.status, content_type=PROBLEM)
    made.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **answer.headers})
    made.vary.add("Accept")
    return made


def _plain(answer: Answer) -> BaseResponse:
    """Answer as the host answers such statuses: by its own error page, or the framework's."""
    kind = default_exceptions.get(answer.status, HTTPException)
    raised = kind(answer.detail or answer.title)
    raised.code = answer.status
    made = current_app.make_response(current_app.handle_http_exception(raised))
    made.headers.update(answer.headers)
    return made
