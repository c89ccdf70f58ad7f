"""Ninety silent days: warnings, the lapse that needs no sweep, and the way back."""

from datetime import datetime, timedelta

from tenantaccess import PrincipalId, TenantId
from tenantaccess.commands import CompleteRegistration, Enable
from tenantaccess.demo.chapters.registering import mailed_token
from tenantaccess.demo.stage import Stage
from tenantaccess.demo.world import PAYER

MICROSECOND = timedelta(microseconds=1)


def ninety_days(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Let 90 days pass after Jo's last day of work."""
    stage.teller.tell("chapter", "Ninety silent days")
    stage.say("Jo works one day, and then no more. Maria works all the time.")
    last_day = stage.clock.now()
    _work(stage, riverside, jo, ("claims", "view"))
    for days in (60, 75, 85):
        _at_work(stage, riverside, maria, last_day + timedelta(days=days))
        stage.say(f"{days} days later: the nightly sweep warns who is about to lapse.")
        _sweep(stage)

    _at_work(stage, riverside, maria, last_day + timedelta(days=90) - MICROSECOND)
    stage.say("A microsecond before the ninetieth day has passed:")
    stage.clock.wait_until(last_day + timedelta(days=90) - MICROSECOND)
    stage.check(riverside, jo, ("claims", "view"), expected=True)
    stage.clock.wait(MICROSECOND)
    stage.teller.tell("says", "And a microsecond later. No sweep has run: time bites by itself.")
    stage.check(riverside, jo, ("claims", "view"), expected=False)

    stage.say("The sweep then writes it down and tells the people; run again, it finds no news.")
    _sweep(stage)
    _sweep(stage)


def back_again(
    stage: Stage, there: tuple[TenantId, PrincipalId, PrincipalId], elsewhere: tuple[TenantId, PrincipalId]
) -> None:
    """Lead Jo back, and the manager of another practice who lapsed as well."""
    riverside, maria, jo = there
    lakeside, tom = elsewhere
    stage.teller.tell("chapter", "Back again")
    stage.say("Maria enables Jo; the clock starts anew once she has verified her mailbox.")
    stage.execute(Enable(riverside, jo), by=maria)
    stage.execute(CompleteRegistration(mailed_token(stage)))
    stage.check(riverside, jo, ("claims", "view"), expected=True)

    stage.say("Tom, Lakeside's only manager, was silent too. Nobody there can enable him; the operator can.")
    stage.check(lakeside, tom, ("manage_account", "edit"), expected=False)
    stage.execute(Enable(lakeside, tom), by=PAYER)
    stage.check(lakeside, tom, ("manage_account", "edit"), expected=True)


def _at_work(stage: Stage, riverside: TenantId, maria: PrincipalId, until: datetime) -> None:
    """Let Maria work now and then until shortly before *until*."""
    stage.clock.wait_until(until - timedelta(hours=2))
    _work(stage, riverside, maria, ("manage_account", "view"))
    stage.clock.wait_until(until)


def _work(stage: Stage, tenant: TenantId, principal: PrincipalId, wanted: tuple[str, str]) -> None:
    stage.teller.tell("call", f"require({stage.names.of(tenant)}, {stage.names.of(principal)}, {wanted})")
    stage.access.require(tenant, principal, *wanted)
    stage.teller.tell("done", "passed, and counted as activity")


def _sweep(stage: Stage) -> None:
    stage.teller.tell("call", "sweeps.run()")
    swept = stage.access.sweeps.run()
    text = f"{swept.tenants} tenants, {swept.warned} warnings queued, {swept.lapsed} members noted as lapsed"
    stage.teller.tell("done", text, tenants=swept.tenants, warned=swept.warned, lapsed=swept.lapsed)
    stage.deliver()
