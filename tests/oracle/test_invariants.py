"""The reference model keeps the invariants, and the invariants notice a model that does not."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.oracle import driver
from tests.oracle.covering import hits
from tests.oracle.differential import listed

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import (
    deciding,
    entering,
    gates,
    inviting,
    joining,
    lifecycle,
    linking,
    operating,
    passwords,
    privileges,
    questions,
    voiding,
)


def test_a_long_run_keeps_the_invariants_and_is_mostly_accepted() -> None:
    kinds = {"done": 0, "noop": 0, "refused": 0}
    refusals = set()
    for number, step in enumerate(driver.play(7, 12_000)):
        kinds[step.outcome.kind] += 1
        refusals.add(step.outcome.refusal)
        assert not ref.step_violations(*judgeable(step)), step
        if number % 40 == 0:
            assert not ref.state_violations(step.world, step.after, step.now), step
    assert kinds["done"] >= 0.4 * sum(kinds.values())
    assert refusals == {None, *ref.REFUSALS}


def test_the_list_of_cells_is_sorted_and_knows_what_its_seeds_hit() -> None:
    seeds, cells = listed(Path(__file__).with_name("cells.txt"))
    assert sorted(cells) == [
        line for line in (Path(__file__).with_name("cells.txt")).read_text().splitlines() if "|" in line
    ]
    assert set().union(*(hits(seed) for seed in seeds[:10])) <= cells


def judgeable(
    step: driver.Step,
) -> tuple[ref.World, ref.State, ref.Command, ref.Actor, ref.State, ref.Outcome, int]:
    return step.world, step.before, step.command, step.actor, step.after, step.outcome, step.now


def test_the_same_seed_plays_the_same_run() -> None:
    first, second = (list(islice(driver.play(3, 500), 500)) for _ in range(2))
    assert first == second


def test_a_dump_is_plain_and_tells_states_apart() -> None:
    steps = list(driver.play(5, 300))
    for step in steps:
        assert (ref.dump(step.before) == ref.dump(step.after)) == (step.before == step.after)
    assert is_plain(ref.dump(steps[-1].after))


def is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(inner) for key, inner in value.items())
    return all(map(is_plain, value)) if isinstance(value, list) else isinstance(value, str | int | None)


# Calibration: a twin of the model with one rule spoiled must be found out.


def never(*_: object, **__: object) -> bool:
    return False


def always(*_: object, **__: object) -> bool:
    return True


def nothing(*_: object, **__: object) -> None:
    return None


def lapsed_late(world: ref.World, row: ref.Row, now: int) -> bool:
    clock = deciding.clock_of(row)
    return clock is None or now - clock > world.policy.inactivity


def begins_alone(_: ref.Tenant, row: ref.Row, now: int) -> bool:
    return row.valid_from is not None and now < row.valid_from


def reborn_as_before(_: ref.Row | ref.Tombstone | None, fresh: ref.Row) -> ref.Row:
    return fresh


def enabled_with_old_sessions(turn: gates.Turn, desk: gates.Desk, row: ref.Row) -> ref.Row:
    return ENABLED(turn, desk, row)._replace(access_epoch=row.access_epoch)


def disabled_with_old_proofs(turn: gates.Turn, row: ref.Row, status: ref.Status, reason: str) -> ref.Row | None:
    after = DISABLED_NOW(turn, row, status, reason)
    return after and after._replace(proof_epoch=row.proof_epoch)


def entered_without_resting(turn: gates.Turn, name: str, **words: bool) -> gates.Desk:
    return ENTER_DESK(turn, name, override=words.get("override", False))


def done_in_silence(state: ref.State, *_: gates.Event, **__: object) -> tuple[ref.State, ref.Outcome]:
    return state, ref.Outcome("done")


def managers_with_dates_endure(
    world: ref.World, state: ref.State, name: str, now: int
) -> tuple[frozenset[str], frozenset[str]]:
    effective, _ = MANAGERS(world, state, name, now)
    return effective, effective


def offered_by_anybody(_: ref.World, state: ref.State, name: str, proven: str, __: int) -> bool:
    return name in state.tenants and state.tenants[name].row(proven) is not None


def admitted_at_once(row: ref.Row, now: int) -> ref.Row:
    return linking.admitted(row, now, "proven")


def renewed_with_a_new_clock(turn: gates.Turn, *known: Any) -> ref.Row | None:
    after = RENEWED(turn, *known)
    return after and after._replace(clock_started_at=turn.now)


def frozen_as_written(_: gates.Turn, __: gates.Desk, row: ref.Row) -> ref.Row:
    return row._replace(rests_on=None)


def uncut(_: gates.Turn, __: gates.Desk, row: ref.Row) -> ref.Row:
    return row


def unused(state: ref.State, _: ref.Slot) -> ref.State:
    return state


def void_nothing(state: ref.State, *_: object) -> voiding.Voided:
    return state, ()


def whatever_ticket(state: ref.State, name: str, principal: str, segment: str | None) -> ref.Ticket | None:
    return next((AnyTicket(*found) for found in [TICKET_OF(state, name, principal, segment)] if found), None)


class AnyTicket(ref.Ticket):
    """A ticket that is any other."""

    __hash__ = ref.Ticket.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple)


RENEWED, TICKET_OF = linking.renewed, entering.ticket_of
ENABLED, DISABLED_NOW, ENTER_DESK = lifecycle.enabled, lifecycle.disabled_now, gates.enter_desk
MANAGERS = deciding.managers_as_if_open


@pytest.mark.parametrize(
    ("module", "rule", "twin", "invariant"),
    [
        (deciding, "is_lapsed", never, "INV-16"),
        (deciding, "is_lapsed", lapsed_late, "INV-16"),
        (deciding, "is_stale", never, "INV-16"),
        (deciding, "counts_here", always, "INV-01"),
        (deciding, "covers", always, "INV-04"),
        (deciding, "effective_on", deciding.own_on, "INV-28"),
        (deciding, "stays_managed", always, "INV-19"),
        (deciding, "managers_as_if_open", managers_with_dates_endure, "INV-19"),
        (deciding, "is_operator_disabled", never, "INV-23"),
        (deciding, "is_early", begins_alone, "INV-16"),
        (gates, "operators_end", nothing, "INV-23"),
        (gates, "is_manager", always, "INV-17"),
        (gates, "enter_desk", entered_without_resting, "INV-18"),
        (gates, "not_own_row", nothing, "INV-18"),
        (gates, "not_own_rester", nothing, "INV-18"),
        (gates, "operators_only", nothing, "INV-23"),
        (gates, "may_give", always, "INV-22"),
        (gates, "may_give_builtin", always, "INV-22"),
        (gates, "definition_under_ceiling", nothing, "INV-22"),
        (lifecycle, "is_redeemable", always, "INV-30"),
        (lifecycle, "enabled", enabled_with_old_sessions, "INV-21"),
        (lifecycle, "disabled_now", disabled_with_old_proofs, "INV-21"),
        (lifecycle, "done", done_in_silence, "INV-36"),
        (joining, "reborn", reborn_as_before, "INV-15"),
        (joining, "standing_after", nothing, "INV-23"),
        (passwords, "stops_resting", always, "INV-28"),
        (operating, "is_worth_writing", always, "INV-07"),
        (privileges, "moves_actor", never, "INV-23"),
        (questions, "_segment_reason", nothing, "INV-04"),
        (deciding, "is_outgrown", never, "INV-16"),
        (gates, "is_own", never, "INV-18"),
        (gates, "is_proven_by_actor", never, "INV-18"),
        (gates, "not_own_proof", nothing, "INV-18"),
        (linking, "is_alive", always, "INV-26"),
        (linking, "is_offered", offered_by_anybody, "INV-26"),
        (linking, "password_own", nothing, "INV-26"),
        (linking, "asking", admitted_at_once, "INV-16"),
        (linking, "renewed", renewed_with_a_new_clock, "INV-28"),
        (linking, "frozen", frozen_as_written, "INV-28"),
        (linking, "is_concerned", always, "INV-17"),
        (inviting, "is_entitled", always, "INV-18"),
        (inviting, "cut_down", uncut, "INV-22"),
        (inviting, "used", unused, "INV-30"),
        (voiding, "void", void_nothing, "INV-32"),
        (voiding, "is_demoted", never, "INV-32"),
        (passwords, "redeemed", passwords.alive, "INV-30"),
        (entering, "ticket_of", whatever_ticket, "INV-21"),
    ],
)
def test_a_spoiled_rule_is_found_out(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, rule: str, twin: Callable[..., Any], invariant: str
) -> None:
    monkeypatch.setattr(module, rule, twin)
    assert hunted(invariant)


def hunted(invariant: str) -> bool:
    """Tell whether a run of moderate length breaks *invariant*."""
    for number, step in enumerate(driver.play(14, 90_000)):
        found = ref.step_violations(*judgeable(step))
        if number % 25 == 0:
            found += ref.state_violations(step.world, step.after, step.now)
        if any(line.startswith(invariant) for line in found):
            return True
    return False
