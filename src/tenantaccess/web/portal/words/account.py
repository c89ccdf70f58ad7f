"""What one signs in as."""

from typing import Final

ACCOUNT: Final = {
    "account_facts": "What you sign in as",
    "email": "E-mail",
    "email_verified": "Verified",
    "email_unverified": "Not verified yet",
    "email_none": "None yet",
    "your_tenants": "Your %(tenants)s",
    "your_tenants_all": "See all of them, and go there",
    "your_links": "Your links",
    "your_links_hint": "Joined by you: %(joined)s. Joined by others through your username: %(proven)s.",
    "change_password": "Change the password",
    "current": "Current password",
    "new": "New password",
    "change_password_button": "Change Password",
    "current_wrong": "The current password is not right.",
    "again_differs": "The two new passwords are not the same.",
    "password_changed": "Your password was changed. You are signed out everywhere else.",
    "password_changed_here": "Your password was changed. Wherever else you are signed in, sign out there.",
    "password_links_stale": "Others joined through your username: %(count)s. Their links hold for %(days)s more days, "
    "then they must prove the new password.",
    "password_links_revoked": "Others joined through your username: %(count)s. Their links end at once, until they "
    "prove the new password.",
    "password_links_kept": "Others joined through your username: %(count)s. Their links stay as they are.",
    "password_is_others": "Somebody else chose your password. Until you choose one of your own, your username joins "
    "no others.",
    "change_email": "Change the e-mail address",
    "change_email_hint": "A link is sent to the new address, and the old one is told. The new one counts once you have "
    "followed the link.",
    "sessions": "Where you are signed in",
    "sessions_hint": "Lost a device, or used one that others use? This ends every session at once, this one included. "
    "To leave this one alone, sign out.",
    "sessions_button": "Sign Out Everywhere",
    "signed_out_everywhere": "You are signed out everywhere.",
    "new_email": "New e-mail address",
    "change_email_button": "Change E-mail",
    "email_changed": "The address was changed. Follow the link that is sent to it.",
}
