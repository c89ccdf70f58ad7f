"""Telling people: what commands queued is delivered at least once, secrets are minted on the way out."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import attrs

from tenantaccess.errors import ConflictError, MisuseError, UnreadableRowError
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.notices import Message, Notice, NoticeState
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Secret
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock, Entropy, Mailer
from tenantaccess.services import delivery
from tenantaccess.services.delivery import Occasion, Timing
from tenantaccess.services.holding import again_on_conflict, hold
from tenantaccess.services.redeeming import token_digest
from tenantaccess.services.timing import now_of

HELD_FOR: Final = timedelta(minutes=5)
"""How long a worker holds a notice; a crashed one's are taken up again after that."""
BATCH: Final = 100


@attrs.frozen
class Delivery:
    """
    What one delivery run did.

    Args:
        sent: Messages handed over.
        shown: Notices with nobody to mail to; the portal shows them.
        void: Notices whose occasion had passed.
        failed: Notices that the mailer did not take, or that could not be read or marked; they stay queued.
        left: Notices whose occasion is not there yet; they stay queued.
    """

    sent: int = 0
    shown: int = 0
    void: int = 0
    failed: int = 0
    left: int = 0

    def __add__(self, other: "Delivery") -> "Delivery":
        sums = {name: count + getattr(other, name) for name, count in attrs.asdict(self).items()}
        return Delivery(**sums)


@attrs.frozen
class Notices:
    """
    The outbox.

    Args:
        store: Where it lives.
        catalog: The declared words.
        policy: The host's choices.
        clock: For holds and expiries.
        entropy: Mints the secrets.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock
    _entropy: Entropy

    def deliver(self, mailer: Mailer, limit: int = 10_000) -> Delivery:
        """
        Deliver up to *limit* queued notices; any number of workers may do so at once.

        Whatever a mailer raises concerns that one notice: it stays queued, and the others go on.

        Links are minted here: their digest is kept before the mail leaves, the secret nowhere.
        At least once: after a crash between sending and marking, the same message key comes again (INV-38).
        """
        if self._store.is_hosted:
            raise MisuseError("deliver outside the transaction: its rollback would undo links that were mailed")
        done, tried, left = Delivery(), set[str](), list[Notice]()
        while len(tried) < limit:
            notices = [notice for notice in self._claimed(min(BATCH, limit - len(tried))) if notice.id not in tried]
            if not notices:
                break
            for notice in notices:
                tried.add(notice.id)
                one = self._one(notice, mailer)
                done += one
                left += [notice] * one.left
        self._release(left)
        return done

    def queued(self) -> int:
        """Return how many notices wait."""
        with self._store.reading() as unit:
            return unit.notices.queued()

    def _claimed(self, limit: int) -> list[Notice]:
        try:
            return again_on_conflict(lambda: self._newly_claimed(limit))
        except ConflictError:
            return []

    def _newly_claimed(self, limit: int) -> list[Notice]:
        now = now_of(self._clock)
        with self._store.begin() as unit:
            found = unit.notices.claim(now, now + HELD_FOR, limit)
            unit.commit()
        return list(found)

    def _one(self, notice: Notice, mailer: Mailer) -> Delivery:
        try:
            timing, messages = again_on_conflict(lambda: self._prepared(notice))
        except (ConflictError, UnreadableRowError):
            # Others keep moving what it is about, or wrote what this version cannot read; that is no reason to tell
            # nobody else. Held, like one that the mailer did not take.
            return Delivery(failed=1)
        if timing is Timing.NOT_YET:
            return Delivery(left=1)
        try:
            for message in messages:
                mailer.send(message)
        except Exception:  # noqa: BLE001  # a mailer raises what its library does; one recipient must not stop all
            # Held, not released: trying again at once would only knock on the same closed door.
            return Delivery(failed=1)
        state = NoticeState.VOID if timing is Timing.PAST else NoticeState.SENT if messages else NoticeState.SHOWN
        try:
            again_on_conflict(lambda: self._finish(notice, state))
        except ConflictError:
            # What has left comes again under the same key; it is held until then, and the others go on.
            return Delivery(failed=1)
        return Delivery(sent=len(messages), shown=int(state is NoticeState.SHOWN), void=int(state is NoticeState.VOID))

    def _finish(self, notice: Notice, state: NoticeState) -> None:
        with self._store.begin() as unit:
            unit.notices.finish(notice, state)
            unit.commit()

    def _prepared(self, notice: Notice) -> tuple[Timing, list[Message]]:
        with self._store.begin() as unit:
            about = delivery.occasion(unit, notice, now_of(self._clock), self._policy)
            timing = delivery.timing(about)
            if timing is Timing.NOW and notice.token is not None:
                # Who is erased, suspended or removed meanwhile is mailed no link, and leaves no address behind one.
                hold(unit, about.heads)
            messages = list(self._messages(unit, about)) if timing is Timing.NOW else []
            unit.commit()
        return timing, messages

    def _release(self, notices: Sequence[Notice]) -> None:
        """Let go of what waits for its occasion, at the end of a run, so that the run does not meet it again."""
        if notices:
            # Who keeps losing leaves them held: they are free by themselves after a while.
            with suppress(ConflictError):
                again_on_conflict(lambda: self._let_go(notices))

    def _let_go(self, notices: Sequence[Notice]) -> None:
        with self._store.begin() as unit:
            for notice in notices:
                unit.notices.release(notice)
            unit.commit()

    def _messages(self, unit: Unit, about: Occasion) -> Iterator[Message]:
        notice = about.notice
        for recipient in delivery.recipients(unit, about, self._catalog):
            message = Message(
                key=f"{notice.id}:{recipient.key}",
                to=recipient.address,
                purpose=delivery.told_as(about),
                tenant_name="" if about.tenant is None else about.tenant.name,
                username="" if about.about is None else about.about.username,
                audience=notice.audience,
                is_own=notice.recipient in {None, notice.principal},
                by=delivery.acted(unit, notice, recipient),
                day=delivery.announced(about),
            )
            yield message if notice.token is None else self._with_link(unit, about, message, notice.token)

    def _with_link(self, unit: Unit, about: Occasion, message: Message, purpose: TokenPurpose) -> Message:
        secret = self._entropy.token()
        token = delivery.minted(about, purpose, token_digest(Secret(secret)))
        unit.tokens.add(token)
        return attrs.evolve(message, token=secret, link=purpose, expires_at=token.expires_at)
