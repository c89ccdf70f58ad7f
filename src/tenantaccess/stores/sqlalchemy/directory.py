"""Searching the roster: one statement for a page, its reader and the tenant; built once for each shape of question."""

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import sqlalchemy as sa

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import LAST_CHARACTER, Key, MemberSort, Place, Wanted
from tenantaccess.model.members import Row
from tenantaccess.ports.repositories import DirectoryQueries, Listed, Loaded
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import Selection, given, given_count, given_moment, tenant_columns
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

SHAPES: Final = 512
"""How many differently shaped statements are kept: hosts ask in a few dozen ways."""

FEW: Final = 1_000
"""Fewer than so many are rather sorted than looked for among all."""

_MARK_AT: Final = rows.WIDTH
_KEY_AT: Final = rows.WIDTH + 1
_TENANT_AT: Final = rows.WIDTH + 2

_COLUMNS: Final[Mapping[MemberSort, str]] = {
    MemberSort.USERNAME: "username_key",
    MemberSort.EMAIL: "email_key",
    MemberSort.LAST_NAME: "last_name_key",
    MemberSort.FIRST_NAME: "first_name_key",
    MemberSort.PHONE: "phone",
    MemberSort.ROLE: "role_key",
    MemberSort.STATUS: "username_key",
    MemberSort.LAST_ACTIVE_AT: "active_at",
    MemberSort.REQUESTED_AT: "asked_at",
}
_MOMENTS: Final = frozenset({MemberSort.LAST_ACTIVE_AT, MemberSort.REQUESTED_AT})
_UNIQUE: Final = frozenset({MemberSort.USERNAME, MemberSort.STATUS})
"""What no two members share, so that nothing else orders them."""
_PREFIXES: Final[Mapping[str, str]] = {
    "email_prefix": "email_key",
    "last_name": "last_name_key",
    "first_name": "first_name_key",
    "username": "username_key",
}
_NARROWING: Final = frozenset({"email", *_PREFIXES})
"""What an index finds few rows by, whatever they are to be sorted by."""


@attrs.frozen
class Shape:
    """
    What makes one statement differ from another; all else is parameters.

    Args:
        sort: What is sorted by.
        descending: Which way round.
        is_first: Whether the page begins at the beginning.
        asked: The fields of `Wanted` that ask for something.
        conditions: What may stand against a row.
    """

    sort: MemberSort
    descending: bool
    is_first: bool
    asked: frozenset[str]
    conditions: frozenset[Reason] | None


def _asked(wanted: Wanted) -> frozenset[str]:
    named = (*_NARROWING, "role", "origin", "brought_in_by")
    return frozenset(name for name in named if getattr(wanted, name))


