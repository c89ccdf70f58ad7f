"""The extension: what a Flask application builds once."""

from collections.abc import Callable

from flask import Flask, Request

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.ids import TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.ports.world import Mailer
from tenantaccess.web.flask import config, switching
from tenantaccess.web.flask.answering import handle_errors
from tenantaccess.web.flask.commands import group
from tenantaccess.web.flask.identity import Identity
from tenantaccess.web.flask.installed import NAME, Installed, LanguageOf, OperatorOf, TenantOf
from tenantaccess.web.flask.pages import blueprint
from tenantaccess.web.flask.sign_ins import FlaskLogin, PlainSession
from tenantaccess.web.flask.signals import send_after_commit
from tenantaccess.web.portal import Portal, PortalSettings
from tenantaccess.web.portal.exchange import untranslated


def nobody(_: Request) -> Operator | None:
    """Return None: no request is an operator's unless the host says so."""
    return None


def not_said(_: Request) -> TenantId | None:
    """Return None: only its address and the session say which tenant a request is about."""
    return None


def english(_: Request) -> tuple[str, Callable[[str], str]]:
    """Return English, in which everything is written."""
    return "en", untranslated


class TenantAccessFlask:
    """
    The library in a Flask application, or in several; it keeps nothing that belongs to one of them.

    Args:
        app: The application; None to call `init_app` later.
        access: The library, built once.
        identity: Who is signed in; Flask's own session by default.
        operator_of: As which operator a request acts; nobody by default.
        tenant_of: Which tenant a request is about, where its address does not say so: a name alone, which is judged
            as every other.
        language_of: In which language a request is answered: its code, and what translates a text; English by default.
        mailer: What takes mails; Flask-Mailman or Flask-Mail by default, whichever the application has.
        settings: What the pages say unless an application's configuration says otherwise.
    """

    def __init__(
        self,
        app: Flask | None = None,
        access: TenantAccess | None = None,
        *,
        identity: Identity | None = None,
        operator_of: OperatorOf = nobody,
        tenant_of: TenantOf = not_said,
        language_of: LanguageOf = english,
        mailer: Mailer | None = None,
        settings: PortalSettings | None = None,
    ) -> None:
        self.identity = identity or PlainSession()
        self.operator_of = operator_of
        self.tenant_of = tenant_of
        self.language_of = language_of
        self.mailer = mailer
        self.settings = settings or PortalSettings()
        if app is not None:
            self.init_app(app, access)

    def init_app(self, app: Flask, access: TenantAccess | None) -> None:
        """
        Mount the portal in *app* for *access*; once.

        Raises:
            MisuseError: no library, a second time, or nowhere for people to sign in.
            UnknownNameError: a setting ``TENANTACCESS_...`` that there is not.
            InvalidInputError: a setting of another type.
        """
        if access is None:
            raise MisuseError("give the TenantAccess that this application uses")
        if NAME in app.extensions:
            raise MisuseError("this application has the extension already")
        door, pages = config.read(app.config, self.settings)
        if door.register_portal and not pages.sign_in and isinstance(self.identity, FlaskLogin):
            raise MisuseError("say where people sign in: TENANTACCESS_SIGN_IN")
        portal = Portal(access, pages, lambda error: app.logger.error("tenantaccess: %s", error, exc_info=error))
        app.extensions[NAME] = Installed(
            access, portal, self.identity, self.operator_of, self.tenant_of, door, self.language_of, self.mailer
        )
        if door.register_portal:
            app.register_blueprint(blueprint(), url_prefix=door.url_prefix)
        app.add_template_global(switching.switcher, switching.GLOBAL)
        if door.handle_errors:
            handle_errors(app)
        app.cli.add_command(group())
        send_after_commit(app, access)
