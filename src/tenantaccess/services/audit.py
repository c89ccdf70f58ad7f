"""Evidence: reading a stream, verifying it, and asking who could do what on an earlier day."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.codec import audited_fields, plain, structured
from tenantaccess.errors import InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, SegmentKey, StreamId, TenantId, is_id
from tenantaccess.model.actors import By
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Catalog, Role
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.moments import ticks, utc
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import audit, decisions
from tenantaccess.rules.audit import Verification
from tenantaccess.services import guards
from tenantaccess.services.access_log import LogPage, Sought
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.timing import now_of

SLICE: Final = 1_000
TENANT_FACTS: Final = audited_fields(Tenant)
PRINCIPAL_FACTS: Final = audited_fields(Principal)
MEMBER_FACTS: Final = audited_fields(Membership)
NUMBER_LIMIT: Final = 2**63 - 1


@attrs.frozen
class Audit:
    """
    The record of each stream, for whoever may read it.

    Args:
        store: Where it lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: For the reader's own standing.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def verify(self, stream: StreamId, anchor: str = "") -> Verification:
        """
        Look through the whole record of *stream* for the first event that does not hold (INV-37).

        Args:
            stream: A tenant or a principal.
            anchor: A digest noted elsewhere earlier; catches a record rewritten as a whole.

        Returns:
            What was found; keep its `head` somewhere else as the next anchor.

        Raises:
            NotFoundError: there is no such tenant or principal, and no record of one.
        """
        if not is_id(stream, TENANT) and not is_id(stream, PRINCIPAL):
            raise InvalidInputError("stream", "must be the id of a tenant or of a principal")
        with self._store.reading() as unit:
            head = unit.streams.head(stream)
            if head is None and not unit.events.read(stream, 0, 1):
                raise NotFoundError("stream", stream)
            return audit.verify(stream, _all(unit, stream), head, anchor)

    def read(
        self, tenant: TenantId, after: int = 0, limit: int = 50, *, by: By
    ) -> list[tuple[Event, PrivatePart | None]]:
        """
        Return up to *limit* events of *tenant* with numbers above *after*, in order.

        Who: whoever at least views the managing resource, or the operator.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: an `after` that numbers no event.
        """
        require_limit(limit)
        if type(after) is not int or not 0 <= after <= NUMBER_LIMIT:
            raise InvalidInputError("after", "must be the number of an event, or 0")
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            self._require_reader(unit, tenant, by)
            return list(unit.events.read(tenant, after, limit))

    def latest(
        self,
        tenant: TenantId,
        before: int | None = None,
        limit: int = 50,
        *,
        until: datetime | None = None,
        about: PrincipalId | None = None,
        by: By,
    ) -> list[tuple[Event, PrivatePart | None]]:
        """
        Return the latest *limit* events of *tenant*, newest first; for the readers of `read`.

        Args:
            tenant: Which.
            before: Only events with lower numbers; None for the latest there are.
            limit: Events, 1 to 500.
            until: Only events of earlier moments; found among the others in a few steps, however many there are.
            about: Only events about this principal, found without looking at the others; None for all.
            by: Who looks.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: a `before` that numbers no event, a naive moment, or what is no id of a principal.
        """
        require_limit(limit)
        if before is not None and (type(before) is not int or not 1 <= before <= NUMBER_LIMIT):
            raise InvalidInputError("before", "must be the number of an event")
        if about is not None and not is_id(about, PRINCIPAL):
            raise InvalidInputError("about", "must be the id of a principal")
        moment = None if until is None else utc("until", until)
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            version = self._require_reader(unit, tenant, by).head.version
            end = version if before is None else min(before - 1, version)
            if moment is not None:
                end = _last_before(unit, tenant, moment, end)
            if about is not None:
                return list(unit.events.about(tenant, about, end + 1, limit))
            begun = max(end - limit, 0)
            return list(reversed(unit.events.read(tenant, begun, end - begun))) if end else []

    def access_log(self, tenant: TenantId, limit: int = 50, *, by: By) -> list[AccessEntry]:
        """Return the latest *limit* lines of the access log of *tenant*, newest first; for the same readers."""
        require_limit(limit)
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            self._require_reader(unit, tenant, by)
            return list(unit.access_log.read(tenant, limit))

    def search_log(
        self,
        tenant: TenantId,
        *,
        principal: PrincipalId | None = None,
        what: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
        by: By,
    ) -> LogPage:
        """
        Return a page of the access log of *tenant*, newest first; for the readers of `read`.

        What is rare is looked for among 2,000 lines a page at most: a page may be short, or empty, and go on.

        Args:
            tenant: Which.
            principal: Only lines of or about this one.
            what: Only ``entered``, or only ``refused`` commands; empty for both.
            since: Only lines whose last time is this moment or later.
            until: Only lines whose last time is earlier.
            after: `LogPage.next` of the page before, of this very search; None for the first.
            limit: Lines a page, 1 to 500.
            by: Who looks.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: another word, a naive moment, or a page of another search.
        """
        require_limit(limit)
        wanted = Sought.of(principal, what, since, until)
        begun = wanted.beginning(tenant, after)
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            self._require_reader(unit, tenant, by)
            return wanted.page(unit, tenant, begun, limit)

    def list_members_with(
        self,
        tenant: TenantId,
        resource: str,
        action: str,
        as_of: datetime,
        segment: str | None = None,
        *,
        by: By,
    ) -> list[PrincipalId]:
        """
        Return who could do *action* on *resource* at the earlier moment *as_of*, by id, as the record tells it.

        Memberships, roles, suspensions and inactivity are as they were then; what an action needs, and the
        policy's periods, are as they are declared today. The whole record of the tenant up to then is read.

        Who: whoever at least views the managing resource today, or the operator.

        Raises:
            UnknownNameError: an undeclared word.
            InvalidInputError: a moment that is naive, or still to come.
        """
        asked = decisions.question(self._catalog, resource, action)
        if segment is not None:
            self._catalog.require_segments((segment,))
        then = utc("as_of", as_of)
        now = now_of(self._clock)
        if then > now:
            raise InvalidInputError("as_of", "must not lie ahead")
        chosen = None if segment is None else SegmentKey(segment)
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now)
            past = Past.told(unit, tenant, then)
            found = (
                (principal, decisions.standing(past.tenant, row, self._catalog, self._policy))
                for principal, row in sorted(past.rows(unit))
            )
            at = ticks(then)
            return [principal for principal, standing in found if decisions.judge(asked, standing, at, chosen)]

    def _require_reader(self, unit: Unit, tenant: TenantId, by: By) -> Loaded:
        return guards.require_reader(unit, tenant, by, self._catalog, self._policy, now_of(self._clock))


