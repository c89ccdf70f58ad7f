"""
The door to Flask: ``TenantAccessFlask(app, access)`` mounts the portal, guards views and answers what is refused.

It keeps nothing but what belongs to one application, in ``app.extensions["tenantaccess"]``.
"""

from tenantaccess.web.flask.extension import TenantAccessFlask
from tenantaccess.web.flask.identity import Identity, PlainSession

__all__ = ["Identity", "PlainSession", "TenantAccessFlask"]
