"""The one way to the hasher: passwords are prepared on it, so that every keyboard types the same one (RFC 8265)."""

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.model.principals import Secret, prepared
from tenantaccess.ports.world import PasswordHasher, PasswordRules


@attrs.frozen
class PreparingHasher(PasswordHasher):
    """
    The host's hasher, which is given prepared passwords only.

    What was typed is never tried beside its prepared form: one attempt computes one hash, whatever was typed.

    Args:
        inner: Hashes and verifies.
        rules: Judges what somebody chooses.
    """

    _inner: PasswordHasher
    _rules: PasswordRules

    def chosen(self, password: Secret, *names: str) -> str:
        """
        Return the hash of a password that somebody called one of *names* is to sign in with from now on.

        Raises:
            InvalidInputError: the host's rules find fault with it.
        """
        ready = prepared(password)
        fault = self._rules.fault(ready, [name for name in names if name])
        if fault:
            raise InvalidInputError("password", fault)
        return self._inner.hash(ready)

    def hash(self, password: Secret) -> str:
        """Return the hash of the prepared password."""
        return self._inner.hash(prepared(password))

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether the prepared password made *stored*."""
        return self._inner.verify(prepared(password), stored)

    def is_current(self, stored: str) -> bool:
        """As the host's hasher."""
        return self._inner.is_current(stored)
