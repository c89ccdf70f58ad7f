"""Blocks of Django's transactions: what a unit opens, and what it finds itself in."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

from tenantaccess.errors import MisuseError
from tenantaccess.web.django.wire import said


class Block(transaction.Atomic):
    """A transaction of a unit's own, or its savepoint in the host's: undone unless it is kept."""

    def __init__(self, using: str) -> None:
        super().__init__(using, savepoint=True, durable=False)
        self._connection = connections[using]
        self._is_open = False

    def open(self) -> None:
        """Begin it."""
        _ensure_begun(self._connection)
        super().__enter__()
        self._is_open = True

    def require_open(self) -> None:
        """Raise `MisuseError` once it has ended: what was written then would be the host's to keep."""
        if not self._is_open:
            raise MisuseError("this unit is spent: begin another one")

    def keep(self) -> None:
        """
        Commit it, or leave what was written to the host.

        Raises:
            MisuseError: it has ended, or a block that was opened within it has not.
            TransactionManagementError: the framework would undo it, and say nothing.
        """
        self.require_open()
        connection = self._connection
        if connection.atomic_blocks[-1] is not self:
            raise MisuseError("leave the blocks that were opened within the unit before it commits")
        if connection.needs_rollback or connection.closed_in_transaction:
            raise TransactionManagementError("what was written is undone")
        self._close()

    def undo(self) -> None:
        """Undo it, unless it was kept or never begun."""
        if self._is_open:
            transaction.set_rollback(True, self.using)  # noqa: FBT003  # the framework's signature
            # A connection that cannot even be made anew has undone it; why it was lost is what the caller is told.
            with suppress(Error):
                self._close()

    def _close(self) -> None:
        self._is_open = False
        super().__exit__(None, None, None)


class Protection:
    """A savepoint that is set before the first write of a unit that only reads, and always undone."""

    def __init__(self, using: str) -> None:
        self._block = Block(using)
        self._is_set = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._block.undo()

    def protect(self) -> None:
        """Set it, unless it is set."""
        if not self._is_set:
            self._is_set = True
            self._block.open()


def _ensure_begun(connection: Any) -> None:  # noqa: ANN401  # each backend has its own
    """
    Begin what SQLite's driver has not begun yet for a host that commits by itself.

    A savepoint outside of a transaction is one: releasing it would commit.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block and not connection.get_autocommit():
        connection.ensure_connection()
        if not connection.connection.in_transaction:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")


def is_hosted(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the caller is in a transaction of the host's; a test case's own block is none."""
    if not connection.in_atomic_block:
        # The framework would connect to say so, and an outage is told by the statement that meets it.
        is_connected = connection.connection is not None
        return not (connection.autocommit if is_connected else connection.settings_dict["AUTOCOMMIT"])
    return not all(isinstance(block, Block) or _is_of_test_case(block) for block in connection.atomic_blocks)


def _is_of_test_case(block: Any) -> bool:  # noqa: ANN401  # the framework keeps them untyped
    """Tell what Django asks for its own durable blocks, too."""
    return bool(getattr(block, "_from_testcase", False))


@contextmanager
def opened(using: str, doing: str, *, is_reading: bool = False) -> Iterator[Block]:
    """
    Open a transaction, or a savepoint in the one there is; what is not kept when the block is left is undone.

    On SQLite who writes says so at once (``BEGIN IMMEDIATE``): two that find out later would both have to give up.
    """
    connection = connections[using]
    if any(isinstance(block, Block) for block in connection.atomic_blocks):
        raise MisuseError("a thread has one connection: leave the unit before opening another one")
    block = Block(using)
    try:
        _open(connection, block, is_reading=is_reading)
    except Error as error:
        block.undo()
        raise said(error, doing, {}) from error
    try:
        yield block
    finally:
        block.undo()


def _open(connection: Any, block: Block, *, is_reading: bool) -> None:  # noqa: ANN401  # each backend has its own
    if connection.in_atomic_block or not connection.get_autocommit():
        block.open()
    elif connection.vendor == "sqlite":
        connection.ensure_connection()
        chosen = connection.transaction_mode
        connection.transaction_mode = "DEFERRED" if is_reading else "IMMEDIATE"
        try:
            block.open()
        finally:
            connection.transaction_mode = chosen
    else:
        block.open()
        if is_reading:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
