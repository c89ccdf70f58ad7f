"""Small values between the model and its columns: sets and mappings as text, plain data as JSON."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from tenantaccess.ids import LevelKey, ResourceKey, RoleKey, SchemeKey, SegmentKey
from tenantaccess.model.catalog import Role
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.moments import utc

Values = Sequence[Any]
"""Values of a row of the database, or of a slice of one."""


def words_text(words: Iterable[str]) -> str:
    """Return declared words as one text; they hold no blanks."""
    return " ".join(sorted(words))


@functools.lru_cache(maxsize=1024)
def segments_of(text: str) -> frozenset[SegmentKey]:
    """Return the segments in *text*."""
    return frozenset(map(SegmentKey, text.split()))


def moments_text(moments: Iterable[datetime]) -> str:
    """Return moments, in their order, as one text."""
    return " ".join(utc("moment", moment).isoformat(timespec="microseconds") for moment in moments)


@functools.lru_cache(maxsize=1024)
def moments_of(text: str) -> Sequence[datetime]:
    """Return the moments in *text*."""
    return tuple(map(datetime.fromisoformat, text.split()))


PAIRS: Final = "\n"
"""What stands between aggregated pairs: no word and no normal form of an external id holds it, or a blank."""


def _pairs_in(text: str | None) -> Iterator[tuple[str, str]]:
    """Yield the pairs of ``claims view`` and so on, in order, however the engine aggregated them."""
    for pair in sorted(text.split(PAIRS)) if text else ():
        word, _, value = pair.partition(" ")
        yield word, value


def levels_text(levels: Mapping[ResourceKey, LevelKey]) -> str:
    """Return levels by resource as one text."""
    return PAIRS.join(f"{resource} {level}" for resource, level in sorted(levels.items()))


@functools.lru_cache(maxsize=4096)
def levels_of(text: str | None) -> Mapping[ResourceKey, LevelKey]:
    """Return levels by resource, by resource."""
    return frozen({ResourceKey(resource): LevelKey(level) for resource, level in _pairs_in(text)})


@functools.lru_cache(maxsize=1024)
def role_of(key: str, label: str, levels: str | None) -> Role:
    """Return the role made of these columns: equal ones are one object, so that a check does not build it anew."""
    return Role(RoleKey(key), label, levels_of(levels))


def external_ids_of(text: str | None) -> Mapping[SchemeKey, str]:
    """Return external ids by scheme."""
    return frozen({SchemeKey(scheme): value for scheme, value in _pairs_in(text)}) if text else EMPTY


def to_json(data: Mapping[Any, Any]) -> str:
    """Return plain data as JSON text, equal for equal data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"`{type(value).__name__}` is no plain data")


def from_json(text: str) -> dict[str, Any]:
    """Return the plain data in *text*; `ValueError` if it is none."""
    data: dict[str, Any] | None
    try:
        data = json.loads(text)
    except RecursionError:
        data = None
    if type(data) is not dict:
        raise ValueError("what is stored is no plain data by name")  # translated with the others
    return data
