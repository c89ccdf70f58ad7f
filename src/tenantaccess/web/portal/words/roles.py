"""Roles of a tenant: what each holds, who is affected by an edit, and presets."""

from typing import Final

ROLES: Final = {
    "roles_lead": "A role is a set of levels that many users share. What is set on a user comes before the role.",
    "role_built_in": "Full access to everything, also to areas that are added later. It cannot be changed.",
    "role_nothing": "Opens nothing.",
    "role_holders": "Who holds it",
    "role_affected": "Saving changes at once what holders of this role may do. Users: %(count)s",
    "role_nobody": "Nobody holds this role.",
    "role_levels": "What it opens",
    "role_save": "Save the role",
    "role_saved": "The role %(role)s was saved. Users affected: %(count)s",
    "role_as_before": "Nothing was changed.",
    "role_changed_meanwhile": "Somebody else changed this role meanwhile. It says here what it is; what you wanted is "
    "filled in. Nothing was overwritten.",
    "role_is_now": "Is %(level)s",
    "role_add": "Add a role",
    "role_name": "Name",
    "role_word": "Short name",
    "role_word_hint": "Lower-case letters, digits and underscores. Left empty, it is made from the name.",
    "role_word_needed": "Give a short name: none can be made from this name.",
    "role_taken": "There is a role with this short name already.",
    "role_added": "The role %(role)s was added.",
    "role_remove": "Remove the role",
    "role_remove_hint": "Only a role that nobody holds can be removed.",
    "role_removed": "The role %(role)s was removed.",
    "role_preset": "Preset",
    "role_presets": "Presets that this %(tenant)s has not",
    "role_preset_differs": "The service suggests something else for this role today:",
    "role_preset_same": "It is as the service suggests.",
    "role_apply": "Apply the preset",
    "role_applied": "The role %(role)s is as the preset says.",
}
