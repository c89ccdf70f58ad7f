"""What one has in a tenant, since when and by whom, who can help, and how to leave (AM-16)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model.contexts import OwnAccess
from tenantaccess.model.members import Status
from tenantaccess.services.members import Leave
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.pages.links import LinkLine, of_tenant
from tenantaccess.web.portal.pages.obstacles import shut
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit


@attrs.frozen
class Held:
    """What one may do with one portion: its name, the level, and the level's word for style."""

    resource: str
    level: str
    key: str


@attrs.frozen
class Fact:
    """One thing that is known, and what it is."""

    label: str
    value: str


@attrs.frozen
class Mine:
    """What the page shows."""

    name: str
    status: str
    status_label: str
    why: str
    facts: Sequence[Fact]
    held: Sequence[Held]
    helpers: Sequence[str]
    support: str
    links: Sequence[LinkLine]
    links_url: str
    leave_url: str
    problem: Problem | None


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show what one has in the tenant that was entered."""
    visit.enter(tenant)
    return _shown(visit, TenantId(tenant))


def anyway(visit: Visit, tenant: str) -> PageResponse:
    """Show what one has, whatever stands against it: nothing is entered for it."""
    return _shown(visit, _tenant(tenant))


def leave(visit: Visit, tenant: str) -> PageResponse:
    """Give up one's own membership; asked for by its very name, for it cannot be undone by oneself."""
    form, there = visit.form("name", "note"), _tenant(tenant)
    name = visit.access.contexts.mine(there, visit.principal).name
    if form.text("name").strip() != name:
        return _shown(visit, there, Problem(422, visit.words.leave_needs_name, "name"))
    try:
        visit.access.execute(Leave(there, form.text("note")), by=visit.principal, key=form.once)
    except REFUSALS as error:
        return _shown(visit, there, visit.problem(error))
    visit.request.kept.left(there)
    return visit.done(visit.url("tenants"), visit.words.say("left", name=name))


def _tenant(tenant: str) -> TenantId:
    if not is_id(tenant, TENANT):
        raise NotFoundError("tenant", tenant)
    return TenantId(tenant)


def _shown(visit: Visit, tenant: TenantId, problem: Problem | None = None) -> PageResponse:
    contexts, words = visit.access.contexts, visit.words
    own = contexts.mine(tenant, visit.principal)
    stands = shut(visit, own.obstacle)
    view = Mine(
        name=own.name,
        status=Status.ACTIVE.value if stands is None else stands.status,
        status_label=words.status_active if stands is None else stands.label,
        why="" if stands is None else stands.text,
        facts=_facts(visit, own),
        held=_held(visit, own),
        helpers=contexts.who_can_help(tenant, visit.principal),
        support=visit.settings.support,
        links=of_tenant(visit, tenant),
        links_url=visit.url("links"),
        leave_url=visit.url("t", tenant, "leave"),
        problem=problem,
    )
    code = 200 if problem is None else problem.status
    return layout.page(visit, "me.html", words.say("my_access_in", name=own.name), view, at="my_access", status=code)


def _held(visit: Visit, own: OwnAccess) -> list[Held]:
    catalog, words = visit.access.catalog, visit.words
    labels = {level.key: level.label for level in catalog.ladder.steps}
    return [
        Held(words.label(resource.label), words.label(labels[own.levels[resource.key]]), own.levels[resource.key])
        for resource in catalog.resources
        if resource.key in own.levels
    ]


def _facts(visit: Visit, own: OwnAccess) -> list[Fact]:
    words = visit.words
    segments = {segment.key: segment.label for segment in visit.access.catalog.segments}
    limited = ", ".join(words.label(segments[key]) for key in sorted(own.segments) if key in segments)
    told = [
        Fact(words.role, layout.role_label(visit, own.role)),
        Fact(words.segment, limited),
        Fact(words.since, _day(own.since)),
        Fact(words.given_by, own.given_by or (words.the_operator if own.since else "")),
        Fact(words.rests_on, own.rests_on),
        Fact(words.ends_at, _day(own.ends_at)),
        Fact(words.lapses_at, _day(own.lapses_at)),
    ]
    return [fact for fact in told if fact.value]


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


ROUTES: Final = (
    Route("GET", "/t/{tenant}", show),
    Route("GET", "/t/{tenant}/me", anyway),
    Route("GET", "/t/{tenant}/leave", anyway),
    Route("POST", "/t/{tenant}/leave", leave),
)
