"""Accepting and declining: every condition by its outcome, every inviter, what is left of the grant, used once."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest
from tests.services.inviting import KIM, Post
from tests.services.states import World
from tests.services.worlds import MOMENT, condition, days, dump, events, kinds, refusals, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    ChangePrivileges,
    CompleteRegistration,
    DeclineInvitation,
    Disable,
    EditRole,
    Enable,
    Invite,
    LastManager,
    Leave,
    LimitSegments,
    Remove,
    RemoveRole,
    RequestAccess,
    ResendInvitation,
    SetDates,
    SuspendPrincipal,
    UpdateContact,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    TakenError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.lifecycle import LIFECYCLE, STATUS
from tenantaccess.model.members import Contact, Origin, VerifiedHow
from tenantaccess.model.policy import GrantCeiling, Policy
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given

OWN = "own@people.example"


@pytest.fixture
def world(post: Post) -> World:
    return World(post.access, post.make, post.clock, post.tenant, post.manager)


def levels(post: Post, who: PrincipalId) -> tuple[Any, Any, Any]:
    """What somebody was granted: role, explicit levels, segments."""
    facts = row_of(post.access, post.tenant, who).membership
    return facts.role, dict(facts.overrides), set(facts.segments)


def may(post: Post, who: PrincipalId, action: str = "view", resource: str = "claims") -> bool:
    return bool(post.access.check(post.tenant, who, resource, action))


# --- somebody new ---------------------------------------------------------------------------------------------------


@pytest.mark.row("AM-17", "AM-19", "INV-32", "INV-30")
def test_a_newcomer_joins_with_what_was_invited_and_an_address_that_counts_as_verified(post: Post) -> None:
    secret = post.secret("Kim@people.example", role="biller", segments=["medicaid"])
    done = post.access.execute(AcceptInvitation(secret, NewUsername("kim", PASSWORD)))
    row = row_of(post.access, post.tenant, done.principal_id)
    facts = row.membership
    assert (facts.origin, facts.verified_how, facts.approved_by) == (Origin.INVITED, VerifiedHow.MAILBOX, post.manager)
    assert (facts.role, facts.segments) == ("biller", frozenset({"medicaid"}))
    assert (row.principal.email, row.principal.email_verified_at) == ("Kim@people.example", post.clock.now())
    assert condition(post.access, post.tenant, done.principal_id) is Reason.ACTIVE
    assert (done.tenant_id, done.version) == (post.tenant, len(events(post.access, post.tenant)) - 1)
    assert kinds(post.access, post.tenant)[-2:] == ["accept_invitation", "accept_invitation"]
    assert kinds(post.access, done.principal_id) == ["accept_invitation"]
    assert post.newest().state.value == "accepted"
    assert all(post.access.audit.verify(stream).holds for stream in (post.tenant, done.principal_id))


def test_a_newcomer_signs_in_with_the_password_it_chose(post: Post) -> None:
    kim = post.join(post.secret())
    with post.access.store.reading() as unit:
        stored = unit.credentials.find(kim)
    assert stored == post.access.hasher.hash(NewUsername("kim", PASSWORD).password)


def test_the_roster_says_what_the_person_says_about_itself_else_what_the_inviter_knew(post: Post) -> None:
    post.access.execute(Invite(post.tenant, KIM, Grant("biller"), "Kim", "Berg"), by=post.manager)
    newcomer = NewUsername("kim", PASSWORD, first_name="Kimberly", phone="555 01")
    kim = post.access.execute(AcceptInvitation(post.deliver(), newcomer)).principal_id
    assert row_of(post.access, post.tenant, kim).membership.contact == Contact("Kimberly", "Berg", KIM, "555 01")


@pytest.mark.row("A55", "INV-32")
def test_a_newcomer_with_another_address_is_refused_and_one_written_otherwise_is_not(post: Post) -> None:
    secret = post.secret()
    with pytest.raises(ProofRefusedError):
        post.join(secret, email="other@people.example")
    kim = post.join(secret, email="KIM@People.Example")
    assert row_of(post.access, post.tenant, kim).principal.email == "KIM@People.Example"


def test_a_username_in_use_is_taken_and_uses_nothing_up(post: Post, jo: PrincipalId) -> None:
    assert jo
    secret = post.secret()
    with pytest.raises(TakenError):
        post.join(secret, "JO")
    post.join(secret, "jo2")


@pytest.mark.parametrize("case", ["both", "neither", "operator"])
def test_either_somebody_new_accepts_or_somebody_signed_in(post: Post, jo: PrincipalId, case: str) -> None:
    secret = post.secret()
    newcomer = NewUsername("kim", PASSWORD)
    if case == "operator":
        with pytest.raises(AccessDeniedError):
            post.access.execute(AcceptInvitation(secret), by=OPERATOR)
        return
    with pytest.raises(InvalidInputError):
        post.access.execute(
            AcceptInvitation(secret, newcomer if case == "both" else None), by=jo if case == "both" else None
        )


# --- every condition ------------------------------------------------------------------------------------------------


Arrange = Callable[[Post, World], PrincipalId]


def elsewhere(post: Post, _: World) -> PrincipalId:
    return post.make.registered(post.make.tenant("Hillside Clinic"))


def gone(post: Post, world: World) -> PrincipalId:
    member = world.somebody(Reason.ACTIVE)
    post.access.execute(Leave(post.tenant), by=member)
    return member


LEFT_BEHIND: Final[dict[str, Arrange]] = {"nobody yet": elsewhere, "gone": gone}
ADMITTED = [Reason.PENDING, Reason.REJECTED, Reason.REQUEST_EXPIRED]
REFUSED = [Reason.STALE, Reason.LAPSED, Reason.DISABLED, Reason.ENDED, Reason.NOT_YET_VALID]


def arranged(post: Post, world: World, start: Reason) -> PrincipalId:
    """Somebody in a condition, with an address of their own."""
    member = world.somebody(start)
    if not row_of(post.access, post.tenant, member).principal.email:
        post.address(member, OWN)
    return member


def own_secret(post: Post, member: PrincipalId, **given: Any) -> str:
    """The secret of an invitation to somebody's own address."""
    return post.secret(row_of_principal(post, member), **given)


