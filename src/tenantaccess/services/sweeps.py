"""Keeping the books: who lapsed, who is to be warned, which requests wait. No answer depends on it (INV-08, MC-18)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

import attrs

from tenantaccess.errors import AccessDeniedError, ConflictError
from tenantaccess.ids import NOTICE, NoticeId, PrincipalId, TenantId
from tenantaccess.model.actors import ActorKind, System
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import TenantState
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import members
from tenantaccess.services import overview
from tenantaccess.services.attempts import Attempts
from tenantaccess.services.command import Done, Ids, MemberCommand, Plan
from tenantaccess.services.pipeline import Pipeline
from tenantaccess.services.scene import Scene, change, notice
from tenantaccess.services.timing import now_of

SLICE: Final = 200


@attrs.frozen
class NoteLapse(MemberCommand[Done]):
    """
    Write down that a member lapsed, once for each running of the clock.

    Who: the system. No fact that the status reads is written. The person is told.
    """

    name: ClassVar[str] = "note_lapse"

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        if scene.actor.kind is not ActorKind.SYSTEM:
            raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=scene.name))
        row = scene.present(self.member)
        if row is None or scene.tenant.state is not TenantState.OPEN or not is_news(row, scene.now, scene.policy):
            return Plan(Done())
        after = attrs.evolve(row.membership, lapse_noted_at=members.lapses_at(row, scene.policy))
        return Plan(Done(changed=True), (change(row, after),), (notice(scene, Audience.PERSON, after),))


def is_news(row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether *row* has lapsed and the lapse of this clock is not written down yet."""
    lapsed = members.condition(row, now, policy) is Reason.LAPSED
    return lapsed and row.membership.lapse_noted_at != members.lapses_at(row, policy)


@attrs.frozen
class Swept:
    """
    What one sweep wrote.

    Args:
        tenants: How many tenants it looked at.
        lapsed: Members newly written down as lapsed.
        warned: Warnings queued.
        reminded: Tenants whose managers are reminded of requests that wait.
    """

    tenants: int = 0
    lapsed: int = 0
    warned: int = 0
    reminded: int = 0


@attrs.frozen
class _Late:
    """A notice that is due, and the rows on which it is marked, each with the number it is raised to."""

    rows: Sequence[tuple[Row, int]]
    about: Notice


@attrs.frozen
class Sweeps:
    """
    The sweep over all tenants.

    Args:
        store: Where everything lives.
        pipeline: Runs its commands.
        policy: The host's periods.
        clock: Read once per tenant.
    """

    _store: Store
    _pipeline: Pipeline
    _policy: Policy
    _clock: Clock

    def run(self) -> Swept:
        """
        Look through every tenant once; running it again, or twice at once, writes nothing twice.

        A service that is not swept loses nothing but the notices: time bites by itself. Attempts whose period is over
        are forgotten on the way.
        """
        done = Swept()
        for found in overview.everywhere(self._store):
            if found.state is not TenantState.OPEN:
                continue
            tenant, now = found.id, now_of(self._clock)
            done = attrs.evolve(
                done,
                tenants=done.tenants + 1,
                lapsed=done.lapsed + sum(self._note(tenant, rows, now) for rows in self._idle(tenant, now)),
                warned=done.warned + sum(self._warn(rows, now) for rows in self._idle(tenant, now)),
                reminded=done.reminded + self._remind(tenant, now),
            )
        Attempts(self._store, self._policy, self._clock).forget()
        return done

    def _idle(self, tenant: TenantId, now: datetime) -> Iterator[Sequence[Row]]:
        """Yield slices of who has been silent for so long that something may be due; each is one unit's work."""
        since = (
            now - self._policy.warnings_after[0] if self._policy.warnings_after else now - self._policy.inactive_after
        )
        after: PrincipalId | None = None
        while True:
            with self._store.reading() as unit:
                rows = unit.queries.idle(tenant, since, after, SLICE)
            yield rows
            if len(rows) < SLICE:
                return
            after = rows[-1].id

    def _note(self, tenant: TenantId, rows: Sequence[Row], now: datetime) -> int:
        commands = [NoteLapse(tenant, row.id) for row in rows if is_news(row, now, self._policy)]
        return sum(done.changed for done in self._pipeline.execute_all(commands, System())) if commands else 0

    def _warn(self, rows: Sequence[Row], now: datetime) -> int:
        due = [(row, self._due(row, now)) for row in rows]
        late = [_Late([(row, step)], _warning(row, step, now)) for row, step in due if step > row.membership.warned]
        queued = self._queued(late)
        # Of a slice in which somebody was first, each is tried by itself.
        return sum(self._queued([one]) or 0 for one in late) if queued is None else queued

    def _remind(self, tenant: TenantId, now: datetime) -> bool:
        """
        Remind the managers of whoever has waited longest, at most once in `Policy.remind_every` (AM-24).

        One notice a tenant, however many ask: a flood of requests is no flood of mail.
        """
        with self._store.reading() as unit:
            rows = overview.waiting(unit, tenant, now, self._policy)
        due = [(row, self._waited(row, now)) for row in rows]
        late = [(row, step) for row, step in due if step > row.membership.warned]
        if not late:
            return False
        oldest, step = late[0]
        occasion = f"reminder {oldest.membership.requested_at} {step}"
        about = _notice(oldest, now, "request_waits", Audience.MANAGERS, occasion)
        return bool(self._queued([_Late(late, about)]))

    def _waited(self, row: Row, now: datetime) -> int:
        """Return how many periods a request has waited."""
        return (now - (row.membership.requested_at or now)) // self._policy.remind_every

    def _queued(self, news: Sequence[_Late]) -> int | None:
        """Queue what is still news, in one unit, and return how many; None if somebody else was first."""
        if not news:
            return 0
        try:
            with self._store.begin() as unit:
                queued = [one.about for one in news if _marked(unit, one.rows)]
                unit.notices.add(queued)
                unit.commit()
                return len(queued)
        except ConflictError:
            return None

    def _due(self, row: Row, now: datetime) -> int:
        """Return how many warnings are due for a row that would lapse and has not; 0 if none."""
        lapse = members.lapses_at(row, self._policy)
        if lapse is None or members.condition(row, now, self._policy) is not Reason.ACTIVE:
            return 0
        idle = now - (lapse - self._policy.inactive_after)
        return sum(idle >= period for period in self._policy.warnings_after)


def _marked(unit: Unit, rows: Sequence[tuple[Row, int]]) -> bool:
    """Mark all of *rows*, and tell whether that is news of any."""
    facts = [(row.membership, step) for row, step in rows]
    return sum(unit.activity.warn(one.tenant, one.principal, one.incarnation, step) for one, step in facts) > 0


def _warning(row: Row, step: int, now: datetime) -> Notice:
    return _notice(row, now, "lapse_warning", Audience.PERSON, f"warning {_clock_of(row.membership)} {step}")


def _notice(row: Row, now: datetime, purpose: str, audience: Audience, occasion: str) -> Notice:
    facts = row.membership
    return Notice(
        id=NoticeId(Ids(f"{facts.tenant} {facts.principal}").make(NOTICE, occasion)),
        purpose=purpose,
        audience=audience,
        principal=facts.principal,
        tenant=facts.tenant,
        created_at=now,
        incarnation=facts.incarnation,
        access_epoch=facts.access_epoch,
    )


def _clock_of(facts: Membership) -> datetime | None:
    return max((at for at in (facts.clock_started_at, facts.last_active_at) if at is not None), default=None)
