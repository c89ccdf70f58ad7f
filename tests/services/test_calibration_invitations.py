"""Guards of invitations taken away one at a time: what their tests hold would go wrong without them."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from tests.services.inviting import KIM, Post
from tests.services.worlds import days, row_of

from tenantaccess.commands import (
    AcceptInvitation,
    ChangePrivileges,
    DeclineInvitation,
    Disable,
    Invite,
    Leave,
    Remove,
    RequestAccess,
    ResendInvitation,
    RevokeInvitation,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.actors import By
from tenantaccess.model.invitations import InvitationState
from tenantaccess.model.levels import FULL
from tenantaccess.model.lifecycle import LIFECYCLE, Step
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.rules import invitations, members
from tenantaccess.services import guards, invitation_answers, invitation_voiding
from tenantaccess.services import invitations as sending
from tenantaccess.services.command import Change, Command
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.memory.records import MemoryTokens
from tenantaccess.testing.builders import OPERATOR, PASSWORD

Patch = pytest.MonkeyPatch
VIEWS = Grant(levels={"claims": "view"})


@pytest.fixture
def store() -> MemoryStore:
    """One store will do: what is taken away here stands above all of them."""
    return MemoryStore()


@pytest.fixture
def office(post: Post) -> PrincipalId:
    return post.make.member(post.tenant, levels={"manage_account": FULL, "claims": FULL})


def yes(*_: object, **__: object) -> bool:
    """A question that is always answered so."""
    return True


def nothing(*_: object, **__: object) -> Any:
    """A guard that guards nothing, a search that finds nothing."""
    return ()


def succeeds(post: Post, command: Command[Any], by: By | None = None) -> bool:
    """Whether a command that must be refused goes through."""
    try:
        post.access.pipeline.execute_all([command], by)
    except TenantAccessError:
        return False
    return True


def newcomer(secret: str, username: str = "lu") -> AcceptInvitation:
    return AcceptInvitation(secret, NewUsername(username, PASSWORD))


def test_without_the_look_at_the_inviter_one_who_lapsed_lets_people_in(
    post: Post, monkeypatch: Patch, office: PrincipalId
) -> None:
    post.clock.advance(days(80))
    secret = post.secret(by=office)
    post.clock.advance(days(10))
    assert not succeeds(post, newcomer(secret))
    monkeypatch.setattr(invitations, "may_invite", yes)
    assert succeeds(post, newcomer(secret))


def test_without_the_cut_what_the_inviter_lost_is_given(post: Post, monkeypatch: Patch, office: PrincipalId) -> None:
    secret = post.secret(by=office, levels={"claims": FULL})
    narrowing = ChangePrivileges(post.tenant, [Edit(office, "claims", "view")])
    post.access.execute(narrowing, by=post.manager)
    monkeypatch.setattr(invitations, "cut", lambda _inviter, granted, *_: granted)
    kim = post.join(secret)
    assert post.access.check(post.tenant, kim, "claims", "submit")


def test_without_the_ceiling_an_office_invites_above_what_it_holds(
    post: Post, monkeypatch: Patch, office: PrincipalId
) -> None:
    gift = Invite(post.tenant, KIM, Grant(levels={"codes": FULL}))
    assert not succeeds(post, gift, office)
    monkeypatch.setattr(guards, "require_may_give", nothing)
    assert succeeds(post, gift, office)


def test_without_the_address_a_forwarded_invitation_is_anybodys(post: Post, monkeypatch: Patch) -> None:
    secret = post.secret()
    stranger = post.make.registered(post.tenant)
    assert not succeeds(post, AcceptInvitation(secret), stranger)
    whole = invitation_answers._signed_in

    def whoever(there: Any, invitation: Any, who: PrincipalId) -> Any:
        return whole(there, attrs.evolve(invitation, email=there.principal(who).email), who)

    monkeypatch.setattr(invitation_answers, "_signed_in", whoever)
    assert succeeds(post, AcceptInvitation(secret), stranger)


@pytest.mark.parametrize("closing", ["revoked", "voided", "expired"])
def test_without_the_state_what_was_closed_opens(
    post: Post, monkeypatch: Patch, office: PrincipalId, closing: str
) -> None:
    secret = post.secret(by=office)
    if closing == "revoked":
        post.access.execute(RevokeInvitation(post.tenant, post.newest().id), by=post.manager)
    elif closing == "voided":
        post.access.execute(Disable(post.tenant, office), by=post.manager)
        monkeypatch.setattr(invitations, "may_invite", yes)
    else:
        post.clock.advance(days(14))
        monkeypatch.setattr(MemoryTokens, "alive", lambda self, digest, *_: self.find(digest))
        monkeypatch.setattr(MemoryTokens, "redeem", yes)
        monkeypatch.setattr(invitations, "may_invite", yes)
    assert not succeeds(post, newcomer(secret))
    monkeypatch.setattr(invitations, "is_open", yes)
    assert succeeds(post, newcomer(secret))


def test_without_the_single_use_one_secret_lets_two_in(post: Post, monkeypatch: Patch) -> None:
    secret = post.secret()
    post.join(secret)
    assert not succeeds(post, newcomer(secret))
    monkeypatch.setattr(MemoryTokens, "alive", lambda self, digest, *_: self.find(digest))
    assert not succeeds(post, newcomer(secret))
    monkeypatch.setattr(MemoryTokens, "redeem", yes)
    monkeypatch.setattr(invitations, "is_open", yes)
    assert succeeds(post, newcomer(secret))


def test_without_the_tenants_door_a_suspended_tenant_lets_people_in(post: Post, monkeypatch: Patch) -> None:
    secret = post.secret(by=OPERATOR)
    monkeypatch.setattr(invitation_voiding, "all_of", nothing)
    post.access.execute(SuspendTenant(post.tenant), by=OPERATOR)
    assert not succeeds(post, newcomer(secret))
    assert not succeeds(post, Invite(post.tenant, KIM, VIEWS), OPERATOR)
    monkeypatch.setattr(invitations, "is_shut", lambda _: False)
    assert succeeds(post, newcomer(secret))
    assert succeeds(post, Invite(post.tenant, KIM, VIEWS), OPERATOR)


def test_without_the_table_a_disabled_member_is_led_back(post: Post, monkeypatch: Patch) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    post.access.execute(Disable(post.tenant, kim), by=post.manager)
    secret = post.secret()
    assert not succeeds(post, AcceptInvitation(secret), kim)
    step = LIFECYCLE["accept_invitation"]
    wide = Step(frozenset(LIFECYCLE["leave"].legal), step.idle, "", "", "")
    monkeypatch.setattr(invitation_answers, "LIFECYCLE", {**LIFECYCLE, "accept_invitation": wide})
    assert succeeds(post, AcceptInvitation(secret), kim)


def test_without_what_stands_over_a_tombstone_a_disabled_member_comes_back_by_leaving(
    post: Post, monkeypatch: Patch
) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    post.access.execute(Disable(post.tenant, kim), by=post.manager)
    post.access.execute(Leave(post.tenant), by=kim)
    secret = post.secret()
    assert not succeeds(post, AcceptInvitation(secret), kim)
    monkeypatch.setattr(invitations, "met", members.condition)
    assert succeeds(post, AcceptInvitation(secret), kim)


def test_without_the_operators_hold_a_manager_invites_back_what_the_operator_disabled(
    post: Post, monkeypatch: Patch
) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    post.access.execute(Disable(post.tenant, kim), by=OPERATOR)
    post.access.execute(Leave(post.tenant), by=kim)
    post.access.execute(RequestAccess(post.tenant), by=kim)
    secret = post.secret()
    assert not succeeds(post, AcceptInvitation(secret), kim)
    monkeypatch.setattr(invitations, "is_held_back", lambda *_: False)
    assert succeeds(post, AcceptInvitation(secret), kim)


def test_without_the_guard_of_proofs_whoever_was_proven_invites_the_link_back(post: Post, monkeypatch: Patch) -> None:
    proven = post.make.manager(post.tenant)
    master = post.make.linked(post.tenant, proven)
    post.access.execute(Remove(post.tenant, master), by=proven)
    secret = post.secret(row_of(post.access, post.tenant, master).principal.email, by=proven)
    assert not succeeds(post, AcceptInvitation(secret), master)
    monkeypatch.setattr(guards, "refuse_to_admit", nothing)
    assert succeeds(post, AcceptInvitation(secret), master)


def test_without_the_moment_of_sending_an_older_address_brings_back_who_left(post: Post, monkeypatch: Patch) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    secret = post.secret()
    post.address(kim, "other@people.example")
    post.clock.advance(days(1))
    post.access.execute(Leave(post.tenant), by=kim)
    post.address(kim, KIM)
    assert not succeeds(post, AcceptInvitation(secret), kim)
    monkeypatch.setattr(invitations, "has_outlived", lambda *_: False)
    assert succeeds(post, AcceptInvitation(secret), kim)


ENDING: dict[str, Callable[[Post, PrincipalId], tuple[Command[Any], By]]] = {
    "disable": lambda post, who: (Disable(post.tenant, who), post.manager),
    "remove": lambda post, who: (Remove(post.tenant, who), post.manager),
    "leave": lambda post, who: (Leave(post.tenant), who),
    "demote": lambda post, who: (
        ChangePrivileges(post.tenant, [Edit(who, "manage_account", "none")]),
        post.manager,
    ),
    "suspend": lambda _, who: (SuspendPrincipal(who), OPERATOR),
}


@pytest.mark.parametrize("ending", ENDING)
def test_without_voiding_what_a_manager_sent_outlives_the_right_to_send_it(
    post: Post, monkeypatch: Patch, office: PrincipalId, ending: str
) -> None:
    monkeypatch.setattr(invitation_voiding, "_concerning", nothing)
    sent = post.invite(by=office)
    command, by = ENDING[ending](post, office)
    post.access.execute(command, by=by)
    assert post.state(sent) == "open"


def test_without_the_revoking_of_the_older_two_secrets_open_one_address(post: Post, monkeypatch: Patch) -> None:
    first = post.secret()
    monkeypatch.setattr(sending, "_closed", lambda one, *_: Change(one.tenant, one.id, one, one))
    second = post.secret()
    assert all(succeeds(post, newcomer(secret, f"lu{place}")) for place, secret in enumerate((first, second)))


class TestWhereLittleIsLetIn:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(open_invitations=1, invited_domains=frozenset({"people.example"}))

    def test_without_the_list_of_domains_any_address_is_invited(self, post: Post, monkeypatch: Patch) -> None:
        command = Invite(post.tenant, "kim@evil.example", VIEWS)
        assert not succeeds(post, command, post.manager)
        monkeypatch.setattr(invitations, "may_go_to", yes)
        assert succeeds(post, command, post.manager)

    def test_without_the_count_there_is_no_end_of_invitations(self, post: Post, monkeypatch: Patch) -> None:
        post.invite()
        command = Invite(post.tenant, "lu@people.example", VIEWS)
        assert not succeeds(post, command, post.manager)
        monkeypatch.setattr(sending, "_require_room", nothing)
        assert succeeds(post, command, post.manager)


def test_without_the_end_of_it_a_declined_invitation_is_sent_again(post: Post, monkeypatch: Patch) -> None:
    invitation = post.invite()
    post.access.execute(DeclineInvitation(post.deliver()))
    again = ResendInvitation(post.tenant, invitation)
    assert not succeeds(post, again, post.manager)
    reopened = attrs.evolve(post.find(invitation), state=InvitationState.OPEN)
    monkeypatch.setattr(ResendInvitation, "found", lambda *_: reopened)
    assert succeeds(post, again, post.manager)
