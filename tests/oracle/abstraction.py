"""
What the exploration leaves out of a state: everything that no rule can see.

Absolute time (every state is moved to `NOW`, ages are capped at the limits), the height of epochs (only equality
counts), dead secrets, invitations that are no longer open, and the names of tenants, people and invitations.
"""

from hashlib import blake2b
from itertools import chain, permutations, product
from marshal import dumps
from typing import Any

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


Plain = tuple[Any, ...]
Names = dict[str, str]
_OVERRIDES, _RESTS_ON, _PROVEN_BY = (ref.Row._fields.index(one) for one in ("overrides", "rests_on", "proven_by"))


def nameless(state: ref.State) -> bytes:
    """
    Answer the same for all states that differ by the names of people only, and for no others.

    People are put in an order by what can be told about each without a name; those that cannot be told apart by it
    are tried in every order. Tenants keep their names: they take links differently.
    """
    alike: dict[bytes, list[str]] = {}
    for person in state.principals:
        alike.setdefault(dumps(_portrait(state, person), 2), []).append(person)
    orders = product(*(permutations(people) for _, people in sorted(alike.items())))
    written = (_written(state, {p: f"p{n}" for n, p in enumerate(chain.from_iterable(order))}) for order in orders)
    return blake2b(min(written), digest_size=16).digest()


def _portrait(state: ref.State, person: str) -> Plain:
    facts = state.principals[person]
    rows: list[Plain | bool | None] = []
    for name in sorted(state.tenants):
        row = state.tenants[name].rows.get(person)
        rows.append(None if row is None else _row_plain(row, {}))
        rows.append((name, person) in state.tokens)
    return (facts.email is None, *facts[1:], *rows)


def _row_plain(row: ref.Row | ref.Tombstone, names: Names) -> Plain:
    proven_by = names.get(row.proven_by or "")
    if isinstance(row, ref.Tombstone):
        return (row.standing, row.barred, proven_by)
    base = row.rests_on and (names.get(row.rests_on.principal), *row.rests_on[1:])
    overrides = tuple(sorted(row.overrides.items()))
    between = row[_OVERRIDES + 1 : _RESTS_ON], row[_RESTS_ON + 1 : _PROVEN_BY]
    return (row[:_OVERRIDES], overrides, base, proven_by, *between)


def _written(state: ref.State, names: Names) -> bytes:
    """Write a state down under other names; marshalled in the version that knows no references."""

    def address(email: str) -> str:
        local, at, domain = email.partition("@")
        return f"{names.get(local, local)}{at}{domain}"

    def slot(old: ref.Slot) -> Plain:
        return (old[1], address(state.tenants[old[1]].invitations[old[2]].email))

    def tenant(old: ref.Tenant) -> Plain:
        roles = sorted((key, tuple(sorted(levels.items()))) for key, levels in old.roles.items())
        rows = sorted((names[p], _row_plain(row, names)) for p, row in old.rows.items())
        invited = sorted(
            (address(one.email), names.get(one.inviter or ""), one[2:]) for one in old.invitations.values()
        )
        return (old.state, old.linking, *roles, *rows, *invited)

    parts = (
        *sorted((name, tenant(old)) for name, old in state.tenants.items()),
        *sorted((names[p], old.email and address(old.email), old[1:]) for p, old in state.principals.items()),
        *sorted((name, names[p], old.minted_at, address(old.email or "")) for (name, p), old in state.tokens.items()),
        *sorted(
            slot(old.slot) if isinstance(old, ref.Mail) else (old.tenant, names[old.member]) for old in state.queue
        ),
        *sorted((*slot(old), secret.expires_at) for old, secret in state.secrets.items()),
    )
    return dumps(parts, 2)
