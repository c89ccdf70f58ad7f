"""Accessing other accounts in two steps, find and join; and asking where a password is not wanted (MU-08 to MU-10)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, ProofRefusedError
from tenantaccess.ids import TENANT, SchemeKey, TenantId, is_id
from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.model.lifecycle import LIFECYCLE
from tenantaccess.model.members import Contact
from tenantaccess.services.joining import JoinLink, RequestLink
from tenantaccess.services.proofs import Offer, OfferedTenant
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.me import Held
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

ABOUT: Final = ("first_name", "last_name", "email")
NOTHING_ASKED: Final = Form({})
MOST_NAMED: Final = 5
"""Of more than these, a message tells only how many they were."""


@attrs.frozen
class Finding:
    """What the first step shows: whose password to prove, or, where that is not open, what to do first."""

    may_link: bool
    fields: Sequence[Field]
    url: str
    schemes: Sequence[Option]
    number: Field
    about: Sequence[Field]
    ask_url: str
    account_url: str
    links_url: str
    problem: Problem | None
    ask_problem: Problem | None


@attrs.frozen
class Offered:
    """
    One tenant that may be joined.

    Args:
        id: Which.
        name: What people read.
        ids: Its public identifiers, masked.
        held: What the link would have.
        role: The role it would hold; empty if none.
        segments: To what it would be limited; empty if to nothing.
        note: What is so there already; empty if nothing.
        is_open: Whether it can be chosen.
        is_chosen: Whether it is suggested.
    """

    id: TenantId
    name: str
    ids: str
    held: Sequence[Held]
    role: str
    segments: str
    note: str
    is_open: bool
    is_chosen: bool


@attrs.frozen
class Offering:
    """What the second step shows; the secret of the offer stands in the page's form, and nowhere else."""

    lines: Sequence[Offered]
    offer: str = attrs.field(repr=False)
    until: str = ""
    url: str = ""
    back_url: str = ""
    problem: Problem | None = None


def start(
    visit: Visit,
    problem: Problem | None = None,
    ask_problem: Problem | None = None,
    username: str = "",
    asked: Form = NOTHING_ASKED,
) -> PageResponse:
    """Show the first step."""
    may_link = visit.access.contexts.account(visit.principal).may_link
    typed = [fields.username(visit, username, autocomplete="off"), fields.password(visit)]
    view = Finding(
        may_link=may_link,
        fields=[attrs.evolve(field, autocomplete="off") for field in fields.marked(typed, problem)],
        url=visit.url("join"),
        schemes=schemes_of(visit),
        number=fields.marked([number_field(visit, asked.text("number"))], ask_problem)[0],
        about=fields.marked(_about(visit, asked), ask_problem),
        ask_url=visit.url("join", "ask"),
        account_url=visit.url("account"),
        links_url=visit.url("links"),
        problem=problem,
        ask_problem=ask_problem,
    )
    told = problem or ask_problem
    status = 200 if told is None else told.status
    return layout.page(visit, "join.html", visit.words.join, view, at="join", status=status)


def _about(visit: Visit, typed: Form) -> list[Field]:
    """Return the fields in which somebody says who asks."""
    words = visit.words
    return [
        Field("first_name", words.first_name, typed.text("first_name"), autocomplete="given-name", is_optional=True),
        Field("last_name", words.last_name, typed.text("last_name"), autocomplete="family-name", is_optional=True),
        Field("email", words.email, typed.text("email"), "email", "email", is_optional=True, longest=254),
    ]


def schemes_of(visit: Visit, chosen: str = "") -> list[Option]:
    """Return the kinds of public numbers by which a tenant may be named."""
    return [
        Option(scheme.key, visit.words.label(scheme.label), is_chosen=scheme.key == chosen)
        for scheme in visit.access.catalog.schemes
    ]


def number_field(visit: Visit, value: str) -> Field:
    """Return the field for a public number; where there is one kind of them, it is called by its name."""
    schemes = visit.access.catalog.schemes
    label = visit.words.label(schemes[0].label) if len(schemes) == 1 else visit.words.number
    return Field("number", label, value)


def number_names(visit: Visit) -> dict[str, str]:
    """Return what the pages call the fields in which the library finds fault with a public number."""
    return {"value": "number", **{str(scheme.key): "number" for scheme in visit.access.catalog.schemes}}


def find(visit: Visit) -> PageResponse:
    """Prove the password of another username, and show what it opens; whatever is wrong is one answer (INV-27)."""
    form = visit.form("username", "password")
    username = form.text("username")
    try:
        offer = visit.access.links.prove(
            username, form.text("password"), visit.request.visitor.source, by=visit.principal
        )
    except ProofRefusedError as error:
        return start(visit, Problem(visit.problem(error).status, visit.words.find_refused), username=username)
    except REFUSALS as error:
        return start(visit, fields.refused(visit, error, {"secret": "password"}), username=username)
    return _offering(visit, offer)


