"""Memberships in memory: rows with what they rest on, and the questions over many of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Role
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.repositories import Loaded
from tenantaccess.stores.memory.tables import Tables


class Rows:
    """How rows are put together from the tables, as one unit sees them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.memberships = tables.memberships

    def of(self, membership: Membership) -> Row | None:
        """Return the whole row of *membership*; None if its principal is unknown."""
        principal = self.tables.principals.get("", membership.principal)
        if principal is None:
            return None
        base = None
        if membership.resting is not None:
            found = self.memberships.get(membership.tenant, membership.resting.on)
            base = None if found is None else self.of(found)
        return Row(membership, principal, self._role(membership), base)

    def present(self, tenant: TenantId) -> Iterator[Row]:
        """Yield the rows of *tenant* that are not gone, by principal."""
        with self.tables.lock:  # of one version: what a commit changes is seen whole or not at all
            rows = [self.of(one) for _, one in sorted(self.memberships.group(tenant).items()) if one.gone_at is None]
        yield from (row for row in rows if row is not None)

    def _role(self, membership: Membership) -> Role | None:
        if membership.role is None or membership.role == ACCOUNT_MANAGER:
            return None if membership.role is None else BUILT_IN
        return self.tables.roles.get(membership.tenant, membership.role)


def _reaches(row: Row, resource: ResourceKey, levels: Collection[LevelKey], built_in: RoleKey | None) -> bool:
    override = row.membership.overrides.get(resource)
    if override is not None:
        return override in levels
    if row.role is None:
        return False
    return row.role.key == built_in or row.role.levels.get(resource) in levels


def _through_role(row: Row, resource: ResourceKey, role: RoleKey | None) -> bool:
    return role is not None and row.membership.role == role and resource not in row.membership.overrides


