"""What goes on for long: adopting, exporting and verifying ever more people, and copying ever more records."""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Final

import attrs
import sqlalchemy as sa
from copying import WITHIN, Bench
from floors import EVENTS, Floors
from population import spelled
from questions import Line

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import OpenTenant
from tenantaccess.ids import TenantId
from tenantaccess.model.adoption import AdoptionReport, NewPerson
from tenantaccess.model.privileges import Grant
from tenantaccess.services.adoption_files import AdoptionRow
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.builders import CLINICS, OPERATOR
from tenantaccess.testing.doubles import QuickHasher

MIB: Final = 2**20
SLICE: Final = 10_000
WATCHED: Final = 100_000
"""To which size memory is watched: watching takes several times as long as what is watched."""
BILLER: Final = Grant("biller")
MEMBERS: Final = (
    "SELECT m.*, p.username, p.email FROM {p}membership m JOIN {p}principal p ON p.principal_id = m.principal_id"
    " WHERE m.tenant_id = :tenant AND m.gone_at IS NULL ORDER BY m.username_key"
)


def fresh(url: sa.URL, name: str) -> SQLAlchemyStore:
    """Return an empty store with tables of its own."""
    store = SQLAlchemyStore(url, tables=tables(sa.MetaData(), prefix=f"{name}_"))
    store.drop_all()
    store.create_all()
    return store


def people(tenant: TenantId, size: int) -> Iterator[AdoptionRow]:
    """Yield so many people for one tenant, as a host would read them from its own tables."""
    for number in range(size):
        name = spelled(number)
        person = NewPerson(f"u{number:07}", f"{name}@people.example", True, None, name.title(), "Ann", "+1 555")  # noqa: FBT003  # verified
        yield AdoptionRow(tenant, person, BILLER, number + 1)


def timed(run: Callable[[], object]) -> float:
    """Return how many seconds *run* takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


@attrs.frozen
class Peak:
    """The most memory that Python held during something, over what it held when it began, in MiB."""

    name: str
    size: int
    mib: float


def peak(name: str, size: int, run: Callable[[], object]) -> Peak:
    """Measure the memory of *run*, apart from its time: watching memory takes time itself."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Peak(name, size, (most - before) / MIB)


def inserting(store: SQLAlchemyStore, tenant: TenantId) -> float:
    """Return how long the bare inserts take of what adopting kept: the same rows, into tables like these."""
    empty = fresh(store.engine.url, "bare")
    names = {table.name: table for table in empty.tables.all()}
    took = 0.0
    with empty.for_writing.begin() as into, store.engine.connect() as connection:
        head = store.tables.tenant
        (first,) = connection.execute(sa.select(head).where(head.c.tenant_id == tenant)).mappings().all()
        into.execute(sa.insert(empty.tables.tenant), [dict(first)])
        for table in (store.tables.principal, store.tables.membership, store.tables.event, store.tables.private_part):
            insert = sa.insert(names["bare_" + table.name.split("_", 1)[1]])
            read = connection.execution_options(yield_per=SLICE).execute(sa.select(table)).mappings()
            for rows in read.partitions():
                values = [dict(row) for row in rows]
                took += timed(lambda insert=insert, values=values: into.execute(insert, values))  # type: ignore[misc]  # bound here
        began = time.perf_counter()
    took += time.perf_counter() - began
    empty.drop_all()
    empty.dispose()
    return took


def adopting(url: sa.URL, size: int) -> Iterator[Line | Peak]:
    """Yield what it costs to adopt, to do so again, to export and to verify *size* people of one tenant."""
    store = fresh(url, "adopted")
    access, floors = TenantAccess(store, CLINICS, hasher=QuickHasher()), Floors(store)
    tenant = access.execute(OpenTenant("Riverside"), by=OPERATOR).tenant_id

    def adopt() -> AdoptionReport:
        return access.adoption.run(people(tenant, size), by=OPERATOR, batch=500)

    began = time.perf_counter()
    report = adopt()
    took = time.perf_counter() - began
    if report != AdoptionReport(rows=size, adopted=size):
        raise AssertionError(report)
    each = 1e6 / size
    yield Line("adopting, each", size, took * each, inserting(store, tenant) * each)
    select = floors.ask(MEMBERS, tenant=tenant)
    yield Line("exporting, each", size, exporting(access, tenant) * each, timed(lambda: as_json(select)) * each)
    events = floors.ask(EVENTS, tenant=tenant)
    yield Line(
        "verifying the record, each event",
        size,
        timed(lambda: access.audit.verify(tenant)) * each,
        timed(events) * each,
    )
    if size > WATCHED:
        store.drop_all()
        store.dispose()
        return
    yield peak("adopting again", size, lambda: access.adoption.run(people(tenant, size), by=OPERATOR, batch=500))
    yield peak("exporting", size, lambda: exporting(access, tenant))
    yield peak("verifying", size, lambda: access.audit.verify(tenant))
    store.drop_all()
    store.dispose()


def exporting(access: TenantAccess, tenant: TenantId) -> float:
    """Return how long it takes to write out every member."""
    return timed(lambda: sum(len(line) for line in access.adoption.export(tenant, by=OPERATOR)))


def as_json(select: Callable[[], object]) -> int:
    """Return how many characters the bare rows have as JSON."""
    rows: list[sa.Row[tuple[object, ...]]] = select()  # type: ignore[assignment]  # rows of any statement
    return sum(len(json.dumps(list(row), default=str)) for row in rows)


def copying(url: sa.URL, size: int) -> Iterator[Line | Peak]:
    """Yield what copying *size* records costs beside one raw statement."""
    store = fresh(url, "copied")
    bench = Bench(store, size)
    each = 1e6 / size
    yield Line(
        "copying, each record", size, bench.copied(bench.target(), WITHIN) * each, bench.raw(bench.target()) * each
    )
    yield Peak("copying", size, bench.peak(WITHIN))
    store.drop_all()
    store.dispose()
