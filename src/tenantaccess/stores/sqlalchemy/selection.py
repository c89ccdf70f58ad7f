"""Selecting complete rows: membership, principal, role and overrides, with what they rest on, in one statement."""

import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.columns import COUNT, MOMENT, TEXT
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.users import People
from tenantaccess.stores.sqlalchemy.values import PAIRS


def given(name: str) -> sa.BindParameter[Any]:
    """Return the parameter *name*, a text."""
    return sa.bindparam(name, type_=TEXT)


def given_moment(name: str) -> sa.BindParameter[Any]:
    """Return the parameter *name*, a moment."""
    return sa.bindparam(name, type_=MOMENT)


def given_count(name: str) -> sa.BindParameter[Any]:
    """Return the parameter *name*, a whole number."""
    return sa.bindparam(name, type_=COUNT)


def given_any(name: str) -> sa.BindParameter[Any]:
    """Return the parameter *name*, a list of texts for ``IN``."""
    return sa.bindparam(name, type_=TEXT, expanding=True)


class Driving(sa.Join):
    """
    A join whose left side comes first: its conditions stand in the ``WHERE`` of whoever joins.

    SQLite takes ``CROSS JOIN`` as an order to keep; left to itself it would rather read all rows of a tenant in
    the order asked for than find the few by an index and sort them. PostgreSQL decides by its statistics.
    """

    inherit_cache = True


@compiles(Driving)
def _cross_join(element: Driving, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # the compiler's own
    linter = options.get("from_linter")
    if linter is not None:  # as for any other join: the two are meant to meet
        ends = (side._from_objects for side in (element.left, element.right))  # noqa: SLF001  # what a join is linted by
        linter.edges.update(itertools.product(*ends))
    sides = (compiler.process(side, **options) for side in (element.left, element.right))
    return " CROSS JOIN ".join(sides)


def _pairs(word: sa.ColumnElement[Any], value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    pair = word.op("||")(sa.literal_column("' '")).op("||")(value)
    # Not a bound separator: that would be rendered into the statement anew at each call.
    between: Any = sa.literal_column(f"'{PAIRS}'")
    return sa.func.aggregate_strings(pair, between)


def levels_column(tables: Tables, tenant: sa.ColumnElement[Any], role: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the aggregated levels of the role *role* of *tenant*."""
    level = tables.role_level
    return (
        sa.select(_pairs(level.c.resource, level.c.level))
        .where(level.c.tenant_id == tenant, level.c.role_key == role)
        .scalar_subquery()
    )


def tenant_columns(tables: Tables, *, once: bool = False) -> list[sa.ColumnElement[Any]]:
    """Return the columns `rows.tenant_of` reads; *once* for a statement about the one tenant that is given."""
    tenant, external = tables.tenant, tables.external_id
    ids = sa.select(_pairs(external.c.scheme, external.c.value))
    if once:  # worked out for the statement, not for each row
        found = ids.where(external.c.tenant_id == given("tenant"))
    else:
        found = ids.where(external.c.tenant_id == tenant.c.tenant_id).correlate(tenant)
    return [*(tenant.c[name] for name in rows.TENANT), found.scalar_subquery()]


def _keys(members: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [members.c.tenant_id, members.c.principal_id, members.c.resting_on]


class Selection:
    """
    The joined tables of complete rows: pick keys, widen them to all that is `wanted`, then read `columns`.

    `rows.Found` makes values of what comes back.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.member = member = tables.membership.alias("m")
        self._people = people = People(tables.principal, tables.users, rows.PRINCIPAL)
        self.role = role = tables.role.alias("r")
        override = tables.override
        overrides = sa.select(_pairs(override.c.resource, override.c.level)).where(
            override.c.tenant_id == member.c.tenant_id, override.c.principal_id == member.c.principal_id
        )
        self.columns: list[sa.ColumnElement[Any]] = [
            *(member.c[name] for name in rows.MEMBERSHIP),
            *people.columns,
            role.c.label,
            levels_column(tables, member.c.tenant_id, member.c.role_key),
            overrides.scalar_subquery(),
        ]

    def joined(self, members: sa.FromClause) -> sa.FromClause:
        """Return *members*, which holds the memberships, with principals and roles."""
        member, people, role = self.member, self._people, self.role
        return people.beside(members, people.state.c.principal_id == member.c.principal_id).outerjoin(
            role, sa.and_(role.c.tenant_id == member.c.tenant_id, role.c.role_key == member.c.role_key)
        )

    def picking(self) -> tuple[sa.Table, sa.Select[Any]]:
        """Return a membership to pick from, and the select that picks it, yet without conditions."""
        member = self.tables.membership
        return member, sa.select(*_keys(member))

    def wanted(self, picked: sa.CTE, *besides: sa.FromClause) -> sa.CTE:
        """
        Return the keys of what *picked* picks, marked 1; of the rows *besides* and what all rest on, marked 0.

        What is picked and rested on comes twice: that costs less than looking for each among all the others.
        """
        base = self.tables.membership.alias("b")
        marked, unmarked = (sa.literal_column(mark, COUNT).label("mark") for mark in "10")
        begun = sa.union_all(
            sa.select(*_keys(picked), marked), *(sa.select(*_keys(also), unmarked) for also in besides)
        ).cte("begun")
        bases = (
            sa.select(*_keys(base))
            .select_from(Driving(begun, base, sa.true()))
            .where(base.c.tenant_id == begun.c.tenant_id, base.c.principal_id == begun.c.resting_on)
            .distinct()
            .cte("bases")
        )
        return sa.union_all(
            sa.select(begun.c.tenant_id, begun.c.principal_id, begun.c.mark),
            sa.select(bases.c.tenant_id, bases.c.principal_id, unmarked),
            sa.select(bases.c.tenant_id, bases.c.resting_on, unmarked).where(bases.c.resting_on.is_not(None)),
        ).cte("wanted")

    def complete(self, picked: sa.CTE) -> sa.Select[Any]:
        """Return complete rows for *picked*, then the mark and the username's key."""
        wanted = self.wanted(picked)
        return (
            sa.select(*self.columns, wanted.c.mark, self.member.c.username_key)
            .select_from(self.joined(Driving(wanted, self.member, sa.true())))
            .where(self.keyed(wanted))
        )

    def keyed(self, wanted: sa.CTE) -> sa.ColumnElement[bool]:
        """Return the condition that a membership is one of *wanted*."""
        member = self.member
        return sa.and_(member.c.tenant_id == wanted.c.tenant_id, member.c.principal_id == wanted.c.principal_id)
