"""What does the roster show of a row, and which conditions does a search ask for?"""

from collections.abc import Callable, Mapping, Sequence

import attrs

from tenantaccess.ids import LevelKey, ResourceKey
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryRow, MemberSort, Wanted
from tenantaccess.model.frozen import frozen
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Row, Status
from tenantaccess.rules import privileges

Levels = Mapping[ResourceKey, LevelKey]

QUEUE = frozenset({Reason.PENDING, Reason.UNVERIFIED})
"""Both meanings of pending: awaiting a manager's approval, and awaiting the person's verification (AM-11)."""


def conditions_of(status: Status) -> frozenset[Reason]:
    """Return the conditions that read as *status*."""
    return frozenset(reason for reason, word in STATUS.items() if word is status)


def conditions(status: Status | None, *, pending: bool) -> frozenset[Reason] | None:
    """Return the conditions that a search asks for; None for any."""
    if status is None:
        return QUEUE if pending else None
    return conditions_of(status) & QUEUE if pending else conditions_of(status)


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


def shown(row: Row, reason: Reason, catalog: Catalog, levels: Callable[[bytes], Levels]) -> DirectoryRow:
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
    )
