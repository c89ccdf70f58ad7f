"""The machine: the one core module that reads its clock and randomness, and hashes passwords."""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Final

import attrs

from tenantaccess.model.principals import Secret


@attrs.frozen
class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC)


@attrs.frozen
class SystemEntropy:
    """The operating system's random source."""

    def token(self) -> str:
        """Return 256 random bits as 64 hexadecimal digits."""
        return secrets.token_hex(32)


SALT_BYTES: Final = 16
KEY_BYTES: Final = 32
MEMORY_FACTOR: Final = 132
"""OpenSSL's bound must lie above 128 * n * r bytes; a little is added for its own needs."""


@attrs.frozen
class ScryptHasher:
    """
    Password hashing with the standard library's scrypt (RFC 7914), parameters inside the hash.

    Args:
        n: Cost, a power of two; 2**15 with r=8 takes 32 MiB and about 0.1 to 0.2 s, OWASP's lesser setting times two.
        r: Block size.
        p: Parallel lanes.
    """

    n: int = 2**15
    r: int = 8
    p: int = 1

    def hash(self, password: Secret) -> str:
        """Return ``scrypt$n$r$p$salt$key``."""
        salt = secrets.token_bytes(SALT_BYTES)
        key = self._key(password, salt, self.n, self.r, self.p)
        texts = (base64.b64encode(part).decode() for part in (salt, key))
        return "$".join(("scrypt", str(self.n), str(self.r), str(self.p), *texts))

    def verify(self, password: Secret, stored: str) -> bool:
        """
        Tell whether *password* made *stored*; False for a hash of another make.

        One hash is computed whatever *stored* is, so that an unknown name takes as long as a wrong password.
        """
        parts = stored.split("$")
        if len(parts) != 6 or parts[0] != "scrypt":  # noqa: PLR2004  # the six parts that `hash` writes
            self._key(password, bytes(SALT_BYTES), self.n, self.r, self.p)
            return False
        try:
            salt, key = base64.b64decode(parts[4]), base64.b64decode(parts[5])
            n, r, p = (int(part) for part in parts[1:4])
        except ValueError:
            return False
        return hmac.compare_digest(self._key(password, salt, n, r, p), key)

    def _key(self, password: Secret, salt: bytes, n: int, r: int, p: int) -> bytes:
        return hashlib.scrypt(
            password.reveal().encode(),
            salt=salt,
            n=n,
            r=r,
            p=p,
            maxmem=MEMORY_FACTOR * n * r + 2**20,
            dklen=KEY_BYTES,
        )