def row_of_principal(post: Post, member: PrincipalId) -> str:
    with post.access.store.reading() as unit:
        found = unit.principals.find(member)
    assert found is not None
    return found[0].email


def test_each_condition_has_one_outcome() -> None:
    assert {*ADMITTED, *REFUSED, Reason.ACTIVE, Reason.UNVERIFIED} == set(STATUS)
    step = LIFECYCLE["accept_invitation"]
    assert step.legal == {*ADMITTED, Reason.UNVERIFIED, Reason.NOT_A_MEMBER}
    assert step.idle == {Reason.ACTIVE}


@pytest.mark.row("INV-16", "INV-32", "AM-17")
@pytest.mark.parametrize("start", [*LEFT_BEHIND, *ADMITTED], ids=str)
def test_nothing_gone_asked_or_turned_down_becomes_active_with_what_was_invited(
    post: Post, world: World, start: Any
) -> None:
    member = LEFT_BEHIND[start](post, world) if start in LEFT_BEHIND else arranged(post, world, start)
    before = row_of(post.access, post.tenant, member).membership if start != "nobody yet" else None
    secret = own_secret(post, member, levels={"codes": VIEW}, segments=["medicaid"])
    post.clock.advance(days(1))
    post.accept(secret, member)
    facts = row_of(post.access, post.tenant, member).membership
    assert condition(post.access, post.tenant, member) is Reason.ACTIVE
    assert levels(post, member) == (None, {"codes": "view"}, {"medicaid"})
    assert (facts.origin, facts.verified_how, facts.approved_by) == (Origin.INVITED, VerifiedHow.MAILBOX, post.manager)
    assert (facts.approved_at, facts.verified_at, facts.clock_started_at) == (post.clock.now(),) * 3
    assert facts.incarnation == (1 if before is None else before.incarnation + (start == "gone"))
    assert facts.access_epoch == (0 if before is None else before.access_epoch)
    assert row_of(post.access, post.tenant, member).principal.email_verified_at is not None


@pytest.mark.row("MC-16", "AM-17")
def test_an_unverified_member_is_verified_by_it_and_keeps_its_own_levels(post: Post, world: World) -> None:
    member = world.somebody(Reason.UNVERIFIED)
    before = row_of(post.access, post.tenant, member).membership
    post.accept(own_secret(post, member, levels={"codes": FULL}), member)
    after = row_of(post.access, post.tenant, member).membership
    assert condition(post.access, post.tenant, member) is Reason.ACTIVE
    assert (after.overrides, after.origin, after.approved_by) == (before.overrides, before.origin, before.approved_by)
    assert (after.verified_how, after.clock_started_at) == (VerifiedHow.MAILBOX, post.clock.now())


