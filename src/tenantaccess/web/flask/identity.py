"""Who is signed in, as the host's own sign-in knows it."""

from typing import Protocol

from tenantaccess.services.authentication import SignedIn
from tenantaccess.web.portal import Visitor


class Identity(Protocol):
    """Tells who is signed in to the host in this request."""

    def load(self) -> Visitor:
        """Return who is signed in; `NOBODY` if nobody is. Asks the library's store for nothing."""

    def epoch(self) -> int | None:
        """
        Return under which epoch of the principal this session began.

        None where the host's own sign-in answers for its sessions; else the door ends a session whose principal was
        suspended since, has another password, or has signed out everywhere (INV-21).
        """

    def stay(self, signed: SignedIn) -> None:
        """Let this session go on as *signed*: whoever it is has just chosen another password in it."""

    def sign_in(self, signed: SignedIn, name: str) -> None:
        """Begin a session, after the portal's own page has verified who it is; for hosts without a sign-in."""

    def sign_out(self) -> None:
        """Sign out whoever is signed in."""
