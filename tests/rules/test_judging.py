"""The one decision is monotone, and agrees with every other reading of the same facts (INV-01, INV-02, INV-07)."""

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantaccess.ids import PrincipalId, RoleKey, SegmentKey, TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Role
from tenantaccess.model.decisions import Decision, Reason, Standing
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.moments import EARLIEST, LATEST, moment_of, ticks
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import decisions, members, privileges
from tenantaccess.testing import strategies
from tenantaccess.testing.builders import CLINICS

hold = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MOMENT = timedelta(microseconds=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=EARLIEST.tzinfo)
HERE, ELSEWHERE = TenantId("ten_" + "1" * 32), TenantId("ten_" + "2" * 32)
ANN, BOB = PrincipalId("pri_" + "a" * 32), PrincipalId("pri_" + "b" * 32)
POLICY = Policy()
SEGMENTS = [SegmentKey("medicaid"), SegmentKey("medicare")]
QUESTIONS = [(one.key, action) for one in CLINICS.resources for action in one.actions]
LEVELS = st.dictionaries(
    st.sampled_from([one.key for one in CLINICS.resources]), st.sampled_from([NONE.key, VIEW.key, FULL.key])
)


@st.composite
def rows(draw: st.DrawFn, who: PrincipalId = ANN, base: PrincipalId | None = BOB) -> Row:
    """Rows in every condition, with the base they rest on where they rest."""
    principal = attrs.evolve(draw(strategies.principals([HERE, ELSEWHERE])), id=who)
    plain = strategies.memberships(HERE, who, [RoleKey("biller"), ACCOUNT_MANAGER], [] if base is None else [base])
    facts = attrs.evolve(
        draw(plain),
        overrides=draw(LEVELS),
        segments=draw(st.frozensets(st.sampled_from(SEGMENTS))),
        principal=who,
    )
    role = None if facts.role is None else Role(facts.role, "Role", draw(LEVELS))
    under = draw(st.none() | rows(BOB, None)) if base is not None else None
    if facts.resting is not None and under is not None and draw(st.booleans()):
        same = members.resting_on(under, facts.resting.kind)
        facts = attrs.evolve(facts, resting=same)
    return Row(facts, principal, role, under if facts.resting is not None else None)


def tenants() -> st.SearchStrategy[Tenant]:
    states = st.sampled_from([TenantState.OPEN, *TenantState])
    return st.builds(Tenant, st.just(HERE), st.just("Here"), states, segments=st.frozensets(st.sampled_from(SEGMENTS)))


def is_set_back(row: Row, now: datetime) -> bool:
    """Whether the clock lies further behind what is recorded of the row than is tolerated."""
    facts = row.membership
    known = [at for at in (facts.verified_at, facts.clock_started_at, facts.last_active_at) if at is not None]
    return bool(known) and now < max(known) - POLICY.clock_tolerance


def boundaries(found: Standing) -> list[datetime]:
    """Every moment at which an answer may change, with its neighbours."""
    edges = {moment_of(edge) for _, since, until in found.bars for edge in (since, until)} | {EARLIEST}
    near = {edge + step for edge in edges for step in (-MOMENT, timedelta(0), MOMENT)}
    return sorted(moment for moment in near if EARLIEST <= moment < LATEST)


@pytest.mark.row("INV-07", "INV-02", "INV-17")
@hold
@given(tenants(), rows())
def test_all_readings_of_a_row_agree_at_every_boundary(tenant: Tenant, row: Row) -> None:
    found = decisions.standing(tenant, row, CLINICS, POLICY)
    for now in boundaries(found):
        against = found.against(ticks(now))
        effective = decisions.is_effective(tenant, row, now, POLICY)
        assert effective is (against is Reason.ACTIVE) is (found.opens <= ticks(now) < found.closes)
        if row.membership.gone_at is None and against in STATUS and against is not Reason.ACTIVE:
            assert members.condition(row, now, POLICY) is against or is_set_back(row, now)
        if effective:
            assert members.condition(row, now, POLICY) is Reason.ACTIVE


@pytest.mark.row("INV-01", "INV-02")
@hold
@given(tenants(), rows(), st.sampled_from(QUESTIONS), st.none() | st.sampled_from(SEGMENTS), st.data())
def test_it_allows_only_if_every_fact_is_good(
    tenant: Tenant, row: Row, asked: tuple[str, str], segment: SegmentKey | None, data: st.DataObject
) -> None:
    found = decisions.standing(tenant, row, CLINICS, POLICY)
    now = data.draw(st.sampled_from(boundaries(found)))
    question = decisions.question(CLINICS, *asked)
    if decisions.judge(question, found, ticks(now), segment):
        assert decisions.is_effective(tenant, row, now, POLICY)
        assert CLINICS.resource(asked[0]).offered
        assert privileges.held(row, CLINICS)[question.resource] >= CLINICS.needed(*asked).rank
        limits = privileges.reach(row)
        assert not question.segmented or limits is None or segment in limits
        assert not question.segmented or segment is None or segment in tenant.segments


