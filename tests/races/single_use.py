"""Secrets of each purpose that many use at once, and guesses at one password that many make at once."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from threading import Lock
from typing import Final

from tests.services.worlds import events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    ChangeEmail,
    CompleteRegistration,
    Invite,
    JoinLink,
    RequestPasswordReset,
    ResetPassword,
    VerifyEmail,
)
from tenantaccess.errors import ConflictError, ProofRefusedError, TooManyAttemptsError
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.system import SystemEntropy
from tenantaccess.testing.builders import CLINICS, PASSWORD, Given
from tenantaccess.testing.contracts.threads import at_once
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer

CROWD: Final = 8

Use = Callable[[], bool]
"""Whether it came to something."""
Prepared = tuple[Use, StreamId, str]
"""How it is used, and in which record what it does is an event of which kind."""


class CountingHasher(QuickHasher):
    """Counts truly, also when many verify at once."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self.looked_at = 0

    def verify(self, password: Secret, stored: str) -> bool:
        with self._lock:
            self.looked_at += 1
        return super().verify(password, stored)


def access_on(store: Store) -> TenantAccess:
    return TenantAccess(store, CLINICS, clock=FrozenClock(), entropy=SystemEntropy(), hasher=CountingHasher())


def mailed(access: TenantAccess) -> str:
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    return mailer.tokens()[-1]


def registration(access: TenantAccess, number: int) -> Prepared:
    make = Given(access)
    tenant = make.tenant()
    make.unverified(tenant, username=f"kim{number}")
    command = CompleteRegistration(mailed(access))
    return lambda: access.execute(command).changed, tenant, "complete_registration"


def invitation(access: TenantAccess, number: int) -> Prepared:
    """Each of those who use it would register under a name of their own."""
    make = Given(access)
    tenant = make.tenant()
    maria = make.manager(tenant)
    access.execute(Invite(tenant, f"lu{number}@people.example", Grant(levels={"claims": VIEW})), by=maria)
    token, names = mailed(access), count()

    def accept() -> bool:
        newcomer = NewUsername(f"lu{number}of{next(names)}", PASSWORD)
        return bool(access.execute(AcceptInvitation(token, newcomer)).principal_id)

    return accept, tenant, "accept_invitation"


def reset(access: TenantAccess, number: int) -> Prepared:
    rob = Given(access).registered(Given(access).tenant(), username=f"rob{number}")
    access.execute(RequestPasswordReset(f"rob{number}", source=f"rob{number}"))
    command = ResetPassword(mailed(access), "another quick password")
    return lambda: access.execute(command).changed, rob, "reset_password"


def email(access: TenantAccess, number: int) -> Prepared:
    make = Given(access)
    lee = make.registered(make.tenant(), username=f"lee{number}")
    access.execute(ChangeEmail(f"lee{number}@elsewhere.example"), by=lee)
    command = VerifyEmail(mailed(access))
    return lambda: access.execute(command).changed, lee, "verify_email"


def offer(access: TenantAccess, number: int) -> Prepared:
    make = Given(access)
    tenant = make.tenant()
    make.member(tenant, username=f"jo{number}", role="biller")
    master = make.pending(username=f"master{number}")
    command = JoinLink([tenant], access.links.prove(f"jo{number}", PASSWORD, by=master).token)
    return lambda: access.execute(command, by=master).changed, tenant, "join_link"


PURPOSES: Final = {
    TokenPurpose.REGISTRATION: registration,
    TokenPurpose.INVITATION: invitation,
    TokenPurpose.RESET: reset,
    TokenPurpose.EMAIL: email,
    TokenPurpose.OFFER: offer,
}


def used(use: Use) -> str:
    try:
        return "done" if use() else "nothing to do"
    except ProofRefusedError:
        return "refused"
    except ConflictError as conflict:
        return "lost" if conflict.retryable else str(conflict)


def require_single_use(access: TenantAccess, purpose: TokenPurpose, number: int) -> None:
    """Prepare one secret, let many use it at once, and see that one of them did, and that once."""
    use, stream, kind = PURPOSES[purpose](access, number)
    told = Counter(at_once([partial(used, use)] * CROWD))
    assert told["done"] == 1, (purpose, told)
    subjects = Counter(event.subject for event in events(access, stream) if event.kind == kind)
    assert set(subjects.values()) == {1}, (purpose, subjects)
    assert access.audit.verify(stream).holds


def guess(access: TenantAccess, master: PrincipalId) -> str:
    try:
        access.links.prove("jo", "not her password", by=master)
    except ProofRefusedError:
        return "looked at"
    except TooManyAttemptsError:
        return "refused before"
    return "proven"
