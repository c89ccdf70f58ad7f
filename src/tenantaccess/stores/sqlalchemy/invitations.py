"""Invitations: few statements, each by an index that its tenant leads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.privileges import Grant
from tenantaccess.ports.repositories import InvitationRepository
from tenantaccess.stores.sqlalchemy import rows, values
from tenantaccess.stores.sqlalchemy.reporting import left_out
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_any, given_count, given_moment
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

INVITATION: Final = (
    "invitation_id", "tenant_id", "email", "inviter_kind", "inviter_id", "inviter_link", "created_at", "sent_at",
    "expires_at", "role_key", "levels", "segments", "state", "first_name", "last_name", "sends",
)  # fmt: skip
_CREATED_AT: Final = INVITATION.index("created_at")


class InvitationSql:
    """The statements about invitations, built once."""

    def __init__(self, tables: Tables) -> None:
        one = tables.invitation
        all_of = sa.select(*(one.c[name] for name in INVITATION)).where(one.c.tenant_id == given("tenant"))
        is_open = one.c.state == InvitationState.OPEN.value
        opened = all_of.where(is_open)
        sent = sa.and_(one.c.inviter_kind == ActorKind.MEMBER.value, one.c.inviter_id.in_(given_any("senders")))
        addressed = sa.and_(one.c.email_key == given("email_key"), one.c.email_key != "")
        older = sa.or_(
            one.c.created_at < given_moment("at"),
            sa.and_(one.c.created_at == given_moment("at"), one.c.invitation_id < given("after")),
        )
        self.add = sa.insert(one)
        self.put = sa.update(one).where(one.c.tenant_id == given("tenant"), one.c.invitation_id == given("invitation"))
        self.find = all_of.where(one.c.invitation_id == given("invitation"))
        self.concerning = opened.where(sa.or_(sent, addressed)).order_by(one.c.invitation_id)
        self.open = (
            opened.where(one.c.invitation_id > given("after")).order_by(one.c.invitation_id).limit(given_count("limit"))
        )
        self.newest = all_of.order_by(one.c.created_at.desc(), one.c.invitation_id.desc()).limit(given_count("limit"))
        self.older = self.newest.where(older)
        self.count_open = (
            sa.select(sa.func.count())
            .select_from(one)
            .where(one.c.tenant_id == given("tenant"), is_open, one.c.expires_at > given_moment("at"))
        )


def invitation_of(found: Values) -> Invitation:
    """Return the invitation from the columns `INVITATION`; `rows.UNREADABLE` for a word this version cannot read."""
    (
        id_, tenant, email, kind, inviter, link, created_at, sent_at,
        expires_at, role, levels, segments, state, first_name, last_name, sends,
    ) = found  # fmt: skip
    return Invitation(
        id=id_,
        tenant=tenant,
        email=email,
        inviter=Actor(ActorKind(kind), inviter, link),
        created_at=created_at,
        sent_at=sent_at,
        expires_at=expires_at,
        grant=Grant(role, values.levels_of(levels), values.segments_of(segments)),
        state=InvitationState(state),
        first_name=first_name,
        last_name=last_name,
        sends=sends,
    )


def _values(invitation: Invitation) -> dict[str, Any]:
    grant, inviter = invitation.grant, invitation.inviter
    return {
        "email": invitation.email,
        "email_key": invitation.email_key,
        "first_name": invitation.first_name,
        "last_name": invitation.last_name,
        "role_key": grant.role,
        "levels": values.levels_text(grant.levels),
        "segments": values.words_text(grant.segments),
        "inviter_kind": inviter.kind.value,
        "inviter_id": inviter.id,
        "inviter_link": inviter.link,
        "created_at": invitation.created_at,
        "sent_at": invitation.sent_at,
        "expires_at": invitation.expires_at,
        "state": invitation.state.value,
        "sends": invitation.sends,
    }


def _readable(found: Sequence[Values]) -> list[Invitation]:
    """Return what this version can read; what it cannot, it cannot let anybody accept either."""
    answer = []
    for raw in found:
        try:
            answer.append(invitation_of(raw))
        except rows.UNREADABLE:
            left_out("an invitation", raw[1], raw[0])
    return answer


class Invitations(InvitationRepository):
    """Invitations of one unit."""

    def __init__(self, sql: InvitationSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def add(self, invitation: Invitation) -> None:
        """See the port."""
        key = {"tenant_id": invitation.tenant, "invitation_id": invitation.id}
        self._wire.write("adding an invitation", self._sql.add, **key, **_values(invitation))

    def put(self, invitation: Invitation) -> None:
        """See the port."""
        key = {"tenant": invitation.tenant, "invitation": invitation.id}
        self._wire.write("changing an invitation", self._sql.put, **key, **_values(invitation))

    def find(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """See the port."""
        found = self._wire.first("finding an invitation", self._sql.find, tenant=tenant, invitation=invitation)
        try:
            return None if found is None else invitation_of(found)
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading invitation `{invitation}` of tenant `{tenant}`") from error

    def concerning(self, tenant: TenantId, senders: Collection[PrincipalId], email_key: str) -> Sequence[Invitation]:
        """See the port."""
        return _readable(
            self._wire.rows(
                "finding invitations",
                self._sql.concerning,
                tenant=tenant,
                senders=list(senders),
                email_key=email_key,
            )
        )

    def open(self, tenant: TenantId, after: InvitationId | None, limit: int) -> Sequence[Invitation]:
        """See the port; unreadable ones are made up for, so that no list ends early."""
        listed: list[Invitation] = []
        last: str = after or ""
        while (missing := limit - len(listed)) > 0:
            found = self._wire.rows(
                "listing open invitations", self._sql.open, tenant=tenant, after=last, limit=missing
            )
            listed.extend(_readable(found))
            if len(found) < missing:
                break
            last = found[-1][0]
        return listed

    def page(self, tenant: TenantId, after: Invitation | None, limit: int) -> Sequence[Invitation]:
        """See the port; as above."""
        listed: list[Invitation] = []
        last = None if after is None else (after.created_at, after.id)
        while (missing := limit - len(listed)) > 0:
            statement, place = (
                (self._sql.newest, {})
                if last is None
                else (
                    self._sql.older,
                    {"at": last[0], "after": last[1]},
                )
            )
            found = self._wire.rows("listing invitations", statement, tenant=tenant, limit=missing, **place)
            listed.extend(_readable(found))
            if len(found) < missing:
                break
            last = found[-1][_CREATED_AT], found[-1][0]
        return listed

    def count_open(self, tenant: TenantId, at: datetime) -> int:
        """See the port."""
        return int(self._wire.rows("counting invitations", self._sql.count_open, tenant=tenant, at=at)[0][0])
