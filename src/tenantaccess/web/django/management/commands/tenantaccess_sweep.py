"""``manage.py tenantaccess_sweep``."""

from collections.abc import Mapping
from typing import Any

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.web.django.management.telling import Telling


class Command(Telling):
    """Write down who lapsed, queue warnings and reminders; run it once a day. Run twice, it writes nothing twice."""

    help = "Write down who lapsed, and queue warnings and reminders; no answer depends on it."

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Look through all tenants."""
        swept = access.sweeps.run()
        text = f"Tenants: {swept.tenants}. Lapsed: {swept.lapsed}. Warned: {swept.warned}. Reminded: {swept.reminded}."
        self.tell(options, attrs.asdict(swept), text)
