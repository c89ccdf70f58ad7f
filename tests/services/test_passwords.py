"""Resetting a password, and owning an address: mailed links, bound to what they were mailed for (AM-31, INV-30)."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.inviting import Post
from tests.services.worlds import NOBODY, days, events, kinds, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddService,
    AddUsername,
    ChangeEmail,
    ChangePassword,
    CompleteRegistration,
    Disable,
    Done,
    Leave,
    ReinstatePrincipal,
    RequestAccess,
    RequestPasswordReset,
    ResetPassword,
    SendPasswordReset,
    SendRegistration,
    SignOutEverywhere,
    SuspendPrincipal,
    VerifyEmail,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    StoreError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.notices import Audience
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import PASSWORD_CHANGES, NewUsername, PasswordChoice, Principal, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.rules import passwords
from tenantaccess.services.command import Command
from tenantaccess.services.notices import Delivery
from tenantaccess.services.redeeming import token_digest
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given
from tenantaccess.testing.contracts.threads import at_once
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore

NEW = "a new brown password"


def person_of(access: TenantAccess, who: PrincipalId) -> Principal:
    with access.store.reading() as unit:
        found = unit.principals.find(who)
    assert found is not None
    return found[0]


@pytest.fixture
def kim(make: Given, riverside: TenantId) -> PrincipalId:
    """An active member with a verified address."""
    return make.registered(riverside, username="kim")


def mailed(access: TenantAccess) -> str:
    """Deliver, and return the one secret that was mailed."""
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    (token,) = mailer.tokens()
    return token


def reset_token(access: TenantAccess, username: str = "kim") -> str:
    access.execute(RequestPasswordReset(username))
    return mailed(access)


# --- who gets a link ----------------------------------------------------------------------------------------------


@pytest.mark.row("AM-31", "INV-31", "A59")
def test_a_manager_has_a_link_mailed_and_never_sees_it(
    access: TenantAccess, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId, kim: PrincipalId
) -> None:
    done = access.execute(SendPasswordReset(riverside, kim), by=maria)
    assert (done.changed, kinds(access, riverside)[-1]) == (True, "send_password_reset")
    access.notices.deliver(mailer)
    (message,) = mailer.messages
    assert (message.to, message.link, message.by, message.is_own) == (
        "kim@people.example", TokenPurpose.RESET, "maria", True,
    )  # fmt: skip
    assert message.expires_at == access.clock.now() + timedelta(hours=1)
    assert message.token not in str(events(access, riverside)) + str(done)
    access.execute(ResetPassword(message.token, NEW))
    assert access.authenticate("kim", NEW) == kim
    with pytest.raises(ProofRefusedError):
        access.authenticate("maria", NEW)


@pytest.mark.row("AM-31")
def test_only_an_active_member_with_a_verified_address_is_mailed_a_reset(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, kim: PrincipalId, jo: PrincipalId
) -> None:
    waiting, unverified = make.pending(riverside), make.unverified(riverside)
    for who, status in [(jo, "unverified"), (waiting, "pending"), (unverified, "unverified")]:
        with pytest.raises(IllegalTransitionError) as refusal:
            access.execute(SendPasswordReset(riverside, who), by=maria)
        assert refusal.value.status == status
    with pytest.raises(NotFoundError):
        access.execute(SendPasswordReset(riverside, NOBODY), by=maria)
    with pytest.raises(AccessDeniedError):
        access.execute(SendPasswordReset(riverside, kim), by=jo)
    access.execute(Disable(riverside, kim), by=maria)
    with pytest.raises(IllegalTransitionError):
        access.execute(SendPasswordReset(riverside, kim), by=OPERATOR)


@pytest.mark.row("AM-31")
def test_a_manager_may_have_a_reset_mailed_to_itself(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    ann = make.registered(riverside, levels={"manage_account": "full"}, username="ann")
    assert access.may(SendPasswordReset(riverside, ann), by=ann)
    assert access.execute(SendPasswordReset(riverside, ann), by=ann).changed


@pytest.mark.row("INV-27", "INV-31")
def test_asking_for_a_reset_answers_everybody_alike(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, kim: PrincipalId
) -> None:
    assert jo
    out = make.registered(riverside, username="out")
    access.execute(SuspendPrincipal(out), by=OPERATOR)
    access.notices.deliver(RecordingMailer())
    answers = [access.execute(RequestPasswordReset(name)) for name in ("kim", "KIM", "jo", "nobody", "out")]
    assert answers == [Done()] * 5
    assert access.notices.queued() == 2
    assert kinds(access, kim).count("request_password_reset") == 2


@pytest.mark.row("INV-39")
def test_a_repeated_request_for_a_reset_mails_once(access: TenantAccess, kim: PrincipalId) -> None:
    assert kim
    answers = [access.execute(RequestPasswordReset("kim"), key="once") for _ in range(2)]
    assert answers == [Done(), Done()]
    assert access.notices.queued() == 1
    assert [access.execute(RequestPasswordReset("nobody"), key="once") for _ in range(2)] == answers


@pytest.mark.row("INV-27", "A46")
def test_resets_are_asked_for_only_so_often(access: TenantAccess, kim: PrincipalId) -> None:
    assert kim
    for number in range(5):
        access.execute(RequestPasswordReset("kim", source=f"198.51.100.{number}"))
    with pytest.raises(TooManyAttemptsError):
        access.execute(RequestPasswordReset("Kim", source="203.0.113.9"))
    assert access.authenticate("kim", PASSWORD)


@pytest.mark.row("A60", "A62", "INV-40")
@pytest.mark.parametrize("name", ["", "a@b,c@d", "a@b c@d", "['kim', 'eve']", "x" * 151])
def test_a_list_of_names_is_no_name(name: str) -> None:
    with pytest.raises(InvalidInputError):
        RequestPasswordReset(name)


@pytest.mark.row("A61", "INV-31")
def test_a_reset_goes_to_the_address_on_record_however_the_name_was_written(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    assert kim
    access.execute(RequestPasswordReset("\uff2b\uff29\uff2d"))  # full-width
    access.notices.deliver(mailer)
    assert [message.to for message in mailer.messages] == ["kim@people.example"]


# --- sessions -----------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-21")
@pytest.mark.parametrize("command", [ChangePassword(PASSWORD, NEW), SignOutEverywhere()], ids=lambda one: one.name)
def test_what_was_entered_before_ends_with_another_password_and_a_sign_out_everywhere(
    access: TenantAccess, riverside: TenantId, kim: PrincipalId, command: Command[Done]
) -> None:
    before, context = person_of(access, kim), access.contexts.enter(riverside, kim)
    assert access.execute(command, by=kim).changed
    after = person_of(access, kim)
    assert (after.access_epoch, after.proof_epoch) == (before.access_epoch + 1, before.proof_epoch)
    with pytest.raises(AccessDeniedError) as refused:
        access.contexts.resume(context.session, kim)
    assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)
    with pytest.raises(AccessDeniedError):
        access.execute(SignOutEverywhere(), by=context)
    assert access.contexts.enter(riverside, kim).principal == kim


@pytest.mark.row("INV-36", "INV-39")
def test_a_sign_out_everywhere_is_in_ones_own_record_once(access: TenantAccess, kim: PrincipalId) -> None:
    for _ in range(2):
        access.execute(SignOutEverywhere(), by=kim, key="pressed-twice")
    assert kinds(access, kim)[-1:] == ["sign_out_everywhere"]
    assert kinds(access, kim).count("sign_out_everywhere") == 1


@pytest.mark.row("INV-13", "INV-23")
def test_nobody_ends_the_sessions_of_others(access: TenantAccess, riverside: TenantId, kim: PrincipalId) -> None:
    access.execute(SuspendPrincipal(kim), by=OPERATOR)
    service = access.execute(AddService(riverside, "feed", Grant(levels={"claims": VIEW})), by=OPERATOR).principal_id
    for by in (OPERATOR, kim, service):
        with pytest.raises(AccessDeniedError):
            access.execute(SignOutEverywhere(), by=by)


# --- what a link is good for --------------------------------------------------------------------------------------


@pytest.mark.row("AM-31", "INV-30", "A57")
def test_a_reset_works_once_and_ends_every_session(
    access: TenantAccess, mailer: RecordingMailer, riverside: TenantId, kim: PrincipalId
) -> None:
    before = person_of(access, kim)
    session = access.contexts.enter(riverside, kim).session
    token = reset_token(access)
    access.execute(ResetPassword(token, NEW))
    after = person_of(access, kim)
    assert (after.access_epoch, after.password_epoch) == (before.access_epoch + 1, before.password_epoch + 1)
    assert after.email_verified_at == before.email_verified_at
    assert access.authenticate("kim", NEW) == kim
    with pytest.raises(AccessDeniedError):
        access.contexts.resume(session, kim)
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword(token, NEW))
    access.notices.deliver(mailer)
    assert [(message.purpose, message.link) for message in mailer.messages] == [("reset_password", None)]


@pytest.mark.row("AM-31")
def test_a_reset_lifts_no_disable(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, kim: PrincipalId
) -> None:
    token = reset_token(access)
    access.execute(Disable(riverside, kim), by=maria)
    access.execute(ResetPassword(token, NEW))
    assert not access.check(riverside, kim, "claims", "view")


@pytest.mark.row("INV-30", "A57")
@pytest.mark.parametrize(("wait", "works"), [(timedelta(hours=1, microseconds=-1), True), (timedelta(hours=1), False)])
def test_a_reset_works_for_an_hour(
    access: TenantAccess, clock: FrozenClock, kim: PrincipalId, wait: timedelta, *, works: bool
) -> None:
    assert kim
    token = reset_token(access)
    clock.advance(wait)
    if works:
        access.execute(ResetPassword(token, NEW))
    else:
        with pytest.raises(ProofRefusedError):
            access.execute(ResetPassword(token, NEW))


@pytest.mark.row("INV-30", "INV-21", "A64", "A39")
@pytest.mark.parametrize("what", ["a newer link", "another password", "another address", "suspended", "suspended once"])
def test_a_reset_dies_with_what_it_was_mailed_for(access: TenantAccess, kim: PrincipalId, what: str) -> None:
    token = reset_token(access)
    match what:
        case "a newer link":
            reset_token(access)
        case "another password":
            access.execute(ChangePassword(PASSWORD, "yet another password"), by=kim)
        case "another address":
            access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
        case _:
            access.execute(SuspendPrincipal(kim), by=OPERATOR)
    if what == "suspended once":
        access.execute(ReinstatePrincipal(kim), by=OPERATOR)
    # Whether a password would do depends on whose it is: of a dead link nothing is told, whatever is tried with it.
    for password in (NEW, "kim@people.example", "kim@elsewhere.example", "kim-1234"):
        with pytest.raises(ProofRefusedError):
            access.execute(ResetPassword(token, password))


@pytest.mark.row("INV-30", "A64", "INV-06")
def test_a_reset_dies_with_what_happens_while_the_new_password_is_hashed(
    access: TenantAccess, kim: PrincipalId
) -> None:
    token = reset_token(access)
    change = ChangeEmail("kim@elsewhere.example")
    store = InterruptedStore(access.store, "begin", lambda: access.execute(change, by=kim))
    with pytest.raises(ProofRefusedError):
        attrs.evolve(access, store=store).execute(ResetPassword(token, NEW))
    assert access.authenticate("kim", PASSWORD) == kim


@pytest.mark.row("A58", "INV-30")
def test_a_link_of_one_purpose_opens_nothing_else(
    access: TenantAccess, make: Given, riverside: TenantId, kim: PrincipalId
) -> None:
    reset = reset_token(access)
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    verify = mailed(access)
    make.unverified(riverside, username="lee")
    complete = mailed(access)
    for command in (
        VerifyEmail(reset),
        CompleteRegistration(reset),
        ResetPassword(verify, NEW),
        CompleteRegistration(verify),
        ResetPassword(complete, NEW),
        VerifyEmail(complete),
    ):
        with pytest.raises(ProofRefusedError):
            access.execute(command)
    access.execute(VerifyEmail(verify))
    access.execute(CompleteRegistration(complete))


@pytest.mark.row("INV-30", "INV-40")
def test_a_guessed_link_costs_no_hash(access: TenantAccess) -> None:
    class Counting(QuickHasher):
        hashed = 0

        def hash(self, password: Secret) -> str:
            self.hashed += 1
            return super().hash(password)

    hasher = Counting()
    with pytest.raises(ProofRefusedError):
        attrs.evolve(access, hasher=hasher).execute(ResetPassword("0" * 64, NEW))
    assert hasher.hashed == 0


@pytest.mark.row("MC-17")
def test_a_reset_in_time_ends_the_resting_on_who_chose_the_password(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD)), by=maria).principal_id
    access.execute(ChangeEmail("kim@people.example"), by=kim)
    access.execute(VerifyEmail(mailed(access)))
    token = reset_token(access)
    access.execute(ResetPassword(token, NEW))
    assert row_of(access, riverside, kim).membership.resting is None
    assert person_of(access, kim).password_choice is PasswordChoice.OWN
    assert kinds(access, riverside)[-1] == "reset_password"


@pytest.mark.row("INV-39", "INV-30")
def test_a_reset_is_repeated_under_its_key(access: TenantAccess, kim: PrincipalId) -> None:
    assert kim
    token = reset_token(access)
    first = access.execute(ResetPassword(token, NEW), key="once")
    assert access.execute(ResetPassword(token, NEW), key="once") == first
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword("f" * 64, NEW), key="other")


def test_what_proves_has_no_preflight(access: TenantAccess) -> None:
    for command in (ResetPassword("0" * 64, NEW), VerifyEmail("0" * 64), RequestPasswordReset("kim")):
        with pytest.raises(MisuseError):
            access.may(command, by=OPERATOR)


@pytest.mark.row("MC-03")
def test_a_principal_remembers_its_last_password_changes() -> None:
    person, moments = Principal(NOBODY, "kim", password_choice=PasswordChoice.MEMBER), []
    for number in range(PASSWORD_CHANGES + 2):
        moments.append(datetime.fromisoformat("2026-01-05T09:00+00:00") + days(number))
        person = passwords.chosen(person, moments[-1])
    assert (person.password_epoch, person.password_choice) == (PASSWORD_CHANGES + 2, PasswordChoice.OWN)
    assert list(person.password_changes) == moments[2:]


@pytest.mark.row("MC-03", "INV-36")
def test_password_changes_are_kept_and_told(access: TenantAccess, clock: FrozenClock, kim: PrincipalId) -> None:
    moments = []
    for old, new in [(PASSWORD, NEW), (NEW, PASSWORD)]:
        clock.advance(days(1))
        moments.append(clock.now())
        access.execute(ChangePassword(old, new), by=kim)
    assert list(person_of(access, kim).password_changes) == moments
    assert events(access, kim)[-1].after["password_changes"] == [
        moment.isoformat(timespec="microseconds") for moment in moments
    ]


# --- delivery -----------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-21", "INV-31")
@pytest.mark.parametrize("what", ["suspended", "another address", "another address, verified"])
def test_a_reset_is_not_mailed_once_its_occasion_is_gone(
    access: TenantAccess, clock: FrozenClock, kim: PrincipalId, what: str
) -> None:
    access.execute(RequestPasswordReset("kim"))
    clock.advance(days(1))
    if what == "suspended":
        access.execute(SuspendPrincipal(kim), by=OPERATOR)
    else:
        access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    if what.endswith("verified"):
        with access.store.begin() as unit:
            found = unit.principals.find(kim)
            assert found is not None
            unit.principals.put(attrs.evolve(found[0], email_verified_at=clock.now()), found[0])
            unit.commit()
    mailer = RecordingMailer()
    assert access.notices.deliver(mailer).void == 1
    assert TokenPurpose.RESET not in {message.link for message in mailer.messages}


@pytest.mark.row("INV-38", "AM-31")
def test_verifying_an_address_that_is_verified_drops_no_reset_that_waits(post: Post, kim: PrincipalId) -> None:
    access, mailer = post.access, RecordingMailer()
    access.execute(ChangeEmail("kim@home.example"), by=kim)
    access.notices.deliver(mailer)
    verifying = mailer.tokens()[-1]
    there = post.make.tenant("Hillside Clinic")
    other = Post(access, post.make, post.clock, RecordingMailer(), there, post.make.manager(there))
    other.accept(other.secret("kim@home.example"), by=kim)
    access.execute(RequestPasswordReset("kim"))
    post.clock.advance(days(1))
    access.execute(VerifyEmail(verifying))
    with pytest.raises(ProofRefusedError):
        access.execute(VerifyEmail(verifying))
    access.notices.deliver(mailer)
    assert access.execute(ResetPassword(mailer.tokens()[-1], NEW)).changed


@pytest.mark.row("INV-21", "AM-30")
def test_a_registration_link_waits_for_the_day_from_which_it_is_valid(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    from tenantaccess.commands import SetDates

    kim = make.unverified(riverside, username="kim")
    access.execute(SetDates(riverside, kim, valid_from=clock.now() + days(9)), by=OPERATOR)
    mailer = RecordingMailer()
    assert access.notices.deliver(mailer) == Delivery(sent=1, shown=1, left=1)
    assert (access.notices.deliver(mailer), mailer.tokens()) == (Delivery(left=1), [])
    clock.advance(days(9))
    assert access.notices.deliver(mailer) == Delivery(sent=1)
    access.execute(CompleteRegistration(mailer.tokens()[-1]))
    assert access.check(riverside, kim, "claims", "view")


def test_a_registration_link_that_waited_in_vain_is_void(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    from tenantaccess.commands import SetDates

    kim = make.unverified(riverside, username="kim")
    access.execute(SetDates(riverside, kim, valid_from=clock.now() + days(9)), by=OPERATOR)
    assert access.notices.deliver(RecordingMailer()).left == 1
    access.execute(Leave(riverside), by=kim)
    assert access.notices.deliver(RecordingMailer()).void == 1


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.row("A64", "INV-30", "INV-31")
def test_a_new_address_is_verified_by_what_is_mailed_to_it_and_the_old_one_is_told(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    assert access.execute(ChangeEmail("Kim@Elsewhere.example"), by=kim).changed
    assert person_of(access, kim).email_verified_at is None
    access.notices.deliver(mailer)
    assert [(message.to, message.link, message.audience) for message in mailer.messages] == [
        ("Kim@Elsewhere.example", TokenPurpose.EMAIL, Audience.PERSON),
        ("kim@people.example", None, Audience.FORMER),
    ]
    (token,) = mailer.tokens()
    assert access.execute(VerifyEmail(token)).changed
    assert person_of(access, kim).email_verified_at == access.clock.now()
    with pytest.raises(ProofRefusedError):
        access.execute(VerifyEmail(token))
    assert kinds(access, kim)[-2:] == ["change_email", "verify_email"]
    assert "people.example" not in str(events(access, kim))


def test_the_same_address_is_no_change(access: TenantAccess, kim: PrincipalId) -> None:
    assert not access.execute(ChangeEmail("KIM@people.example"), by=kim).changed
    assert person_of(access, kim).email_verified_at is not None


def test_a_first_address_has_none_to_tell(access: TenantAccess, mailer: RecordingMailer, jo: PrincipalId) -> None:
    access.execute(ChangeEmail("jo@people.example"), by=jo)
    access.notices.deliver(mailer)
    assert [message.to for message in mailer.messages] == ["jo@people.example"]


@pytest.mark.row("A64", "INV-30")
def test_an_address_that_was_replaced_again_is_not_verified(access: TenantAccess, kim: PrincipalId) -> None:
    access.execute(ChangeEmail("kim@one.example"), by=kim)
    token = mailed(access)
    access.execute(ChangeEmail("kim@two.example"), by=kim)
    with pytest.raises(ProofRefusedError):
        access.execute(VerifyEmail(token))
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    assert [message.to for message in mailer.messages] == ["kim@two.example", "kim@one.example"]


@pytest.mark.row("A64")
def test_of_two_changes_in_a_row_only_the_last_address_is_mailed_a_link(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    access.execute_all([ChangeEmail("kim@one.example"), ChangeEmail("kim@two.example")], by=kim)
    assert access.notices.deliver(mailer) == Delivery(sent=3, void=1)
    assert [(message.to, bool(message.token)) for message in mailer.messages] == [
        ("kim@people.example", False),
        ("kim@two.example", True),
        ("kim@one.example", False),
    ]


@pytest.mark.row("INV-31")
def test_an_address_that_was_erased_is_told_nothing(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)

    class Erased:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def read(self, *given: object) -> object:
            return [(event, None) for event, _ in self.inner.read(*given)]  # type: ignore[attr-defined]  # events

    class Forgetful(FaultyStore):
        def _numbered(self, unit: object) -> object:  # type: ignore[override]  # a unit either way
            made = super()._numbered(unit)  # type: ignore[arg-type]  # as above
            return attrs.evolve(made, events=cast("Any", Erased(made.events)))

    assert attrs.evolve(access, store=Forgetful(access.store)).notices.deliver(mailer) == Delivery(shown=1, void=1)


def test_a_first_mailbox_makes_registration_possible(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": VIEW}, username="kim")
    access.execute(ChangeEmail("kim@people.example"), by=kim)
    access.execute(VerifyEmail(mailed(access)))
    assert access.execute(SendPasswordReset(riverside, kim), by=maria).changed


@pytest.mark.row("INV-17")
def test_who_may_not_change_an_address(access: TenantAccess, kim: PrincipalId) -> None:
    with pytest.raises(AccessDeniedError):
        access.execute(ChangeEmail("kim@elsewhere.example"), by=Operator("support"))
    with pytest.raises(NotFoundError):
        access.execute(ChangeEmail("kim@elsewhere.example"), by=NOBODY)
    access.execute(SuspendPrincipal(kim), by=OPERATOR)
    with pytest.raises(AccessDeniedError):
        access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    with pytest.raises(InvalidInputError):
        ChangeEmail("kim@a.example, kim@b.example")


@pytest.mark.row("INV-39")
def test_verifying_is_repeated_under_its_key(access: TenantAccess, kim: PrincipalId) -> None:
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim, key="change")
    assert access.execute(ChangeEmail("kim@elsewhere.example"), by=kim, key="change").changed
    token = mailed(access)
    first = access.execute(VerifyEmail(token), key="once")
    assert access.execute(VerifyEmail(token), key="once") == first


def test_a_change_of_address_changes_no_request(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    kim = make.unverified(riverside, username="kim")
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    access.execute(SendRegistration(riverside, kim), by=OPERATOR)
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    links = {message.link: message.token for message in mailer.messages if message.token}
    assert {message.to for message in mailer.messages if message.token} == {"kim@elsewhere.example"}
    access.execute(CompleteRegistration(links[TokenPurpose.REGISTRATION]))
    assert access.check(riverside, kim, "claims", "view")


@pytest.mark.parametrize(
    "periods", [{"attempts_per_target": 0}, {"attempts_per_actor": 0}, {"attempts_per_source": 0},
                {"mails_per_member": 0}, {"mails_per_manager": 0}, {"mails_period": timedelta(0)},
                {"attempts_period": timedelta(0)}, {"reset_expires_after": timedelta(0)}],
)  # fmt: skip
def test_a_policy_without_limits_is_none(periods: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        Policy(**periods)  # type: ignore[arg-type]  # wrong on purpose


def test_who_asks_for_access_says_where_from_in_plain_letters(riverside: TenantId) -> None:
    with pytest.raises(InvalidInputError):
        RequestAccess(riverside, source="a b")


# --- races and faults ---------------------------------------------------------------------------------------------


@pytest.mark.row("INV-30", "A57", "INV-40")
def test_of_eight_that_redeem_one_link_at_once_one_chooses_the_password(access: TenantAccess, kim: PrincipalId) -> None:
    token = reset_token(access)

    def redeem(number: int) -> str:
        try:
            access.execute(ResetPassword(token, f"{NEW} {number}"))
        except (ProofRefusedError, ConflictError):
            return ""
        return f"{NEW} {number}"

    (chosen,) = [one for one in at_once([partial(redeem, number) for number in range(8)]) if one]
    assert access.authenticate("kim", chosen) == kim
    assert person_of(access, kim).password_epoch == 1


def reset_with(plan: list[Fault]) -> int:
    """Reset a password while the store fails by *plan*, look what came of it, and return how many calls it took."""
    access = TenantAccess(MemoryStore(), CLINICS, clock=FrozenClock(), hasher=QuickHasher(), entropy=SeededEntropy())
    make = Given(access)
    kim = make.registered(make.tenant(), username="kim")
    token = reset_token(access)
    faulty = FaultyStore(access.store, plan)
    with suppress(StoreError):
        attrs.evolve(access, store=faulty).execute(ResetPassword(token, NEW), key="once")
    has_changed = person_of(access, kim).password_epoch == 1
    assert access.authenticate("kim", NEW if has_changed else PASSWORD) == kim
    with access.store.reading() as unit:
        alive = unit.tokens.alive(token_digest(Secret(token)), TokenPurpose.RESET, access.clock.now())
    assert (alive is None) is has_changed
    assert (kinds(access, kim)[-1] == "reset_password") is has_changed
    calls = len(faulty.trace)
    access.execute(ResetPassword(token, NEW), key="once")
    assert person_of(access, kim).password_epoch == 1
    return calls


@pytest.mark.row("INV-30", "INV-36", "INV-38", "INV-39")
@pytest.mark.parametrize("kind", FaultKind, ids=lambda kind: kind.value)
def test_a_fault_anywhere_leaves_the_old_password_with_its_link_or_the_new_one_without(kind: FaultKind) -> None:
    calls = reset_with([])
    assert calls > 10
    for number in range(1, calls + 1):
        reset_with([Fault(number, kind)])
