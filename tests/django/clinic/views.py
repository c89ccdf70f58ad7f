"""Views of a host, of each kind that guards are made for."""

import asyncio
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.generic import DetailView, ListView, View
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet
from tests.django.clinic.models import Claim

from tenantaccess.errors import StoreError
from tenantaccess.model.actors import Operator
from tenantaccess.services.members import Disable
from tenantaccess.web.django import InTenant, RequiresAccess, access_of, current_access, in_reach, requires
from tenantaccess.web.django.rest import HasAccess, InTenantViewSet


def operator_of(request: HttpRequest) -> Operator | None:
    return Operator("payer") if request.headers.get("X-Payer") == "yes" else None


@requires("claims", "view")
def claims(request: HttpRequest, **_: str) -> HttpResponse:
    context = access_of(request).context
    return HttpResponse(f"{context.tenant} {context.allows('claims', 'submit')}")


@requires("claimz", "view")
def misspelt(_: HttpRequest, **__: str) -> HttpResponse:
    raise AssertionError


@requires("claims", "view")
async def later(request: HttpRequest, **_: str) -> JsonResponse:
    """Wait while others come in between, and tell again where this is."""
    before = (await access_of(request).acontext()).tenant
    seen = [before]
    for _turn in range(5):
        await asyncio.sleep(0.002)
        current = current_access()
        assert current is not None
        seen.append((await current.acontext()).tenant)
    return JsonResponse({"seen": seen, "may": await access_of(request).aallows("claims", "submit")})


def told(request: HttpRequest, **_: str) -> HttpResponse:
    return render(request, "clinic/told.html")


def asks_nothing(request: HttpRequest, **_: str) -> HttpResponse:
    assert current_access() is access_of(request)
    return HttpResponse("nothing asked")


def broken(_: HttpRequest, **__: str) -> HttpResponse:
    raise StoreError("looking something up")


def disabling(request: HttpRequest, tenant: str, member: str) -> HttpResponse:  # noqa: ARG001  # the context knows
    mine = access_of(request)
    mine.library.execute(Disable(mine.context.tenant, member), by=mine.context)  # type: ignore[arg-type]  # as sent
    return HttpResponse("done")


def everywhere(request: HttpRequest) -> HttpResponse:
    rows = in_reach(Claim.objects.order_by("title"), request, "claims", "view")
    return HttpResponse(", ".join(str(row) for row in rows))


class ClaimList(RequiresAccess, InTenant, ListView):  # type: ignore[type-arg]  # generic to the stubs alone
    access_resource = "claims"
    access_action = "view"
    model = Claim
    template_name = "clinic/list.html"


class ClaimPage(RequiresAccess, InTenant, DetailView):  # type: ignore[type-arg]  # as above
    access_resource = "claims"
    access_action = "submit"
    model = Claim
    template_name = "clinic/list.html"


class Waiting(RequiresAccess, View):
    access_resource = "claims"
    access_action = "submit"

    async def get(self, _: HttpRequest, **__: str) -> HttpResponse:
        return HttpResponse("waited")


class ClaimSerializer(ModelSerializer):  # type: ignore[misc]  # the package has no types
    class Meta:
        model = Claim
        fields = ("id", "title", "tenant_id")
        read_only_fields: Any = ()


class Claims(InTenantViewSet, ModelViewSet):  # type: ignore[misc]  # as above
    queryset = Claim.objects.order_by("title")
    serializer_class = ClaimSerializer
    permission_classes = (HasAccess("claims"),)
