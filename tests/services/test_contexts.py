"""Switching between tenants: nothing ambient, nothing carried over, nothing revived (INV-14, INV-21, INV-29)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from tests.services.statements import ON_SQL, statements
from tests.services.worlds import ABSENT, MOMENT, NOBODY, days, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain, structured
from tenantaccess.commands import (
    ChangePrivileges,
    CloseTenant,
    Disable,
    Enable,
    LimitSegments,
    OpenTenant,
    ReinstatePrincipal,
    Reject,
    Remove,
    ReopenTenant,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ClockError,
    ConflictError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    StoreError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.contexts import AccessContext, Session
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.moments import FOREVER
from tenantaccess.model.privileges import Edit
from tenantaccess.services import standings
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore

Reach = Callable[[TenantAccess, TenantId, PrincipalId], object]


def reason_of(ask: Callable[[], object]) -> Reason:
    with pytest.raises(AccessDeniedError) as refused:
        ask()
    return refused.value.decision.reasons[0]


def places() -> list[tuple[str, str]]:
    return [(resource.key, action) for resource in CLINICS.resources for action in resource.actions]


# ------------------------------------------------------------------------------------------------- one context


@pytest.mark.row("INV-02", "INV-04", "AM-15")
def test_a_context_answers_as_check_does(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    people = [make.manager(riverside), make.unverified(riverside)]
    people += [make.member(riverside, levels={"claims": level, "codes": VIEW}) for level in (NONE, VIEW, FULL)]
    people += [make.member(riverside, role="biller", segments=["medicaid"])]
    chooser = make.manager(riverside)
    people += [make.member(riverside, role="biller", by=chooser)]
    access.execute(LimitSegments(riverside, chooser, ["medicaid"]), by=OPERATOR)
    entered = 0
    for principal in people:
        for segment in (None, "medicaid", "medicare"):
            try:
                context = access.contexts.enter(riverside, principal, segment)
            except AccessDeniedError:
                continue
            entered += 1
            for resource, action in places():
                answer = access.check(riverside, principal, resource, action, segment)
                assert context.check(resource, action) == answer
                assert context.allows(resource, action) is bool(answer)
                if answer:
                    context.require(resource, action)
                else:
                    with pytest.raises(AccessDeniedError) as refused:
                        context.require(resource, action)
                    assert refused.value.decision == answer
    assert entered == 12


@pytest.mark.row("A19", "INV-01")
@pytest.mark.parametrize("ask", ["allows", "check", "require"])
def test_a_word_that_there_is_not_is_unknown_in_a_context_too(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, ask: str
) -> None:
    question = getattr(access.contexts.enter(riverside, jo), ask)
    with pytest.raises(UnknownNameError, match=r"no resource is called `claim`; did you mean `claims`\?"):
        question("claim", "view")
    with pytest.raises(UnknownNameError, match=r"no action of `claims` is called `submits`"):
        question("claims", "submits")
    wrongs: list[Any] = [[], {}, None, 5]
    for wrong in wrongs:
        with pytest.raises(UnknownNameError):
            question(wrong, "view")
        with pytest.raises(UnknownNameError):
            question("claims", wrong)


@pytest.mark.row("INV-05", "INV-14")
def test_questions_to_a_context_touch_no_storage_and_no_clock(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
) -> None:
    traced = FaultyStore(access.store)
    context = attrs.evolve(access, store=traced).contexts.enter(riverside, jo)
    traced.restart(Fault(1, FaultKind.BEFORE))
    clock.moment = None  # type: ignore[assignment]  # whoever reads it fails
    for resource, action in places():
        context.allows(resource, action)
        context.check(resource, action)
    context.require("claims", "submit")
    assert traced.trace == []


@pytest.mark.row("INV-05")
def test_contexts_of_equal_levels_share_their_answers(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    one, two = (make.member(tenant, levels={"claims": FULL}) for tenant in (riverside, lakeside))
    first, second = access.contexts.enter(riverside, one), access.contexts.enter(lakeside, two)
    assert first.check("claims", "view") is second.check("claims", "view")
    assert first._allowed is second._allowed


@pytest.mark.row("INV-07")
def test_a_context_says_when_time_may_change_its_answers(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
) -> None:
    assert access.contexts.enter(riverside, jo).closes_at == clock.now() + days(90)
    access.execute(SetDates(riverside, jo, valid_until=clock.now() + days(7)), by=OPERATOR)
    context = access.contexts.enter(riverside, jo)
    assert context.closes_at == clock.now() + days(7)
    clock.advance(days(7) - MOMENT)
    assert access.check(riverside, jo, "claims", "view") == context.check("claims", "view")
    clock.advance(MOMENT)
    assert clock.now() == context.closes_at
    assert not access.check(riverside, jo, "claims", "view")
    assert context.closes_at < FOREVER


# ------------------------------------------------------------------------------------------------ who may enter


@pytest.mark.row("MU-11", "A05", "INV-11")
def test_nobody_enters_where_they_are_no_member(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, jo: PrincipalId
) -> None:
    gone = make.member(riverside)
    access.execute(Remove(riverside, gone), by=OPERATOR)
    for tenant, principal in ((lakeside, jo), (ABSENT, jo), (riverside, NOBODY), (riverside, gone)):
        with pytest.raises(NotFoundError) as refused:
            access.contexts.enter(tenant, principal)
        assert (refused.value.kind, refused.value.id) == ("tenant", tenant)


@pytest.mark.row("MU-11", "MU-07")
def test_entering_takes_an_effective_membership_and_no_level(
    access: TenantAccess, make: Given, riverside: TenantId, clock: FrozenClock
) -> None:
    bare = make.member(riverside)
    context = access.contexts.enter(riverside, bare)
    assert (context.tenant, context.principal, context.segment) == (riverside, bare, None)
    assert not any(context.allows(*place) for place in places())
    for principal, reason in (
        (make.pending(riverside), Reason.PENDING),
        (make.unverified(riverside), Reason.UNVERIFIED),
    ):
        assert reason_of(lambda who=principal: access.contexts.enter(riverside, who)) is reason  # type: ignore[misc]
    clock.advance(days(90))
    assert reason_of(lambda: access.contexts.enter(riverside, bare)) is Reason.LAPSED
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert reason_of(lambda: access.contexts.enter(riverside, bare)) is Reason.TENANT_SUSPENDED


@pytest.mark.row("INV-40", "A19")
def test_ids_that_were_met_are_forgotten_before_they_fill_the_memory(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "KNOWN_IDS", 2)
    for who in (jo, *(make.member(riverside) for _ in range(4)), jo):
        assert access.contexts.enter(riverside, who).principal == who
        assert not access.check(riverside, who, "codes", "edit")
        assert len(access.contexts._standings.principals) <= 2
    wrong: Any = []
    for tenant, principal in ((wrong, jo), (riverside, wrong)):
        with pytest.raises(InvalidInputError):
            access.contexts.enter(tenant, principal)


@pytest.mark.row("INV-07", "A31")
@pytest.mark.parametrize("moment", [datetime(1969, 12, 31, tzinfo=UTC), datetime(2026, 1, 5)])  # noqa: DTZ001  # naive on purpose
def test_a_clock_that_cannot_be_right_answers_nothing(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, clock: FrozenClock, moment: datetime
) -> None:
    assert access.check(riverside, jo, "claims", "view")
    clock.moment = moment
    for ask in (
        lambda: access.check(riverside, jo, "claims", "view"),
        lambda: access.contexts.enter(riverside, jo),
        lambda: access.contexts.list_tenants(jo),
    ):
        with pytest.raises(ClockError):
            ask()


@pytest.mark.row("AM-15", "INV-14")
def test_a_segment_is_chosen_with_the_tenant_and_never_widened(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    kim = make.member(riverside, levels={"claims": FULL, "manage_account": VIEW}, segments=["medicaid"])
    limited = access.contexts.enter(riverside, kim)
    assert limited.check("claims", "view").reasons == (Reason.SEGMENT_REQUIRED,)
    assert limited.allows("manage_account", "view")
    assert access.contexts.enter(riverside, kim, "medicaid").allows("claims", "submit")
    assert access.contexts.enter(riverside, jo, "medicaid").segment == "medicaid"
    for who in (kim, jo):
        assert reason_of(lambda one=who: access.contexts.enter(riverside, one, "medicare")) is Reason.SEGMENT_NOT_HELD  # type: ignore[misc]
    for undeclared in ("medigap", "x" * 41, "Medicaid"):
        with pytest.raises((UnknownNameError, InvalidInputError)):
            access.contexts.enter(riverside, jo, undeclared)


@pytest.mark.row("INV-03", "INV-01")
def test_an_outage_is_an_error_and_no_answer(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    faulty = FaultyStore(access.store)
    failing = attrs.evolve(access, store=faulty).contexts
    asks: list[Callable[[], object]] = [
        lambda: failing.enter(riverside, jo),
        lambda: failing.list_tenants(jo),
        lambda: failing.default(jo),
        lambda: failing.who_can_help(riverside, jo),
        lambda: failing.mine(riverside, jo),
    ]
    for ask in asks:
        faulty.restart(Fault(1, FaultKind.BEFORE))
        with pytest.raises(StoreError):
            ask()


# ------------------------------------------------------------------------------------------------- coming back


@pytest.mark.row("INV-29", "INV-05", "MU-11")
def test_a_session_is_resumed_with_fresh_levels(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    session = access.contexts.enter(riverside, jo, "medicaid").session
    access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), by=OPERATOR)
    context = access.contexts.resume(session, jo)
    assert (context.segment, context.allows("claims", "view"), context.allows("claims", "submit")) == (
        "medicaid",
        True,
        False,
    )
    assert context.session == session


@pytest.mark.row("INV-29", "A12", "A13")
def test_a_session_has_a_plain_form_and_comes_back_from_it(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    for segment in (None, "medicaid"):
        session = access.contexts.enter(riverside, jo, segment).session
        data = plain(session)
        assert set(map(type, data.values())) <= {str, int, type(None)}
        assert structured(data, Session) == session
        for field, wrong in (
            ("tenant", jo),
            ("principal", riverside),
            ("incarnation", True),
            ("access_epoch", -1),
            ("principal_epoch", 2**63),
            ("segment", "No Word"),
            ("more", 1),
        ):
            with pytest.raises(InvalidInputError):
                structured({**data, field: wrong}, Session)


@pytest.mark.row("INV-21", "A11", "A27", "A32", "INV-05")
@pytest.mark.parametrize("how", ["disable", "remove", "suspend tenant", "close tenant", "suspend principal", "segment"])
def test_what_was_entered_is_not_resumed_once_access_ended(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, how: str
) -> None:
    session = access.contexts.enter(riverside, jo, "medicaid").session
    command, expected = {
        "disable": (Disable(riverside, jo), Reason.DISABLED),
        "remove": (Remove(riverside, jo), None),
        "suspend tenant": (SuspendTenant(riverside), Reason.TENANT_SUSPENDED),
        "close tenant": (CloseTenant(riverside), Reason.TENANT_CLOSED),
        "suspend principal": (SuspendPrincipal(jo), Reason.PRINCIPAL_SUSPENDED),
        "segment": (LimitSegments(riverside, jo, ["medicaid"]), None),
    }[how]
    access.execute(command, by=OPERATOR)
    if how == "segment":
        assert access.contexts.resume(session, jo).segment == "medicaid"
    elif expected is None:
        with pytest.raises(NotFoundError):
            access.contexts.resume(session, jo)
    else:
        assert reason_of(lambda: access.contexts.resume(session, jo)) is expected
    assert maria


@pytest.mark.row("INV-21", "A32")
def test_a_session_from_before_a_disable_stays_dead_after_enabling(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    context = access.contexts.enter(riverside, jo)
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Enable(riverside, jo), by=maria)
    assert access.check(riverside, jo, "claims", "view")
    assert reason_of(lambda: access.contexts.resume(context.session, jo)) is Reason.SESSION_ENDED
    fresh = access.contexts.enter(riverside, jo)
    assert access.contexts.resume(fresh.session, jo).allows("claims", "view")


@pytest.mark.row("INV-21")
def test_a_session_goes_on_when_a_suspended_tenant_reopens(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    session = access.contexts.enter(riverside, jo).session
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    access.execute(ReopenTenant(riverside), by=OPERATOR)
    assert access.contexts.resume(session, jo).tenant == riverside


@pytest.mark.row("INV-21", "INV-15")
@pytest.mark.parametrize("field", ["incarnation", "access_epoch", "principal_epoch"])
def test_every_number_of_a_session_has_to_be_the_same(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, field: str
) -> None:
    session = access.contexts.enter(riverside, jo).session
    other = attrs.evolve(session, **{field: getattr(session, field) + 1})
    assert reason_of(lambda: access.contexts.resume(other, jo)) is Reason.SESSION_ENDED


@pytest.mark.row("MU-06", "INV-29")
def test_a_session_does_not_carry_over_to_another_principal(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    session = access.contexts.enter(riverside, maria).session
    assert reason_of(lambda: access.contexts.resume(session, jo)) is Reason.SESSION_ENDED


@pytest.mark.row("AM-15", "INV-29")
def test_a_segment_that_was_lost_is_refused_and_not_dropped_quietly(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    both = make.tenant("Both", segments=["medicaid", "medicare"])
    kim = make.member(both, levels={"claims": VIEW}, segments=["medicaid", "medicare"])
    session = access.contexts.enter(both, kim, "medicare").session
    access.execute(LimitSegments(both, kim, ["medicaid"]), by=OPERATOR)
    assert reason_of(lambda: access.contexts.resume(session, kim)) is Reason.SEGMENT_NOT_HELD
    undeclared = attrs.evolve(session, segment="medigap")
    with pytest.raises(UnknownNameError):
        access.contexts.resume(undeclared, kim)
    assert riverside


# ------------------------------------------------------------------------------------------------ nothing ambient


@pytest.mark.row("A13", "INV-14")
def test_two_tabs_hold_two_contexts_and_one_that_fails_leaves_the_other(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    lee = make.member(riverside, levels={"claims": FULL})
    with access.store.begin() as unit:
        there = attrs.evolve(row_of(access, riverside, lee).membership, tenant=lakeside, overrides={})
        unit.memberships.put(there, None)
        unit.commit()
    one, two = access.contexts.enter(riverside, lee), access.contexts.enter(lakeside, lee)
    with pytest.raises(AccessDeniedError):
        two.require("claims", "submit")
    one.require("claims", "submit")
    with pytest.raises(NotFoundError):
        access.contexts.enter(ABSENT, lee)
    assert (one.tenant, two.tenant) == (riverside, lakeside)
    assert (one.allows("claims", "view"), two.allows("claims", "view")) == (True, False)


@pytest.mark.row("A13", "INV-14")
def test_a_context_acts_in_its_own_tenant_alone(
    access: TenantAccess,
    riverside: TenantId,
    lakeside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    lena: PrincipalId,
) -> None:
    context = access.contexts.enter(riverside, maria)
    traced = FaultyStore(access.store)
    watched = attrs.evolve(access, store=traced)
    asks: list[Callable[[], object]] = [
        lambda: watched.execute(Disable(lakeside, lena), by=context),
        lambda: watched.may(Disable(lakeside, lena), by=context),
        lambda: watched.privileges.matrix(lakeside, by=context),
        lambda: watched.audit.read(lakeside, by=context),
        lambda: watched.audit.access_log(lakeside, by=context),
        lambda: watched.directory.search(lakeside, by=context),
    ]
    for ask in asks:
        with pytest.raises(MisuseError):
            ask()
    assert not any(call.split(".")[-1] in {"load", "search", "find"} for call in traced.trace)
    assert access.privileges.matrix(riverside, by=context).rows
    assert access.may(Disable(riverside, jo), by=context)
    assert access.execute(Disable(riverside, jo), by=context).changed
    assert access.audit.read(riverside, limit=500, by=context)[-1][0].actor.id == maria


@pytest.mark.row("INV-21", "A27", "INV-29")
def test_a_context_acts_only_while_it_is_alive(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    other = make.manager(riverside)
    context = access.contexts.enter(riverside, other)
    access.execute(Disable(riverside, other), by=maria)
    access.execute(Enable(riverside, other), by=maria)
    asks: list[Callable[[], object]] = [
        lambda: access.execute(Disable(riverside, jo), by=context),
        lambda: access.privileges.matrix(riverside, by=context),
        lambda: access.audit.read(riverside, by=context),
        lambda: access.directory.search(riverside, by=context),
        lambda: access.execute(OpenTenant("Mine"), by=context),
    ]
    for ask in asks:
        assert reason_of(ask) is Reason.SESSION_ENDED
    assert access.may(Disable(riverside, jo), by=context).reasons == (Reason.SESSION_ENDED,)
    assert access.may(Disable(riverside, jo), by=other)
    access.execute(Remove(riverside, other), by=maria)
    for ask in asks:
        with pytest.raises(NotFoundError):
            ask()


@pytest.mark.row("MU-07")
def test_outside_tenants_commands_a_context_stands_for_its_principal(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    context = access.contexts.enter(riverside, jo)
    assert reason_of(lambda: access.execute(OpenTenant("Mine"), by=context)) is Reason.OPERATOR_ONLY


# --------------------------------------------------------------------------------------------- activity and log


@pytest.mark.row("INV-07", "AM-26")
def test_entering_and_coming_back_move_activity_at_most_once_an_hour(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
) -> None:
    session = access.contexts.enter(riverside, jo).session
    start = clock.now()
    for step, expected in ((59, start), (60, start + timedelta(minutes=60)), (61, start + timedelta(minutes=60))):
        clock.moment = start + timedelta(minutes=step)
        access.contexts.resume(session, jo)
        assert row_of(access, riverside, jo).membership.last_active_at == expected
    clock.moment = start + timedelta(days=1)
    access.contexts.enter(riverside, jo)
    (today, entered) = [line for line in access.audit.access_log(riverside, by=OPERATOR) if line.what == "entered"]
    assert (today.count, entered.count, entered.actor.id, entered.reason) == (1, 2, jo, "")
    assert access.audit.verify(riverside).holds


@pytest.mark.row("INV-07")
def test_who_is_turned_away_was_not_active(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    kim = make.member(riverside, segments=["medicaid"])
    assert reason_of(lambda: access.contexts.enter(riverside, kim, "medicare")) is Reason.SEGMENT_NOT_HELD
    session = attrs.evolve(access.contexts.enter(riverside, jo).session, access_epoch=7)
    assert reason_of(lambda: access.contexts.resume(session, jo)) is Reason.SESSION_ENDED
    assert row_of(access, riverside, kim).membership.last_active_at is None
    assert [line.actor.id for line in access.audit.access_log(riverside, by=OPERATOR)] == [jo]


@pytest.mark.row("INV-07")
def test_of_two_requests_at_once_one_writes_and_both_enter(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    class Raced(FaultyStore):
        def _enter(self, name: str) -> Any:
            if name == "activity.touch":
                raise ConflictError("what this unit relied on", retryable=True)
            return super()._enter(name)

    assert attrs.evolve(access, store=Raced(access.store)).contexts.enter(riverside, jo).tenant == riverside


@ON_SQL
@pytest.mark.row("MU-11", "MU-12")
def test_each_question_is_one_statement(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    session = access.contexts.enter(riverside, jo).session
    asks: list[Callable[[], object]] = [
        lambda: access.contexts.enter(riverside, jo),
        lambda: access.contexts.resume(session, jo),
        lambda: access.contexts.list_tenants(jo),
        lambda: access.contexts.list_tenants(jo, search="river", limit=1),
        lambda: access.contexts.default(jo),
        lambda: access.require(riverside, jo, "claims", "view"),
    ]
    for ask in asks:
        with statements(access) as sent:
            ask()
        assert len(sent) == 1


@ON_SQL
@pytest.mark.row("INV-07")
def test_the_first_request_of_an_hour_writes_activity_and_one_line(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    with statements(access) as sent:
        access.contexts.enter(riverside, jo)
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "INSERT"]


# ------------------------------------------------------------------------------------------------- the drop-down


@pytest.fixture
def office(access: TenantAccess, make: Given, clock: FrozenClock) -> tuple[PrincipalId, dict[str, TenantId]]:
    """Somebody with tenants in many states, by name."""
    names = ["Zoë's Practice", "alpha clinic", "Ångström Clinic", "Beta", "Closed", "Suspended", "Gone", "Asked", "No"]
    tenants = {name: make.tenant(name, segments=["medicaid", "medicare"]) for name in names}
    lee = make.member(tenants["Beta"], levels={"claims": VIEW}, segments=["medicaid"], username="lee")
    model = row_of(access, tenants["Beta"], lee).membership
    with access.store.begin() as unit:
        for name, tenant in tenants.items():
            if name != "Beta":
                unit.memberships.put(attrs.evolve(model, tenant=tenant, segments=frozenset()), None)
        unit.commit()
    access.execute(CloseTenant(tenants["Closed"]), by=OPERATOR)
    access.execute(SuspendTenant(tenants["Suspended"]), by=OPERATOR)
    access.execute(Remove(tenants["Gone"], lee), by=OPERATOR)
    access.execute(Disable(tenants["No"], lee), by=OPERATOR)
    with access.store.begin() as unit:
        asked = row_of(access, tenants["Asked"], lee).membership
        pending = attrs.evolve(
            asked,
            approved_at=None,
            verified_at=None,
            verified_how=None,
            clock_started_at=None,
            requested_at=clock.now(),
        )
        unit.memberships.put(pending, asked)
        unit.commit()
    return lee, tenants


@pytest.mark.row("MU-12", "INV-11")
def test_tenants_are_listed_by_name_with_the_reason_where_access_was_had(
    access: TenantAccess, office: tuple[PrincipalId, dict[str, TenantId]]
) -> None:
    lee, tenants = office
    page = access.contexts.list_tenants(lee)
    assert [(entry.name, entry.reason) for entry in page.entries] == [
        ("alpha clinic", Reason.ACTIVE),
        ("Ångström Clinic", Reason.ACTIVE),
        ("Beta", Reason.ACTIVE),
        ("Closed", Reason.TENANT_CLOSED),
        ("No", Reason.DISABLED),
        ("Suspended", Reason.TENANT_SUSPENDED),
        ("Zoë's Practice", Reason.ACTIVE),
    ]
    assert [entry.why for entry in page.entries][2:5] == [
        "",
        "the tenant is closed",
        "the membership is disabled",
    ]
    beta = page.entries[2]
    assert (beta.id, beta.segments, beta.is_limited, beta.last_used_at) == (tenants["Beta"], ("medicaid",), True, None)
    assert (page.entries[0].segments, page.entries[0].is_limited) == (("medicaid", "medicare"), False)
    assert page.next is None


@pytest.mark.row("INV-04", "MU-12")
def test_what_is_listed_as_available_is_what_can_be_entered(
    access: TenantAccess, office: tuple[PrincipalId, dict[str, TenantId]]
) -> None:
    lee, tenants = office
    available = {entry.id for entry in access.contexts.list_tenants(lee).entries if entry.is_available}
    entered = set()
    for tenant in tenants.values():
        try:
            entered.add(access.contexts.enter(tenant, lee).tenant)
        except (NotFoundError, AccessDeniedError):
            continue
    assert entered == available
    for entry in access.contexts.list_tenants(lee).entries:
        for segment in entry.segments if entry.is_available else ():
            assert access.contexts.enter(entry.id, lee, segment).segment == segment


@pytest.mark.row("MU-12")
def test_tenants_are_found_by_name_word_or_external_id(
    access: TenantAccess, make: Given, office: tuple[PrincipalId, dict[str, TenantId]], riverside: TenantId
) -> None:
    lee, _ = office

    def found(search: str) -> list[str]:
        return [entry.name for entry in access.contexts.list_tenants(lee, search).entries]

    assert found("ang") == found("ÅNG") == ["Ångström Clinic"]
    assert found("clin") == found("Clinic") == ["alpha clinic", "Ångström Clinic"]
    assert found("alpha cl") == ["alpha clinic"]
    assert found("river") == found("pha") == []
    jo = make.member(riverside)
    for typed in ("0123", "01-23", "01 2345678"):
        (entry,) = access.contexts.list_tenants(jo, typed).entries
        assert entry.external_ids == {"tin": "012345678"}
    assert list(access.contexts.list_tenants(jo, "-").entries) == []


@pytest.mark.row("MU-12", "INV-04")
@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_pages_of_tenants_join_to_all_of_them(
    access: TenantAccess, office: tuple[PrincipalId, dict[str, TenantId]], size: int
) -> None:
    lee, _ = office
    met: list[TenantId] = []
    after = None
    while True:
        page = access.contexts.list_tenants(lee, after=after, limit=size)
        met += [entry.id for entry in page.entries]
        after = page.next
        if after is None:
            break
    assert met == [entry.id for entry in access.contexts.list_tenants(lee, limit=500).entries]
    assert len(met) == 7


@pytest.mark.row("INV-40", "A19")
def test_what_cannot_be_asked_about_tenants_is_refused(
    access: TenantAccess, office: tuple[PrincipalId, dict[str, TenantId]], jo: PrincipalId, riverside: TenantId
) -> None:
    lee, _ = office
    room = access.contexts
    cursor = room.list_tenants(lee, limit=1).next
    assert cursor is not None
    wrong: Any = None
    asks: list[Callable[[], object]] = [
        lambda: room.list_tenants(lee, limit=0),
        lambda: room.list_tenants(lee, limit=501),
        lambda: room.list_tenants(lee, search="x" * 201),
        lambda: room.list_tenants(lee, search="\x00"),
        lambda: room.list_tenants(jo, after=cursor),
        lambda: room.list_tenants(lee, "a", after=cursor),
        lambda: room.list_tenants(wrong),
        lambda: room.default(PrincipalId(riverside)),
        lambda: room.enter(TenantId(jo), jo),
        lambda: room.enter(riverside, PrincipalId(riverside)),
        lambda: room.enter(riverside, wrong),
        lambda: room.resume(wrong, jo),
        lambda: room.resume(room.enter(riverside, jo).session, wrong),
        lambda: room.who_can_help(wrong, jo),
        lambda: room.who_can_help(riverside, PrincipalId("jo")),
        lambda: room.mine(wrong, jo),
        lambda: room.mine(riverside, PrincipalId("jo")),
    ]
    for ask in asks:
        with pytest.raises(InvalidInputError):
            ask()


@pytest.mark.row("MU-11", "A05", "A11", "INV-14")
def test_one_begins_where_one_was_last_or_in_the_only_tenant_or_nowhere(
    access: TenantAccess, office: tuple[PrincipalId, dict[str, TenantId]], jo: PrincipalId, riverside: TenantId
) -> None:
    lee, tenants = office
    clock: Any = access.clock
    assert access.contexts.default(jo) == riverside
    assert access.contexts.default(NOBODY) is None
    assert access.contexts.default(lee) is None
    for name in ("Beta", "alpha clinic"):
        clock.advance(timedelta(hours=2))
        access.contexts.enter(tenants[name], lee)
    assert access.contexts.default(lee) == tenants["alpha clinic"]
    access.execute(Disable(tenants["alpha clinic"], lee), by=OPERATOR)
    assert access.contexts.default(lee) is None
    for name in ("Ångström Clinic", "Zoë's Practice"):
        access.execute(Disable(tenants[name], lee), by=OPERATOR)
    assert access.contexts.default(lee) == tenants["Beta"]
    access.execute(Remove(tenants["Beta"], lee), by=OPERATOR)
    assert access.contexts.default(lee) is None


@pytest.mark.row("MU-07")
def test_a_principal_without_memberships_enters_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    applicant = make.pending(riverside)
    access.execute(Reject(riverside, applicant), by=maria)
    assert access.contexts.list_tenants(applicant).entries == ()
    assert access.contexts.default(applicant) is None


# --------------------------------------------------------------------------------------------------- who can help


@pytest.mark.row("AM-16", "AM-40")
def test_somebody_shut_out_learns_who_can_help(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    other = make.manager(riverside, "bea")
    resting = make.manager(riverside, "rob", by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    assert access.contexts.who_can_help(riverside, jo) == ("bea", "maria", "rob")
    assert access.contexts.who_can_help(riverside, maria) == ("bea", "rob")
    access.execute(Disable(riverside, other), by=maria)
    assert access.contexts.who_can_help(riverside, jo) == ("maria", "rob")
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    assert access.contexts.who_can_help(riverside, jo) == ()
    assert resting


@pytest.mark.row("AM-16")
def test_no_more_than_ten_are_named(access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId) -> None:
    for _ in range(12):
        make.manager(riverside)
    assert len(access.contexts.who_can_help(riverside, jo)) == 10


@pytest.mark.row("AM-16", "INV-11", "AM-24")
def test_an_applicant_or_stranger_learns_nobodys_name(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> None:
    gone = make.member(riverside)
    access.execute(Remove(riverside, gone), by=maria)
    for tenant, who in (
        (riverside, make.pending(riverside)),
        (riverside, lena),
        (riverside, gone),
        (ABSENT, maria),
    ):
        with pytest.raises(NotFoundError):
            access.contexts.who_can_help(tenant, who)
        with pytest.raises(NotFoundError):
            access.contexts.mine(tenant, who)


def test_a_context_is_made_by_entering(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    context = access.contexts.enter(riverside, jo)
    assert isinstance(context, AccessContext)
    assert "answers" not in repr(context)


@pytest.mark.row("INV-21")
def test_nobody_enters_by_a_sign_in_from_before_a_suspension(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    before = access.contexts.enter(riverside, jo).presence.principal_epoch
    assert access.contexts.enter(riverside, jo, epoch=before).principal == jo
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    access.execute(ReinstatePrincipal(jo), by=OPERATOR)
    assert reason_of(lambda: access.contexts.enter(riverside, jo, epoch=before)) is Reason.SESSION_ENDED
    assert access.contexts.enter(riverside, jo, epoch=before + 1).principal == jo
