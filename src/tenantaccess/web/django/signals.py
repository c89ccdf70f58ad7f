"""
What has happened, as Django's signals: told after it was committed, and what was undone never.

A receiver is called once for each command, with `TenantAccess` as ``sender``, the library as ``access`` and the events
of that command as ``events``: one for each subject that it changed. What a receiver raises is logged by Django and
stops nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
from django.dispatch import Signal

from tenantaccess.model.audit import Event
from tenantaccess.web.happenings import NAMES, happened

changed: Final = Signal()
"""Sent for each command that changed anything."""

access_requested: Final = Signal()
adopted: Final = Signal()
approved: Final = Signal()
contact_updated: Final = Signal()
copy_cancelled: Final = Signal()
copy_started: Final = Signal()
dates_set: Final = Signal()
disabled: Final = Signal()
email_changed: Final = Signal()
email_verified: Final = Signal()
enabled: Final = Signal()
invitation_accepted: Final = Signal()
invitation_declined: Final = Signal()
invitation_resent: Final = Signal()
invitation_revoked: Final = Signal()
invited: Final = Signal()
lapse_noted: Final = Signal()
left: Final = Signal()
link_accepted: Final = Signal()
link_confirmed: Final = Signal()
link_joined: Final = Signal()
link_requested: Final = Signal()
linking_changed: Final = Signal()
manager_appointed: Final = Signal()
password_changed: Final = Signal()
password_reset: Final = Signal()
password_reset_requested: Final = Signal()
password_reset_sent: Final = Signal()
preset_applied: Final = Signal()
principal_erased: Final = Signal()
principal_reinstated: Final = Signal()
principal_suspended: Final = Signal()
privileges_changed: Final = Signal()
registration_completed: Final = Signal()
registration_sent: Final = Signal()
rejected: Final = Signal()
removed: Final = Signal()
role_added: Final = Signal()
role_assigned: Final = Signal()
role_edited: Final = Signal()
role_removed: Final = Signal()
segments_limited: Final = Signal()
service_added: Final = Signal()
signed_out_everywhere: Final = Signal()
tenant_closed: Final = Signal()
tenant_opened: Final = Signal()
tenant_reopened: Final = Signal()
tenant_suspended: Final = Signal()
unlinked: Final = Signal()
username_added: Final = Signal()

BY_COMMAND: Final[Mapping[str, Signal]] = {command: globals()[name] for command, name in NAMES.items()}
"""Which signal tells of the events of which command."""


@attrs.frozen
class Announcing:
    """
    Sends what one library has committed.

    Args:
        access: The library; the same one announces once.
    """

    access: object

    def __call__(self, events: Sequence[Event]) -> None:
        """Send the signals of *events*, which are committed."""
        for kind, told in happened(events):
            for signal in (changed, BY_COMMAND.get(kind)):
                if signal is not None:
                    signal.send_robust(type(self.access), access=self.access, events=told)
