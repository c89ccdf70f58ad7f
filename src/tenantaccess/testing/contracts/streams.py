"""What the repository of streams promises: the versions that guard every change."""

from contextlib import suppress

import pytest
from hypothesis import given

from tenantaccess.errors import ConflictError
from tenantaccess.ids import StreamId
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    NEIGHBOUR,
    NOBODY,
    NOON,
    NOWHERE,
    VACANT,
    clinic,
    event,
    kept,
    member,
)


def advance(store: Store, seen: Head, to: Head) -> bool:
    """Try to move a stream in a unit of its own, with a row; tell whether it was kept."""
    try:
        with store.begin() as unit:
            if not unit.streams.advance(seen, to):
                return False
            if seen.stream == CLINIC:
                unit.memberships.put(member(CLINIC, ANN), None)
            unit.commit()
    except ConflictError as error:
        if not error.retryable:
            raise
        return False
    return True


class StreamContract(Contract):
    """A stream moves only from where its mover saw it."""

    @pytest.mark.parametrize("stream", [CLINIC, ANN], ids=["a tenant's", "a principal's"])
    @given(head=strategies.heads())
    @strategies.promise
    def test_every_fact_of_an_advanced_head_comes_back(self, stream: StreamId, head: Head) -> None:
        """The next event is chained to exactly this hash and not before this moment."""
        store = clinic(self.make())
        to = Head(stream, head.version + 1, head.digest, head.at)
        assert advance(store, Head(stream), to)

        with store.reading() as unit:
            assert unit.streams.head(stream) == to

    @pytest.mark.parametrize("stream", [NOWHERE, NOBODY], ids=["a tenant's", "a principal's"])
    def test_an_absent_stream_has_no_head(self, stream: StreamId) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.streams.head(stream) is None

    def test_the_head_of_a_tenant_is_the_same_wherever_it_is_read(self) -> None:
        """A command compares what one read gave it with what another one guards."""
        store = clinic(self.make())
        to = Head(CLINIC, 2, "d2", NOON)
        assert advance(store, Head(CLINIC), to)

        with store.reading() as unit:
            found, loaded = unit.tenants.find(CLINIC), unit.memberships.load(CLINIC, [])
            assert found is not None
            assert loaded is not None
            assert (found[1], loaded.head) == (to, to)

    def test_the_head_of_a_principal_is_the_same_wherever_it_is_read(self) -> None:
        """A command compares what one read gave it with what another one guards."""
        store = clinic(self.make())
        to = Head(ANN, 2, "d2", NOON)
        assert advance(store, Head(ANN), to)

        with store.reading() as unit:
            found = unit.principals.find(ANN)
            assert found is not None
            assert found[1] == to

    def test_a_unit_sees_its_own_advance(self) -> None:
        """The head is the present one as this unit sees it."""
        with clinic(self.make()).begin() as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1, "d1", NOON))

            assert unit.streams.head(CLINIC) == Head(CLINIC, 1, "d1", NOON)

    def test_an_advance_is_undone_with_its_unit(self) -> None:
        """A version that rose without its change would leave a gap in the chain."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))

        with store.reading() as unit:
            assert unit.streams.head(CLINIC) == Head(CLINIC)

    @pytest.mark.parametrize("stream", [CLINIC, ANN], ids=["a tenant's", "a principal's"])
    def test_whoever_saw_an_older_head_loses(self, stream: StreamId) -> None:
        """A decision on facts that have changed meanwhile is never written (INV-06)."""
        store = clinic(self.make())
        assert advance(store, Head(stream), Head(stream, 1, "winner", NOON))

        is_written = advance(store, Head(stream), Head(stream, 1, "loser", NOON))
        assert not is_written, "the head that was seen is no longer the stored one, and it was moved all the same"
        with store.reading() as unit:
            assert unit.streams.head(stream) == Head(stream, 1, "winner", NOON)

    def test_whoever_claims_a_head_that_is_still_to_come_loses(self) -> None:
        """Only the present head may be moved from."""
        store = clinic(self.make())

        assert not advance(store, Head(CLINIC, 5), Head(CLINIC, 6))

    def test_whoever_loses_keeps_nothing(self) -> None:
        """What was decided on old facts is written in no part."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
        assert not advance(store, Head(CLINIC), Head(CLINIC, 1, "loser"))

        with store.reading() as unit:
            loaded = unit.memberships.load(CLINIC, [ANN])
            assert loaded is not None
            assert dict(loaded.rows) == {}

    def test_an_advance_moves_its_own_stream_only(self) -> None:
        """Neighbours are not held up, and learn nothing (INV-11)."""
        store = clinic(self.make())
        with store.reading() as unit:
            others = [unit.streams.head(stream) for stream in (NEIGHBOUR, VACANT, ANN, BOB)]
        assert advance(store, Head(CLINIC), Head(CLINIC, 9, "d9", NOON))

        with store.reading() as unit:
            assert [unit.streams.head(stream) for stream in (NEIGHBOUR, VACANT, ANN, BOB)] == others

    def test_several_streams_are_kept_or_lost_together(self) -> None:
        """Suspending a principal moves its stream and those of the tenants it manages, or none."""
        store = clinic(self.make())
        assert advance(store, Head(VACANT), Head(VACANT, 1))
        with suppress(ConflictError), store.begin() as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
            if unit.streams.advance(Head(VACANT), Head(VACANT, 1)):
                unit.commit()

        with store.reading() as unit:
            assert unit.streams.head(CLINIC) == Head(CLINIC)

    def test_a_locked_stream_can_be_advanced_by_who_locked_it(self) -> None:
        """Whoever lost a race locks before it reads again."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.streams.lock(CLINIC)
            assert unit.streams.head(CLINIC) == Head(CLINIC)
            assert unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))

        with store.reading() as unit:
            assert unit.streams.head(CLINIC) == Head(CLINIC, 1)

    def test_a_lock_changes_nothing_and_ends_with_its_unit(self) -> None:
        """A lock is no write: it only makes others wait, whoever leaves without commit included."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.streams.lock(CLINIC)
            unit.streams.lock(ANN)

        assert advance(store, Head(CLINIC), Head(CLINIC, 1))
        assert advance(store, Head(ANN), Head(ANN, 1))

    def test_events_and_head_commit_together(self) -> None:
        """The version is the number of the last event (INV-37)."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
            unit.events.append([event(CLINIC, 1)], [])
        with kept(store) as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 1))
            unit.events.append([event(CLINIC, 1)], [])

        with store.reading() as unit:
            assert [found.number for found, _ in unit.events.read(CLINIC, 0, 9)] == [1]
