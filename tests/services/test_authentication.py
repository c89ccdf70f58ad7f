"""Signing in: limited before anything is verified, one verification, one answer (INV-27, MU-09)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.services.interrupted import InterruptedStore, fail
from tests.services.statements import ON_SQL, WITH_SEVERAL_WRITERS
from tests.services.worlds import events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangeEmail,
    ChangePassword,
    ReinstatePrincipal,
    RequestAccess,
    RequestPasswordReset,
    ResetPassword,
    SignOutEverywhere,
    SuspendPrincipal,
)
from tenantaccess.errors import (
    ConflictError,
    InvalidInputError,
    MisuseError,
    ProofRefusedError,
    StoreError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.attempts import AttemptKind, Tried, key_of
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, NewUsername, Principal, Secret
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.services import attempts
from tenantaccess.services.authentication import SignedIn
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given, given
from tenantaccess.testing.contracts.threads import at_once
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer
from tenantaccess.testing.faults import FaultyStore

WRONG = "another brown password"


class ListeningHasher(QuickHasher):
    """Writes down in which order it is called, among the calls to the store."""

    def __init__(self, trace: list[str]) -> None:
        super().__init__()
        self.trace = trace

    def hash(self, password: Secret) -> str:
        self.trace.append("hash")
        return super().hash(password)

    def verify(self, password: Secret, stored: str) -> bool:
        self.trace.append("verify")
        return super().verify(password, stored)


def listening(access: TenantAccess) -> tuple[TenantAccess, list[str]]:
    """The same library, and the list of all calls that it makes of the store and of the hasher."""
    store = FaultyStore(access.store)
    return attrs.evolve(access, store=store, hasher=ListeningHasher(store.trace)), store.trace


def refused(run: Callable[[], object]) -> str:
    """The words in which *run* is refused."""
    with pytest.raises(ProofRefusedError) as refusal:
        run()
    return f"{refusal.value!r} {refusal.value} {refusal.value.__cause__}"


@pytest.fixture
def service(access: TenantAccess, make: Given, riverside: TenantId) -> PrincipalId:
    """A principal of a service, which signs in with no password even if one is stored."""
    who = make.member(riverside, username="robot")
    with access.store.begin() as unit:
        found = unit.principals.find(who)
        assert found is not None
        unit.principals.put(attrs.evolve(found[0], kind=Kind.SERVICE), found[0])
        unit.commit()
    return who


@pytest.fixture
def keyless(access: TenantAccess) -> str:
    """A username without a password."""
    who = PrincipalId(f"pri_{'f' * 32}")
    with access.store.begin() as unit:
        unit.principals.add(Principal(who, "keyless"), Head(who))
        unit.commit()
    return "keyless"


# --- one answer ---------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-27")
def test_a_username_is_signed_in_however_it_is_written(access: TenantAccess, jo: PrincipalId) -> None:
    assert access.authenticate("jo", PASSWORD) == access.authenticate("JO", Secret(PASSWORD), "203.0.113.9") == jo


@pytest.mark.row("INV-27", "A42", "A43", "A38", "MU-09")
def test_whatever_is_wrong_the_answer_and_every_call_are_the_same(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, service: PrincipalId, keyless: str
) -> None:
    assert jo
    assert service
    shut_out = make.member(riverside, username="shut.out")
    access.execute(SuspendPrincipal(shut_out), by=OPERATOR)
    seen: dict[str, tuple[str, list[str]]] = {}
    for username, password in [
        ("nobody", PASSWORD),
        ("jo", WRONG),
        ("shut.out", PASSWORD),
        ("shut.out", WRONG),
        ("robot", PASSWORD),
        (keyless, PASSWORD),
    ]:
        heard, trace = listening(access)
        answer = refused(lambda: heard.authenticate(username, password, "203.0.113.9"))  # noqa: B023  # called at once
        seen[f"{username} {password}"] = answer, list(trace)
    assert len(seen) == 6
    (same,) = {repr(one) for one in seen.values()}
    assert same.count("'verify'") == 1
    trace = next(iter(seen.values()))[1]
    assert trace.index("commit") < trace.index("verify")
    assert trace.index("attempts.take") < trace.index("principals.find_by_username")


@pytest.mark.row("INV-27", "MC-17")
def test_who_has_been_let_in_nowhere_or_was_given_a_password_signs_in_all_the_same(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    added = make.member(riverside, username="added", by=maria)
    waiting = make.pending(riverside, "waiting")
    assert access.authenticate("added", PASSWORD) == added
    assert access.authenticate("waiting", PASSWORD) == waiting


@pytest.mark.row("A49", "INV-40")
@pytest.mark.parametrize(
    ("username", "password", "source"),
    [("jo", "x" * 1_025, None), ("j" * 151, PASSWORD, None), ("j o", PASSWORD, None), ("jo", PASSWORD, "a b"),
     ("jo", "", None), ("jo", PASSWORD, "x" * 201)],
)  # fmt: skip
def test_what_is_too_long_or_malformed_reaches_no_port(
    access: TenantAccess, jo: PrincipalId, username: str, password: str, source: str | None
) -> None:
    assert jo
    heard, trace = listening(access)
    with pytest.raises(InvalidInputError):
        heard.authenticate(username, password, source)
    assert trace == []


# --- limits -------------------------------------------------------------------------------------------------------


def guess(access: TenantAccess, username: str, source: str | None = None) -> bool:
    """Guess wrong; tell whether the guess was looked at."""
    try:
        access.authenticate(username, WRONG, source)
    except ProofRefusedError:
        return True
    except TooManyAttemptsError:
        return False
    raise AssertionError("a wrong password was taken")


@pytest.mark.row("INV-27", "MU-09")
def test_guesses_at_one_username_are_limited_before_anything_is_hashed(
    access: TenantAccess, clock: FrozenClock, jo: PrincipalId
) -> None:
    assert [guess(access, "jo", f"198.51.100.{number}") for number in range(6)] == [True] * 5 + [False]
    heard, trace = listening(access)
    with pytest.raises(TooManyAttemptsError) as refusal:
        heard.authenticate("jo", PASSWORD, "203.0.113.9")
    assert refusal.value.retry_after == access.policy.attempts_period
    assert "900 seconds" in str(refusal.value)
    assert "verify" not in trace
    clock.advance(access.policy.attempts_period)
    assert access.authenticate("jo", PASSWORD) == jo


@pytest.mark.row("INV-27")
def test_who_is_refused_is_told_when_the_period_is_over(access: TenantAccess, clock: FrozenClock) -> None:
    guess(access, "jo")
    clock.advance(timedelta(minutes=4))
    for _ in range(4):
        guess(access, "jo")
    with pytest.raises(TooManyAttemptsError) as refusal:
        access.authenticate("jo", PASSWORD)
    assert refusal.value.retry_after == timedelta(minutes=11)


@pytest.mark.row("A44", "INV-27")
def test_however_a_username_is_written_it_has_one_counter(access: TenantAccess) -> None:
    spellings = ["jo", "JO", "Jo", "jO", "\uff4a\uff4f", "jo"]  # the last but one is full-width
    assert [guess(access, spelling) for spelling in spellings] == [True] * 5 + [False]


@pytest.mark.row("A45", "INV-27")
def test_signing_in_oneself_washes_no_guess_away(access: TenantAccess, jo: PrincipalId, maria: PrincipalId) -> None:
    assert jo
    here = "203.0.113.9"
    looked_at = []
    for _ in range(7):
        looked_at.append(guess(access, "maria", here))
        access.authenticate("jo", PASSWORD, here)
    assert looked_at == [True] * 5 + [False] * 2
    with access.store.begin() as unit:
        key = key_of(Tried.PASSWORD, AttemptKind.SOURCE, here)
        left = sum(unit.attempts.take(key, 100, timedelta(1), access.clock.now()).is_counted for _ in range(100))
    assert left == 95
    assert maria


@pytest.mark.row("INV-27")
def test_signing_in_all_day_long_locks_nobody_out(access: TenantAccess, jo: PrincipalId) -> None:
    assert {access.authenticate("jo", PASSWORD, "203.0.113.9") for _ in range(30)} == {jo}


@pytest.mark.row("A48", "INV-27")
@pytest.mark.parametrize("source", [None, "203.0.113.9"])
def test_a_source_is_limited_and_so_is_none_at_all(access: TenantAccess, source: str | None) -> None:
    few = attrs.evolve(access, policy=Policy(attempts_per_source=3))
    assert [guess(few, f"user{number}", source) for number in range(4)] == [True] * 3 + [False]
    assert guess(few, "user9", "198.51.100.1")


@pytest.mark.row("A48")
def test_an_ipv6_network_is_one_source(access: TenantAccess) -> None:
    few = attrs.evolve(access, policy=Policy(attempts_per_source=2))
    sources = ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", "2001:db8:1:2::2", "2001:db8:1:3::1"]
    assert [guess(few, f"user{number}", source) for number, source in enumerate(sources)] == [True, True, False, True]


@pytest.mark.row("A47", "INV-27")
def test_of_many_guesses_at_once_five_are_verified(store: Store, jo: PrincipalId, access: TenantAccess) -> None:
    assert jo
    assert store is access.store
    looked_at = at_once([lambda: guess(access, "jo")] * 20)
    assert sum(looked_at) == 5


@pytest.mark.row("INV-27", "A46")
def test_every_door_to_one_password_has_one_counter(access: TenantAccess, make: Given, jo: PrincipalId) -> None:
    master = make.pending(username="master")
    doors: list[Callable[[], Any]] = [
        lambda: access.authenticate("jo", WRONG),
        lambda: access.links.prove("jo", WRONG, by=master),
        lambda: access.execute(ChangePassword(WRONG, "a new brown password"), by=jo),
    ]
    for number in range(5):
        with pytest.raises(ProofRefusedError):
            doors[number % 3]()
    for door in doors:
        with pytest.raises(TooManyAttemptsError):
            door()


@pytest.mark.row("INV-27", "MU-09")
def test_one_principal_proves_only_so_many_others(access: TenantAccess, make: Given) -> None:
    few = attrs.evolve(access, policy=Policy(attempts_per_actor=2))
    master = make.pending(username="master")
    for number in range(2):
        with pytest.raises(ProofRefusedError):
            few.links.prove(f"user{number}", WRONG, f"198.51.100.{number}", by=master)
    with pytest.raises(TooManyAttemptsError):
        few.links.prove("user9", WRONG, "198.51.100.9", by=master)


@pytest.mark.row("INV-27", "A46")
def test_requests_are_limited_apart_from_guesses(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    few = attrs.evolve(access, policy=Policy(attempts_per_source=3, attempts_per_actor=2))
    here = "203.0.113.9"

    def ask(number: int) -> None:
        newcomer = NewUsername(f"new{number}", PASSWORD, f"new{number}@people.example")
        few.execute(RequestAccess(riverside, newcomer, source=here))

    for number in range(3):
        ask(number)
    with pytest.raises(TooManyAttemptsError):
        ask(4)
    assert few.authenticate("jo", PASSWORD, here) == jo
    few.execute(RequestPasswordReset("jo", source=here))
    for _ in range(2):
        few.execute(RequestAccess(riverside, source="198.51.100.1"), by=jo)
    with pytest.raises(TooManyAttemptsError):
        few.execute(RequestAccess(riverside, source="198.51.100.2"), by=jo)


@pytest.mark.row("INV-27")
def test_counts_outlive_the_process(access: TenantAccess, store: Store, clock: FrozenClock) -> None:
    for _ in range(5):
        guess(access, "jo")
    if isinstance(store, SQLAlchemyStore):
        store = SQLAlchemyStore(store.engine.url, tables=store.tables)
    again = TenantAccess(store, CLINICS, clock=clock, hasher=QuickHasher())
    assert not guess(again, "jo")
    if isinstance(store, SQLAlchemyStore):
        store.dispose()


@ON_SQL
@pytest.mark.row("A49", "INV-31")
def test_nothing_that_was_typed_is_kept_with_the_counts(store: Store, access: TenantAccess) -> None:
    assert isinstance(store, SQLAlchemyStore)
    guess(access, "my-password-by-mistake", "203.0.113.9")
    with store.engine.connect() as connection:
        kept = str(connection.execute(store.tables.attempt.select()).all())
    assert kept.count("(") >= 2
    assert "mistake" not in kept
    assert "203.0.113" not in kept


def test_the_sweep_forgets_what_is_over(access: TenantAccess, clock: FrozenClock) -> None:
    for number in range(3):
        guess(access, f"user{number}")
    clock.advance(timedelta(minutes=5))
    guess(access, "user0")
    guess(access, "user9")
    # No period is longer: what is counted for an hour is not forgotten after a quarter of one.
    clock.advance(access.policy.mails_period - timedelta(minutes=5))
    access.sweeps.run()
    with access.store.begin() as unit:
        # Left is what began five minutes later: the last username.
        assert unit.attempts.forget(clock.now(), 99) == 1


def test_a_flood_is_forgotten_in_slices(
    access: TenantAccess, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FORGOTTEN_AT_ONCE", 2)
    for number in range(4):
        guess(access, f"user{number}")
    clock.advance(access.policy.mails_period)
    room = attempts.Attempts(access.store, access.policy, clock)
    monkeypatch.setattr(attempts, "FORGETTING_ROUNDS", 1)
    assert room.forget() == 2
    monkeypatch.setattr(attempts, "FORGETTING_ROUNDS", 9)
    assert [room.forget(), room.forget()] == [3, 0]


@pytest.mark.row("INV-27")
def test_who_keeps_losing_the_race_to_be_counted_is_refused(access: TenantAccess, jo: PrincipalId) -> None:
    assert jo

    class Losing(FaultyStore):
        def _enter(self, name: str) -> Any:
            if name == "attempts.take":
                raise ConflictError("the attempts", retryable=True)
            return super()._enter(name)

    heard, _ = listening(attrs.evolve(access, store=Losing(access.store)))
    with pytest.raises(ConflictError):
        heard.authenticate("jo", PASSWORD)
    assert heard.hasher.verified == 0  # type: ignore[attr-defined]  # the listening one counts


def test_a_conflict_that_is_none_of_races_is_not_tried_again(access: TenantAccess) -> None:
    class Refusing(FaultyStore):
        def _enter(self, name: str) -> Any:
            if name == "attempts.take":
                raise ConflictError("the attempts")
            return super()._enter(name)

    store = Refusing(access.store)
    with pytest.raises(ConflictError):
        attrs.evolve(access, store=store).authenticate("jo", PASSWORD)


@pytest.mark.row("INV-27")
def test_an_outage_of_the_counter_is_no_way_in(access: TenantAccess, jo: PrincipalId) -> None:
    assert jo
    broken = attrs.evolve(access, store=InterruptedStore(access.store, "attempts.take", fail))
    with pytest.raises(StoreError):
        broken.authenticate("jo", PASSWORD)


@ON_SQL
@pytest.mark.row("INV-27")
def test_in_a_hosts_transaction_nothing_is_tried(store: Store, access: TenantAccess, jo: PrincipalId) -> None:
    assert isinstance(store, SQLAlchemyStore)
    assert jo
    with store.engine.connect() as connection:
        hosted = attrs.evolve(access, store=store.joined(connection))
        for run in (
            lambda: hosted.authenticate("jo", PASSWORD),
            lambda: hosted.execute(RequestPasswordReset("jo")),
        ):
            with pytest.raises(MisuseError, match="outside the transaction"):
                run()


# --- hashes made otherwise ----------------------------------------------------------------------------------------


class NewerHasher(QuickHasher):
    """A hasher whose own hashes are marked; it knows the older ones too."""

    def hash(self, password: Secret) -> str:
        return f"newer-{super().hash(password)}"

    def verify(self, password: Secret, stored: str) -> bool:
        self.verified += 1
        return self.hash(password).removeprefix("newer-") == stored.removeprefix("newer-")

    def is_current(self, stored: str) -> bool:
        return stored.startswith("newer-")


def stored_of(access: TenantAccess, who: PrincipalId) -> str | None:
    with access.store.reading() as unit:
        return unit.credentials.find(who)


@pytest.mark.row("INV-27")
def test_an_older_hash_is_replaced_at_the_next_sign_in_and_only_then(access: TenantAccess, jo: PrincipalId) -> None:
    before, recorded = stored_of(access, jo), events(access, jo)
    assert access.authenticate("jo", PASSWORD) == jo
    assert stored_of(access, jo) == before
    newer = attrs.evolve(access, hasher=NewerHasher())
    assert guess(newer, "jo")
    assert stored_of(access, jo) == before
    assert newer.authenticate("jo", PASSWORD) == jo
    assert stored_of(access, jo) == f"newer-{before}"
    assert newer.authenticate("jo", PASSWORD) == jo
    assert events(access, jo) == recorded


@WITH_SEVERAL_WRITERS
def test_a_password_that_was_changed_meanwhile_is_not_undone_by_a_newer_hash(
    access: TenantAccess, jo: PrincipalId
) -> None:
    new = "a new brown password"
    store = InterruptedStore(
        access.store, "credentials.replace", lambda: access.execute(ChangePassword(PASSWORD, new), by=jo)
    )
    attrs.evolve(access, store=store, hasher=NewerHasher()).authenticate("jo", PASSWORD)
    assert access.authenticate("jo", new) == jo


@pytest.mark.parametrize("trouble", [ConflictError("the hash", retryable=True), InvalidInputError("password", "weak")])
def test_what_stands_against_a_newer_hash_does_not_stand_against_signing_in(
    access: TenantAccess, jo: PrincipalId, trouble: Exception
) -> None:
    class Picky(NewerHasher):
        def hash(self, password: Secret) -> str:
            if self.verified and not self.verifying:
                raise trouble
            return super().hash(password)

        verifying = False

        def verify(self, password: Secret, stored: str) -> bool:
            self.verifying = True
            try:
                return super().verify(password, stored)
            finally:
                self.verifying = False

    before = stored_of(access, jo)
    assert attrs.evolve(access, hasher=Picky()).authenticate("jo", PASSWORD) == jo
    assert stored_of(access, jo) == before


class TestASessionThatBeganWithAPassword:
    def test_it_stands_while_nothing_ends_it(self, access: TenantAccess, jo: PrincipalId) -> None:
        signed = access.authenticate.sign_in("jo", PASSWORD)
        assert signed.principal == jo
        access.execute(ChangeEmail("jo@elsewhere.example"), by=jo)
        assert access.authenticate.is_alive(signed)

    @pytest.mark.row("INV-21")
    def test_another_password_ends_all_but_the_one_in_which_it_was_chosen(
        self, access: TenantAccess, jo: PrincipalId
    ) -> None:
        signed = access.authenticate.sign_in("jo", PASSWORD)
        change = ChangePassword(PASSWORD, "a new brown password")
        done = access.execute(change, by=jo, key="once")
        assert not access.authenticate.is_alive(signed)
        assert done.continues(signed.epoch)
        assert not done.continues(done.epoch)
        assert access.authenticate.is_alive(SignedIn(jo, done.epoch))
        assert access.execute(change, by=jo, key="once") == done

    @pytest.mark.row("INV-21")
    def test_what_else_ended_it_meanwhile_ends_that_one_too(self, access: TenantAccess, jo: PrincipalId) -> None:
        change = ChangePassword(PASSWORD, "a new brown password")
        done = access.execute(change, by=jo, key="once")
        access.execute(SignOutEverywhere(), by=jo)
        assert not access.authenticate.is_alive(SignedIn(jo, done.epoch))
        assert access.execute(change, by=jo, key="once").epoch == done.epoch

    @pytest.mark.row("INV-21", "A27")
    def test_what_ended_it_before_another_password_was_chosen_ends_it_too(
        self, access: TenantAccess, jo: PrincipalId
    ) -> None:
        signed = access.authenticate.sign_in("jo", PASSWORD)
        access.execute(SignOutEverywhere(), by=jo)
        done = access.execute(ChangePassword(PASSWORD, "a new brown password"), by=jo)
        assert not done.continues(signed.epoch)

    @pytest.mark.row("INV-11")
    def test_what_ended_ones_sessions_is_told_nowhere_else(
        self, access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
    ) -> None:
        lee = make.member(riverside, username="lee", by=maria)
        done = access.execute(ChangePassword(PASSWORD, "a new brown password"), by=lee)
        (told,) = [event for event in events(access, riverside) if event.kind == "change_password"]
        assert (told.subject, dict(told.result)) == (lee, {})
        assert events(access, lee)[-1].result["epoch"] == done.epoch

    @pytest.mark.row("INV-21", "A27")
    def test_signing_out_everywhere_ends_it(self, access: TenantAccess, jo: PrincipalId) -> None:
        signed = access.authenticate.sign_in("jo", PASSWORD)
        assert access.execute(SignOutEverywhere(), by=jo).changed
        assert not access.authenticate.is_alive(signed)
        assert access.authenticate.is_alive(access.authenticate.sign_in("jo", PASSWORD))

    @pytest.mark.row("INV-21")
    def test_a_suspension_ends_it_for_good(self, access: TenantAccess, jo: PrincipalId) -> None:
        signed = access.authenticate.sign_in("jo", PASSWORD)
        access.execute(SuspendPrincipal(jo), by=OPERATOR)
        assert not access.authenticate.is_alive(signed)
        access.execute(ReinstatePrincipal(jo), by=OPERATOR)
        assert not access.authenticate.is_alive(signed)
        assert access.authenticate.is_alive(access.authenticate.sign_in("jo", PASSWORD))

    @pytest.mark.row("INV-21", "A27")
    def test_a_reset_of_the_password_ends_it(self, access: TenantAccess) -> None:
        riverside = given(access).tenant()
        given(access).registered(riverside, username="kim")
        signed, mailer = access.authenticate.sign_in("kim", PASSWORD), RecordingMailer()
        access.execute(RequestPasswordReset("kim"))
        access.notices.deliver(mailer)
        access.execute(ResetPassword(mailer.messages[-1].token, "a new brown password"))
        assert not access.authenticate.is_alive(signed)

    def test_nobodys_does_not_stand(self, access: TenantAccess) -> None:
        assert not access.authenticate.is_alive(SignedIn(PrincipalId("pri_" + "1" * 32), 0))
