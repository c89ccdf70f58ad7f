"""Does a managed tenant stay managed (rule 5, INV-19)?"""

import enum
from collections.abc import Iterable
from datetime import datetime

import attrs

from tenantaccess.model.catalog import Catalog
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import decisions, privileges


class Management(enum.IntEnum):
    """How well a tenant is managed; more is better."""

    NOBODY = 0
    FOR_NOW = 1
    """Somebody manages, but only through an unconfirmed link or until a date, if only of what the row rests on."""
    ENDURING = 2


def management(tenant: Tenant, row: Row, now: datetime, catalog: Catalog, policy: Policy) -> Management:
    """
    Return what *row* counts for. A suspended tenant is judged as if it were open (MC-16).

    People only: a service answers no mail and leads nobody back into an office.
    """
    if row.principal.kind is not Kind.HUMAN:
        return Management.NOBODY
    as_if_open = attrs.evolve(tenant, state=TenantState.OPEN)
    if not privileges.manages(row, catalog) or not decisions.is_effective(as_if_open, row, now, policy):
        return Management.NOBODY
    return Management.FOR_NOW if row.is_link or _is_dated(row) else Management.ENDURING


def _is_dated(row: Row) -> bool:
    """Tell whether *row* has an end: its own, or that of what it rests on, with which it is stale."""
    resting, base = row.membership.resting, row.base
    return row.membership.valid_until is not None or (resting is not None and base is not None and _is_dated(base))


def best(
    tenant: Tenant, rows: Iterable[Row], now: datetime, catalog: Catalog, policy: Policy, enough: Management
) -> Management:
    """Return the best that *rows* amount to, looking no further once it is *enough*."""
    found = Management.NOBODY
    for row in rows:
        found = max(found, management(tenant, row, now, catalog, policy))
        if found >= enough:
            break
    return found
