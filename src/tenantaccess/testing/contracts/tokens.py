"""What the repository of tokens promises: each opens one step, once (INV-30)."""

from attrs import evolve
from hypothesis import assume, given

from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import confused, is_key, pairs
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOON,
    TICK,
    VACANT,
    clinic,
    kept,
    token,
)

ONE = token(CLINIC, ANN, "d1")


def _add(store: Store, *tokens: Token) -> Store:
    for one in tokens:
        with kept(store) as unit:
            unit.tokens.add(one)
    return store


def redeem(store: Store, digest: str) -> Token | None:
    """Look for a token and redeem it, in a committed unit; None if either fails."""
    with kept(store) as unit:
        found = unit.tokens.alive(digest, TokenPurpose.REGISTRATION, NOON)
        return found if found is not None and unit.tokens.redeem(found, NOON) else None


class TokenContract(Contract):
    """A token is used once, and dies with the next one."""

    @given(strategies.tokens(CLINIC, ANN))
    @strategies.promise
    def test_every_fact_of_a_token_comes_back(self, one: Token) -> None:
        """What it was minted for decides whether it still opens anything (INV-21)."""
        assume(one.expires_at > EARLIEST)
        store = _add(clinic(self.make()), one)
        with store.reading() as unit:
            assert unit.tokens.alive(one.digest, one.purpose, EARLIEST) == one
            assert unit.tokens.find(one.digest) == one

    def test_looking_uses_nothing_up(self) -> None:
        """Whoever asks what would happen changes nothing (rule 10)."""
        store = _add(clinic(self.make()), ONE)
        with kept(store) as unit:
            assert unit.tokens.alive("d1", ONE.purpose, NOON) == ONE

        assert redeem(store, "d1") == ONE

    def test_a_token_opens_its_own_purpose_only(self) -> None:
        """A mailed link for one step is no link for another (INV-30)."""
        with _add(clinic(self.make()), ONE).begin() as unit:
            for other in set(TokenPurpose) - {ONE.purpose}:
                assert unit.tokens.alive("d1", other, NOON) is None
                assert not unit.tokens.redeem(evolve(ONE, purpose=other), NOON)

            assert unit.tokens.redeem(ONE, NOON)

    def test_at_its_expiry_a_token_is_dead(self) -> None:
        """Exactly then, and not before (INV-30)."""
        with _add(clinic(self.make()), ONE).begin() as unit:
            assert unit.tokens.alive("d1", ONE.purpose, ONE.expires_at) is None
            assert not unit.tokens.redeem(ONE, ONE.expires_at)

            assert unit.tokens.alive("d1", ONE.purpose, ONE.expires_at - TICK) == ONE
            assert unit.tokens.redeem(ONE, ONE.expires_at - TICK)

    def test_an_unknown_digest_is_none(self) -> None:
        """A guess learns nothing."""
        assert redeem(_add(clinic(self.make()), ONE), "d2") is None

    def test_a_token_is_redeemed_once(self) -> None:
        """A link that was forwarded opens nothing any more."""
        store = _add(clinic(self.make()), ONE)

        assert [redeem(store, "d1"), redeem(store, "d1")] == [ONE, None]

    def test_a_token_is_redeemed_once_within_a_unit(self) -> None:
        """The first redemption counts before it is committed."""
        with _add(clinic(self.make()), ONE).begin() as unit:
            assert unit.tokens.redeem(ONE, NOON)
            assert unit.tokens.alive("d1", ONE.purpose, NOON) is None
            assert not unit.tokens.redeem(ONE, NOON)

    def test_a_redemption_is_undone_with_its_unit(self) -> None:
        """Whoever failed to complete the step may try again."""
        store = _add(clinic(self.make()), ONE)
        with store.begin() as unit:
            assert unit.tokens.redeem(ONE, NOON)

        assert redeem(store, "d1") == ONE

    def test_an_older_token_dies_with_a_newer_one(self) -> None:
        """Only the last mail that was sent opens anything."""
        store = _add(clinic(self.make()), ONE, evolve(ONE, digest="d2"), evolve(ONE, digest="d3"))

        assert [redeem(store, digest) for digest in ("d1", "d2", "d3")] == [
            None,
            None,
            evolve(ONE, digest="d3"),
        ]

    def test_an_older_token_stays_dead_when_the_newer_one_is_used(self) -> None:
        """Nothing is revived (INV-21)."""
        store = _add(clinic(self.make()), ONE, evolve(ONE, digest="d2"))
        assert redeem(store, "d2") is not None

        assert redeem(store, "d1") is None

    def test_an_older_token_lives_on_when_the_newer_one_is_undone(self) -> None:
        """A mail that was never sent kills no link."""
        store = _add(clinic(self.make()), ONE)
        with store.begin() as unit:
            unit.tokens.add(evolve(ONE, digest="d2"))

        assert [redeem(store, "d2"), redeem(store, "d1")] == [None, ONE]

    def test_tokens_of_others_live_on(self) -> None:
        """A new link for one person in one tenant kills no other."""
        others = [
            evolve(ONE, digest="d2", slot=f"{CLINIC}:{BOB}", principal=BOB),
            evolve(ONE, digest="d3", slot=f"{VACANT}:{ANN}", tenant=VACANT),
        ]
        store = _add(clinic(self.make()), *others, ONE)

        assert [redeem(store, digest) for digest in ("d1", "d2", "d3")] == [ONE, *others]
        assert redeem(store, f"digest-of-{NEIGHBOUR}") is not None

    def test_a_token_for_another_purpose_lives_on(self) -> None:
        """Asking for one link kills no link to another step, though both be in one slot."""
        other = evolve(ONE, digest="d2", purpose=TokenPurpose.RESET)
        store = _add(clinic(self.make()), ONE, other)
        with store.begin() as unit:
            assert unit.tokens.redeem(other, NOON)

        assert redeem(store, "d1") == ONE

    def test_a_new_token_may_follow_a_used_one(self) -> None:
        """Registration may be asked for again."""
        store = _add(clinic(self.make()), ONE)
        redeem(store, "d1")
        _add(store, evolve(ONE, digest="d2", expires_at=NOON + 2 * DAY))

        assert redeem(store, "d2") == evolve(ONE, digest="d2", expires_at=NOON + 2 * DAY)

    def test_a_token_is_found_alive_used_or_dead(self) -> None:
        """A registration page says whether a link is old, and looking at it uses nothing up (INV-30)."""
        store = _add(clinic(self.make()), ONE, evolve(ONE, digest="d2"))
        with store.reading() as unit:
            assert [unit.tokens.find(digest) for digest in ("d1", "d2")] == [ONE, evolve(ONE, digest="d2")]
        assert redeem(store, "d2") is not None

        with store.reading() as unit:
            assert [unit.tokens.find(digest) for digest in ("d1", "d2")] == [ONE, evolve(ONE, digest="d2")]

    def test_a_token_that_never_was_is_not_found(self) -> None:
        """Absence is an answer, not an error."""
        with _add(clinic(self.make()), ONE).reading() as unit:
            assert unit.tokens.find("d9") is None

    def test_digests_are_told_apart_exactly(self) -> None:
        """A digest that only looks alike is a guess (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_key):
            with store.begin() as unit:
                unit.tokens.add(evolve(ONE, digest=stored))
                found = unit.tokens.find(near), unit.tokens.alive(near, ONE.purpose, NOON)

                assert found == (None, None), confused(stored, near)
                assert not unit.tokens.redeem(evolve(ONE, digest=near), NOON)
                assert unit.tokens.redeem(evolve(ONE, digest=stored), NOON)
