"""``manage.py tenantaccess_deliver``."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

import attrs
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from tenantaccess.assembly import TenantAccess
from tenantaccess.web.django.mail import mailer
from tenantaccess.web.django.management.telling import Telling


class Command(Telling):
    """Hand queued notices to Django's mail; run it every minute, in as many processes as you like."""

    help = "Mail what waits to be told. Fails (1) if some of it was not taken; it stays queued."

    def take(self, parser: ArgumentParser) -> None:
        """Take how many at most."""
        parser.add_argument("--limit", type=int, default=10_000, help="how many notices at most")

    def run(self, access: TenantAccess, options: Mapping[str, Any]) -> None:
        """Deliver."""
        try:
            through = mailer()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        done = access.notices.deliver(through, options["limit"])
        text = f"Sent: {done.sent}. Shown: {done.shown}. Void: {done.void}. Failed: {done.failed}. Left: {done.left}."
        self.tell(options, attrs.asdict(done), text)
        if done.failed:
            raise CommandError(f"{done.failed} not delivered; they stay queued")
