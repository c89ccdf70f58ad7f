"""The host's user model: it keeps what people are called, their addresses and their passwords."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import is_password_usable, make_password
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from tenantaccess.errors import MisuseError
from tenantaccess.model.principals import Principal
from tenantaccess.stores.sqlalchemy import HostUsers

if TYPE_CHECKING:  # importing it wants the apps to be ready
    from django.contrib.auth.base_user import AbstractBaseUser


CompleteUser = Callable[[Any, Principal], object]
"""Fills in what else a new user must have, before it is saved."""


def host_users(complete: CompleteUser | None = None) -> HostUsers:
    """Return the columns of ``AUTH_USER_MODEL`` that the library reads and writes, whatever its key is made of."""
    model = get_user_model()
    email = email_field(model)
    fields: dict[str, Any] = {
        "key": model._meta.pk,  # noqa: SLF001  # documented for use by others
        "username": model._meta.get_field(model.USERNAME_FIELD),  # noqa: SLF001  # as above
        "email": email,
        "password": model._meta.get_field("password"),  # noqa: SLF001  # as above
        "active": _active_field(model),
    }
    columns = {name: _column(model, field) for name, field in fields.items() if field is not None}
    table = sa.Table(
        model._meta.db_table,  # noqa: SLF001  # as above
        sa.MetaData(),
        *(
            sa.Column(column, sa.types.NullType(), nullable=is_optional, unique=is_unique)
            for column, is_optional, is_unique in dict.fromkeys(
                (str(field.column), field.null, field.unique) for field in fields.values() if field is not None
            )
        ),
    )
    return HostUsers(
        table,
        key=columns["key"],
        username=columns["username"],
        email=columns.get("email"),
        password=columns["password"],
        active=columns.get("active"),
        make=partial(_make, complete),
        is_usable=_is_usable,
        no_password=_no_password,
    )


def key_of(user: "AbstractBaseUser", connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401  # whatever the host's keys are
    """
    Return the key of *user*, which may be the lazy one of a request, as it is stored.

    Raises:
        MisuseError: it is no user of the user model, or one of a database that is not related to this one: a key that
            is equal there is somebody else's here.
    """
    from tenantaccess.web.django.models import Principal  # noqa: PLC0415  # importing it wants the apps to be ready

    model = get_user_model()._meta.concrete_model  # noqa: SLF001  # documented for use by others
    if model is None or not isinstance(user, model):
        raise MisuseError("give a user of the user model, whom you have signed in")
    beside = Principal()
    beside._state.db = connection.alias  # noqa: SLF001  # documented for use by others
    if user._state.db is not None and not router.allow_relation(user, beside):  # noqa: SLF001  # as above
        raise MisuseError(f"give a user of the database `{connection.alias}`, or one that routers let relate to it")
    key: Any = model._meta.pk  # noqa: SLF001  # as above
    return key.get_db_prep_value(getattr(user, key.attname), connection)


def email_field(model: "type[AbstractBaseUser]") -> "models.Field[Any, Any] | None":
    """Return where *model* keeps addresses; None if it keeps none."""
    try:
        found = model._meta.get_field(model.get_email_field_name())  # noqa: SLF001  # documented for use by others
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) else None


def _active_field(model: "type[AbstractBaseUser]") -> "models.Field[Any, Any] | None":
    """Return what says that somebody may sign in; a model need not have it as a column."""
    fields = model._meta.concrete_fields  # noqa: SLF001  # documented for use by others
    return next(
        (field for field in fields if field.name == "is_active" and isinstance(field, models.BooleanField)), None
    )


def _column(model: "type[AbstractBaseUser]", field: Any) -> str:  # noqa: ANN401  # fields of any type
    if field.model._meta.concrete_model is not model._meta.concrete_model:  # noqa: SLF001  # as above
        raise MisuseError(
            f"`{field.name}` is kept in the table of a parent of {model.__name__}, which is not supported"
        )
    return str(field.column)


def _make(complete: CompleteUser | None, connection: BaseDatabaseWrapper, principal: Principal) -> Any:  # noqa: ANN401  # whatever the host's keys are
    model = get_user_model()
    email = email_field(model)
    user = model()
    setattr(user, model.USERNAME_FIELD, principal.username)
    if email is not None and email.name != model.USERNAME_FIELD:
        setattr(user, email.name, principal.email or (None if email.null and email.unique else ""))
    user.set_unusable_password()
    if complete is not None:
        complete(user, principal)
    user.save(using=connection.alias)
    return key_of(user, connection)


def _is_usable(stored: str) -> bool:
    return bool(stored) and is_password_usable(stored)


def _no_password() -> str:
    return make_password(None)
