"""An edit of the matrix on its way: what somebody saw, cell by cell, and what they want instead."""

from collections.abc import Mapping, Sequence

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.privileges import Cell, Edit
from tenantaccess.web.portal.forms import Form

Place = tuple[PrincipalId, ResourceKey]

AS_ROLE = "="
"""The choice to set nothing, and leave it to the role; no level is called so."""
ROW = "row"
COLUMN = "column"


def own(cell: Cell) -> LevelKey | None:
    """Return the level that is set on the cell itself; None where it is as the role says."""
    return cell.level if cell.explicit else None


@attrs.frozen
class Draft:
    """
    What a form of the matrix holds; nothing of it is anywhere else.

    Args:
        seen: Each cell as it was shown.
        wanted: What each cell that was sent is to be: a level, or None for what the role says.
    """

    seen: Mapping[Place, Cell] = attrs.field(default=EMPTY, converter=frozen)
    wanted: Mapping[Place, LevelKey | None] = attrs.field(default=EMPTY, converter=frozen)

    @classmethod
    def sent(cls, form: Form) -> "Draft":
        """
        Return what *form* holds, in fields ``cell.<principal>.<resource>`` and ``seen.<principal>``.

        Raises:
            InvalidInputError: a cell of which nothing tells what was seen.
        """
        seen = {
            (PrincipalId(principal), resource): cell
            for principal, text in form.beginning("seen.").items()
            for resource, cell in _cells(text)
        }
        wanted: dict[Place, LevelKey | None] = {}
        for name, level in form.beginning("cell.").items():
            principal, _, resource = name.partition(".")
            place = PrincipalId(principal), ResourceKey(resource)
            if place not in seen:
                raise InvalidInputError("cell", "must come with what was seen of it")
            wanted[place] = LevelKey(level) if level else None
        return cls(seen, wanted)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What is to change, each with the cell as it was seen."""
        return tuple(
            Edit(principal, resource, level, self.seen[principal, resource])
            for (principal, resource), level in self.wanted.items()
            if level != own(self.seen[principal, resource])
        )

    def filled(self, axis: str, key: str, level: LevelKey | None) -> "Draft":
        """Return it with *level* in all cells of a row or of a column that were sent."""
        place = 0 if axis == ROW else 1
        return attrs.evolve(
            self, wanted={where: level if where[place] == key else old for where, old in self.wanted.items()}
        )


@attrs.frozen
class Where:
    """Where a page of the matrix begins: after a username, or with one; from the top if neither is said."""

    after: str = ""
    begin: str = ""

    @classmethod
    def sent(cls, form: Form) -> "Where":
        """Return where the page begins that *form* was on."""
        return cls(form.text("after"), form.text("begin"))

    @property
    def query(self) -> dict[str, str]:
        """What the address of the page says."""
        return {"after": self.after, "begin": self.begin}


def seen_text(cells: Mapping[ResourceKey, Cell]) -> str:
    """Return the cells of one row as a form carries them: each its resource, level, and a mark if it is set there."""
    return " ".join(f"{key}={cell.level}{'!' if cell.explicit else ''}" for key, cell in cells.items())


def _cells(text: str) -> Sequence[tuple[ResourceKey, Cell]]:
    parts = [part.partition("=") for part in text.split()]
    return [
        (ResourceKey(key), Cell(LevelKey(level.removesuffix("!")), explicit=level.endswith("!")))
        for key, _, level in parts
    ]
