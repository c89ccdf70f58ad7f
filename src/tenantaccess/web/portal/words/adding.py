"""Setting a username up at once."""

from typing import Final

ADDING: Final = {
    "add_lead": "Set up a username for somebody who is to work in this %(tenant)s. It can sign in at once. You tell "
    "the person its first password.",
    "add_rests": "Until the person changes that password, the username works in this %(tenant)s only, may do no more "
    "than you, and ends when your own access ends.",
    "add_contact_hint": "What this %(tenant)s keeps about the person; all of it is optional.",
    "first_password": "First password",
    "repeat_password": "Repeat it",
    "passwords_differ": "The two passwords are not the same.",
    "username_hint": "Letters, digits and . _ @ + -, beginning with a letter or digit. It cannot be changed later.",
    "add_username": "Add Username",
    "username_taken": "This username is in use. Choose another one.",
    "added": "%(name)s can sign in. Tell the person the password.",
    "cannot_add": "You cannot set up a username. %(why)s",
    "sign_in_details": "How they sign in",
    "about_person": "The person",
}
