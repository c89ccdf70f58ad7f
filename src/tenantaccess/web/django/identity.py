"""Who asks: the principal behind a user of the project's, and the operator behind a request."""

from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.http import HttpRequest

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.actors import Operator
from tenantaccess.services.authentication import SignedIn
from tenantaccess.web.django.conf import Configured
from tenantaccess.web.django.store import DjangoStore
from tenantaccess.web.django.users import key_of
from tenantaccess.web.portal import Visitor

if TYPE_CHECKING:  # importing it wants the apps to be ready
    from django.contrib.auth.base_user import AbstractBaseUser

KEPT: Final = "_tenantaccess_principal"
"""Where a user that was looked up once says which principal it is: a user never becomes another one."""


def store_of(access: TenantAccess) -> DjangoStore:
    """Return the store of *access*; users are principals in a `DjangoStore` alone."""
    if not isinstance(access.store, DjangoStore):
        raise MisuseError("give a TenantAccess on a DjangoStore: users of the user model are principals there")
    return access.store


def is_somebody(user: Any) -> bool:  # noqa: ANN401  # a user, nobody, or what a middleware has put there
    """Tell whether *user* is signed in, and may be: a backend of the project's may let inactive ones in."""
    return bool(user is not None and user.is_authenticated and user.is_active)


def known(access: TenantAccess, user: "AbstractBaseUser") -> PrincipalId | None:
    """Return which principal *user* is; None if it is none yet. One query, once for each object."""
    found = signed_in(access, user)
    return None if found is None else found.principal


def signed_in(access: TenantAccess, user: "AbstractBaseUser") -> SignedIn | None:
    """Return the same, with what tells later whether a sign-in of now still stands."""
    from tenantaccess.web.django.models import Principal  # noqa: PLC0415  # importing it wants the apps to be ready

    kept = getattr(user, KEPT, None)
    if isinstance(kept, SignedIn):
        return kept
    store = store_of(access)
    key_of(user, connections[store.using])  # refuses what is no user, or one of a database that is not related
    rows = Principal.objects.using(store.using).filter(user_id=user.pk)
    found = rows.values_list("pk", "access_epoch").first()
    return None if found is None else _keep(user, SignedIn(PrincipalId(found[0]), found[1]))


def enrolled(access: TenantAccess, user: "AbstractBaseUser") -> PrincipalId:
    """
    Return which principal *user* is, who becomes one if it is none yet; nothing is granted with it.

    Raises:
        InvalidInputError: its username is not one that the library can compare.
        TakenError: its username differs from somebody's by nothing that counts.
    """
    return known(access, user) or store_of(access).principal_of(user)


def operator(here: Configured, request: HttpRequest) -> Operator | None:
    """Return as which operator *request* acts; None, unless the project says otherwise, if as none."""
    found = here.operator_of(request)
    if found is not None and not isinstance(found, Operator):
        raise MisuseError("OPERATOR_OF must return an Operator or None")
    if found is None and here.superusers_operate:
        user: Any = getattr(request, "user", None)
        if is_somebody(user) and getattr(user, "is_superuser", False):
            return Operator(f"superuser:{user.pk}")
    return found


def visitor(here: Configured, request: HttpRequest, principal: PrincipalId | None) -> Visitor:
    """Return who asks, as the pages are told."""
    user: Any = getattr(request, "user", None)
    if not is_somebody(user):
        return Visitor(operator=operator(here, request), source=source(request))
    return Visitor(principal, str(user.get_username()), operator(here, request), source(request))


def source(request: HttpRequest) -> str | None:
    """Return where *request* comes from, as the server says."""
    return request.META.get("REMOTE_ADDR") or None


def _keep(user: "AbstractBaseUser", found: SignedIn) -> SignedIn:
    setattr(user, KEPT, found)
    return found
