"""
What a door adds: a guard beside a bare statement for the same facts, and a page of 50 beside its bare template.

    python benchmarks/doors.py

What a guard adds is a request through it less the same request to a view without it, which asks who is signed in, too.
The floor is one statement by hand that brings the same rows, on the same engine: SQLAlchemy's under Flask, that of
Django's cursor under Django. The three take turns, and medians of the processor's time are compared. All of it runs in
this process, without a server, on SQLite in a file; the page asks, judges and renders.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from flask import Flask, render_template

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the tests' own project

from floors import ENTER, Floors
from tests.django.project import as_default, in_file

from django.db import connections  # isort: skip  # once the project above has its settings
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path
from tests.django.door import serving, site

from tenantaccess import VIEW, Grant, NewUsername, Operator, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import AddUsername, OpenTenant
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.django import requires as requires_in_django
from tenantaccess.web.flask import Identity, TenantAccessFlask, requires
from tenantaccess.web.portal import Csrf, Kept, Page, PageRequest, PortalSettings, Visitor

PEOPLE: Final = 50
ROUNDS: Final = 300
DESK: Final = Operator("desk")
PAGES: Final = ("users", "privileges", "audit", "")


class Known(Identity):
    """Somebody who is signed in to the host; what that costs is the host's."""

    def __init__(self, principal: PrincipalId) -> None:
        self.principal = principal

    def load(self) -> Visitor:
        """Return who it is."""
        return Visitor(self.principal, "maria")

    def epoch(self) -> int | None:
        """Return None: the host answers for its sessions."""
        return None

    def stay(self, signed: object) -> None:
        """Do nothing."""

    def sign_in(self, signed: object, name: str) -> None:
        """Do nothing."""

    def sign_out(self) -> None:
        """Do nothing."""


