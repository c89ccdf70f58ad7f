"""
Where a page ended, as opaque text that is good for the next page of the same question, and of no other.

A cursor is no secret and opens nothing: it names a place in an order that its bearer is reading anyway.
"""

import base64
import binascii
import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import Final

from tenantaccess.errors import InvalidInputError

LIMIT: Final = 20_000
"""The longest key that can be stored, several times over."""

PAGE_LIMIT: Final = 500
"""How many of anything one page holds at most, where nothing else is said."""

_MARK: Final = 16


def require_limit(limit: object, most: int = PAGE_LIMIT) -> None:
    """Raise `InvalidInputError` for anything but a whole number of lines that a page may have."""
    if type(limit) is not int or not 0 < limit <= most:
        raise InvalidInputError("limit", f"must be 1 to {most}")


def cursor(scope: Sequence[object], place: Sequence[str]) -> str:
    """Return the cursor at *place* in the answer to *scope*: all that the question consists of, as plain data."""
    text = json.dumps([_mark(scope), *place], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(scope: Sequence[object], text: object, width: int) -> tuple[str, ...]:
    """
    Return the *width* parts of the place that a cursor names.

    Raises:
        InvalidInputError: it is no cursor of the answer to *scope*.
    """
    if not isinstance(text, str) or not 0 < len(text) <= LIMIT:
        raise _refused()
    try:
        parts = json.loads(base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error):
        raise _refused() from None
    if not isinstance(parts, list) or len(parts) != width + 1 or parts[0] != _mark(scope):
        raise _refused()
    named = tuple(part for part in parts[1:] if isinstance(part, str))
    # No key holds what cannot be stored as text; a store is not to be the first to say so.
    if len(named) != width or any(unicodedata.category(letter) in {"Cc", "Cs"} for part in named for letter in part):
        raise _refused()
    return named


def _mark(scope: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(scope, sort_keys=True).encode()).hexdigest()[:_MARK]


def _refused() -> InvalidInputError:
    return InvalidInputError("after", "must be the `next` of a page of this very question")
