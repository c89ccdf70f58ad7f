"""The provider drop-down: which practices there are to choose from, entering one, two tabs, coming back."""

from tenantaccess import AccessContext, AccessDeniedError, MisuseError, NotFoundError, PrincipalId, TenantId
from tenantaccess.commands import ChangePrivileges, Unlink
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.tables import drop_down


def the_drop_down(stage: Stage, cast: Cast, lee: PrincipalId) -> tuple[AccessContext, AccessContext]:
    """Choose a provider, twice; return what two tabs hold."""
    stage.tell.chapter("The Provider drop-down")
    stage.tell.say("The next time Lee logs in, the menu at the top displays the accounts that are joined.")
    _menu(stage, lee)
    _default(stage, lee, None)

    stage.tell.say("Go: Lakeside, viewing for Medicaid. Questions to what was entered read no database.")
    lakeside = _enter(stage, cast.lakeside, lee, "medicaid")
    stage.tell.call("context.check('claims', 'submit')")
    stage.decided(lakeside.check("claims", "submit"), expected=True)
    stage.tell.say("Lakeside has no Medicare patients, and nothing widens or guesses a segment.")
    stage.fail(
        "contexts.enter(lakeside, lee, 'medicare')",
        lambda: stage.access.contexts.enter(cast.lakeside, lee, "medicare"),
        AccessDeniedError,
    )

    stage.tell.say("A second tab enters Hilltop. What one tab shows is never done in the other one's practice.")
    hilltop = _enter(stage, cast.hilltop, lee)
    page = stage.access.privileges.matrix(cast.lakeside, by=lakeside)
    stage.refuse(ChangePrivileges(cast.lakeside, page.edit({})), MisuseError, by=hilltop)
    _default(stage, lee, cast.hilltop)
    return lakeside, hilltop


def come_back(stage: Stage, cast: Cast, lee: PrincipalId, tabs: tuple[AccessContext, AccessContext]) -> None:
    """Resume both tabs after privileges changed in one practice, and a link was ended in the other."""
    stage.tell.chapter("The next request")
    lakeside, hilltop = tabs
    stage.tell.say("Each request resumes what its tab had entered, with the levels as they are by now.")
    stage.tell.call("contexts.resume(session, lee)")
    fresh = stage.access.contexts.resume(lakeside.session, lee)
    stage.tell.done(f"in {stage.names.of(fresh.tenant)}, viewing for {fresh.segment}")
    stage.tell.call("context.check('claims', 'submit')")
    stage.decided(fresh.check("claims", "submit"), expected=False)
    stage.tell.call("context.check('claims', 'view')")
    stage.decided(fresh.check("claims", "view"), expected=True)

    stage.tell.say("Meanwhile Ana ends the link with Hilltop. The other tab is out, and Hilltop is off the menu.")
    stage.execute(Unlink(cast.hilltop, lee), by=cast.ana)
    stage.fail(
        "contexts.resume(the other session, lee)",
        lambda: stage.access.contexts.resume(hilltop.session, lee),
        NotFoundError,
    )
    _menu(stage, lee)


def _menu(stage: Stage, lee: PrincipalId) -> None:
    stage.tell.call("contexts.list_tenants(lee)")
    drop_down(stage, stage.access.contexts.list_tenants(lee).entries)


def _default(stage: Stage, lee: PrincipalId, expected: TenantId | None) -> None:
    stage.tell.call("contexts.default(lee)")
    found = stage.access.contexts.default(lee)
    expect(found, expected, "where to begin")
    stage.tell.done("none: let the person choose" if found is None else f"{stage.names.of(found)}, the last used")


def _enter(stage: Stage, tenant: TenantId, lee: PrincipalId, segment: str | None = None) -> AccessContext:
    arguments = [stage.names.of(tenant), "lee", *([repr(segment)] if segment else [])]
    stage.tell.call(f"contexts.enter({', '.join(arguments)})")
    context = stage.access.contexts.enter(tenant, lee, segment)
    stage.tell.done(f"entered {stage.names.of(tenant)}" + (f", viewing for {segment}" if segment else ""))
    return context
