"""Whoever proves by mail who they are is not kept out by guesses at the password that they have just replaced."""

import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import RequestPasswordReset, ResetPassword
from tenantaccess.errors import ProofRefusedError, TooManyAttemptsError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.testing.builders import PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer

NEXT = "horses by the lake"
HERE, THERE = "203.0.113.9", "198.51.100.7"


def guessed(access: TenantAccess, username: str, times: int, source: str = THERE) -> None:
    for _ in range(times):
        with pytest.raises(ProofRefusedError):
            access.authenticate(username, "a guess", source)


def mailed(access: TenantAccess, username: str) -> str:
    mailer = RecordingMailer()
    access.execute(RequestPasswordReset(username))
    access.notices.deliver(mailer)
    return mailer.tokens()[-1]


@pytest.fixture
def kim(make: Given, riverside: TenantId) -> PrincipalId:
    return make.registered(riverside, username="kim")


@pytest.mark.row("MU-09", "AM-31")
def test_a_reset_lets_in_at_once_whom_guesses_had_kept_out(access: TenantAccess, kim: PrincipalId) -> None:
    guessed(access, "kim", 5)
    token = mailed(access, "kim")
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("kim", PASSWORD, HERE)
    access.execute(ResetPassword(token, NEXT))
    assert access.authenticate("kim", NEXT, HERE) == kim


@pytest.mark.row("INV-27", "A45")
def test_it_lifts_nothing_else(access: TenantAccess, make: Given, riverside: TenantId, kim: PrincipalId) -> None:
    make.registered(riverside, username="lee")
    guessed(access, "lee", 5)
    for number in range(access.policy.attempts_per_source - 5):
        guessed(access, f"nobody{number}", 1)
    access.execute(ResetPassword(mailed(access, "kim"), NEXT))
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("kim", NEXT, THERE)
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("lee", PASSWORD, HERE)
    assert access.authenticate("kim", NEXT, HERE) == kim


@pytest.mark.usefixtures("kim")
@pytest.mark.row("INV-27")
def test_asking_for_a_reset_or_trying_a_wrong_link_lifts_nothing(access: TenantAccess) -> None:
    guessed(access, "kim", 5)
    token = mailed(access, "kim")
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword(token[::-1], NEXT))
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("kim", PASSWORD, HERE)


@pytest.mark.usefixtures("kim")
@pytest.mark.row("A57", "INV-27")
def test_a_link_that_was_used_lifts_nothing_again(access: TenantAccess) -> None:
    token = mailed(access, "kim")
    access.execute(ResetPassword(token, NEXT))
    guessed(access, "kim", 5)
    with pytest.raises(ProofRefusedError):
        access.execute(ResetPassword(token, "another quick password"))
    with pytest.raises(TooManyAttemptsError):
        access.authenticate("kim", NEXT, HERE)
