"""
Builds commands for the reference model from what its state holds, some of them hostile.

Ghosts, strangers, tombstones, unknown words and wrong hands are mixed in with what is worth doing.
"""

import random
from collections.abc import Callable
from typing import Any

from tenantaccess.testing import reference as ref

DAY, HOUR = ref.DAY, ref.HOUR

CATALOG = ref.Catalog(
    resources=(
        ref.Resource("accounts", (("view", ref.VIEW), ("manage", ref.FULL))),
        ref.Resource("claims", (("view", ref.VIEW), ("submit", ref.FULL))),
        ref.Resource("eligibility", (("view", ref.VIEW),)),
        ref.Resource("laboratory", (("view", ref.VIEW),), offered=False),
    ),
    managing="accounts",
    segments=("medicaid", "medicare", "private"),
    presets=(
        ("clerk", (("claims", ref.VIEW),)),
        ("deputy", (("accounts", ref.FULL), ("claims", ref.VIEW))),
        ("reader", (("accounts", ref.VIEW), ("eligibility", ref.VIEW))),
    ),
)

WORLDS = tuple(
    ref.World(
        CATALOG,
        ref.Policy(
            grant_ceiling=ceiling,
            after_enable=after,
            after_password_change=change,
            linking_password="OWN" if after == "UNVERIFIED" else "ANY",  # a word of the policy
            invited_domains=() if ceiling == "HELD" else ("example.org",),
            open_invitations=1_000 if change == "STALE" else 2,
        ),
    )
    for ceiling in ("HELD", "ANY")
    for after in ("UNVERIFIED", "ACTIVE")
    for change in ("STALE", "KEEP", "REVOKE")
)

MOST_TENANTS = 3
MOST_PRINCIPALS = 10
OPERATOR: ref.Actor = ("operator", "root")

WEIGHTS = {
    "open_tenant": 3,
    "suspend_tenant": 0.6,
    "reopen_tenant": 3,
    "close_tenant": 0.2,
    "appoint_manager": 4,
    "add_username": 7,
    "request_access": 8,
    "approve": 9,
    "reject": 3,
    "send_registration": 3,
    "deliver": 6,
    "complete": 7,
    "disable": 6,
    "enable": 7,
    "set_dates": 4,
    "leave": 1.5,
    "remove": 2,
    "assign_role": 9,
    "change_privileges": 10,
    "limit_segments": 4,
    "update_contact": 1.5,
    "add_role": 2,
    "edit_role": 4,
    "remove_role": 2,
    "apply_preset": 2,
    "add_service": 2,
    "adopt": 3,
    "erase_principal": 0.5,
    "suspend_principal": 1,
    "reinstate_principal": 3,
    "change_password": 4,
    "touch": 9,
    "sweep": 2,
    "prove": 10,
    "join_link": 5,
    "request_link": 3,
    "accept_link": 6,
    "confirm_link": 5,
    "unlink": 2.5,
    "change_linking": 3,
    "invite": 6,
    "resend_invitation": 2,
    "revoke_invitation": 1.5,
    "accept_invitation": 5,
    "decline_invitation": 1,
    "send_password_reset": 1.5,
    "request_password_reset": 2,
    "reset_password": 1,
    "change_email": 2,
    "sign_out_everywhere": 1,
    "verify_email": 2,
    "enter": 3,
    "resume": 3,
}

Choice = tuple[ref.Command, ref.Actor]

OF_TENANTS: dict[str, Callable[[str], ref.Command]] = {
    "suspend_tenant": ref.SuspendTenant,
    "reopen_tenant": ref.ReopenTenant,
    "close_tenant": ref.CloseTenant,
}

OF_ROWS: dict[str, tuple[Callable[[str, str], ref.Command], tuple[str, ...]]] = {
    "reject": (ref.Reject, ("pending",)),
    "send_registration": (ref.SendRegistration, ("unverified",)),
    "enable": (ref.Enable, ("manual", "operator", "ended", "lapsed", "not_yet_valid", "stale")),
}
"""The commands that name a row and nothing else, with the statuses worth naming."""


