"""
Access control for applications whose people work in many tenants.

The front door: names are loaded on first use, so that importing the package costs little and loads nothing
optional. Commands are in `tenantaccess.commands`, stores in `tenantaccess.stores`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenantaccess.assembly import TenantAccess
    from tenantaccess.errors import (
        AccessDeniedError,
        ClockError,
        ConflictError,
        CopyDeniedError,
        DeliveryError,
        ForeignRowError,
        GrantRefusedError,
        IllegalTransitionError,
        InvalidInputError,
        LastManagerError,
        MisuseError,
        NotFoundError,
        OutageError,
        ProofRefusedError,
        RefusedError,
        StoreError,
        TakenError,
        TenantAccessError,
        TooManyAttemptsError,
        UnknownNameError,
        UnreadableRowError,
    )
    from tenantaccess.ids import CopyJobId, InvitationId, NoticeId, PrincipalId, TenantId
    from tenantaccess.model.actors import Operator, System
    from tenantaccess.model.adoption import AdoptionProblem, AdoptionReport, Known, NewPerson
    from tenantaccess.model.audit import Event
    from tenantaccess.model.catalog import (
        ACCOUNT_MANAGER,
        Catalog,
        ExternalIdScheme,
        ReferenceSet,
        Resource,
        Role,
        Segment,
    )
    from tenantaccess.model.contexts import (
        AccessContext,
        Obstacle,
        OwnAccess,
        OwnAccount,
        Session,
        TenantEntry,
        TenantPage,
    )
    from tenantaccess.model.copying import CopyJob, CopyPlan, OnConflict, Selection, Verdict
    from tenantaccess.model.decisions import Decision, Reason
    from tenantaccess.model.directory import DirectoryPage, DirectoryRow, MemberSort
    from tenantaccess.model.invitations import Invitation, InvitationState
    from tenantaccess.model.levels import FULL, NONE, VIEW, AccessLevel, Ladder
    from tenantaccess.model.members import Contact, DisableReason, Membership, Origin, Status
    from tenantaccess.model.notices import Message
    from tenantaccess.model.policy import (
        AfterEnable,
        AfterPasswordChange,
        GrantCeiling,
        Linking,
        LinkingPassword,
        Policy,
    )
    from tenantaccess.model.principals import NewUsername, Principal, Secret
    from tenantaccess.model.privileges import Edit, Grant, Matrix
    from tenantaccess.model.records import ReferenceRecord
    from tenantaccess.model.tenants import Tenant, TenantState
    from tenantaccess.services.adoption_files import AdoptionRow

_HOMES = {
    "assembly": ("TenantAccess",),
    "errors": (
        "AccessDeniedError",
        "ClockError",
        "ConflictError",
        "CopyDeniedError",
        "DeliveryError",
        "ForeignRowError",
        "GrantRefusedError",
        "IllegalTransitionError",
        "InvalidInputError",
        "LastManagerError",
        "MisuseError",
        "NotFoundError",
        "OutageError",
        "ProofRefusedError",
        "RefusedError",
        "StoreError",
        "TakenError",
        "TenantAccessError",
        "TooManyAttemptsError",
        "UnknownNameError",
        "UnreadableRowError",
    ),
    "ids": ("CopyJobId", "InvitationId", "NoticeId", "PrincipalId", "TenantId"),
    "model.actors": ("Operator", "System"),
    "model.adoption": ("AdoptionProblem", "AdoptionReport", "Known", "NewPerson"),
    "model.audit": ("Event",),
    "model.catalog": (
        "ACCOUNT_MANAGER",
        "Catalog",
        "ExternalIdScheme",
        "ReferenceSet",
        "Resource",
        "Role",
        "Segment",
    ),
    "model.contexts": (
        "AccessContext",
        "Obstacle",
        "OwnAccess",
        "OwnAccount",
        "Session",
        "TenantEntry",
        "TenantPage",
    ),
    "model.copying": ("CopyJob", "CopyPlan", "OnConflict", "Selection", "Verdict"),
    "model.decisions": ("Decision", "Reason"),
    "model.directory": ("DirectoryPage", "DirectoryRow", "MemberSort"),
    "model.invitations": ("Invitation", "InvitationState"),
    "model.levels": ("FULL", "NONE", "VIEW", "AccessLevel", "Ladder"),
    "model.members": ("Contact", "DisableReason", "Membership", "Origin", "Status"),
    "model.notices": ("Message",),
    "model.policy": ("AfterEnable", "AfterPasswordChange", "GrantCeiling", "Linking", "LinkingPassword", "Policy"),
    "model.principals": ("NewUsername", "Principal", "Secret"),
    "model.privileges": ("Edit", "Grant", "Matrix"),
    "model.records": ("ReferenceRecord",),
    "model.tenants": ("Tenant", "TenantState"),
    "services.adoption_files": ("AdoptionRow",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ACCOUNT_MANAGER",
    "FULL",
    "NONE",
    "VIEW",
    "AccessContext",
    "AccessDeniedError",
    "AccessLevel",
    "AdoptionProblem",
    "AdoptionReport",
    "AdoptionRow",
    "AfterEnable",
    "AfterPasswordChange",
    "Catalog",
    "ClockError",
    "ConflictError",
    "Contact",
    "CopyDeniedError",
    "CopyJob",
    "CopyJobId",
    "CopyPlan",
    "Decision",
    "DeliveryError",
    "DirectoryPage",
    "DirectoryRow",
    "DisableReason",
    "Edit",
    "Event",
    "ExternalIdScheme",
    "ForeignRowError",
    "Grant",
    "GrantCeiling",
    "GrantRefusedError",
    "IllegalTransitionError",
    "InvalidInputError",
    "Invitation",
    "InvitationId",
    "InvitationState",
    "Known",
    "Ladder",
    "LastManagerError",
    "Linking",
    "LinkingPassword",
    "Matrix",
    "MemberSort",
    "Membership",
    "Message",
    "MisuseError",
    "NewPerson",
    "NewUsername",
    "NotFoundError",
    "NoticeId",
    "Obstacle",
    "OnConflict",
    "Operator",
    "Origin",
    "OutageError",
    "OwnAccess",
    "OwnAccount",
    "Policy",
    "Principal",
    "PrincipalId",
    "ProofRefusedError",
    "Reason",
    "ReferenceRecord",
    "ReferenceSet",
    "RefusedError",
    "Resource",
    "Role",
    "Secret",
    "Segment",
    "Selection",
    "Session",
    "Status",
    "StoreError",
    "System",
    "TakenError",
    "Tenant",
    "TenantAccess",
    "TenantAccessError",
    "TenantEntry",
    "TenantId",
    "TenantPage",
    "TenantState",
    "TooManyAttemptsError",
    "UnknownNameError",
    "UnreadableRowError",
    "Verdict",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # a module holds anything
    """Load a public name from where it lives, on first use (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
