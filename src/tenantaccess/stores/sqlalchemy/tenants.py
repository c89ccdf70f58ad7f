"""Tenants and their external ids."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from tenantaccess.errors import NotFoundError, UnreadableRowError
from tenantaccess.ids import SchemeKey, TenantId
from tenantaccess.model.directory import LAST_CHARACTER
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.repositories import TenantRepository
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, tenant_columns
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire


class TenantSql:
    """The statements about tenants, built once."""

    def __init__(self, tables: Tables) -> None:
        tenant, external = tables.tenant, tables.external_id
        self.find = sa.select(*tenant_columns(tables)).where(tenant.c.tenant_id == given("tenant"))
        self.find_by_external_id = sa.select(external.c.tenant_id).where(
            external.c.scheme == given("scheme"), external.c.value == given("value")
        )
        self.add = sa.insert(tenant)
        self.add_external_id = sa.insert(external)
        self.put = sa.update(tenant).where(tenant.c.tenant_id == given("tenant"))
        self.page = (
            sa.select(*tenant_columns(tables))
            .where(tenant.c.tenant_id > given("after"))
            .order_by(tenant.c.tenant_id)
            .limit(given_count("limit"))
        )
        key, id_ = tenant.c.name_key, tenant.c.tenant_id
        self.named = (
            sa.select(key, *tenant_columns(tables))
            .where(key >= given("beginning"), key < given("beginning_end"))
            .where(sa.tuple_(key, id_) > sa.tuple_(given("key"), given("last")))
            .order_by(key, id_)
            .limit(given_count("limit"))
        )


class Tenants(TenantRepository):
    """Tenants of one unit."""

    def __init__(self, sql: TenantSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def find(self, tenant: TenantId) -> tuple[Tenant, Head] | None:
        """See the port."""
        found = self._wire.first("finding a tenant", self._sql.find, tenant=tenant)
        if found is None:
            return None
        return _tenant(found), rows.head_of(found)

    def find_by_external_id(self, scheme: SchemeKey, value: str) -> TenantId | None:
        """See the port."""
        found = self._wire.first("finding a tenant", self._sql.find_by_external_id, scheme=scheme, value=value)
        return None if found is None else TenantId(found[0])

    def add(self, tenant: Tenant, head: Head) -> None:
        """See the port."""
        self._wire.write(
            "adding a tenant",
            self._sql.add,
            tenant_id=tenant.id,
            **rows.tenant_values(tenant),
            **rows.head_values(head),
        )
        external_ids = [
            {"tenant_id": tenant.id, "scheme": scheme, "value": value} for scheme, value in tenant.external_ids.items()
        ]
        self._wire.write_each("adding external ids", self._sql.add_external_id, external_ids)

    def put(self, tenant: Tenant) -> None:
        """See the port."""
        if not self._wire.write("changing a tenant", self._sql.put, tenant=tenant.id, **rows.tenant_values(tenant)):
            raise NotFoundError("tenant", tenant.id)

    def page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """See the port; unreadable ones are made up for, so that no list ends early."""
        listed: list[Tenant] = []
        last: str = after or ""
        while (missing := limit - len(listed)) > 0:
            found = self._wire.rows("listing tenants", self._sql.page, after=last, limit=missing)
            listed.extend(_readable(found))
            if len(found) < missing:
                break
            last = found[-1][0]
        return listed

    def named(self, beginning: str, after: tuple[str, TenantId] | None, limit: int) -> Sequence[Tenant]:
        """See the port; unreadable ones are made up for, as in `page`."""
        listed: list[Tenant] = []
        place: tuple[str, str] = after or ("", "")
        ends = {"beginning": beginning, "beginning_end": f"{beginning}{LAST_CHARACTER}"}
        while (missing := limit - len(listed)) > 0:
            found = self._wire.rows(
                "finding tenants by name", self._sql.named, key=place[0], last=place[1], limit=missing, **ends
            )
            listed.extend(_readable([raw[1:] for raw in found]))
            if len(found) < missing:
                break
            place = (found[-1][0], found[-1][1])
        return listed


def _readable(found: Sequence[Values]) -> Iterator[Tenant]:
    for raw in found:
        try:
            yield rows.tenant_of(raw)
        except rows.UNREADABLE:
            left_out("a tenant", raw[0])


def _tenant(found: Values) -> Tenant:
    try:
        return rows.tenant_of(found)
    except rows.UNREADABLE as error:
        raise UnreadableRowError(f"reading tenant `{found[0]}`") from error
