"""One search of a roster, understood: text into keys, a cursor into a place, and back."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, PrincipalId, TenantId, is_id
from tenantaccess.model import moments, names
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import Key, MemberSort, Place, Wanted
from tenantaccess.model.levels import unknown
from tenantaccess.model.members import Row
from tenantaccess.rules import directory
from tenantaccess.services.cursors import cursor, place

MOMENTS: Final = frozenset({MemberSort.LAST_ACTIVE_AT, MemberSort.REQUESTED_AT})

Word = TypeVar("Word", bound=enum.Enum)


@attrs.frozen
class Asked:
    """
    One search, understood.

    Args:
        tenant: Where.
        wanted: What is asked for, in keys.
        sort: What is sorted by.
        descending: Which way round.
        now: The moment at which rows are judged.
        lapsing: Whether only those are meant who lapse soon.
    """

    tenant: TenantId
    wanted: Wanted
    sort: MemberSort
    descending: bool
    now: datetime
    lapsing: bool = False

    @property
    def scope(self) -> list[object]:
        """What a cursor is bound to: all but the moment."""
        asked = plain(self.wanted)
        del asked["idle_since"]
        return ["members", self.tenant, asked, self.sort.value, self.descending, self.lapsing]

    @property
    def parts(self) -> Sequence[Wanted]:
        """What is listed one after the other."""
        return directory.parts(self.wanted, self.sort, descending=self.descending)


@attrs.frozen
class Found:
    """One row that is on the list: in which part, at which place, and what stands against it."""

    part: int
    place: Place
    row: Row
    reason: Reason


def email(text: str) -> tuple[str, str]:
    """Return the key of a whole address, or how a key begins; one of them is empty (AM-18)."""
    if str(text).endswith("*"):
        return "", prefix("email", str(text)[:-1]) or _nothing("email")
    given = names.plain("email", text, names.EMAIL_LIMIT)
    return (names.email_key(given), "") if given else ("", "")


def prefix(field: str, text: str) -> str:
    """Return the search key that *text* asks for; empty text asks for nothing."""
    given = names.plain(field, text)
    return names.search_key(given) or (_nothing(field) if given else "")


def _nothing(field: str) -> str:
    raise InvalidInputError(field, "must hold something that a name can begin with")


def word(kind: str, among: type[Word], value: object) -> Word:
    """Return the member of *among* that *value* is, or names."""
    if isinstance(value, among):
        return value
    if not isinstance(value, str):
        raise InvalidInputError(kind, "must be a word")
    try:
        return among(value)
    except ValueError:
        raise unknown(kind, value, [str(known.value) for known in among]) from None


def principal(field: str, value: object) -> PrincipalId:
    """Return the id of a principal."""
    if not is_id(value, PRINCIPAL):
        raise InvalidInputError(field, "must be the id of a principal")
    return PrincipalId(str(value))


def cursor_after(asked: Asked, last: Found) -> str:
    """Return what leads on after *last*, in this very search."""
    key, who = last.place
    return cursor(asked.scope, (str(last.part), key if isinstance(key, str) else key.isoformat(), who))


def opened(asked: Asked, after: str) -> tuple[int, Place]:
    """Return in which part of the list, and where in it, a page begins."""
    part, text, who = place(asked.scope, after, 3)
    begun = int(part) if part.isascii() and part.isdigit() and len(part) == 1 else len(asked.parts)
    if begun >= len(asked.parts) or not is_id(who, PRINCIPAL):
        raise InvalidInputError("after", "must be the `next` of a page of this very search")
    key: Key = moments.utc("after", _moment(text)) if asked.sort in MOMENTS else text
    return begun, (key, PrincipalId(who))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
