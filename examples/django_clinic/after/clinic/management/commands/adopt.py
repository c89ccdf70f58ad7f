"""Bring practices and their people along."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic.access import US
from clinic.models import Practice, Worker
from tenantaccess import ACCOUNT_MANAGER, FULL, Grant
from tenantaccess.commands import Adopt, OpenTenant
from tenantaccess.web.django import access


class Command(BaseCommand):
    """Whoever was brought along before stays as they are."""

    help = __doc__

    def handle(self, **options: Any) -> None:
        library = access()
        for practice in Practice.objects.filter(tenant_id=None):
            opened = library.execute(OpenTenant(practice.name, {"tin": practice.tin}), by=US, key=practice.tin)
            practice.tenant_id = opened.tenant_id
            practice.save()
        for worker in Worker.objects.select_related("user", "practice"):
            grant = Grant(role=ACCOUNT_MANAGER) if worker.is_admin else Grant(levels={"claims": FULL})
            who = library.store.principal_of(worker.user)
            library.execute(Adopt(worker.practice.tenant_id, who, grant), by=US)
            self.stdout.write(f"{worker.user}: {'account manager' if worker.is_admin else 'claims'}")
