"""
What copying by batches costs beside Django's `bulk_create` of the same rows, on the same SQLite file.

    python benchmarks/bulk_create.py --records 100000

The rival is what a project writes without the library: models read through the ORM and inserted by `bulk_create` into
the same table, in one transaction, nothing looked at, recorded or resumable. Rounds take turns, each into a tenant of
its own; of each the best counts.
"""

import argparse
import time
from typing import Any, Final

from copying import LOOKED_AT, Bench
from django.conf import settings
from django.db import models, transaction
from opening import fresh

import django
from tenantaccess.ids import TenantId
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

IN_A_BATCH: Final = 2_000
GOAL: Final = "at least 2"


def model(store: SQLAlchemyStore) -> type[models.Model]:
    """Return a model of the table of records, in a project whose database is the file of *store*."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": store.engine.url.database}}
    )
    django.setup()
    table = store.tables.record
    meta = type("Meta", (), {"app_label": "measured", "managed": False, "db_table": table.name})
    key = models.CompositePrimaryKey(*(column.name for column in table.primary_key))
    fields: dict[str, Any] = {column.name: models.TextField() for column in table.columns}
    return type("Row", (models.Model,), {"__module__": __name__, "Meta": meta, "pk": key, **fields})


def bulk_created(row: type[models.Model], bench: Bench, target: TenantId) -> float:
    """Copy the records that are to be looked at, as a project would."""
    records: models.Manager[models.Model] = models.Manager()
    records.model = row
    found = records.filter(tenant_id=bench.source, set_key=LOOKED_AT).values()
    began = time.perf_counter()
    with transaction.atomic():
        records.bulk_create((row(**{**one, "tenant_id": target}) for one in found.iterator()), IN_A_BATCH)
    took = time.perf_counter() - began
    if records.filter(tenant_id=target).count() != bench.number:
        raise AssertionError(target)
    return took


def main() -> None:
    """Measure on a SQLite file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with fresh(postgres=False) as store:
        bench = Bench(store, chosen.records)
        rows = model(store)
        rounds = [
            (bulk_created(rows, bench, bench.target()), bench.copied(bench.target(), LOOKED_AT))
            for _ in range(chosen.rounds)
        ]
    theirs, ours = (min(times) for times in zip(*rounds, strict=True))
    print(f"sqlite, {chosen.records:,} records, best of {chosen.rounds}")
    print(f"  Django's bulk_create                {theirs:8.2f} s")
    print(f"  by batches, each record looked at   {ours:8.2f} s{theirs / ours:8.2f} times as fast  (goal {GOAL})")


if __name__ == "__main__":
    main()
