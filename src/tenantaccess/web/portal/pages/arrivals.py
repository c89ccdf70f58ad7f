"""Asking for access, and a forgotten password: pages for anybody, which tell nobody what there is (AM-24, S13)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.model.principals import NewUsername
from tenantaccess.services.passwords import RequestPasswordReset
from tenantaccess.services.registrations import RequestAccess
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.joining import number_field, number_names, schemes_of
from tenantaccess.web.portal.pages.telling import sign_in_url, told
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

ABOUT: Final = ("username", "email", "first_name", "last_name", "phone")
"""What a stranger says; it stands in the form again when something is wrong."""


@attrs.frozen
class Asking:
    """What the page to ask for access shows; no fields about somebody who is signed in."""

    user: str
    schemes: Sequence[Option]
    number: Field
    fields: Sequence[Field]
    url: str
    sign_in_url: str
    problem: Problem | None


@attrs.frozen
class Forgotten:
    """What the page for a forgotten password shows."""

    fields: Sequence[Field]
    url: str
    problem: Problem | None


def request_access(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> PageResponse:
    """Show the form to ask for access."""
    typed = form or Form({})
    number = number_field(visit, typed.text("number"))
    is_known = visit.request.visitor.principal is not None
    view = Asking(
        user=visit.request.visitor.name if is_known else "",
        schemes=schemes_of(visit, typed.text("scheme")),
        number=fields.marked([number], problem)[0],
        fields=[] if is_known else fields.marked(_about(visit, typed), problem),
        url=visit.url("request-access"),
        sign_in_url=visit.settings.sign_in or visit.url("sign-in", next=visit.url("request-access")),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "request_access.html", visit.words.ask_for_access, view, status=status)


def _about(visit: Visit, typed: Form) -> list[Field]:
    words, said = visit.words, {name: typed.text(name) for name in ABOUT}
    return [
        Field("first_name", words.first_name, said["first_name"], autocomplete="given-name", is_optional=True),
        Field("last_name", words.last_name, said["last_name"], autocomplete="family-name", is_optional=True),
        Field("email", words.email, said["email"], "email", "email", words.request_email_hint, longest=320),
        Field("phone", words.phone, said["phone"], "tel", "tel", is_optional=True),
        attrs.evolve(fields.username(visit, said["username"]), hint=words.request_username_hint),
        fields.password(visit, is_new=True),
        fields.repeated(visit),
    ]


def ask(visit: Visit) -> PageResponse:
    """Ask for access; the receipt is the same whether there is such a tenant or not."""
    principal = visit.request.visitor.principal
    form = visit.form("scheme", "number", *(() if principal else (*ABOUT, "password", "again")))
    if form.text("password") != form.text("again"):
        return request_access(visit, form, Problem(422, visit.words.again_differs, "again"))
    try:
        newcomer = None if principal else newcomer_of(form)
        command = RequestAccess((form.text("scheme"), form.text("number")), newcomer, visit.request.visitor.source)
        visit.access.execute(command, by=principal, key=form.once)
    except REFUSALS as error:
        return request_access(visit, form, fields.refused(visit, error, {"secret": "password", **number_names(visit)}))
    return visit.done(visit.url("request-access", "received"))


def newcomer_of(form: Form) -> NewUsername:
    """Return what somebody new says."""
    return NewUsername(form.text("username"), form.text("password"), **{name: form.text(name) for name in ABOUT[1:]})


def received(visit: Visit) -> PageResponse:
    """Show the receipt."""
    words = visit.words
    more = words.request_received_next if visit.request.visitor.principal is None else ""
    return told(visit, words.request_received_title, words.request_received, more)


def forgot_password(visit: Visit, username: str = "", problem: Problem | None = None) -> PageResponse:
    """Show the form for whoever has forgotten the password."""
    asked = fields.marked([fields.username(visit, username)], problem)
    view = Forgotten(asked, visit.url("forgot-password"), problem)
    status = 200 if problem is None else problem.status
    return layout.page(visit, "forgot_password.html", visit.words.forgot_title, view, status=status)


def request_reset(visit: Visit) -> PageResponse:
    """Have a link sent; one answer, whether there is such a username or not."""
    form = visit.form("username")
    username = form.text("username")
    try:
        visit.access.execute(RequestPasswordReset(username, visit.request.visitor.source), key=form.once)
    except REFUSALS as error:
        return forgot_password(visit, username, fields.refused(visit, error))
    return visit.done(visit.url("forgot-password", "sent"))


def sent(visit: Visit) -> PageResponse:
    """Show the one answer."""
    words = visit.words
    return told(visit, words.forgot_title, words.forgot_done, url=sign_in_url(visit), button=words.sign_in)


ROUTES: Final = (
    Route("GET", "/request-access", request_access),
    Route("POST", "/request-access", ask),
    Route("GET", "/request-access/received", received),
    Route("GET", "/forgot-password", forgot_password),
    Route("POST", "/forgot-password", request_reset),
    Route("GET", "/forgot-password/sent", sent),
)
