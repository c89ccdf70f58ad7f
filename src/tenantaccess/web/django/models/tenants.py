"""Tenants, and the record of what happened in each stream."""

from django.db import models

from tenantaccess.web.django.fields import MomentField, WordField
from tenantaccess.web.django.models.facts import Fact, to_tenant


class Tenant(Fact):
    """A customer organisation."""

    tenant_id = WordField(primary_key=True)
    name = WordField()
    name_key = WordField()
    state = WordField()
    segments = WordField()
    linking = WordField()
    version = models.BigIntegerField()
    digest = WordField()
    head_at = MomentField(null=True)

    class Meta(Fact.Meta):
        db_table = "tenantaccess_tenant"
        ordering = ("name", "tenant_id")
        constraints = (
            models.CheckConstraint(condition=models.Q(version__gte=0), name="ck_tenantaccess_tenant_version"),
        )
        indexes = (models.Index(fields=("name_key", "tenant_id"), name="ta_tenant_name"),)

    def __str__(self) -> str:
        return str(self.name)


class ExternalId(Fact):
    """An identifier under which the outside world knows a tenant."""

    pk = models.CompositePrimaryKey("tenant_id", "scheme")
    tenant = to_tenant()
    scheme = WordField()
    value = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_external_id"
        constraints = (models.UniqueConstraint(fields=("scheme", "value"), name="uq_tenantaccess_external_id_value"),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Event(Fact):
    """One entry of the record; its stream is a tenant's or a principal's id."""

    id = models.BigAutoField(primary_key=True)
    stream = WordField()
    number = models.BigIntegerField()
    kind = WordField()
    at = MomentField()
    actor_kind = WordField()
    actor_id = WordField()
    actor_link = WordField()
    actor_key = WordField()
    subject = WordField()
    before = WordField()
    after = WordField()
    key = WordField()
    command = WordField()
    result = WordField()
    private_digest = WordField()
    previous = WordField()
    digest = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_event"
        ordering = ("stream", "number")
        constraints = (models.UniqueConstraint(fields=("stream", "number"), name="pk_tenantaccess_event"),)
        indexes = (
            models.Index(fields=("stream", "actor_key", "key", "number"), name="ta_event_key"),
            models.Index(fields=("subject", "stream", "number"), name="ta_event_subject"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class PrivatePart(Fact):
    """What an event says of a person, which erasure takes away."""

    pk = models.CompositePrimaryKey("stream", "number")
    stream = WordField()
    number = models.BigIntegerField()
    salt = WordField()
    content = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_private_part"

    def __str__(self) -> str:
        return f"{self.stream} {self.number}"


class AccessLogEntry(Fact):
    """How often somebody was refused, or looked, on one day."""

    pk = models.CompositePrimaryKey(
        "stream", "day", "actor_kind", "actor_id", "actor_link", "what", "reason", "subject"
    )
    stream = WordField()
    day = WordField()
    actor_kind = WordField()
    actor_id = WordField()
    actor_link = WordField()
    what = WordField()
    reason = WordField()
    subject = WordField()
    first_at = MomentField()
    last_at = MomentField()
    count = models.BigIntegerField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_access_log"
        indexes = (models.Index(fields=("stream", "last_at"), name="ta_access_log_last"),)

    def __str__(self) -> str:
        return f"{self.what} {self.reason}"
