"""A context that acts: in its own tenant alone, and only while what it was entered under still stands."""

from tenantaccess.errors import AccessDeniedError, MisuseError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import ActorKind, By, actor_of
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.members import Row
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import contexts, decisions


def context_of(by: By | None) -> AccessContext | None:
    """Return the context that acts; None if a principal, an operator, the system or nobody does."""
    return by if isinstance(by, AccessContext) else None


def require_here(context: AccessContext | None, tenant: TenantId) -> None:
    """
    Refuse a context of another tenant: what one tab shows is never done in another one's tenant (A13).

    Raises:
        MisuseError: whatever the data; nothing is read for it.
    """
    if context is not None and context.tenant != tenant:
        raise MisuseError("a context acts in its own tenant: enter the other one, or name the principal")


def require_alive(context: AccessContext | None, row: Row | None, about: str) -> None:
    """
    Refuse a context whose presence is no longer the one that was entered (INV-21).

    Raises:
        NotFoundError: no member any more.
        AccessDeniedError: access has ended in between, whether or not it was given back.
    """
    if context is None:
        return
    if row is None or row.membership.gone_at is not None:
        raise NotFoundError("tenant", context.tenant)
    if not contexts.is_alive(context.presence, decisions.presence(row)):
        raise AccessDeniedError(denied(Reason.SESSION_ENDED, about=about))


def require_alive_elsewhere(context: AccessContext | None, unit: Unit, about: str) -> None:
    """As `require_alive`, for what belongs to no tenant or to several: the context's own row is looked up."""
    if context is not None:
        loaded = unit.memberships.load(context.tenant, (context.principal,))
        require_alive(context, None if loaded is None else loaded.rows.get(context.principal), about)


def person_of(by: By, unit: Unit, about: str) -> Principal:
    """
    Return the principal that *by* stands for.

    Raises:
        AccessDeniedError: no principal, or a context that has ended.
        NotFoundError: nobody, or nobody any more.
    """
    actor = actor_of(by)
    if actor.kind is not ActorKind.MEMBER:
        raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=about))
    require_alive_elsewhere(context_of(by), unit, about)
    found = unit.principals.find(PrincipalId(actor.id))
    if found is None or found[0].kind is Kind.ERASED:
        raise NotFoundError("principal", actor.id)
    return found[0]
