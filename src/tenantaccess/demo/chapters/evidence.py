"""The record: read, asked about an earlier day, verified, tampered with, and caught."""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from tenantaccess import PrincipalId, TenantId
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import PlotError, Stage, expect
from tenantaccess.demo.wording import day
from tenantaccess.demo.world import PAYER
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

THE_DAY: Final = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
LATEST: Final = 12


def the_record(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Read the record of events and the log of refusals."""
    stage.tell.chapter("The record")
    stage.tell.say("Jo, who manages now, reads what happened at Riverside: every change is one event. The last ones:")
    stage.tell.call("audit.read(riverside, by=jo)")
    events = [event for event, _ in stage.access.audit.read(cast.riverside, limit=500, by=jo)]
    rows = [
        [str(event.number), day(event.at), event.kind, stage.names.actor(event.actor), stage.names.of(event.subject)]
        for event in events[-LATEST:]
    ]
    stage.tell.table("events", ["event", "at", "what", "by", "about"], rows)

    stage.tell.say("What a master username does in a practice names the username whose proof it rests on.")
    stage.tell.call("audit.read(lakeside, by=operator provider-relations)")
    linked = [event for event, _ in stage.access.audit.read(cast.lakeside, limit=500, by=PAYER) if event.actor.link]
    rows = [
        [
            str(event.number),
            event.kind,
            stage.names.actor(event.actor),
            stage.names.of(event.actor.link or ""),
            stage.names.of(event.subject),
        ]
        for event in linked
    ]
    stage.tell.table("events through a link", ["event", "what", "by", "through", "about"], rows)
    expect([row[2] for row in rows], ["lee"], "who acted through a link")

    stage.tell.say("What was refused stands in the access log beside it, newest first.")
    stage.tell.call("audit.access_log(riverside, by=jo)")
    lines = stage.access.audit.access_log(cast.riverside, LATEST, by=jo)
    rows = [
        [
            day(line.last_at)[len("2026-") :],
            line.what.removeprefix("refused:"),
            line.reason or "-",
            stage.names.actor(line.actor),
            stage.names.of(line.subject) or "-",
        ]
        for line in lines
    ]
    stage.tell.table("access log", ["at", "what", "refused for", "by", "about"], rows)


def on_an_earlier_day(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Ask who could do something on an earlier day, and who can today."""
    stage.tell.chapter("Who could submit claims on 3 May?")
    stage.tell.say("Maria has left since, Lee and Kim have lapsed since. The record knows how it was.")
    stage.tell.call(f"audit.list_members_with(riverside, 'claims', 'submit', {day(THE_DAY)})")
    could = stage.access.audit.list_members_with(cast.riverside, "claims", "submit", THE_DAY, by=jo)
    _people(stage, could, ["jo", "kim", "lee", "maria"])
    stage.tell.say("And today?")
    stage.tell.call("list_members_with(riverside, 'claims', 'submit')")
    _people(stage, list(stage.access.list_members_with(cast.riverside, "claims", "submit")), ["jo"])


def _people(stage: Stage, found: list[PrincipalId], expected: list[str]) -> None:
    names = sorted(stage.names.of(who) for who in found)
    expect(names, expected, "who could")
    stage.tell.done(", ".join(names), members=names)


def tampered(stage: Stage, store: SQLAlchemyStore, riverside: TenantId) -> None:
    """Alter an event behind the library's back, and let the chain tell."""
    stage.tell.chapter("Tampered with, and caught")
    stage.tell.say("Each event holds the hash of the one before. The last one is worth keeping somewhere else.")
    anchor = _verified(stage, riverside, "", broken_at=None)

    stage.tell.say("Somebody with access to the database makes Jo's approval look like more than it was.")
    events = stage.access.audit.read(riverside, limit=500, by=PAYER)
    approval = next(event.number for event, _ in events if event.kind == "approve")
    _rewrite(stage, store, (riverside, approval), '"biller"', '"account_manager"')
    _verified(stage, riverside, anchor, broken_at=approval)

    stage.tell.say("Put back as it was, the record holds again, and leads to the hash that was kept.")
    _rewrite(stage, store, (riverside, approval), '"account_manager"', '"biller"')
    _verified(stage, riverside, anchor, broken_at=None)


def _verified(stage: Stage, riverside: TenantId, anchor: str, *, broken_at: int | None) -> str:
    stage.tell.call(f"audit.verify(riverside{', the hash kept' if anchor else ''})")
    found = stage.access.audit.verify(riverside, anchor)
    if found.holds:
        text = f"all {found.checked} events hold; the last hash is {found.head[:12]}..."
    else:
        text = f"event {found.broken_at} {found.why}"
    stage.tell.done(text, "done" if found.holds else "broken", checked=found.checked, broken_at=found.broken_at)
    if found.broken_at != broken_at:
        raise PlotError(f"the record was to break at {broken_at}, not at {found.broken_at}")
    return found.head


def _rewrite(stage: Stage, store: SQLAlchemyStore, where: tuple[TenantId, int], old: str, new: str) -> None:
    """Change an event as nobody may, past the library."""
    table, (stream, number) = store.tables.event, where
    after = sa.func.replace(table.c.after, old, new)
    statement = table.update().where(table.c.stream == stream, table.c.number == number).values(after=after)
    what = f"event {number} of {stage.names.of(stream)}, past the library"
    stage.tell.call(f"in {table.name}, {what}: {old} becomes {new}")
    with sa.create_engine(store.engine.url).begin() as connection:
        changed = connection.execute(statement).rowcount
    stage.tell.done(f"{changed} row changed")
