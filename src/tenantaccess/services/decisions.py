"""Asking, from trusted code: may this principal do that here, who may, and where may it?"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

import attrs

from tenantaccess.errors import AccessDeniedError, ClockError, InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, TENANT, LevelKey, PrincipalId, RoleKey, SegmentKey, TenantId, is_id
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Decision, Question, Reason, Standing
from tenantaccess.model.members import Row
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.rules import decisions
from tenantaccess.rules.decisions import judge
from tenantaccess.services import activity
from tenantaccess.services.timing import now_of

SLICE: Final = 500
KNOWN_IDS: Final = 65_536
"""Of how many ids it is remembered that they have the shape of one: looking takes as long as a whole check."""
Compiler = Callable[[Tenant, Row], Standing]
Id = TypeVar("Id", TenantId, PrincipalId)


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
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _questions: dict[tuple[str, str], Question] = attrs.field(factory=dict, init=False)
    _tenants: set[TenantId] = attrs.field(factory=set, init=False)
    _principals: set[PrincipalId] = attrs.field(factory=set, init=False)
    """Ids that were found to have the shape of their kind; none of the public's making gets in here but well-formed."""
    _compile: Compiler = attrs.field(init=False)
    check: Check = attrs.field(init=False, repr=False)
    """Answers whether somebody may do something somewhere, now; see `Check`."""

    def __attrs_post_init__(self) -> None:
        catalog, policy = self._catalog, self._policy

        def compiled(tenant: Tenant, row: Row) -> Standing:
            return decisions.standing(tenant, row, catalog, policy)

        self._compile = compiled
        self.check = self._checking()

    def _checking(self) -> Check:
        """
        Return the check, with all that it needs at hand.

        What was asked before goes straight to the rule: its words are declared, and its ids have their shape.
        """
        questions, tenants, principals = self._questions, self._tenants, self._principals
        standing, compiled, moment, answered = self._store.standing, self._compile, self._clock.now, self._answered

        def check(
            tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None = None
        ) -> Decision:
            try:
                asked = questions[resource, action]
                if segment is None and tenant in tenants and principal in principals:
                    now = moment()
                    if now >= EARLIEST:
                        return judge(asked, standing(tenant, principal, compiled), now, None)
            except (KeyError, TypeError):
                pass  # a word or id seen for the first time, or none at all: looked at below
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
            activity.move(self._store, tenant, principal, found.presence, now, self._policy)
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
        self._require_tenant(tenant)
        asked = self._question(resource, action)
        chosen = self._chosen(segment)
        levels = [step.key for step in self._catalog.ladder.steps if step.rank + 1 >= asked.needed]
        built_in = ACCOUNT_MANAGER if self._catalog.resource(resource).offered else None
        return self._members_with(tenant, asked, chosen, levels, built_in)

    def _members_with(
        self,
        tenant: TenantId,
        asked: Question,
        chosen: SegmentKey | None,
        levels: Sequence[LevelKey],
        built_in: RoleKey | None,
    ) -> Iterator[PrincipalId]:
        now, after = now_of(self._clock), None
        while True:
            with self._store.reading() as unit:
                loaded = unit.memberships.load(tenant, ())
                rows = unit.queries.reaching(tenant, asked.resource, levels, built_in, after, SLICE)
            if loaded is None:
                return
            for row in rows:
                standing = self._compile(loaded.tenant, row)
                if judge(asked, standing, now, chosen):
                    yield row.id
            if len(rows) < SLICE:
                return
            after = rows[-1].id

    def list_tenants_with(
        self, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> list[TenantId]:
        """Return where *principal* may do *action* on *resource*, by id; agrees with `check`; one query."""
        self._require_principal(principal)
        asked = self._question(resource, action)
        chosen = self._chosen(segment)
        with self._store.reading() as unit:
            found = unit.queries.of_principal(principal)
        now = now_of(self._clock)
        return [tenant.id for tenant, row in found if judge(asked, self._compile(tenant, row), now, chosen)]

    def _answered(
        self, tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None
    ) -> tuple[Decision, datetime, Standing | None]:
        """Answer `check`, with the one moment it was judged at, and the row as compiled."""
        try:
            asked = self._question(resource, action)
            self._require_tenant(tenant)
            self._require_principal(principal)
            if segment is not None:
                self._catalog.require_segments((segment,))
            found = self._store.standing(tenant, principal, self._compile)
        except TypeError:
            # What cannot be hashed is no word and no id; asked for only then, so that a good check pays nothing.
            _require_words(tenant, principal, resource, action)
            raise
        now = self._clock.now()
        if now.tzinfo is None or now < EARLIEST:
            raise ClockError("the clock gave a moment that is naive or lies before 1970")
        chosen = None if segment is None else SegmentKey(segment)
        return judge(asked, found, now, chosen), now, found

    def _chosen(self, segment: str | None) -> SegmentKey | None:
        """Return the segment that is viewed for; `UnknownNameError` for an undeclared one."""
        if segment is None:
            return None
        self._catalog.require_segments((segment,))
        return SegmentKey(segment)

    def _question(self, resource: str, action: str) -> Question:
        asked = self._questions.get((resource, action))
        if asked is None:
            asked = decisions.question(self._catalog, resource, action)
            self._questions[(resource, action)] = asked
        return asked

    def _require_tenant(self, value: object) -> None:
        if not is_id(value, TENANT):
            raise InvalidInputError("tenant", "must be the id of a tenant")
        _remember(self._tenants, TenantId(str(value)))

    def _require_principal(self, value: object) -> None:
        if not is_id(value, PRINCIPAL):
            raise InvalidInputError("principal", "must be the id of a principal")
        _remember(self._principals, PrincipalId(str(value)))


def _remember(known: set[Id], one: Id) -> None:
    if len(known) >= KNOWN_IDS:
        known.clear()
    known.add(one)


def _require_words(*words: object) -> None:
    if not all(isinstance(word, str) for word in words):
        raise InvalidInputError("question", "must be asked in ids and words, which are text")
