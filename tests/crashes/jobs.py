"""The jobs that are killed: how each is set up, done, done again by whoever comes after the crash, and looked at."""

import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
from tests.services.copies import BILLING, CODES, DIAGNOSES, PAYERS, SMALL, billing, put, some
from tests.services.inviting import Post

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain, structured
from tenantaccess.commands import (
    AcceptInvitation,
    AddRole,
    AddUsername,
    AppointManager,
    Approve,
    AssignRole,
    ChangePrivileges,
    CompleteRegistration,
    Disable,
    EditRole,
    Invite,
    Remove,
    RequestPasswordReset,
    ResetPassword,
    SuspendPrincipal,
    UpdateContact,
)
from tenantaccess.errors import ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.copying import CopyPlan, CopyState
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.notices import Message
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Mailer
from tenantaccess.services.command import Command
from tenantaccess.services.notices import HELD_FOR
from tenantaccess.services.sweeps import Swept
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy

Facts = Mapping[str, str]
"""What a worker needs to know of a scene, as plain text: it is another process."""
KEY: Final = "the-one-key"
SETS: Final = (DIAGNOSES, BILLING, PAYERS)


@attrs.frozen
class Scene:
    """One process at work on a scene: its own library, clock and random source, on a store that it was given."""

    access: TenantAccess
    clock: FrozenClock
    facts: Facts

    @classmethod
    def over(cls, store: Store, facts: Facts, seed: str) -> "Scene":
        """Return a process at work on *store*, at the moment at which the scene was left."""
        clock = FrozenClock()
        if "moment" in facts:
            clock.moment = datetime.fromisoformat(facts["moment"])
        access = TenantAccess(store, CODES, SMALL, clock, SeededEntropy(seed), QuickHasher())
        return cls(access, clock, facts)

    def tenant(self, name: str) -> TenantId:
        return TenantId(self.facts[name])

    def principal(self, name: str) -> PrincipalId:
        return PrincipalId(self.facts[name])


class FileMailer:
    """A mailer that is done when what it was given has reached the disk, one line a message."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        line = json.dumps([message.key, message.purpose, message.link and message.link.value, message.token])
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


@attrs.frozen
class Mail:
    """One message as it was sent."""

    key: str
    purpose: str
    link: TokenPurpose | None
    token: str

    @property
    def notice(self) -> str:
        return self.key.partition(":")[0]


def sent(path: Path) -> list[Mail]:
    """All messages that ever left, in order."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    return [Mail(key, purpose, link and TokenPurpose(link), token) for key, purpose, link, token in found]


@attrs.frozen
class Crash:
    """
    What a crash left.

    Args:
        queued: Notices that were not marked as delivered.
        mails: What had left until then.
        number: Which crash of the campaign it is: there may be several ways to go on.
    """

    queued: frozenset[str]
    mails: Sequence[Mail]
    number: int


@attrs.frozen
class Job:
    """
    A job that may be killed.

    Args:
        arrange: Sets the scene, and returns its facts.
        run: Does it, and returns its answer.
        again: What a host does when it is back; the answer is compared with that of an undisturbed run.
        check: What else holds in the end, given what was sent; it may use tokens up.
        volatile: What an undisturbed run and one that went on after a crash do not have in common.
    """

    arrange: Callable[[TenantAccess, Given, FrozenClock], dict[str, str]]
    run: Callable[[Scene, Mailer], Any]
    again: Callable[[Scene, Mailer, Crash], Any]
    check: Callable[[Scene, Crash, Sequence[Mail]], None]
    volatile: frozenset[str] = frozenset()


# --- copying: several sets, two targets, several batches each -----------------------------------------------------


def _two_clinics_to_copy_to(access: TenantAccess, make: Given, _: FrozenClock) -> dict[str, str]:
    source, *targets = (make.tenant(name) for name in ("Riverside", "Lakeside", "Hillside"))
    lee = make.manager(source)
    for target in targets:
        access.execute(AppointManager(target, lee), by=OPERATOR)
    put(access, source, DIAGNOSES, some("A", "B", "C"))
    put(access, source, PAYERS, some("P1", "P2"))
    put(access, source, BILLING, [billing("V1", "P1"), billing("V2", "P9")])
    put(access, targets[0], DIAGNOSES, some("B", label="their own"))
    planned = access.copying.plan(source, targets, SETS, by=lee)
    return {"source": source, "lee": lee, "plan": json.dumps(plain(planned))}


