"""Calls and answers in words: ids by the names the story gives them, passwords never."""

import enum
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess import AccessContext, Edit, Operator, Secret
from tenantaccess.commands import Accepted, Added, Done, Invited, Opened, Receipt
from tenantaccess.model.actors import Actor, ActorKind

TIN_SHOWN: Final = 4


@attrs.frozen
class Names:
    """
    What the story calls whom.

    Args:
        by_id: Names by id.
    """

    by_id: dict[str, str] = attrs.field(factory=dict)

    def give(self, identifier: str | None, name: str) -> None:
        """Call *identifier* by *name* from now on."""
        self.by_id[str(identifier)] = name

    def of(self, identifier: str) -> str:
        """Return the name of *identifier*; itself if it has none."""
        return self.by_id.get(identifier, identifier)

    def within(self, text: str) -> str:
        """Return *text* with names for ids."""
        for identifier, name in self.by_id.items():
            text = text.replace(identifier, name)
        return text

    def actor(self, actor: Actor) -> str:
        """Return who acted, as the record keeps it."""
        return actor.kind.value if actor.kind is ActorKind.PUBLIC else self.of(actor.id) or actor.kind.value


def worded(value: object, names: Names) -> str:
    """Return *value* as it would be typed, with names for ids and without secrets."""
    match value:
        case Operator(name=name):
            return f"operator {name}"
        case AccessContext(tenant=tenant, principal=principal):
            return f"{names.of(principal)}, having entered {names.of(tenant)}"
        case Edit(principal=who, resource=resource, level=level):
            return f"{names.of(who)}/{resource}: {level or 'as the role says'}"
        case Mapping():
            return "{" + ", ".join(f"{worded(key, names)}: {worded(item, names)}" for key, item in value.items()) + "}"
        case frozenset():
            return worded(sorted(value), names)
        case tuple() | list():
            return "[" + ", ".join(worded(item, names) for item in value) + "]"
        case _ if attrs.has(type(value)):
            return f"{type(value).__name__}({', '.join(_arguments(value, names))})"
        case _:
            return _plain(value, names)


def _plain(value: object, names: Names) -> str:
    match value:
        case str():
            return names.by_id.get(value) or json.dumps(value)
        case Secret():
            return "..."
        case enum.Enum():
            return value.name
        case _:
            return repr(value)


def _arguments(value: Any, names: Names) -> Iterator[str]:  # noqa: ANN401  # any attrs value
    for field in attrs.fields(type(value)):
        given = getattr(value, field.name)
        if field.default is attrs.NOTHING:
            yield worded(given, names)
        elif given != field.default:
            yield f"{field.name}={worded(given, names)}"


def day(moment: datetime) -> str:
    """Return a moment to the minute."""
    return f"{moment:%Y-%m-%d %H:%M}"


def tin(external_ids: Mapping[Any, str]) -> str:
    """Return a tax id as a screen shows it: its last digits only."""
    found = external_ids.get("tin", "")
    return f"...{found[-TIN_SHOWN:]}" if found else "-"


def answered(answer: object) -> str:
    """Return what a command answered, in words."""
    match answer:
        case Done(changed=False):
            return "nothing to do: it was so already; nobody is told twice"
        case Done(version=version):
            return f"done, as event {version}"
        case Opened(manager=manager, version=version):
            return f"opened, {'with' if manager else 'still without'} an account manager, by event {version}"
        case Added(version=version):
            return f"added, as event {version}"
        case Receipt():
            return "a receipt, and nothing more"
        case Invited(version=version):
            return f"invited, as event {version}"
        case Accepted(version=version):
            return f"joined, as event {version}"
        case _:
            return str(answer)
