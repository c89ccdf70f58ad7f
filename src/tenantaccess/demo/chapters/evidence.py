"""The record: read, verified, tampered with, and caught."""

from datetime import timedelta

import sqlalchemy as sa

from tenantaccess import PrincipalId, TenantId
from tenantaccess.demo.stage import START, PlotError, Stage
from tenantaccess.demo.wording import day
from tenantaccess.demo.world import PAYER
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore


def the_record(stage: Stage, riverside: TenantId, jo: PrincipalId) -> None:
    """Read the record of events and the log of refusals."""
    stage.teller.tell("chapter", "The record")
    stage.say("Jo, who manages now, reads what happened at Riverside: every change is one event.")
    events = [event for event, _ in stage.access.audit.read(riverside, limit=500, by=jo)]
    rows = [
        [str(event.number), day(event.at), event.kind, stage.names.actor(event.actor), stage.names.of(event.subject)]
        for event in events
    ]
    stage.teller.tell("table", "events", columns=["event", "at", "what", "by", "about"], rows=rows)

    stage.say("Who could submit claims on the afternoon of the first day? Maria, who has left since, and Jo.")
    first_day = START + timedelta(hours=6)
    stage.teller.tell("call", f"audit.list_members_with(riverside, 'claims', 'submit', {day(first_day)})")
    could = stage.access.audit.list_members_with(riverside, "claims", "submit", first_day, by=jo)
    names = sorted(stage.names.of(who) for who in could)
    stage.teller.tell("done", ", ".join(names), members=names)
    if names != ["jo", "maria"]:
        raise PlotError(f"Jo and Maria could, not {names}")

    stage.say("What was refused stands in the access log beside it, newest first.")
    lines = stage.access.audit.access_log(riverside, by=jo)
    rows = [
        [day(line.last_at), line.what, line.reason, stage.names.actor(line.actor), stage.names.of(line.subject) or "-"]
        for line in lines
    ]
    stage.teller.tell("table", "access log", columns=["at", "what", "why", "by", "about"], rows=rows)


def tampered(stage: Stage, store: SQLAlchemyStore, riverside: TenantId) -> None:
    """Alter an event behind the library's back, and let the chain tell."""
    stage.teller.tell("chapter", "Tampered with, and caught")
    stage.say("Each event holds the hash of the one before. The last one is worth keeping somewhere else.")
    anchor = _verified(stage, riverside, "", broken_at=None)

    stage.say("Somebody with access to the database makes Jo's approval look like more than it was.")
    events = stage.access.audit.read(riverside, limit=500, by=PAYER)
    approval = next(event.number for event, _ in events if event.kind == "approve")
    _rewrite(stage, store, (riverside, approval), '"biller"', '"account_manager"')
    _verified(stage, riverside, anchor, broken_at=approval)

    stage.say("Put back as it was, the record holds again, and leads to the hash that was kept.")
    _rewrite(stage, store, (riverside, approval), '"account_manager"', '"biller"')
    _verified(stage, riverside, anchor, broken_at=None)


def _verified(stage: Stage, riverside: TenantId, anchor: str, *, broken_at: int | None) -> str:
    stage.teller.tell("call", f"audit.verify(riverside{', the hash kept' if anchor else ''})")
    found = stage.access.audit.verify(riverside, anchor)
    if found.holds:
        text = f"all {found.checked} events hold; the last hash is {found.head[:12]}..."
    else:
        text = f"event {found.broken_at} {found.why}"
    stage.teller.tell("done" if found.holds else "broken", text, checked=found.checked, broken_at=found.broken_at)
    if found.broken_at != broken_at:
        raise PlotError(f"the record was to break at {broken_at}, not at {found.broken_at}")
    return found.head


def _rewrite(stage: Stage, store: SQLAlchemyStore, where: tuple[TenantId, int], old: str, new: str) -> None:
    """Change an event as nobody may, past the library."""
    table, (stream, number) = store.tables.event, where
    after = sa.func.replace(table.c.after, old, new)
    statement = table.update().where(table.c.stream == stream, table.c.number == number).values(after=after)
    what = f"event {number} of {stage.names.of(stream)}, past the library"
    stage.teller.tell("call", f"in {table.name}, {what}: {old} becomes {new}")
    with sa.create_engine(store.engine.url).begin() as connection:
        changed = connection.execute(statement).rowcount
    stage.teller.tell("done", f"{changed} row changed")
