"""
Explores the reference model breadth-first in a small scope, judging every step.

Two tenants, three principals, one managing and one ordinary resource. A state is taken modulo
everything that no rule can see: absolute time (every state is moved to `NOW`, ages are capped at the
limits), the height of epochs (only equality counts), dead tokens, and the names of tenants and people.

    python tests/oracle/explore.py --depth 4
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

from tenantaccess.testing import reference as ref

DAY, HOUR = ref.DAY, ref.HOUR
NOW = 10_000 * DAY
JUMPS = (30 * DAY, 60 * DAY, 90 * DAY)
NEWCOMER = "c"
OPERATOR: ref.Actor = ("operator", "root")

WORLD = ref.World(
    ref.Catalog(
        resources=(
            ref.Resource("accounts", (("view", ref.VIEW), ("manage", ref.FULL))),
            ref.Resource("claims", (("view", ref.VIEW),)),
        ),
        managing="accounts",
        presets=(("clerk", (("claims", ref.VIEW),)),),
    )
)

Choice = tuple[ref.Command, ref.Actor]


def start() -> ref.State:
    """Answer two tenants with a manager each; the third person is not there yet."""
    state = ref.initial(WORLD)
    for name, manager in (("t", "a"), ("u", "b")):
        command = ref.OpenTenant(name, manager=manager, manager_is_new=True)
        state, _ = ref.step(WORLD, state, command, OPERATOR, NOW)
    return state


# The abstraction.


def canonical(state: ref.State, now: int) -> ref.State:
    """Answer the state that *state* at *now* cannot be told from, at `NOW`."""
    tenants = {
        name: tenant._replace(
            external_ids=(),
            rows=ref.Table({p: _row(state, tenant, row, now) for p, row in tenant.rows.items()}),
        )
        for name, tenant in state.tenants.items()
    }
    principals = {p: person._replace(proof_epoch=0, session_epoch=0) for p, person in state.principals.items()}
    tokens = {
        key: ref.Token(1, 1, 0, NOW - (now - token.minted_at))
        for key, token in state.tokens.items()
        if not token.used
        and now - token.minted_at < WORLD.policy.token_expiry
        and _fits(state, *key, token.incarnation, token.access_epoch)
    }
    queue = {ref.Waiting(w.tenant, w.member, 1, 0) for w in state.queue if _fits(state, *w)}
    return ref.State(ref.Table(tenants), ref.Table(principals), ref.Table(tokens), tuple(sorted(queue)))


def _fits(state: ref.State, name: str, member: str, incarnation: int, epoch: int) -> bool:
    row = state.tenants[name].row(member)
    return row is not None and (row.incarnation, row.access_epoch) == (incarnation, epoch)


def _row(state: ref.State, tenant: ref.Tenant, row: ref.Row | ref.Tombstone, now: int) -> ref.Row | ref.Tombstone:
    if isinstance(row, ref.Tombstone):
        return ref.Tombstone(1, 0, 0, row.standing)
    rejected = row.reason == "rejected"
    counts = row.verified_at is not None and row.disabled_at is None
    seen = [m for m in (row.clock_started_at, row.last_active_at) if m is not None and counts]
    fresh = row.last_active_at is not None and now - row.last_active_at < HOUR and counts
    return row._replace(
        origin="home",
        incarnation=1,
        access_epoch=0,
        proof_epoch=0,
        requested_at=_capped(row.requested_at, now, 90 * DAY) if row.approved_at is None else None,
        approved_at=None if row.approved_at is None else 0,
        verified_at=None if row.verified_at is None else 0,
        disabled_at=None if row.disabled_at is None else 0,
        disabled_by="manager" if rejected else row.disabled_by,
        reason=row.reason if rejected or row.reason is None else "other",
        clock_started_at=_capped(max(seen), now, 90 * DAY) if seen else None,
        last_active_at=_capped(row.last_active_at, now, HOUR) if fresh else None,
        valid_from=_coming(row.valid_from, now),
        valid_until=_capped(row.valid_until, now, 0),
        rests_on=None if row.rests_on is None else _base(state, tenant, row.rests_on),
        contact=("", "", "", ""),
        told=None,
    )


def _capped(moment: int | None, now: int, limit: int) -> int | None:
    return None if moment is None else max(NOW + moment - now, NOW - limit)


def _coming(moment: int | None, now: int) -> int | None:
    return None if moment is None or moment <= now else NOW + moment - now


def _base(state: ref.State, tenant: ref.Tenant, base: ref.Base) -> ref.Base:
    """Note a base as fitting (1, 0, 0) or, once anything moved, as never fitting again."""
    row = tenant.row(base.principal)
    person = state.principals[base.principal]
    fits = row is not None and base[1:] == (row.incarnation, row.proof_epoch, person.proof_epoch)
    return ref.Base(base.principal, 1 if fits else 0, 0, 0)


def renamed(state: ref.State, tenants: dict[str, str], people: dict[str, str]) -> ref.State:
    """Answer *state* under other names."""

    def row(old: ref.Row | ref.Tombstone) -> ref.Row | ref.Tombstone:
        if isinstance(old, ref.Tombstone) or old.rests_on is None:
            return old
        principal = people[old.rests_on.principal]
        return old._replace(rests_on=old.rests_on._replace(principal=principal))

    queue = (w._replace(tenant=tenants[w.tenant], member=people[w.member]) for w in state.queue)
    return ref.State(
        ref.Table(
            {
                tenants[name]: tenant._replace(rows=ref.Table({people[p]: row(old) for p, old in tenant.rows.items()}))
                for name, tenant in state.tenants.items()
            }
        ),
        ref.Table(
            {
                people[p]: person._replace(chosen_in=tenants.get(person.chosen_in or ""))
                for p, person in state.principals.items()
            }
        ),
        ref.Table({(tenants[t], people[p]): token for (t, p), token in state.tokens.items()}),
        tuple(sorted(queue)),
    )


def representative(state: ref.State) -> ref.State:
    """Answer one state for all that differ by names only."""
    people, tenants = sorted(state.principals), sorted(state.tenants)
    images = (
        renamed(state, dict(zip(tenants, ts, strict=True)), dict(zip(people, ps, strict=True)))
        for ts in permutations(tenants)
        for ps in permutations(people)
    )
    return min(images, key=hash)


# The alphabet.


def alphabet(state: ref.State) -> Iterator[Choice]:
    """List every command worth trying from *state*, with its actor."""
    members: list[ref.Actor] = [("member", p) for p in state.principals]
    for name in state.tenants:
        yield from by_managers(state, name, [*members, OPERATOR])
        yield from by_operator(state, name, [members[0], OPERATOR])
        yield from by_people(state, name, members)
    for actor in members:
        yield ref.ChangePassword(), actor
        yield ref.SuspendPrincipal(actor[1]), OPERATOR
        yield ref.SuspendPrincipal(actor[1], ("t", "u")), OPERATOR
        yield ref.ReinstatePrincipal(actor[1]), OPERATOR
    for key in state.tokens:
        yield ref.Complete(("tok", *key, 1)), ("public",)
    yield ref.Deliver(), ("system",)
    yield ref.Sweep(), ("system",)


def by_managers(state: ref.State, name: str, actors: list[ref.Actor]) -> Iterator[Choice]:
    """List a manager's commands, by everybody."""
    for actor in actors:
        for member in state.principals:
            for command in about(name, member):
                yield command, actor
        for level in (ref.FULL, ref.NONE):
            yield ref.EditRole(name, "clerk", (("accounts", level),)), actor
        if NEWCOMER not in state.principals:
            yield ref.AddUsername(name, NEWCOMER, role="clerk"), actor
            yield ref.AddUsername(name, NEWCOMER, role=ref.ACCOUNT_MANAGER), actor


