"""Column types and makers: text for ids and words, one type for moments, nothing that an engine has alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator

from tenantaccess.model import moments

TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Compared and ordered byte for byte on every engine."""

COUNT: Final = sa.BigInteger()


class Moment(TypeDecorator[datetime]):
    """
    An aware moment in UTC: ``timestamptz`` on PostgreSQL, text of one fixed width on SQLite.

    The text orders as the moments do. A naive moment is refused where it is bound, never guessed at.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the engine's own type."""
        return sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.Text()

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], Any]:
        """Return what turns a moment into what the driver takes."""
        if dialect.name == "postgresql":
            return moments.optional_utc
        return _to_text

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Callable[[Any], datetime | None]:
        """Return what turns the driver's value into a moment in UTC."""
        return _in_utc if dialect.name == "postgresql" else _from_text(dialect)


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else moments.utc("moment", value).isoformat(timespec="microseconds")


def _from_text(dialect: sa.Dialect) -> Callable[[Any], datetime | None]:
    """Return the dialect's own reader of ISO text: most columns hold nothing, and compiled code says so sooner."""
    stored: sa.types.TypeEngine[datetime] = sqlite.DATETIME()  # type: ignore[no-untyped-call]  # the library's own
    return cast("Callable[[Any], datetime | None]", stored.result_processor(dialect, None))


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


MOMENT: Final = Moment()


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """
    Write a moment into a migration as the plain types it is stored in: Alembic's ``render_item``.

    The migration then imports nothing of this library, and means the same however the library goes on.
    """
    if kind == "type" and isinstance(item, Moment):
        return "sa.Text().with_variant(sa.DateTime(timezone=True), 'postgresql')"
    return False


def text(name: str, *, primary_key: bool = False) -> sa.Column[Any]:
    """Return a column of text that is never NULL: absence is the empty text."""
    return sa.Column(name, TEXT, nullable=False, primary_key=primary_key)


def optional_text(name: str) -> sa.Column[Any]:
    """Return a column of text that may be NULL; never one that is sorted by."""
    return sa.Column(name, TEXT, nullable=True)


def count(name: str, *, primary_key: bool = False) -> sa.Column[Any]:
    """Return a column of whole numbers made in Python, never by a sequence."""
    return sa.Column(name, COUNT, nullable=False, primary_key=primary_key, autoincrement=False)


def moment(name: str) -> sa.Column[Any]:
    """Return a column of moments that is never NULL."""
    return sa.Column(name, MOMENT, nullable=False)


def optional_moment(name: str) -> sa.Column[Any]:
    """Return a column of moments that may be NULL."""
    return sa.Column(name, MOMENT, nullable=True)


def flag(name: str) -> sa.Column[Any]:
    """Return a column that is true or false."""
    return sa.Column(name, sa.Boolean(create_constraint=False), nullable=False)
