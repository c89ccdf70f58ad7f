"""
An invitation as whoever was invited sees it: into what, by whom, with what and until when (AM-19).

Opening the page uses nothing up, and whatever does not work is one answer, before and behind its buttons (AM-30).
"""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import ProofRefusedError
from tenantaccess.mail import PAGES
from tenantaccess.model.decisions import Reason
from tenantaccess.model.principals import Secret
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.invitation_answers import AcceptInvitation, DeclineInvitation
from tenantaccess.services.invitation_offers import OfferedInvitation
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages.arrivals import newcomer_of
from tenantaccess.web.portal.pages.me import Held
from tenantaccess.web.portal.pages.people import moment
from tenantaccess.web.portal.pages.telling import to_sign_in
from tenantaccess.web.portal.pages.tokens import dead, redeemed, secret_of
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

INVITATION: Final = TokenPurpose.INVITATION
PAGE: Final = PAGES[INVITATION]
DECLINE: Final = "decline"
NEWCOMER: Final = ("username", "password", "again", "first_name", "last_name")
STAYING: Final = frozenset({Reason.ACTIVE, Reason.UNVERIFIED})
"""Whoever is in one of these conditions keeps what they have."""


@attrs.frozen
class Terms:
    """
    What is offered.

    Args:
        name: Of the tenant.
        ids: Its public identifiers, masked.
        sender: Who invited; empty for whoever runs the service.
        email: The address that was invited.
        role: What would be held there; empty for no role.
        held: The levels above none.
        segments: What that would be limited to; empty for nothing.
        until: When the invitation ends.
        note: What accepting does not change; empty for somebody who has no access there.
    """

    name: str
    ids: str
    sender: str
    email: str
    role: str
    held: Sequence[Held]
    segments: str
    until: str
    note: str


@attrs.frozen
class Invited:
    """
    What the page shows.

    Args:
        terms: What is offered.
        token: The secret, for the forms.
        url: Where it is accepted.
        fields: What a stranger is asked for.
        user: Who accepts; empty for a stranger.
        sign_in_url: Where a stranger with a username signs in, to come back here; empty where that is the host's.
        decline_url: Where it is declined.
        problem: What went wrong.
    """

    terms: Terms
    token: str = attrs.field(repr=False)
    url: str
    fields: Sequence[Field]
    user: str
    sign_in_url: str = attrs.field(repr=False)
    decline_url: str
    problem: Problem | None


def show(visit: Visit) -> PageResponse:
    """Show what is offered, how to accept it, as oneself or as somebody new, and how to decline."""
    return _shown(visit, secret_of(visit.request.value("token")))


def accept(visit: Visit) -> PageResponse:
    """Accept an invitation, as whoever is signed in or as somebody new."""
    principal, words = visit.request.visitor.principal, visit.words
    form = visit.form("token", *(() if principal else NEWCOMER))
    token = secret_of(form.text("token"))
    if token is None:
        return dead(visit, INVITATION)
    if form.text("password") != form.text("again"):
        return _shown(visit, token, form, Problem(422, words.again_differs, "again"))
    try:
        command = AcceptInvitation(token, None if principal else newcomer_of(form))
        done = visit.access.execute(command, by=principal, key=form.once)
    except ProofRefusedError:
        return dead(visit, INVITATION)
    except REFUSALS as error:
        return _shown(visit, token, form, fields.refused(visit, error, {"secret": "password"}))
    if principal is None:
        return to_sign_in(visit, words.invitation_accepted_new)
    return visit.done(visit.url("tenants", to=done.tenant_id), words.invitation_accepted)


def decline(visit: Visit) -> PageResponse:
    """Decline an invitation."""
    form = visit.form("token")
    return redeemed(visit, INVITATION, DeclineInvitation, form, visit.words.invitation_declined)


def _shown(
    visit: Visit, token: Secret | None, form: Form | None = None, problem: Problem | None = None
) -> PageResponse:
    if token is None:
        return dead(visit, INVITATION)
    principal, typed = visit.request.visitor.principal, form or Form({})
    try:
        offered = visit.access.invitations.offered(token, by=principal)
    except ProofRefusedError:
        return dead(visit, INVITATION)
    is_known = principal is not None
    comes_back = not is_known and not visit.settings.sign_in
    view = Invited(
        terms=_terms(visit, offered),
        token=token.reveal(),
        url=visit.url(PAGE),
        fields=[] if is_known else fields.marked(_newcomer(visit, typed), problem),
        user=visit.request.visitor.name if is_known else "",
        sign_in_url=visit.url("sign-in", next=visit.url(PAGE, token=token.reveal())) if comes_back else "",
        decline_url=visit.url(PAGE, DECLINE),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    title = visit.words.say("invitation_to", name=offered.name)
    return layout.page(visit, "invitation.html", title, view, status=status)


def _terms(visit: Visit, offered: OfferedInvitation) -> Terms:
    words, catalog = visit.words, visit.access.catalog
    steps = {step.key: words.label(step.label) for step in catalog.ladder.steps if step.rank}
    segments = {one.key: words.label(one.label) for one in catalog.segments}
    labels = {} if offered.role is None else {str(offered.role): offered.role_label}
    return Terms(
        name=offered.name,
        ids=layout.masked_ids(visit, offered.external_ids),
        sender=offered.sender,
        email=offered.email,
        role=layout.role_label(visit, offered.role, labels),
        held=[
            Held(words.label(one.label), steps[offered.levels[one.key]], offered.levels[one.key])
            for one in catalog.resources
            if offered.levels.get(one.key) in steps
        ],
        segments=", ".join(segments[key] for key in sorted(offered.segments) if key in segments),
        until=moment(offered.expires_at),
        note=words.invitation_stays if offered.condition in STAYING else "",
    )


def _newcomer(visit: Visit, typed: Form) -> list[Field]:
    words, said = visit.words, {name: typed.text(name) for name in ("username", "first_name", "last_name")}
    return [
        Field("first_name", words.first_name, said["first_name"], autocomplete="given-name", is_optional=True),
        Field("last_name", words.last_name, said["last_name"], autocomplete="family-name", is_optional=True),
        attrs.evolve(fields.username(visit, said["username"]), hint=words.request_username_hint),
        fields.password(visit, is_new=True),
        fields.repeated(visit),
    ]


ROUTES: Final = (
    Route("GET", f"/{PAGE}", show),
    Route("POST", f"/{PAGE}", accept),
    Route("GET", f"/{PAGE}/{DECLINE}", show),
    Route("POST", f"/{PAGE}/{DECLINE}", decline),
)
