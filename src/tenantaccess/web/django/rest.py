"""
For Django REST framework: a permission, a mixin for sets of views, and what errors are answered with.

``REST_FRAMEWORK = {"EXCEPTION_HANDLER": "tenantaccess.web.django.rest.exception_handler"}`` makes problem documents of
what the library refuses in a view.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
from django.http import Http404
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, OperationHolderMixin
from rest_framework.response import Response
from rest_framework.views import exception_handler as usual_handler

from tenantaccess.errors import AccessDeniedError, MisuseError, NotFoundError, OutageError, TenantAccessError
from tenantaccess.ids import TenantId
from tenantaccess.model.catalog import Catalog
from tenantaccess.web import answers
from tenantaccess.web.django.answering import ENDED
from tenantaccess.web.django.current import access_of
from tenantaccess.web.django.guards import TENANT_FIELD, InTenant
from tenantaccess.web.django.permissions import tenant_of
from tenantaccess.web.portal import NotEnteredError, SignInNeededError


@attrs.frozen
class HasAccess(OperationHolderMixin):  # type: ignore[misc]  # the package has no types
    """
    A permission: reading needs what opens a resource least, everything else what opens it most.

    ``permission_classes = [HasAccess("claims")]``; it is joined with others by ``&``, ``|`` and ``~``. Whoever is no
    member of the tenant, or asks for an object of another one, gets the answer that an absent one gets (404).
    ``OPTIONS`` reads.

    Args:
        resource: The declared resource.
        safe: The action that reading needs; by default the one with the lowest level.
        unsafe: The action that everything else needs; by default one with the highest level there is, and if the
            resource has none, nobody does it.
        actions: The action that each of the view's own needs, such as ``{"approve": "submit"}``.
    """

    resource: str
    safe: str = ""
    unsafe: str = ""
    actions: Mapping[str, str] = attrs.field(factory=dict)

    def __call__(self) -> "HasAccess":
        """Return itself, where the framework makes one of its class."""
        return self

    def has_permission(self, request: Any, view: Any) -> bool:  # noqa: ANN401  # the package has no types
        """Tell whether *request* may use *view*; 404 for whoever is no member, 401 or 403 for whoever is nobody."""
        if request.method == "OPTIONS":
            return True
        mine = access_of(request)
        action = self._action(mine.library.catalog, request, view)
        if not action:
            return False
        try:
            mine.require(self.resource, action)
        except SignInNeededError:
            raise NotAuthenticated from None
        except NotFoundError:
            raise Http404 from None
        except (AccessDeniedError, NotEnteredError):
            return False
        return True

    def has_object_permission(self, request: Any, view: Any, obj: object) -> bool:  # noqa: ANN401  # as above
        """Tell whether *obj* is the tenant's; 404 for another one's, as if it were not there."""
        field = getattr(view, "tenant_field", TENANT_FIELD)
        its = tenant_of(getattr(obj, field, None) or obj)
        if its is None or its != access_of(request).context.tenant:
            raise Http404
        return self.has_permission(request, view)

    def _action(self, catalog: Catalog, request: Any, view: Any) -> str:  # noqa: ANN401  # as above
        own = self.actions.get(getattr(view, "action", None) or "")
        if own:
            return own
        by_rank = sorted((level.rank, action) for action, level in catalog.resource(self.resource).actions.items())
        if request.method in SAFE_METHODS:
            return self.safe or by_rank[0][1]
        highest = [action for rank, action in by_rank if rank == catalog.ladder.highest.rank]
        return self.unsafe or next(iter(highest), "")


class InTenantViewSet(InTenant):
    """
    Keeps a set of views within the tenant of the request; stands before the framework's own.

    It lists and finds what is the tenant's, and whatever is made or changed is the tenant's, whatever was sent.
    """

    tenant_field: ClassVar[str] = TENANT_FIELD

    def perform_create(self, serializer: Any) -> None:  # noqa: ANN401  # as above
        """Make it in the tenant of the request."""
        serializer.save(**{self.tenant_field: self._here()})

    def perform_update(self, serializer: Any) -> None:  # noqa: ANN401  # as above
        """Leave it in the tenant of the request."""
        serializer.save(**{self.tenant_field: self._here()})

    def _here(self) -> TenantId:
        return access_of(self.request).context.tenant


def exception_handler(error: Exception, context: Any) -> Response | None:  # noqa: ANN401  # as above
    """Return a problem document for what the library refuses, and the framework's usual answer for all else."""
    match error:
        case SignInNeededError():
            answer = answers.SIGN_IN
        case NotEnteredError(tenant=tenant):
            answer = ENDED if tenant else answers.NOT_FOUND
        case MisuseError() | OutageError():  # to be seen by whoever looks after it: the middleware tells and logs
            return None
        case TenantAccessError():
            answer = answers.answer_to(error)
        case _:
            return usual_handler(error, context)
    return Response(answer.problem, status=answer.status, headers=dict(answer.headers), content_type=answers.PROBLEM)
