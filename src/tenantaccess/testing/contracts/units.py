"""What a unit of work promises: all or nothing, and nothing without commit."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import pytest
from attrs import evolve

from tenantaccess.errors import TakenError, TenantAccessError
from tenantaccess.model.notices import NoticeState
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLAIMS,
    CLERK,
    CLINIC,
    FULL,
    NOON,
    NOWHERE,
    NURSE,
    TICK,
    TIN,
    clinic,
    entry,
    event,
    kept,
    load,
    member,
    notice,
    person,
    put,
    read,
    token,
)
from tenantaccess.testing.contracts.threads import elsewhere


def _write_everything(unit: Unit) -> None:
    unit.streams.advance(Head(CLINIC), Head(CLINIC, 1, "d1", NOON))
    unit.tenants.put(Tenant(id=CLINIC, name="Renamed", external_ids={TIN: "012345678"}))
    unit.principals.put(evolve(person(ANN), suspended_at=NOON), person(ANN))
    unit.credentials.put(ANN, "$hash")
    unit.roles.put(CLINIC, evolve(CLERK, levels={CLAIMS: FULL}))
    unit.memberships.put(evolve(member(CLINIC, BOB), role=CLERK.key), None)
    unit.activity.touch(CLINIC, ANN, 1, NOON + TICK)
    unit.events.append([event(CLINIC, 1)], [])
    unit.access_log.record(entry(CLINIC))
    unit.notices.add([notice(1)])
    unit.tokens.add(token(CLINIC, BOB, "d1"))


SEES: Final[Mapping[str, Callable[[Unit], object]]] = {
    "streams": lambda unit: unit.streams.head(CLINIC),
    "tenants": lambda unit: unit.tenants.find(CLINIC),
    "principals": lambda unit: unit.principals.find(ANN),
    "credentials": lambda unit: unit.credentials.find(ANN),
    "roles": lambda unit: unit.roles.find(CLINIC, CLERK.key),
    "memberships": lambda unit: unit.memberships.load(CLINIC, [ANN, BOB]),
    "queries": lambda unit: list(unit.queries.page(CLINIC, "", 9)),
    "tenants of a person": lambda unit: list(unit.queries.of_principal(BOB)),
    "events": lambda unit: list(unit.events.read(CLINIC, 0, 9)),
    "access log": lambda unit: list(unit.access_log.read(CLINIC, 9)),
    "notices": lambda unit: unit.notices.queued(),
}
PARTS = pytest.mark.parametrize("part", SEES)


def _keep_ann(unit: Unit) -> None:
    unit.memberships.put(member(CLINIC, ANN), None)
    unit.commit()


def _use_up(unit: Unit) -> None:
    assert unit.tokens.redeem(token(CLINIC, ANN, "d1"), NOON)
    assert unit.notices.finish(notice(1), NoticeState.SENT)


def _usurp(store: Store) -> None:
    with kept(store) as unit:
        unit.memberships.put(member(CLINIC, ANN), None)
        unit.roles.add(CLINIC, evolve(NURSE, label="Usurper"))


def _fail_after(store: Store, write: Callable[[Unit], None]) -> None:
    with store.begin() as unit:
        write(unit)
        raise ZeroDivisionError


def _stocked(store: Store) -> Store:
    put(clinic(store), member(CLINIC, ANN))
    return store


def _seen(store: Store) -> dict[str, object]:
    with store.reading() as unit:
        return {part: look(unit) for part, look in SEES.items()}


class UnitContract(Contract):
    """A unit keeps what it committed, and nothing else."""

    @PARTS
    def test_what_was_committed_is_seen_by_the_next_unit(self, part: str) -> None:
        """A decision is made on all that happened before it (INV-05)."""
        store = _stocked(self.make())
        before = _seen(store)[part]
        with store.begin() as unit:
            _write_everything(unit)
            within = SEES[part](unit)
            unit.commit()

        assert _seen(store)[part] == within != before

    @PARTS
    def test_a_unit_sees_what_it_wrote(self, part: str) -> None:
        """A command that asks again is answered with what it has done."""
        store = _stocked(self.make())
        before = _seen(store)[part]
        with store.begin() as unit:
            assert SEES[part](unit) == before
            _write_everything(unit)

            assert SEES[part](unit) != before

    @PARTS
    def test_nothing_is_kept_without_commit(self, part: str) -> None:
        """Leaving is undoing: to keep is an act."""
        store = _stocked(self.make())
        before = _seen(store)[part]
        with store.begin() as unit:
            _write_everything(unit)

        assert _seen(store)[part] == before, f"{part}: kept, though nobody called `commit`"

    @PARTS
    def test_nothing_is_kept_after_an_error(self, part: str) -> None:
        """Half a change is no change."""
        store = _stocked(self.make())
        before = _seen(store)[part]
        with pytest.raises(ZeroDivisionError):
            _fail_after(store, _write_everything)

        assert _seen(store)[part] == before, f"{part}: kept, though the unit failed"

    def test_an_error_leaves_a_unit_as_it_is(self) -> None:
        """The caller learns what went wrong, not what a store made of it."""
        thrown = KeyboardInterrupt("mine")
        with pytest.raises(KeyboardInterrupt) as caught, clinic(self.make()).begin():
            raise thrown

        assert caught.value is thrown

    def test_an_error_leaves_a_reading_unit_as_it_is(self) -> None:
        """The caller learns what went wrong, not what a store made of it."""
        thrown = LookupError("mine")
        with pytest.raises(LookupError) as caught, clinic(self.make()).reading():
            raise thrown

        assert caught.value is thrown

    def test_a_store_goes_on_after_an_error(self) -> None:
        """One failed command holds up nobody."""
        store = clinic(self.make())
        with pytest.raises(ZeroDivisionError):
            _fail_after(store, _write_everything)
        put(store, member(CLINIC, ANN))

        assert read(store, CLINIC, ANN).membership == member(CLINIC, ANN)

    def test_what_was_committed_stays_when_an_error_follows(self) -> None:
        """What the caller does after commit cannot take it back."""
        store = clinic(self.make())
        with pytest.raises(ZeroDivisionError):
            _fail_after(store, _keep_ann)

        assert read(store, CLINIC, ANN).membership == member(CLINIC, ANN)

    def test_what_is_written_after_commit_is_not_kept(self) -> None:
        """Nothing is kept unless a commit follows it; a store may also refuse it."""
        store = clinic(self.make())
        with suppress(TenantAccessError), store.begin() as unit:
            unit.memberships.put(member(CLINIC, ANN), None)
            unit.commit()
            unit.memberships.put(member(CLINIC, BOB), None)

        assert set(load(store, CLINIC, ANN, BOB).rows) == {ANN}

    def test_a_unit_that_is_refused_keeps_nothing(self) -> None:
        """What is taken takes the whole unit down, what came before it included."""
        store = clinic(self.make())
        with pytest.raises(TakenError):
            _usurp(store)

        assert dict(load(store, CLINIC, ANN).rows) == {}

    def test_units_follow_each_other(self) -> None:
        """Each sees what the ones before it kept."""
        store = clinic(self.make())
        for warned in range(5):
            put(store, evolve(member(CLINIC, ANN), warned=warned))
            assert read(store, CLINIC, ANN).membership.warned == warned

    def test_values_read_stay_as_they_were_read(self) -> None:
        """Facts are values: a later change does not reach into an earlier decision."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN))
        before = load(store, CLINIC, ANN)
        put(store, evolve(member(CLINIC, ANN), warned=3))

        assert before.rows[ANN].membership == member(CLINIC, ANN)

    def test_a_new_tenant_and_all_in_it_commit_together(self) -> None:
        """A tenant opens with its roles and first manager, or not at all."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.tenants.add(Tenant(id=NOWHERE, name="New"), Head(NOWHERE, 1, "d1", NOON))
            unit.roles.add(NOWHERE, CLERK)
            unit.memberships.put(evolve(member(NOWHERE, ANN), role=CLERK.key), None)
            unit.events.append([event(NOWHERE, 1)], [])

        assert load(store, NOWHERE).head == Head(NOWHERE, 1, "d1", NOON)
        assert read(store, NOWHERE, ANN).role == CLERK

    def test_a_reading_unit_keeps_nothing(self) -> None:
        """Who said it would only read changes nothing; a store may also refuse it."""
        store = clinic(self.make())
        with suppress(TenantAccessError), store.reading() as unit:
            unit.memberships.put(member(CLINIC, ANN), None)

        assert dict(load(store, CLINIC, ANN).rows) == {}

    def test_a_store_says_whether_it_is_hosted(self) -> None:
        """What needs a unit that lasts is refused inside a host's transaction."""
        assert self.make().is_hosted in {True, False}

    @needs(Ability.CONCURRENT_UNITS)
    @PARTS
    def test_what_is_not_committed_is_seen_by_nobody_else(self, part: str) -> None:
        """A change that may yet be undone is no fact."""
        store = _stocked(self.make())
        before = _seen(store)[part]
        with store.begin() as unit:
            _write_everything(unit)

            assert elsewhere(lambda: _seen(store)[part]) == before

    def test_single_uses_are_undone_with_their_unit(self) -> None:
        """What was used up in vain is as good as new."""
        store = _stocked(self.make())
        with kept(store) as unit:
            unit.tokens.add(token(CLINIC, BOB, "d1"))
            unit.notices.add([notice(1)])
        with pytest.raises(ZeroDivisionError):
            _fail_after(store, _use_up)

        with kept(store) as unit:
            _use_up(unit)
