"""
What the exploration leaves out of a state: everything that no rule can see.

Absolute time (every state is moved to `NOW`, ages are capped at the limits), the height of epochs (only equality
counts), dead secrets, invitations that are no longer open, and the names of tenants, people and invitations.
"""

from itertools import permutations
from typing import NamedTuple

from tenantaccess.testing import reference as ref

DAY, HOUR = ref.DAY, ref.HOUR
NOW = 10_000 * DAY
POLICY = ref.Policy()

Moments = dict[str, dict[int, int]]
"""By principal: each password epoch that a link rests on, and the first change after it, relative to `NOW`."""


def canonical(state: ref.State, now: int) -> ref.State:
    """Answer the state that *state* at *now* cannot be told from, at `NOW`."""
    changes = _changes(state, now)
    tenants = {
        name: tenant._replace(
            external_ids=(),
            rows=ref.Table({p: _row(state, tenant, row, now, changes) for p, row in tenant.rows.items()}),
            invitations=_invitations(tenant, now),
        )
        for name, tenant in state.tenants.items()
    }
    principals = {
        p: person._replace(
            proof_epoch=0,
            session_epoch=0,
            shown_at=None,
            password_epoch=len(changes[p]),
            password_changes=tuple(changes[p].values()),
        )
        for p, person in state.principals.items()
    }
    tokens = {
        key: ref.Token(1, 1, 0, NOW - (now - token.minted_at), email=token.email)
        for key, token in state.tokens.items()
        if not token.used
        and now - token.minted_at < POLICY.token_expiry
        and _fits(state, *key, token.incarnation, token.access_epoch)
        and state.principals[key[1]].proof_epoch == token.proof_epoch
    }
    secrets = {
        _slot(state, slot): ref.Secret(1, NOW, NOW + secret.expires_at - now, "")
        for slot, secret in state.secrets.items()
        if not secret.used and _is_open(state, slot, now) and now < secret.expires_at
    }
    queue = {kept for notice in state.queue if (kept := _notice(state, notice, now)) is not None}
    ordered = tuple(sorted(queue, key=repr))
    return ref.State(ref.Table(tenants), ref.Table(principals), ref.Table(tokens), ordered, ref.Table(secrets))


def key_of(email: str) -> str:
    """Answer the name of the open invitation to an address: there is only one."""
    return f"i.{email}"


def _slot(state: ref.State, slot: ref.Slot) -> ref.Slot:
    return (*slot[:2], key_of(state.tenants[slot[1]].invitations[slot[2]].email))


def _is_open(state: ref.State, slot: ref.Slot, now: int) -> bool:
    invitation = state.tenants[slot[1]].invitations[slot[2]]
    return invitation.state == "open" and now < invitation.expires_at


def _notice(state: ref.State, notice: ref.Waiting | ref.Mail, now: int) -> ref.Waiting | ref.Mail | None:
    if isinstance(notice, ref.Waiting):
        return ref.Waiting(notice.tenant, notice.member, 1, 0) if _fits(state, *notice) else None
    return ref.Mail(_slot(state, notice.slot), "") if _is_open(state, notice.slot, now) else None


def _invitations(tenant: ref.Tenant, now: int) -> ref.Table[str, ref.Invitation]:
    return ref.Table(
        {
            key_of(invitation.email): invitation._replace(expires_at=max(NOW + invitation.expires_at - now, NOW))
            for invitation in tenant.invitations.values()
            if invitation.state == "open"
        }
    )


def _fits(state: ref.State, name: str, member: str, incarnation: int, epoch: int) -> bool:
    row = state.tenants[name].row(member)
    return row is not None and (row.incarnation, row.access_epoch) == (incarnation, epoch)


def _changes(state: ref.State, now: int) -> Moments:
    """Note, for every principal, the first change of its password after each proof that something rests on."""
    found: Moments = {p: {} for p in state.principals}
    for tenant in state.tenants.values():
        for _, row in tenant.living():
            base = row.rests_on
            if base is None or base.kind != "link" or not _is_as_noted(state, tenant, base):
                continue
            person = state.principals[base.principal]
            later = person.password_epoch - base.password_epoch
            if later:
                first = person.password_changes[-later]
                found[base.principal][base.password_epoch] = max(NOW + first - now, NOW - POLICY.link_grace)
    return {p: dict(sorted(moments.items())) for p, moments in found.items()}


