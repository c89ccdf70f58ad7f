"""Every command, in one place to import from."""

from tenantaccess.services.command import Done, LastManager
from tenantaccess.services.members import (
    Added,
    AddUsername,
    Disable,
    Enable,
    Leave,
    Remove,
    SetDates,
    UpdateContact,
)
from tenantaccess.services.principals import ChangePassword, ReinstatePrincipal, SuspendPrincipal
from tenantaccess.services.privileges import AssignRole, ChangePrivileges, LimitSegments
from tenantaccess.services.registrations import (
    Approve,
    CompleteRegistration,
    ExternalId,
    Receipt,
    Reject,
    RequestAccess,
    SendRegistration,
)
from tenantaccess.services.roles import AddRole, ApplyPreset, EditRole, RemoveRole
from tenantaccess.services.tenants import (
    AppointManager,
    CloseTenant,
    Opened,
    OpenTenant,
    ReopenTenant,
    SuspendTenant,
)

__all__ = [
    "AddRole",
    "AddUsername",
    "Added",
    "ApplyPreset",
    "AppointManager",
    "Approve",
    "AssignRole",
    "ChangePassword",
    "ChangePrivileges",
    "CloseTenant",
    "CompleteRegistration",
    "Disable",
    "Done",
    "EditRole",
    "Enable",
    "ExternalId",
    "LastManager",
    "Leave",
    "LimitSegments",
    "OpenTenant",
    "Opened",
    "Receipt",
    "ReinstatePrincipal",
    "Reject",
    "Remove",
    "RemoveRole",
    "ReopenTenant",
    "RequestAccess",
    "SendRegistration",
    "SetDates",
    "SuspendPrincipal",
    "SuspendTenant",
    "UpdateContact",
]
