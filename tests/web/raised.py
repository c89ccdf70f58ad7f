"""What a view of a host's may let through, and what both doors answer it with."""

from datetime import timedelta

import attrs

from tenantaccess import errors
from tenantaccess.errors import TenantAccessError


@attrs.frozen
class Raised:
    """
    An error, and its answer.

    Args:
        error: What the view raises.
        status: Of the answer.
        code: For programs.
        title: What happened, for people.
        retry_after: In how many seconds to come back, where it says so.
    """

    error: TenantAccessError
    status: int
    code: str
    title: str
    retry_after: str | None = None


RAISED = {
    "last manager": Raised(errors.LastManagerError("ten_1"), 409, "last_manager", "Nobody would be left"),
    "illegal step": Raised(
        errors.IllegalTransitionError("disable", "pending", ("reject",)), 409, "illegal_step", "Not from here"
    ),
    "taken": Raised(errors.TakenError("username"), 409, "taken", "Already in use"),
    "conflict": Raised(errors.ConflictError("the tenant"), 409, "conflict", "Changed meanwhile"),
    "invalid": Raised(errors.InvalidInputError("email", "must be an address"), 422, "invalid", "This cannot be right"),
    "unknown": Raised(errors.UnknownNameError("role", "boss"), 422, "unknown", "This is not known"),
    "proof": Raised(errors.ProofRefusedError(), 422, "proof_refused", "Not accepted"),
    "too many": Raised(
        errors.TooManyAttemptsError(timedelta(seconds=89.2)), 429, "too_many_attempts", "Too many attempts", "90"
    ),
    "outage": Raised(errors.StoreError("reading"), 503, "outage", "Out of order for a moment", "5"),
}
"""By what it is called in the address of the view."""
