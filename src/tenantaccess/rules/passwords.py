"""What is wrong with a password that somebody chooses, and what does a new one change?"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.model.principals import MINIMUM_PASSWORD, PASSWORD_CHANGES, PasswordChoice, Principal
from tenantaccess.model.tokens import Token

COMMON: Final = "is among the most common ones: choose another, for instance several words"
NAMED: Final = "is hardly more than the username or the address: choose another, for instance several words"
REPEATED: Final = "repeats the same few characters: choose another, for instance several words"
RUN: Final = "is a row of neighbouring characters: choose another, for instance several words"
FAULTS: Final = (COMMON, NAMED, REPEATED, RUN)
"""What may be wrong with a password, as NIST SP 800-63B has it: common, expected, repetitive or sequential."""
ROWS: Final = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
"""What stands in a row, in the alphabet or on keyboards; backwards too, and begun again at its end."""


def fault(password: str, names: Iterable[str], common: Collection[str]) -> str:
    """
    Return what is wrong with *password*; empty if nothing is.

    Args:
        password: As it is prepared.
        names: The username and the address of whoever is to sign in with it.
        common: Passwords that are among the first to be tried, case-folded.
    """
    folded = password.casefold()
    if folded in common or _is_little_more(folded, folded.strip(_besides(folded)), common):
        return COMMON
    called = {part for name in names for part in (name.casefold(), name.casefold().rpartition("@")[0])} - {""}
    letters = {_letters(name) for name in called} - {""}
    if folded in called or _is_little_more(folded, _letters(folded), letters):
        return NAMED
    if _is_repeated(folded):
        return REPEATED
    return RUN if _is_run(folded) else ""


def _is_little_more(folded: str, core: str, known: Collection[str]) -> bool:
    """Tell whether *core* is known, and what *folded* has besides would not do for a password by itself."""
    return core in known and len(folded) - len(core) < MINIMUM_PASSWORD


def _letters(folded: str) -> str:
    return "".join(one for one in folded if one.isalpha())


def _besides(folded: str) -> str:
    return "".join({one for one in folded if not one.isalpha()})


def _is_repeated(folded: str) -> bool:
    """Tell whether *folded* is one beginning over and over, which by itself would not do for a password."""
    period = (folded + folded).find(folded, 1)
    return period < min(len(folded), MINIMUM_PASSWORD)


def _is_run(folded: str) -> bool:
    rows = [row * (len(folded) // len(row) + 2) for row in ROWS]
    return any(folded in row or folded[::-1] in row for row in rows)


def chosen(before: Principal, now: datetime) -> Principal:
    """
    Return *before* with a password of its own, its sessions ended (INV-21).

    The moment is remembered: grace runs from such moments (MC-03).
    """
    return attrs.evolve(
        before,
        password_choice=PasswordChoice.OWN,
        chosen_in=None,
        password_epoch=before.password_epoch + 1,
        access_epoch=before.access_epoch + 1,
        password_changes=(*before.password_changes, now)[-PASSWORD_CHANGES:],
    )


def may_reset(token: Token, principal: Principal) -> bool:
    """Tell whether the person and the numbers that *token* was minted with are as they were (INV-21, INV-30)."""
    return (
        principal.suspended_at is None
        and token.password_epoch == principal.password_epoch
        and token.proof_epoch == principal.proof_epoch
        and token.email_key == principal.email_key
    )


def may_verify(token: Token, principal: Principal) -> bool:
    """Tell whether the address that *token* was mailed to is still the one of *principal* (A64)."""
    return (token.email_key, token.proof_epoch) == (principal.email_key, principal.proof_epoch)
