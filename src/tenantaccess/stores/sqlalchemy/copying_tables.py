"""The tables of records of reference sets, and of copy jobs."""

import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy.columns import count, moment, optional_moment, optional_text, text
from tenantaccess.stores.sqlalchemy.making import Maker


def record(make: Maker) -> sa.Table:
    """Return the table of records: clustered by its key, and without a foreign key that each row would cost a look."""
    return make.table(
        "record",
        text("tenant_id", primary_key=True),
        text("set_key", primary_key=True),
        text("record_key", primary_key=True),
        *map(text, ("label", "content", "refers", "digest")),
    )


def record_set(make: Maker) -> sa.Table:
    """Return the table of revisions: one row for each set that was ever written to."""
    return make.table(
        "record_set",
        text("tenant_id", primary_key=True),
        text("set_key", primary_key=True),
        count("revision"),
        make.refers("record_set_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
    )


def copy_job(make: Maker) -> sa.Table:
    """Return the table of jobs, each under its source."""
    return make.table(
        "copy_job",
        text("tenant_id", primary_key=True),
        text("job_id", primary_key=True),
        *map(text, ("targets", "sets", "selection", "on_conflict", "actor_id", "fingerprints")),
        moment("started_at"),
        text("state"),
        optional_text("why"),
        *map(text, ("cursor_target", "cursor_set", "cursor_after", "tallies")),
        optional_moment("ended_at"),
        make.refers("copy_job_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
        make.unique("copy_job_id", "job_id"),
        rowid=True,
    )


def copy_job_tenant(make: Maker) -> sa.Table:
    """Return the table of who has a part in which job: source and targets."""
    return make.table(
        "copy_job_tenant",
        text("tenant_id", primary_key=True),
        text("job_id", primary_key=True),
        text("source_id"),
        moment("started_at"),
        make.refers("copy_job_tenant_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
        make.refers("copy_job_tenant_job", "copy_job", ["source_id", "job_id"], ["tenant_id", "job_id"]),
        make.index("copy_job_tenant_started", "tenant_id", "started_at", "job_id"),
    )
