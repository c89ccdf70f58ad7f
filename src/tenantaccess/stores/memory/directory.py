"""The roster in memory: all rows of the tenant, picked and put in order."""

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.directory import MemberSort, Place, Wanted, is_wanted, key_of
from tenantaccess.model.members import Row
from tenantaccess.ports.repositories import Listed
from tenantaccess.stores.memory.memberships import MemoryMemberships, Rows
from tenantaccess.stores.memory.tables import Tables


class MemoryDirectory:
    """Searching the roster."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.rows = Rows(tables)
        self.memberships = MemoryMemberships(tables)

    def search(
        self,
        tenant: TenantId,
        reader: PrincipalId | None,
        wanted: Wanted,
        sort: MemberSort,
        after: Place | None,
        limit: int,
        *,
        descending: bool = False,
    ) -> Listed | None:
        """Return the rows, in order."""
        with self.tables.lock:
            loaded = self.memberships.load(tenant, () if reader is None else (reader,))
            rows = [row for row in self.rows.present(tenant) if is_wanted(row, wanted)]
        if loaded is None:
            return None
        placed: list[tuple[Place, Row]] = [((key_of(row, sort), row.id), row) for row in rows]
        placed.sort(key=lambda one: _sortable(one[0]), reverse=descending)
        rest = [one for one in placed if after is None or _follows(one[0], after, descending=descending)]
        return Listed(loaded, rest[:limit])

    def count(self, tenant: TenantId, wanted: Wanted, most: int) -> int:
        """Count them."""
        return min(most, sum(is_wanted(row, wanted) for row in self.rows.present(tenant)))


def _sortable(place: Place) -> tuple[str, PrincipalId]:
    # Keys of one sort are all text or all moments, and ISO text of one width sorts as the moments do.
    key, principal = place
    return (key if isinstance(key, str) else key.isoformat(timespec="microseconds")), principal


def _follows(place: Place, after: Place, *, descending: bool) -> bool:
    one, other = _sortable(place), _sortable(after)
    return one < other if descending else one > other
