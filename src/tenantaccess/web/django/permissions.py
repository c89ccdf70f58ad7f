"""
What somebody may do in a tenant, as Django's permissions: ``user.has_perm("tenantaccess.submit_claims")``.

The tenant is that of ``obj``, or else of the request that is being answered; without either nothing is open.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.levels import unknown
from tenantaccess.model.tenants import Tenant
from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import configured
from tenantaccess.web.django.current import CurrentAccess, current_access

LABEL: Final = "tenantaccess"
OF_MODELS: Final = ("add", "change", "delete", "view")
"""The permissions that Django makes for each model of an app, this one's included."""

Asked = tuple[str, str]
"""A resource and an action."""
Held = Callable[[str, str], bool]
"""Answers whether an action on a resource is open."""


def codename(resource: str, action: str) -> str:
    """Return what the permission to do *action* on *resource* is called, below the app's label."""
    return f"{action}_{resource}"


def codenames(catalog: Catalog) -> Mapping[str, Asked]:
    """Return what each permission of *catalog* stands for."""
    return {
        codename(resource.key, action): (resource.key, action)
        for resource in catalog.resources
        for action in resource.actions
    }


def model_codenames() -> frozenset[str]:
    """Return the permissions that Django makes for the app's own models."""
    from django.apps import apps  # noqa: PLC0415  # asked once the apps are ready

    models = apps.get_app_config(LABEL).get_models()
    return frozenset(f"{verb}_{model._meta.model_name}" for model in models for verb in OF_MODELS)  # noqa: SLF001  # documented for use by others


def asked(permission: str, catalog: Catalog) -> Asked | None:
    """
    Return what *permission* asks for; None if it is another app's, or about the tables of this one.

    Raises:
        UnknownNameError: the catalog declares no such action: never a quiet no.
    """
    label, _, name = permission.partition(".")
    if label != LABEL:
        return None
    declared = codenames(catalog)
    found = declared.get(name)
    if found is None and name not in model_codenames():
        raise unknown("permission", name, declared)
    return found


def tenant_of(thing: object) -> TenantId | None:
    """
    Return the tenant that *thing* is, or belongs to; None if it is no tenant's.

    Args:
        thing: An id, a context, a tenant, or whatever has a ``tenant_id``.
    """
    match thing:
        case str():
            found: object = thing
        case AccessContext():
            found = thing.tenant
        case Tenant():
            found = thing.id
        case _:
            found = getattr(thing, "tenant_id", None)
    return TenantId(str(found)) if is_id(found, TENANT) else None


def held(user: Any, obj: Any = None) -> Held:  # noqa: ANN401  # as Django passes them on
    """
    Return what answers whether *user* may do something, in the tenant of *obj* or of the request.

    For whoever asks, in the tenant of the request, that is the request's own context, which asks no storage; for
    anybody else each question is one query. Nothing of it counts as their activity but what the request does itself.
    """
    if not identity.is_somebody(user):
        return _no
    current = current_access()
    here = None if current is None else _tenant(current)
    tenant = here if obj is None else tenant_of(obj)
    if tenant is None:
        return _no
    if current is not None and tenant == here and current.is_of(user):
        return current.allows
    access = configured().access
    seen = current.signed_in if current is not None and current.is_of(user) else identity.signed_in(access, user)
    # Of whoever asks, the session may be one from before a suspension or a reset.
    if seen is None or not access.authenticate.is_alive(seen):
        return _no
    return lambda resource, action: bool(access.check(tenant, seen.principal, resource, action))


def all_held(user: Any, obj: Any = None) -> set[str]:  # noqa: ANN401  # as above
    """Return all permissions that are open to *user*, with the app's label."""
    allows = held(user, obj)
    declared = codenames(configured().access.catalog)
    return {f"{LABEL}.{name}" for name, one in declared.items() if allows(*one)}


def current_tenant() -> TenantId | None:
    """Return the tenant of the request that is being answered; None outside of one, or where it is about none."""
    current = current_access()
    return None if current is None else _tenant(current)


def _tenant(current: CurrentAccess) -> TenantId | None:
    try:
        return current.tenant
    except NotFoundError:
        return None


def _no(_resource: str, _action: str) -> bool:
    return False
