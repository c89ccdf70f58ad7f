"""
Runs the library and the oracle side by side on the same commands and compares all that can be seen.

The oracle shares no code with the library; this is the one place that knows both.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

import tenantaccess as ta
from tenantaccess import commands as tc
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import LevelKey, PrincipalId, StreamId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Authority, Membership
from tenantaccess.model.privileges import Cell, Edit
from tenantaccess.ports.storage import Store
from tenantaccess.testing import reference as ref
from tenantaccess.testing.doubles import START, FrozenClock, QuickHasher, RecordingMailer, SeededEntropy

LEVELS = {0: "none", 1: "view", 2: "full"}
RANKS = {word: rank for rank, word in LEVELS.items()}
PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple"

REASONS = {
    Reason.NOT_MANAGER: "denied",
    Reason.NOT_A_MEMBER: "denied",
    Reason.PRINCIPAL_SUSPENDED: "denied",
    Reason.RESTING: "resting",
    Reason.OWN_ROW: "own_row",
    Reason.ABOVE_HELD: "above_held",
}


def word(name: str) -> str:
    return name.replace("-", "_")


def catalog_of(world: ref.World) -> ta.Catalog:
    """The oracle's world in the library's words."""
    levels = {0: ta.NONE, 1: ta.VIEW, 2: ta.FULL}
    declared = world.catalog
    return ta.Catalog(
        resources=[
            ta.Resource(
                resource.key,
                resource.key,
                actions={action: levels[level] for action, level in resource.actions},
                offered=resource.offered,
            )
            for resource in declared.resources
        ],
        managed_by=declared.managing,
        segments=[ta.Segment(segment, segment) for segment in declared.segments],
        roles=[ta.Role(key, key, {r: levels[level] for r, level in row}) for key, row in declared.presets],
        schemes=[ta.ExternalIdScheme(scheme, scheme, normalise=str) for scheme in declared.schemes],
    )


def policy_of(world: ref.World) -> ta.Policy:
    return ta.Policy(
        grant_ceiling=ta.GrantCeiling[world.policy.grant_ceiling],
        after_enable=ta.AfterEnable[world.policy.after_enable],
    )


def moment(at: int | None) -> datetime | None:
    return None if at is None else START + timedelta(microseconds=at)


def ticks(at: datetime | None) -> int | None:
    return None if at is None else (at - START) // timedelta(microseconds=1)


@attrs.define
class Pair:
    """One library and the names by which the oracle knows its tenants, principals and tokens."""

    world: ref.World
    store: Store
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    mailer: RecordingMailer = attrs.field(factory=RecordingMailer)
    seed: str = "first"
    access: ta.TenantAccess = attrs.field(init=False)
    tenants: dict[str, TenantId] = attrs.field(factory=dict)
    principals: dict[str, PrincipalId] = attrs.field(factory=dict)
    passwords: dict[str, str] = attrs.field(factory=dict)
    tokens: dict[tuple[str, ...], str] = attrs.field(factory=dict)
    serials: dict[tuple[str, str], int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.access = ta.TenantAccess(
            self.store,
            catalog_of(self.world),
            policy_of(self.world),
            clock=self.clock,
            entropy=SeededEntropy(self.seed),
            hasher=QuickHasher(),
        )

    # --- names and ids

    def tenant(self, name: str) -> TenantId:
        return self.tenants.get(name) or TenantId("ten_" + "0" * 32)

    def principal(self, name: str) -> PrincipalId:
        return self.principals.get(name) or PrincipalId("pri_" + "0" * 32)

    def name_of(self, principal: str) -> str:
        return next(name for name, known in self.principals.items() if known == principal)

    def by(self, actor: ref.Actor) -> Any:
        match actor[0]:
            case "member":
                return self.principal(actor[1])
            case "operator":
                return ta.Operator("root")
            case "system":
                return ta.System()
            case _:
                return None

    def newcomer(self, name: str, email: str = "") -> ta.NewUsername:
        return ta.NewUsername(f"u.{name}", PASSWORD, email=email)

    # --- one step

    def step(self, command: ref.Command, actor: ref.Actor, now: int) -> tuple[str, str | None]:
        """Carry *command* out in the library; answer kind and refusal in the oracle's words."""
        self.clock.moment = START + timedelta(microseconds=now)
        try:
            changed = self._run(command, actor)
        except TenantAccessError as error:
            return "refused", refusal_of(error, command.name)
        return ("done" if changed else "noop"), None

    def _run(self, command: ref.Command, actor: ref.Actor) -> bool:
        match command:
            case ref.Touch():
                return self._touch(command, actor)
            case ref.Deliver():
                return self._deliver()
            case ref.Sweep():
                swept = self.access.sweeps.run()
                return swept.lapsed + swept.warned > 0
            case ref.OpenTenant():
                return self._open(command, actor)
            case ref.AddUsername():
                added = self.access.execute(self.translated(command), by=self.by(actor))
                self._remember(command.member, added.principal_id)
                return True
            case ref.RequestAccess():
                return self._request(command, actor)
            case ref.ChangePassword():
                return self._change_password(command, actor)
            case _:
                return bool(self.access.execute(self.translated(command), by=self.by(actor)).changed)

    def _remember(self, name: str, principal: PrincipalId) -> None:
        self.principals[name] = principal
        self.passwords[name] = PASSWORD

    def _open(self, command: ref.OpenTenant, actor: ref.Actor) -> bool:
        translated = self.translated(command)
        if command.tenant in self.tenants and actor[0] == "operator":
            # The oracle knows tenants by name; here only an external id can be in use.
            translated.require_words(self.access.catalog)
            if command.manager is not None and not command.manager_is_new and command.manager not in self.principals:
                raise ta.NotFoundError("principal", command.manager)
            raise ta.TakenError("external id")
        opened = self.access.execute(translated, by=self.by(actor))
        self.tenants[command.tenant] = opened.tenant_id
        if command.manager_is_new and command.manager is not None:
            self._remember(command.manager, opened.manager_id)
        return True

    def _request(self, command: ref.RequestAccess, actor: ref.Actor) -> bool:
        before = self.versions()
        receipt = self.access.execute(self.translated(command), by=self.by(actor))
        if command.username is not None:
            self._remember(command.username, receipt.principal_id)
        return self.versions() != before

    def _change_password(self, command: ref.ChangePassword, actor: ref.Actor) -> bool:
        name = actor[1] if len(actor) > 1 else ""
        known = self.passwords.get(name, PASSWORD)
        following = NEW_PASSWORD if known == PASSWORD else PASSWORD
        given = known if command.correct else "not the password"
        done = self.access.execute(tc.ChangePassword(given, following), by=self.by(actor))
        self.passwords[name] = following
        return done.changed

    def _touch(self, command: ref.Touch, actor: ref.Actor) -> bool:
        who = self.by(actor)
        if actor[0] != "member":
            raise ta.AccessDeniedError(ta.Decision((Reason.NOT_MANAGER,)))
        tenant = self.tenant(command.tenant)
        before = self._active_at(tenant, who)
        segment = None if command.segment is None else word(command.segment)
        self.access.require(tenant, who, word(command.resource), word(command.action), segment)
        return self._active_at(tenant, who) != before

    def _active_at(self, tenant: TenantId, who: PrincipalId) -> datetime | None:
        with self.store.reading() as unit:
            loaded = unit.memberships.load(tenant, (who,))
        row = None if loaded is None else loaded.rows.get(who)
        return None if row is None else row.membership.last_active_at

    def _deliver(self) -> bool:
        self.mailer.messages.clear()
        queued = self.access.notices.queued()
        self.access.notices.deliver(self.mailer)
        for message in self.mailer.messages:
            if message.token:
                with self.store.reading() as unit:
                    token = unit.tokens.find(digest_of(message.token))
                assert token is not None
                assert token.principal is not None
                tenant = next(name for name, known in self.tenants.items() if known == token.tenant)
                row = (tenant, self.name_of(token.principal))
                self.serials[row] = self.serials.get(row, 0) + 1
                self.tokens[("tok", *row, str(self.serials[row]))] = message.token
        return queued > 0

    def translated(self, command: ref.Command) -> Any:
        """The oracle's command in the library's words."""
        build: Callable[[Pair, Any], Any] = TRANSLATIONS[type(command)]
        return build(self, command)

    def grant(self, command: Any) -> ta.Grant:
        return ta.Grant(
            None if command.role is None else word(command.role),
            levels_of(command.levels),
            [word(segment) for segment in command.segments],
        )

    # --- what can be seen

    def versions(self) -> dict[str, int]:
        """The version of every stream, by the oracle's names."""
        with self.store.reading() as unit:
            streams: dict[str, StreamId] = {**self.tenants, **self.principals}
            heads = {name: unit.streams.head(stream) for name, stream in streams.items()}
        return {name: 0 if head is None else head.version for name, head in heads.items()}

    def seen(self) -> dict[str, Any]:
        """Every fact, in the oracle's terms."""
        with self.store.reading() as unit:
            return {
                "tenants": {name: self._tenant(unit, known) for name, known in sorted(self.tenants.items())},
                "principals": {name: self._person(unit, known) for name, known in sorted(self.principals.items())},
            }

    def _tenant(self, unit: Any, tenant: TenantId) -> dict[str, Any]:
        loaded = unit.memberships.load(tenant, list(self.principals.values()))
        roles = {
            role.key: {resource: RANKS[level] for resource, level in sorted(role.levels.items()) if RANKS[level]}
            for role in unit.roles.list(tenant)
        }
        rows = {
            name: self._row(loaded.rows[known].membership)
            for name, known in sorted(self.principals.items())
            if known in loaded.rows
        }
        return {
            "state": loaded.tenant.state.value,
            "segments": sorted(loaded.tenant.segments),
            "roles": roles,
            "rows": rows,
        }

    def _person(self, unit: Any, principal: PrincipalId) -> dict[str, Any]:
        person = unit.principals.find(principal)[0]
        chosen = next((name for name, known in self.tenants.items() if known == person.chosen_in), None)
        return {
            "has_email": bool(person.email),
            "email_verified": person.email_verified_at is not None,
            "suspended": person.suspended_at is not None,
            "proof_epoch": person.proof_epoch,
            "session_epoch": person.access_epoch,
            "chosen_in": chosen,
            "password_chosen": person.password_choice.value != "own",
        }

    def _row(self, facts: Membership) -> dict[str, Any]:
        numbers = {
            "incarnation": facts.incarnation,
            "access_epoch": facts.access_epoch,
            "proof_epoch": facts.proof_epoch,
        }
        if facts.gone_at is not None:
            by_operator = facts.held_by_operator or (
                facts.disabled is not None and facts.disabled.by is Authority.OPERATOR
            )
            standing = "operator" if by_operator else "manager" if facts.disabled is not None else None
            return {"gone": True, **numbers, "standing": standing}
        resting = facts.resting
        return {
            "gone": False,
            **numbers,
            "origin": facts.origin.value,
            "requested_at": ticks(facts.requested_at),
            "approved_at": ticks(facts.approved_at),
            "verified_at": ticks(facts.verified_at),
            "disabled_at": None if facts.disabled is None else ticks(facts.disabled.at),
            "disabled_by": None if facts.disabled is None else facts.disabled.by.value,
            "reason": None if facts.disabled is None else facts.disabled.reason.value,
            "clock_started_at": ticks(facts.clock_started_at),
            "last_active_at": ticks(facts.last_active_at),
            "valid_from": ticks(facts.valid_from),
            "valid_until": ticks(facts.valid_until),
            "role": facts.role,
            "overrides": {resource: RANKS[level] for resource, level in sorted(facts.overrides.items())},
            "segments": sorted(facts.segments),
            "operator_hold": facts.held_by_operator,
            "rests_on": None
            if resting is None
            else {
                "principal": self.name_of(resting.on),
                "incarnation": resting.incarnation,
                "proof_epoch": resting.proof_epoch,
                "principal_proof_epoch": resting.principal_epoch,
            },
        }


