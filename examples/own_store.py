"""
A complete store in one SQLite file, on the standard library alone: documents in one table.

It holds the whole storage contract; docs/how-to/write-your-own-store.md walks through it piece by piece. It looks
through all documents of a tenant where a larger store asks an index, so it suits some hundred people in a tenant.

Run it: python examples/own_store.py
"""
# ruff: noqa: INP001, T201, D101, D102  # a script: it stands alone, and it prints; what a method does, its port says

import json
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

import attrs

from tenantaccess import Catalog, NewUsername, Operator, Resource, TenantAccess, codec
from tenantaccess.commands import OpenTenant
from tenantaccess.errors import (
    ConflictError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    StoreError,
    TakenError,
    TenantAccessError,
    UnreadableRowError,
)
from tenantaccess.ids import (
    CopyJobId,
    InvitationId,
    LevelKey,
    PrincipalId,
    ReferenceSetKey,
    ResourceKey,
    RoleKey,
    SchemeKey,
    StreamId,
    TenantId,
)
from tenantaccess.model.attempts import Attempt
from tenantaccess.model.audit import AccessEntry, Event, LogPlace, PrivatePart
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Role
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.decisions import Standing
from tenantaccess.model.directory import MemberSort, Place, Wanted, is_wanted, key_of
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.names import search_key
from tenantaccess.model.notices import Notice, NoticeState
from tenantaccess.model.principals import Principal
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.copying import CopyJobRepository, RecordRepository
from tenantaccess.ports.erasure import ErasureRepository
from tenantaccess.ports.records import (
    AccessLogRepository,
    AttemptRepository,
    EventRepository,
    NoticeRepository,
    StreamRepository,
    TokenRepository,
)
from tenantaccess.ports.repositories import (
    ActivityRepository,
    CredentialRepository,
    DirectoryQueries,
    InvitationRepository,
    Listed,
    Loaded,
    MembershipQueries,
    MembershipRepository,
    PrincipalRepository,
    RoleRepository,
    TenantRepository,
)
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit

T = TypeVar("T")

# --- documents ---


class Documents:
    """One table of texts, each found by what it is, whose it is, and its key; on the connection of one unit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, kind: str, home: str, key: str) -> str | None:
        where = "kind = ? AND home = ? AND key = ?"
        found = self.run(f"SELECT body FROM document WHERE {where}", kind, home, key).fetchone()  # noqa: S608
        return None if found is None else str(found[0])

    def list(self, kind: str, home: str, after: str = "", limit: int = -1) -> Sequence[tuple[str, str]]:
        """Return keys above *after* with their texts, in the order of code points; -1 is no limit."""
        where = "kind = ? AND home = ? AND key > ? ORDER BY key LIMIT ?"
        return self.run(f"SELECT key, body FROM document WHERE {where}", kind, home, after, limit).fetchall()  # noqa: S608

    def homes(self, kind: str) -> Sequence[str]:
        return [home for (home,) in self.run("SELECT DISTINCT home FROM document WHERE kind = ?", kind).fetchall()]

    def save(self, kind: str, home: str, key: str, body: str) -> None:
        self._require_open()
        self.run("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)", kind, home, key, body)

    def drop(self, kind: str, home: str, key: str) -> None:
        self._require_open()
        self.run("DELETE FROM document WHERE kind = ? AND home = ? AND key = ?", kind, home, key)

    def next(self, counter: str) -> int:
        """Count on, from 1."""
        number = int(self.find("counter", "", counter) or 0) + 1
        self.save("counter", "", counter, str(number))
        return number

    def commit(self) -> None:
        self._require_open()
        self.run("COMMIT")

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement; the only place where the driver's errors become the library's."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise translated(error) from error

    def _require_open(self) -> None:
        """After its commit a unit has no transaction: what is written then would be kept at once."""
        if not self._connection.in_transaction:
            raise MisuseError("this unit is spent: begin another one")


def translated(error: sqlite3.Error) -> TenantAccessError:
    """Return what the library says: who has to wait for too long may try again, all else is an outage."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return ConflictError("what is stored", retryable=True)
    return StoreError("asking SQLite")


