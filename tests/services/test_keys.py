"""The same command with the same key has one effect, also after an unknown outcome (INV-39, A70)."""

from collections.abc import Callable

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import condition, dump, kinds

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddUsername,
    ApplyPreset,
    ChangePassword,
    CompleteRegistration,
    Disable,
    Enable,
    ErasePrincipal,
    OpenTenant,
    RequestAccess,
    RequestPasswordReset,
    ResetPassword,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    InvalidInputError,
    MisuseError,
    StoreError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import DisableReason
from tenantaccess.model.principals import NewUsername
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore


@pytest.mark.row("INV-39")
def test_a_repeated_call_answers_as_the_first_did_and_does_nothing(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    first = access.execute(Disable(riverside, jo), by=maria, key="out")
    access.execute(Enable(riverside, jo), by=maria)
    before = dump(access, riverside)
    assert access.execute(Disable(riverside, jo), by=maria, key="out") == first
    assert dump(access, riverside) == before


@pytest.mark.row("INV-39", "A70")
def test_a_key_is_not_used_for_another_content(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo, reason=DisableReason.LEFT), by=maria, key="out")
    for other in (Disable(riverside, jo, reason=DisableReason.SECURITY), Enable(riverside, jo)):
        with pytest.raises(ConflictError) as refused:
            access.execute(other, by=maria, key="out")
        assert not refused.value.retryable


