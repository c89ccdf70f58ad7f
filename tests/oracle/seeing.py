"""Every fact that either of the two holds, in the same plain terms."""

from typing import Any

from tests.oracle.side_by_side import Pair
from tests.oracle.terms import RANKS, ranks_of, ticks

from tenantaccess.ids import TenantId
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Authority, DisableReason, Membership, Origin
from tenantaccess.testing import reference as ref


def seen(pair: Pair) -> dict[str, Any]:
    """Every fact of the library's, in the oracle's terms."""
    with pair.store.reading() as unit:
        return {
            "tenants": {name: _tenant(pair, unit, name, known) for name, known in sorted(pair.tenants.items())},
            "principals": {name: _person(pair, unit, name) for name in sorted(pair.principals)},
        }


def _tenant(pair: Pair, unit: Any, name: str, tenant: TenantId) -> dict[str, Any]:
    loaded = unit.memberships.load(tenant, list(pair.principals.values()))
    roles = {
        role.key: {resource: RANKS[level] for resource, level in sorted(role.levels.items()) if RANKS[level]}
        for role in unit.roles.list(tenant)
    }
    rows = {
        principal: _row(pair, loaded.rows[known].membership)
        for principal, known in sorted(pair.principals.items())
        if known in loaded.rows
    }
    invitations = {
        key: _invitation(pair, unit.invitations.find(tenant, known))
        for (where, key), known in sorted(pair.invitations.items())
        if where == name
    }
    return {
        "state": loaded.tenant.state.value,
        "segments": sorted(loaded.tenant.segments),
        "linking": loaded.tenant.linking.value,
        "roles": roles,
        "rows": rows,
        "invitations": invitations,
    }


def _invitation(pair: Pair, facts: Invitation) -> dict[str, Any]:
    return {
        "email": facts.email,
        "inviter": None if facts.sender is None else pair.name_of(facts.sender),
        "expires_at": ticks(facts.expires_at),
        "role": facts.grant.role,
        "levels": ranks_of(facts.grant.levels),
        "segments": sorted(facts.grant.segments),
        "state": facts.state.value,
    }


def _person(pair: Pair, unit: Any, name: str) -> dict[str, Any]:
    person = unit.principals.find(pair.principals[name])[0]
    chosen = next((tenant for tenant, known in pair.tenants.items() if known == person.chosen_in), None)
    return {
        "email": person.email or None,
        "email_verified": person.email_verified_at is not None,
        "shown_at": ticks(person.email_verified_at),
        "kind": person.kind.value,
        "suspended": person.suspended_at is not None,
        "proof_epoch": person.proof_epoch,
        "session_epoch": person.access_epoch,
        "chosen_in": chosen,
        "password_chosen": person.password_choice.value != "own",
        "password_epoch": person.password_epoch,
        "password_changes": [ticks(at) for at in person.password_changes],
    }


def _row(pair: Pair, facts: Membership) -> dict[str, Any]:
    numbers = {
        "incarnation": facts.incarnation,
        "access_epoch": facts.access_epoch,
        "proof_epoch": facts.proof_epoch,
        "proven_by": None if facts.proven_by is None else pair.name_of(facts.proven_by),
        "proven_at": ticks(facts.proven_at),
    }
    disabled = facts.disabled
    if facts.gone_at is not None:
        by_operator = facts.held_by_operator or (disabled is not None and disabled.by is Authority.OPERATOR)
        standing = "operator" if by_operator else "manager" if disabled is not None else None
        return {"gone": True, **numbers, "standing": standing, "barred": disabled is not None}
    resting = facts.resting
    assert disabled is None or disabled.reason is not DisableReason.ENDED
    return {
        "gone": False,
        **numbers,
        "origin": facts.origin.value,
        "requested_at": ticks(facts.requested_at),
        "approved_at": ticks(facts.approved_at),
        "verified_at": ticks(facts.verified_at),
        "verified_how": None if facts.verified_how is None else facts.verified_how.value,
        "disabled_at": None if disabled is None else ticks(disabled.at),
        "disabled_by": None if disabled is None else disabled.by.value,
        "reason": None if disabled is None else disabled.reason.value,
        "clock_started_at": ticks(facts.clock_started_at),
        "last_active_at": ticks(facts.last_active_at),
        "valid_from": ticks(facts.valid_from),
        "valid_until": ticks(facts.valid_until),
        "ends_by": None if facts.ends_by is None else facts.ends_by.value,
        "role": facts.role,
        "overrides": ranks_of(facts.overrides),
        "segments": sorted(facts.segments),
        "operator_hold": facts.held_by_operator,
        "added_by": _added_by(pair, facts),
        "rests_on": None
        if resting is None
        else {
            "principal": pair.name_of(resting.on),
            "incarnation": resting.incarnation,
            "proof_epoch": resting.proof_epoch,
            "principal_proof_epoch": resting.principal_epoch,
            "kind": resting.kind.value,
            "password_epoch": resting.password_epoch,
        },
    }


def _added_by(pair: Pair, facts: Membership) -> str | None:
    """The member that added a service; the oracle keeps it of services only."""
    known = facts.origin is Origin.PROVISIONED and facts.approved_by in pair.principals.values()
    return pair.name_of(str(facts.approved_by)) if known else None


def expected(state: ref.State) -> dict[str, Any]:
    """The oracle's facts in the same terms as `seen`."""
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
    for person in plain["principals"].values():
        person.pop("addresses")
    return {"tenants": plain["tenants"], "principals": plain["principals"]}
