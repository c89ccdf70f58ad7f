"""The roles of tenants and their levels."""

from collections.abc import Sequence

import sqlalchemy as sa

from tenantaccess.errors import NotFoundError, UnreadableRowError
from tenantaccess.ids import RoleKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.ports.repositories import RoleRepository
from tenantaccess.stores.sqlalchemy import rows, values
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, levels_column
from tenantaccess.stores.sqlalchemy.wire import Wire


class RoleSql:
    """The statements about roles, built once."""

    def __init__(self, tables: Tables) -> None:
        role, level = tables.role, tables.role_level
        levels = levels_column(tables, role.c.tenant_id, role.c.role_key)
        all_of = sa.select(role.c.role_key, role.c.label, levels).where(role.c.tenant_id == given("tenant"))
        this = (role.c.tenant_id == given("tenant"), role.c.role_key == given("role"))
        self.list = all_of.order_by(role.c.role_key)
        self.find = all_of.where(role.c.role_key == given("role"))
        self.add = sa.insert(role)
        self.put = sa.update(role).where(*this)
        self.remove = sa.delete(role).where(*this)
        self.add_level = sa.insert(level)
        self.remove_levels = sa.delete(level).where(
            level.c.tenant_id == given("tenant"), level.c.role_key == given("role")
        )


class Roles(RoleRepository):
    """Roles of one unit."""

    def __init__(self, sql: RoleSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        """See the port."""
        found = self._wire.first("finding a role", self._sql.find, tenant=tenant, role=role)
        if found is None:
            return None
        try:
            return values.role_of(*found)
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading role `{role}` of tenant `{tenant}`") from error

    def list(self, tenant: TenantId) -> Sequence[Role]:
        """See the port."""
        roles = []
        for found in self._wire.rows("listing roles", self._sql.list, tenant=tenant):
            try:
                roles.append(values.role_of(*found))
            except rows.UNREADABLE:
                left_out("a role", tenant, found[0])
        return roles

    def add(self, tenant: TenantId, role: Role) -> None:
        """See the port."""
        self._wire.write("adding a role", self._sql.add, tenant_id=tenant, role_key=role.key, label=role.label)
        self._add_levels(tenant, role)

    def put(self, tenant: TenantId, role: Role) -> None:
        """See the port."""
        if not self._wire.write("changing a role", self._sql.put, tenant=tenant, role=role.key, label=role.label):
            raise NotFoundError("role", role.key)
        self._wire.write("changing levels", self._sql.remove_levels, tenant=tenant, role=role.key)
        self._add_levels(tenant, role)

    def remove(self, tenant: TenantId, role: RoleKey) -> None:
        """See the port."""
        self._wire.write("removing levels", self._sql.remove_levels, tenant=tenant, role=role)
        if not self._wire.write("removing a role", self._sql.remove, tenant=tenant, role=role):
            raise NotFoundError("role", role)

    def _add_levels(self, tenant: TenantId, role: Role) -> None:
        levels = [
            {"tenant_id": tenant, "role_key": role.key, "resource": resource, "level": level}
            for resource, level in role.levels.items()
        ]
        self._wire.write_each("writing levels", self._sql.add_level, levels)
