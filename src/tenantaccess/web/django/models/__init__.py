"""The tables as Django's models: the same columns, keys and indexes as the library's own, to be read and migrated."""

from tenantaccess.web.django.models.copying import CopyJob, CopyJobTenant, Record, RecordSet
from tenantaccess.web.django.models.members import Invitation, Membership, Override, Role, RoleLevel
from tenantaccess.web.django.models.people import Attempt, Credential, Notice, Principal, Token
from tenantaccess.web.django.models.tenants import AccessLogEntry, Event, ExternalId, PrivatePart, Tenant

__all__ = [
    "AccessLogEntry",
    "Attempt",
    "CopyJob",
    "CopyJobTenant",
    "Credential",
    "Event",
    "ExternalId",
    "Invitation",
    "Membership",
    "Notice",
    "Override",
    "Principal",
    "PrivatePart",
    "Record",
    "RecordSet",
    "Role",
    "RoleLevel",
    "Tenant",
    "Token",
]
