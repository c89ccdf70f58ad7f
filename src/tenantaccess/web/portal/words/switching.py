"""The list of tenants to choose from."""

from typing import Final

SWITCHING: Final = {
    "search_tenants": "Search by name or number",
    "no_tenant": "You have not been let into a %(tenant)s yet.",
    "no_tenant_asked": "If you asked for access, its account managers decide; a mail tells you when they have. Until "
    "then nothing is shown here.",
    "shut_pending": "You asked for access on %(day)s. An account manager has to let you in first; a mail tells you "
    "when they have decided.",
    "shut_expired": "You asked for access on %(day)s, and nobody answered in time. Ask again.",
    "shut_rejected": "Your request for access was turned down on %(day)s. You may ask again.",
    "shut_unverified": "You were let in on %(day)s. One step is left: follow the link in the mail that was sent to "
    "%(address)s. If you cannot find it, an account manager can send another.",
    "shut_disabled": "Your access was disabled on %(day)s.",
    "shut_ended": "Your access ended on %(day)s.",
    "shut_lapsed": "Your access ended on %(day)s, because it was not used for long.",
    "shut_not_yet": "Your access begins on %(day)s.",
    "shut_ask_manager": "Ask an account manager to enable it.",
    "no_tenant_matches": "None of your %(tenants)s matches.",
    "last_used": "Last used",
    "what_i_have_there": "What you have there, and whom to ask",
    "enter": "Go",
    "join_another": "Access other accounts",
}
