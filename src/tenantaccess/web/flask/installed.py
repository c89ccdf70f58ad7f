"""What one application has: found through the application, never through the extension."""

from collections.abc import Callable
from typing import Final

import attrs
from flask import Request, current_app

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.model.actors import Operator
from tenantaccess.web.flask.identity import Identity
from tenantaccess.web.portal import Portal

NAME: Final = "tenantaccess"
OperatorOf = Callable[[Request], Operator | None]


@attrs.frozen(eq=False)
class Installed:
    """
    What one application has.

    Args:
        access: The library.
        portal: Its pages.
        identity: Who is signed in.
        operator_of: As which operator a request acts.
    """

    access: TenantAccess
    portal: Portal
    identity: Identity
    operator_of: OperatorOf


def installed() -> Installed:
    """Return what the current application has."""
    found = current_app.extensions.get(NAME)
    if not isinstance(found, Installed):
        raise MisuseError("call TenantAccessFlask.init_app on this application first")
    return found
