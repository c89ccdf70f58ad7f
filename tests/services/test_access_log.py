"""Searching the access log: by whom, what and when, in pages that join, in bounded steps."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import Disable
from tenantaccess.errors import AccessDeniedError, InvalidInputError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import AccessEntry
from tenantaccess.services import access_log, cursors, stepping
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock

DAY = timedelta(days=1)


@pytest.fixture
def ned(make: Given, riverside: TenantId) -> PrincipalId:
    return make.member(riverside, username="ned")


@pytest.fixture
def logged(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    ned: PrincipalId,
) -> list[AccessEntry]:
    """Three days on which both try to disable somebody, and jo enters; several lines of one moment."""
    for _ in range(3):
        clock.advance(DAY)
        access.contexts.enter(riverside, jo)
        for actor, subject in ((jo, maria), (ned, jo), (jo, ned)):
            with pytest.raises(AccessDeniedError):
                access.execute(Disable(riverside, subject), by=actor)
    return access.audit.access_log(riverside, 500, by=OPERATOR)


def searched(access: TenantAccess, tenant: TenantId, limit: int = 500, **asked: Any) -> list[AccessEntry]:
    """All pages of a search."""
    page = access.audit.search_log(tenant, limit=limit, by=OPERATOR, **asked)
    found = [*page.rows]
    while page.next is not None:
        page = access.audit.search_log(tenant, limit=limit, after=page.next, by=OPERATOR, **asked)
        found += page.rows
    return found


@pytest.mark.row("INV-04", "INV-40")
@pytest.mark.parametrize("limit", [1, 2, 5, 12, 500])
def test_pages_join_to_the_whole_log(
    access: TenantAccess, riverside: TenantId, logged: list[AccessEntry], limit: int
) -> None:
    assert len(logged) == 12
    assert searched(access, riverside, limit) == logged
    refused = [line for line in logged if line.what != "entered"]
    assert searched(access, riverside, limit, what="refused") == refused
    assert len(refused) == 9


def test_it_is_searched_by_whom_and_about_whom(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, ned: PrincipalId, logged: list[AccessEntry]
) -> None:
    for who in (maria, ned):
        theirs = [line for line in logged if who in (line.actor.id, line.subject)]
        assert searched(access, riverside, 2, principal=who) == theirs
        assert theirs
    assert {line.what for line in searched(access, riverside, what="entered")} == {"entered"}


def test_it_is_searched_by_day_exactly(
    access: TenantAccess, riverside: TenantId, clock: FrozenClock, logged: list[AccessEntry]
) -> None:
    second = clock.now() - DAY
    on_it = [line for line in logged if line.last_at == second]
    assert len(on_it) == 4
    assert searched(access, riverside, 3, since=second, until=second + timedelta(microseconds=1)) == on_it
    assert searched(access, riverside, since=second, until=second) == []
    assert searched(access, riverside, until=second) == [line for line in logged if line.last_at < second]


def test_what_is_rare_is_looked_for_in_bounded_steps(
    access: TenantAccess,
    riverside: TenantId,
    maria: PrincipalId,
    logged: list[AccessEntry],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stepping, "SLICE", 2)
    monkeypatch.setattr(stepping, "MOST_LOOKED_THROUGH", 4)
    page = access.audit.search_log(riverside, principal=maria, by=OPERATOR)
    assert page.reached == logged[3].last_at
    assert page.next is not None
    assert searched(access, riverside, principal=maria) == [line for line in logged if maria == line.subject]


@pytest.mark.row("A73", "INV-11")
def test_only_readers_of_the_record_read_it(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert access.audit.search_log(riverside, by=maria).next is None
    with pytest.raises(AccessDeniedError):
        access.audit.search_log(riverside, by=jo)
    with pytest.raises(NotFoundError):
        access.audit.search_log(lakeside, by=maria)


@pytest.mark.parametrize(
    "asked",
    [
        {"what": "disable"},
        {"principal": "pri_x"},
        {"since": datetime(2026, 1, 1)},  # noqa: DTZ001  # naive on purpose
        {"until": datetime(2026, 1, 1)},  # noqa: DTZ001  # naive on purpose
        {"after": "nonsense"},
        {"limit": 0},
    ],
)
def test_what_cannot_be_looked_for_is_refused(access: TenantAccess, riverside: TenantId, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        access.audit.search_log(riverside, by=OPERATOR, **asked)


def test_a_page_of_another_search_is_refused(
    access: TenantAccess, riverside: TenantId, logged: list[AccessEntry]
) -> None:
    after = access.audit.search_log(riverside, limit=1, by=OPERATOR).next
    assert after is not None
    with pytest.raises(InvalidInputError):
        access.audit.search_log(riverside, what="entered", after=after, by=OPERATOR)
    no_moment = cursors.cursor(access_log.Sought.of(None, "", None, None)._scope(riverside), ("x", *"abcdef"))
    with pytest.raises(InvalidInputError):
        access.audit.search_log(riverside, after=no_moment, by=OPERATOR)
    assert logged
