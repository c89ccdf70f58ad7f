"""What somebody is to hold."""

from typing import Final

GRANTING: Final = {
    "grant": "What they may do",
    "grant_hint": "Choose a role, or levels, or both. A level that is set here wins over the role.",
    "no_role_given": "No role",
    "by_the_role": "As the role says",
    "levels": "Levels",
    "only_for": "Only for: %(segments)s",
    "segments_limit": "Only for these (none ticked: for all)",
}
