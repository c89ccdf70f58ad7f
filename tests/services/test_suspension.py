"""What was mailed or offered before a suspension opens nothing ever after (INV-21, INV-30)."""

import pytest
from tests.services.inviting import Post
from tests.services.worlds import condition, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangeEmail,
    CompleteRegistration,
    Disable,
    Enable,
    JoinLink,
    ReinstatePrincipal,
    RequestPasswordReset,
    ResetPassword,
    SendRegistration,
    SuspendPrincipal,
    VerifyEmail,
)
from tenantaccess.errors import ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer


@pytest.fixture
def kim(make: Given, riverside: TenantId) -> PrincipalId:
    """A member with a verified mailbox."""
    return make.registered(riverside, levels={"claims": FULL}, username="kim")


def suspended_and_reinstated(access: TenantAccess, who: PrincipalId) -> None:
    access.execute(SuspendPrincipal(who), by=OPERATOR)
    access.execute(ReinstatePrincipal(who), by=OPERATOR)


def newest(access: TenantAccess, mailer: RecordingMailer) -> str:
    access.notices.deliver(mailer)
    return mailer.tokens()[-1]


@pytest.mark.row("INV-30", "INV-21", "AM-30")
def test_a_registration_link_is_dead_after_a_suspension_and_a_later_one_works(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    before = newest(access, mailer)
    suspended_and_reinstated(access, kim)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(before))
    access.execute(SendRegistration(riverside, kim), by=maria)
    access.execute(CompleteRegistration(newest(access, mailer)))
    assert condition(access, riverside, kim) is Reason.ACTIVE


@pytest.mark.row("INV-30", "INV-21", "AM-27")
def test_who_is_enabled_with_a_verified_address_completes_by_a_link_from_after_the_suspension(
    access: TenantAccess, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId, kim: PrincipalId
) -> None:
    shown_at = row_of(access, riverside, kim).principal.email_verified_at
    access.execute(Disable(riverside, kim), by=maria)
    access.execute(Enable(riverside, kim), by=maria)
    before = newest(access, mailer)
    suspended_and_reinstated(access, kim)
    with pytest.raises(ProofRefusedError):
        access.execute(CompleteRegistration(before))
    access.execute(SendRegistration(riverside, kim), by=maria)
    access.execute(CompleteRegistration(newest(access, mailer)))
    assert condition(access, riverside, kim) is Reason.ACTIVE
    assert row_of(access, riverside, kim).principal.email_verified_at == shown_at


@pytest.mark.row("INV-30", "INV-21")
def test_a_reset_link_is_dead_after_a_suspension_and_a_later_one_works(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    access.execute(RequestPasswordReset("kim"))
    before = newest(access, mailer)
    suspended_and_reinstated(access, kim)
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword(before, "a password of hers"))
    access.execute(RequestPasswordReset("kim"))
    assert access.execute(ResetPassword(newest(access, mailer), "a password of hers")).changed


@pytest.mark.row("INV-30", "INV-21")
def test_a_link_to_verify_an_address_is_dead_after_a_suspension_and_a_later_one_works(
    access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
) -> None:
    access.execute(ChangeEmail("kim@home.example"), by=kim)
    before = newest(access, mailer)
    suspended_and_reinstated(access, kim)
    with pytest.raises(ProofRefusedError):
        access.execute(VerifyEmail(before))
    access.execute(ChangeEmail("kim@work.example"), by=kim)
    assert access.execute(VerifyEmail(newest(access, mailer))).changed


@pytest.mark.row("INV-30", "INV-26", "INV-21")
@pytest.mark.parametrize("whose", ["who asks", "who was proven"])
def test_an_offer_is_dead_after_a_suspension_of_either_side(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, whose: str
) -> None:
    master = make.pending()
    offer = access.links.prove("jo", PASSWORD, by=master)
    suspended_and_reinstated(access, master if whose == "who asks" else jo)
    with pytest.raises(ProofRefusedError):
        access.execute(JoinLink([riverside], offer.token), by=master)
    later = access.links.prove("jo", PASSWORD, by=master)
    assert access.execute(JoinLink([riverside], later.token), by=master).changed


@pytest.mark.row("INV-30", "INV-38")
def test_what_waits_to_be_mailed_to_somebody_suspended_is_void(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, kim: PrincipalId
) -> None:
    lee = make.unverified(riverside)
    access.execute(ChangeEmail("kim@home.example"), by=kim)
    for who in (lee, kim):
        access.execute(SuspendPrincipal(who), by=OPERATOR)
    access.notices.deliver(mailer)
    assert mailer.tokens() == []
    for who in (lee, kim):
        access.execute(ReinstatePrincipal(who), by=OPERATOR)
    access.notices.deliver(mailer)
    assert mailer.tokens() == []


@pytest.mark.row("INV-30", "INV-38")
def test_what_waits_to_be_mailed_is_minted_when_it_is_delivered(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim = make.unverified(riverside)
    suspended_and_reinstated(access, kim)
    access.execute(CompleteRegistration(newest(access, mailer)))
    assert condition(access, riverside, kim) is Reason.ACTIVE


@pytest.mark.row("INV-32")
def test_an_invitation_is_bound_to_its_address_whatever_became_of_whose_it_is(post: Post, make: Given) -> None:
    lee = make.registered(post.tenant, username="lee")
    elsewhere = make.tenant("Hillside Clinic")
    manager = make.manager(elsewhere)
    there = Post(post.access, make, post.clock, post.mailer, elsewhere, manager)
    secret = there.secret("lee@people.example")
    suspended_and_reinstated(post.access, lee)
    there.accept(secret, by=lee)
    assert row_of(post.access, elsewhere, lee).membership.verified_at is not None
