"""
Identifiers that look alike and are not: a store that confuses two of them gives one person's access to another.

NUL and lone surrogates are refused before any port is called, so they are never sent.
"""

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import names


@attrs.frozen
class Pair:
    """Two different texts, and what a sloppy comparison would have to ignore to call them equal."""

    ignoring: str
    one: str
    other: str


HOSTILE: Final[Sequence[Pair]] = (
    Pair("letter case", "clerk", "Clerk"),
    Pair("letter case of one letter", "a1b2", "a1B2"),
    Pair("a trailing blank", "clerk", "clerk "),
    Pair("a leading blank", "clerk", " clerk"),
    Pair("a trailing line break", "clerk", "clerk\n"),
    Pair("composition", "jos\u00e9", "jose\u0301"),
    Pair("accents", "jose", "jos\u00e9"),
    Pair("width", "clerk", "\uff43lerk"),
    Pair("width of digits", "nurse_1", "nurse_\uff11"),
    Pair("the dot of an i", "i_admin", "\u0131_admin"),
    Pair("sharp s", "strasse", "stra\u00dfe"),
    Pair("ligatures", "office", "o\ufb03ce"),
    Pair("another script", "cap", "\u0441\u0430\u0440"),
    Pair("invisible characters", "clerk", "cl\u200berk"),
    Pair("emoji", "clerk", "clerk\U0001f600"),
    Pair("a leading zero", "012345678", "12345678"),
    Pair("that digits are text", "1e3", "1000"),
    Pair("a trailing fraction", "1", "1.0"),
    Pair("the sign", "1", "+1"),
    Pair("what comes after 199 characters", "k" * 199 + "a", "k" * 199 + "b"),
    Pair("what comes after 39 characters", "k" * 39 + "a", "k" * 39 + "b"),
    Pair("length", "clerk", "clerks"),
    Pair("doubled quotes", "o'neil", "o''neil"),
    Pair("quotes", "'clerk'", "clerk"),
    Pair("a statement", "clerk", "clerk' OR '1'='1"),
    Pair("a percent sign as a wildcard", "clerk", "cl%"),
    Pair("an underscore as a wildcard", "clerk", "cl_rk"),
    Pair("an underscore", "a_c", "abc"),
    Pair("backslashes", "a\\b", "ab"),
    Pair("punctuation", "a-b", "ab"),
    Pair("emptiness", "clerk", ""),
)


def is_key(text: str) -> bool:
    """Tell whether *text* is a caller's key or an external id, as it reaches a store."""
    return _accepted(lambda: names.key("key", text))


def is_word(text: str) -> bool:
    """Tell whether *text* is a declared word, as it reaches a store."""
    return _accepted(lambda: names.word("word", text))


def is_username_key(text: str) -> bool:
    """Tell whether *text* is a username's key, as it reaches a store."""
    return _accepted(lambda: names.username_key(text)) and names.username_key(text) == text


def _accepted(check: Callable[[], object]) -> bool:
    try:
        check()
    except InvalidInputError:
        return False
    return True


TEXTS: Final[Sequence[str]] = sorted({text for pair in HOSTILE for text in (pair.one, pair.other)})
"""Every text of `HOSTILE`: whatever is sought by, this is what may be typed."""


def texts(stored_if: Callable[[str], bool]) -> Sequence[str]:
    """Return those of `TEXTS` that may be stored."""
    return [text for text in TEXTS if stored_if(text)]


def pairs(stored_if: Callable[[str], bool]) -> Sequence[tuple[str, str]]:
    """Return each text that may be stored with one that is only near it, both ways round."""
    both_ways = [way for pair in HOSTILE for way in ((pair.one, pair.other), (pair.other, pair.one))]
    return [(stored, near) for stored, near in both_ways if stored_if(stored)]


def confused(stored: str, near: str) -> str:
    """Return what is wrong with a store that finds what is stored under one text by another one."""
    return f"what is stored under {stored!r} is found under {near!r}: texts are to be compared byte for byte"


def near_id(exact: str) -> Sequence[str]:
    """Return texts that look like the identifier *exact*, none of which is it."""
    return (
        exact.upper(),
        exact.title(),
        f"{exact} ",
        f" {exact}",
        f"{exact}\u200b",
        f"{exact}\u0301",
        exact.replace("_", "\uff3f"),
        exact.replace("0", "\uff10"),
        exact.replace("0", "o"),
        exact[:-1],
        f"{exact}0",
        f"{exact[:8]}%",
        "%",
        f"{exact[:-1]}_",
        f"{exact}' OR '1'='1",
        "",
    )
