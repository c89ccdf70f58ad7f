"""Invitations: sent to one address or to many, listed, sent again, taken back (AM-17, AM-19)."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import INVITATION, InvitationId, TenantId, is_id
from tenantaccess.model.decisions import Decision
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.privileges import Grant
from tenantaccess.services.invitations import InvitationRow, Invite, ResendInvitation, RevokeInvitation
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse, Redirect
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Item, Pager
from tenantaccess.web.portal.pages import granting, people, users
from tenantaccess.web.portal.pages.previews import ASKING
from tenantaccess.web.portal.pages.users_review import nothing_given
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

MOST: Final = 50
PAGE: Final = 50
MOST_NAMED: Final = 5
"""So many who are here already are named in a message."""
FIELDS: Final = ("emails", "note", *granting.FIELDS)
STYLES: Final[Mapping[str, str]] = {
    "open": "pending",
    "accepted": "active",
    "expired": "disabled",
    "declined": "disabled",
    "revoked": "disabled",
    "void": "disabled",
}
"""Of each state, the status that looks like it."""


@attrs.frozen
class Result:
    """What became of one address: why it was not sent to, or who has it here already."""

    email: str
    is_sent: bool
    text: str


@attrs.frozen
class Inviting:
    """What the page to invite shows: the fields as they were filled in, and what became of each address."""

    emails: str
    hint: str
    grant: granting.GrantFields
    note: str
    guide: str
    results: Sequence[Result]
    refused: str
    url: str
    back: str
    problem: Problem | None


@attrs.frozen
class Line:
    """
    One invitation.

    Args:
        id: Of the invitation.
        email: To whom; a word if it was erased.
        grant: What they are to have.
        by: Who stands for it.
        sent: The day it was sent last.
        expires: The day it can no longer be taken.
        style: How its state looks.
        state: In words.
        newer: That a newer one went to the address of one that was revoked, as far as this page shows.
        is_open: Whether it may be sent again or taken back.
        resend_url: Where that is asked for.
        revoke_url: Likewise.
    """

    id: InvitationId
    email: str
    grant: Sequence[str]
    by: str
    sent: str
    expires: str
    style: str
    state: str
    newer: str
    is_open: bool
    resend_url: str
    revoke_url: str


@attrs.frozen
class Invitations:
    """What the list shows."""

    tabs: Sequence[Item]
    lines: Sequence[Line]
    may_change: bool
    invite_url: str
    pager: Pager
    problem: Problem | None


def ask(visit: Visit, tenant: str) -> PageResponse:
    """Show the form."""
    visit.enter(tenant)
    return _asked(visit, TenantId(tenant), Form({}))


def invite(visit: Visit, tenant: str) -> PageResponse:
    """Send the good ones, each by itself, and tell of each that was not sent why; nothing that was typed is lost."""
    visit.enter(tenant)
    form, there, words = visit.form(*FIELDS), TenantId(tenant), visit.words
    emails = list(dict.fromkeys(one for one in re.split(r"[\s,;]+", form.text("emails")) if one))
    if not emails:
        return _asked(visit, there, form, Problem(422, words.invite_no_address, "emails"))
    if len(emails) > MOST:
        return _asked(visit, there, form, Problem(422, words.say("invite_too_many", count=MOST), "emails"))
    doubt = granting.doubt(visit, granting.offered(visit, there), form) if visit.manages else None
    if doubt is not None:
        return _asked(visit, there, form, doubt)
    grant = granting.grant_of(form)
    try:
        may = _may_invite(visit, there, grant)
    except REFUSALS as error:
        return _asked(visit, there, form, visit.problem(error))
    if not may:
        return _asked(visit, there, form, Problem(403, visit.explained(may)))
    results = _noted(visit, there, list(_sent(visit, there, emails, grant, form)))
    failed = [result.email for result in results if not result.is_sent]
    if not failed:
        here = [words.say("invited_one_here", email=one.email, who=one.text) for one in results if one.text]
        told = ". ".join((words.say("invited", count=len(emails)), *here[:MOST_NAMED]))
        return visit.done(visit.here("invitations"), told)
    sent = len(emails) - len(failed)
    if len(emails) == 1:
        wrong = words.say("invite_wrong", email=emails[0], why=results[0].text)
        return _asked(visit, there, form, Problem(422, wrong, "emails"))
    text = words.say("invite_some", sent=sent, failed=len(failed)) if sent else words.invite_none
    left = Form({**form.values, "emails": ("\n".join(failed),)})
    return _asked(visit, there, left, Problem(422, text, "emails"), results)


def _sent(visit: Visit, tenant: TenantId, emails: Sequence[str], grant: Grant, form: Form) -> Iterator[Result]:
    for email in emails:
        try:
            command = Invite(tenant, email, grant, note=form.text("note"))
            # A key for each address: sent twice, the form invites nobody twice.
            key = form.once and f"{form.once}.{hashlib.sha256(email.encode()).hexdigest()[:32]}"
            visit.access.execute(command, by=visit.by, key=key)
        except REFUSALS as error:
            yield Result(email, is_sent=False, text=visit.problem(error).text)
        else:
            yield Result(email, is_sent=True, text="")


def _noted(visit: Visit, tenant: TenantId, results: Sequence[Result]) -> Sequence[Result]:
    """Note beside each address that was sent to who has it here; without that, what was sent is told all the same."""
    with suppress(*REFUSALS):
        here = {one.email: _already_here(visit, tenant, one.email) for one in results if one.is_sent}
        return [attrs.evolve(one, text=here.get(one.email, one.text)) for one in results]
    return results


def _already_here(visit: Visit, tenant: TenantId, email: str) -> str:
    """
    Return who stands in the roster with *email*, which whoever invites may read anyway; empty for nobody.

    Not whoever only asks to be let in: they type what address they like, and are no users yet.
    """
    found = visit.access.directory.search(tenant, email=email, limit=MOST, by=visit.by)
    here = [row.username for row in found.rows if row.reason not in ASKING]
    return visit.words.say("invite_here", name=here[0]) if here else ""


def _asked(
    visit: Visit, tenant: TenantId, form: Form, problem: Problem | None = None, results: Sequence[Result] = ()
) -> PageResponse:
    words = visit.words
    may = _may_invite(visit, tenant, nothing_given(visit))
    view = Inviting(
        emails=form.text("emails"),
        hint=words.say("emails_hint", count=MOST),
        grant=granting.fields(visit, granting.offered(visit, tenant), form, problem),
        note=form.text("note"),
        guide=visit.settings.guide,
        results=results,
        refused="" if may else words.say("cannot_invite", why=visit.explained(may)),
        url=visit.here("users", "invite"),
        back=visit.here("users"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "invite.html", words.invite_title, view, at="users", status=status)


def _may_invite(visit: Visit, tenant: TenantId, grant: Grant) -> Decision:
    """Return whether the visitor may invite somebody, whoever it is, to have what *grant* gives."""
    domain = min(visit.access.policy.invited_domains, default="mail.example")
    return visit.access.may(Invite(tenant, f"somebody@{domain}", grant), visit.by)


# --- the list -------------------------------------------------------------------------------------------------------


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show a page of the invitations, the newest first."""
    visit.enter(tenant)
    return _listed(visit, TenantId(tenant))


