"""A page of buttons: as many answers as rows, from one load of facts, each as `may` gives it (rule 10, AM-21)."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.interrupted import InterruptedStore
from tests.services.statements import ON_SQL, statements
from tests.services.states import World
from tests.services.worlds import ABSENT, NOBODY

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    AppointManager,
    Approve,
    AssignRole,
    ChangePassword,
    ConfirmLink,
    Disable,
    Enable,
    Invite,
    LimitSegments,
    Reject,
    Remove,
    SendPasswordReset,
    SendRegistration,
    SetDates,
    SuspendPrincipal,
    Unlink,
    UpdateContact,
)
from tenantaccess.errors import (
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MisuseError,
    StoreError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, RoleKey, TenantId
from tenantaccess.model.actors import By, System
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Contact
from tenantaccess.model.privileges import Grant
from tenantaccess.services import preflight
from tenantaccess.services.command import Done, MemberCommand, Plan
from tenantaccess.services.preflight import PAGE_LIMIT, Makes
from tenantaccess.services.scene import Scene
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore


def approve(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
    return Approve(tenant, member, Grant(levels={"claims": VIEW}))


def approve_above(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
    return Approve(tenant, member, Grant(levels={"health_passport": VIEW}))


def promote(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
    return AssignRole(tenant, member, "account_manager")


def demote(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
    return AssignRole(tenant, member, "biller")


def rename(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
    return UpdateContact(tenant, member, contact=Contact("Jo"))


BUTTONS: Sequence[Makes] = (
    AcceptLink, AppointManager, approve, approve_above, ConfirmLink, demote, Disable, Enable, LimitSegments, promote,
    Reject, Remove, rename, SendPasswordReset, SendRegistration, SetDates, Unlink,
)  # fmt: skip


@attrs.frozen
class Page:
    """A roster with somebody in each condition, and whoever may look at it."""

    access: TenantAccess
    tenant: TenantId
    people: Sequence[PrincipalId]
    actors: Sequence[By]


def page_of(access: TenantAccess, make: Given, clock: FrozenClock) -> Page:
    tenant = make.tenant(segments=["medicaid"])
    manager = make.manager(tenant, "manager")
    world = World(access, make, clock, tenant, manager)
    last = [Reason.ACTIVE, Reason.UNVERIFIED, Reason.PENDING]
    people = [world.somebody(one) for one in sorted(STATUS, key=lambda one: (one in last, one.value))]
    resting = make.manager(tenant, by=manager)
    proven, lee = make.member(tenant, levels={"claims": FULL}, username="proven"), make.pending(username="lee")
    make.linked(tenant, proven, by=lee)
    held = make.member(tenant, levels={"claims": VIEW})
    access.execute(Disable(tenant, held), by=OPERATOR)
    gone = make.member(tenant)
    access.execute(Remove(tenant, gone), by=manager)
    suspended = make.member(tenant)
    access.execute(SuspendPrincipal(suspended), by=OPERATOR)
    access.execute(Invite(tenant, "somebody@people.example", Grant(levels={"claims": VIEW})), by=manager)
    stranger = make.manager(make.tenant())
    everybody = [manager, *people, resting, proven, lee, held, gone, suspended, stranger]
    context = access.contexts.enter(tenant, manager)
    return Page(access, tenant, everybody, [manager, resting, proven, lee, held, gone, stranger, OPERATOR, context])


@pytest.fixture
def page(access: TenantAccess, make: Given, clock: FrozenClock) -> Page:
    return page_of(access, make, clock)


@pytest.mark.row("AM-21", "INV-16")
def test_a_page_is_answered_as_its_rows_are_one_by_one(page: Page) -> None:
    seen = set()
    # Everybody in memory, by which the others are measured.
    for by in page.actors if isinstance(page.access.store, MemoryStore) else page.actors[-2:]:
        answers = page.access.may_each(BUTTONS, page.tenant, page.people, by)
        assert list(answers) == list(page.people)
        for principal in page.people:
            assert list(answers[principal]) == list(BUTTONS)
            for button in BUTTONS:
                answer = page.access.may(button(page.tenant, principal), by)
                assert answers[principal][button] == answer, (by, principal, button)
                seen.add(answer.reasons[0])
    assert seen >= {
        Reason.ALLOWED, Reason.NOT_FOUND, Reason.OPERATOR_ONLY, Reason.OWN_ROW, Reason.ILLEGAL_STEP, Reason.ABOVE_HELD,
    }  # fmt: skip


@pytest.mark.row("AM-21", "AM-31", "INV-16")
def test_a_button_says_why_it_is_no_step_and_what_would_help(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    """Jo is active, and never showed an address; Kim was approved, and has not verified."""
    kim, lee = make.unverified(riverside), make.pending(riverside)
    asked = {jo: SendPasswordReset, kim: SendPasswordReset, lee: SendRegistration}
    found = {jo: Reason.UNVERIFIED, kim: Reason.UNVERIFIED, lee: Reason.PENDING}
    answers = access.may_each(list(set(asked.values())), riverside, list(asked), maria)
    for who, button in asked.items():
        answer = answers[who][button]
        assert answer.reasons == (Reason.ILLEGAL_STEP, found[who])
        assert answer == access.may(button(riverside, who), by=maria)
        assert answer.remedy
        with pytest.raises(IllegalTransitionError) as refused:
            access.execute(button(riverside, who), by=maria)
        assert refused.value.status == found[who].value


@pytest.fixture(scope="module")
def roster() -> Page:
    """The same in memory, made once: what is asked of it changes nothing."""
    clock = FrozenClock()
    access = TenantAccess(MemoryStore(), CLINICS, clock=clock, entropy=SeededEntropy(), hasher=QuickHasher())
    return page_of(access, Given(access), clock)


@pytest.mark.row("AM-21")
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_page_of_any_buttons_is_answered_as_they_are_one_by_one(roster: Page, data: st.DataObject) -> None:
    buttons = data.draw(st.lists(st.sampled_from(BUTTONS), min_size=1, max_size=4, unique=True))
    people = data.draw(st.lists(st.sampled_from([*roster.people, NOBODY]), max_size=6))
    by = data.draw(st.sampled_from(roster.actors))
    tenant = data.draw(st.sampled_from([roster.tenant, ABSENT]))
    if not isinstance(by, str) and tenant == ABSENT and by is not OPERATOR:
        return  # a context elsewhere is misuse, whoever asks about whom
    answers = roster.access.may_each(buttons, tenant, people, by)
    assert answers == {
        who: {button: roster.access.may(button(tenant, who), by) for button in buttons} for who in people
    }


@pytest.mark.row("AM-21", "INV-19")
def test_the_last_manager_is_seen_on_a_page(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    answers = access.may_each([Disable, Remove, demote], riverside, [maria], by=OPERATOR)
    assert {answer.reasons for answer in answers[maria].values()} == {(Reason.LAST_MANAGER,)}


@ON_SQL
@pytest.mark.row("AM-21")
def test_a_page_takes_as_many_statements_however_long_it_is(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    buttons: Sequence[Makes] = [button for button in BUTTONS if button is not AppointManager]
    counts = []
    people = [maria]
    for size in (3, 30):
        people += [make.manager(riverside) if one % 2 else make.registered(riverside) for one in range(size)]
        for by in (maria, OPERATOR):
            with statements(access) as sent:
                answers = access.may_each(buttons, riverside, people, by)
            assert len(answers) == len(people)
            counts.append(len(sent))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 5
    with statements(access) as sent:
        access.may_each([SendPasswordReset], riverside, people, by=maria)
    assert len(sent) == 2


IN_MEMORY = pytest.mark.parametrize("store", ["memory"], indirect=True)
"""Elsewhere a unit that reads sees nothing of what is committed meanwhile."""


@IN_MEMORY
@pytest.mark.row("AM-21", "INV-36")
def test_somebody_who_commits_meanwhile_has_the_page_read_again(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    others = InterruptedStore(access.store, "streams.head", lambda: access.execute(Disable(riverside, jo), by=OPERATOR))
    answers = attrs.evolve(access, store=others).may_each([Enable], riverside, [jo], by=maria)
    assert others.trace.count("memberships.load") == 2
    assert answers[jo][Enable].reasons == (Reason.OPERATOR_ONLY,)


@IN_MEMORY
@pytest.mark.row("INV-36")
def test_a_page_that_is_never_of_one_version_is_a_conflict(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    class Restless(FaultyStore):
        def _enter(self, name: str) -> Any:
            if name == "streams.head":
                said = str(len(self.trace))
                access.execute(UpdateContact(riverside, jo, contact=Contact(said)), by=OPERATOR)
            return super()._enter(name)

    with pytest.raises(ConflictError) as refused:
        attrs.evolve(access, store=Restless(access.store)).may_each([Enable], riverside, [jo], by=maria)
    assert refused.value.retryable


@attrs.frozen
class Curious(MemberCommand[Done]):
    """A command that asks for what no command about a member asks for yet."""

    name = "disable"

    def plan(self, scene: Scene) -> Plan[Done]:
        elsewhere = scene.unit.memberships.load(scene.tenant.id, [NOBODY])
        assert elsewhere is not None
        assert elsewhere.head == scene.unit.streams.head(scene.tenant.id)
        assert scene.unit.memberships.load(ABSENT, [self.member]) is None
        assert not scene.unit.memberships.holds_role(scene.tenant.id, RoleKey("biller"))
        assert scene.unit.streams.head(ABSENT) is None
        open_ones = scene.unit.invitations.concerning(scene.tenant.id, [PrincipalId(scene.actor.id)], "")
        assert len(open_ones) == 2
        assert list(scene.unit.invitations.concerning(scene.tenant.id, (), open_ones[0].email_key)) == open_ones[:1]
        return Plan(Done())


@pytest.mark.row("AM-21")
@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_what_is_not_kept_for_a_page_is_asked_of_the_store(
    access: TenantAccess,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ann", "bob"):
        access.execute(Invite(riverside, f"{name}@people.example", Grant(levels={"claims": VIEW})), by=maria)
    monkeypatch.setattr(preflight, "SLICE", size)
    assert access.may_each([Curious], riverside, [jo], by=maria)[jo][Curious].allowed


@pytest.mark.row("INV-03")
def test_an_outage_is_an_error_and_no_page(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    faulty = FaultyStore(access.store)
    there = attrs.evolve(access, store=faulty)
    for number in range(1, faulty.count(lambda: there.may_each([Disable, demote], riverside, [jo], by=maria)) + 1):
        faulty.restart(Fault(number, FaultKind.BEFORE))
        with pytest.raises(StoreError):
            there.may_each([Disable, demote], riverside, [jo], by=maria)


@pytest.mark.row("A19", "INV-40")
def test_what_is_no_page_is_refused_before_anything_is_read(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    traced = FaultyStore(access.store)
    there = attrs.evolve(access, store=traced)

    def elsewhere(_: TenantId, member: PrincipalId) -> MemberCommand[Any]:
        return Disable(lakeside, member)

    def broken(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
        return Disable(tenant, member, nonsense=1)  # type: ignore[call-arg]  # a mistake of the host's

    def unknown(tenant: TenantId, member: PrincipalId) -> MemberCommand[Any]:
        return LimitSegments(tenant, member, ["medigap"])

    context = access.contexts.enter(riverside, maria)
    for buttons, people, by, error in (
        ([Disable], [jo] * (PAGE_LIMIT + 1), maria, InvalidInputError),
        ([Disable], [riverside], maria, InvalidInputError),
        ([UpdateContact], [jo], maria, MisuseError),
        ([ChangePassword], [jo], maria, MisuseError),
        ([elsewhere], [jo], maria, MisuseError),
        ([broken], [jo], maria, TypeError),
        ([unknown], [jo], maria, UnknownNameError),
        ([Disable], [jo], "maria", InvalidInputError),
    ):
        with pytest.raises(error):
            there.may_each(buttons, riverside, people, by)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(MisuseError):
        there.may_each([Disable], lakeside, [jo], by=context)
    assert traced.trace == []


@pytest.mark.row("INV-11", "A03")
def test_whoever_is_not_signed_in_is_denied_everything(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    nobody: Any = None
    answers = access.may_each([Disable], riverside, [jo], nobody)
    assert answers[jo][Disable].reasons == (Reason.NOT_A_MEMBER,)
    assert access.may_each([Disable], riverside, [], System()) == {}
    assert access.may_each([], riverside, [jo], OPERATOR) == {jo: {}}


def test_a_page_says_what_the_directory_lists(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    make.pending(riverside)
    ids = access.directory.search(riverside, by=maria).ids
    allowed = access.may_each([Disable, Reject], riverside, ids, by=maria)
    assert [allowed[who][Disable].allowed for who in (maria, jo)] == [False, True]
    assert sum(allowed[who][Reject].allowed for who in ids) == 1