@pytest.mark.row("INV-21")
def test_who_was_enabled_and_not_verified_since_verifies_with_it(post: Post, world: World) -> None:
    member = world.somebody(Reason.DISABLED)
    post.access.execute(Enable(post.tenant, member), by=post.manager)
    epoch = row_of(post.access, post.tenant, member).membership.access_epoch
    post.accept(own_secret(post, member, levels={"codes": FULL}), member)
    assert condition(post.access, post.tenant, member) is Reason.ACTIVE
    assert row_of(post.access, post.tenant, member).membership.access_epoch == epoch


@pytest.mark.row("INV-16", "AM-17")
def test_an_active_member_keeps_everything_and_the_invitation_is_used_up(post: Post, world: World) -> None:
    member = world.somebody(Reason.ACTIVE)
    before = row_of(post.access, post.tenant, member)
    secret = own_secret(post, member, levels={"codes": FULL})
    done = post.access.execute(AcceptInvitation(secret), by=member)
    assert row_of(post.access, post.tenant, member) == before
    assert (post.newest().state.value, done.version) == ("accepted", len(events(post.access, post.tenant)))
    with pytest.raises(ProofRefusedError):
        post.accept(secret, member)


@pytest.mark.row("INV-16", "INV-32")
@pytest.mark.parametrize("start", REFUSED, ids=lambda reason: reason.value)
def test_a_membership_that_is_shut_out_is_not_led_in(post: Post, world: World, start: Reason) -> None:
    member = arranged(post, world, start)
    secret = own_secret(post, member)
    before = dump(post.access, post.tenant, [member])
    with pytest.raises(IllegalTransitionError) as refused:
        post.accept(secret, member)
    assert (refused.value.command, refused.value.status) == ("accept_invitation", start.value)
    assert "accept_invitation" not in refused.value.legal
    assert dump(post.access, post.tenant, [member]) == before
    assert post.newest().state.value == "open"


@pytest.mark.row("MC-10", "MC-11", "INV-15")
@pytest.mark.parametrize("standing", ["disabled", "ended"])
def test_a_standing_disable_is_met_over_the_tombstone(post: Post, world: World, standing: str) -> None:
    member = world.somebody(Reason.DISABLED if standing == "disabled" else Reason.ENDED)
    post.access.execute(Remove(post.tenant, member), by=post.manager)
    for by in (post.manager, OPERATOR):
        with pytest.raises(IllegalTransitionError) as refused:
            post.accept(own_secret(post, member, by=by), member)
        assert refused.value.status == standing
    post.access.execute(RequestAccess(post.tenant), by=member)
    post.accept(own_secret(post, member), member)
    assert condition(post.access, post.tenant, member) is Reason.ACTIVE


def operator_held(post: Post, world: World, *, asks: bool) -> PrincipalId:
    """Somebody the operator disabled and the manager removed, who perhaps asked again."""
    member = world.somebody(Reason.ACTIVE)
    post.access.execute(Disable(post.tenant, member), by=OPERATOR)
    post.access.execute(Remove(post.tenant, member), by=post.manager)
    if asks:
        post.access.execute(RequestAccess(post.tenant), by=member)
    return member


@pytest.mark.row("MC-11")
@pytest.mark.parametrize("asks", [True, False])
def test_what_the_operator_disabled_no_managers_invitation_leads_back(post: Post, world: World, asks: bool) -> None:  # noqa: FBT001
    member = operator_held(post, world, asks=asks)
    with pytest.raises(AccessDeniedError) as refused:
        post.accept(own_secret(post, member), member)
    assert refused.value.decision.reasons == (Reason.OPERATOR_ONLY,)
    secret = own_secret(post, member, by=OPERATOR)
    if not asks:
        with pytest.raises(IllegalTransitionError):
            post.accept(secret, member)
        return
    post.accept(secret, member)
    facts = row_of(post.access, post.tenant, member).membership
    assert (facts.held_by_operator, facts.approved_by) == (False, OPERATOR.name)
    assert may(post, member)


# --- links ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def proven(post: Post) -> PrincipalId:
    """A manager whose credentials are proven by somebody with an address of their own."""
    return post.make.manager(post.tenant, "proven")


@pytest.mark.row("MC-07")
def test_a_stale_link_takes_no_invitation(post: Post, proven: PrincipalId) -> None:
    master = post.make.linked(post.tenant, proven)
    post.access.execute(Disable(post.tenant, proven), by=post.manager)
    secret = own_secret(post, master)
    with pytest.raises(IllegalTransitionError) as refused:
        post.accept(secret, master)
    assert refused.value.status == "stale"
    assert not may(post, master)


