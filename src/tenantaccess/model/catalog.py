"""The catalog: every word a host declares once, at start; nothing undeclared is ever granted (INV-25)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import ActionKey, LevelKey, ReferenceSetKey, ResourceKey, RoleKey, SchemeKey, SegmentKey
from tenantaccess.model import names, words
from tenantaccess.model.frozen import EMPTY, frozen, sequence
from tenantaccess.model.levels import FULL, VIEW, AccessLevel, Ladder, level_keys, unknown
from tenantaccess.model.records import ReferenceRecord

ACCOUNT_MANAGER = RoleKey("account_manager")
"""The built-in role: the highest level on every offered resource, future ones included."""

SHOWN_END: Final = 4
"""How much of a public identifier is shown where it is masked."""


def _actions(given: Mapping[str, AccessLevel]) -> Mapping[ActionKey, AccessLevel]:
    return frozen({names.word("action", key): level for key, level in (given or {"view": VIEW, "edit": FULL}).items()})


@attrs.frozen
class ExternalIdScheme:
    """
    A kind of public identifier a tenant may carry, unique per scheme, such as a tax id.

    Args:
        key: The declared word, for example ``tin``.
        label: What people read.
        digits: Exact number of digits; separators are dropped, leading zeros kept.
        normalise: For schemes that are not plain digits: returns the one stored form or raises
            `InvalidInputError`. Exactly one of *digits* and *normalise* is given.
    """

    key: SchemeKey = attrs.field(converter=words.scheme_key)
    label: str = attrs.field(converter=words.label)
    digits: int = 0
    normalise: Callable[[str], str] | None = None

    def __attrs_post_init__(self) -> None:
        if (self.digits > 0) == (self.normalise is not None):
            raise InvalidInputError("digits", "or `normalise` must be given, and not both")

    def normal(self, value: str) -> str:
        """
        Return the one stored form of *value*.

        Raises:
            InvalidInputError: it cannot be normalised.
        """
        if self.normalise is None:
            return names.digits(self.key, value, self.digits)
        return names.key(self.key, self.normalise(value))

    def masked(self, value: str) -> str:
        """
        Return *value* as screens, mails and logs may show it: nothing but its end, at most four and less than half.

        Raises:
            InvalidInputError: it cannot be normalised.
        """
        normal = self.normal(value)
        hidden = len(normal) - min(SHOWN_END, (len(normal) - 1) // 2)
        return "•" * hidden + normal[hidden:]


@attrs.frozen
class Resource:
    """
    A portion of the host's system that levels are set for.

    Args:
        key: The declared word.
        label: What people read.
        actions: The level each action needs; by default ``view`` and ``edit``.
        offered: A resource that is not offered stays in the tables but opens to nobody.
    """

    key: ResourceKey = attrs.field(converter=words.resource_key)
    label: str = attrs.field(converter=words.label)
    actions: Mapping[ActionKey, AccessLevel] = attrs.field(default=EMPTY, converter=_actions)
    offered: bool = True

    def __attrs_post_init__(self) -> None:
        if any(level.rank == 0 for level in self.actions.values()):
            raise InvalidInputError("actions", "must need more than the lowest level")


@attrs.frozen
class Segment:
    """A part of a tenant's business that one can be viewing for, such as a line of insurance."""

    key: SegmentKey = attrs.field(converter=words.segment_key)
    label: str = attrs.field(converter=words.label)


@attrs.frozen
class Role:
    """
    A named row of levels. In the catalog it is a preset; in a tenant it is that tenant's own.

    Args:
        key: The word that memberships hold.
        label: What people read.
        levels: Level by resource; resources not named are at the lowest level.
    """

    key: RoleKey = attrs.field(converter=words.role_key)
    label: str = attrs.field(converter=words.label)
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=level_keys)


BUILT_IN = Role(ACCOUNT_MANAGER, "Account manager")
"""The built-in role as stores return it, without levels: the catalog says what it holds."""


@attrs.frozen
class ReferenceSet:
    """
    A kind of code file that may be copied between tenants.

    Args:
        key: The declared word.
        label: What people read.
        resource: Whose levels decide: *view* in the source, the highest in the target.
        refers_to: Sets whose entries this one names; a copy without them would dangle. Never in a circle.
        check: Says what is wrong with a record, in words; empty if nothing is. Such a record is not copied.
    """

    key: ReferenceSetKey = attrs.field(converter=words.reference_set_key)
    label: str = attrs.field(converter=words.label)
    resource: ResourceKey = attrs.field(converter=words.resource_key)
    refers_to: Sequence[ReferenceSetKey] = attrs.field(default=(), converter=words.reference_set_keys)
    check: Callable[[ReferenceRecord], str] | None = attrs.field(default=None, eq=False)