def expected(state: ref.State) -> dict[str, Any]:
    """The oracle's facts in the same terms as `Pair.seen`."""
    plain = ref.dump(state)
    for tenant in plain["tenants"].values():
        tenant.pop("external_ids")
        tenant["segments"] = sorted(tenant["segments"])
        tenant["roles"] = {
            key: {resource: level for resource, level in levels.items() if level}
            for key, levels in sorted(tenant["roles"].items())
        }
        for row in tenant["rows"].values():
            for extra in ("told", "contact"):
                row.pop(extra, None)
            if not row["gone"]:
                row["segments"] = sorted(row["segments"])
    people = {
        name: {"has_email": person.pop("email") is not None, **person} for name, person in plain["principals"].items()
    }
    return {"tenants": plain["tenants"], "principals": people}


REFUSALS: tuple[tuple[type[TenantAccessError], str], ...] = (
    (ta.UnknownNameError, "unknown_name"),
    (ta.InvalidInputError, "invalid"),
    (ta.NotFoundError, "not_found"),
    (ta.IllegalTransitionError, "illegal"),
    (ta.LastManagerError, "last_manager"),
    (ta.TakenError, "taken"),
    (ta.ProofRefusedError, "proof_refused"),
)


def refusal_of(error: TenantAccessError, command: str) -> str:
    """Answer the oracle's word for a refusal; an error that is none is raised again."""
    if isinstance(error, ta.AccessDeniedError):
        reason = error.decision.reasons[0]
        if reason is Reason.OPERATOR_ONLY:
            return "operator_only" if command in {"enable", "approve"} else "denied"
        return REASONS.get(reason, "denied")
    if isinstance(error, ta.ConflictError) and not error.retryable:
        return "conflict"
    for kind, refusal in REFUSALS:
        if isinstance(error, kind):
            return refusal
    raise error