class DirectorySql:
    """The statements about rosters, each built when it is first asked for."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        self._tables = tables
        self._dialect = dialect
        self.search = functools.lru_cache(SHAPES)(self._search)
        self.count = functools.lru_cache(SHAPES)(self._count)

    def _count(self, asked: frozenset[str]) -> sa.Select[Any]:
        member = self._tables.membership
        some = sa.select(member.c.principal_id).where(*self._conditions(member, asked, None)).limit(given_count("most"))
        return sa.select(sa.func.count()).select_from(some.subquery("some"))

    def _search(self, shape: Shape) -> sa.Select[Any]:
        selection = Selection(self._tables)
        picked = self._picked(selection, shape)
        tenant, whole, reader = self._tables.tenant, selection.member, self._tables.membership.alias("reader")
        looking = sa.select(reader).where(
            reader.c.tenant_id == given("tenant"), reader.c.principal_id == given("reader")
        )
        wanted = selection.wanted(picked.cte("picked"), looking.subquery("looking"))
        found = tenant.outerjoin(wanted, wanted.c.tenant_id == tenant.c.tenant_id)
        shown = whole.c[_COLUMNS[shape.sort]]
        return (
            sa.select(*selection.columns, wanted.c.mark, shown, *tenant_columns(self._tables, once=True))
            .select_from(selection.joined(found.outerjoin(whole, selection.keyed(wanted))))
            .where(tenant.c.tenant_id == given("tenant"))
        )

    def _picked(self, selection: Selection, shape: Shape) -> sa.Select[Any]:
        """Return the page's keys, by the index that finds few or by the one that is in order, whichever reads less."""
        member = self._tables.membership
        key, limit = self._key(member, shape), given_count("limit")
        if shape.sort is MemberSort.ROLE and not shape.asked & _NARROWING:
            # Nobody's role comes first, and is no text: two ends of one index.
            return self._merged(
                selection,
                shape,
                (self._ordered(selection, shape, member.c.role_key, limit).where(member.c.role_key.is_not(None))),
                self._without_role(selection, shape),
            )
        if self._dialect == "sqlite" and "role" in shape.asked and not shape.asked & _NARROWING:
            # Without statistics: of a role that few hold, all are found and sorted; one that many hold is met soon.
            few = self._are_few()
            sorted_ = sa.func.coalesce(key, key)
            return self._merged(
                selection,
                shape,
                self._ordered(selection, shape, sorted_, sa.case((few, limit), else_=0)),
                self._ordered(selection, shape, key, sa.case((few, 0), else_=limit)),
            )
        return self._ordered(selection, shape, key, limit)

    def _ordered(
        self, selection: Selection, shape: Shape, key: sa.ColumnElement[Any], limit: sa.ColumnElement[int]
    ) -> sa.Select[Any]:
        member, picking = selection.picking()
        order = [key] if shape.sort in _UNIQUE else [key, member.c.principal_id]
        picked = picking.where(*self._conditions(member, shape.asked, shape.conditions))
        if not shape.is_first:
            place = sa.tuple_(key, member.c.principal_id)
            last = sa.tuple_(given_moment("key") if shape.sort in _MOMENTS else given("key"), given("last"))
            picked = picked.where(place < last if shape.descending else place > last)
        return picked.order_by(*(column.desc() if shape.descending else column for column in order)).limit(limit)

    def _without_role(self, selection: Selection, shape: Shape) -> sa.Select[Any]:
        """Return the page's keys of members without a role; after one who has a role there are none, before it all."""
        member, picking = selection.picking()
        principal = member.c.principal_id
        picked = picking.where(*self._conditions(member, shape.asked, shape.conditions), member.c.role_key.is_(None))
        if not shape.is_first:
            last = sa.case((given("key") == sa.literal_column("''"), given("last")), else_=LAST_CHARACTER)
            picked = picked.where(principal < last if shape.descending else principal > last)
        return picked.order_by(principal.desc() if shape.descending else principal).limit(given_count("limit"))

    def _merged(self, selection: Selection, shape: Shape, *halves: sa.Select[Any]) -> sa.Select[Any]:
        """Return the first of what the *halves* of a page hold, each of them in order."""
        member = self._tables.membership
        key = self._key(member, shape).label("place")
        parts = [half.add_columns(key).subquery() for half in halves]
        both = sa.union_all(*(sa.select(part) for part in parts)).subquery("both")
        order = (both.c.place, both.c.principal_id)
        return (
            sa.select(*(both.c[column.name] for column in selection.picking()[1].selected_columns))
            .order_by(*(column.desc() if shape.descending else column for column in order))
            .limit(given_count("limit"))
        )

    def _are_few(self) -> sa.ColumnElement[bool]:
        member = self._tables.membership
        some = (
            sa.select(member.c.principal_id)
            .where(member.c.tenant_id == given("tenant"), member.c.role_key == given("role"))
            .limit(FEW)
        )
        return sa.select(sa.func.count() < FEW).select_from(some.subquery("some")).scalar_subquery()

    def _key(self, member: sa.Table, shape: Shape) -> sa.ColumnElement[Any]:
        """Return what is sorted by; never NULL."""
        column: sa.ColumnElement[Any] = member.c[_COLUMNS[shape.sort]]
        if shape.sort is MemberSort.ROLE:
            return sa.func.coalesce(column, sa.literal_column("''"))
        if self._dialect == "sqlite" and shape.asked & _NARROWING:
            # SQLite knows no statistics: it would rather read all of a tenant in the order asked for than find the
            # few by their index and sort them. What is no plain column has no index to be read in the order of.
            return sa.func.coalesce(column, column)
        return column

    def _conditions(
        self, member: sa.Table, asked: Collection[str], conditions: Collection[Reason] | None
    ) -> Iterator[sa.ColumnElement[bool]]:
        yield member.c.tenant_id == given("tenant")
        yield member.c.gone_at.is_(None)
        if "email" in asked:
            yield member.c.email_key == given("email")
        for name, column in _PREFIXES.items():
            if name in asked:
                yield member.c[column] >= given(name)
                yield member.c[column] < given(f"{name}_end")
        if "role" in asked:
            yield member.c.role_key == given("role")
        if "origin" in asked:
            yield member.c.origin == given("origin")
        if "brought_in_by" in asked:
            by = given("brought_in_by")
            yield sa.or_(member.c.approved_by == by, member.c.proven_by == by, member.c.resting_on == by)
        if conditions is not None:
            possible = _possible(member)
            yield sa.or_(sa.false(), *(clause for reason, clause in possible.items() if reason in conditions))


