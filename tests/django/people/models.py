"""
User models as hosts have them.

Numbered with each kind of number, by UUID, by their address alone, and without any address.
"""

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class People(BaseUserManager[Any]):
    """Finds users by what they sign in by."""


class Someone(AbstractBaseUser):
    login = models.CharField(max_length=150, unique=True)
    mail = models.EmailField(blank=True, db_column="mail_address")

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "mail"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()

    class Meta:
        abstract = True


class Numbered(Someone):
    id = models.AutoField(primary_key=True)


class BigNumbered(Someone):
    id = models.BigAutoField(primary_key=True, db_column="user_number")


class Random(Someone):
    id = models.UUIDField(primary_key=True, default=uuid4)


class Addressed(AbstractBaseUser):
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()


class Unaddressed(AbstractBaseUser):
    login = models.CharField(max_length=150, unique=True)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()
