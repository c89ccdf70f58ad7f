"""A tenant: one provider account or practice, and how far its stream of events has come."""

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from tenantaccess.ids import SchemeKey, SegmentKey, StreamId, TenantId
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.policy import Linking


class TenantState(enum.Enum):
    """Whether a tenant's members get in; closed is for good."""

    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@attrs.frozen
class Head:
    """
    The last event of a stream: its number (the stream's version), hash and moment.

    A command may commit only where the head is still the one it read (INV-06).
    """

    stream: StreamId
    version: int = 0
    digest: str = ""
    at: datetime | None = None


@attrs.frozen
class Tenant:
    """
    One provider account / practice.

    Args:
        id: Random, never reused.
        name: What people read.
        state: Open, suspended or closed.
        external_ids: Normal form by scheme, unique per scheme.
        segments: Which of the catalog's segments this tenant has.
        linking: How others may join.
    """

    id: TenantId
    name: str
    state: TenantState = TenantState.OPEN
    external_ids: Mapping[SchemeKey, str] = attrs.field(default=EMPTY, converter=frozen)
    segments: frozenset[SegmentKey] = frozenset()
    linking: Linking = Linking.PROOF
