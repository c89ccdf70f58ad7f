"""What a mailed secret tells before it is used: to whom, how much, and nothing where it opens nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from tests.services.inviting import KIM, Post
from tests.services.statements import ON_SQL, statements
from tests.services.worlds import MOMENT, days, dump

from tenantaccess.commands import (
    AcceptInvitation,
    AddRole,
    ChangePrivileges,
    CloseTenant,
    DeclineInvitation,
    Disable,
    EditRole,
    ErasePrincipal,
    Leave,
    LimitSegments,
    RemoveRole,
    ResendInvitation,
    RevokeInvitation,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError, ProofRefusedError
from tenantaccess.ids import PRINCIPAL, LevelKey, PrincipalId, ResourceKey
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit
from tenantaccess.services.invitation_offers import OfferedInvitation
from tenantaccess.testing.builders import OPERATOR, PASSWORD


def level(told: OfferedInvitation, resource: str) -> LevelKey:
    return told.levels[ResourceKey(resource)]


NOBODY: Final = PrincipalId(f"{PRINCIPAL}{'0' * 32}")


@pytest.mark.row("AM-19", "INV-30")
def test_a_stranger_reads_into_what_by_whom_with_what_and_until_when_and_nothing_is_used_up(post: Post) -> None:
    secret = post.secret(levels={"claims": VIEW, "codes": FULL}, segments=["medicaid"])
    before = dump(post.access, post.tenant)
    told = post.access.invitations.offered(secret)
    assert (told.tenant, told.name, told.sender, told.email) == (post.tenant, "Riverside Clinic", "maria", KIM)
    assert {key: level for key, level in told.levels.items() if level != NONE.key} == {
        "claims": VIEW.key,
        "codes": FULL.key,
    }
    assert (set(told.segments), told.role, told.role_label) == ({"medicaid"}, None, "")
    assert told.external_ids == post.access.tenants.look(post.tenant, by=OPERATOR).external_ids
    assert told.expires_at == post.clock.now() + days(14)
    assert told.condition is Reason.NOT_A_MEMBER
    assert dump(post.access, post.tenant) == before
    assert post.join(secret)


@pytest.mark.row("AM-19")
def test_a_link_that_was_mailed_late_ends_with_its_invitation(post: Post) -> None:
    post.invite()
    post.clock.advance(days(3))
    assert post.access.invitations.offered(post.deliver()).expires_at == post.clock.now() + days(11)


@pytest.mark.row("AM-19")
def test_what_the_operator_offers_names_no_sender(post: Post) -> None:
    assert post.access.invitations.offered(post.secret(by=OPERATOR)).sender == ""


@pytest.mark.row("AM-19", "INV-32")
def test_a_role_is_called_as_the_tenant_calls_it_now(post: Post) -> None:
    post.access.execute(AddRole(post.tenant, "desk", "Front desk", {"claims": VIEW}), by=OPERATOR)
    secret = post.secret(role="desk")
    post.access.execute(EditRole(post.tenant, "desk", {"claims": FULL}), by=OPERATOR)
    told = post.access.invitations.offered(secret)
    assert (told.role, told.role_label, level(told, "claims")) == ("desk", "Front desk", FULL.key)
    post.access.execute(RemoveRole(post.tenant, "desk"), by=OPERATOR)
    told = post.access.invitations.offered(secret)
    assert (told.role, told.role_label, level(told, "claims")) == (None, "", NONE.key)


@pytest.mark.row("AM-19")
def test_the_built_in_role_is_named_too(post: Post) -> None:
    told = post.access.invitations.offered(post.secret(role="account_manager"))
    assert (told.role, told.role_label, set(told.levels.values())) == ("account_manager", "Account manager", {FULL.key})


@pytest.mark.row("INV-22", "INV-32")
def test_only_what_the_inviter_still_holds_is_told(post: Post) -> None:
    boss = post.make.manager(post.tenant, "boss")
    secret = post.secret(levels={"claims": FULL})
    limited = [Edit(post.manager, "claims", VIEW)]
    post.access.execute(ChangePrivileges(post.tenant, limited), by=boss)
    assert level(post.access.invitations.offered(secret), "claims") == VIEW.key
    post.access.execute(LimitSegments(post.tenant, post.manager, {"medicaid"}), by=boss)
    assert set(post.access.invitations.offered(secret).segments) == {"medicaid"}


@pytest.mark.row("AM-19", "INV-32")
def test_what_is_told_is_what_accepting_gives(post: Post) -> None:
    secret = post.secret(role="biller", segments=["medicaid"])
    told = post.access.invitations.offered(secret)
    kim = post.join(secret)
    assert dict(post.access.contexts.mine(post.tenant, kim).levels) == dict(told.levels)


@pytest.mark.row("AM-19")
def test_whoever_has_the_address_is_told_how_they_stand_there(post: Post) -> None:
    kim = post.address(post.make.member(post.tenant, username="kim"), KIM)
    secret = post.secret()
    assert post.access.invitations.offered(secret, by=kim).condition is Reason.ACTIVE
    assert post.access.invitations.offered(secret).condition is Reason.NOT_A_MEMBER
    post.access.execute(Disable(post.tenant, kim), by=post.manager)
    assert post.access.invitations.offered(post.secret(), by=kim).condition is Reason.DISABLED


# --- what opens nothing ----------------------------------------------------------------------------------------------


def _used(post: Post, secret: str) -> None:
    post.access.execute(AcceptInvitation(secret, NewUsername("kim", PASSWORD)))


def _resent(post: Post, _: str) -> None:
    post.access.execute(ResendInvitation(post.tenant, post.newest().id), by=post.manager)
    post.deliver()


def _without_sender(post: Post, _: str) -> None:
    boss = post.make.manager(post.tenant, "boss")
    post.access.execute(Disable(post.tenant, post.manager), by=boss)


def _sender_ended_by_time(post: Post, _: str) -> None:
    boss = post.make.manager(post.tenant, "boss")
    post.access.execute(SetDates(post.tenant, post.manager, valid_until=post.clock.now() + days(2)), by=boss)
    post.clock.advance(days(3))


def _sender_gone(post: Post, _: str) -> None:
    post.make.manager(post.tenant, "boss")
    post.access.execute(Leave(post.tenant), by=post.manager)


DEAD: Final[dict[str, Callable[[Post, str], object]]] = {
    "used": _used,
    "declined": lambda post, secret: post.access.execute(DeclineInvitation(secret)),
    "revoked": lambda post, _: post.access.execute(RevokeInvitation(post.tenant, post.newest().id), by=post.manager),
    "replaced": _resent,
    "expired": lambda post, _: post.clock.advance(days(14)),
    "tenant suspended": lambda post, _: post.access.execute(SuspendTenant(post.tenant), by=OPERATOR),
    "tenant closed": lambda post, _: post.access.execute(CloseTenant(post.tenant), by=OPERATOR),
    "sender disabled": _without_sender,
    "sender ended by time": _sender_ended_by_time,
    "sender gone": _sender_gone,
}


@pytest.mark.row("AM-19", "INV-30", "INV-32")
@pytest.mark.parametrize("case", DEAD)
def test_what_opens_nothing_is_refused_alike(post: Post, case: str) -> None:
    secret = post.secret()
    assert post.access.invitations.offered(secret).sender == "maria"
    DEAD[case](post, secret)
    with pytest.raises(ProofRefusedError) as refused:
        post.access.invitations.offered(secret)
    with pytest.raises(ProofRefusedError) as unknown:
        post.access.invitations.offered("made up")
    assert str(refused.value) == str(unknown.value)


@pytest.mark.row("AM-19", "INV-32", "A55")
def test_somebody_with_another_address_is_told_nothing(post: Post) -> None:
    eve = post.address(post.make.member(post.tenant, username="eve"), "eve@people.example")
    with pytest.raises(ProofRefusedError):
        post.access.invitations.offered(post.secret(), by=eve)


@pytest.mark.row("MC-10", "INV-32")
def test_whoever_left_since_is_told_nothing(post: Post) -> None:
    kim = post.address(post.make.member(post.tenant, username="kim"), "old@people.example")
    secret = post.secret()
    post.clock.advance(MOMENT)
    post.access.execute(Leave(post.tenant), by=kim)
    post.address(kim, KIM)
    with pytest.raises(ProofRefusedError):
        post.access.invitations.offered(secret, by=kim)


@pytest.mark.row("A58")
def test_a_secret_of_another_purpose_opens_nothing(post: Post) -> None:
    post.make.unverified(post.tenant)
    with pytest.raises(ProofRefusedError):
        post.access.invitations.offered(post.deliver())


@pytest.mark.row("INV-21")
def test_whoever_is_suspended_erased_or_no_principal_is_refused_before_anything(post: Post) -> None:
    kim = post.address(post.make.member(post.tenant, username="kim"), KIM)
    secret = post.secret()
    for token in (secret, "made up"):
        with pytest.raises(AccessDeniedError):
            post.access.invitations.offered(token, by=OPERATOR)
        with pytest.raises(NotFoundError):
            post.access.invitations.offered(token, by=NOBODY)
    post.access.execute(SuspendPrincipal(kim), by=OPERATOR)
    for token in (secret, "made up"):
        with pytest.raises(AccessDeniedError):
            post.access.invitations.offered(token, by=kim)
    post.access.execute(ErasePrincipal(kim), by=OPERATOR)
    with pytest.raises(NotFoundError):
        post.access.invitations.offered("made up", by=kim)


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("token", ["", "x" * 1_025])
def test_what_can_be_no_secret_is_refused_before_anything_is_read(post: Post, token: str) -> None:
    with pytest.raises(InvalidInputError):
        post.access.invitations.offered(token)


@ON_SQL
@pytest.mark.row("INV-11", "INV-30")
def test_what_opens_nothing_asks_what_a_live_secret_asks(post: Post) -> None:
    def asked(secret: str) -> list[str]:
        with statements(post.access) as sent:
            try:
                post.access.invitations.offered(secret)
            except ProofRefusedError:
                assert secret is not live
        return [one.partition("WHERE")[0] for one in sent]

    live = post.secret(role="biller")
    opened = asked(live)
    assert len(opened) == 4
    assert asked("made up") == opened
    used = post.secret("lee@people.example")
    assert asked(used) == opened
    post.clock.advance(timedelta(days=15))
    assert asked(used) == opened
