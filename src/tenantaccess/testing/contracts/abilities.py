"""What not every store can do, by name: a test says which ability it needs, an opt-out gives its reason."""

import enum
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Concatenate, ParamSpec, TypeVar, cast

import attrs
import pytest

from tenantaccess.ports.storage import Store


class Ability(enum.Enum):
    """What a contract test may need beyond the ports' promises to one unit at a time."""

    CONCURRENT_UNITS = "two units open at once, in two threads of one process"
    COPIES_WITHIN = "the records of a set are copied within the store, without reading them"
    WAITING_LOCKS = "a locked stream keeps other writers waiting until the unit ends"


@attrs.frozen
class Lack:
    """An ability that a store does not have, and why."""

    ability: Ability
    reason: str = attrs.field(validator=attrs.validators.min_len(1))


class Contract(ABC):
    """
    What every part of the contract stands on.

    `make` returns a fresh, empty store. It is called once a test, and once an example of a property, so it is
    quick; whoever needs to tidy up does so in a fixture.
    """

    lacks: ClassVar[frozenset[Lack]] = frozenset()

    @abstractmethod
    def make(self) -> Store:
        """Return a fresh, empty store."""


C = TypeVar("C", bound=Contract)
P = ParamSpec("P")


def needs(
    ability: Ability,
) -> Callable[[Callable[Concatenate[C, P], None]], Callable[Concatenate[C, P], None]]:
    """Run the test only on stores with *ability*; on others report the declared reason."""

    def guard(test: Callable[Concatenate[C, P], None]) -> Callable[Concatenate[C, P], None]:
        @functools.wraps(test)
        def run(self: C, *args: P.args, **kwargs: P.kwargs) -> None:
            for lack in self.lacks:
                if lack.ability is ability:
                    pytest.xfail(f"lacks {ability.name}: {lack.reason}")
            test(self, *args, **kwargs)

        return cast("Callable[Concatenate[C, P], None]", run)

    return guard
