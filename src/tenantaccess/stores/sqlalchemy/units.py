"""All statements of one store, and the unit of work that runs them on one connection."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.copying import RecordRepository
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.activity import Activity, ActivitySql
from tenantaccess.stores.sqlalchemy.attempts import Attempts, AttemptSql
from tenantaccess.stores.sqlalchemy.copy_jobs import CopyJobs, CopyJobSql
from tenantaccess.stores.sqlalchemy.directory import Directory, DirectorySql
from tenantaccess.stores.sqlalchemy.erasure import Erasures, ErasureSql
from tenantaccess.stores.sqlalchemy.events import AccessLog, Events, EventSql
from tenantaccess.stores.sqlalchemy.hosted import hosted
from tenantaccess.stores.sqlalchemy.invitations import Invitations, InvitationSql
from tenantaccess.stores.sqlalchemy.memberships import Memberships, MembershipSql
from tenantaccess.stores.sqlalchemy.notices import Notices, NoticeSql
from tenantaccess.stores.sqlalchemy.principals import Credentials, Principals, PrincipalSql
from tenantaccess.stores.sqlalchemy.queries import Queries, QuerySql
from tenantaccess.stores.sqlalchemy.records import Records, RecordSql
from tenantaccess.stores.sqlalchemy.roles import Roles, RoleSql
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import Selection, given, tenant_columns
from tenantaccess.stores.sqlalchemy.slices import Slices, SliceSql
from tenantaccess.stores.sqlalchemy.streams import Streams, StreamSql
from tenantaccess.stores.sqlalchemy.tenants import Tenants, TenantSql
from tenantaccess.stores.sqlalchemy.tokens import Tokens, TokenSql
from tenantaccess.stores.sqlalchemy.wire import Wire

HostRecords = Callable[[sa.Connection], RecordRepository]
"""Makes the repository of a host's own records, on the connection and in the transaction of one unit."""


class Statements:
    """Every statement of a store: built once for its tables, compiled once by the engine's cache."""

    def __init__(self, tables: Tables, dialect: str, host: HostRecords | None = None) -> None:
        self.host = host
        self.taken = tables.taken
        self.tenants = TenantSql(tables)
        self.principals = PrincipalSql(tables, dialect)
        self.memberships = MembershipSql(tables, dialect)
        self.queries = QuerySql(tables, dialect)
        self.directory = DirectorySql(tables, dialect)
        self.activity = ActivitySql(tables)
        self.roles = RoleSql(tables)
        self.invitations = InvitationSql(tables)
        self.streams = StreamSql(tables, dialect)
        self.events = EventSql(tables, dialect)
        self.notices = NoticeSql(tables)
        self.tokens = TokenSql(tables, dialect)
        self.attempts = AttemptSql(tables, dialect)
        self.records = RecordSql(tables, dialect)
        self.slices = SliceSql(tables, dialect)
        self.copy_jobs = CopyJobSql(tables)
        self.erasure = ErasureSql(tables)
        self.standing = _standing(tables)

    def unit(self, wire: Wire, commit: Callable[[], None]) -> Unit:
        """Return a unit whose repositories all use *wire*."""
        records = Records(self.records, wire)
        return Unit(
            tenants=Tenants(self.tenants, wire),
            principals=Principals(self.principals, wire),
            credentials=Credentials(self.principals, wire),
            memberships=Memberships(self.memberships, self.queries, wire),
            queries=Queries(self.queries, wire),
            directory=Directory(self.directory, wire),
            activity=Activity(self.activity, wire),
            roles=Roles(self.roles, wire),
            invitations=Invitations(self.invitations, wire),
            records=records
            if self.host is None
            else hosted(self.host(wire.connection), wire, "asking records of the host"),
            slices=Slices(self.slices, records, wire) if self.host is None else None,
            copy_jobs=CopyJobs(self.copy_jobs, wire),
            streams=Streams(self.streams, wire),
            events=Events(self.events, wire),
            access_log=AccessLog(self.events, wire),
            notices=Notices(self.notices, wire),
            tokens=Tokens(self.tokens, wire),
            attempts=Attempts(self.attempts, wire),
            erasure=Erasures(self.erasure, wire),
            commit=commit,
        )


def _standing(tables: Tables) -> sa.Select[Any]:
    """Return one row complete, with its tenant: what it rests on is named by scalar subqueries, not by joins."""
    selection, tenant = Selection(tables), tables.tenant
    here, there = tables.membership.alias("s"), tables.membership.alias("b")
    base = sa.select(here.c.resting_on).where(
        here.c.tenant_id == given("tenant"), here.c.principal_id == given("principal")
    )
    below = (
        sa.select(there.c.resting_on)
        .join(here, sa.and_(here.c.tenant_id == there.c.tenant_id, here.c.resting_on == there.c.principal_id))
        .where(here.c.tenant_id == given("tenant"), here.c.principal_id == given("principal"))
    )
    member = selection.member
    return (
        sa.select(*selection.columns, *tenant_columns(tables))
        .select_from(selection.joined(member.join(tenant, tenant.c.tenant_id == member.c.tenant_id)))
        .where(
            member.c.tenant_id == given("tenant"),
            member.c.principal_id.in_([given("principal"), base.scalar_subquery(), below.scalar_subquery()]),
        )
    )


def standing(
    statements: Statements,
    wire: Wire,
    tenant: TenantId,
    principal: PrincipalId,
    compile_row: Callable[[Tenant, Row], Standing],
) -> Standing | None:
    """Return what the row amounts to, by one statement; None if there is no row."""
    found = wire.rows("entering a tenant", statements.standing, tenant=tenant, principal=principal)
    complete = rows.found_in(found)
    if (tenant, principal) not in complete.by_id:
        return None
    try:
        here = rows.tenant_of(found[0][rows.WIDTH :])
        row = complete.row(tenant, principal)
    except rows.UNREADABLE as error:
        raise UnreadableRowError(f"reading the row of `{principal}` in tenant `{tenant}`") from error
    return compile_row(here, row)
