"""One tenant, for whoever runs the service: its state, its managers, and how others may join (AM-40, MU-01)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.members import Status
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.services.command import Command, Done
from tenantaccess.services.links import ChangeLinking
from tenantaccess.services.tenants import AppointManager, CloseTenant, ReopenTenant, SuspendTenant
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.operator import TenantLine, line, tenant_url
from tenantaccess.web.portal.pages.settings import linking_of, linking_options
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

MANAGERS: Final = 50
WAITING: Final = 50
"""So many of those who wait are shown, the oldest first."""


@attrs.frozen
class ManagerLine:
    """One who holds the role of an account manager: what they are called, and their status."""

    username: str
    status: str
    style: str


@attrs.frozen
class WaitingLine:
    """One who waits for an answer: what they are called, by which name, and since when."""

    username: str
    name: str
    since: str


@attrs.frozen
class Overseen:
    """What the page shows."""

    line: TenantLine
    tenant: str
    segments: str
    linking: Sequence[Option]
    managers: Sequence[ManagerLine]
    waiting: Sequence[WaitingLine]
    known: str
    is_open: bool
    is_suspended: bool
    is_closed: bool
    url: str
    back_url: str
    problem: Problem | None


def show(visit: Visit, tenant: str, problem: Problem | None = None, form: Form | None = None) -> PageResponse:
    """Show one tenant."""
    there = _found(visit, tenant)
    words = visit.words
    labels = {one.key: words.label(one.label) for one in visit.access.catalog.segments}
    chosen = "" if form is None else form.text("linking")
    view = Overseen(
        line=line(visit, there),
        tenant=there.id,
        segments=", ".join(labels.get(key, key) for key in sorted(there.segments)),
        linking=linking_options(visit, chosen or there.linking.value),
        managers=_managers(visit, there),
        waiting=_waiting(visit, there),
        known="" if form is None else form.text("known"),
        is_open=there.state is TenantState.OPEN,
        is_suspended=there.state is TenantState.SUSPENDED,
        is_closed=there.state is TenantState.CLOSED,
        url=tenant_url(visit, there.id),
        back_url=visit.url("operator"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "operator_tenant.html", there.name, view, at="op_title", status=status)


def change(visit: Visit, tenant: str) -> PageResponse:
    """Suspend, reopen or close it, appoint an account manager, or change how others may join, as the button says."""
    there = _found(visit, tenant)
    form = visit.form("do", "note", "name", "known", "linking")
    words, note = visit.words, form.text("note")
    try:
        match form.text("do"):
            case "suspend":
                return _done(visit, there, form, SuspendTenant(there.id, note), "op_suspended")
            case "reopen":
                return _done(visit, there, form, ReopenTenant(there.id, note), "op_reopened")
            case "close" if form.text("name").strip() != there.name:
                return show(visit, tenant, Problem(422, words.op_close_wrong, "name"), form)
            case "close":
                return _done(visit, there, form, CloseTenant(there.id, note), "op_closed")
            case "appoint":
                command = AppointManager(there.id, _whom(visit, form.text("known").strip()), note)
                return _done(visit, there, form, command, "op_appointed")
            case _:
                linking = ChangeLinking(there.id, linking=linking_of(form.text("linking")))
                return _done(visit, there, form, linking, "op_linking_saved")
    except NotFoundError:
        return show(visit, tenant, Problem(422, words.op_nobody, "known"), form)
    except REFUSALS as error:
        return show(visit, tenant, visit.problem(error), form)


def _done(visit: Visit, there: Tenant, form: Form, command: Command[Done], said: str) -> PageResponse:
    visit.access.execute(command, by=visit.operator, key=form.once)
    told = visit.words.say(said, name=there.name, who=form.text("known").strip())
    return visit.done(tenant_url(visit, there.id), told)


def _whom(visit: Visit, text: str) -> PrincipalId:
    return PrincipalId(text) if is_id(text, PRINCIPAL) else visit.access.tenants.principal(text, by=visit.operator).id


def _found(visit: Visit, tenant: str) -> Tenant:
    operator = visit.operator
    if not is_id(tenant, TENANT):
        raise NotFoundError("tenant", tenant)
    return visit.access.tenants.look(TenantId(tenant), by=operator)


def _managers(visit: Visit, there: Tenant) -> list[ManagerLine]:
    found = visit.access.directory.search(there.id, role=ACCOUNT_MANAGER, limit=MANAGERS, by=visit.operator)
    return [
        ManagerLine(row.username, visit.words.say(f"status_{row.status.value}"), row.status.value) for row in found.rows
    ]


def _waiting(visit: Visit, there: Tenant) -> list[WaitingLine]:
    found = visit.access.directory.search(
        there.id, status=Status.PENDING, sort="requested_at", limit=WAITING, by=visit.operator
    )
    return [
        WaitingLine(
            row.username,
            f"{row.contact.first_name} {row.contact.last_name}".strip(),
            "" if row.requested_at is None else f"{row.requested_at:%Y-%m-%d}",
        )
        for row in found.rows
    ]


ROUTES: Final = (
    Route("GET", "/operator/t/{tenant}", show),
    Route("POST", "/operator/t/{tenant}", change),
)