@pytest.mark.row("MC-07")
def test_an_active_link_accepts_and_stays_what_it_is(post: Post, proven: PrincipalId) -> None:
    master = post.make.linked(post.tenant, proven)
    before = row_of(post.access, post.tenant, master).membership
    post.accept(own_secret(post, master, levels={"codes": FULL}), master)
    assert row_of(post.access, post.tenant, master).membership == before
    assert post.newest().state.value == "accepted"


@pytest.mark.row("MC-08", "MC-09")
def test_whoever_was_proven_does_not_invite_the_link_back(post: Post, proven: PrincipalId) -> None:
    master = post.make.linked(post.tenant, proven)
    post.access.execute(Remove(post.tenant, master), by=proven)
    secret = own_secret(post, master, by=proven)
    with pytest.raises(GrantRefusedError) as refused:
        post.accept(secret, master)
    assert refused.value.decision.reasons == (Reason.OWN_ROW,)
    post.accept(own_secret(post, master), master)
    facts = row_of(post.access, post.tenant, master).membership
    assert (facts.origin, facts.resting) == (Origin.INVITED, None)


@pytest.mark.row("MC-08")
def test_whoever_was_proven_does_not_lead_the_waiting_link_in(post: Post, proven: PrincipalId) -> None:
    master = post.make.linked(post.tenant, proven)
    post.access.execute(Remove(post.tenant, master), by=proven)
    post.make.linked(post.tenant, proven, by=master)
    assert condition(post.access, post.tenant, master) is Reason.PENDING
    with pytest.raises(GrantRefusedError):
        post.accept(own_secret(post, master, by=proven), master)
    with pytest.raises(IllegalTransitionError) as refused:
        post.accept(own_secret(post, master), master)
    assert refused.value.status == "pending"


@pytest.mark.row("INV-18")
def test_nobody_accepts_what_they_sent_themselves(post: Post) -> None:
    post.address(post.manager, OWN)
    with pytest.raises(GrantRefusedError):
        post.accept(post.secret(OWN), post.manager)
    kept = post.secret(OWN, by=OPERATOR)
    post.accept(kept, post.manager)


# --- the inviter ----------------------------------------------------------------------------------------------------


Spoil = Callable[[Post, PrincipalId], object]


def lapse(post: Post, office: PrincipalId) -> None:
    """Let the inviter's silence pass ninety days, but not the invitation's fourteen."""
    post.clock.advance(days(13))
    assert condition(post.access, post.tenant, office) is Reason.LAPSED


def end(post: Post, office: PrincipalId) -> None:
    """Give the inviter an end, and let it pass."""
    post.access.execute(SetDates(post.tenant, office, valid_until=post.clock.now() + days(1)), by=post.manager)
    post.clock.advance(days(1))


def bare(post: Post, office: PrincipalId) -> None:
    """Take the managing level away as no command of the library does, so that nothing is voided."""
    row = row_of(post.access, post.tenant, office).membership
    with post.access.store.begin() as unit:
        unit.memberships.put(attrs.evolve(row, overrides={}), row)
        unit.commit()


LOST: Final[dict[str, Spoil]] = {
    "demoted": lambda post, who: post.access.execute(
        ChangePrivileges(post.tenant, [Edit(who, "manage_account", "view")]), by=post.manager
    ),
    "disabled": lambda post, who: post.access.execute(Disable(post.tenant, who), by=post.manager),
    "removed": lambda post, who: post.access.execute(Remove(post.tenant, who), by=post.manager),
    "left": lambda post, who: post.access.execute(Leave(post.tenant), by=who),
    "suspended": lambda post, who: post.access.execute(SuspendPrincipal(who), by=OPERATOR),
    "lapsed": lapse,
    "ended": end,
    "not begun": lambda post, who: post.access.execute(
        SetDates(post.tenant, who, valid_from=post.clock.now() + days(1)), by=post.manager
    ),
    "no manager by any command": bare,
}
BY_TIME = {"lapsed", "ended", "not begun", "no manager by any command"}


@pytest.fixture
def office(post: Post) -> PrincipalId:
    """Another manager, by explicit levels, who was last active 77 days ago."""
    who = post.make.member(post.tenant, levels={"manage_account": FULL, "claims": FULL, "codes": VIEW})
    post.clock.advance(days(77))
    post.access.require(post.tenant, post.manager, "manage_account", "view")
    return who


