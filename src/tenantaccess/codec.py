"""The one converter between values and plain data: commands in, evidence out. Unknown fields are refused (INV-24)."""

import enum
import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from tenantaccess.errors import InvalidInputError, TenantAccessError
from tenantaccess.model.catalog import Role
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership
from tenantaccess.model.moments import utc
from tenantaccess.model.principals import Principal, Secret
from tenantaccess.model.tenants import Tenant

Record = Tenant | Principal | Membership | Role | Invitation | CopyJob
T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401  # plain data is whatever JSON holds
    """
    Return *value* as plain data: moments as ISO text, words for enums, sorted lists for sets, no secret.

    A secret becomes None, so that nothing made from plain data can hold one (INV-31).
    """
    return _form(cast("Any", type(value)))(value)


@functools.cache
def _form(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401  # any class there is
    """Return what makes plain data of a value of *kind*."""
    if issubclass(kind, (NoneType, int, str)):  # a bool is an int
        return _itself
    if issubclass(kind, datetime):
        return _text
    if issubclass(kind, enum.Enum):
        return operator.attrgetter("value")
    if issubclass(kind, Secret):
        return _nothing
    if issubclass(kind, Mapping):
        return _named
    if issubclass(kind, (frozenset, set)):
        return _sorted
    if issubclass(kind, (list, tuple)):
        return _listed
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind) if field.init]
        return lambda value: {name: plain(getattr(value, name)) for name in names}
    raise InvalidInputError("value", f"of type {kind.__name__} has no plain form")


def _itself(value: object) -> object:
    return value


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _nothing(_: Secret) -> None:
    return None


def _named(items: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): plain(item) for key, item in sorted(items.items())}


def _sorted(items: Iterable[object]) -> list[Any]:
    return sorted(plain(item) for item in items)


def _listed(items: Iterable[object]) -> list[Any]:
    return [plain(item) for item in items]


_AUDITED: Final[Mapping[type, frozenset[str]]] = {
    Tenant: frozenset({"state", "segments", "linking"}),
    Principal: frozenset(
        {
            "kind",
            "email_verified_at",
            "suspended_at",
            "proof_epoch",
            "access_epoch",
            "password_choice",
            "chosen_in",
            "password_epoch",
            "password_changes",
        }
    ),
    Membership: frozenset(field.name for field in attrs.fields(Membership))
    - {"tenant", "principal", "contact", "lapse_noted_at", "warned"},
    Role: frozenset({"levels"}),
    Invitation: frozenset({"state", "grant", "inviter", "created_at", "sent_at", "expires_at", "sends"}),
    CopyJob: frozenset({"targets", "sets", "on_conflict", "fingerprints", "state", "why", "tallies"}),
}
"""What an event may say of each record: ids, levels, codes and moments."""

_PRIVATE: Final[Mapping[type, frozenset[str]]] = {
    Tenant: frozenset({"name", "external_ids"}),
    Principal: frozenset({"username", "email"}),
    Membership: frozenset({"contact"}),
    Role: frozenset({"label"}),
    Invitation: frozenset({"email", "first_name", "last_name"}),
    CopyJob: frozenset(),
}
"""What goes into the erasable side row instead."""


def audited_fields(record: type) -> frozenset[str]:
    """Return the names of the fields of a record that events speak of."""
    return _AUDITED[record]


def changed(
    before: Record | None, after: Record | None, allowed: Mapping[type, frozenset[str]] = _AUDITED
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the audited fields that differ between *before* and *after*, as they were and as they are."""
    record = after if after is not None else before
    names: Iterable[str] = () if record is None else allowed[type(record)]
    if before is not None and after is not None:
        names = (name for name in names if getattr(before, name) != getattr(after, name))
    names = sorted(names)
    return (
        {} if before is None else {name: plain(getattr(before, name)) for name in names},
        {} if after is None else {name: plain(getattr(after, name)) for name in names},
    )


def changed_privately(before: Record | None, after: Record | None) -> dict[str, Any]:
    """Return the personal fields that differ, as they were and as they are; empty if none does."""
    old, new = changed(before, after, _PRIVATE)
    return {"before": old, "after": new} if any((*old.values(), *new.values())) else {}


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for exact in (str, int, bool):
        made.register_structure_hook(exact, _exactly)
    made.register_structure_hook(datetime, lambda value, _: utc("moment", _moment(value)))
    made.register_structure_hook(Secret, lambda value, _: Secret(value))
    made.register_structure_hook_func(_is_union_of_words, lambda value, _: value)
    made.register_structure_hook_func(_takes_a_class_or_a_word, _one_of)
    return made


def _one_of(value: object, kind: object) -> object:
    """Structure a field that takes a class or a word: an object is the class, all else is left to the field's check."""
    classes = [argument for argument in get_args(kind) if attrs.has(argument)]
    return CONVERTER.structure(value, cast("type[object]", classes[0])) if isinstance(value, Mapping) else value


def _takes_a_class_or_a_word(kind: object) -> bool:
    arguments = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return sum(attrs.has(argument) for argument in arguments) == 1 and any(
        getattr(argument, "__supertype__", None) is str for argument in arguments
    )


def _exactly(value: object, kind: type[T]) -> T:
    if type(value) is not kind:
        raise InvalidInputError("value", f"must be exactly of type {kind.__name__}")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInputError("moment", "must be ISO 8601 text") from None


def _is_union_of_words(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType) and all(
        argument in (str, type(None)) or getattr(argument, "__supertype__", None) is str for argument in get_args(kind)
    )


CONVERTER: Final = _converter()


def structured(data: object, kind: type[T]) -> T:
    """
    Return plain *data* as a value of *kind*.

    Raises:
        InvalidInputError: a field that is unknown, missing, or of another type; nothing is guessed or cut.
    """
    if not isinstance(data, Mapping):
        raise InvalidInputError("value", "must be an object with named fields")
    try:
        return CONVERTER.structure(data, kind)
    except (ClassValidationError, IterableValidationError) as error:
        raise _first(error) from error


def _first(error: BaseException) -> TenantAccessError:
    inner = error
    while isinstance(inner, (ClassValidationError, IterableValidationError)):
        inner = inner.exceptions[0]
    if isinstance(inner, TenantAccessError):
        return inner
    if isinstance(inner, ForbiddenExtraKeysError):
        return InvalidInputError(min(inner.extra_fields)[:40], "is no field of this command")
    if isinstance(inner, KeyError):
        return InvalidInputError(str(inner.args[0])[:40], "is missing")
    return InvalidInputError("value", "must have the declared type")
