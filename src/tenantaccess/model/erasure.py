"""Erasure: what is forgotten about a person, so that the record goes on without saying who it was."""

from collections.abc import Sequence

import attrs

from tenantaccess.ids import PrincipalId
from tenantaccess.model.invitations import Invitation


@attrs.frozen
class Erasure:
    """
    What is forgotten with one principal.

    Args:
        principal: Who.
        username: What it is called from now on.
        invitations: What went to its addresses, as it is to be: without them.
    """

    principal: PrincipalId
    username: str
    invitations: Sequence[Invitation] = ()
