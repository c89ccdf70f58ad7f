"""Small random rosters, and what a question about them must answer, worked out by looking at each row."""

from collections.abc import Collection, Sequence
from typing import Final

from attrs import evolve
from hypothesis import strategies as st

from tenantaccess.ids import LevelKey, ResourceKey, RoleKey
from tenantaccess.model.catalog import Role
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts.samples import (
    BILLING,
    CLAIMS,
    CLERK,
    CLINIC,
    DAY,
    LEVELS,
    MANAGER,
    NOON,
    NURSE,
    disabled,
    gone,
    kept,
    load,
    member,
    principal_id,
    put,
    resting,
)

CROWD: Final = [principal_id(number) for number in range(1, 10)]
NAMES: Final = ["a_b", "a.b", "ab", "A-B", "a1", "a10", "a2", "Zoe", "b@c.example"]


def rosters() -> st.SearchStrategy[list[Membership]]:
    """Up to nine rows of the clinic, with every mixture of role, override, clock and end."""
    return st.lists(_plain(), max_size=len(CROWD)).map(
        lambda rows: [evolve(row, principal=principal) for row, principal in zip(rows, CROWD, strict=False)]
    )


def _plain() -> st.SearchStrategy[Membership]:
    level = st.sampled_from(LEVELS)
    days = st.none() | st.integers(0, 3).map(lambda number: NOON + number * DAY)
    base = member(CLINIC, CROWD[0])
    rows = st.builds(
        lambda role, overrides, started, active: evolve(
            base, role=role, overrides=overrides, clock_started_at=started, last_active_at=active
        ),
        st.sampled_from([None, CLERK.key, NURSE.key, MANAGER]),
        st.dictionaries(st.sampled_from([CLAIMS, BILLING]), level),
        days,
        days,
    )
    same = st.just(lambda row: row)
    return st.builds(lambda change, row: change(row), same | same | st.sampled_from([disabled, gone]), rows)


def settle(store: Store, roster: Sequence[Membership]) -> list[Row]:
    """Put *roster* into *store*, the last row resting on the first, and return the rows by principal."""
    with kept(store) as unit:
        for principal, username in zip(CROWD, NAMES, strict=True):
            unit.principals.add(Principal(id=principal, username=username), Head(principal))
    put(store, *roster)
    if len(roster) > 1 and roster[-1].gone_at is None:
        put(store, resting(roster[-1], roster[0].principal))
    rows = load(store, CLINIC, *CROWD).rows
    return [rows[row.principal] for row in roster]


def stored_level(row: Row, resource: ResourceKey, built_in: RoleKey | None, reached: LevelKey) -> LevelKey | None:
    """Return the level of *row* on *resource*: its override, else its role's; *reached* for the built-in role."""
    override = row.membership.overrides.get(resource)
    if override is not None:
        return override
    if built_in is not None and row.membership.role == built_in:
        return reached
    return row.role.levels.get(resource) if isinstance(row.role, Role) else None


def must_reach(
    rows: Sequence[Row], resource: ResourceKey, levels: Collection[LevelKey], built_in: RoleKey | None
) -> list[Row]:
    """Return the rows that no answer to *who has one of these levels* may leave out."""
    reached = next(iter(levels))
    present = [row for row in rows if row.membership.gone_at is None]
    return [row for row in present if stored_level(row, resource, built_in, reached) in levels]