@pytest.mark.row("INV-39")
def test_keys_of_two_actors_do_not_meet(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert access.execute(Disable(riverside, jo), by=maria, key="1").changed
    assert access.execute(Disable(riverside, jo), by=OPERATOR, key="1").changed


@pytest.mark.row("INV-39", "MU-01")
def test_opening_and_asking_are_repeatable_too(access: TenantAccess, riverside: TenantId) -> None:
    opening = OpenTenant("Hillside", manager=NewUsername("hilda", PASSWORD))
    assert access.execute(opening, by=OPERATOR, key="hill") == access.execute(opening, by=OPERATOR, key="hill")
    asking = RequestAccess(riverside, NewUsername("kim", PASSWORD, "kim@people.example"))
    assert access.execute(asking, key="kim") == access.execute(asking, key="kim")
    again = RequestAccess(riverside)
    kim = access.execute(asking, key="kim").principal_id
    assert access.execute(again, by=kim, key="again") == access.execute(again, by=kim, key="again")
    assert kinds(access, riverside) == ["open_tenant", "request_access"]


@pytest.mark.row("INV-39", "A57")
def test_completing_is_repeatable_with_its_key(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    access.notices.deliver(mailer)
    (token,) = mailer.tokens()
    first = access.execute(CompleteRegistration(token), key="done")
    assert access.execute(CompleteRegistration(token), key="done") == first


@pytest.mark.row("INV-39", "A70", "A59")
def test_a_key_of_one_registration_does_not_answer_for_another(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    people = [make.unverified(riverside) for _ in range(2)]
    access.notices.deliver(mailer)
    try:
        for token in mailer.tokens():
            assert access.execute(CompleteRegistration(token), key="done").changed
    except ConflictError:
        return
    assert [condition(access, riverside, one) for one in people] == [Reason.ACTIVE] * 2


@pytest.mark.row("INV-39")
def test_changing_the_password_is_repeatable_with_its_key(access: TenantAccess, jo: PrincipalId) -> None:
    change = ChangePassword(PASSWORD, "another password")
    assert access.execute(change, by=jo, key="mine") == access.execute(change, by=jo, key="mine")


@pytest.mark.row("INV-39")
@pytest.mark.parametrize("key", [None, "out"])
def test_after_a_commit_whose_outcome_is_unknown_the_truth_is_looked_up(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, key: str | None
) -> None:
    lost = attrs.evolve(access, store=FaultyStore(access.store, [Fault(1, FaultKind.AFTER_COMMIT)]))
    assert lost.execute(Disable(riverside, jo), by=maria, key=key).changed
    assert kinds(access, riverside).count("disable") == 1


@pytest.mark.row("INV-39")
def test_a_commit_that_did_not_happen_is_an_error_and_may_be_repeated(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    failing = attrs.evolve(access, store=FaultyStore(access.store, [Fault(1, FaultKind.BEFORE_COMMIT)]))
    with pytest.raises(StoreError):
        failing.execute(Disable(riverside, jo), by=maria, key="out")
    assert access.execute(Disable(riverside, jo), by=maria, key="out").changed
    assert kinds(access, riverside).count("disable") == 1


@pytest.mark.row("INV-39", "INV-06")
def test_a_command_that_meets_another_commit_tries_again_on_the_newer_facts(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    meanwhile = InterruptedStore(access.store, "begin", lambda: access.execute(Disable(riverside, jo), by=OPERATOR))
    slow = attrs.evolve(access, store=meanwhile)
    assert not slow.execute(Disable(riverside, jo), by=maria).changed


@pytest.mark.row("INV-40", "INV-39")
@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "é", 5])
def test_a_key_is_visible_ascii_of_bounded_length(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, key: str
) -> None:
    with pytest.raises(InvalidInputError):
        access.execute(Disable(riverside, jo), by=OPERATOR, key=key)


@pytest.mark.row("INV-40", "INV-39")
def test_a_key_of_the_greatest_length_serves_a_batch(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    batch = [Disable(riverside, make.member(riverside)) for _ in range(3)]
    first = access.execute_all(batch, by=OPERATOR, key="x" * 200)
    assert access.execute_all(batch, by=OPERATOR, key="x" * 200) == first


@pytest.mark.row("INV-39")
def test_a_batch_and_a_call_with_equal_keys_are_two_things(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute_all([Disable(riverside, jo), Enable(riverside, jo)], by=maria, key="both")
    assert not access.execute(ApplyPreset(riverside, "biller"), by=maria, key="third").changed
    assert access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD)), by=maria, key="fourth").version


@pytest.mark.row("INV-26", "INV-39")
def test_a_durable_command_is_refused_inside_a_hosts_transaction(access: TenantAccess, jo: PrincipalId) -> None:
    class Hosted(FaultyStore):
        is_hosted = True

    hosted = attrs.evolve(access, store=Hosted(access.store))
    with pytest.raises(MisuseError) as refused:
        hosted.execute(ChangePassword(PASSWORD, "another password"), by=jo)
    assert "outside the transaction" in str(refused.value)


def test_inside_a_hosts_transaction_hooks_wait_and_refusals_are_the_hosts_to_log(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    class Hosted(FaultyStore):
        is_hosted = True

    hosted, heard = attrs.evolve(access, store=Hosted(access.store)), list[object]()
    hosted.pipeline.hooks.append(heard.append)
    assert hosted.execute(Disable(riverside, jo), by=maria).changed
    with pytest.raises(Exception, match="their own"):
        hosted.execute(Disable(riverside, maria), by=maria)
    assert heard == []
    assert access.audit.access_log(riverside, by=OPERATOR) == []


def test_where_the_store_learns_that_the_host_has_committed_hooks_hear_of_it_then(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    class Hosted(FaultyStore):
        is_hosted = True

        def __init__(self, inner: Store) -> None:
            super().__init__(inner)
            self.later: list[Callable[[], None]] = []

        def after_commit(self, run: Callable[[], None]) -> None:
            self.later.append(run)

    store, heard = Hosted(access.store), list[str]()
    hosted = attrs.evolve(access, store=store)
    hosted.pipeline.hooks.append(lambda events: heard.extend(event.kind for event in events))
    assert hosted.execute(Disable(riverside, jo), by=maria).changed
    assert not hosted.execute(Disable(riverside, jo), by=maria).changed
    assert heard == []
    with pytest.raises(AccessDeniedError):
        hosted.execute(Disable(riverside, maria), by=maria)
    assert access.audit.access_log(riverside, by=OPERATOR) == []
    for committed in store.later:
        committed()
    assert heard == ["disable"]
    (refused,) = access.audit.access_log(riverside, by=OPERATOR)
    assert refused.what == "refused:disable"


@pytest.mark.row("INV-40")
def test_retries_are_bounded(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    class Restless(FaultyStore):
        def _leave(self, name: str, due: object) -> None:  # noqa: ARG002  # as inherited
            if name == "streams.advance":
                raise ConflictError("the tenant", retryable=True)

    restless = Restless(access.store)
    with pytest.raises(ConflictError) as refused:
        attrs.evolve(access, store=restless).execute(Disable(riverside, jo), by=OPERATOR)
    assert refused.value.retryable
    assert restless.trace.count("begin") == 12


@pytest.mark.row("A70", "INV-39", "INV-27", "A46")
def test_a_repeated_key_vouches_for_no_other_password(access: TenantAccess, jo: PrincipalId) -> None:
    first = access.execute(ChangePassword(PASSWORD, "another password"), by=jo, key="mine")
    for current in ("a wrong guess", "another password"):
        with pytest.raises(ConflictError) as refused:
            access.execute(ChangePassword(current, "yet another password"), by=jo, key="mine")
        assert not refused.value.retryable
    assert access.authenticate("jo", "another password") == jo
    # What is said again right is given back, and what is said wrong counts with every other guess at it.
    for _ in range(access.policy.attempts_per_target - 2):
        assert access.execute(ChangePassword(PASSWORD, "another password"), by=jo, key="mine") == first
        with pytest.raises(ConflictError):
            access.execute(ChangePassword(PASSWORD, "yet another password"), by=jo, key="mine")
    with pytest.raises(TooManyAttemptsError):
        access.execute(ChangePassword(PASSWORD, "another password"), by=jo, key="mine")
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("jo", "another password")


@pytest.mark.row("A70", "INV-39")
def test_a_repeated_key_says_nothing_of_a_password_that_was_replaced_since(
    access: TenantAccess, jo: PrincipalId
) -> None:
    change = ChangePassword(PASSWORD, "another password")
    access.execute(change, by=jo, key="mine")
    access.execute(ChangePassword("another password", "yet another password"), by=jo)
    with pytest.raises(ConflictError):
        access.execute(change, by=jo, key="mine")


@pytest.mark.row("A70", "INV-39", "INV-30")
def test_a_repeated_key_resets_to_no_other_password(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(RequestPasswordReset("kim"))
    access.notices.deliver(mailer)
    token = mailer.tokens()[-1]
    first = access.execute(ResetPassword(token, "another password"), key="reset")
    with pytest.raises(ConflictError):
        access.execute(ResetPassword(token, "yet another password"), key="reset")
    assert access.execute(ResetPassword(token, "another password"), key="reset") == first
    assert access.authenticate("kim", "another password") == kim
    # A secret that is forgotten between two questions is a guess at nothing.
    forgotten = InterruptedStore(access.store, "events.read", lambda: access.execute(ErasePrincipal(kim), by=OPERATOR))
    with pytest.raises(ConflictError):
        attrs.evolve(access, store=forgotten).execute(ResetPassword(token, "another password"), key="reset")


@pytest.mark.row("A70", "INV-39")
@pytest.mark.parametrize("new", ["another password", "yet another password"])
def test_of_two_calls_at_once_under_one_key_the_later_vouches_for_what_the_first_chose(
    access: TenantAccess, jo: PrincipalId, new: str
) -> None:
    change, done = ChangePassword(PASSWORD, "another password"), []
    store = InterruptedStore(access.store, "begin", lambda: done.append(access.execute(change, by=jo, key="mine")))
    later = attrs.evolve(access, store=store)
    if new == "another password":
        assert [later.execute(ChangePassword(PASSWORD, new), by=jo, key="mine")] == done
    else:
        with pytest.raises(ConflictError):
            later.execute(ChangePassword(PASSWORD, new), by=jo, key="mine")
    assert access.authenticate("jo", "another password") == jo
