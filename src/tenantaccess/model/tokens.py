"""A token: the right to one step, once; only the digest of what was handed out is kept (INV-30)."""

import enum
from datetime import datetime

import attrs

from tenantaccess.ids import InvitationId, PrincipalId, TenantId


class TokenPurpose(enum.Enum):
    """What a token may be used for, and nothing else."""

    REGISTRATION = "registration"
    INVITATION = "invitation"
    RESET = "reset"
    EMAIL = "email"
    """To verify an address that a person entered."""
    OFFER = "offer"
    """What proving another username's credentials brought; never mailed."""


@attrs.frozen
class Token:
    """
    One secret that was handed out, as its digest, with the numbers it dies with.

    Args:
        digest: SHA-256 of the secret, in hexadecimal digits.
        purpose: The one step it allows.
        slot: Of the tokens of one purpose and slot only the newest is alive.
        expires_at: Not usable at this moment or later.
        tenant: In which tenant; None if in none.
        principal: For whom; of an offer, who may join.
        invitation: Which invitation it accepts or declines.
        proven: Of an offer: whose credentials were proven.
        incarnation: For which presence.
        access_epoch: Dead once the membership's has risen; of an offer, the principal's who may join (INV-21).
        proof_epoch: Dead once the principal's has risen, which suspending does for good; of an offer, the proven one's.
        password_epoch: Dead once the principal's has risen; of an offer, the proven one's.
        email_key: The address it was mailed to; dead once the person has another.
    """

    digest: str = attrs.field(repr=False)
    purpose: TokenPurpose
    slot: str
    expires_at: datetime
    tenant: TenantId | None = None
    principal: PrincipalId | None = None
    invitation: InvitationId | None = None
    proven: PrincipalId | None = None
    incarnation: int = 0
    access_epoch: int = 0
    proof_epoch: int = 0
    password_epoch: int = 0
    email_key: str = attrs.field(default="", repr=False)
