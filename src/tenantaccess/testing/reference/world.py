"""
What never changes during a run: the words that exist, the policy, the scale of time and levels.

Moments and durations are integers, in microseconds; levels are the integers 0, 1 and 2. Nothing
here is shared with the library, on purpose: an oracle that borrows cannot contradict.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

NONE, VIEW, FULL = 0, 1, 2
LEVELS = (NONE, VIEW, FULL)

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ACCOUNT_MANAGER = "account_manager"
DISABLE_REASONS = ("left", "not_needed", "security", "other")

Levels = tuple[tuple[str, int], ...]
"""Levels by resource, as a command carries them."""


class Resource(NamedTuple):
    """A portion of the system, and the level each of its actions needs."""

    key: str
    actions: tuple[tuple[str, int], ...]
    offered: bool = True


class Catalog(NamedTuple):
    """Every word a host declares."""

    resources: tuple[Resource, ...]
    managing: str
    segments: tuple[str, ...] = ()
    presets: tuple[tuple[str, Levels], ...] = ()
    schemes: tuple[str, ...] = ("tin",)


class Policy(NamedTuple):
    """Every number and choice a host may set."""

    inactivity: int = 90 * DAY
    warnings: tuple[int, ...] = (60 * DAY, 75 * DAY, 85 * DAY)
    request_expiry: int = 90 * DAY
    token_expiry: int = 14 * DAY
    grant_ceiling: str = "HELD"
    after_enable: str = "UNVERIFIED"
    after_password_change: str = "STALE"
    """KEEP, STALE (after `link_grace`) or REVOKE (at once): what becomes of a link."""
    link_grace: int = 14 * DAY
    offer_expiry: int = 10 * MINUTE
    linking_password: str = "OWN"
    """OWN: a username whose password somebody else chose may not link; ANY: it may."""
    invitation_expiry: int = 14 * DAY
    open_invitations: int = 1_000
    invited_domains: tuple[str, ...] = ()
    """The domains that may be invited; none named means any."""
    reset_expiry: int = HOUR


@dataclass(frozen=True)
class World:
    """A catalog and a policy: the static half of every question."""

    catalog: Catalog
    policy: Policy = field(default_factory=Policy)

    @cached_property
    def resources(self) -> frozenset[str]:
        """Every declared resource, offered or not."""
        return frozenset(resource.key for resource in self.catalog.resources)

    @cached_property
    def offered(self) -> frozenset[str]:
        """The resources on which a level means anything."""
        return frozenset(resource.key for resource in self.catalog.resources if resource.offered)

    @cached_property
    def needed(self) -> dict[tuple[str, str], int]:
        """The level each (resource, action) needs."""
        return {
            (resource.key, action): level for resource in self.catalog.resources for action, level in resource.actions
        }

    @property
    def managing(self) -> str:
        """The resource whose FULL makes an account manager."""
        return self.catalog.managing

    def knows_segments(self, segments: Iterable[str]) -> bool:
        """Tell whether every one of *segments* is declared."""
        return all(segment in self.catalog.segments for segment in segments)

    def knows_levels(self, levels: Levels) -> bool:
        """Tell whether every resource and level of *levels* is declared."""
        return all(key in self.resources and level in LEVELS for key, level in levels)
