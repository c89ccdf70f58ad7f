"""
The door to Flask: ``TenantAccessFlask(app, access)`` mounts the portal, guards views and answers what is refused.

It keeps nothing but what belongs to one application, in ``app.extensions["tenantaccess"]``.
"""

from tenantaccess.web.flask.current import TenantNeededError, current_access, current_tenant, enter_tenant
from tenantaccess.web.flask.extension import TenantAccessFlask
from tenantaccess.web.flask.guards import require_access, requires
from tenantaccess.web.flask.identity import Identity
from tenantaccess.web.flask.installed import Installed, installed
from tenantaccess.web.flask.mailing import FlaskMailer, mailer
from tenantaccess.web.flask.sign_ins import FlaskLogin, FlaskSecurity, PlainSession
from tenantaccess.web.portal import NotEnteredError, PortalSettings, SignInNeededError

__all__ = [
    "FlaskLogin",
    "FlaskMailer",
    "FlaskSecurity",
    "Identity",
    "Installed",
    "NotEnteredError",
    "PlainSession",
    "PortalSettings",
    "SignInNeededError",
    "TenantAccessFlask",
    "TenantNeededError",
    "current_access",
    "current_tenant",
    "enter_tenant",
    "installed",
    "mailer",
    "require_access",
    "requires",
]