def back(visit: Visit, tenant: str, invitation: str) -> PageResponse:  # noqa: ARG001  # it is in the address
    """Lead back to the invitations, from where it was answered that one could not be changed."""
    return Redirect(visit.url("t", tenant, "invitations"))


def resend(visit: Visit, tenant: str, invitation: str) -> PageResponse:
    """Send one again."""
    return _changed(visit, tenant, invitation, ResendInvitation, "resent")


def revoke(visit: Visit, tenant: str, invitation: str) -> PageResponse:
    """Take one back."""
    return _changed(visit, tenant, invitation, RevokeInvitation, "revoked")


def _changed(
    visit: Visit,
    tenant: str,
    invitation: str,
    make: type[ResendInvitation] | type[RevokeInvitation],
    said: str,
) -> PageResponse:
    visit.enter(tenant)
    form, there = visit.form(), TenantId(tenant)
    if not is_id(invitation, INVITATION):
        raise NotFoundError("invitation", invitation[:40])
    try:
        key = form.once and f"{form.once}.{said}.{invitation}"
        answer = visit.access.execute(make(there, InvitationId(invitation)), by=visit.by, key=key)
    except REFUSALS as error:
        return _listed(visit, there, visit.problem(error))
    if not answer.changed:
        return visit.done(visit.here("invitations"), visit.words.nothing_new, "note")
    return visit.done(visit.here("invitations"), visit.words.say(said))


