"""A record of a reference set, such as a diagnosis code: content only, so that nothing else can be copied (INV-35)."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import ReferenceSetKey
from tenantaccess.model import names, words
from tenantaccess.model.frozen import EMPTY, frozen

RECORD_KEY_LIMIT: Final = 200
LABEL_LIMIT: Final = 500
"""The longest description of a published master file, such as ICD-10-CM, has 228 characters."""
FIELD_LIMIT: Final = 50
CONTENT_LIMIT: Final = 20_000
REFERENCE_LIMIT: Final = 100

_LINE_BREAKS: Final = frozenset("\n\t")


def record_key(value: object) -> str:
    """
    Return the key of a record unchanged: keys are compared exactly, so none is put right.

    Raises:
        InvalidInputError: not 1 to 200 visible characters in normal form C, or blank at an end.
    """
    if type(value) is not str or not 0 < len(value) <= RECORD_KEY_LIMIT:
        raise InvalidInputError("key", f"must be text of 1 to {RECORD_KEY_LIMIT} characters")
    if not value.isprintable() or value != value.strip():
        raise InvalidInputError("key", "must be visible characters, with no blank at an end")
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        raise InvalidInputError("key", "must be in normal form C")
    return value


def _label(value: str) -> str:
    return names.plain("label", value, LABEL_LIMIT)


def _field_text(value: object) -> str:
    if type(value) is not str:
        raise InvalidInputError("content", "must be text by name")
    if not value.isprintable() and any(
        unicodedata.category(letter) in {"Cc", "Cs"} and letter not in _LINE_BREAKS for letter in value
    ):
        raise InvalidInputError("content", "must not hold control characters")
    return value


def _content(value: Mapping[str, str]) -> Mapping[str, str]:
    if not value:
        return EMPTY
    made = {record_key(name): _field_text(text) for name, text in pairs_of("content", value)}
    if len(made) > FIELD_LIMIT:
        raise InvalidInputError("content", f"must be at most {FIELD_LIMIT} fields")
    if sum(len(name) + len(text) for name, text in made.items()) > CONTENT_LIMIT:
        raise InvalidInputError("content", f"must be at most {CONTENT_LIMIT} characters in all")
    return frozen(made)


def _refers(value: Mapping[Any, str]) -> Mapping[ReferenceSetKey, str]:
    if not value:
        return EMPTY
    if len(value) > REFERENCE_LIMIT:
        raise InvalidInputError("refers", f"must name at most {REFERENCE_LIMIT} sets")
    return frozen({words.reference_set_key(name): record_key(key) for name, key in pairs_of("refers", value)})


def pairs_of(field: str, value: object) -> Sequence[tuple[Any, Any]]:
    """Return the items of a mapping; `InvalidInputError` for anything else."""
    if not isinstance(value, Mapping):
        raise InvalidInputError(field, "must be text by name")
    return list(value.items())


@attrs.frozen
class ReferenceRecord:
    """
    One entry of a master file, such as a diagnosis code: its content and nothing else (INV-35, A71).

    There is no id, owner, tenant or permission in it, so none can be copied along.

    Args:
        key: 1 to 200 visible characters, compared exactly; unique in its set and tenant.
        label: What people read: at most 500 characters; may be empty.
        content: Further text by name: at most 50 fields, and 20,000 characters in all.
        refers: Which record of which other set it needs, by set.
    """

    key: str = attrs.field(converter=record_key)
    label: str = attrs.field(default="", converter=_label)
    content: Mapping[str, str] = attrs.field(default=EMPTY, converter=_content)
    refers: Mapping[ReferenceSetKey, str] = attrs.field(default=EMPTY, converter=_refers)
    _digest: str = attrs.field(init=False, default="", eq=False, repr=False)
    _kept: Any = attrs.field(init=False, default=None, eq=False, repr=False)

    @property
    def digest(self) -> str:
        """Equal exactly where label, content and references are: that is what "identical" means."""
        if not self._digest:
            form = json.dumps([self.label, dict(self.content), dict(self.refers)], sort_keys=True)
            object.__setattr__(self, "_digest", hashlib.sha256(form.encode()).hexdigest())
        return self._digest

    @property
    def kept(self) -> Any:  # noqa: ANN401  # each store's own
        """What the store that read the record noted with it, for writing it elsewhere; None if nothing."""
        return self._kept


_set: Final = object.__setattr__


def as_stored(
    key: str,
    label: str,
    content: dict[str, str],
    refers: dict[ReferenceSetKey, str],
    digest: str,
    kept: object = None,
) -> ReferenceRecord:
    """
    Return a record as a store has it: nothing is checked, or made, that was when it was written.

    Looking at each again would take longer than all the rest of reading it. The mappings are taken as they are:
    whoever gives them lets go of them.
    """
    record = ReferenceRecord.__new__(ReferenceRecord)
    _set(record, "key", key)
    _set(record, "label", label)
    _set(record, "content", MappingProxyType(content) if content else EMPTY)
    _set(record, "refers", MappingProxyType(refers) if refers else EMPTY)
    _set(record, "_digest", digest)
    _set(record, "_kept", kept)
    return record
