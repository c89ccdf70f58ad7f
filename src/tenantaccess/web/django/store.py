"""The store on a host's Django database: units of our own, or savepoints within the host's transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa
from django.conf import settings
from django.db import connections, transaction

from tenantaccess.errors import MisuseError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit
from tenantaccess.stores.sqlalchemy import Enrolment, Tables, tables
from tenantaccess.stores.sqlalchemy.units import HostRecords, Statements, standing
from tenantaccess.web.django.blocks import Protection, is_hosted, opened
from tenantaccess.web.django.users import CompleteUser, host_users, key_of
from tenantaccess.web.django.wire import DjangoWire, Preparing, require_known

if TYPE_CHECKING:  # importing it wants the apps to be ready, and a store is made where a host makes its own things
    from django.contrib.auth.base_user import AbstractBaseUser


class DjangoStore(Store):
    """
    A store in the tables that the app's migrations make, on SQLite or PostgreSQL, through Django's own connection.

    Outside of ``transaction.atomic`` a unit is a transaction. Within it, ``ATOMIC_REQUESTS`` included, a unit is a
    savepoint that the host commits, and what needs a transaction of its own (sign-in, proofs, tokens) is refused:
    mark such views ``transaction.non_atomic_requests``. The block that a test case puts around each test counts for
    none, as it does for Django's own durable blocks.

    Args:
        using: The alias of the database.
        records: Makes the repository of the host's own records of reference sets on a unit's connection; by default
            they are in the library's tables.
        complete_user: Called with each new user and its principal, before it is saved: fills in what else the user
            model wants.
    """

    def __init__(
        self,
        using: str = "default",
        *,
        records: HostRecords | None = None,
        complete_user: CompleteUser | None = None,
    ) -> None:
        self.using = using
        self._complete_user = complete_user
        self._records = records

    @property
    def is_hosted(self) -> bool:
        """See the port; answered anew at each call, by the block that the caller is in."""
        return is_hosted(connections[self.using])

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """See the port."""
        statements = self._statements
        with opened(self.using, "beginning a unit") as block:
            wire = self._wire(block.require_open)
            yield statements.unit(wire, lambda: wire.keep(block.keep))

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """See the port; all its questions are answered as of one moment, or as the host's transaction sees it."""
        statements = self._statements
        if self.is_hosted:
            with Protection(self.using) as savepoint:
                yield statements.unit(self._wire(savepoint.protect), _nothing)
        else:
            with opened(self.using, "beginning to read", is_reading=True):
                yield statements.unit(self._wire(), _nothing)

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """See the port."""
        return standing(self._statements, self._wire(), tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        """See the port: nothing is kept."""
        return NothingKept()

    def after_commit(self, run: Callable[[], None]) -> None:
        """
        Call *run* once the host's transaction has committed; never where the host commits by itself, unseen.

        What it raises is logged by Django: it is too late for whoever asked.
        """
        if connections[self.using].in_atomic_block:
            transaction.on_commit(run, using=self.using, robust=True)

    def principal_of(self, user: "AbstractBaseUser") -> PrincipalId:
        """
        Return who *user* is, who becomes a principal if it is none yet; nothing is granted with it.

        Args:
            user: Somebody whom the host has authenticated, or otherwise knows to be that user.

        Raises:
            InvalidInputError: its username is not one that this library can compare.
            TakenError: its username differs from somebody's by nothing that counts.
        """
        return Enrolment(self).enrol(key_of(user, connections[self.using]))

    def _wire(self, protect: Callable[[], None] | None = None) -> DjangoWire:
        return DjangoWire(connections[self.using], self._preparing, self._taken, protect or _nothing)

    @cached_property
    def _tables(self) -> Tables:
        if not settings.USE_TZ:
            raise MisuseError("moments are kept in UTC: set `USE_TZ = True`")
        return tables(sa.MetaData(), users=host_users(self._complete_user))

    @cached_property
    def _taken(self) -> dict[str, str]:
        """What is in use when a constraint refuses; a primary key has its name from PostgreSQL here."""
        keys = {
            f"{table.name}_pkey": self._tables.taken[str(table.primary_key.name)]
            for table in self._tables.all()
            if str(table.primary_key.name) in self._tables.taken
        }
        return {**self._tables.taken, **keys}

    @cached_property
    def _preparing(self) -> Preparing:
        return Preparing(connections[self.using].vendor)

    @cached_property
    def _statements(self) -> Statements:
        require_known(connections[self.using].vendor)
        return Statements(self._tables, connections[self.using].vendor, self._records)


def _nothing() -> None:
    """A unit that only reads has nothing to keep, and one in its own transaction nothing to protect."""
