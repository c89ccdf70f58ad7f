"""
What questions and commands cost through Django's connection, beside a bare statement of Django's own, and SQLAlchemy.

    python benchmarks/through_django.py                  on SQLite files
    python benchmarks/through_django.py --postgres       on PostgreSQL: one of its own, or TENANTACCESS_TEST_POSTGRES
    python benchmarks/through_django.py --postgres --prepared    the same, where the host lets statements be prepared

The same clinic is filled in two databases, one that Django migrated and one of the library's own. The floor is one row
by its key through Django's cursor; for a page, fifty rows by their index; for a change, one row updated and committed.
Each figure is the best of several rounds in which all take turns, in microseconds of wall time.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the tests' own project and server

from tests.django.project import in_file, known, on_server
from tests.postgres import server

from django.db import connections, transaction  # isort: skip  # once the project above has its settings

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import ChangePrivileges
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.privileges import Edit
from tenantaccess.ports.storage import Store
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables
from tenantaccess.testing.builders import CLINICS, Given
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.django.store import DjangoStore

MEMBERS: Final = 200
ROUNDS: Final = 7
Ask = Callable[[], object]


class Clinic:
    """A clinic of some members in one store, and what is asked there."""

    def __init__(self, store: Store) -> None:
        self.access = TenantAccess(store, CLINICS, hasher=QuickHasher())
        make = Given(self.access)
        self.tenant: TenantId = make.tenant("Riverside Clinic", tin="01-2345678")
        self.manager: PrincipalId = make.manager(self.tenant, "maria")
        self.people = [make.member(self.tenant, levels={"claims": FULL}) for _ in range(MEMBERS)]
        self._level = FULL

    def enter(self) -> None:
        """Enter, and check sixteen times."""
        context = self.access.contexts.enter(self.tenant, self.people[3])
        for _ in range(16):
            context.allows("claims", "submit")

    def page(self) -> None:
        """Look at fifty members."""
        self.access.directory.search(self.tenant, by=self.manager)

    def change(self) -> None:
        """Change one level, with event and notice."""
        self._level = VIEW if self._level == FULL else FULL
        edit = Edit(self.people[5], ResourceKey("claims"), self._level)
        self.access.execute(ChangePrivileges(self.tenant, [edit]), by=self.manager)


class Floor:
    """Bare statements through Django's cursor, on the clinic's own rows."""

    def __init__(self, alias: str, clinic: Clinic) -> None:
        self._alias = alias
        self._clinic = clinic

    def _rows(self, condition: str, *given: str) -> None:
        with connections[self._alias].cursor() as cursor:
            cursor.execute(f"SELECT * FROM tenantaccess_membership WHERE {condition}", given)
            cursor.fetchall()

    def enter(self) -> None:
        """Read one row by its key."""
        self._rows("tenant_id = %s AND principal_id = %s", self._clinic.tenant, self._clinic.people[3])

    def page(self) -> None:
        """Read fifty rows by an index."""
        self._rows("tenant_id = %s ORDER BY username_key LIMIT 50", self._clinic.tenant)

    def change(self) -> None:
        """Update one row, and commit."""
        with transaction.atomic(using=self._alias), connections[self._alias].cursor() as cursor:
            cursor.execute(
                "UPDATE tenantaccess_membership SET phone = %s WHERE tenant_id = %s AND principal_id = %s",
                ["", self._clinic.tenant, self._clinic.people[5]],
            )


def best(asks: Sequence[Ask], times: int) -> list[float]:
    """Return what each costs at best, in microseconds."""
    least = [float("inf")] * len(asks)
    for _ in range(ROUNDS):
        for place, ask in enumerate(asks):
            began = time.perf_counter()
            for _ in range(times):
                ask()
            least[place] = min(least[place], (time.perf_counter() - began) / times * 1e6)
    return least


@contextmanager
def databases(folder: Path, url: str | None, options: dict[str, object]) -> Iterator[tuple[str, SQLAlchemyStore]]:
    """Give a database that Django migrated, by its alias, and a store on one of the library's own."""
    settings: Any = nullcontext(in_file(folder / "django.db")) if url is None else on_server(url)
    with settings as given, known("measured", {"OPTIONS": options, **given}) as alias:
        plain = sa.MetaData()
        store = SQLAlchemyStore(url or f"sqlite:///{folder}/plain.db", tables=tables(plain, prefix="measured_"))
        store.create_all()
        yield alias, store
        store.drop_all()
        store.dispose()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--prepared", action="store_true")
    asked = parser.parse_args()
    on_postgres = asked.postgres
    options: dict[str, object] = {"server_side_binding": True, "prepare_threshold": 5} if asked.prepared else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        server() if on_postgres else nullcontext(None) as url,
        databases(Path(folder), url, options) as (alias, plain),
    ):
        clinics = [Clinic(DjangoStore(alias)), Clinic(plain)]
        floor = Floor(alias, clinics[0])
        for name, times in (("enter", 200), ("page", 30), ("change", 20)):
            django, ours, bare = best([*(getattr(clinic, name) for clinic in clinics), getattr(floor, name)], times)
            print(
                f"{name:8} through Django {django:6.0f} us, {django / bare:4.1f} x bare; "
                f"through SQLAlchemy {ours:6.0f} us, {django / ours:4.2f} x"
            )


if __name__ == "__main__":
    main()
