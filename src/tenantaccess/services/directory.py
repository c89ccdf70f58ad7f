"""The roster: who is in a tenant, searched, sorted and paged, for whoever may see it."""

import enum
import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, PrincipalId, RoleKey, TenantId, is_id
from tenantaccess.model import moments, names, words
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryPage, Key, MemberSort, Place, Total, Wanted
from tenantaccess.model.levels import unknown
from tenantaccess.model.members import Origin, Row, Status
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import directory, members
from tenantaccess.services import guards
from tenantaccess.services.cursors import cursor, place, require_limit
from tenantaccess.services.timing import now_of

COUNT_LIMIT: Final = 1_000
NAMED_LIMIT: Final = 500
SLICE: Final = 500
"""How many rows are fetched at once where each has to be judged and the first were not enough."""
KEPT: Final = 4_096
"""For how many different rows of levels their words are kept."""
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
    """

    tenant: TenantId
    wanted: Wanted
    sort: MemberSort
    descending: bool
    now: datetime

    @property
    def scope(self) -> list[object]:
        """What a cursor is bound to: all but the moment."""
        asked = plain(self.wanted)
        del asked["idle_since"]
        return ["members", self.tenant, asked, self.sort.value, self.descending]

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


@attrs.define(eq=False)
class Directory:
    """
    Searching the members of a tenant.

    Args:
        store: Where they are.
        catalog: The declared words.
        policy: The host's choices.
        clock: Read once per page.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _levels: Callable[[bytes], directory.Levels] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._levels = functools.lru_cache(KEPT)(functools.partial(directory.levels_of, self._catalog))

    def search(  # noqa: PLR0913  # what people search by, each under its own name
        self,
        tenant: TenantId,
        *,
        email: str = "",
        last_name: str = "",
        first_name: str = "",
        username: str = "",
        status: Status | str | None = None,
        pending: bool = False,
        role: str | None = None,
        origin: Origin | str | None = None,
        brought_in_by: PrincipalId | None = None,
        sort: str = "username",
        after: str | None = None,
        limit: int = 50,
        total: bool = False,
        by: By,
    ) -> DirectoryPage:
        """
        Return a page of the members that match all that is asked; by default everybody (AM-10, AM-18).

        Who: whoever at least views the managing resource, or the operator. Pages join to the whole list, nobody
        missing and nobody twice, whatever their size, also while people join (INV-04). One statement, unless rows
        have to be judged by their status.

        Args:
            tenant: Where.
            email: The contact address, exactly; with a ``*`` at its end, how it begins.
            last_name: How it begins; case and accents do not matter.
            first_name: As the last name.
            username: As the last name.
            status: One of the four words.
            pending: Only those who await a manager's approval or their own verification; `DirectoryRow.reason`
                tells which.
            role: A role of the tenant.
            origin: How the membership came to be.
            brought_in_by: Who approved or added them, or whose credentials they were proven with.
            sort: The word of a `MemberSort`, with a ``-`` in front for the other way round.
            after: `DirectoryPage.next` of the page before, for the same search; None for the first.
            limit: Rows a page, 1 to 500.
            total: Whether to count, to 1,000.
            by: Who looks.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
            UnknownNameError: a status, origin, sort or role that there is not; never an empty list.
            InvalidInputError: text that nothing can begin with, or a cursor of another search.
        """
        require_limit(limit)
        now = now_of(self._clock)
        exact, beginning = _email(email)
        wanted = Wanted(
            email=exact,
            email_prefix=beginning,
            last_name=_prefix("last_name", last_name),
            first_name=_prefix("first_name", first_name),
            username=_prefix("username", username),
            role=words.optional_role_key(role),
            origin=None if origin is None else _word("origin", Origin, origin),
            brought_in_by=None if brought_in_by is None else _principal("brought_in_by", brought_in_by),
            conditions=directory.conditions(
                None if status is None else _word("status", Status, status), pending=pending
            ),
            idle_since=now - self._policy.inactive_after,
        )
        descending = str(sort).startswith("-")
        order = _word("sort", MemberSort, str(sort)[1:] if descending else sort)
        asked = Asked(tenant, wanted, order, descending, now)
        return self._page(asked, None if after is None else _opened(asked, after), limit, by, counts=total)

    def usernames(self, tenant: TenantId, principals: Collection[PrincipalId], *, by: By) -> Mapping[PrincipalId, str]:
        """
        Return what each of *principals* is called, by id: those who are members, or were; one query (AM-10).

        Who: as `search`. Whoever was never a member is left out, so that nobody is looked up here.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: more than 500, or what is no id of a principal.
        """
        if len(principals) > NAMED_LIMIT:
            raise InvalidInputError("principals", f"must be at most {NAMED_LIMIT}")
        asked = {_principal("principals", principal) for principal in principals}
        reader = guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            loaded = unit.memberships.load(tenant, asked if reader is None else {*asked, reader})
            rows = guards.judged_reader(loaded, tenant, by, self._catalog, self._policy, now_of(self._clock)).rows
        return {principal: row.principal.username for principal, row in rows.items() if principal in asked}

    def _page(
        self, asked: Asked, start: tuple[int, Place] | None, limit: int, by: By, *, counts: bool
    ) -> DirectoryPage:
        reader = guards.reader_of(asked.tenant, by)
        with self._store.reading() as unit:
            found: list[Found] = []
            for one in self._listed(unit, asked, start, reader, by, limit + 1):
                found.append(one)
                if len(found) > limit:
                    break
            if not found and asked.wanted.role is not None:
                _require_role(unit, asked.tenant, asked.wanted.role)
            total = self._total(unit, asked, by) if counts else None
        rows = [directory.shown(one.row, one.reason, self._catalog, self._levels) for one in found[:limit]]
        more = _cursor(asked, found[limit - 1]) if len(found) > limit else None
        return DirectoryPage(tuple(rows), more, total)

    def _listed(
        self,
        unit: Unit,
        asked: Asked,
        start: tuple[int, Place] | None,
        reader: PrincipalId | None,
        by: By,
        size: int,
    ) -> Iterator[Found]:
        """Yield who is on the list, from *start* on: the first *size* in one statement where none is to be judged."""
        begun, after = (0, None) if start is None else start
        for part, wanted in list(enumerate(asked.parts))[begun:]:
            while True:
                descending = asked.descending and asked.sort is not MemberSort.STATUS
                listed = unit.directory.search(
                    asked.tenant, reader, wanted, asked.sort, after, size, descending=descending
                )
                loaded = None if listed is None else listed.loaded
                guards.judged_reader(loaded, asked.tenant, by, self._catalog, self._policy, asked.now)
                rows = () if listed is None else listed.rows
                for at, row in rows:
                    reason = members.condition(row, asked.now, self._policy)
                    if wanted.conditions is None or reason in wanted.conditions:
                        yield Found(part, at, row, reason)
                if len(rows) < size:
                    break
                after, size = rows[-1][0], SLICE
            after = None

    def _total(self, unit: Unit, asked: Asked, by: By) -> Total:
        if asked.wanted.conditions is None:
            count = unit.directory.count(asked.tenant, asked.wanted, COUNT_LIMIT + 1)
        else:
            everybody = attrs.evolve(asked, sort=MemberSort.USERNAME, descending=False)
            reader = guards.reader_of(asked.tenant, by)
            listed = self._listed(unit, everybody, None, reader, by, SLICE)
            count = sum(1 for _, _ in zip(range(COUNT_LIMIT + 1), listed, strict=False))
        return Total(min(count, COUNT_LIMIT), is_capped=count > COUNT_LIMIT)


