"""Questions over many rows: each picks by one index, then completes what it picked, in one statement."""

import collections
import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.members import Row
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.repositories import MembershipQueries
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.columns import MOMENT
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import (
    Driving,
    Selection,
    given,
    given_any,
    given_count,
    given_moment,
    tenant_columns,
)
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

SLICE: Final = 100
"""How many candidates are fetched at once."""
EVERY: Final = 2**31 - 1

_MARK_AT: Final = rows.WIDTH
_USERNAME_AT: Final = rows.WIDTH + 1


class QuerySql:
    """The statements of these questions, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        selection = Selection(tables)
        member, picking = selection.picking()
        present = picking.where(member.c.gone_at.is_(None))
        in_tenant = present.where(member.c.tenant_id == given("tenant"))
        by_id = (
            in_tenant.where(member.c.principal_id > given("after"))
            .order_by(member.c.principal_id)
            .limit(given_count("limit"))
        )
        by_username = (
            in_tenant.where(member.c.username_key > given("after"))
            .order_by(member.c.username_key)
            .limit(given_count("limit"))
        )
        idle = by_id.where(
            member.c.disabled_at.is_(None),
            member.c.clock_at <= given_moment("since"),
            member.c.clock_at > sa.literal(EARLIEST, MOMENT),
        )
        self.page = selection.complete(by_username.cte("picked"))
        self.resting_on = selection.complete(by_id.where(member.c.resting_on == given("principal")).cte("picked"))
        self.idle = selection.complete(idle.cte("picked"))
        self.candidates = selection.complete(_reaching(tables, dialect, 1, enabled=True))
        self.reaching = functools.cache(lambda count: selection.complete(_reaching(tables, dialect, count)))
        self.of_principal = _with_tenants(selection, present.where(member.c.principal_id == given("principal")))
        self.deciding_or_waiting = selection.complete(_deciding_or_waiting(tables))
        mine = tables.membership.alias("mine")
        self.resting_everywhere = _with_tenants(
            selection,
            present.select_from(Driving(mine, member, sa.true())).where(
                mine.c.principal_id == given("principal"),
                mine.c.gone_at.is_(None),
                member.c.tenant_id == mine.c.tenant_id,
                member.c.resting_on == mine.c.principal_id,
            ),
        )


def _with_tenants(selection: Selection, picking: sa.Select[Any]) -> sa.Select[Any]:
    """Return complete rows for what is picked in many tenants, then the mark and the tenant of each."""
    wanted, tenant = selection.wanted(picking.cte("picked")), selection.tables.tenant
    found = Driving(Driving(wanted, selection.member, sa.true()), tenant, sa.true())
    return (
        sa.select(*selection.columns, wanted.c.mark, *tenant_columns(selection.tables))
        .select_from(selection.joined(found))
        .where(selection.keyed(wanted), tenant.c.tenant_id == wanted.c.tenant_id)
    )


def _reaching(tables: Tables, dialect: str, count: int, *, enabled: bool = False) -> sa.CTE:
    """
    Return rows that reach one of *count* levels by override, or by role where there is no override.

    Of each level and of each role, as many are read as are wanted, in the order of an index: what is left behind one
    page does not cost the next one anything, however many hold that role.
    """
    member, override, level = tables.membership.alias("x"), tables.override, tables.role_level
    levels = [given(f"level_{place}") for place in range(count)]
    steps = sa.union_all(*(sa.select(step.label("level")) for step in levels)).subquery("steps")
    roles = sa.union_all(
        sa.select(level.c.role_key).where(
            level.c.tenant_id == given("tenant"),
            level.c.resource == given("resource"),
            level.c.level.in_(levels),
        ),
        sa.select(given("built_in").label("role_key")),
    ).subquery("roles")
    present = [member.c.gone_at.is_(None), *([member.c.disabled_at.is_(None)] if enabled else [])]
    keys = sa.select(member.c.tenant_id, member.c.principal_id, member.c.resting_on).where(*present)
    overridden = sa.and_(
        override.c.tenant_id == member.c.tenant_id,
        override.c.principal_id == member.c.principal_id,
        override.c.resource == given("resource"),
    )
    by_override = _first(
        keys.select_from(Driving(override, member, sa.true())).where(
            overridden,
            override.c.tenant_id == given("tenant"),
            override.c.level == steps.c.level,
            override.c.principal_id > given("after"),
        ),
        override.c.principal_id,
    )
    holding = keys.where(
        member.c.tenant_id == given("tenant"),
        roles.c.role_key != given("passing_over"),
        ~sa.exists().where(overridden),
    )
    if dialect == "postgresql":
        # Said as a range in the order of the index on roles: a server that believes that nearly everybody holds the
        # role, because its sample knows no other, would go through all members in the order of their ids.
        place = sa.tuple_(member.c.role_key, member.c.principal_id)
        holding = holding.where(
            place > sa.tuple_(roles.c.role_key, given("after")), member.c.role_key <= roles.c.role_key
        )
        by_role = _first(holding, member.c.role_key, member.c.principal_id)
    else:
        holding = holding.where(member.c.role_key == roles.c.role_key, member.c.principal_id > given("after"))
        by_role = _first(holding, member.c.principal_id)
    halves = (_of_each(tables, dialect, steps, by_override), _of_each(tables, dialect, roles, by_role))
    both = sa.union_all(*halves).subquery("both")
    return sa.select(both).order_by(both.c.principal_id).limit(given_count("limit")).cte("picked")


def _first(rows: sa.Select[Any], *order: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return rows.order_by(*order).limit(given_count("limit"))


def _of_each(tables: Tables, dialect: str, words: sa.Subquery, first: sa.Select[Any]) -> sa.Select[Any]:
    """Return what *first* finds for each of *words*: engines differ in how a question is asked anew for each."""
    if dialect == "postgresql":
        found = first.correlate(words).lateral("found")
        return sa.select(*found.c).select_from(words.join(found, sa.true()))
    member = tables.membership
    ids = first.with_only_columns(*list(first.selected_columns)[1:2]).correlate(words)
    return (
        sa.select(member.c.tenant_id, member.c.principal_id, member.c.resting_on)
        .select_from(Driving(words, member, sa.true()))
        .where(member.c.tenant_id == given("tenant"), member.c.principal_id.in_(ids))
    )


def _deciding_or_waiting(tables: Tables) -> sa.CTE:
    """
    Return the keys of `MembershipQueries.deciding_or_waiting`, one more than wanted where there are more.

    Each kind by its own index, tenant by tenant; not in order, so that no kind is looked for among all members.
    """
    member, override, level = tables.membership.alias("x"), tables.override, tables.role_level
    keys = sa.select(member.c.tenant_id, member.c.principal_id, member.c.resting_on).where(
        member.c.gone_at.is_(None), member.c.disabled_at.is_(None)
    )
    tenants, reached = given_any("tenants"), (given("resource"), given("level"))
    by_override = keys.select_from(Driving(override, member, sa.true())).where(
        override.c.tenant_id.in_(tenants),
        sa.tuple_(override.c.resource, override.c.level) == sa.tuple_(*reached),
        member.c.tenant_id == override.c.tenant_id,
        member.c.principal_id == override.c.principal_id,
    )
    by_role = keys.select_from(Driving(level, member, sa.true())).where(
        level.c.tenant_id.in_(tenants),
        sa.tuple_(level.c.resource, level.c.level) == sa.tuple_(*reached),
        member.c.tenant_id == level.c.tenant_id,
        member.c.role_key == level.c.role_key,
    )
    by_built_in = keys.where(member.c.tenant_id.in_(tenants), member.c.role_key == given("built_in"))
    waiting = keys.where(
        member.c.tenant_id.in_(tenants), member.c.approved_at.is_(None), member.c.asked_at > given_moment("asked_after")
    )
    found = sa.union(by_override, by_role, by_built_in, waiting).subquery("found")
    place = sa.func.row_number().over(partition_by=found.c.tenant_id, order_by=found.c.principal_id).label("place")
    placed = sa.select(found, place).subquery("placed")
    return (
        sa.select(placed.c.tenant_id, placed.c.principal_id, placed.c.resting_on)
        .where(placed.c.place <= given_count("most") + 1)
        .cte("picked")
    )


def _place(raw: Values) -> tuple[str, str]:
    return str(raw[0]), str(raw[1])


def _principal(raw: Values) -> str:
    return str(raw[1])


def _username(raw: Values) -> str:
    return str(raw[_USERNAME_AT])


class Queries(MembershipQueries):
    """Questions of one unit."""

    def __init__(self, sql: QuerySql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def reaching(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        levels: Collection[LevelKey],
        built_in: RoleKey | None,
        after: PrincipalId | None,
        limit: int,
    ) -> Sequence[Row]:
        """See the port."""
        return _listed(
            self._wire,
            self._sql.reaching(len(levels)),
            _principal,
            after or "",
            limit,
            tenant=tenant,
            resource=resource,
            built_in=built_in or "",
            passing_over="",
            **{f"level_{place}": level for place, level in enumerate(levels)},
        )

    def of_principal(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """See the port."""
        return self._everywhere("listing tenants of a principal", self._sql.of_principal, principal)

    def resting_everywhere(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """See the port."""
        return self._everywhere("listing what rests on a principal", self._sql.resting_everywhere, principal)

    def _everywhere(
        self, doing: str, statement: sa.Select[Any], principal: PrincipalId
    ) -> Sequence[tuple[Tenant, Row]]:
        found = self._wire.rows(doing, statement, principal=principal)
        complete = rows.found_in(found)
        tenants: list[tuple[Tenant, Row]] = []
        for raw in sorted((raw for raw in found if raw[_MARK_AT]), key=_place):
            try:
                tenants.append((rows.tenant_of(raw[_MARK_AT + 1 :]), complete.row(raw[0], raw[1])))
            except rows.UNREADABLE:
                left_out("a membership", raw[0], raw[1])
        return tenants

    def resting_on(self, tenant: TenantId, principal: PrincipalId) -> Sequence[Row]:
        """See the port."""
        return _listed(self._wire, self._sql.resting_on, _principal, "", EVERY, tenant=tenant, principal=principal)

    def page(self, tenant: TenantId, after: str, limit: int) -> Sequence[Row]:
        """See the port."""
        return _listed(self._wire, self._sql.page, _username, after, limit, tenant=tenant)

    def idle(self, tenant: TenantId, since: datetime, after: PrincipalId | None, limit: int) -> Sequence[Row]:
        """See the port."""
        return _listed(self._wire, self._sql.idle, _principal, after or "", limit, tenant=tenant, since=since)

    def deciding_or_waiting(
        self,
        tenants: Collection[TenantId],
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        asked_after: datetime,
        most: int,
    ) -> Mapping[TenantId, Sequence[Row]]:
        """See the port."""
        found = self._wire.rows(
            "looking through tenants",
            self._sql.deciding_or_waiting,
            tenants=list(tenants),
            resource=resource,
            level=level,
            built_in=built_in,
            asked_after=asked_after,
            most=most,
        )
        complete = rows.found_in(found)
        picked = collections.defaultdict(list)
        for raw in sorted((raw for raw in found if raw[_MARK_AT]), key=_place):
            picked[raw[0]].append((raw[0], raw[1]))
        few = [tenant for tenant in tenants if len(picked[tenant]) <= most]
        return {tenant: list(rows.readable(complete, picked[tenant])) for tenant in few}


def candidates(
    sql: QuerySql,
    wire: Wire,
    tenant: TenantId,
    resource: ResourceKey,
    level: LevelKey,
    built_in: RoleKey,
    passing_over: RoleKey | None,
) -> Iterator[Row]:
    """Yield what `MembershipRepository.candidates` promises."""
    after = ""
    while True:
        found = _listed(
            wire,
            sql.candidates,
            _principal,
            after,
            SLICE,
            tenant=tenant,
            resource=resource,
            level_0=level,
            built_in=built_in,
            passing_over=passing_over or "",
        )
        yield from found
        if len(found) < SLICE:
            return
        after = found[-1].id


def _listed(
    wire: Wire, statement: sa.Select[Any], place: Callable[[Values], str], after: str, limit: int, **parameters: object
) -> list[Row]:
    """Return up to *limit* rows after *after*: unreadable ones are made up for, so that no list ends early."""
    listed: list[Row] = []
    while (missing := limit - len(listed)) > 0:
        found = wire.rows("listing memberships", statement, after=after, limit=missing, **parameters)
        picked = sorted((raw for raw in found if raw[_MARK_AT]), key=place)
        listed.extend(rows.readable(rows.found_in(found), [(raw[0], raw[1]) for raw in picked]))
        if len(picked) < missing:
            break
        after = place(picked[-1])
    return listed
