"""``manage.py tenantaccess_export_audit``."""

import json
from argparse import ArgumentParser, FileType
from collections.abc import Iterator, Mapping
from typing import Any

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain
from tenantaccess.ids import TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.web.django.management.telling import Telling, operator_of, take_operator, tenant_named

PAGE = 500


class Command(Telling):
    """Write the record of a tenant, one event a line; names and addresses that were erased are not in it."""

    help = "Write the record of a tenant as JSON, one event a line, from any number on."

    def take(self, parser: ArgumentParser) -> None:
        """Take which, from where, and where to."""
        parser.add_argument("tenant", help="its id, or SCHEME=VALUE")
        parser.add_argument("--after", type=int, default=0, help="the number of the last event that is known already")
        parser.add_argument("--output", type=FileType("w", encoding="utf-8"), help="a file, instead of the screen")
        take_operator(parser)

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Write it."""
        out, tenant, number = options["output"] or self.stdout, tenant_named(access, options["tenant"]), 0
        for line in lines(access, tenant, options["after"], operator_of(options)):
            out.write(f"{json.dumps(line)}\n")
            number += 1
            if number % PAGE == 0:
                self.progress(options, f"{number} events")
        if options["output"] is not None:
            options["output"].close()
            self.tell(options, {"tenant": tenant, "events": number}, f"Events: {number}.")


def lines(access: TenantAccess, tenant: TenantId, after: int, by: Operator) -> Iterator[Mapping[str, Any]]:
    """Yield the events of *tenant* after the number *after*, each as plain data with its personal part."""
    page = access.audit.read(tenant, after, PAGE, by=by)
    while page:
        for event, private in page:
            yield {**plain(event), "private": None if private is None else plain(private.content)}
        page = access.audit.read(tenant, page[-1][0].number, PAGE, by=by)
