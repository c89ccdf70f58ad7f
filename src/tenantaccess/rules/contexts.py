"""What does entering a tenant open, which tenants may somebody choose from, and which one comes first?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tenantaccess.ids import SegmentKey, TenantId
from tenantaccess.model import names
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.contexts import Answers, Obstacle, OwnAccess, Session, TenantEntry
from tenantaccess.model.decisions import Presence, Question, Reason, Standing
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.moments import EARLIEST, FOREVER, ticks
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import Tenant
from tenantaccess.rules import decisions, links, members, privileges


def situation(found: Standing, segment: SegmentKey | None) -> Reason:
    """Tell whether viewing for *segment* is open to a row, or why not: what checks on segments come to."""
    if segment is None:
        return Reason.ALLOWED if found.segments is None else Reason.SEGMENT_REQUIRED
    held = segment in found.offered and (found.segments is None or segment in found.segments)
    return Reason.ALLOWED if held else Reason.SEGMENT_NOT_HELD


def answers(asked: Mapping[str, Mapping[str, Question]], codes: bytes, lacks_segment: bool) -> Answers:  # noqa: FBT001  # by place, as what remembers the answers hashes it
    """
    Return every answer for a row that nothing stands against, by the one decision (INV-02).

    Args:
        asked: All that can be asked, by resource and action.
        codes: What the row holds.
        lacks_segment: Whether it is limited to segments and none was chosen.
    """
    limited = frozenset[SegmentKey]() if lacks_segment else None
    entered = Standing(codes, ticks(EARLIEST), ticks(FOREVER), (), limited, frozenset())
    return Answers(
        {
            resource: {action: decisions.judge(one, entered, entered.opens, None) for action, one in actions.items()}
            for resource, actions in asked.items()
        }
    )


def is_alive(opened: Session | Presence, found: Presence) -> bool:
    """Tell whether a session or context was opened under the presence that is *found* now (INV-21)."""
    then = (opened.incarnation, opened.access_epoch, opened.principal_epoch)
    return then == (found.incarnation, found.access_epoch, found.principal_epoch)


def may_know(row: Row, now: datetime, policy: Policy) -> bool:
    """
    Tell whether the person of *row* may know that it is there: once let in, or while what they have proven waits.

    Whoever merely asked learns nothing: anybody can ask anywhere (MU-12, INV-11). Nor does whoever was turned down,
    or whose proof no longer holds, without ever having been let in.
    """
    if _was_let_in(row):
        return True
    is_waiting = members.condition(row, now, policy) is Reason.PENDING
    return is_waiting and row.membership.resting is not None and not members.is_stale(row, now, policy)


def is_known_link(row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether *row* is a link of which the person who joined may know."""
    return row.membership.origin is Origin.LINKED and may_know(row, now, policy)


def _was_let_in(row: Row) -> bool:
    return row.membership.approved_at is not None


def entry(tenant: Tenant, row: Row, now: datetime, policy: Policy) -> TenantEntry | None:
    """Return the line of one tenant; None for somebody who may not know of it."""
    reason = decisions.against(tenant, row, now, policy)
    if not may_know(row, now, policy):
        return None
    # What is proven, and what there is to choose from, is for those who were let in.
    reach = privileges.reach(row) if _was_let_in(row) else frozenset[SegmentKey]()
    return TenantEntry(
        tenant.id,
        tenant.name,
        reason,
        tenant.external_ids,
        tuple(sorted(tenant.segments if reach is None else tenant.segments & reach)),
        reach is not None,
        row.membership.last_active_at,
        obstacle(row, reason, now, policy),
    )


def obstacle(row: Row, reason: Reason, now: datetime, policy: Policy) -> Obstacle | None:
    """Return what the person of *row* may know of *reason*, which stands against it now; None if nothing does."""
    if reason is Reason.ACTIVE:
        return None
    facts = row.membership
    begins_at = facts.valid_from
    moments = {
        Reason.PENDING: facts.requested_at,
        Reason.REQUEST_EXPIRED: facts.requested_at,
        Reason.UNVERIFIED: facts.approved_at,
        Reason.DISABLED: None if facts.disabled is None else facts.disabled.at,
        Reason.REJECTED: None if facts.disabled is None else facts.disabled.at,
        Reason.ENDED: facts.valid_until,
        # What it rests on, or a clock set back, may be what it waits for.
        Reason.NOT_YET_VALID: begins_at if begins_at is not None and begins_at > now else None,
        Reason.LAPSED: members.lapses_at(row, policy),
    }
    mailed_to = row.principal.email if reason is Reason.UNVERIFIED else ""
    return Obstacle(reason, moments.get(reason), mailed_to, members.is_held_by_operator(facts, now))


def own(tenant: Tenant, row: Row, given_by: str, now: datetime, catalog: Catalog, policy: Policy) -> OwnAccess:
    """
    Return what somebody may know of their own row; *given_by* is who let them in (AM-16).

    Before that, nothing of what it would hold: what was proven goes on changing.
    """
    facts, base = row.membership, row.base
    let_in = row if _was_let_in(row) else Row(Membership(tenant.id, row.id, facts.origin), row.principal)
    levels, segments = links.effective(let_in, catalog)
    reason = decisions.against(tenant, row, now, policy)
    return OwnAccess(
        tenant=tenant.id,
        name=tenant.name,
        reason=reason,
        levels=levels,
        segments=segments,
        role=let_in.membership.role,
        since=facts.approved_at,
        given_by=given_by,
        rests_on="" if base is None else base.principal.username,
        ends_at=facts.valid_until,
        lapses_at=members.lapses_at(row, policy),
        obstacle=obstacle(row, reason, now, policy),
    )


def order(line: TenantEntry) -> tuple[str, TenantId]:
    """Return what lines are sorted by: the name as people would look for it, and the id where names are alike."""
    return names.search_key(line.name), line.id


def is_meant(line: TenantEntry, key: str) -> bool:
    """
    Tell whether *key* is how the name begins, one of its words, or an external id; an empty one always is.

    An external id is found however it is grouped: ``01-2345678`` and ``012345678`` are one.
    """
    if not key:
        return True
    name = names.search_key(line.name)
    if name.startswith(key) or any(word.startswith(key) for word in name.split()):
        return True
    joint = _ungrouped(key)
    return joint != "" and any(_ungrouped(value).startswith(joint) for value in line.external_ids.values())


def _ungrouped(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def first(lines: Sequence[TenantEntry]) -> TenantId | None:
    """Return where to begin: the last used if it is open, else the only one that is; never a random one (MU-11)."""
    used = [line for line in lines if line.last_used_at is not None]
    last = max(used, key=lambda line: (line.last_used_at, line.is_available, line.id), default=None)
    if last is not None and last.is_available:
        return last.id
    available = [line for line in lines if line.is_available]
    return available[0].id if len(available) == 1 else None
