"""
What a door adds: a guarded view beside the same view without its guard, and a page of 50 beside its bare template.

    python benchmarks/doors.py

A guarded request resolves who is signed in, enters the tenant and checks; the page asks, judges and renders. Both run
in this process, without a server, on SQLite in a file.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from flask import Flask, render_template

from tenantaccess import VIEW, Grant, NewUsername, Operator, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import AddUsername, OpenTenant
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS
from tenantaccess.testing.doubles import QuickHasher
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


def guarded(app: Flask, store: SQLAlchemyStore, tenant: TenantId) -> None:
    """Print what a guard adds to a request."""

    @app.get("/plain/<tenant>")
    def plain(tenant: str) -> str:
        return tenant

    @app.get("/guarded/<tenant>")
    @requires("claims", "view")
    def closed(tenant: str) -> str:
        return tenant

    client = app.test_client()

    def through() -> int:
        return client.get(f"/guarded/{tenant}").status_code

    def past() -> int:
        return client.get(f"/plain/{tenant}").status_code

    client.get("/access/")  # the session enters the tenant
    if (through(), past()) != (200, 200):
        raise AssertionError(through(), past())
    ours, floor = quickest(through), quickest(past)
    print(
        f"a guarded view {ours:8.0f} us, without its guard {floor:8.0f} us: {ours - floor:.0f} us more,"
        f" {statements(store, through)} statement"
    )


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
        guarded(app, store, tenant)
        rendered(app, store, access, tenant, maria)
        store.dispose()


if __name__ == "__main__":
    main()
