"""Memberships: loaded in one statement, written with their overrides."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.errors import NotFoundError, UnreadableRowError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.members import Membership, Row
from tenantaccess.ports.repositories import Loaded, MembershipRepository
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.queries import QuerySql, candidates
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import Selection, given, given_any, given_moment, tenant_columns
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.wire import Wire

MARKS: Final = ("last_active_at", "warned")
"""What `ActivityRepository` writes outside the version: a put leaves it alone unless it means it."""

_TENANT_AT: Final = rows.WIDTH


class MembershipSql:
    """The statements about memberships, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        member = tables.membership
        self.load = _load(tables)
        tenant = tables.tenant
        self.load_nobody = sa.select(*tenant_columns(tables)).where(tenant.c.tenant_id == given("tenant"))
        this = (member.c.tenant_id == given("tenant"), member.c.principal_id == given("principal"))
        username = sa.select(tables.principal.c.username_key).where(
            tables.principal.c.principal_id == given("principal")
        )
        self.add = sa.insert(member).values(username_key=username.scalar_subquery())
        self.put = sa.update(member).where(*this)
        later = sa.case(
            (member.c.last_active_at > given_moment("clock"), member.c.last_active_at), else_=given_moment("clock")
        )
        self.put_around_activity = self.put.values(clock_at=later)
        override = tables.override
        self.put_override = upsert(dialect, override, lambda _, new: {"level": new.level})
        self.remove_overrides = sa.delete(override).where(
            override.c.tenant_id == given("tenant"),
            override.c.principal_id == given("principal"),
            override.c.resource.in_(given_any("resources")),
        )
        self.holds_role = (
            sa.select(member.c.principal_id)
            .where(
                member.c.tenant_id == given("tenant"),
                member.c.role_key == given("role"),
                member.c.gone_at.is_(None),
            )
            .limit(1)
        )


def _load(tables: Tables) -> sa.Select[Any]:
    selection, tenant = Selection(tables), tables.tenant
    member, picked = selection.picking()
    picked = picked.where(member.c.tenant_id == given("tenant"), member.c.principal_id.in_(given_any("principals")))
    wanted = selection.wanted(picked.cte("picked"))
    found = tenant.outerjoin(wanted, wanted.c.tenant_id == tenant.c.tenant_id)
    return (
        sa.select(*selection.columns, *tenant_columns(tables))
        .select_from(selection.joined(found.outerjoin(selection.member, selection.keyed(wanted))))
        .where(tenant.c.tenant_id == given("tenant"))
    )


class Memberships(MembershipRepository):
    """Memberships of one unit."""

    def __init__(self, sql: MembershipSql, queries: QuerySql, wire: Wire) -> None:
        self._sql = sql
        self._queries = queries
        self._wire = wire

    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        """See the port."""
        if not principals:
            return self._nobody(tenant)
        found = self._wire.rows("loading memberships", self._sql.load, tenant=tenant, principals=list(principals))
        if not found:
            return None
        complete = rows.found_in(found)
        try:
            here = found[0][_TENANT_AT:]
            loaded = rows.tenant_of(here)
            named = {
                principal: complete.row(tenant, principal)
                for principal in principals
                if (tenant, principal) in complete.by_id
            }
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading memberships of tenant `{tenant}`") from error
        return Loaded(loaded, rows.head_of(here), named)

    def _nobody(self, tenant: TenantId) -> Loaded | None:
        """Return the tenant alone: asked for none of its members, SQLite would look at each."""
        here = self._wire.first("loading a tenant", self._sql.load_nobody, tenant=tenant)
        if here is None:
            return None
        try:
            return Loaded(rows.tenant_of(here), rows.head_of(here), EMPTY)
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading tenant `{tenant}`") from error

    def put(self, after: Membership, before: Membership | None) -> None:
        """See the port."""
        if before is None:
            self._wire.write(
                "adding a membership",
                self._sql.add,
                tenant_id=after.tenant,
                principal_id=after.principal,
                principal=after.principal,
                clock_at=rows.clock_of(after),
                **rows.membership_values(after),
            )
        else:
            self._change(after, before)
        self._put_overrides(after, EMPTY if before is None else before.overrides)

    def _change(self, after: Membership, before: Membership) -> None:
        put = rows.membership_values(after)
        old = rows.membership_values(before)
        if put == old and after.overrides != before.overrides:
            return  # its levels are all that changes
        same = [name for name in MARKS if put[name] == old[name]]
        for name in same:
            del put[name]
        statement = self._sql.put
        if "last_active_at" in same:
            del put["active_at"]
            statement, put["clock"] = self._sql.put_around_activity, rows.clock_of(after)
        else:
            put["clock_at"] = rows.clock_of(after)
        doing = "changing a membership"
        if not self._wire.write(doing, statement, tenant=after.tenant, principal=after.principal, **put):
            raise NotFoundError("member", after.principal)

    def _put_overrides(self, after: Membership, before: Mapping[ResourceKey, LevelKey]) -> None:
        stale = [resource for resource in before if resource not in after.overrides]
        if stale:
            self._wire.write(
                "removing overrides",
                self._sql.remove_overrides,
                tenant=after.tenant,
                principal=after.principal,
                resources=stale,
            )
        fresh = [
            {"tenant_id": after.tenant, "principal_id": after.principal, "resource": resource, "level": level}
            for resource, level in after.overrides.items()
            if before.get(resource) != level
        ]
        self._wire.write_each("writing overrides", self._sql.put_override, fresh)

    def holds_role(self, tenant: TenantId, role: RoleKey) -> bool:
        """See the port."""
        return self._wire.first("looking for a role", self._sql.holds_role, tenant=tenant, role=role) is not None

    def candidates(
        self, tenant: TenantId, resource: ResourceKey, level: LevelKey, built_in: RoleKey, passing_over: RoleKey | None
    ) -> Iterator[Row]:
        """See the port."""
        return candidates(self._queries, self._wire, tenant, resource, level, built_in, passing_over)
