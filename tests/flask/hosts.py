"""An application with a few views of its own, and somebody who visits it."""

import re
from typing import Any

import attrs
from flask import Flask
from flask.testing import FlaskClient
from tests.web.raised import RAISED
from werkzeug.test import TestResponse

from tenantaccess import TenantId
from tenantaccess.testing.builders import PASSWORD
from tenantaccess.web.flask import current_access, current_tenant, enter_tenant, require_access, requires

PROGRAM = {"Accept": "application/json"}


def application(**config: Any) -> Flask:
    """Return an application that knows nothing of the library but its guards."""
    app = Flask(__name__)
    app.config.update({"SECRET_KEY": "a key that signs", "TESTING": True, **config})

    @app.get("/claims")
    @requires("claims", "view")
    def claims() -> str:
        return f"claims of {current_tenant}"

    @app.route("/practices/<tenant_id>/claims", methods=["GET", "POST"])
    @requires("claims", "submit")
    async def submit(tenant_id: str) -> str:
        return f"submitted in {tenant_id} by {current_access.principal}"

    @app.get("/p/<tenant>")
    def practice(tenant: str) -> str:
        return f"{tenant}: {bool(current_access)} {bool(current_tenant)}"

    @app.get("/where")
    def where() -> str:
        return str(current_tenant) if current_tenant else "nowhere"

    @app.post("/choose/<to>")
    def choose(to: str) -> str:
        before = bool(current_access)
        entered = enter_tenant(TenantId(to), "medicaid")
        return f"{before} {entered.segment} {bool(current_access)}"

    @app.post("/raising/<what>")
    def raising(what: str) -> str:
        raise RAISED[what].error

    @app.get("/typo")
    def typo() -> str:
        require_access("claims", "vieww")
        return "never"

    return app


@attrs.frozen
class Person:
    """
    Somebody with a browser.

    Args:
        client: What they visit with.
    """

    client: FlaskClient

    def sign_in(self, username: str, password: str = PASSWORD) -> TestResponse:
        """Sign in on the portal's page."""
        return self.send("/access/sign-in", "/access/sign-in", username=username, password=password)

    def enter(self, tenant: TenantId) -> TestResponse:
        """Choose *tenant* in the list."""
        return self.send("/access/tenants", "/access/switch", tenant=tenant)

    def send(self, page: str, to: str, **fields: str) -> TestResponse:
        """Send *fields* with the token of the form on *page*."""
        return self.client.post(to, data={**fields, "csrf_token": token_of(self.client.get(page))})


def token_of(page: TestResponse) -> str:
    """Return the token that the forms on *page* carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]
