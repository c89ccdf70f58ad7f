"""What somebody is to hold."""

from typing import Final

GRANTING: Final = {
    "grant": "What they may do",
    "grant_hint": "Choose a role, or levels, or both. A level comes before the role. With neither, they may do "
    "nothing; without a role, whatever stays “As the role says” is no access.",
    "no_role_given": "No role",
    "by_the_role": "As the role says",
    "levels": "Levels",
    "only_for": "Only for: %(segments)s",
    "segments_limit": "Limit to these plans only (none ticked: no limit)",
    "grant_nothing": "Nothing is chosen: they may do nothing. Choose a role, or at least one level.",
    "grant_opens_nothing": "With what is chosen, they may do nothing yet. Choose something else, or say below that "
    "this is meant.",
    "grant_sure": "They may do nothing yet: this is meant",
}
