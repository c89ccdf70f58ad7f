"""One command on its way: who gives it, under which key, and the events that it becomes."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, Final

import attrs

from tenantaccess.codec import changed, changed_privately, plain
from tenantaccess.ids import StreamId
from tenantaccess.model.actors import Actor
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.members import Membership
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Unit
from tenantaccess.ports.world import Entropy
from tenantaccess.rules import audit
from tenantaccess.services.command import Change, Command, Evidence, Ids, Plan
from tenantaccess.services.scene import Scene

_ENCODER: Final = json.JSONEncoder(sort_keys=True)


@attrs.frozen
class Call:
    """
    One command on its way.

    Args:
        command: What is to happen.
        actor: Who gives it.
        key: The idempotency key of this command alone.
        evidence: What was prepared before the unit of work.
        is_keyed: Whether the caller gave the key, so that it may have been used before.
        context: What the actor acts through, if it is a context.
        company: What tells the commands given with it under one key from others; empty if there are none.
    """

    command: Command[Any]
    actor: Actor
    key: str
    evidence: Evidence
    is_keyed: bool
    context: AccessContext | None = None
    company: str = ""

    @property
    def ids(self) -> Ids:
        """What new identifiers are made from: no other command, tenant, person or token makes the same ones."""
        scope = [plain(getattr(self.command, name, None)) for name in ("tenant", "principal")]
        made_from = [self.actor.key, self.key, self.command.name, *scope, self.command.fingerprint()]
        return Ids(_ENCODER.encode(made_from))

    @property
    def mark(self) -> str:
        """
        What the record keeps of the key.

        Not the key itself: with it, whoever reads the record could tell from `digest` whether a guess at what the
        command held is right, such as a username that was erased since.
        """
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def digest(self) -> str:
        """What tells a repeated call from another one under the same key; of a password it says nothing."""
        text = _ENCODER.encode([*_content(self.command), self.company])
        return hmac.digest(self.key.encode(), text.encode(), "sha256").hex()


def _content(command: Command[Any]) -> list[Any]:
    return [command.name, command.wanted(), command.fingerprint()]


def together(calls: Sequence[Call]) -> Sequence[Call]:
    """
    Return *calls* of one key, so that it stands for all of them: what changed nothing left no event to compare.

    A mute one is left as it is: whatever came of it, its key never stands for something else.
    """
    if len(calls) == 1 or not any(call.is_keyed for call in calls):
        return calls
    text = _ENCODER.encode([_content(call.command) for call in calls])
    company = hashlib.sha256(text.encode()).hexdigest()
    return [call if call.command.is_mute else attrs.evolve(call, company=company) for call in calls]


@attrs.frozen
class Sealed:
    """
    What a plan becomes in the record.

    Args:
        events: One for each change, numbered and chained.
        private: The personal side rows of some of them.
        heads: Where each stream stands afterwards.
    """

    events: tuple[Event, ...]
    private: tuple[PrivatePart, ...]
    heads: dict[StreamId, Head]


def sealed(scene: Scene, call: Call, plan: Plan[Any], entropy: Entropy, stream: StreamId | None) -> Sealed:
    """
    Return the events of *plan*, each after the last one of its stream.

    The answer stands in *stream*, where a repeated key is looked up, or in all if that is None: what it tells the one
    who asked, it need not tell those who read about it elsewhere (INV-11).

    The digest of a command that holds something personal stands in the side rows, not in the chain: it could be
    guessed from, and is to go with them when a person is erased.
    """
    contents = [_personal(change) for change in plan.changes]
    is_personal = any(contents)
    events: list[Event] = []
    private: list[PrivatePart] = []
    heads: dict[StreamId, Head] = {}
    for change, personal in zip(plan.changes, contents, strict=True):
        head = heads.get(change.stream) or scene.heads.get(change.stream, Head(change.stream))
        content = {**personal, "command": call.digest} if is_personal else {}
        salt = entropy.token() if content else ""
        before, after = _told(change)
        draft = Event(
            stream=change.stream,
            number=0,
            kind=call.command.name,
            at=scene.now,
            actor=scene.acting,
            subject=change.subject,
            before=before,
            after=after,
            key=call.mark,
            command="" if is_personal else call.digest,
            result=plain(plan.answer) if stream in (None, change.stream) else {},
            private_digest=audit.private_digest(salt, content) if content else "",
        )
        event, heads[change.stream] = audit.sealed(draft, head)
        events.append(event)
        if content:
            private.append(PrivatePart(event.stream, event.number, salt, content))
    return Sealed(tuple(events), tuple(private), heads)


def is_of(call: Call, event: Event, private: PrivatePart | None) -> bool:
    """Tell whether *event* was written by this very command; once its side row is erased, the key alone tells."""
    command = event.command or ("" if private is None else private.content.get("command", ""))
    return not command or hmac.compare_digest(command, call.digest)


def is_kept(unit: Unit, events: Sequence[Event]) -> bool:
    """Tell whether the unit that appended *events* was committed: as a whole, so that one of them tells."""
    found = unit.events.read(events[0].stream, events[0].number - 1, 1)
    return any(event.digest == events[0].digest for event, _ in found)


def answered(answer: Any, version: int) -> Any:  # noqa: ANN401  # each command says what it answers
    """Complete an answer with the version it led to, unless it is one that must not tell: a receipt, or no change."""
    tells = hasattr(answer, "version") and getattr(answer, "changed", True)
    return attrs.evolve(answer, version=version) if tells else answer


def version_of(events: Sequence[Event], stream: StreamId | None) -> int:
    """Return the number of the first event in the stream where a repeated key is looked up; else of the first."""
    return next((event.number for event in events if event.stream == stream), events[0].number)


def _personal(change: Change) -> dict[str, Any]:
    content = changed_privately(change.before, change.after)
    return {**content, "note": change.note} if change.note else content


def _told(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the event says was and is: the changed facts, and with a row always its last activity."""
    before, after = changed(change.before, change.after)
    if isinstance(change.before, Membership):
        # Activity is written outside the version; the record as of a date needs to know it at each event.
        before["last_active_at"] = plain(change.before.last_active_at)
    return before, {**after, **change.detail}
