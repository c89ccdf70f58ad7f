"""What errors are answered with: one table, in which absent and foreign are alike and an outage is no refusal."""

import math
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tenantaccess import errors
from tenantaccess.errors import TenantAccessError
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.web.answers import NOT_FOUND, TABLE, Answer, answer_to

DENIED = denied(Reason.LEVEL_TOO_LOW, about="submit claims")
SAMPLES: dict[TenantAccessError, int] = {
    errors.InvalidInputError("email", "must be an address"): 422,
    errors.UnknownNameError("role", "boss"): 422,
    errors.MisuseError("call it otherwise"): 500,
    errors.NotFoundError("tenant", "ten_1"): 404,
    errors.AccessDeniedError(DENIED): 403,
    errors.AccessDeniedError(denied(Reason.NOT_A_MEMBER)): 404,
    errors.CopyDeniedError(DENIED, "ten_1", "cpy_1"): 403,
    errors.GrantRefusedError(DENIED, (("pri_1", "claims", "*"),)): 403,
    errors.LastManagerError("ten_1"): 409,
    errors.IllegalTransitionError("disable", "pending", ("reject",)): 409,
    errors.TakenError("username"): 409,
    errors.ConflictError("the tenant"): 409,
    errors.ProofRefusedError(): 422,
    errors.TooManyAttemptsError(timedelta(seconds=89.2)): 429,
    errors.StoreError("reading"): 503,
    errors.ForeignRowError("reading", "ten_1"): 503,
    errors.UnreadableRowError("reading"): 503,
    errors.ClockError("the clock is behind"): 503,
    errors.DeliveryError("nobody took it"): 503,
}


def kinds(of: type[TenantAccessError] = TenantAccessError) -> Iterator[type[TenantAccessError]]:
    """Yield every class of errors that is raised."""
    for kind in of.__subclasses__():
        yield from kinds(kind)
        if kind not in {errors.RefusedError, errors.OutageError}:
            yield kind


def test_every_error_has_an_answer() -> None:
    assert {type(error) for error in SAMPLES} >= {kind for kind in kinds() if kind.__module__ == errors.__name__}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: f"{type(error).__name__}-{SAMPLES[error]}")
def test_an_error_is_answered(error: TenantAccessError) -> None:
    assert answer_to(error).status == SAMPLES[error]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: f"{type(error).__name__}-{SAMPLES[error]}")
@pytest.mark.row("INV-11", "INV-31")
def test_no_answer_names_an_id(error: TenantAccessError) -> None:
    told = str(answer_to(error).problem)
    assert not any(secret in told for secret in ("ten_1", "pri_1", "cpy_1"))


def test_a_foreign_thing_is_answered_as_an_absent_one() -> None:
    foreign = errors.AccessDeniedError(denied(Reason.NOT_A_MEMBER))
    assert answer_to(foreign) == answer_to(errors.NotFoundError("tenant", "ten_2")) == NOT_FOUND


def test_a_denial_tells_nothing_about_the_facts() -> None:
    told = [answer_to(errors.AccessDeniedError(denied(reason))) for reason in (Reason.DISABLED, Reason.LEVEL_TOO_LOW)]
    assert told[0] == told[1]


def test_it_says_when_to_come_back() -> None:
    late = answer_to(errors.TooManyAttemptsError(timedelta(seconds=89.2)))
    assert late.headers == {"Retry-After": str(math.ceil(89.2))}
    assert "Retry-After" in answer_to(errors.StoreError("reading")).headers


def test_a_class_that_nobody_listed_is_no_allow() -> None:
    class UnheardError(TenantAccessError):
        """An error of a later version."""

    assert answer_to(UnheardError()).status == 500


def test_a_problem_says_the_same_to_programs() -> None:
    answer = Answer(409, "taken", "Already in use", "This username is taken.")
    assert answer.problem == {
        "type": "about:blank",
        "title": "Already in use",
        "status": 409,
        "detail": "This username is taken.",
        "code": "taken",
    }
    assert set(TABLE) <= set(kinds()) | {errors.OutageError}