def by_operator(state: ref.State, name: str, actors: list[ref.Actor]) -> Iterator[Choice]:
    """List the operator's commands; those about the tenant, by a member too."""
    for member in state.principals:
        yield ref.AppointManager(name, member), OPERATOR
        yield ref.Disable(name, member, override=True), OPERATOR
        yield ref.Remove(name, member, override=True), OPERATOR
    for actor in actors:
        yield ref.SuspendTenant(name), actor
        yield ref.ReopenTenant(name), actor
        yield ref.CloseTenant(name), actor


def by_people(state: ref.State, name: str, members: list[ref.Actor]) -> Iterator[Choice]:
    """List what people do for themselves."""
    for actor in members:
        yield ref.Leave(name), actor
        yield ref.RequestAccess(name), actor
        yield ref.Touch(name, "claims", "view"), actor
    if NEWCOMER not in state.principals:
        yield ref.RequestAccess(name, NEWCOMER, "c@example.org"), ("public",)


def about(name: str, member: str) -> Iterator[ref.Command]:
    """List a manager's commands about one row."""
    yield ref.Approve(name, member, "clerk")
    yield ref.Approve(name, member, ref.ACCOUNT_MANAGER)
    yield ref.Reject(name, member)
    yield ref.SendRegistration(name, member)
    yield ref.Disable(name, member)
    yield ref.Disable(name, member, at=NOW + 30 * DAY)
    yield ref.Enable(name, member)
    yield ref.SetDates(name, member, NOW + 30 * DAY, None)
    yield ref.SetDates(name, member, None, None)
    yield ref.Remove(name, member)
    for role in (None, "clerk", ref.ACCOUNT_MANAGER):
        yield ref.AssignRole(name, member, role)
    for resource, level in (("accounts", ref.FULL), ("accounts", ref.NONE), ("claims", ref.FULL)):
        yield ref.ChangePrivileges(name, (ref.Edit(member, resource, None, level),))


