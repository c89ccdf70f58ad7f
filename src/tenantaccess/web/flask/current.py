"""Who is let in where, in this request: judged once for each, from what the store says now."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from flask import current_app, has_request_context, request, session
from werkzeug.local import LocalProxy

from tenantaccess.errors import AccessDeniedError, NotFoundError, RefusedError, UnknownNameError
from tenantaccess.ids import TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.decisions import Reason
from tenantaccess.services.authentication import SignedIn
from tenantaccess.web.flask.installed import installed
from tenantaccess.web.portal import Kept, NotEnteredError, SignInNeededError, Visitor

if TYPE_CHECKING:

    class MaybeContext(AccessContext):
        """What `current_access` is to whoever reads types: a context, or falsy."""

        def __bool__(self) -> bool: ...


KEPT: Final = "tenantaccess.kept"
"""Where a session keeps what the portal and the host's views share: which tenants were entered."""
ARGUMENTS: Final = ("tenant_id", "tenant")
"""Names of a view's argument that say which tenant it is about."""
_JUDGED: Final = "tenantaccess.judged"
"""Where a request keeps what was judged for it: its environment, for an application's context may outlive it."""


class TenantNeededError(Exception):
    """No tenant was entered in this session, and the request names none."""


REFUSED: Final = (RefusedError, UnknownNameError, SignInNeededError, NotEnteredError, TenantNeededError)
"""What becomes of somebody who is not let in; an outage is none of these."""


@attrs.define
class _Judged:
    """What this request has found out, refusals too."""

    outcomes: dict[tuple[TenantId, PrincipalId], AccessContext | Exception] = attrs.field(factory=dict)


def visitor() -> Visitor:
    """Return who is signed in, as the session says; the store is not asked."""
    return installed().identity.load()


def stands(seen: Visitor) -> bool:
    """Tell whether the sign-in of *seen* still stands; one query where the host's own sign-in does not answer."""
    here = installed()
    epoch = here.identity.epoch()
    if seen.principal is None or epoch is None:
        return True
    return here.access.authenticate.is_alive(SignedIn(seen.principal, epoch))


def named_in_address() -> str | None:
    """Return what the address calls the tenant that it is about; None if it names none."""
    arguments = request.view_args or {}
    return next((str(arguments[name]) for name in ARGUMENTS if name in arguments), None)


def named_tenant() -> TenantId | None:
    """
    Return which tenant this request is about: as its address says, else the host, else the one entered last.

    It is a name and nothing more: whoever it is handed to judges.

    Raises:
        NotFoundError: the address names something that is no tenant, and the host knows nothing better.
    """
    named = named_in_address()
    if is_id(named, TENANT):
        return TenantId(str(named))
    told = installed().tenant_of(request)
    if told is not None:
        return told
    if named is not None:
        raise NotFoundError("tenant", named[:40])
    return kept_of(visitor()).current


def kept_of(seen: Visitor) -> Kept:
    """Return what the session keeps for *seen*."""
    return Kept.loaded(session.get(KEPT), seen.principal)


def require_context() -> AccessContext:
    """
    Return the context of whoever is signed in, in the tenant that this request is about; one query a request.

    Raises:
        SignInNeededError: nobody is signed in, or the sign-in is one from before a suspension or a reset.
        TenantNeededError: nothing says which tenant.
        NotFoundError: no member of it, or no such tenant: alike.
        NotEnteredError: what this session entered is no longer the same presence: it has to be entered anew.
        AccessDeniedError: something stands against the membership.
    """
    seen = visitor()
    if seen.principal is None:
        raise SignInNeededError
    tenant = named_tenant()
    if tenant is None:
        raise TenantNeededError
    known, here = _judged().outcomes, (tenant, seen.principal)
    if here not in known:
        try:
            known[here] = _entered(tenant, seen.principal, kept_of(seen))
        except REFUSED as refusal:
            known[here] = refusal
    found = known[here]
    if isinstance(found, Exception):
        raise found
    return found


def enter_tenant(tenant: TenantId, segment: str | None = None) -> AccessContext:
    """
    Enter *tenant* for this session, viewing for *segment*; for hosts whose pages switch tenants themselves, by POST.

    The session gets a new identifier where it has one (INV-29). Raises as `Contexts.enter`, and `SignInNeededError`.
    """
    seen = visitor()
    if seen.principal is None:
        raise SignInNeededError
    context = _entered_anew(tenant, seen.principal, segment)
    kept = kept_of(seen)
    kept.entered(context)
    session[KEPT] = kept.stored
    renew()
    _judged().outcomes[tenant, seen.principal] = context
    return context


def renew() -> None:
    """Give the session a new identifier, where sessions have one (Flask-Session's); cookies hold all there is."""
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if regenerate is not None:
        regenerate(session)


def _entered(tenant: TenantId, principal: PrincipalId, kept: Kept) -> AccessContext:
    opened = kept.sessions.get(tenant)
    if opened is None:
        return _entered_anew(tenant, principal, None)
    try:
        return installed().access.contexts.resume(opened, principal)
    except AccessDeniedError as error:
        if _has_ended(error):
            raise NotEnteredError(tenant) from None
        raise


def _entered_anew(tenant: TenantId, principal: PrincipalId, segment: str | None) -> AccessContext:
    here = installed()
    try:
        return here.access.contexts.enter(tenant, principal, segment, epoch=here.identity.epoch())
    except AccessDeniedError as error:
        if _has_ended(error):
            raise SignInNeededError from None
        raise


def _has_ended(error: AccessDeniedError) -> bool:
    return error.decision.reasons[0] is Reason.SESSION_ENDED


def _judged() -> _Judged:
    found = request.environ.get(_JUDGED)
    if not isinstance(found, _Judged):
        found = request.environ[_JUDGED] = _Judged()
    return found


def entered() -> AccessContext | None:
    """Return `require_context`; None where that refuses, and outside of requests."""
    if not has_request_context():
        return None
    with suppress(*REFUSED):
        return require_context()
    return None


def _tenant() -> TenantId | None:
    context = entered()
    return None if context is None else context.tenant


current_access: "MaybeContext" = cast("Any", LocalProxy(entered))
"""The `AccessContext` of whoever is signed in, in the tenant that this request is about; falsy where there is none."""
current_tenant: TenantId = cast("Any", LocalProxy(_tenant))
"""The id of the tenant that this request is about, once it has let in whoever is signed in; falsy otherwise."""
