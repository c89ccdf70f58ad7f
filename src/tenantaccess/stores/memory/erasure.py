"""Forgetting a person in memory: a look through all there is."""

from collections.abc import Collection, Sequence

import attrs

from tenantaccess.errors import NotFoundError, TakenError
from tenantaccess.ids import InvitationId, PrincipalId
from tenantaccess.model.invitations import Invitation
from tenantaccess.stores.memory.tables import Tables


def _taken() -> TakenError:
    return TakenError("username")


class MemoryErasure:
    """What only erasing a person does."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def addressed(self, email_keys: Collection[str]) -> Sequence[Invitation]:
        """Return what went to somebody, in every tenant."""
        found = [
            one
            for tenant in self.tables.invitations.groups()
            for one in self.tables.invitations.group(tenant).values()
            if one.email_key and one.email_key in email_keys
        ]
        return sorted(found, key=lambda one: (one.tenant, one.id))

    def rename(self, principal: PrincipalId, username: str) -> None:
        """Give it another username."""
        found = self.tables.principals.get("", principal)
        if found is None:
            raise NotFoundError("principal", principal)
        renamed = attrs.evolve(found, username=username)
        key = renamed.username_key
        if self.tables.usernames.get("", key) not in {None, principal}:
            raise TakenError("username")
        self.tables.usernames.expect("", key, self.tables.usernames.get("", key), _taken)
        self.tables.usernames.put("", found.username_key, None)
        self.tables.usernames.put("", key, principal)
        self.tables.principals.put("", principal, renamed)

    def forget_parts(self, subjects: Collection[str]) -> None:
        """Remove side rows."""
        for stream in self.tables.private_parts.groups():
            for number in self.tables.private_parts.group(stream):
                event = self.tables.events.get(stream, number)
                if event is not None and event.subject in subjects:
                    self.tables.private_parts.put(stream, number, None)

    def forget_tokens(self, principal: PrincipalId, invitations: Collection[InvitationId]) -> None:
        """Remove tokens, alive or not."""
        for digest, token in self.tables.tokens.group("").items():
            if token.principal == principal or token.invitation in invitations:
                self.tables.tokens.put("", digest, None)
                if self.tables.alive_tokens.get(token.purpose, token.slot) == digest:
                    self.tables.alive_tokens.put(token.purpose, token.slot, None)
