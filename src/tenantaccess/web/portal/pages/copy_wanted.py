"""What is wanted of a copy, from page to page: in the address as long as it is small, in the form once it is not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import TENANT, ReferenceSetKey, TenantId, is_id
from tenantaccess.model.copying import Selection
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.web.portal.exchange import PageRequest
from tenantaccess.web.portal.forms import LONGEST_VALUE, Form
from tenantaccess.web.portal.visit import Visit

KEYS: Final = "keys."
"""With the key of a set: the fields that hold which of its entries were chosen, one a line."""
FIELDS: Final = ("from", "to", "set", KEYS, "pick", "shown", "tick")
LISTED: Final = 500


@attrs.frozen
class Hidden:
    """A field of a form that nobody sees."""

    name: str
    value: str


@attrs.frozen
class Wanted:
    """
    What is wanted of a copy, as it was typed: the library judges it.

    Args:
        source: Where from.
        targets: Where to.
        sets: Which sets.
        keys: For some sets, exactly these entries; of the others, everything.
    """

    source: str = ""
    targets: Sequence[str] = ()
    sets: Sequence[str] = ()
    keys: Mapping[str, frozenset[str]] = attrs.field(default=EMPTY, converter=frozen)

    @classmethod
    def asked(cls, request: PageRequest) -> "Wanted":
        """Return what the address asks for."""
        return cls(request.value("from"), tuple(request.query.get("to", ())), tuple(request.query.get("set", ())))

    @classmethod
    def sent(cls, form: Form) -> "Wanted":
        """Return what *form* holds: of the set whose page it comes from, what is ticked on it now."""
        keys = {name.removeprefix(KEYS): set(_lines(form.many(name))) for name in form.values if name.startswith(KEYS)}
        picked = form.text("pick")
        if picked:
            kept = keys.get(picked, set()).difference(_lines(form.many("shown")))
            keys[picked] = kept.union(form.many("tick"))
        chosen = {name: frozenset(found) for name, found in keys.items() if found}
        return cls(form.text("from"), form.many("to"), form.many("set"), chosen)

    @property
    def query(self) -> str:
        """It as a query string; entries that were chosen are not part of it."""
        asked = [("from", self.source), *(("to", one) for one in self.targets), *(("set", one) for one in self.sets)]
        return f"?{urlencode(asked)}"

    @property
    def selection(self) -> Selection:
        """Which entries, as the library is asked."""
        return Selection({ReferenceSetKey(name): keys for name, keys in self.keys.items() if name in self.sets})

    def hidden(self) -> list[Hidden]:
        """Return the fields that carry it to the next page."""
        named = [("from", [self.source]), ("to", self.targets), ("set", self.sets)]
        fields = [Hidden(name, value) for name, values in named for value in values]
        return [*fields, *(Hidden(f"{KEYS}{name}", part) for name, keys in self.keys.items() for part in joined(keys))]


def _lines(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from value.splitlines()


def joined(keys: Iterable[str]) -> Iterator[str]:
    """Yield *keys* one a line, in parts that a form takes."""
    part = ""
    for key in sorted(keys):
        if len(part) + 1 + len(key) > LONGEST_VALUE:
            yield part
            part = ""
        part = f"{part}\n{key}" if part else key
    if part:
        yield part


def tenant_of(field: str, value: str) -> TenantId:
    """Return *value*, which was typed, as the id of a tenant."""
    if not is_id(value, TENANT):
        raise InvalidInputError(field, "must be chosen")
    return TenantId(value)


def tenant_names(visit: Visit) -> dict[TenantId, str]:
    """Return what the tenants are called that the visitor can enter now."""
    found: dict[TenantId, str] = {}
    after: str | None = None
    while True:
        page = visit.access.contexts.list_tenants(visit.principal, after=after, limit=LISTED)
        found.update({entry.id: entry.name for entry in page.entries if entry.is_available})
        after = page.next
        if after is None:
            return found


def set_labels(visit: Visit) -> dict[ReferenceSetKey, str]:
    """Return what the sets are called, in the catalog's order."""
    return {declared.key: visit.words.label(declared.label) for declared in visit.access.catalog.reference_sets}
