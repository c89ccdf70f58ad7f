"""The one way to the hasher: passwords are prepared on it, so that every keyboard types the same one (RFC 8265)."""

import attrs

from tenantaccess.model.principals import Secret, prepared
from tenantaccess.ports.world import PasswordHasher


@attrs.frozen
class PreparingHasher(PasswordHasher):
    """
    The host's hasher, which is given prepared passwords only.

    What was typed is never tried beside its prepared form: one attempt computes one hash, whatever was typed.

    Args:
        inner: Hashes and verifies.
    """

    _inner: PasswordHasher

    def hash(self, password: Secret) -> str:
        """Return the hash of the prepared password."""
        return self._inner.hash(prepared(password))

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether the prepared password made *stored*."""
        return self._inner.verify(prepared(password), stored)

    def is_current(self, stored: str) -> bool:
        """As the host's hasher."""
        return self._inner.is_current(stored)
