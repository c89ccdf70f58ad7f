"""What the commands have in common: how they are asked, and how they answer."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.actors import Operator
from tenantaccess.web.django import identity
from tenantaccess.web.django.conf import access

OPERATOR: Final = "manage.py"


class Telling(BaseCommand):
    """A command that answers in words, or with ``--json`` as one document for programs."""

    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the command takes, and how it is to answer."""
        parser.add_argument("--json", action="store_true", help="answer with a document for programs")
        self.take(parser)

    def take(self, parser: ArgumentParser) -> None:
        """Take what the command takes."""

    def handle(self, *_: str, **options: Any) -> None:  # noqa: ANN401  # the framework's signature
        """Run the command; what the library refuses is told as such."""
        try:
            self.run(access(), options)
        except TenantAccessError as error:
            raise CommandError(str(error)) from error

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Do what the command does."""

    def tell(self, options: Mapping[str, Any], found: Mapping[str, Any], text: str) -> None:
        """Answer."""
        self.stdout.write(json.dumps(found, default=str) if options["json"] else text)

    def progress(self, options: Mapping[str, Any], text: str) -> None:
        """Say how far it is, where somebody reads it."""
        if options["verbosity"] > 1 and not options["json"]:
            self.stderr.write(text)


def take_operator(parser: ArgumentParser) -> None:
    """Take who acts."""
    parser.add_argument("--operator", default=OPERATOR, help="what the record calls whoever acts")


def operator_of(options: Mapping[str, Any]) -> Operator:
    """Return who acts."""
    return Operator(options["operator"])


def tenant_named(access: TenantAccess, name: str) -> TenantId:
    """
    Return the tenant called *name*: an id, or an external id such as ``tin=01-2345678``.

    Raises:
        TenantAccessError: there is none, or no such scheme.
    """
    if is_id(name, TENANT):
        return TenantId(name)
    scheme, equals, value = name.partition("=")
    if not equals:
        raise CommandError("name the tenant by its id (ten_…), or as SCHEME=VALUE by an external id")
    return access.tenants.find(scheme, value, by=Operator(OPERATOR)).id


def principal_named(
    access: TenantAccess, name: str, find: Callable[[TenantAccess, Any], PrincipalId | None] = identity.known
) -> PrincipalId:
    """Return the principal called *name*: an id, or the username of a user of the project's."""
    if is_id(name, PRINCIPAL):
        return PrincipalId(name)
    model = get_user_model()
    manager: Any = model._default_manager.db_manager(identity.store_of(access).using)  # noqa: SLF001  # documented for use by others
    try:
        user: Model = manager.get_by_natural_key(name)
    except model.DoesNotExist:
        raise CommandError("there is no user of that name") from None
    found = find(access, user)
    if found is None:
        raise CommandError("this user is no principal yet: nobody has given them anything")
    return found
