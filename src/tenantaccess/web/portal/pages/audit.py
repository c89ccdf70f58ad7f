"""The record of a tenant as auditors read it: what happened, that it holds, who was refused, and who could do what."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import AccessEntry
from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.services.access_log import LogPage
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.layout import Item, Option, Pager
from tenantaccess.web.portal.pages.evidence import EventLine, Recorded, kind_said, told
from tenantaccess.web.portal.pages.looking import Found, Looking, everything, found, logged_for, looking_for
from tenantaccess.web.portal.pages.people import actor_name, names_of
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.sheets import sheet
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit
from tenantaccess.web.portal.words.evidence import KINDS, TRIES

NAMED: Final = 500
NOTHING: Final = Found(())


@attrs.frozen
class Verified:
    """What a look through the whole chain found."""

    text: str
    erased: str
    holds: bool


@attrs.frozen
class AuditView:
    """What the record shows."""

    tabs: Sequence[Item]
    lines: Sequence[EventLine]
    member: str
    since: str
    until: str
    kinds: Sequence[Option]
    is_asked: bool
    looked: str
    url: str
    sheet_url: str
    verify_url: str
    verified: Verified | None
    pager: Pager
    problem: Problem | None


@attrs.frozen
class LogLine:
    """One line of the access log."""

    last: str
    first: str
    who: str
    what: str
    why: str
    about: str
    times: int


@attrs.frozen
class LogView:
    """What the access log shows."""

    tabs: Sequence[Item]
    lines: Sequence[LogLine]
    member: str
    since: str
    until: str
    kinds: Sequence[Option]
    is_asked: bool
    looked: str
    url: str
    pager: Pager
    problem: Problem | None


@attrs.frozen
class Answer:
    """Who could: what was asked, how many they are, how many of them are shown, and who."""

    title: str
    total: str
    shown: str
    people: Sequence[Item]


@attrs.frozen
class CouldView:
    """What the page asks who could do something, and what it answers."""

    tabs: Sequence[Item]
    url: str
    actions: Sequence[Option]
    segments: Sequence[Option]
    moment: str
    answer: Answer | None
    problem: Problem | None


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show a page of the record, the latest first."""
    visit.enter(tenant)
    return _record(visit, None)


def verify(visit: Visit, tenant: str) -> PageResponse:
    """Look through the whole chain, for whoever may read it, and say up to where it holds."""
    there = visit.enter(tenant).tenant
    visit.form()
    visit.access.audit.latest(there, limit=1, by=visit.by)
    look = visit.access.audit.verify(there)
    words = visit.words
    text = (
        words.say("audit_verified", number=look.checked, digest=look.head)
        if look.holds
        else words.say("audit_broken", number=look.broken_at, why=words.label(look.why))
    )
    erased = words.say("audit_erased_count", count=len(look.erased)) if look.erased else ""
    return _record(visit, Verified(text, erased, look.holds))


def save(visit: Visit, tenant: str) -> PageResponse:
    """Return all that is looked for as a table to be saved, in pieces."""
    there = visit.enter(tenant).tenant
    looking = looking_for(visit, there)
    pieces = everything(visit, there, looking)
    first = next(pieces)  # whoever may not read it is refused before anything is sent
    words = visit.words
    header = [words.audit_number, words.audit_when, words.audit_who, words.audit_what, words.audit_about]
    header += [words.audit_changes, words.audit_id, words.audit_digest]
    return sheet(f"audit-{there}", header, _rows(visit, there, first, pieces))