# The search.


class Report(NamedTuple):
    """What an exploration found."""

    states: int
    transitions: int
    accepted: int
    cells: frozenset[str]
    broken: tuple[str, ...]


def explore(depth: int, *, first: ref.State | None = None, most: int = 1_000_000) -> Report:
    """Take every step from every state to *depth*; each broken invariant is a line of the report."""
    root = representative(canonical(first or start(), NOW))
    seen_raw, seen = {root}, {root}
    frontier = [root]
    counts: Counter[str] = Counter()
    cells: set[str] = set()
    broken: list[str] = []
    for _ in range(depth):
        reached: list[ref.State] = []
        for state in frontier:
            for after in successors(state, counts, cells, broken):
                if after in seen_raw:
                    continue
                seen_raw.add(after)
                found = representative(after)
                if found in seen or len(seen) >= most:
                    continue
                seen.add(found)
                reached.append(found)
                broken.extend(ref.state_violations(WORLD, found, NOW))
        frontier = reached
    return Report(len(seen), counts.total(), counts["done"], frozenset(cells), tuple(broken))


def successors(state: ref.State, counts: Counter[str], cells: set[str], broken: list[str]) -> Iterator[ref.State]:
    """Take every step from *state*, judge it, and answer what it leads to."""
    for command, actor in alphabet(state):
        after, outcome = ref.step(WORLD, state, command, actor, NOW)
        counts[outcome.kind] += 1
        cells.add(" | ".join(ref.cell(WORLD, state, command, actor, outcome, NOW)))
        for line in ref.step_violations(WORLD, state, command, actor, after, outcome, NOW):
            broken += [f"{line}: {command} by {actor} on {ref.dump(state)}"]
        if after is not state:
            yield canonical(after, NOW)
    for jump in JUMPS:
        counts["jump"] += 1
        yield canonical(state, NOW + jump)


def main(arguments: list[str]) -> int:
    """Explore and print the counts; fail on a broken invariant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000, help="stop taking in states at this number")
    parser.add_argument("--list", action="store_true", help="print the cells hit instead of the counts")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    report = explore(options.depth, most=options.most)
    seconds = time.perf_counter() - began
    lines = [
        f"depth {options.depth}: {report.states:,} states, {report.transitions:,} transitions,",
        f"{report.accepted:,} of them accepted, {len(report.cells)} cells, {seconds:.1f} s,",
        f"{len(report.broken)} broken invariants",
    ]
    found = sorted(report.cells) if options.list else lines
    sys.stdout.write("\n".join([*report.broken[:20], *found, ""]))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
