"""Who is signed in, as the host's own sign-in knows it: one loader for each of the usual ways."""

from typing import Final, Protocol

from flask import session

from tenantaccess.ids import PRINCIPAL, PrincipalId, is_id
from tenantaccess.web.portal import NOBODY, Visitor

SESSION_KEY: Final = "tenantaccess.principal"


class Identity(Protocol):
    """Tells who is signed in to the host in this request."""

    def load(self) -> Visitor:
        """Return who is signed in; `NOBODY` if nobody is."""

    def sign_in(self, principal: PrincipalId, name: str) -> None:
        """Sign *principal* in, after the portal's own page has verified them; for hosts without a sign-in."""

    def sign_out(self) -> None:
        """Sign out whoever is signed in."""


class PlainSession(Identity):
    """Who is signed in stands in Flask's own session, which is signed; for hosts without a sign-in of their own."""

    def load(self) -> Visitor:
        """Return who stands in the session."""
        stored = session.get(SESSION_KEY)
        if not isinstance(stored, dict) or not is_id(stored.get("id"), PRINCIPAL):
            return NOBODY
        return Visitor(PrincipalId(stored["id"]), str(stored.get("name", "")))

    def sign_in(self, principal: PrincipalId, name: str) -> None:
        """Begin a session that holds nothing of the former one (A51)."""
        session.clear()
        session[SESSION_KEY] = {"id": principal, "name": name}

    def sign_out(self) -> None:
        """End the session."""
        session.clear()
