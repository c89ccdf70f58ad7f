"""What attempts are counted under (INV-27, A44, A48, A49)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.model.attempts import AttemptKind, Tried, key_of, source_of


@pytest.mark.row("A48")
@pytest.mark.parametrize(
    ("source", "counted"),
    [
        (None, ""),
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("a-proxy's-word", "a-proxy's-word"),
        ("203.0.113.9, 198.51.100.1", "203.0.113.9, 198.51.100.1"),
    ],
)
def test_a_source_is_counted_as_whoever_may_use_it(source: str | None, counted: str) -> None:
    assert source_of(source) == counted


@pytest.mark.row("A49", "INV-31")
@given(st.text(max_size=50))
def test_a_key_tells_nothing_of_what_it_was_made_from(value: str) -> None:
    key = key_of(Tried.PASSWORD, AttemptKind.TARGET, value)
    assert len(bytes.fromhex(key)) == 32


@pytest.mark.row("INV-27")
def test_what_is_tried_and_by_what_it_is_counted_make_keys_of_their_own() -> None:
    keys = {key_of(tried, kind, value) for tried in Tried for kind in AttemptKind for value in ("", "kim", "lee")}
    assert len(keys) == len(Tried) * len(AttemptKind) * 3
