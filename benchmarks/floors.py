"""
The bare SQL that an answer cannot do without: one statement by hand, for the same facts, on the same connection.

Each is what somebody would write who knew these tables and had no library: it brings the membership, the username, the
levels of the role and those of the member's own, and leaves judging them to whoever reads; also who has lapsed by now.
"""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

Ask = Callable[[], object]

ROLE: Final = (
    "(SELECT {join}(l.resource || ' ' || l.level, ',') FROM {p}role_level l"
    " WHERE l.tenant_id = m.tenant_id AND l.role_key = m.role_key)"
)
OWN: Final = (
    "(SELECT {join}(o.resource || ' ' || o.level, ',') FROM {p}override o"
    " WHERE o.tenant_id = m.tenant_id AND o.principal_id = m.principal_id)"
)
ENTER: Final = (
    f"SELECT m.*, t.*, p.*, {ROLE}, {OWN} FROM {{p}}membership m"
    " JOIN {p}tenant t ON t.tenant_id = m.tenant_id JOIN {p}principal p ON p.principal_id = m.principal_id"
    " WHERE m.tenant_id = :tenant AND m.principal_id = :principal"
)
TENANTS: Final = (
    f"SELECT m.*, t.*, {ROLE}, {OWN} FROM {{p}}membership m JOIN {{p}}tenant t ON t.tenant_id = m.tenant_id"
    " WHERE m.principal_id = :principal AND m.gone_at IS NULL ORDER BY t.name"
)
PAGE: Final = (
    f"SELECT m.*, p.username, {ROLE}, {OWN} FROM"
    " (SELECT * FROM {p}membership WHERE tenant_id = :tenant AND gone_at IS NULL %s LIMIT 51) m"
    " JOIN {p}principal p ON p.principal_id = m.principal_id"
)
WHO: Final = (
    "SELECT m.principal_id FROM {p}membership m LEFT JOIN {p}override o ON o.tenant_id = m.tenant_id"
    " AND o.principal_id = m.principal_id AND o.resource = :resource"
    " WHERE m.tenant_id = :tenant AND m.gone_at IS NULL AND m.disabled_at IS NULL AND m.approved_at IS NOT NULL"
    " AND m.verified_at IS NOT NULL AND (o.level IN ('view', 'full') OR o.level IS NULL AND (m.role_key ="
    " 'account_manager' OR m.role_key IN (SELECT l.role_key FROM {p}role_level l WHERE l.tenant_id = :tenant"
    " AND l.resource = :resource AND l.level IN ('view', 'full')))) ORDER BY m.principal_id"
)
MANAGERS: Final = (
    "SELECT m.principal_id FROM {p}membership m WHERE m.tenant_id = :tenant AND m.role_key = 'account_manager'"
    " AND m.gone_at IS NULL AND m.disabled_at IS NULL"
    " UNION SELECT o.principal_id FROM {p}override o WHERE o.tenant_id = :tenant AND o.resource = 'manage_account'"
    " AND o.level IN ('view', 'full')"
)
IDLE: Final = (
    "SELECT m.tenant_id, m.principal_id FROM {p}membership m WHERE m.disabled_at IS NULL AND m.clock_at <= :since"
    " AND m.clock_at > :never"
)
EVENTS: Final = (
    "SELECT e.*, s.* FROM {p}event e LEFT JOIN {p}private_part s ON s.stream = e.stream AND s.number = e.number"
    " WHERE e.stream = :tenant ORDER BY e.number"
)


class Floors:
    """
    Makes what asks bare statements of one store's tables.

    Args:
        store: Whose connection is taken, anew for each question, as the library does.
    """

    def __init__(self, store: SQLAlchemyStore) -> None:
        self._engine = store.engine
        self._words = {
            "p": store.tables.tenant.name.removesuffix("tenant"),
            "join": "string_agg" if store.engine.dialect.name == "postgresql" else "group_concat",
        }

    def ask(self, statement: str, **given: object) -> Ask:
        """Return what asks *statement*, and fetches all there is."""
        text = sa.text(statement.format(**self._words))

        def ask() -> object:
            with self._engine.connect() as connection:
                return connection.execute(text, given).all()

        return ask

    def page(self, rest: str, **given: object) -> Ask:
        """Return what asks for a page of members: *rest* is what narrows and orders them."""
        return self.ask(PAGE % rest, **given)

    def update(self, **given: str) -> Ask:
        """Return what changes one column of one row, and commits."""
        text = sa.text(
            "UPDATE {p}membership SET phone = :phone WHERE tenant_id = :tenant AND principal_id = :principal".format(
                **self._words
            )
        )
        phones = iter(range(10**9))

        def ask() -> object:
            with self._engine.begin() as connection:
                return connection.execute(text, {**given, "phone": str(next(phones))})

        return ask