@attrs.frozen
class Catalog:
    """
    What a host declares once: resources, who manages, segments, preset roles, external ids, reference sets.

    Raises:
        InvalidInputError: a word declared twice, or one that refers to an undeclared word. A host with a
            broken catalog does not start (A35).
    """

    resources: Sequence[Resource] = attrs.field(converter=sequence)
    managed_by: ResourceKey = attrs.field(converter=words.resource_key)
    segments: Sequence[Segment] = attrs.field(default=(), converter=sequence)
    roles: Sequence[Role] = attrs.field(default=(), converter=sequence)
    schemes: Sequence[ExternalIdScheme] = attrs.field(default=(), converter=sequence)
    reference_sets: Sequence[ReferenceSet] = attrs.field(default=(), converter=sequence)
    ladder: Ladder = attrs.field(factory=Ladder)
    _by_resource: Mapping[str, Resource] = attrs.field(init=False, repr=False, eq=False)
    places: Mapping[ResourceKey, int] = attrs.field(init=False, repr=False, eq=False)
    """Where each resource stands among all."""
    _manager_levels: Mapping[ResourceKey, LevelKey] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        for field in ("resources", "segments", "roles", "schemes", "reference_sets"):
            keys = [declared.key for declared in getattr(self, field)]
            if len(set(keys)) != len(keys):
                raise InvalidInputError(field, "must not declare a word twice")
        object.__setattr__(self, "_by_resource", frozen({resource.key: resource for resource in self.resources}))
        object.__setattr__(self, "places", frozen({one.key: place for place, one in enumerate(self.resources)}))
        offered = (resource.key for resource in self.resources if resource.offered)
        object.__setattr__(self, "_manager_levels", frozen(dict.fromkeys(offered, self.ladder.highest.key)))
        if not self.resource(self.managed_by).offered:
            raise InvalidInputError("managed_by", "must name an offered resource")
        for resource in self.resources:
            if not set(self.ladder.steps).issuperset(resource.actions.values()):
                raise InvalidInputError("ladder", f"must hold every level that resource `{resource.key}` uses")
        for role in self.roles:
            if role.key == ACCOUNT_MANAGER:
                raise InvalidInputError("roles", f"must not redefine the built-in `{ACCOUNT_MANAGER}`")
            self.require_levels(role.levels)
        sets = {reference_set.key for reference_set in self.reference_sets}
        for reference_set in self.reference_sets:
            self.resource(reference_set.resource)
            if not sets.issuperset(reference_set.refers_to):
                raise InvalidInputError("reference_sets", f"`{reference_set.key}` refers to an undeclared set")
        self._require_no_circle()

    def _require_no_circle(self) -> None:
        """Refuse sets that refer to each other in a circle: none of them could be copied first."""
        left = {reference_set.key: set(reference_set.refers_to) for reference_set in self.reference_sets}
        while free := [key for key, needed in left.items() if not needed.intersection(left)]:
            for key in free:
                del left[key]
        if left:
            raise InvalidInputError("reference_sets", f"must not refer in a circle, as `{min(left)}` does")

    def resource(self, key: str) -> Resource:
        """Return the resource called *key*, or raise `UnknownNameError`."""
        found = self._by_resource.get(key)
        if found is None:
            raise unknown("resource", key, self._by_resource)
        return found

    def needed(self, resource: str, action: str) -> AccessLevel:
        """Return the level that *action* on *resource* needs, or raise `UnknownNameError`."""
        actions = self.resource(resource).actions
        found = actions.get(ActionKey(action))
        if found is None:
            raise unknown(f"action of `{resource}`", action, actions)
        return found

    def scheme(self, key: str) -> ExternalIdScheme:
        """Return the scheme called *key*, or raise `UnknownNameError`."""
        for scheme in self.schemes:
            if scheme.key == key:
                return scheme
        raise unknown("external id scheme", key, (scheme.key for scheme in self.schemes))

    def require_segments(self, keys: Iterable[str]) -> None:
        """Raise `UnknownNameError` for the first of *keys* that is no declared segment."""
        known = [segment.key for segment in self.segments]
        for key in keys:
            if key not in known:
                raise unknown("segment", key, known)

    def require_levels(self, levels: Mapping[ResourceKey, LevelKey]) -> None:
        """Raise `UnknownNameError` for the first resource or level of *levels* that is not declared."""
        for resource, level in levels.items():
            self.resource(resource)
            self.ladder.level(level)

    def normal(self, role: Role) -> Role:
        """Return *role* in its one stored form: the lowest level and no level are the same, so it is left out."""
        named = {key: level for key, level in role.levels.items() if level != self.ladder.lowest.key}
        return attrs.evolve(role, levels=named)

    def manager_levels(self) -> Mapping[ResourceKey, LevelKey]:
        """Return the levels of the built-in role as of this catalog."""
        return self._manager_levels
