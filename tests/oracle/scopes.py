"""
The two small scopes: what there is in the beginning, and which commands are tried from every state.

Both have two tenants, of which one takes links by proof at once and the other after acceptance, upon a proof or upon a
request, as its operator decides; two managers, one with a mailbox; and a third person, who is not there yet.

`LIFECYCLE`: one resource; the commands that lead a membership from status to status, a grant, a link and its end, and
90 days. Mails are delivered at once. Tried by the operator and by whoever is present, upon whoever is or was.

`PEOPLE`: an ordinary resource besides, roles, dates, invitations, suspensions, passwords, mails that wait; tried by
everybody upon everybody. Left out: resets (to the rules a change of the password, with a secret like an
invitation's), changes of addresses, segments, declining and taking back (ends of an invitation like being voided),
sending again, entering (like use, without levels), and closing (like suspending, for good). One tenant alone is
suspended, invites and notes activity; newcomers ask the other. The long runs have it all.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from tests.oracle.abstraction import NOW, key_of

from tenantaccess.testing import reference as ref

DAY = ref.DAY
NEWCOMER = "c"
OPERATOR: ref.Actor = ("operator", "root")
SYSTEM: ref.Actor = ("system",)
PUBLIC: ref.Actor = ("public",)

Choice = tuple[ref.Command, ref.Actor]
DELIVERY: Choice = (ref.Deliver(), SYSTEM)

ACCOUNTS = ref.Resource("accounts", (("view", ref.VIEW), ("manage", ref.FULL)))
CLAIMS = ref.Resource("claims", (("view", ref.VIEW),))

WORLD = ref.World(ref.Catalog((ACCOUNTS, CLAIMS), "accounts", presets=(("clerk", (("claims", ref.VIEW),)),)))

BEGIN: tuple[Choice, ...] = (
    (ref.OpenTenant("t", manager="a", manager_is_new=True), OPERATOR),
    (ref.RequestAccess("nowhere", "b", "b@example.org"), PUBLIC),
    (ref.OpenTenant("u", manager="b"), OPERATOR),
    (ref.ChangePassword(), ("member", "a")),
    (ref.ChangeLinking("u", "both"), OPERATOR),
)


class Scope(NamedTuple):
    """What there is in the beginning, what is tried from every state, and how far the clock jumps."""

    world: ref.World
    begin: tuple[Choice, ...]
    alphabet: Callable[[ref.State], Iterator[Choice]]
    jumps: tuple[int, ...]
    delivers: bool = False
    """Whether every mail is delivered in the same breath."""


# The lifecycle, and links.

VIEWING = (("accounts", ref.VIEW),)
OTHER_WAY = {"both": "consent", "consent": "both"}


def lifecycle(state: ref.State) -> Iterator[Choice]:
    """List the commands of the lifecycle, of grants and of links, with their actors."""
    people = tuple(state.principals)
    for name, tenant in state.tenants.items():
        present = tuple(member for member, _ in tenant.living())
        yield from _upon_rows(name, present, tuple(tenant.rows))
        yield from _by_themselves(name, people, tenant.linking == "consent")
        yield from by_office(state, name)
        for member in tenant.rows:
            row = tenant.row(member)
            brings = () if row is not None and row.rests_on is not None else VIEWING
            for actor in (*map(_member, present), OPERATOR):
                yield ref.AcceptLink(name, member, levels=brings), actor
    yield from by_masters(state, people)
    for key in state.tokens:
        yield ref.Complete(("tok", *key, 1)), PUBLIC
    yield from by_invited(state, people)


def _member(person: str) -> ref.Actor:
    return ("member", person)


@cache
def _upon_rows(name: str, present: tuple[str, ...], rows: tuple[str, ...]) -> tuple[Choice, ...]:
    """List what the managers and the operator do, tried by everybody present."""
    commands: list[ref.Command] = []
    for member in rows:
        commands += [ref.Approve(name, member, levels=VIEWING), ref.Reject(name, member)]
        commands += [ref.Disable(name, member), ref.Enable(name, member), ref.Remove(name, member)]
        commands += [ref.Unlink(name, member)]
        for level in (ref.NONE, ref.FULL):
            commands.append(ref.ChangePrivileges(name, (ref.Edit(member, "accounts", None, level),)))
    return tuple((command, actor) for command in commands for actor in (*map(_member, present), OPERATOR))


@cache
def _by_themselves(name: str, people: tuple[str, ...], by_consent: bool) -> tuple[Choice, ...]:  # noqa: FBT001
    """List who asks, leaves, is appointed and comes anew."""
    found: list[Choice] = [(ref.AppointManager(name, person), OPERATOR) for person in people]
    for person in people:
        found += [(ref.Leave(name), _member(person)), (ref.RequestAccess(name), _member(person))]
        if by_consent:
            found.append((ref.RequestLink(name), _member(person)))
    if NEWCOMER not in people:
        found.append((ref.RequestAccess(name, NEWCOMER, f"{NEWCOMER}@example.org"), PUBLIC))
        found += [(ref.AddUsername(name, NEWCOMER, levels=VIEWING), by) for by in (*map(_member, people), OPERATOR)]
    return tuple(found)


def by_office(state: ref.State, name: str) -> Iterator[Choice]:
    """List how a tenant that wants acceptance takes links instead: after a proof, or upon a request alone."""
    linking = state.tenants[name].linking
    if linking in OTHER_WAY:
        yield ref.ChangeLinking(name, OTHER_WAY[linking]), OPERATOR


def by_masters(state: ref.State, people: tuple[str, ...]) -> Iterator[Choice]:
    """List the joins with a proof made in the same breath, of everybody by everybody."""
    for person in people:
        for proven in people:
            if proven != person:
                offer = ref.proof_now(state, person, proven, NOW)
                for name in state.tenants:
                    yield ref.JoinLink((name,), offer), _member(person)


def by_invited(state: ref.State, people: tuple[str, ...]) -> Iterator[Choice]:
    """List what may be done with every secret that was mailed to an address."""
    for slot in state.secrets:
        for person in people:
            yield ref.AcceptInvitation(slot, 1), _member(person)
        if NEWCOMER not in people:
            yield ref.AcceptInvitation(slot, 1, NEWCOMER), PUBLIC


# Everything that people do.


def everything(state: ref.State) -> Iterator[Choice]:
    """List every command worth trying from *state*, with its actor."""
    people = tuple(state.principals)
    members = [*map(_member, people)]
    for name in state.tenants:
        yield from by_managers(state, name, [*members, OPERATOR])
        yield from by_operator(state, name, [members[0], OPERATOR])
        yield from by_people(state, name, members)
        yield from by_office(state, name)
    for actor in members:
        yield ref.ChangePassword(), actor
        yield ref.SuspendPrincipal(actor[1]), OPERATOR
        yield ref.SuspendPrincipal(actor[1], ("t", "u")), OPERATOR
        yield ref.ReinstatePrincipal(actor[1]), OPERATOR
        for name in state.tenants:
            yield ref.RequestLink(name), actor
    for key in state.tokens:
        yield ref.Complete(("tok", *key, 1)), PUBLIC
    yield from by_masters(state, people)
    yield from by_invited(state, people)
    yield DELIVERY
    yield ref.Sweep(), SYSTEM


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
        yield ref.RequestAccess(name, NEWCOMER, "c@example.org"), PUBLIC


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


INVITED: tuple[Choice, ...] = (
    (ref.Invite("t", key_of("c@example.org"), "c@example.org", levels=VIEWING), ("member", "a")),
    DELIVERY,
)

LIFECYCLE = Scope(
    ref.World(ref.Catalog((ACCOUNTS,), "accounts")), (*BEGIN, *INVITED), lifecycle, (90 * DAY,), delivers=True
)
PEOPLE = Scope(WORLD, BEGIN, everything, (30 * DAY, 90 * DAY))

SCOPES = {"lifecycle": LIFECYCLE, "people": PEOPLE}
