"""What was sent: a closed set of fields, so that whatever else is in a form refuses the whole of it (INV-24)."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError

ONCE: Final = "once"
"""The field that makes a form that is sent twice one command: its value is the idempotency key."""
MOST_FIELDS: Final = 2_000
LONGEST_VALUE: Final = 10_000


@attrs.frozen
class Form:
    """
    The fields of one form that was sent; every one of them is known by name.

    Args:
        values: By name, with all values of each.
    """

    values: Mapping[str, Sequence[str]] = attrs.field(repr=False)

    def text(self, name: str, default: str = "") -> str:
        """Return the value of *name*, or *default* if it was not sent; refused if it was sent more than once."""
        found = self.values.get(name, ())
        if len(found) > 1:
            raise InvalidInputError(name, "must not be sent twice")
        return found[0] if found else default

    def optional(self, name: str) -> str | None:
        """Return the value of *name*; None if it was left empty or not sent."""
        return self.text(name) or None

    def many(self, name: str) -> Sequence[str]:
        """Return all values of *name*, such as those of boxes that were ticked."""
        return tuple(self.values.get(name, ()))

    def ticked(self, name: str) -> bool:
        """Tell whether the box *name* was ticked."""
        return bool(self.text(name))

    @property
    def once(self) -> str | None:
        """The idempotency key of the form."""
        return self.optional(ONCE)

    def beginning(self, prefix: str) -> Mapping[str, str]:
        """Return the fields whose names begin with *prefix*, by the rest of their names."""
        return {name[len(prefix) :]: self.text(name) for name in self.values if name.startswith(prefix)}


def received(sent: Mapping[str, Sequence[str]], allowed: Sequence[str], csrf: str) -> Form:
    """
    Return the form that was *sent*.

    Args:
        sent: All fields.
        allowed: The names of those that this form has; one that ends with a dot names all that begin so.
        csrf: The name of the field that the door has verified.

    Raises:
        InvalidInputError: a field that this form has not, or more than any page sends.
    """
    if sum(len(values) for values in sent.values()) > MOST_FIELDS:
        raise InvalidInputError("form", f"must have at most {MOST_FIELDS} fields")
    known, families = {*allowed, ONCE, csrf}, tuple(name for name in allowed if name.endswith("."))
    for name, values in sent.items():
        if name not in known and not (families and name.startswith(families)):
            raise InvalidInputError(name[:40], "is no field of this form")
        if any(len(value) > LONGEST_VALUE for value in values):
            raise InvalidInputError(name[:40], f"must be at most {LONGEST_VALUE} characters")
    return Form({name: tuple(values) for name, values in sent.items() if name != csrf})


def local(path: str, default: str) -> str:
    """
    Return *path* if it leads to a page of this very host, else *default* (A52).

    One slash and then something else than a slash: no scheme, no other host, and nothing that a browser would read as
    one of them.
    """
    is_plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    return path if is_plain and path.startswith("/") and not path.startswith("//") else default
