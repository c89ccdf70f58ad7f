"""Access levels: the steps of an ordered ladder, from nothing upwards."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import LevelKey, ResourceKey
from tenantaccess.model import names
from tenantaccess.model.frozen import frozen, sequence


@functools.total_ordering
@attrs.frozen(order=False)
class AccessLevel:
    """
    One step of a ladder. Levels compare by `rank`; each includes those below it.

    Args:
        key: The stored word; never renamed.
        rank: Place on the ladder, 0 for "nothing".
        label: What people read.
    """

    key: LevelKey
    rank: int
    label: str = attrs.field(eq=False)

    def __lt__(self, other: "AccessLevel") -> bool:
        return self.rank < other.rank

    def __str__(self) -> str:
        return self.label


NONE: Final = AccessLevel(LevelKey("none"), 0, "No access")
VIEW: Final = AccessLevel(LevelKey("view"), 1, "View only")
FULL: Final = AccessLevel(LevelKey("full"), 2, "Full access")


FEWEST_STEPS: Final = 2


@attrs.frozen
class Ladder:
    """
    The levels a host uses, lowest first; the first one means no access.

    Raises:
        InvalidInputError: fewer than two steps, ranks that do not count up from 0, or a key used twice.
    """

    steps: Sequence[AccessLevel] = attrs.field(default=(NONE, VIEW, FULL), converter=sequence)
    _ranks: Mapping[str, int] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if [step.rank for step in self.steps] != list(range(len(self.steps))) or len(self.steps) < FEWEST_STEPS:
            raise InvalidInputError("ladder", "must be at least two levels with ranks 0, 1, 2 and so on")
        if len({names.word("level", step.key) for step in self.steps}) != len(self.steps):
            raise InvalidInputError("ladder", "must not use a key twice")
        object.__setattr__(self, "_ranks", frozen({step.key: step.rank for step in self.steps}))

    @property
    def lowest(self) -> AccessLevel:
        """The step that means no access."""
        return self.steps[0]

    @property
    def highest(self) -> AccessLevel:
        """The step that includes all others."""
        return self.steps[-1]

    def level(self, key: str) -> AccessLevel:
        """
        Return the level called *key*.

        Raises:
            UnknownNameError: no step of this ladder is called so.
        """
        for step in self.steps:
            if step.key == key:
                return step
        raise unknown("access level", key, (step.key for step in self.steps))

    def rank(self, key: str) -> int:
        """Return the rank of *key*; a word this ladder does not have counts as no access (INV-25)."""
        return self._ranks.get(key, 0)


def level_key(level: AccessLevel | str) -> LevelKey:
    """Return the stored word of a level given as itself or as its word."""
    return level.key if isinstance(level, AccessLevel) else LevelKey(names.word("level", level))


def optional_level_key(level: AccessLevel | str | None) -> LevelKey | None:
    """Return the stored word of a level, or None."""
    return None if level is None else level_key(level)


def level_keys(levels: Mapping[Any, AccessLevel | str]) -> Mapping[ResourceKey, LevelKey]:
    """Return *levels* by resource, each as its stored word: facts hold words, the catalog ranks them."""
    return frozen(
        {ResourceKey(names.word("resource", resource)): level_key(level) for resource, level in levels.items()}
    )


def unknown(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Return the error for a declared word that does not exist, naming the nearest ones that do."""
    text = str(name)[: names.WORD_LIMIT]
    return UnknownNameError(kind, text, tuple(get_close_matches(text, list(known), n=2)))
