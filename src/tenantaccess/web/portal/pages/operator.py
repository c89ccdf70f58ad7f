"""All tenants, for whoever runs the service: found by name or number, and those that nobody manages (AM-40)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, NotFoundError, UnknownNameError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.services.overview import WAITING_COUNTED, Named
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse, Redirect
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.layout import Item, Option, Pager
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import Problem, Visit

PAGE: Final = 50
LOOKED_AT: Final = 50
"""So many tenants a page of unmanaged ones is looked for among."""

STYLES: Final = {TenantState.OPEN: "active", TenantState.SUSPENDED: "pending", TenantState.CLOSED: "disabled"}


@attrs.frozen
class TenantLine:
    """One tenant: its name, masked numbers, state with its style, where it is opened, and who waits there."""

    name: str
    ids: str
    state: str
    style: str
    url: str
    waiting: str


@attrs.frozen
class All:
    """What the list shows."""

    tabs: Sequence[Item]
    lines: Sequence[TenantLine]
    name: Field
    schemes: Sequence[Option]
    number: Field
    is_asked: bool
    url: str
    open_url: str
    pager: Pager
    problem: Problem | None


@attrs.frozen
class Unmanaged:
    """What the list of unmanaged tenants shows."""

    tabs: Sequence[Item]
    lines: Sequence[TenantLine]
    nobody: str
    pager: Pager


def show(visit: Visit) -> PageResponse:
    """Show a page of the tenants whose names begin so, or lead to the one that carries the number that is asked for."""
    operator, request, words = visit.operator, visit.request, visit.words
    scheme, number, problem = request.value("scheme"), request.value("number").strip(), None
    name, after = request.value("name").strip(), request.value("after") or None
    if number:
        try:
            return Redirect(tenant_url(visit, visit.access.tenants.find(scheme, number, by=operator).id))
        except NotFoundError:
            problem = Problem(404, words.op_not_found, "number")
        except (InvalidInputError, UnknownNameError) as error:
            problem = attrs.evolve(visit.problem(error), field="number")
    try:
        found = visit.access.tenants.search(name, after, PAGE, by=operator)
    except InvalidInputError as error:
        problem, found = visit.problem(error), Named(())
    asked = fields.marked(
        [Field("name", words.op_name_begins, name), Field("number", words.op_number, number)],
        problem,
    )
    view = All(
        tabs=tabs(visit, "op_title"),
        lines=[line(visit, tenant) for tenant in found.rows],
        name=asked[0],
        schemes=[
            Option(one.key, words.label(one.label), is_chosen=one.key == scheme) for one in visit.access.catalog.schemes
        ],
        number=asked[1],
        is_asked=bool(name),
        url=visit.url("operator"),
        open_url=visit.url("operator", "open"),
        pager=Pager(
            visit.url("operator", name=name) if after else "",
            visit.url("operator", name=name, after=found.next) if found.next else "",
        ),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "operator.html", words.op_title, view, at="op_title", status=status)


def unmanaged(visit: Visit) -> PageResponse:
    """Show the tenants that nobody manages, looked for among a page of all."""
    operator, after = visit.operator, _after(visit)
    looked = visit.access.tenants.page(after, LOOKED_AT, by=operator)
    found = visit.access.tenants.orphaned(after, LOOKED_AT, by=operator)
    is_more = len(looked) == LOOKED_AT
    view = Unmanaged(
        tabs=tabs(visit, "op_orphans"),
        lines=[line(visit, orphan.tenant, _waiting(visit, orphan.waiting)) for orphan in found],
        nobody=visit.words.op_orphans_some if after or is_more else visit.words.op_orphans_none,
        pager=Pager(
            visit.url("operator", "unmanaged") if after else "",
            visit.url("operator", "unmanaged", after=looked[-1].id) if is_more else "",
        ),
    )
    return layout.page(visit, "operator_unmanaged.html", visit.words.op_orphans, view, at="op_orphans")


def tabs(visit: Visit, current: str) -> list[Item]:
    """Return what whoever runs the service may choose from."""
    return [
        Item(visit.words.say(name), visit.url("operator", *path), is_current=name == current)
        for name, path in layout.OPERATED
    ]


def tenant_url(visit: Visit, tenant: TenantId) -> str:
    """Return where one tenant is opened."""
    return visit.url("operator", "t", tenant)


def line(visit: Visit, tenant: Tenant, waiting: str = "") -> TenantLine:
    """Return one tenant as lists show it."""
    return TenantLine(
        name=tenant.name,
        ids=layout.masked_ids(visit, tenant.external_ids),
        state=visit.words.say(f"op_state_{tenant.state.value}"),
        style=STYLES[tenant.state],
        url=tenant_url(visit, tenant.id),
        waiting=waiting,
    )


def _waiting(visit: Visit, count: int) -> str:
    return visit.words.say("op_waiting_many", count=count) if count >= WAITING_COUNTED else str(count)


def _after(visit: Visit) -> TenantId | None:
    after = visit.request.value("after")
    return TenantId(after) if is_id(after, TENANT) else None


ROUTES: Final = (
    Route("GET", "/operator", show),
    Route("GET", "/operator/unmanaged", unmanaged),
)
