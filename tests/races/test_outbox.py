"""Writers and workers of one outbox at once: every notice is delivered once (INV-38)."""

import pytest
from tests.races.outbox import AT_ONCE, WRITERS, by_highest_seen, by_state, delivered

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

UNITS = 40


@pytest.mark.row("INV-38")
def test_every_notice_is_delivered_once(store: SQLAlchemyStore) -> None:
    found = delivered(store, by_state, UNITS)
    assert len(found) == found.total() == WRITERS * UNITS * AT_ONCE
    with store.reading() as unit:
        assert unit.notices.queued() == 0


@pytest.mark.row("INV-38")
def test_who_asks_for_what_is_newer_than_seen_misses_some(store: SQLAlchemyStore) -> None:
    found = delivered(store, by_highest_seen, UNITS, workers=1)
    assert len(found) < WRITERS * UNITS * AT_ONCE
