"""``manage.py tenantaccess_verify_audit``."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from django.core.management.base import CommandError

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PRINCIPAL, PrincipalId, StreamId, is_id
from tenantaccess.model.actors import Operator
from tenantaccess.web.django.management.telling import OPERATOR, Telling, tenant_named

PAGE = 200


class Command(Telling):
    """Look through records for the first event that was altered, is missing or stands out of order."""

    help = "Verify the record of a tenant, of a principal, or of all tenants. Fails (1) if one does not hold."

    def take(self, parser: ArgumentParser) -> None:
        """Take which."""
        parser.add_argument("streams", nargs="*", help="tenants or principals; all tenants if none is named")
        parser.add_argument("--anchor", default="", help="a digest that was noted earlier, for one stream")

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Verify them."""
        named = [_stream(access, name) for name in options["streams"]]
        if options["anchor"] and len(named) != 1:
            raise CommandError("an anchor is of one record: name it")
        found, broken = [], 0
        for stream in named or everywhere(access):
            seen = access.audit.verify(stream, options["anchor"])
            self.progress(options, f"{seen.stream}: {seen.checked}")
            broken += not seen.holds
            found.append({**attrs.asdict(seen), "holds": seen.holds})
        lines = [_line(one) for one in found if not one["holds"] or named]
        self.tell(options, {"records": found}, "\n".join([*lines, f"Verified: {len(found)}. Broken: {broken}."]))
        if broken:
            raise CommandError(f"{broken} of {len(found)} records do not hold")


def _stream(access: TenantAccess, name: str) -> StreamId:
    return PrincipalId(name) if is_id(name, PRINCIPAL) else tenant_named(access, name)


def everywhere(access: TenantAccess) -> Iterator[StreamId]:
    """Yield all tenants."""
    page = access.tenants.page(limit=PAGE, by=Operator(OPERATOR))
    while page:
        yield from (tenant.id for tenant in page)
        page = access.tenants.page(page[-1].id, PAGE, by=Operator(OPERATOR))


def _line(one: Mapping[str, Any]) -> str:
    if one["holds"]:
        return f"{one['stream']}: holds, up to {one['checked']}; its head is {one['head']}"
    return f"{one['stream']}: event {one['broken_at']} {one['why']}"
