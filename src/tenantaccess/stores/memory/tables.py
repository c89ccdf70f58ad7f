"""
Tables of two keys, and the overlay in which one unit of work reads and writes.

A unit writes nowhere but in its overlay. Commit, under the lock, first looks whether all that the unit relied on
is still so, then applies the overlay as a whole.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from threading import RLock
from typing import Any, Generic, TypeVar

import attrs

from tenantaccess.errors import ConflictError, TenantAccessError
from tenantaccess.ids import (
    CopyJobId,
    InvitationId,
    NoticeId,
    PrincipalId,
    ReferenceSetKey,
    RoleKey,
    SchemeKey,
    StreamId,
    TenantId,
)
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Role
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership
from tenantaccess.model.notices import Notice
from tenantaccess.model.principals import Principal
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose

G = TypeVar("G", bound=Hashable)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Groups = dict[Any, dict[Any, Any]]
LogKey = tuple[str, str, str, str, str, str]
SetOf = tuple[TenantId, ReferenceSetKey]


class TenantsOf:
    """The tenants in which each principal has a row, gone or not: most have one, and it takes no room of its own."""

    def __init__(self) -> None:
        self._found: dict[PrincipalId, TenantId | list[TenantId]] = {}

    def add(self, principal: PrincipalId, tenant: TenantId) -> None:
        """Note that *principal* has a row in *tenant*."""
        found = self._found.setdefault(principal, tenant)
        if isinstance(found, list):
            place = bisect_left(found, tenant)
            if found[place : place + 1] != [tenant]:
                found.insert(place, tenant)
        elif found != tenant:
            self._found[principal] = sorted((found, tenant))

    def of(self, principal: PrincipalId) -> list[TenantId]:
        """Return the tenants of *principal*, by id."""
        found = self._found.get(principal, [])
        return list(found) if isinstance(found, list) else [found]


@attrs.define(eq=False)
class Database:
    """What is committed: rows by table, group and key."""

    tables: dict[str, Groups] = attrs.field(factory=dict)
    lock: Any = attrs.field(factory=RLock)
    tenants_of: TenantsOf = attrs.field(factory=TenantsOf)
    sorted_keys: dict[Any, tuple[int | None, list[str]]] = attrs.field(factory=dict)
    """Keys of records in order, with the revision of their set that they were sorted at."""

    def table(self, name: str) -> Groups:
        """Return the committed rows of one table."""
        return self.tables.setdefault(name, {})


@attrs.frozen
class Expectation:
    """Something a unit read and relied on; if it is otherwise at commit, *error* is raised and nothing is kept."""

    table: str
    group: Any
    key: Any
    seen: Any
    is_written: bool
    """Whether a write of an equal value counts as a change: so that a head that is held conflicts."""
    error: Callable[[], TenantAccessError]


def moved_on() -> TenantAccessError:
    """Return the error of a unit that came too late."""
    return ConflictError("what this unit relied on", retryable=True)


@attrs.define(eq=False)
class Overlay:
    """One unit's view: committed rows, and its own writes over them."""

    database: Database
    writes: dict[str, Groups] = attrs.field(factory=dict)
    expected: list[Expectation] = attrs.field(factory=list)

    def apply(self) -> None:
        """
        Write the overlay over what is committed; the caller holds the lock.

        Raises:
            TenantAccessError: the error of the first expectation that failed; then nothing was applied.
        """
        for one in self.expected:
            found = self.database.table(one.table).get(one.group, {}).get(one.key)
            if found is not one.seen and (one.is_written or found != one.seen):
                raise one.error()
        for name, groups in self.writes.items():
            committed = self.database.table(name)
            for group, rows in groups.items():
                target = committed.setdefault(group, {})
                for key, row in rows.items():
                    if row is None:
                        target.pop(key, None)
                    else:
                        target[key] = row
        for tenant, members in self.writes.get("memberships", {}).items():
            for principal in members:
                self.database.tenants_of.add(principal, tenant)

    def clear(self) -> None:
        """Forget what was written and relied on, once it is committed."""
        for groups in self.writes.values():
            groups.clear()
        self.expected.clear()