def quickest(ask: Callable[[], object]) -> float:
    """Return the microseconds of the quickest of many calls."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        best = min(best, time.perf_counter() - began)
    return best * 1e6


def filled(access: TenantAccess) -> tuple[TenantId, PrincipalId]:
    """Return a practice with so many people, and its account manager."""
    maria = NewUsername("maria", "a quick brown password", first_name="Maria", last_name="Rivera")
    opened = access.execute(OpenTenant("Riverside", {"tin": "012345678"}, manager=maria), by=DESK)
    assert opened.manager_id is not None  # noqa: S101  # asked for
    for number in range(PEOPLE):
        somebody = NewUsername(f"u{number:03}", "a quick brown password", first_name="Ann", last_name=f"N{number}")
        access.execute(AddUsername(opened.tenant_id, somebody, Grant(levels={"claims": VIEW})), by=DESK)
    return opened.tenant_id, opened.manager_id


def statements(store: SQLAlchemyStore, ask: Callable[[], object]) -> int:
    """Return how many statements *ask* sends, beginnings and ends of transactions aside."""
    sent: list[str] = []

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    ask()
    sa.event.remove(store.engine, "before_cursor_execute", note)
    return sum(one.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) for one in sent)


def medians(*asks: Callable[[], object]) -> list[float]:
    """Return the microseconds of the processor that each takes at the median; all take turns."""
    took: list[list[float]] = [[] for _ in asks]
    for _ in range(ROUNDS):
        for ask, times in zip(asks, took, strict=True):
            began = time.thread_time()
            ask()
            times.append(time.thread_time() - began)
    return [statistics.median(times) * 1e6 for times in took]


def guarded(door: str, through: Callable[[], int], past: Callable[[], int], bare: Callable[[], object]) -> None:
    """Print what a guard adds to a request, beside the *bare* statement."""
    if (through(), past()) != (200, 200):
        raise AssertionError(door, through(), past())
    ours, without, floor = medians(through, past, bare)
    added = ours - without
    print(
        f"{door:<8} with its guard {ours:6.0f} us, without {without:6.0f} us, the bare statement {floor:5.0f} us:"
        f" added {added:5.0f} us, {added / floor:4.1f} x the statement"
    )


def on_flask(app: Flask, store: SQLAlchemyStore, tenant: TenantId, maria: PrincipalId) -> None:
    """Print what the guard of a Flask view adds."""

    @app.get("/plain/<tenant>")
    def plain(tenant: str) -> str:
        return tenant

    @app.get("/guarded/<tenant>")
    @requires("claims", "view")
    def closed(tenant: str) -> str:
        return tenant

    client = app.test_client()
    client.get("/access/")  # the session enters the tenant
    guarded(
        "Flask",
        lambda: client.get(f"/guarded/{tenant}").status_code,
        lambda: client.get(f"/plain/{tenant}").status_code,
        Floors(store).ask(ENTER, tenant=tenant, principal=maria),
    )
    print(f"{'':<8} in {statements(store, lambda: client.get(f'/guarded/{tenant}'))} statement")


def on_django(folder: Path) -> None:
    """Print what the guard of a Django view adds."""

    def plain(request: HttpRequest, tenant: str) -> HttpResponse:
        return HttpResponse(f"{request.user.is_authenticated} {tenant}")

    @requires_in_django("claims", "view")
    def closed(request: HttpRequest, tenant: str) -> HttpResponse:
        return HttpResponse(f"{request.user.is_authenticated} {tenant}")

    addresses = serving(path("plain/<tenant>", plain), path("guarded/<tenant>", closed))
    with as_default(in_file(folder / "django.db")) as alias, addresses:
        here = site()
        client = here.entered("jo", here.riverside)
        statement = (
            ENTER.format(p="tenantaccess_", join="group_concat").replace(":tenant", "%s").replace(":principal", "%s")
        )

        def bare() -> object:
            with connections[alias].cursor() as cursor:
                cursor.execute(statement, [here.riverside, here.jo])
                return cursor.fetchall()

        guarded(
            "Django",
            lambda: client.get(f"/guarded/{here.riverside}").status_code,
            lambda: client.get(f"/plain/{here.riverside}").status_code,
            bare,
        )
        with CaptureQueriesContext(connections[alias]) as with_it:
            client.get(f"/guarded/{here.riverside}")
        with CaptureQueriesContext(connections[alias]) as without:
            client.get(f"/plain/{here.riverside}")
        print(f"{'':<8} in {len(with_it) - len(without)} statement more, beginnings and ends of transactions included")


def rendered(app: Flask, store: SQLAlchemyStore, access: TenantAccess, tenant: TenantId, maria: PrincipalId) -> None:
    """Print what pages cost beside their bare templates."""
    portal = app.extensions["tenantaccess"].portal
    kept = Kept()
    kept.entered(access.contexts.enter(tenant, maria))
    for name in PAGES:
        request = PageRequest(
            "GET", f"/t/{tenant}/{name}".rstrip("/"), "/access", Visitor(maria, "maria"), kept, Csrf("csrf_token", "x")
        )
        page = portal.respond(request)
        if not isinstance(page, Page) or page.status != 200:
            raise AssertionError(name, page)

        def bare(page: Page = page) -> str:
            return render_template(f"tenantaccess/{page.template}", **page.context)

        def whole(request: PageRequest = request) -> str:
            made = portal.respond(request)
            return render_template(f"tenantaccess/{made.template}", **made.context)

        with app.test_request_context():
            ours, floor = quickest(whole), quickest(bare)
            print(
                f"{name or 'my access':<12}{ours:8.0f} us, its bare template {floor:8.0f} us: {ours / floor:4.1f} x,"
                f" {statements(store, whole)} statements, {len(bare()):,} characters"
            )


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        store = SQLAlchemyStore(f"sqlite:///{Path(folder) / 'doors.db'}")
        store.create_all()
        access = TenantAccess(store, CLINICS, hasher=QuickHasher())
        tenant, maria = filled(access)
        app = Flask(__name__)
        app.secret_key = access.entropy.token()
        settings = PortalSettings(sign_in="/sign-in")
        TenantAccessFlask(app, access, identity=Known(maria), settings=settings)
        on_flask(app, store, tenant, maria)
        on_django(Path(folder))
        rendered(app, store, access, tenant, maria)
        store.dispose()


if __name__ == "__main__":
    main()