@pytest.mark.row("INV-32", "AM-19")
@pytest.mark.parametrize("lost", LOST)
def test_an_inviter_who_may_invite_no_more_lets_nobody_in(post: Post, office: PrincipalId, lost: str) -> None:
    invitation = post.invite(by=office)
    secret = post.deliver()
    LOST[lost](post, office)
    before = dump(post.access, post.tenant, [office])
    with pytest.raises(ProofRefusedError):
        post.join(secret)
    assert dump(post.access, post.tenant, [office]) == before
    assert post.state(invitation) == ("open" if lost in BY_TIME else "void")


@pytest.mark.row("INV-32")
@pytest.mark.parametrize("lost", sorted(BY_TIME - {"no manager by any command"}))
def test_what_time_alone_took_comes_back_with_the_inviter_if_nobody_had_to_lead_it(
    post: Post, office: PrincipalId, lost: str
) -> None:
    secret = post.secret(by=office)
    LOST[lost](post, office)
    if lost == "not begun":
        post.clock.advance(days(1))
        post.join(secret)
        return
    post.access.execute(Enable(post.tenant, office), by=post.manager)
    with pytest.raises(ProofRefusedError):
        post.join(secret)
    assert post.newest().state.value == "void"


@pytest.mark.row("MC-14")
def test_an_inviter_who_rests_lets_nobody_in(post: Post, office: PrincipalId) -> None:
    resting = post.make.member(post.tenant, levels={"manage_account": FULL}, by=post.manager)
    secret = post.secret(by=office)
    with post.access.store.begin() as unit:
        unit.invitations.put(attrs.evolve(post.newest(), inviter=attrs.evolve(post.newest().inviter, id=resting)))
        unit.commit()
    with pytest.raises(ProofRefusedError):
        post.join(secret)


def test_the_operators_invitation_needs_no_member(post: Post) -> None:
    secret = post.secret(by=OPERATOR, role="account_manager")
    post.access.execute(Disable(post.tenant, post.manager, last_manager=LastManager.OVERRIDE), by=OPERATOR)
    kim = post.join(secret)
    assert may(post, kim, "view", "manage_account")


# --- what is left of the grant --------------------------------------------------------------------------------------


NOTHING_LEFT = dict.fromkeys(
    ("claims", "assessments", "health_record", "codes", "eligibility", "authorizations", "manage_account"), "none"
)


def narrow(post: Post, office: PrincipalId, **cells: str) -> None:
    post.access.execute(
        ChangePrivileges(post.tenant, [Edit(office, word, level) for word, level in cells.items()]), by=post.manager
    )


@pytest.mark.row("INV-22", "INV-32", "AM-05")
def test_what_the_inviter_still_holds_comes_as_it_was_invited(post: Post, office: PrincipalId) -> None:
    secret = post.secret(by=office, levels={"claims": FULL})
    narrow(post, office, codes="none")
    assert levels(post, post.join(secret)) == (None, {"claims": "full"}, set())


@pytest.mark.row("INV-22", "INV-32", "AM-05")
def test_what_the_inviter_lost_is_cut_cell_by_cell(post: Post, office: PrincipalId) -> None:
    secret = post.secret(by=office, levels={"claims": FULL, "codes": VIEW})
    narrow(post, office, claims="view")
    kim = post.join(secret)
    assert levels(post, kim) == (None, {**NOTHING_LEFT, "claims": "view", "codes": "view"}, set())
    assert (may(post, kim), may(post, kim, "submit")) == (True, False)


@pytest.mark.row("INV-22")
def test_a_role_above_the_inviter_becomes_levels_without_a_role(post: Post) -> None:
    biller = {"claims": FULL, "eligibility": VIEW, "codes": FULL}
    office = post.make.member(post.tenant, levels={**biller, "manage_account": FULL})
    secret = post.secret(by=office, role="biller")
    narrow(post, office, codes="view")
    kept = {"claims": "full", "eligibility": "view", "codes": "view"}
    assert levels(post, post.join(secret)) == (None, {**NOTHING_LEFT, **kept}, set())


