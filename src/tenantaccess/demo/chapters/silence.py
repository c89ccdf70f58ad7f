"""Ninety silent days: warnings, the lapse that needs no sweep, and the way back."""

from datetime import datetime, timedelta

from tenantaccess import PrincipalId
from tenantaccess.commands import CompleteRegistration, Enable
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.world import PAYER

MICROSECOND = timedelta(microseconds=1)
WARNED = (60, 75, 85)
"""After how many days the nightly sweep warns."""


def ninety_days(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Let 90 days pass after Jo's last day of work."""
    stage.tell.chapter("90 days of inactivity")
    stage.tell.say("The next day Jo works, and then no more. Maria works all the time.")
    stage.clock.wait(timedelta(days=1))
    last_day = stage.clock.now()
    stage.work(cast.riverside, jo, ("claims", "view"))
    for days in WARNED:
        _at_work(stage, cast, last_day + timedelta(days=days))
        stage.tell.say(f"{days} days later: the nightly sweep warns who is about to lapse.")
        _sweep(stage)

    _at_work(stage, cast, last_day + timedelta(days=90) - MICROSECOND)
    stage.tell.say("A microsecond before the ninetieth day has passed:", timedelta())
    stage.check(cast.riverside, jo, ("claims", "view"), expected=True)
    stage.clock.wait(MICROSECOND)
    stage.tell.say("And a microsecond later. No sweep has run: time bites by itself.", timedelta())
    stage.check(cast.riverside, jo, ("claims", "view"), expected=False)

    stage.tell.say("The sweep then writes it down and tells the people; run again, it finds no news.")
    _sweep(stage)
    _sweep(stage, lapsed=0)


def back_again(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Lead Jo back, and the manager of another practice who lapsed as well."""
    stage.tell.say("Maria uses the same button: Enable User. The clock starts anew once Jo has verified her mailbox.")
    stage.execute(Enable(cast.riverside, jo), by=cast.maria)
    stage.execute(CompleteRegistration(stage.post.token()))
    stage.check(cast.riverside, jo, ("claims", "view"), expected=True)

    stage.tell.say("Tom, Lakeside's only Account Manager, was silent too. Only the operator can enable him.")
    stage.check(cast.lakeside, cast.tom, ("manage_account", "edit"), expected=False)
    stage.execute(Enable(cast.lakeside, cast.tom), by=PAYER)
    stage.execute(CompleteRegistration(stage.post.token()))
    stage.check(cast.lakeside, cast.tom, ("manage_account", "edit"), expected=True)


def _at_work(stage: Stage, cast: Cast, until: datetime) -> None:
    """Let Maria work now and then until shortly before *until*."""
    stage.clock.wait_until(until - timedelta(hours=2))
    stage.access.require(cast.riverside, cast.maria, "manage_account", "view")
    stage.clock.wait_until(until)


def _sweep(stage: Stage, lapsed: int | None = None) -> None:
    stage.tell.call("sweeps.run()")
    swept = stage.access.sweeps.run()
    if lapsed is not None:
        expect(swept.lapsed, lapsed, "how many lapsed")
    text = f"{swept.tenants} practices: {swept.warned} warned, {swept.lapsed} noted as lapsed"
    stage.tell.done(text, tenants=swept.tenants, warned=swept.warned, lapsed=swept.lapsed)
    stage.post.deliver()
