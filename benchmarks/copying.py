"""
What copying costs, beside one raw INSERT ... SELECT of the same rows in the same run; and the memory it takes.

    python benchmarks/copying.py --records 100000                on a SQLite file
    python benchmarks/copying.py --records 100000 --postgres     on PostgreSQL: one of its own, or
                                                                 TENANTACCESS_TEST_POSTGRES

Each line is the best of several rounds that take turns, each into a tenant of its own that has nothing yet. A ratio of
0.75 means: three quarters of the rows in the same time. Whole copies are measured, from starting the job to the event
at its end: by slices within the database, and by batches in which each record is looked at (the set has a check). The
peak is that of the memory Python holds, over what it held when the copy began, in a round of its own.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

import attrs
import sqlalchemy as sa
from opening import fresh

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, OpenTenant
from tenantaccess.ids import PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.copying import CopyState
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS, OPERATOR
from tenantaccess.testing.doubles import QuickHasher

WITHIN: Final = ReferenceSetKey("codes")
LOOKED_AT: Final = ReferenceSetKey("checked_codes")
MIB: Final = 2**20


def nothing_wrong(_: ReferenceRecord) -> str:
    """Let every record pass; that there is a check at all is what is measured."""
    return ""


CATALOG: Final[Catalog] = attrs.evolve(
    CLINICS,
    reference_sets=[
        ReferenceSet(WITHIN, "Codes", resource="codes"),
        ReferenceSet(LOOKED_AT, "Checked codes", resource="codes", check=nothing_wrong),
    ],
)


def records(number: int) -> Iterator[ReferenceRecord]:
    """Yield as many records as a code file has: a code, a line of text, a chapter."""
    return (
        ReferenceRecord(f"K{place:08}", f"What code {place} stands for", {"chapter": "I"}) for place in range(number)
    )


@attrs.define
class Bench:
    """A source with two equal sets, and somebody who may copy them."""

    store: SQLAlchemyStore
    number: int
    access: TenantAccess = attrs.field(init=False)
    source: TenantId = attrs.field(init=False)
    lee: PrincipalId = attrs.field(init=False)
    _numbers: Iterator[int] = attrs.field(factory=count)

    def __attrs_post_init__(self) -> None:
        self.store.create_all()
        self.access = TenantAccess(self.store, CATALOG, hasher=QuickHasher())
        opened = self.access.execute(OpenTenant("Source", manager=NewUsername("lee", "a quick password")), by=OPERATOR)
        self.source, self.lee = opened.tenant_id, opened.manager_id or PrincipalId("")
        for name in (WITHIN, LOOKED_AT):
            self.access.records.load(self.source, name, records(self.number), by=OPERATOR)
        with self.store.engine.begin() as connection:
            connection.execute(sa.text("ANALYZE"))

    def target(self) -> TenantId:
        """Return a new tenant that has nothing yet."""
        tenant = self.access.execute(OpenTenant(f"Target {next(self._numbers)}"), by=OPERATOR).tenant_id
        self.access.execute(AppointManager(tenant, self.lee), by=OPERATOR)
        return tenant

    def raw(self, target: TenantId) -> float:
        """Copy by the one statement that cannot be done without, in one transaction."""
        record = self.store.tables.record
        others = [column.name for column in record.c if column.name != "tenant_id"]
        rows = sa.select(sa.literal(target), *(record.c[name] for name in others)).where(
            record.c.tenant_id == self.source, record.c.set_key == WITHIN
        )
        began = time.perf_counter()
        with self.store.for_writing.begin() as connection:
            connection.execute(sa.insert(record).from_select(["tenant_id", *others], rows))
        return time.perf_counter() - began

    def copied(self, target: TenantId, name: ReferenceSetKey) -> float:
        """Copy as a host does, once it has a plan."""
        plan = self.access.copying.plan(self.source, [target], [name], by=self.lee)
        began = time.perf_counter()
        result = self.access.copying.run(plan, by=self.lee)
        took = time.perf_counter() - began
        if (result.job.state, result.total.added) != (CopyState.DONE, self.number):
            raise AssertionError(result)
        return took

    def peak(self, name: ReferenceSetKey) -> float:
        """Return the most memory held during one copy, in MiB over its start; plan included."""
        target = self.target()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        self.copied(target, name)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (most - before) / MIB


def measured(store: SQLAlchemyStore, number: int, times: int) -> None:
    """Print the table; rounds take turns, so that all meet tables of much the same size."""
    bench = Bench(store, number)
    ways: dict[str, Callable[[], float]] = {
        "raw INSERT ... SELECT": lambda: bench.raw(bench.target()),
        "by slices within the database": lambda: bench.copied(bench.target(), WITHIN),
        "by batches, each record looked at": lambda: bench.copied(bench.target(), LOOKED_AT),
    }
    goals = {
        "by slices within the database": "0.75, at least 0.65",
        "by batches, each record looked at": "0.25, at least 0.15",
    }
    rounds = [{name: run() for name, run in ways.items()} for _ in range(times)]
    least = {name: min(one[name] for one in rounds) for name in ways}
    floor, *_ = least.values()
    print(f"{store.engine.dialect.name}, {number:,} records, best of {times}")
    for name, took in least.items():
        ratio = f"{floor / took:8.2f}  (goal {goals[name]})" if name in goals else ""
        print(f"  {name:<38}{took:8.2f} s{number / took:12,.0f} a second{ratio}")
    for name, label in ((WITHIN, "by slices"), (LOOKED_AT, "by batches")):
        print(f"  peak of memory over the start, {label:<10}{bench.peak(name):6.1f} MiB  (goal 10, at most 20)")


def main() -> None:
    """Measure on the store that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    with fresh(postgres=chosen.postgres) as store:
        measured(store, chosen.records, chosen.rounds)


if __name__ == "__main__":
    main()