def log(visit: Visit, tenant: str) -> PageResponse:
    """Show a page of the access log, the latest first."""
    there = visit.enter(tenant).tenant
    request, words, problem, page = visit.request, visit.words, None, LogPage(())
    looking = Looking(request.value("member"), "", request.value("kind"), None, None, {})
    try:
        looking = logged_for(visit, there)
        page = visit.access.audit.search_log(
            there,
            principal=PrincipalId(looking.principal) if looking.principal else None,
            what=looking.kind,
            since=looking.since,
            until=looking.until,
            after=request.value("after") or None,
            by=visit.by,
        )
    except InvalidInputError as error:
        visit.access.audit.latest(there, limit=1, by=visit.by)
        problem = _problem(visit, error)
    view = LogView(
        tabs=_tabs(visit, "audit_log"),
        lines=_log_lines(visit, there, page.rows),
        member=looking.member,
        since=request.value("from"),
        until=request.value("to"),
        kinds=[
            Option(kind, words.say(name), is_chosen=kind == looking.kind)
            for kind, name in (("", "audit_any"), ("entered", "did_entered"), ("refused", "log_any_refused"))
        ],
        is_asked=bool(looking.fields),
        looked="" if page.reached is None else words.say("log_looked", when=f"{page.reached:%Y-%m-%d}"),
        url=visit.here("audit", "log"),
        pager=Pager(
            visit.here("audit", "log", **looking.fields) if request.value("after") else "",
            visit.here("audit", "log", **looking.fields, after=page.next) if page.next else "",
        ),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "audit_log.html", _titled(visit, "audit_log_of"), view, at="audit", status=status)


def _log_lines(visit: Visit, there: TenantId, entries: Sequence[AccessEntry]) -> list[LogLine]:
    names = names_of(visit, there, [one for entry in entries for one in (entry.actor.id, entry.subject)])

    def line(entry: AccessEntry) -> LogLine:
        return LogLine(
            last=f"{entry.last_at:%Y-%m-%d %H:%M}",
            first=f"{entry.first_at:%Y-%m-%d %H:%M}" if entry.count > 1 else "",
            who=actor_name(visit, entry.actor, names),
            what=_logged(visit, entry.what),
            why=_reason(visit, entry.reason),
            about=names.get(entry.subject, ""),
            times=entry.count,
        )

    return [line(entry) for entry in entries]


def could(visit: Visit, tenant: str) -> PageResponse:
    """Answer who could do something at an earlier moment."""
    visit.enter(tenant)
    action, at, segment = (visit.request.value(name) for name in ("do", "at", "segment"))
    answer: Answer | None = None
    problem = None
    # Whoever may not read the record is refused before anything is asked of it.
    visit.access.audit.latest(visit.by.tenant, limit=1, by=visit.by)
    try:
        answer = _answer(visit, action, at, segment) if action else None
    except REFUSALS as error:
        problem = visit.problem(error)
    view = CouldView(
        tabs=_tabs(visit, "audit_question"),
        url=visit.here("audit", "who-could"),
        actions=[Option(key, label, is_chosen=key == action) for key, label in _actions(visit).items()],
        segments=_segments(visit, segment),
        moment=at or f"{visit.access.clock.now():%Y-%m-%dT%H:%M:%S}",
        answer=answer,
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "audit_could.html", _titled(visit, "audit_question_of"), view, at="audit", status=status)


def _answer(visit: Visit, action: str, at: str, segment: str) -> Answer:
    there, words = visit.by.tenant, visit.words
    resource, _, verb = action.partition(".")
    people = visit.access.audit.list_members_with(
        there, resource, verb, _moment(visit, at), segment or None, by=visit.by
    )
    shown = people[:NAMED]
    names = names_of(visit, there, shown)
    return Answer(
        title=words.say("could_answer", what=_actions(visit).get(action, action), when=at.replace("T", " ")),
        total=words.say("could_count", count=len(people)) if people else words.could_nobody,
        shown=words.say("could_first", count=NAMED) if len(people) > NAMED else "",
        people=[
            Item(name, visit.here("audit", member=who))
            for name, who in sorted((names.get(who, words.somebody_else), str(who)) for who in shown)
        ],
    )


def _record(visit: Visit, verified: Verified | None) -> PageResponse:
    there, request = visit.by.tenant, visit.request
    problem, page = None, NOTHING
    looking = Looking(request.value("member"), "", request.value("kind"), None, None, {})
    before = _number(request.value("before"))
    try:
        looking = looking_for(visit, there)
        page = found(visit, there, looking, before)
    except InvalidInputError as error:
        visit.access.audit.latest(there, limit=1, by=visit.by)
        problem = _problem(visit, error)
    older = visit.here("audit", **looking.fields, before=str(page.more)) if page.more else ""
    view = AuditView(
        tabs=_tabs(visit, "audit_record"),
        lines=told(visit, there, page.events),
        member=looking.member,
        since=request.value("from"),
        until=request.value("to"),
        kinds=_kinds(visit, looking.kind),
        is_asked=bool(looking.fields),
        looked=_looked(visit, page),
        url=visit.here("audit"),
        sheet_url=visit.here("audit", "sheet", **looking.fields),
        verify_url=visit.here("audit", "verify"),
        verified=verified,
        pager=Pager(visit.here("audit", **looking.fields) if before else "", older),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "audit.html", _titled(visit, "audit_of"), view, at="audit", status=status)


