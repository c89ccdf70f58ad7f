"""Asks both the same questions: checks, lists, the roster, the drop-down, the past."""

import random
from datetime import timedelta
from typing import Any

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


def compare_roster(where: str, rng: random.Random, world: ref.World, state: ref.State, now: int, pair: Pair) -> None:
    """Search the roster of one tenant, whole or filtered, page by page, and compare whom it shows and as what."""
    if not state.tenants:
        return
    name = rng.choice([*state.tenants])
    standings = {p: ref.status(world, state, name, p, now) for p in state.tenants[name].rows}
    standings = {p: status for p, status in standings.items() if status.word != "absent"}
    rows = dict(state.tenants[name].living())
    word = rng.choice((None, None, "pending", "unverified", "active", "disabled"))
    role = rng.choice((None, None, None, ref.ACCOUNT_MANAGER, *state.tenants[name].roles))
    waiting = word is None and rng.random() < 0.3  # now and then
    asked: dict[str, Any] = {"status": word, "pending": waiting, "role": role, "limit": rng.choice((1, 2, 3, 100))}
    found, after = {}, None
    while True:
        page = pair.access.directory.search(pair.tenant(name), **asked, after=after, by=ta.Operator("auditor"))
        for row in page.rows:
            assert row.principal_id not in found
            shown = None if row.segments is None else sorted(row.segments)
            levels = {key: rank for key, rank in ranks_of(row.levels).items() if key in world.offered}
            if shown == []:  # levels that reach no segment are shown, and count for nothing
                levels = {key: rank if key == world.managing else 0 for key, rank in levels.items()}
            facts = (row.status.value, row.reason.value, row.is_link, levels, shown)
            found[pair.name_of(row.principal_id)] = facts
        after = page.next
        if after is None:
            break
    wanted = {
        p: (status.word, reason_of(status), is_link(rows[p]), *brought(world, state, name, p))
        for p, status in standings.items()
        if (word is None or status.word == word)
        and (role is None or rows[p].role == role)
        and (not waiting or reason_of(status) in ("pending", "unverified"))
    }
    same(f"{where}\nroster of {name}: {asked}", "roster", found, wanted)


def reason_of(status: ref.Status) -> str:
    word = status.detail or status.word
    return "disabled" if word in ("manual", "operator") else word


def is_link(row: ref.Row) -> bool:
    return row.origin == "linked" and row.rests_on is not None


def compare_choices(where: str, rng: random.Random, world: ref.World, state: ref.State, now: int, pair: Pair) -> None:
    """Compare the drop-down of one principal, and where it would begin."""
    if not state.principals:
        return
    person = rng.choice([*state.principals])
    found: dict[str, str] = {}
    after = None
    while True:
        page = pair.access.contexts.list_tenants(pair.principal(person), after=after, limit=rng.choice((1, 2, 50)))
        found |= {pair.tenant_named(entry.id): entry.reason.value for entry in page.entries}
        after = page.next
        if after is None:
            break
    listed = ref.list_tenants(world, state, person, now)
    same(f"{where}\ntenants of {person}", "drop-down", found, {name: bar or "active" for name, bar in listed.items()})
    chosen = pair.access.contexts.default(pair.principal(person))
    wanted = ref.default_tenants(world, state, person, now)
    beginning = None if chosen is None else pair.tenant_named(chosen)
    same(f"{where}\nwhere {person} begins", "default", beginning if beginning not in wanted else wanted[0], wanted[0])


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
            pair.tenant_named(one.id): (ranks_of(one.levels), sorted(one.segments) or None) for one in pair.offered
        }
        wanted = {
            name: (
                brought(world, state, name, command.principal)[0],
                sorted(ref.reach(state, name, command.principal) or ()) or None,
            )
            for name in ref.offered(world, state, command.principal, now)
        }
        same(where, "offered", found, wanted)
    if isinstance(command, ref.Enter | ref.Resume):
        found = pair.session
        names = (pair.tenant_named(found.tenant), pair.name_of(found.principal))
        kept = (*names, found.incarnation, found.access_epoch, found.principal_epoch, found.segment)
        same(where, "session", kept, tuple(ref.ticket_of(state, *names, found.segment) or ()))


def brought(world: ref.World, state: ref.State, name: str, proven: str) -> tuple[dict[str, int], list[str] | None]:
    """What joining with a proven row would bring: the levels that count, and the segments they reach."""
    cells = {c[1]: c[4] for c in ref.matrix(world, state, name) if c[0] == proven and c[1] in world.offered}
    reach = ref.reach(state, name, proven)
    return dict(sorted(cells.items())), [] if reach is None else sorted(reach) or None
