"""The app as Django knows it."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class TenantAccessConfig(AppConfig):
    """Tables of tenants, principals and memberships, and what stands in a host's settings about them."""

    name = "tenantaccess.web.django"
    label = "tenantaccess"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and begin anew where somebody signs in."""
        from tenantaccess.web.django import checks, setting_checks  # noqa: F401, PLC0415  # register; need the settings
        from tenantaccess.web.django.current import begin  # noqa: PLC0415  # as above

        user_logged_in.connect(begin, dispatch_uid="tenantaccess.begin")
