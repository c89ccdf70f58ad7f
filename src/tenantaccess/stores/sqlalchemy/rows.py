"""Rows of the database and values of the model, mapped by hand in both directions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, RoleKey, TenantId
from tenantaccess.model import names
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN
from tenantaccess.model.members import (
    NO_CONTACT,
    Authority,
    Contact,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    Row,
    VerifiedHow,
)
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import Kind, PasswordChoice, Principal
from tenantaccess.model.tenants import Head, Tenant, TenantState
from tenantaccess.stores.sqlalchemy import values
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.values import Values

UNREADABLE: Final = (ValueError, KeyError, InvalidInputError)
"""What reading a word raises that this version does not know (INV-25)."""

# Words by what is stored for them: looking one up in a dict costs a tenth of asking the enum.
_STATES: Final = {word.value: word for word in TenantState}
_LINKINGS: Final = {word.value: word for word in Linking}
_KINDS: Final = {word.value: word for word in Kind}
_CHOICES: Final = {word.value: word for word in PasswordChoice}
_ORIGINS: Final = {word.value: word for word in Origin}
_AUTHORITIES: Final[Mapping[str | None, Authority | None]] = {None: None} | {word.value: word for word in Authority}
_HOW: Final[Mapping[str | None, VerifiedHow | None]] = {None: None} | {word.value: word for word in VerifiedHow}

BASES: Final = 2
"""How many rows below a row come with it: its base, and the base's base."""

# --- tenants and principals: columns in the order in which they are read ------------------------------------------

TENANT: Final = ("tenant_id", "name", "state", "segments", "linking", "version", "digest", "head_at")
_HEAD_AT: Final = TENANT.index("version")
PRINCIPAL: Final = (
    "principal_id", "username", "kind", "email", "email_verified_at", "suspended_at",
    "proof_epoch", "access_epoch", "password_choice", "chosen_in", "password_epoch", "password_changes",
)  # fmt: skip


def tenant_of(found: Values) -> Tenant:
    """Return the tenant from the columns `TENANT` and its aggregated external ids."""
    tenant_id, name, state, segments, linking, _, _, _, external_ids = found
    return Tenant(
        tenant_id,
        name,
        _STATES[state],
        values.external_ids_of(external_ids),
        values.segments_of(segments),
        _LINKINGS[linking],
    )


def head_of(found: Values) -> Head:
    """Return the tenant's head from the same columns."""
    return Head(found[0], *found[_HEAD_AT : len(TENANT)])


def tenant_values(tenant: Tenant) -> dict[str, Any]:
    """Return what the tenant's own columns hold."""
    return {
        "name": tenant.name,
        "name_key": names.search_key(tenant.name),
        "state": tenant.state.value,
        "segments": values.words_text(tenant.segments),
        "linking": tenant.linking.value,
    }


def principal_of(found: Values) -> Principal:
    """Return the principal from the columns `PRINCIPAL`."""
    (
        id_, username, kind, email, verified, suspended,
        proof_epoch, access_epoch, choice, chosen_in, password_epoch, password_changes,
    ) = found  # fmt: skip
    return Principal(
        id_,
        username,
        _KINDS[kind],
        email,
        verified,
        suspended,
        proof_epoch,
        access_epoch,
        _CHOICES[choice],
        chosen_in,
        password_epoch,
        values.moments_of(password_changes),
    )


def principal_values(principal: Principal) -> dict[str, Any]:
    """Return what the principal's columns hold, but for its id and username."""
    return {
        "kind": principal.kind.value,
        "email": principal.email,
        "email_key": principal.email_key,
        "email_verified_at": principal.email_verified_at,
        "suspended_at": principal.suspended_at,
        "proof_epoch": principal.proof_epoch,
        "access_epoch": principal.access_epoch,
        "password_choice": principal.password_choice.value,
        "chosen_in": principal.chosen_in,
        "password_epoch": principal.password_epoch,
        "password_changes": values.moments_text(principal.password_changes),
    }


def head_values(head: Head) -> dict[str, Any]:
    """Return what the columns of a head hold."""
    return {"version": head.version, "digest": head.digest, "head_at": head.at}


# --- memberships --------------------------------------------------------------------------------------------------

MEMBERSHIP: Final = (
    "tenant_id", "principal_id", "origin", "incarnation", "requested_at", "approved_at", "approved_by",
    "verified_at", "verified_how", "disabled_at", "disabled_by", "disabled_reason", "held_by_operator",
    "clock_started_at", "last_active_at", "valid_from", "valid_until", "ends_by", "access_epoch", "proof_epoch",
    "role_key", "segments", "resting_on", "resting_kind", "resting_incarnation", "resting_proof_epoch",
    "resting_principal_epoch", "resting_password_epoch", "proven_by", "proven_at",
    "first_name", "last_name", "email", "phone", "gone_at", "lapse_noted_at", "warned",
)  # fmt: skip
RESTING_ON: Final = MEMBERSHIP.index("resting_on")


