"""
Signals: what has happened is told after it was committed, and what was undone never (F6).

A receiver is called once for each command, with the library as ``access`` and the events of that command as ``events``:
one for each subject that it changed.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from blinker import NamedSignal, Namespace
from flask import Flask, current_app, has_app_context

from tenantaccess.assembly import TenantAccess
from tenantaccess.model.audit import Event
from tenantaccess.web.happenings import NAMES, happened

_SIGNALS: Final = Namespace()

changed: Final[NamedSignal] = _SIGNALS.signal("changed")
"""Sent for each command that changed anything."""

access_requested = _SIGNALS.signal("access_requested")
adopted = _SIGNALS.signal("adopted")
approved = _SIGNALS.signal("approved")
contact_updated = _SIGNALS.signal("contact_updated")
copy_cancelled = _SIGNALS.signal("copy_cancelled")
copy_started = _SIGNALS.signal("copy_started")
dates_set = _SIGNALS.signal("dates_set")
disabled = _SIGNALS.signal("disabled")
email_changed = _SIGNALS.signal("email_changed")
email_verified = _SIGNALS.signal("email_verified")
enabled = _SIGNALS.signal("enabled")
invitation_accepted = _SIGNALS.signal("invitation_accepted")
invitation_declined = _SIGNALS.signal("invitation_declined")
invitation_resent = _SIGNALS.signal("invitation_resent")
invitation_revoked = _SIGNALS.signal("invitation_revoked")
invited = _SIGNALS.signal("invited")
lapse_noted = _SIGNALS.signal("lapse_noted")
left = _SIGNALS.signal("left")
link_accepted = _SIGNALS.signal("link_accepted")
link_confirmed = _SIGNALS.signal("link_confirmed")
link_joined = _SIGNALS.signal("link_joined")
link_requested = _SIGNALS.signal("link_requested")
linking_changed = _SIGNALS.signal("linking_changed")
manager_appointed = _SIGNALS.signal("manager_appointed")
password_changed = _SIGNALS.signal("password_changed")
password_reset = _SIGNALS.signal("password_reset")
password_reset_requested = _SIGNALS.signal("password_reset_requested")
password_reset_sent = _SIGNALS.signal("password_reset_sent")
preset_applied = _SIGNALS.signal("preset_applied")
principal_erased = _SIGNALS.signal("principal_erased")
principal_reinstated = _SIGNALS.signal("principal_reinstated")
principal_suspended = _SIGNALS.signal("principal_suspended")
privileges_changed = _SIGNALS.signal("privileges_changed")
registration_completed = _SIGNALS.signal("registration_completed")
registration_sent = _SIGNALS.signal("registration_sent")
rejected = _SIGNALS.signal("rejected")
removed = _SIGNALS.signal("removed")
role_added = _SIGNALS.signal("role_added")
role_assigned = _SIGNALS.signal("role_assigned")
role_edited = _SIGNALS.signal("role_edited")
role_removed = _SIGNALS.signal("role_removed")
segments_limited = _SIGNALS.signal("segments_limited")
service_added = _SIGNALS.signal("service_added")
signed_out_everywhere = _SIGNALS.signal("signed_out_everywhere")
tenant_closed = _SIGNALS.signal("tenant_closed")
tenant_opened = _SIGNALS.signal("tenant_opened")
tenant_reopened = _SIGNALS.signal("tenant_reopened")
tenant_suspended = _SIGNALS.signal("tenant_suspended")
unlinked = _SIGNALS.signal("unlinked")
username_added = _SIGNALS.signal("username_added")

BY_COMMAND: Final[Mapping[str, NamedSignal]] = {command: globals()[name] for command, name in NAMES.items()}
"""Which signal tells of the events of which command."""


def send_after_commit(app: Flask, access: TenantAccess) -> None:
    """
    Send what *access* commits from now on, with *app* as the sender.

    Where another application shares it, each sends what happens in its own requests.
    """

    def tell(events: Sequence[Event]) -> None:
        if has_app_context() and current_app._get_current_object() is not app:  # type: ignore[attr-defined]  # noqa: SLF001  # a proxy's way to say what it stands for
            return
        for kind, told in happened(events):
            changed.send(app, access=access, events=told)
            if kind in BY_COMMAND:
                BY_COMMAND[kind].send(app, access=access, events=told)

    access.pipeline.hooks.append(tell)
