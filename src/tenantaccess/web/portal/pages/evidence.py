"""An event of the record in words: who did what about whom, and each fact as it was and as it became."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import COPY_JOB, INVITATION, PRINCIPAL, TENANT, ReferenceSetKey, SchemeKey, TenantId, is_id
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.pages.copy_wanted import set_labels, tenant_names
from tenantaccess.web.portal.pages.people import Names, actor_name, moment, names_of
from tenantaccess.web.portal.visit import Visit
from tenantaccess.web.portal.words.evidence import FACTS, KINDS, VALUES

Recorded = tuple[Event, PrivatePart | None]

BY_CELL: Final = frozenset({"overrides", "levels"})
"""Facts that hold a level for each resource."""
QUIET: Final = frozenset(
    {
        "access_epoch",
        "clock_started_at",
        "created_at",
        "fingerprints",
        "held_by_operator",
        "incarnation",
        "inviter",
        "last_active_at",
        "named",
        "password_changes",
        "password_epoch",
        "proof_epoch",
        "sent_at",
    }
)
"""Facts that matter to programs: they stand under the details."""
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
PERSON: Final = re.compile(rf"{PRINCIPAL}[0-9a-f]{{32}}")
COUNTS: Final = {"planned": "verdict", "tallies": "tally"}
"""Facts that count entries by tenant, set and what became of them, and how the words for that begin."""
SHOWN_DIGEST: Final = 16


@attrs.frozen
class Fact:
    """One thing under the details: what it is, and what it says."""

    label: str
    text: str


@attrs.frozen
class EventLine:
    """
    One event.

    Args:
        number: Its place in the record.
        when: Its moment.
        who: Who acted.
        who_url: The record of that person alone; empty if it was no member.
        what: What was done.
        about: What or whom it was about.
        about_url: The record of that person alone; empty if it was none.
        changes: Each fact that changed, in words.
        details: What else the event holds.
        is_erased: Whether its personal part is gone.
    """

    number: int
    when: str
    who: str
    who_url: str
    what: str
    about: str
    about_url: str
    changes: Sequence[str]
    details: Sequence[Fact]
    is_erased: bool


def told(visit: Visit, tenant: TenantId, events: Sequence[Recorded]) -> list[EventLine]:
    """Return *events* in words; one query for all names in them."""
    ids = {one for event, private in events for one in _people(event, private)}
    labels = (
        {str(role.key): role.label for role in visit.access.privileges.roles(tenant, by=visit.by)} if events else {}
    )
    has_copies = any(is_id(event.subject, COPY_JOB) for event, _ in events)
    tenants = tenant_names(visit) if has_copies else {}
    telling = _Telling(visit, names_of(visit, tenant, ids), labels, tenants)
    return [telling.line(event, private) for event, private in events]


def kind_said(visit: Visit, kind: str) -> str:
    """Return what is read for a kind of event, or for the name of a command."""
    name = f"did_{kind}"
    return visit.words.say(name) if name in KINDS else visit.words.say("did_something", kind=kind)


def _people(event: Event, private: PrivatePart | None) -> Iterator[str]:
    """Yield whoever is named in an event."""
    yield event.subject
    yield event.actor.id
    if event.actor.link is not None:
        yield event.actor.link
    content = {} if private is None else private.content
    for facts in (event.before, event.after, content):
        yield from PERSON.findall(repr(facts))


@attrs.frozen
class _Telling:
    visit: Visit
    names: Names
    roles: Mapping[str, str]
    tenants: Mapping[TenantId, str]

    def line(self, event: Event, private: PrivatePart | None) -> EventLine:
        words, actor = self.visit.words, event.actor
        before, after = _facts(event, private)
        who = actor_name(self.visit, actor, self.names)
        if actor.link is not None:
            who = words.say("audit_through", who=who, link=self.names.get(actor.link, words.somebody_else))
        loud = [name for name in after if name not in QUIET]
        note = "" if private is None else str(private.content.get("note", ""))
        return EventLine(
            number=event.number,
            when=f"{event.at:%Y-%m-%d %H:%M:%S}",
            who=who,
            who_url=self._only(actor.id),
            what=kind_said(self.visit, event.kind),
            about=self._about(event),
            about_url=self._only(event.subject),
            changes=[
                *(text for name in loud for text in self._changed(name, before.get(name), after[name])),
                *([f"{words.audit_note}: {note}"] if note else []),
            ],
            details=list(self._details(event, before, after)),
            is_erased=bool(event.private_digest) and private is None,
        )

    def _only(self, who: str) -> str:
        return self.visit.here("audit", member=who) if is_id(who, PRINCIPAL) else ""

    def _about(self, event: Event) -> str:
        words, subject = self.visit.words, event.subject
        if subject == event.stream:
            return words.say("audit_itself")
        if is_id(subject, PRINCIPAL):
            return self.names.get(subject, words.audit_about_somebody)
        if is_id(subject, INVITATION):
            return words.audit_about_invitation
        if is_id(subject, COPY_JOB):
            return words.audit_about_copy
        return layout.role_label(self.visit, subject, self.roles)

    def _details(self, event: Event, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
        words = self.visit.words
        for name in after:
            if name in QUIET:
                yield Fact(self._label(name), " → ".join(self._pair(name, before.get(name), after[name])))
        yield Fact(words.audit_id, event.subject)
        yield Fact(words.audit_digest, event.digest)
        if event.previous:
            yield Fact(words.audit_previous, event.previous)

    def _changed(self, name: str, before: object, after: object) -> Iterator[str]:
        """Yield what changed about one fact, by cell or part where it has some; nothing that came to be empty."""
        if name in BY_CELL or name == "contact":
            old, new = (_mapping(value) for value in (before, after))
            for key in sorted({*old, *new}):
                if old.get(key) != new.get(key):
                    yield from self._said(self._part(name, key), name, old.get(key), new.get(key))
        else:
            yield from self._said(self._label(name), name, before, after)

    def _said(self, label: str, name: str, before: object, after: object) -> Iterator[str]:
        was, becomes = self._pair(name, before, after)
        if _is_empty(before) and _is_empty(after):
            return
        if _is_empty(before):
            yield self.visit.words.say("audit_is", fact=label, after=becomes)
        else:
            yield self.visit.words.say("audit_was_is", fact=label, before=was, after=becomes)

    def _pair(self, name: str, before: object, after: object) -> tuple[str, str]:
        return self._value(name, before), self._value(name, after)

    def _label(self, name: str) -> str:
        return self.visit.words.say(f"fact_{name}") if f"fact_{name}" in FACTS else name.replace("_", " ")

    def _part(self, name: str, key: str) -> str:
        if name not in BY_CELL:
            return self._label(key)
        found = next((one.label for one in self.visit.access.catalog.resources if one.key == key), key)
        return self.visit.words.label(found)

    def _value(self, name: str, value: object) -> str:
        """Return what is read for one value of the fact *name*."""
        words = self.visit.words
        if isinstance(value, bool):
            return words.yes if value else words.no
        if _is_empty(value):
            return words.value_every_segment if name == "segments" else words.none
        if isinstance(value, Mapping):
            return self._counted(COUNTS[name], value) if name in COUNTS else self._mapped(name, value)
        if isinstance(value, list | tuple):
            return ", ".join(self._value(name, one) for one in value)
        return self._word(name, str(value))

    def _mapped(self, name: str, value: Mapping[str, Any]) -> str:
        if name == "resting":
            return self._word(name, str(value.get("on", "")))
        if name == "external_ids":
            return ", ".join(self._masked(scheme, str(one)) for scheme, one in value.items())
        if name == "roles":
            return ", ".join(layout.role_label(self.visit, key, self.roles) for key in value)
        if name in BY_CELL:
            return ", ".join(f"{self._part(name, key)} {self._value(name, one)}" for key, one in value.items())
        return ", ".join(self._value(key, one) for key, one in value.items() if not _is_empty(one))

    def _counted(self, kind: str, counts: Mapping[str, Any]) -> str:
        """Return the counts that are not zero, each under what it is a count of."""
        words, sets = self.visit.words, set_labels(self.visit)
        told = []
        for key, value in counts.items():
            if isinstance(value, Mapping):
                label = sets.get(ReferenceSetKey(key)) or self._word("tenant", key)
                told.append(words.say("audit_counts", label=label, counts=self._counted(kind, value) or words.none))
            elif value:
                told.append(f"{words.say(f'{kind}_{key}')} {value}")
        return ", ".join(told)

    def _masked(self, scheme: str, value: str) -> str:
        try:
            return layout.masked_ids(self.visit, {SchemeKey(scheme): value}) or scheme
        except TenantAccessError:
            return scheme

    def _word(self, name: str, value: str) -> str:
        words, catalog = self.visit.words, self.visit.access.catalog
        if MOMENT.fullmatch(value):
            return moment(datetime.fromisoformat(value))
        if is_id(value, PRINCIPAL):
            return self.names.get(value, words.somebody_else)
        if is_id(value, TENANT):
            return self.tenants.get(TenantId(value), words.copy_unknown)
        if name == "sets":
            return set_labels(self.visit).get(ReferenceSetKey(value), value)
        if name == "role":
            return layout.role_label(self.visit, value, self.roles)
        if name in BY_CELL:
            return next((words.label(step.label) for step in catalog.ladder.steps if step.key == value), value)
        if name == "segments":
            return next((words.label(one.label) for one in catalog.segments if one.key == value), value)
        return words.say(f"value_{value}") if f"value_{value}" in VALUES else value


def _facts(event: Event, private: PrivatePart | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return all facts before and after, personal ones among them; what is only said of before has no after."""
    personal = {} if private is None else private.content
    before = {**event.before, **_mapping(personal.get("before"))}
    after = {**event.after, **_mapping(personal.get("after"))}
    gone = {name: None for name in before if name not in after and name != "last_active_at"}
    return before, {**after, **gone}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", [], (), {})
