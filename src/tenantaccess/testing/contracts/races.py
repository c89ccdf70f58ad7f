"""What holds when units meet: one winner, nothing shared, nothing lost, whatever the timing."""

from functools import partial
from threading import Event as Signal
from typing import Final

from attrs import evolve

from tenantaccess.errors import TakenError
from tenantaccess.ids import StreamId
from tenantaccess.model.members import Membership
from tenantaccess.model.notices import Notice
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.notices import NOW, UNTIL, claim, queue
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLINIC,
    NOON,
    VACANT,
    clinic,
    entry,
    kept,
    load,
    member,
    notice,
    principal_id,
    put,
    read,
    token,
)
from tenantaccess.testing.contracts.streams import advance
from tenantaccess.testing.contracts.threads import (
    MOMENT,
    PATIENCE,
    at_once,
    beaten,
    meanwhile,
    unless_beaten,
    until_done,
)
from tenantaccess.testing.contracts.tokens import redeem

CONCURRENT: Final = needs(Ability.CONCURRENT_UNITS)
CROWD: Final = 6


def _rise(store: Store, signal: Signal | None = None) -> int:
    """Read the head under a lock and raise it by one; return the version reached, or 0."""
    with store.begin() as unit:
        unit.streams.lock(CLINIC)
        if signal:
            signal.set()
        seen = unit.streams.head(CLINIC)
        assert seen is not None
        if not unit.streams.advance(seen, Head(CLINIC, seen.version + 1)):
            return 0
        unit.commit()
        return seen.version + 1


def _join(store: Store, number: int) -> bool:
    """Try to take a username that others want too."""
    try:
        with kept(store) as unit:
            unit.principals.add(Principal(id=principal_id(number), username="zoe"), Head(principal_id(number)))
    except TakenError:
        return False
    return True


