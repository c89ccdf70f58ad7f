"""
The app's tables in Django's admin: to be read, and by no button changed.

Whatever is to change is changed by commands, which decide and keep a record: there is nothing here to add, to save or
to delete, and a user who is a principal is protected from being deleted (`django.db.models.PROTECT`).
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from tenantaccess.web.django.models import Event, Invitation, Membership, Notice, Principal, Tenant

if TYPE_CHECKING:  # generic to the stubs alone
    Shown = admin.ModelAdmin[Any]
else:
    Shown = admin.ModelAdmin


class ReadOnly(Shown):
    """Shows rows to whoever has Django's own permission to view them, and lets nobody change one."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:  # noqa: ARG002  # nobody's request
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002  # as above
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002  # as above
        """Return False: it would bypass every rule, that of the last manager first."""
        return False


@admin.register(Tenant)
class Tenants(ReadOnly):
    """All tenants."""

    list_display = ("name", "state", "linking", "tenant_id")
    list_filter = ("state",)
    search_fields = ("name", "tenant_id")


@admin.register(Principal)
class Principals(ReadOnly):
    """All principals; names, addresses and passwords are their users'."""

    list_display = ("username", "kind", "user", "suspended_at", "principal_id")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("username_key", "principal_id")


@admin.register(Membership)
class Memberships(ReadOnly):
    """Who is what in which tenant, as facts: the status is derived from them when it is asked for."""

    list_display = ("username_key", "tenant", "origin", "role_key", "approved_at", "disabled_at", "gone_at")
    list_filter = ("origin",)
    list_select_related = ("tenant", "principal")
    search_fields = ("username_key", "tenant__name")


@admin.register(Invitation)
class Invitations(ReadOnly):
    """Who was asked to join."""

    list_display = ("email", "tenant", "state", "sent_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("tenant",)
    search_fields = ("email_key", "tenant__name")


@admin.register(Event)
class Events(ReadOnly):
    """The record; `tenantaccess_verify_audit` tells whether it holds."""

    list_display = ("stream", "number", "kind", "at", "actor_kind", "actor_id", "subject")
    list_filter = ("kind",)
    ordering = ("-id",)
    search_fields = ("stream", "subject", "actor_id")


@admin.register(Notice)
class Notices(ReadOnly):
    """What people are told, and how far it has come."""

    list_display = ("purpose", "state", "audience", "principal_id", "tenant_id", "created_at")
    list_filter = ("state", "purpose")
