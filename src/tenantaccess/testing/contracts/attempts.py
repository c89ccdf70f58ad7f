"""What the repository of attempts promises: no more than the limit, however many try at once (MU-09)."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from attrs import evolve

from tenantaccess.model.attempts import Attempt
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.hostile import confused, is_key, pairs
from tenantaccess.testing.contracts.samples import DAY, NOON, TICK, kept
from tenantaccess.testing.contracts.threads import at_once, until_done

PERIOD = timedelta(minutes=15)
LIMIT = 5
MANY = 10
AT_ONCE = 10
CONCURRENT = needs(Ability.CONCURRENT_UNITS)


def take(store: Store, key: str = "k", at: datetime = NOON, limit: int = LIMIT) -> Attempt:
    """Take one attempt in a committed unit."""
    with kept(store) as unit:
        return unit.attempts.take(key, limit, PERIOD, at)


def give_back(store: Store, attempt: Attempt) -> None:
    """Give one back in a committed unit."""
    with kept(store) as unit:
        unit.attempts.give_back(attempt)


def _room(store: Store, key: str = "k", at: datetime = NOON) -> int:
    """Return how many are counted yet, in a unit that is undone."""
    with store.begin() as unit:
        return sum(unit.attempts.take(key, LIMIT, PERIOD, at).is_counted for _ in range(LIMIT + 1))


class AttemptContract(Contract):
    """Attempts are counted within a period that begins with the first."""

    def test_attempts_are_counted_up_to_the_limit(self) -> None:
        """Whoever guesses is stopped at the same number everywhere."""
        store = self.make()

        assert [take(store).is_counted for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2

    def test_an_attempt_says_when_its_period_began(self) -> None:
        """Who is refused is told when to come back."""
        store = self.make()
        taken = [take(store, at=NOON + number * TICK) for number in range(LIMIT + 1)]

        assert [one.began_at for one in taken] == [NOON] * (LIMIT + 1)
        assert {one.key for one in taken} == {"k"}

    def test_a_period_ends_at_its_end(self) -> None:
        """Exactly then, and not before."""
        store = self.make()
        for _ in range(LIMIT):
            take(store)

        assert not take(store, at=NOON + PERIOD - TICK).is_counted
        assert take(store, at=NOON + PERIOD) == Attempt("k", NOON + PERIOD, is_counted=True)
        assert _room(store, at=NOON + PERIOD) == LIMIT - 1

    def test_refused_attempts_do_not_prolong_a_period(self) -> None:
        """Who waits gets in, whatever others go on trying."""
        store = self.make()
        for number in range(LIMIT + 9):
            take(store, at=NOON + number * TICK)

        assert take(store, at=NOON + PERIOD).is_counted

    def test_keys_are_counted_apart(self) -> None:
        """Guessing at one person locks nobody else out."""
        store = self.make()
        for _ in range(LIMIT):
            take(store)

        assert (_room(store), _room(store, "other")) == (0, LIMIT)

    def test_an_attempt_is_given_back(self) -> None:
        """Whoever signs in all day long is not locked out by it."""
        store = self.make()
        for _ in range(LIMIT + 9):
            give_back(store, take(store))

        assert _room(store) == LIMIT

    def test_giving_back_never_clears_what_others_counted(self) -> None:
        """Whoever has an account of their own does not wash guesses at others away (MU-09)."""
        store = self.make()
        mine, _ = take(store), take(store)
        give_back(store, mine)
        assert _room(store) == LIMIT - 1
        for _ in range(9):
            give_back(store, evolve(mine, key="other"))

        assert _room(store) == LIMIT - 1

    def test_what_was_not_counted_is_not_given_back(self) -> None:
        """A refusal makes no room."""
        store = self.make()
        refused = [take(store) for _ in range(LIMIT + 1)][-1]
        give_back(store, refused)

        assert _room(store) == 0

    def test_what_is_given_back_late_counts_for_nothing(self) -> None:
        """A period's attempts belong to it alone."""
        store = self.make()
        late = take(store)
        take(store, at=NOON + PERIOD)
        give_back(store, late)

        assert _room(store, at=NOON + PERIOD) == LIMIT - 1

    def test_nothing_counted_means_no_running_period(self) -> None:
        """A period begins with the first attempt that counts, so that one success does not shorten the next."""
        store = self.make()
        give_back(store, take(store))

        assert take(store, at=NOON + TICK).began_at == NOON + TICK

    def test_giving_back_twice_makes_no_room(self) -> None:
        """There is never less than nothing counted."""
        store = self.make()
        mine = take(store)
        for _ in range(3):
            give_back(store, mine)

        assert _room(store) == LIMIT

    def test_an_attempt_counts_within_its_unit(self) -> None:
        """The limit holds before anything is committed."""
        with self.make().begin() as unit:
            taken = [unit.attempts.take("k", 1, PERIOD, NOON).is_counted for _ in range(2)]

        assert taken == [True, False]

    def test_an_attempt_is_undone_with_its_unit(self) -> None:
        """Of several keys all are counted, or none."""
        store = self.make()
        with store.begin() as unit:
            unit.attempts.take("k", LIMIT, PERIOD, NOON)

        assert _room(store) == LIMIT

    def test_what_is_counted_under_a_key_is_cleared(self) -> None:
        """A lock is lifted for whoever has proven who they are; other keys keep theirs."""
        store = self.make()
        for key in ("k", "k", "k", "other"):
            take(store, key)
        with kept(store) as unit:
            unit.attempts.clear("k")
            unit.attempts.clear("never counted")

        assert (_room(store), _room(store, "other")) == (LIMIT, LIMIT - 1)
        assert take(store, at=NOON + TICK).began_at == NOON + TICK

    def test_old_attempts_are_forgotten(self) -> None:
        """What nobody needs is not kept."""
        store = self.make()
        for number in range(4):
            take(store, f"k{number}", NOON + number * DAY)
        with kept(store) as unit:
            assert unit.attempts.forget(NOON + DAY, 9) == 2
            assert unit.attempts.forget(NOON + DAY, 9) == 0

        assert [_room(store, f"k{number}", NOON + number * DAY) for number in range(4)] == [5, 5, 4, 4]

    @pytest.mark.parametrize("limit", [1, 3])
    def test_the_oldest_are_forgotten_first_and_few_at_a_time(self, limit: int) -> None:
        """Forgetting a flood holds nobody up."""
        store = self.make()
        for number in (2, 0, 3, 1):
            take(store, f"k{number}", NOON + number * TICK)
        with kept(store) as unit:
            assert unit.attempts.forget(NOON + DAY, limit) == limit

        assert [_room(store, f"k{number}") for number in range(4)] == [5] * limit + [4] * (4 - limit)

    def test_keys_are_told_apart_exactly(self) -> None:
        """A key that only looks alike is another one (INV-09)."""
        for stored, near in pairs(is_key):
            store = self.make()
            take(store, stored)

            assert _room(store, near) == LIMIT, confused(stored, near)

    @CONCURRENT
    def test_of_a_hundred_at_once_no_more_than_the_limit_count(self) -> None:
        """Guessing in parallel is guessing (MU-09, A47)."""
        store = self.make()

        def work() -> list[Attempt]:
            return [until_done(partial(take, store), 500) for _ in range(MANY)]

        taken = [one for mine in at_once([work] * AT_ONCE) for one in mine]
        assert (len(taken), sum(one.is_counted for one in taken)) == (MANY * AT_ONCE, LIMIT)

    @CONCURRENT
    def test_what_is_given_back_at_once_is_all_given_back(self) -> None:
        """No success is forgotten because another one came at the same moment."""
        store = self.make()
        taken = [take(store, limit=MANY) for _ in range(MANY)]
        at_once([partial(until_done, partial(give_back, store, one), 500) for one in taken])

        assert _room(store) == LIMIT