def membership_of(found: Values, overrides: str | None) -> Membership:
    """Return the membership from the columns `MEMBERSHIP` and its aggregated overrides."""
    (
        tenant, principal, origin, incarnation, requested_at, approved_at, approved_by,
        verified_at, verified_how, disabled_at, disabled_by, disabled_reason, held,
        clock_started_at, last_active_at, valid_from, valid_until, ends_by, access_epoch, proof_epoch, role,
        segments, resting_on, resting_kind, resting_incarnation, resting_proof_epoch,
        resting_principal_epoch, resting_password_epoch, proven_by, proven_at,
        first_name, last_name, email, phone, gone_at, lapse_noted_at, warned,
    ) = found  # fmt: skip
    disabled = None
    if disabled_at is not None:
        disabled = Disabled(disabled_at, Authority(disabled_by), DisableReason(disabled_reason))
    resting = None
    if resting_on is not None:
        numbers = (resting_incarnation, resting_proof_epoch, resting_principal_epoch, resting_password_epoch)
        resting = Resting(resting_on, RestKind(resting_kind), *numbers)
    contact = NO_CONTACT
    if first_name or last_name or email or phone:
        contact = Contact(first_name, last_name, email, phone)
    return Membership(  # by place: names would cost as much again as the value
        tenant,
        principal,
        _ORIGINS[origin],
        incarnation,
        requested_at,
        approved_at,
        approved_by,
        verified_at,
        _HOW[verified_how],
        disabled,
        held,
        clock_started_at,
        last_active_at,
        valid_from,
        valid_until,
        _AUTHORITIES[ends_by],
        access_epoch,
        proof_epoch,
        role,
        values.levels_of(overrides),
        values.segments_of(segments),
        resting,
        proven_by,
        proven_at,
        contact,
        gone_at,
        lapse_noted_at,
        warned,
    )


def membership_values(membership: Membership) -> dict[str, Any]:
    """Return what the columns of the membership hold, but for its two ids, its username and its clock."""
    disabled, resting, contact = membership.disabled, membership.resting, membership.contact
    return {
        "origin": membership.origin.value,
        "incarnation": membership.incarnation,
        "requested_at": membership.requested_at,
        "approved_at": membership.approved_at,
        "approved_by": membership.approved_by,
        "verified_at": membership.verified_at,
        "verified_how": None if membership.verified_how is None else membership.verified_how.value,
        "disabled_at": None if disabled is None else disabled.at,
        "disabled_by": None if disabled is None else disabled.by.value,
        "disabled_reason": None if disabled is None else disabled.reason.value,
        "held_by_operator": membership.held_by_operator,
        "clock_started_at": membership.clock_started_at,
        "last_active_at": membership.last_active_at,
        "valid_from": membership.valid_from,
        "valid_until": membership.valid_until,
        "ends_by": None if membership.ends_by is None else membership.ends_by.value,
        "access_epoch": membership.access_epoch,
        "proof_epoch": membership.proof_epoch,
        "role_key": membership.role,
        "segments": values.words_text(membership.segments),
        "resting_on": None if resting is None else resting.on,
        "resting_kind": "" if resting is None else resting.kind.value,
        "resting_incarnation": 0 if resting is None else resting.incarnation,
        "resting_proof_epoch": 0 if resting is None else resting.proof_epoch,
        "resting_principal_epoch": 0 if resting is None else resting.principal_epoch,
        "resting_password_epoch": 0 if resting is None else resting.password_epoch,
        "proven_by": membership.proven_by,
        "proven_at": membership.proven_at,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "gone_at": membership.gone_at,
        "lapse_noted_at": membership.lapse_noted_at,
        "warned": membership.warned,
        "first_name_key": names.search_key(contact.first_name),
        "last_name_key": names.search_key(contact.last_name),
        "email_key": names.search_key(contact.email),
        "active_at": membership.last_active_at or EARLIEST,
        "asked_at": membership.requested_at or EARLIEST,
    }


def clock_of(membership: Membership) -> datetime:
    """Return the later of start and activity; the earliest moment if the clock has not started."""
    return max(membership.clock_started_at or EARLIEST, membership.last_active_at or EARLIEST)


# --- rows with all that decides about them ------------------------------------------------------------------------

_PRINCIPAL_AT: Final = len(MEMBERSHIP)
_ROLE_AT: Final = _PRINCIPAL_AT + len(PRINCIPAL)
_LEVELS_AT: Final = _ROLE_AT + 1
_OVERRIDES_AT: Final = _ROLE_AT + 2
WIDTH: Final = _ROLE_AT + 3
"""How many columns a complete row has: membership, principal, the role's label and levels, the overrides."""


@attrs.frozen
class Found:
    """What a statement about rows returned, by tenant and principal; bases are found here."""

    by_id: Mapping[tuple[TenantId, PrincipalId], Values]

    def row(self, tenant: TenantId, principal: PrincipalId, depth: int = 0) -> Row:
        """
        Return one row, complete.

        Raises:
            One of `UNREADABLE`: it, or what it rests on, holds a word that this version cannot read.
        """
        found = self.by_id[tenant, principal]
        membership = membership_of(found[:_PRINCIPAL_AT], found[_OVERRIDES_AT])
        base, below = None, found[RESTING_ON]
        if below is not None and depth < BASES and (tenant, below) in self.by_id:
            base = self.row(tenant, below, depth + 1)
        role, label = None, found[_ROLE_AT]
        if membership.role == ACCOUNT_MANAGER:
            role = BUILT_IN
        elif label is not None:
            role = values.role_of(RoleKey(membership.role or ""), label, found[_LEVELS_AT])
        return Row(membership, principal_of(found[_PRINCIPAL_AT:_ROLE_AT]), role, base)


def found_in(raws: Sequence[Values]) -> Found:
    """Return what *raws* hold, each beginning with the columns of a complete row."""
    return Found({(raw[0], raw[1]): raw for raw in raws if raw[0] is not None})


def readable(found: Found, keys: Iterable[tuple[TenantId, PrincipalId]]) -> Iterator[Row]:
    """Yield the rows called *keys*; one with a word that this version cannot read does not hide the others."""
    for tenant, principal in keys:
        try:
            row = found.row(tenant, principal)
        except UNREADABLE:
            left_out("a membership", tenant, principal)
            continue
        yield row