def _listed(visit: Visit, tenant: TenantId, problem: Problem | None = None) -> PageResponse:
    access, after = visit.access, visit.request.value("after")
    found = access.invitations.search(tenant, InvitationId(after) if after else None, PAGE, by=visit.by)
    there = access.tenants.look(tenant, by=visit.by)
    names = people.names_of(visit, tenant, [row.invitation.inviter.id for row in found.rows])
    labels = {str(role.key): role.label for role in access.privileges.roles(tenant, by=visit.by)}
    replaced = _with_newer([row.invitation for row in found.rows])
    view = Invitations(
        tabs=users.tabs(visit, tenant, "tab_invitations"),
        lines=[_line(visit, row, names, labels, is_replaced=row.invitation.id in replaced) for row in found.rows],
        may_change=visit.manages,
        invite_url=visit.here("users", "invite"),
        pager=Pager(
            visit.here("invitations") if after else "",
            visit.here("invitations", after=found.next) if found.next else "",
        ),
        problem=problem,
    )
    title = visit.words.say("invitations_of", name=there.name)
    status = 200 if problem is None else problem.status
    return layout.page(visit, "invitations.html", title, view, at="users", status=status)


def _with_newer(invitations: Sequence[Invitation]) -> frozenset[InvitationId]:
    """Return those revoked, among *invitations* from the newest on, to whose address a newer one went."""
    newest: dict[str, InvitationId] = {}
    for one in invitations:
        newest.setdefault(one.email_key, one.id)
    return frozenset(
        one.id
        for one in invitations
        if one.state is InvitationState.REVOKED and one.email_key and newest[one.email_key] != one.id
    )


def _line(
    visit: Visit, row: InvitationRow, names: people.Names, labels: Mapping[str, str], *, is_replaced: bool
) -> Line:
    invitation = row.invitation
    state = "expired" if row.is_expired else invitation.state.value
    return Line(
        id=invitation.id,
        email=invitation.email or visit.words.invitation_erased,
        grant=list(_grant(visit, invitation.grant, labels)),
        by=people.actor_name(visit, invitation.inviter, names),
        sent=users.day(invitation.sent_at),
        expires=users.day(invitation.expires_at),
        style=STYLES[state],
        state=visit.words.say(f"invitation_is_{state}"),
        newer=visit.words.invitation_newer if is_replaced else "",
        is_open=invitation.state is InvitationState.OPEN,
        resend_url=visit.here("invitations", invitation.id, "resend"),
        revoke_url=visit.here("invitations", invitation.id, "revoke"),
    )


def _grant(visit: Visit, grant: Grant, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield in words what *grant* gives: the role, each level, the segments it is limited to."""
    words, catalog = visit.words, visit.access.catalog
    if grant.role is not None:
        yield layout.role_label(visit, grant.role, labels)
    steps = catalog.ladder.steps
    for resource in catalog.resources:
        if resource.key in grant.levels:
            level = words.label(steps[catalog.ladder.rank(grant.levels[resource.key])].label)
            yield words.say("level_of", resource=words.label(resource.label), level=level)
    limits = [words.label(one.label) for one in catalog.segments if one.key in grant.segments]
    if limits:
        yield words.say("only_for", segments=", ".join(limits))


ROUTES: Final = (
    Route("GET", "/t/{tenant}/users/invite", ask),
    Route("POST", "/t/{tenant}/users/invite", invite),
    Route("GET", "/t/{tenant}/invitations", show),
    Route("GET", "/t/{tenant}/invitations/{invitation}/resend", back),
    Route("POST", "/t/{tenant}/invitations/{invitation}/resend", resend),
    Route("GET", "/t/{tenant}/invitations/{invitation}/revoke", back),
    Route("POST", "/t/{tenant}/invitations/{invitation}/revoke", revoke),
)
