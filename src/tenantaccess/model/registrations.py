"""A token: the right to one step, once; only the digest of what was mailed is kept (INV-30)."""

import enum
from datetime import datetime

import attrs

from tenantaccess.ids import PrincipalId, TenantId


class TokenPurpose(enum.Enum):
    """What a token may be used for, and nothing else."""

    REGISTRATION = "registration"


@attrs.frozen
class Token:
    """
    One mailed secret, as its digest.

    Args:
        digest: SHA-256 of the secret, in hexadecimal digits.
        purpose: The one step it allows.
        tenant: In which tenant.
        principal: For whom.
        incarnation: For which presence.
        access_epoch: Dead once the membership's has risen (INV-21).
        email_key: The address it was mailed to; dead once the person has another.
        expires_at: Not usable at this moment or later.
    """

    digest: str = attrs.field(repr=False)
    purpose: TokenPurpose
    tenant: TenantId
    principal: PrincipalId
    incarnation: int
    access_epoch: int
    email_key: str = attrs.field(repr=False)
    expires_at: datetime
