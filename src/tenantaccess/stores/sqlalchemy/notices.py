"""The outbox: claimed by state, so that two workers never hold one notice, and none is skipped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.notices import Audience, Notice, NoticeState
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.records import NoticeRepository
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

NOTICE: Final = (
    "notice_id", "purpose", "audience", "principal_id", "tenant_id", "created_at", "incarnation", "access_epoch",
    "token_purpose", "recipient_id", "invitation_id", "by_id", "event", "state",
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
            .order_by(notice.c.created_at, notice.c.place)
            .limit(given_count("limit"))
            .with_for_update(skip_locked=True)
            .cte("oldest")
        )
        this = sa.update(notice).where(notice.c.notice_id == given("notice"), is_queued)
        # Only notices of one moment need it: what is queued then comes after all that is queued already.
        last = sa.select(sa.func.coalesce(sa.func.max(notice.c.place), 0)).where(
            is_queued, notice.c.created_at == given_moment("moment")
        )
        self.add = sa.insert(notice).values(place=last.scalar_subquery() + 1)
        self.claim = (
            sa.update(notice)
            .where(notice.c.notice_id.in_(sa.select(oldest.c.notice_id)), *free)
            .values(claimed_until=given_moment("until"))
            .returning(notice.c.place, *(notice.c[name] for name in NOTICE))
        )
        self.finish = this.values(state=given("to"))
        self.release = this.values(claimed_until=given_moment("until"))
        self.queued = sa.select(sa.func.count()).select_from(notice).where(is_queued)


def _notice_of(found: Values) -> Notice:
    (
        id_, purpose, audience, principal, tenant, created_at, incarnation, access_epoch,
        token, recipient, invitation, by, event, state,
    ) = found  # fmt: skip
    return Notice(
        id=id_,
        purpose=purpose,
        audience=Audience(audience),
        principal=principal,
        tenant=tenant,
        created_at=created_at,
        incarnation=incarnation,
        access_epoch=access_epoch,
        token=None if token is None else TokenPurpose(token),
        recipient=recipient,
        invitation=invitation,
        by=by,
        event=event,
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
                "moment": notice.created_at,
                "incarnation": notice.incarnation,
                "access_epoch": notice.access_epoch,
                "token_purpose": None if notice.token is None else notice.token.value,
                "recipient_id": notice.recipient,
                "invitation_id": notice.invitation,
                "by_id": notice.by,
                "event": notice.event,
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
        for place, *raw in found:
            try:
                claimed.append((place, _notice_of(raw)))
            except ValueError:
                left_out("a notice", raw[0])
        return [notice for _, notice in sorted(claimed, key=lambda one: (one[1].created_at, one[0]))]

    def finish(self, notice: Notice, state: NoticeState) -> bool:
        """See the port."""
        return self._wire.write("finishing a notice", self._sql.finish, notice=notice.id, to=state.value) == 1

    def release(self, notice: Notice) -> None:
        """See the port."""
        self._wire.write("releasing a notice", self._sql.release, notice=notice.id, until=EARLIEST)

    def queued(self) -> int:
        """See the port."""
        return int(self._wire.rows("counting notices", self._sql.queued)[0][0])
