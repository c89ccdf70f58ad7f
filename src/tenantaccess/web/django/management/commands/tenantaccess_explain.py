"""``manage.py tenantaccess_explain``."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from tenantaccess.assembly import TenantAccess
from tenantaccess.web.django.management.telling import Telling, principal_named, tenant_named


class Command(Telling):
    """Say whether somebody may do something in a tenant, why, and what to do about it."""

    help = "Say whether somebody may do something in a tenant, and why."

    def take(self, parser: ArgumentParser) -> None:
        """Take the question."""
        parser.add_argument("tenant", help="its id, or SCHEME=VALUE")
        parser.add_argument("username", help="a user of the project's, or the id of a principal")
        parser.add_argument("resource")
        parser.add_argument("action")
        parser.add_argument("--segment", default=None, help="what is viewed for")

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Answer it; a no is an answer, and no failure."""
        tenant, principal = tenant_named(access, options["tenant"]), principal_named(access, options["username"])
        answer = access.check(tenant, principal, options["resource"], options["action"], options["segment"])
        found = {
            "tenant": tenant,
            "principal": principal,
            "allowed": answer.allowed,
            "reasons": [reason.value for reason in answer.reasons],
            "explanation": answer.explanation,
            "remedy": answer.remedy,
        }
        remedy = f" What to do: {answer.remedy}." if answer.remedy else ""
        self.tell(options, found, f"{'Yes' if answer else 'No'}: {answer.explanation}.{remedy}")