def _require_role(unit: Unit, tenant: TenantId, role: RoleKey) -> None:
    """Refuse a role that the tenant has not; asked only where nobody was found, so that finding costs nothing."""
    if role != ACCOUNT_MANAGER and unit.roles.find(tenant, role) is None:
        raise unknown("role", role, [ACCOUNT_MANAGER, *(known.key for known in unit.roles.list(tenant))])


def _email(text: str) -> tuple[str, str]:
    """Return the key of a whole address, or how a key begins; one of them is empty (AM-18)."""
    if str(text).endswith("*"):
        return "", _prefix("email", str(text)[:-1]) or _nothing("email")
    given = names.plain("email", text, names.EMAIL_LIMIT)
    return (names.email_key(given), "") if given else ("", "")


def _prefix(field: str, text: str) -> str:
    """Return the search key that *text* asks for; empty text asks for nothing."""
    given = names.plain(field, text)
    return names.search_key(given) or (_nothing(field) if given else "")


def _nothing(field: str) -> str:
    raise InvalidInputError(field, "must hold something that a name can begin with")


def _word(kind: str, among: type[Word], value: object) -> Word:
    if isinstance(value, among):
        return value
    if not isinstance(value, str):
        raise InvalidInputError(kind, "must be a word")
    try:
        return among(value)
    except ValueError:
        raise unknown(kind, value, [str(known.value) for known in among]) from None


def _principal(field: str, value: object) -> PrincipalId:
    if not is_id(value, PRINCIPAL):
        raise InvalidInputError(field, "must be the id of a principal")
    return PrincipalId(str(value))


def _cursor(asked: Asked, last: Found) -> str:
    key, principal = last.place
    return cursor(asked.scope, (str(last.part), key if isinstance(key, str) else key.isoformat(), principal))


def _opened(asked: Asked, after: str) -> tuple[int, Place]:
    """Return in which part of the list, and where in it, a page begins."""
    part, text, principal = place(asked.scope, after, 3)
    begun = int(part) if part.isascii() and part.isdigit() and len(part) == 1 else len(asked.parts)
    if begun >= len(asked.parts) or not is_id(principal, PRINCIPAL):
        raise InvalidInputError("after", "must be the `next` of a page of this very search")
    key: Key = moments.utc("after", _moment(text)) if asked.sort in MOMENTS else text
    return begun, (key, PrincipalId(principal))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
