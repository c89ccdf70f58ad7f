"""
The pages that the links of mails lead to: opening one uses nothing up and tells nothing, pressing its button does.

Scanners of mails follow links, so that only a ``POST`` takes the secret; a bad, used or late one is one answer (AM-30).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError, ProofRefusedError
from tenantaccess.mail import PAGES
from tenantaccess.model.principals import Secret, new_password
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.command import PublicCommand
from tenantaccess.services.invitation_answers import AcceptInvitation, DeclineInvitation
from tenantaccess.services.passwords import ResetPassword, VerifyEmail
from tenantaccess.services.registrations import CompleteRegistration
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages.arrivals import newcomer_of
from tenantaccess.web.portal.pages.telling import to_sign_in, told
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

REGISTRATION, EMAIL, RESET, INVITATION = (
    TokenPurpose.REGISTRATION,
    TokenPurpose.EMAIL,
    TokenPurpose.RESET,
    TokenPurpose.INVITATION,
)
DECLINE: Final = "decline"
NEWCOMER: Final = ("username", "password", "again", "first_name", "last_name")
TITLES: Final[Mapping[TokenPurpose, str]] = {
    REGISTRATION: "complete_registration",
    EMAIL: "verify_email",
    RESET: "reset_password",
    INVITATION: "invitation",
}
AGAIN: Final[Mapping[TokenPurpose, str]] = {RESET: "forgot-password", EMAIL: "account"}
"""Where one has another link sent by oneself."""


@attrs.frozen
class Redeeming:
    """
    What the page of a link shows; nothing is known of its secret yet.

    Args:
        lead: What the button does.
        button: What it says.
        token: The secret, for the form.
        url: Where that is sent.
        fields: What is asked for.
        user: Who accepts, on the page of an invitation; empty for a stranger.
        sign_in_url: Where a stranger with a username signs in, to come back here; empty where that is the host's.
        decline_url: Where an invitation is declined.
        problem: What went wrong.
    """

    lead: str
    button: str
    token: str = attrs.field(repr=False)
    url: str
    fields: Sequence[Field] = ()
    user: str = ""
    sign_in_url: str = attrs.field(default="", repr=False)
    decline_url: str = ""
    problem: Problem | None = None


def registration(visit: Visit) -> PageResponse:
    """Show the button that completes a registration."""
    return _button(visit, REGISTRATION, visit.words.complete_lead, visit.words.complete_button)


def complete(visit: Visit) -> PageResponse:
    """Complete a registration."""
    form = visit.form("token")
    return _redeemed(visit, REGISTRATION, CompleteRegistration, form, visit.words.completed)


def address(visit: Visit) -> PageResponse:
    """Show the button that verifies an address."""
    return _button(visit, EMAIL, visit.words.verify_lead, visit.words.verify_button)


def verify(visit: Visit) -> PageResponse:
    """Verify an address."""
    form = visit.form("token")
    return _redeemed(visit, EMAIL, VerifyEmail, form, visit.words.verified)


def decline(visit: Visit) -> PageResponse:
    """Decline an invitation."""
    form = visit.form("token")
    return _redeemed(visit, INVITATION, DeclineInvitation, form, visit.words.invitation_declined)


def _button(visit: Visit, purpose: TokenPurpose, lead: str, button: str) -> PageResponse:
    view = Redeeming(lead, button, visit.request.value("token"), visit.url(PAGES[purpose]))
    return _page(visit, purpose, view)


def _page(visit: Visit, purpose: TokenPurpose, view: Redeeming) -> PageResponse:
    status = 200 if view.problem is None else view.problem.status
    template = "invitation.html" if purpose is INVITATION else "redeem.html"
    return layout.page(visit, template, visit.words.say(TITLES[purpose]), view, status=status)


def _redeemed(
    visit: Visit, purpose: TokenPurpose, command: type[PublicCommand[Any]], form: Form, text: str
) -> PageResponse:
    token = _secret(form)
    if token is None:
        return _dead(visit, purpose)
    try:
        visit.access.execute(command(token), key=form.once)  # type: ignore[call-arg]  # each of them takes a token
    except ProofRefusedError:
        return _dead(visit, purpose)
    if visit.request.visitor.principal is None:
        return to_sign_in(visit, text)
    return visit.done(visit.url(""), text)


def _secret(form: Form) -> Secret | None:
    """Return the secret that was sent; None for what cannot be one."""
    try:
        return Secret(form.text("token"))
    except InvalidInputError:
        return None


def _dead(visit: Visit, purpose: TokenPurpose) -> PageResponse:
    """Show that a link does not work, the same for every reason, and how to get another."""
    words, way = visit.words, AGAIN.get(purpose)
    url = "" if way is None else visit.url(way)
    return told(visit, words.token_title, words.token_lead, words.say(f"token_{purpose.value}"), url, status=422)


def password(visit: Visit, token: str = "", problem: Problem | None = None) -> PageResponse:
    """Show the form for a new password."""
    words = visit.words
    asked = [fields.password(visit, "new", words.new, is_new=True), fields.repeated(visit)]
    view = Redeeming(
        words.reset_lead,
        words.reset_button,
        token or visit.request.value("token"),
        visit.url(PAGES[RESET]),
        fields.marked(asked, problem),
        problem=problem,
    )
    return _page(visit, RESET, view)


def reset(visit: Visit) -> PageResponse:
    """Choose a new password with a mailed secret."""
    form = visit.form("token", "new", "again")
    token = _secret(form)
    if token is None:
        return _dead(visit, RESET)
    if form.text("new") != form.text("again"):
        return password(visit, token.reveal(), Problem(422, visit.words.again_differs, "again"))
    try:
        visit.access.execute(ResetPassword(token, new_password(form.text("new"))), key=form.once)
    except ProofRefusedError:
        return _dead(visit, RESET)
    except REFUSALS as error:
        return password(visit, token.reveal(), fields.refused(visit, error, {"secret": "new", "password": "new"}))
    return to_sign_in(visit, visit.words.reset_done)


def invitation(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> PageResponse:
    """Show how to accept, as oneself or as somebody new, and how to decline."""
    words, typed, here = visit.words, form or Form({}), visit.url(PAGES[INVITATION])
    token = typed.text("token") or visit.request.value("token")
    is_known = visit.request.visitor.principal is not None
    comes_back = not is_known and not visit.settings.sign_in
    view = Redeeming(
        words.invitation_lead,
        words.invitation_accept_button,
        token,
        here,
        [] if is_known else fields.marked(_newcomer(visit, typed), problem),
        visit.request.visitor.name if is_known else "",
        visit.url("sign-in", next=visit.url(PAGES[INVITATION], token=token)) if comes_back else "",
        visit.url(PAGES[INVITATION], DECLINE),
        problem,
    )
    return _page(visit, INVITATION, view)


def _newcomer(visit: Visit, typed: Form) -> list[Field]:
    words, said = visit.words, {name: typed.text(name) for name in ("username", "first_name", "last_name")}
    return [
        Field("first_name", words.first_name, said["first_name"], autocomplete="given-name", is_optional=True),
        Field("last_name", words.last_name, said["last_name"], autocomplete="family-name", is_optional=True),
        attrs.evolve(fields.username(visit, said["username"]), hint=words.request_username_hint),
        fields.password(visit, is_new=True),
        fields.repeated(visit),
    ]


def accept(visit: Visit) -> PageResponse:
    """Accept an invitation, as whoever is signed in or as somebody new."""
    principal, words = visit.request.visitor.principal, visit.words
    form = visit.form("token", *(() if principal else NEWCOMER))
    token = _secret(form)
    if token is None:
        return _dead(visit, INVITATION)
    if form.text("password") != form.text("again"):
        return invitation(visit, form, Problem(422, words.again_differs, "again"))
    try:
        command = AcceptInvitation(token, None if principal else newcomer_of(form))
        done = visit.access.execute(command, by=principal, key=form.once)
    except ProofRefusedError:
        return _dead(visit, INVITATION)
    except REFUSALS as error:
        return invitation(visit, form, fields.refused(visit, error, {"secret": "password"}))
    if principal is None:
        return to_sign_in(visit, words.invitation_accepted_new)
    return visit.done(visit.url("tenants", to=done.tenant_id), words.invitation_accepted)


ROUTES: Final = (
    Route("GET", f"/{PAGES[REGISTRATION]}", registration),
    Route("POST", f"/{PAGES[REGISTRATION]}", complete),
    Route("GET", f"/{PAGES[EMAIL]}", address),
    Route("POST", f"/{PAGES[EMAIL]}", verify),
    Route("GET", f"/{PAGES[RESET]}", password),
    Route("POST", f"/{PAGES[RESET]}", reset),
    Route("GET", f"/{PAGES[INVITATION]}", invitation),
    Route("POST", f"/{PAGES[INVITATION]}", accept),
    Route("GET", f"/{PAGES[INVITATION]}/{DECLINE}", invitation),
    Route("POST", f"/{PAGES[INVITATION]}/{DECLINE}", decline),
)
