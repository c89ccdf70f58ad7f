"""The portal as a blueprint: requests in, answers out, and nothing decided here."""

import hmac
from typing import Final

import attrs
from flask import Blueprint, Response, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response as BaseResponse

from tenantaccess.errors import OutageError
from tenantaccess.services.authentication import SignedIn
from tenantaccess.services.passwords import PasswordChanged
from tenantaccess.web.flask.current import KEPT, kept_of, renew, stands, visitor
from tenantaccess.web.flask.installed import Installed, installed
from tenantaccess.web.portal import (
    HEADERS,
    NOBODY,
    TEMPLATES,
    Csrf,
    File,
    PageRequest,
    PageResponse,
    Redirect,
    Visitor,
    headers_of,
    served,
)

TOKEN: Final = "tenantaccess.csrf"  # noqa: S105  # the name of a session's entry
FIELD: Final = "csrf_token"
HOSTS_CSRF: Final = "csrf"
"""Where Flask-WTF's protection stands among an application's extensions."""


def blueprint() -> Blueprint:
    """Return the portal's pages; where they are mounted is the application's choice."""
    made = Blueprint("tenantaccess", __name__, template_folder=str(TEMPLATES))
    made.add_url_rule("/", "home", _respond, methods=["GET", "POST"], defaults={"path": ""})
    made.add_url_rule("/static/<name>", "static_file", _file)
    made.add_url_rule("/<path:path>", "page", _respond, methods=["GET", "POST"])
    return made


def _file(name: str) -> BaseResponse:
    """Send one of the portal's own files: public, the same for everybody, and no session is looked at for it."""
    found = served(name)
    return _respond(f"static/{name}") if found is None else _sent(found)


def _respond(path: str) -> BaseResponse:
    here = installed()
    below, root = f"/{path}", f"{request.script_root}{request.path.removesuffix(f'/{path}')}"
    try:
        seen = standing()
    except OutageError as error:
        return outage(here, below, root, error)
    asked = page_request(here, below, root, seen)
    return sent_and_kept(here, asked, here.portal.respond(asked))


def standing() -> Visitor:
    """
    Return who is signed in; whose sign-in has ended is nobody. One query for plain sessions.

    Their session stays as it is: where it is a cookie, one of another answer under way may be the one that goes on.
    """
    seen = visitor()
    return seen if stands(seen) else NOBODY


def outage(here: Installed, path: str, root: str, error: OutageError) -> BaseResponse:
    """Return the page that says so; it asks the store for nothing, and the session stays as it is."""
    return _sent(here.portal.refusal(page_request(here, path, root, NOBODY), error))


def page_request(here: Installed, path: str, root: str, seen: Visitor) -> PageRequest:
    """Return what *seen* asks of the portal, which is mounted at *root*."""
    csrf = _csrf(here)
    language, gettext = here.language_of(request)
    return PageRequest(
        method="GET" if request.method == "HEAD" else request.method,
        path=path,
        root=root,
        visitor=attrs.evolve(seen, operator=here.operator_of(request), source=seen.source or request.remote_addr),
        kept=kept_of(seen),
        csrf=csrf,
        query={name: tuple(values) for name, values in request.args.lists()},
        form={name: tuple(values) for name, values in request.form.lists()},
        gettext=gettext,
        language=language,
        is_genuine=_is_genuine(csrf),
        ends_sessions=here.identity.epoch() is not None,
        ends_others=here.identity.epoch() is not None,
    )


def sent_and_kept(here: Installed, asked: PageRequest, answer: PageResponse) -> BaseResponse:
    """Write back what the session keeps, and return *answer* as it is sent."""
    kept = asked.kept
    if kept.signed is not None:
        principal, name = kept.signed
        here.identity.sign_in(SignedIn(principal, kept.epoch), name)
    elif kept.is_signed_out:
        here.identity.sign_out()
    elif kept.rekeyed is not None:
        _stay(here, asked.visitor, kept.rekeyed)
    if kept.is_changed:
        session[KEPT] = kept.stored
    if kept.is_renewed:
        renew()
    return _sent(answer)


def _stay(here: Installed, seen: Visitor, done: PasswordChanged) -> None:
    """Keep whoever has just chosen another password signed in here; whatever else ended their sessions still does."""
    epoch = here.identity.epoch()
    if seen.principal is not None and epoch is not None and done.continues(epoch):
        here.identity.stay(SignedIn(seen.principal, done.epoch))


def _csrf(here: Installed) -> Csrf:
    if HOSTS_CSRF in current_app.extensions:
        from flask_wtf.csrf import generate_csrf  # noqa: PLC0415  # the host has it

        return Csrf(current_app.config["WTF_CSRF_FIELD_NAME"], generate_csrf())
    if not isinstance(session.get(TOKEN), str):
        session[TOKEN] = here.access.entropy.token()
    return Csrf(FIELD, session[TOKEN])


def _is_genuine(csrf: Csrf) -> bool:
    """Tell whether this session was given the form, whatever the host's protection was told to leave out."""
    sent = request.form.get(csrf.name, "")
    if HOSTS_CSRF not in current_app.extensions:
        return hmac.compare_digest(sent.encode(), csrf.value.encode())
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return True  # the host's own decision, such as for its tests
    from flask_wtf.csrf import ValidationError, validate_csrf  # noqa: PLC0415  # the host has it

    try:
        validate_csrf(sent)
    except ValidationError:
        return False
    return True


def _sent(answer: PageResponse) -> BaseResponse:
    if isinstance(answer, Redirect):
        led = redirect(answer.to, 303)
        led.headers.update(HEADERS)
        return led
    if isinstance(answer, File):
        made = Response(answer.body, content_type=answer.content_type)
    else:
        made = Response(render_template(f"tenantaccess/{answer.template}", **answer.context), answer.status)
    made.headers.update(headers_of(answer))
    return made
