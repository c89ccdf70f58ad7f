"""
The commands of links, invitations, passwords and contexts, as values.

What a mail or a proof brought is an input: a token by its name, an offer as it was made.
"""

from dataclasses import dataclass
from typing import ClassVar

from .facts import Offer, Slot, Ticket
from .world import Levels


@dataclass(frozen=True, slots=True)
class Prove:
    """Prove another username's credentials; *correct* tells whether the password was its own."""

    name: ClassVar[str] = "prove"
    principal: str
    correct: bool = True


@dataclass(frozen=True, slots=True)
class JoinLink:
    """Join the tenants named with what an offer proved, all or none."""

    name: ClassVar[str] = "join_link"
    tenants: tuple[str, ...]
    offer: Offer


@dataclass(frozen=True, slots=True)
class RequestLink:
    """Ask for a link without proof."""

    name: ClassVar[str] = "request_link"
    tenant: str


@dataclass(frozen=True, slots=True)
class AcceptLink:
    """Admit a link that waits: as proven, or (asked without proof) with a role or levels."""

    name: ClassVar[str] = "accept_link"
    tenant: str
    member: str
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmLink:
    """Let a link stand alone with the levels it has."""

    name: ClassVar[str] = "confirm_link"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """End a link."""

    name: ClassVar[str] = "unlink"
    tenant: str
    member: str
    override: bool = False


@dataclass(frozen=True, slots=True)
class ChangeLinking:
    """Choose how a tenant lets others join."""

    name: ClassVar[str] = "change_linking"
    tenant: str
    linking: str


@dataclass(frozen=True, slots=True)
class Invite:
    """Invite whoever has an address; *invitation* is the new name."""

    name: ClassVar[str] = "invite"
    tenant: str
    invitation: str
    email: str
    role: str | None = None
    levels: Levels = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResendInvitation:
    """Send an invitation again, as one's own."""

    name: ClassVar[str] = "resend_invitation"
    tenant: str
    invitation: str


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Take an invitation back."""

    name: ClassVar[str] = "revoke_invitation"
    tenant: str
    invitation: str


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Accept, as the acting principal or (public) as the newcomer *username*."""

    name: ClassVar[str] = "accept_invitation"
    slot: Slot
    serial: int
    username: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    """Turn an invitation down."""

    name: ClassVar[str] = "decline_invitation"
    slot: Slot
    serial: int


@dataclass(frozen=True, slots=True)
class SendPasswordReset:
    """Have a member mailed a way to a new password."""

    name: ClassVar[str] = "send_password_reset"
    tenant: str
    member: str


@dataclass(frozen=True, slots=True)
class RequestPasswordReset:
    """Ask, from outside, to be mailed a way to a new password."""

    name: ClassVar[str] = "request_password_reset"
    principal: str


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Choose a new password with a mailed secret."""

    name: ClassVar[str] = "reset_password"
    slot: Slot
    serial: int


@dataclass(frozen=True, slots=True)
class SignOutEverywhere:
    """End every session of one's own."""

    name: ClassVar[str] = "sign_out_everywhere"


@dataclass(frozen=True, slots=True)
class ChangeEmail:
    """Replace one's own address."""

    name: ClassVar[str] = "change_email"
    email: str


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """Show with a mailed secret that an address is one's own."""

    name: ClassVar[str] = "verify_email"
    slot: Slot
    serial: int


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter a tenant, in one segment or in all."""

    name: ClassVar[str] = "enter"
    tenant: str
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on where a session entered."""

    name: ClassVar[str] = "resume"
    ticket: Ticket


CommandOfPeople = (
    Prove
    | JoinLink
    | RequestLink
    | AcceptLink
    | ConfirmLink
    | Unlink
    | ChangeLinking
    | Invite
    | ResendInvitation
    | RevokeInvitation
    | AcceptInvitation
    | DeclineInvitation
    | SendPasswordReset
    | RequestPasswordReset
    | ResetPassword
    | SignOutEverywhere
    | ChangeEmail
    | VerifyEmail
    | Enter
    | Resume
)
