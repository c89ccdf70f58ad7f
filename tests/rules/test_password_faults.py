"""What is wrong with a password that somebody chooses."""

import pytest

from tenantaccess.model.principals import MINIMUM_PASSWORD, Secret
from tenantaccess.rules.passwords import COMMON, NAMED, REPEATED, RUN, fault
from tenantaccess.system import UncommonPasswords, common_passwords

NAMES = ("Maria.Lopez", "mlopez@riverside.example")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("password", COMMON),
        ("PassWord", COMMON),
        ("Password1!", COMMON),
        ("iloveyou2!!", COMMON),
        ("Summer2026", COMMON),
        ("maria.lopez", NAMED),
        ("MARIALOPEZ1!", NAMED),
        ("mlopez@riverside.example", NAMED),
        ("mlopez99", NAMED),
        ("aaaaaaaa", REPEATED),
        ("abcabcabc", REPEATED),
        ("1212121212", REPEATED),
        ("23456789", RUN),
        ("89012345", RUN),
        ("HGFEDCBA", RUN),
        ("sdfghjkl", RUN),
        ("poiuztrewq", RUN),
        ("maria minds the lake", ""),
        ("mlopez and her quick horse", ""),
        ("password of the quick horse", ""),
        ("7301946285", ""),
        ("a quick brown password", ""),
        ("riverside riverside riverside ", ""),
        ("😀😃😄😁😆😅😂🤣", ""),
    ],
)
def test_what_is_common_expected_repeated_or_in_a_row_is_refused(password: str, expected: str) -> None:
    assert fault(password, NAMES, common_passwords()) == expected


def test_a_name_without_letters_refuses_itself_alone() -> None:
    assert fault("7301946285", ["7301946285"], ()) == NAMED
    assert fault("7301946286", ["7301946285"], ()) == ""
    assert fault("7301946286", [""], ()) == ""


def test_the_list_that_comes_along_is_folded_long_enough_and_says_where_it_is_from() -> None:
    listed = common_passwords()
    assert len(listed) > 1_000
    assert all(one == one.casefold().strip() and len(one) >= MINIMUM_PASSWORD for one in listed)


def test_a_host_adds_its_own() -> None:
    rules = UncommonPasswords(more=["Clearwater"])
    assert rules.fault(Secret("clearWATER1"), []) == COMMON
    assert UncommonPasswords().fault(Secret("clearWATER1"), []) == ""
