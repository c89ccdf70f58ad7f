"""Signing in."""

from typing import Final

SIGNING: Final = {
    "username": "Username",
    "password": "Password",
    "sign_in_refused": "This username and password do not go together, or cannot sign in.",
    "signed_out_meanwhile": (
        "You were signed out meanwhile. What you sent last may not have been done: sign in again and look."
    ),
    "again": "The same password again",
    "password_hint": "At least %(least)s characters. A sentence is easier to remember, and stronger.",
    "forgot_password": "Forgot your password?",
    "ask_for_access": "Ask for access",
}
