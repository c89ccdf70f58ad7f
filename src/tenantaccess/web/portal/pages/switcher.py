"""Where one begins, the list of tenants to choose from, and the switch from one to another (MU-11, MU-12, AM-15)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError, RefusedError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model.contexts import TenantEntry
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse, Redirect
from tenantaccess.web.portal.forms import local
from tenantaccess.web.portal.layout import Option, Pager
from tenantaccess.web.portal.pages.obstacles import Shut, shut
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

PAGE: Final = 25


@attrs.frozen
class Line:
    """
    One tenant to choose.

    Args:
        tenant: Its id.
        name: What people read.
        ids: Its public identifiers, masked.
        shut: Why it cannot be entered; None if it can.
        access_url: What one has there, whatever stands against it.
        segments: What one may view for; the first is what is suggested.
        last_used: When one was last there; empty if never.
        is_meant: Whether it is the one that the page was opened for.
    """

    tenant: TenantId
    name: str
    ids: str
    shut: Shut | None
    access_url: str
    segments: Sequence[Option]
    last_used: str
    is_meant: bool


@attrs.frozen
class Tenants:
    """What the page shows: the lines, what was searched for, and where it goes on."""

    lines: Sequence[Line]
    search: str
    next: str
    switch_url: str
    url: str
    join_url: str
    request_url: str
    pager: Pager
    problem: Problem | None


def home(visit: Visit) -> PageResponse:
    """
    Lead to the tenant to begin with: the last used one, else the only one, else let the person choose.

    A host leads here from its own page to sign in, with the page of its own that comes ``next``.
    """
    if visit.request.visitor.principal is None and visit.request.visitor.operator is not None:
        return Redirect(visit.url("operator"))
    current, wanted = visit.request.kept.current, local(visit.request.value("next"), "")
    if current is not None:
        return Redirect(wanted or visit.url("t", current))
    begun = visit.access.contexts.default(visit.principal)
    if begun is None:
        return Redirect(visit.url("tenants", next=wanted))
    try:
        visit.request.kept.entered(visit.access.contexts.enter(begun, visit.principal))
    except RefusedError:
        return Redirect(visit.url("tenants", next=wanted))
    return Redirect(wanted or visit.url("t", begun))


def tenants(visit: Visit, problem: Problem | None = None) -> PageResponse:
    """Show the tenants to choose from, searched and a page at a time; those that are shut with the reason."""
    request, words = visit.request, visit.words
    meant, search = request.value("to"), request.value("search")
    found = visit.access.contexts.list_tenants(visit.principal, search, request.value("after") or None, PAGE)
    back = local(request.value("next"), f"{request.root}/t/{{tenant}}")
    view = Tenants(
        lines=[_line(visit, entry, meant) for entry in found.entries],
        search=search,
        next=back.replace(meant, "{tenant}") if is_id(meant, TENANT) else back,
        switch_url=visit.url("switch"),
        url=visit.url("tenants"),
        join_url=visit.url("join"),
        request_url=visit.url("request-access"),
        pager=Pager(
            visit.url("tenants", search=search) if request.value("after") else "",
            visit.url("tenants", search=search, after=found.next) if found.next else "",
        ),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "tenants.html", words.choose_tenant, view, status=status)


def _line(visit: Visit, entry: TenantEntry, meant: str) -> Line:
    used = entry.last_used_at
    return Line(
        tenant=entry.id,
        name=entry.name,
        ids=layout.masked_ids(visit, entry.external_ids),
        shut=shut(visit, entry.obstacle),
        access_url=visit.url("t", entry.id, "me"),
        segments=layout.segments_of(visit, entry, None),
        last_used="" if used is None else f"{used:%Y-%m-%d}",
        is_meant=entry.id == meant,
    )


def switch(visit: Visit) -> PageResponse:
    """Enter the tenant that was chosen, viewing for the segment that was; nothing of the former one comes along."""
    form = visit.form("tenant", "segment", "next")
    tenant = form.text("tenant")
    if not is_id(tenant, TENANT):
        raise NotFoundError("tenant", tenant[:40])
    try:
        context = visit.access.contexts.enter(TenantId(tenant), visit.principal, form.optional("segment"))
    except REFUSALS as error:
        return tenants(visit, visit.problem(error))
    visit.request.kept.entered(context)
    wanted = local(form.text("next"), f"{visit.request.root}/t/{{tenant}}")
    return Redirect(wanted.replace("{tenant}", tenant))


ROUTES: Final = (
    Route("GET", "/", home),
    Route("GET", "/tenants", tenants),
    Route("POST", "/switch", switch),
)
