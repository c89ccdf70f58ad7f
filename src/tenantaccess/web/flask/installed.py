"""What one application has: found through the application, never through the extension."""

from collections.abc import Callable
from typing import Final

import attrs
from flask import Request, current_app, has_app_context

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.ids import TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.ports.world import Mailer
from tenantaccess.web.flask.config import Config
from tenantaccess.web.flask.identity import Identity
from tenantaccess.web.portal import Portal

NAME: Final = "tenantaccess"
OperatorOf = Callable[[Request], Operator | None]
TenantOf = Callable[[Request], TenantId | None]
LanguageOf = Callable[[Request], tuple[str, Callable[[str], str]]]
"""Returns the code of a language, and what translates a text into it."""


@attrs.frozen(eq=False)
class Installed:
    """
    What one application has.

    Args:
        access: The library.
        portal: Its pages, whether or not they are mounted.
        identity: Who is signed in.
        operator_of: As which operator a request acts.
        tenant_of: Which tenant a request is about, where its address does not say so.
        config: What the application says about its door.
        language_of: In which language a request is answered.
        mailer: What takes mails; None for the application's mail extension.
    """

    access: TenantAccess
    portal: Portal
    identity: Identity
    operator_of: OperatorOf
    tenant_of: TenantOf
    config: Config
    language_of: LanguageOf
    mailer: Mailer | None = None


def installed() -> Installed:
    """Return what the current application has."""
    found = current_app.extensions.get(NAME) if has_app_context() else None
    if not isinstance(found, Installed):
        raise MisuseError("call TenantAccessFlask.init_app on this application first, and be in its context")
    return found