class RaceContract(Contract):
    """Of those who meet, each is told the truth."""

    @CONCURRENT
    def test_of_two_units_that_advance_from_one_head_one_wins(self) -> None:
        """Two managers who remove each other at once must not both succeed (INV-06, INV-19)."""
        store = clinic(self.make())
        late = partial(advance, store, Head(CLINIC), Head(CLINIC, 1, "late", NOON))
        with store.begin() as unit:
            assert unit.streams.advance(Head(CLINIC), Head(CLINIC, 1, "early", NOON))
            with meanwhile(late) as later:
                early_won = not beaten(unit.commit)

        assert later.result() is not early_won
        assert load(store, CLINIC).head == Head(CLINIC, 1, "early" if early_won else "late", NOON)

    @CONCURRENT
    def test_of_two_units_that_advance_from_one_head_the_second_wins_if_the_first_is_undone(self) -> None:
        """Who made others wait and then gave up took nothing from them."""
        store = clinic(self.make())
        late = partial(advance, store, Head(CLINIC), Head(CLINIC, 1, "late", NOON))
        with meanwhile(partial(_hold_back, store)) as early:
            early.result(PATIENCE)
            assert late()

        assert load(store, CLINIC).head == Head(CLINIC, 1, "late", NOON)

    @CONCURRENT
    def test_of_many_units_that_advance_from_one_head_one_wins(self) -> None:
        """The guard holds in a crowd (INV-06)."""
        store = clinic(self.make())
        tries = [partial(advance, store, Head(VACANT), Head(VACANT, 1, str(who))) for who in range(CROWD)]
        outcomes = at_once(tries)

        assert outcomes.count(True) == 1
        assert load(store, VACANT).head == Head(VACANT, 1, str(outcomes.index(True)))

    @CONCURRENT
    def test_units_that_try_again_all_get_through(self) -> None:
        """A conflict costs another try, never a change."""
        store = clinic(self.make())

        def persist() -> int:
            return next(version for _ in range(1_000) if (version := until_done(partial(_rise, store))))

        assert sorted(at_once([persist] * CROWD)) == list(range(1, CROWD + 1))

    @CONCURRENT
    def test_units_on_different_streams_do_not_beat_each_other(self) -> None:
        """What happens in one tenant makes no command fail in another."""
        store = clinic(self.make())
        streams: list[StreamId] = [CLINIC, VACANT, ANN, BOB, CAT]
        tries = [partial(until_done, partial(advance, store, Head(one), Head(one, 1))) for one in streams]

        assert at_once(tries) == [True] * len(streams)

    @needs(Ability.WAITING_LOCKS)
    @CONCURRENT
    def test_a_locked_stream_keeps_other_writers_waiting(self) -> None:
        """Whoever lost a race locks before reading again, and then cannot lose (INV-06)."""
        store, past = clinic(self.make()), Signal()
        with store.begin() as unit:
            unit.streams.lock(CLINIC)
            with meanwhile(partial(_rise, store, past)) as later:
                got_past = past.wait(MOMENT)
                won = unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
                unit.commit()

        assert (got_past, won, later.result()) == (False, True, 2)

    @CONCURRENT
    def test_a_reading_unit_holds_up_no_writer(self) -> None:
        """A long list must not keep anybody from being disabled."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN))
        with store.reading() as unit:
            assert unit.memberships.load(CLINIC, [ANN]) is not None
            with meanwhile(partial(put, store, evolve(member(CLINIC, ANN), warned=1))) as write:
                write.result(PATIENCE)

        assert read(store, CLINIC, ANN).membership.warned == 1

    @CONCURRENT
    def test_loading_while_rows_change_gives_rows_of_one_version(self) -> None:
        """A decision never mixes facts of two versions (INV-06)."""
        store = clinic(self.make())
        put(store, *_rows(0))

        def change() -> set[int]:
            for number in range(1, 20):
                until_done(partial(put, store, *_rows(number)))
            return {1}

        def look() -> set[int]:
            loads = [load(store, CLINIC, ANN, BOB) for _ in range(20)]
            return {len({row.membership.warned for row in found.rows.values()}) for found in loads}

        assert at_once([change, look]) == [{1}, {1}]

    @CONCURRENT
    def test_a_token_is_redeemed_once_however_many_try_at_once(self) -> None:
        """A link that was forwarded to many opens for one (INV-30)."""
        store = clinic(self.make())
        one = token(CLINIC, ANN, "d1")
        with kept(store) as unit:
            unit.tokens.add(one)

        got = at_once([partial(unless_beaten, partial(redeem, store, "d1"))] * CROWD)
        assert [found for found in got if found] == [one]

    @CONCURRENT
    def test_of_tokens_added_to_one_slot_at_once_one_is_alive(self) -> None:
        """Of two mails that leave together only one opens anything (INV-30)."""
        store = clinic(self.make())
        digests = [f"d{number}" for number in range(CROWD)]

        def mint(digest: str) -> None:
            with kept(store) as unit:
                unit.tokens.add(token(CLINIC, ANN, digest))

        for _ in range(3):
            at_once([partial(until_done, partial(mint, digest)) for digest in digests])
            got = [until_done(partial(redeem, store, digest)) for digest in digests]
            assert len([found for found in got if found]) == 1
            digests = [f"{digest}+" for digest in digests]

    @CONCURRENT
    def test_of_a_token_and_one_added_before_it_is_committed_one_is_alive(self) -> None:
        """What another unit is about to add dies as well, though nobody else sees it yet (INV-30)."""
        store = clinic(self.make())

        def mint() -> None:
            with kept(store) as unit:
                unit.tokens.add(token(CLINIC, ANN, "late"))

        with store.begin() as unit:
            unit.tokens.add(token(CLINIC, ANN, "early"))
            with meanwhile(partial(until_done, mint)):
                Signal().wait(MOMENT)
                beaten(unit.commit)

        got = [redeem(store, digest) for digest in ("early", "late")]
        assert len([found for found in got if found]) == 1

    @CONCURRENT
    def test_two_claimers_at_once_share_nothing_and_skip_nothing(self) -> None:
        """Every notice is told by one worker (INV-38)."""
        store = clinic(self.make())
        queue(store, *map(notice, range(12)))

        def work() -> list[Notice]:
            return joined(lambda _: until_done(partial(claim, store, NOW, 2)), 2)

        met = [one for mine in at_once([work] * 3) for one in mine]
        met += claim(store)
        assert sorted(one.id for one in met) == [notice(number).id for number in range(12)]

    @CONCURRENT
    def test_what_another_unit_is_about_to_claim_is_not_claimed(self) -> None:
        """A claim counts from the moment it is made, not only from its commit (INV-38)."""
        store = clinic(self.make())
        queue(store, notice(1), notice(2))
        with store.begin() as unit:
            mine = list(unit.notices.claim(NOW, UNTIL, 1))
            with meanwhile(partial(until_done, partial(claim, store))) as later:
                held = [] if beaten(unit.commit) else mine

        all_held = [*held, *later.result(), *claim(store)]
        assert sorted(one.id for one in all_held) == [notice(1).id, notice(2).id]

    @CONCURRENT
    def test_a_username_that_many_want_at_once_is_given_to_one(self) -> None:
        """Names are unique, whoever is first (INV-15)."""
        store = clinic(self.make())
        outcomes = at_once([partial(until_done, partial(_join, store, number)) for number in range(1, CROWD)])

        assert outcomes.count(True) == 1

    @CONCURRENT
    def test_activity_of_many_requests_at_once_ends_at_the_latest(self) -> None:
        """Requests end in any order (INV-07)."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN))
        moments = [NOON.replace(second=second) for second in range(1, CROWD + 1)]

        def touch(second: int) -> None:
            with kept(store) as unit:
                unit.activity.touch(CLINIC, ANN, 1, moments[second])

        at_once([partial(until_done, partial(touch, second)) for second in range(CROWD)])
        assert read(store, CLINIC, ANN).membership.last_active_at == moments[-1]

    @CONCURRENT
    def test_refusals_at_once_are_all_counted(self) -> None:
        """A flood is counted in full, and on one line."""
        store = clinic(self.make())

        def record() -> None:
            with kept(store) as unit:
                unit.access_log.record(entry(CLINIC))

        at_once([partial(until_done, record)] * CROWD)
        with store.reading() as unit:
            assert [line.count for line in unit.access_log.read(CLINIC, 9)] == [CROWD]


def _hold_back(store: Store) -> None:
    with store.begin() as unit:
        unit.streams.advance(Head(CLINIC), Head(CLINIC, 1, "early", NOON))


def _rows(warned: int) -> list[Membership]:
    return [evolve(member(CLINIC, who), warned=warned) for who in (ANN, BOB)]
