"""What the repositories of events and of the access log promise."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.errors import ConflictError, StoreError
from tenantaccess.ids import StreamId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry, Event, log_place_before
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import TEXTS, confused, is_key, pairs, texts
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOON,
    SYSTEM,
    TICK,
    VACANT,
    clinic,
    entry,
    event,
    kept,
    private,
)

MEMBER = Actor(ActorKind.MEMBER, ANN)
OPERATOR = Actor(ActorKind.OPERATOR, "ann")


def _append(store: Store, *events: Event) -> None:
    with kept(store) as unit:
        unit.events.append(events, [])


def _numbers(store: Store, stream: StreamId, after: int, limit: int) -> list[int]:
    with store.reading() as unit:
        return [found.number for found, _ in unit.events.read(stream, after, limit)]


class EventContract(Contract):
    """Events are appended and read, in order, and never altered."""

    @pytest.mark.parametrize("stream", [CLINIC, ANN], ids=["a tenant's", "a principal's"])
    @given(data=st.data())
    @strategies.promise
    def test_every_fact_of_an_event_comes_back(self, stream: StreamId, data: st.DataObject) -> None:
        """The chain of hashes is made over exactly these facts (INV-37)."""
        store = clinic(self.make())
        one = data.draw(strategies.events(stream, 1))
        side = data.draw(st.none() | strategies.private_parts(stream, 1))
        with kept(store) as unit:
            unit.events.append([one], [side] if side else [])

        with store.reading() as unit:
            assert list(unit.events.read(stream, 0, 9)) == [(one, side)]

    def test_events_are_read_in_order_whatever_the_order_of_writing(self) -> None:
        """A reader checks the chain from the first event to the last."""
        store = clinic(self.make())
        _append(store, event(CLINIC, 2), event(CLINIC, 1))
        _append(store, *(event(CLINIC, number) for number in range(3, 13)))

        assert _numbers(store, CLINIC, 0, 99) == list(range(1, 13))

    @pytest.mark.parametrize("limit", [1, 2, 99])
    def test_pages_of_events_join_to_all_of_them(self, limit: int) -> None:
        """A reader that goes on after the last number it saw misses nothing."""
        store = clinic(self.make())
        _append(store, *(event(CLINIC, number) for number in range(1, 6)))

        assert joined(lambda after: _numbers(store, CLINIC, after or 0, limit), limit) == [1, 2, 3, 4, 5]

    def test_side_rows_come_with_their_events(self) -> None:
        """Personal parts are kept beside the event, and belong to exactly one."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.events.append([event(CLINIC, 1), event(CLINIC, 2), event(CLINIC, 3)], [private(CLINIC, 2)])

        with store.reading() as unit:
            sides = [side for _, side in unit.events.read(CLINIC, 0, 9)]
        assert sides == [None, private(CLINIC, 2), None]

    def test_a_number_is_used_once_in_a_stream(self) -> None:
        """A second event under one number would be a fork of the record (INV-37)."""
        store = clinic(self.make())
        _append(store, event(CLINIC, 1))

        with pytest.raises((ConflictError, StoreError)):
            _append(store, evolve(event(CLINIC, 1), kind="forged"))
        with store.reading() as unit:
            assert [found for found, _ in unit.events.read(CLINIC, 0, 9)] == [event(CLINIC, 1)]

    def test_every_stream_numbers_its_own_events(self) -> None:
        """The numbers of one stream tell nothing about another (INV-11)."""
        store = clinic(self.make())
        _append(store, event(CLINIC, 1), event(VACANT, 1), evolve(event(CLINIC, 1), stream=ANN))

        assert [_numbers(store, stream, 0, 9) for stream in (CLINIC, VACANT, ANN, BOB)] == [[1], [1], [1], []]

    def test_events_about_somebody_are_the_latest_first(self) -> None:
        """However much happened to others since: whoever reads on misses nothing."""
        store = clinic(self.make())
        events = [evolve(event(CLINIC, number), subject=BOB if number % 3 else ANN) for number in range(1, 13)]
        with kept(store) as unit:
            unit.events.append(events, [private(CLINIC, 5), private(CLINIC, 6)])

        with store.reading() as unit:
            wanted = [
                (one, private(CLINIC, 6) if one.number == 6 else None) for one in events[::-1] if one.subject == ANN
            ]
            assert list(unit.events.about(CLINIC, ANN, 99, 9)) == wanted
            assert list(unit.events.about(CLINIC, ANN, 12, 2)) == wanted[1:3]
            assert list(unit.events.about(CLINIC, ANN, 3, 9)) == []

    def test_events_about_somebody_are_those_of_one_stream(self) -> None:
        """What happens to somebody elsewhere is not told here (INV-11)."""
        store = clinic(self.make())
        _append(store, evolve(event(VACANT, 1), subject=BOB), evolve(event(NEIGHBOUR, 2), subject=BOB))

        with store.reading() as unit:
            assert list(unit.events.about(CLINIC, BOB, 99, 9)) == []
            assert [one.stream for one, _ in unit.events.about(VACANT, BOB, 99, 9)] == [VACANT]

    def test_subjects_of_events_are_told_apart_exactly(self) -> None:
        """What only looks like somebody is somebody else (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_key):
            with store.begin() as unit:
                unit.events.append([evolve(event(CLINIC, 1), subject=stored)], [])

                assert list(unit.events.about(CLINIC, near, 9, 9)) == [], confused(stored, near)
                assert len(unit.events.about(CLINIC, stored, 9, 9)) == 1

    def test_the_port_offers_no_way_to_alter_an_event(self) -> None:
        """What is written stays written: appending and reading is all there is (INV-37)."""
        with self.make().reading() as unit:
            public = {name for name in dir(unit.events) if not name.startswith("_")}
        assert not {name for name in public if name.startswith(("put", "remove", "delete", "update", "clear"))}

    def test_an_event_is_found_by_actor_and_key(self) -> None:
        """A repeated command answers with what the first one wrote (INV-39)."""
        store = clinic(self.make())
        wanted = evolve(event(CLINIC, 2), actor=MEMBER, key="k", result={"tenant": CLINIC})
        _append(store, event(CLINIC, 1), wanted, event(CLINIC, 3))

        with store.reading() as unit:
            assert unit.events.find_key(CLINIC, MEMBER.key, "k") == wanted

    def test_the_first_event_under_a_key_is_found(self) -> None:
        """A command that wrote several events answers with the first."""
        store = clinic(self.make())
        _append(store, *(evolve(event(CLINIC, number), actor=MEMBER, key="k") for number in (1, 2, 3)))

        with store.reading() as unit:
            found = unit.events.find_key(CLINIC, MEMBER.key, "k")
            assert found is not None
            assert found.number == 1

    @pytest.mark.parametrize("actor", [OPERATOR, SYSTEM, Actor(ActorKind.MEMBER, BOB)], ids=lambda actor: actor.key)
    def test_a_key_of_another_actor_is_another_key(self, actor: Actor) -> None:
        """Nobody learns what somebody else's command answered."""
        store = clinic(self.make())
        _append(store, evolve(event(CLINIC, 1), actor=MEMBER, key="k"))

        with store.reading() as unit:
            assert unit.events.find_key(CLINIC, actor.key, "k") is None

    def test_a_key_in_another_stream_is_another_key(self) -> None:
        """Nobody learns what happened in another tenant (INV-11)."""
        store = clinic(self.make())
        _append(store, evolve(event(NEIGHBOUR, 2), actor=MEMBER, key="k"))

        with store.reading() as unit:
            assert unit.events.find_key(CLINIC, MEMBER.key, "k") is None

    def test_idempotency_keys_are_told_apart_exactly(self) -> None:
        """A command under a key that only looks alike is another command (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_key):
            with store.begin() as unit:
                unit.events.append([evolve(event(CLINIC, 1), key=stored)], [])

                assert unit.events.find_key(CLINIC, SYSTEM.key, near) is None, confused(stored, near)
                assert unit.events.find_key(CLINIC, SYSTEM.key, stored) is not None

    def test_idempotency_keys_that_look_alike_are_several(self) -> None:
        """Each leads to its own command (INV-09)."""
        store = clinic(self.make())
        numbers = {key: number for number, key in enumerate(texts(is_key), 1)}
        _append(store, *(evolve(event(CLINIC, number), key=key) for key, number in numbers.items()))

        with store.reading() as unit:
            found = {text: unit.events.find_key(CLINIC, SYSTEM.key, text) for text in TEXTS if text}
        assert {text: one.number for text, one in found.items() if one} == numbers

    def test_actors_are_told_apart_exactly(self) -> None:
        """Operators go by names that the host makes (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_key):
            with store.begin() as unit:
                unit.events.append([evolve(event(CLINIC, 1), actor=evolve(OPERATOR, id=stored), key="k")], [])

                other = evolve(OPERATOR, id=near).key
                assert (other, unit.events.find_key(CLINIC, other, "k")) == (other, None)
                assert unit.events.find_key(CLINIC, evolve(OPERATOR, id=stored).key, "k") is not None

    def test_a_key_is_forgotten_with_its_unit(self) -> None:
        """A command that was undone may be tried again under its key (INV-39)."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
            unit.events.append([evolve(event(CLINIC, 1), key="k")], [])

        with store.reading() as unit:
            assert unit.events.find_key(CLINIC, SYSTEM.key, "k") is None


def _record(store: Store, *entries: AccessEntry) -> None:
    for one in entries:
        with kept(store) as unit:
            unit.access_log.record(one)


def _at(one: AccessEntry, after: timedelta) -> AccessEntry:
    return evolve(one, first_at=NOON + after, last_at=NOON + after)


MIDNIGHT = (NOON + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
ENTRY = entry(CLINIC)


class AccessLogContract(Contract):
    """The access log keeps a line for each kind of refusal or entry a day, and counts."""

    @given(strategies.access_entries(CLINIC))
    @strategies.promise
    def test_every_fact_of_a_line_comes_back(self, one: AccessEntry) -> None:
        """An auditor reads who tried what, when, and why it was refused."""
        store = clinic(self.make())
        _record(store, one)

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9)) == [one]

    def test_what_repeats_on_a_day_is_counted_onto_one_line(self) -> None:
        """A flood of refusals fills no disk."""
        store = clinic(self.make())
        _record(store, ENTRY, _at(ENTRY, timedelta(hours=1)), _at(ENTRY, timedelta(hours=2)))

        with store.reading() as unit:
            expected = evolve(ENTRY, last_at=NOON + timedelta(hours=2), count=3)
            assert list(unit.access_log.read(CLINIC, 9)) == [expected]

    def test_a_line_ends_with_its_day_in_utc(self) -> None:
        """Lines mean the same wherever the process runs."""
        store = clinic(self.make())
        eve = evolve(ENTRY, first_at=MIDNIGHT - TICK, last_at=MIDNIGHT - TICK)
        morning = evolve(ENTRY, first_at=MIDNIGHT, last_at=MIDNIGHT)
        _record(store, eve, morning)

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9)) == [morning, eve]

    @pytest.mark.parametrize(
        "other",
        [
            evolve(ENTRY, actor=Actor(ActorKind.MEMBER, BOB)),
            evolve(ENTRY, actor=Actor(ActorKind.MEMBER, ANN, link=BOB)),
            evolve(ENTRY, actor=Actor(ActorKind.OPERATOR, ANN)),
            evolve(ENTRY, what="refused:remove"),
            evolve(ENTRY, reason="last_manager"),
            evolve(ENTRY, subject=ANN),
        ],
        ids=["principal", "link", "kind of actor", "what", "reason", "subject"],
    )
    def test_what_differs_has_a_line_of_its_own(self, other: AccessEntry) -> None:
        """A count says how often exactly this happened."""
        store = clinic(self.make())
        later = _at(other, TICK)
        _record(store, ENTRY, later)

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9)) == [later, ENTRY]

    def test_the_latest_lines_come_first_up_to_the_limit(self) -> None:
        """Whoever looks wants to know what is going on now."""
        store = clinic(self.make())
        lines = [_at(evolve(ENTRY, what=f"refused:{number}"), number * DAY) for number in (1, 3, 2)]
        _record(store, *lines)

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 2)) == [lines[1], lines[2]]

    @pytest.mark.parametrize("limit", [1, 2, 9])
    def test_pages_of_lines_join_to_all_of_them(self, limit: int) -> None:
        """Whoever looks back misses nothing and meets nothing twice, of one moment too (INV-04)."""
        store = clinic(self.make())
        alike = [evolve(ENTRY, what=f"refused:{number}") for number in range(3)]
        others = [evolve(ENTRY, subject=ANN), evolve(ENTRY, reason="last_manager")]
        linked = evolve(ENTRY, actor=Actor(ActorKind.MEMBER, ENTRY.actor.id, ANN))
        lines = [*alike, *others, linked, evolve(ENTRY, actor=Actor(ActorKind.OPERATOR, ANN))]
        _record(store, *lines, *(_at(line, DAY) for line in alike))

        met: list[AccessEntry] = []
        with store.reading() as unit:
            while page := unit.access_log.read(CLINIC, limit, met[-1].place if met else None):
                met += page
        expected = sorted((*lines, *(_at(line, DAY) for line in alike)), key=lambda line: line.place, reverse=True)
        assert met == expected

    def test_lines_before_a_moment_are_of_earlier_ones(self) -> None:
        """A day's end is exact."""
        store = clinic(self.make())
        early, late = _at(ENTRY, -TICK), _at(evolve(ENTRY, what="entered"), 2 * TICK)
        _record(store, early, late)

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9, log_place_before(late.last_at))) == [early]
            assert list(unit.access_log.read(CLINIC, 9, log_place_before(late.last_at + TICK))) == [late, early]

    def test_lines_of_other_streams_are_not_read(self) -> None:
        """Nothing of a neighbour comes back (INV-12)."""
        with clinic(self.make()).reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9)) == []
            assert list(unit.access_log.read(NEIGHBOUR, 9)) == [entry(NEIGHBOUR)]

    def test_equal_lines_of_two_streams_are_counted_apart(self) -> None:
        """A stream's count is its own (INV-12)."""
        store = clinic(self.make())
        _record(store, ENTRY, evolve(ENTRY, stream=VACANT), evolve(ENTRY, stream=VACANT))

        with store.reading() as unit:
            assert [line.count for line in unit.access_log.read(CLINIC, 9)] == [1]
            assert [line.count for line in unit.access_log.read(VACANT, 9)] == [2]

    def test_a_count_is_undone_with_its_unit(self) -> None:
        """A unit keeps all or nothing."""
        store = clinic(self.make())
        _record(store, ENTRY)
        with store.begin() as unit:
            unit.access_log.record(_at(ENTRY, TICK))

        with store.reading() as unit:
            assert list(unit.access_log.read(CLINIC, 9)) == [ENTRY]
