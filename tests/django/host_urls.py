"""Addresses of a host that has mounted the portal, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tenantaccess.web.django import requires


@requires("claims", "submit")
def submit(_: HttpRequest, **__: str) -> HttpResponse:
    return HttpResponse("submitted")


urlpatterns = [
    path("access/", include("tenantaccess.web.django.urls")),
    path("of/<tenant>/submit/", submit),
]
