"""What the page of a mailed link may know before anything is used up (INV-30)."""

import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangePassword,
    CompleteRegistration,
    ReinstatePrincipal,
    ResetPassword,
    SendPasswordReset,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError, ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer

OTHER_PASSWORD = "another quick password"


@pytest.mark.row("INV-30", "INV-20")
def test_a_registration_that_cannot_be_completed_now_is_not_told_of(
    access: TenantAccess, make: Given, riverside: TenantId, mailer: RecordingMailer
) -> None:
    make.unverified(riverside, username="kim")
    token = latest(access, mailer)
    assert access.mailed.registration(token).name == "Riverside Clinic"
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    with pytest.raises(ProofRefusedError):
        access.mailed.registration(token)
    with pytest.raises((ProofRefusedError, NotFoundError)):
        access.execute(CompleteRegistration(token))


@pytest.mark.row("INV-30", "INV-20")
def test_a_reset_that_a_new_password_has_overtaken_is_not_told_of(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, mailer: RecordingMailer
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(SendPasswordReset(riverside, kim), by=maria)
    token = latest(access, mailer)
    assert access.mailed.reset(token).username == "kim"
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=kim)
    with pytest.raises(ProofRefusedError):
        access.mailed.reset(token)
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword(token, "yet another quick password"))


def test_the_reason_of_a_suspension_is_told_to_the_operator_while_it_lasts(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    kim = make.member(riverside)
    access.execute(SuspendPrincipal(kim, note="an earlier reason"), by=OPERATOR)
    access.execute(ReinstatePrincipal(kim, note="all is well"), by=OPERATOR)
    assert access.tenants.suspended_for(kim, by=OPERATOR) == ""
    access.execute(SuspendPrincipal(kim, note="a stolen laptop"), by=OPERATOR)
    assert access.tenants.suspended_for(kim, by=OPERATOR) == "a stolen laptop"
    with pytest.raises(AccessDeniedError):
        access.tenants.suspended_for(kim, by=kim)
    with pytest.raises(InvalidInputError):
        access.tenants.suspended_for(PrincipalId("somebody"), by=OPERATOR)
    nobody = PrincipalId(f"pri_{'0' * 32}")
    assert access.tenants.suspended_for(nobody, by=OPERATOR) == ""


def latest(access: TenantAccess, mailer: RecordingMailer) -> str:
    """Deliver what waits, and return the secret that was mailed last."""
    access.notices.deliver(mailer)
    return next(sent.token for sent in reversed(mailer.messages) if sent.token)
