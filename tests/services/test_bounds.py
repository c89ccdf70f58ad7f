"""What bad use gets, and that it gets it before any port is called (INV-40, the table of the public face)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.services.worlds import ABSENT, NOBODY

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AddUsername,
    ApplyPreset,
    Approve,
    AssignRole,
    ChangePassword,
    ChangePrivileges,
    CompleteRegistration,
    Disable,
    Enable,
    LimitSegments,
    OpenTenant,
    RequestAccess,
    SuspendPrincipal,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    TakenError,
    TooManyAttemptsError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.model.levels import FULL
from tenantaccess.model.names import NOTE_LIMIT, TEXT_LIMIT, USERNAME_LIMIT
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Cell, Edit, Grant
from tenantaccess.services.refusals import decision_of
from tenantaccess.testing.builders import OPERATOR, PASSWORD
from tenantaccess.testing.faults import FaultyStore

Bad = Callable[[TenantAccess, TenantId, PrincipalId], object]
LONG = "x" * 100_000
BAD: dict[str, Bad] = {
    "a long username": lambda *_: NewUsername(LONG, PASSWORD),
    "a long password": lambda *_: NewUsername("kim", LONG),
    "a long e-mail": lambda *_: NewUsername("kim", PASSWORD, f"{LONG}@people.example"),
    "a long name": lambda *_: NewUsername("kim", PASSWORD, first_name=LONG),
    "a long note": lambda _, tenant, member: Disable(tenant, member, note="x" * (NOTE_LIMIT + 1)),
    "a long tenant name": lambda *_: OpenTenant("x" * (TEXT_LIMIT + 1)),
    "a long word": lambda _, tenant, member: AssignRole(tenant, member, LONG),
    "a long segment": lambda _, tenant, member: LimitSegments(tenant, member, [LONG]),
    "segments as one text": lambda _, tenant, member: LimitSegments(tenant, member, "medicaid"),
    "a long external id": lambda *_: RequestAccess(("tin", LONG)),
    "a long token": lambda *_: CompleteRegistration(LONG),
    "too many cells": lambda _, tenant, member: ChangePrivileges(tenant, [Edit(member, "claims", FULL)] * 1_001),
    "a cell twice": lambda access, tenant, member: access.may(
        ChangePrivileges(tenant, [Edit(member, "claims", FULL)] * 2), by=OPERATOR
    ),
    "too many commands": lambda access, tenant, member: access.execute_all(
        [Disable(tenant, member)] * 1_001, by=OPERATOR
    ),
    "a long key": lambda access, tenant, member: access.execute(Disable(tenant, member), by=OPERATOR, key=LONG),
    "swapped ids": lambda _, tenant, member: Disable(member, tenant),  # type: ignore[arg-type]
    "a swapped principal": lambda _, tenant, __: SuspendPrincipal(tenant),  # type: ignore[arg-type]
    "a swapped member of an edit": lambda _, tenant, __: ChangePrivileges(tenant, [Edit(tenant, "claims", FULL)]),  # type: ignore[arg-type]
    "a swapped tenant to orphan": lambda _, __, member: SuspendPrincipal(member, orphaning=[member]),
    "a swapped actor": lambda access, tenant, member: access.execute(Disable(tenant, member), by=tenant),  # type: ignore[call-overload]
    "a manager of another kind": lambda _, tenant, __: OpenTenant("Mine", manager=tenant),  # type: ignore[arg-type]
    "a tenant of another kind": lambda _, __, member: RequestAccess(member),  # type: ignore[arg-type]
    "a page of nothing": lambda access, tenant, _: access.privileges.matrix(tenant, limit=0, by=OPERATOR),
    "a page of everything": lambda access, tenant, _: access.privileges.matrix(tenant, limit=501, by=OPERATOR),
    "a long beginning of a page": lambda access, tenant, _: access.privileges.matrix(tenant, LONG, by=OPERATOR),
    "a page from no username": lambda access, tenant, _: access.privileges.matrix(tenant, "\x00", by=OPERATOR),
    "a page from no key": lambda access, tenant, _: access.privileges.matrix(tenant, "Maria", by=OPERATOR),
    "a page from nothing": lambda access, tenant, _: access.privileges.matrix(tenant, None, by=OPERATOR),  # type: ignore[arg-type]
    "a matrix of no tenant": lambda access, *_: access.privileges.matrix(TenantId("ten_x"), by=OPERATOR),
    "events from below": lambda access, tenant, _: access.audit.read(tenant, -1, by=OPERATOR),
    "events from beyond": lambda access, tenant, _: access.audit.read(tenant, 2**63, by=OPERATOR),
    "events from text": lambda access, tenant, _: access.audit.read(tenant, "1", by=OPERATOR),  # type: ignore[arg-type]
    "events of no tenant": lambda access, *_: access.audit.read(TenantId(LONG), by=OPERATOR),
    "half a page of events": lambda access, tenant, _: access.audit.read(tenant, limit=1.5, by=OPERATOR),  # type: ignore[arg-type]
    "a log of no tenant": lambda access, *_: access.audit.access_log(TenantId("ten_x"), by=OPERATOR),
    "the past of no tenant": lambda access, *_: access.audit.list_members_with(
        TenantId("ten_x"), "claims", "view", access.clock.now(), by=OPERATOR
    ),
    "a record of nothing": lambda access, *_: access.audit.verify(TenantId("\x00")),
    "a check in no tenant": lambda access, _, member: access.check(TenantId("ten_x"), member, "claims", "view"),
    "a check of nobody": lambda access, tenant, _: access.check(tenant, PrincipalId(LONG), "claims", "view"),
    "members with, in no tenant": lambda access, *_: access.list_members_with(TenantId("ten_x"), "claims", "view"),
    "tenants with, of nobody": lambda access, *_: access.list_tenants_with(PrincipalId("pri_x"), "claims", "view"),
    "nothing granted": lambda access, tenant, member: access.execute(Approve(tenant, member), by=OPERATOR),
}


@pytest.mark.row("INV-40", "A49", "A18")
@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_before_any_port_is_called(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, what: str
) -> None:
    traced = FaultyStore(access.store)
    with pytest.raises(InvalidInputError) as refused:
        BAD[what](attrs.evolve(access, store=traced), riverside, jo)
    assert traced.trace == []
    assert refused.value.field
    assert LONG[:50] not in str(refused.value)


def test_a_username_of_the_greatest_length_is_accepted(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    longest = NewUsername("x" * USERNAME_LIMIT, PASSWORD)
    assert access.execute(AddUsername(riverside, longest), by=maria).version


QUESTIONS: dict[str, Bad] = {
    "check": lambda access, tenant, member: access.check(member, tenant, "claims", "view"),  # type: ignore[arg-type]
    "check a tenant as a principal": lambda access, tenant, _: access.check(tenant, tenant, "claims", "view"),  # type: ignore[arg-type]
}
QUIET: dict[str, Bad] = {
    "list tenants": lambda access, tenant, _: access.list_tenants_with(tenant, "claims", "view"),  # type: ignore[arg-type]
    "list members": lambda access, _, member: list(access.list_members_with(member, "claims", "view")),  # type: ignore[arg-type]
    "matrix": lambda access, _, member: access.privileges.matrix(member, by=OPERATOR),  # type: ignore[arg-type]
    "read by": lambda access, tenant, _: access.audit.read(tenant, by=tenant),  # type: ignore[arg-type]
}


@pytest.mark.row("INV-01", "A19")
def test_swapped_ids_are_an_error_although_each_of_them_is_known(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    assert access.check(riverside, jo, "claims", "view")
    assert access.contexts.enter(riverside, jo).tenant == riverside
    for tenant, principal in ((jo, riverside), (jo, jo), (riverside, riverside)):
        with pytest.raises(InvalidInputError):
            access.check(tenant, principal, "claims", "view")  # type: ignore[arg-type]  # on purpose
        with pytest.raises(InvalidInputError):
            access.contexts.enter(tenant, principal)  # type: ignore[arg-type]  # on purpose


@pytest.mark.row("INV-01", "A19")
@pytest.mark.parametrize("what", QUESTIONS)
def test_swapped_ids_in_a_question_are_an_error_and_not_a_no(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, what: str
) -> None:
    with pytest.raises(InvalidInputError):
        QUESTIONS[what](access, riverside, jo)


@pytest.mark.row("INV-01", "A19")
@pytest.mark.parametrize("what", QUIET)
def test_swapped_ids_in_a_list_are_an_error_and_not_an_empty_answer(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, what: str
) -> None:
    with pytest.raises(InvalidInputError):
        QUIET[what](access, riverside, jo)


@pytest.mark.row("A19", "INV-01")
@pytest.mark.parametrize("wrong", [[2], {"$gt": 0}])
def test_words_of_another_type_are_a_typed_error(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, wrong: Any
) -> None:
    with pytest.raises((InvalidInputError, UnknownNameError)):
        access.check(riverside, jo, wrong, "view")


@pytest.mark.row("A19", "INV-01")
@pytest.mark.parametrize("wrong", [True, 2, 2.0, None, "", "CLAIMS", LONG])
def test_a_word_that_is_none_is_unknown_and_never_a_quiet_no(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, wrong: Any
) -> None:
    for ask in (
        lambda: access.check(riverside, jo, wrong, "view"),
        lambda: access.check(riverside, jo, "claims", wrong),
        lambda: list(access.list_members_with(riverside, wrong, "view")),
    ):
        with pytest.raises(UnknownNameError):
            ask()


# ------------------------------------------------------------------------------ the table, row by row


@pytest.mark.row("INV-01", "AM-32")
def test_who_may_is_understood_when_it_is_asked_and_not_when_it_is_read(
    access: TenantAccess, riverside: TenantId
) -> None:
    for words in (("claim", "view"), ("claims", "views"), ("claims", "view", "medigap")):
        with pytest.raises(UnknownNameError):
            access.list_members_with(riverside, *words)


def test_an_undeclared_word_names_itself_and_the_nearest_known_ones(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    with pytest.raises(UnknownNameError) as refused:
        access.check(riverside, jo, "claim", "view")
    assert str(refused.value) == "no resource is called `claim`; did you mean `claims`?"
    with pytest.raises(UnknownNameError, match=r"no action of `claims` is called `zzz`$"):
        access.check(riverside, jo, "claims", "zzz")


def test_something_absent_is_not_found_and_a_check_says_not_a_member(access: TenantAccess, jo: PrincipalId) -> None:
    assert access.check(ABSENT, jo, "claims", "view").reasons == (Reason.NOT_A_MEMBER,)
    with pytest.raises(NotFoundError):
        access.require(ABSENT, jo, "claims", "view")
    assert list(access.list_members_with(ABSENT, "claims", "view")) == []


def test_a_denial_carries_reasons_for_the_manager_and_a_safe_wording_for_the_person(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    with pytest.raises(AccessDeniedError) as refused:
        access.require(riverside, jo, "codes", "edit")
    decision = refused.value.decision
    assert str(refused.value) == "edit codes: the access level is too low"
    assert (bool(decision), decision.allowed, decision.remedy) == (False, False, "ask an account manager")
    assert decision.safe == "You cannot do this here. An account manager can tell you why."
    assert access.check(riverside, jo, "claims", "view").safe == "Allowed."


def test_every_reason_has_its_words() -> None:
    assert set(EXPLANATIONS) == set(Reason)


@pytest.mark.row("INV-36")
def test_every_refusal_amounts_to_a_decision_and_reads_as_a_sentence() -> None:
    refusals = {
        NotFoundError("tenant", ABSENT): Reason.NOT_FOUND,
        IllegalTransitionError("enable", "pending"): Reason.ILLEGAL_STEP,
        LastManagerError(ABSENT): Reason.LAST_MANAGER,
        TakenError("username"): Reason.TAKEN,
        ProofRefusedError(): Reason.PROOF_REFUSED,
        TooManyAttemptsError(timedelta(seconds=30)): Reason.TOO_MANY_ATTEMPTS,
        ConflictError("the tenant"): Reason.CHANGED,
    }
    for refusal, reason in refusals.items():
        assert decision_of(refusal, "x").reasons[0] is reason
        assert " " in str(refusal)


def test_what_a_step_is_illegal_from_is_told_where_it_is_a_condition() -> None:
    told = {status: decision_of(IllegalTransitionError("x", status), "x").reasons[1:] for status in ("lapsed", "held")}
    assert told == {"lapsed": (Reason.LAPSED,), "held": ()}


def test_an_illegal_step_lists_the_legal_ones(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(Approve(riverside, jo, Grant(levels={"claims": FULL})), by=OPERATOR)
    assert str(refused.value) == (
        "`approve` is no step from `disabled`; legal here: `adopt`, `appoint_manager`, `enable`, `leave`, `remove`, "
        "`set_dates`, `unlink`"
    )


def test_above_what_one_holds_names_the_cells(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(ChangePrivileges(riverside, [Edit(maria, "codes", None)]), by=OPERATOR)
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(ChangePrivileges(riverside, [Edit(maria, "codes", FULL)]), by=maria)
    assert refused.value.cells == [(maria, "*", "*")]
    assert access.may(Enable(riverside, jo), by=maria)


def test_a_conflict_shows_both_values(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    unseen = Edit(jo, "claims", None, Cell(FULL.key, explicit=False))
    with pytest.raises(ConflictError) as refused:
        access.execute(ChangePrivileges(riverside, [unseen]), by=OPERATOR)
    assert str(refused.value).endswith("changed meanwhile: you saw `full`, it is `full (explicit)` now")


def test_a_proof_is_refused_in_one_uniform_way(access: TenantAccess, jo: PrincipalId) -> None:
    said = set()
    attempts: list[tuple[Any, Any]] = [
        (CompleteRegistration("f" * 64), None),
        (ChangePassword("wrong wrong", PASSWORD), jo),
    ]
    for command, by in attempts:
        with pytest.raises(ProofRefusedError) as refused:
            access.execute(command, by=by)
        said.add(str(refused.value))
    assert said == {"this proof is not accepted"}


def test_a_proof_has_no_preflight(access: TenantAccess, jo: PrincipalId) -> None:
    with pytest.raises(MisuseError):
        access.may(ChangePassword(PASSWORD, "another password"), by=jo)


def test_taken_tells_nothing_more(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    with pytest.raises(TakenError) as refused:
        access.execute(AddRole(riverside, "biller"), by=maria)
    assert str(refused.value) == "this role is taken"
    assert not access.execute(ApplyPreset(riverside, "biller"), by=maria).changed
    assert maria != NOBODY
