"""What does the roster show of a row, and which conditions does a search ask for?"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import attrs

from tenantaccess.ids import LevelKey, ResourceKey
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryRow, MemberDetails, MemberSort, Wanted
from tenantaccess.model.frozen import frozen
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Row, Status
from tenantaccess.model.policy import Policy
from tenantaccess.rules import members, privileges

Levels = Mapping[ResourceKey, LevelKey]

QUEUE = frozenset({Reason.PENDING, Reason.UNVERIFIED})
"""Both meanings of pending: awaiting a manager's approval, and awaiting the person's verification (AM-11)."""


def conditions_of(status: Status) -> frozenset[Reason]:
    """Return the conditions that read as *status*."""
    return frozenset(reason for reason, word in STATUS.items() if word is status)


def conditions(status: Status | None, *, pending: bool, lapsing: bool = False) -> frozenset[Reason] | None:
    """Return the conditions that a search asks for; None for any."""
    asked = [QUEUE] * pending + [conditions_of(Status.ACTIVE)] * lapsing
    if status is not None:
        asked.append(conditions_of(status))
    return frozenset.intersection(*asked) if asked else None


def parts(wanted: Wanted, sort: MemberSort, *, descending: bool) -> Sequence[Wanted]:
    """Return what is listed one after the other: all at once, or status by status, since no store can sort by it."""
    if sort is not MemberSort.STATUS:
        return (wanted,)
    statuses = reversed(Status) if descending else Status
    asked = wanted.conditions
    return [
        attrs.evolve(wanted, conditions=found if asked is None else found & asked)
        for found in map(conditions_of, statuses)
    ]


def levels_of(catalog: Catalog, codes: bytes) -> Levels:
    """Return the levels that *codes* stand for, by resource."""
    steps = catalog.ladder.steps
    return frozen(
        {resource.key: steps[max(code - 1, 0)].key for resource, code in zip(catalog.resources, codes, strict=True)}
    )


def shown(
    row: Row, reason: Reason, catalog: Catalog, policy: Policy, levels: Callable[[bytes], Levels]
) -> DirectoryRow:
    """Return what the roster shows of *row*; *levels* is `levels_of`, or what remembers its answers."""
    facts = row.membership
    return DirectoryRow(  # by place: names would cost as much again as the value
        facts.principal,
        row.principal.username,
        facts.contact,
        STATUS[reason],
        reason,
        facts.role,
        levels(privileges.codes(row, catalog)),
        privileges.reach(row),
        facts.origin,
        row.is_link,
        facts.proven_by,
        facts.last_active_at,
        facts.requested_at,
        members.lapses_at(row, policy),
        row.principal.suspended_at is not None,
    )


def details(listed: DirectoryRow, row: Row, usernames: Mapping[str, str], catalog: Catalog) -> MemberDetails:
    """Return all about *row*, which the roster shows as *listed*; *usernames* are of those whom its facts name."""
    facts = row.membership
    return MemberDetails(
        row=listed,
        approved_at=facts.approved_at,
        approved_by=usernames.get(facts.approved_by, ""),
        verified_at=facts.verified_at,
        verified_how=facts.verified_how,
        disabled=facts.disabled,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        ends_by=facts.ends_by,
        cells={one.key: privileges.cell(row, one.key, catalog) for one in catalog.resources},
        limits=facts.segments,
        rests_on="" if row.base is None else row.base.principal.username,
        rest_kind=None if facts.resting is None else facts.resting.kind,
        proven_by="" if facts.proven_by is None else usernames.get(facts.proven_by, ""),
    )


def lapsing_since(now: datetime, policy: Policy) -> datetime:
    """Return since when an active member has been away if it is warned by *now*; whoever came later is not."""
    return now - (policy.warnings_after[0] if policy.warnings_after else policy.inactive_after)


def is_lapsing(row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether *row*, if it is active, lapses soon: its clock has stood still since the first warning."""
    at = members.lapses_at(row, policy)
    return at is not None and at - policy.inactive_after <= lapsing_since(now, policy)
