"""What is looked for in the record: by whom or about whom, of which kind, from when until when; in bounded steps."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, TenantId, is_id
from tenantaccess.model import names
from tenantaccess.model.audit import Event
from tenantaccess.services import stepping
from tenantaccess.services.access_log import KINDS as LOGGED
from tenantaccess.web.portal.pages.evidence import Recorded
from tenantaccess.web.portal.pages.people import names_of
from tenantaccess.web.portal.visit import Visit
from tenantaccess.web.portal.words.evidence import KINDS

PAGE: Final = 50


@attrs.frozen
class Looking:
    """
    What is looked for.

    Args:
        member: What was typed: a username, or an id.
        principal: Whose id that is; empty for everybody.
        kind: The kind of event; empty for all.
        since: From this moment on.
        until: Before this moment.
        fields: The query as it was typed, to ask again.
    """

    member: str
    principal: str
    kind: str
    since: datetime | None
    until: datetime | None
    fields: dict[str, str]

    @property
    def is_rare(self) -> bool:
        """Whether events have to be looked through one by one."""
        return bool(self.principal or self.kind)

    def is_wanted(self, event: Event) -> bool:
        """Tell whether *event* is looked for."""
        return (not self.kind or event.kind == self.kind) and (
            not self.principal or self.principal in (event.subject, event.actor.id, event.actor.link)
        )


@attrs.frozen
class Found:
    """
    What was found.

    Args:
        events: The latest first.
        more: The number before which it goes on; None at the end.
        reached: The last that was looked at, where looking ended before the page was full.
    """

    events: Sequence[Recorded]
    more: int | None = None
    reached: Event | None = None


def looking_for(visit: Visit, tenant: TenantId) -> Looking:
    """
    Return what the address asks for.

    Raises:
        InvalidInputError: a username that nobody has here, a kind that there is not, or what is no date.
    """
    return _asked(visit, tenant, lambda kind: f"did_{kind}" in KINDS)


def logged_for(visit: Visit, tenant: TenantId) -> Looking:
    """Return what the address asks for of the access log; raises as `looking_for`."""
    return _asked(visit, tenant, lambda kind: kind in LOGGED)


def _asked(visit: Visit, tenant: TenantId, is_known: Callable[[str], bool]) -> Looking:
    asked = {name: visit.request.value(name).strip() for name in ("member", "kind", "from", "to")}
    if asked["kind"] and not is_known(asked["kind"]):
        raise InvalidInputError("kind", "must be one of those listed")
    since, until = _day("from", asked["from"]), _day("to", asked["to"])
    principal, member = _member(visit, tenant, asked["member"])
    return Looking(
        member=member,
        principal=principal,
        kind=asked["kind"],
        since=since,
        # The last day there is has none after it, and nothing is later.
        until=None if until is None or until.date() == date.max else until + timedelta(days=1),
        fields={name: text for name, text in asked.items() if text},
    )


def found(visit: Visit, tenant: TenantId, looking: Looking, before: int | None) -> Found:
    """Return a page of what is looked for, below the number *before*; it costs so much at most."""

    def read(last: Recorded | None, size: int) -> Sequence[Recorded]:
        below = before if last is None else last[0].number
        return visit.access.audit.latest(tenant, below, size, until=looking.until, by=visit.by)

    page = stepping.stepped(
        read,
        PAGE,
        is_rare=looking.is_rare,
        is_wanted=lambda one: looking.is_wanted(one[0]),
        is_over=lambda one: looking.since is not None and one[0].at < looking.since,
    )
    more = None if page.last is None else page.last[0].number
    return Found(page.rows, more, None if page.reached is None else page.reached[0])


def everything(visit: Visit, tenant: TenantId, looking: Looking) -> Iterator[Sequence[Recorded]]:
    """Yield all that is looked for, the latest first, in bounded pieces; each is asked for anew."""
    before: int | None = None
    while True:
        read = visit.access.audit.latest(tenant, before, stepping.SLICE, until=looking.until, by=visit.by)
        late = [one for one in read if looking.since is None or one[0].at >= looking.since]
        yield [one for one in late if looking.is_wanted(one[0])]
        if len(late) < stepping.SLICE:
            return
        before = late[-1][0].number


def _member(visit: Visit, tenant: TenantId, text: str) -> tuple[str, str]:
    """Return whose id and username *text* is: as it stands, or of a member called so."""
    if not text:
        return "", ""
    if is_id(text, PRINCIPAL):
        return text, names_of(visit, tenant, [text]).get(text, text)
    key = names.username_key(text)
    page = visit.access.directory.search(tenant, username=text, limit=stepping.SLICE, by=visit.by)
    for row in page.rows:
        if names.username_key(row.username) == key:
            return row.principal_id, row.username
    raise InvalidInputError("member", visit.words.say("audit_nobody", name=text))


def _day(field: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInputError(field, "must be a date") from None