def _copied(scene: Scene, *_: object) -> Any:
    planned = structured(json.loads(scene.facts["plan"]), CopyPlan)
    return scene.access.copying.run(planned, by=scene.principal("lee"), key=KEY).job


def _copied_on(scene: Scene, _: Mailer, crash: Crash) -> Any:
    """By the same call again, or by going on with the job that is found there."""
    source, lee = scene.tenant("source"), scene.principal("lee")
    jobs = scene.access.copying.jobs(source, by=lee).jobs
    if crash.number % 2 or not jobs:
        return _copied(scene)
    return scene.access.copying.resume(source, jobs[0].id, by=lee).job


def _is_copied_once(scene: Scene, *_: object) -> None:
    jobs = scene.access.copying.jobs(scene.tenant("source"), by=OPERATOR).jobs
    assert [job.state for job in jobs] == [CopyState.DONE]


# --- a sweep of three clinics -------------------------------------------------------------------------------------


def _silent_people(access: TenantAccess, make: Given, clock: FrozenClock) -> dict[str, str]:
    clinics = [make.tenant(name) for name in ("Riverside", "Lakeside", "Hillside")]
    managers = [make.manager(clinic) for clinic in clinics]

    def pass_by(days: int) -> None:
        clock.advance(timedelta(days=days))
        for clinic, manager in zip(clinics, managers, strict=True):
            access.require(clinic, manager, "manage_account", "view")

    for clinic in clinics:
        for _ in range(2):
            make.member(clinic, levels={"claims": VIEW})  # who lapses
    pass_by(28)
    for clinic in clinics:
        make.member(clinic, levels={"claims": VIEW})  # who is warned
    pass_by(50)
    for clinic in clinics:
        make.pending(clinic)  # who waits
    pass_by(12)
    return {}


def _swept(scene: Scene, *_: object) -> None:
    scene.access.sweeps.run()


def _nothing_is_left_to_sweep(scene: Scene, *_: object) -> None:
    assert scene.access.sweeps.run() == Swept(tenants=3)


# --- a bulk edit in two clinics -----------------------------------------------------------------------------------


def _two_clinics_with_people(_: TenantAccess, make: Given, __: FrozenClock) -> dict[str, str]:
    facts: dict[str, str] = {}
    for clinic in ("riverside", "lakeside"):
        tenant = make.tenant(clinic.title())
        facts[clinic] = tenant
        make.manager(tenant)
        facts |= {f"{clinic} {who}": make.member(tenant, role="biller") for who in ("ann", "bob", "cat", "dan")}
    return facts


def _edits(scene: Scene, clinic: str) -> list[Command[Any]]:
    tenant = scene.tenant(clinic)
    ann, bob, cat, dan = (scene.principal(f"{clinic} {who}") for who in ("ann", "bob", "cat", "dan"))
    return [
        ChangePrivileges(tenant, [Edit(ann, "claims", VIEW), Edit(bob, "eligibility", FULL)]),
        AddRole(tenant, "clerk", levels={"claims": VIEW}),
        AssignRole(tenant, cat, "clerk"),
        EditRole(tenant, "biller", levels={"claims": VIEW, "codes": VIEW}),
        UpdateContact(tenant, bob, contact=Contact("Bo", "Lee")),
        Disable(tenant, dan, note="left"),
        AddUsername(tenant, NewUsername(f"{clinic}-eve", PASSWORD), Grant("clerk")),
        Remove(tenant, cat),
    ]


def _edited(scene: Scene, *_: object) -> Any:
    commands = [*_edits(scene, "riverside"), *_edits(scene, "lakeside")]
    commands.append(SuspendPrincipal(scene.principal("riverside bob")))
    return scene.access.execute_all(commands, by=OPERATOR, key=KEY)


def _nothing_more(*_: object) -> None:
    """All is told by the tables."""


# --- accepting an invitation --------------------------------------------------------------------------------------


def _invited(access: TenantAccess, make: Given, clock: FrozenClock) -> dict[str, str]:
    tenant = make.tenant()
    post = Post(access, make, clock, RecordingMailer(), tenant, make.manager(tenant))
    return {"tenant": tenant, "secret": post.secret()}


def _accept(scene: Scene, username: str, key: str | None) -> Any:
    command = AcceptInvitation(scene.facts["secret"], NewUsername(username, PASSWORD))
    return scene.access.execute(command, key=key)


def _accepted(scene: Scene, *_: object) -> Any:
    return _accept(scene, "kim", KEY)


def _the_secret_is_used_up(scene: Scene, *_: object) -> None:
    for username, key in (("kim", None), ("lu", "another-key")):
        require_refused(lambda username=username, key=key: _accept(scene, username, key))  # type: ignore[misc]


