"""What a third reader tried against links, invitations and passwords (rule 4 through several hands, mute answers)."""

from typing import Any

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.statements import WITH_SEVERAL_WRITERS
from tests.services.worlds import days

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AcceptLink,
    AddRole,
    AddService,
    AssignRole,
    ChangeEmail,
    ChangeLinking,
    ChangePassword,
    ChangePrivileges,
    CompleteRegistration,
    ConfirmLink,
    Disable,
    EditRole,
    Enable,
    JoinLink,
    Leave,
    ReinstatePrincipal,
    RequestAccess,
    RequestLink,
    RequestPasswordReset,
    ResetPassword,
    SetDates,
    SuspendPrincipal,
    Unlink,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    LastManagerError,
    ProofRefusedError,
    TenantAccessError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.levels import FULL, NONE, VIEW, AccessLevel
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer


def edit(who: PrincipalId, level: AccessLevel, resource: str = "claims") -> Edit:
    return Edit(who, resource, level.key)


@pytest.fixture
def ann(make: Given, riverside: TenantId, maria: PrincipalId) -> PrincipalId:
    """A second account manager."""
    assert maria
    return make.manager(riverside, "ann")


@pytest.fixture
def pat(make: Given, riverside: TenantId, ann: PrincipalId) -> PrincipalId:
    """An account manager whose password Ann chose: whoever is Ann is Pat."""
    return make.manager(riverside, "pat", by=ann)


