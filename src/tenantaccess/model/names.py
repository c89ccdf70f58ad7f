"""
One equality for everything people type: normalise first, validate what came out, refuse the rest.

Nothing is trimmed or cut silently. Keys are what stores compare, exactly and byte for byte (INV-09).
"""

import re
import unicodedata
from typing import Final

from tenantaccess.errors import InvalidInputError

USERNAME_LIMIT: Final = 150
EMAIL_LIMIT: Final = 254
LOCAL_PART_LIMIT: Final = 64
TEXT_LIMIT: Final = 200
NOTE_LIMIT: Final = 2_000
WORD_LIMIT: Final = 40
KEY_LIMIT: Final = 200

_KEY_LETTERS: Final = "+-.0123456789@_abcdefghijklmnopqrstuvwxyz"
"""Whatever the key of a username may hold, in order."""
_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*", re.ASCII)
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}", re.ASCII)
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_KEY: Final = re.compile(r"[!-~]+", re.ASCII)
_FOLDED: Final = str.maketrans(
    {
        "ł": "l", "ø": "o", "œ": "oe", "æ": "ae", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "\u0131": "i",
        "ŧ": "t", "ŋ": "n", "ĸ": "k", "\u017f": "s", "ƒ": "f", "ɨ": "i", "ʉ": "u", "ƀ": "b", "ɖ": "d", "ɗ": "d",
    }
)  # fmt: skip
"""Letters that casefolding and decomposition leave alone, but that people search for without."""

_UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _text(field: str, value: object, limit: int) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(field, "must be text")
    if len(value) > limit:
        raise InvalidInputError(field, f"must be at most {limit} characters")
    return value


def plain(field: str, value: object, limit: int = TEXT_LIMIT) -> str:
    """
    Return *value* in normal form C, for showing; never used as a key.

    Raises:
        InvalidInputError: not text, over *limit* characters, blank at an end, or with control,
            format, surrogate, private or unassigned characters (a name is one line of plain text).
    """
    text = unicodedata.normalize("NFC", _text(field, value, limit))
    if text != text.strip():
        raise InvalidInputError(field, "must not begin or end with a blank")
    if any(unicodedata.category(character) in _UNWANTED for character in text):
        raise InvalidInputError(field, "must not hold control or invisible characters")
    return text


def username(value: str) -> str:
    """
    Return the username as shown: compatibility-normalised ASCII.

    ASCII only, on purpose: two names that look alike then are alike, or visibly not.

    Raises:
        InvalidInputError: empty, over 150 characters, or with anything but letters, digits and ``._@+-``.
    """
    text = unicodedata.normalize("NFKC", _text("username", value, USERNAME_LIMIT))
    if len(text) > USERNAME_LIMIT or _USERNAME.fullmatch(text) is None:
        raise InvalidInputError("username", "must be letters, digits and ._@+- only, beginning with a letter or digit")
    return text


def username_key(value: str) -> str:
    """Return what two usernames are compared by; total on accepted usernames and idempotent."""
    return username(value).lower()


def key_before(key: str) -> str:
    """Return the last key that a username may have before *key*; empty if there is none."""
    head, last = key[:-1], key[-1]
    lower = [letter for letter in _KEY_LETTERS if letter < last and (head or letter.isalnum())]
    return head + lower[-1] + _KEY_LETTERS[-1] * (USERNAME_LIMIT - len(key)) if lower else head


def email(value: str) -> str:
    """
    Return the address as shown: one plain ASCII mailbox, normalised before it is validated.

    Raises:
        InvalidInputError: not exactly one address, over 254 characters, or with characters outside ASCII.
    """
    text = unicodedata.normalize("NFKC", _text("email", value, EMAIL_LIMIT))
    local, at, domain = text.rpartition("@")
    good = (
        len(text) <= EMAIL_LIMIT
        and at
        and len(local) <= LOCAL_PART_LIMIT
        and _LOCAL_PART.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )
    if not good:
        raise InvalidInputError("email", "must be one plain e-mail address such as ann@clinic.example")
    return text


def email_key(value: str) -> str:
    """Return what two addresses are compared by; idempotent."""
    return email(value).lower()


def search_key(text: str) -> str:
    """Fold *text* for prefix search: case, accents and letters such as ``ł`` make no difference; idempotent."""
    if text.isascii():  # what follows would change nothing else
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return unicodedata.normalize("NFKD", bare.translate(_FOLDED))


def word(field: str, value: object) -> str:
    """
    Return a declared word (resource, action, level, role, segment, scheme, set) unchanged.

    Raises:
        InvalidInputError: not a lower-case ASCII word of at most 40 characters.
    """
    text = _text(field, value, WORD_LIMIT)
    if _WORD.fullmatch(text) is None:
        raise InvalidInputError(field, "must be a lower-case word such as `manage_account`")
    return text


def key(field: str, value: object) -> str:
    """
    Return a caller's key (of idempotency, a source address, a digest) unchanged.

    Raises:
        InvalidInputError: empty, over 200 characters, or with anything but visible ASCII.
    """
    text = _text(field, value, KEY_LIMIT)
    if _KEY.fullmatch(text) is None:
        raise InvalidInputError(field, "must be visible ASCII characters")
    return text


def digits(field: str, value: object, count: int) -> str:
    """
    Return exactly *count* digits; hyphens and blanks between them are separators.

    Leading zeros are kept: ``01-2345678`` and ``012345678`` are one tax id, ``12345678`` is none.

    Raises:
        InvalidInputError: any other character, or another number of digits.
    """
    text = unicodedata.normalize("NFKC", _text(field, value, TEXT_LIMIT))
    bare = text.replace("-", "").replace(" ", "")
    if len(bare) != count or re.fullmatch(r"[0-9]+", bare) is None:
        raise InvalidInputError(field, f"must be {count} digits")
    return bare
