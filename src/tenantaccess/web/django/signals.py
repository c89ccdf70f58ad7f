"""
What happened, as Django's signals: sent once it is committed, never for what was undone.

Each says in the past tense what a command did. Receivers are called with ``sender``, which is `TenantAccess`, and
``event``, the line of the record that the command left. What a receiver raises is logged by Django and stops nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from django.dispatch import Signal

from tenantaccess.assembly import TenantAccess
from tenantaccess.model.audit import Event

event_recorded = Signal()
"""Anything at all: sent for each event, before the one that names it."""

access_requested = Signal()
contact_updated = Signal()
dates_set = Signal()
email_changed = Signal()
email_verified = Signal()
invitation_accepted = Signal()
invitation_declined = Signal()
invitation_revoked = Signal()
invitation_sent = Signal()
lapse_noted = Signal()
link_accepted = Signal()
link_confirmed = Signal()
link_ended = Signal()
link_joined = Signal()
link_requested = Signal()
linking_changed = Signal()
manager_appointed = Signal()
member_added = Signal()
member_adopted = Signal()
member_disabled = Signal()
member_enabled = Signal()
member_left = Signal()
member_removed = Signal()
password_changed = Signal()
password_reset = Signal()
principal_erased = Signal()
principal_reinstated = Signal()
principal_suspended = Signal()
privileges_changed = Signal()
records_copied = Signal()
registration_completed = Signal()
request_approved = Signal()
request_rejected = Signal()
role_added = Signal()
role_assigned = Signal()
role_edited = Signal()
role_removed = Signal()
segments_limited = Signal()
service_added = Signal()
tenant_closed = Signal()
tenant_opened = Signal()
tenant_reopened = Signal()
tenant_suspended = Signal()

SIGNALS: Final[Mapping[str, Signal]] = {
    "accept_invitation": invitation_accepted,
    "accept_link": link_accepted,
    "add_role": role_added,
    "add_service": service_added,
    "add_username": member_added,
    "adopt": member_adopted,
    "apply_preset": role_edited,
    "appoint_manager": manager_appointed,
    "approve": request_approved,
    "assign_role": role_assigned,
    "change_email": email_changed,
    "change_linking": linking_changed,
    "change_password": password_changed,
    "change_privileges": privileges_changed,
    "close_tenant": tenant_closed,
    "complete_registration": registration_completed,
    "confirm_link": link_confirmed,
    "copy_records": records_copied,
    "decline_invitation": invitation_declined,
    "disable": member_disabled,
    "edit_role": role_edited,
    "enable": member_enabled,
    "erase_principal": principal_erased,
    "invite": invitation_sent,
    "join_link": link_joined,
    "leave": member_left,
    "limit_segments": segments_limited,
    "note_lapse": lapse_noted,
    "open_tenant": tenant_opened,
    "reinstate_principal": principal_reinstated,
    "reject": request_rejected,
    "remove": member_removed,
    "remove_role": role_removed,
    "reopen_tenant": tenant_reopened,
    "request_access": access_requested,
    "request_link": link_requested,
    "resend_invitation": invitation_sent,
    "reset_password": password_reset,
    "revoke_invitation": invitation_revoked,
    "set_dates": dates_set,
    "suspend_principal": principal_suspended,
    "suspend_tenant": tenant_suspended,
    "unlink": link_ended,
    "update_contact": contact_updated,
    "verify_email": email_verified,
}
"""By the kind of an event; what only queues a mail has none but `event_recorded`."""


def announce(events: Sequence[Event]) -> None:
    """Send the signals of *events*, which are committed."""
    for event in events:
        event_recorded.send_robust(TenantAccess, event=event)
        named = SIGNALS.get(event.kind)
        if named is not None:
            named.send_robust(TenantAccess, event=event)
