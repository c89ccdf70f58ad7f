"""Where events, the access log, notices and tokens live."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tenantaccess.ids import StreamId
from tenantaccess.model.attempts import Attempt
from tenantaccess.model.audit import AccessEntry, Event, LogPlace, PrivatePart
from tenantaccess.model.notices import Notice, NoticeState
from tenantaccess.model.tenants import Head
from tenantaccess.model.tokens import Token, TokenPurpose


class StreamRepository(Protocol):
    """The versions that guard every change.  Promise: `testing.contracts.streams`."""

    @abstractmethod
    def head(self, stream: StreamId) -> Head | None:
        """Return the present head as this unit sees it; None if absent."""
        ...

    @abstractmethod
    def lock(self, stream: StreamId) -> None:
        """Keep other writers of *stream* waiting until this unit ends, where the store can; else do nothing."""
        ...

    @abstractmethod
    def advance(self, seen: Head, to: Head) -> bool:
        """
        Move the stream from *seen* to *to* in one conditional write; False, and nothing else, if it has moved on.

        Moving to *seen* itself holds the stream: it is a conditional write all the same, so that of two units,
        one that holds it and one that moves it, the later is told.

        A stream of version 0 has no row yet: the answer is True, and its head comes with the `add` that follows.
        Called before all other writes of a unit. A store that applies at commit may answer True here and raise
        `ConflictError(retryable=True)` from `commit`.
        """
        ...


class EventRepository(Protocol):
    """Events: appended and read, never altered.  Promise: `testing.contracts.events`."""

    @abstractmethod
    def append(self, events: Sequence[Event], private: Sequence[PrivatePart]) -> None:
        """Append *events* and the personal side rows of some of them; numbers are unique per stream."""
        ...

    @abstractmethod
    def read(self, stream: StreamId, after: int, limit: int) -> Sequence[tuple[Event, PrivatePart | None]]:
        """Return up to *limit* events of *stream* with numbers above *after*, in order, with their side rows."""
        ...

    @abstractmethod
    def about(
        self, stream: StreamId, subject: str, before: int, limit: int
    ) -> Sequence[tuple[Event, PrivatePart | None]]:
        """
        Return the latest *limit* events of *stream* about *subject*, newest first, with their side rows.

        Only such with numbers below *before*; found without looking at events about others.
        """
        ...

    @abstractmethod
    def find_key(self, stream: StreamId, actor: str, key: str) -> Event | None:
        """Return the first event that *actor* wrote to *stream* under the idempotency *key*; None if there is none."""
        ...


class AccessLogRepository(Protocol):
    """The access log.  Promise: `testing.contracts.events`."""

    @abstractmethod
    def record(self, entry: AccessEntry) -> None:
        """Add *entry*, or count it onto the line with equal stream, actor, what, reason, subject and UTC day."""
        ...

    @abstractmethod
    def read(self, stream: StreamId, limit: int, after: LogPlace | None = None) -> Sequence[AccessEntry]:
        """
        Return the latest *limit* lines of *stream*, by descending `AccessEntry.place`; one statement.

        Only those behind the place *after*, whether or not a line stands there still; None for the first.
        """
        ...


class NoticeRepository(Protocol):
    """The outbox.  Promise: `testing.contracts.notices`."""

    @abstractmethod
    def add(self, notices: Sequence[Notice]) -> None:
        """Queue *notices* with the unit, in this order: of equal age, what was queued earlier is the older."""
        ...

    @abstractmethod
    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Notice]:
        """
        Take up to *limit* queued notices that nobody holds at *now*, oldest first, and hold them until *until*.

        By state, in conditional writes: two workers never hold one notice at once, none is skipped (INV-38).
        """
        ...

    @abstractmethod
    def finish(self, notice: Notice, state: NoticeState) -> bool:
        """Move a queued notice to *state*; False if it is queued no longer."""
        ...

    @abstractmethod
    def release(self, notice: Notice) -> None:
        """Let go of a claimed notice, so that it can be claimed again at once."""
        ...

    @abstractmethod
    def queued(self) -> int:
        """Return how many notices are queued."""
        ...


class TokenRepository(Protocol):
    """Tokens by digest.  Promise: `testing.contracts.tokens`."""

    @abstractmethod
    def add(self, token: Token) -> None:
        """
        Store *token*; an older one of the same purpose and slot dies with it.

        Of several added at once one is alive in the end. Where units wait for each other it is the last; where they do
        not, `ConflictError(retryable=True)` may be raised, here or by `commit`.
        """
        ...

    @abstractmethod
    def alive(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        """
        Return the token with *digest* if it could be redeemed *at*; uses nothing up.

        Returns:
            The token; None if there is none for this purpose, or it is dead, used or expired: alike (INV-30).
        """
        ...

    @abstractmethod
    def redeem(self, token: Token, at: datetime) -> bool:
        """
        Use up *token* in one conditional write, part of the unit; at its expiry it is dead.

        False, and nothing else, if it is used, dead or expired. A store that applies at commit may answer True here
        and raise `ConflictError(retryable=True)` from `commit`.
        """
        ...

    @abstractmethod
    def find(self, digest: str) -> Token | None:
        """Return the token with *digest*, used, dead or not; None if there never was one. Opens nothing by itself."""
        ...


class AttemptRepository(Protocol):
    """Attempts, counted by key.  Promise: `testing.contracts.attempts`."""

    @abstractmethod
    def take(self, key: str, limit: int, period: timedelta, at: datetime) -> Attempt:
        """
        Count one attempt under *key* in one conditional write, unless *limit* are counted in the running period.

        A period begins with its first attempt and lasts *period*; at its end another one may begin. A key with nothing
        counted has no running period. However many try at once, no more than *limit* are counted.
        """
        ...

    @abstractmethod
    def give_back(self, attempt: Attempt) -> None:
        """Take a counted *attempt* off again, while its period is the running one; what others counted stays."""
        ...

    @abstractmethod
    def clear(self, key: str) -> None:
        """Drop whatever is counted under *key*, and its period; what is counted under others stays."""
        ...

    @abstractmethod
    def forget(self, until: datetime, limit: int) -> int:
        """Forget up to *limit* keys whose periods began *until* then, oldest first; return how many it were."""
        ...
