"""Dates: whose act an end is, who may move it, and when what rests on a dated row begins."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.services.inviting import Post
from tests.services.worlds import allowed, condition, days, events, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    Adopt,
    AppointManager,
    Approve,
    ChangeLinking,
    Disable,
    Enable,
    Leave,
    Remove,
    RequestAccess,
    SetDates,
)
from tenantaccess.errors import AccessDeniedError, GrantRefusedError, IllegalTransitionError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.members import Authority, Disabled, DisableReason, Status
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

Ending = Callable[[TenantId, PrincipalId, datetime], Command[Any]]

ENDINGS: dict[str, Ending] = {
    "disable": lambda here, who, at: Disable(here, who, at=at),
    "dates": lambda here, who, at: SetDates(here, who, valid_until=at),
}
EACH = pytest.mark.parametrize("ending", ENDINGS)
CLAIMS = Grant(levels={"claims": VIEW})


@pytest.fixture
def ann(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """A second account manager."""
    assert maria
    return make.manager(riverside, "ann")


@pytest.fixture
def pat(make: Given, riverside: TenantId, ann: PrincipalId) -> PrincipalId:
    """An account manager whose password Ann chose: whoever is Ann is Pat."""
    return make.manager(riverside, "pat", by=ann)


def end_of(access: TenantAccess, here: TenantId, who: PrincipalId) -> tuple[datetime | None, Authority | None]:
    facts = row_of(access, here, who).membership
    return facts.valid_until, facts.ends_by


def refused_as_the_operators(access: TenantAccess, command: Command[Any], by: PrincipalId) -> None:
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(command, by=by)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    assert access.may(command, by=by).reasons == (Reason.OPERATOR_ONLY,)


# --- an operator's end is the operator's ------------------------------------------------------------------------------


@pytest.mark.row("MC-11", "MC-06")
@EACH
def test_no_manager_moves_or_lifts_an_end_that_the_operator_set(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, ending: str
) -> None:
    end = clock.now() + days(14)
    access.execute(ENDINGS[ending](riverside, jo, end), by=OPERATOR)
    for command in (
        SetDates(riverside, jo),
        SetDates(riverside, jo, valid_until=end + days(1)),
        SetDates(riverside, jo, valid_until=end - days(1)),
        Disable(riverside, jo, at=end - days(1)),
    ):
        refused_as_the_operators(access, command, maria)
    for later in (end, end + days(1)):
        assert not access.execute(Disable(riverside, jo, at=later), by=maria).changed
    assert end_of(access, riverside, jo) == (end, Authority.OPERATOR)


@pytest.mark.row("MC-11")
def test_a_manager_moves_the_beginning_beside_the_operators_end_and_disables_at_once(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    end = clock.now() + days(14)
    access.execute(SetDates(riverside, jo, valid_until=end), by=OPERATOR)
    assert access.execute(SetDates(riverside, jo, clock.now() + days(1), end), by=maria).changed
    assert end_of(access, riverside, jo) == (end, Authority.OPERATOR)
    assert access.execute(Disable(riverside, jo), by=maria).changed
    assert access.execute(Enable(riverside, jo), by=maria).changed
    assert end_of(access, riverside, jo) == (end, Authority.OPERATOR)


@pytest.mark.row("MC-01", "MC-11", "INV-36")
@EACH
def test_the_operator_takes_over_a_managers_end_even_at_the_same_moment(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, ending: str
) -> None:
    end = clock.now() + days(14)
    command = ENDINGS[ending](riverside, jo, end)
    assert access.execute(command, by=maria).changed
    assert end_of(access, riverside, jo) == (end, Authority.MANAGER)
    assert not access.execute(command, by=maria).changed
    assert access.execute(command, by=OPERATOR).changed
    assert events(access, riverside)[-1].after == {"ends_by": "operator"}
    assert not access.execute(command, by=OPERATOR).changed
    assert end_of(access, riverside, jo) == (end, Authority.OPERATOR)
    access.execute(SetDates(riverside, jo), by=OPERATOR)
    assert end_of(access, riverside, jo) == (None, None)


@pytest.mark.row("MC-01", "MC-11")
def test_the_operators_later_end_takes_over_what_ends_sooner_disabled_or_not(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    end = clock.now() + days(7)
    access.execute(SetDates(riverside, jo, valid_until=end), by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    assert access.execute(Disable(riverside, jo, at=end + days(7)), by=OPERATOR).changed
    assert end_of(access, riverside, jo) == (end, Authority.OPERATOR)
    access.execute(Enable(riverside, jo), by=maria)
    refused_as_the_operators(access, SetDates(riverside, jo), maria)


@pytest.mark.row("MC-06", "MC-11")
@EACH
def test_the_operators_end_once_passed_is_lifted_by_the_operator_alone(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, ending: str
) -> None:
    access.execute(ENDINGS[ending](riverside, jo, clock.now() + days(1)), by=OPERATOR)
    clock.advance(days(1))
    refused_as_the_operators(access, Enable(riverside, jo), maria)
    access.execute(Disable(riverside, jo), by=maria)
    refused_as_the_operators(access, Enable(riverside, jo), maria)
    with pytest.raises(IllegalTransitionError):
        access.execute(AppointManager(riverside, jo), by=OPERATOR)
    with pytest.raises(IllegalTransitionError):
        access.execute(Adopt(riverside, jo), by=OPERATOR)
    assert access.execute(Enable(riverside, jo), by=OPERATOR).changed
    assert end_of(access, riverside, jo) == (None, None)
    assert allowed(access, riverside, jo)


@pytest.mark.row("MC-11", "INV-15")
@pytest.mark.parametrize("passed", [True, False], ids=["passed", "to come"])
@pytest.mark.parametrize("way", ["removed", "left"])
def test_the_operators_end_stands_over_any_tombstone(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    way: str,
    passed: bool,  # noqa: FBT001  # a row of the table
) -> None:
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(1)), by=OPERATOR)
    clock.advance(days(1 if passed else 0))
    if way == "left":
        access.execute(Leave(riverside), by=jo)
    else:
        access.execute(Remove(riverside, jo), by=maria)
    gone = row_of(access, riverside, jo).membership
    standing = Disabled(clock.now(), Authority.OPERATOR, DisableReason.ENDED)
    assert (gone.disabled, gone.held_by_operator) == (standing if passed else None, True)
    access.execute(RequestAccess(riverside), by=jo)
    refused_as_the_operators(access, Approve(riverside, jo, CLAIMS), maria)
    assert access.execute(Approve(riverside, jo, CLAIMS), by=OPERATOR).changed


@pytest.mark.row("MC-11")
def test_a_managers_invitation_leads_back_nobody_over_the_operators_end(post: Post) -> None:
    kim = post.join(post.secret())
    post.access.execute(SetDates(post.tenant, kim, valid_until=post.clock.now() + days(1)), by=OPERATOR)
    post.access.execute(Leave(post.tenant), by=kim)
    with pytest.raises(AccessDeniedError) as refused:
        post.accept(post.secret(), by=kim)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    post.accept(post.secret(by=OPERATOR), by=kim)
    assert end_of(post.access, post.tenant, kim) == (None, None)


@pytest.mark.row("MC-11")
def test_appointing_lifts_an_end_to_come_whoever_set_it(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert maria
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(1)), by=OPERATOR)
    access.execute(AppointManager(riverside, jo), by=OPERATOR)
    assert end_of(access, riverside, jo) == (None, None)


# --- who was proven, or chose the password, narrows only --------------------------------------------------------------


@pytest.mark.row("INV-18", "MC-17")
@pytest.mark.parametrize("kind", ["link", "chosen"])
def test_whoever_a_row_rests_on_dates_it_only_narrower(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    kind: str,
) -> None:
    subject = make.linked(riverside, ann) if kind == "link" else make.member(riverside, by=ann)
    now = clock.now()
    start, end = now + days(2), now + days(9)
    access.execute(SetDates(riverside, subject, start, end), by=maria)
    for wider in (
        SetDates(riverside, subject, start, end + days(1)),
        SetDates(riverside, subject, start),
        SetDates(riverside, subject, start - days(1), end),
        SetDates(riverside, subject, valid_until=end),
        SetDates(riverside, subject),
    ):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(wider, by=ann)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)
        assert not access.may(wider, by=ann)
    assert not access.execute(SetDates(riverside, subject, start, end), by=ann).changed
    assert access.execute(SetDates(riverside, subject, start + days(1), end - days(1)), by=ann).changed
    assert access.execute(SetDates(riverside, subject), by=maria).changed


@pytest.mark.row("INV-18", "MC-17")
def test_through_other_hands_it_is_narrowed_only_too(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    """Ann proved the link; Pat signs in with what Ann chose."""
    link = make.linked(riverside, ann)
    access.execute(SetDates(riverside, link, valid_until=clock.now() + days(7)), by=maria)
    for by in (ann, pat):
        with pytest.raises(GrantRefusedError):
            access.execute(SetDates(riverside, link, valid_until=clock.now() + days(8)), by=by)
    assert access.execute(SetDates(riverside, link, valid_until=clock.now() + days(6)), by=pat).changed


# --- a row begins no sooner than what it rests on ---------------------------------------------------------------------


@pytest.mark.row("INV-28", "MC-02", "INV-04")
def test_what_rests_on_a_row_begins_with_it_and_needs_no_new_proof(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    link = make.linked(riverside, pat)
    access.execute(SetDates(riverside, ann, valid_from=clock.now() + days(7)), by=maria)
    for who in (ann, pat, link):
        assert access.check(riverside, who, "claims", "view").reasons == (Reason.NOT_YET_VALID,)
        assert condition(access, riverside, who) is Reason.NOT_YET_VALID
    assert list(access.list_members_with(riverside, "claims", "view")) == [maria]
    waiting = access.directory.search(riverside, status=Status.DISABLED, by=maria)
    assert {entry.principal_id for entry in waiting.rows} == {ann, pat, link}
    clock.advance(days(7))
    for who in (ann, pat, link):
        assert allowed(access, riverside, who)


@pytest.mark.row("INV-28")
def test_the_later_of_both_beginnings_counts(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, ann: PrincipalId
) -> None:
    link = make.linked(riverside, ann)
    access.execute(SetDates(riverside, link, valid_from=clock.now() + days(2)), by=maria)
    access.execute(SetDates(riverside, ann, valid_from=clock.now() + days(1)), by=maria)
    clock.advance(days(1))
    assert allowed(access, riverside, ann)
    assert not allowed(access, riverside, link)
    clock.advance(days(1))
    assert allowed(access, riverside, link)


@pytest.mark.row("INV-28", "INV-16")
def test_a_request_goes_on_waiting_for_approval_whenever_what_it_rests_on_begins(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, ann: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    link = make.linked(riverside, ann)
    access.execute(SetDates(riverside, ann, valid_from=clock.now() + days(7)), by=maria)
    assert condition(access, riverside, link) is Reason.PENDING
    with pytest.raises(IllegalTransitionError):
        access.execute(Enable(riverside, link), by=maria)
    access.execute(AcceptLink(riverside, link), by=maria)
    assert condition(access, riverside, link) is Reason.NOT_YET_VALID
    clock.advance(days(7))
    assert allowed(access, riverside, link)


@pytest.mark.row("INV-28", "INV-19")
def test_a_session_ends_at_once_where_what_it_rests_on_is_put_off(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, ann: PrincipalId
) -> None:
    link = make.linked(riverside, ann)
    session = access.contexts.enter(riverside, link).session
    access.execute(SetDates(riverside, ann, valid_from=clock.now() + days(7)), by=maria)
    with pytest.raises(AccessDeniedError) as refused:
        access.contexts.resume(session, link)
    assert refused.value.decision.reasons[0] is Reason.NOT_YET_VALID


# --- who may join -----------------------------------------------------------------------------------------------------


@pytest.mark.row("MC-14", "MU-08")
@pytest.mark.parametrize("kind", ["link", "chosen"])
def test_who_rests_on_another_does_not_say_who_may_join(
    access: TenantAccess, make: Given, riverside: TenantId, ann: PrincipalId, kind: str
) -> None:
    resting = make.linked(riverside, ann) if kind == "link" else make.manager(riverside, by=ann)
    assert row_of(access, riverside, resting).membership.role == ACCOUNT_MANAGER
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(ChangeLinking(riverside, linking=Linking.OFF), by=resting)
    assert refused.value.decision.reasons == (Reason.RESTING,)
    assert access.execute(ChangeLinking(riverside, linking=Linking.OFF), by=ann).changed
