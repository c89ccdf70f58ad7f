"""A link on a username whose password somebody else chose ends with what that one rests on."""

from collections.abc import Callable

import pytest
from tests.services.worlds import days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, ChangePassword, Disable, Enable, Leave, Remove, SetDates
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock

Ending = Callable[[TenantAccess, TenantId, PrincipalId, PrincipalId], object]

ENDINGS: dict[str, Ending] = {
    "disabled": lambda access, here, who, by: access.execute(Disable(here, who), by=by),
    "removed": lambda access, here, who, by: access.execute(Remove(here, who), by=by),
    "left": lambda access, here, who, _: access.execute(Leave(here), by=who),
}


@pytest.fixture
def ann(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """A second account manager."""
    assert maria
    return make.manager(riverside, "ann")


@pytest.fixture
def pat(make: Given, riverside: TenantId, ann: PrincipalId) -> PrincipalId:
    """A member whose password Ann chose: whoever is Ann may be Pat, and may prove Pat."""
    return make.member(riverside, levels={"claims": "full"}, by=ann)


def reason(access: TenantAccess, here: TenantId, who: PrincipalId) -> Reason:
    return access.check(here, who, "claims", "view").reasons[0]


@pytest.mark.row("MC-17", "INV-28", "INV-21")
@pytest.mark.parametrize("ending", ENDINGS)
def test_who_chose_the_proven_password_is_out_and_so_is_the_link(
    ending: str,
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    link = make.linked(riverside, pat)
    assert reason(access, riverside, link) is Reason.ALLOWED
    ENDINGS[ending](access, riverside, ann, maria)
    assert reason(access, riverside, pat) is Reason.STALE
    assert reason(access, riverside, link) is Reason.STALE
    assert link not in access.list_members_with(riverside, "claims", "view")
    access.execute(Enable(riverside, pat), by=maria)
    assert reason(access, riverside, pat) is Reason.ALLOWED
    assert reason(access, riverside, link) is Reason.STALE


@pytest.mark.row("MC-02", "MC-17", "INV-28")
def test_the_end_of_who_chose_the_password_ends_the_link(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    link = make.linked(riverside, pat)
    access.execute(SetDates(riverside, ann, valid_until=clock.now() + days(7)), by=maria)
    assert reason(access, riverside, link) is Reason.ALLOWED
    clock.moment += days(7)
    assert reason(access, riverside, link) is Reason.STALE
    access.execute(AppointManager(riverside, pat), by=OPERATOR)
    assert reason(access, riverside, pat) is Reason.ALLOWED
    assert reason(access, riverside, link) is Reason.STALE


@pytest.mark.row("MC-17")
def test_a_password_of_ones_own_in_time_keeps_the_link(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, ann: PrincipalId, pat: PrincipalId
) -> None:
    link = make.linked(riverside, pat)
    access.execute(ChangePassword(PASSWORD, "a password of her own"), by=pat)
    access.execute(Disable(riverside, ann), by=maria)
    assert [reason(access, riverside, who) for who in (pat, link)] == [Reason.ALLOWED, Reason.ALLOWED]
