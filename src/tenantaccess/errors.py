"""One tree of errors. Each carries its evidence as attributes: ids, words and limits, never a secret or an address."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from tenantaccess.model.decisions import Decision


class TenantAccessError(Exception):
    """Everything that this library raises on purpose."""


@attrs.frozen(str=False)
class InvalidInputError(TenantAccessError):
    """Input that is malformed, too long, cannot be normalised, or is an id of another kind."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"`{self.field}` {self.rule}"


@attrs.frozen(str=False)
class UnknownNameError(TenantAccessError):
    """A declared word that does not exist; never a quiet "no"."""

    kind: str
    name: str
    nearest: Sequence[str] = ()

    def __str__(self) -> str:
        hint = f"; did you mean {' or '.join(f'`{near}`' for near in self.nearest)}?" if self.nearest else ""
        return f"no {self.kind} is called `{self.name}`{hint}"


@attrs.frozen(str=False)
class MisuseError(TenantAccessError):
    """The library was called in a way that cannot be right, whatever the data; says what to do instead."""

    advice: str

    def __str__(self) -> str:
        return self.advice


class RefusedError(TenantAccessError):
    """A command or question that was understood and turned down."""


@attrs.frozen(str=False)
class NotFoundError(RefusedError):
    """Absent, or another tenant's: the caller cannot tell which, on purpose."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"no {self.kind} `{self.id}`"


@attrs.frozen(str=False)
class AccessDeniedError(RefusedError):
    """Not allowed; carries the Decision with its reasons."""

    decision: "Decision"

    def __str__(self) -> str:
        return self.decision.explanation


@attrs.frozen(str=False)
class CopyDeniedError(AccessDeniedError):
    """Whoever started a copy may not go on with it: the job has ended, and tells what had landed until then."""

    source: str = ""
    job: str = ""


@attrs.frozen(str=False)
class GrantRefusedError(AccessDeniedError):
    """Above what the actor holds, or a row that the actor may not move; names the cells."""

    cells: Sequence[tuple[str, str, str]] = ()
    """(principal, resource, segment) for each cell refused; `*` means all of them."""

    def __str__(self) -> str:
        cells = ", ".join(
            f"`{principal}`" if resource == "*" else f"`{resource}` of `{principal}`"
            for principal, resource, _ in self.cells
        )
        return f"{self.decision.explanation}{': ' if cells else ''}{cells}"


@attrs.frozen(str=False)
class LastManagerError(RefusedError):
    """Would leave a managed tenant without an enduring account manager."""

    tenant: str

    def __str__(self) -> str:
        return f"tenant `{self.tenant}` would be left without an account manager; appoint another one first"


@attrs.frozen(str=False)
class IllegalTransitionError(RefusedError):
    """A step that the lifecycle does not draw from here; lists those that it does."""

    command: str
    status: str
    legal: Sequence[str] = ()

    def __str__(self) -> str:
        legal = ", ".join(f"`{name}`" for name in self.legal) or "nothing"
        return f"`{self.command}` is no step from `{self.status}`; legal here: {legal}"


@attrs.frozen(str=False)
class TakenError(RefusedError):
    """The username, external id or role key is in use; nothing more is told."""

    kind: str

    def __str__(self) -> str:
        return f"this {self.kind} is taken"


@attrs.frozen(str=False)
class ConflictError(RefusedError):
    """Changed meanwhile. With `retryable` the whole unit of work may be tried again by the caller."""

    what: str
    seen: str = ""
    found: str = ""
    retryable: bool = False

    def __str__(self) -> str:
        values = f": you saw `{self.seen}`, it is `{self.found}` now" if self.seen or self.found else ""
        return f"{self.what} changed meanwhile{values}"


class ProofRefusedError(RefusedError):
    """Wrong, used, expired or foreign proof, token or offer: one uniform answer (INV-27)."""

    def __str__(self) -> str:
        return "this proof is not accepted"


@attrs.frozen(str=False)
class TooManyAttemptsError(RefusedError):
    """Refused before anything was verified."""

    retry_after: timedelta

    def __str__(self) -> str:
        return f"too many attempts; try again in {int(self.retry_after.total_seconds())} seconds"


class OutageError(TenantAccessError):
    """Something that the library stands on failed: never an allow, never a silent deny."""


@attrs.frozen(str=False)
class StoreError(OutageError):
    """The store failed; `cause` is the driver's own error, chained."""

    doing: str

    def __str__(self) -> str:
        return f"the store failed while {self.doing}"


@attrs.frozen(str=False)
class ForeignRowError(StoreError):
    """
    The store answered with a row of another tenant or principal than it was asked for: none of it was used (INV-12).

    No outage that passes: a fault of the store, which mixes them up. Wake whoever looks after it.

    Args:
        doing: What was being done.
        tenant: What was asked for: a tenant, or a principal or row where that is what was asked for.
    """

    tenant: str

    def __str__(self) -> str:
        return f"the store answered for `{self.tenant}` with a row of another tenant or principal while {self.doing}"


@attrs.frozen(str=False)
class UnreadableRowError(StoreError):
    """
    What was asked for by name holds a word that this version cannot read: a later one wrote it, or somebody by hand.

    No outage that passes: bring this version up to date. Lists leave such rows out instead (INV-25).
    """

    def __str__(self) -> str:
        return f"the store holds what this version cannot read, found while {self.doing}"


@attrs.frozen(str=False)
class ClockError(OutageError):
    """The clock is naive, or far behind what is already recorded."""

    what: str

    def __str__(self) -> str:
        return self.what


@attrs.frozen(str=False)
class DeliveryError(OutageError):
    """A mailer could not take a message; the notice stays queued."""

    what: str

    def __str__(self) -> str:
        return self.what
