"""Stand-ins for the machine: a clock set by hand, entropy that repeats, a quick hasher, a mailer that keeps."""

import hashlib
from datetime import UTC, datetime, timedelta

from tenantaccess.errors import DeliveryError
from tenantaccess.model.notices import Message
from tenantaccess.model.principals import Secret

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class FrozenClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        self.moment += by


class SeededEntropy:
    """Entropy that gives the same tokens in the same order; never for use outside tests."""

    def __init__(self, seed: str = "seed") -> None:
        self.seed = seed
        self.count = 0

    def token(self) -> str:
        """Return the next token."""
        self.count += 1
        return hashlib.sha256(f"{self.seed} {self.count}".encode()).hexdigest()


class QuickHasher:
    """A hasher that is quick, and therefore worthless outside tests; counts what it verified."""

    def __init__(self) -> None:
        self.verified = 0

    def hash(self, password: Secret) -> str:
        """Return an unsalted digest."""
        return "quick$" + hashlib.sha256(password.reveal().encode()).hexdigest()

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether the digests are equal."""
        self.verified += 1
        return self.hash(password) == stored

    def is_current(self, stored: str) -> bool:
        """Tell whether it is a digest."""
        return stored.startswith("quick$")


class RecordingMailer:
    """A mailer that keeps what it is given, and refuses while told to."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.is_down = False

    def send(self, message: Message) -> None:
        """Keep *message*."""
        if self.is_down:
            raise DeliveryError("the mail server does not answer")
        self.messages.append(message)

    def tokens(self) -> list[str]:
        """Return the secrets mailed so far, in order."""
        return [message.token for message in self.messages if message.token]
