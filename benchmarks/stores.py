"""
What questions and commands cost on a database, each beside the bare SQL it cannot do without: ratios in one run.

    python benchmarks/stores.py                          on a SQLite file
    python benchmarks/stores.py --postgres               on PostgreSQL: one of its own, or TENANTACCESS_TEST_POSTGRES
    python benchmarks/stores.py --postgres --durable     on one of its own whose commits reach the disk, as a host's do

A principal is a member of several tenants; one of these is large. Floors run on the same engine, with the same
checkout, on prepared statements: one row by its key, one page by its index, one row updated and committed. The last
page is measured beside the first. In the end several writers change one tenant at once: a store tries again by
itself, so none of their conflicts may reach a caller.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import sqlalchemy as sa
from checks import active, opened
from opening import fresh

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import ChangePrivileges
from tenantaccess.errors import ConflictError
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
ROUNDS: Final = 20
WRITERS: Final = 4
COMMANDS: Final = 50
Ask = Callable[[], object]
ASKED: Final = [
    (resource.key, action) for resource in CLINICS.resources if resource.offered for action in resource.actions
][:16]


def username(number: int) -> str:
    """Return the username of the principal with *number*."""
    return f"u{number:07}"


def filled(store: SQLAlchemyStore, tenants: int, members: int) -> TenantAccess:
    """Fill an empty database: one large tenant with *members*, and *tenants* small ones that share a principal."""
    store.create_all()
    people = [PrincipalId(f"pri_{number:032x}") for number in range(members)]
    with store.begin() as unit:
        opened(unit, LARGE)
        for number, who in enumerate(people):
            unit.principals.add(Principal(who, username(number)), Head(who))
            unit.memberships.put(active(LARGE, who, number), None)
        for number in range(tenants):
            tenant = TenantId(f"ten_{number:032x}")
            opened(unit, tenant)
            unit.memberships.put(active(tenant, ME, number), None)
        unit.commit()
    with store.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    return TenantAccess(store, CLINICS)


def beside(name: str, ours: Ask, floor: Ask, times: int) -> None:
    """Print what *ours* costs beside its *floor*: the best of several rounds in which the two take turns."""
    best = {ours: float("inf"), floor: float("inf")}
    for number in range(ROUNDS + 1):
        for ask, least in best.items():
            began = time.perf_counter()
            for _ in range(times):
                ask()
            took = (time.perf_counter() - began) / times
            if number:  # the first one warms up
                best[ask] = min(least, took)
    least, most = best[floor], best[ours]
    print(f"  {name:<46}{most * 1e6:10.0f} us{least * 1e6:10.0f} us{most / least:8.2f} x")


def changing(access: TenantAccess, who: PrincipalId) -> Callable[[], None]:
    """Return what changes a level of *who* each time."""
    levels = itertools.cycle((VIEW, FULL))

    def change() -> None:
        edit = Edit(who, ResourceKey("claims"), next(levels).key)
        access.execute(ChangePrivileges(LARGE, [edit]), by=DESK)

    return change


def place_of_last(access: TenantAccess) -> str | None:
    """Return after which place the last full page of 50 begins."""
    after, beyond = None, access.directory.search(LARGE, limit=500, by=DESK).next
    while beyond is not None:
        after, beyond = beyond, access.directory.search(LARGE, after=beyond, limit=500, by=DESK).next
    beyond = access.directory.search(LARGE, after=after, by=DESK).next
    while beyond is not None:
        after, beyond = beyond, access.directory.search(LARGE, after=beyond, by=DESK).next
    return after


def raced(access: TenantAccess) -> int:
    """Return how many conflicts reach a caller while several change one tenant at once."""

    def write(number: int) -> int:
        change, conflicts = changing(access, PrincipalId(f"pri_{number:032x}")), 0
        for _ in range(COMMANDS):
            try:
                change()
            except ConflictError:
                conflicts += 1
        return conflicts

    with ThreadPoolExecutor(WRITERS) as writers:
        return sum(writers.map(write, range(1, WRITERS + 1)))


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

    def bare(statement: sa.Select[tuple[object, ...]]) -> Ask:
        def ask() -> object:
            with store.engine.connect() as connection:
                return connection.execute(statement).all()

        return ask

    digits = itertools.cycle("01")

    def update() -> None:
        # Another value each time: SQLite writes nothing where nothing differs.
        with store.engine.begin() as connection:
            connection.execute(touched, {"digit": next(digits)})

    def enter() -> None:
        context = access.contexts.enter(LARGE, ME)
        for resource, action in ASKED:
            context.allows(resource, action)

    def first() -> object:
        return access.directory.search(LARGE, by=DESK)

    print(f"{store.engine.dialect.name}: {members:,} members of one tenant, {tenants:,} tenants of one principal")
    print(f"  {'':<46}{'ours':>13}{'floor':>13}")
    beside("enter, and 16 checks", enter, bare(one), 100)
    beside("one check", lambda: access.check(LARGE, ME, "claims", "view"), bare(one), 100)
    beside("the tenants to choose from", lambda: access.contexts.list_tenants(ME), bare(mine), 20)
    beside("a directory page of 50", first, bare(page), 20)
    beside("a page of the matrix", lambda: access.privileges.matrix(LARGE, by=DESK), bare(page), 20)
    beside("an audited change", changing(access, ME), update, 20)
    after = place_of_last(access)

    def last() -> object:
        return access.directory.search(LARGE, after=after, by=DESK)

    beside("the last page of 50, beside the first", last, first, 20)
    print(f"  {WRITERS} writers, {COMMANDS} commands each, on one tenant: {raced(access)} conflicts reach a caller")


def main() -> None:
    """Measure the store that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    given = parser.parse_args()
    with fresh(postgres=given.postgres, durable=given.durable) as store:
        run(store, given.tenants, given.members)


if __name__ == "__main__":
    main()
