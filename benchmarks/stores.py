"""
What questions and commands cost on a database, each beside the bare SQL it cannot do without: ratios in one run.

    python benchmarks/stores.py                          on a SQLite file
    python benchmarks/stores.py --postgres               on PostgreSQL: one of its own, or TENANTACCESS_TEST_POSTGRES

A principal is a member of several tenants; one of these is large. Floors run on the same engine, with the same
checkout, on prepared statements: one row by its key, one page by its index, one row updated and committed.
"""

import argparse
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from checks import active, opened
from opening import fresh

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import ChangePrivileges
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import Principal
from tenantaccess.model.privileges import Edit
from tenantaccess.model.tenants import Head
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS

LARGE: Final = TenantId("ten_" + "f" * 32)
ME: Final = PrincipalId("pri_" + "0" * 32)
DESK: Final = Operator("desk")
ROUNDS: Final = 5
ASKED: Final = [
    (resource.key, action) for resource in CLINICS.resources if resource.offered for action in resource.actions
][:16]


def filled(store: SQLAlchemyStore, tenants: int, members: int) -> TenantAccess:
    """Fill an empty database: one large tenant with *members*, and *tenants* small ones that share a principal."""
    store.create_all()
    people = [PrincipalId(f"pri_{number:032x}") for number in range(members)]
    with store.begin() as unit:
        opened(unit, LARGE)
        for number, who in enumerate(people):
            unit.principals.add(Principal(who, f"u{number:07}"), Head(who))
            unit.memberships.put(active(LARGE, who, number), None)
        for number in range(tenants):
            tenant = TenantId(f"ten_{number:032x}")
            opened(unit, tenant)
            unit.memberships.put(active(tenant, ME, number), None)
        unit.commit()
    with store.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    return TenantAccess(store, CLINICS)


def timed(ask: Callable[[], object], times: int) -> float:
    """Return seconds a call: the best of several rounds after one that warms up."""
    ask()
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            ask()
        best = min(best, (time.perf_counter() - began) / times)
    return best


def beside(name: str, ours: float, floor: float) -> None:
    """Print one line."""
    print(f"  {name:<46}{ours * 1e6:10.0f} us{floor * 1e6:10.0f} us{ours / floor:8.2f} x")


def run(store: SQLAlchemyStore, tenants: int, members: int) -> None:
    """Measure one store."""
    access = filled(store, tenants, members)
    table = store.tables.membership
    one = sa.select(table).where(table.c.tenant_id == LARGE, table.c.principal_id == ME)
    mine = sa.select(table).where(table.c.principal_id == ME)
    page = sa.select(table).where(table.c.tenant_id == LARGE).order_by(table.c.username_key).limit(50)
    touched = (
        sa.update(table)
        .where(table.c.tenant_id == LARGE, table.c.principal_id == ME)
        .values(phone=sa.bindparam("digit"))
    )

    def bare(statement: sa.Select[tuple[object, ...]]) -> Callable[[], object]:
        def ask() -> object:
            with store.engine.connect() as connection:
                return connection.execute(statement).all()

        return ask

    levels = iter(range(1_000_000))

    def update() -> None:
        # Another value each time: SQLite writes nothing where nothing differs.
        with store.engine.begin() as connection:
            connection.execute(touched, {"digit": str(next(levels) % 2)})

    def enter() -> None:
        context = access.contexts.enter(LARGE, ME)
        for resource, action in ASKED:
            context.allows(resource, action)

    def change() -> None:
        level = (VIEW, FULL)[next(levels) % 2]
        access.execute(ChangePrivileges(LARGE, [Edit(ME, ResourceKey("claims"), level.key)]), by=DESK)

    print(f"{store.engine.dialect.name}: {members:,} members of one tenant, {tenants:,} tenants of one principal")
    print(f"  {'':<46}{'ours':>13}{'floor':>13}")
    row = timed(bare(one), 200)
    beside("enter, and 16 checks", timed(enter, 200), row)
    beside("one check", timed(lambda: access.check(LARGE, ME, "claims", "view"), 200), row)
    beside("the tenants to choose from", timed(lambda: access.contexts.list_tenants(ME), 20), timed(bare(mine), 20))
    floor = timed(bare(page), 50)
    beside("a directory page of 50", timed(lambda: access.directory.search(LARGE, by=DESK), 50), floor)
    beside("a page of the matrix", timed(lambda: access.privileges.matrix(LARGE, by=DESK), 50), floor)
    beside("an audited change", timed(change, 50), timed(update, 50))


def main() -> None:
    """Measure the store that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    given = parser.parse_args()
    with fresh(postgres=given.postgres) as store:
        run(store, given.tenants, given.members)


if __name__ == "__main__":
    main()
