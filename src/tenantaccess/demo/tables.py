"""The tables of the story: the matrix, what an edit would change, the roster, the drop-down."""

from collections.abc import Iterable, Sequence

from tenantaccess import ACCOUNT_MANAGER, Matrix, Reason, TenantEntry
from tenantaccess.demo.stage import Stage
from tenantaccess.demo.wording import day, tin
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.directory import DirectoryRow
from tenantaccess.model.privileges import CellChange

LEVELS = "full: Full Access, view: View Only, none: No Access; a star: set for this username, not by a role"


def role(key: str | None) -> str:
    """Return a role in a word."""
    return "manager" if key == ACCOUNT_MANAGER else key or "-"


def matrix(stage: Stage, shown: Matrix, legend: str = "") -> None:
    """Tell *shown*: usernames by the portions that are offered; with a *legend*, what the words mean."""
    offered = [column for column in shown.columns if CATALOG.resource(column).offered]
    rows = [
        [
            row.username,
            role(row.role),
            *(f"{row.cells[column].level}{'*' if row.cells[column].explicit else ''}" for column in offered),
        ]
        for row in shown.rows
    ]
    stage.tell.table("Username privileges", ["username", "role", *offered], rows, legend)


def preview(stage: Stage, changes: Sequence[CellChange]) -> None:
    """Tell what would change: each cell before and after."""
    rows = [
        [change.username, CATALOG.resource(change.resource).label, change.before.level, change.after.level]
        for change in changes
    ]
    stage.tell.table("preview", ["username", "portion", "before", "after"], rows)


def roster(stage: Stage, rows: Iterable[DirectoryRow]) -> None:
    """Tell rows of the roster, as the screen of the source shows them."""
    shown = [
        [
            row.username,
            row.contact.email or "-",
            row.contact.last_name or "-",
            row.contact.first_name or "-",
            row.contact.phone or "-",
            row.status.value + (" (link)" if row.is_link else ""),
            "-" if row.last_active_at is None else f"{row.last_active_at:%d %b}",
        ]
        for row in rows
    ]
    columns = ["username", "e-mail", "last name", "first name", "phone", "status", "active"]
    stage.tell.table("User management", columns, shown)


def drop_down(stage: Stage, entries: Iterable[TenantEntry]) -> None:
    """Tell the providers to choose from."""
    rows = [
        [
            entry.name,
            tin(entry.external_ids),
            "can be entered" if entry.reason is Reason.ACTIVE else entry.why,
            ", ".join(entry.segments) or "-",
            "-" if entry.last_used_at is None else day(entry.last_used_at)[5:],
        ]
        for entry in entries
    ]
    stage.tell.table("Provider", ["provider", "tax id", "now", "viewing for", "last used"], rows)
