"""People who were there before the library, and people who are to be forgotten."""

from typing import Final

from tenantaccess import PrincipalId
from tenantaccess.commands import ErasePrincipal
from tenantaccess.demo import tables
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.world import PAYER
from tenantaccess.model.adoption import AdoptionReport

FILE: Final = """username,tin,email,email_is_verified,first_name,last_name,role
omar,03-4567890,omar@hilltop.example,yes,Omar,Haddad,biller
ines,03-4567890,,,Ines,Silva,biller
zoe,03-4567890,zoe@hilltop.example,yes,Zoe,Marsh,bookkeeper
"""


def adopted(stage: Stage, cast: Cast) -> None:
    """Take over the people of an application that is there already: first dry, then for good."""
    stage.tell.chapter("People who were there before")
    stage.tell.say("Hilltop's old system hands over its people as a file. A dry run first: it writes nothing.")
    dry = _run(stage, dry_run=True)
    expect((dry.adopted, dry.refused), (2, 1), "what the dry run found")
    stage.tell.say("One row is wrong, and stops no other. For good; run again, it adopts nobody twice.")
    expect(_run(stage, dry_run=False).adopted, 2, "how many were adopted")
    expect(_run(stage, dry_run=False).unchanged, 2, "how many were there already")
    stage.tell.call("directory.search(hilltop, origin='adopted', by=operator provider-relations)")
    tables.roster(stage, stage.access.directory.search(cast.hilltop, origin="adopted", by=PAYER).rows)
    stage.post.deliver()


def erased(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Forget somebody who has left; the record goes on without the name."""
    stage.tell.chapter("Forgotten")
    stage.tell.say("Maria, who has left, asks to be forgotten. The operator erases her: name, address and password go.")
    expect(len(_personal(stage, cast, jo)), 4, "how much is known of Maria before")
    stage.execute(ErasePrincipal(cast.maria, note="asked for by letter"), by=PAYER)
    stage.tell.say("The record speaks of an identifier alone; what was personal stood beside it, and is gone.")
    expect(_personal(stage, cast, jo), [], "what is known of Maria afterwards")
    stage.tell.call("audit.verify(riverside)")
    found = stage.access.audit.verify(cast.riverside)
    expect(found.broken_at, None, "where the record breaks")
    stage.tell.done(f"all {found.checked} events hold")


def _personal(stage: Stage, cast: Cast, jo: PrincipalId) -> list[str]:
    """Tell which of Maria's names and addresses the record of Riverside knows."""
    stage.tell.call("audit.read(riverside, by=jo)")
    sides = [side for _, side in stage.access.audit.read(cast.riverside, limit=500, by=jo) if side is not None]
    told = " ".join(str(side.content) for side in sides)
    found = [text for text in ("Maria", "Lopez", "maria@riverside.example", "555-0101") if text in told]
    stage.tell.done(f"beside the events: {', '.join(found) or 'nothing about her'}")
    return found


def _run(stage: Stage, *, dry_run: bool) -> AdoptionReport:
    stage.tell.call(f"adoption.run(the rows of the file, dry_run={dry_run}, by=operator provider-relations)")
    rows = stage.access.adoption.read_csv(FILE.splitlines(keepends=True))
    report = stage.access.adoption.run(rows, dry_run=dry_run, by=PAYER)
    lines = [f"{report.adopted} adopted, {report.unchanged} there already, {report.refused} left out"]
    lines += [f"line {one.line}, {one.field}: {one.advice}" for one in report.problems]
    stage.tell.done("\n".join(lines))
    return report