def require_refused(use: Callable[[], object]) -> None:
    """Fail unless the proof that *use* gives is refused."""
    try:
        use()
    except ProofRefusedError:
        return
    raise AssertionError("a token was taken twice")


# --- delivering notices -------------------------------------------------------------------------------------------


def _full_outbox(access: TenantAccess, make: Given, _: FrozenClock) -> dict[str, str]:
    """Two managers with mailboxes, and notices of every fate: mailed, to two, with a link, shown, void."""
    tenant = make.tenant()
    boss = make.manager(tenant)
    managers = [make.registered(tenant, username=name) for name in ("mia", "max")]
    for manager in managers:
        access.execute(AssignRole(tenant, manager, "account_manager"), by=OPERATOR)
    ann = make.registered(tenant, username="ann")
    make.pending(tenant, "ben")  # both managers are told
    make.unverified(tenant, username="cam")  # a link
    gone = make.pending(tenant, "dee")
    access.execute(Approve(tenant, gone, Grant(levels={"claims": VIEW})), by=boss)
    access.execute(Remove(tenant, gone), by=boss)  # a link that is void
    access.execute(Invite(tenant, "lee@people.example", Grant(levels={"claims": VIEW})), by=boss)  # a link
    access.execute(RequestPasswordReset("ann"))  # a link
    access.execute(Disable(tenant, ann), by=boss)
    access.execute(Disable(tenant, make.member(tenant, levels={"claims": VIEW})), by=boss)  # no mailbox: shown
    return {"tenant": tenant}


def _delivered(scene: Scene, mailer: Mailer, *_: object) -> None:
    scene.access.notices.deliver(mailer)


def _delivered_later(scene: Scene, mailer: Mailer, _: Crash) -> None:
    """Once at once, and once when what the dead worker held is free again."""
    scene.access.notices.deliver(mailer)
    scene.clock.advance(HELD_FOR)
    scene.access.notices.deliver(mailer)


def _all_is_mailed(scene: Scene, crash: Crash, mails: Sequence[Mail]) -> None:
    """
    Nothing is lost; what comes twice had left the dead worker, which had not marked it.

    Of the links of one message only the last one works, and it works once.
    """
    assert scene.access.notices.queued() == 0
    counts = Counter(mail.key for mail in mails)
    twice = {key for key, count in counts.items() if count > 1}
    assert max(counts.values()) <= 2
    assert twice <= {mail.key for mail in crash.mails if mail.notice in crash.queued}, "doubled without need"
    linked = [mail for mail in mails if mail.link is not None]
    for _, same in itertools.groupby(sorted(linked, key=lambda mail: mail.key), key=lambda mail: mail.key):
        *earlier, last = sorted(same, key=mails.index)
        for mail in earlier:
            require_refused(lambda mail=mail: _use(scene, mail))  # type: ignore[misc]
        _use(scene, last)
        require_refused(lambda mail=last: _use(scene, mail))  # type: ignore[misc]


def _use(scene: Scene, mail: Mail) -> None:
    commands: dict[TokenPurpose | None, Callable[[], Command[Any]]] = {
        TokenPurpose.REGISTRATION: lambda: CompleteRegistration(mail.token),
        TokenPurpose.RESET: lambda: ResetPassword(mail.token, "another quick brown password"),
        TokenPurpose.INVITATION: lambda: AcceptInvitation(mail.token, NewUsername("lee", PASSWORD)),
    }
    scene.access.pipeline.execute_all([commands[mail.link]()], None)


# Random words, and what is hashed together with them.
_RANDOM = frozenset({"digest", "previous", "key", "command", "private_digest", "salt"})

JOBS: Final[Mapping[str, Job]] = {
    "copy": Job(_two_clinics_to_copy_to, _copied, _copied_on, _is_copied_once),
    "sweep": Job(_silent_people, _swept, _swept, _nothing_is_left_to_sweep, _RANDOM | {"notice_id"}),
    "bulk edit": Job(_two_clinics_with_people, _edited, _edited, _nothing_more, _RANDOM),
    "accept": Job(_invited, _accepted, _accepted, _the_secret_is_used_up, _RANDOM),
    "deliver": Job(
        _full_outbox, _delivered, _delivered_later, _all_is_mailed, _RANDOM | {"claimed_until", "expires_at", "token"}
    ),
}
"""`volatile` names columns; or, as ``token``, a table that is looked at by `check` instead."""
