"""Column types: text compared byte for byte, and one type for moments, as the library's statements expect them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import moments

if TYPE_CHECKING:  # generic to the stubs alone
    Text = models.TextField[Any, Any]
    AnyMoment = models.Field[datetime | None, datetime | None]
else:
    Text, AnyMoment = models.TextField, models.Field


class WordField(Text):
    """Text that is compared and ordered byte for byte on every engine."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return the engine's own type; in capitals, so that PostgreSQL gets no second index for ``LIKE``."""
        found = super().db_type(connection)
        return found if found is None else found.upper()

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Return type and collation."""
        found: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            found["collation"] = "C"
        return found


class MomentField(AnyMoment):
    """
    An aware moment in UTC: ``timestamptz`` on PostgreSQL, text of one fixed width on SQLite.

    The text orders as the moments do. A naive moment is refused where it is stored, never guessed at.
    """

    description = "A moment in UTC"

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return the engine's own type."""
        return "timestamp with time zone" if connection.vendor == "postgresql" else "TEXT"

    def get_internal_type(self) -> str:
        """Return a name for which no backend has a conversion of its own."""
        return "MomentField"

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> datetime | None:  # noqa: ANN401
        """Return what is stored as a moment in UTC."""
        return moments.optional_utc(datetime.fromisoformat(value) if isinstance(value, str) else value)

    def get_db_prep_value(
        self,
        value: Any,  # noqa: ANN401  # whatever was assigned
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: ARG002, FBT001, FBT002  # the framework's signature
    ) -> datetime | str | None:
        """Return what the driver takes."""
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise InvalidInputError(self.attname, "must be a moment")
        moment = moments.utc(self.attname, value)
        return moment if connection.vendor == "postgresql" else moment.isoformat(timespec="microseconds")
