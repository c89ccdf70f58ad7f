"""Searching the access log: a page at a time, in bounded steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import AccessEntry, LogPlace, log_place_before
from tenantaccess.model.moments import utc
from tenantaccess.ports.storage import Unit
from tenantaccess.services import searching
from tenantaccess.services.cursors import cursor, place
from tenantaccess.services.stepping import stepped

PARTS: Final = 7
KINDS: Final = ("", "entered", "refused")


@attrs.frozen
class LogPage:
    """
    A page of the access log.

    Args:
        rows: The newest first.
        next: Where the next page begins; None after the last.
        reached: The moment down to which was looked, where looking ended before the page was full.
    """

    rows: Sequence[AccessEntry]
    next: str | None = None
    reached: datetime | None = None


@attrs.frozen
class Sought:
    """
    What is looked for.

    Args:
        principal: By or about whom; None for everybody.
        what: The first word of a line; empty for any.
        since: From this moment on.
        until: Before this moment.
    """

    principal: PrincipalId | None
    what: str
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, principal: PrincipalId | None, what: str, since: datetime | None, until: datetime | None) -> "Sought":
        """Return it, understood; `InvalidInputError` for what cannot be looked for."""
        if what not in KINDS:
            raise InvalidInputError("what", "must be `entered`, `refused` or empty")
        return cls(
            None if principal is None else searching.principal("principal", principal),
            what,
            None if since is None else utc("since", since),
            None if until is None else utc("until", until),
        )

    def beginning(self, tenant: TenantId, after: str | None) -> LogPlace | None:
        """Return the place behind which a page begins; None for the newest line of all."""
        if after is None:
            return None if self.until is None else log_place_before(self.until)
        at, *others = place(self._scope(tenant), after, PARTS)
        try:
            moment = utc("after", datetime.fromisoformat(at))
        except ValueError:
            raise InvalidInputError("after", "must be the `next` of a page of this very search") from None
        kind, who, link, what, reason, subject = others
        return (moment, kind, who, link, what, reason, subject)

    def page(self, unit: Unit, tenant: TenantId, after: LogPlace | None, limit: int) -> LogPage:
        """Return the page that begins behind *after*; it costs so much at most."""
        found = stepped(
            lambda last, size: unit.access_log.read(tenant, size, after if last is None else last.place),
            limit,
            is_rare=bool(self.principal or self.what),
            is_wanted=self._is_wanted,
            is_over=lambda entry: self.since is not None and entry.last_at < self.since,
        )
        return LogPage(
            found.rows,
            None if found.last is None else self._next(tenant, found.last.place),
            None if found.reached is None else found.reached.last_at,
        )

    def _is_wanted(self, entry: AccessEntry) -> bool:
        is_theirs = self.principal in (None, entry.actor.id, entry.actor.link, entry.subject)
        return is_theirs and self.what in ("", entry.what.partition(":")[0])

    def _next(self, tenant: TenantId, last: LogPlace) -> str:
        moment, *others = last
        return cursor(self._scope(tenant), (moment.isoformat(), *others))

    def _scope(self, tenant: TenantId) -> list[object]:
        moments = [None if one is None else one.isoformat() for one in (self.since, self.until)]
        return ["access log", tenant, self.principal, self.what, *moments]
