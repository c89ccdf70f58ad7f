"""
Rows that no store should hold or return: of a later version, twice, or two for one person.

Each column that holds a word is filled with one that this version does not know, and every question is asked, and
every command given. Nothing is allowed that was not; whatever cannot be read is an error of its own where it is asked
for by name, and is left out of lists, and reported, where it is not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import pytest
from tests.crashes.grounds import FileGround
from tests.stores.office import COMMANDS, QUESTIONS, Office, office

from tenantaccess.commands import Disable
from tenantaccess.errors import RefusedError, StoreError, UnreadableRowError
from tenantaccess.model.catalog import BUILT_IN
from tenantaccess.ports.repositories import Listed
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.testing.faults import FaultyStore

pytestmark = pytest.mark.row("INV-25", "INV-03", "INV-01")
UNKNOWN = "of-a-later-version"

WORDS: Mapping[str, tuple[str, ...]] = {
    "tenant": ("state", "segments", "linking"),
    "principal": ("kind", "password_choice", "password_changes"),
    "membership": (
        "origin", "verified_how", "disabled_by", "disabled_reason", "role_key", "segments", "resting_kind",
        "held_by_operator", "ends_by",
    ),
    "override": ("resource", "level"),
    "role_level": ("resource", "level"),
    "external_id": ("scheme",),
    "invitation": ("state", "inviter_kind", "role_key", "segments", "levels"),
    "event": ("actor_kind", "kind", "before", "after", "result"),
    "private_part": ("content",),
    "access_log": ("actor_kind", "what", "reason"),
    "notice": ("state", "audience", "token_purpose", "purpose"),
    "token": ("state", "purpose"),
    "record": ("content", "refers"),
    "copy_job": ("state", "on_conflict", "why", "sets", "selection", "tallies", "fingerprints", "cursor_set"),
}  # fmt: skip
"""The columns that hold words, and those that hold words inside other data."""
COLUMNS = [f"{table}.{column}" for table, columns in WORDS.items() for column in columns]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FileGround, Office]]:
    ground = FileGround(tmp_path_factory.mktemp("office"))
    founded = office(ground.store)
    ground.keep()
    yield ground, founded
    ground.close()


@pytest.fixture
def ground(made: tuple[FileGround, Office]) -> FileGround:
    made[0].restore()
    return made[0]


@pytest.fixture
def at(made: tuple[FileGround, Office], ground: FileGround) -> Office:
    assert ground.rows()
    return made[1]


def spoil(ground: FileGround, place: str, where: str = "1") -> None:
    """Fill a column with a word of a later version: wherever it is in use, or else in every row."""
    name, _, column = place.partition(".")
    table = f"{ground.prefix}{name}"
    with ground.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        spoiled = 0
        for used in (f"{column} IS NOT NULL", "1"):
            if not spoiled:
                statement = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {used} AND {where}"
                spoiled = connection.exec_driver_sql(statement, (UNKNOWN,)).rowcount
        connection.commit()
    assert spoiled, f"nothing is stored in {place}"
    ground.store.dispose()


def answered(ask: Callable[[Office], Any], at: Office) -> Any:
    """Return what *ask* answers, or the class of the error that the caller gets; no other error is any."""
    try:
        return ask(at)
    except (StoreError, RefusedError) as error:
        return type(error)


GRANTS = ("check", "enter", "resume", "preflight", "members with", "tenants with", "as of")
LISTS = ("directory", "matrix", "list tenants", "invitations", "copies")
"""What lists rows whatever they grant: nobody is missing there but who was left out."""


@pytest.mark.parametrize("place", COLUMNS)
def test_an_unknown_word_grants_nothing_and_what_it_hides_is_reported(
    ground: FileGround, at: Office, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = {name: ask(at) for name, ask in QUESTIONS.items()}
    ground.restore()
    spoil(ground, place)
    for name, ask in QUESTIONS.items():
        caplog.clear()
        answer = answered(ask, at)
        if name in GRANTS:
            assert is_no_more(answer, good[name]), f"{name} answered {answer}"
        if name in LISTS and not isinstance(answer, type) and len(answer) < len(good[name]):
            assert {record.name for record in caplog.records} == {"tenantaccess.stores"}, f"{name} says nothing"


def is_no_more(answer: Any, good: Any) -> bool:
    """Tell whether *answer* allows nothing that *good* did not."""
    if isinstance(answer, type):
        return True
    if isinstance(good, bool):
        return good or not answer
    if all(isinstance(part, bool) for part in good):
        return all(before or not after for before, after in zip(good, answer, strict=True))
    if isinstance(good, tuple):
        return bool(answer[:2] == good[:2] and (good[2] or not answer[2]))
    return set(answer) <= set(good)


@pytest.mark.parametrize("place", COLUMNS)
def test_no_command_fails_in_words_that_are_not_the_librarys(ground: FileGround, at: Office, place: str) -> None:
    for command in COMMANDS.values():
        ground.restore()
        spoil(ground, place)
        answered(command, at)
        with ground.store.engine.connect() as connection:
            left = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        assert left == "ok"


# --- what cannot be read holds nobody else up ---------------------------------------------------------------------


def test_asked_for_by_name_it_is_an_error_of_its_own(ground: FileGround, at: Office) -> None:
    spoil(ground, "membership.origin", f"principal_id = '{at.jo}'")
    with pytest.raises(UnreadableRowError, match="cannot read") as fault:
        at.access.check(at.here, at.jo, "claims", "view")
    assert at.jo in str(fault.value)
    assert at.access.check(at.here, at.maria, "claims", "view")


def test_a_person_who_cannot_be_read_keeps_no_notice_of_others_back(ground: FileGround, at: Office) -> None:
    mailer = RecordingMailer()
    ground.restore()
    waiting = at.access.notices.queued()
    spoil(ground, "principal.kind", "username_key = 'ann'")
    done = at.access.notices.deliver(mailer)
    assert done.failed > 0
    assert done.failed + done.sent + done.shown == waiting
    assert at.access.notices.queued() == done.failed


def test_a_tenant_that_cannot_be_read_keeps_no_other_from_being_swept(
    ground: FileGround, at: Office, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(ground, "tenant.state", f"tenant_id = '{at.here}'")
    assert at.access.sweeps.run().tenants == 1
    assert [tenant.id for tenant in at.access.tenants.page(limit=1, by=OPERATOR)] == [at.there]
    assert {record.name for record in caplog.records} == {"tenantaccess.stores"}


# --- twice ----------------------------------------------------------------------------------------------------

Change = Callable[[Any], Any]


class AlteringStore(FaultyStore):
    """One of its methods answers something else than the inner store does."""

    def __init__(self, inner: Store, place: str, change: Change) -> None:
        super().__init__(inner)
        self._repository, _, self._method = place.partition(".")
        self._change = change

    def _numbered(self, unit: Unit) -> Unit:
        altered: Any = _Altered(getattr(unit, self._repository), self._method, self._change)
        return attrs.evolve(unit, **{self._repository: altered})


class _Altered:
    def __init__(self, inner: object, method: str, change: Change) -> None:
        self._inner = inner
        setattr(self, method, lambda *args, **named: change(getattr(inner, method)(*args, **named)))

    def __getattr__(self, method: str) -> Any:
        return getattr(self._inner, method)


def twice(found: Any) -> Any:
    """Return an answer that holds the first row once more."""
    if isinstance(found, Listed):
        return attrs.evolve(found, rows=[*found.rows, *found.rows[:1]])
    return [*found, *found[:1]]


def raised(found: Any) -> Any:
    """Return an answer that holds a second row for one person, under which everything is open."""
    return [*found, *[attrs.evolve(row, role=BUILT_IN) for row in found[:1]]]


def idle(at: Office) -> object:
    at.clock.advance(at.access.policy.inactive_after)
    return at.access.sweeps.run()


TWICE: Mapping[str, tuple[Change, Callable[[Office], object]]] = {
    "queries.reaching": (twice, QUESTIONS["members with"]),
    "queries.reaching, another": (raised, QUESTIONS["members with"]),
    "queries.page": (twice, QUESTIONS["matrix"]),
    "queries.page, another": (raised, QUESTIONS["matrix"]),
    "queries.idle": (twice, idle),
    "queries.of_principal": (twice, QUESTIONS["list tenants"]),
    "queries.resting_everywhere": (twice, lambda at: at.access.links.proven(by=at.jo)),
    "invitations.open": (twice, COMMANDS["suspend"]),
    "invitations.concerning": (twice, lambda at: at.access.execute(Disable(at.here, at.maria), by=at.lee)),
    "directory.search": (twice, QUESTIONS["directory"]),
    "invitations.page": (twice, QUESTIONS["invitations"]),
    "copy_jobs.page": (twice, QUESTIONS["copies"]),
}


@pytest.mark.parametrize("lie", TWICE)
def test_a_store_that_lists_somebody_twice_is_not_believed(lie: str) -> None:
    at = office(MemoryStore())
    change, ask = TWICE[lie]
    place = lie.partition(",")[0]
    with pytest.raises(StoreError, match="once"):
        ask(at.on(AlteringStore(at.access.store, place, change)))
    assert ask(at.on(AlteringStore(at.access.store, place, list_again))) is not None


def list_again(found: Any) -> Any:
    return found
