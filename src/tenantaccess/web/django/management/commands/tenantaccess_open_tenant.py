"""``manage.py tenantaccess_open_tenant``."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from tenantaccess.assembly import TenantAccess
from tenantaccess.services.tenants import OpenTenant
from tenantaccess.web.django import identity
from tenantaccess.web.django.management.telling import Telling, operator_of, principal_named, take_operator


class Command(Telling):
    """Open a tenant, with its first account manager; the same call again answers the same tenant."""

    help = "Open a tenant, with a user of the project's as its first account manager."

    def take(self, parser: ArgumentParser) -> None:
        """Take what the tenant is called, and who manages it."""
        parser.add_argument("name", help="what people read")
        parser.add_argument("--id", action="append", default=[], metavar="SCHEME=VALUE", help="an external id")
        parser.add_argument("--segment", action="append", default=[], help="a segment that it has")
        parser.add_argument("--manager", default="", metavar="USERNAME", help="a user of the project's")
        parser.add_argument("--key", default="", help="another tenant of the same name and ids has another key")
        take_operator(parser)

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Open it."""
        ids = dict(_parts(one) for one in options["id"])
        manager = principal_named(access, options["manager"], identity.enrolled) if options["manager"] else None
        command = OpenTenant(options["name"], external_ids=ids, segments=options["segment"], manager=manager)
        said = "\n".join([options["name"], *sorted(f"{scheme}={value}" for scheme, value in ids.items())])
        key = options["key"] or f"open_tenant:{hashlib.sha256(said.encode()).hexdigest()}"
        opened = access.execute(command, by=operator_of(options), key=key)
        found = {"tenant": opened.tenant_id, "manager": opened.manager}
        self.tell(options, found, f"{options['name']} is {opened.tenant_id}.")


def _parts(text: str) -> tuple[str, str]:
    scheme, equals, value = text.partition("=")
    if not equals:
        raise CommandError("give an external id as SCHEME=VALUE")
    return scheme, value
