"""What the operator sees of all tenants: which there are, and which of them nobody manages (AM-40, INV-19)."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model import names
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.contexts import NUMBER_LIMIT
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import LAST_CHARACTER, MemberSort, Wanted
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import members, tenants
from tenantaccess.rules.tenants import Management
from tenantaccess.services import guards, searching
from tenantaccess.services.cursors import cursor, place, require_limit
from tenantaccess.services.principals import SuspendPrincipal
from tenantaccess.services.timing import now_of

SEE: Final = "see all tenants"
FIND: Final = "find a username"
SLICE: Final = 200
TOGETHER: Final = 50
"""So many tenants are judged in one unit, and mostly by one statement."""
FEW: Final = 50
"""Of a tenant where more people than this decide or wait, the store is asked apart."""
WAITING_COUNTED: Final = 200
REQUESTED: Final = Wanted(conditions=frozenset({Reason.PENDING}))
LATEST: Final = 100
"""Among how many of a suspended principal's latest events the suspension is looked for: few happen to it since."""


@attrs.frozen
class Orphan:
    """
    A tenant that nobody manages.

    Args:
        tenant: Which.
        waiting: How many requests await an answer there that nobody but the operator can give; counted to 200.
    """

    tenant: Tenant
    waiting: int


@attrs.frozen
class Named:
    """
    A page of tenants, as the operator searches them.

    Args:
        rows: By name.
        next: Where the next page begins; None after the last.
    """

    rows: Sequence[Tenant]
    next: str | None = None


