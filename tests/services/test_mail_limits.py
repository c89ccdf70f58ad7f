"""The mails that an account manager has sent are limited: to one member, and by one manager."""

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from tests.services.worlds import dump

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import SendPasswordReset, SendRegistration
from tenantaccess.errors import AccessDeniedError, TooManyAttemptsError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import VIEW
from tenantaccess.model.policy import Policy
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

Sending = Callable[[Given, TenantId], SendRegistration | SendPasswordReset]

SENDINGS: dict[str, Sending] = {
    "registration": lambda make, here: SendRegistration(here, make.unverified(here)),
    "reset": lambda make, here: SendPasswordReset(here, make.registered(here, levels={"claims": VIEW})),
}
EACH = pytest.mark.parametrize("sending", SENDINGS)


@pytest.mark.row("AM-30", "AM-31", "INV-40")
@EACH
def test_one_member_is_mailed_five_times_an_hour_whoever_has_it_done(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, sending: str
) -> None:
    ann = make.manager(riverside, "ann")
    send = SENDINGS[sending](make, riverside)
    for number in range(5):
        clock.advance(timedelta(minutes=1))
        assert access.execute(send, by=(maria, ann)[number % 2]).changed
    before = dump(access, riverside)
    for by in (maria, ann):
        with pytest.raises(TooManyAttemptsError) as refused:
            access.execute(send, by=by)
        assert refused.value.retry_after == timedelta(minutes=56)
    assert dump(access, riverside) == before
    assert access.execute(send, by=OPERATOR).changed
    clock.advance(timedelta(minutes=56))
    assert access.execute(send, by=maria).changed


@pytest.mark.row("AM-30", "INV-40")
def test_one_manager_has_many_mailed_but_not_any_number(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> None:
    few = attrs.evolve(access, policy=Policy(mails_per_manager=3))
    sends = [SendRegistration(riverside, make.unverified(riverside)) for _ in range(4)]
    with pytest.raises(TooManyAttemptsError):
        few.execute_all(sends, by=maria)
    assert len(few.execute_all(sends[:3], by=maria)) == 3
    with pytest.raises(TooManyAttemptsError):
        few.execute(sends[3], by=maria)
    assert few.execute(SendRegistration(lakeside, make.unverified(lakeside)), by=lena).changed


@pytest.mark.row("INV-39", "INV-40")
def test_what_changes_nothing_counts_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    kim = make.unverified(riverside)
    send = SendRegistration(riverside, kim)
    for _ in range(9):
        access.execute(send, by=maria, key="once")
        assert access.may(send, by=maria)
        with pytest.raises(AccessDeniedError):
            access.execute(send, by=jo)
        assert not access.execute(SendRegistration(riverside, jo), by=maria).changed
    for _ in range(4):
        assert access.execute(send, by=maria).changed


@pytest.mark.row("INV-40")
def test_tidying_up_forgets_no_mail_before_its_hour_is_over(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId
) -> None:
    send = SendRegistration(riverside, make.unverified(riverside))
    for _ in range(5):
        access.execute(send, by=maria)
    clock.advance(timedelta(minutes=59))
    access.sweeps.run()
    with pytest.raises(TooManyAttemptsError):
        access.execute(send, by=maria)
