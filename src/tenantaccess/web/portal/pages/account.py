"""One's own account: password, e-mail, where one is a member, and links (S13)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError, ProofRefusedError
from tenantaccess.model.policy import AfterPasswordChange
from tenantaccess.services.addresses import ChangeEmail
from tenantaccess.services.passwords import ChangePassword, PasswordChanged, SignOutEverywhere
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.pages.telling import to_sign_in
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

PAGE: Final = 10


@attrs.frozen
class Place:
    """One tenant in which one is a member: its name, why it is shut, and where it says what one has there."""

    name: str
    why: str
    url: str


@attrs.frozen
class Account:
    """
    What the page shows.

    Args:
        username: What one signs in with.
        email: Where mails go; empty if nowhere.
        is_verified: Whether that address is proven.
        may_link: Whether the password is one's own, where that matters.
        places: The first tenants.
        tenants_url: All of them.
        links: How many links there are.
        links_url: Where they are.
        password_fields: Of the first form.
        password_note: What a new password does to links; empty if nothing.
        password_url: Where the first form is sent.
        email_fields: Of the second form.
        email_url: Where that is sent.
        sessions_url: Where all sessions are ended; empty where the host's own sign-in answers for them.
        problem: What went wrong.
    """

    username: str
    email: str
    is_verified: bool
    may_link: bool
    places: Sequence[Place]
    tenants_url: str
    links: str
    links_url: str
    password_fields: Sequence[Field]
    password_note: str
    password_url: str
    email_fields: Sequence[Field]
    email_url: str
    sessions_url: str
    problem: Problem | None


def show(visit: Visit, problem: Problem | None = None, email: str = "") -> PageResponse:
    """Show the account."""
    access, words, principal = visit.access, visit.words, visit.principal
    own = access.contexts.account(principal)
    listed = access.contexts.list_tenants(principal, limit=PAGE).entries
    joined, proven = access.links.joined(principal), access.links.proven(principal)
    resting = sum(entry.is_resting for entry in proven)
    view = Account(
        username=own.username,
        email=own.email,
        is_verified=own.is_verified,
        may_link=own.may_link,
        places=[Place(one.name, words.sentence(one.why), visit.url("t", one.id, "me")) for one in listed],
        tenants_url=visit.url("tenants"),
        links=words.say("your_links_hint", joined=len(joined), proven=len(proven)),
        links_url=visit.url("links"),
        password_fields=fields.marked(
            [
                fields.password(visit, "current", words.current),
                fields.password(visit, "new", words.new, is_new=True),
                fields.repeated(visit),
            ],
            problem,
        ),
        password_note=_note(visit, resting) if resting else "",
        password_url=visit.url("account", "password"),
        email_fields=fields.marked(
            [Field("email", words.new_email, email, "email", "email", longest=320)],
            problem,
        ),
        email_url=visit.url("account", "email"),
        sessions_url=visit.url("account", "sign-out-everywhere") if visit.request.ends_sessions else "",
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "account.html", words.my_account, view, at="my_account", status=status)


def _note(visit: Visit, resting: int) -> str:
    policy = visit.access.policy
    match policy.after_password_change:
        case AfterPasswordChange.KEEP:
            return visit.words.say("password_links_kept", count=resting)
        case AfterPasswordChange.REVOKE:
            return visit.words.say("password_links_revoked", count=resting)
        case AfterPasswordChange.STALE:
            return visit.words.say("password_links_stale", count=resting, days=policy.link_grace.days)


def change_password(visit: Visit) -> PageResponse:
    """Choose another password; the one so far is asked for, and a wrong one is one answer."""
    form = visit.form("current", "new", "again")
    new = form.text("new")
    if new != form.text("again"):
        return show(visit, Problem(422, visit.words.again_differs, "again"))
    try:
        command = ChangePassword(form.text("current"), new, visit.request.visitor.source)
        done = visit.access.execute(command, by=visit.principal, key=form.once)
    except ProofRefusedError as error:
        return show(visit, Problem(visit.problem(error).status, visit.words.current_wrong, "current"))
    except REFUSALS as error:
        return show(visit, fields.refused(visit, error, {"secret": "current", "password": "new"}))
    _go_on(visit, done)
    told = visit.words.password_changed if visit.request.ends_others else visit.words.password_changed_here
    return visit.done(visit.url("account"), told)


def _go_on(visit: Visit, done: PasswordChanged) -> None:
    """Let this session go on, with what it has entered: all others have ended with the password so far."""
    kept = visit.request.kept
    for tenant, session in kept.sessions.items():
        if done.continues(session.principal_epoch):
            kept.sessions[tenant] = attrs.evolve(session, principal_epoch=done.epoch)
    kept.rekeyed = done
    kept.is_changed = kept.is_renewed = True


def sign_out_everywhere(visit: Visit) -> PageResponse:
    """End every session of whoever is signed in, this one included; not where that would not end them."""
    if not visit.request.ends_sessions:
        raise NotFoundError("page", visit.request.path)
    form = visit.form()
    try:
        visit.access.execute(SignOutEverywhere(), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return show(visit, visit.problem(error))
    visit.request.kept.signed_out()
    return to_sign_in(visit, visit.words.signed_out_everywhere)


def change_email(visit: Visit) -> PageResponse:
    """Enter another address of one's own; it counts once the link that is mailed to it was followed."""
    form = visit.form("email")
    email = form.text("email")
    try:
        visit.access.execute(ChangeEmail(email), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return show(visit, fields.refused(visit, error), email)
    return visit.done(visit.url("account"), visit.words.email_changed)


ROUTES: Final = (
    Route("GET", "/account", show),
    Route("GET", "/account/password", show),
    Route("POST", "/account/password", change_password),
    Route("GET", "/account/sign-out-everywhere", show),
    Route("POST", "/account/sign-out-everywhere", sign_out_everywhere),
    Route("GET", "/account/email", show),
    Route("POST", "/account/email", change_email),
)
