"""An invitation: what an address is offered in one tenant, by whom, until when (INV-32)."""

import enum
from datetime import datetime

import attrs

from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model import names
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.privileges import NOTHING, Grant


class InvitationState(enum.Enum):
    """What became of an invitation; that one has expired is derived, never stored."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    """Taken back, or replaced by a newer one to the same address."""
    VOID = "void"
    """Its sender lost the right to invite, whom it went to was shut out, or the tenant was shut: for good (MC-12)."""


@attrs.frozen
class Invitation:
    """
    One invitation: facts only.

    Args:
        id: Random, never reused; alone it opens nothing.
        tenant: Where.
        email: To which address, as written; compared by `email_key`.
        grant: What whoever accepts is to hold, cut then to what the inviter still holds.
        inviter: Who stands for it: whoever sent it last.
        created_at: When it was made.
        sent_at: When it was sent last.
        expires_at: Not acceptable at this moment or later.
        state: What became of it.
        first_name: For the roster.
        last_name: For the roster.
        sends: How many times it was sent.
    """

    id: InvitationId
    tenant: TenantId
    email: str = attrs.field(repr=False)
    inviter: Actor
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    grant: Grant = NOTHING
    state: InvitationState = InvitationState.OPEN
    first_name: str = attrs.field(default="", repr=False)
    last_name: str = attrs.field(default="", repr=False)
    sends: int = 1

    @property
    def email_key(self) -> str:
        """What addresses are compared by; empty if the address was erased."""
        return names.email_key(self.email) if self.email else ""

    @property
    def sender(self) -> PrincipalId | None:
        """The member who stands for it; None if it is the operator."""
        return PrincipalId(self.inviter.id) if self.inviter.kind is ActorKind.MEMBER else None