def _row(
    state: ref.State, tenant: ref.Tenant, row: ref.Row | ref.Tombstone, now: int, changes: Moments
) -> ref.Row | ref.Tombstone:
    if isinstance(row, ref.Tombstone):
        return ref.Tombstone(1, 0, 0, row.standing, row.barred, row.proven_by)
    rejected = row.reason == "rejected"
    counts = row.verified_at is not None and row.disabled_at is None
    seen = [m for m in (row.clock_started_at, row.last_active_at) if m is not None and counts]
    link = row.origin == "linked" and row.rests_on is not None
    if link and row.disabled_at is None:  # a stale or unverified link keeps its clock when it is proven again
        seen = [m for m in (row.clock_started_at, row.last_active_at) if m is not None]
    fresh = row.last_active_at is not None and now - row.last_active_at < HOUR and counts
    return row._replace(
        origin="linked" if row.origin == "linked" else "home",
        incarnation=1,
        access_epoch=0,
        proof_epoch=0,
        requested_at=_capped(row.requested_at, now, 90 * DAY) if row.approved_at is None else None,
        approved_at=None if row.approved_at is None else 0,
        verified_at=None if row.verified_at is None else 0,
        verified_how=None,
        disabled_at=None if row.disabled_at is None else 0,
        disabled_by="manager" if rejected else row.disabled_by,
        reason=row.reason if rejected or row.reason is None else "other",
        clock_started_at=_capped(max(seen), now, 90 * DAY) if seen else None,
        last_active_at=_capped(row.last_active_at, now, HOUR) if fresh else None,
        valid_from=_coming(row.valid_from, now),
        valid_until=_capped(row.valid_until, now, 0),
        rests_on=None if row.rests_on is None else _base(state, tenant, row.rests_on, changes),
        proven_at=None,
        contact=("", "", "", ""),
        told=None,
    )


def _capped(moment: int | None, now: int, limit: int) -> int | None:
    return None if moment is None else max(NOW + moment - now, NOW - limit)


def _coming(moment: int | None, now: int) -> int | None:
    return None if moment is None or moment <= now else NOW + moment - now


def _is_as_noted(state: ref.State, tenant: ref.Tenant, base: ref.Base) -> bool:
    row, person = tenant.row(base.principal), state.principals[base.principal]
    return row is not None and base[1:4] == (row.incarnation, row.proof_epoch, person.proof_epoch)


def _base(state: ref.State, tenant: ref.Tenant, base: ref.Base, changes: Moments) -> ref.Base:
    """Note a base as fitting (1, 0, 0) or, once anything moved, as never fitting again."""
    if not _is_as_noted(state, tenant, base):
        return ref.Base(base.principal, 0, 0, 0, base.kind)
    epochs = list(changes[base.principal])
    epoch = epochs.index(base.password_epoch) if base.password_epoch in epochs else len(epochs)
    return ref.Base(base.principal, 1, 0, 0, base.kind, epoch if base.kind == "link" else 0)


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


def renamed(state: ref.State, tenants: dict[str, str], people: dict[str, str]) -> ref.State:
    """Answer *state* under other names."""
    names = Names(tenants, people)
    return ref.State(
        ref.Table({tenants[name]: names.tenant(old) for name, old in state.tenants.items()}),
        ref.Table({people[p]: names.person(old) for p, old in state.principals.items()}),
        ref.Table({(tenants[t], people[p]): names.token(old) for (t, p), old in state.tokens.items()}),
        tuple(sorted((names.notice(state, old) for old in state.queue), key=repr)),
        ref.Table({names.slot(state, slot): secret for slot, secret in state.secrets.items()}),
    )


def representative(state: ref.State) -> ref.State:
    """Answer one state for all that differ by names only; tenants that take links differently are never swapped."""
    people, tenants = sorted(state.principals), sorted(state.tenants)
    linkings = [state.tenants[name].linking for name in tenants]
    images = (
        renamed(state, dict(zip(tenants, ts, strict=True)), dict(zip(people, ps, strict=True)))
        for ts in permutations(tenants)
        if [state.tenants[name].linking for name in ts] == linkings
        for ps in permutations(people)
    )
    return min(images, key=hash)
