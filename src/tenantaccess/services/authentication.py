"""Signing in: attempts first, then exactly one verification, then one answer for whatever was wrong."""

import attrs

from tenantaccess.errors import ConflictError, InvalidInputError, ProofRefusedError
from tenantaccess.ids import PRINCIPAL, PrincipalId
from tenantaccess.model import names
from tenantaccess.model.attempts import Attempt, Tried
from tenantaccess.model.principals import Kind, Principal, Secret, secret
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import PasswordHasher
from tenantaccess.services.attempts import Attempts

NOBODY = PrincipalId(f"{PRINCIPAL}{'0' * 32}")
"""Looked up where there is nobody, so that an unknown name asks the store what a known one does."""


@attrs.frozen
class Verification:
    """
    What verifying a username and a password came to.

    Args:
        principal: Whose they are; None if they are nobody's that may sign in: why is not told.
        attempts: What was counted for it; give it back once all that hangs on it has succeeded.
        stored: The hash that it was verified against.
    """

    principal: Principal | None
    attempts: tuple[Attempt, ...]
    stored: str = attrs.field(default="", repr=False)


@attrs.frozen
class SignedIn:
    """
    What a host's session keeps of a sign-in: enough to tell later whether it still stands (INV-21).

    Args:
        principal: Who signed in.
        epoch: Of the principal, as the password was verified: it rises on suspension, with another password, and where
            the person signs out everywhere.
    """

    principal: PrincipalId
    epoch: int


@attrs.frozen
class Authentication:
    """
    Signs people in, for hosts without a sign-in of their own: ``access.authenticate(username, password)``.

    Args:
        store: Where principals and hashes live.
        hasher: Verifies, once per attempt.
        attempts: Limits guessing.
    """

    _store: Store
    _hasher: PasswordHasher
    attempts: Attempts

    def __call__(self, username: str, password: str | Secret, source: str | None = None) -> PrincipalId:
        """Return whose *username* and *password* these are; as `sign_in`, for hosts that end sessions themselves."""
        return self.sign_in(username, password, source).principal

    def sign_in(self, username: str, password: str | Secret, source: str | None = None) -> SignedIn:
        """
        Return whose *username* and *password* these are; make sessions of it at the host's, and ask `is_alive` later.

        A hash that was made otherwise than new ones are is replaced on the way.

        Args:
            username: As typed.
            password: As typed.
            source: Where the attempt comes from, such as an address that the host vouches for.

        Raises:
            ProofRefusedError: unknown, wrong, suspended or without a password: all alike (INV-27).
            TooManyAttemptsError: before anything was verified.
            InvalidInputError: no username at all, or over the limits.
            MisuseError: inside a host's transaction.
        """
        wrapped = secret(password)
        found = self.verification(username, wrapped, source=source)
        if found.principal is None:
            raise ProofRefusedError
        self.attempts.give_back(found.attempts)
        self._upgrade(found.principal.id, wrapped, found.stored)
        return SignedIn(found.principal.id, found.principal.access_epoch)

    def is_alive(self, signed: SignedIn) -> bool:
        """
        Tell whether a session that began with *signed* still stands; one query (INV-21).

        It does not once the principal is suspended, also after that has ended, has another password, or has signed out
        everywhere.
        """
        with self._store.reading() as unit:
            found = unit.principals.find(signed.principal)
        return found is not None and _may_sign_in(found[0]) and found[0].access_epoch == signed.epoch

    def verification(
        self, username: str, password: str | Secret, *, actor: PrincipalId | None = None, source: str | None = None
    ) -> Verification:
        """
        Count one attempt, verify once, and return what it came to; the caller refuses, and gives back.

        Whatever is wrong, the same is asked of the store and of the hasher, in the same order.
        """
        key, wrapped = names.username_key(username), secret(password)
        counted = tuple(self.attempts.counted(Tried.PASSWORD, target=key, actor=actor, source=source))
        with self._store.reading() as unit:
            known = unit.principals.find_by_username(key) or NOBODY
            found = unit.principals.find(known)
            stored = unit.credentials.find(known) or ""
        is_right = self._hasher.verify(wrapped, stored)
        principal = found[0] if found is not None and is_right and stored and _may_sign_in(found[0]) else None
        return Verification(principal, counted, stored)

    def _upgrade(self, principal: PrincipalId, password: Secret, stored: str) -> None:
        """Replace a hash that was made otherwise; only the very one that was verified, and for nobody's harm."""
        if self._hasher.is_current(stored):
            return
        try:
            made = self._hasher.hash(password)
            with self._store.begin() as unit:
                unit.credentials.replace(principal, stored, made)
                unit.commit()
        except (ConflictError, InvalidInputError):
            # Somebody else was first, or it would not pass for a new password: it signs in all the same.
            return


def _may_sign_in(principal: Principal) -> bool:
    return principal.suspended_at is None and principal.kind is Kind.HUMAN
