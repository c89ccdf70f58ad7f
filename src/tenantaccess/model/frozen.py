"""Mappings that stay as they were made: values below the roof are shared, so nobody may change them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

EMPTY: Final[Mapping[Any, Any]] = MappingProxyType({})


def frozen(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return a read-only copy of *mapping*; all empty ones are one object."""
    if isinstance(mapping, MappingProxyType):
        return mapping
    return MappingProxyType(dict(mapping)) if mapping else EMPTY


def sequence(items: Iterable[Any]) -> tuple[Any, ...]:
    """Return *items* as they were given, read-only; for fields, whose type says what they hold."""
    return tuple(items)
