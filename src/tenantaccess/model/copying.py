"""Copying between tenants: what a record consists of, what a copy would do, and how far a job has come."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import COPY_JOB, TENANT, CopyJobId, PrincipalId, ReferenceSetKey, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.frozen import EMPTY, frozen, sequence
from tenantaccess.model.moments import optional_utc
from tenantaccess.model.records import LABEL_LIMIT, pairs_of, record_key

TARGET_LIMIT: Final = 100
SET_LIMIT: Final = 100
NAMED_KEY_LIMIT: Final = 10_000
NAMED_TEXT_LIMIT: Final = 200_000
"""Characters in all: a job keeps what was named, and a page of jobs is read at once."""
SAMPLE_LIMIT: Final = 5
COUNT_LIMIT: Final = 2**63 - 1


class OnConflict(enum.Enum):
    """What a copy does where the target has another record under the key. Nothing is ever deleted."""

    SKIP = "skip"
    """The target keeps its own."""
    UPDATE = "update"
    """The source's replaces it."""
    FAIL = "fail"
    """The copy does not begin, or ends where it met one."""


class Verdict(enum.Enum):
    """What becomes of one record in one target."""

    NEW = "new"
    IDENTICAL = "identical"
    CONFLICTING = "conflicting"
    """The target has another one under this key."""
    INVALID = "invalid"
    """The set's own check refuses it; never copied."""
    DANGLING = "dangling"
    """It refers to a record that the target neither has nor gets; never copied."""


def _keys_by_set(value: Mapping[Any, Any]) -> Mapping[ReferenceSetKey, frozenset[str]]:
    named: dict[ReferenceSetKey, frozenset[str]] = {}
    for name, keys in pairs_of("keys", value):
        if not isinstance(keys, (list, tuple, set, frozenset)):
            raise InvalidInputError("keys", "must be lists of keys by set")
        named[words.reference_set_key(name)] = frozenset(record_key(key) for key in keys)
    if sum(len(keys) for keys in named.values()) > NAMED_KEY_LIMIT:
        raise InvalidInputError("keys", f"must be at most {NAMED_KEY_LIMIT} in all; for more, select everything")
    if sum(len(key) for keys in named.values() for key in keys) > NAMED_TEXT_LIMIT:
        raise InvalidInputError("keys", f"must be at most {NAMED_TEXT_LIMIT} characters in all")
    return frozen(named)


@attrs.frozen
class Selection:
    """
    Which records of the chosen sets are copied.

    Args:
        keys: For some sets, exactly these keys; of a set that is not named here, everything.
    """

    keys: Mapping[ReferenceSetKey, frozenset[str]] = attrs.field(default=EMPTY, converter=_keys_by_set)


EVERYTHING: Final = Selection()


