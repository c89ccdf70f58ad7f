"""The stage: runs calls on the library, tells what they answered, and stops the play if it is not what was told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import attrs

from tenantaccess import (
    AccessContext,
    Decision,
    Operator,
    PrincipalId,
    System,
    TenantAccess,
    TenantAccessError,
    TenantId,
)
from tenantaccess.demo.telling import Teller
from tenantaccess.demo.wording import Names, answered, worded
from tenantaccess.demo.world import CATALOG
from tenantaccess.mail import MailLinks
from tenantaccess.model.notices import Message
from tenantaccess.ports.storage import Store
from tenantaccess.services.command import Command
from tenantaccess.services.wording import worded as mailed

R = TypeVar("R")
E = TypeVar("E", bound=TenantAccessError)
MINUTE: Final = timedelta(minutes=1)
START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINKS: Final = MailLinks("https://portal.example")
SHOWN: Final = 8
"""How much of a secret is shown."""
Signed = PrincipalId | AccessContext | Operator | System
By = Signed | None


class PlotError(Exception):
    """Something answered otherwise than the story tells."""


@attrs.define
class StoryClock:
    """
    A clock that the story moves.

    Args:
        moment: The moment it shows.
    """

    moment: datetime = START

    def now(self) -> datetime:
        """Return the moment it shows."""
        return self.moment

    def wait(self, period: timedelta) -> None:
        """Let *period* pass."""
        self.moment += period

    def wait_until(self, moment: datetime) -> None:
        """Let time pass until *moment*."""
        self.moment = moment


def expect(found: object, expected: object, what: str) -> None:
    """Stop the play unless *what* was *found* to be as *expected*."""
    if found != expected:
        raise PlotError(f"{what} was to be {expected}, and is {found}")


@attrs.define
class Narrator:
    """
    Tells what happens, in the order in which it does.

    Args:
        teller: Who is told.
        clock: Moves on with the story.
        calls: How many calls were told, each of which answered as told.
        progressed: How far the latest progress was.
    """

    teller: Teller
    clock: StoryClock
    calls: int = 0
    progressed: int = 0

    def part(self, title: str) -> None:
        """Begin a part of the story."""
        self.teller.tell("part", title)

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.teller.tell("chapter", title)

    def say(self, text: str, takes: timedelta = MINUTE) -> None:
        """Tell what happens next; time passes."""
        self.clock.wait(takes)
        self.teller.tell("says", text)

    def call(self, text: str) -> None:
        """Tell a call that is made now."""
        self.calls += 1
        self.teller.tell("call", text, at=self.clock.moment.isoformat())

    def done(self, text: str, kind: str = "done", **data: object) -> None:
        """Tell what it answered."""
        self.teller.tell(kind, text, **data)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], legend: str = "") -> None:
        """Tell a table, and what its signs mean."""
        self.teller.tell("table", title, columns=list(columns), rows=[list(row) for row in rows])
        if legend:
            self.teller.tell("legend", legend)

    def progress(self, done: int, total: int, text: str) -> None:
        """Tell how far something has come that takes a while."""
        if done != self.progressed:
            self.progressed = done
            self.teller.tell("progress", text, done=done, total=total)


@attrs.define
class Post:
    """
    A mailer that keeps what it is given, so that the story can open it.

    Args:
        access: Whose mail it delivers.
        tell: Tells of it.
        messages: The mails so far, the latest last.
    """

    access: TenantAccess
    tell: Narrator
    messages: list[Message] = attrs.field(factory=list)

    def send(self, message: Message) -> None:
        """Keep *message*."""
        self.messages.append(message)

    def deliver(self) -> Sequence[Message]:
        """Deliver what is queued, tell the mails, and return them."""
        before = len(self.messages)
        done = self.access.notices.deliver(self)
        new = self.messages[before:]
        for message in new:
            link = ""
            if message.link is not None and message.token:
                link = f"\n{LINKS(message.link, message.token[:SHOWN])}..."
            self.tell.done(f"to {message.to}: {mailed(message, LINKS).subject}{link}", "mail")
        if done.shown:
            self.tell.done(f"{done.shown} more shown in the portal, to people without an address")
        return new

    def token(self) -> str:
        """Deliver the mail and return the secret of the latest link in it."""
        tokens = [message.token for message in self.deliver() if message.token]
        if not tokens:
            raise PlotError("a mail with a link was to arrive")
        return tokens[-1]


@attrs.frozen
class Stage:
    """
    Where the story plays: calls are told, made, and held against what the story says.

    Args:
        access: The library.
        clock: Its clock.
        tell: Tells the story.
        post: Where mail arrives.
        names: What the story calls whom.
    """

    access: TenantAccess
    clock: StoryClock
    tell: Narrator
    post: Post
    names: Names = attrs.field(factory=Names)

    def execute(self, command: Command[R], by: By = None) -> R:
        """Run *command* and tell what it answered."""
        self._told(command, by)
        answer = self.access.execute_all([command], by=by)[0]
        self.tell.done(answered(answer))
        return answer

    def refuse(self, command: Command[R], error: type[E], by: By = None) -> E:
        """Run *command*, which is refused with *error*, and tell why."""
        self._told(command, by)
        return self._refused(lambda: self.access.execute_all([command], by=by)[0], error)

    def fail(self, text: str, ask: Callable[[], object], error: type[E]) -> E:
        """Ask something else that is refused with *error*, and tell why."""
        self.tell.call(text)
        return self._refused(ask, error)

    def may(self, command: Command[R], by: Signed, *, expected: bool) -> None:
        """Ask for the preflight of *command* and tell what it answered."""
        self._told(command, by, "may")
        self.decided(self.access.may(command, by=by), expected=expected)

    def check(
        self,
        tenant: TenantId,
        principal: PrincipalId,
        wanted: tuple[str, str],
        segment: str | None = None,
        *,
        expected: bool,
    ) -> Decision:
        """Ask whether *principal* may do what is *wanted*, a resource and an action, and tell the decision."""
        resource, action = wanted
        arguments = [self.names.of(tenant), self.names.of(principal), *map(repr, (*wanted, segment))]
        self.tell.call(f"check({', '.join(arguments if segment else arguments[:-1])})")
        decision = self.access.check(tenant, principal, resource, action, segment)
        self.decided(decision, expected=expected)
        return decision

    def decided(self, decision: Decision, *, expected: bool) -> None:
        """Tell a decision."""
        text = decision.explanation if decision else f"{decision.explanation}\nremedy: {decision.remedy or 'none'}"
        reasons = [reason.value for reason in decision.reasons]
        self.tell.done(text, "yes" if decision else "no", reasons=reasons, remedy=decision.remedy)
        expect(decision.allowed, expected, f"allowed ({decision.explanation})")

    def work(self, tenant: TenantId, principal: PrincipalId, wanted: tuple[str, str]) -> None:
        """Let *principal* do what is *wanted*, which counts as activity."""
        names = [self.names.of(tenant), self.names.of(principal), *map(repr, wanted)]
        self.tell.call(f"require({', '.join(names)})")
        self.access.require(tenant, principal, *wanted)
        self.tell.done("passed, and counted as activity")

    def _refused(self, ask: Callable[[], object], error: type[E]) -> E:
        try:
            answer = ask()
        except error as refusal:
            self.tell.done(f"{type(refusal).__name__}, {self.names.within(str(refusal))}", "refused")
            return refusal
        raise PlotError(f"{error.__name__} was to be raised, and the answer is {answer}")

    def _told(self, command: Command[R], by: By, what: str = "execute") -> None:
        who = "nobody signed in" if by is None else worded(by, self.names)
        self.tell.call(f"{what} {worded(command, self.names)}, by {who}")


def staged(store: Store, teller: Teller) -> Stage:
    """Return a stage on *store*, with the catalog of the story."""
    clock = StoryClock()
    access, tell = TenantAccess(store, CATALOG, clock=clock), Narrator(teller, clock)
    return Stage(access, clock, tell, Post(access, tell))
