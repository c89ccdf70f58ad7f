"""Guards for views: a decorator, a mixin for classes, and lists of what belongs to the tenant alone."""

import functools
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenantaccess.errors import MisuseError
from tenantaccess.web.django.current import access_of
from tenantaccess.web.portal import SignInNeededError

V = TypeVar("V", bound=Callable[..., Any])
M = TypeVar("M", bound=Model)
TENANT_FIELD = "tenant_id"


def requires(resource: str, action: str) -> Callable[[V], V]:
    """
    Return a decorator that lets in whoever may do *action* on *resource* in the tenant of the request.

    For views that are functions, asynchronous ones included. Whoever is not signed in is asked to; whoever is no member
    gets the answer that an absent tenant gets (404); whoever may not is told so (403).

    Raises:
        MisuseError: when a request comes: an undeclared word, or the middleware is missing.
    """

    def guarded(view: V) -> V:
        @functools.wraps(view)
        def now(request: HttpRequest, *args: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the view takes
            access_of(request).require(resource, action)
            return view(request, *args, **named)

        @functools.wraps(view)
        async def later(request: HttpRequest, *args: Any, **named: Any) -> Any:  # noqa: ANN401  # as above
            await access_of(request).arequire(resource, action)
            return await view(request, *args, **named)

        return cast("V", later if iscoroutinefunction(view) else now)

    return guarded


class RequiresAccess:
    """
    Lets a class of views in whoever may do one thing in the tenant of the request; stands before Django's own.

    ``OPTIONS`` is answered to anybody: it tells no more than which methods there are.
    """

    access_resource: ClassVar[str] = ""
    access_action: ClassVar[str] = ""
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the view takes
        """Let the request through, or raise; see `requires`."""
        if not self.access_resource or not self.access_action:
            raise MisuseError(f"say the `access_resource` and the `access_action` of {type(self).__name__}")
        go_on: Callable[..., HttpResponseBase] = super().dispatch  # type: ignore[misc]  # of the view it is mixed into
        if request.method == "OPTIONS":
            return go_on(request, *args, **named)
        if getattr(self, "view_is_async", False):
            return self._later(go_on, request, args, named)
        access_of(request).require(self.access_resource, self.access_action)
        return go_on(request, *args, **named)

    async def _later(self, go_on: Any, request: HttpRequest, args: Any, named: Any) -> Any:  # noqa: ANN401  # as above
        await access_of(request).arequire(self.access_resource, self.access_action)
        return await go_on(request, *args, **named)


class InTenant:
    """Shows of a model what belongs to the tenant of the request, and nothing else; for views with a queryset."""

    tenant_field: ClassVar[str] = TENANT_FIELD
    request: Any

    def get_queryset(self) -> Any:  # noqa: ANN401  # of the model of the view it is mixed into
        """Return what is the tenant's; what is another one's is not there."""
        return in_tenant(super().get_queryset(), self.request, self.tenant_field)  # type: ignore[misc]  # as above


def in_tenant(rows: QuerySet[M], request: HttpRequest, field: str = TENANT_FIELD) -> QuerySet[M]:
    """
    Return those of *rows* that belong to the tenant of *request*, once whoever asks has been let in there.

    Raises:
        TenantAccessError: see `CurrentAccess.context`.
    """
    return rows.filter(**{field: access_of(request).context.tenant})


def in_reach(
    rows: QuerySet[M], request: HttpRequest, resource: str, action: str, field: str = TENANT_FIELD
) -> QuerySet[M]:
    """
    Return those of *rows* that belong to any tenant in which whoever asks may do *action* on *resource*.

    For lists across tenants, such as a billing service's; nobody's where nobody is signed in. Agrees with `check`.

    Raises:
        SignInNeededError: the sign-in is one from before a suspension or a reset.
    """
    mine = access_of(request)
    seen = mine.signed_in
    if seen is None:
        return rows.none()
    if not mine.library.authenticate.is_alive(seen):
        raise SignInNeededError
    return rows.filter(**{f"{field}__in": mine.library.list_tenants_with(seen.principal, resource, action)})
