"""The roster: who is in a tenant, searched, sorted and paged, for whoever may see it."""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, PrincipalId, RoleKey, TenantId, is_id
from tenantaccess.model import words
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import (
    DirectoryPage,
    DirectoryRow,
    MemberDetails,
    MemberSort,
    Place,
    RosterCounts,
    Total,
    Wanted,
)
from tenantaccess.model.levels import unknown
from tenantaccess.model.members import Origin, Row, Status
from tenantaccess.model.policy import Policy
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import directory, members
from tenantaccess.services import guards, searching
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.timing import now_of

COUNT_LIMIT: Final = 1_000
NAMED_LIMIT: Final = 500
SLICE: Final = 500
"""How many rows are fetched at once where each has to be judged and the first were not enough."""
KEPT: Final = 4_096
"""For how many different rows of levels their words are kept."""


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
        lapsing: bool = False,
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
            lapsing: Only those who are active, and have been away since the policy's first warning or longer; sorted
                by `last_active_at`, no more rows are read than stand before them.
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
        exact, beginning = searching.email(email)
        wanted = Wanted(
            email=exact,
            email_prefix=beginning,
            last_name=searching.prefix("last_name", last_name),
            first_name=searching.prefix("first_name", first_name),
            username=searching.prefix("username", username),
            role=words.optional_role_key(role),
            origin=None if origin is None else searching.word("origin", Origin, origin),
            brought_in_by=None if brought_in_by is None else searching.principal("brought_in_by", brought_in_by),
            conditions=directory.conditions(
                None if status is None else searching.word("status", Status, status), pending=pending, lapsing=lapsing
            ),
            idle_since=now - self._policy.inactive_after,
        )
        descending = str(sort).startswith("-")
        order = searching.word("sort", MemberSort, str(sort)[1:] if descending else sort)
        asked = searching.Asked(tenant, wanted, order, descending, now, lapsing)
        return self._page(asked, None if after is None else searching.opened(asked, after), limit, by, counts=total)

    def member(self, tenant: TenantId, principal: PrincipalId, *, by: By) -> MemberDetails:
        """
        Return all about one member, as of one version: at most two statements (AM-12, AM-32).

        Who: as `search`.

        Raises:
            NotFoundError: no such member, no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        who, now = searching.principal("principal", principal), now_of(self._clock)
        with self._store.reading() as unit:
            loaded = self._read(unit, tenant, (who,), by, now)
            row = loaded.rows.get(who)
            if row is None or row.membership.gone_at is not None:
                raise NotFoundError("member", who)
            usernames = _usernames(unit, tenant, [row.membership.approved_by, row.membership.proven_by])
        listed = self._shown(row, members.condition(row, now, self._policy))
        return directory.details(listed, row, usernames, self._catalog)

    def members(
        self, tenant: TenantId, principals: Collection[PrincipalId], *, by: By
    ) -> Mapping[PrincipalId, DirectoryRow]:
        """
        Return the rows of those among *principals* who are members, by id; one statement. Who: as `search`.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: more than 500, or what is no id of a principal.
        """
        now = now_of(self._clock)
        found = self._named(tenant, principals, by, now)
        return {
            who: self._shown(row, members.condition(row, now, self._policy))
            for who, row in found.items()
            if row.membership.gone_at is None
        }

    def usernames(self, tenant: TenantId, principals: Collection[PrincipalId], *, by: By) -> Mapping[PrincipalId, str]:
        """
        Return what each of *principals* is called, by id: those who are members, or were; one query (AM-10).

        Who: as `search`. Whoever was never a member is left out, so that nobody is looked up here.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
            InvalidInputError: more than 500, or what is no id of a principal.
        """
        found = self._named(tenant, principals, by, now_of(self._clock))
        return {principal: row.principal.username for principal, row in found.items()}

    def counts(self, tenant: TenantId, *, by: By) -> RosterCounts:
        """
        Return how many stand on each list, counted to 1,000 each. Who: as `search`.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        now = now_of(self._clock)
        away = now - self._policy.inactive_after

        def asked(*, pending: bool = False, lapsing: bool = False) -> searching.Asked:
            conditions = directory.conditions(None, pending=pending, lapsing=lapsing)
            wanted = Wanted(conditions=conditions, idle_since=away)
            return searching.Asked(tenant, wanted, MemberSort.USERNAME, descending=False, now=now, lapsing=lapsing)

        with self._store.reading() as unit:
            self._read(unit, tenant, (), by, now)
            return RosterCounts(
                members=self._total(unit, asked(), by),
                queue=self._total(unit, asked(pending=True), by),
                lapsing=self._total(unit, asked(lapsing=True), by),
                invitations=_total(unit.invitations.count_open(tenant, now)),
            )

    def _named(
        self, tenant: TenantId, principals: Collection[PrincipalId], by: By, now: datetime
    ) -> Mapping[PrincipalId, Row]:
        """Return the rows of *principals*, tombstones included, in the order asked for."""
        if len(principals) > NAMED_LIMIT:
            raise InvalidInputError("principals", f"must be at most {NAMED_LIMIT}")
        asked = [searching.principal("principals", principal) for principal in principals]
        with self._store.reading() as unit:
            rows = self._read(unit, tenant, asked, by, now).rows
        return {principal: rows[principal] for principal in asked if principal in rows}

    def _read(self, unit: Unit, tenant: TenantId, principals: Collection[PrincipalId], by: By, now: datetime) -> Loaded:
        """Return the tenant and the rows of *principals*, for whoever may see the roster."""
        reader = guards.reader_of(tenant, by)
        named = {*principals} if reader is None else {*principals, reader}
        loaded = unit.memberships.load(tenant, named)
        return guards.judged_reader(loaded, tenant, by, self._catalog, self._policy, now)

    def _page(
        self, asked: searching.Asked, start: tuple[int, Place] | None, limit: int, by: By, *, counts: bool
    ) -> DirectoryPage:
        reader = guards.reader_of(asked.tenant, by)
        with self._store.reading() as unit:
            found: list[searching.Found] = []
            for one in self._listed(unit, asked, start, reader, by, limit + 1):
                found.append(one)
                if len(found) > limit:
                    break
            if not found and asked.wanted.role is not None:
                _require_role(unit, asked.tenant, asked.wanted.role)
            total = self._total(unit, asked, by) if counts else None
        rows = [self._shown(one.row, one.reason) for one in found[:limit]]
        more = searching.cursor_after(asked, found[limit - 1]) if len(found) > limit else None
        return DirectoryPage(tuple(rows), more, total)

    def _listed(
        self,
        unit: Unit,
        asked: searching.Asked,
        start: tuple[int, Place] | None,
        reader: PrincipalId | None,
        by: By,
        size: int,
    ) -> Iterator[searching.Found]:
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
                    if self._is_beyond(asked, row):
                        return
                    if asked.lapsing and not directory.is_lapsing(row, asked.now, self._policy):
                        continue
                    reason = members.condition(row, asked.now, self._policy)
                    if wanted.conditions is None or reason in wanted.conditions:
                        yield searching.Found(part, at, row, reason)
                if len(rows) < size:
                    break
                after, size = rows[-1][0], SLICE
            after = None

    def _is_beyond(self, asked: searching.Asked, row: Row) -> bool:
        """Tell whether nobody from *row* on lapses soon: in this order, all of them were there later."""
        ordered = asked.lapsing and asked.sort is MemberSort.LAST_ACTIVE_AT and not asked.descending
        seen = row.membership.last_active_at
        return ordered and seen is not None and seen > directory.lapsing_since(asked.now, self._policy)

    def _shown(self, row: Row, reason: Reason) -> DirectoryRow:
        return directory.shown(row, reason, self._catalog, self._policy, self._levels)

    def _total(self, unit: Unit, asked: searching.Asked, by: By) -> Total:
        if asked.wanted.conditions is None:
            count = unit.directory.count(asked.tenant, asked.wanted, COUNT_LIMIT + 1)
        else:
            order = MemberSort.LAST_ACTIVE_AT if asked.lapsing else MemberSort.USERNAME
            everybody = attrs.evolve(asked, sort=order, descending=False)
            reader = guards.reader_of(asked.tenant, by)
            listed = self._listed(unit, everybody, None, reader, by, SLICE)
            count = sum(1 for _, _ in zip(range(COUNT_LIMIT + 1), listed, strict=False))
        return _total(count)


def _total(count: int) -> Total:
    return Total(min(count, COUNT_LIMIT), is_capped=count > COUNT_LIMIT)


def _usernames(unit: Unit, tenant: TenantId, named: Collection[str | None]) -> Mapping[str, str]:
    """Return the usernames of those among *named* who are or were members; what is no id is nobody's."""
    asked = {PrincipalId(str(one)) for one in named if is_id(one, PRINCIPAL)}
    loaded = unit.memberships.load(tenant, asked) if asked else None
    return {} if loaded is None else {who: row.principal.username for who, row in loaded.rows.items()}


def _require_role(unit: Unit, tenant: TenantId, role: RoleKey) -> None:
    """Refuse a role that the tenant has not; asked only where nobody was found, so that finding costs nothing."""
    if role != ACCOUNT_MANAGER and unit.roles.find(tenant, role) is None:
        raise unknown("role", role, [ACCOUNT_MANAGER, *(known.key for known in unit.roles.list(tenant))])
