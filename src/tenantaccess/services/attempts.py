"""Limiting what can be guessed: attempts are counted before anything slow happens, where no rollback undoes it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import attrs

from tenantaccess.errors import MisuseError, TooManyAttemptsError
from tenantaccess.ids import PrincipalId
from tenantaccess.model import names
from tenantaccess.model.attempts import Attempt, AttemptKind, Limit, Tried, key_of, source_of
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.services.holding import again_on_conflict
from tenantaccess.services.timing import now_of

T = TypeVar("T")

TRIES: Final = 50
"""How often counting is tried while others count; whoever still loses is refused."""
FORGOTTEN_AT_ONCE: Final = 1_000
FORGETTING_ROUNDS: Final = 100


@attrs.frozen
class Attempts:
    """
    What was tried, and how often it still may be.

    Args:
        store: Where it is counted: across processes, in units of its own.
        policy: The limits.
        clock: For periods.
    """

    _store: Store
    _policy: Policy
    _clock: Clock

    def counted(
        self, tried: Tried, *, target: str | None = None, actor: PrincipalId | None = None, source: str | None = None
    ) -> Sequence[Attempt]:
        """
        Count one attempt and commit that, before anything is verified.

        By each of target, actor and source at once, or not at all. An absent source is limited like one source: a
        host that does not say where attempts come from limits all of them together.

        Args:
            tried: What is tried.
            target: The normalised username it is tried on; None if on none.
            actor: Who tries; None for somebody who is not signed in.
            source: Where it comes from, such as an address that the host vouches for.

        Returns:
            What to give back if the attempt succeeds.

        Raises:
            TooManyAttemptsError: one of them is at its limit; nothing was counted.
            MisuseError: inside a host's transaction, whose rollback would undo the count.
        """
        if self._store.is_hosted:
            raise MisuseError(f"try a {tried.value} outside the transaction: its rollback would undo the counting")
        limits = {key_of(tried, AttemptKind.SOURCE, _source(source)): self._policy.attempts_per_source}
        if actor is not None:
            limits[key_of(tried, AttemptKind.ACTOR, actor)] = self._policy.attempts_per_actor
        if target is not None:
            limits[key_of(tried, AttemptKind.TARGET, target)] = self._policy.attempts_per_target
        return again_on_conflict(lambda: self._taken(limits), TRIES)

    def give_back(self, attempts: Sequence[Attempt]) -> None:
        """Take *attempts* that succeeded off again; never clears what others counted."""
        again_on_conflict(lambda: self._given_back(attempts), TRIES)

    def forget(self) -> int:
        """Forget attempts whose period is over, and return of how many keys; a bounded number at a time."""
        forgotten = 0
        for _ in range(FORGETTING_ROUNDS):
            dropped = again_on_conflict(self._forgotten, TRIES)
            forgotten += dropped
            if dropped < FORGOTTEN_AT_ONCE:
                break
        return forgotten

    def _taken(self, limits: dict[str, int]) -> Sequence[Attempt]:
        now, period = now_of(self._clock), self._policy.attempts_period
        with self._store.begin() as unit:
            # In order of key, so that two that count the same never wait for each other.
            taken = [unit.attempts.take(key, limits[key], period, now) for key in sorted(limits)]
            full = [attempt.began_at + period - now for attempt in taken if not attempt.is_counted]
            if full:
                raise TooManyAttemptsError(max(full))
            unit.commit()
            return taken

    def _given_back(self, attempts: Sequence[Attempt]) -> None:
        with self._store.begin() as unit:
            for attempt in attempts:
                unit.attempts.give_back(attempt)
            unit.commit()

    def _forgotten(self) -> int:
        longest = max(self._policy.attempts_period, self._policy.mails_period)
        with self._store.begin() as unit:
            dropped = unit.attempts.forget(now_of(self._clock) - longest, FORGOTTEN_AT_ONCE)
            unit.commit()
            return dropped


def lift(unit: Unit, keys: Iterable[str]) -> None:
    """Clear what was counted under *keys*, in the unit of what is done."""
    for key in sorted(keys):
        unit.attempts.clear(key)


def count(unit: Unit, limits: Iterable[Limit], now: datetime) -> None:
    """
    Count once under each of *limits*, in the unit of what is done.

    Raises:
        TooManyAttemptsError: one of the limits is reached.
    """
    for limit in sorted(limits, key=lambda one: one.key):
        taken = unit.attempts.take(limit.key, limit.most, limit.period, now)
        if not taken.is_counted:
            raise TooManyAttemptsError(taken.began_at + limit.period - now)


def _source(source: str | None) -> str:
    return source_of(None if source is None else names.key("source", source))
