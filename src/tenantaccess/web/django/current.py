"""
Where a request is, and what whoever asks may do there: found out when it is first asked, and judged anew each time.

Which tenant a request is about is said by its address, by the project's ``TENANT_OF``, or else by what was entered
last in this session. Whatever says so, nothing falls back to another one (INV-14).
"""

from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error
from django.http import HttpRequest

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import AccessDeniedError, MisuseError, NotFoundError, RefusedError, UnknownNameError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.actors import Operator
from tenantaccess.model.contexts import AccessContext, Session
from tenantaccess.model.decisions import Reason
from tenantaccess.services.authentication import SignedIn
from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import NAME, configured
from tenantaccess.web.portal import Kept, NotEnteredError, SignInNeededError

KEPT: Final = "tenantaccess.kept"
"""What the session keeps for the portal, and for this."""
PRINCIPAL_KEPT: Final = "tenantaccess.principal"
"""Which principal the session's user is, and under which epoch."""
NAMED: Final = ("tenant", "tenant_id")
"""What a part of an address is called that names the tenant."""
NOWHERE: Final = TenantId("")


class CurrentAccess:
    """
    The access of one request; nothing is asked of anything until it is used.

    Args:
        request: Whose.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._entered: dict[tuple[TenantId, SignedIn], AccessContext] = {}

    @property
    def library(self) -> TenantAccess:
        """The library, as the settings have it."""
        return configured().access

    @property
    def operator(self) -> Operator | None:
        """As which operator the request acts; None, unless the project says otherwise."""
        return identity.operator(configured(), self._request)

    @property
    def principal(self) -> PrincipalId | None:
        """Who is signed in; None if nobody is, or a user of whom the library does not know yet."""
        found = self.signed_in
        return None if found is None else found.principal

    @property
    def signed_in(self) -> SignedIn | None:
        """
        The same, as it was at sign-in, or when it was first asked: a sign-in lives no longer than its epoch (INV-21).

        One query, once in a session; where users are known by something else, such as a token, once in a request.
        """
        user: Any = getattr(self._request, "user", None)
        if not identity.is_somebody(user):
            return None
        session: Any = getattr(self._request, "session", None)
        if session is None or session.get(SESSION_KEY) != str(user.pk):
            return identity.signed_in(self.library, user)
        match session.get(PRINCIPAL_KEPT):
            case [str(whose), str(kept), int(epoch)] if whose == str(user.pk) and is_id(kept, PRINCIPAL):
                return SignedIn(PrincipalId(kept), epoch)
        found = identity.signed_in(self.library, user)
        if found is not None:
            session[PRINCIPAL_KEPT] = [str(user.pk), found.principal, found.epoch]
        return found

    @property
    def tenant(self) -> TenantId | None:
        """
        Which tenant this request is about; None if nothing says so, as before the address has been looked at.

        Raises:
            NotFoundError: what names the tenant names none, or the address and the project name two.
        """
        match = self._request.resolver_match
        if match is None:
            return None
        addressed = next((match.kwargs[name] for name in NAMED if name in match.kwargs), None)
        told = configured().tenant_of(self._request)
        if told is not None and not is_id(told, TENANT):
            raise NotFoundError("tenant", "named by the project")
        if told is None and addressed is None:
            return self._kept().current
        if told is None or (is_id(addressed, TENANT) and addressed != told):
            return _addressed(addressed, told)
        return TenantId(told)

    @property
    def context(self) -> AccessContext:
        """
        The tenant of this request, entered by whoever asks; one query, once for each request.

        Raises:
            SignInNeededError: nobody is signed in, or the sign-in is one from before a suspension or a reset.
            NotEnteredError: nothing says which tenant, or this session's access to it has ended since it was entered.
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: something stands against the membership.
        """
        if not identity.is_somebody(getattr(self._request, "user", None)):
            raise SignInNeededError
        seen, tenant = self.signed_in, self.tenant
        if tenant is None:
            raise NotEnteredError(NOWHERE)
        if seen is None:
            raise NotFoundError("tenant", tenant)
        found = self._entered.get((tenant, seen))
        if found is None:
            found = self._entered[tenant, seen] = self._enter(tenant, seen)
        return found

    def allows(self, resource: str, action: str) -> bool:
        """
        Tell whether whoever asks may do *action* on *resource* here; no for whoever is not let in at all.

        Raises:
            UnknownNameError: an undeclared word.
            StoreError: the store failed: never a silent no.
        """
        self.library.catalog.needed(resource, action)
        try:
            return self.context.allows(resource, action)
        except (RefusedError, SignInNeededError, NotEnteredError):
            return False

    def require(self, resource: str, action: str) -> None:
        """
        Pass if `allows`, else raise; see `context`.

        Raises:
            AccessDeniedError: not allowed; carries the Decision.
            MisuseError: an undeclared word, which no request can mend.
        """
        try:
            self.library.catalog.needed(resource, action)
        except UnknownNameError as error:
            raise MisuseError(str(error)) from error
        self.context.require(resource, action)

    def is_of(self, user: object) -> bool:
        """Tell whether *user* is whoever asks."""
        mine: Any = getattr(self._request, "user", None)
        return identity.is_somebody(mine) and bool(mine == user)

    async def acontext(self) -> AccessContext:
        """As `context`, from asynchronous code; what is asked of it then asks no storage."""
        return await sync_to_async(lambda: self.context)()

    async def aallows(self, resource: str, action: str) -> bool:
        """As `allows`, from asynchronous code."""
        return await sync_to_async(self.allows)(resource, action)

    async def arequire(self, resource: str, action: str) -> None:
        """As `require`, from asynchronous code."""
        await sync_to_async(self.require)(resource, action)

    def _enter(self, tenant: TenantId, seen: SignedIn) -> AccessContext:
        session = self._kept().sessions.get(tenant)
        if session is None:
            return _anew(self.library, tenant, seen)
        return _resumed(self.library, session, seen.principal)

    def _kept(self) -> Kept:
        session: Any = getattr(self._request, "session", None)
        return Kept.loaded(None if session is None else session.get(KEPT), self.principal)


def _addressed(addressed: object, told: str | None) -> TenantId:
    """Return the tenant that the address names alone; what the project says otherwise is no way into another one."""
    if told is not None or not is_id(addressed, TENANT):
        raise NotFoundError("tenant", str(addressed)[:40])
    return TenantId(str(addressed))


def _anew(access: TenantAccess, tenant: TenantId, seen: SignedIn) -> AccessContext:
    """Return the context of a tenant that an address names; a sign-in that has ended enters nowhere."""
    try:
        return access.contexts.enter(tenant, seen.principal, epoch=seen.epoch)
    except AccessDeniedError as error:
        if error.decision.reasons[0] is Reason.SESSION_ENDED:
            raise SignInNeededError from None
        raise


def _resumed(access: TenantAccess, session: Session, principal: PrincipalId) -> AccessContext:
    """Return the context of what this session has entered; what died meanwhile stays dead until it is chosen anew."""
    try:
        return access.contexts.resume(session, principal)
    except UnknownNameError:
        raise NotEnteredError(session.tenant) from None
    except AccessDeniedError as error:
        if error.decision.reasons[0] in {Reason.SESSION_ENDED, Reason.SEGMENT_NOT_HELD}:
            raise NotEnteredError(session.tenant) from None
        raise


_current: Final[ContextVar[CurrentAccess | None]] = ContextVar("tenantaccess.current", default=None)


def begin(request: HttpRequest, user: Any = None, **_: object) -> None:  # noqa: ANN401  # of the host's user model
    """
    Forget what the session before this sign-in knew: it may be the same one, for Django, and is another one here.

    Under which epoch it begins is noted at once: a session that asks nothing for long must not outlive it (INV-21).
    """
    session: Any = getattr(request, "session", None)
    if session is None:
        return
    for name in (PRINCIPAL_KEPT, KEPT):
        session.pop(name, None)
    if user is None or not hasattr(settings, NAME):
        return
    with suppress(Error, MisuseError):  # whoever cannot be found out signs in all the same
        found = identity.signed_in(configured().access, user)
        if found is not None:
            session[PRINCIPAL_KEPT] = [str(user.pk), found.principal, found.epoch]


def current_access() -> CurrentAccess | None:
    """Return the access of the request that is being answered; None outside of one."""
    return _current.get()


def access_of(request: HttpRequest) -> CurrentAccess:
    """
    Return the access of *request*.

    Raises:
        MisuseError: the middleware has not seen it.
    """
    found = getattr(request, "access", None)
    if not isinstance(found, CurrentAccess):
        raise MisuseError("put `tenantaccess.web.django.middleware.AccessMiddleware` into MIDDLEWARE")
    return found
