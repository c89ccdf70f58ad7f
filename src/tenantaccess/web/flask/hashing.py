"""A hasher for hosts whose passwords Werkzeug hashed, as those of most Flask applications are."""

import attrs
from werkzeug.security import check_password_hash, generate_password_hash

from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher


@attrs.frozen
class WerkzeugHasher(PasswordHasher):
    """
    Hashes and verifies as ``werkzeug.security`` does.

    Args:
        method: How hashes are made; whatever was made otherwise is verified all the same, and renewed at a sign-in.
    """

    method: str = "scrypt"
    _nobodys: str = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_nobodys", generate_password_hash("", self.method))

    def hash(self, password: Secret) -> str:
        """Return a salted hash of *password*."""
        return generate_password_hash(password.reveal(), self.method)

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether *password* made *stored*; where nothing is stored it takes as long, and is never so."""
        try:
            return check_password_hash(stored or self._nobodys, password.reveal()) and stored != ""
        except ValueError:  # a method that Werkzeug has not, or no longer
            return False

    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* was made as `hash` makes them now."""
        return stored.partition("$")[0] == self._nobodys.partition("$")[0]
