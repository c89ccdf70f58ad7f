"""Signing in."""

from typing import Final

SIGNING: Final = {
    "username": "Username",
    "password": "Password",
    "sign_in_refused": "This username and password do not go together, or cannot sign in.",
    "forgot_password": "Forgot your password?",
    "ask_for_access": "Ask for access",
}
