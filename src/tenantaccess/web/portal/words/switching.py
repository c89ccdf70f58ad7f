"""The list of tenants to choose from."""

from typing import Final

SWITCHING: Final = {
    "search_tenants": "Search by name or number",
    "no_tenant": "You have no %(tenant)s yet. If you asked for access, an account manager has to let you in first.",
    "no_tenant_matches": "None of your %(tenants)s matches.",
    "last_used": "Last used",
    "what_i_have_there": "What you have there",
    "enter": "Go",
    "join_another": "Access other accounts",
}
