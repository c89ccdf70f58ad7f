"""
Builds commands about links, invitations, passwords and contexts, and chooses among all commands.

What a mail or a proof has just brought is used soon, now and then: it does not live long.
"""

import random

from tests.oracle.choosing import CATALOG, MOST_PRINCIPALS, WEIGHTS, Choice, Chooser

from tenantaccess.testing import reference as ref

PUBLIC: ref.Actor = ("public",)
DOMAINS = ("example.org", "example.org", "example.net")
AT_HAND = 0.3


class People(Chooser):
    """Builds every command; those of links, invitations, passwords and contexts itself."""

    def own_actor(self) -> ref.Actor:
        """Somebody, preferably with a password of its own."""
        own = [p for p, person in self.state.principals.items() if not person.password_chosen and not person.suspended]
        return ("member", self.rng.choice(own) if own and not self.chance(0.15) else self.principal())

    def address(self) -> str:
        """An address of somebody, or a new one."""
        known = [person.email for person in self.state.principals.values() if person.email]
        if known and self.chance(0.6):
            return self.rng.choice(known)
        return f"x{self.rng.randint(0, 9)}@{self.rng.choice(DOMAINS)}"

    # Links.

    def outdated(self) -> list[tuple[str, str]]:
        """The links to be proven again, each with the principal it rests on, if that one may be proven."""
        return [
            (principal, base.principal)
            for name, principal in self.links()
            if self.word(name, principal) in ("stale", "unverified")
            and (row := self.state.tenants[name].row(principal)) is not None
            and (base := row.rests_on) is not None
            and name in ref.offered(self.world, self.state, base.principal, self.now)
        ]

    def prove(self) -> Choice:
        again = self.outdated()
        if again and self.chance(0.5):
            person, principal = self.rng.choice(again)
            return ref.Prove(principal, not self.chance(0.06)), ("member", person)
        actor = self.own_actor()
        proven = [p for p in self.state.principals if ref.offered(self.world, self.state, p, self.now)]
        if self.chance(0.4):  # a link on somebody whose password another one chose rests on that one too
            rows = [(p, t.row(p)) for t in self.state.tenants.values() for p in proven]
            proven = [p for p, row in rows if row is not None and row.rests_on is not None] or proven
        principal = self.rng.choice(proven) if proven and not self.chance(0.15) else self.principal()
        return ref.Prove(principal, not self.chance(0.06)), actor

    def join_link(self) -> Choice:
        alive = self.offers_alive() or [offer for offer, _ in self.state.offers.values()]
        if not alive or self.chance(0.05):
            actor = self.own_actor()
            offer = ref.Offer(actor[1], self.principal(), 99, 0, 0, self.now)
            return ref.JoinLink((self.tenant(),), offer), actor
        offer = self.rng.choice(alive)
        names = list(ref.offered(self.world, self.state, offer.proven, self.now))
        if not self.chance(0.1):
            names = [name for name in names if self.leads_on(name, offer)] or names
        if not names or self.chance(0.1):
            names = list(dict.fromkeys((*names, self.tenant())))
        chosen = self.rng.sample(names, self.rng.randint(1, len(names))) if not self.chance(0.01) else []
        if self.chance(0.05):
            offer = offer._replace(serial=max(1, offer.serial - 1))
        actor = ("member", offer.asker) if not self.chance(0.04) else self.own_actor()
        return ref.JoinLink(tuple(chosen), offer), actor

    def offers_alive(self) -> list[ref.Offer]:
        """The offers that may still be joined."""
        expiry = self.world.policy.offer_expiry
        return [
            offer
            for asker, (offer, used) in self.state.offers.items()
            if not used
            and self.now < offer.minted_at + expiry
            and offer == ref.proof_now(self.state, asker, offer.proven, offer.minted_at, offer.serial)
        ]

    def leads_on(self, name: str, offer: ref.Offer) -> bool:
        """Tell whether joining there changes anything."""
        joining = ref.JoinLink((name,), offer), ("member", offer.asker)
        return ref.step(self.world, self.state, *joining, self.now)[1].kind == "done"

    def request_link(self) -> Choice:
        name = self.tenant()
        if self.chance(0.5):
            return ref.RequestLink(name), self.own_actor()
        return ref.RequestLink(name), ("member", self.member(name, "rejected", "request_expired"))

    def linked(self, name: str, *words: str) -> str:
        """Somebody with a link there, preferably one whose status is among *words*."""
        found = self.state.tenants.get(name)
        links = [p for p, row in found.living() if row.origin == "linked"] if found else []
        fit = [p for p in links if self.word(name, p) in words] if words else links
        pool = fit if fit and not self.chance(0.2) else links
        return self.rng.choice(pool) if pool and not self.chance(0.12) else self.member(name)

    def links(self) -> list[tuple[str, str]]:
        """The links that rest on a proof."""
        return [
            (name, principal)
            for name, tenant in self.state.tenants.items()
            for principal, row in tenant.living()
            if row.origin == "linked" and row.rests_on is not None
        ]

    def accept_link(self) -> Choice:
        name = self.tenant()
        member = self.linked(name, "pending")
        found = self.state.tenants.get(name)
        row = found.row(member) if found else None
        proof = row is not None and row.rests_on is not None
        parts = self.role(name), self.levels(), self.segments(name)
        nothing = proof != self.chance(0.08)
        return ref.AcceptLink(name, member, *((None, (), ()) if nothing else parts)), self.manager(name)

    def confirm_link(self) -> Choice:
        name = self.tenant()
        return ref.ConfirmLink(name, self.linked(name, "active")), self.manager(name)

    def unlink(self) -> Choice:
        name = self.tenant()
        member = self.linked(name)
        found = self.state.tenants.get(name)
        row = found.row(member) if found else None
        base = None if row is None else row.rests_on
        if self.chance(0.3):
            return ref.Unlink(name, member), ("member", member)
        if base is not None and self.chance(0.5):
            return ref.Unlink(name, member), ("member", base.principal)
        return ref.Unlink(name, member, self.override()), self.manager(name)

    def change_linking(self) -> Choice:
        name = self.tenant()
        word = self.rng.choice(("off", "proof", "proof", "consent", "consent", "both", "both"))
        return ref.ChangeLinking(name, word), self.manager(name)

    def change_password(self) -> Choice:
        slots = [slot for slot in self.state.secrets if slot[0] == "reset" and self.is_open(slot)]
        person = self.rng.choice(slots)[1] if slots and self.chance(0.4) else self.principal()
        return ref.ChangePassword(not self.chance(0.1)), ("member", person)

    # Invitations.

    def invite(self) -> Choice:
        name = self.tenant()
        found = self.state.tenants.get(name)
        parts = self.role(name), self.levels(), self.segments(name)
        if self.chance(0.3):
            parts = ref.ACCOUNT_MANAGER, (), ()
        key = f"i{len(found.invitations) if found else 0}"
        return ref.Invite(name, key, self.address(), *parts), self.manager(name)

    def invitation(self, name: str, *states: str) -> str:
        found = self.state.tenants.get(name)
        keys = list(found.invitations) if found else []
        fit = [key for key in keys if found and found.invitations[key].state in states]
        pool = fit if fit and not self.chance(0.2) else keys
        return self.rng.choice(pool) if pool and not self.chance(0.04) else "i-ghost"

    def limit_segments(self) -> Choice:
        """Sometimes of whoever has sent an invitation, who can then give less."""
        waiting = [
            (name, one.inviter)
            for name, tenant in self.state.tenants.items()
            for one in tenant.invitations.values()
            if one.state == "open" and one.inviter is not None
        ]
        if not waiting or self.chance(0.6):
            return super().limit_segments()
        name, member = self.rng.choice(waiting)
        return ref.LimitSegments(name, member, self.segments(name)), self.manager(name)

    def resend_invitation(self) -> Choice:
        name = self.tenant()
        return ref.ResendInvitation(name, self.invitation(name, "open")), self.manager(name)

    def revoke_invitation(self) -> Choice:
        name = self.tenant()
        return ref.RevokeInvitation(name, self.invitation(name, "open")), self.manager(name)

    def secret(self, purpose: str) -> tuple[ref.Slot, int] | None:
        """A secret of that purpose, the newest and unused if there is one."""
        slots = [slot for slot in self.state.secrets if slot[0] == purpose]
        unused = [slot for slot in slots if self.is_open(slot)]
        pool = unused if unused and not self.chance(0.2) else slots
        moved = [slot for slot in slots if self.is_moved(slot)]
        pool = moved if moved and self.chance(0.3) else pool
        if not pool:
            return None
        slot = self.rng.choice(pool)
        return slot, self.state.secrets[slot].serial - self.chance(0.08)

    def is_moved(self, slot: ref.Slot) -> bool:
        """Tell whether a person has another address or password than when a secret was mailed, which is still young."""
        secret = self.state.secrets[slot]
        if slot[0] == "invitation" or secret.used or secret.expires_at <= self.now:
            return False
        person = self.state.principals[slot[1]]
        outgrown = slot[0] == "reset" and person.password_epoch != secret.password_epoch
        return person.email != secret.email or person.proof_epoch != secret.proof_epoch or outgrown

    def is_open(self, slot: ref.Slot) -> bool:
        """Tell whether a secret is unused and may still be worth something."""
        secret = self.state.secrets[slot]
        if secret.used or secret.expires_at <= self.now:
            return False
        if slot[0] == "invitation":
            invitation = self.state.tenants[slot[1]].invitations[slot[2]]
            return invitation.state == "open" and self.now < invitation.expires_at
        person = self.state.principals[slot[1]]
        if slot[0] == "email":
            return person.email == secret.email
        return (person.password_epoch, person.email) == (secret.password_epoch, secret.email)

    def accept_invitation(self) -> Choice:
        name = self.tenant()
        found = self.secret("invitation") or (("invitation", name, "i-ghost"), 1)
        _, name, key = found[0]
        tenant = self.state.tenants.get(name)
        invited = tenant.invitations[key].email if tenant and key in tenant.invitations else self.address()
        owners = [p for p, person in self.state.principals.items() if person.email == invited]
        if owners and not self.chance(0.1):
            return ref.AcceptInvitation(*found), ("member", self.rng.choice(owners))
        room = len(self.state.principals) < MOST_PRINCIPALS
        if room or self.chance(0.2):
            username = f"p{len(self.state.principals)}" if room and not self.chance(0.05) else self.newcomer()
            email = self.rng.choice((None, None, invited, self.address()))
            return ref.AcceptInvitation(*found, username, email), PUBLIC
        return ref.AcceptInvitation(*found), ("member", self.principal())

    def decline_invitation(self) -> Choice:
        found = self.secret("invitation") or (("invitation", self.tenant(), "i-ghost"), 1)
        return ref.DeclineInvitation(*found), PUBLIC

    # Passwords and addresses.

    def send_password_reset(self) -> Choice:
        name = self.tenant()
        return ref.SendPasswordReset(name, self.member(name, "active")), self.manager(name)

    def request_password_reset(self) -> Choice:
        return ref.RequestPasswordReset(self.principal()), PUBLIC

    def reset_password(self) -> Choice:
        found = self.secret("reset") or (("reset", self.principal()), 1)
        return ref.ResetPassword(*found), PUBLIC

    def change_email(self) -> Choice:
        slots = [slot for slot in self.state.secrets if slot[0] != "invitation" and self.is_open(slot)]
        person = self.rng.choice(slots)[1] if slots and self.chance(0.4) else self.principal()
        return ref.ChangeEmail(self.address()), ("member", person)

    def sign_out_everywhere(self) -> Choice:
        return ref.SignOutEverywhere(), ("member", self.principal())

    def verify_email(self) -> Choice:
        found = self.secret("email") or (("email", self.principal()), 1)
        return ref.VerifyEmail(*found), PUBLIC

    # Contexts.

    def segment(self) -> str | None:
        if self.chance(0.01):
            return "s-ghost"
        return self.rng.choice(CATALOG.segments) if self.chance(0.35) else None

    def enter(self) -> Choice:
        name = self.tenant()
        return ref.Enter(name, self.segment()), ("member", self.member(name, "active"))

    def resume(self) -> Choice:
        name = self.tenant()
        member = self.member(name, "active")
        ticket = ref.ticket_of(self.state, name, member, self.segment()) or ref.Ticket(name, member, 1, 0, 0)
        luck = self.rng.random()
        if luck < 0.1:
            ticket = ticket._replace(access_epoch=max(0, ticket.access_epoch - 1))
        elif luck < 0.15:
            ticket = ticket._replace(incarnation=max(1, ticket.incarnation - 1))
        elif luck < 0.2:
            ticket = ticket._replace(session_epoch=max(0, ticket.session_epoch - 1))
        return ref.Resume(ticket), ("member", member)

    def at_hand(self) -> str | None:
        """Answer a command for what has just come, if anything has."""
        words = []
        if any(self.leads_on(n, offer) for offer in self.offers_alive() for n in self.state.tenants):
            words += ["join_link"] * 3
        if self.outdated():
            words += ["prove"]
        if any(self.word(n, p) in ("active", "pending") for n, p in self.links()):
            words += ["confirm_link", "accept_link"]
        if self.state.queue:
            words.append("deliver")
        purposes = {"invitation": "accept_invitation", "reset": "reset_password", "email": "verify_email"}
        unused = {slot[0] for slot in self.state.secrets if self.is_open(slot) or self.is_moved(slot)}
        words += sorted(purposes[purpose] for purpose in unused)
        words += ["change_password", "change_email"] if "reset" in unused else []
        return self.rng.choice(words) if words else None


_NAMES, _SHARES = tuple(WEIGHTS), tuple(WEIGHTS.values())


def choose(rng: random.Random, world: ref.World, state: ref.State, now: int) -> Choice:
    """Choose a command and its actor; half of the time one that will be done, if a few tries find one."""
    chooser = People(rng, world, state, now)
    if not state.tenants or not state.principals:
        return chooser.open_tenant()
    name = rng.choices(_NAMES, _SHARES)[0]
    if rng.random() < AT_HAND:
        name = chooser.at_hand() or name
    choice = chooser.build(name)
    for _ in range(rng.choice((0, 12))):
        if ref.step(world, state, *choice, now)[1].kind == "done":
            break
        choice = chooser.build(name)
    return choice