class Shelf(Generic[T]):
    """The documents of one kind as values: the codec makes plain data of them, and refuses what it does not know."""

    def __init__(self, documents: Documents, kind: type[T]) -> None:
        self.documents = documents
        self._kind = kind

    def get(self, home: str, key: str) -> T | None:
        found = self.documents.find(self._kind.__name__, home, key)
        return None if found is None else self._value(found)

    def all(self, home: str, after: str = "", limit: int = -1) -> Sequence[T]:
        return [self._value(body) for _, body in self.documents.list(self._kind.__name__, home, after, limit)]

    def everywhere(self) -> Sequence[tuple[str, T]]:
        """Return all there are, with whose they are."""
        return [(home, value) for home in self.documents.homes(self._kind.__name__) for value in self.all(home)]

    def put(self, home: str, key: str, value: T) -> None:
        self.documents.save(self._kind.__name__, home, key, json.dumps(codec.plain(value)))

    def drop(self, home: str, key: str) -> None:
        self.documents.drop(self._kind.__name__, home, key)

    def _value(self, body: str) -> T:
        try:
            return codec.structured(json.loads(body), self._kind)
        except (InvalidInputError, ValueError) as error:
            raise UnreadableRowError(f"reading a document of kind {self._kind.__name__}") from error


class Shelves:
    """All that one unit sees."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.heads = Shelf(documents, Head)
        self.tenants = Shelf(documents, Tenant)
        self.principals = Shelf(documents, Principal)
        self.memberships = Shelf(documents, Membership)
        self.roles = Shelf(documents, Role)
        self.invitations = Shelf(documents, Invitation)
        self.events = Shelf(documents, Event)
        self.parts = Shelf(documents, PrivatePart)
        self.log = Shelf(documents, AccessEntry)
        self.notices = Shelf(documents, Waiting)
        self.tokens = Shelf(documents, Token)
        self.attempts = Shelf(documents, Counted)
        self.records = Shelf(documents, ReferenceRecord)
        self.jobs = Shelf(documents, CopyJob)


class Room:
    """What the repositories of one unit have in common."""

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self.documents = shelves.documents

    def head_of(self, stream: StreamId) -> Head:
        return self.shelves.heads.get("", stream) or Head(stream)

    def row(self, membership: Membership) -> Row:
        """Return a membership with its principal, its role, and the row that it rests on."""
        principal = self.shelves.principals.get("", membership.principal)
        if principal is None:
            raise StoreError(f"looking for `{membership.principal}`, who has a membership")
        role = BUILT_IN if membership.role == ACCOUNT_MANAGER else None
        if membership.role is not None and role is None:
            role = self.shelves.roles.get(membership.tenant, membership.role)
        on = membership.resting and self.shelves.memberships.get(membership.tenant, membership.resting.on)
        return Row(membership, principal, role, self.row(on) if on else None)

    def rows(self, tenant: TenantId) -> Iterator[Row]:
        """Yield the rows of a tenant that are not gone, by principal."""
        return (self.row(one) for one in self.shelves.memberships.all(tenant) if one.gone_at is None)


# --- the guard ---


class Streams(Room, StreamRepository):
    def head(self, stream: StreamId) -> Head | None:
        return self.shelves.heads.get("", stream)

    def lock(self, stream: StreamId) -> None:
        """Do nothing: there is one writer at a time, from the beginning of its unit."""

    def advance(self, seen: Head, to: Head) -> bool:
        found = self.shelves.heads.get("", seen.stream)
        if found is None:
            return seen.version == 0
        if found != seen:
            return False
        self.shelves.heads.put("", to.stream, to)
        return True


# --- tenants and people ---


class Tenants(Room, TenantRepository):
    def find(self, tenant: TenantId) -> tuple[Tenant, Head] | None:
        found = self.shelves.tenants.get("", tenant)
        return None if found is None else (found, self.head_of(tenant))

    def find_by_external_id(self, scheme: SchemeKey, value: str) -> TenantId | None:
        found = self.documents.find("external id", scheme, value)
        return None if found is None else TenantId(found)

    def add(self, tenant: Tenant, head: Head) -> None:
        if self.shelves.tenants.get("", tenant.id) is not None:
            raise TakenError("tenant")
        for scheme, value in tenant.external_ids.items():
            if self.find_by_external_id(scheme, value) is not None:
                raise TakenError("external id")
            self.documents.save("external id", scheme, value, tenant.id)
        self.shelves.tenants.put("", tenant.id, tenant)
        self.shelves.heads.put("", tenant.id, head)

    def put(self, tenant: Tenant) -> None:
        found = self.shelves.tenants.get("", tenant.id)
        if found is not None:
            self.shelves.tenants.put("", tenant.id, attrs.evolve(tenant, external_ids=found.external_ids))

    def page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        return self.shelves.tenants.all("", after or "", limit)

    def named(self, beginning: str, after: tuple[str, TenantId] | None, limit: int) -> Sequence[Tenant]:
        keyed = {(search_key(tenant.name), tenant.id): tenant for tenant in self.shelves.tenants.all("")}
        meant = [place for place in keyed if place[0].startswith(beginning) and (after is None or place > after)]
        return [keyed[place] for place in sorted(meant)[:limit]]


class Principals(Room, PrincipalRepository):
    def find(self, principal: PrincipalId) -> tuple[Principal, Head] | None:
        found = self.shelves.principals.get("", principal)
        return None if found is None else (found, self.head_of(principal))

    def find_by_username(self, key: str) -> PrincipalId | None:
        found = self.documents.find("username", "", key)
        return None if found is None else PrincipalId(found)

    def add(self, principal: Principal, head: Head) -> None:
        if self.shelves.principals.get("", principal.id) is not None:
            raise TakenError("principal")
        if self.find_by_username(principal.username_key) is not None:
            raise TakenError("username")
        self.documents.save("username", "", principal.username_key, principal.id)
        self.shelves.principals.put("", principal.id, principal)
        self.shelves.heads.put("", principal.id, head)

    def put(self, after: Principal, before: Principal) -> None:  # noqa: ARG002  # nobody else writes here
        found = self.shelves.principals.get("", after.id)
        if found is not None:
            self.shelves.principals.put("", after.id, attrs.evolve(after, username=found.username))


class Credentials(Room, CredentialRepository):
    def find(self, principal: PrincipalId) -> str | None:
        return self.documents.find("credential", "", principal)

    def put(self, principal: PrincipalId, stored: str) -> None:
        self.documents.save("credential", "", principal, stored)

    def replace(self, principal: PrincipalId, seen: str, stored: str) -> bool:
        if self.find(principal) != seen:
            return False
        self.put(principal, stored)
        return True

    def forget(self, principal: PrincipalId) -> None:
        self.documents.drop("credential", "", principal)


class Roles(Room, RoleRepository):
    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        return self.shelves.roles.get(tenant, role)

    def list(self, tenant: TenantId) -> Sequence[Role]:
        return self.shelves.roles.all(tenant)

    def add(self, tenant: TenantId, role: Role) -> None:
        if self.find(tenant, role.key) is not None:
            raise TakenError("role")
        self.shelves.roles.put(tenant, role.key, role)

    def put(self, tenant: TenantId, role: Role) -> None:
        if self.find(tenant, role.key) is not None:
            self.shelves.roles.put(tenant, role.key, role)

    def remove(self, tenant: TenantId, role: RoleKey) -> None:
        if self.find(tenant, role) is None:
            raise NotFoundError("role", role)
        self.shelves.roles.drop(tenant, role)


# --- memberships ---


class Memberships(Room, MembershipRepository):
    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        found = self.shelves.tenants.get("", tenant)
        if found is None:
            return None
        memberships = {who: self.shelves.memberships.get(tenant, who) for who in principals}
        rows = {who: self.row(one) for who, one in memberships.items() if one is not None}
        return Loaded(found, self.head_of(tenant), rows)

    def put(self, after: Membership, before: Membership | None) -> None:
        found = self.shelves.memberships.get(after.tenant, after.principal)
        for mark in ("last_active_at", "warned"):
            if before is not None and found is not None and getattr(before, mark) == getattr(after, mark):
                after = attrs.evolve(after, **{mark: getattr(found, mark)})
        self.shelves.memberships.put(after.tenant, after.principal, after)
        self.documents.save("tenant of", after.principal, after.tenant, "")

    def holds_role(self, tenant: TenantId, role: RoleKey) -> bool:
        return any(one.role == role and one.gone_at is None for one in self.shelves.memberships.all(tenant))

    def candidates(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        passing_over: RoleKey | None,
    ) -> Iterator[Row]:
        for row in self.rows(tenant):
            is_override = resource in row.membership.overrides
            is_passed_over = passing_over is not None and row.membership.role == passing_over and not is_override
            if row.membership.disabled is None and not is_passed_over and reaches(row, resource, (level,), built_in):
                yield row


def reaches(row: Row, resource: ResourceKey, levels: Collection[LevelKey], built_in: RoleKey | None) -> bool:
    """Tell whether the stored level is among *levels*: by override, or else by role."""
    override = row.membership.overrides.get(resource)
    if override is not None or row.role is None:
        return override in levels
    return row.role.key == built_in or row.role.levels.get(resource) in levels


class Queries(Room, MembershipQueries):
    def reaching(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        levels: Collection[LevelKey],
        built_in: RoleKey | None,
        after: PrincipalId | None,
        limit: int,
    ) -> Sequence[Row]:
        found = (row for row in self.rows(tenant) if reaches(row, resource, levels, built_in))
        return [row for row in found if after is None or row.id > after][:limit]

    def of_principal(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        answer = []
        for tenant, _ in self.documents.list("tenant of", principal):
            found = self.shelves.tenants.get("", tenant)
            membership = self.shelves.memberships.get(tenant, principal)
            if found is not None and membership is not None and membership.gone_at is None:
                answer.append((found, self.row(membership)))
        return answer

    def resting_on(self, tenant: TenantId, principal: PrincipalId) -> Sequence[Row]:
        return [row for row in self.rows(tenant) if row.membership.resting and row.membership.resting.on == principal]

    def resting_everywhere(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        tenants = [tenant for tenant, _ in self.of_principal(principal)]
        return [(tenant, row) for tenant in tenants for row in self.resting_on(tenant.id, principal)]

    def page(self, tenant: TenantId, after: str, limit: int) -> Sequence[Row]:
        rows = [row for row in self.rows(tenant) if row.principal.username_key > after]
        return sorted(rows, key=lambda row: row.principal.username_key)[:limit]

    def idle(self, tenant: TenantId, since: datetime, after: PrincipalId | None, limit: int) -> Sequence[Row]:
        found = (row for row in self.rows(tenant) if is_idle(row.membership, since))
        return [row for row in found if after is None or row.id > after][:limit]

    def deciding_or_waiting(
        self,
        tenants: Collection[TenantId],
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        asked_after: datetime,
        most: int,
    ) -> Mapping[TenantId, Sequence[Row]]:
        answer = {}
        for tenant in tenants:
            rows = [row for row in self.rows(tenant) if row.membership.disabled is None]
            decide = [row for row in rows if reaches(row, resource, (level,), built_in)]
            wait = [row for row in rows if row not in decide and is_waiting(row.membership, asked_after)]
            if len(decide) + len(wait) <= most:
                answer[tenant] = [*decide, *wait]
        return answer


def is_waiting(facts: Membership, asked_after: datetime) -> bool:
    """Tell whether a membership is a request of after *asked_after* that nobody has answered."""
    return facts.approved_at is None and facts.requested_at is not None and facts.requested_at > asked_after


def is_idle(facts: Membership, since: datetime) -> bool:
    """Tell whether the clock of a membership is at or before *since*."""
    clocks = [moment for moment in (facts.clock_started_at, facts.last_active_at) if moment is not None]
    return facts.disabled is None and bool(clocks) and max(clocks) <= since


class Directory(Room, DirectoryQueries):
    def search(
        self,
        tenant: TenantId,
        reader: PrincipalId | None,
        wanted: Wanted,
        sort: MemberSort,
        after: Place | None,
        limit: int,
        *,
        descending: bool = False,
    ) -> Listed | None:
        loaded = Memberships(self.shelves).load(tenant, () if reader is None else (reader,))
        if loaded is None:
            return None
        placed: list[tuple[Place, Row]] = [
            ((key_of(row, sort), row.id), row) for row in self.rows(tenant) if is_wanted(row, wanted)
        ]
        placed.sort(key=lambda one: sortable(one[0]), reverse=descending)
        if after is not None:
            last = sortable(after)
            follows = last.__gt__ if descending else last.__lt__
            placed = [one for one in placed if follows(sortable(one[0]))]
        return Listed(loaded, placed[:limit])

    def count(self, tenant: TenantId, wanted: Wanted, most: int) -> int:
        return min(most, sum(is_wanted(row, wanted) for row in self.rows(tenant)))


def sortable(place: Place) -> tuple[str, str]:
    """Return a place as text: keys of one sort are all text, or all moments, whose text sorts as they do."""
    return str(codec.plain(place[0])), place[1]


class Activity(Room, ActivityRepository):
    def touch(self, tenant: TenantId, principal: PrincipalId, incarnation: int, at: datetime) -> None:
        found = self._present(tenant, principal, incarnation)
        if found is not None and (found.last_active_at is None or found.last_active_at < at):
            self.shelves.memberships.put(tenant, principal, attrs.evolve(found, last_active_at=at, warned=0))

    def warn(self, tenant: TenantId, principal: PrincipalId, incarnation: int, warned: int) -> bool:
        found = self._present(tenant, principal, incarnation)
        if found is None or found.warned >= warned:
            return False
        self.shelves.memberships.put(tenant, principal, attrs.evolve(found, warned=warned))
        return True

    def _present(self, tenant: TenantId, principal: PrincipalId, incarnation: int) -> Membership | None:
        found = self.shelves.memberships.get(tenant, principal)
        return found if found and found.incarnation == incarnation and found.gone_at is None else None


class Invitations(Room, InvitationRepository):
    def add(self, invitation: Invitation) -> None:
        self.shelves.invitations.put(invitation.tenant, invitation.id, invitation)

    def put(self, invitation: Invitation) -> None:
        if self.find(invitation.tenant, invitation.id) is not None:
            self.add(invitation)

    def find(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        return self.shelves.invitations.get(tenant, invitation)

    def concerning(self, tenant: TenantId, senders: Collection[PrincipalId], email_key: str) -> Sequence[Invitation]:
        found = self._open(tenant)
        return [one for one in found if one.sender in senders or (email_key and one.email_key == email_key)]

    def open(self, tenant: TenantId, after: InvitationId | None, limit: int) -> Sequence[Invitation]:
        return [one for one in self._open(tenant) if after is None or one.id > after][:limit]

    def page(self, tenant: TenantId, after: Invitation | None, limit: int) -> Sequence[Invitation]:
        found = sorted(self.shelves.invitations.all(tenant), key=age, reverse=True)
        return [one for one in found if after is None or age(one) < age(after)][:limit]

    def count_open(self, tenant: TenantId, at: datetime) -> int:
        return sum(at < one.expires_at for one in self._open(tenant))

    def _open(self, tenant: TenantId) -> Sequence[Invitation]:
        return [one for one in self.shelves.invitations.all(tenant) if one.state is InvitationState.OPEN]


def age(one: Invitation) -> tuple[datetime, str]:
    """Return what invitations are sorted by."""
    return one.created_at, one.id


# --- the record ---


class Events(Room, EventRepository):
    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        for event in events:
            if self.shelves.events.get(event.stream, numbered(event.number)) is not None:
                raise ConflictError("the stream", retryable=True)
            self.shelves.events.put(event.stream, numbered(event.number), event)
            if self.documents.find("event key", event.stream, joined(event.actor.key, event.key)) is None:
                place = joined(event.actor.key, event.key)
                self.documents.save("event key", event.stream, place, numbered(event.number))
        for part in private:
            self.shelves.parts.put(part.stream, numbered(part.number), part)

    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        found = self.shelves.events.all(stream, numbered(after), limit)
        return [(event, self.shelves.parts.get(stream, numbered(event.number))) for event in found]

    def about(
        self, stream: StreamId, subject: str, before: int, limit: int
    ) -> Sequence[tuple[Event, PrivatePart | None]]:
        found = [one for one in self.read(stream, 0, -1) if one[0].subject == subject and one[0].number < before]
        return found[::-1][:limit]

    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        number = self.documents.find("event key", stream, joined(actor, key))
        return None if number is None else self.shelves.events.get(stream, number)


def numbered(number: int) -> str:
    """Return a number as text that sorts as numbers do."""
    return f"{number:020}"


def joined(*parts: str) -> str:
    """Return several texts as one, which no other ones come to."""
    return json.dumps(parts)


class AccessLog(Room, AccessLogRepository):
    def record(self, entry: AccessEntry) -> None:
        day = entry.last_at.date().isoformat()
        key = joined(day, entry.actor.key, entry.actor.link or "", entry.what, entry.reason, entry.subject)
        found = self.shelves.log.get(entry.stream, key)
        if found is not None:
            last = max(found.last_at, entry.last_at)
            entry = attrs.evolve(found, last_at=last, count=found.count + entry.count)
        self.shelves.log.put(entry.stream, key, entry)

    def read(self, stream: StreamId, limit: int, after: LogPlace | None = None) -> Sequence[AccessEntry]:
        found = [entry for entry in self.shelves.log.all(stream) if after is None or entry.place < after]
        return sorted(found, key=lambda entry: entry.place, reverse=True)[:limit]


# --- what is used up ---


@attrs.frozen
class Waiting:
    """A notice in the outbox, and until when somebody holds it."""

    notice: Notice
    key: str
    until: datetime | None = None


class Notices(Room, NoticeRepository):
    def add(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            key = joined(codec.plain(notice.created_at), numbered(self.documents.next("notices")))
            self.shelves.notices.put(notice.state.value, key, Waiting(notice, key))

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        free = [one for one in self._queued() if one.until is None or one.until <= now][:limit]
        for one in free:
            self._put(attrs.evolve(one, until=until))
        return [one.notice for one in free]

    def finish(self, notice: Notice, state: NoticeState) -> bool:
        for one in self._queued():
            if one.notice.id == notice.id:
                self.shelves.notices.drop(NoticeState.QUEUED.value, one.key)
                self._put(Waiting(attrs.evolve(one.notice, state=state), one.key))
                return True
        return False

    def release(self, notice: Notice) -> None:
        for one in self._queued():
            if one.notice.id == notice.id:
                self._put(attrs.evolve(one, until=None))

    def queued(self) -> int:
        return len(self._queued())

    def _queued(self) -> Sequence[Waiting]:
        return self.shelves.notices.all(NoticeState.QUEUED.value)

    def _put(self, one: Waiting) -> None:
        self.shelves.notices.put(one.notice.state.value, one.key, one)


class Tokens(Room, TokenRepository):
    def add(self, token: Token) -> None:
        self.shelves.tokens.put("", token.digest, token)
        self.documents.save("live token", token.purpose.value, token.slot, token.digest)

    def alive(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        found = self.find(digest)
        if found is None or at >= found.expires_at:
            return None
        return found if self.documents.find("live token", purpose.value, found.slot) == digest else None

    def redeem(self, token: Token, at: datetime) -> bool:
        if self.alive(token.digest, token.purpose, at) is None:
            return False
        self.documents.drop("live token", token.purpose.value, token.slot)
        return True

    def find(self, digest: str) -> Token | None:
        return self.shelves.tokens.get("", digest)


@attrs.frozen
class Counted:
    """How many attempts were counted under a key since its period began."""

    key: str
    began_at: datetime
    count: int


class Attempts(Room, AttemptRepository):
    def take(self, key: str, limit: int, period: timedelta, at: datetime) -> Attempt:
        found = self.shelves.attempts.get("", key)
        if found is None or found.count == 0 or found.began_at + period <= at:
            found = Counted(key, at, 0)
        if found.count >= limit:
            return Attempt(key, found.began_at, is_counted=False)
        self.shelves.attempts.put("", key, attrs.evolve(found, count=found.count + 1))
        return Attempt(key, found.began_at, is_counted=True)

    def give_back(self, attempt: Attempt) -> None:
        found = self.shelves.attempts.get("", attempt.key)
        if attempt.is_counted and found and found.began_at == attempt.began_at and found.count > 0:
            self.shelves.attempts.put("", attempt.key, attrs.evolve(found, count=found.count - 1))

    def clear(self, key: str) -> None:
        if self.shelves.attempts.get("", key) is not None:
            self.shelves.attempts.drop("", key)

    def forget(self, until: datetime, limit: int) -> int:
        old = [one for one in self.shelves.attempts.all("") if one.began_at <= until]
        oldest = sorted(old, key=lambda one: one.began_at)[:limit]
        for one in oldest:
            self.shelves.attempts.drop("", one.key)
        return len(oldest)


# --- reference sets ---


class Records(Room, RecordRepository):
    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        return self.shelves.records.all(joined(tenant, reference_set), after, limit)

    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        found = (self.shelves.records.get(joined(tenant, reference_set), key) for key in sorted(set(keys)))
        return [record for record in found if record is not None]

    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        for record in records:
            if self.find(tenant, reference_set, [record.key]):
                raise TakenError("record")
            self.shelves.records.put(joined(tenant, reference_set), record.key, record)
        self._changed(tenant, reference_set, len(records))

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        there = {found.key for found in self.find(tenant, reference_set, [record.key for record in records])}
        for record in records:
            if record.key in there:
                self.shelves.records.put(joined(tenant, reference_set), record.key, record)
        self._changed(tenant, reference_set, len(there))

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        there = self.find(tenant, reference_set, keys)
        for record in there:
            self.shelves.records.drop(joined(tenant, reference_set), record.key)
        self._changed(tenant, reference_set, len(there))
        return len(there)

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        return len(self.page(tenant, reference_set, "", -1))

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        return self.documents.find("counter", "", joined(tenant, reference_set)) or "0"

    def _changed(self, tenant: TenantId, reference_set: ReferenceSetKey, records: int) -> None:
        if records:
            self.documents.next(joined(tenant, reference_set))


class CopyJobs(Room, CopyJobRepository):
    def add(self, job: CopyJob) -> None:
        if self.shelves.jobs.get("", job.id) is not None:
            raise ConflictError("the key was used for another command; what it stands for")
        self.shelves.jobs.put("", job.id, job)
        for tenant in (job.source, *job.targets):
            self.documents.save("job of", tenant, job.id, "")

    def find(self, source: TenantId, job: CopyJobId) -> CopyJob | None:
        found = self.shelves.jobs.get("", job)
        return found if found is not None and found.source == source else None

    def advance(self, seen: CopyJob, to: CopyJob) -> bool:
        found = self.find(seen.source, seen.id)
        if found is None or (found.state, found.cursor) != (seen.state, seen.cursor):
            return False
        moving = {name: getattr(to, name) for name in ("state", "why", "cursor", "tallies", "ended_at")}
        self.shelves.jobs.put("", seen.id, attrs.evolve(found, **moving))
        return True

    def page(self, tenant: TenantId, after: tuple[datetime, CopyJobId] | None, limit: int) -> Sequence[CopyJob]:
        found = (self.shelves.jobs.get("", job) for job, _ in self.documents.list("job of", tenant))
        jobs = sorted((job for job in found if job is not None), key=lambda job: (job.started_at, job.id), reverse=True)
        return [job for job in jobs if after is None or (job.started_at, job.id) < after][:limit]


# --- forgetting a person ---


class Erasures(Room, ErasureRepository):
    def addressed(self, email_keys: Collection[str]) -> Sequence[Invitation]:
        found = [one for _, one in self.shelves.invitations.everywhere() if one.email_key in set(email_keys) - {""}]
        return sorted(found, key=lambda one: (one.tenant, one.id))

    def rename(self, principal: PrincipalId, username: str) -> None:
        found = self.shelves.principals.get("", principal)
        if found is None:
            raise NotFoundError("principal", principal)
        renamed = attrs.evolve(found, username=username)
        if self.documents.find("username", "", renamed.username_key) not in {None, principal}:
            raise TakenError("username")
        self.documents.drop("username", "", found.username_key)
        self.documents.save("username", "", renamed.username_key, principal)
        self.shelves.principals.put("", principal, renamed)

    def forget_parts(self, subjects: Collection[str]) -> None:
        for stream, event in self.shelves.events.everywhere():
            if event.subject in subjects:
                self.shelves.parts.drop(stream, numbered(event.number))

    def forget_tokens(self, principal: PrincipalId, invitations: Collection[InvitationId]) -> None:
        for token in self.shelves.tokens.all(""):
            if token.principal == principal or token.invitation in invitations:
                self.shelves.tokens.drop("", token.digest)
                if self.documents.find("live token", token.purpose.value, token.slot) == token.digest:
                    self.documents.drop("live token", token.purpose.value, token.slot)


# --- the store ---


class OwnStore(Store):
    """
    Keeps everything in one SQLite file; safe between threads and processes.

    Args:
        path: Of the file; made if there is none.
        is_durable: Whether what is committed outlasts a loss of power; tests that throw the file away need not wait.
    """

    TABLE = """CREATE TABLE IF NOT EXISTS document (
        kind TEXT NOT NULL, home TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (kind, home, key)
    ) WITHOUT ROWID"""

    def __init__(self, path: Path, *, is_durable: bool = True) -> None:
        self._path = path
        self._synchronous = "FULL" if is_durable else "OFF"
        with self.opened("BEGIN IMMEDIATE") as documents:
            documents.run(self.TABLE)
            documents.commit()

    @property
    def is_hosted(self) -> bool:
        return False

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with self.opened("BEGIN IMMEDIATE") as documents:
            yield self.unit(Shelves(documents))

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        with self.opened("BEGIN") as documents:
            documents.run("PRAGMA query_only = ON")
            yield self.unit(Shelves(documents))

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        with self.reading() as unit:
            found = unit.memberships.load(tenant, [principal])
        row = None if found is None else found.rows.get(principal)
        return None if found is None or row is None else compile_row(found.tenant, row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # nothing is kept by any
        return NothingKept()

    @contextmanager
    def opened(self, begin: str) -> Iterator[Documents]:
        """Open a connection and its transaction; closing it undoes what was not committed."""
        try:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        except sqlite3.Error as error:
            raise translated(error) from error
        try:
            documents = Documents(connection)
            documents.run(f"PRAGMA synchronous = {self._synchronous}")
            documents.run("PRAGMA journal_mode = WAL")
            documents.run(begin)
            yield documents
        finally:
            connection.close()

    def unit(self, shelves: Shelves) -> Unit:
        return Unit(
            tenants=Tenants(shelves),
            principals=Principals(shelves),
            credentials=Credentials(shelves),
            memberships=Memberships(shelves),
            queries=Queries(shelves),
            directory=Directory(shelves),
            activity=Activity(shelves),
            roles=Roles(shelves),
            invitations=Invitations(shelves),
            records=Records(shelves),
            slices=None,
            copy_jobs=CopyJobs(shelves),
            streams=Streams(shelves),
            events=Events(shelves),
            access_log=AccessLog(shelves),
            notices=Notices(shelves),
            tokens=Tokens(shelves),
            attempts=Attempts(shelves),
            erasure=Erasures(shelves),
            commit=shelves.documents.commit,
        )


# --- a small host ---


def main(path: Path) -> None:
    """Open a tenant in one store, and find it again in another one on the same file."""
    catalog = Catalog(resources=[Resource("claims", "Claims")], managed_by="claims")
    access = TenantAccess(OwnStore(path), catalog)
    maria = NewUsername("maria", "maria's password")
    opened = access.execute(OpenTenant("Riverside Clinic", manager=maria), by=Operator("sales"))

    again = TenantAccess(OwnStore(path), catalog)
    print("maria may edit claims:", bool(again.check(opened.tenant_id, opened.manager_id, "claims", "edit")))
    print("the record holds:", again.audit.verify(opened.tenant_id).holds)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder) / "facts.db")
