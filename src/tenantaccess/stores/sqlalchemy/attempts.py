"""Attempts by key: counted by one conditional write, so that no two share the last one."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from tenantaccess.model.attempts import Attempt
from tenantaccess.ports.records import AttemptRepository
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.wire import Wire


class AttemptSql:
    """The statements about attempts, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        attempt = tables.attempt
        is_over = sa.or_(attempt.c.began_at <= given_moment("over"), attempt.c.count == 0)
        taking = upsert(
            dialect,
            attempt,
            lambda old, new: {
                "began_at": sa.case((is_over, new.began_at), else_=old.began_at),
                "count": sa.case((is_over, 1), else_=old.count + 1),
            },
            where=sa.or_(is_over, attempt.c.count < given_count("limit")),
        )
        self.take = taking.returning(attempt.c.began_at)
        this = attempt.c.key == given("of_key")
        self.began = sa.select(attempt.c.began_at).where(this)
        self.give_back = (
            sa.update(attempt)
            .where(this, attempt.c.began_at == given_moment("of_period"), attempt.c.count > 0)
            .values(count=attempt.c.count - 1)
        )
        self.clear = sa.delete(attempt).where(this)
        is_old = attempt.c.began_at <= given_moment("until")
        oldest = sa.select(attempt.c.key).where(is_old).order_by(attempt.c.began_at).limit(given_count("limit"))
        self.forget = sa.delete(attempt).where(attempt.c.key.in_(oldest.scalar_subquery()), is_old)


class Attempts(AttemptRepository):
    """Attempts of one unit."""

    def __init__(self, sql: AttemptSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def take(self, key: str, limit: int, period: timedelta, at: datetime) -> Attempt:
        """See the port; where the write finds no room, the period is read after it."""
        given = {"key": key, "began_at": at, "count": 1}
        counted = self._wire.first("counting an attempt", self._sql.take, over=at - period, limit=limit, **given)
        if counted is not None:
            return Attempt(key, counted[0], is_counted=True)
        full = self._wire.first("looking at attempts", self._sql.began, of_key=key)
        return Attempt(key, at if full is None else full[0], is_counted=False)

    def give_back(self, attempt: Attempt) -> None:
        """See the port."""
        if attempt.is_counted:
            named = {"of_key": attempt.key, "of_period": attempt.began_at}
            self._wire.write("giving an attempt back", self._sql.give_back, **named)

    def clear(self, key: str) -> None:
        """See the port."""
        self._wire.write("clearing attempts", self._sql.clear, of_key=key)

    def forget(self, until: datetime, limit: int) -> int:
        """See the port."""
        return self._wire.write("forgetting attempts", self._sql.forget, until=until, limit=limit)
