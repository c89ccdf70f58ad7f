"""The stage: runs calls on the library, tells what they answered, and stops the play if it is not what was told."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import attrs

from tenantaccess import Decision, Matrix, Operator, PrincipalId, RefusedError, System, TenantAccess, TenantId
from tenantaccess.demo.telling import Teller
from tenantaccess.demo.wording import Names, answered, day, worded
from tenantaccess.model.notices import Message
from tenantaccess.services.command import Command

R = TypeVar("R")
E = TypeVar("E", bound=RefusedError)
START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
Signed = PrincipalId | Operator | System
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


@attrs.define
class Post:
    """
    A mailer that keeps what it is given, so that the story can open it.

    Args:
        messages: The mails so far, the latest last.
    """

    messages: list[Message] = attrs.field(factory=list)

    def send(self, message: Message) -> None:
        """Keep *message*."""
        self.messages.append(message)


@attrs.frozen
class Stage:
    """
    Where the story plays.

    Args:
        access: The library.
        clock: Its clock.
        teller: Who tells.
        names: What the story calls whom.
        post: Where mail arrives.
    """

    access: TenantAccess
    clock: StoryClock
    teller: Teller
    names: Names = attrs.field(factory=Names)
    post: Post = attrs.field(factory=Post)

    def say(self, text: str) -> None:
        """Tell what happens next; a minute passes."""
        self.clock.wait(timedelta(minutes=1))
        self.teller.tell("says", text)

    def execute(self, command: Command[R], by: By = None) -> R:
        """Run *command* and tell what it answered."""
        self._call("execute", command, by)
        answer = self.access.execute_all([command], by=by)[0]
        self.teller.tell("done", answered(answer))
        return answer

    def refuse(self, command: Command[R], error: type[E], by: By = None) -> E:
        """Run *command*, which is refused with *error*, and tell why."""
        self._call("execute", command, by)
        try:
            answer = self.access.execute_all([command], by=by)[0]
        except error as refusal:
            self.teller.tell("refused", f"{type(refusal).__name__}, {self.told(str(refusal))}")
            return refusal
        raise PlotError(f"{command.name} was to be refused, and answered {answer}")

    def may(self, command: Command[R], by: Signed, *, expected: bool) -> None:
        """Ask for the preflight of *command* and tell what it answered."""
        self._call("may", command, by)
        self._decided(self.access.may(command, by=by), expected=expected)

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
        text = f"check({', '.join(arguments if segment else arguments[:-1])})"
        self.teller.tell("call", text, at=self._at())
        decision = self.access.check(tenant, principal, resource, action, segment)
        self._decided(decision, expected=expected)
        return decision

    def deliver(self) -> Message | None:
        """Deliver what is queued, tell the mails, and return the latest of them."""
        before = len(self.post.messages)
        done = self.access.notices.deliver(self.post)
        for message in self.post.messages[before:]:
            link = f"\nhttps://portal.example/registration#{message.token[:8]}..." if message.token else ""
            where = f" at {message.tenant_name}" if message.tenant_name else ""
            self.teller.tell("mail", f"to {message.to}: {message.purpose}, {message.username}{where}{link}")
        if done.shown:
            self.teller.tell("done", f"{done.shown} with nobody to mail to: the host shows them")
        return self.post.messages[-1] if len(self.post.messages) > before else None

    def told(self, text: str) -> str:
        """Return *text* with names for ids."""
        for identifier, name in self.names.by_id.items():
            text = text.replace(identifier, name)
        return text

    def _call(self, what: str, command: Command[R], by: By) -> None:
        who = "nobody signed in" if by is None else worded(by, self.names)
        self.teller.tell("call", f"{what} {worded(command, self.names)}, by {who}", at=self._at())

    def _decided(self, decision: Decision, *, expected: bool) -> None:
        text = decision.explanation if decision else f"{decision.explanation}\nremedy: {decision.remedy or 'none'}"
        reasons = [reason.value for reason in decision.reasons]
        self.teller.tell("yes" if decision else "no", text, reasons=reasons, remedy=decision.remedy)
        if decision.allowed is not expected:
            raise PlotError(f"the story tells otherwise: {decision.explanation}")

    def _at(self) -> str:
        return self.clock.moment.isoformat()


def draw(stage: Stage, matrix: Matrix) -> None:
    """Tell *matrix* as a table; a star marks what is set explicitly, not by the role."""
    columns = ["username", "role", *matrix.columns]
    rows = [
        [
            row.username,
            row.role or "-",
            *(f"{row.cells[column].level}{'*' if row.cells[column].explicit else ''}" for column in matrix.columns),
        ]
        for row in matrix.rows
    ]
    stage.teller.tell("table", "the matrix", columns=columns, rows=rows, at=day(stage.clock.moment))
