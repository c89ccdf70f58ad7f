"""The invariants of a state: what the questions answer, against the judge's own reading."""

from collections.abc import Iterator

from . import judging, questions
from .facts import Row, State
from .judging_invitations import open_ones
from .world import World

_WORDS = {"stale": "unverified", "none": "absent", "gone": "absent"}
_WORDS |= dict.fromkeys(("rejected", "disabled", "ended", "early", "expired", "lapsed"), "disabled")


def state_violations(world: World, state: State, now: int) -> list[str]:
    """Answer which invariants the answers about *state* break."""
    found = [*identifiers(state), *standings(world, state, now), *resting(world, state, now)]
    found.extend(uses(world, state, now))
    found.extend(open_ones(world, state, now))
    return found


def identifiers(state: State) -> Iterator[str]:
    """INV-09: an external identifier belongs to one tenant."""
    keys = [key for tenant in state.tenants.values() for key in tenant.external_ids]
    if len(keys) != len(set(keys)):
        yield "INV-09 two tenants share an external identifier"


def standings(world: World, state: State, now: int) -> Iterator[str]:
    """INV-16 and INV-19: the status words and the managers are those of the facts."""
    for name, tenant in state.tenants.items():
        for principal in tenant.rows:
            word = judging.standing(world, state, name, principal, now)
            answered = questions.status(world, state, name, principal, now).word
            if answered != _WORDS.get(word, word):
                yield f"INV-16 {principal} is called {answered} and is {word}"
        expected = judging.managers(world, state, name, now) if tenant.state == "open" else {}
        if set(questions.managers(world, state, name, now)) != set(expected):
            yield f"INV-17 the managers of {name} are not those in force"


def resting(world: World, state: State, now: int) -> Iterator[str]:
    """INV-28: a resting row never counts for more than the row it rests on."""
    for name, tenant in state.tenants.items():
        for principal, row in tenant.rows.items():
            if not isinstance(row, Row) or row.rests_on is None:
                continue
            base = tenant.rows.get(row.rests_on.principal)
            limit = judging.in_force(world, tenant, base) if isinstance(base, Row) else {}
            for cell in judging.own(world, tenant, row):
                level = questions.level_on(world, state, name, principal, *cell)
                if level > limit.get(cell, 0):
                    yield f"INV-28 {principal} counts for more than its base on {cell}"
            yield from outlived(world, state, name, principal, row, now)


def outlived(world: World, state: State, name: str, principal: str, row: Row, now: int) -> Iterator[str]:
    """INV-28: nobody counts through somebody whom a person shut out there, or who was suspended."""
    if row.rests_on is None or not judging.is_in_force(world, state, name, principal, now):
        return
    proven = row.rests_on.principal
    if judging.standing(world, state, name, proven, now) in ("none", "gone", "disabled", "ended", "stale"):
        yield f"INV-28 {principal} counts in {name} through {proven}, who is shut out"
    base = state.tenants[name].rows[proven]
    if isinstance(base, Row) and base.valid_from is not None and base.valid_from > now:
        yield f"INV-28 {principal} counts in {name} before {proven} does"
    if state.principals[proven].suspended:
        yield f"INV-28 {principal} counts in {name} through {proven}, who is suspended"


def uses(world: World, state: State, now: int) -> Iterator[str]:
    """INV-01, INV-04: check, both lists and the judge say the same of every use."""
    people = list(state.principals)
    for resource in world.catalog.resources:
        for action, _ in resource.actions:
            for segment in (None, *world.catalog.segments):
                use = (resource.key, action, segment)
                where = {p: questions.tenants_with(world, state, p, *use, now) for p in people}
                for name in state.tenants:
                    who = questions.members_with(world, state, name, *use, now)
                    for p in people:
                        allowed, _ = questions.check(world, state, name, p, *use, now)
                        if not allowed == (p in who) == (name in where[p]):
                            yield f"INV-04 check and list differ for {p} in {name} on {use}"
                        if allowed != judging.may(world, state, name, p, *use, now):
                            yield f"INV-01 {p} in {name} on {use}: answered {allowed}"
