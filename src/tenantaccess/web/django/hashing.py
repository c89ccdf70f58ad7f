"""Passwords as the host's own settings hash them."""

from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher, make_password

from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher


class DjangoHasher(PasswordHasher):
    """Hashes with the first of ``PASSWORD_HASHERS`` and verifies with any of them."""

    def hash(self, password: Secret) -> str:
        """Return a salted hash of *password*."""
        return make_password(password.reveal())

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether *password* made *stored*; a hash of an unknown kind is made by none."""
        return check_password(password.reveal(), stored)

    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* is as the settings would have it."""
        try:
            made_by = identify_hasher(stored)
        except ValueError:
            return False
        preferred = get_hasher()
        return made_by.algorithm == preferred.algorithm and not preferred.must_update(stored)
