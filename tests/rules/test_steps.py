"""Steps of a life and levels of a row, as pure functions of their facts (INV-15, INV-18, INV-21, INV-22, INV-28)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantaccess.ids import PrincipalId, SegmentKey, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Role
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import (
    Authority,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    Row,
)
from tenantaccess.model.moments import LATEST
from tenantaccess.model.policy import AfterPasswordChange, GrantCeiling, Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.privileges import Edit
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.rules import members, privileges, registrations, tenants
from tenantaccess.rules.privileges import Cells
from tenantaccess.rules.tenants import Management
from tenantaccess.testing import strategies
from tenantaccess.testing.builders import CLINICS

hold = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
HERE = TenantId("ten_" + "1" * 32)
ANN, BOB, CAT = (PrincipalId("pri_" + letter * 32) for letter in "abc")
DATES = st.none() | strategies.moments()
BUILT_IN = Role(ACCOUNT_MANAGER, "Account manager")
POLICY = Policy()
TENANT = Tenant(HERE, "Here", segments=frozenset([SegmentKey("medicaid")]))
LEVELS = st.dictionaries(
    st.sampled_from([one.key for one in CLINICS.resources]), st.sampled_from([NONE.key, VIEW.key, FULL.key])
)


def row(who: PrincipalId = ANN, base: Row | None = None, kind: RestKind = RestKind.LINK, **facts: Any) -> Row:
    """An active row, resting on *base* if one is given."""
    fresh = members.attested(Membership(HERE, who, Origin.HOME), NOW, "desk")
    resting = None if base is None else members.resting_on(base, kind)
    return Row(attrs.evolve(fresh, resting=resting, **facts), Principal(who, "ann"), base=base)


def manager(who: PrincipalId = ANN, base: Row | None = None, **facts: Any) -> Row:
    return attrs.evolve(row(who, base, role=ACCOUNT_MANAGER, **facts), role=BUILT_IN)


@pytest.mark.row("INV-15", "INV-21")
@hold
@given(strategies.memberships(HERE, ANN))
def test_epochs_and_incarnations_only_rise(before: Membership) -> None:
    gone = members.gone(before, NOW)
    back = members.returning(gone, Origin.REGISTERED)
    off = members.disabled(before, NOW, Authority.MANAGER, DisableReason.LEFT)
    for after in (gone, back, off):
        assert after.access_epoch > before.access_epoch
        assert after.proof_epoch > before.proof_epoch
    assert back.incarnation == before.incarnation + 1


@pytest.mark.row("INV-15", "MC-09")
@hold
@given(strategies.memberships(HERE, ANN))
def test_a_return_inherits_numbers_a_standing_disable_and_whose_proof_it_rested_on(before: Membership) -> None:
    back = members.returning(members.gone(before, NOW), Origin.REGISTERED)
    empty = Membership(HERE, ANN, Origin.REGISTERED)
    kept = {"incarnation", "access_epoch", "proof_epoch", "held_by_operator", "proven_by", "proven_at"}
    differing = {
        field.name for field in attrs.fields(Membership) if getattr(back, field.name) != getattr(empty, field.name)
    }
    assert differing <= kept


@pytest.mark.row("MC-06", "MC-11")
def test_what_stands_over_a_tombstone() -> None:
    operators = Disabled(NOW, Authority.OPERATOR, DisableReason.SECURITY)
    rejected = Disabled(NOW, Authority.OPERATOR, DisableReason.REJECTED)
    assert members.gone(row(disabled=operators).membership, NOW).disabled == operators
    assert members.gone(row(disabled=rejected).membership, NOW).disabled is None
    ended = members.gone(row(valid_until=NOW).membership, NOW).disabled
    assert ended == Disabled(NOW, Authority.MANAGER, DisableReason.ENDED)
    assert members.gone(row(valid_until=NOW + DAY).membership, NOW).disabled is None


@pytest.mark.row("MC-06", "MC-11")
def test_an_end_by_the_operator_stands_over_a_tombstone_whether_it_has_passed_or_not() -> None:
    for end, standing in (
        (NOW, Disabled(NOW, Authority.OPERATOR, DisableReason.ENDED)),
        (NOW + DAY, None),
    ):
        facts = row(valid_until=end, ends_by=Authority.OPERATOR).membership
        assert members.is_held_by_operator(facts, NOW) is (standing is not None)
        tombstone = members.gone(facts, NOW)
        assert (tombstone.disabled, tombstone.held_by_operator) == (standing, True)
        assert members.returning(tombstone, Origin.REGISTERED).held_by_operator


@pytest.mark.row("MC-01", "MC-11")
@hold
@given(strategies.memberships(HERE, ANN), DATES, DATES, st.sampled_from(Authority))
def test_an_end_says_whose_it_is_and_the_operators_is_never_weakened(
    before: Membership, start: datetime | None, end: datetime | None, by: Authority
) -> None:
    after = members.dated(before, start, end, by)
    kept = before.ends_by if before.valid_until == end else None
    assert (after.ends_by is None) is (after.valid_until is None)
    if end is not None:
        assert (after.ends_by is Authority.OPERATOR) is (Authority.OPERATOR in {by, kept})
        ending = members.ending(before, end, by)
        assert ending.valid_until == min(end, before.valid_until or end)
        assert members.is_narrower(ending, before)


@pytest.mark.row("INV-18")
@hold
@given(strategies.memberships(HERE, ANN), DATES, DATES, strategies.moments())
def test_narrower_dates_open_no_moment(
    before: Membership, start: datetime | None, end: datetime | None, at: datetime
) -> None:
    after = members.dated(before, start, end, Authority.MANAGER)
    if members.is_narrower(after, before):
        assert holds_at(before, at) or not holds_at(after, at)


def holds_at(facts: Membership, at: datetime) -> bool:
    """Whether the dates of a row are open."""
    begun = facts.valid_from is None or facts.valid_from <= at
    return begun and (facts.valid_until is None or at < facts.valid_until)


@pytest.mark.row("INV-28")
def test_a_row_begins_with_the_last_of_what_it_rests_on() -> None:
    ground = row(CAT, valid_from=NOW + 2 * DAY)
    middle = row(BOB, ground, valid_from=NOW + DAY)
    for kind in RestKind:
        found = [members.condition(row(ANN, middle, kind), NOW + days * DAY, POLICY) for days in range(3)]
        assert found == [Reason.NOT_YET_VALID, Reason.NOT_YET_VALID, Reason.ACTIVE]
    top = row(ANN, middle)
    waiting = attrs.evolve(top, membership=attrs.evolve(top.membership, approved_at=None))
    assert members.condition(waiting, NOW, POLICY) is Reason.PENDING
    alone = attrs.evolve(top, membership=attrs.evolve(top.membership, resting=None))
    assert members.condition(alone, NOW, POLICY) is Reason.ACTIVE


@pytest.mark.row("INV-28", "MC-02")
def test_what_a_row_rests_on_goes_stale_with_any_of_its_three_numbers() -> None:
    base = row(BOB)
    link = row(ANN, base)
    for moved in (
        attrs.evolve(base, membership=attrs.evolve(base.membership, incarnation=2)),
        attrs.evolve(base, membership=attrs.evolve(base.membership, proof_epoch=1)),
        attrs.evolve(base, principal=attrs.evolve(base.principal, proof_epoch=1)),
        attrs.evolve(base, membership=attrs.evolve(base.membership, gone_at=NOW)),
        attrs.evolve(base, membership=attrs.evolve(base.membership, valid_until=NOW)),
        None,
    ):
        assert members.is_stale(attrs.evolve(link, base=moved), NOW, POLICY)
    later = attrs.evolve(base, membership=attrs.evolve(base.membership, valid_until=NOW + DAY, last_active_at=NOW))
    assert not members.is_stale(attrs.evolve(link, base=later), NOW, POLICY)
    assert not members.is_stale(base, NOW, POLICY)


@pytest.mark.row("INV-28", "MC-03")
@pytest.mark.parametrize(
    ("what", "stale_at"),
    [
        (AfterPasswordChange.KEEP, LATEST),
        (AfterPasswordChange.STALE, NOW + 15 * DAY),
        (AfterPasswordChange.REVOKE, NOW + DAY),
    ],
)
def test_a_link_outlives_a_password_as_long_as_the_policy_says(what: AfterPasswordChange, stale_at: datetime) -> None:
    link = row(ANN, row(BOB))
    changed = attrs.evolve(link, base=with_passwords(NOW + DAY, NOW + 3 * DAY))
    policy = Policy(after_password_change=what)
    assert members.is_stale(changed, LATEST, policy) is (stale_at < LATEST)
    assert members.is_stale(changed, stale_at, policy) is (stale_at < LATEST)
    assert not members.is_stale(changed, stale_at - TICK, policy)


@pytest.mark.row("INV-28", "MC-03")
def test_a_change_of_password_so_long_ago_that_it_is_forgotten_was_outlived() -> None:
    base = with_passwords(NOW, NOW)
    forgotten = attrs.evolve(base, principal=attrs.evolve(base.principal, password_epoch=3))
    assert members.is_stale(attrs.evolve(row(ANN, row(BOB)), base=forgotten), NOW, POLICY)
    ahead = attrs.evolve(row(ANN, with_passwords(NOW)), base=row(BOB))
    assert members.is_stale(ahead, NOW, POLICY), "a proof of a password that was never chosen"


@pytest.mark.row("MC-17")
def test_a_username_resting_on_its_chooser_does_not_mind_the_choosers_password() -> None:
    chosen = row(ANN, row(BOB), RestKind.CHOSEN_PASSWORD)
    assert not members.is_stale(attrs.evolve(chosen, base=with_passwords(NOW - 99 * DAY)), NOW, POLICY)


def with_passwords(*changes: datetime) -> Row:
    """The row of somebody who changed the password at these moments."""
    base = row(BOB)
    principal = attrs.evolve(base.principal, password_epoch=len(changes), password_changes=changes)
    return attrs.evolve(base, principal=principal)


@pytest.mark.row("MC-02", "MC-05")
def test_lifting_a_passed_end_raises_the_proof_epoch() -> None:
    ended = row(valid_until=NOW)
    for after in (members.enabled(ended, NOW, POLICY), members.appointed(ended, NOW, "desk", POLICY)):
        assert (after.valid_until, after.proof_epoch, after.access_epoch) == (None, 1, 1)
    ahead = row(valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    after = members.enabled(ahead, NOW, POLICY)
    assert (after.valid_from, after.valid_until, after.proof_epoch) == (None, NOW + 2 * DAY, 0)
    assert members.enabled(row(valid_from=NOW - DAY), NOW, POLICY).valid_from == NOW - DAY


@pytest.mark.row("INV-28", "INV-22")
@hold
@given(LEVELS, LEVELS)
def test_who_rests_holds_the_lesser_of_both(mine: dict[str, str], theirs: dict[str, str]) -> None:
    base = row(BOB, overrides=theirs)
    link = row(ANN, base, overrides=mine)
    held, own, under = (privileges.held(one, CLINICS) for one in (link, row(ANN, overrides=mine), base))
    assert held == {resource: min(own[resource], under[resource]) for resource in own}
    assert not any(privileges.held(attrs.evolve(link, base=None), CLINICS).values())


@pytest.mark.row("INV-28", "AM-15")
def test_who_rests_reaches_what_both_reach() -> None:
    a, b = SegmentKey("a"), SegmentKey("b")
    ways = [(set(), set(), None), ({a}, set(), {a}), (set(), {b}, {b}), ({a, b}, {b}, {b}), ({a}, {b}, set())]
    for mine, theirs, both in ways:
        link = row(ANN, row(BOB, segments=frozenset(theirs)), segments=frozenset(mine))
        assert privileges.reach(link) == (None if both is None else frozenset(both))


@pytest.mark.row("INV-18")
def test_which_rows_count_as_ones_own() -> None:
    base = row(BOB)
    link, chosen = row(ANN, base), row(ANN, base, RestKind.CHOSEN_PASSWORD)
    assert privileges.is_own(link, link)
    assert privileges.is_own(link, base)
    assert privileges.is_own(link, row(CAT, base))
    assert not privileges.is_own(base, link)
    assert not privileges.is_own(chosen, row(CAT, base, RestKind.CHOSEN_PASSWORD))
    assert not privileges.is_own(link, row(CAT, row(CAT)))
    assert not privileges.is_own(link, row(CAT))


@pytest.mark.row("MC-15")
def test_the_built_in_role_is_held_unaltered_all_the_way_down() -> None:
    assert privileges.holds_built_in(manager())
    assert not privileges.holds_built_in(manager(overrides={"claims": NONE.key}))
    assert privileges.holds_built_in(manager(ANN, manager(BOB)))
    assert not privileges.holds_built_in(manager(ANN, row(BOB)))
    assert not privileges.holds_built_in(attrs.evolve(manager(ANN, manager(BOB)), base=None))
    assert not privileges.holds_built_in(row())


@pytest.mark.row("INV-22")
@hold
@given(LEVELS, LEVELS, LEVELS)
def test_what_is_given_under_the_ceiling_is_held(
    mine: dict[str, str], before: dict[str, str], after: dict[str, str]
) -> None:
    actor = row(ANN, overrides=mine)
    old, new = (privileges.stored(row(BOB, overrides=one), CLINICS) for one in (before, after))
    rises = list(privileges.rising(Cells(old), Cells(new), TENANT, CLINICS))
    refused = {cell for cell, _ in privileges.above(actor, rises, CLINICS, GrantCeiling.HELD)}
    held = privileges.held(actor, CLINICS)
    for resource in set(old) | set(new):
        rose = new.get(resource, 0) > old.get(resource, 0)
        assert (resource in refused) is (rose and new.get(resource, 0) > held[resource])


def test_an_edit_sets_a_cell_or_takes_it_away() -> None:
    before = row(overrides={"claims": FULL.key, "codes": VIEW.key}).membership
    edits = [Edit(ANN, "claims", None), Edit(ANN, "codes", NONE), Edit(ANN, "eligibility", None)]
    assert dict(privileges.edited(before, edits).overrides) == {"codes": "none"}


@pytest.mark.row("INV-19", "T5")
def test_who_counts_as_managing_and_how_well() -> None:

    def count(one: Row) -> Management:
        return tenants.management(TENANT, one, NOW, CLINICS, POLICY)

    base = manager(BOB)
    assert [count(one) for one in (base, manager(ANN, base), manager(valid_until=NOW + DAY), row())] == [
        Management.ENDURING, Management.FOR_NOW, Management.FOR_NOW, Management.NOBODY,
    ]  # fmt: skip
    chosen = attrs.evolve(row(ANN, base, RestKind.CHOSEN_PASSWORD, role=ACCOUNT_MANAGER), role=BUILT_IN)
    assert count(chosen) is Management.ENDURING
    assert count(manager(verified_at=None)) is Management.NOBODY


@pytest.mark.row("INV-30", "INV-21", "A64")
def test_a_token_fits_its_own_presence_epoch_and_address_until_it_expires() -> None:
    kim = Principal(ANN, "kim", email="Kim@people.example")
    facts = Membership(HERE, ANN, Origin.REGISTERED)
    token = Token("d", TokenPurpose.REGISTRATION, "slot", NOW, HERE, ANN, incarnation=1, email_key="kim@people.example")
    before = NOW - timedelta(microseconds=1)
    assert registrations.fits(token, facts, kim, before)
    assert not registrations.fits(token, facts, kim, NOW)
    assert not registrations.fits(token, attrs.evolve(facts, access_epoch=1), kim, before)
    assert not registrations.fits(token, attrs.evolve(facts, incarnation=2), kim, before)
    assert not registrations.fits(token, facts, attrs.evolve(kim, email="kim@elsewhere.example"), before)


@pytest.mark.row("MC-17")
def test_a_changed_password_ends_the_resting_of_a_chosen_one_only() -> None:
    base = row(BOB)
    chosen, link = row(ANN, base, RestKind.CHOSEN_PASSWORD), row(ANN, base)
    assert members.password_changed(chosen, NOW, POLICY).resting is None
    for same in (link, row(), attrs.evolve(chosen, base=None)):
        assert members.password_changed(same, NOW, POLICY) == same.membership


def test_resting_names_the_three_numbers_of_its_base() -> None:
    base = row(BOB, incarnation=2, proof_epoch=3)
    assert members.resting_on(base, RestKind.LINK) == Resting(BOB, RestKind.LINK, 2, 3, 0, 0)
