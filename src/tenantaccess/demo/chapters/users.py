"""User Management: search for a user, sort, page, and a button for each thing that may be done to a row."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from tenantaccess import Decision, PrincipalId, UnknownNameError
from tenantaccess.commands import Disable, Done, Remove, SendPasswordReset
from tenantaccess.demo import tables
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.model.directory import DirectoryPage
from tenantaccess.services.command import MemberCommand

BUTTONS: Final[Mapping[str, type[MemberCommand[Done]]]] = {
    "disable": Disable,
    "remove": Remove,
    "password mail": SendPasswordReset,
}


def search_for_user(stage: Stage, cast: Cast, kim: PrincipalId) -> None:
    """Search by last name, list everybody in pages, and tell what may be done to each row."""
    stage.tell.chapter("Search for User")
    stage.tell.say("By the beginning of a last name; case and accents do not matter.")
    found = _search(stage, cast, last_name="sm", sort="last_name")
    expect([row.contact.last_name for row in found.rows], ["Smith", "Smythe"], "whose name begins with sm")

    stage.tell.say("People work: Maria on Monday, Kim on Tuesday.")
    stage.work(cast.riverside, cast.maria, ("manage_account", "view"))
    stage.clock.wait(timedelta(days=1))
    stage.work(cast.riverside, kim, ("claims", "view"))
    stage.tell.say("Or everybody, who was active last on top, two rows a page.")
    first = _search(stage, cast, sort="-last_active_at", limit=2, total=True)
    stage.tell.done(f"{len(first.rows)} of {first.total}")
    rest = _search(stage, cast, sort="-last_active_at", limit=2, after=first.next)
    ids = (*first.ids, *rest.ids)
    expect(len(set(ids)), 4, "how many there are on both pages")
    stage.tell.say("A status that there is not is an error, never an empty list.")
    stage.fail(
        "directory.search(riverside, status='enabled', by=maria)",
        lambda: stage.access.directory.search(cast.riverside, status="enabled", by=cast.maria),
        UnknownNameError,
    )
    _update_user(stage, cast, ids)


def _update_user(stage: Stage, cast: Cast, ids: Sequence[PrincipalId]) -> None:
    stage.tell.say("Update User: the buttons of a page, asked of the rules that the commands obey, in one go.")
    stage.tell.call(f"may_each([{', '.join(one.__name__ for one in BUTTONS.values())}], riverside, page.ids, by=maria)")
    answers = stage.access.may_each([*BUTTONS.values()], cast.riverside, ids, by=cast.maria)
    rows = [[stage.names.of(who), *(_button(answers[who][command]) for command in BUTTONS.values())] for who in ids]
    stage.tell.table("buttons", ["username", *BUTTONS], rows)
    stage.tell.say("No link is mailed to an address that nobody has verified: Maria's was not, and Lee has none.")
    expect([who for who in ids if not answers[who][Disable]], [cast.maria], "whom Maria may not disable")


def _button(decision: Decision) -> str:
    return "yes" if decision else f"no: {decision.reasons[0].value.replace('_', ' ')}"


def _search(stage: Stage, cast: Cast, **wanted: Any) -> DirectoryPage:  # noqa: ANN401  # what people search by
    told = [f"{name}={'page.next' if name == 'after' else repr(value)}" for name, value in wanted.items()]
    stage.tell.call(f"directory.search(riverside, {', '.join(told)}, by=maria)")
    page = stage.access.directory.search(cast.riverside, by=cast.maria, **wanted)
    tables.roster(stage, page.rows)
    return page
