"""Which commands need a unit of their own: those that are written down, and no other."""

from tests.services.durable import DURABLE
from tests.services.test_closed_commands import SAMPLES, kind


def test_what_needs_a_unit_of_its_own_is_written_down() -> None:
    assert [name for name in sorted(SAMPLES) if kind(name).is_durable] == list(DURABLE)
