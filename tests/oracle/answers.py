"""Asks both the same questions: checks, lists, the roster, the drop-down, the past."""

import random
from datetime import timedelta

from tests.oracle.comparing import same
from tests.oracle.side_by_side import Pair
from tests.oracle.terms import ranks_of

import tenantaccess as ta
from tenantaccess.testing import reference as ref
from tenantaccess.testing.doubles import START

QUESTIONS = 6


def compare_answers(where: str, rng: random.Random, world: ref.World, state: ref.State, now: int, pair: Pair) -> None:
    """Ask both a few questions, and whether the library's lists agree with the oracle's checks."""
    tenants, people = [*state.tenants, "t-ghost"], [*state.principals, "p-ghost"]
    asked = [(resource.key, action) for resource in world.catalog.resources for action, _ in resource.actions]
    for _ in range(QUESTIONS):
        tenant, person, (resource, action) = rng.choice(tenants), rng.choice(people), rng.choice(asked)
        segment = rng.choice([None, None, *world.catalog.segments])
        wanted = ref.check(world, state, tenant, person, resource, action, segment, now)
        answer = pair.access.check(pair.tenant(tenant), pair.principal(person), resource, action, segment)
        question = f"{where}\ncheck {tenant} {person} {resource} {action} {segment}"
        same(question, "answer", (answer.allowed, answer.reasons[0].value), wanted)
    tenant, person, (resource, action) = rng.choice(tenants), rng.choice(people), rng.choice(asked)
    segment = rng.choice([None, *world.catalog.segments])
    members = {
        pair.name_of(who) for who in pair.access.list_members_with(pair.tenant(tenant), resource, action, segment)
    }
    allowed = {p for p in state.principals if ref.check(world, state, tenant, p, resource, action, segment, now)[0]}
    same(f"{where}\nmembers with {resource} {action} {segment} in {tenant}", "list", members, allowed)
    listed = set(pair.access.list_tenants_with(pair.principal(person), resource, action, segment))
    open_to = {
        pair.tenant(t) for t in state.tenants if ref.check(world, state, t, person, resource, action, segment, now)[0]
    }
    same(f"{where}\ntenants of {person} with {resource} {action} {segment}", "list", listed, open_to)


def compare_past(where: str, world: ref.World, past: list[tuple[int, ref.State]], pair: Pair) -> None:
    """Ask the record who could do what at earlier moments, and the oracle's states of then."""
    operator = ta.Operator("auditor")
    for moment, state in past:
        for tenant in state.tenants:
            for resource in world.catalog.resources:
                for action, _ in resource.actions:
                    asked = pair.access.audit.list_members_with(
                        pair.tenant(tenant), resource.key, action, START + timedelta(microseconds=moment), by=operator
                    )
                    members = {pair.name_of(who) for who in asked}
                    wanted = {
                        person
                        for person in state.principals
                        if ref.check(world, state, tenant, person, resource.key, action, None, moment)[0]
                    }
                    same(f"{where}\nas of {moment}: {action} {resource.key} in {tenant}", "past", members, wanted)


def compare_brought(where: str, world: ref.World, state: ref.State, command: ref.Command, now: int, pair: Pair) -> None:
    """Compare what a proof offered, and what a context left to the session."""
    if isinstance(command, ref.Prove):
        found = {
            pair.tenant_named(one.id): (ranks_of(one.levels), None if one.segments is None else sorted(one.segments))
            for one in pair.offered
        }
        wanted = {
            name: brought(world, state, name, command.principal)
            for name in ref.offered(world, state, command.principal, now)
        }
        same(where, "offered", found, wanted)
    if isinstance(command, ref.Enter | ref.Resume):
        found = pair.session
        names = (pair.tenant_named(found.tenant), pair.name_of(found.principal))
        kept = (*names, found.incarnation, found.access_epoch, found.principal_epoch, found.segment)
        same(where, "session", kept, tuple(ref.ticket_of(state, *names, found.segment) or ()))


def brought(world: ref.World, state: ref.State, name: str, proven: str) -> tuple[dict[str, int], list[str]]:
    """What joining with a proven row would bring: the levels that count, and the segments they reach."""
    cells = {c[1]: c[4] for c in ref.matrix(world, state, name) if c[0] == proven and c[1] in world.offered}
    return dict(sorted(cells.items())), list(ref.reach(state, name, proven) or ())
