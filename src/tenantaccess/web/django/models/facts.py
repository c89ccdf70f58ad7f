"""What all the app's models have in common: they are read here, and changed by commands alone."""

from typing import Any, Final, NoReturn

from django.db import models

from tenantaccess.errors import MisuseError

BY_COMMANDS: Final = "this table is read only: change it by commands (`access.execute`), which decide and keep a record"


def _refuse(*_: object, **__: object) -> NoReturn:
    raise MisuseError(BY_COMMANDS)


class FactQuerySet(models.QuerySet[Any]):
    """Rows to look at: whatever would change them past the rules is refused."""

    create = _refuse
    update = _refuse
    delete = _refuse
    bulk_create = _refuse
    bulk_update = _refuse
    _raw_delete = _refuse


class Fact(models.Model):
    """A row that a unit of the store writes, and nobody else."""

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        """Or else relations would change rows by a plain manager: a principal would be given to another user."""

    save = _refuse
    save_base = _refuse
    delete = _refuse


def to_tenant() -> "models.ForeignKey[Any, Any]":
    """Return the tenant that leads every key and index of what is a tenant's."""
    return models.ForeignKey("tenantaccess.Tenant", models.PROTECT, db_index=False, related_name="+")


def to_principal() -> "models.ForeignKey[Any, Any]":
    """Return the principal that a row is about."""
    return models.ForeignKey("tenantaccess.Principal", models.PROTECT, db_index=False, related_name="+")