def _possible(member: sa.Table) -> Mapping[Reason, sa.ColumnElement[bool]]:
    """Return for each condition whether a row may be in it, by facts of its own alone: a superset."""
    c = member.c
    enabled, approved = c.disabled_at.is_(None), c.approved_at.is_not(None)
    return {
        Reason.REJECTED: c.disabled_at.is_not(None),
        Reason.DISABLED: c.disabled_at.is_not(None),
        Reason.ENDED: c.valid_until.is_not(None),
        Reason.NOT_YET_VALID: sa.or_(c.valid_from.is_not(None), c.resting_on.is_not(None)),
        Reason.REQUEST_EXPIRED: sa.and_(enabled, c.approved_at.is_(None), c.requested_at.is_not(None)),
        Reason.PENDING: sa.and_(enabled, c.approved_at.is_(None)),
        Reason.STALE: sa.and_(enabled, approved, c.resting_on.is_not(None)),
        Reason.UNVERIFIED: sa.and_(enabled, approved, c.verified_at.is_(None)),
        Reason.LAPSED: sa.and_(enabled, approved, c.clock_at <= given_moment("idle_since")),
        Reason.ACTIVE: sa.and_(enabled, approved, c.verified_at.is_not(None)),
    }


def _parameters(wanted: Wanted) -> dict[str, object]:
    named: dict[str, object] = {name: getattr(wanted, name) for name in _asked(wanted)}
    named.update({f"{name}_end": f"{named[name]}{LAST_CHARACTER}" for name in _PREFIXES if name in named})
    if wanted.origin is not None:
        named["origin"] = wanted.origin.value
    return named


class Directory(DirectoryQueries):
    """Searches of one unit."""

    def __init__(self, sql: DirectorySql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

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
        """See the port."""
        asked, parameters = _asked(wanted), _parameters(wanted)
        if wanted.conditions is not None and Reason.LAPSED in wanted.conditions:
            parameters["idle_since"] = wanted.idle_since
        loaded: Loaded | None = None
        listed: list[tuple[Place, Row]] = []
        while (missing := limit - len(listed)) > 0:
            statement = self._sql.search(Shape(sort, descending, after is None, asked, wanted.conditions))
            if after is not None:
                parameters["key"], parameters["last"] = after
            found = self._wire.rows(
                "searching members", statement, tenant=tenant, reader=reader or "", limit=missing, **parameters
            )
            if not found:
                return None
            loaded = loaded or _loaded(found, tenant, reader)
            picked = sorted((_place(raw) for raw in found if raw[_MARK_AT]), reverse=descending)
            # An unreadable row is left out, and made up for, so that no list ends early.
            keys = [(tenant, principal) for _, principal in picked]
            read = {row.id: row for row in rows.readable(rows.found_in(found), keys)}
            listed.extend((place, read[place[1]]) for place in picked if place[1] in read)
            if len(picked) < missing:
                break
            after = picked[-1]
        return None if loaded is None else Listed(loaded, listed)

    def count(self, tenant: TenantId, wanted: Wanted, most: int) -> int:
        """See the port."""
        statement = self._sql.count(_asked(wanted))
        found = self._wire.rows("counting members", statement, tenant=tenant, most=most, **_parameters(wanted))
        return int(found[0][0])


def _place(raw: Values) -> tuple[Any, PrincipalId]:
    key: Key | None = raw[_KEY_AT]
    return ("" if key is None else key), raw[1]


def _loaded(found: Sequence[Values], tenant: TenantId, reader: PrincipalId | None) -> Loaded:
    complete = rows.found_in(found)
    try:
        here = found[0][_TENANT_AT:]
        loaded, head = rows.tenant_of(here), rows.head_of(here)
        known = reader is not None and (tenant, reader) in complete.by_id
        return Loaded(loaded, head, {reader: complete.row(tenant, reader)} if known and reader is not None else {})
    except rows.UNREADABLE as error:
        raise UnreadableRowError(f"reading the roster of tenant `{tenant}`") from error
