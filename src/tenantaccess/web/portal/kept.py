"""What a host's session keeps for the portal: where one was let in, and what to say on the next page."""

import json
from typing import Any, Final

import attrs

from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.contexts import AccessContext, Session
from tenantaccess.services.passwords import PasswordChanged

MOST_TENANTS: Final = 8
"""A session may be a cookie: of more tenants that were entered, those entered longest ago are entered again."""
MOST_MESSAGES: Final = 3
LONGEST: Final = 300
PARTS: Final = 5
"""What is kept of each tenant: which, the numbers of a presence, and the segment."""
MOST_SAID: Final = 1_000
"""How many bytes of a cookie the messages take at most: what is not ASCII takes six for a letter there."""


@attrs.define
class Kept:
    """
    What the session keeps; it opens nothing by itself, for every request judges anew (INV-14, INV-29).

    Args:
        sessions: Of each tenant that was entered, what tells whether it is still the same presence; latest last.
        messages: What the next page says, as kind and text.
        whose: To whom; what a stranger was to be told is told to whoever comes next.
        signed: Who has just signed in on the portal's own page, and their name.
        epoch: Under which epoch of theirs; a door's own session lives no longer than that (INV-21).
        is_signed_out: Whether whoever was signed in has just signed out.
        rekeyed: What this very request answered whoever is signed in and chose another password: this session lives on.
        is_changed: Whether the door must write it back.
        is_renewed: Whether the door must give the session a new identifier.
    """

    sessions: dict[TenantId, Session] = attrs.field(factory=dict)
    messages: list[tuple[str, str]] = attrs.field(factory=list)
    whose: PrincipalId | None = None
    signed: tuple[PrincipalId, str] | None = None
    epoch: int = 0
    is_signed_out: bool = False
    rekeyed: PasswordChanged | None = None
    is_changed: bool = False
    is_renewed: bool = False

    @classmethod
    def loaded(cls, stored: object, principal: PrincipalId | None) -> "Kept":
        """Return what is *stored*, as far as it can be read and is *principal*'s; whatever else it holds is dropped."""
        kept = cls(whose=principal)
        if not isinstance(stored, dict):
            return kept
        if principal is not None and stored.get("whose") == principal:
            for one in _listed(stored.get("sessions")):
                session = _session(one, principal)
                if session is not None:
                    kept.sessions[session.tenant] = session
        is_told = stored.get("whose") in (None, principal)
        for one in _listed(stored.get("messages")):
            if is_told and isinstance(one, list | tuple) and [type(part) for part in one] == [str, str]:
                kept.messages.append((one[0], one[1]))
        return kept

    @property
    def current(self) -> TenantId | None:
        """The tenant that was entered last."""
        return next(reversed(self.sessions), None)

    def entered(self, context: AccessContext) -> None:
        """Keep that *context* was entered; the session gets a new identifier."""
        self.sessions.pop(context.tenant, None)
        self.sessions[context.tenant] = context.session
        while len(self.sessions) > MOST_TENANTS:
            del self.sessions[next(iter(self.sessions))]
        self.is_changed = self.is_renewed = True

    def signed_in(self, principal: PrincipalId, name: str, epoch: int) -> None:
        """Ask the door to sign *principal* in; whatever the session held before is gone (A51)."""
        self.sessions, self.messages = {}, []
        self.signed, self.epoch, self.whose = (principal, name), epoch, principal
        self.is_changed = self.is_renewed = True

    def signed_out(self) -> None:
        """Ask the door to sign out whoever is signed in."""
        self.sessions, self.messages, self.whose = {}, [], None
        self.is_signed_out = self.is_changed = self.is_renewed = True

    def left(self, tenant: TenantId) -> None:
        """Forget that *tenant* was entered."""
        if self.sessions.pop(tenant, None) is not None:
            self.is_changed = True

    def tell(self, text: str, kind: str = "done") -> None:
        """Say *text* on the next page; *kind* is ``done``, ``note`` or ``problem``."""
        self.messages = [*self.messages, (kind, text[:LONGEST])][-MOST_MESSAGES:]
        self.is_changed = True

    def told(self) -> list[tuple[str, str]]:
        """Return what is to be said, and forget it."""
        if not self.messages:
            return []
        said, self.messages, self.is_changed = self.messages, [], True
        return said

    @property
    def stored(self) -> dict[str, Any]:
        """It as plain data, small enough for a cookie."""
        return {
            "sessions": [_plain(session) for session in self.sessions.values()],
            "messages": _short([list(one) for one in self.messages]),
            "whose": self.whose,
        }


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(session: Session) -> list[object]:
    """Return *session* without whose it is, which is kept once for all."""
    return [session.tenant, session.incarnation, session.access_epoch, session.principal_epoch, session.segment]


def _session(value: object, principal: PrincipalId) -> Session | None:
    if not isinstance(value, list | tuple) or len(value) != PARTS:
        return None
    tenant, *others = value
    try:
        return Session(tenant, principal, *others)
    except TenantAccessError:
        return None


def _short(messages: list[list[str]]) -> list[list[str]]:
    """Return as many of the latest *messages* as a cookie has room for; of the last, as much of it."""
    while len(messages) > 1 and len(json.dumps(messages)) > MOST_SAID:
        messages = messages[1:]
    while len(json.dumps(messages)) > MOST_SAID:
        kind, text = messages[0]
        messages = [[kind, f"{text[: len(text) * 3 // 4]}…"]]
    return messages