@pytest.mark.row("INV-22")
def test_segments_are_cut_to_what_the_inviter_reaches(post: Post, make: Given) -> None:
    both = make.tenant("Two segments", segments=["medicaid", "medicare"])
    post = attrs.evolve(post, tenant=both, manager=make.manager(both))
    office = make.member(both, levels={"manage_account": FULL, "claims": FULL})
    everywhere = post.secret("a@people.example", by=office)
    one_of_them = post.secret("b@people.example", by=office, segments=["medicare"])
    post.access.execute(LimitSegments(both, office, frozenset({"medicaid"})), by=post.manager)
    cut = {**NOTHING_LEFT, "claims": "view"}
    assert levels(post, post.join(everywhere, "a")) == (None, cut, {"medicaid"})
    assert levels(post, post.join(one_of_them, "b")) == (None, NOTHING_LEFT, set())


@pytest.mark.row("MC-15", "INV-22")
def test_the_built_in_role_is_cut_to_levels_once_the_inviter_holds_it_with_overrides(post: Post) -> None:
    office = post.make.manager(post.tenant)
    secret = post.secret(by=office, role="account_manager")
    narrow(post, office, claims="full")
    kim = post.join(secret)
    role, explicit, _ = levels(post, kim)
    assert (role, set(explicit.values())) == (None, {"full"})
    assert "health_passport" not in explicit
    assert may(post, kim, "view", "manage_account")


@pytest.mark.row("MC-15")
def test_a_resource_offered_later_does_not_come_with_a_cut_invitation(post: Post, catalog: Catalog) -> None:
    offered = {one.key: FULL for one in catalog.resources if one.offered}
    office = post.make.member(post.tenant, levels=offered)
    whole = post.secret("a@people.example", role="account_manager")
    of_office = post.find(post.invite("b@people.example", role="account_manager", by=OPERATOR))
    with post.access.store.begin() as unit:
        inviter = attrs.evolve(of_office.inviter, kind=ActorKind.MEMBER, id=office)
        unit.invitations.put(attrs.evolve(of_office, inviter=inviter))
        unit.commit()
    cut = post.deliver()
    whole_one, cut_one = post.join(whole, "a"), post.join(cut, "b")
    later = attrs.evolve(catalog, resources=[attrs.evolve(one, offered=True) for one in catalog.resources])
    tomorrow = TenantAccess(post.access.store, later, clock=post.clock)
    assert tomorrow.check(post.tenant, whole_one, "health_passport", "view")
    assert not tomorrow.check(post.tenant, cut_one, "health_passport", "view")
    assert tomorrow.check(post.tenant, cut_one, "claims", "submit")


class TestWhereOnlyManagingIsUnderTheCeiling:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(grant_ceiling=GrantCeiling.ANY)

    @pytest.mark.row("INV-22", "AM-37")
    def test_nothing_but_managing_is_cut(self, post: Post) -> None:
        office = post.make.manager(post.tenant)
        plain = post.secret("a@people.example", by=office, levels={"codes": FULL})
        manager = post.secret("b@people.example", by=office, role="account_manager")
        everything = [one.key for one in post.access.catalog.resources if one.offered and one.key != "manage_account"]
        narrow(post, office, **dict.fromkeys(everything, "none"))
        assert levels(post, post.join(plain, "a")) == (None, {"codes": "full"}, set())
        role, explicit, _ = levels(post, post.join(manager, "b"))
        assert (role, set(explicit.values())) == (None, {"full"})


def test_a_role_that_is_gone_at_acceptance_counts_as_none(post: Post) -> None:
    secret = post.secret(role="biller", levels={"assessments": VIEW})
    post.access.execute(RemoveRole(post.tenant, "biller"), by=post.manager)
    assert levels(post, post.join(secret)) == (None, {"assessments": "view"}, set())


@pytest.mark.row("AM-05")
def test_a_role_gives_what_it_gives_now(post: Post) -> None:
    secret = post.secret(role="biller")
    post.access.execute(EditRole(post.tenant, "biller", {"claims": VIEW}), by=post.manager)
    kim = post.join(secret)
    assert (may(post, kim), may(post, kim, "submit")) == (True, False)


# --- whose address, which secret ------------------------------------------------------------------------------------


@pytest.mark.row("A55", "INV-32")
def test_a_forwarded_invitation_opens_nothing_to_another_address(post: Post, world: World) -> None:
    secret = post.secret()
    others = [world.somebody(Reason.ACTIVE), world.somebody(Reason.PENDING), post.make.member(post.tenant)]
    for somebody in others:
        before = dump(post.access, post.tenant, [somebody])
        with pytest.raises(ProofRefusedError):
            post.accept(secret, somebody)
        assert dump(post.access, post.tenant, [somebody]) == before
    assert post.newest().state.value == "open"


