"""
Populations of a size that commands would take hours to make: rows written straight into the store's tables.

What is written is what commands would have written, but for the record: no event tells of it, so that the record of
these tenants begins with the first command. Indexes are built in the end, as one would for any import of that size.
Two populations are made for each size, each under a prefix of its own, so that all live in one database:

- *spread*: so many memberships, 50 a tenant, each principal in four tenants; one master is linked in every other one.
- *crowd*: one tenant with so many members.

Twenty-four of twenty-five members are active; the others are disabled or pending, in a crowd also unverified or lapsed.
A few manage, most hold one role, every third has a level of its own.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs
import sqlalchemy as sa

from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Role
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import (
    Authority,
    Contact,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    VerifiedHow,
)
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, rows, tables

A_TENANT: Final = 50
"""How many members a tenant of the spread has."""
A_PRINCIPAL: Final = 4
"""In how many tenants each principal of the spread is."""
CHUNK: Final = 20_000
NOW: Final = datetime.now(UTC)
LONG_AGO: Final = NOW - timedelta(400)
BILLER: Final = Role("biller", "Biller", {"claims": FULL, "eligibility": VIEW})
MASTER: Final = PrincipalId("pri_" + "f" * 32)
CROWD: Final = TenantId("ten_" + "f" * 32)
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"

ACTIVE: Final = Membership(
    CROWD,
    MASTER,
    Origin.HOME,
    approved_at=NOW,
    approved_by="desk",
    verified_at=NOW,
    verified_how=VerifiedHow.ATTESTED,
    clock_started_at=NOW,
    last_active_at=NOW,
    role=RoleKey("biller"),
)
"""What all but the ids and names of most rows is."""
OTHERS: Final = (
    attrs.evolve(ACTIVE, disabled=Disabled(NOW, Authority.MANAGER, DisableReason.LEFT)),
    attrs.evolve(ACTIVE, approved_at=None, requested_at=NOW),
    attrs.evolve(ACTIVE, verified_at=None, verified_how=None),
    attrs.evolve(ACTIVE, clock_started_at=LONG_AGO, last_active_at=LONG_AGO),
)
"""What each hundredth row but one is."""
MANAGING: Final = attrs.evolve(ACTIVE, role=ACCOUNT_MANAGER)


def tenant_id(number: int) -> TenantId:
    """Return the id of a tenant of the spread."""
    return TenantId(f"ten_{number:032x}")


def principal_id(number: int) -> PrincipalId:
    """Return the id of a principal."""
    return PrincipalId(f"pri_{number:032x}")


def spelled(number: int) -> str:
    """Return a name of six letters: neighbours in number are none in the alphabet."""
    left, name = number * 2_654_435_761 % 26**6, ""
    for _ in range(6):
        left, letter = divmod(left, 26)
        name += LETTERS[letter]
    return name


@attrs.frozen
class Place:
    """One membership: where, whose, and the number of whoever it is in this tenant."""

    tenant: TenantId
    principal: int
    number: int


class Bulk:
    """
    Writes rows past the store, in its own form.

    Args:
        store: Whose tables.
    """

    def __init__(self, store: SQLAlchemyStore) -> None:
        self._engine = store.engine
        self._tables = store.tables

    def fill(
        self, tenants: Sequence[TenantId], principals: int, places: Iterable[Place], links: Iterable[Place]
    ) -> None:
        """Write a whole population into empty tables, and have the database look at what it holds."""
        held = self._tables
        indexes = [index for table in (held.membership, held.override) for index in table.indexes]
        with self._engine.begin() as connection:
            for index in indexes:
                index.drop(connection)
        self._insert(held.tenant, ({"tenant_id": one, **_TENANT} for one in tenants))
        self._insert(held.role, ({"tenant_id": one, "role_key": BILLER.key, "label": BILLER.label} for one in tenants))
        self._insert(
            held.role_level,
            (
                {"tenant_id": one, "role_key": BILLER.key, "resource": resource, "level": level}
                for one in tenants
                for resource, level in BILLER.levels.items()
            ),
        )
        self._insert(held.principal, itertools.chain(map(_principal, range(principals)), [_MASTER]))
        mine, others = itertools.tee(places)
        self._insert(held.membership, itertools.chain(map(_membership, mine), map(_link, links)))
        self._insert(held.override, (_override(place) for place in others if place.number % 3 == 2))
        with self._engine.begin() as connection:
            for index in indexes:
                index.create(connection)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if self._engine.dialect.name == "sqlite" else "VACUUM ANALYZE")

    def _insert(self, table: sa.Table, values: Iterable[Mapping[str, Any]]) -> None:
        """Write *values* of all columns of *table*, in the driver's own words and form."""
        dialect = self._engine.dialect
        names = [column.name for column in table.c]
        forms = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c]
        formed = (
            tuple(value if form is None else form(value) for form, value in zip(forms, raw, strict=True))
            for raw in ([row[name] for name in names] for row in values)
        )
        columns = ", ".join(f'"{name}"' for name in names)
        with self._engine.begin() as connection:
            if dialect.name == "sqlite":
                marks = ", ".join("?" * len(names))
                while chunk := list(itertools.islice(formed, CHUNK)):
                    connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", chunk)
                return
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in formed:
                    copy.write_row(row)


