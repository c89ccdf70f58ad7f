"""What one has oneself."""

from typing import Final

MINE: Final = {
    "my_access_in": "Your access to %(name)s",
    "status": "Status",
    "portion": "Portion",
    "level": "Access",
    "role": "Role",
    "since": "Since",
    "given_by": "Given by",
    "the_operator": "whoever runs this service",
    "rests_on": "Rests on",
    "ends_at": "Ends",
    "lapses_at": "Lapses if it is not used until",
    "what_you_may_do": "What you may do",
    "no_links_here": "No link leads here through you.",
    "leave": "Leave",
    "leave_this": "Leave this %(tenant)s",
    "leave_hint": "You give up your access. Only an account manager can let you in again.",
    "leave_type_name": "Type the name of the %(tenant)s to confirm",
    "leave_needs_name": "Type the name exactly as it stands at the top of the page.",
    "leave_note": "Why (for the record)",
    "left": "You have left %(name)s.",
}
