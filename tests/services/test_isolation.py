"""No effect and no knowledge across tenants (INV-10 to INV-13, A01 to A04)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.worlds import ABSENT, NOBODY, dump, refusals, row_of

from tenantaccess import commands
from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AcceptLink,
    AddRole,
    AddService,
    AddUsername,
    Adopt,
    ApplyPreset,
    AppointManager,
    Approve,
    AssignRole,
    CancelCopy,
    ChangeEmail,
    ChangeLinking,
    ChangePassword,
    ChangePrivileges,
    CloseTenant,
    CompleteRegistration,
    ConfirmLink,
    CopyRecords,
    DeclineInvitation,
    Disable,
    EditRole,
    Enable,
    ErasePrincipal,
    Invite,
    JoinLink,
    Leave,
    LimitSegments,
    OpenTenant,
    ReinstatePrincipal,
    Reject,
    Remove,
    RemoveRole,
    ReopenTenant,
    RequestAccess,
    RequestLink,
    RequestPasswordReset,
    ResendInvitation,
    ResetPassword,
    RevokeInvitation,
    SendPasswordReset,
    SendRegistration,
    SetDates,
    SignOutEverywhere,
    SuspendPrincipal,
    SuspendTenant,
    Unlink,
    UpdateContact,
    VerifyEmail,
)
from tenantaccess.errors import ForeignRowError, NotFoundError, TenantAccessError
from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.levels import VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.command import Command, TenantCommand
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.testing.faults import FaultyStore, ForeignRowsStore

INVITATION = InvitationId("inv_" + "0" * 32)
CLAIMS = Grant(levels={"claims": VIEW})
ABOUT_A_TENANT: dict[str, Callable[[TenantId, PrincipalId], TenantCommand[Any]]] = {
    "accept_link": AcceptLink,
    "add_role": lambda tenant, _: AddRole(tenant, "clerk"),
    "add_service": lambda tenant, _: AddService(tenant, "feed"),
    "add_username": lambda tenant, _: AddUsername(tenant, NewUsername("kim", PASSWORD)),
    "adopt": Adopt,
    "apply_preset": lambda tenant, _: ApplyPreset(tenant, "biller"),
    "appoint_manager": AppointManager,
    "approve": lambda tenant, member: Approve(tenant, member, CLAIMS),
    "assign_role": lambda tenant, member: AssignRole(tenant, member, "biller"),
    "change_linking": lambda tenant, _: ChangeLinking(tenant, linking=Linking.OFF),
    "change_privileges": lambda tenant, member: ChangePrivileges(tenant, [Edit(member, "claims", VIEW)]),
    "close_tenant": lambda tenant, _: CloseTenant(tenant),
    "confirm_link": ConfirmLink,
    "disable": Disable,
    "edit_role": lambda tenant, _: EditRole(tenant, "biller", {"claims": VIEW}),
    "enable": Enable,
    "invite": lambda tenant, _: Invite(tenant, "kim@people.example", CLAIMS),
    "leave": lambda tenant, _: Leave(tenant),
    "limit_segments": lambda tenant, member: LimitSegments(tenant, member, ["medicaid"]),
    "reject": Reject,
    "remove": Remove,
    "remove_role": lambda tenant, _: RemoveRole(tenant, "biller"),
    "resend_invitation": lambda tenant, _: ResendInvitation(tenant, INVITATION),
    "revoke_invitation": lambda tenant, _: RevokeInvitation(tenant, INVITATION),
    "reopen_tenant": lambda tenant, _: ReopenTenant(tenant),
    "send_password_reset": SendPasswordReset,
    "send_registration": SendRegistration,
    "set_dates": SetDates,
    "suspend_tenant": lambda tenant, _: SuspendTenant(tenant),
    "unlink": Unlink,
    "update_contact": lambda tenant, member: UpdateContact(tenant, member, contact=Contact("Kim")),
}
ABOUT_NO_TENANT = {
    "accept_invitation": AcceptInvitation,
    "decline_invitation": DeclineInvitation,
    "cancel_copy": CancelCopy,
    "change_email": ChangeEmail,
    "change_password": ChangePassword,
    "complete_registration": CompleteRegistration,
    "copy_records": CopyRecords,
    "erase_principal": ErasePrincipal,
    "join_link": JoinLink,
    "open_tenant": OpenTenant,
    "reinstate_principal": ReinstatePrincipal,
    "request_access": RequestAccess,
    "request_link": RequestLink,
    "request_password_reset": RequestPasswordReset,
    "reset_password": ResetPassword,
    "sign_out_everywhere": SignOutEverywhere,
    "verify_email": VerifyEmail,
    "suspend_principal": SuspendPrincipal,
}
by_command = pytest.mark.parametrize("name", ABOUT_A_TENANT)


def test_the_list_of_commands_here_is_the_list_of_commands() -> None:
    public = [getattr(commands, name) for name in commands.__all__]
    named = {one.name for one in public if issubclass(one, Command)}
    assert named == {*ABOUT_A_TENANT, *ABOUT_NO_TENANT}


def answer(access: TenantAccess, command: Command[Any], by: PrincipalId) -> tuple[Any, ...]:
    """Everything an outsider observes: the error, with the ids it asked for itself blotted out."""
    with pytest.raises(TenantAccessError) as refused:
        access.execute(command, by=by)
    tenant = getattr(command, "tenant", "")
    return type(refused.value), str(refused.value).replace(tenant, "?"), access.may(command, by=by)


@pytest.mark.row("A01", "INV-11")
@by_command
def test_a_foreign_tenant_answers_like_one_that_does_not_exist(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, name: str
) -> None:
    assert riverside
    kim = make.pending(lakeside)
    foreign = answer(access, ABOUT_A_TENANT[name](lakeside, kim), maria)
    absent = answer(access, ABOUT_A_TENANT[name](ABSENT, NOBODY), maria)
    assert foreign == absent
    assert foreign[0] is NotFoundError


@pytest.mark.row("A02", "A01", "INV-11")
@pytest.mark.parametrize(
    "name",
    [name for name, make in ABOUT_A_TENANT.items() if make(ABSENT, NOBODY).named() and name != "appoint_manager"],
)
def test_a_foreign_member_answers_like_one_that_does_not_exist(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, name: str
) -> None:
    foreign = ABOUT_A_TENANT[name](riverside, make.pending(lakeside))
    absent = ABOUT_A_TENANT[name](riverside, NOBODY)
    answers = []
    for command, who in ((foreign, foreign.named()[0]), (absent, NOBODY)):
        kind, text, decision = answer(access, command, maria)
        answers.append((kind, text.replace(who, "?"), decision))
    assert answers[0] == answers[1]
    assert answers[0][0] is NotFoundError


@pytest.mark.row("INV-10", "A01", "INV-12")
@by_command
def test_no_command_in_one_tenant_changes_another(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lena: PrincipalId, name: str
) -> None:
    assert lena
    both = make.manager(lakeside)
    access.execute(AppointManager(riverside, both), by=OPERATOR)
    make.manager(riverside)
    members = (both, make.pending(riverside), make.member(riverside))
    before = (dump(access, lakeside, [both]), refusals(access, lakeside))
    for actor in (OPERATOR, both):
        for member in members:
            try:
                access.execute(ABOUT_A_TENANT[name](riverside, member), by=actor)
            except TenantAccessError:
                continue
    after = (dump(access, lakeside, [both]), refusals(access, lakeside))
    assert after[0][:-1] == before[0][:-1]  # all but the number of queued notices, which is the store's
    assert after[1] == before[1]


@pytest.mark.row("INV-11")
def test_refusals_about_a_foreign_tenant_make_the_same_calls_as_about_none(
    access: TenantAccess, make: Given, lakeside: TenantId, maria: PrincipalId
) -> None:
    kim = make.member(lakeside)
    traces = []
    for tenant, member in ((lakeside, kim), (ABSENT, NOBODY)):
        traced = FaultyStore(access.store)
        with pytest.raises(NotFoundError):
            attrs.evolve(access, store=traced).execute(Disable(tenant, member), by=maria)
        traces.append([call for call in traced.trace if call not in ("begin", "commit", "streams.head")])
    assert traces[0] == traces[1]


@pytest.mark.row("INV-11", "A73")
def test_a_stranger_reads_no_record_and_no_matrix(access: TenantAccess, lakeside: TenantId, maria: PrincipalId) -> None:
    for tenant in (lakeside, ABSENT):
        for look in (access.audit.read, access.audit.access_log, access.privileges.matrix):
            with pytest.raises(NotFoundError) as refused:
                look(tenant, by=maria)
            assert str(refused.value) == f"no tenant `{tenant}`"


@pytest.mark.row("INV-11")
def test_what_one_sees_does_not_depend_on_other_tenants(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    def seen() -> tuple[Any, ...]:
        return (
            access.privileges.matrix(riverside, by=maria),
            access.audit.read(riverside, by=maria),
            list(access.list_members_with(riverside, "claims", "view")),
            access.check(riverside, jo, "claims", "submit"),
        )

    before = seen()
    neighbour = make.tenant("Riverside Clinic")
    make.manager(neighbour)
    access.execute(AppointManager(neighbour, jo), by=OPERATOR)
    assert seen() == before


@pytest.mark.row("INV-12")
def test_authority_in_another_tenant_that_a_faulty_store_returns_is_not_used(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lena: PrincipalId
) -> None:
    assert make.manager(riverside)
    kim = make.member(lakeside)
    for one in (lena, kim):
        access.execute(AppointManager(riverside, one), by=OPERATOR)
    access.execute(AssignRole(riverside, lena, None), by=OPERATOR)
    mixed = attrs.evolve(access, store=ForeignRowsStore(access.store, lakeside))
    with pytest.raises(ForeignRowError):
        mixed.execute(Disable(riverside, kim), by=lena)
    assert [row_of(access, tenant, kim).membership.disabled for tenant in (riverside, lakeside)] == [None, None]


@pytest.mark.row("INV-13", "A04")
def test_no_managers_command_has_a_field_that_other_tenants_share() -> None:
    shared = {"username", "email", "password", "current", "new", "suspended_at", "email_verified_at", "access_epoch"}
    for name, make in ABOUT_A_TENANT.items():
        # Those bring somebody in, and change nobody who is there.
        if name not in {"add_service", "add_username", "invite"}:
            fields = {field.name for field in attrs.fields(type(make(ABSENT, NOBODY)))}
            assert not fields & shared, name


@pytest.mark.row("INV-13", "A04")
def test_whatever_a_manager_does_the_principal_stays_as_it_was(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside)
    with access.store.reading() as unit:
        before = (unit.principals.find(kim), unit.credentials.find(kim))
    for name in ("update_contact", "assign_role", "disable", "enable", "send_registration", "set_dates", "remove"):
        access.execute(ABOUT_A_TENANT[name](riverside, kim), by=maria)
        access.notices.deliver(mailer)
    with access.store.reading() as unit:
        assert (unit.principals.find(kim), unit.credentials.find(kim)) == before


@pytest.mark.row("A02")
def test_a_role_of_another_tenant_is_no_role_here(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(AddRole(lakeside, "clerk", levels={"claims": VIEW}), by=OPERATOR)
    with pytest.raises(TenantAccessError) as foreign:
        access.execute(AssignRole(riverside, jo, "clerk"), by=maria)
    with pytest.raises(TenantAccessError) as absent:
        access.execute(AssignRole(riverside, jo, "clark"), by=maria)
    assert str(foreign.value).replace("clerk", "clark") == str(absent.value)


@pytest.mark.row("A21", "INV-01")
def test_a_username_that_equals_a_word_means_nothing(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    for name in ("claims", "account_manager", "biller", riverside[:30]):
        kim = make.member(riverside, username=name)
        assert not access.check(riverside, kim, "claims", "view")


@pytest.mark.row("INV-11", "A03")
def test_somebody_not_signed_in_learns_nothing_about_tenants(access: TenantAccess, riverside: TenantId) -> None:
    kinds = []
    for tenant in (riverside, ABSENT):
        with pytest.raises(TenantAccessError) as refused:
            access.execute(SuspendTenant(tenant), by=None)  # type: ignore[call-overload]
        kinds.append(type(refused.value))
    assert kinds[0] is kinds[1]