class Chooser:
    """Builds commands from what a state holds."""

    def __init__(self, rng: random.Random, world: ref.World, state: ref.State, now: int) -> None:
        self.rng, self.world, self.state, self.now = rng, world, state, now
        self.resources = [resource.key for resource in world.catalog.resources]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def tenant(self) -> str:
        names = list(self.state.tenants)
        return self.rng.choice(names) if names and not self.chance(0.03) else "t-ghost"

    def principal(self) -> str:
        names = list(self.state.principals)
        return self.rng.choice(names) if names and not self.chance(0.04) else "p-ghost"

    def member(self, tenant: str, *words: str) -> str:
        """Somebody with a row there, preferably one whose status is among *words*."""
        found = self.state.tenants.get(tenant)
        rows = list(found.rows) if found else []
        if words and not self.chance(0.3):
            rows = [p for p in rows if self.word(tenant, p) in words] or rows
        return self.rng.choice(rows) if rows and not self.chance(0.1) else self.principal()

    def word(self, tenant: str, principal: str) -> str:
        word, detail = ref.status(self.world, self.state, tenant, principal, self.now)
        return detail or word

    def manager(self, tenant: str) -> ref.Actor:
        """A manager mostly, or the operator, or anybody."""
        found = ref.managers(self.world, self.state, tenant, self.now)
        luck = self.rng.random()
        if found and luck < 0.65:
            lesser = [p for p in found if self.is_lesser(tenant, p)]
            return ("member", self.rng.choice(lesser if lesser and self.chance(0.4) else found))
        if luck < 0.88:
            return OPERATOR
        return ("member", self.member(tenant) if luck < 0.95 else self.principal())

    def is_lesser(self, tenant: str, principal: str) -> bool:
        """Tell whether a manager rests on another or holds less than everything."""
        row = self.state.tenants[tenant].row(principal)
        return row is not None and (row.rests_on is not None or row.role != ref.ACCOUNT_MANAGER or bool(row.overrides))

    def operator(self, tenant: str) -> ref.Actor:
        return OPERATOR if not self.chance(0.1) else ("member", self.member(tenant))

    def person(self, tenant: str) -> ref.Actor:
        return ("member", self.member(tenant)) if not self.chance(0.02) else OPERATOR

    def override(self, share: float = 0.12) -> bool:
        return self.chance(share)

    def role(self, tenant: str) -> str | None:
        found = self.state.tenants.get(tenant)
        roles = [None, ref.ACCOUNT_MANAGER, *(found.roles if found else ())]
        return self.rng.choice(roles) if not self.chance(0.03) else "r-ghost"

    def level(self) -> int:
        return self.rng.choice((0, 1, 1, 2, 2)) if not self.chance(0.01) else 7

    def resource(self) -> str:
        return self.rng.choice(self.resources) if not self.chance(0.01) else "x-ghost"

    def levels(self, most: int = 2) -> ref.Levels:
        keys = self.rng.sample(self.resources, self.rng.randint(0, most))
        if self.chance(0.01):
            keys.append("x-ghost")
        return tuple((key, self.level()) for key in keys)

    def segments(self, tenant: str) -> tuple[str, ...]:
        found = self.state.tenants.get(tenant)
        words = list(found.segments) if found and not self.chance(0.05) else list(CATALOG.segments)
        chosen = self.rng.sample(words, self.rng.randint(0, len(words))) if self.chance(0.5) else []
        return tuple(chosen) if not self.chance(0.01) else ("s-ghost",)

    def contact(self) -> tuple[str, str, str, str]:
        first = self.rng.choice(("Ann", "Bo", ""))
        return (first, self.rng.choice(("Lee", "Sato")), f"{first}@example.org", "")

    def moment(self) -> int | None:
        """A moment to come, now, or one just past."""
        offsets = (None, -1, 0, 1, HOUR, 7 * DAY, 30 * DAY, 120 * DAY)
        offset = self.rng.choices(offsets, (6, 1, 1, 1, 3, 4, 4, 4))[0]
        return None if offset is None else self.now + offset

    def build(self, name: str) -> Choice:
        """Build a command of that name."""
        if name in ("deliver", "sweep"):
            return ref.Deliver() if name == "deliver" else ref.Sweep(), ("system",)
        if name in OF_TENANTS:
            tenant = self.tenant()
            return OF_TENANTS[name](tenant), self.operator(tenant)
        if name in OF_ROWS:
            tenant = self.tenant()
            make, words = OF_ROWS[name]
            return make(tenant, self.member(tenant, *words)), self.manager(tenant)
        build: Callable[[], Choice] = getattr(self, name)
        return build()

    # One builder for every other command.

    def open_tenant(self) -> Choice:
        fresh = f"t{len(self.state.tenants)}"
        name = fresh if len(self.state.tenants) < MOST_TENANTS else self.tenant()
        scheme = "tin" if not self.chance(0.03) else "y-ghost"
        new = self.chance(0.6) and len(self.state.principals) < MOST_PRINCIPALS
        manager = f"p{len(self.state.principals)}" if new else self.principal()
        if self.chance(0.05):
            new = not new
            manager = self.newcomer() if new else manager
        chosen = tuple(s for s in CATALOG.segments if self.chance(0.6))
        number = f"{self.rng.randint(1, 12):09d}"
        segments = chosen if not self.chance(0.02) else ("s-ghost",)
        named = manager if not self.chance(0.06) else None
        command = ref.OpenTenant(name, ((scheme, number),), segments, named, new and named is not None)
        return command, self.operator(name)

    def appoint_manager(self) -> Choice:
        name = self.tenant()
        return ref.AppointManager(name, self.member(name)), self.operator(name)

    def add_username(self) -> Choice:
        name = self.tenant()
        member = self.newcomer()
        parts = self.role(name), self.levels(), self.segments(name)
        return ref.AddUsername(name, member, self.contact(), *parts), self.manager(name)

    def request_access(self) -> Choice:
        name = self.tenant()
        room = len(self.state.principals) < MOST_PRINCIPALS
        if self.chance(0.4 if room else 0.05):
            username = f"p{len(self.state.principals)}" if room else self.newcomer()
            return ref.RequestAccess(name, username, f"{username}@example.org"), ("public",)
        return ref.RequestAccess(name), self.person(name)

    def approve(self) -> Choice:
        name = self.tenant()
        parts = self.role(name), self.levels(), self.segments(name)
        return ref.Approve(name, self.member(name, "pending", "rejected"), *parts), self.manager(name)

    def complete(self) -> Choice:
        keys = list(self.state.tokens)
        live = [key for key in keys if self.word(*key) == "unverified"]
        keys = live if live and self.chance(0.7) else keys
        if not keys or self.chance(0.03):
            return ref.Complete(("tok", self.tenant(), self.principal(), 1)), ("public",)
        key = self.rng.choice(keys)
        serial = self.state.tokens[key].serial - self.chance(0.1)
        return ref.Complete(("tok", *key, serial)), ("public",)

    def disable(self) -> Choice:
        name = self.tenant()
        reason = self.rng.choice(("left", "not_needed", "security", "other"))
        if self.chance(0.01):
            reason = "rejected"
        member, at = self.member(name), self.moment()
        if at is not None:
            at = self.dates(name, member)[1]
        return ref.Disable(name, member, reason, at, self.override()), self.manager(name)

    def set_dates(self) -> Choice:
        name = self.tenant()
        member = self.member(name)
        return ref.SetDates(name, member, *self.dates(name, member), self.override()), self.manager(name)

    def dates(self, name: str, member: str) -> tuple[int | None, int | None]:
        """Two moments, at times those a row has, or close to them."""
        found = self.state.tenants.get(name)
        row = found.row(member) if found else None
        start, end = self.moment(), self.moment()
        if row is not None and self.chance(0.3):
            start = row.valid_from
        if row is not None and row.valid_until is not None and self.chance(0.5):
            end = row.valid_until + self.rng.choice((-HOUR, 0, 0, 0, HOUR))
        return start, end

    def leave(self) -> Choice:
        name = self.tenant()
        return ref.Leave(name), self.person(name)

    def remove(self) -> Choice:
        name = self.tenant()
        return ref.Remove(name, self.member(name), self.override()), self.manager(name)

    def assign_role(self) -> Choice:
        name = self.tenant()
        role = self.role(name)
        return ref.AssignRole(name, self.member(name), role, self.override()), self.manager(name)

    def change_privileges(self) -> Choice:
        name = self.tenant()
        edits = tuple(self.edit(name) for _ in range(self.rng.choice((0, 1, 1, 1, 1, 2, 3))))
        return ref.ChangePrivileges(name, edits, self.override()), self.manager(name)

    def edit(self, name: str) -> ref.Edit:
        member, resource = self.member(name), self.resource()
        level = self.level() if not self.chance(0.2) else None
        seen = next(
            ((c[2], c[3]) for c in ref.matrix(self.world, self.state, name) if c[:2] == (member, resource)),
            None,
        )
        if seen and self.chance(0.1):
            seen = (self.level(), self.chance(0.5))
        return ref.Edit(member, resource, seen if self.chance(0.5) else None, level)

    def limit_segments(self) -> Choice:
        name = self.tenant()
        return ref.LimitSegments(name, self.member(name), self.segments(name)), self.manager(name)

    def update_contact(self) -> Choice:
        name = self.tenant()
        return ref.UpdateContact(name, self.member(name), self.contact()), self.manager(name)

    def add_role(self) -> Choice:
        name = self.tenant()
        key = self.rng.choice(("nurse", "nurse", "temp", "clerk", ref.ACCOUNT_MANAGER))
        return ref.AddRole(name, key, self.levels(3)), self.manager(name)

    def edit_role(self) -> Choice:
        name = self.tenant()
        key = self.role(name) or "clerk"
        return ref.EditRole(name, key, self.levels(3), self.override()), self.manager(name)

    def remove_role(self) -> Choice:
        name = self.tenant()
        return ref.RemoveRole(name, self.role(name) or "temp"), self.manager(name)

    def apply_preset(self) -> Choice:
        name = self.tenant()
        key = self.rng.choice([key for key, _ in CATALOG.presets]) if not self.chance(0.03) else "r-ghost"
        return ref.ApplyPreset(name, key), self.manager(name)

    def add_service(self) -> Choice:
        name = self.tenant()
        parts = self.role(name), self.levels(), self.segments(name)
        return ref.AddService(name, self.newcomer(), *parts), self.manager(name)

    def adopt(self) -> Choice:
        name = self.tenant()
        granted: dict[str, Any] = {"role": self.role(name), "levels": self.levels(), "segments": self.segments(name)}
        if not self.chance(0.4):
            return ref.Adopt(name, self.member(name), **granted), self.operator(name)
        member = self.newcomer()
        email = f"{member}@example.org" if self.chance(0.6) else None
        known = email is not None and self.chance(0.5)
        return ref.Adopt(name, member, is_new=True, email=email, verified=known, **granted), self.operator(name)

    def newcomer(self) -> str:
        """A name nobody has, mostly; one of an erased person is never given again: names are all one goes by here."""
        used = [p for p, person in self.state.principals.items() if person.kind != "erased"]
        if used and (len(self.state.principals) >= MOST_PRINCIPALS or self.chance(0.1)):
            return self.rng.choice(used)
        return f"p{len(self.state.principals)}"

    def erase_principal(self) -> Choice:
        name = self.tenant()
        named = tuple(t for t in self.state.tenants if self.chance(0.4))
        return ref.ErasePrincipal(self.principal(), named), self.operator(name)

    def suspend_principal(self) -> Choice:
        name = self.tenant()
        named = tuple(t for t in self.state.tenants if self.chance(0.2))
        return ref.SuspendPrincipal(self.principal(), named), self.operator(name)

    def reinstate_principal(self) -> Choice:
        name = self.tenant()
        return ref.ReinstatePrincipal(self.principal()), self.operator(name)

    def touch(self) -> Choice:
        name = self.tenant()
        resource = self.rng.choice(CATALOG.resources)
        action = self.rng.choice(resource.actions)[0] if not self.chance(0.02) else "z-ghost"
        segment = self.rng.choice(CATALOG.segments) if self.chance(0.4) else None
        if self.chance(0.01):
            segment = "s-ghost"
        return ref.Touch(name, resource.key, action, segment), ("member", self.member(name))
