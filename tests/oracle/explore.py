"""
Explores the reference model breadth-first in a small scope, judging every step.

Two tenants, three principals, one managing and one ordinary resource; one tenant takes links by proof at once,
the other after acceptance, and without proof. A state is taken modulo everything that no rule can see (`abstraction`).

Left out, to keep the scope small: resets (to the rules a change of the password, with a secret like an invitation's),
changes of addresses, segments, declining and taking back (ends of an invitation like being voided), sending again,
entering (like use, without levels), closing (like suspending, for good), and changing how a tenant takes links.
One tenant alone is suspended, invites and notes activity; newcomers ask the other. The long runs have it all.

    python tests/oracle/explore.py --depth 4
"""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tenantaccess.testing import reference as ref

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.abstraction import NOW, canonical, key_of, representative

DAY = ref.DAY
JUMPS = (30 * DAY, 90 * DAY)
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

BEGIN: tuple[Choice, ...] = (
    (ref.OpenTenant("t", manager="a", manager_is_new=True), OPERATOR),
    (ref.RequestAccess("nowhere", "b", "b@example.org"), ("public",)),
    (ref.OpenTenant("u", manager="b"), OPERATOR),
    (ref.ChangePassword(), ("member", "a")),
    (ref.ChangeLinking("u", "both"), OPERATOR),
)


def start() -> ref.State:
    """Answer two tenants with a manager each, one of whom has a mailbox; the third person is not there yet."""
    state = ref.initial(WORLD)
    for command, actor in BEGIN:
        state, outcome = ref.step(WORLD, state, command, actor, NOW)
        assert outcome.kind == "done"
    return state


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
    yield from by_masters(state, members)
    yield from by_invited(state, members)
    yield ref.Deliver(), ("system",)
    yield ref.Sweep(), ("system",)


def by_managers(state: ref.State, name: str, actors: list[ref.Actor]) -> Iterator[Choice]:
    """List a manager's commands, by everybody."""
    for actor in actors:
        for member in state.principals:
            for command in about(name, member):
                yield command, actor
        if state.tenants[name].linking == "proof":
            for invitation in invitations(state, name, "clerk" if actor == OPERATOR else ref.ACCOUNT_MANAGER):
                yield invitation, actor
        for level in (ref.FULL, ref.NONE):
            yield ref.EditRole(name, "clerk", (("accounts", level),)), actor
        if NEWCOMER not in state.principals:
            yield ref.AddUsername(name, NEWCOMER, role="clerk"), actor
            yield ref.AddUsername(name, NEWCOMER, role=ref.ACCOUNT_MANAGER), actor


def by_masters(state: ref.State, members: list[ref.Actor]) -> Iterator[Choice]:
    """List the joins with a proof made in the same breath, of everybody by everybody."""
    for actor in members:
        for proven in (p for p in state.principals if p != actor[1]):
            offer = ref.proof_now(state, actor[1], proven, NOW)
            for name in state.tenants:
                yield ref.JoinLink((name,), offer), actor
        for name in state.tenants:
            yield ref.RequestLink(name), actor


def by_invited(state: ref.State, members: list[ref.Actor]) -> Iterator[Choice]:
    """List what may be done with every secret that was mailed to an address."""
    for slot in state.secrets:
        for actor in members:
            yield ref.AcceptInvitation(slot, 1), actor
        if NEWCOMER not in state.principals:
            yield ref.AcceptInvitation(slot, 1, NEWCOMER), ("public",)


def invitations(state: ref.State, name: str, role: str) -> Iterator[ref.Command]:
    """List the invitations worth sending: of whoever has a mailbox, or of the newcomer."""
    for person in ("b", NEWCOMER):
        email = f"{person}@example.org"
        key = f"{key_of(email)}.{len(state.tenants[name].invitations)}"
        yield ref.Invite(name, key, email, role)


def by_operator(state: ref.State, name: str, actors: list[ref.Actor]) -> Iterator[Choice]:
    """List the operator's commands; those about the tenant, by a member too."""
    for member in state.principals:
        yield ref.AppointManager(name, member), OPERATOR
        yield ref.Disable(name, member, override=True), OPERATOR
        yield ref.Remove(name, member, override=True), OPERATOR
    for actor in actors if state.tenants[name].linking == "proof" else ():
        yield ref.SuspendTenant(name), actor
        yield ref.ReopenTenant(name), actor


def by_people(state: ref.State, name: str, members: list[ref.Actor]) -> Iterator[Choice]:
    """List what people do for themselves."""
    here = state.tenants[name].linking == "proof"
    for actor in members:
        yield ref.Leave(name), actor
        yield ref.RequestAccess(name), actor
        if here:
            yield ref.Touch(name, "claims", "view"), actor
    if NEWCOMER not in state.principals and not here:
        yield ref.RequestAccess(name, NEWCOMER, "c@example.org"), ("public",)


def about(name: str, member: str) -> Iterator[ref.Command]:
    """List a manager's commands about one row."""
    yield ref.Approve(name, member, "clerk")
    yield ref.Approve(name, member, ref.ACCOUNT_MANAGER)
    yield ref.Reject(name, member)
    yield ref.AcceptLink(name, member)
    yield ref.AcceptLink(name, member, "clerk")
    yield ref.ConfirmLink(name, member)
    yield ref.Unlink(name, member)
    yield ref.SendRegistration(name, member)
    yield ref.Disable(name, member)
    yield ref.Disable(name, member, at=NOW + 30 * DAY)
    yield ref.Enable(name, member)
    yield ref.SetDates(name, member, NOW + 30 * DAY, None)
    yield ref.SetDates(name, member, None, None)
    yield ref.Remove(name, member)
    for role in (None, "clerk", ref.ACCOUNT_MANAGER):
        yield ref.AssignRole(name, member, role)
    for resource, level in (("accounts", ref.FULL), ("claims", ref.FULL)):
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
    seen_raw, seen = {hash(root)}, {root}  # of the raw ones, which are many, the hashes will do
    frontier = [root]
    counts: Counter[str] = Counter()
    cells: set[str] = set()
    broken: list[str] = []
    for _ in range(depth):
        reached: list[ref.State] = []
        for state in frontier:
            for after in successors(state, counts, cells, broken):
                if hash(after) in seen_raw:
                    continue
                seen_raw.add(hash(after))
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
    gc.disable()  # states are kept and hold no cycles: looking for garbage among millions of them finds none
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
