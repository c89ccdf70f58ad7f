"""Converters for fields: text in, checked and typed words out."""

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import ReferenceSetKey, ResourceKey, RoleKey, SchemeKey, SegmentKey
from tenantaccess.model import names


def exactly(kind: type) -> Callable[[object, "attrs.Attribute[Any]", object], None]:
    """Return a validator that refuses anything but a *kind*: a word that looks like one is compared as none (A19)."""

    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not isinstance(value, kind):
            raise InvalidInputError(attribute.name, f"must be a {kind.__name__}")

    return check


def resource_key(value: str) -> ResourceKey:
    """Return the word of a resource."""
    return ResourceKey(names.word("resource", value))


def role_key(value: str) -> RoleKey:
    """Return the word of a role."""
    return RoleKey(names.word("role", value))


def optional_role_key(value: str | None) -> RoleKey | None:
    """Return the word of a role, or None."""
    return None if value is None else role_key(value)


def segment_key(value: str) -> SegmentKey:
    """Return the word of a segment."""
    return SegmentKey(names.word("segment", value))


def segment_keys(value: Iterable[str]) -> frozenset[SegmentKey]:
    """Return the words of segments; one text is not taken for a list of its letters."""
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise InvalidInputError("segments", "must be a list of words")
    return frozenset(segment_key(item) for item in value)


def scheme_key(value: str) -> SchemeKey:
    """Return the word of an external id scheme."""
    return SchemeKey(names.word("scheme", value))


def reference_set_key(value: str) -> ReferenceSetKey:
    """Return the word of a reference set."""
    return ReferenceSetKey(names.word("reference_set", value))


def reference_set_keys(value: Iterable[str]) -> tuple[ReferenceSetKey, ...]:
    """Return the words of reference sets."""
    return tuple(reference_set_key(item) for item in value)


def label(value: str) -> str:
    """Return a label that is not empty."""
    text = names.plain("label", value)
    if not text:
        raise InvalidInputError("label", "must not be empty")
    return text


def text(value: str) -> str:
    """Return a name of a person or thing; may be empty."""
    return names.plain("text", value)


def phone(value: str) -> str:
    """Return a telephone number as written; may be empty."""
    return names.plain("phone", value, names.WORD_LIMIT)


def note(value: str) -> str:
    """Return free text for the record; may be empty."""
    return names.plain("note", value, names.NOTE_LIMIT)


def optional_email(value: str) -> str:
    """Return an address, or empty text."""
    return names.email(value) if value else ""


def domains(value: Iterable[str]) -> frozenset[str]:
    """Return the domains of e-mail addresses as they are compared; one text is not taken for a list of its letters."""
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise InvalidInputError("domains", "must be a list of domains")
    return frozenset(names.email_key(f"somebody@{domain}").rpartition("@")[2] for domain in value)


def optional_source(value: str | None) -> str | None:
    """Return where something comes from, such as an address; None if the host does not say."""
    return None if value is None else names.key("source", value)


def operator_name(value: str) -> str:
    """Return what the record calls an operator."""
    return names.key("operator", value)