@attrs.frozen
class Tenants:
    """
    All tenants and usernames, for the operator alone; and one tenant, for whoever sees its roster.

    Args:
        store: Where they live.
        catalog: The declared words.
        policy: The host's choices.
        clock: Read once for each question, and where many tenants are judged once for each few dozen of them.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def page(self, after: TenantId | None = None, limit: int = 50, *, by: By) -> list[Tenant]:
        """
        Return up to *limit* tenants after *after*, whatever their state, in order of id.

        Raises:
            AccessDeniedError: anybody but the operator.
            InvalidInputError: a limit that is not 1 to 500, or no id of a tenant.
        """
        guards.require_by_operator(by, SEE)
        require_limit(limit)
        if after is not None and not is_id(after, TENANT):
            raise InvalidInputError("after", "must be the id of a tenant")
        with self._store.reading() as unit:
            return list(unit.tenants.page(after, limit))

    def search(self, name: str = "", after: str | None = None, limit: int = 50, *, by: By) -> Named:
        """
        Return a page of the tenants whose names begin with *name*, whatever their state, by name; one query.

        Args:
            name: How the name begins; letter case and accents do not matter. Empty for all.
            after: `Named.next` of the page before, of this very search; None for the first.
            limit: Tenants a page, 1 to 500.
            by: Who looks.

        Raises:
            AccessDeniedError: anybody but the operator.
            InvalidInputError: a name that begins with nothing that could be compared, or a page of another search.
        """
        guards.require_by_operator(by, SEE)
        require_limit(limit)
        beginning = searching.prefix("name", name)
        scope = ["all tenants", beginning]
        begun = None if after is None else place(scope, after, 2)
        with self._store.reading() as unit:
            last = None if begun is None else (begun[0], TenantId(begun[1]))
            found = unit.tenants.named(beginning, last, limit + 1)
        rows = tuple(found[:limit])
        more = cursor(scope, (names.search_key(rows[-1].name), rows[-1].id)) if len(found) > limit else None
        return Named(rows, more)

    def find(self, scheme: str, value: str, *, by: By) -> Tenant:
        """
        Return the tenant that carries *value* under *scheme*, however it is written.

        Raises:
            AccessDeniedError: anybody but the operator.
            UnknownNameError: an undeclared scheme.
            InvalidInputError: a value that cannot be normalised.
            NotFoundError: nobody carries it.
        """
        guards.require_by_operator(by, SEE)
        declared = self._catalog.scheme(scheme)
        normal = declared.normal(value)
        with self._store.reading() as unit:
            tenant = unit.tenants.find_by_external_id(declared.key, normal)
            found = None if tenant is None else unit.tenants.find(tenant)
        if found is None:
            raise NotFoundError("tenant", declared.masked(value))
        return found[0]

    def look(self, tenant: TenantId, *, by: By) -> Tenant:
        """
        Return *tenant*: its name, state and numbers, and how others may join.

        Who: whoever at least views the managing resource there, or the operator.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            return guards.require_reader(unit, tenant, by, self._catalog, self._policy, now_of(self._clock)).tenant

    def principal(self, username: str, *, by: By) -> Principal:
        """
        Return whose *username* it is, however it is written.

        Raises:
            AccessDeniedError: anybody but the operator.
            InvalidInputError: what can be no username.
            NotFoundError: nobody's.
        """
        guards.require_by_operator(by, FIND)
        key = names.username_key(username)
        with self._store.reading() as unit:
            whose = unit.principals.find_by_username(key)
            found = None if whose is None else unit.principals.find(whose)
        if found is None:
            raise NotFoundError("principal", key)
        return found[0]

    def suspended_for(self, principal: PrincipalId, *, by: By) -> str:
        """
        Return the reason that the operator gave for the suspension in force, as long as it is kept.

        Empty where none was given, where nobody is suspended, and once the person has been erased.

        Raises:
            AccessDeniedError: anybody but the operator.
            InvalidInputError: what is no id of a principal.
        """
        guards.require_by_operator(by, FIND)
        if not is_id(principal, PRINCIPAL):
            raise InvalidInputError("principal", "must be the id of a principal")
        with self._store.reading() as unit:
            found = unit.principals.find(principal)
            if found is None or found[0].suspended_at is None:
                return ""
            told = unit.events.about(principal, principal, NUMBER_LIMIT, LATEST)
        last = next((part for event, part in told if event.kind == SuspendPrincipal.name), None)
        return "" if last is None else str(last.content.get("note", ""))

    def orphaned(self, after: TenantId | None = None, among: int | None = None, *, by: By) -> Iterator[Orphan]:
        """
        Yield the tenants that nobody manages, by id; `AppointManager` leads each of them back.

        Nobody manages where no person is an effective account manager, links and dated ones counted; a suspended
        tenant is judged as if it were open, a closed one is none (MC-16). Every tenant is looked at, unless told
        otherwise.

        Args:
            after: Only tenants after this one.
            among: How many tenants to look at, orphaned or not; None for all. The same tenants that `page` returns.
            by: Who looks.

        Raises:
            AccessDeniedError: anybody but the operator.
            InvalidInputError: no id of a tenant, or less than one of them.
        """
        guards.require_by_operator(by, SEE)
        if after is not None and not is_id(after, TENANT):
            raise InvalidInputError("after", "must be the id of a tenant")
        if among is not None and (type(among) is not int or among < 1):
            raise InvalidInputError("among", "must be 1 or more")
        return self._orphaned(after, among)

    def _orphaned(self, after: TenantId | None, among: int | None) -> Iterator[Orphan]:
        looked_at = itertools.islice(everywhere(self._store, after), among)
        while together := list(itertools.islice(looked_at, TOGETHER)):
            yield from self._unmanaged([tenant for tenant in together if tenant.state is not TenantState.CLOSED])

    def _unmanaged(self, among: Sequence[Tenant]) -> list[Orphan]:
        """Return whom nobody manages: one statement for them all, and two more where many decide or wait."""
        now, catalog = now_of(self._clock), self._catalog
        asked_after, highest = now - self._policy.request_expires_after, catalog.ladder.highest.key
        found: list[Orphan] = []
        with self._store.reading() as unit:
            few = unit.queries.deciding_or_waiting(
                [tenant.id for tenant in among], catalog.managed_by, highest, ACCOUNT_MANAGER, asked_after, FEW
            )
            for tenant in among:
                rows = few.get(tenant.id)
                if self._is_managed(tenant, _candidates(unit, tenant.id, catalog) if rows is None else rows, now):
                    continue
                asking = _waiting(unit, tenant.id, asked_after) if rows is None else rows
                found.append(Orphan(tenant, len(_pending(asking, now, self._policy))))
        return found

    def _is_managed(self, tenant: Tenant, rows: Iterable[Row], now: datetime) -> bool:
        enough = Management.FOR_NOW
        return tenants.best(tenant, rows, now, self._catalog, self._policy, enough) >= enough


def everywhere(store: Store, after: TenantId | None = None) -> Iterator[Tenant]:
    """Yield all tenants, whatever their state, in order of id, in bounded slices; no unit is open in between."""
    while True:
        with store.reading() as unit:
            page = unit.tenants.page(after, SLICE)
        yield from page
        if len(page) < SLICE:
            return
        after = page[-1].id


def waiting(unit: Unit, tenant: TenantId, now: datetime, policy: Policy) -> list[Row]:
    """Return whose requests await an answer in *tenant*, the oldest first; at most 200."""
    return _pending(_waiting(unit, tenant, now - policy.request_expires_after), now, policy)


def _candidates(unit: Unit, tenant: TenantId, catalog: Catalog) -> Iterator[Row]:
    highest = catalog.ladder.highest.key
    return unit.memberships.candidates(tenant, catalog.managed_by, highest, ACCOUNT_MANAGER, None)


def _waiting(unit: Unit, tenant: TenantId, asked_after: datetime) -> Sequence[Row]:
    expired = (asked_after, PrincipalId(LAST_CHARACTER))
    listed = unit.directory.search(tenant, None, REQUESTED, MemberSort.REQUESTED_AT, expired, WAITING_COUNTED)
    return () if listed is None else [row for _, row in listed.rows]


def _pending(rows: Iterable[Row], now: datetime, policy: Policy) -> list[Row]:
    return [row for row in rows if members.condition(row, now, policy) is Reason.PENDING]
