"""The users of a tenant: searched, sorted, a page at a time, and what is next for each (AM-10, AM-18, AM-20, AM-22)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryPage, DirectoryRow
from tenantaccess.model.members import Origin, Status
from tenantaccess.model.tenants import Tenant
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageRequest, PageResponse
from tenantaccess.web.portal.layout import Item, Option, Pager
from tenantaccess.web.portal.pages import granting
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import Problem, Visit

PAGE: Final = 50
NOBODY: Final = DirectoryPage(())
ACTIONS: Final = ("disable", "enable", "approve", "registration", "reset", "remove")
"""What is done with several users at once, in the order of the list."""
QUIET: Final = frozenset({Reason.ACTIVE, Reason.PENDING, Reason.DISABLED})
"""What a status says by itself; anything else is said beside it."""


@attrs.frozen
class Asked:
    """
    What the address asks for.

    Args:
        fields: What is searched for, by field; empty ones too.
        pending: Only those who await approval or their own verification.
        soon: Only those who become inactive soon.
        sort: What is sorted by, with a ``-`` for the other way round.
    """

    fields: Mapping[str, str]
    pending: bool
    soon: bool
    sort: str

    @classmethod
    def of(cls, request: PageRequest) -> "Asked":
        """Read it off the address."""
        pending, soon = bool(request.value("pending")), bool(request.value("soon"))
        usual = "requested_at" if pending else "username"
        return cls(
            {name: request.value(name).strip() for name in ("email", "last_name", "first_name", "status")},
            pending,
            soon,
            request.value("sort") or ("last_active_at" if soon else usual),
        )

    @property
    def is_search(self) -> bool:
        """Whether anything was typed or chosen."""
        return any(self.fields.values())

    @property
    def query(self) -> dict[str, str]:
        """It again, as an address says it."""
        marks = {"pending": "1" if self.pending else "", "soon": "1" if self.soon else ""}
        return {**self.fields, **marks, "sort": self.sort}


@attrs.frozen
class Sort:
    """
    A way to sort the list.

    Args:
        label: By what.
        url: The list sorted so; the other way round if it is so already.
        arrow: Which way it is sorted by it, for the eye; empty if it is not.
    """

    label: str
    url: str
    arrow: str


@attrs.frozen
class Column:
    """
    One column.

    Args:
        sorts: By what of it the list is sorted.
        order: ``ascending`` or ``descending`` if it is; else empty.
    """

    sorts: Sequence[Sort]
    order: str


@attrs.frozen
class Line:
    """
    One user.

    Args:
        principal: Their id.
        username: What they sign in as.
        is_you: Whether it is the visitor.
        email: Of the roster, as all of the following.
        last_name: Likewise.
        first_name: Likewise.
        phone: Likewise.
        status: The status, for style.
        status_label: In words.
        why: What the status comes from, where it does not say so itself.
        role: In words.
        nothing: That nothing is open to them, if that is so of somebody who was let in.
        since: When they were last active, or asked.
        lapses: When they become inactive.
        url: Their own page.
        what_next: What its link says.
    """

    principal: PrincipalId
    username: str
    is_you: bool
    email: str
    last_name: str
    first_name: str
    phone: str
    status: str
    status_label: str
    why: str
    role: str
    nothing: str
    since: str
    lapses: str
    url: str
    what_next: str


@attrs.frozen
class PublicId:
    """A public identifier of the tenant, masked: the same in each row."""

    label: str
    value: str


@attrs.frozen
class Empty:
    """What is said instead of a list, and where it leads."""

    text: str
    url: str
    label: str


@attrs.frozen
class Users:
    """What the page shows."""

    tabs: Sequence[Item]
    lead: str
    search: Mapping[str, str]
    statuses: Sequence[Option]
    is_pending: bool
    is_soon: bool
    is_search: bool
    sort: str
    url: str
    clear_url: str
    columns: Sequence[Column]
    since_label: str
    ids: Sequence[PublicId]
    lines: Sequence[Line]
    empty: Empty
    may_change: bool
    actions: Sequence[Option]
    review_url: str
    back: str
    invite_url: str
    add_url: str
    pager: Pager
    problem: Problem | None


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show a page of the list."""
    visit.enter(tenant)
    asked, problem = Asked.of(visit.request), None
    there = visit.access.tenants.look(TenantId(tenant), by=visit.by)
    try:
        found = _found(visit, there.id, asked)
    except (InvalidInputError, UnknownNameError) as error:
        found, problem = NOBODY, _problem(visit, error)
    view = _view(visit, there, asked, found, problem)
    title = visit.words.say("users_of", name=there.name)
    return layout.page(visit, "users.html", title, view, at="users", status=200 if problem is None else problem.status)


