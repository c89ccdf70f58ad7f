"""Where a person is forgotten: in every tenant and stream at once."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from tenantaccess.ids import InvitationId, PrincipalId
from tenantaccess.model.invitations import Invitation


class ErasureRepository(Protocol):
    """What only erasing a person does.  Promise: `testing.contracts.erasure`."""

    @abstractmethod
    def addressed(self, email_keys: Collection[str]) -> Sequence[Invitation]:
        """
        Return what went to one of *email_keys*, in any tenant and whatever became of it, by tenant and id.

        An empty key is nobody's address.
        """
        ...

    @abstractmethod
    def rename(self, principal: PrincipalId, username: str) -> None:
        """
        Give a principal that exists another username, in every roster too; the one so far is free.

        `TakenError("username")` if the new one's key is in use, here or at commit.
        """
        ...

    @abstractmethod
    def forget_parts(self, subjects: Collection[str]) -> None:
        """Remove the personal side rows of all events about *subjects*, in every stream; the events stay."""
        ...

    @abstractmethod
    def forget_tokens(self, principal: PrincipalId, invitations: Collection[InvitationId]) -> None:
        """Remove all tokens for *principal* or for one of *invitations*, those that are used or dead included."""
        ...
