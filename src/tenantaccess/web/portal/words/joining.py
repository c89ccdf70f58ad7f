"""Joining other accounts, and the links that came of it."""

from typing import Final

JOINING: Final = {
    "join_lead": "Use what you know of another username to have its %(tenants)s under your own: two steps, and "
    "nothing is joined before the second.",
    "find_step": "1. Find the account",
    "find_hint": "The username and password of the account that you want to reach. They are checked once and kept "
    "nowhere.",
    "find_account": "Find Account",
    "find_refused": "Nothing can be joined with this username and password.",
    "join_step": "2. Join it",
    "join_choose": "Choose what to join. It will stand in your list, under your own username.",
    "join_account": "Join Account",
    "join_nothing": "Tick at least one %(tenant)s.",
    "join_brings": "What it brings",
    "join_until": "This offer holds until %(time)s UTC, once.",
    "join_member": "You have access there already.",
    "join_renews": "You have joined it already. Joining again renews the proof.",
    "join_expired": "The offer has ended, or does not hold any more. Find the account again.",
    "joined_result": "Just joined",
    "joined": "Joined: %(count)s.",
    "join_waits": "An account manager has to accept it first. You need not do anything.",
    "join_open": "You can go there at once.",
    "password_first": "Somebody else chose your password. Choose one of your own first: only then may your username "
    "join others.",
    "change_password_now": "Change your password",
    "ask_step": "Without a password",
    "ask_hint": "Ask the account managers of a %(tenant)s to link you. They decide, and say what you may do.",
    "number": "Number",
    "ask_scheme": "Kind of number",
    "ask_to_be_linked": "Ask to be linked",
    "ask_received": "Your request was received. If there is such a %(tenant)s and it takes requests, its account "
    "managers will decide. Nothing else is told.",
    "links": "Links",
    "links_joined": "What you have joined",
    "links_joined_none": "You have joined nothing yet.",
    "links_proven": "Who has joined through your username",
    "links_proven_hint": "They proved your username and password. What they may do there is never more than what you "
    "may.",
    "links_proven_none": "Nobody has.",
    "link_own": "Yours, through another username",
    "links_all": "All your links",
    "tenant_name": "%(Tenant)s",
    "rests": "Rests on",
    "rests_on_proof": "the proof",
    "rests_on_nothing": "nothing: it stands alone",
    "unlink": "Unlink",
    "unlink_title": "End the link with %(name)s",
    "unlink_own": "You give up your access to %(name)s. To come back, an account manager has to let you in.",
    "unlink_other": "%(username)s loses the access to %(name)s that came with your username, at once.",
    "unlink_advice": "If you do not know who this is, change your password too.",
    "unlink_named": "Unlink %(name)s",
    "unlinked": "The link with %(name)s has ended.",
}