def _count(_: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    if type(value) is not int or not 0 <= value <= COUNT_LIMIT:
        raise InvalidInputError(attribute.name, "must be a whole number, not below 0")


def _text(value: object) -> str:
    return names.plain("text", value, LABEL_LIMIT)


@attrs.frozen
class Sample:
    """
    One record, to show what a count is made of.

    Args:
        key: Of the record.
        label: As the source has it.
        there: The label that the target has; for conflicts.
        why: What is wrong with it; for invalid and dangling ones.
    """

    key: str = attrs.field(converter=record_key)
    label: str = attrs.field(default="", converter=_text)
    there: str = attrs.field(default="", converter=_text)
    why: str = attrs.field(default="", converter=_text)


def _samples(value: Mapping[str, Sequence[Sample]]) -> Mapping[str, Sequence[Sample]]:
    known = {verdict.value for verdict in Verdict}
    made = {str(verdict): tuple(some) for verdict, some in pairs_of("samples", value)}
    if not known.issuperset(made) or any(len(some) > SAMPLE_LIMIT for some in made.values()):
        raise InvalidInputError("samples", f"must be at most {SAMPLE_LIMIT} for each verdict")
    return frozen(made)


def _tenant(_: object, attribute: "attrs.Attribute[TenantId]", value: object) -> None:
    if not is_id(value, TENANT):
        raise InvalidInputError(attribute.name, "must be the id of a tenant")


@attrs.frozen
class Comparison:
    """
    What copying one set would do in one target; how many of which verdict.

    Args:
        target: Where.
        set: Which set.
        new: It would be added.
        identical: It is there already.
        conflicting: Another one is there under its key.
        invalid: It is refused by the set's check.
        dangling: What it refers to would be missing.
        samples: The first few by key, by the word of the verdict.
    """

    target: TenantId = attrs.field(validator=_tenant)
    set: ReferenceSetKey = attrs.field(converter=words.reference_set_key)
    new: int = attrs.field(default=0, validator=_count)
    identical: int = attrs.field(default=0, validator=_count)
    conflicting: int = attrs.field(default=0, validator=_count)
    invalid: int = attrs.field(default=0, validator=_count)
    dangling: int = attrs.field(default=0, validator=_count)
    samples: Mapping[str, Sequence[Sample]] = attrs.field(default=EMPTY, converter=_samples)

    @property
    def counts(self) -> Mapping[str, int]:
        """The counts alone, by the word of the verdict."""
        return {verdict.value: getattr(self, verdict.value) for verdict in Verdict}


def require_targets(source: TenantId, targets: Sequence[TenantId]) -> None:
    """
    Refuse targets that no copy can have.

    Raises:
        InvalidInputError: none or too many, one twice, no id of a tenant, or the source itself.
    """
    if not 0 < len(targets) <= TARGET_LIMIT:
        raise InvalidInputError("to", f"must be 1 to {TARGET_LIMIT} tenants")
    if not all(is_id(one, TENANT) for one in targets):
        raise InvalidInputError("to", "must be ids of tenants")
    if len(set(targets)) != len(targets):
        raise InvalidInputError("to", "must not name a tenant twice")
    if source in targets:
        raise InvalidInputError("to", "must not name the tenant that is copied from")


def require_sets(sets: Sequence[ReferenceSetKey], selection: Selection) -> None:
    """
    Refuse sets that no copy can have.

    Raises:
        InvalidInputError: none or too many, one twice, or a selection of one that is not chosen.
    """
    if not 0 < len(sets) <= SET_LIMIT:
        raise InvalidInputError("sets", f"must be 1 to {SET_LIMIT} reference sets")
    if len(set(sets)) != len(sets):
        raise InvalidInputError("sets", "must not name a set twice")
    if not set(sets).issuperset(selection.keys):
        raise InvalidInputError("selection", "must name chosen sets only")


def _fingerprints(value: Mapping[Any, str]) -> Mapping[ReferenceSetKey, str]:
    pairs = pairs_of("fingerprints", value)
    return frozen({words.reference_set_key(name): names.key("fingerprints", mark) for name, mark in pairs})


@attrs.frozen
class CopyPlan:
    """
    What a copy would do, as of one state of the source; `codec.plain` and `structured` carry it anywhere and back.

    It allows nothing by itself: whoever runs it is judged anew, and so is the source.

    Args:
        source: Where from.
        targets: Where to, 1 to 100.
        sets: Which sets, those that others refer to first.
        fingerprints: Of each set in the source; a copy that finds another one does not begin.
        comparisons: One for each target and set, in the order in which they are copied.
        selection: Which records.
    """

    source: TenantId = attrs.field(validator=_tenant)
    targets: Sequence[TenantId] = attrs.field(converter=sequence)
    sets: Sequence[ReferenceSetKey] = attrs.field(converter=words.reference_set_keys)
    fingerprints: Mapping[ReferenceSetKey, str] = attrs.field(converter=_fingerprints)
    comparisons: Sequence[Comparison] = attrs.field(converter=sequence)
    selection: Selection = EVERYTHING

    def __attrs_post_init__(self) -> None:
        require_targets(self.source, self.targets)
        require_sets(self.sets, self.selection)
        if set(self.fingerprints) != set(self.sets):
            raise InvalidInputError("fingerprints", "must be one for each set")
        compared = [(one.target, one.set) for one in self.comparisons]
        if compared != [(target, name) for target in self.targets for name in self.sets]:
            raise InvalidInputError("comparisons", "must be one for each target and set")

    def count(self, verdict: Verdict) -> int:
        """Return how many records have *verdict*, over all targets and sets."""
        return sum(one.counts[verdict.value] for one in self.comparisons)


class CopyState(enum.Enum):
    """How a job stands."""

    RUNNING = "running"
    """To be gone on with, by whoever resumes it."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It ended early, for the reason that is written beside; what had landed stays."""


class WhyFailed(enum.Enum):
    """Why a job ended early."""

    DENIED = "denied"
    """Whoever started it may no longer read the source or write to the target (INV-33)."""
    SOURCE_CHANGED = "source_changed"
    """The source is no longer what was planned: plan again."""
    CONFLICT = "conflict"
    """It was to end where a target has another record under a key."""


@attrs.frozen
class Tally:
    """What has happened so far to records of one set in one target, or is to be added to that."""

    added: int = 0
    updated: int = 0
    identical: int = 0
    conflicting: int = 0
    """Left alone: the target's own was kept."""
    invalid: int = 0
    dangling: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        mine, theirs = attrs.astuple(self), attrs.astuple(other)
        return Tally(*(one + more for one, more in zip(mine, theirs, strict=True)))


@attrs.frozen
class Slice:
    """
    What one batch did.

    Args:
        tally: To be added to what happened before.
        last: The key up to which it went; where it began, if there was nothing.
        is_last: Whether no record of the set comes after it.
    """

    tally: Tally
    last: str
    is_last: bool


@attrs.frozen
class Cursor:
    """
    Where a job goes on.

    Args:
        target: In which target.
        set: With which set; None when all its sets are copied and the end is to be written down.
        after: Behind which key.
    """

    target: TenantId
    set: ReferenceSetKey | None = None
    after: str = ""


Tallies = Mapping[TenantId, Mapping[ReferenceSetKey, Tally]]


@attrs.frozen
class CopyJob:
    """
    One copy on its way, or what became of it: its provenance for good (MU-23).

    Args:
        id: Made from the key of the call that started it.
        source: Where from.
        targets: Where to.
        sets: Which sets, in the order in which they are copied.
        selection: Which records.
        on_conflict: What is done where the target has another record under a key.
        actor: Who started it; nobody else goes on with it.
        fingerprints: Of the sets of the source, as planned.
        started_at: When.
        state: How it stands.
        why: Why it failed; None if it did not.
        cursor: Where it goes on; None when it has ended.
        tallies: What has happened, by target and set; nothing yet where nothing is written.
        ended_at: When it ended, however.
    """

    id: CopyJobId
    source: TenantId
    targets: Sequence[TenantId] = attrs.field(converter=sequence)
    sets: Sequence[ReferenceSetKey] = attrs.field(converter=words.reference_set_keys)
    selection: Selection
    on_conflict: OnConflict
    actor: PrincipalId
    fingerprints: Mapping[ReferenceSetKey, str] = attrs.field(converter=frozen)
    started_at: datetime
    state: CopyState = CopyState.RUNNING
    why: WhyFailed | None = None
    cursor: Cursor | None = None
    tallies: Tallies = attrs.field(default=EMPTY, converter=frozen)
    ended_at: datetime | None = attrs.field(default=None, converter=optional_utc)

    @property
    def total(self) -> Tally:
        """What has happened over all targets and sets."""
        return sum((tally for sets in self.tallies.values() for tally in sets.values()), Tally())


def copy_job_id(_: object, attribute: "attrs.Attribute[CopyJobId]", value: object) -> None:
    """Refuse anything but the id of a copy job."""
    if not is_id(value, COPY_JOB):
        raise InvalidInputError(attribute.name, "must be the id of a copy job")
