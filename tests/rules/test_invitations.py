"""What an invitation still stands for: its bounds in time, whom it lets in, and what is left of the grant."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import InvitationId, LevelKey, PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.catalog import ACCOUNT_MANAGER, BUILT_IN, Catalog, Resource, Role, Segment
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import Authority, Disabled, DisableReason, Membership, Origin, Resting, RestKind, Row
from tenantaccess.model.policy import GrantCeiling, Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import invitations, members, privileges
from tenantaccess.testing.doubles import START as NOW

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
TENANT, ANN, KIM = TenantId("ten_" + "1" * 32), PrincipalId("pri_" + "a" * 32), PrincipalId("pri_" + "b" * 32)
CATALOG = Catalog(
    resources=[Resource("claims", "Claims"), Resource("later", "Later", offered=False), Resource("manage", "Manage")],
    managed_by="manage",
    segments=[Segment("east", "East"), Segment("west", "West")],
)
EAST, WEST = SegmentKey("east"), SegmentKey("west")
HERE = Tenant(TENANT, "Clinic", segments=frozenset({EAST, WEST}))
INVITATION = Invitation(
    InvitationId("inv_" + "1" * 32), TENANT, "kim@a.example", Actor(ActorKind.MEMBER, ANN), NOW, NOW, NOW + DAY
)


def row(who: PrincipalId = ANN, role: Role | None = None, levels: Mapping[str, str] | None = None, **facts: Any) -> Row:
    overrides = {ResourceKey(word): LevelKey(level) for word, level in (levels or {}).items()}
    bare = Membership(TENANT, who, Origin.HOME, role=None if role is None else role.key, overrides=overrides)
    return Row(members.attested(attrs.evolve(bare, **facts), NOW, "op"), Principal(who, "somebody"), role)


@pytest.mark.row("INV-32")
def test_at_its_expiry_an_invitation_is_closed() -> None:
    assert invitations.is_open(INVITATION, NOW + DAY - MOMENT)
    assert not invitations.is_open(INVITATION, NOW + DAY)


@pytest.mark.parametrize("state", [state for state in InvitationState if state is not InvitationState.OPEN])
def test_what_was_closed_is_not_open(state: InvitationState) -> None:
    assert not invitations.is_open(attrs.evolve(INVITATION, state=state), NOW)


@pytest.mark.parametrize(
    ("key", "may"), [("a@b.example", True), ("a@c.b.example", False), ("a@xb.example", False), ("", False)]
)
def test_domains_are_compared_whole(key: str, may: bool) -> None:  # noqa: FBT001  # what the table says
    assert invitations.may_go_to(key, Policy(invited_domains=frozenset({"B.example"}))) is may
    assert invitations.may_go_to(key, Policy())


MANAGING = {"manage": "full"}
REST = Resting(KIM, RestKind.CHOSEN_PASSWORD, 1, 0, 0)


@pytest.mark.row("INV-32", "MC-14")
def test_whoever_manages_in_its_own_right_may_invite() -> None:
    assert invitations.may_invite(HERE, row(levels=MANAGING), NOW, CATALOG, Policy())
    refused = [
        None,
        row(levels={"manage": "view"}),
        attrs.evolve(row(levels=MANAGING, resting=REST), base=row(KIM, levels=MANAGING)),
        row(levels=MANAGING, disabled=Disabled(NOW, Authority.MANAGER, DisableReason.LEFT)),
        row(levels=MANAGING, valid_until=NOW),
        row(levels=MANAGING, gone_at=NOW),
    ]
    assert not any(invitations.may_invite(HERE, one, NOW, CATALOG, Policy()) for one in refused)
    assert not invitations.may_invite(HERE, row(levels=MANAGING), NOW + 90 * DAY, CATALOG, Policy())
    shut = attrs.evolve(HERE, state=TenantState.SUSPENDED)
    assert not invitations.may_invite(shut, row(levels=MANAGING), NOW, CATALOG, Policy())
    suspended = attrs.evolve(row(levels=MANAGING), principal=Principal(ANN, "ann", suspended_at=NOW))
    assert not invitations.may_invite(HERE, suspended, NOW, CATALOG, Policy())


def test_whoever_rests_or_does_not_manage_cannot_have_sent_any() -> None:
    lapsed = row(levels=MANAGING, disabled=Disabled(NOW, Authority.MANAGER, DisableReason.LEFT))
    assert invitations.may_have_sent(lapsed, CATALOG)
    assert not invitations.may_have_sent(row(levels={"manage": "view"}), CATALOG)
    assert not invitations.may_have_sent(row(levels=MANAGING, resting=REST), CATALOG)


@pytest.mark.row("MC-10")
def test_a_presence_that_ended_after_it_was_sent_outlives_no_invitation() -> None:
    assert not invitations.has_outlived(INVITATION, None)
    assert not invitations.has_outlived(INVITATION, row().membership)
    assert not invitations.has_outlived(INVITATION, row(gone_at=NOW).membership)
    assert invitations.has_outlived(INVITATION, row(gone_at=NOW + MOMENT).membership)


@pytest.mark.row("MC-11")
def test_what_stands_over_a_tombstone_is_met() -> None:
    def met(facts: Membership) -> Reason:
        return invitations.met(Row(members.gone(facts, NOW + DAY), Principal(KIM, "kim")), NOW + DAY, Policy())

    disabled = members.disabled(row().membership, NOW, Authority.MANAGER, DisableReason.LEFT)
    assert met(row().membership) is Reason.NOT_A_MEMBER
    assert met(disabled) is Reason.DISABLED
    assert met(attrs.evolve(row().membership, valid_until=NOW + DAY)) is Reason.ENDED
    assert invitations.met(row(), NOW, Policy()) is Reason.ACTIVE


@pytest.mark.row("MC-11")
def test_what_the_operator_holds_is_held_back_over_any_tombstone() -> None:
    by_operator = members.disabled(row().membership, NOW, Authority.OPERATOR, DisableReason.LEFT)
    assert invitations.is_held_back(members.gone(by_operator, NOW), NOW)
    assert invitations.is_held_back(members.returning(members.gone(by_operator, NOW), Origin.REGISTERED), NOW)
    assert not invitations.is_held_back(members.gone(row().membership, NOW), NOW)


def granted(role: Role | None, levels: Mapping[str, str], segments: frozenset[SegmentKey]) -> Row:
    return row(KIM, role, levels, segments=segments)


WORDS = st.dictionaries(st.sampled_from(["claims", "later", "manage"]), st.sampled_from(["none", "view", "full"]))
LIMITS = st.sampled_from([frozenset(), frozenset({EAST}), frozenset({WEST}), frozenset({EAST, WEST})])
CLERK = Role(RoleKey("clerk"), "Clerk", {ResourceKey("claims"): LevelKey("full")})
ROLES = st.sampled_from([None, CLERK, BUILT_IN])
PLACES = [(one.key, segment) for one in CATALOG.resources for segment in (SegmentKey("*"), EAST, WEST)]


@pytest.mark.row("INV-22", "INV-32", "MC-15")
@given(ROLES, WORDS, LIMITS, ROLES, WORDS, LIMITS, st.sampled_from(GrantCeiling))
def test_what_is_left_lies_neither_above_the_grant_nor_above_the_inviter(
    own_role: Role | None,
    own: Mapping[str, str],
    own_limit: frozenset[SegmentKey],
    role: Role | None,
    levels: Mapping[str, str],
    limit: frozenset[SegmentKey],
    ceiling: GrantCeiling,
) -> None:
    inviter = row(ANN, own_role, own, segments=own_limit)
    before = granted(role, levels, limit)
    after = invitations.cut(inviter, before, HERE, CATALOG, ceiling)
    offered, left = (privileges.cells_of(one, CATALOG) for one in (before, after))
    assert not list(privileges.rising(offered, left, HERE, CATALOG))
    rises = privileges.rising(privileges.EMPTY_CELLS, left, HERE, CATALOG)
    assert privileges.above(inviter, rises, CATALOG, ceiling) == ()
    assert after.membership.role != ACCOUNT_MANAGER or privileges.holds_built_in(inviter)
    if after != before:
        assert (after.role, after.membership.role) == (None, None)
        assert set(after.membership.overrides) == {"claims", "manage"}
        mine = privileges.Cells(privileges.held(inviter, CATALOG), privileges.reach(inviter))
        for resource, segment in PLACES:
            both = offered.at(resource, segment, CATALOG), mine.at(resource, segment, CATALOG)
            if ceiling is GrantCeiling.HELD and resource != "later" and segment != "*":
                assert left.at(resource, segment, CATALOG) == min(both)


def test_an_erased_address_has_no_key_and_the_operator_is_no_member() -> None:
    assert attrs.evolve(INVITATION, email="").email_key == ""
    assert attrs.evolve(INVITATION, email="KIM@A.example").email_key == "kim@a.example"
    assert INVITATION.sender == ANN
    assert attrs.evolve(INVITATION, inviter=Actor(ActorKind.OPERATOR, ANN)).sender is None
