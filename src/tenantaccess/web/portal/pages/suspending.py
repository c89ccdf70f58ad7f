"""A username is suspended everywhere at once, or its suspension ended, by whoever runs the service."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, LastManagerError, NotFoundError
from tenantaccess.ids import TenantId
from tenantaccess.model.contexts import TenantEntry
from tenantaccess.model.decisions import Reason
from tenantaccess.model.principals import Principal
from tenantaccess.services.principals import ReinstatePrincipal, SuspendPrincipal
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Item, Option
from tenantaccess.web.portal.pages.obstacles import shut
from tenantaccess.web.portal.pages.operator import tabs
from tenantaccess.web.portal.pages.people import moment
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

TENANTS: Final = 10
"""So many of those in which somebody works are named."""


@attrs.frozen
class Workplace:
    """One tenant in which somebody is a member: its name, and what stands against them there; empty if nothing does."""

    name: str
    state: str


@attrs.frozen
class Person:
    """
    Whom the page is about: username, name, address, where they work, and id; since when and why suspended.

    What is not so, or not known, is empty.
    """

    username: str
    name: str
    email: str
    tenants: Sequence[Workplace]
    more: str
    id: str
    suspended: str
    reason: str


@attrs.frozen
class People:
    """What the page shows: who was looked for and found, and tenants that would be left without a manager."""

    tabs: Sequence[Item]
    username: str
    found: Person | None
    orphaning: Sequence[Option]
    note: str
    url: str
    problem: Problem | None


def show(visit: Visit) -> PageResponse:
    """Show the username that is asked for, if any."""
    username = visit.request.value("username").strip()
    visit.operator  # noqa: B018  # the page is not there for others
    try:
        return _page(visit, username, _found(visit, username) if username else None)
    except NotFoundError:
        return _page(visit, username, None, Problem(404, visit.words.op_nobody, "username"))
    except InvalidInputError as error:
        return _page(visit, username, None, attrs.evolve(visit.problem(error), field="username"))


def change(visit: Visit) -> PageResponse:
    """Suspend, or end the suspension of, one username."""
    operator = visit.operator
    form = visit.form("username", "do", "note", "orphaning")
    person = _found(visit, form.text("username"))
    note, words = form.text("note"), visit.words
    try:
        if form.text("do") == "reinstate":
            visit.access.execute(ReinstatePrincipal(person.id, note), by=operator, key=form.once)
            said = words.say("op_username_reinstated", name=person.username)
        else:
            left = [TenantId(one) for one in form.many("orphaning")]
            visit.access.execute(SuspendPrincipal(person.id, left, note), by=operator, key=form.once)
            said = words.say("op_username_suspended", name=person.username)
    except LastManagerError as error:
        # Each is named in turn; those ticked before stay ticked, and the next one is for the person to tick.
        orphaning = _orphaning(visit, form, TenantId(error.tenant))
        problem = Problem(409, words.op_would_orphan)
        return _page(visit, person.username, person, problem, orphaning, note)
    except REFUSALS as error:
        return _page(visit, person.username, person, visit.problem(error), note=note)
    return visit.done(visit.url("operator", "people", username=person.username), said)


def _found(visit: Visit, username: str) -> Principal:
    return visit.access.tenants.principal(username, by=visit.operator)


def _orphaning(visit: Visit, form: Form, next_one: TenantId) -> list[Option]:
    ticked = [TenantId(one) for one in form.many("orphaning")]
    named = {one: visit.access.tenants.look(one, by=visit.operator).name for one in dict.fromkeys([*ticked, next_one])}
    return [
        Option(one, visit.words.say("op_leave_unmanaged", name=name), is_chosen=one in ticked)
        for one, name in named.items()
    ]


def _page(  # what the page shows, part by part
    visit: Visit,
    username: str,
    found: Principal | None,
    problem: Problem | None = None,
    orphaning: Sequence[Option] = (),
    note: str = "",
) -> PageResponse:
    view = People(
        tabs=tabs(visit, "op_people"),
        username=username,
        found=None if found is None else _person(visit, found),
        orphaning=orphaning,
        note=note,
        url=visit.url("operator", "people"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "operator_people.html", visit.words.op_people, view, at="op_people", status=status)


def _person(visit: Visit, found: Principal) -> Person:
    page = visit.access.contexts.list_tenants(found.id, limit=TENANTS)
    is_suspended = found.suspended_at is not None
    return Person(
        username=found.username,
        name=_name(visit, found, page.entries[0].id) if page.entries else "",
        email=found.email or "",
        tenants=[_workplace(visit, entry) for entry in page.entries],
        more=visit.words.say("op_first_few", count=TENANTS) if page.next else "",
        id=found.id,
        suspended=moment(found.suspended_at),
        reason=visit.access.tenants.suspended_for(found.id, by=visit.operator) if is_suspended else "",
    )


def _workplace(visit: Visit, entry: TenantEntry) -> Workplace:
    """Return a line; that the username is suspended everywhere is said once, beside the lines."""
    closed = None if entry.reason is Reason.PRINCIPAL_SUSPENDED else shut(visit, entry.obstacle)
    return Workplace(entry.name, "" if closed is None else closed.label)


def _name(visit: Visit, found: Principal, tenant: TenantId) -> str:
    row = visit.access.directory.members(tenant, [found.id], by=visit.operator).get(found.id)
    return "" if row is None else f"{row.contact.first_name} {row.contact.last_name}".strip()


ROUTES: Final = (
    Route("GET", "/operator/people", show),
    Route("POST", "/operator/people", change),
)
