"""Records of reference sets, and the jobs that copy them."""

from django.db import models

from tenantaccess.web.django.fields import MomentField, WordField
from tenantaccess.web.django.models.facts import Fact, to_tenant


class Record(Fact):
    """A record of a reference set; no foreign key, which each row of a copy would cost a look."""

    pk = models.CompositePrimaryKey("tenant_id", "set_key", "record_key")
    tenant_id = WordField()
    set_key = WordField()
    record_key = WordField()
    label = WordField()
    content = WordField()
    refers = WordField()
    digest = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_record"

    def __str__(self) -> str:
        return str(self.record_key)


class RecordSet(Fact):
    """How often a set was written to."""

    pk = models.CompositePrimaryKey("tenant_id", "set_key")
    tenant = to_tenant()
    set_key = WordField()
    revision = models.BigIntegerField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_record_set"

    def __str__(self) -> str:
        return str(self.set_key)


class CopyJob(Fact):
    """A copy from one tenant to others, and how far it has come."""

    pk = models.CompositePrimaryKey("tenant_id", "job_id")
    tenant = to_tenant()
    job_id = WordField()
    targets = WordField()
    sets = WordField()
    selection = WordField()
    on_conflict = WordField()
    actor_id = WordField()
    fingerprints = WordField()
    started_at = MomentField()
    state = WordField()
    why = WordField(null=True)
    cursor_target = WordField()
    cursor_set = WordField()
    cursor_after = WordField()
    tallies = WordField()
    ended_at = MomentField(null=True)

    class Meta(Fact.Meta):
        db_table = "tenantaccess_copy_job"
        constraints = (models.UniqueConstraint(fields=("job_id",), name="uq_tenantaccess_copy_job_id"),)

    def __str__(self) -> str:
        return str(self.job_id)


class CopyJobTenant(Fact):
    """Who has a part in which job."""

    pk = models.CompositePrimaryKey("tenant_id", "job_id")
    tenant = to_tenant()
    job_id = WordField()
    source_id = WordField()
    started_at = MomentField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_copy_job_tenant"
        indexes = (models.Index(fields=("tenant", "started_at", "job_id"), name="ta_copy_job_tenant_started"),)

    def __str__(self) -> str:
        return str(self.job_id)
