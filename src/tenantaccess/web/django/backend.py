"""
The permission backend: answers ``user.has_perm`` and ``perms`` in templates, and signs nobody in.

Django asks no backend about an active superuser: ``has_perm`` is true for them in every tenant. `CurrentAccess` and
everything that guards views look at the membership alone.
"""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet

from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import configured
from tenantaccess.web.django.permissions import LABEL, all_held, asked, current_tenant, held, tenant_of

if TYPE_CHECKING:  # importing it wants the apps to be ready
    from django.http import HttpRequest


class SignsNobodyIn:
    """What every backend is asked, and one for permissions alone answers with nobody."""

    def authenticate(self, request: "HttpRequest | None", **credentials: object) -> None:
        """Return None: signing in is for others."""

    async def aauthenticate(self, request: "HttpRequest | None", **credentials: object) -> None:
        """Return None; without it, no backend could sign anybody in from asynchronous code."""


class AccessBackend(SignsNobodyIn):
    """
    Answers permissions of the app's label by what the user holds in a tenant.

    No class of Django's, and without ``get_user``: wherever it stands among the backends, it is never the one that a
    session remembers.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:  # noqa: ANN401  # as Django asks
        """
        Tell whether *user_obj* has *perm* in the tenant of *obj*, or of the request; never if it is inactive.

        Raises:
            UnknownNameError: an action that the catalog does not declare.
            StoreError: the store failed: never a silent no.
        """
        one = asked(perm, configured().access.catalog)
        return one is not None and held(user_obj, obj)(*one)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:  # noqa: ANN401  # as above
        """As `has_perm`; without it, asynchronous code would be told no."""
        return await sync_to_async(self.has_perm)(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:  # noqa: ANN401  # as above
        """Tell whether anything at all is open to *user_obj* in the tenant of the request."""
        return app_label == LABEL and bool(all_held(user_obj))

    async def ahas_module_perms(self, user_obj: Any, app_label: str) -> bool:  # noqa: ANN401  # as above
        """As `has_module_perms`."""
        return await sync_to_async(self.has_module_perms)(user_obj, app_label)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> AbstractSet[str]:  # noqa: ANN401  # as above
        """Return all that is open to *user_obj* in the tenant of *obj*, or of the request."""
        return all_held(user_obj, obj)

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> AbstractSet[str]:  # noqa: ANN401  # as above
        """As `get_all_permissions`."""
        return await sync_to_async(self.get_all_permissions)(user_obj, obj)

    def with_perm(
        self,
        perm: str,
        is_active: bool | None = True,  # noqa: FBT001, FBT002  # the framework's signature
        include_superusers: bool = True,  # noqa: FBT001, FBT002  # as above
        obj: Any = None,  # noqa: ANN401  # as above
    ) -> QuerySet[Any]:
        """
        Return the users who have *perm* in the tenant of *obj*, or of the request; agrees with `has_perm`.

        Args:
            perm: The permission, with the app's label.
            is_active: Whether only active users count, only inactive ones, or (None) all; no inactive user has it.
            include_superusers: Whether those count whom Django never asks about.
            obj: See `tenant_of`.
        """
        access, model = configured().access, get_user_model()
        users = model._default_manager.using(identity.store_of(access).using)  # noqa: SLF001  # documented for use by others
        one, tenant = asked(perm, access.catalog), current_tenant() if obj is None else tenant_of(obj)
        holders = [] if one is None or tenant is None else list(access.list_members_with(tenant, *one))
        wanted = Q(tenantaccess_principals__in=holders)
        if include_superusers and _has(model, "is_superuser"):
            wanted |= Q(is_superuser=True)
        if _has(model, "is_active"):
            # Whom the library lists may be inactive to the project, and has no permission then.
            wanted &= Q(is_active=True)
            if is_active is False:
                return users.none()
        return users.filter(wanted)


def _has(model: Any, name: str) -> bool:  # noqa: ANN401  # a user model
    try:
        model._meta.get_field(name)  # noqa: SLF001  # documented for use by others
    except FieldDoesNotExist:
        return False
    return True
