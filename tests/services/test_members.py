"""Disabling, enabling, dating, correcting: the manager's daily work (AM-07, AM-12, AM-21, AM-27, AM-28)."""

import attrs
import pytest
from tests.services.worlds import NOBODY, allowed, condition, days, kinds, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AppointManager,
    ChangePassword,
    Disable,
    Enable,
    LastManager,
    ReinstatePrincipal,
    Reject,
    Remove,
    SetDates,
    SuspendPrincipal,
    UpdateContact,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    NotFoundError,
    ProofRefusedError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Contact, DisableReason, Status
from tenantaccess.model.policy import AfterEnable, Policy
from tenantaccess.rules import members
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer


@pytest.mark.row("AM-07", "AM-28", "INV-05")
def test_who_is_disabled_is_out_at_once_and_the_record_says_why(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    before = row_of(access, riverside, jo).membership
    access.execute(Disable(riverside, jo, reason=DisableReason.LEFT), by=maria)
    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.DISABLED,)
    after = row_of(access, riverside, jo).membership
    assert (after.access_epoch, after.proof_epoch) == (before.access_epoch + 1, before.proof_epoch + 1)


@pytest.mark.row("AM-07", "AM-28")
def test_a_disable_may_lie_ahead_and_is_then_an_end(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo, at=clock.now() + days(3)), by=maria)
    assert allowed(access, riverside, jo)
    clock.advance(days(3))
    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.ENDED,)


@pytest.mark.row("AM-07")
def test_an_end_is_only_ever_brought_forward_by_disabling(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo, at=clock.now() + days(3)), by=maria)
    assert not access.execute(Disable(riverside, jo, at=clock.now() + days(5)), by=maria).changed
    assert access.execute(Disable(riverside, jo, at=clock.now() + days(1)), by=maria).changed
    assert access.execute(Disable(riverside, jo, at=clock.now()), by=maria).changed
    assert condition(access, riverside, jo) is Reason.DISABLED


