"""
The library and the oracle answer alike, step by step, on every store.

These are the sizes of every test run; `make differential` plays the long ones.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.oracle.choosing import WORLDS
from tests.oracle.choosing_people import choose
from tests.oracle.comparing import DivergenceError, same
from tests.oracle.differential import ACCEPTED, episode, stores
from tests.oracle.driver import later
from tests.oracle.seeing import expected, seen
from tests.oracle.side_by_side import Pair

from tenantaccess.ids import SegmentKey
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.rules import invitations, links, members, passwords, privileges
from tenantaccess.services import guards, invitation_voiding
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing import reference as ref

SEEDS = range(1, 9)


def accepted(counts: Counter[str]) -> float:
    return counts["done"] / (counts["done"] + counts["noop"] + counts["refused"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.row("INV-02", "INV-04", "INV-16", "INV-17", "INV-22")
def test_memory_and_oracle_agree(seed: int) -> None:
    assert accepted(episode(seed, MemoryStore, every=5)) >= ACCEPTED * 0.7


@pytest.mark.row("INV-04", "INV-16")
@pytest.mark.parametrize("seed", [11, 12])
def test_sqlite_and_oracle_agree(seed: int, tmp_path: Path) -> None:
    with stores("sqlite", tmp_path) as fresh:
        assert accepted(episode(seed, fresh, every=20)) >= ACCEPTED * 0.7


@pytest.mark.row("INV-04", "INV-16")
def test_django_on_sqlite_and_oracle_agree(tmp_path: Path) -> None:
    with stores("django:sqlite", tmp_path) as fresh:
        assert accepted(episode(13, fresh, every=20)) >= ACCEPTED * 0.7


@pytest.mark.postgres
@pytest.mark.row("INV-04", "INV-16")
def test_django_on_postgresql_and_oracle_agree(postgres_url: str, tmp_path: Path) -> None:
    with stores(f"django:{postgres_url}", tmp_path) as fresh:
        assert accepted(episode(23, fresh, every=40)) >= ACCEPTED * 0.7


@pytest.mark.postgres
@pytest.mark.row("INV-04", "INV-16")
@pytest.mark.parametrize("seed", [21, 22])
def test_postgresql_and_oracle_agree(seed: int, postgres_url: str, tmp_path: Path) -> None:
    with stores(postgres_url, tmp_path) as fresh:
        assert accepted(episode(seed, fresh, every=40)) >= ACCEPTED * 0.7


class SideBySide(RuleBasedStateMachine):
    """The same comparison, in steps that Hypothesis chooses, and shrinks when they fail."""

    @initialize(world=st.sampled_from(WORLDS))
    def begin(self, world: ref.World) -> None:
        self.world, self.pair = world, Pair(world, MemoryStore())
        self.state, self.now = ref.State(), 0

    @rule(rng=st.randoms(use_true_random=False, note_method_calls=False))
    def step(self, rng: Random) -> None:
        self.now = later(rng, self.world, self.state, self.now)
        command, actor = choose(rng, self.world, self.state, self.now)
        self.state, outcome = ref.step(self.world, self.state, command, actor, self.now)
        found = self.pair.step(command, actor, self.now)
        where = f"{command} by {actor} at {self.now}"
        if command.name != "deliver":  # the oracle delivers registration mails only
            same(where, "outcome", found, (outcome.kind, outcome.refusal))
        same(where, "facts", seen(self.pair), expected(self.state))


SideBySide.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSideBySide = SideBySide.TestCase


def no_refusal(*_: object, **__: object) -> None:
    """Let everything pass."""


def codes_alone(row: Row, catalog: Catalog, codes: Callable[[Row, Catalog], bytes] = privileges.codes) -> bytes:
    return codes(attrs.evolve(row, membership=attrs.evolve(row.membership, resting=None)), catalog)


def reach_alone(row: Row) -> frozenset[SegmentKey] | None:
    return row.membership.segments or None


def returned_as_before(before: Membership, origin: Origin) -> Membership:
    return attrs.evolve(before, origin=origin, gone_at=None, disabled=None)


def gone_without_a_trace(
    before: Membership, now: datetime, gone: Callable[[Membership, datetime], Membership] = members.gone
) -> Membership:
    return attrs.evolve(gone(before, now), disabled=None, held_by_operator=False)


def no(*_: object) -> bool:
    return False


def yes(*_: object) -> bool:
    return True


def renewed_with_a_new_clock(
    before: Membership, base: Row, now: datetime, renewed: Callable[..., Membership] = links.renewed
) -> Membership:
    return attrs.evolve(renewed(before, base, now), clock_started_at=now)


def confirmed_as_it_is(row: Row, _: Catalog) -> Membership:
    return attrs.evolve(row.membership, resting=None)


def uncut(_: Row, granted: Row, *__: object) -> Row:
    return granted


def nothing_concerned(*_: object) -> tuple[()]:
    return ()


SABOTAGES: dict[str, tuple[object, str, Callable[..., object], int]] = {
    "nobody is kept from their own row": (guards, "refuse_own", no_refusal, 100),
    "the operator's hold is forgotten": (guards, "refuse_held_by_operator", no_refusal, 110),
    "nothing is above what one holds": (privileges, "above", lambda *_: (), 100),
    "the last manager may go": (guards, "require_managed", no_refusal, 102),
    "what a row rests on never ends": (members, "_stale", no_refusal, 101),
    "a row that rests holds all of its own": (privileges, "codes", codes_alone, 100),
    "a base limits no segments": (privileges, "reach", reach_alone, 101),
    "a return inherits a number": (members, "returning", returned_as_before, 100),
    "leaving clears a standing disable": (members, "gone", gone_without_a_trace, 100),
    "grace never ends": (members, "_outlived_at", no_refusal, 100),
    "whose proof a row rested on is forgotten": (privileges, "is_never_admitted_by", no, 101),
    "who was proven raises what rests on it": (privileges, "is_never_raised_by", no, 100),
    "anybody's row is offered": (links, "is_offered", yes, 100),
    "a password somebody else chose links": (links, "may_link", yes, 100),
    "joining again starts the clock": (links, "renewed", renewed_with_a_new_clock, 107),
    "confirming writes nothing": (links, "confirmed", confirmed_as_it_is, 100),
    "what was invited is given": (invitations, "cut", uncut, 235),
    "whoever invited once still may": (invitations, "may_invite", yes, 119),
    "nothing is voided": (invitation_voiding, "_concerning", nothing_concerned, 100),
    "a reset outlives the password": (passwords, "may_reset", yes, 205),
}
"""Rules of the library with one thing taken away, and the seed of the first episode in which to look for it."""
SHOWN_WITHIN = 60
"""How many episodes may pass until it shows; most need one or two."""


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_spoiled_rule_is_found(sabotage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that cannot fail proves nothing."""
    owner, name, spoiled, seed = SABOTAGES[sabotage]
    monkeypatch.setattr(owner, name, spoiled)

    with pytest.raises(DivergenceError):
        play(range(seed, seed + SHOWN_WITHIN))


def play(seeds: range) -> None:
    for seed in seeds:
        episode(seed, MemoryStore)
