"""Every command, in one place to import from."""

from tenantaccess.services.addresses import ChangeEmail, VerifyEmail
from tenantaccess.services.adopting import Adopt, Adopted
from tenantaccess.services.command import Done, LastManager
from tenantaccess.services.copy_commands import CancelCopy, CopyRecords, CopyStarted
from tenantaccess.services.erasure import ErasePrincipal
from tenantaccess.services.invitation_answers import Accepted, AcceptInvitation, DeclineInvitation
from tenantaccess.services.invitations import Invite, Invited, ResendInvitation, RevokeInvitation
from tenantaccess.services.joining import JoinLink, RequestLink
from tenantaccess.services.links import AcceptLink, ChangeLinking, ConfirmLink, Unlink
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
from tenantaccess.services.passwords import (
    ChangePassword,
    PasswordChanged,
    RequestPasswordReset,
    ResetPassword,
    SendPasswordReset,
    SignOutEverywhere,
)
from tenantaccess.services.principals import ReinstatePrincipal, SuspendPrincipal
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
from tenantaccess.services.service_principals import AddService
from tenantaccess.services.tenants import (
    AppointManager,
    CloseTenant,
    Opened,
    OpenTenant,
    ReopenTenant,
    SuspendTenant,
)

__all__ = [
    "AcceptInvitation",
    "AcceptLink",
    "Accepted",
    "AddRole",
    "AddService",
    "AddUsername",
    "Added",
    "Adopt",
    "Adopted",
    "ApplyPreset",
    "AppointManager",
    "Approve",
    "AssignRole",
    "CancelCopy",
    "ChangeEmail",
    "ChangeLinking",
    "ChangePassword",
    "ChangePrivileges",
    "CloseTenant",
    "CompleteRegistration",
    "ConfirmLink",
    "CopyRecords",
    "CopyStarted",
    "DeclineInvitation",
    "Disable",
    "Done",
    "EditRole",
    "Enable",
    "ErasePrincipal",
    "ExternalId",
    "Invite",
    "Invited",
    "JoinLink",
    "LastManager",
    "Leave",
    "LimitSegments",
    "OpenTenant",
    "Opened",
    "PasswordChanged",
    "Receipt",
    "ReinstatePrincipal",
    "Reject",
    "Remove",
    "RemoveRole",
    "ReopenTenant",
    "RequestAccess",
    "RequestLink",
    "RequestPasswordReset",
    "ResendInvitation",
    "ResetPassword",
    "RevokeInvitation",
    "SendPasswordReset",
    "SendRegistration",
    "SetDates",
    "SignOutEverywhere",
    "SuspendPrincipal",
    "SuspendTenant",
    "Unlink",
    "UpdateContact",
    "VerifyEmail",
]
