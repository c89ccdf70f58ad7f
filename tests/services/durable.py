"""The commands that need a unit of their own: in a host's transaction a rollback would undo what limits guessing."""

from typing import Any, Final

from tests.services.test_closed_commands import SAMPLES, kind

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import structured
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR

DURABLE: Final = (
    "AcceptInvitation",
    "ChangePassword",
    "CompleteRegistration",
    "DeclineInvitation",
    "JoinLink",
    "RequestAccess",
    "RequestLink",
    "RequestPasswordReset",
    "ResetPassword",
    "VerifyEmail",
)
"""Sign-in, proofs, secrets that were mailed, and asking without being known: by name, so that no flag goes unseen."""


def run(access: TenantAccess, name: str) -> Any:
    """Run a command of that name; whoever it is by, where it runs is looked at first."""
    command: Command[Any] = structured(SAMPLES[name], kind(name))
    return access.execute(command, by=OPERATOR)
