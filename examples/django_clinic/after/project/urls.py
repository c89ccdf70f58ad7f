"""Pages of the project."""

from clinic import views
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("sign-in/", LoginView.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(next_page="login"), name="logout"),
    path("claims/", views.claims, name="claims"),
    path("access/", include("tenantaccess.web.django.urls")),
]