def _titled(visit: Visit, name: str) -> str:
    """Return what a page is called, for whoever reads it on paper too: whose record it is."""
    return visit.words.say(name, name=visit.access.tenants.look(visit.by.tenant, by=visit.by).name)


def _rows(
    visit: Visit, tenant: TenantId, first: Sequence[Recorded], rest: Iterator[Sequence[Recorded]]
) -> Iterator[Sequence[str]]:
    piece: Sequence[Recorded] | None = first
    while piece is not None:
        by_number = {event.number: event for event, _ in piece}
        for line in told(visit, tenant, piece):
            event = by_number[line.number]
            changes = "; ".join(line.changes)
            yield str(line.number), line.when, line.who, line.what, line.about, changes, event.subject, event.digest
        piece = next(rest, None)


def _tabs(visit: Visit, current: str) -> list[Item]:
    words = visit.words
    return [
        Item(words.say(name), visit.here("audit", *path), is_current=name == current)
        for name, path in (("audit_record", ()), ("audit_log", ("log",)), ("audit_question", ("who-could",)))
    ]


def _kinds(visit: Visit, chosen: str) -> list[Option]:
    kinds = [name.removeprefix("did_") for name in KINDS if name not in ("did_entered", "did_something")]
    told_kinds = sorted((kind_said(visit, kind), kind) for kind in kinds)
    return [Option("", visit.words.audit_any)] + [
        Option(kind, said, is_chosen=kind == chosen) for said, kind in told_kinds
    ]


def _looked(visit: Visit, page: Found) -> str:
    if page.reached is None:
        return ""
    return visit.words.say("audit_looked", number=page.reached.number, when=f"{page.reached.at:%Y-%m-%d}")


def _problem(visit: Visit, error: InvalidInputError) -> Problem:
    text = {"member": error.rule, "from": visit.words.audit_no_date, "to": visit.words.audit_no_date}.get(error.field)
    return attrs.evolve(visit.problem(error), text=text) if text else visit.problem(error)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text) else None  # noqa: PLR2004  # fits


def _logged(visit: Visit, what: str) -> str:
    first, _, command = what.partition(":")
    if not command:
        return kind_said(visit, first)
    name = f"try_{command}" if f"try_{command}" in TRIES else "try_something"
    return visit.words.say("log_refused", what=visit.words.say(name, kind=command))


def _reason(visit: Visit, reason: str) -> str:
    if reason == Reason.PROOF_REFUSED.value:
        return visit.words.log_why_proof
    known = {one.value: one for one in Reason}
    return visit.words.sentence(EXPLANATIONS[known[reason]][0]) if reason in known else reason


def _actions(visit: Visit) -> dict[str, str]:
    words = visit.words
    return {
        f"{one.key}.{action}": words.say(
            "could_option", resource=words.label(one.label), action=words.label(action.replace("_", " "))
        )
        for one in visit.access.catalog.resources
        if one.offered
        for action in one.actions
    }


def _segments(visit: Visit, chosen: str) -> list[Option]:
    declared = visit.access.catalog.segments
    if not declared:
        return []
    every = Option("", visit.words.every_segment, is_chosen=not chosen)
    return [every, *(Option(one.key, visit.words.label(one.label), is_chosen=one.key == chosen) for one in declared)]


def _moment(visit: Visit, text: str) -> datetime:
    try:
        said = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInputError("as_of", "must be a moment") from None
    # A field tells whole seconds: meant is how things stood when that second ended, or now if it has not.
    return max(said, min(said.replace(microsecond=999_999), visit.access.clock.now()))


ROUTES: Final = (
    Route("GET", "/t/{tenant}/audit", show),
    Route("POST", "/t/{tenant}/audit/verify", verify),
    Route("GET", "/t/{tenant}/audit/verify", show),
    Route("GET", "/t/{tenant}/audit/sheet", save),
    Route("GET", "/t/{tenant}/audit/log", log),
    Route("GET", "/t/{tenant}/audit/who-could", could),
)
