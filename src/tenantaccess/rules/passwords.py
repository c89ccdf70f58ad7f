"""What does a new password change?"""

from datetime import datetime

import attrs

from tenantaccess.model.principals import PASSWORD_CHANGES, PasswordChoice, Principal
from tenantaccess.model.tokens import Token


def chosen(before: Principal, now: datetime) -> Principal:
    """
    Return *before* with a password of its own, its sessions ended (INV-21).

    The moment is remembered: grace runs from such moments (MC-03).
    """
    return attrs.evolve(
        before,
        password_choice=PasswordChoice.OWN,
        chosen_in=None,
        password_epoch=before.password_epoch + 1,
        access_epoch=before.access_epoch + 1,
        password_changes=(*before.password_changes, now)[-PASSWORD_CHANGES:],
    )


def may_reset(token: Token, principal: Principal) -> bool:
    """Tell whether the person and the numbers that *token* was minted with are as they were (INV-21, INV-30)."""
    return (
        principal.suspended_at is None
        and token.password_epoch == principal.password_epoch
        and token.proof_epoch == principal.proof_epoch
        and token.email_key == principal.email_key
    )