@pytest.mark.row("AM-19")
def test_addresses_are_compared_case_folded(post: Post, lakeside: TenantId) -> None:
    kim = post.make.registered(lakeside, username="kim")
    post.accept(post.secret("KIM@PEOPLE.EXAMPLE"), kim)
    assert may(post, kim)


@pytest.mark.row("AM-19")
def test_a_contact_address_is_not_ones_own(post: Post) -> None:
    kim = post.make.member(post.tenant)
    post.access.execute(UpdateContact(post.tenant, kim, contact=Contact(email=KIM)), by=post.manager)
    with pytest.raises(ProofRefusedError):
        post.accept(post.secret(), kim)


def test_accepting_verifies_the_persons_address(post: Post) -> None:
    kim = post.address(post.make.pending(), OWN)
    assert row_of_principal(post, kim) == OWN
    post.accept(post.secret(OWN), kim)
    assert row_of(post.access, post.tenant, kim).principal.email_verified_at == post.clock.now()
    assert kinds(post.access, kim)[-1] == "accept_invitation"


@pytest.mark.row("A54", "INV-30")
def test_a_secret_is_opaque_and_nothing_in_it_can_be_edited(post: Post) -> None:
    secret = post.secret()
    altered = [secret[:-1] + ("0" if secret[-1] != "0" else "1"), secret.upper(), secret + "0", secret[:-1], "x"]
    for guess in altered:
        with pytest.raises(ProofRefusedError):
            post.join(guess)
        with pytest.raises(ProofRefusedError):
            post.access.execute(DeclineInvitation(guess))
    assert all(word not in secret for word in (post.tenant, KIM, post.newest().id))
    post.join(secret)


@pytest.mark.row("A53", "INV-30")
def test_a_secret_of_another_purpose_opens_no_invitation(post: Post) -> None:
    post.make.unverified(post.tenant)
    registration = post.deliver()
    with pytest.raises(ProofRefusedError):
        post.join(registration)
    invitation = post.secret()
    with pytest.raises(ProofRefusedError):
        post.access.execute(CompleteRegistration(invitation))


@pytest.mark.row("A53", "INV-12")
def test_an_invitation_leads_into_its_own_tenant_only(post: Post, lakeside: TenantId, lena: PrincipalId) -> None:
    assert lena
    kim = post.join(post.secret())
    assert may(post, kim)
    with pytest.raises(KeyError):
        row_of(post.access, lakeside, kim)


@pytest.mark.row("INV-30")
def test_at_its_expiry_a_secret_is_dead_and_a_moment_before_it_is_not(post: Post) -> None:
    early, late = post.secret("a@people.example"), post.secret("b@people.example")
    post.clock.advance(days(14) - MOMENT)
    post.join(early, "a")
    post.clock.advance(MOMENT)
    for command in (AcceptInvitation(late, NewUsername("b", PASSWORD)), DeclineInvitation(late)):
        with pytest.raises(ProofRefusedError):
            post.access.execute(command)


def test_whoever_is_suspended_accepts_nothing(post: Post, lakeside: TenantId) -> None:
    kim = post.make.registered(lakeside, username="kim")
    secret = post.secret()
    post.access.execute(SuspendPrincipal(kim), by=OPERATOR)
    with pytest.raises(AccessDeniedError) as refused:
        post.accept(secret, kim)
    assert refused.value.decision.reasons == (Reason.PRINCIPAL_SUSPENDED,)


def test_somebody_who_is_nobody_is_not_found(post: Post) -> None:
    with pytest.raises(NotFoundError):
        post.accept(post.secret(), PrincipalId("pri_" + "0" * 32))


# --- once -----------------------------------------------------------------------------------------------------------


@pytest.mark.row("A56", "INV-30", "INV-32")
def test_a_secret_is_used_once_by_whoever_comes_first(post: Post, lakeside: TenantId) -> None:
    secret = post.secret()
    kim = post.make.registered(lakeside, username="kim")
    first = post.join(secret, "kim.first")
    with pytest.raises(ProofRefusedError):
        post.join(secret, "kim.second")
    with pytest.raises(ProofRefusedError):
        post.accept(secret, kim)
    with pytest.raises(ProofRefusedError):
        post.access.execute(DeclineInvitation(secret))
    assert may(post, first)
    with post.access.store.reading() as unit:
        assert unit.principals.find_by_username("kim.second") is None


