"""Asking, approving, verifying: two gates, and nothing before both (AM-04, AM-11, AM-24, AM-25, AM-29, AM-30)."""

import pytest
from tests.services.worlds import ABSENT, MOMENT, condition, days, events, kinds, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    Approve,
    CompleteRegistration,
    Disable,
    Enable,
    Reject,
    RequestAccess,
    SendRegistration,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    ProofRefusedError,
    TakenError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

CLAIMS = Grant(levels={"claims": VIEW})


def newcomer(name: str = "kim") -> NewUsername:
    return NewUsername(name, PASSWORD, f"{name}@people.example", "Kim", "Ito")


def mailed(access: TenantAccess, mailer: RecordingMailer) -> str:
    """The newest registration secret."""
    access.notices.deliver(mailer)
    return mailer.tokens()[-1]


@pytest.mark.row("AM-04", "AM-24", "AM-29")
def test_from_asking_to_active_nothing_is_open_before_both_gates(
    access: TenantAccess, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = access.execute(RequestAccess(("tin", "012345678"), newcomer())).principal_id
    assert access.check(riverside, kim, "claims", "view").reasons == (Reason.PENDING,)
    access.execute(Approve(riverside, kim, CLAIMS), by=maria)
    assert access.check(riverside, kim, "claims", "view").reasons == (Reason.UNVERIFIED,)
    access.execute(CompleteRegistration(mailed(access, mailer)))
    assert access.check(riverside, kim, "claims", "view")
    assert row_of(access, riverside, kim).principal.email_verified_at is not None


@pytest.mark.row("AM-24", "INV-11")
def test_the_receipt_is_the_same_whether_the_tenant_exists_or_not(access: TenantAccess, riverside: TenantId) -> None:
    named: list[TenantId | tuple[str, str]] = [riverside, ABSENT, ("tin", "999999999"), ("tin", "01-2345678")]
    asked = [access.execute(RequestAccess(tenant, newcomer(f"kim{number}"))) for number, tenant in enumerate(named)]
    assert [kinds(access, receipt.principal_id) for receipt in asked] == [["request_access"]] * 4
    assert {type(receipt) for receipt in asked} == {type(asked[0])}
    assert len(events(access, riverside)) == 3


@pytest.mark.row("AM-24")
def test_nobody_asks_for_a_suspended_tenant_and_nobody_learns_it(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    make.pending(riverside)
    lee = make.member(lakeside)
    access.execute(SuspendPrincipal(lee), by=OPERATOR)
    assert access.execute(RequestAccess(riverside), by=lee).principal_id == lee
    assert kinds(access, riverside) == ["open_tenant", "suspend_tenant"]


@pytest.mark.row("AM-24")
def test_a_suspended_person_asks_for_nothing(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    lee = make.member(make.tenant("Hillside"))
    access.execute(SuspendPrincipal(lee), by=OPERATOR)
    access.execute(RequestAccess(riverside), by=lee)
    assert kinds(access, riverside) == ["open_tenant"]


@pytest.mark.row("AM-04", "AM-17")
def test_asking_twice_is_one_request(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    kim = make.pending(riverside)
    access.execute(RequestAccess(riverside), by=kim)
    assert kinds(access, riverside).count("request_access") == 1


@pytest.mark.row("AM-24")
def test_only_newcomers_and_members_ask(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    with pytest.raises(AccessDeniedError):
        access.execute(RequestAccess(riverside), by=OPERATOR)
    for command, by in ((RequestAccess(riverside, newcomer()), jo), (RequestAccess(riverside), None)):
        with pytest.raises(InvalidInputError):
            access.execute(command, by=by)


@pytest.mark.row("AM-24")
def test_a_newcomer_needs_a_mailbox_a_free_username_and_a_declared_scheme(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    assert jo
    with pytest.raises(InvalidInputError):
        RequestAccess(riverside, NewUsername("kim", PASSWORD))
    with pytest.raises(TakenError):
        access.execute(RequestAccess(riverside, newcomer("JO")))
    with pytest.raises(UnknownNameError):
        access.execute(RequestAccess(("npi", "1"), newcomer()))


@pytest.mark.row("AM-04")
def test_a_request_expires_and_can_be_made_again(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.pending(riverside)
    wait(access, clock, 90, (riverside, maria))
    with pytest.raises(IllegalTransitionError):
        access.execute(Approve(riverside, kim, CLAIMS), by=maria)
    access.execute(RequestAccess(riverside), by=kim)
    assert condition(access, riverside, kim) is Reason.PENDING


@pytest.mark.row("AM-04", "AM-26")
def test_a_request_is_open_until_the_microsecond_it_expires(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    kim = make.pending(riverside)
    clock.advance(days(90) - MOMENT)
    assert condition(access, riverside, kim) is Reason.PENDING
    clock.advance(MOMENT)
    assert condition(access, riverside, kim) is Reason.REQUEST_EXPIRED


@pytest.mark.row("AM-04")
def test_who_was_rejected_may_ask_again_or_be_approved_after_all(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim, lee = make.pending(riverside), make.pending(riverside)
    for one in (kim, lee):
        access.execute(Reject(riverside, one, note="never heard of them"), by=maria)
    access.execute(RequestAccess(riverside), by=kim)
    access.execute(Approve(riverside, lee, CLAIMS), by=maria)
    assert [condition(access, riverside, one) for one in (kim, lee)] == [Reason.PENDING, Reason.UNVERIFIED]


@pytest.mark.row("AM-04")
def test_a_rejection_by_the_operator_holds_nobody(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.pending(riverside)
    access.execute(Reject(riverside, kim), by=OPERATOR)
    assert access.execute(Approve(riverside, kim, CLAIMS), by=maria).changed


@pytest.mark.row("AM-04", "AM-25")
def test_approving_without_a_level_is_refused(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    kim = make.pending(riverside)
    with pytest.raises(InvalidInputError):
        access.execute(Approve(riverside, kim), by=OPERATOR)


@pytest.mark.row("AM-04", "AM-29")
def test_approving_twice_is_one_event_and_one_mail(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.pending(riverside)
    assert access.execute(Approve(riverside, kim, CLAIMS), by=maria).changed
    assert not access.execute(Approve(riverside, kim, Grant(levels={"claims": FULL})), by=maria).changed
    access.notices.deliver(mailer)
    assert len(mailer.tokens()) == 1


@pytest.mark.row("AM-29", "T1")
def test_a_mailbox_verified_in_one_tenant_is_verified_in_the_next(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lena: PrincipalId
) -> None:
    kim = make.registered(riverside)
    access.execute(RequestAccess(lakeside), by=kim)
    access.execute(Approve(lakeside, kim, CLAIMS), by=lena)
    assert condition(access, lakeside, kim) is Reason.ACTIVE


@pytest.mark.row("AM-04", "INV-18")
def test_nobody_approves_their_own_request(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    kim = make.pending(riverside)
    with pytest.raises(AccessDeniedError):
        access.execute(Approve(riverside, kim, CLAIMS), by=kim)


@pytest.mark.row("AM-30", "A57", "INV-30")
def test_a_registration_link_works_once(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    token = mailed(access, mailer)
    access.execute(CompleteRegistration(token))
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(token))


@pytest.mark.row("AM-30", "INV-30")
def test_a_newer_link_kills_the_older(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    older = mailed(access, mailer)
    access.execute(SendRegistration(riverside, kim), by=maria)
    newer = mailed(access, mailer)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(older))
    assert access.execute(CompleteRegistration(newer)).changed


@pytest.mark.row("AM-30", "INV-30")
def test_a_link_works_until_the_microsecond_it_expires(
    access: TenantAccess, make: Given, clock: FrozenClock, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    late = mailed(access, mailer)
    clock.advance(days(14))
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(late))
    clock.advance(-MOMENT)
    assert access.execute(CompleteRegistration(late)).changed


@pytest.mark.row("INV-21", "A32", "A58")
def test_a_link_from_before_a_disable_is_dead_after_the_enable(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    before = mailed(access, mailer)
    access.execute(Disable(riverside, kim), by=maria)
    access.execute(Enable(riverside, kim), by=maria)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(before))
    assert access.execute(CompleteRegistration(mailed(access, mailer))).changed


@pytest.mark.row("A33", "AM-30")
def test_a_link_is_minted_only_for_who_is_still_unverified(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    access.execute(Disable(riverside, kim), by=maria)
    done = access.notices.deliver(mailer)
    assert (mailer.tokens(), done.void) == ([], 1)


@pytest.mark.row("A33", "AM-30")
def test_no_link_is_sent_to_who_is_pending_and_none_again_to_who_is_active(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    with pytest.raises(IllegalTransitionError):
        access.execute(SendRegistration(riverside, make.pending(riverside)), by=maria)
    assert not access.execute(SendRegistration(riverside, make.registered(riverside)), by=maria).changed


@pytest.mark.row("A59", "INV-30")
def test_a_link_completes_its_own_subject_and_nobody_else(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim, lee = make.unverified(riverside, username="kim"), make.unverified(riverside, username="lee")
    access.notices.deliver(mailer)
    token = next(message.token for message in mailer.messages if message.to == "kim@people.example")
    access.execute(CompleteRegistration(token), by=lee)
    assert [condition(access, riverside, one) for one in (kim, lee)] == [Reason.ACTIVE, Reason.UNVERIFIED]


@pytest.mark.row("AM-30", "INV-21")
@pytest.mark.parametrize("obstacle", ["tenant", "principal"])
def test_a_link_does_not_work_where_its_tenant_or_person_is_suspended(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, obstacle: str
) -> None:
    kim = make.unverified(riverside)
    token = mailed(access, mailer)
    access.execute(SuspendTenant(riverside) if obstacle == "tenant" else SuspendPrincipal(kim), by=OPERATOR)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(token))


@pytest.mark.row("AM-30", "A57")
def test_a_refused_completion_does_not_use_the_link_up(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    make.unverified(riverside)
    token = mailed(access, mailer)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration("f" * 64))
    with access.store.reading() as unit:
        assert unit.tokens.find("f" * 64) is None
    assert access.execute(CompleteRegistration(token)).changed


@pytest.mark.row("INV-30", "INV-15")
def test_a_link_dies_with_the_presence_it_was_for(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    token = mailed(access, mailer)
    access.execute(Disable(riverside, kim), by=maria)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(token))


@pytest.mark.row("AM-25", "MC-11")
def test_a_manager_does_not_enable_what_the_operator_disabled(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(Enable(riverside, jo), by=maria)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    assert access.execute(Enable(riverside, jo), by=OPERATOR).changed


@pytest.mark.row("AM-25", "AM-05")
def test_who_was_set_up_by_a_member_admits_nobody_until_the_password_is_its_own(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    resting = make.manager(riverside, by=maria)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(Approve(riverside, make.pending(riverside), CLAIMS), by=resting)
    assert refused.value.decision.reasons == (Reason.RESTING,)


def test_an_approval_says_above_what_it_goes(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    office = make.member(riverside, levels={"manage_account": FULL})
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(Approve(riverside, make.pending(riverside), CLAIMS), by=office)
    assert "`claims`" in str(refused.value)