def levels_of(levels: ref.Levels) -> Mapping[Any, str]:
    return {word(resource): LEVELS.get(level, "unheard_of") for resource, level in levels}


def digest_of(secret: str) -> str:
    from tenantaccess.services.registrations import token_digest

    return token_digest(ta.Secret(secret))


def contact_of(contact: tuple[str, str, str, str]) -> ta.Contact:
    first, last, email, phone = contact
    return ta.Contact(first, last, "" if email.startswith("@") else email, phone)


def _override(command: Any) -> tc.LastManager:
    return tc.LastManager.OVERRIDE if command.override else tc.LastManager.KEEP


def _edit(pair: Pair, edit: ref.Edit) -> Edit:
    seen = None if edit.seen is None else Cell(LevelKey(LEVELS.get(edit.seen[0], "unheard_of")), edit.seen[1])
    level = None if edit.level is None else LEVELS.get(edit.level, "unheard_of")
    return Edit(pair.principal(edit.member), word(edit.resource), level, seen)


def _manager(pair: Pair, command: ref.OpenTenant) -> Any:
    if command.manager is None:
        return None
    return pair.newcomer(command.manager) if command.manager_is_new else pair.principal(command.manager)


TRANSLATIONS: dict[Any, Callable[[Pair, Any], Any]] = {
    ref.OpenTenant: lambda pair, c: tc.OpenTenant(
        c.tenant,
        {word(scheme): value for scheme, value in c.external_ids},
        [word(segment) for segment in c.segments],
        _manager(pair, c),
    ),
    ref.SuspendTenant: lambda pair, c: tc.SuspendTenant(pair.tenant(c.tenant)),
    ref.ReopenTenant: lambda pair, c: tc.ReopenTenant(pair.tenant(c.tenant)),
    ref.CloseTenant: lambda pair, c: tc.CloseTenant(pair.tenant(c.tenant)),
    ref.AppointManager: lambda pair, c: tc.AppointManager(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.AddUsername: lambda pair, c: tc.AddUsername(
        pair.tenant(c.tenant),
        attrs.evolve(pair.newcomer(c.member), **attrs.asdict(contact_of(c.contact))),
        pair.grant(c),
    ),
    ref.RequestAccess: lambda pair, c: tc.RequestAccess(
        pair.tenant(c.tenant), None if c.username is None else pair.newcomer(c.username, c.email or "")
    ),
    ref.Approve: lambda pair, c: tc.Approve(pair.tenant(c.tenant), pair.principal(c.member), pair.grant(c)),
    ref.Reject: lambda pair, c: tc.Reject(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.SendRegistration: lambda pair, c: tc.SendRegistration(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.Complete: lambda pair, c: tc.CompleteRegistration(
        pair.tokens.get(tuple(str(part) for part in c.token), "no such token")
    ),
    ref.Disable: lambda pair, c: tc.Disable(
        pair.tenant(c.tenant),
        pair.principal(c.member),
        ta.DisableReason(c.reason),
        moment(c.at),
        last_manager=_override(c),
    ),
    ref.Enable: lambda pair, c: tc.Enable(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.SetDates: lambda pair, c: tc.SetDates(
        pair.tenant(c.tenant), pair.principal(c.member), moment(c.valid_from), moment(c.valid_until), _override(c)
    ),
    ref.Leave: lambda pair, c: tc.Leave(pair.tenant(c.tenant)),
    ref.Remove: lambda pair, c: tc.Remove(pair.tenant(c.tenant), pair.principal(c.member), last_manager=_override(c)),
    ref.AssignRole: lambda pair, c: tc.AssignRole(
        pair.tenant(c.tenant), pair.principal(c.member), None if c.role is None else word(c.role), _override(c)
    ),
    ref.ChangePrivileges: lambda pair, c: tc.ChangePrivileges(
        pair.tenant(c.tenant), [_edit(pair, edit) for edit in c.edits], _override(c)
    ),
    ref.LimitSegments: lambda pair, c: tc.LimitSegments(
        pair.tenant(c.tenant), pair.principal(c.member), [word(segment) for segment in c.segments]
    ),
    ref.UpdateContact: lambda pair, c: tc.UpdateContact(
        pair.tenant(c.tenant), pair.principal(c.member), contact=contact_of(c.contact)
    ),
    ref.AddRole: lambda pair, c: tc.AddRole(pair.tenant(c.tenant), word(c.key), "", levels_of(c.levels)),
    ref.EditRole: lambda pair, c: tc.EditRole(pair.tenant(c.tenant), word(c.key), levels_of(c.levels), _override(c)),
    ref.RemoveRole: lambda pair, c: tc.RemoveRole(pair.tenant(c.tenant), word(c.key)),
    ref.SuspendPrincipal: lambda pair, c: tc.SuspendPrincipal(
        pair.principal(c.principal), [pair.tenant(tenant) for tenant in c.override]
    ),
    ref.ReinstatePrincipal: lambda pair, c: tc.ReinstatePrincipal(pair.principal(c.principal)),
}
