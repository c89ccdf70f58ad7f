"""The extension: what a Flask application builds once."""

from flask import Flask, Request

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.model.actors import Operator
from tenantaccess.web.flask.identity import Identity, PlainSession
from tenantaccess.web.flask.installed import NAME, Installed, OperatorOf
from tenantaccess.web.flask.pages import blueprint
from tenantaccess.web.portal import Portal, PortalSettings


def nobody(_: Request) -> Operator | None:
    """Return None: no request is an operator's unless the host says so."""
    return None


class TenantAccessFlask:
    """
    The library in a Flask application, or in several.

    Args:
        app: The application; None to call `init_app` later.
        access: The library, built once.
        identity: Who is signed in; Flask's own session by default.
        operator_of: As which operator a request acts; nobody by default.
        settings: What the host says about the portal.
    """

    def __init__(
        self,
        app: Flask | None = None,
        access: TenantAccess | None = None,
        *,
        identity: Identity | None = None,
        operator_of: OperatorOf = nobody,
        settings: PortalSettings | None = None,
    ) -> None:
        self.identity = identity or PlainSession()
        self.operator_of = operator_of
        self.settings = settings or PortalSettings()
        if app is not None:
            self.init_app(app, access)

    def init_app(self, app: Flask, access: TenantAccess | None) -> None:
        """Mount the portal in *app* for *access*; once."""
        if access is None:
            raise MisuseError("give the TenantAccess that this application uses")
        if NAME in app.extensions:
            raise MisuseError("this application has the extension already")
        app.extensions[NAME] = Installed(access, Portal(access, self.settings), self.identity, self.operator_of)
        app.register_blueprint(blueprint(), url_prefix=app.config.setdefault("TENANTACCESS_URL_PREFIX", "/access"))
