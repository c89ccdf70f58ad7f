"""The small scopes: what an exploration leaves out of a state no rule can see, and names do not matter."""

import random
from collections import Counter
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import pytest
from tests.oracle import abstraction, explore
from tests.oracle.abstraction import NOW, key_of
from tests.oracle.scopes import SCOPES, Scope

from tenantaccess.testing import reference as ref


@pytest.mark.parametrize(("alphabet", "depth", "states"), [("lifecycle", 3, 2_700), ("people", 2, 800)])
def test_every_step_from_every_small_state_keeps_the_invariants(alphabet: str, depth: int, states: int) -> None:
    report = explore.explore(alphabet, depth)
    assert report.broken == ()
    assert report.states > states
    assert report.accepted > 2 * states - 200


def walked(scope: Scope, seed: int) -> list[ref.State]:
    """Take some steps that are done, from the beginning, in the abstraction."""
    rng = random.Random(seed)
    state, found = abstraction.canonical(explore.start(scope), NOW), []
    for _ in range(25):
        for choice in rng.sample(choices := list(scope.alphabet(state)), len(choices)):
            after, _ = explore.taken(scope, state, choice, [])
            if after is not state:
                state = abstraction.canonical(after, NOW + rng.choice((0, 0, 0, *scope.jumps)))
                found.append(state)
                break
    return found


@pytest.mark.parametrize("alphabet", sorted(SCOPES))
@pytest.mark.parametrize("seed", range(4))
def test_what_the_exploration_leaves_out_no_rule_can_see(alphabet: str, seed: int) -> None:
    """A walk on the real state and a walk on its abstraction never part."""
    scope, rng = SCOPES[alphabet], random.Random(seed)
    state, now = explore.start(scope), NOW
    for _ in range(60):
        abstract = abstraction.canonical(state, now)
        now += rng.choice((0, 0, *scope.jumps)) if rng.random() < 0.3 else 0
        abstract = abstraction.canonical(state, now)
        choices = list(scope.alphabet(abstract))
        for command, actor in rng.sample(choices, min(60, len(choices))):
            after, _ = ref.step(scope.world, abstract, command, actor, NOW)
            real = moved(command, state, now)
            later, outcome = ref.step(scope.world, state, real, actor, now)
            assert abstraction.canonical(after, NOW) == abstraction.canonical(later, now), (real, actor)
            if outcome.kind == "done":
                state = later
                break


def moved(command: ref.Command, state: ref.State, now: int) -> ref.Command:
    """Translate a command about the abstraction into one about the real state."""
    if isinstance(command, ref.Disable) and command.at is not None:
        return replace(command, at=command.at - NOW + now)
    if isinstance(command, ref.SetDates) and command.valid_from is not None:
        return replace(command, valid_from=command.valid_from - NOW + now)
    if isinstance(command, ref.JoinLink):
        return replace(command, offer=ref.proof_now(state, command.offer.asker, command.offer.proven, now))
    if isinstance(command, ref.AcceptInvitation):
        _, name, known = command.slot
        invitations = state.tenants[name].invitations.items()
        real = next(i for i, one in invitations if one.state == "open" and key_of(one.email) == known)
        slot = ("invitation", name, real)
        return replace(command, slot=slot, serial=state.secrets[slot].serial)
    if isinstance(command, ref.Complete):
        whose = command.token[1:3]
        return ref.Complete(("tok", *whose, state.tokens[whose].serial))
    return command


class Names(NamedTuple):
    """Other names for tenants and people, and everything said under them."""

    tenants: dict[str, str]
    people: dict[str, str]

    def address(self, email: str) -> str:
        local, _, domain = email.partition("@")
        return f"{self.people.get(local, local)}@{domain}"

    def slot(self, state: ref.State, old: ref.Slot) -> ref.Slot:
        invited = state.tenants[old[1]].invitations[old[2]].email
        return (old[0], self.tenants[old[1]], key_of(self.address(invited)))

    def row(self, old: ref.Row | ref.Tombstone) -> ref.Row | ref.Tombstone:
        if old.proven_by is not None:
            old = old._replace(proven_by=self.people[old.proven_by])
        if isinstance(old, ref.Tombstone) or old.rests_on is None:
            return old
        return old._replace(rests_on=old.rests_on._replace(principal=self.people[old.rests_on.principal]))

    def notice(self, state: ref.State, old: ref.Waiting | ref.Mail) -> ref.Waiting | ref.Mail:
        if isinstance(old, ref.Mail):
            return old._replace(slot=self.slot(state, old.slot))
        return old._replace(tenant=self.tenants[old.tenant], member=self.people[old.member])

    def tenant(self, old: ref.Tenant) -> ref.Tenant:
        rows = ref.Table({self.people[p]: self.row(one) for p, one in old.rows.items()})
        invitations = {}
        for one in old.invitations.values():
            inviter = None if one.inviter is None else self.people[one.inviter]
            email = self.address(one.email)
            invitations[key_of(email)] = one._replace(email=email, inviter=inviter)
        return old._replace(rows=rows, invitations=ref.Table(invitations))

    def person(self, old: ref.Principal) -> ref.Principal:
        email = None if old.email is None else self.address(old.email)
        return old._replace(chosen_in=self.tenants.get(old.chosen_in or ""), email=email)

    def token(self, old: ref.Token) -> ref.Token:
        return old if old.email is None else old._replace(email=self.address(old.email))


def renamed(state: ref.State, people: dict[str, str]) -> ref.State:
    """Answer *state* under other names."""
    names = Names({name: name for name in state.tenants}, people)
    return ref.State(
        ref.Table({name: names.tenant(old) for name, old in state.tenants.items()}),
        ref.Table({people[p]: names.person(old) for p, old in state.principals.items()}),
        ref.Table({(t, people[p]): names.token(old) for (t, p), old in state.tokens.items()}),
        tuple(sorted((names.notice(state, old) for old in state.queue), key=repr)),
        ref.Table({names.slot(state, slot): secret for slot, secret in state.secrets.items()}),
    )


@pytest.mark.parametrize("alphabet", sorted(SCOPES))
def test_names_do_not_matter_and_nothing_else_is_taken_for_a_name(alphabet: str) -> None:
    """Walks from different seeds meet the same states and others; what is called the same differs by names only."""
    called: dict[bytes, ref.State] = {}
    for seed in range(12):
        for state in walked(SCOPES[alphabet], seed):
            people = sorted(state.principals)
            images = [renamed(state, dict(zip(people, order, strict=True))) for order in permutations(people)]
            assert {abstraction.nameless(image) for image in images} == {abstraction.nameless(state)}
            assert called.setdefault(abstraction.nameless(state), state) in images


def test_a_lifecycle_knows_no_names() -> None:
    """From a state under other names the same number of states is reached: the alphabet prefers nobody."""
    scope = SCOPES["lifecycle"]
    for state in walked(scope, 5):
        people = sorted(state.principals)
        other = renamed(state, dict(zip(people, reversed(people), strict=True)))
        assert reached(scope, state) == reached(scope, other)


def reached(scope: Scope, state: ref.State) -> set[bytes]:
    found = explore.Found(Counter(), [], [])
    return {abstraction.nameless(after) for after in explore.successors(scope, state, found)}
