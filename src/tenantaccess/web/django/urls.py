"""
The portal's addresses.

``path("access/", include("tenantaccess.web.django.urls"))`` mounts it; ``reverse("tenantaccess:home")`` is where.
"""

from typing import Final

from django.urls import path

from tenantaccess.web.django.pages import respond

app_name: Final = "tenantaccess"
urlpatterns: Final = [path("", respond, name="home"), path("<path:path>", respond, name="page")]
