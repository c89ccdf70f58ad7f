"""What people are called where the record has only their ids, and when something was, as pages show it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from tenantaccess.ids import PRINCIPAL, PrincipalId, TenantId, is_id
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.web.portal.visit import Visit

AT_ONCE: Final = 500
Names = Mapping[str, str]
"""Usernames by id."""


def names_of(visit: Visit, tenant: TenantId, ids: Iterable[object]) -> Names:
    """Return the usernames of whoever among *ids* is or was a member of *tenant*; one query for each 500."""
    asked = sorted({PrincipalId(str(one)) for one in ids if is_id(one, PRINCIPAL)})
    found: dict[str, str] = {}
    for start in range(0, len(asked), AT_ONCE):
        named = visit.access.directory.usernames(tenant, asked[start : start + AT_ONCE], by=visit.by)
        found.update({str(principal): username for principal, username in named.items()})
    return found


def actor_name(visit: Visit, actor: Actor, names: Names) -> str:
    """Return who acted: a member by username, else what they acted as."""
    match actor.kind:
        case ActorKind.MEMBER:
            return names.get(actor.id, visit.words.somebody_else)
        case ActorKind.OPERATOR:
            return visit.words.say("as_operator", name=actor.id)
        case ActorKind.SYSTEM:
            return visit.words.by_itself
        case _:
            return visit.words.by_newcomer


def moment(at: datetime | None) -> str:
    """Return *at* as pages show it; empty for none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
