"""
Drives the reference model: long runs of chosen commands under a clock that likes boundaries.

`choose` looks at the model's own state, so that a run keeps changing facts instead of being
refused; `later` moves the clock, preferably onto a boundary or next to one; `play` runs episodes.

    python tests/oracle/driver.py --steps 100000 --seed 1
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.choosing import WEIGHTS, WORLDS, Choice
from tests.oracle.choosing_people import choose

__all__ = ["Choice", "Step", "cell_of", "choose", "judged", "later", "play"]

DAY, HOUR, MINUTE = ref.DAY, ref.HOUR, ref.MINUTE
EPISODE = 400


class Step(NamedTuple):
    """One step of a run."""

    world: ref.World
    before: ref.State
    command: ref.Command
    actor: ref.Actor
    now: int
    after: ref.State
    outcome: ref.Outcome


JUMPS = (59 * DAY, 60 * DAY, 75 * DAY, 85 * DAY, 89 * DAY, 90 * DAY)


def later(rng: random.Random, world: ref.World, state: ref.State, now: int) -> int:
    """Move the clock: mostly a little, at times by a limit, at times exactly onto a boundary."""
    luck = rng.random()
    if luck < 0.5:
        return now
    if luck < 0.93:
        return now + rng.choice((1, MINUTE, 7 * MINUTE, HOUR - 1, HOUR, HOUR + 1, DAY))
    if luck < 0.99:
        ahead = [moment for moment in boundaries(world, state) if moment - 1 > now]
        near = sorted(ahead)[:4]
        return rng.choice(near) + rng.choice((-1, 0, 0, 1)) if near else now + HOUR
    return now + rng.choice(JUMPS) + rng.choice((-1, 0, 1))


def boundaries(world: ref.World, state: ref.State) -> set[int]:
    """Collect the moments at which time alone changes an answer."""
    policy = world.policy
    found = {token.minted_at + policy.token_expiry for token in state.tokens.values()}
    found |= {secret.expires_at for secret in state.secrets.values() if not secret.used}
    found |= {offer.minted_at + policy.offer_expiry for offer, used in state.offers.values() if not used}
    found |= {moment + policy.link_grace for p in state.principals.values() for moment in p.password_changes}
    for tenant in state.tenants.values():
        found |= {invitation.expires_at for invitation in tenant.invitations.values() if invitation.state == "open"}
        for _, row in tenant.living():
            found.update(moment for moment in (row.valid_from, row.valid_until) if moment is not None)
            if row.requested_at is not None and row.approved_at is None:
                found.add(row.requested_at + policy.request_expiry)
            clock = max(row.clock_started_at or 0, row.last_active_at or 0)
            if clock:
                found.update(clock + limit for limit in (*policy.warnings, policy.inactivity))
    return found


def play(seed: int, steps: int) -> Iterator[Step]:
    """Run episodes from *seed*, each in one of the worlds and from nothing."""
    rng = random.Random(seed)
    world, state, now = WORLDS[0], ref.State(), 0
    for number in range(steps):
        if number % EPISODE == 0:
            world = rng.choice(WORLDS)
            state, now = ref.initial(world), 1_000 * DAY
        now = later(rng, world, state, now)
        command, actor = choose(rng, world, state, now)
        after, outcome = ref.step(world, state, command, actor, now)
        yield Step(world, state, command, actor, now, after, outcome)
        state = after


def cell_of(step: Step) -> str:
    """Write a step's cell of coverage down."""
    return " | ".join(ref.cell(step.world, step.before, step.command, step.actor, step.outcome, step.now))


def judged(step: Step) -> list[str]:
    """Answer the invariants a step breaks."""
    return ref.violations(step.world, step.before, step.command, step.actor, step.after, step.outcome, step.now)


def main(arguments: list[str]) -> int:
    """Run and print what was hit; fail on a broken invariant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", action="store_true", help="check the invariants of every step")
    parser.add_argument("--list", action="store_true", help="print the cells hit instead of the counts")
    options = parser.parse_args(arguments)
    words: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    cells: set[str] = set()
    broken: list[str] = []
    began = time.perf_counter()
    for step in play(options.seed, options.steps):
        words[step.outcome.refusal or step.outcome.kind] += 1
        kinds[step.command.name, step.outcome.kind] += 1
        cells.add(cell_of(step))
        if options.judge:
            broken += [f"{line}: {step.command} by {step.actor}" for line in judged(step)]
    pace = options.steps / (time.perf_counter() - began)
    lines = [f"{word:14} {count:8} {count / options.steps:7.2%}" for word, count in words.most_common()]
    for name in WEIGHTS:
        counts = (f"{kind} {kinds[name, kind]:7}" for kind in ("done", "noop", "refused"))
        lines.append(f"{name:20} {' '.join(counts)}")
    lines.append(f"{len(cells)} cells, {pace:,.0f} steps/s, {len(broken)} broken invariants")
    sys.stdout.write("\n".join([*broken[:20], *(sorted(cells) if options.list else lines), ""]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