def _offering(visit: Visit, offer: Offer, problem: Problem | None = None) -> PageResponse:
    resting = {entry.tenant for entry in visit.access.links.joined(visit.principal) if entry.is_resting}
    view = Offering(
        lines=[_offered(visit, tenant, is_resting=tenant.id in resting) for tenant in offer.tenants],
        offer=offer.token,
        until=visit.words.say("join_until", time=f"{offer.expires_at:%Y-%m-%d %H:%M}"),
        url=visit.url("join", "accounts"),
        back_url=visit.url("join"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "join_offer.html", visit.words.join, view, at="join", status=status)


def _offered(visit: Visit, tenant: OfferedTenant, *, is_resting: bool) -> Offered:
    catalog, words = visit.access.catalog, visit.words
    levels = {level.key: words.label(level.label) for level in catalog.ladder.steps}
    segments = {segment.key: words.label(segment.label) for segment in catalog.segments}
    is_fresh = tenant.condition in LIFECYCLE[JoinLink.name].legal
    is_again = is_resting and tenant.condition is Reason.ACTIVE
    return Offered(
        id=tenant.id,
        name=tenant.name,
        ids=layout.masked_ids(visit, {SchemeKey(key): value for key, value in tenant.external_ids.items()}),
        held=[
            Held(words.label(resource.label), levels[tenant.levels[resource.key]], tenant.levels[resource.key])
            for resource in catalog.resources
            if resource.key in tenant.levels
        ],
        role=layout.role_label(visit, tenant.role),
        segments=", ".join(segments[key] for key in sorted(tenant.segments) if key in segments),
        note=_note(visit, tenant.condition, is_again=is_again),
        is_open=is_fresh or is_again,
        is_chosen=is_fresh,
    )


def _note(visit: Visit, condition: Reason, *, is_again: bool) -> str:
    if condition is Reason.NOT_A_MEMBER:
        return ""
    if condition is Reason.ACTIVE:
        return visit.words.join_renews if is_again else visit.words.join_member
    return visit.words.sentence(EXPLANATIONS[condition][0])


def join(visit: Visit) -> PageResponse:
    """Join what was chosen of an offer, all or nothing."""
    form = visit.form("tenant", "offer")
    chosen = form.many("tenant")
    if not chosen:
        return _again(visit, form.text("offer"), Problem(422, visit.words.join_nothing))
    try:
        tenants = [_tenant(one) for one in chosen]
        visit.access.execute(JoinLink(tenants, form.text("offer")), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return _again(visit, form.text("offer"), visit.problem(error))
    return visit.done(visit.url("links", joined=" ".join(tenants)), _joined(visit, tenants))


def _joined(visit: Visit, tenants: Sequence[TenantId]) -> str:
    """Return what became of each: joined, or waiting for a manager."""
    found = [entry for entry in visit.access.links.joined(visit.principal) if entry.tenant in tenants]
    waiting = [entry.name for entry in found if entry.condition is Reason.PENDING]
    open_now = [entry.name for entry in found if entry.condition is not Reason.PENDING]
    told = [("joined", open_now), ("join_asked", waiting)]
    return " ".join(visit.words.say(name, names=_listed(visit, names)) for name, names in told if names)


def _listed(visit: Visit, names: Sequence[str]) -> str:
    many = visit.words.say("joined_count", count=len(names))
    return ", ".join(names) if len(names) <= MOST_NAMED else many


def _again(visit: Visit, offer: str, problem: Problem) -> PageResponse:
    """Show what is left of the offer; without one, the first step: neither says why it ended."""
    try:
        return _offering(visit, visit.access.links.offered(offer, by=visit.principal), problem)
    except REFUSALS:
        return start(visit, Problem(422, visit.words.join_expired))


def _tenant(value: str) -> TenantId:
    if not is_id(value, TENANT):
        raise InvalidInputError("tenant", "must be the id of a tenant")
    return TenantId(value)


def ask(visit: Visit) -> PageResponse:
    """Ask a tenant's managers to be linked; the receipt is the same whatever comes of it."""
    form = visit.form("scheme", "number", *ABOUT)
    try:
        contact = Contact(**{name: form.text(name).strip() for name in ABOUT})
        asked = form.text("scheme"), form.text("number")
        command = RequestLink(asked, visit.request.visitor.source, contact)
        visit.access.execute(command, by=visit.principal, key=form.once)
    except REFUSALS as error:
        return start(visit, ask_problem=fields.refused(visit, error, number_names(visit)), asked=form)
    return visit.done(visit.url("join"), visit.words.ask_received)


ROUTES: Final = (
    Route("GET", "/join", start),
    Route("POST", "/join", find),
    Route("GET", "/join/accounts", start),
    Route("POST", "/join/accounts", join),
    Route("GET", "/join/ask", start),
    Route("POST", "/join/ask", ask),
)
