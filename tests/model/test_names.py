"""One equality: keys are idempotent, total on what is accepted, and the rest is refused (INV-09, A44, A60 to A62)."""

import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import names, words
from tenantaccess.testing import strategies

hold = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]
ASCII_AT_HEART = [one for one in EVERY_CHARACTER if unicodedata.normalize("NFKC", one).isascii()]
"""The only ones that a username or an address could come to consist of."""


@pytest.mark.row("INV-09", "AM-10")
def test_a_search_key_is_its_own_search_key_for_every_character() -> None:
    for start in range(0, len(EVERY_CHARACTER), 4_096):  # a line break keeps neighbours from meeting
        key = names.search_key("\n".join(EVERY_CHARACTER[start : start + 4_096]))
        assert names.search_key(key) == key


@pytest.mark.row("INV-09")
@pytest.mark.parametrize("make", [names.username_key, lambda text: names.email_key(f"{text}@people.example")])
def test_a_key_of_any_one_character_is_refused_or_its_own_key(make: Callable[[str], str]) -> None:
    accepted = 0
    for character in [*ASCII_AT_HEART, *EVERY_CHARACTER[::97]]:
        try:
            key = make(character)
        except InvalidInputError:
            continue
        accepted += 1
        assert key.isascii()
        assert make(key.removesuffix("@people.example")) == key
    assert 100 < accepted < 2_000


@pytest.mark.row("INV-09", "A44")
@hold
@given(strategies.usernames())
def test_usernames_that_look_alike_are_alike(username: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in username)
    assert names.username_key(wide) == names.username_key(username) == names.username_key(username.upper())


@hold
@given(st.text(max_size=40))
def test_a_search_key_is_its_own_search_key_for_every_text(text: str) -> None:
    key = names.search_key(text)
    assert names.search_key(key) == key


@hold
@given(strategies.emails())
def test_an_address_and_its_key_are_one_address(address: str) -> None:
    assert names.email_key(names.email_key(address)) == names.email_key(address)


@pytest.mark.parametrize(
    ("text", "folded"), [("Łódź", "lodz"), ("José", "jose"), ("STRASSE", "strasse"), ("straße", "strasse"), ("ı", "i")]
)
def test_case_and_accents_make_no_difference_to_a_search(text: str, folded: str) -> None:
    assert names.search_key(text) == folded


@pytest.mark.parametrize("name", ["", " jo", "jo ", "j o", "jö", "jо", ".jo", "jo\n", "x" * 151, "ﷺ" * 100, None, 5])
def test_a_username_outside_the_alphabet_is_refused(name: Any) -> None:
    with pytest.raises(InvalidInputError):
        names.username(name)


@pytest.mark.row("A60", "A62")
@pytest.mark.parametrize(
    "address",
    ["", "jo", "jo@", "@x.example", "jo@x", "a@b@x.example", "jo@x.example,jo@y.example", "x" * 65 + "@x.example",
     "jö@x.example", "jo@x..example", ".jo@x.example", "jo@-x.example", "jo@x.example\n", None],
)  # fmt: skip
def test_what_is_not_one_plain_mailbox_is_refused(address: Any) -> None:
    with pytest.raises(InvalidInputError):
        names.email(address)


@pytest.mark.row("A62")
def test_an_address_is_validated_as_it_will_be_kept() -> None:
    assert names.email("jo＠people.example") == "jo@people.example"


@pytest.mark.parametrize("text", ["a\nb", "a\u200bb", " a", "a ", "\ue000", "\u2028", "\ud800", "x" * 201])
def test_a_line_of_text_is_visible_and_bounded(text: str) -> None:
    with pytest.raises(InvalidInputError):
        names.plain("name", text)


@hold
@given(strategies.lines())
def test_a_name_in_any_script_is_kept_in_normal_form(text: str) -> None:
    kept = names.plain("name", text)
    assert unicodedata.is_normalized("NFC", kept)
    assert names.plain("name", kept) == kept


@pytest.mark.row("A10")
def test_digits_keep_their_zeros_and_lose_their_separators() -> None:
    for written in ("01-2345678", "012345678", "01 2345678", "０１２３４５６７８"):
        assert names.digits("tin", written, 9) == "012345678"
    for wrong in ("12345678", "0123456789", "01.2345678", "01234567a", "-", "", "٠١٢٣٤٥٦٧٨"):
        with pytest.raises(InvalidInputError):
            names.digits("tin", wrong, 9)


@pytest.mark.parametrize("word", ["", "Claims", "cläims", "1st", "a-b", "x" * 41, None])
def test_a_word_is_lower_case_ascii(word: Any) -> None:
    with pytest.raises(InvalidInputError):
        names.word("resource", word)


def test_words_are_taken_as_they_are() -> None:
    assert (words.optional_role_key(None), words.optional_role_key("biller")) == (None, "biller")
    assert words.segment_keys(["b", "a", "b"]) == frozenset("ab")
    assert words.optional_email("") == ""
    for wrong in ("medicaid", {"medicaid": 1}, None):
        with pytest.raises(InvalidInputError):
            words.segment_keys(wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        words.label("")
