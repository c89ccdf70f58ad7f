"""A small world in play, for the examples: one tenant with two managers, another with one."""

from collections.abc import Iterable

from tenantaccess.testing import reference as ref
from tenantaccess.testing.reference import ACCOUNT_MANAGER, DAY, FULL, VIEW

OPERATOR: ref.Actor = ("operator", "root")
SYSTEM: ref.Actor = ("system",)
PUBLIC: ref.Actor = ("public",)
BEGINNING = 1_000 * DAY

CATALOG = ref.Catalog(
    resources=(
        ref.Resource("accounts", (("view", VIEW), ("manage", FULL))),
        ref.Resource("claims", (("view", VIEW), ("submit", FULL))),
        ref.Resource("laboratory", (("view", VIEW),), offered=False),
    ),
    managing="accounts",
    segments=("medicaid", "medicare"),
    presets=(("clerk", (("claims", VIEW),)), ("deputy", (("accounts", FULL), ("claims", VIEW)))),
)


def by(principal: str) -> ref.Actor:
    return ("member", principal)


class Office:
    """A world in play: tenant t managed by a and b, tenant u by z; every step is judged."""

    def __init__(self, policy: ref.Policy | None = None) -> None:
        self.world = ref.World(CATALOG, policy or ref.Policy())
        self.state, self.now = ref.initial(self.world), BEGINNING
        for tenant, manager in (("t", "a"), ("u", "z")):
            opening = ref.OpenTenant(tenant, (("tin", tenant),), CATALOG.segments, manager, manager_is_new=True)
            self.does(OPERATOR, opening)
        self.does(by("a"), ref.AddUsername("t", "b", role=ACCOUNT_MANAGER))
        self.does(by("b"), ref.ChangePassword())

    def tries(self, actor: ref.Actor, command: ref.Command) -> ref.Outcome:
        before = self.state
        self.state, outcome = ref.step(self.world, before, command, actor, self.now)
        found = ref.violations(self.world, before, command, actor, self.state, outcome, self.now)
        assert not found
        return outcome

    def does(self, actor: ref.Actor, *commands: ref.Command) -> ref.Outcome:
        outcome = ref.Outcome("noop")
        for command in commands:
            outcome = self.tries(actor, command)
            assert outcome.kind == "done", (command, outcome)
        return outcome

    def refuses(self, actor: ref.Actor, command: ref.Command, refusal: str) -> None:
        assert self.tries(actor, command) == ref.Outcome("refused", refusal)

    def skips(self, actor: ref.Actor, command: ref.Command) -> None:
        assert self.tries(actor, command) == ref.Outcome("noop")

    def status(self, principal: str, tenant: str = "t") -> str:
        word, detail = ref.status(self.world, self.state, tenant, principal, self.now)
        return detail or word

    def reason(self, principal: str, *, tenant: str = "t", segment: str | None = None) -> str:
        return ref.check(self.world, self.state, tenant, principal, "claims", "view", segment, self.now)[1]

    def row(self, principal: str, tenant: str = "t") -> ref.Row:
        row = self.state.tenants[tenant].row(principal)
        assert row is not None
        return row

    def adds(self, member: str, role: str | None = "clerk", levels: ref.Levels = ()) -> None:
        self.does(by("a"), ref.AddUsername("t", member, role=role, levels=levels))

    def admits(self, member: str, role: str = "clerk") -> None:
        """Let a newcomer request, be approved, and complete."""
        self.does(PUBLIC, ref.RequestAccess("t", member, f"{member}@example.org"))
        self.does(by("a"), ref.Approve("t", member, role))
        token = self.does(SYSTEM, ref.Deliver()).created[-1]
        assert len(token) == 4
        self.does(PUBLIC, ref.Complete(("tok", "t", member, self.state.tokens["t", member].serial)))

    def masters(self, *names: str) -> None:
        """Let people register who are nowhere yet, each with a verified address."""
        for name in names:
            self.does(PUBLIC, ref.RequestAccess("nowhere", name, f"{name}@example.org"))
            person = self.state.principals[name]._replace(email_verified=True)
            self.state = self.state.with_principal(name, person)

    def proves(self, asker: str, proven: str) -> ref.Offer:
        self.does(by(asker), ref.Prove(proven))
        return self.state.offers[asker][0]

    def joins(self, asker: str, proven: str, *tenants: str) -> None:
        self.does(by(asker), ref.JoinLink(tenants or ("t",), self.proves(asker, proven)))

    def invites(self, inviter: ref.Actor, person: str, role: str | None = "clerk", levels: ref.Levels = ()) -> ref.Slot:
        """Send an invitation and have it delivered; answer what its secret is for."""
        key = f"i{len(self.state.tenants['t'].invitations)}"
        self.does(inviter, ref.Invite("t", key, f"{person}@example.org", role, levels))
        self.does(SYSTEM, ref.Deliver())
        return ("invitation", "t", key)

    def passes(self, duration: int, *, active: Iterable[str] = ()) -> None:
        """Let time pass, those named using what they have every 30 days."""
        end = self.now + duration
        while active and self.now < end:
            self.now = min(self.now + 30 * DAY, end)
            for principal in active:
                self.does(by(principal), ref.Touch("t", "claims", "view"))
        self.now = end
