"""The Django app: ``tenantaccess.web.django`` in ``INSTALLED_APPS``; ``TENANTACCESS`` says what you want of it."""

from tenantaccess.web.django.conf import access
from tenantaccess.web.django.current import CurrentAccess, access_of, current_access
from tenantaccess.web.django.guards import InTenant, RequiresAccess, in_reach, in_tenant, requires

__all__ = [
    "CurrentAccess",
    "InTenant",
    "RequiresAccess",
    "access",
    "access_of",
    "current_access",
    "in_reach",
    "in_tenant",
    "requires",
]