def tabs(visit: Visit, tenant: TenantId, current: str) -> Sequence[Item]:
    """Return the lists of *tenant*, with how many stand on each."""
    counts = visit.access.directory.counts(tenant, by=visit.by)
    return [
        Item(visit.words.say(name), url, is_current=name == current, count=str(count))
        for name, url, count in (
            ("users", visit.here("users"), counts.members),
            ("tab_pending", visit.here("users", pending="1"), counts.queue),
            ("tab_invitations", visit.here("invitations"), counts.invitations),
            ("tab_soon", visit.here("users", soon="1"), counts.lapsing),
        )
    ]


def day(moment: datetime | None) -> str:
    """Return the day of *moment*, in UTC; empty for none."""
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def why(visit: Visit, row: DirectoryRow) -> str:
    """Return what a status comes from, where it does not say so itself."""
    if is_link_request(row):
        return visit.words.why_link_request
    return "" if row.reason in QUIET else visit.words.say(f"why_{row.reason.value}")


def is_link_request(row: DirectoryRow) -> bool:
    """Tell whether somebody with a username from elsewhere waits to be let in."""
    return row.origin is Origin.LINKED and row.reason is Reason.PENDING


def may_do_nothing(visit: Visit, row: DirectoryRow) -> bool:
    """Tell whether somebody was let in to whom nothing is open."""
    return row.status in {Status.ACTIVE, Status.UNVERIFIED} and not granting.opens(visit, row.levels)


def _found(visit: Visit, tenant: TenantId, asked: Asked) -> DirectoryPage:
    return visit.access.directory.search(
        tenant,
        email=asked.fields["email"],
        last_name=asked.fields["last_name"],
        first_name=asked.fields["first_name"],
        status=asked.fields["status"] or None,
        pending=asked.pending,
        lapsing=asked.soon,
        sort=asked.sort,
        after=visit.request.value("after") or None,
        limit=PAGE,
        by=visit.by,
    )


def _problem(visit: Visit, error: InvalidInputError | UnknownNameError) -> Problem:
    problem = visit.problem(error)
    return attrs.evolve(problem, text=visit.words.email_not_whole) if problem.field == "email" else problem


def _view(visit: Visit, there: Tenant, asked: Asked, found: DirectoryPage, problem: Problem | None) -> Users:
    words, on_list = visit.words, "tab_soon" if asked.soon else "tab_pending" if asked.pending else "users"
    labels = {str(role.key): role.label for role in visit.access.privileges.roles(there.id, by=visit.by)}
    return Users(
        tabs=tabs(visit, there.id, on_list),
        lead={"tab_soon": words.soon_lead, "tab_pending": words.pending_lead}.get(on_list, ""),
        search=asked.fields,
        statuses=_statuses(visit, asked.fields["status"]),
        is_pending=asked.pending,
        is_soon=asked.soon,
        is_search=asked.is_search,
        sort=asked.sort,
        url=visit.here("users"),
        clear_url=visit.here("users", soon=asked.query["soon"], pending=asked.query["pending"]),
        columns=_columns(visit, asked),
        since_label=words.requested if asked.pending else words.last_active,
        ids=_ids(visit, there),
        lines=[_line(visit, row, labels, asked) for row in found.rows],
        empty=_empty(visit, asked),
        may_change=visit.manages,
        actions=[Option("", words.choose_one), *(Option(action, words.say(f"bulk_{action}")) for action in ACTIONS)],
        review_url=visit.here("users", "review"),
        back=visit.here("users", **asked.query, after=visit.request.value("after")),
        invite_url=visit.here("users", "invite"),
        add_url=visit.here("users", "add"),
        pager=Pager(
            visit.here("users", **asked.query) if visit.request.value("after") else "",
            visit.here("users", **asked.query, after=found.next) if found.next else "",
        ),
        problem=problem,
    )