@pytest.mark.row("INV-39", "INV-30")
def test_a_repeated_key_answers_as_the_first_call_did(post: Post) -> None:
    command = AcceptInvitation(post.secret(), NewUsername("kim", PASSWORD))
    first = post.access.execute(command, key="form-7")
    assert post.access.execute(command, key="form-7") == first
    with pytest.raises(ConflictError):
        post.access.execute(AcceptInvitation(post.secret(), NewUsername("kim", PASSWORD)), key="form-7")


@pytest.mark.row("INV-39")
def test_a_repeated_decline_answers_as_the_first_did(post: Post) -> None:
    command = DeclineInvitation(post.secret())
    first = post.access.execute(command, key="form-8")
    assert (post.access.execute(command, key="form-8"), first.changed) == (first, True)


@pytest.mark.row("AM-19", "INV-32")
def test_declining_closes_the_invitation_and_lets_nobody_in(post: Post) -> None:
    secret = post.secret()
    rows = post.access.privileges.matrix(post.tenant, by=OPERATOR).rows
    assert post.access.execute(DeclineInvitation(secret)).changed
    assert post.newest().state.value == "declined"
    assert post.access.privileges.matrix(post.tenant, by=OPERATOR).rows == rows
    with pytest.raises(ProofRefusedError):
        post.join(secret)


def test_somebody_signed_in_may_decline(post: Post, jo: PrincipalId) -> None:
    post.access.execute(DeclineInvitation(post.secret()), by=jo)
    event = events(post.access, post.tenant)[-1]
    assert (event.kind, event.actor.id, event.after["state"]) == ("decline_invitation", jo, "declined")


@pytest.mark.row("AM-19")
@pytest.mark.parametrize("answer", ["accepted", "declined"])
def test_the_inviter_is_told_and_nobody_for_the_operators(post: Post, answer: str) -> None:
    post.address(post.manager, "maria@people.example")
    for by, count in ((post.manager, 1), (OPERATOR, 0)):
        secret = post.secret(by=by)
        post.mailer.messages.clear()
        if answer == "accepted":
            post.join(secret, f"kim{count}")
        else:
            post.access.execute(DeclineInvitation(secret))
        post.access.notices.deliver(post.mailer)
        told = [(mail.to, mail.purpose, mail.username, mail.token) for mail in post.mailer.messages]
        purpose = "accept_invitation" if answer == "accepted" else "decline_invitation"
        username = f"kim{count}" if answer == "accepted" else ""
        assert told == [("maria@people.example", purpose, username, "")] * count


@pytest.mark.row("INV-32", "MC-10")
def test_who_left_under_another_address_meets_no_invitation_from_before(post: Post, world: World) -> None:
    member = world.somebody(Reason.ACTIVE)
    then = row_of_principal(post, member)
    secret = post.secret(then)
    post.address(member, OWN)
    post.clock.advance(days(1))
    post.access.execute(Remove(post.tenant, member), by=post.manager)
    post.address(member, then)
    assert post.newest().state.value == "open"
    with pytest.raises(ProofRefusedError):
        post.accept(secret, member)
    post.clock.advance(days(1))
    post.access.execute(ResendInvitation(post.tenant, post.newest().id), by=post.manager)
    post.accept(post.deliver(), member)
    assert may(post, member)


@pytest.mark.row("INV-36")
def test_what_is_refused_is_in_the_log_of_the_tenant_of_the_secret(post: Post, jo: PrincipalId) -> None:
    secret = post.secret()
    for guess in (secret, "no such secret"):
        with pytest.raises(ProofRefusedError):
            post.accept(guess, jo)
    (line,) = refusals(post.access, post.tenant)
    assert (line.what, line.reason, line.count) == ("refused:accept_invitation", "proof_refused", 1)


@pytest.mark.parametrize("command", [AcceptInvitation, DeclineInvitation])
def test_answers_have_no_preflight(post: Post, jo: PrincipalId, command: Any) -> None:
    with pytest.raises(MisuseError):
        post.access.may(command(post.secret()), by=jo)


def test_the_record_as_of_a_day_knows_members_and_not_invitations(post: Post) -> None:
    post.invite("other@people.example")
    kim = post.join(post.secret())
    post.clock.advance(days(1))
    post.access.execute(Remove(post.tenant, kim), by=post.manager)
    then = post.clock.now() - days(1)
    found = post.access.audit.list_members_with(post.tenant, "claims", "view", then, by=OPERATOR)
    assert found == sorted([post.manager, kim])
