"""The portal as a blueprint: requests in, answers out, and nothing decided here."""

import hmac
from typing import Final

import attrs
from werkzeug.wrappers import Response as BaseResponse

from flask import Blueprint, Response, current_app, redirect, render_template, request, session
from tenantaccess.web.flask.installed import Installed, installed
from tenantaccess.web.portal import TEMPLATES, Csrf, File, Kept, Page, PageRequest, Redirect, headers_of

KEPT: Final = "tenantaccess.kept"
TOKEN: Final = "tenantaccess.csrf"  # noqa: S105  # the name of a session's entry
FIELD: Final = "csrf_token"
HOSTS_CSRF: Final = "csrf"
"""Where Flask-WTF's protection stands among an application's extensions."""


def blueprint() -> Blueprint:
    """Return the portal's pages; where they are mounted is the application's choice."""
    made = Blueprint("tenantaccess", __name__, template_folder=str(TEMPLATES))
    made.add_url_rule("/", "home", _respond, methods=["GET", "POST"], defaults={"path": ""})
    made.add_url_rule("/<path:path>", "page", _respond, methods=["GET", "POST"])
    return made


def _respond(path: str) -> BaseResponse:
    here = installed()
    asked = _request(here, f"/{path}")
    answer = here.portal.respond(asked)
    _keep(here, asked.kept)
    return _sent(answer)


def _request(here: Installed, path: str) -> PageRequest:
    visitor = here.identity.load()
    csrf = _csrf(here)
    return PageRequest(
        method="GET" if request.method == "HEAD" else request.method,
        path=path,
        root=f"{request.script_root}{request.path.removesuffix(path)}",
        visitor=attrs.evolve(visitor, operator=here.operator_of(request), source=visitor.source or request.remote_addr),
        kept=Kept.loaded(session.get(KEPT), visitor.principal),
        csrf=csrf,
        query={name: tuple(values) for name, values in request.args.lists()},
        form={name: tuple(values) for name, values in request.form.lists()},
        is_genuine=_is_genuine(csrf),
    )


def _csrf(here: Installed) -> Csrf:
    if HOSTS_CSRF in current_app.extensions:
        from flask_wtf.csrf import generate_csrf  # noqa: PLC0415  # the host has it

        return Csrf(current_app.config.get("WTF_CSRF_FIELD_NAME", FIELD), generate_csrf())
    if not isinstance(session.get(TOKEN), str):
        session[TOKEN] = here.access.entropy.token()
    return Csrf(FIELD, session[TOKEN])


def _is_genuine(csrf: Csrf) -> bool:
    """Tell whether the form is one that this session was given; the host's own protection has looked before us."""
    sent = request.form.get(csrf.name, "")
    return HOSTS_CSRF in current_app.extensions or hmac.compare_digest(sent.encode(), csrf.value.encode())


def _keep(here: Installed, kept: Kept) -> None:
    if kept.signed is not None:
        here.identity.sign_in(*kept.signed)
    elif kept.is_signed_out:
        here.identity.sign_out()
    if kept.is_changed:
        session[KEPT] = kept.stored()
    if kept.is_renewed:
        session.pop(TOKEN, None)
        regenerate = getattr(current_app.session_interface, "regenerate", None)
        if regenerate is not None:
            regenerate(session)


def _sent(answer: Page | Redirect | File) -> BaseResponse:
    if isinstance(answer, Redirect):
        return redirect(answer.to, 303)
    if isinstance(answer, File):
        made = Response(answer.body, content_type=answer.content_type)
    else:
        made = Response(render_template(f"tenantaccess/{answer.template}", **answer.context), answer.status)
    made.headers.update(headers_of(answer))
    return made
