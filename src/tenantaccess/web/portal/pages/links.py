"""The links that one has joined, and those that rest on one's own password; each is ended here, by either side."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import TenantId
from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.services.links import Unlink
from tenantaccess.services.proofs import LinkEntry
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit


@attrs.frozen
class LinkLine:
    """
    One link.

    Args:
        tenant: Where.
        name: What people read there.
        username: Who joined.
        is_own: Whether that is the visitor.
        status: How it stands, as a word of style.
        status_label: How it stands.
        why: What stands against it; empty if nothing.
        waits: Whether a manager has to accept it.
        is_open: Whether one can go there.
        since: Since when.
        rests: What it rests on.
        url: Where it is ended.
    """

    tenant: TenantId
    name: str
    username: str
    is_own: bool
    status: str
    status_label: str
    why: str
    waits: bool
    is_open: bool
    since: str
    rests: str
    url: str


@attrs.frozen
class LinksView:
    """What the page shows: what has just been joined, what was joined before, and who joined through oneself."""

    fresh: Sequence[LinkLine]
    joined: Sequence[LinkLine]
    proven: Sequence[LinkLine]
    switch_url: str
    next: str
    join_url: str


@attrs.frozen
class Ending:
    """What is asked before a link is ended."""

    lead: str
    advice: str
    button: str
    url: str
    back_url: str
    problem: Problem | None


def show(visit: Visit) -> PageResponse:
    """Show all links."""
    joined = [_line(visit, entry) for entry in visit.access.links.joined(visit.principal)]
    proven = [_line(visit, entry) for entry in visit.access.links.proven(visit.principal)]
    fresh = set(visit.request.value("joined").split())
    view = LinksView(
        fresh=[line for line in joined if line.tenant in fresh],
        joined=joined,
        proven=proven,
        switch_url=visit.url("switch"),
        next=f"{visit.request.root}/t/{{tenant}}",
        join_url=visit.url("join"),
    )
    return layout.page(visit, "links.html", visit.words.links, view, at="join")


def of_tenant(visit: Visit, tenant: TenantId) -> list[LinkLine]:
    """Return the visitor's own link in *tenant*, if it is one, and those there that rest on the visitor."""
    links = visit.access.links
    found = [*links.joined(visit.principal), *links.proven(visit.principal)]
    return [_line(visit, entry) for entry in found if entry.tenant == tenant]


def _line(visit: Visit, entry: LinkEntry) -> LinkLine:
    words, status = visit.words, STATUS.get(entry.condition)
    is_open = entry.condition is Reason.ACTIVE
    return LinkLine(
        tenant=entry.tenant,
        name=entry.name,
        username=entry.username,
        is_own=entry.member == visit.principal,
        status="disabled" if status is None else status.value,
        status_label=words.unavailable if status is None else words.say(f"status_{status.value}"),
        why="" if is_open else words.sentence(EXPLANATIONS[entry.condition][0]),
        waits=entry.condition is Reason.PENDING,
        is_open=is_open,
        since="" if entry.since is None else f"{entry.since:%Y-%m-%d}",
        rests=words.rests_on_proof if entry.is_resting else words.rests_on_nothing if is_open else "",
        url=visit.url("links", entry.tenant, entry.member),
    )


def confirm(visit: Visit, tenant: str, member: str, problem: Problem | None = None) -> PageResponse:
    """Ask before a link is ended."""
    entry, words = _found(visit, tenant, member), visit.words
    is_own = entry.member == visit.principal
    lead = words.say("unlink_own" if is_own else "unlink_other", name=entry.name, username=entry.username)
    view = Ending(
        lead=lead,
        advice="" if is_own else words.unlink_advice,
        button=words.say("unlink_named", name=entry.name),
        url=visit.url("links", tenant, member),
        back_url=visit.url("links"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "unlink.html", words.say("unlink_title", name=entry.name), view, at="join", status=status)


def unlink(visit: Visit, tenant: str, member: str) -> PageResponse:
    """End a link; told once, however often the button is pressed."""
    form = visit.form("note")
    done = visit.url("links")
    try:
        entry = _found(visit, tenant, member)
    except NotFoundError:
        # Pressed twice: it is gone. What was never there reads the same.
        return visit.done(done)
    try:
        command = Unlink(entry.tenant, entry.member, form.text("note"))
        visit.access.execute(command, by=visit.principal, key=form.once)
    except REFUSALS as error:
        return confirm(visit, tenant, member, visit.problem(error))
    return visit.done(done, visit.words.say("unlinked", name=entry.name))


def _found(visit: Visit, tenant: str, member: str) -> LinkEntry:
    """Return a link of which the visitor is one of the two sides."""
    links = visit.access.links
    for entry in (*links.joined(visit.principal), *links.proven(visit.principal)):
        if (entry.tenant, entry.member) == (tenant, member):
            return entry
    raise NotFoundError("link", tenant)


ROUTES: Final = (
    Route("GET", "/links", show),
    Route("GET", "/links/{tenant}/{member}", confirm),
    Route("POST", "/links/{tenant}/{member}", unlink),
)
