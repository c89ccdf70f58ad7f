"""What the driver raises, in the library's words: the one place where this store translates."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from tenantaccess.errors import ConflictError, StoreError, TakenError, TenantAccessError

# serialization_failure, deadlock_detected, lock_not_available
_POSTGRES_CONFLICTS: Final = frozenset({"40001", "40P01", "55P03"})
_POSTGRES_UNIQUE: Final = "23505"
# SQLITE_BUSY, SQLITE_LOCKED; extended codes carry them in their low byte
_SQLITE_CONFLICTS: Final = frozenset({5, 6})
# undefined_table, undefined_column
_POSTGRES_MISSING: Final = frozenset({"42P01", "42703"})
_SQLITE_MISSING: Final = ("no such table: ", "no such column: ", " has no column named ")
_SQLITE_UNIQUE: Final = "UNIQUE constraint failed: "


def translated(error: Exception, doing: str, taken: Mapping[str, str]) -> TenantAccessError:
    """
    Return what the library says for *error*; the caller raises it from *error*.

    Args:
        error: What SQLAlchemy or a column type raised.
        doing: What the store was doing, in words.
        taken: What is in use when a unique constraint refuses, by constraint.
    """
    cause: Any = error.orig if isinstance(error, StatementError) else None
    if isinstance(cause, TenantAccessError):
        return cause
    if isinstance(error, DBAPIError):
        return driver_said(cause, doing, taken, is_integrity=isinstance(error, IntegrityError))
    return StoreError(doing)


def driver_said(
    cause: Any,  # noqa: ANN401  # whatever the driver raises
    doing: str,
    taken: Mapping[str, str],
    *,
    is_integrity: bool,
) -> TenantAccessError:
    """Return what the library says for *cause*, an error of the driver itself; as `translated`."""
    if _is_conflict(cause):
        return ConflictError("what is stored", retryable=True)
    kind = taken.get(_refused_by(cause)) if is_integrity else None
    if kind is not None:
        return TakenError(kind)
    if _is_missing(cause):
        return StoreError(f"{doing}: a table or a column is missing, and `check` of the store tells what to do")
    return StoreError(doing)


def _sqlstate(cause: Any) -> str:  # noqa: ANN401  # whatever the driver raises
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")


def _is_conflict(cause: Any) -> bool:  # noqa: ANN401  # whatever the driver raises
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in _SQLITE_CONFLICTS
    return _sqlstate(cause) in _POSTGRES_CONFLICTS


def _is_missing(cause: Any) -> bool:  # noqa: ANN401  # whatever the driver raises
    """Tell whether the tables are not those that the statement was written for."""
    return _sqlstate(cause) in _POSTGRES_MISSING or any(words in str(cause) for words in _SQLITE_MISSING)


def _refused_by(cause: Any) -> str:  # noqa: ANN401  # whatever the driver raises
    """Return the unique constraint that refused: its name, or its columns as SQLite says them; else empty."""
    if _sqlstate(cause) == _POSTGRES_UNIQUE:
        return str(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    return str(cause).removeprefix(_SQLITE_UNIQUE)