@pytest.mark.row("AM-28", "MC-01")
def test_a_later_end_adds_nothing_to_what_stands(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    later = Disable(riverside, jo, at=clock.now() + days(9))
    access.execute(Disable(riverside, jo, at=clock.now() + days(1)), by=maria)
    clock.advance(days(1))
    with pytest.raises(IllegalTransitionError):
        access.execute(later, by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    assert not access.execute(later, by=OPERATOR).changed


@pytest.mark.row("MC-01", "AM-28")
def test_the_stronger_disable_is_written_over_the_weaker_and_never_the_other_way(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert access.execute(Disable(riverside, jo), by=maria).changed
    assert not access.execute(Disable(riverside, jo), by=maria).changed
    assert access.execute(Disable(riverside, jo), by=OPERATOR).changed
    assert not access.execute(Disable(riverside, jo), by=OPERATOR).changed
    assert not access.execute(Disable(riverside, jo), by=maria).changed


@pytest.mark.parametrize("reason", [DisableReason.REJECTED, DisableReason.ENDED])
def test_a_disable_is_for_one_of_the_four_reasons(reason: DisableReason) -> None:
    with pytest.raises(InvalidInputError):
        Disable(TenantId("ten_" + "0" * 32), NOBODY, reason=reason)


@pytest.mark.row("AM-27", "AM-29", "INV-21")
def test_enabling_asks_for_a_new_verification_and_keeps_the_levels(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside, levels={"claims": "view"})
    access.execute(Disable(riverside, kim), by=maria)
    access.execute(Enable(riverside, kim, note="back from leave"), by=maria)
    facts = row_of(access, riverside, kim).membership
    assert condition(access, riverside, kim) is Reason.UNVERIFIED
    assert (dict(facts.overrides), facts.access_epoch) == ({"claims": "view"}, 2)
    access.notices.deliver(mailer)
    assert len(mailer.tokens()) == 1


@pytest.mark.row("AM-27")
def test_enabling_leads_to_active_where_the_policy_says_so_or_no_mailbox_is_there(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    lenient = attrs.evolve(access, policy=Policy(after_enable=AfterEnable.ACTIVE))
    kim = make.registered(riverside)
    for one, by in ((kim, lenient), (jo, access)):
        by.execute(Disable(riverside, one), by=maria)
        by.execute(Enable(riverside, one), by=maria)
        assert condition(access, riverside, one) is Reason.ACTIVE


@pytest.mark.row("AM-26", "AM-27")
def test_enabling_who_lapsed_starts_the_clock_anew(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    wait(access, clock, 90, (riverside, maria))
    access.execute(Enable(riverside, jo), by=maria)
    clock.advance(days(29))
    assert allowed(access, riverside, jo)


@pytest.mark.row("MC-06", "AM-28")
def test_a_passed_end_is_lifted_by_enabling_alone(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(1)), by=maria)
    clock.advance(days(1))
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(9)), by=maria)
    assert "enable" in refused.value.legal
    access.execute(Enable(riverside, jo), by=maria)
    assert allowed(access, riverside, jo)


def test_dates_hold_from_their_first_to_before_their_last_moment(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    start, end = clock.now() + days(1), clock.now() + days(2)
    access.execute(SetDates(riverside, jo, start, end), by=maria)
    assert not access.execute(SetDates(riverside, jo, start, end), by=maria).changed
    seen = []
    for at in (clock.now(), start, end - days(1) / 86_400_000_000, end):
        clock.moment = at
        seen.append(condition(access, riverside, jo))
    assert seen == [Reason.NOT_YET_VALID, Reason.ACTIVE, Reason.ACTIVE, Reason.ENDED]


def test_dates_that_lie_behind_or_cross_are_refused(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    now = clock.now()
    for start, end in ((None, now), (now + days(2), now + days(1)), (now - days(2), now - days(1))):
        with pytest.raises(InvalidInputError):
            access.execute(SetDates(riverside, jo, start, end), by=maria)


@pytest.mark.row("MC-06")
def test_what_is_both_disabled_and_ended_has_its_end_lifted_by_enabling_alone(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(1)), by=maria)
    clock.advance(days(1))
    access.execute(Disable(riverside, jo), by=maria)
    with pytest.raises(IllegalTransitionError):
        access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(9)), by=maria)
    assert access.execute(Enable(riverside, jo), by=maria).changed


def test_a_request_has_no_dates(access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId) -> None:
    kim = make.pending(riverside)
    with pytest.raises(IllegalTransitionError):
        access.execute(SetDates(riverside, kim, valid_until=clock.now() + days(9)), by=OPERATOR)


@pytest.mark.row("AM-12", "INV-13")
def test_a_manager_corrects_what_the_roster_says_and_nothing_that_others_share(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside)
    before = row_of(access, riverside, kim)
    contact = Contact("Kim", "Ito", "front@desk.example", "555 0100")
    assert access.execute(UpdateContact(riverside, kim, contact=contact), by=maria).changed
    assert not access.execute(UpdateContact(riverside, kim, contact=contact), by=maria).changed
    after = row_of(access, riverside, kim)
    assert after == attrs.evolve(before, membership=attrs.evolve(before.membership, contact=contact))


@pytest.mark.row("AM-12")
def test_the_person_is_told_what_a_manager_changed(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(UpdateContact(riverside, kim, contact=Contact(email="typo@elsewhere.example")), by=maria)
    access.notices.deliver(mailer)
    assert [(message.purpose, message.to) for message in mailer.messages] == [("update_contact", "kim@people.example")]


@pytest.mark.row("INV-09", "INV-40")
@pytest.mark.parametrize(
    "contact", [Contact(first_name="x" * 201), Contact(phone="5" * 41), Contact(email="no"), Contact(last_name="a\nb")]
)
def test_contact_details_are_bounded_and_one_line(contact: Contact) -> None:
    with pytest.raises(InvalidInputError):
        UpdateContact(TenantId("ten_" + "0" * 32), NOBODY, contact=contact)


@pytest.mark.row("INV-09", "A62")
def test_contact_details_are_stored_in_normal_form(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    odd = Contact(first_name="Jose\u0301", email="jo\uff20desk.example")
    access.execute(UpdateContact(riverside, jo, contact=odd), by=maria)
    assert row_of(access, riverside, jo).membership.contact == Contact("Jos\u00e9", email="jo@desk.example")


@pytest.mark.row("AM-21", "AM-08")
def test_the_buttons_of_a_row_are_what_its_commands_would_answer(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    kim = make.pending(riverside)
    assert access.may(Disable(riverside, jo), by=maria)
    assert access.may(Reject(riverside, kim), by=maria)
    assert access.may(Disable(riverside, kim), by=maria).reasons == (Reason.ILLEGAL_STEP, Reason.PENDING)
    assert access.may(Disable(riverside, maria), by=maria).reasons == (Reason.OWN_ROW,)
    assert access.may(Remove(riverside, maria), by=OPERATOR).reasons == (Reason.LAST_MANAGER,)
    assert access.may(Disable(riverside, NOBODY), by=maria).reasons == (Reason.NOT_FOUND,)
    assert kinds(access, riverside)[-1] == "request_access"


@pytest.mark.row("T1", "AM-29")
def test_the_four_words_people_read_come_from_the_facts(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    disabled = make.member(riverside)
    access.execute(Disable(riverside, disabled), by=maria)
    people = [make.pending(riverside), make.unverified(riverside), jo, disabled]
    words = [members.status(row_of(access, riverside, one), clock.now(), access.policy) for one in people]
    assert words == [Status.PENDING, Status.UNVERIFIED, Status.ACTIVE, Status.DISABLED]


@pytest.mark.row("INV-19", "AM-28")
@pytest.mark.parametrize("command", [Disable, Remove])
def test_only_the_operator_leaves_a_tenant_unmanaged_and_only_by_name(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    command: type[Disable] | type[Remove],
) -> None:
    other = make.manager(riverside)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(command(riverside, other, last_manager=LastManager.OVERRIDE), by=maria)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    access.execute(command(riverside, other), by=maria)
    with pytest.raises(LastManagerError):
        access.execute(command(riverside, maria), by=OPERATOR)
    assert access.execute(command(riverside, maria, last_manager=LastManager.OVERRIDE), by=OPERATOR).changed


@pytest.mark.row("T2", "INV-05", "AM-28")
def test_the_operator_suspends_a_person_everywhere_at_once(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> None:
    assert lena
    make.manager(riverside)
    make_both(access, lakeside, maria)
    before = row_of(access, riverside, maria).principal
    access.execute(SuspendPrincipal(maria, note="lost phone"), by=OPERATOR)
    assert not any(access.check(tenant, maria, "manage_account", "view") for tenant in (riverside, lakeside))
    after = row_of(access, riverside, maria).principal
    assert (after.proof_epoch, after.access_epoch) == (before.proof_epoch + 1, before.access_epoch + 1)
    assert [kinds(access, stream)[-1] for stream in (maria, riverside, lakeside)] == ["suspend_principal"] * 3


def make_both(access: TenantAccess, tenant: TenantId, principal: PrincipalId) -> None:
    """Let somebody manage a second tenant."""
    access.execute(AppointManager(tenant, principal), by=OPERATOR)


def test_a_suspension_repeated_is_nothing_and_a_reinstatement_brings_back_what_was(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    assert not access.execute(ReinstatePrincipal(jo), by=OPERATOR).changed
    assert access.execute(SuspendPrincipal(jo), by=OPERATOR).changed
    assert not access.execute(SuspendPrincipal(jo), by=OPERATOR).changed
    assert access.execute(ReinstatePrincipal(jo, note="found"), by=OPERATOR).changed
    assert allowed(access, riverside, jo)


@pytest.mark.row("INV-19")
def test_suspending_the_last_manager_names_the_tenants_it_leaves(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    with pytest.raises(LastManagerError) as refused:
        access.execute(SuspendPrincipal(maria), by=OPERATOR)
    assert refused.value.tenant == riverside
    assert access.execute(SuspendPrincipal(maria, orphaning=[riverside]), by=OPERATOR).changed


@pytest.mark.row("INV-23", "A17")
def test_nobody_but_the_operator_suspends_and_nobody_is_there_to_be_found(
    access: TenantAccess, maria: PrincipalId, jo: PrincipalId
) -> None:
    for target in (jo, NOBODY):
        with pytest.raises(AccessDeniedError):
            access.execute(SuspendPrincipal(target), by=maria)
    with pytest.raises(NotFoundError):
        access.execute(SuspendPrincipal(NOBODY), by=OPERATOR)


@pytest.mark.row("INV-13", "A04")
def test_a_password_is_changed_by_its_person_who_knows_the_present_one(
    access: TenantAccess, jo: PrincipalId, maria: PrincipalId
) -> None:
    with pytest.raises(ProofRefusedError):
        access.execute(ChangePassword("not the password", "another password"), by=jo)
    with pytest.raises(AccessDeniedError):
        access.execute(ChangePassword(PASSWORD, "another password"), by=OPERATOR)
    access.execute(ChangePassword(PASSWORD, "another password"), by=jo)
    with pytest.raises(ProofRefusedError):
        access.execute(ChangePassword(PASSWORD, "a third password"), by=jo)
    assert access.execute(ChangePassword(PASSWORD, "another password"), by=maria).changed


def test_a_suspended_person_changes_no_password(access: TenantAccess, jo: PrincipalId) -> None:
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(ChangePassword(PASSWORD, "another password"), by=jo)
    assert refused.value.decision.reasons == (Reason.PRINCIPAL_SUSPENDED,)


@pytest.mark.row("INV-18", "INV-16")
def test_nobody_disables_enables_dates_or_rejects_themselves(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    for command in (
        Disable(riverside, maria),
        Enable(riverside, maria),
        SetDates(riverside, maria),
        Reject(riverside, maria),
    ):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(command, by=maria)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)
