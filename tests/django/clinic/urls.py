"""Addresses of a host that has mounted the portal."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from tests.django.clinic import views

api = SimpleRouter()
api.register("claims", views.Claims)

urlpatterns = [
    path("access/", include("tenantaccess.web.django.urls")),
    path("accounts/login/", LoginView.as_view(template_name="clinic/list.html"), name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="/"), name="logout"),
    path("admin/", admin.site.urls),
    path("api/<tenant>/", include(api.urls)),
    path("here/", views.claims, name="here"),
    path("told/", views.told),
    path("asks-nothing/", views.asks_nothing),
    path("broken/", views.broken),
    path("everywhere/", views.everywhere),
    path("of/<tenant>/claims/", views.claims, name="claims"),
    path("of/<tenant>/misspelt/", views.misspelt),
    path("of/<tenant_id>/later/", views.later),
    path("of/<tenant>/told/", views.told),
    path("of/<tenant>/disable/<member>/", views.disabling),
    path("of/<tenant>/list/", views.ClaimList.as_view()),
    path("of/<tenant>/list/<int:pk>/", views.ClaimPage.as_view()),
    path("of/<tenant>/waiting/", views.Waiting.as_view()),
]