_TENANT: Final[dict[str, Any]] = {
    **rows.tenant_values(Tenant(CROWD, "Clinic")),
    **rows.head_values(Head(CROWD)),
}
_TEMPLATES: Final = [
    {**rows.membership_values(facts), "clock_at": rows.clock_of(facts)} for facts in (ACTIVE, MANAGING, *OTHERS)
]


def _principal(number: int) -> dict[str, Any]:
    return _account(principal_id(number), f"u{number:07}")


def _account(principal: PrincipalId, username: str) -> dict[str, Any]:
    return {
        **_PRINCIPAL,
        "principal_id": principal,
        "username": username,
        "username_key": username,
        "email": f"{username}@people.example",
        "email_key": f"{username}@people.example",
    }


_PRINCIPAL: Final[dict[str, Any]] = {
    **rows.principal_values(Principal(MASTER, "master", email_verified_at=None)),
    **rows.head_values(Head(MASTER)),
}
_MASTER: Final = _account(MASTER, "master")


def _template(place: Place) -> dict[str, Any]:
    if place.number % A_TENANT == 0 and place.number < 10 * A_TENANT:
        return _TEMPLATES[1]
    return _TEMPLATES[2 + place.number // 25 % 4] if place.number % 25 == 24 else _TEMPLATES[0]


def _membership(place: Place) -> dict[str, Any]:
    name, first = spelled(place.principal), spelled(place.principal + 1)
    contact = Contact(name.title(), first.title(), f"{name}@clinic.example", f"+1 555 {place.principal:07}")
    return {
        **_template(place),
        "tenant_id": place.tenant,
        "principal_id": principal_id(place.principal),
        "username_key": f"u{place.principal:07}",
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "first_name_key": contact.first_name.lower(),
        "last_name_key": contact.last_name.lower(),
        "email_key": contact.email,
    }


def _link(place: Place) -> dict[str, Any]:
    """Return the master's membership in a tenant, which rests on that of *place*."""
    proven = principal_id(place.principal)
    resting = Resting(proven, RestKind.LINK, 1, 0, 0, 0)
    facts = attrs.evolve(ACTIVE, origin=Origin.LINKED, resting=resting, proven_by=proven, proven_at=NOW)
    ids = {"tenant_id": place.tenant, "principal_id": MASTER, "username_key": "master"}
    return {**rows.membership_values(facts), "clock_at": rows.clock_of(facts), **ids}


def _override(place: Place) -> dict[str, Any]:
    return {
        "tenant_id": place.tenant,
        "principal_id": principal_id(place.principal),
        "resource": ResourceKey("codes"),
        "level": VIEW.key,
    }


def spread(size: int) -> tuple[list[TenantId], int, Iterator[Place], Iterator[Place]]:
    """Return tenants, how many principals, their memberships, and the places that the master's links rest on."""
    count, principals = max(size // A_TENANT, 2), max(size // A_PRINCIPAL, A_TENANT)
    places = (Place(tenant_id(number // A_TENANT), number % principals, number % A_TENANT) for number in range(size))
    links = (Place(tenant_id(number), number * A_TENANT % principals, 0) for number in range(0, count, 2))
    return [tenant_id(number) for number in range(count)], principals, places, links


def crowd(size: int) -> tuple[list[TenantId], int, Iterator[Place], Iterator[Place]]:
    """Return one tenant with *size* members, in the form of `spread`."""
    return [CROWD], size, (Place(CROWD, number, number) for number in range(size)), iter(())


KINDS: Final = {"spread": spread, "crowd": crowd}


def populated(url: sa.URL, kind: str, size: int) -> SQLAlchemyStore:
    """Return the store of one population in the database at *url*; made unless it is there."""
    store = SQLAlchemyStore(url, tables=tables(sa.MetaData(), prefix=f"{kind}_{size}_"))
    if not sa.inspect(store.engine).has_table(store.tables.tenant.name):
        store.create_all()
        Bulk(store).fill(*KINDS[kind](size))
    return store
