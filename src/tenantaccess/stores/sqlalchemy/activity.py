"""Marks on a row outside the tenant's version: each one conditional write."""

from datetime import datetime

import sqlalchemy as sa

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.ports.repositories import ActivityRepository
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.wire import Wire


class ActivitySql:
    """The statements about activity, built once."""

    def __init__(self, tables: Tables) -> None:
        member = tables.membership
        presence = sa.update(member).where(
            member.c.tenant_id == given("tenant"),
            member.c.principal_id == given("principal"),
            member.c.incarnation == given_count("presence"),
            member.c.gone_at.is_(None),
        )
        moment = given_moment("moment")
        self.touch = presence.where(sa.or_(member.c.last_active_at.is_(None), member.c.last_active_at < moment)).values(
            last_active_at=moment,
            active_at=moment,
            warned=0,
            clock_at=sa.case((member.c.clock_at < moment, moment), else_=member.c.clock_at),
        )
        self.warn = presence.where(member.c.warned < given_count("warnings")).values(warned=given_count("warnings"))


class Activity(ActivityRepository):
    """Activity of one unit."""

    def __init__(self, sql: ActivitySql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def touch(self, tenant: TenantId, principal: PrincipalId, incarnation: int, at: datetime) -> None:
        """See the port."""
        self._wire.write(
            "writing activity", self._sql.touch, tenant=tenant, principal=principal, presence=incarnation, moment=at
        )

    def warn(self, tenant: TenantId, principal: PrincipalId, incarnation: int, warned: int) -> bool:
        """See the port."""
        written = self._wire.write(
            "noting a warning",
            self._sql.warn,
            tenant=tenant,
            principal=principal,
            presence=incarnation,
            warnings=warned,
        )
        return written == 1