def _statuses(visit: Visit, chosen: str) -> Sequence[Option]:
    return [
        Option("", visit.words.any_status, is_chosen=not chosen),
        *(
            Option(one.value, visit.words.say(f"status_{one.value}"), is_chosen=one.value == chosen)
            for one in (Status.ACTIVE, Status.PENDING, Status.UNVERIFIED, Status.DISABLED)
        ),
    ]


def _columns(visit: Visit, asked: Asked) -> Sequence[Column]:
    """Return the columns that sort, in order; those of public identifiers stand where the template puts them."""
    words, last = visit.words, "requested_at" if asked.pending else "last_active_at"
    sorts = (
        ((words.username, "username"), (words.email, "email")),
        ((words.last_name, "last_name"),),
        ((words.first_name, "first_name"),),
        ((words.phone, "phone"),),
        ((words.status, "status"),),
        ((words.role, "role"),),
        ((words.requested if asked.pending else words.last_active, last),),
    )
    return [_column(visit, asked, dict(one)) for one in sorts]


def _column(visit: Visit, asked: Asked, sorts: Mapping[str, str]) -> Column:
    up, sorted_by = not asked.sort.startswith("-"), asked.sort.removeprefix("-")
    arrow, order = ("↑", "ascending") if up else ("↓", "descending")

    def url(sort: str) -> str:
        return visit.here("users", **{**asked.query, "sort": f"-{sort}" if up and sort == sorted_by else sort})

    return Column(
        [Sort(label, url(sort), arrow if sort == sorted_by else "") for label, sort in sorts.items()],
        order if sorted_by in sorts.values() else "",
    )


def _ids(visit: Visit, there: Tenant) -> Sequence[PublicId]:
    return [
        PublicId(visit.words.label(scheme.label), scheme.masked(there.external_ids[scheme.key]))
        for scheme in visit.access.catalog.schemes
        if scheme.key in there.external_ids
    ]


def _line(visit: Visit, row: DirectoryRow, labels: Mapping[str, str], asked: Asked) -> Line:
    words, url = visit.words, visit.here("users", row.principal_id)
    status = words.say(f"status_{row.status.value}")
    verify = visit.manages and row.reason is Reason.PENDING
    let_in = words.accept_link if is_link_request(row) else words.verify_account
    update = words.update_user if visit.manages else words.details
    return Line(
        principal=row.principal_id,
        username=row.username,
        is_you=row.principal_id == visit.principal,
        email=row.contact.email,
        last_name=row.contact.last_name,
        first_name=row.contact.first_name,
        phone=row.contact.phone,
        status="disabled" if row.is_suspended else row.status.value,
        status_label=words.suspended if row.is_suspended else status,
        why=words.say("why_suspended", status=status) if row.is_suspended else why(visit, row),
        role=layout.role_label(visit, row.role, labels),
        nothing=words.may_do_nothing if may_do_nothing(visit, row) else "",
        since=day(row.requested_at if asked.pending else row.last_active_at) or words.never,
        lapses=day(row.lapses_at),
        url=f"{url}#verify" if verify else url,
        what_next=let_in if verify else update,
    )


def _empty(visit: Visit, asked: Asked) -> Empty:
    """Return what is said where nobody is found: that nobody matches is another thing than that there is nobody."""
    words, here = visit.words, visit.here("users")
    if asked.is_search:
        cleared = visit.here("users", soon=asked.query["soon"], pending=asked.query["pending"])
        return Empty(words.nobody_matches, cleared, words.clear)
    if asked.soon:
        return Empty(words.nobody_soon, here, words.show_everybody)
    if asked.pending:
        return Empty(words.nobody_pending, here, words.show_everybody)
    return Empty(words.nobody_yet, visit.here("users", "invite"), words.invite_users)


ROUTES: Final = (Route("GET", "/t/{tenant}/users", show),)
