"""Who acts: a member, the operator, the system, or somebody who is not signed in."""

import enum

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, PrincipalId, is_id
from tenantaccess.model import words
from tenantaccess.model.contexts import AccessContext


class ActorKind(enum.Enum):
    """Who acts."""

    MEMBER = "member"
    OPERATOR = "operator"
    SYSTEM = "system"
    PUBLIC = "public"
    """Somebody who is not signed in: a newcomer, or the holder of a mailed token."""


@attrs.frozen
class Actor:
    """
    Who acts, as the record keeps it.

    Args:
        kind: Member, operator, system or public.
        id: The principal of a member, the name an operator goes by, else empty.
        link: The row a member acts through: its base, while it rests on a proof; else None.
    """

    kind: ActorKind
    id: str = ""
    link: PrincipalId | None = None

    @property
    def key(self) -> str:
        """What idempotency keys are unique under."""
        return f"{self.kind.value}:{self.id}"


@attrs.frozen
class Operator:
    """
    The platform's own staff or process; only the host constructs one.

    Args:
        name: What the record calls it: 1 to 200 visible ASCII characters.
    """

    name: str = attrs.field(converter=words.operator_name)


@attrs.frozen
class System:
    """The library's own sweeps and deliveries."""


By = PrincipalId | AccessContext | Operator | System
"""Who may be named as the one who acts; a context stands for its principal, in its tenant alone."""


def actor_of(by: "By | None") -> Actor:
    """
    Return *by* as the record keeps it; None is the public.

    Raises:
        InvalidInputError: anything else than the id of a principal, a context, an operator or the system.
    """
    match by:
        case None:
            return Actor(ActorKind.PUBLIC)
        case Operator(name=name):
            return Actor(ActorKind.OPERATOR, name)
        case System():
            return Actor(ActorKind.SYSTEM)
        case AccessContext(principal=principal):
            return Actor(ActorKind.MEMBER, principal)
        case str() if is_id(by, PRINCIPAL):
            return Actor(ActorKind.MEMBER, by)
        case _:
            raise InvalidInputError("by", "must be the id of a principal, a context, an operator or the system")
