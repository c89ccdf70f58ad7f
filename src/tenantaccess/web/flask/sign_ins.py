"""The usual ways in which a host knows who is signed in: Flask's own session, Flask-Login and Flask-Security."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import attrs
from flask import session

from tenantaccess.errors import MisuseError
from tenantaccess.ids import PRINCIPAL, PrincipalId, is_id
from tenantaccess.services.authentication import SignedIn
from tenantaccess.web.flask.identity import Identity
from tenantaccess.web.flask.installed import installed
from tenantaccess.web.portal import NOBODY, Visitor

LONGEST_NAME: Final = 80
"""A session may be a cookie, and this is no more than what the person is called on pages."""
SESSION_KEY: Final = "tenantaccess.principal"


class PlainSession(Identity):
    """Who is signed in stands in Flask's own session, which is signed; for hosts without a sign-in of their own."""

    def load(self) -> Visitor:
        """Return who stands in the session; nobody once it is older than ``TENANTACCESS_SIGN_IN_LASTS``."""
        stored = self._stored()
        if stored is None:
            return NOBODY
        return Visitor(PrincipalId(stored["id"]), str(stored.get("name", "")))

    def epoch(self) -> int | None:
        """Return the epoch that stands in the session."""
        stored = self._stored()
        return None if stored is None else stored["epoch"]

    def sign_in(self, signed: SignedIn, name: str) -> None:
        """Begin a session that holds nothing of the former one (A51)."""
        session.clear()
        began = installed().access.clock.now()
        session[SESSION_KEY] = {
            "id": signed.principal,
            "name": name[:LONGEST_NAME],
            "epoch": signed.epoch,
            "began": began.isoformat(),
        }

    def stay(self, signed: SignedIn) -> None:
        """Go on under another epoch; all other sessions have ended with the one so far."""
        stored = self._stored()
        if stored is not None:
            session[SESSION_KEY] = {**stored, "epoch": signed.epoch}

    def sign_out(self) -> None:
        """End the session."""
        session.clear()

    def _stored(self) -> dict[str, Any] | None:
        stored = session.get(SESSION_KEY)
        if not isinstance(stored, dict) or not is_id(stored.get("id"), PRINCIPAL):
            return None
        if type(stored.get("epoch")) is not int or not self._lasts(stored.get("began")):
            return None
        return stored

    def _lasts(self, began: object) -> bool:
        here = installed()
        try:
            moment = datetime.fromisoformat(str(began))
        except ValueError:
            return False
        now = here.access.clock.now()
        return moment.tzinfo is not None and moment <= now < moment + here.config.sign_in_lasts


PrincipalOf = str | Callable[[Any], PrincipalId | None]


@attrs.frozen
class FlaskLogin(Identity):
    """
    Who is signed in is Flask-Login's ``current_user``.

    Args:
        principal_of: The attribute of a user that holds the id of its principal, or a function that returns it; None
            for a user who is nobody's principal.
        name_of: The attribute that holds what the person is called on the page, or a function that returns it.
    """

    principal_of: PrincipalOf = "principal_id"
    name_of: str | Callable[[Any], str] = "username"

    def load(self) -> Visitor:
        """Return the current user's principal and name."""
        user = import_module("flask_login").current_user
        if not user or not user.is_authenticated:
            return NOBODY
        name = str(_read(user, self.name_of, "") or "")
        principal = _read(user, self.principal_of, None)
        if principal is None:
            return Visitor(name=name)
        if not is_id(principal, PRINCIPAL):
            raise MisuseError("`principal_of` must lead to the id of a principal, or to None")
        return Visitor(PrincipalId(str(principal)), name)

    def epoch(self) -> int | None:
        """Return None: Flask-Login answers for its sessions."""
        return None

    def sign_in(self, signed: SignedIn, name: str) -> None:  # noqa: ARG002  # whoever it is
        """Refuse it: people sign in on the host's page."""
        raise MisuseError("sign people in on your own page, and say where it is: TENANTACCESS_SIGN_IN")

    def stay(self, signed: SignedIn) -> None:
        """Do nothing: Flask-Login answers for its sessions."""

    def sign_out(self) -> None:
        """Sign out at Flask-Login."""
        import_module("flask_login").logout_user()


@attrs.frozen
class FlaskSecurity(FlaskLogin):
    """
    Who is signed in is Flask-Security's ``current_user``, by session or by token; as `FlaskLogin`.

    Args:
        principal_of: As `FlaskLogin`.
        name_of: As `FlaskLogin`; the address by default.
    """

    name_of: str | Callable[[Any], str] = "email"

    def sign_out(self) -> None:
        """Sign out at Flask-Security."""
        import_module("flask_security.utils").logout_user()


def _read(user: object, wanted: str | Callable[[Any], Any], default: object) -> object:
    return wanted(user) if callable(wanted) else getattr(user, wanted, default)