class Table(Generic[G, K, V]):
    """One table as one unit sees it."""

    __slots__ = ("committed", "database", "mine", "name", "overlay")

    def __init__(self, name: str, overlay: Overlay) -> None:
        self.name = name
        self.overlay = overlay
        self.database = overlay.database
        self.committed: dict[G, dict[K, V]] = overlay.database.table(name)
        self.mine: dict[G, dict[K, V | None]] = overlay.writes.setdefault(name, {})

    def get(self, group: G, key: K) -> V | None:
        """Return one row, or None."""
        if self.mine:
            mine = self.mine.get(group)
            if mine is not None and key in mine:
                return mine[key]
        committed = self.committed.get(group)
        return None if committed is None else committed.get(key)

    def group(self, group: G) -> Mapping[K, V]:
        """Return all rows of one group, as they are now."""
        with self.database.lock:
            rows: dict[K, V] = dict(self.committed.get(group, {}))
        for key, row in self.mine.get(group, {}).items():
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        return rows

    def groups(self) -> list[G]:
        """Return the groups that may hold rows."""
        with self.database.lock:
            return list({**self.committed, **self.mine})

    def count(self, group: G) -> int:
        """Return how many rows a group has."""
        if self.mine.get(group):
            return len(self.group(group))
        return len(self.committed.get(group, {}))

    def put(self, group: G, key: K, row: V | None) -> None:
        """Write one row; None removes it."""
        self.mine.setdefault(group, {})[key] = row

    def expect(self, group: G, key: K, seen: V | None, error: Callable[[], TenantAccessError] = moved_on) -> None:
        """Rely on one row being *seen* until commit, unless this unit wrote it itself."""
        if key not in self.mine.get(group, {}):
            self.overlay.expected.append(Expectation(self.name, group, key, seen, self.name == "heads", error))


class Of(Generic[G, K, V]):
    """A table by its name in `Tables`; it is opened by the unit that first uses it, since most units use few."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, tables: "Tables", owner: type) -> Table[G, K, V]:
        opened: Table[G, K, V] = Table(self.name, tables.overlay)
        tables.__dict__[self.name] = opened  # found from here on without asking this again
        return opened


class Tables:
    """All tables as one unit sees them."""

    heads = Of[str, StreamId, Head]()
    tenants = Of[str, TenantId, Tenant]()
    external_ids = Of[SchemeKey, str, TenantId]()
    principals = Of[str, PrincipalId, Principal]()
    usernames = Of[str, str, PrincipalId]()
    credentials = Of[str, PrincipalId, str]()
    roles = Of[TenantId, RoleKey, Role]()
    invitations = Of[TenantId, InvitationId, Invitation]()
    memberships = Of[TenantId, PrincipalId, Membership]()
    resting_on = Of[tuple[TenantId, PrincipalId], PrincipalId, bool]()
    events = Of[StreamId, int, Event]()
    private_parts = Of[StreamId, int, PrivatePart]()
    event_keys = Of[StreamId, tuple[str, str], int]()
    access_log = Of[StreamId, LogKey, AccessEntry]()
    notices = Of[str, NoticeId, Notice]()
    held_notices = Of[str, NoticeId, datetime]()
    tokens = Of[str, str, Token]()
    alive_tokens = Of[TokenPurpose, str, str]()
    attempts = Of[str, str, tuple[datetime, int]]()
    reference_records = Of[SetOf, str, ReferenceRecord]()
    record_revisions = Of[str, SetOf, int]()
    copy_jobs = Of[str, CopyJobId, CopyJob]()
    copy_jobs_of = Of[TenantId, CopyJobId, bool]()

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.lock = overlay.database.lock
        self.first_seen: dict[StreamId, Head | None] = {}

    def head(self, stream: StreamId) -> Head | None:
        """
        Return a head as this unit first saw it, or moved it.

        The very object tells whether others held or moved the stream since: each of them puts one of its own.
        """
        if stream not in self.first_seen:
            self.first_seen[stream] = self.heads.get("", stream)
        return self.first_seen[stream]

    def tenants_of(self, principal: PrincipalId) -> list[TenantId]:
        """Return the tenants in which *principal* has a row, by id."""
        with self.lock:
            committed = self.overlay.database.tenants_of.of(principal)
        mine = (tenant for tenant, members in self.memberships.mine.items() if principal in members)
        return sorted({*committed, *mine})

    def move(self, to: Head) -> None:
        """Write a head."""
        self.heads.put("", to.stream, to)
        self.first_seen[to.stream] = to
