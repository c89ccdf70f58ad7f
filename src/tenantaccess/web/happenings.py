"""What has happened, by name: one name for the events of each command, whichever framework's signals tell of them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from tenantaccess.model.audit import Event

NAMES: Final[Mapping[str, str]] = {
    "accept_invitation": "invitation_accepted",
    "accept_link": "link_accepted",
    "add_role": "role_added",
    "add_service": "service_added",
    "add_username": "username_added",
    "adopt": "adopted",
    "apply_preset": "preset_applied",
    "appoint_manager": "manager_appointed",
    "approve": "approved",
    "assign_role": "role_assigned",
    "cancel_copy": "copy_cancelled",
    "change_email": "email_changed",
    "change_linking": "linking_changed",
    "change_password": "password_changed",
    "change_privileges": "privileges_changed",
    "close_tenant": "tenant_closed",
    "complete_registration": "registration_completed",
    "confirm_link": "link_confirmed",
    "copy_records": "copy_started",
    "decline_invitation": "invitation_declined",
    "disable": "disabled",
    "edit_role": "role_edited",
    "enable": "enabled",
    "erase_principal": "principal_erased",
    "invite": "invited",
    "join_link": "link_joined",
    "leave": "left",
    "limit_segments": "segments_limited",
    "note_lapse": "lapse_noted",
    "open_tenant": "tenant_opened",
    "reinstate_principal": "principal_reinstated",
    "reject": "rejected",
    "remove": "removed",
    "remove_role": "role_removed",
    "reopen_tenant": "tenant_reopened",
    "request_access": "access_requested",
    "request_link": "link_requested",
    "request_password_reset": "password_reset_requested",
    "resend_invitation": "invitation_resent",
    "reset_password": "password_reset",
    "revoke_invitation": "invitation_revoked",
    "send_password_reset": "password_reset_sent",
    "send_registration": "registration_sent",
    "set_dates": "dates_set",
    "sign_out_everywhere": "signed_out_everywhere",
    "suspend_principal": "principal_suspended",
    "suspend_tenant": "tenant_suspended",
    "unlink": "unlinked",
    "update_contact": "contact_updated",
    "verify_email": "email_verified",
}
"""What the events of each command are called, in the past tense."""


def happened(events: Sequence[Event]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield what *events* tell of, a command at a time: its kind, and the events of that command."""
    for (_, kind), found in groupby(events, lambda event: (event.key, event.kind)):
        yield kind, tuple(found)
