"""
Runs the library and the oracle side by side on the same commands.

The oracle shares no code with the library; here, in `terms`, `translating` and `seeing` both are known.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import attrs
from tests.oracle.terms import catalog_of, levels_of, policy_of, refusal_of, word

import tenantaccess as ta
from tenantaccess import commands as tc
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import InvitationId, PrincipalId, StreamId, TenantId
from tenantaccess.model.contexts import Session
from tenantaccess.model.decisions import Reason
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.testing import reference as ref
from tenantaccess.testing.doubles import START, FrozenClock, QuickHasher, RecordingMailer, SeededEntropy

PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple"
WRONG_PASSWORD = "not the password"
NO_TOKEN = "no such token"

Named = tuple[str, ...]
"""A secret by the oracle's names: what it is for, and its serial."""


@attrs.define
class Pair:
    """One library and the names by which the oracle knows its tenants, principals, invitations and secrets."""

    world: ref.World
    store: Store
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    mailer: RecordingMailer = attrs.field(factory=RecordingMailer)
    seed: str = "first"
    access: ta.TenantAccess = attrs.field(init=False)
    tenants: dict[str, TenantId] = attrs.field(factory=dict)
    external_ids: dict[str, Any] = attrs.field(factory=dict)
    principals: dict[str, PrincipalId] = attrs.field(factory=dict)
    invitations: dict[tuple[str, str], InvitationId] = attrs.field(factory=dict)
    passwords: dict[str, str] = attrs.field(factory=dict)
    tokens: dict[Named, str] = attrs.field(factory=dict)
    serials: dict[Named, int] = attrs.field(factory=dict)
    offered: tuple[Any, ...] = ()
    """What the newest offer brought."""
    session: Any = None
    """What the newest context entered or resumed left to the host's session."""

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

    def invitation(self, tenant: str, key: str) -> InvitationId:
        return self.invitations.get((tenant, key)) or InvitationId("inv_" + "0" * 32)

    def name_of(self, principal: str) -> str:
        return next(name for name, known in self.principals.items() if known == principal)

    def tenant_named(self, tenant: str) -> str:
        return next(name for name, known in self.tenants.items() if known == tenant)

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

    def known_person(self, command: ref.Adopt) -> ta.NewPerson:
        """Whom an earlier system knew: a username, an address, the hash of a password."""
        hashed = self.access.hasher.hash(ta.Secret(PASSWORD))
        return ta.NewPerson(f"u.{command.member}", command.email or "", command.verified, hashed)

    def secret(self, *named: str | int) -> str:
        return self.tokens.get(tuple(str(part) for part in named), NO_TOKEN)

    def grant(self, command: Any) -> ta.Grant:
        return ta.Grant(
            None if command.role is None else word(command.role),
            levels_of(command.levels),
            [word(segment) for segment in command.segments],
        )

    def versions(self) -> dict[str, int]:
        """The version of every stream, by the oracle's names."""
        with self.store.reading() as unit:
            streams: dict[str, StreamId] = {**self.tenants, **self.principals}
            heads = {name: unit.streams.head(stream) for name, stream in streams.items()}
        return {name: 0 if head is None else head.version for name, head in heads.items()}

    # --- one step

    def step(self, command: ref.Command, actor: ref.Actor, now: int) -> tuple[str, str | None]:
        """Carry *command* out in the library; answer kind and refusal in the oracle's words."""
        self.clock.moment = START + timedelta(microseconds=now)
        try:
            changed = self._run(command, actor)
        except TenantAccessError as error:
            return "refused", refusal_of(error, command)
        return ("done" if changed else "noop"), None

    def _run(self, command: ref.Command, actor: ref.Actor) -> bool:  # noqa: C901, PLR0911, PLR0912  # a list of cases
        match command:
            case ref.Touch() | ref.Enter():
                return self._used(command, actor)
            case ref.Resume():
                return self._resumed(command)
            case ref.Deliver():
                return self._deliver()
            case ref.Sweep():
                swept = self.access.sweeps.run()
                return swept.lapsed + swept.warned > 0
            case ref.OpenTenant():
                return self._open(command, actor)
            case ref.Adopt():
                adopted = self.access.execute(self.translated(command), by=self.by(actor))
                if command.is_new:
                    self._remember(command.member, adopted.principal)
                return bool(adopted.changed)
            case ref.AddUsername() | ref.AddService():
                added = self.access.execute(self.translated(command), by=self.by(actor))
                self._remember(command.member, added.principal_id)
                return True
            case ref.RequestAccess():
                before = self.versions()
                receipt = self.access.execute(self.translated(command), by=self.by(actor))
                if command.username is not None:
                    self._remember(command.username, receipt.principal_id)
                return self.versions() != before
            case ref.RequestLink() | ref.RequestPasswordReset():
                before = self.versions()
                self.access.execute(self.translated(command), by=self.by(actor))
                return self.versions() != before
            case ref.ChangePassword():
                return self._change_password(command, actor)
            case ref.Prove():
                return self._prove(command.principal, actor, correct=command.correct)
            case ref.JoinLink():
                if command.offer.serial == 0:  # a proof made in the same breath
                    self._prove(command.offer.proven, actor, correct=True)
                return bool(self.access.execute(self.translated(command), by=self.by(actor)).changed)
            case ref.Invite():
                invited = self.access.execute(self.translated(command), by=self.by(actor))
                self.invitations[command.tenant, command.invitation] = invited.invitation
                return True
            case ref.AcceptInvitation():
                accepted = self.access.execute(self.translated(command), by=self.by(actor))
                if command.username is not None:
                    self._remember(command.username, accepted.principal_id)
                return True
            case ref.ResetPassword():
                done = self.access.execute(self.translated(command), by=self.by(actor))
                self.passwords[command.slot[1]] = self.following(command.slot[1])
                return bool(done.changed)
            case _:
                return bool(self.access.execute(self.translated(command), by=self.by(actor)).changed)

    def _remember(self, name: str, principal: PrincipalId) -> None:
        self.principals[name] = principal
        self.passwords[name] = PASSWORD

    def following(self, name: str) -> str:
        """The password after the present one."""
        return NEW_PASSWORD if self.passwords.get(name, PASSWORD) == PASSWORD else PASSWORD

    def _open(self, command: ref.OpenTenant, actor: ref.Actor) -> bool:
        translated = self.translated(command)
        if command.tenant in self.tenants and actor[0] == "operator":
            # The oracle knows tenants by name; here only an external id can be in use.
            translated.require_words(self.access.catalog)
            translated = attrs.evolve(translated, external_ids=self.external_ids[command.tenant])
        opened = self.access.execute(translated, by=self.by(actor))
        self.tenants[command.tenant] = opened.tenant_id
        self.external_ids[command.tenant] = translated.external_ids
        if command.manager_is_new and command.manager is not None:
            self._remember(command.manager, opened.manager_id)
        return True

    def _change_password(self, command: ref.ChangePassword, actor: ref.Actor) -> bool:
        name = actor[1] if len(actor) > 1 else ""
        following = self.following(name)
        given = self.passwords.get(name, PASSWORD) if command.correct else WRONG_PASSWORD
        done = self.access.execute(tc.ChangePassword(given, following), by=self.by(actor))
        self.passwords[name] = following
        return done.changed

    def _prove(self, principal: str, actor: ref.Actor, *, correct: bool) -> bool:
        given = self.passwords.get(principal, PASSWORD) if correct else WRONG_PASSWORD
        offer = self.access.links.prove(f"u.{principal}", given, by=self.by(actor))
        self.offered = tuple(offer.tenants)
        self._keep(("offer", actor[1]), offer.token)
        self.tokens["offer", actor[1], "0"] = offer.token
        return True

    def _used(self, command: ref.Touch | ref.Enter, actor: ref.Actor) -> bool:
        if actor[0] != "member":
            raise ta.AccessDeniedError(ta.Decision((Reason.NOT_MANAGER,)))
        who, tenant = self.principal(actor[1]), self.tenant(command.tenant)
        before = self._active_at(tenant, who)
        segment = None if command.segment is None else word(command.segment)
        if isinstance(command, ref.Touch):
            self.access.require(tenant, who, word(command.resource), word(command.action), segment)
        else:
            self.session = self.access.contexts.enter(tenant, who, segment).session
        return self._active_at(tenant, who) != before

    def _resumed(self, command: ref.Resume) -> bool:
        ticket = command.ticket
        who, tenant = self.principal(ticket.principal), self.tenant(ticket.tenant)
        segment = None if ticket.segment is None else word(ticket.segment)
        session = Session(tenant, who, *ticket[2:5], segment)
        before = self._active_at(tenant, who)
        self.session = self.access.contexts.resume(session, who).session
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
                self._keep(self._slot_of(message.token), message.token)
        return queued > 0

    def _slot_of(self, secret: str) -> Named:
        with self.store.reading() as unit:
            token = unit.tokens.find(hashlib.sha256(secret.encode()).hexdigest())
        assert token is not None
        if token.purpose is TokenPurpose.INVITATION:
            return ("invitation", *next(at for at, known in self.invitations.items() if known == token.invitation))
        assert token.principal is not None
        person = self.name_of(token.principal)
        if token.purpose is TokenPurpose.REGISTRATION:
            assert token.tenant is not None
            return ("tok", self.tenant_named(token.tenant), person)
        return (token.purpose.value, person)

    def _keep(self, slot: Named, secret: str) -> None:
        self.serials[slot] = self.serials.get(slot, 0) + 1
        self.tokens[(*slot, str(self.serials[slot]))] = secret

    def translated(self, command: ref.Command) -> Any:
        """The oracle's command in the library's words."""
        from tests.oracle.translating import TRANSLATIONS

        return TRANSLATIONS[type(command)](self, command)
