"""
What each error is answered with over HTTP: one table for every framework.

Absent and another tenant's are one answer; whoever may not is told so in words that tell nothing else; an outage never
looks like a refusal.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    MisuseError,
    NotFoundError,
    OutageError,
    ProofRefusedError,
    TakenError,
    TenantAccessError,
    TooManyAttemptsError,
    UnknownNameError,
)
from tenantaccess.model.decisions import Reason
from tenantaccess.model.frozen import EMPTY, frozen

PROBLEM: Final = "application/problem+json"
"""The media type of an answer for programs (RFC 9457)."""
RETRY_SOON: Final = 5
"""Seconds after which asking again may find the store up again."""


@attrs.frozen
class Answer:
    """
    What an error is answered with.

    Args:
        status: The HTTP status.
        code: One word for programs; stays the same whatever the language.
        title: What happened, in a few words.
        detail: What anybody may read about it.
        headers: What else the answer carries.
    """

    status: int
    code: str
    title: str
    detail: str
    headers: Mapping[str, str] = attrs.field(default=EMPTY, converter=frozen)

    @property
    def problem(self) -> dict[str, Any]:
        """The answer as a problem document, for programs (RFC 9457)."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail} | {
            "code": self.code
        }


NOT_FOUND: Final = Answer(404, "not_found", "Not found", "There is nothing here, or nothing that you may see.")
DENIED: Final = Answer(403, "denied", "Not allowed", "")
SIGN_IN: Final = Answer(401, "sign_in", "Sign in first", "This needs somebody who is signed in.")
METHOD: Final = Answer(405, "method", "Not like this", "This page is not asked for in this way.")
FORGED: Final = Answer(
    403, "forged", "This form is too old", "Open the page again and repeat what you did: nothing was changed."
)

TABLE: Final[Mapping[type[TenantAccessError], Answer]] = {
    NotFoundError: NOT_FOUND,
    AccessDeniedError: DENIED,
    GrantRefusedError: Answer(403, "grant_refused", "Not allowed", "Nobody gives more than they hold."),
    InvalidInputError: Answer(422, "invalid", "This cannot be right", ""),
    UnknownNameError: Answer(422, "unknown", "This is not known", ""),
    LastManagerError: Answer(
        409,
        "last_manager",
        "Nobody would be left",
        "Nobody would be left to manage the account. Appoint somebody first.",
    ),
    IllegalTransitionError: Answer(409, "illegal_step", "Not from here", ""),
    TakenError: Answer(409, "taken", "Already in use", ""),
    ConflictError: Answer(409, "conflict", "Changed meanwhile", "Somebody else was faster. Look again, and repeat."),
    ProofRefusedError: Answer(
        422, "proof_refused", "Not accepted", "This was not accepted. Check what you typed, or ask for a new link."
    ),
    TooManyAttemptsError: Answer(429, "too_many_attempts", "Too many attempts", "Wait a little, then try again."),
    MisuseError: Answer(500, "misuse", "This should not happen", "Something is wrong on our side."),
    OutageError: Answer(
        503,
        "outage",
        "Out of order for a moment",
        "Nothing was changed by halves. Try again shortly.",
        {"Retry-After": str(RETRY_SOON)},
    ),
}
"""By class; the nearest one that an error descends from counts."""


def answer_to(error: TenantAccessError) -> Answer:
    """Return what *error* is answered with; nothing of it that a stranger could learn from."""
    found = next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), TABLE[MisuseError])
    match error:
        case AccessDeniedError(decision=decision) if decision.reasons[0] is Reason.NOT_A_MEMBER:
            return NOT_FOUND
        case GrantRefusedError():
            return found
        case AccessDeniedError(decision=decision):
            return attrs.evolve(found, detail=decision.safe)
        case TooManyAttemptsError(retry_after=after):
            return attrs.evolve(found, headers={"Retry-After": str(math.ceil(after.total_seconds()))})
        case InvalidInputError() | UnknownNameError() | IllegalTransitionError() | TakenError():
            return attrs.evolve(found, detail=f"{str(error)[:1].upper()}{str(error)[1:]}.")
        case _:
            return found
