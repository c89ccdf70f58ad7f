"""Attempts: how often something was tried, counted before it is looked at, under keys that tell nothing."""

import enum
import hashlib
import ipaddress
from datetime import datetime, timedelta

import attrs


class Tried(enum.Enum):
    """What is limited, each on its own: guessing passwords does not use up what requests may, nor they it."""

    PASSWORD = "password"  # noqa: S105  # what is tried, not one
    """Signing in, proving, and changing one's own password: they guess the same secret."""
    REQUEST = "request"
    """Registering, asking for access and asking for links."""
    RESET = "reset"
    """Asking for a password reset by mail."""
    MAIL = "mail"
    """Having a member of one's tenant mailed."""


class AttemptKind(enum.Enum):
    """By what attempts are counted."""

    TARGET = "target"
    """The username that is tried."""
    ACTOR = "actor"
    """The principal that tries."""
    SOURCE = "source"
    """Where it comes from; all that comes from nowhere is one source."""


@attrs.frozen
class Attempt:
    """
    What taking one attempt came to.

    Args:
        key: What it was counted under.
        began_at: When the period began that it falls into: with its first attempt.
        is_counted: False if the limit was reached already; then nothing was counted.
    """

    key: str
    began_at: datetime
    is_counted: bool


@attrs.frozen
class Limit:
    """
    How often something may be done, counted with what is done: undone with it, and never given back.

    Args:
        key: What it is counted under.
        most: How often in one period.
        period: How long a period lasts; it begins with the first.
    """

    key: str
    most: int
    period: timedelta


def key_of(tried: Tried, kind: AttemptKind, value: str) -> str:
    """
    Return what attempts are counted under: a digest.

    Nobody's mistyped password lies about in a column of usernames.
    """
    return hashlib.sha256(f"{tried.value}\n{kind.value}\n{value}".encode()).hexdigest()


IPV6_NETWORK = 64
"""What one subscriber is given: whoever has one IPv6 address of it has all of them."""


def source_of(source: str | None) -> str:
    """Return *source* as it is counted: an IPv6 address by its network, an IPv4 one however written; empty for None."""
    if source is None:
        return ""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_NETWORK), strict=False))
