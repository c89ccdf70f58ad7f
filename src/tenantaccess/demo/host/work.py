"""What goes on behind the pages: mails are delivered, the sweep is run, and the diagnosis codes arrive."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import attrs

from tenantaccess import TenantAccess, TenantId
from tenantaccess.demo.host import loading
from tenantaccess.errors import OutageError, RefusedError
from tenantaccess.mail import MailLinks
from tenantaccess.model.notices import Message
from tenantaccess.services.wording import Wording, worded

DELIVER_EVERY: Final = 1.0
SWEEP_EVERY: Final = 60
"""Deliveries from one sweep to the next."""
MOST_MAILS: Final = 200


@attrs.frozen
class Mail:
    """
    A mail as its reader has it.

    Args:
        number: Which of all that were delivered.
        to: Whom it is for.
        words: Its text.
    """

    number: int
    to: str
    words: Wording


@attrs.define
class Outbox:
    """
    A mailer that shows what it is given instead of sending it.

    Args:
        links: Where links lead.
        mails: The latest ones, newest first.
    """

    links: MailLinks
    mails: Sequence[Mail] = ()
    count: int = 0

    def send(self, message: Message) -> None:
        """Keep *message*."""
        self.count += 1
        mail = Mail(self.count, message.to, worded(message, self.links))
        self.mails = (mail, *self.mails)[:MOST_MAILS]


@attrs.define
class Codes:
    """
    How far the diagnosis codes have come.

    Args:
        done: How many have landed.
        total: Of how many; 0 until that is known.
        has_failed: Whether they will not come.
    """

    done: int = 0
    total: int = 0
    has_failed: bool = False

    @property
    def is_done(self) -> bool:
        """Whether all have landed."""
        return 0 < self.total <= self.done

    def follow(self, lines: IO[str]) -> None:
        """Read how far they are until there is nothing more to read."""
        for line in lines:
            done, total = line.split()
            self.done, self.total = int(done), int(total)
        self.has_failed = not self.is_done


@attrs.define
class Work:
    """
    The two workers; ended by `stop`, together with the process that loads the codes.

    Args:
        access: The library.
        outbox: Where mails go.
        codes: How far the codes are.
    """

    access: TenantAccess
    outbox: Outbox
    codes: Codes = attrs.field(factory=Codes)
    _ended: threading.Event = attrs.field(factory=threading.Event)
    _loading: "subprocess.Popen[str] | None" = None
    _threads: list[threading.Thread] = attrs.field(factory=list)

    def start(self, database: Path, tenant: TenantId) -> None:
        """Begin to deliver, and to load the codes into *database* for *tenant*."""
        command = [sys.executable, "-m", loading.__name__, str(database), tenant]
        self._loading = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # of nobody's words
        for job in (self._deliver, self._follow):
            thread = threading.Thread(target=job, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End both, and wait until they have."""
        self._ended.set()
        if self._loading is not None:
            self._loading.terminate()
        for thread in self._threads:
            thread.join()
        if self._loading is not None:
            self._loading.wait()

    def round(self, number: int) -> None:
        """Deliver what waits, and sweep now and then; what fails is done in the next round."""
        with suppress(OutageError, RefusedError):
            if number % SWEEP_EVERY == 0:
                self.access.sweeps.run()
            self.access.notices.deliver(self.outbox)

    def _follow(self) -> None:
        assert self._loading is not None  # noqa: S101  # begun above
        assert self._loading.stdout is not None  # noqa: S101  # piped above
        with self._loading.stdout as lines:
            self.codes.follow(lines)

    def _deliver(self) -> None:
        rounds = 0
        while not self._ended.is_set():
            self.round(rounds)
            rounds += 1
            self._ended.wait(DELIVER_EVERY)
