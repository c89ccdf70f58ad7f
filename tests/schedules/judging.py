"""What must be so after every schedule, and what may not tell one order from another."""

from collections.abc import Sequence
from typing import Any

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import TenantAccessError
from tenantaccess.model.audit import Event, PrivatePart
from tenantaccess.model.tenants import Head
from tenantaccess.model.tokens import Token
from tenantaccess.testing.schedules import SimulatedStore


def dump(store: SimulatedStore) -> dict[str, Any]:
    """All that is committed, but for what is drawn anew at every try: salts, secrets and what hangs on them."""
    tables = {
        name: {(group, key): plain(row) for group, rows in groups.items() for key, row in rows.items()}
        for name, groups in store._shared.database.tables.items()
    }
    tokens = tables.get("tokens", {})
    alive = {(purpose, slot): tokens["", digest] for (purpose, slot), digest in tables.pop("alive_tokens", {}).items()}
    return {**tables, "tokens": sorted(tokens.values(), key=repr), "alive": alive}


def plain(row: Any) -> Any:
    match row:
        case Head():
            return row.version, row.at
        case Event():
            return attrs.evolve(row, digest="", previous="", private_digest="", command="")
        case PrivatePart():
            return {name: value for name, value in row.content.items() if name != "command"}
        case Token():
            return attrs.evolve(row, digest="")
        case _:
            return row


def told(outcomes: Sequence[Any]) -> list[Any]:
    """What each was answered, in words."""
    return [
        f"{type(one).__name__}: {one} {getattr(one, 'decision', '')}" if isinstance(one, TenantAccessError) else one
        for one in outcomes
    ]


def require_record(access: TenantAccess, store: SimulatedStore, before: SimulatedStore) -> None:
    """Every stream that moved is numbered without a gap, chained, and as long as its version says (INV-37)."""
    heads = store._shared.database.tables["heads"][""]
    events = store._shared.database.tables["events"]
    old = before._shared.database.tables["heads"][""]
    for stream, head in heads.items():
        if head is old.get(stream):
            continue
        assert sorted(events.get(stream, {})) == list(range(1, head.version + 1)), stream
        assert access.audit.verify(stream).holds, stream
