"""Asking, from trusted code: may this principal do that here, who may, and where may it?"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import attrs

from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError
from tenantaccess.ids import PrincipalId, SegmentKey, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Decision, Question, Reason, Standing
from tenantaccess.model.moments import ticks
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.rules import decisions
from tenantaccess.rules.decisions import judge
from tenantaccess.services import activity
from tenantaccess.services.checked import own_standing
from tenantaccess.services.standings import Standings
from tenantaccess.services.timing import counting, now_of

SLICE: Final = 500


class Check(Protocol):
    """The one question that must be quick."""

    def __call__(
        self, tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> Decision:
        """
        Answer whether *principal* may do *action* on *resource* in *tenant*, now.

        Args:
            tenant: Where; an absent one and one where the principal is no member answer alike.
            principal: Who.
            resource: A declared resource.
            action: A declared action of it.
            segment: What is viewed for; None means all of the tenant.

        Returns:
            The Decision: true only if every fact is there and good (INV-01).

        Raises:
            UnknownNameError: an undeclared word.
            InvalidInputError: not ids, or ids of the wrong kind.
            StoreError: the store failed; never an allow, never a silent deny.
        """
        ...


@attrs.define(eq=False)
class Decisions:
    """
    Questions about access. There is no decision cache: every answer is made from facts read for it (INV-05).

    Args:
        store: Where the facts are.
        catalog: The declared words.
        policy: The host's choices.
        clock: Read once per answer.
        standings: The rows, compiled.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _standings: Standings
    _now: Callable[[], int] = attrs.field(init=False)
    check: Check = attrs.field(init=False, repr=False)
    """Answers whether somebody may do something somewhere, now; see `Check`."""

    def __attrs_post_init__(self) -> None:
        self._now = counting(self._clock)
        self.check = self._checking()

    def _checking(self) -> Check:
        """
        Return the check, with all that it needs at hand.

        What the store has at hand goes straight to the rule: either there is a row of these two under their ids, or
        they were met before and have the shape of ids.
        """
        questions, kept = self._standings.questions, self._standings.kept
        tenants, principals = self._standings.tenants, self._standings.principals
        moment, answered = self._now, self._answered

        def check(
            tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None = None
        ) -> Decision:
            if segment is None:
                try:
                    asked = questions[resource][action]
                    found = kept[tenant][principal]
                except (KeyError, TypeError):
                    pass  # not at hand, not declared, or no word and no id at all: looked at below
                else:
                    if found is not None:
                        if found.principal == principal and found.tenant == tenant:
                            return judge(asked, found, moment(), None)
                    elif tenant in tenants and principal in principals:
                        return judge(asked, None, 0, None)  # at no time is anything open to who is no member
            return answered(tenant, principal, resource, action, segment)[0]

        return check

    def require(
        self, tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> None:
        """
        Pass if `check` allows; the person's activity moves forward with it, at most once an hour.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: anything else; carries the Decision.
        """
        answer, now, found = self._answered(tenant, principal, resource, action, segment)
        if answer and found is not None:
            activity.move(self._store, tenant, principal, found, now)
            return
        if answer.reasons[0] is Reason.NOT_A_MEMBER:
            raise NotFoundError("tenant", tenant)
        raise AccessDeniedError(answer)

    def list_members_with(
        self, tenant: TenantId, resource: str, action: str, segment: str | None = None
    ) -> Iterator[PrincipalId]:
        """
        Yield who may do *action* on *resource* in *tenant*, by id; agrees with `check` at the same moment (INV-04).

        What is asked is looked at when this is called; the moment is read once, when the first is asked for, and
        rows are fetched in slices.
        """
        self._standings.require_tenant(tenant)
        asked = self._question(resource, action)
        chosen = self._chosen(segment)
        return self._members_with(tenant, asked, chosen)

    def _members_with(self, tenant: TenantId, asked: Question, chosen: SegmentKey | None) -> Iterator[PrincipalId]:
        now = ticks(now_of(self._clock))
        try:
            found = self._standings.kept[tenant].everybody()
        except KeyError:
            found = self._reaching(tenant, asked)
        for principal, standing in found:
            if judge(asked, standing, now, chosen) and own_standing(tenant, principal, standing):
                yield principal

    def _reaching(self, tenant: TenantId, asked: Question) -> Iterator[tuple[PrincipalId, Standing]]:
        levels = [step.key for step in self._catalog.ladder.steps if step.rank + 1 >= asked.needed]
        built_in = ACCOUNT_MANAGER if asked.offered else None
        after = None
        while True:
            with self._store.reading() as unit:
                loaded = unit.memberships.load(tenant, ())
                rows = unit.queries.reaching(tenant, asked.resource, levels, built_in, after, SLICE)
            if loaded is None:
                return
            for row in rows:
                yield row.id, self._standings.compile(loaded.tenant, row)
            if len(rows) < SLICE:
                return
            after = rows[-1].id

    def list_tenants_with(
        self, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> list[TenantId]:
        """Return where *principal* may do *action* on *resource*, by id; agrees with `check`; one query."""
        self._standings.require_principal(principal)
        asked = self._question(resource, action)
        chosen = self._chosen(segment)
        found = self._everywhere(principal)
        now = ticks(now_of(self._clock))
        return [
            tenant for tenant, standing in found if judge(asked, own_standing(tenant, principal, standing), now, chosen)
        ]

    def _everywhere(self, principal: PrincipalId) -> Iterable[tuple[TenantId, Standing]]:
        try:
            return self._standings.kept.everywhere(principal)
        except KeyError:
            with self._store.reading() as unit:
                found = unit.queries.of_principal(principal)
            return [(tenant.id, self._standings.compile(tenant, row)) for tenant, row in found]

    def _answered(
        self, tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None
    ) -> tuple[Decision, int, Standing | None]:
        """Answer `check`, with the one moment it was judged at, and the row as compiled."""
        asked = self._question(resource, action)
        self._standings.require_tenant(tenant)
        self._standings.require_principal(principal)
        chosen = self._chosen(segment)
        found = self._standings.find(tenant, principal)
        now = self._now()
        return judge(asked, found, now, chosen), now, found

    def _chosen(self, segment: str | None) -> SegmentKey | None:
        """Return the segment that is viewed for; `UnknownNameError` for an undeclared one."""
        if segment is None:
            return None
        self._catalog.require_segments((segment,))
        return SegmentKey(segment)

    def _question(self, resource: str, action: str) -> Question:
        try:
            return self._standings.questions[resource][action]
        except KeyError:
            return decisions.question(self._catalog, resource, action)  # which says what is not declared
        except TypeError:
            raise InvalidInputError("question", "must be asked in words, which are text") from None