class MemoryMemberships:
    """Memberships, one by one."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.rows = Rows(tables)

    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        """Return tenant, head and the named rows."""
        with self.tables.lock:
            found = self.tables.tenants.get("", tenant)
            if found is None:
                return None
            head = self.tables.head(tenant) or Head(tenant)
            memberships = {who: self.rows.memberships.get(tenant, who) for who in principals}
            rows = {who: self.rows.of(row) for who, row in memberships.items() if row is not None}
        return Loaded(found, head, {who: row for who, row in rows.items() if row is not None})

    def put(self, after: Membership, before: Membership | None) -> None:
        """Write *after*; activity that others moved forward meanwhile stays, unless this write means to change it."""
        committed = self.rows.memberships.get(after.tenant, after.principal)
        self.rows.memberships.expect(after.tenant, after.principal, committed)
        if before is not None and committed is not None:
            kept = {
                mark: getattr(committed, mark)
                for mark in ("last_active_at", "warned")
                if getattr(before, mark) == getattr(after, mark) != getattr(committed, mark)
            }
            after = attrs.evolve(after, **kept) if kept else after
        self.rows.memberships.put(after.tenant, after.principal, after)
        for row, mark in ((before, None), (after, True)):
            if row is not None and row.resting is not None:
                self.tables.resting_on.put((row.tenant, row.resting.on), row.principal, mark)

    def holds_role(self, tenant: TenantId, role: RoleKey) -> bool:
        """Tell whether any present row holds *role*."""
        return any(
            membership.role == role and membership.gone_at is None
            for membership in self.rows.memberships.group(tenant).values()
        )

    def candidates(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        passing_over: RoleKey | None,
    ) -> Iterator[Row]:
        """Yield rows that may hold *level*."""
        for row in self.rows.present(tenant):
            passed = row.membership.disabled is not None or _through_role(row, resource, passing_over)
            if not passed and _reaches(row, resource, (level,), built_in):
                yield row


class MemoryQueries:
    """Questions over many rows."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.rows = Rows(tables)

    def reaching(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        levels: Collection[LevelKey],
        built_in: RoleKey | None,
        after: PrincipalId | None,
        limit: int,
    ) -> Sequence[Row]:
        """Return rows whose stored level is among *levels*."""
        found = (row for row in self.rows.present(tenant) if _reaches(row, resource, levels, built_in))
        return _page(found, after, limit)

    def of_principal(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """Return all tenants with a present row of *principal*."""
        with self.tables.lock:
            return self._of_principal(principal)

    def _of_principal(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        answer: list[tuple[Tenant, Row]] = []
        for tenant in self.tables.tenants_of(principal):
            membership = self.rows.memberships.get(tenant, principal)
            found = self.tables.tenants.get("", tenant)
            if membership is None or membership.gone_at is not None or found is None:
                continue
            row = self.rows.of(membership)
            if row is not None:
                answer.append((found, row))
        return answer

    def resting_on(self, tenant: TenantId, principal: PrincipalId) -> Sequence[Row]:
        """Return the present rows that rest on that of *principal*."""
        with self.tables.lock:
            named = sorted(self.tables.resting_on.group((tenant, principal)))
            found = [self.rows.memberships.get(tenant, dependent) for dependent in named]
            rows = [self.rows.of(row) for row in found if row is not None and row.gone_at is None]
        return [row for row in rows if row is not None]

    def resting_everywhere(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """Return the present rows that rest on a present one of *principal*, in all tenants."""
        with self.tables.lock:
            tenants = [tenant for tenant, _ in self._of_principal(principal)]
            return [(tenant, row) for tenant in tenants for row in self.resting_on(tenant.id, principal)]

    def page(self, tenant: TenantId, after: str, limit: int) -> Sequence[Row]:
        """Return rows by username key."""
        rows = sorted(self.rows.present(tenant), key=lambda row: row.principal.username_key)
        return [row for row in rows if row.principal.username_key > after][:limit]

    def idle(self, tenant: TenantId, since: datetime, after: PrincipalId | None, limit: int) -> Sequence[Row]:
        """Return rows whose clock is at or before *since*."""
        return _page((row for row in self.rows.present(tenant) if _idle(row.membership, since)), after, limit)

    def deciding_or_waiting(
        self,
        tenants: Collection[TenantId],
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        asked_after: datetime,
        most: int,
    ) -> Mapping[TenantId, Sequence[Row]]:
        """Return who may hold *level* and who waits, of each tenant where they are few."""
        found: dict[TenantId, list[Row]] = {tenant: [] for tenant in tenants}
        for tenant, kept in found.items():
            for row in self.rows.present(tenant):
                wanted = _waits(row.membership, asked_after) or _reaches(row, resource, (level,), built_in)
                if wanted and row.membership.disabled is None:
                    kept.append(row)
        return {tenant: rows for tenant, rows in found.items() if len(rows) <= most}


def _waits(membership: Membership, asked_after: datetime) -> bool:
    asked_at = membership.requested_at
    return membership.approved_at is None and asked_at is not None and asked_at > asked_after


def _idle(membership: Membership, since: datetime) -> bool:
    moments = [moment for moment in (membership.clock_started_at, membership.last_active_at) if moment is not None]
    return membership.disabled is None and bool(moments) and max(moments) <= since


def _page(rows: Iterator[Row], after: PrincipalId | None, limit: int) -> Sequence[Row]:
    answer: list[Row] = []
    for row in rows:
        if len(answer) == limit:
            break
        if after is None or row.id > after:
            answer.append(row)
    return answer


class MemoryActivity:
    """Marks outside the version."""

    def __init__(self, tables: Tables) -> None:
        self.memberships = tables.memberships

    def touch(self, tenant: TenantId, principal: PrincipalId, incarnation: int, at: datetime) -> None:
        """Move activity forward."""
        found = self._of(tenant, principal, incarnation)
        if found is not None and (found.last_active_at is None or found.last_active_at < at):
            self._put(found, attrs.evolve(found, last_active_at=at, warned=0))

    def warn(self, tenant: TenantId, principal: PrincipalId, incarnation: int, warned: int) -> bool:
        """Raise the number of warnings, once."""
        found = self._of(tenant, principal, incarnation)
        if found is None or found.warned >= warned:
            return False
        self._put(found, attrs.evolve(found, warned=warned))
        return True

    def _of(self, tenant: TenantId, principal: PrincipalId, incarnation: int) -> Membership | None:
        found = self.memberships.get(tenant, principal)
        same = found is not None and found.incarnation == incarnation and found.gone_at is None
        return found if same else None

    def _put(self, found: Membership, after: Membership) -> None:
        self.memberships.expect(found.tenant, found.principal, found)
        self.memberships.put(found.tenant, found.principal, after)
