"""
The commands, as values: what is asked, never who asks or when.

A command that creates a tenant or a principal carries the new name. `override` is the
operator's way past the rule of the last manager (`LastManager.OVERRIDE`).
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from .commands_of_people import CommandOfPeople
from .facts import TokenName
from .world import Levels

Actor = tuple[str, ...]
"""("member", principal), ("operator", ...), ("system",) or ("public",)."""


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """Open *tenant*, with *manager* as its first manager unless None."""

    name: ClassVar[str] = "open_tenant"
    tenant: str
    external_ids: tuple[tuple[str, str], ...] = ()
    segments: tuple[str, ...] = ()
    manager: str | None = None
    manager_is_new: bool = False


@dataclass(frozen=True, slots=True)
class SuspendTenant:
    """Make every access to *tenant* wait."""

    name: ClassVar[str] = "suspend_tenant"
    tenant: str


@dataclass(frozen=True, slots=True)
class ReopenTenant:
    """End a suspension."""

    name: ClassVar[str] = "reopen_tenant"
    tenant: str


@dataclass(frozen=True, slots=True)
class CloseTenant:
    """Close *tenant* for good."""

    name: ClassVar[str] = "close_tenant"
    tenant: str


@dataclass(frozen=True, slots=True)
class AppointManager:
    """Make an existing principal an active holder of the built-in role."""

    name: ClassVar[str] = "appoint_manager"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class AddUsername:
    """Create the principal *member* and admit it at once."""

    name: ClassVar[str] = "add_username"
    tenant: str
    member: str
    contact: tuple[str, str, str, str] = ("", "", "", "")
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestAccess:
    """Ask to be let in: a newcomer under *username*, or (None) the acting principal."""

    name: ClassVar[str] = "request_access"
    tenant: str
    username: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Approve:
    """Admit a request; None and empty say nothing."""

    name: ClassVar[str] = "approve"
    tenant: str
    member: str
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Turn a request down."""

    name: ClassVar[str] = "reject"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class SendRegistration:
    """Have the registration mail sent again."""

    name: ClassVar[str] = "send_registration"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Deliver the queued registration notices, minting their tokens."""

    name: ClassVar[str] = "deliver"


@dataclass(frozen=True, slots=True)
class Complete:
    """Complete a registration with the token of that name."""

    name: ClassVar[str] = "complete"
    token: TokenName


@dataclass(frozen=True, slots=True)
class Disable:
    """End an access, now or at a moment to come."""

    name: ClassVar[str] = "disable"
    tenant: str
    member: str
    reason: str = "other"
    at: int | None = None
    override: bool = False


@dataclass(frozen=True, slots=True)
class Enable:
    """Lead a disabled or stale row back."""

    name: ClassVar[str] = "enable"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class SetDates:
    """Replace both dates."""

    name: ClassVar[str] = "set_dates"
    tenant: str
    member: str
    valid_from: int | None = None
    valid_until: int | None = None
    override: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave a tenant."""

    name: ClassVar[str] = "leave"
    tenant: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a row."""

    name: ClassVar[str] = "remove"
    tenant: str
    member: str
    override: bool = False


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Give a role, or take it (None); overrides stay."""

    name: ClassVar[str] = "assign_role"
    tenant: str
    member: str
    role: str | None = None
    override: bool = False


class Edit(NamedTuple):
    """One cell of the matrix: what the editor saw (level, explicit) and what it shall be."""

    member: str
    resource: str
    seen: tuple[int, bool] | None
    level: int | None


@dataclass(frozen=True, slots=True)
class ChangePrivileges:
    """Edit cells of the matrix, all or none."""

    name: ClassVar[str] = "change_privileges"
    tenant: str
    edits: tuple[Edit, ...]
    override: bool = False


@dataclass(frozen=True, slots=True)
class LimitSegments:
    """Limit a row to segments; none means all."""

    name: ClassVar[str] = "limit_segments"
    tenant: str
    member: str
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateContact:
    """Replace the contact profile (first, last, e-mail, phone)."""

    name: ClassVar[str] = "update_contact"
    tenant: str
    member: str
    contact: tuple[str, str, str, str] = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class AddRole:
    """Define a role."""

    name: ClassVar[str] = "add_role"
    tenant: str
    key: str
    levels: Levels = ()


@dataclass(frozen=True, slots=True)
class EditRole:
    """Change the named levels of a role, for all its holders at once."""

    name: ClassVar[str] = "edit_role"
    tenant: str
    key: str
    levels: Levels = ()
    override: bool = False


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """Remove a role nobody holds."""

    name: ClassVar[str] = "remove_role"
    tenant: str
    key: str


@dataclass(frozen=True, slots=True)
class ApplyPreset:
    """Bring a role to what the catalog says; adds it where there is none."""

    name: ClassVar[str] = "apply_preset"
    tenant: str
    key: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take over *member* from an earlier system: a new one with *email* as it was known there, or an existing one."""

    name: ClassVar[str] = "adopt"
    tenant: str
    member: str
    is_new: bool = False
    email: str | None = None
    verified: bool = False
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddService:
    """Create the service *member* and admit it at once."""

    name: ClassVar[str] = "add_service"
    tenant: str
    member: str
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasePrincipal:
    """Forget a principal; `override` names the tenants that may be orphaned."""

    name: ClassVar[str] = "erase_principal"
    principal: str
    override: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuspendPrincipal:
    """Suspend a principal everywhere; `override` names the tenants that may be orphaned."""

    name: ClassVar[str] = "suspend_principal"
    principal: str
    override: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReinstatePrincipal:
    """End a principal's suspension."""

    name: ClassVar[str] = "reinstate_principal"
    principal: str


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change one's own password; *correct* tells whether the current one was given."""

    name: ClassVar[str] = "change_password"
    correct: bool = True


@dataclass(frozen=True, slots=True)
class Touch:
    """Use an action oneself: a check that counts as activity when it succeeds."""

    name: ClassVar[str] = "touch"
    tenant: str
    resource: str
    action: str
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """Tell about lapsed rows and those about to lapse."""

    name: ClassVar[str] = "sweep"


Command = (
    OpenTenant
    | SuspendTenant
    | ReopenTenant
    | CloseTenant
    | AppointManager
    | AddUsername
    | RequestAccess
    | Approve
    | Reject
    | SendRegistration
    | Deliver
    | Complete
    | Disable
    | Enable
    | SetDates
    | Leave
    | Remove
    | AssignRole
    | ChangePrivileges
    | LimitSegments
    | UpdateContact
    | AddRole
    | EditRole
    | RemoveRole
    | ApplyPreset
    | AddService
    | Adopt
    | ErasePrincipal
    | SuspendPrincipal
    | ReinstatePrincipal
    | ChangePassword
    | Touch
    | Sweep
    | CommandOfPeople
)
