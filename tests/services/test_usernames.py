"""Usernames that a manager creates, and the people who come and go (MU-03 to MU-07, MU-16)."""

import pytest
from tests.services.worlds import NOBODY, allowed, condition, events, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddUsername, Approve, ChangePassword, Disable, Leave, Remove, RequestAccess
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    InvalidInputError,
    LastManagerError,
    NotFoundError,
    TakenError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Contact, DisableReason
from tenantaccess.model.principals import NewUsername, PasswordChoice
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given


@pytest.mark.row("MU-03", "AM-08")
def test_a_manager_adds_a_username_that_is_active_at_once(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = NewUsername("kim", PASSWORD, "kim@old.example", "Kim", "Ito", "555")
    added = access.execute(AddUsername(riverside, kim, Grant(levels={"claims": VIEW})), by=maria)
    assert access.check(riverside, added.principal_id, "claims", "view")
    row = row_of(access, riverside, added.principal_id)
    assert row.membership.contact == Contact("Kim", "Ito", "kim@old.example", "555")
    assert row.principal.email == ""  # only the person enters its own address (rule 7)


@pytest.mark.row("MU-03")
def test_who_only_uses_a_tenant_adds_nobody(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD)), by=jo)
    assert refused.value.decision.reasons == (Reason.NOT_MANAGER,)


@pytest.mark.row("MU-04")
def test_a_username_that_is_taken_creates_nothing(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    before = len(events(access, riverside))
    with pytest.raises(TakenError) as refused:
        access.execute(AddUsername(riverside, NewUsername("Jo", PASSWORD)), by=maria)
    assert len(events(access, riverside)) == before
    assert jo not in str(refused.value)


@pytest.mark.row("MU-04")
def test_a_weak_password_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        NewUsername("kim", "short")


@pytest.mark.row("MU-04", "INV-39")
def test_adding_again_with_the_same_key_answers_as_the_first_time(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    command = AddUsername(riverside, NewUsername("kim", PASSWORD))
    first = access.execute(command, by=maria, key="add-kim")
    assert access.execute(command, by=maria, key="add-kim") == first
    assert len(events(access, first.principal_id)) == 1


@pytest.mark.row("MU-05", "INV-01")
def test_a_new_username_holds_nothing_unless_it_is_given(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, by=maria)
    for resource in access.catalog.resources:
        for action in resource.actions:
            assert not access.check(riverside, kim, resource.key, action)


@pytest.mark.row("MU-07", "INV-36")
def test_the_record_says_who_did_it_to_whom_and_where(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo, reason=DisableReason.SECURITY), by=maria)
    event = events(access, riverside)[-1]
    assert (event.stream, event.actor.id, event.subject, event.kind) == (riverside, maria, jo, "disable")
    assert event.after["disabled"]["reason"] == "security"


@pytest.mark.row("MU-16", "AM-07")
def test_a_removed_member_is_gone_but_the_record_keeps_the_id(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Remove(riverside, jo), by=maria)
    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.NOT_A_MEMBER,)
    assert row_of(access, riverside, jo).membership.gone_at is not None
    with pytest.raises(NotFoundError):
        access.execute(Remove(riverside, jo), by=maria)


@pytest.mark.row("MU-16", "INV-15", "A34")
def test_who_comes_back_inherits_nothing(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Remove(riverside, jo), by=maria)
    access.execute(RequestAccess(riverside), by=jo)
    facts = row_of(access, riverside, jo).membership
    assert (facts.incarnation, dict(facts.overrides), facts.role) == (2, {}, None)
    access.execute(Approve(riverside, jo, Grant(levels={"codes": VIEW})), by=maria)
    assert condition(access, riverside, jo) is Reason.ACTIVE  # without a mailbox there is nothing to verify
    assert dict(row_of(access, riverside, jo).membership.overrides) == {"codes": "view"}


@pytest.mark.row("INV-15", "A34")
def test_a_username_is_never_given_to_somebody_else(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Remove(riverside, jo), by=maria)
    with pytest.raises(TakenError):
        access.execute(AddUsername(riverside, NewUsername("jo", PASSWORD)), by=maria)


@pytest.mark.row("MU-16", "INV-19")
def test_the_last_manager_is_not_removed_and_does_not_leave(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    with pytest.raises(LastManagerError) as refused:
        access.execute(Remove(riverside, maria), by=OPERATOR)
    assert refused.value.tenant == riverside
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)


@pytest.mark.row("MU-16", "INV-18")
def test_nobody_removes_themselves(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(Remove(riverside, maria), by=maria)
    assert refused.value.cells == [(maria, "*", "*")]


@pytest.mark.row("AM-16")
def test_only_a_member_leaves(access: TenantAccess, riverside: TenantId) -> None:
    with pytest.raises(AccessDeniedError):
        access.execute(Leave(riverside), by=OPERATOR)
    with pytest.raises(NotFoundError):
        access.execute(Leave(riverside), by=NOBODY)


@pytest.mark.row("MC-17", "MU-04")
def test_a_username_rests_on_whoever_chose_its_password_until_it_is_changed(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": FULL}, by=maria)
    resting = row_of(access, riverside, kim).membership.resting
    assert resting is not None
    assert resting.on == maria
    access.execute(ChangePassword(PASSWORD, "a password of its own"), by=kim)
    row = row_of(access, riverside, kim)
    assert row.membership.resting is None
    assert row.principal.password_choice is PasswordChoice.OWN


@pytest.mark.row("MU-04")
def test_what_the_operator_sets_up_rests_on_nobody(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    assert row_of(access, riverside, jo).membership.resting is None
    assert row_of(access, riverside, jo).principal.password_choice is PasswordChoice.OPERATOR
    assert allowed(access, riverside, jo)
