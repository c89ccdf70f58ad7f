"""Sealing and verifying a record: any change of any event is found (INV-37)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantaccess.ids import TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.tenants import Head
from tenantaccess.rules import audit

hold = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

HERE = TenantId("ten_" + "1" * 32)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
Record = list[tuple[Event, PrivatePart | None]]


SMALL = st.text("ab'\\\"{[łé🙂", max_size=3)
DATA = st.dictionaries(
    SMALL, st.none() | st.booleans() | st.integers() | SMALL | st.lists(SMALL, max_size=2), max_size=2
)
DRAFTS = st.builds(
    Event,
    stream=st.just(HERE),
    number=st.just(0),
    kind=SMALL,
    at=st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours)),
    actor=st.builds(Actor, st.sampled_from(ActorKind), SMALL),
    subject=SMALL,
    before=DATA,
    after=DATA,
    key=SMALL,
    result=DATA,
)


@st.composite
def records(draw: st.DrawFn) -> tuple[Record, Head]:
    """A good record of two to four events with its head."""
    head, record = Head(HERE), list[tuple[Event, PrivatePart | None]]()
    for number, draft in enumerate(draw(st.lists(DRAFTS, min_size=2, max_size=4)), start=1):
        content = draw(DATA)
        private = PrivatePart(HERE, number, "salt", content) if content else None
        digest = audit.private_digest("salt", content) if content else ""
        event, head = audit.sealed(attrs.evolve(draft, private_digest=digest), head)
        record.append((event, private))
    return record, head


@hold
@given(records())
def test_what_was_sealed_holds(made: tuple[Record, Head]) -> None:
    record, head = made
    found = audit.verify(HERE, record, head)
    assert (found.holds, found.checked, found.head, found.erased) == (True, len(record), head.digest, ())
    assert [event.number for event, _ in record] == [*range(1, len(record) + 1)]
    assert all(one.at <= next_.at for (one, _), (next_, _) in pairwise(record))


CHANGES: dict[str, Callable[[Event], Event]] = {
    "number": lambda event: attrs.evolve(event, number=event.number + 1),
    "kind": lambda event: attrs.evolve(event, kind=event.kind + "x"),
    "at": lambda event: attrs.evolve(event, at=event.at + timedelta(microseconds=1)),
    "actor": lambda event: attrs.evolve(event, actor=Actor(ActorKind.OPERATOR, event.actor.id + "x")),
    "subject": lambda event: attrs.evolve(event, subject=event.subject + "x"),
    "before": lambda event: attrs.evolve(event, before={**event.before, "x": 1}),
    "after": lambda event: attrs.evolve(event, after={**event.after, "x": None}),
    "key": lambda event: attrs.evolve(event, key=event.key + "x"),
    "command": lambda event: attrs.evolve(event, command=event.command + "x"),
    "result": lambda event: attrs.evolve(event, result={**event.result, "x": [1]}),
    "private": lambda event: attrs.evolve(event, private_digest=event.private_digest + "x"),
    "previous": lambda event: attrs.evolve(event, previous=event.previous + "x"),
    "digest": lambda event: attrs.evolve(event, digest=event.digest + "x"),
    "stream": lambda event: attrs.evolve(event, stream=TenantId("ten_" + "2" * 32)),
}


@pytest.mark.row("INV-37", "A75")
@pytest.mark.parametrize("field", CHANGES)
@hold
@given(records(), st.data())
def test_a_change_of_any_field_of_any_event_is_found_at_its_number(
    field: str, made: tuple[Record, Head], data: st.DataObject
) -> None:
    record, head = made
    place = data.draw(st.integers(0, len(record) - 1))
    event, private = record[place]
    record[place] = (CHANGES[field](event), private)
    assert audit.verify(HERE, record, head).broken_at == place + 1


@pytest.mark.row("INV-37")
@hold
@given(records(), st.data())
def test_a_record_that_lost_an_event_names_the_first_number_missing(
    made: tuple[Record, Head], data: st.DataObject
) -> None:
    record, head = made
    place = data.draw(st.integers(0, len(record) - 1))
    del record[place]
    assert audit.verify(HERE, record, head).broken_at == place + 1


@pytest.mark.row("INV-37")
@hold
@given(records())
def test_a_record_rewritten_as_a_whole_does_not_lead_to_the_anchor(made: tuple[Record, Head]) -> None:
    record, head = made
    anchor, forged, at = record[-1][0].digest, list[tuple[Event, PrivatePart | None]](), Head(HERE)
    for event, private in record:
        sealed, at = audit.sealed(attrs.evolve(event, kind="forged"), at)
        forged.append((sealed, private))
    assert audit.verify(HERE, forged, at).holds
    assert audit.verify(HERE, forged, at, anchor).broken_at == 1
    assert audit.verify(HERE, record, head, anchor).holds
    assert not audit.verify(HERE, record, None).holds


@pytest.mark.row("INV-37")
@hold
@given(records())
def test_a_person_can_be_erased_and_the_chain_still_holds(made: tuple[Record, Head]) -> None:
    record, head = made
    personal = tuple(event.number for event, private in record if private is not None)
    found = audit.verify(HERE, [(event, None) for event, _ in record], head)
    assert (found.holds, found.erased) == (True, personal)


def test_an_event_is_never_stamped_before_the_one_before_it() -> None:
    late = Head(HERE, 1, "d", NOW)
    draft = Event(HERE, 0, "x", NOW - timedelta(days=1), Actor(ActorKind.SYSTEM), "x")
    event, head = audit.sealed(draft, late)
    assert (event.at, event.number, event.previous, head.at) == (NOW, 2, "d", NOW)


def test_an_altered_personal_part_is_found() -> None:
    draft = Event(HERE, 0, "x", NOW, Actor(ActorKind.SYSTEM), "x", private_digest=audit.private_digest("s", {"a": 1}))
    event, head = audit.sealed(draft, Head(HERE))
    found = audit.verify(HERE, [(event, PrivatePart(HERE, 1, "s", {"a": 2}))], head)
    assert (found.broken_at, found.why) == (1, "has an altered personal part")
