"""A principal: one sign-in identity, human or service, and who chose its password."""

import enum
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model import names, words
from tenantaccess.model.frozen import sequence


class Kind(enum.Enum):
    """People lapse; services do not, and have neither password nor address."""

    HUMAN = "human"
    SERVICE = "service"
    ERASED = "erased"
    """Nobody any more: an identifier that the record speaks of, and nothing else (INV-15)."""


class PasswordChoice(enum.Enum):
    """Who chose the password that a principal signs in with."""

    OWN = "own"
    OPERATOR = "operator"
    MEMBER = "member"
    """A member of one tenant: until it is changed, the username counts in that tenant only (MC-17)."""


PASSWORD_CHANGES = 10
"""How many changes of its password a principal remembers: what counts from the first after a proof reads them."""


@attrs.frozen
class Principal:
    """
    One sign-in identity.

    Args:
        id: Random, never reused.
        username: As shown; compared by `username_key`, globally unique.
        email: Its own address, entered by the person; empty if none.
        email_verified_at: When this address was proven; None if never.
        suspended_at: Set while the operator suspends it everywhere.
        proof_epoch: Rises on suspension: what rests on proofs made before is stale.
        access_epoch: Rises on suspension, with every new password, and where the person signs out everywhere: sessions
            opened before are dead.
        password_choice: Who chose the password.
        chosen_in: The tenant whose member chose it; None otherwise.
        password_epoch: Rises with every change of the password, by reset too.
        password_changes: When it last changed, oldest first; at most `PASSWORD_CHANGES` moments are kept.
    """

    id: PrincipalId
    username: str
    kind: Kind = Kind.HUMAN
    email: str = ""
    email_verified_at: datetime | None = None
    suspended_at: datetime | None = None
    proof_epoch: int = 0
    access_epoch: int = 0
    password_choice: PasswordChoice = PasswordChoice.OWN
    chosen_in: TenantId | None = None
    password_epoch: int = 0
    password_changes: Sequence[datetime] = attrs.field(default=(), converter=sequence)

    @property
    def username_key(self) -> str:
        """What usernames are compared by."""
        return names.username_key(self.username)

    @property
    def email_key(self) -> str:
        """What addresses are compared by; empty if there is none."""
        return names.email_key(self.email) if self.email else ""


class Secret:
    """
    A password or token on its way through: never shown, compared or stored.

    Raises:
        InvalidInputError: not text, empty, or over 1,024 characters (refused, never cut: A49).
    """

    __slots__ = ("_text",)

    LIMIT = 1_024

    def __init__(self, text: object) -> None:
        if not isinstance(text, str) or not 0 < len(text) <= self.LIMIT:
            raise InvalidInputError("secret", f"must be text of 1 to {self.LIMIT} characters")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidInputError("secret", "must be encodable text") from None
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the hasher alone."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not stored")  # pickling must fail, whatever the protocol


def secret(value: str | Secret) -> Secret:
    """Wrap *value* unless it is wrapped already."""
    return value if isinstance(value, Secret) else Secret(value)


MINIMUM_PASSWORD = 8
"""NIST SP 800-63B: at least eight characters; hosts add their own checks through the hasher port."""


def prepared(password: Secret) -> Secret:
    """
    Return *password* as RFC 8265 (OpaqueString) prepares it in substance; idempotent.

    Every space becomes the one of ASCII, and letters are composed (normal form C): whatever a keyboard or a phone
    makes of them, the password is one. Nothing else is changed or cut.

    Raises:
        InvalidInputError: over 1,024 characters once it is prepared.
    """
    text = password.reveal()
    if text.isascii():
        return password
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in text)
    return Secret(unicodedata.normalize("NFC", spaced))


def new_password(value: str | Secret) -> Secret:
    """Wrap a password somebody chose, prepared; refuses one under eight characters."""
    wrapped = prepared(secret(value))
    if len(wrapped.reveal()) < MINIMUM_PASSWORD:
        raise InvalidInputError("password", f"must be at least {MINIMUM_PASSWORD} characters")
    return wrapped


@attrs.frozen
class NewUsername:
    """
    A username to be created.

    Args:
        username: Globally unique; letters, digits and ``._@+-``.
        password: 8 to 1,024 characters as it is prepared; hashed before any unit of work.
        email: The person's own address when it registers itself; otherwise only a contact address.
        first_name: For the roster.
        last_name: For the roster.
        phone: For the roster.
    """

    username: str = attrs.field(converter=names.username)
    password: Secret = attrs.field(converter=new_password, eq=False)
    email: str = attrs.field(default="", converter=words.optional_email)
    first_name: str = attrs.field(default="", converter=words.text)
    last_name: str = attrs.field(default="", converter=words.text)
    phone: str = attrs.field(default="", converter=words.phone)
