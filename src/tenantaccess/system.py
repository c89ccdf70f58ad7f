"""The machine: the one core module that reads its clock and randomness, and hashes passwords."""

import base64
import functools
import hashlib
import hmac
import importlib
import importlib.util
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

import attrs

from tenantaccess.errors import MisuseError
from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher, PasswordRules
from tenantaccess.rules import passwords


def _folded(passwords: Iterable[str]) -> frozenset[str]:
    return frozenset(one.casefold() for one in passwords)


@attrs.frozen
class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC)

    nanoseconds = staticmethod(time.time_ns)


@attrs.frozen
class SystemEntropy:
    """The operating system's random source."""

    def token(self) -> str:
        """Return 256 random bits as 64 hexadecimal digits."""
        return secrets.token_hex(32)


@functools.cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that come with the package because they are among the first to be tried, case-folded."""
    text = files("tenantaccess").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


@attrs.frozen
class UncommonPasswords(PasswordRules):
    """
    Refuses passwords that are common or to be expected, as NIST SP 800-63B asks.

    That is: one of a list that comes with the package, or of the host's; the username or the address, or hardly more
    than these; a few characters over and over; and neighbours in a row.

    Args:
        more: Further ones that are too common, such as the name of the product; case does not matter.
    """

    more: frozenset[str] = attrs.field(default=frozenset(), converter=_folded)

    def fault(self, password: Secret, names: Sequence[str]) -> str:
        """Return what is wrong with *password*; empty if nothing is."""
        return passwords.fault(password.reveal(), names, common_passwords() | self.more)


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
        Tell whether *password* made *stored*, with Argon2 too where its package is there; False for another make.

        One hash is computed whatever *stored* is, so that an unknown name takes as long as a wrong password.
        """
        if stored.startswith(ARGON2) and has_argon2():
            return _is_argon2_of(password, stored)
        parts = stored.split("$")
        if len(parts) != 6 or parts[0] != "scrypt":  # noqa: PLR2004  # the six parts that `hash` writes
            self._key(password, bytes(SALT_BYTES), self.n, self.r, self.p)
            return False
        try:
            salt, key = base64.b64decode(parts[4]), base64.b64decode(parts[5])
            n, r, p = (int(part) for part in parts[1:4])
            made = self._key(password, salt, n, r, p)
        except (ValueError, TypeError, OverflowError):
            return False
        return hmac.compare_digest(made, key)

    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* has these parameters."""
        return stored.startswith(f"scrypt${self.n}${self.r}${self.p}$")

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


ARGON2: Final = "$argon2"


def has_argon2() -> bool:
    """Tell whether the package behind the extra ``argon2`` is there."""
    return importlib.util.find_spec("argon2") is not None


def _argon2() -> Any:  # noqa: ANN401  # a package that may be absent, so it is imported where it is used
    return importlib.import_module("argon2")


def _is_argon2_of(password: Secret, stored: str) -> bool:
    argon2 = _argon2()
    try:
        return bool(argon2.PasswordHasher().verify(stored, password.reveal()))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@attrs.frozen
class Argon2Hasher:
    """
    Password hashing with Argon2id (RFC 9106), parameters inside the hash; needs the extra ``argon2``.

    It verifies what `ScryptHasher` made too, so that installing the extra later locks nobody out.

    Args:
        time_cost: Passes over the memory; the defaults are RFC 9106's for machines with less memory.
        memory_cost: In KiB.
        parallelism: Lanes.
    """

    time_cost: int = 3
    memory_cost: int = 64 * 1024
    parallelism: int = 4

    def __attrs_post_init__(self) -> None:
        if not has_argon2():
            raise MisuseError("install the extra `tenantaccess[argon2]`, or give another hasher")

    def hash(self, password: Secret) -> str:
        """Return ``$argon2id$…``."""
        return str(self._hasher().hash(password.reveal()))

    def verify(self, password: Secret, stored: str) -> bool:
        """
        Tell whether *password* made *stored*; False for a hash of another make.

        One hash is computed whatever *stored* is, so that an unknown name takes as long as a wrong password.
        """
        if stored.startswith(ARGON2):
            return _is_argon2_of(password, stored)
        if stored.startswith("scrypt$"):
            return ScryptHasher().verify(password, stored)
        self.hash(password)
        return False

    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* has these parameters."""
        try:
            return stored.startswith(ARGON2) and not self._hasher().check_needs_rehash(stored)
        except _argon2().exceptions.InvalidHashError:
            return False

    def _hasher(self) -> Any:  # noqa: ANN401  # of the package that may be absent
        return _argon2().PasswordHasher(self.time_cost, self.memory_cost, self.parallelism)


def default_hasher() -> PasswordHasher:
    """Return a hasher with Argon2id where its package is there, else with scrypt."""
    return Argon2Hasher() if has_argon2() else ScryptHasher()
