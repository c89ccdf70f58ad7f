"""``manage.py tenantaccess_appoint_manager``."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from tenantaccess.assembly import TenantAccess
from tenantaccess.services.tenants import AppointManager
from tenantaccess.web.django import identity
from tenantaccess.web.django.management.telling import (
    Telling,
    operator_of,
    principal_named,
    take_operator,
    tenant_named,
)


class Command(Telling):
    """Make a user an account manager by the operator's word; this also recovers a tenant that nobody manages."""

    help = "Make a user of the project's an account manager of a tenant."

    def take(self, parser: ArgumentParser) -> None:
        """Take where, and whom."""
        parser.add_argument("tenant", help="its id, or SCHEME=VALUE")
        parser.add_argument("username", help="a user of the project's, or the id of a principal")
        parser.add_argument("--note", default="", help="for the record")
        take_operator(parser)

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Appoint them."""
        tenant = tenant_named(access, options["tenant"])
        member = principal_named(access, options["username"], identity.enrolled)
        done = access.execute(AppointManager(tenant, member, options["note"]), by=operator_of(options))
        text = "Appointed." if done.changed else "They manage it already."
        self.tell(options, {"tenant": tenant, "principal": member, "changed": done.changed}, text)