@attrs.define
class Past:
    """
    A tenant as its record tells it at a moment, folded from the changes one by one.

    Args:
        tenant: The tenant then.
        moment: When.
        roles: Levels of its roles then, by role.
        facts: Audited facts of each membership then, by principal.
    """

    tenant: Tenant
    moment: datetime
    roles: dict[str, Mapping[str, Any]] = attrs.field(factory=dict)
    facts: dict[PrincipalId, dict[str, Any]] = attrs.field(factory=dict)

    @classmethod
    def told(cls, unit: Unit, tenant: TenantId, moment: datetime) -> "Past":
        """Fold the record of *tenant* up to *moment*; what came after only tells when each member was last active."""
        past = cls(Tenant(tenant, ""), moment)
        known: set[PrincipalId] = set()
        for event, _ in _all(unit, tenant):
            if event.at <= moment:
                past._fold(event)
            elif _is_about_role(event):
                continue
            elif event.subject in past.facts and event.subject not in known:
                known.add(PrincipalId(event.subject))
                past._was_active(PrincipalId(event.subject), event.before.get("last_active_at"))
        present = unit.memberships.load(tenant, [principal for principal in past.facts if principal not in known])
        for principal, row in ({} if present is None else present.rows).items():
            past._was_active(principal, plain(row.membership.last_active_at))
        return past

    def rows(self, unit: Unit) -> Iterator[tuple[PrincipalId, Row]]:
        """Yield the rows there were then, with the principals as their own records tell them."""
        for principal in self.facts:
            row = self._row(unit, principal)
            if row.membership.gone_at is None:
                yield principal, row

    def _fold(self, event: Event) -> None:
        if _is_about_role(event):
            self._fold_role(event)
        elif event.subject == event.stream:
            audited = {name: value for name, value in event.after.items() if name in TENANT_FACTS}
            self.tenant = structured({**plain(self.tenant), **audited}, Tenant)
            self.roles.update(event.after.get("roles", {}))
        elif is_id(event.subject, PRINCIPAL):
            facts = self.facts.setdefault(PrincipalId(event.subject), {})
            facts.update({name: value for name, value in event.after.items() if name in MEMBER_FACTS})

    def _fold_role(self, event: Event) -> None:
        if "levels" in event.after:
            self.roles[event.subject] = event.after["levels"]
        else:
            self.roles.pop(event.subject, None)

    def _was_active(self, principal: PrincipalId, last: str | None) -> None:
        # Whoever was active later without having been enabled in between had not lapsed by then.
        self.facts[principal]["last_active_at"] = None if last is None else min(last, plain(self.moment))

    def _row(self, unit: Unit, principal: PrincipalId) -> Row:
        facts = self.facts[principal]
        named = {"tenant": self.tenant.id, "principal": principal}
        membership = structured({"origin": "home", **facts, **named}, Membership)
        base = None if membership.resting is None else self._row(unit, membership.resting.on)
        role = None
        if membership.role is not None:
            role = Role(membership.role, membership.role, self.roles.get(membership.role, {}))
        return Row(membership, self._principal(unit, principal), role, base)

    def _principal(self, unit: Unit, principal: PrincipalId) -> Principal:
        facts: dict[str, Any] = {}
        for event, _ in _all(unit, principal):
            if event.at <= self.moment:
                facts.update({name: value for name, value in event.after.items() if name in PRINCIPAL_FACTS})
        return structured({**facts, "id": principal, "username": "unnamed"}, Principal)


def _is_about_role(event: Event) -> bool:
    """Tell whether *event* is about levels of a role, whatever its word looks like: it may be that of an id."""
    return "levels" in event.after or "levels" in event.before


def _last_before(unit: Unit, stream: StreamId, moment: datetime, end: int) -> int:
    """Return the number of the last event up to *end* that is earlier than *moment*, 0 if none is: moments rise."""
    low, high = 0, end
    while low < high:
        middle = (low + high + 1) // 2
        found = unit.events.read(stream, middle - 1, 1)
        if found and found[0][0].at < moment:
            low = middle
        else:
            high = middle - 1
    return low


def _all(unit: Unit, stream: StreamId) -> Iterator[tuple[Event, PrivatePart | None]]:
    after = 0
    while True:
        events = unit.events.read(stream, after, SLICE)
        yield from events
        if len(events) < SLICE:
            return
        after += SLICE
