"""
The pages that the links of mails lead to: opening one uses nothing up, pressing its button does.

Scanners of mails follow links, so that only a ``POST`` takes the secret. A bad, used, replaced or late one is one
answer, given before anybody has typed anything; what a good one is for, whoever holds it may see (AM-30).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError, ProofRefusedError
from tenantaccess.mail import PAGES
from tenantaccess.model.principals import Secret, new_password
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.addresses import VerifyEmail
from tenantaccess.services.command import PublicCommand
from tenantaccess.services.mailed import MailedLink
from tenantaccess.services.passwords import ResetPassword
from tenantaccess.services.registrations import CompleteRegistration
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages.telling import sign_in_url, to_sign_in, told
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

Look = Callable[[Secret], MailedLink]
"""Tells what a secret is for, without using it up."""
REGISTRATION, EMAIL, RESET = TokenPurpose.REGISTRATION, TokenPurpose.EMAIL, TokenPurpose.RESET
TITLES: Final[Mapping[TokenPurpose, str]] = {
    REGISTRATION: "complete_registration",
    EMAIL: "verify_email",
    RESET: "reset_password",
}
AGAIN: Final[Mapping[TokenPurpose, str]] = {RESET: "forgot-password", EMAIL: "account"}
"""Where one has another link sent by oneself."""


@attrs.frozen
class Redeeming:
    """
    What the page of a link that works shows.

    Args:
        lead: What the button does.
        button: What it says.
        token: The secret, for the form.
        url: Where that is sent.
        fields: What is asked for.
        problem: What went wrong.
    """

    lead: str
    button: str
    token: str = attrs.field(repr=False)
    url: str
    fields: Sequence[Field] = ()
    problem: Problem | None = None


def registration(visit: Visit) -> PageResponse:
    """Show whose registration it is, and where, and the button that completes it."""
    words = visit.words

    def lead(link: MailedLink) -> str:
        return f"{words.say('complete_as', who=link.username, name=link.name)} {words.complete_lead}"

    return _button(visit, REGISTRATION, visit.access.mailed.registration, lead, words.complete_button)


def complete(visit: Visit) -> PageResponse:
    """Complete a registration."""
    form = visit.form("token")
    return redeemed(visit, REGISTRATION, CompleteRegistration, form, visit.words.completed)


def address(visit: Visit) -> PageResponse:
    """Show the button that verifies an address."""
    words = visit.words
    return _button(visit, EMAIL, visit.access.mailed.address, lambda _: words.verify_lead, words.verify_button)


def verify(visit: Visit) -> PageResponse:
    """Verify an address."""
    form = visit.form("token")
    return redeemed(visit, EMAIL, VerifyEmail, form, visit.words.verified)


def _button(
    visit: Visit, purpose: TokenPurpose, look: Look, lead: Callable[[MailedLink], str], button: str
) -> PageResponse:
    token, link = _looked(look, visit.request.value("token"))
    if link is None:
        return dead(visit, purpose)
    return _page(visit, purpose, Redeeming(lead(link), button, token, visit.url(PAGES[purpose])))


def _looked(look: Look, token: str) -> tuple[str, MailedLink | None]:
    """Return the secret, and what *look* finds it to be for; None for one that does not work."""
    presented = secret_of(token)
    try:
        return token, None if presented is None else look(presented)
    except ProofRefusedError:
        return token, None


def _page(visit: Visit, purpose: TokenPurpose, view: Redeeming) -> PageResponse:
    status = 200 if view.problem is None else view.problem.status
    return layout.page(visit, "redeem.html", visit.words.say(TITLES[purpose]), view, status=status)


def redeemed(
    visit: Visit, purpose: TokenPurpose, command: type[PublicCommand[Any]], form: Form, text: str
) -> PageResponse:
    """Take the secret that was sent, by *command*, and say *text*."""
    token = secret_of(form.text("token"))
    if token is None:
        return dead(visit, purpose)
    try:
        visit.access.execute(command(token), key=form.once)  # type: ignore[call-arg]  # each of them takes a token
    except ProofRefusedError:
        return dead(visit, purpose)
    if visit.request.visitor.principal is None:
        return to_sign_in(visit, text)
    return visit.done(visit.url(""), text)


def secret_of(text: str) -> Secret | None:
    """Return the secret that was sent or asked for; None for what cannot be one."""
    try:
        return Secret(text)
    except InvalidInputError:
        return None


def dead(visit: Visit, purpose: TokenPurpose) -> PageResponse:
    """Show that a link does not work, the same for every reason, and how to get another."""
    words, way = visit.words, AGAIN.get(purpose)
    url, button = ("", "") if way is None else (visit.url(way), words.say(f"token_{purpose.value}_button"))
    if purpose is REGISTRATION and visit.request.visitor.principal is None:
        url, button = sign_in_url(visit), words.sign_in
    more = words.say(f"token_{purpose.value}")
    return told(visit, words.token_title, words.token_lead, more, url, button, status=422)


def password(visit: Visit, token: str = "", problem: Problem | None = None) -> PageResponse:
    """Show the form for a new password."""
    words = visit.words
    presented, link = _looked(visit.access.mailed.reset, token or visit.request.value("token"))
    if link is None:
        return dead(visit, RESET)
    asked = [fields.password(visit, "new", words.new, is_new=True), fields.repeated(visit)]
    view = Redeeming(
        f"{words.say('reset_as', who=link.username)} {words.reset_lead}",
        words.reset_button,
        presented,
        visit.url(PAGES[RESET]),
        fields.marked(asked, problem),
        problem=problem,
    )
    return _page(visit, RESET, view)


def reset(visit: Visit) -> PageResponse:
    """Choose a new password with a mailed secret."""
    form = visit.form("token", "new", "again")
    token = secret_of(form.text("token"))
    if token is None:
        return dead(visit, RESET)
    if form.text("new") != form.text("again"):
        return password(visit, token.reveal(), Problem(422, visit.words.again_differs, "again"))
    try:
        visit.access.execute(ResetPassword(token, new_password(form.text("new"))), key=form.once)
    except ProofRefusedError:
        return dead(visit, RESET)
    except REFUSALS as error:
        return password(visit, token.reveal(), fields.refused(visit, error, {"secret": "new", "password": "new"}))
    return to_sign_in(visit, visit.words.reset_done)


ROUTES: Final = (
    Route("GET", f"/{PAGES[REGISTRATION]}", registration),
    Route("POST", f"/{PAGES[REGISTRATION]}", complete),
    Route("GET", f"/{PAGES[EMAIL]}", address),
    Route("POST", f"/{PAGES[EMAIL]}", verify),
    Route("GET", f"/{PAGES[RESET]}", password),
    Route("POST", f"/{PAGES[RESET]}", reset),
)
