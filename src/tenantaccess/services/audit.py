"""Evidence: reading a stream, verifying it, and asking who could do what on an earlier day."""

from collections.abc import Iterator
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import StreamId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import audit
from tenantaccess.rules.audit import Verification
from tenantaccess.services import guards

SLICE: Final = 1_000
PAGE_LIMIT: Final = 500


@attrs.frozen
class Audit:
    """
    The record of each stream, for whoever may read it.

    Args:
        store: Where it lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: For the reader's own standing.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def verify(self, stream: StreamId, anchor: str = "") -> Verification:
        """
        Look through the whole record of *stream* for the first event that does not hold (INV-37).

        Args:
            stream: A tenant or a principal.
            anchor: A digest noted elsewhere earlier; catches a record rewritten as a whole.

        Returns:
            What was found; keep its `head` somewhere else as the next anchor.
        """
        with self._store.reading() as unit:
            head = unit.streams.head(stream)
            return audit.verify(stream, _all(unit, stream), head, anchor)

    def read(
        self, tenant: TenantId, after: int = 0, limit: int = 50, *, by: By
    ) -> list[tuple[Event, PrivatePart | None]]:
        """
        Return up to *limit* events of *tenant* with numbers above *after*, in order.

        Who: whoever at least views the managing resource, or the operator.

        Raises:
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: a member who does not see the roster.
        """
        _require_limit(limit)
        with self._store.reading() as unit:
            self._require_reader(unit, tenant, by)
            return list(unit.events.read(tenant, after, limit))

    def access_log(self, tenant: TenantId, limit: int = 50, *, by: By) -> list[AccessEntry]:
        """Return the latest *limit* lines of the access log of *tenant*, newest first; for the same readers."""
        _require_limit(limit)
        with self._store.reading() as unit:
            self._require_reader(unit, tenant, by)
            return list(unit.access_log.read(tenant, limit))

    def _require_reader(self, unit: Unit, tenant: TenantId, by: By) -> None:
        guards.require_reader(unit, tenant, by, self._catalog, self._policy, self._clock.now())


def _require_limit(limit: int) -> None:
    if not 0 < limit <= PAGE_LIMIT:
        raise InvalidInputError("limit", f"must be 1 to {PAGE_LIMIT}")


def _all(unit: Unit, stream: StreamId) -> Iterator[tuple[Event, PrivatePart | None]]:
    after = 0
    while True:
        events = unit.events.read(stream, after, SLICE)
        yield from events
        if len(events) < SLICE:
            return
        after += SLICE
