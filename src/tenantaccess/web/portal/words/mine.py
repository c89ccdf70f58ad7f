"""What one has oneself."""

from typing import Final

MINE: Final = {
    "my_access_in": "Your access to %(name)s",
    "status": "Status",
    "portion": "Area",
    "level": "Access",
    "role": "Role",
    "since": "Since",
    "given_by": "Given by",
    "the_operator": "whoever runs this service",
    "rests_on": "Depends on",
    "ends_at": "Ends on",
    "lapses_at": "Ends if not used until",
    "what_you_may_do": "What you may do",
    "no_links_here": "You did not come here by a link, and nobody joined with your password.",
    "leave": "Leave",
    "leave_this": "Leave this %(tenant)s",
    "leave_hint": "You give up your access. Only an account manager can let you in again.",
    "leave_type_name": "Type the name of the %(tenant)s to confirm",
    "leave_needs_name": "Type the name exactly as it stands at the top of the page.",
    "leave_note": "Why (for the record)",
    "left": "You have left %(name)s.",
}
