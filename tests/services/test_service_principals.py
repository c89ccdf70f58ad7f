"""Service principals: programs with a username of their own, and nothing else that people have."""

from typing import Any

import pytest
from tests.services.worlds import NOBODY, condition, dump, kinds, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AcceptLink,
    AddRole,
    AddService,
    AddUsername,
    AppointManager,
    AssignRole,
    ChangeEmail,
    ChangePassword,
    ChangePrivileges,
    ConfirmLink,
    Disable,
    EditRole,
    Enable,
    Invite,
    JoinLink,
    LastManager,
    Leave,
    OpenTenant,
    Remove,
    RequestAccess,
    RequestLink,
    SendPasswordReset,
    SendRegistration,
    SuspendPrincipal,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    NotFoundError,
    ProofRefusedError,
    TakenError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, RoleKey, TenantId
from tenantaccess.model.actors import System
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Origin
from tenantaccess.model.principals import Kind, NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

SUBMIT = Grant(levels={"claims": FULL})
MANAGE = Grant(levels={"manage_account": FULL})


@pytest.fixture
def feed(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """A service of Riverside that submits claims, added by Maria."""
    return access.execute(AddService(riverside, "claims.feed", SUBMIT), by=maria).principal_id


def reason(refused: pytest.ExceptionInfo[AccessDeniedError]) -> Reason:
    return refused.value.decision.reasons[0]


@pytest.mark.row("INV-36")
def test_a_service_is_active_at_once_with_what_it_was_given(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, feed: PrincipalId, mailer: RecordingMailer
) -> None:
    row = row_of(access, riverside, feed)
    assert row.principal.kind is Kind.SERVICE
    assert (row.principal.username, row.principal.email) == ("claims.feed", "")
    assert row.membership.origin is Origin.PROVISIONED
    assert row.membership.approved_by == maria
    assert row.membership.resting is None
    assert condition(access, riverside, feed) is Reason.ACTIVE
    assert access.check(riverside, feed, "claims", "submit")
    assert not access.check(riverside, feed, "codes", "view")
    access.notices.deliver(mailer)
    assert mailer.messages == []
    assert kinds(access, riverside)[-1] == kinds(access, feed)[-1] == "add_service"
    assert access.audit.verify(feed).holds


def test_the_operator_adds_services_too(access: TenantAccess, riverside: TenantId) -> None:
    feed = access.execute(AddService(riverside, "feed", SUBMIT), by=OPERATOR).principal_id
    assert row_of(access, riverside, feed).membership.approved_by == OPERATOR.name


@pytest.mark.row("AM-26")
def test_a_service_never_lapses(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, feed: PrincipalId
) -> None:
    clock.advance(10 * access.policy.inactive_after)
    assert access.check(riverside, feed, "claims", "submit")
    assert access.sweeps.run().lapsed == 1, "Maria"
    assert condition(access, riverside, feed) is Reason.ACTIVE


@pytest.mark.row("INV-22")
def test_a_service_is_given_no_more_than_its_giver_holds(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    manager = make.member(riverside, levels={"manage_account": FULL, "claims": VIEW})
    with pytest.raises(GrantRefusedError):
        access.execute(AddService(riverside, "feed", SUBMIT), by=manager)
    with pytest.raises(GrantRefusedError):
        access.execute(AddService(riverside, "feed", Grant(ACCOUNT_MANAGER)), by=manager)
    with pytest.raises(UnknownNameError):
        access.execute(AddService(riverside, "feed", Grant("porter")), by=manager)
    assert access.execute(AddService(riverside, "feed", Grant(levels={"claims": VIEW})), by=manager).version > 0


def test_who_manages_nothing_adds_no_service(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, lena: PrincipalId, jo: PrincipalId
) -> None:
    resting = make.manager(riverside, by=maria)
    before = dump(access, riverside)
    for by, error in ((jo, AccessDeniedError), (resting, AccessDeniedError), (lena, NotFoundError)):
        with pytest.raises(error):
            access.execute(AddService(riverside, "feed", SUBMIT), by=by)
    assert dump(access, riverside) == before


@pytest.mark.row("INV-18")
def test_no_service_adds_another_one(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    first = access.execute(AddService(riverside, "first", MANAGE), by=maria).principal_id
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(AddService(riverside, "second"), by=first)
    assert reason(refused) is Reason.SERVICE


@pytest.mark.row("INV-15")
def test_usernames_of_services_are_usernames(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    for taken in ("jo", "JO"):
        with pytest.raises(TakenError):
            access.execute(AddService(riverside, taken), by=OPERATOR)
    with pytest.raises(InvalidInputError):
        AddService(riverside, "two words")
    assert row_of(access, riverside, jo).principal.kind is Kind.HUMAN


@pytest.mark.row("INV-27")
def test_a_service_signs_in_nowhere_and_has_no_password_to_change(access: TenantAccess, feed: PrincipalId) -> None:
    with access.store.begin() as unit:
        unit.credentials.put(feed, access.hasher.hash(ChangePassword(PASSWORD, PASSWORD).current))
        unit.commit()
    with pytest.raises(ProofRefusedError):
        access.authenticate("claims.feed", PASSWORD)
    with access.store.begin() as unit:
        unit.credentials.forget(feed)
        unit.commit()
    with pytest.raises(ProofRefusedError):
        access.execute(ChangePassword(PASSWORD, "another password"), by=feed)


@pytest.mark.row("INV-26")
def test_a_service_proves_links_and_requests_nothing(
    access: TenantAccess, make: Given, lakeside: TenantId, feed: PrincipalId
) -> None:
    make.member(lakeside, levels={"claims": FULL}, username="pat")
    calls: list[Any] = [
        lambda: access.links.prove("pat", PASSWORD, by=feed),
        lambda: access.execute(JoinLink([lakeside], "a" * 64), by=feed),
        lambda: access.execute(RequestLink(lakeside), by=feed),
        lambda: access.execute(RequestAccess(lakeside), by=feed),
        lambda: access.execute(ChangeEmail("feed@people.example"), by=feed),
    ]
    before = dump(access, lakeside, [feed])
    for call in calls:
        with pytest.raises(AccessDeniedError) as refused:
            call()
        assert reason(refused) is Reason.SERVICE
    assert dump(access, lakeside, [feed]) == before


@pytest.mark.row("INV-32")
def test_a_service_takes_no_invitation(
    access: TenantAccess, lakeside: TenantId, lena: PrincipalId, feed: PrincipalId, mailer: RecordingMailer
) -> None:
    access.execute(Invite(lakeside, "feed@people.example", SUBMIT), by=lena)
    access.notices.deliver(mailer)
    with pytest.raises(ProofRefusedError):
        access.execute(AcceptInvitation(mailer.tokens()[-1]), by=feed)


def test_a_service_has_no_mailbox_to_mail_to(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, feed: PrincipalId
) -> None:
    assert not access.execute(SendRegistration(riverside, feed), by=maria).changed
    with pytest.raises(IllegalTransitionError):
        access.execute(SendPasswordReset(riverside, feed), by=maria)


@pytest.mark.row("INV-20")
def test_a_service_is_appointed_nowhere(access: TenantAccess, riverside: TenantId, feed: PrincipalId) -> None:
    commands: list[Any] = [
        AppointManager(riverside, feed),
        OpenTenant("Lakeside", manager=feed),
    ]
    for command in commands:
        with pytest.raises(AccessDeniedError) as refused:
            access.execute(command, by=OPERATOR)
        assert reason(refused) is Reason.SERVICE
    elsewhere = access.execute(OpenTenant("Hillside"), by=OPERATOR).tenant_id
    with pytest.raises(AccessDeniedError):
        access.execute(AppointManager(elsewhere, feed), by=OPERATOR)


@pytest.mark.row("INV-19")
def test_a_service_that_manages_keeps_no_tenant_managed(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    feed = access.execute(AddService(riverside, "feed", Grant(ACCOUNT_MANAGER)), by=maria).principal_id
    assert access.may(AddUsername(riverside, NewUsername("new", PASSWORD)), by=feed)
    for command, by in ((Leave(riverside), maria), (Disable(riverside, maria), OPERATOR)):
        with pytest.raises(LastManagerError):
            access.execute(command, by=by)
    with pytest.raises(LastManagerError):
        access.execute(SuspendPrincipal(maria), by=OPERATOR)
    assert access.execute(AssignRole(riverside, feed, None), by=maria).changed


@pytest.mark.row("INV-18", "MC-17")
def test_a_service_leads_who_added_it_nowhere(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    feed = access.execute(AddService(riverside, "feed", MANAGE), by=maria).principal_id
    other = make.manager(riverside)
    access.execute(Disable(riverside, maria), by=other)
    for command in (Enable(riverside, maria), Remove(riverside, maria), AssignRole(riverside, maria, ACCOUNT_MANAGER)):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(command, by=feed)
        assert reason(refused) is Reason.OWN_ROW
    assert access.execute(Disable(riverside, make.member(riverside)), by=feed).changed
    with pytest.raises(GrantRefusedError):
        access.execute(Disable(riverside, feed), by=feed)


def test_a_service_is_disabled_enabled_and_removed_like_anybody(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, feed: PrincipalId
) -> None:
    access.execute(Disable(riverside, feed), by=maria)
    assert not access.check(riverside, feed, "claims", "submit")
    access.execute(Enable(riverside, feed), by=maria)
    assert condition(access, riverside, feed) is Reason.ACTIVE
    access.execute(Remove(riverside, feed, last_manager=LastManager.KEEP), by=maria)
    assert access.check(riverside, feed, "claims", "submit").reasons == (Reason.NOT_A_MEMBER,)


@pytest.mark.row("A03", "INV-01")
def test_a_request_without_anybody_reaches_no_tenant(
    access: TenantAccess, riverside: TenantId, feed: PrincipalId
) -> None:
    before = dump(access, riverside, [feed])
    nobody: Any
    for nobody in ("", "claims.feed", None, 0, riverside):
        with pytest.raises((AccessDeniedError, InvalidInputError)):
            access.execute(Disable(riverside, feed), by=nobody)
        try:
            decision = access.check(riverside, nobody, "claims", "submit")
        except InvalidInputError:
            continue
        assert decision.reasons == (Reason.NOT_A_MEMBER,)
    for by in (NOBODY, System()):
        with pytest.raises((NotFoundError, AccessDeniedError)):
            access.execute(Disable(riverside, feed), by=by)
    assert dump(access, riverside, [feed]) == before


@pytest.mark.row("INV-18", "MC-09")
def test_the_service_of_a_link_touches_whoever_proved_it_no_more_than_the_link_does(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    both = {"manage_account": FULL, "claims": FULL}
    pat = make.member(riverside, levels=both)
    lee = make.linked(riverside, pat)
    access.execute(ConfirmLink(riverside, lee), by=maria)
    feed = access.execute(AddService(riverside, "feed", Grant(levels=both)), by=lee).principal_id
    helper = RoleKey("helper")
    access.execute(AddRole(riverside, helper, "Helper", {"codes": VIEW}), by=maria)
    access.execute(AssignRole(riverside, pat, helper), by=maria)
    for actor in (lee, feed):
        for command in (
            ChangePrivileges(riverside, [Edit(pat, "claims", VIEW)]),
            EditRole(riverside, helper, {"codes": FULL}),
            Disable(riverside, pat),
            Enable(riverside, pat),
        ):
            with pytest.raises(GrantRefusedError) as refused:
                access.execute(command, by=actor)
            assert reason(refused) is Reason.OWN_ROW
    assert condition(access, riverside, pat) is Reason.ACTIVE


@pytest.mark.row("INV-18", "MC-09", "MC-14")
def test_the_service_of_somebody_touches_what_they_may_not_touch_as_they_are_now(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    first, second = (make.manager(riverside, name) for name in ("first", "second"))
    lee = make.linked(riverside, first)
    access.execute(ConfirmLink(riverside, lee), by=maria)
    grant = Grant(levels={"manage_account": FULL, "claims": FULL})
    feed = access.execute(AddService(riverside, "feed", grant), by=lee).principal_id
    told = access.directory.member(riverside, feed, by=maria)
    assert (told.proven_by, row_of(access, riverside, feed).membership.proven_by) == ("", None)
    found = access.directory.search(riverside, brought_in_by=first, by=maria).rows
    assert [row.principal_id for row in found] == [lee]
    # Lee leaves, and is back on the proof of somebody else: whom Lee may not touch now, no service of theirs does.
    access.execute(Leave(riverside), by=lee)
    assert access.may(Disable(riverside, second), by=feed)
    make.linked(riverside, second, by=lee)
    access.execute(AcceptLink(riverside, lee), by=maria)
    sibling = make.linked(riverside, second)
    for actor in (lee, feed):
        for command in (
            ChangePrivileges(riverside, [Edit(second, "claims", VIEW)]),
            Disable(riverside, second),
            Disable(riverside, sibling),
        ):
            with pytest.raises(GrantRefusedError) as refused:
                access.execute(command, by=actor)
            assert reason(refused) is Reason.OWN_ROW
