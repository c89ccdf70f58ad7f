"""Adoption: people whom a host knew before it had this library, as they are handed over."""

import enum
from collections.abc import Sequence

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import names, words
from tenantaccess.model.principals import Secret


class Known(enum.Enum):
    """What it means that the username of a new person is in use already."""

    REFUSE = "refuse"
    """That it is somebody else's."""
    ADOPT = "adopt"
    """
    That it is this very person, who is adopted into each tenant once, if the operator made the username or it has
    verified the address that the host knows: else anybody could take it beforehand.
    """


def stored_hash(value: str | Secret | None) -> Secret | None:
    """Wrap the hash of a password that a host stored, unless it is wrapped already; None for none."""
    return value if isinstance(value, Secret) else Secret(value) if value else None


@attrs.frozen
class NewPerson:
    """
    Somebody whom a host knows already.

    Args:
        username: Globally unique; letters, digits and ``._@+-``.
        email: The person's own address; empty if the host knows none.
        email_is_verified: Whether the host has proven that it is theirs: links are mailed to no other.
        stored_hash: The hash of their password as the host stored it, kept as it is and never shown; none for hosts
            that keep credentials elsewhere. The hasher must be able to read it.
        first_name: For the roster.
        last_name: For the roster.
        phone: For the roster.
    """

    username: str = attrs.field(converter=names.username)
    email: str = attrs.field(default="", converter=words.optional_email)
    email_is_verified: bool = attrs.field(default=False, validator=words.exactly(bool))
    stored_hash: Secret | None = attrs.field(default=None, converter=stored_hash, eq=False, repr=False)
    first_name: str = attrs.field(default="", converter=words.text)
    last_name: str = attrs.field(default="", converter=words.text)
    phone: str = attrs.field(default="", converter=words.phone)

    def __attrs_post_init__(self) -> None:
        if self.email_is_verified and not self.email:
            raise InvalidInputError("email_is_verified", "needs an address that was verified")

    @property
    def email_key(self) -> str:
        """What addresses are compared by; empty if there is none."""
        return names.email_key(self.email) if self.email else ""


@attrs.frozen
class AdoptionProblem:
    """
    Why one row was left out, and what to do about it; the others went on.

    Args:
        line: Of the file, or the place in the iterable, counted from 1.
        field: The column that it is about; empty if it is about the whole row.
        advice: What to do, in words; repeats nothing that stands in the row.
    """

    line: int
    field: str
    advice: str


@attrs.frozen
class AdoptionReport:
    """
    How far an adoption has come.

    Args:
        is_dry: Whether nothing was written: then `adopted` counts who would be.
        rows: How many rows were read.
        adopted: How many people became active members.
        unchanged: How many were members already, or had been adopted before.
        refused: How many rows were left out.
        problems: Why, for the first thousand of them.
    """

    is_dry: bool = False
    rows: int = 0
    adopted: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: Sequence[AdoptionProblem] = ()
