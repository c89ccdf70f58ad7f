"""Many at once with one secret of each purpose, and many guesses at once at one password, on databases."""

from collections import Counter
from functools import partial

import attrs
import pytest
from tests.races.single_use import PURPOSES, CountingHasher, access_on, guess, require_single_use

from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import Given
from tenantaccess.testing.contracts.threads import at_once

GUESSES = 100
TOKENS = 3
"""Of each purpose; `campaign.py` tries hundreds."""


def test_there_is_a_secret_of_every_purpose() -> None:
    assert list(PURPOSES) == list(TokenPurpose)


@pytest.mark.row("INV-30", "A57", "INV-26")
@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.value)
def test_of_many_that_use_one_secret_at_once_one_succeeds(store: SQLAlchemyStore, purpose: TokenPurpose) -> None:
    access = access_on(store)
    for number in range(TOKENS):
        require_single_use(access, purpose, number)


@pytest.mark.row("A47", "INV-27")
def test_of_a_hundred_proofs_at_once_five_reach_the_hasher(store: SQLAlchemyStore) -> None:
    access, hasher = access_on(store), CountingHasher()
    make = Given(access)
    make.member(make.tenant(), username="jo", role="biller")
    master = make.pending(username="master")
    counted = attrs.evolve(access, hasher=hasher)
    told = Counter(at_once([partial(guess, counted, master)] * GUESSES))
    assert told == {"looked at": 5, "refused before": GUESSES - 5}
    assert hasher.looked_at == 5
