"""Copy jobs, each under its source; who else has a part in one is found by an index of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs
import sqlalchemy as sa

from tenantaccess.errors import ConflictError, TakenError, UnreadableRowError
from tenantaccess.ids import CopyJobId, TenantId
from tenantaccess.model.copying import CopyJob, CopyState, Cursor, OnConflict, Selection, Tallies, Tally, WhyFailed
from tenantaccess.ports.copying import CopyJobRepository
from tenantaccess.stores.sqlalchemy import rows, values
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count, given_moment
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Wire

JOB: Final = (
    "job_id", "tenant_id", "targets", "sets", "selection", "on_conflict", "actor_id", "fingerprints", "started_at",
    "state", "why", "cursor_target", "cursor_set", "cursor_after", "tallies", "ended_at",
)  # fmt: skip


class CopyJobSql:
    """The statements about copy jobs, built once."""

    def __init__(self, tables: Tables) -> None:
        job, part = tables.copy_job, tables.copy_job_tenant
        this = (job.c.tenant_id == given("source"), job.c.job_id == given("job"))
        columns = [job.c[name] for name in JOB]
        self.add = sa.insert(job)
        self.add_part = sa.insert(part)
        self.find = sa.select(*columns).where(*this)
        self.advance = sa.update(job).where(
            *this,
            job.c.state == given("seen_state"),
            job.c.cursor_target == given("seen_target"),
            job.c.cursor_set == given("seen_set"),
            job.c.cursor_after == given("seen_after"),
        )
        self.newest = (
            sa.select(*columns)
            .join(part, sa.and_(part.c.source_id == job.c.tenant_id, part.c.job_id == job.c.job_id))
            .where(part.c.tenant_id == given("tenant"))
            .order_by(part.c.started_at.desc(), part.c.job_id.desc())
            .limit(given_count("limit"))
        )
        self.older = self.newest.where(
            sa.or_(
                part.c.started_at < given_moment("at"),
                sa.and_(part.c.started_at == given_moment("at"), part.c.job_id < given("after")),
            )
        )


def _job_of(found: Values) -> CopyJob:
    (
        id_, source, targets, sets, selection, on_conflict, actor, fingerprints, started_at,
        state, why, cursor_target, cursor_set, cursor_after, tallies, ended_at,
    ) = found  # fmt: skip
    return CopyJob(
        id=id_,
        source=source,
        targets=targets.split(),
        sets=sets.split(),
        selection=Selection(values.from_json(selection)),
        on_conflict=OnConflict(on_conflict),
        actor=actor,
        fingerprints=values.from_json(fingerprints),
        started_at=started_at,
        state=CopyState(state),
        why=None if why is None else WhyFailed(why),
        cursor=Cursor(cursor_target, cursor_set or None, cursor_after) if cursor_target else None,
        tallies=_tallies_of(values.from_json(tallies)),
        ended_at=ended_at,
    )


def _tallies_of(data: Mapping[str, Any]) -> Tallies:
    return {TenantId(target): {name: Tally(*counts) for name, counts in sets.items()} for target, sets in data.items()}


def _progress(job: CopyJob) -> dict[str, Any]:
    return {
        "state": job.state.value,
        "why": None if job.why is None else job.why.value,
        **{f"cursor_{name}": value for name, value in _place(job).items()},
        "tallies": values.to_json(
            {
                target: {name: list(attrs.astuple(tally)) for name, tally in sets.items()}
                for target, sets in job.tallies.items()
            }
        ),
        "ended_at": job.ended_at,
    }


def _place(job: CopyJob) -> dict[str, str]:
    """Return where a job goes on; empty texts where it has ended, or only the end is to be written down."""
    cursor = job.cursor
    if cursor is None:
        return {"target": "", "set": "", "after": ""}
    return {"target": cursor.target, "set": cursor.set or "", "after": cursor.after}


class CopyJobs(CopyJobRepository):
    """Copy jobs of one unit."""

    def __init__(self, sql: CopyJobSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def add(self, job: CopyJob) -> None:
        """See the port."""
        facts = {
            "tenant_id": job.source,
            "job_id": job.id,
            "targets": " ".join(job.targets),
            "sets": " ".join(job.sets),
            "selection": values.to_json({name: sorted(keys) for name, keys in job.selection.keys.items()}),
            "on_conflict": job.on_conflict.value,
            "actor_id": job.actor,
            "fingerprints": values.to_json(job.fingerprints),
            "started_at": job.started_at,
        }
        try:
            self._wire.write("adding a copy job", self._sql.add, **facts, **_progress(job))
        except TakenError:
            raise ConflictError("the key was used for another command; what it stands for") from None
        part = {"job_id": job.id, "source_id": job.source, "started_at": job.started_at}
        parts = [{"tenant_id": tenant, **part} for tenant in (job.source, *job.targets)]
        self._wire.write_each("adding a copy job", self._sql.add_part, parts)

    def find(self, source: TenantId, job: CopyJobId) -> CopyJob | None:
        """See the port."""
        found = self._wire.first("finding a copy job", self._sql.find, source=source, job=job)
        try:
            return None if found is None else _job_of(found)
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading copy job `{job}` of tenant `{source}`") from error

    def advance(self, seen: CopyJob, to: CopyJob) -> bool:
        """See the port."""
        place = {f"seen_{name}": value for name, value in _place(seen).items()}
        named = {"source": seen.source, "job": seen.id, "seen_state": seen.state.value, **place}
        return self._wire.write("advancing a copy job", self._sql.advance, **named, **_progress(to)) == 1

    def page(self, tenant: TenantId, after: tuple[datetime, CopyJobId] | None, limit: int) -> Sequence[CopyJob]:
        """See the port."""
        statement, place = (
            (self._sql.newest, {}) if after is None else (self._sql.older, {"at": after[0], "after": after[1]})
        )
        found = self._wire.rows("listing copy jobs", statement, tenant=tenant, limit=limit, **place)
        try:
            return [_job_of(raw) for raw in found]
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading copy jobs of tenant `{tenant}`") from error
