"""The provider drop-down: entering a tenant, coming back to it, and the list to choose from."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, PrincipalId, SegmentKey, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.contexts import AccessContext, Answers, OwnAccess, OwnAccount, Session, TenantEntry, TenantPage
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import contexts, decisions, links, privileges
from tenantaccess.services import activity
from tenantaccess.services.cursors import cursor, place, require_limit
from tenantaccess.services.standings import Standings
from tenantaccess.services.timing import counting, now_of

KEPT: Final = 4_096
"""For how many different rows of levels all answers are kept; they are made from the levels alone."""
MOST_HELP: Final = 10


@attrs.define(eq=False)
class Contexts:
    """
    Switching between tenants. Nothing is ambient: a context is a value, and two tabs hold two (INV-14).

    Args:
        store: Where the facts are.
        catalog: The declared words.
        policy: The host's choices.
        clock: Read once per answer.
        standings: The rows, compiled.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _standings: Standings
    _now: Callable[[], int] = attrs.field(init=False)
    _answers: Callable[[bytes, bool], Answers] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._now = counting(self._clock)
        self._answers = functools.lru_cache(KEPT)(functools.partial(contexts.answers, self._standings.questions))

    def enter(
        self, tenant: TenantId, principal: PrincipalId, segment: str | None = None, *, epoch: int | None = None
    ) -> AccessContext:
        """
        Enter *tenant*, viewing for *segment*, as of now; one query (MU-11, AM-15).

        It takes an effective membership, and no level. The person's activity moves forward with it, and the access
        log says so, at most once an hour. Keep `AccessContext.session`, and `resume` it on the next request.

        Args:
            tenant: Where.
            principal: Who.
            segment: What is viewed for; None means all of the tenant.
            epoch: Of the sign-in that asks, `SignedIn.epoch`; None where the host's own ends what has to end.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: something stands against the membership, or the segment is not open to it; or the
                sign-in is from before a suspension, another password or a sign-out everywhere
                (`Reason.SESSION_ENDED`).
            UnknownNameError: an undeclared segment.
        """
        self._standings.require_tenant(tenant)
        self._standings.require_principal(principal)
        if segment is None:
            return self._entered(tenant, principal, None, None, epoch)
        chosen = words.segment_key(segment)
        self._catalog.require_segments((chosen,))
        return self._entered(tenant, principal, chosen, None, epoch)

    def resume(self, session: Session, principal: PrincipalId) -> AccessContext:
        """
        Enter anew, with fresh levels, what an earlier request entered; one query (INV-29).

        Nothing falls back to another tenant or a wider segment: where this raises, clear what the session keeps
        and let the person choose again.

        Args:
            session: What was kept.
            principal: Who is signed in now.

        Raises:
            NotFoundError: no member any more, or no such tenant: alike.
            AccessDeniedError: as `enter`; or access has ended in between, or the session is somebody else's
                (`Reason.SESSION_ENDED`).
            UnknownNameError: a segment that is declared no longer.
        """
        if not isinstance(session, Session):
            raise InvalidInputError("session", "must be the session of a context")
        self._standings.require_principal(principal)
        if session.principal != principal:
            raise _ended()
        if session.segment is not None:
            self._catalog.require_segments((session.segment,))
        return self._entered(session.tenant, principal, session.segment, session)

    def list_tenants(
        self, principal: PrincipalId, search: str = "", after: str | None = None, limit: int = 50
    ) -> TenantPage:
        """
        Return a page of the tenants that *principal* may choose from, by name; one query (MU-12).

        Those that cannot be entered now are listed with the reason, for whoever was let in there, if only by an
        approval, or waits to be with what they have proven; others not at all. What is available agrees with `enter`
        (INV-04).

        Args:
            principal: Whose.
            search: How the name or one of its words begins, or an external id; case and accents do not matter.
            after: `TenantPage.next` of the page before; None for the first.
            limit: Lines a page, 1 to 500.
        """
        self._standings.require_principal(principal)
        require_limit(limit)
        key = names.search_key(names.plain("search", search))
        scope = ["tenants", principal, key]
        start = ("", "") if after is None else place(scope, after, 2)
        meant = {contexts.order(line): line for line in self._lines(principal) if contexts.is_meant(line, key)}
        rest = sorted(at for at in meant if at > start)
        more = cursor(scope, rest[limit - 1]) if len(rest) > limit else None
        return TenantPage(tuple(meant[at] for at in rest[:limit]), more)

    def default(self, principal: PrincipalId) -> TenantId | None:
        """
        Return the tenant to begin with; one query (MU-11).

        The last used one if it is open, else the only one that is, else None: let the person choose.
        """
        self._standings.require_principal(principal)
        return contexts.first(self._lines(principal))

    def who_can_help(self, tenant: TenantId, principal: PrincipalId) -> tuple[str, ...]:
        """
        Return the usernames of at most 10 others who manage *tenant* now; none means: the operator (AM-16, AM-40).

        For whoever was let in there once, whatever stands against the membership today. Whoever waits to be, and has
        proven a way in, is told nobody. Any other applicant learns nothing: anybody can apply anywhere (INV-11).

        Raises:
            NotFoundError: neither, gone, or no such tenant: alike.
        """
        self._standings.require_tenant(tenant)
        self._standings.require_principal(principal)
        catalog, policy, now = self._catalog, self._policy, now_of(self._clock)
        found: list[str] = []
        with self._store.reading() as unit:
            there, own = _own_row(unit, tenant, principal, now, policy)
            if own.membership.approved_at is None:
                return ()
            highest = catalog.ladder.highest.key
            for one in unit.memberships.candidates(tenant, catalog.managed_by, highest, ACCOUNT_MANAGER, None):
                effective = decisions.is_effective(there, one, now, policy)
                if one.id != principal and effective and privileges.manages(one, catalog):
                    found.append(one.principal.username)
                    if len(found) == MOST_HELP:
                        break
        return tuple(sorted(found))

    def mine(self, tenant: TenantId, principal: PrincipalId) -> OwnAccess:
        """
        Return what *principal* has in *tenant*, since when and by whom, and what stands against it (AM-16).

        For whoever was let in there once; and, without any level, whoever has proven a way in and waits.

        Raises:
            NotFoundError: neither, gone, or no such tenant: alike.
        """
        self._standings.require_tenant(tenant)
        self._standings.require_principal(principal)
        now = now_of(self._clock)
        with self._store.reading() as unit:
            there, row = _own_row(unit, tenant, principal, now, self._policy)
            approver = row.membership.approved_by
            giver = unit.principals.find(PrincipalId(approver)) if is_id(approver, PRINCIPAL) else None
        given_by = "" if giver is None else giver[0].username
        return contexts.own(there, row, given_by, now, self._catalog, self._policy)

    def account(self, principal: PrincipalId) -> OwnAccount:
        """
        Return what *principal* signs in as; one query.

        Raises:
            NotFoundError: nobody, or nobody any more.
        """
        self._standings.require_principal(principal)
        with self._store.reading() as unit:
            found = unit.principals.find(principal)
        if found is None or found[0].kind is Kind.ERASED:
            raise NotFoundError("principal", principal)
        person = found[0]
        is_verified = person.email_verified_at is not None
        return OwnAccount(person.username, person.email, is_verified, links.may_link(person, self._policy))

    def _entered(
        self,
        tenant: TenantId,
        principal: PrincipalId,
        segment: SegmentKey | None,
        session: Session | None,
        epoch: int | None = None,
    ) -> AccessContext:
        found, now = self._standings.find(tenant, principal), self._now()
        if found is None:
            raise NotFoundError("tenant", tenant)
        if not found.opens <= now < found.closes:
            raise _refused(tenant, found.against(now))
        if session is not None and not contexts.is_alive(session, found.presence):
            raise _ended()
        if epoch is not None and epoch != found.presence.principal_epoch:
            raise _ended()
        viewing = contexts.situation(found, segment)
        if viewing is Reason.SEGMENT_NOT_HELD:
            raise _refused(tenant, viewing)
        activity.move(self._store, tenant, principal, found, now, "entered")
        ready = self._answers(found.codes, viewing is Reason.SEGMENT_REQUIRED)
        return AccessContext(tenant, principal, segment, found.presence, found.closes, ready.decisions, ready.allowed)

    def _lines(self, principal: PrincipalId) -> list[TenantEntry]:
        with self._store.reading() as unit:
            found = unit.queries.of_principal(principal)
        now, policy = now_of(self._clock), self._policy
        lines = [contexts.entry(tenant, row, now, policy) for tenant, row in found]
        return [line for line in lines if line is not None]


def _refused(tenant: TenantId, reason: Reason) -> NotFoundError | AccessDeniedError:
    if reason is Reason.NOT_A_MEMBER:
        return NotFoundError("tenant", tenant)
    return AccessDeniedError(denied(reason, about="enter"))


def _ended() -> AccessDeniedError:
    return AccessDeniedError(denied(Reason.SESSION_ENDED, about="enter"))


def _own_row(unit: Unit, tenant: TenantId, principal: PrincipalId, now: datetime, policy: Policy) -> tuple[Tenant, Row]:
    """Return the row of somebody who may know of it (INV-11)."""
    loaded = unit.memberships.load(tenant, (principal,))
    row = None if loaded is None else loaded.rows.get(principal)
    if loaded is None or row is None or row.membership.gone_at or not contexts.may_know(row, now, policy):
        raise NotFoundError("tenant", tenant)
    return loaded.tenant, row
