"""The outbox: claimed by state, so that two workers never hold one notice, and none is skipped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.notices import Audience, Notice, NoticeState
from tenantaccess.ports.records import NoticeRepository
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

NOTICE: Final = (
    "notice_id", "purpose", "audience", "principal_id", "tenant_id", "created_at", "incarnation", "access_epoch",
    "mails_token", "state",
)  # fmt: skip


class NoticeSql:
    """The statements about notices, built once."""

    def __init__(self, tables: Tables) -> None:
        notice = tables.notice
        is_queued = notice.c.state == NoticeState.QUEUED.value
        free = (is_queued, notice.c.claimed_until <= given_moment("now"))
        oldest = (
            sa.select(notice.c.notice_id)
            .where(*free)
            .order_by(notice.c.created_at, notice.c.notice_id)
            .limit(given_count("limit"))
            .with_for_update(skip_locked=True)
            .cte("oldest")
        )
        this = sa.update(notice).where(notice.c.notice_id == given("notice"), is_queued)
        self.add = sa.insert(notice)
        self.claim = (
            sa.update(notice)
            .where(notice.c.notice_id.in_(sa.select(oldest.c.notice_id)), *free)
            .values(claimed_until=given_moment("until"))
            .returning(*(notice.c[name] for name in NOTICE))
        )
        self.finish = this.values(state=given("to"))
        self.release = this.values(claimed_until=given_moment("until"))
        self.queued = sa.select(sa.func.count()).select_from(notice).where(is_queued)


def _notice_of(found: Values) -> Notice:
    id_, purpose, audience, principal, tenant, created_at, incarnation, access_epoch, mails_token, state = found
    return Notice(
        id=id_,
        purpose=purpose,
        audience=Audience(audience),
        principal=principal,
        tenant=tenant,
        created_at=created_at,
        incarnation=incarnation,
        access_epoch=access_epoch,
        mails_token=mails_token,
        state=NoticeState(state),
    )


class Notices(NoticeRepository):
    """Notices of one unit."""

    def __init__(self, sql: NoticeSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def add(self, notices: Sequence[Notice]) -> None:
        """See the port."""
        batch = [
            {
                "notice_id": notice.id,
                "purpose": notice.purpose,
                "audience": notice.audience.value,
                "principal_id": notice.principal,
                "tenant_id": notice.tenant,
                "created_at": notice.created_at,
                "incarnation": notice.incarnation,
                "access_epoch": notice.access_epoch,
                "mails_token": notice.mails_token,
                "state": notice.state.value,
                "claimed_until": EARLIEST,
            }
            for notice in notices
        ]
        self._wire.write_each("queueing notices", self._sql.add, batch)

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """See the port; a notice that this version cannot read stays queued for one that can."""
        found = self._wire.rows("claiming notices", self._sql.claim, now=now, until=until, limit=limit)
        claimed = []
        for raw in found:
            try:
                claimed.append(_notice_of(raw))
            except ValueError:
                continue
        return sorted(claimed, key=lambda notice: (notice.created_at, notice.id))

    def finish(self, notice: Notice, state: NoticeState) -> bool:
        """See the port."""
        return self._wire.write("finishing a notice", self._sql.finish, notice=notice.id, to=state.value) == 1

    def release(self, notice: Notice) -> None:
        """See the port."""
        self._wire.write("releasing a notice", self._sql.release, notice=notice.id, until=EARLIEST)

    def queued(self) -> int:
        """See the port."""
        return int(self._wire.rows("counting notices", self._sql.queued)[0][0])