@pytest.mark.row("MC-17", "INV-18")
def test_a_link_on_a_username_that_rests_touches_nothing_that_this_one_may_not(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    """Ann is to go next week; through a link on Pat, whose password she chose, she would stay."""
    master = make.linked(riverside, pat)
    access.execute(SetDates(riverside, ann, valid_until=clock.now() + days(7)), by=maria)
    for by in (pat, master):
        with pytest.raises(GrantRefusedError):
            access.execute(SetDates(riverside, ann), by=by)


@pytest.mark.row("MC-17", "INV-18", "INV-28")
def test_whoever_rests_on_who_was_proven_raises_and_leads_back_none_of_its_links(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, ann: PrincipalId, pat: PrincipalId
) -> None:
    link = make.linked(riverside, ann)
    access.execute(ChangePrivileges(riverside, [edit(link, VIEW)]), by=maria)
    for by in (ann, pat):
        with pytest.raises(GrantRefusedError):
            access.execute(ChangePrivileges(riverside, [edit(link, FULL)]), by=by)
    access.execute(AddRole(riverside, "clerk", levels={"claims": VIEW}), by=maria)
    access.execute(AssignRole(riverside, link, "clerk"), by=maria)
    access.execute(ChangePrivileges(riverside, [Edit(link, "claims", None)]), by=maria)
    with pytest.raises(GrantRefusedError):
        access.execute(EditRole(riverside, "clerk", levels={"claims": FULL}), by=pat)
    access.execute(Disable(riverside, link), by=pat)
    with pytest.raises(GrantRefusedError):
        access.execute(Enable(riverside, link), by=pat)
    access.execute(ChangePrivileges(riverside, [edit(link, NONE)]), by=pat)
    access.execute(Enable(riverside, link), by=maria)


@pytest.mark.row("MC-17", "INV-18")
def test_nobody_takes_back_through_a_link_of_their_own_whose_password_they_chose(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, ann: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": FULL}, by=ann)
    access.execute(Disable(riverside, ann), by=maria)
    access.execute(Enable(riverside, ann), by=maria)
    link = make.linked(riverside, ann)
    for by in (ann, link):
        with pytest.raises(GrantRefusedError):
            access.execute(Enable(riverside, kim), by=by)
    assert access.execute(Enable(riverside, kim), by=maria).changed


@pytest.mark.row("MC-08", "MC-09", "INV-18")
def test_whoever_was_proven_admits_nobody_through_a_program_of_their_own(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, ann: PrincipalId
) -> None:
    feed = access.execute(AddService(riverside, "feed", Grant(ACCOUNT_MANAGER)), by=ann).principal_id
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    link = make.linked(riverside, ann)
    for by in (ann, feed):
        with pytest.raises(GrantRefusedError):
            access.execute(AcceptLink(riverside, link), by=by)
    access.execute(AcceptLink(riverside, link), by=maria)
    for by in (ann, feed):
        with pytest.raises(GrantRefusedError):
            access.execute(ConfirmLink(riverside, link), by=by)
    assert access.execute(ConfirmLink(riverside, link), by=maria).changed


@pytest.mark.row("MC-13", "INV-18")
@pytest.mark.parametrize("level", [FULL, NONE], ids=["raises", "narrows"])
def test_a_program_edits_no_role_that_who_added_it_holds(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, ann: PrincipalId, level: AccessLevel
) -> None:
    feed = access.execute(AddService(riverside, "feed", Grant(ACCOUNT_MANAGER)), by=ann).principal_id
    other = access.execute(AddService(riverside, "other", Grant(ACCOUNT_MANAGER)), by=OPERATOR).principal_id
    access.execute(AddRole(riverside, "desk", levels={"manage_account": FULL, "claims": VIEW}), by=maria)
    access.execute(AssignRole(riverside, ann, "desk"), by=maria)
    levels = {"claims": level}
    for by in (ann, feed):
        with pytest.raises(GrantRefusedError):
            access.execute(EditRole(riverside, "desk", levels=levels), by=by)
    assert access.execute(EditRole(riverside, "desk", levels=levels), by=other).changed


@pytest.mark.row("INV-28")
def test_only_who_was_proven_ends_a_link_without_managing(
    access: TenantAccess, make: Given, riverside: TenantId, ann: PrincipalId
) -> None:
    link = make.linked(riverside, ann)
    clerk = make.member(riverside, levels={"claims": VIEW}, by=ann)
    with pytest.raises(AccessDeniedError):
        access.execute(Unlink(riverside, link), by=clerk)


@pytest.mark.row("INV-19", "MC-02")
def test_who_rests_on_somebody_dated_does_not_endure(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    ann: PrincipalId,
    pat: PrincipalId,
) -> None:
    access.execute(SetDates(riverside, ann, valid_until=clock.now() + days(7)), by=maria)
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)
    access.execute(ChangePassword(PASSWORD, "a password of her own"), by=pat)
    assert access.execute(Leave(riverside), by=maria).changed


def outcome(access: TenantAccess, command: Command[Any], by: PrincipalId | None) -> str:
    """What became of a command under the one key."""
    try:
        access.pipeline.execute_all([command], by, "again")
    except TenantAccessError as error:
        return type(error).__name__
    return "done"


@pytest.mark.row("A08", "INV-27", "INV-11")
def test_a_key_used_again_does_not_tell_who_can_be_mailed_a_reset(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    make.registered(riverside, username="kim")

    def asked(name: str) -> list[str]:
        spelled = [name, name.upper(), *[name] * 5]
        return [outcome(access, RequestPasswordReset(one, name), None) for one in spelled]

    assert asked("kim") == asked("nobody")


@pytest.mark.row("INV-11", "AM-24")
def test_a_key_used_again_does_not_tell_which_tenants_there_are(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    assert riverside

    def asked(tin: str, by: PrincipalId) -> list[str]:
        spelled = [tin, tin.replace("-", ""), *[tin] * 20]
        return [outcome(access, RequestAccess(("tin", one), source=by), by) for one in spelled]

    assert asked("01-2345678", make.pending()) == asked("55-5555555", make.pending())


@pytest.mark.row("INV-11", "MU-08")
def test_a_key_used_again_does_not_tell_which_tenants_take_links(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)

    def asked(tin: str, by: PrincipalId) -> list[str]:
        spelled = [tin, tin.replace("-", ""), tin]
        return [outcome(access, RequestLink(("tin", one)), by) for one in spelled]

    assert asked("01-2345678", make.pending()) == asked("55-5555555", make.pending())


@pytest.mark.row("INV-40", "AM-24")
def test_asking_for_links_is_throttled_like_asking_for_access(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    lee = make.pending()
    for _ in range(access.policy.attempts_per_actor):
        access.execute(RequestLink(riverside), by=lee)
    with pytest.raises(TooManyAttemptsError):
        access.execute(RequestLink(riverside), by=lee)


@pytest.mark.row("INV-40")
def test_who_is_nobody_to_link_is_refused_and_counted_nowhere(access: TenantAccess, riverside: TenantId) -> None:
    for _ in range(access.policy.attempts_per_source + 1):
        with pytest.raises(AccessDeniedError):
            access.execute(RequestLink(riverside), by=OPERATOR)


@pytest.mark.row("INV-21", "INV-26")
@pytest.mark.parametrize("what", ["suspended", "reset"])
def test_an_offer_dies_with_the_sessions_of_who_was_made_it(
    access: TenantAccess,
    make: Given,
    mailer: RecordingMailer,
    riverside: TenantId,
    lakeside: TenantId,
    jo: PrincipalId,
    what: str,
) -> None:
    assert jo
    lee = make.registered(lakeside, username="lee")
    offer = access.links.prove("jo", PASSWORD, by=lee)
    if what == "suspended":
        access.execute(SuspendPrincipal(lee), by=OPERATOR)
        access.execute(ReinstatePrincipal(lee), by=OPERATOR)
    else:
        access.execute(RequestPasswordReset("lee"))
        access.notices.deliver(mailer)
        access.execute(ResetPassword(mailer.tokens()[-1], "a password after that"))
    with pytest.raises(ProofRefusedError):
        access.execute(JoinLink([riverside], offer.token), by=lee)


@pytest.mark.row("INV-21", "A27")
def test_a_context_that_is_dead_proves_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, lena: PrincipalId, jo: PrincipalId
) -> None:
    assert jo
    lee = make.registered(lakeside, username="lee")
    context = access.contexts.enter(lakeside, lee)
    assert access.links.prove("jo", PASSWORD, by=context).tenants[0].id == riverside
    access.execute(Disable(lakeside, lee), by=lena)
    access.execute(Enable(lakeside, lee), by=lena)
    with pytest.raises(AccessDeniedError):
        access.links.prove("jo", PASSWORD, by=context)


@pytest.mark.row("INV-40")
def test_a_guessed_invitation_costs_no_hash(access: TenantAccess) -> None:
    class Counting:
        def __init__(self) -> None:
            self.hashed = 0

        def hash(self, password: Secret) -> str:
            self.hashed += 1
            return access.hasher.hash(password)

        def verify(self, password: Secret, stored: str) -> bool:
            return access.hasher.verify(password, stored)

        def is_current(self, stored: str) -> bool:
            return access.hasher.is_current(stored)

    hasher = Counting()
    watched = attrs.evolve(access, hasher=hasher)
    with pytest.raises(ProofRefusedError):
        watched.execute(AcceptInvitation("f" * 64, NewUsername("kim", PASSWORD)))
    assert not hasher.hashed


@pytest.mark.row("INV-37", "A21")
def test_a_role_that_is_called_like_a_principal_is_still_a_role_in_the_record(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    for word in (jo, riverside, "pri_" + "0" * 32):
        access.execute(AddRole(riverside, word, levels={"claims": VIEW}), by=maria)
    now = sorted(access.list_members_with(riverside, "claims", "submit"))
    assert access.audit.list_members_with(riverside, "claims", "submit", clock.now(), by=OPERATOR) == now
    access.execute(AssignRole(riverside, jo, riverside), by=maria)
    access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", None)]), by=maria)
    now = sorted(access.list_members_with(riverside, "claims", "view"))
    assert access.audit.list_members_with(riverside, "claims", "view", clock.now(), by=OPERATOR) == now


@pytest.mark.row("INV-19", "INV-06")
@pytest.mark.parametrize(
    ("store", "at"),
    [
        ("memory", "streams.advance"),
        ("memory", "commit"),
        pytest.param("postgres", "streams.advance", marks=pytest.mark.postgres),
    ],
    indirect=["store"],
)
def test_who_is_suspended_meanwhile_is_no_manager_to_leave_a_tenant_to(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, at: str
) -> None:
    slow = attrs.evolve(
        access, store=InterruptedStore(access.store, at, lambda: access.execute(SuspendPrincipal(jo), by=OPERATOR))
    )
    edits = [edit(jo, FULL, "manage_account"), edit(maria, NONE, "manage_account")]
    with pytest.raises(LastManagerError):
        slow.execute(ChangePrivileges(riverside, edits), by=OPERATOR)


@pytest.mark.row("INV-06", "A64")
@pytest.mark.parametrize("at", ["principals.find", "memberships.load", "streams.advance"])
@pytest.mark.parametrize("happens", ["address", "suspension"])
@WITH_SEVERAL_WRITERS
def test_completing_brings_no_address_and_no_suspension_back(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, happens: str, at: str
) -> None:
    """What the person or the operator does while it completes is neither undone nor verified with it."""
    kim = make.unverified(riverside, username="kim")
    access.notices.deliver(mailer)

    def meanwhile() -> None:
        if happens == "address":
            access.execute(ChangeEmail("other@people.example"), by=kim)
        else:
            access.execute(SuspendPrincipal(kim), by=OPERATOR)

    slow = attrs.evolve(access, store=InterruptedStore(access.store, at, meanwhile))
    with pytest.raises(ProofRefusedError):
        slow.execute(CompleteRegistration(mailer.tokens()[0]))
    with access.store.reading() as unit:
        found = unit.principals.find(kim)
    assert found is not None
    assert found[0].email_verified_at is None
    assert (found[0].email == "other@people.example") is (happens == "address")
    assert (found[0].suspended_at is not None) is (happens == "suspension")
