"""The machine: clock, randomness, password hashing, mail."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from tenantaccess.model.notices import Message
from tenantaccess.model.principals import Secret


class Clock(Protocol):
    """Tells the time; called once per decision and never inside a rule."""

    @abstractmethod
    def now(self) -> datetime:
        """Return an aware moment."""
        ...


@runtime_checkable
class CountingClock(Clock, Protocol):
    """A clock that also counts, for checks: to make a date of the time costs more than all the rest of a check."""

    @abstractmethod
    def nanoseconds(self) -> int:
        """Return the moment that `now` would return, in nanoseconds since 1970."""
        ...


class Entropy(Protocol):
    """The system's source of randomness."""

    @abstractmethod
    def token(self) -> str:
        """Return 256 fresh random bits as 64 hexadecimal digits (INV-30)."""
        ...


class PasswordHasher(Protocol):
    """Hashes and verifies; slow on purpose, so it is never called inside a unit of work."""

    @abstractmethod
    def hash(self, password: Secret) -> str:
        """Return a salted hash that names its own parameters; may raise `InvalidInputError` for a weak one."""
        ...

    @abstractmethod
    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether *password* made *stored*, in constant time; False for a hash it cannot read."""
        ...

    @abstractmethod
    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* is made as `hash` makes them now; one that is not is replaced at the next sign-in."""
        ...


class PasswordRules(Protocol):
    """Judges passwords that people choose, before they are hashed; one that is in use already is never asked about."""

    @abstractmethod
    def fault(self, password: Secret, names: Sequence[str]) -> str:
        """
        Return what is wrong with *password*; empty if nothing is.

        It is asked after length and characters are found to be right, and outside any unit of work of the library's,
        so that it may take its time; but within a host's transaction where a command is given inside one that chooses
        a password for somebody else, as `AddUsername` and `OpenTenant` do.

        Args:
            password: As it is prepared.
            names: What whoever is to sign in with it is called: the username, and the address if it is known.

        Returns:
            What stands after the name of the field, such as ``is among the most common ones``: it is shown.
        """
        ...


class Mailer(Protocol):
    """Takes messages to people."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand over *message*; the same key may come twice. Raises `DeliveryError` if it could not be taken."""
        ...
