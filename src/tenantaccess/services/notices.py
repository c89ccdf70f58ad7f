"""Telling people: what commands queued is delivered at least once, secrets are minted on the way out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from tenantaccess.errors import ConflictError, MisuseError
from tenantaccess.ids import TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Row
from tenantaccess.model.notices import Audience, Message, Notice, NoticeState
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal, Secret
from tenantaccess.model.registrations import Token, TokenPurpose
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock, Entropy, Mailer
from tenantaccess.rules import members, tenants
from tenantaccess.rules.tenants import Management
from tenantaccess.services.registrations import token_digest
from tenantaccess.services.timing import now_of

HELD_FOR: Final = timedelta(minutes=5)
"""How long a worker holds a notice; a crashed one's are taken up again after that."""
BATCH: Final = 100
MANAGERS_TOLD: Final = 100


@attrs.frozen
class Delivery:
    """
    What one delivery run did.

    Args:
        sent: Messages handed over.
        shown: Notices with nobody to mail to; the portal shows them.
        void: Notices whose occasion had passed.
        failed: Notices the mailer did not take; they stay queued.
    """

    sent: int = 0
    shown: int = 0
    void: int = 0
    failed: int = 0


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

        A registration link is minted here: its digest is kept before the mail leaves, the secret nowhere.
        At least once: after a crash between sending and marking, the same message key comes again (INV-38).
        """
        if self._store.is_hosted:
            raise MisuseError("deliver outside the transaction: its rollback would undo links that were mailed")
        done, tried = Delivery(), set[str]()
        while len(tried) < limit:
            notices = [notice for notice in self._claimed(min(BATCH, limit - len(tried))) if notice.id not in tried]
            if not notices:
                return done
            for notice in notices:
                tried.add(notice.id)
                done = self._one(notice, mailer, done)
        return done

    def queued(self) -> int:
        """Return how many notices wait."""
        with self._store.reading() as unit:
            return unit.notices.queued()

    def _claimed(self, limit: int) -> list[Notice]:
        now = now_of(self._clock)
        for _ in range(10):
            try:
                with self._store.begin() as unit:
                    found = unit.notices.claim(now, now + HELD_FOR, limit)
                    unit.commit()
                    return list(found)
            except ConflictError:
                continue
        return []

    def _one(self, notice: Notice, mailer: Mailer, done: Delivery) -> Delivery:
        with self._store.begin() as unit:
            messages = None if self._is_void(unit, notice) else list(self._messages(unit, notice))
            unit.commit()
        try:
            for message in messages or ():
                mailer.send(message)
        except Exception:  # noqa: BLE001  # a mailer raises what its library does; one recipient must not stop all
            # Held, not released: trying again at once would only knock on the same closed door.
            return attrs.evolve(done, failed=done.failed + 1)
        state = NoticeState.VOID if messages is None else NoticeState.SENT if messages else NoticeState.SHOWN
        with self._store.begin() as unit:
            unit.notices.finish(notice, state)
            unit.commit()
        return attrs.evolve(
            done,
            sent=done.sent + len(messages or ()),
            shown=done.shown + (state is NoticeState.SHOWN),
            void=done.void + (state is NoticeState.VOID),
        )

    def _is_void(self, unit: Unit, notice: Notice) -> bool:
        """A registration link is minted only for the presence, epoch and status it was queued for (INV-21)."""
        if not notice.mails_token or notice.tenant is None or notice.principal is None:
            return False
        loaded = unit.memberships.load(notice.tenant, (notice.principal,))
        row = None if loaded is None else loaded.rows.get(notice.principal)
        return row is None or not self._awaits(row, notice, now_of(self._clock))

    def _awaits(self, row: Row, notice: Notice, now: datetime) -> bool:
        facts = row.membership
        same = (facts.incarnation, facts.access_epoch) == (notice.incarnation, notice.access_epoch)
        return same and members.condition(row, now, self._policy) is Reason.UNVERIFIED

    def _messages(self, unit: Unit, notice: Notice) -> Iterator[Message]:
        found = None if notice.tenant is None else unit.tenants.find(notice.tenant)
        tenant = None if found is None else found[0]
        subject = None if notice.principal is None else unit.principals.find(notice.principal)
        about = None if subject is None else subject[0]
        if notice.audience is Audience.PERSON:
            recipients = [] if about is None else [about]
        else:
            recipients = [] if tenant is None else self._managers(unit, tenant)
        for recipient in recipients:
            if recipient.email:
                yield Message(
                    key=f"{notice.id}:{recipient.id}",
                    to=recipient.email,
                    purpose=notice.purpose,
                    tenant_name="" if tenant is None else tenant.name,
                    username="" if about is None else about.username,
                    token=self._minted(unit, notice, tenant.id, recipient) if tenant and notice.mails_token else "",
                )

    def _minted(self, unit: Unit, notice: Notice, tenant: TenantId, principal: Principal) -> str:
        secret = self._entropy.token()
        token = Token(
            digest=token_digest(Secret(secret)),
            purpose=TokenPurpose.REGISTRATION,
            tenant=tenant,
            principal=principal.id,
            incarnation=notice.incarnation,
            access_epoch=notice.access_epoch,
            email_key=principal.email_key,
            expires_at=now_of(self._clock) + self._policy.token_expires_after,
        )
        unit.tokens.add(token)
        return secret

    def _managers(self, unit: Unit, tenant: Tenant) -> list[Principal]:
        now, catalog = now_of(self._clock), self._catalog
        candidates = unit.memberships.candidates(
            tenant.id, catalog.managed_by, catalog.ladder.highest.key, ACCOUNT_MANAGER, None
        )
        found: list[Principal] = []
        for row in candidates:
            if (
                len(found) < MANAGERS_TOLD
                and tenants.management(tenant, row, now, catalog, self._policy) > Management.NOBODY
            ):
                found.append(row.principal)
        return found
