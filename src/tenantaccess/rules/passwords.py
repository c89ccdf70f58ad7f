"""What does a new password change?"""

from datetime import datetime

import attrs

from tenantaccess.model.principals import PASSWORD_CHANGES, PasswordChoice, Principal


def chosen(before: Principal, now: datetime) -> Principal:
    """Return *before* with a password of its own, and the moment remembered: grace runs from such moments (MC-03)."""
    return attrs.evolve(
        before,
        password_choice=PasswordChoice.OWN,
        chosen_in=None,
        password_epoch=before.password_epoch + 1,
        password_changes=(*before.password_changes, now)[-PASSWORD_CHANGES:],
    )