def standings() -> st.SearchStrategy[Standing]:
    moments = st.sampled_from([ticks(moment) for moment in (EARLIEST, NEW_YEAR, LATEST)])
    some = st.frozensets(st.sampled_from(SEGMENTS))
    codes = st.lists(st.integers(0, 3), min_size=len(CLINICS.resources), max_size=len(CLINICS.resources)).map(bytes)
    return st.builds(Standing, codes, moments, moments, st.just(()), st.none() | some, some)


@st.composite
def lowered(draw: st.DrawFn, found: Standing) -> Standing:
    """The same standing with any of its facts lowered."""
    codes = bytes(draw(st.integers(0, code)) for code in found.codes)
    limits = SEGMENTS if found.segments is None else sorted(found.segments)
    fewer = st.sets(st.sampled_from(limits)).map(frozenset) if limits else st.just(frozenset())
    return Standing(
        codes,
        max(found.opens, draw(st.sampled_from([ticks(EARLIEST), ticks(LATEST)]))),
        min(found.closes, draw(st.sampled_from([ticks(EARLIEST), ticks(LATEST)]))),
        found.bars,
        draw(st.just(found.segments) | fewer),
        draw(st.just(found.offered) | st.just(frozenset[SegmentKey]())),
    )


@pytest.mark.row("INV-02")
@hold
@given(standings(), st.sampled_from(QUESTIONS), st.none() | st.sampled_from(SEGMENTS), st.data())
def test_lowering_any_fact_never_turns_a_denial_into_an_allowance(
    found: Standing, asked: tuple[str, str], segment: SegmentKey | None, data: st.DataObject
) -> None:
    question = decisions.question(CLINICS, *asked)
    less = data.draw(lowered(found))
    answer, lesser = (decisions.judge(question, one, ticks(NEW_YEAR), segment) for one in (found, less))
    assert answer or not lesser


@pytest.mark.row("INV-02", "MU-15")
@hold
@given(standings(), st.none() | st.sampled_from(SEGMENTS))
def test_full_includes_view_and_view_nothing_more(found: Standing, segment: SegmentKey | None) -> None:
    view, submit = (
        decisions.judge(decisions.question(CLINICS, "claims", action), found, ticks(NEW_YEAR), segment)
        for action in ("view", "submit")
    )
    assert view or not submit


@pytest.mark.row("INV-01")
def test_nobody_is_no_member() -> None:
    asked = decisions.question(CLINICS, "claims", "view")
    assert decisions.judge(asked, None, ticks(EARLIEST), None) == Decision((Reason.NOT_A_MEMBER,), "view claims")


@pytest.mark.row("AM-26", "INV-07")
@hold
@given(strategies.moments(), strategies.moments())
def test_a_clock_runs_from_the_later_of_its_start_and_the_last_activity(start: datetime, last: datetime) -> None:
    fresh = Membership(HERE, ANN, Origin.HOME, clock_started_at=start, last_active_at=last)
    human, service = (Row(fresh, Principal(ANN, "ann", kind)) for kind in (Kind.HUMAN, Kind.SERVICE))
    assert members.lapses_at(human, POLICY) == max(start, last) + timedelta(days=90)
    assert members.lapses_at(service, POLICY) is None
    unstarted = attrs.evolve(fresh, clock_started_at=None, last_active_at=None)
    assert members.lapses_at(attrs.evolve(human, membership=unstarted), POLICY) is None


def test_the_condition_of_who_is_gone_is_no_membership() -> None:
    gone = Row(Membership(HERE, ANN, Origin.HOME, gone_at=EARLIEST), Principal(ANN, "ann"))
    assert members.condition(gone, LATEST - MOMENT, POLICY) is Reason.NOT_A_MEMBER


def test_nothing_but_its_absence_stands_against_a_row_that_is_gone() -> None:
    membership = Membership(HERE, ANN, Origin.HOME, approved_at=NEW_YEAR, valid_until=NEW_YEAR, gone_at=NEW_YEAR)
    row = Row(membership, Principal(ANN, "ann"))
    assert [gate.reason for gate in members.gates(row, POLICY)] == [Reason.NOT_A_MEMBER]


def test_the_matrix_shows_no_word_that_the_catalog_has_not() -> None:
    overrides = {"claims": VIEW.key, "a_word_of_another_release": FULL.key}
    row = Row(Membership(HERE, ANN, Origin.HOME, overrides=overrides), Principal(ANN, "ann"))
    shown = privileges.cells(row, privileges.role_cells(None, CLINICS))
    assert set(shown) == {one.key for one in CLINICS.resources}
    assert shown == {one.key: privileges.cell(row, one.key, CLINICS) for one in CLINICS.resources}
