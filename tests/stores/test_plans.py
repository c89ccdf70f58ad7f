"""
Every statement of the store, asked of both engines: by which index it visits our tables.

Statements are found by looking through what the store holds, so that one added later is asked too. On a population in
which an index pays, each visit is to go by an index whose first column is given: what holds tenants' data by its
tenant, its principal or its stream, everything else by a column of its own. The few that do otherwise are listed, each
with its reason.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Any, Final

import attrs
import pytest
import sqlalchemy as sa
from tests.stores.test_host_users import of_host

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import TenantId
from tenantaccess.model.directory import MemberSort
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.rules.directory import conditions_of
from tenantaccess.stores.sqlalchemy import HostUsers, SQLAlchemyStore, tables
from tenantaccess.stores.sqlalchemy.columns import Moment
from tenantaccess.stores.sqlalchemy.directory import DirectorySql, Shape
from tenantaccess.stores.sqlalchemy.queries import QuerySql
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.units import Statements
from tenantaccess.testing.contracts.samples import NOON

ENGINES: Final = ("sqlite", "postgresql")
TENANTS: Final = 3_000
MEMBERS: Final = 5
"""How many members each tenant has."""
EVERYWHERE: Final = 3
"""In how many tenants each principal is."""
PACKAGE: Final = "tenantaccess.stores.sqlalchemy"


def tenant_id(number: int) -> str:
    return f"ten_{number:032x}"


def principal_id(number: int) -> str:
    return f"pri_{number:032x}"


# --- the population -----------------------------------------------------------------------------------------------


def filled(table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Complete *rows* with something plain in each column that they do not name."""
    plain: dict[type[Any], Any] = {sa.Text: "", sa.String: "", sa.BigInteger: 1, sa.Integer: 1, sa.Boolean: False}
    others = {column.name: None if column.nullable else plain.get(type(column.type), NOON) for column in table.c}
    return ({**others, **row} for row in rows)


def population(ours: Tables) -> Iterator[tuple[sa.Table, Iterator[Mapping[str, Any]]]]:
    """Yield rows for each table: many small tenants, as in life."""
    principals = TENANTS * MEMBERS // EVERYWHERE
    users = None if ours.users is None else ours.users.table
    if users is not None:
        yield users, ({"id": number, "login": f"u{number}", "mail": f"m{number}"} for number in range(principals))
    pairs = [
        (tenant_id(number // MEMBERS), principal_id(number % principals), number) for number in range(TENANTS * MEMBERS)
    ]
    each = [tenant_id(number) for number in range(TENANTS)]
    roles = list(product(each, ("biller", "clerk")))
    streams = [*each, *map(principal_id, range(principals))]
    soon = [NOON + timedelta(seconds=number) for number in range(len(pairs))]
    yield ours.tenant, ({"tenant_id": one, "name_key": f"n{number:04}"} for number, one in enumerate(each))
    yield ours.external_id, ({"tenant_id": one, "scheme": "tin", "value": one} for one in each)
    yield (
        ours.principal,
        (
            {"principal_id": principal_id(number), "username_key": f"u{number}"}
            | ({} if users is None else {"user_id": number})
            for number in range(principals)
        ),
    )
    yield ours.credential, ({"principal_id": principal_id(number)} for number in range(principals))
    yield (
        ours.membership,
        (
            {
                "tenant_id": tenant,
                "principal_id": who,
                "role_key": ("biller", "clerk", None)[number % 3],
                "resting_on": principal_id((number - 1) % principals) if number % MEMBERS == MEMBERS - 1 else None,
                **{f"{name}_key": f"n{number}" for name in ("username", "first_name", "last_name", "email")},
                **dict.fromkeys(("clock_at", "active_at", "asked_at"), soon[number]),
            }
            for tenant, who, number in pairs
        ),
    )
    yield (
        ours.override,
        (
            {"tenant_id": tenant, "principal_id": who, "resource": "codes", "level": "full" if number % 5 else "view"}
            for tenant, who, number in pairs[::2]
        ),
    )
    yield ours.role, ({"tenant_id": tenant, "role_key": role} for tenant, role in roles)
    yield (
        ours.role_level,
        (
            {"tenant_id": tenant, "role_key": role, "resource": resource, "level": "full"}
            for (tenant, role), resource in product(roles, ("claims", "codes"))
        ),
    )
    yield (
        ours.invitation,
        (
            {
                "tenant_id": tenant,
                "invitation_id": f"inv_{number:032x}",
                "email_key": f"e{number}",
                "inviter_kind": "member",
                "inviter_id": who,
                "state": "open" if number % 4 else "accepted",
                "created_at": soon[number],
            }
            for tenant, who, number in pairs
        ),
    )
    events = [(stream, number) for stream in streams for number in range(1, 5)]
    yield (
        ours.event,
        (
            {"stream": stream, "number": number, "actor_key": "a", "key": f"k{number}", "subject": principal_id(place)}
            for place, (stream, number) in enumerate(events)
        ),
    )
    yield ours.private_part, ({"stream": stream, "number": number} for stream, number in events)
    yield (
        ours.access_log,
        (
            {"stream": tenant, "day": "2026-01-01", "actor_id": who, "last_at": soon[number]}
            for tenant, who, number in pairs
        ),
    )
    yield (
        ours.notice,
        (
            {"notice_id": f"not_{number:032x}", "state": "queued" if number % 50 == 0 else "sent", "created_at": at}
            for number, at in enumerate(soon)
        ),
    )
    yield (
        ours.token,
        (
            {
                "digest": f"d{number}",
                "slot": f"s{number}",
                "state": "live",
                "principal_id": who,
                "invitation_id": f"inv_{number:032x}",
            }
            for _, who, number in pairs
        ),
    )
    yield ours.attempt, ({"key": f"k{number}", "began_at": soon[number // 99]} for number in range(len(soon)))
    yield (
        ours.record,
        ({"tenant_id": tenant, "set_key": "codes", "record_key": f"c{number}"} for tenant, _, number in pairs),
    )
    yield ours.record_set, ({"tenant_id": tenant, "set_key": "codes"} for tenant in each)
    jobs = [(tenant, f"cpy_{number:032x}") for number, tenant in enumerate(each)]
    yield ours.copy_job, ({"tenant_id": tenant, "job_id": job} for tenant, job in jobs)
    yield (
        ours.copy_job_tenant,
        (
            {"tenant_id": tenant, "job_id": job, "source_id": tenant, "started_at": soon[number]}
            for number, (tenant, job) in enumerate(jobs)
        ),
    )


def write(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write *rows*, on PostgreSQL as a stream: row by row would take longer than all the questions."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.insert(table), rows)
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(list(row.values()))


@pytest.fixture(scope="module", params=product(ENGINES, ("own users", "users of a host")), ids=" with ".join)
def store(request: pytest.FixtureRequest) -> Iterator[SQLAlchemyStore]:
    engine, whose = request.param
    url = "sqlite://" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    metadata = sa.MetaData()
    users = of_host(metadata, prefix="plans_host_") if whose == "users of a host" else None
    made = SQLAlchemyStore(url, tables=tables(metadata, prefix="plans_", users=users))
    metadata.create_all(made.engine)
    with made.opened(made.for_writing, "filling tables") as connection:
        for table, rows in population(made.tables):
            write(connection, table, list(filled(table, rows)))
        connection.execute(sa.text("ANALYZE"))
        connection.commit()
    yield made
    metadata.drop_all(made.engine)
    made.dispose()


# --- the statements -----------------------------------------------------------------------------------------------

MEMBER_WORDS: Final = (
    "email",
    "email_prefix",
    "last_name",
    "first_name",
    "username",
    "role",
    "origin",
    "brought_in_by",
)
STATUSES: Final = tuple(dict.fromkeys(STATUS.values()))


def shapes() -> Iterator[Shape]:
    """Yield how a roster may be asked for: in each order, from each end and from a place, and by each thing."""
    for sort, descending, is_first in product(MemberSort, (False, True), (False, True)):
        yield Shape(sort, descending, is_first, frozenset(), None)
    for sort in MemberSort:
        for word in MEMBER_WORDS:
            yield Shape(sort, descending=False, is_first=True, asked=frozenset([word]), conditions=None)
        for status in STATUSES:
            yield Shape(sort, descending=False, is_first=True, asked=frozenset(), conditions=conditions_of(status))


def searches(sql: DirectorySql) -> Iterator[tuple[str, sa.Executable]]:
    """Yield the statement for each shape of question."""
    for shape in shapes():
        conditions = () if shape.conditions is None else (min(one.value for one in shape.conditions),)
        ends = "down" if shape.descending else "up", "first" if shape.is_first else "on"
        words = [shape.sort.value, *shape.asked, *conditions, *ends]
        yield f"directory.search {' '.join(words)}", sql.search(shape)


def counts(sql: DirectorySql) -> Iterator[tuple[str, sa.Executable]]:
    """Yield the statement for each thing that may be counted."""
    yield "directory.count", sql.count(frozenset())
    for word in MEMBER_WORDS:
        yield f"directory.count {word}", sql.count(frozenset([word]))


def reaching(sql: QuerySql) -> Iterator[tuple[str, sa.Executable]]:
    """Yield the statement for a question that takes one of two levels."""
    yield "queries.reaching", sql.reaching(2)


ELSEWHERE: Final = {"records.add": "postgresql"}
"""Which statements one engine alone is sent."""

MADE_FOR_A_QUESTION: Final[Mapping[str, Callable[[Any], Iterable[tuple[str, sa.Executable]]]]] = {
    "queries.reaching": reaching,
    "directory.search": searches,
    "directory.count": counts,
}
"""What makes statements when asked, and how to ask it."""


def held(value: Any, name: str) -> Iterator[tuple[str, sa.Executable]]:
    """Yield every statement that *value* holds, by its name."""
    if isinstance(value, sa.Executable):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from held(one, f"{name} {getattr(key, 'value', key)}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from held(one, f"{name} {place}")
    elif type(value).__module__.startswith(PACKAGE) and not isinstance(value, Tables | HostUsers | sa.ClauseElement):
        for key, one in vars(value).items():
            full = f"{name}.{key}".removeprefix(".")
            if callable(one) and not type(one).__module__.startswith(PACKAGE):
                yield from MADE_FOR_A_QUESTION[full](value)
            else:
                yield from held(one, full)


def all_of(store: SQLAlchemyStore) -> dict[str, sa.Executable]:
    return dict(held(Statements(store.tables, store.engine.dialect.name), ""))


# --- how they are answered ----------------------------------------------------------------------------------------

HERE, ME = tenant_id(700), principal_id(1_100)
GIVEN: Final[Mapping[str, Any]] = {
    "tenant": HERE,
    "source": HERE,
    "target": tenant_id(701),
    "stream": HERE,
    "of_stream": HERE,
    "principal": ME,
    "user": 1_100,
    "stored": "",
    "reader": ME,
    "brought_in_by": ME,
    "tenants": [HERE, tenant_id(701)],
    "principals": [ME, principal_id(1_101)],
    "senders": [ME, principal_id(1_101)],
    "subject": ME,
    "subjects": [ME, "inv_x"],
    "invitations": [f"inv_{7:032x}"],
    "invitation": f"inv_{7:032x}",
    "job": f"cpy_{700:032x}",
    "notice": f"not_{7:032x}",
    "after": "",
    "last": "zzz",
    "key": "n7",
    "beginning": "n07",
    "place_0": NOON,
    **{f"place_{number}": "" for number in range(1, 7)},
    "beginning_end": "n07\U0010ffff",
    "keys": ["c7", "c8"],
    "of_key": "k7",
    "of_digest": "d7",
    "for_slot": "s7",
    "for_purpose": "",
    "email_key": "e7",
    "email_keys": ["e7"],
    "of_set": "codes",
    "scheme": "tin",
    "value": HERE,
    "resource": "codes",
    "level": "full",
    "level_0": "view",
    "level_1": "full",
    "resources": ["codes"],
    "role": "biller",
    "built_in": "account_manager",
    "passing_over": "",
    "actor": "a",
    "origin": "",
    "rows": "[]",
    "seen": 0,
    "made": "",
    "to": "sent",
    "name": "n",
    "seen_state": "",
    "seen_target": "",
    "seen_set": "",
    "seen_after": "",
    **dict.fromkeys(("email", "email_prefix", "last_name", "first_name", "username"), "n7"),
    **{f"{name}_end": "n7z" for name in ("email_prefix", "last_name", "first_name", "username")},
    **dict.fromkeys(("limit", "most", "warnings", "presence"), 9),
    "above": 1,
    "below": 9,
}
"""What each parameter is given that is no moment; who adds one says here what it may be."""


class _CaughtError(Exception):
    """A statement on its way to the driver."""


def _catch(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
    raise _CaughtError(statement, parameters)


def parameters_of(statement: Any, dialect: sa.Dialect) -> dict[str, Any]:
    """Return what a call would give with *statement*: a row for an insert, and one column for a bare update."""
    values: dict[str, Any] = {}
    if statement.is_insert:
        (values,) = filled(statement.table, [{}])
    elif statement.is_update:
        # Of those that come with the call. No index holds it.
        values = {next(column.name for column in reversed(statement.table.c) if not column.primary_key): None}
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    for name, value in compiled.params.items():
        if value is None and name not in values:
            values[name] = NOON if isinstance(compiled.binds[name].type, Moment) else GIVEN[name]
    return values


def sent(store: SQLAlchemyStore, statement: Any) -> tuple[str, Any]:
    """Return *statement* as the driver would get it."""
    with store.for_asking.connect() as connection:
        sa.event.listen(connection, "before_cursor_execute", _catch)
        try:
            connection.execute(statement, parameters_of(statement, store.engine.dialect))
        except _CaughtError as caught:
            return caught.args[0], caught.args[1]
    raise AssertionError(statement)


Question = tuple[str, Any]
"""A statement in the driver's words, and what it is given."""


@pytest.fixture(scope="module")
def questions(store: SQLAlchemyStore) -> dict[str, Question]:
    here = store.engine.dialect.name
    return {
        name: sent(store, statement) for name, statement in all_of(store).items() if ELSEWHERE.get(name, here) == here
    }


@attrs.frozen
class Visit:
    """How one table of ours is visited: what its index begins with, and which columns are given; none for all of it."""

    table: str
    index: str = ""
    lead: str = ""
    given: Sequence[str] = ()


@attrs.frozen
class Engine:
    """Asks an engine how it would answer."""

    ours: Tables
    connection: sa.Connection

    def visits(self, text: str, parameters: Any) -> Sequence[Visit]:
        """Return how *text* visits our tables."""
        if self.connection.dialect.name == "sqlite":
            lines = self.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters).all()
            return list(filter(None, (self._of_line(text, line[3]) for line in lines)))
        ((plans,),) = self.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", parameters).all()
        return list(self._of_node(plans[0]["Plan"]))

    def _of_line(self, text: str, line: str) -> Visit | None:
        """Read a line such as ``SEARCH m USING INDEX ix (tenant_id=? AND principal_id>?)``."""
        found = re.match(
            r"(?:SCAN|SEARCH) (\S+)(?: USING (?:COVERING )?(?:INDEX (\S+)|(?:INTEGER )?PRIMARY KEY))?(?: \((.*)\))?",
            line,
        )
        tables_of_ours = {table.name: table for table in self.ours.metadata.sorted_tables}
        called = {alias: name for name, alias in re.findall(r"(plans_\w+) AS (\w+)", text)}
        if found is None:
            return None
        alias = str(found[1])
        table = tables_of_ours.get(called.get(alias, alias))
        if table is None:
            return None
        given = re.findall(r"(\w+)[=<>]", found[3] or "") + re.findall(r"\((\w+),", found[3] or "")
        if " USING " not in line:
            return Visit(table.name)
        lead = next(iter(table.primary_key.columns)).name
        given = [lead if column == "rowid" else column for column in given]
        if found[2]:
            info = self.connection.exec_driver_sql(f"PRAGMA index_info({found[2]})").all()
            lead = info[0][2]
        return Visit(table.name, found[2] or "its key", lead, given)

    def _of_node(self, node: Mapping[str, Any]) -> Iterator[Visit]:
        """Read a node of a plan and those below it."""
        kind, name = node["Node Type"], node.get("Index Name", "")
        if kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
            condition = node.get("Index Cond", "")
            given = re.findall(r"(?:^|[( ])(\w+) (?:=|<|>|<=|>=) ", condition)
            given += re.findall(r"ROW\((\w+), \w+\) [<>]", condition)
            ((table, lead),) = self.connection.execute(LEAD, {"index": name}).all()
            yield Visit(table, name, lead, given)
        elif kind == "Seq Scan":
            yield Visit(node["Relation Name"])
        for below in node.get("Plans", ()):
            yield from self._of_node(below)


LEAD: Final = sa.text(
    "SELECT i.indrelid::regclass::text, a.attname FROM pg_index i"
    " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    " WHERE i.indexrelid = to_regclass(:index)"
)
"""Which table an index of PostgreSQL is of, and the column that it begins with."""


# --- how they are to be answered ----------------------------------------------------------------------------------

TENANT_DATA: Final = ("tenant_id", "principal_id")
OTHERWISE: Final[Mapping[str, Collection[str]]] = {
    "principal": ("principal_id", "username_key", "user_id"),
    "host_users": ("id",),
    "credential": ("principal_id",),
    "event": ("stream",),
    "private_part": ("stream",),
    "access_log": ("stream",),
    "notice": ("notice_id",),
    "token": ("digest", "principal_id"),
    "attempt": ("key",),
}
"""What an index of a table begins with that is to be visited by it; tables with tenants' data begin with the tenant."""

ALSO: Final[Mapping[str, tuple[str, str]]] = {
    "tenants.find_by_external_id": ("scheme", "which tenant it is, is what is asked"),
    "tenants.named": ("name_key", "which tenants they are, is what the operator asks"),
    "events.about": ("subject", "its stream is given too: of an index over both it is all the same which comes first"),
    "erasure.addressed": ("email_key", "whoever is erased is erased everywhere"),
    "erasure.forget_parts": ("subject", "whoever is erased is erased everywhere"),
    "erasure.forget_invited": ("invitation_id", "a token knows its invitation by its id, which is unique everywhere"),
    "notices.add": ("state", "one outbox for all, of which the oldest go first"),
    "notices.claim": ("state", "one outbox for all, of which the oldest go first"),
    "notices.queued": ("state", "one outbox for all"),
    "tokens.kill": ("slot", "a token replaces the one in its slot"),
    **{
        f"copy_jobs.{name}": ("job_id", "which is unique everywhere: either index finds the one row")
        for name in ("find", "advance", "newest", "older")
    },
    "attempts.forget": ("began_at", "the oldest are forgotten first, whosever they are"),
}
"""By what else a statement may go, and why."""


HOSTS: Final[Mapping[str, str]] = {
    "principals.users.taken": "by an index that the host adds, which has its own test below"
}
"""What goes by no index of the library's."""


def complaints(name: str, found: Iterable[Visit]) -> list[str]:
    """Return what is wrong with how the statement *name* is answered."""
    allowed = {table: (*leads, *ALSO.get(name, ())[:1]) for table, leads in OTHERWISE.items()}
    wrong = []
    for visit in found:
        leads = allowed.get(visit.table.removeprefix("plans_"), (*TENANT_DATA, *ALSO.get(name, ())[:1]))
        if visit.lead not in visit.given:
            wrong.append(f"{name} reads all of {visit.table}: {visit}")
        elif visit.lead not in leads:
            wrong.append(f"{name} goes by {visit.lead}, which is not listed: {visit}")
    return wrong


def test_every_statement_goes_by_an_index_that_begins_with_what_is_given(
    store: SQLAlchemyStore, questions: Mapping[str, Question]
) -> None:
    with store.for_asking.connect() as connection:
        engine = Engine(store.tables, connection)
        found = {name: engine.visits(*question) for name, question in questions.items()}

    wrong = {name: complaints(name, visits) for name, visits in found.items() if name not in HOSTS}
    assert [one for several in wrong.values() for one in several] == []
    assert [name for name, visits in found.items() if not visits and not questions[name][0].startswith("INSERT")] == []
    assert set(ALSO) | set(ELSEWHERE) <= set(all_of(store))


@pytest.mark.parametrize("store", [("sqlite", "own users")], indirect=True, ids=["sqlite"])
def test_no_stream_is_sorted_for_a_page_of_it(store: SQLAlchemyStore, questions: Mapping[str, Question]) -> None:
    """Streams grow as long as a tenant is open; PostgreSQL goes by what it counts, and may sort one that is short."""
    with store.for_asking.connect() as connection:
        plans = {
            name: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters).all()
            for name, (text, parameters) in questions.items()
            if name.startswith("events.")
        }
    assert {"events.read", "events.about", "events.read_log"} <= set(plans)
    assert [name for name, lines in plans.items() if any("TEMP B-TREE FOR ORDER BY" in line[3] for line in lines)] == []


@pytest.mark.parametrize(
    ("index", "name"),
    [
        ("membership_principal", "queries.of_principal"),
        ("event_subject", "erasure.forget_parts"),
        ("invitation_address", "erasure.addressed"),
        ("token_invitation", "erasure.forget_invited"),
        ("notice_state", "notices.claim"),
        ("attempt_began", "attempts.forget"),
    ],
)
def test_without_its_index_a_statement_would_read_everything(
    store: SQLAlchemyStore, questions: Mapping[str, Question], index: str, name: str
) -> None:
    with store.opened(store.for_writing, "dropping an index") as connection:
        connection.execute(sa.text(f"DROP INDEX ix_plans_{index}"))
        assert complaints(name, Engine(store.tables, connection).visits(*questions[name]))


def test_a_command_that_names_nobody_looks_at_no_member(store: SQLAlchemyStore) -> None:
    """With an empty list SQLite would look at each member of the tenant, by an index that begins as it should."""
    sent: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    with store.reading() as unit, suppress(UnreadableRowError):  # what stands in these tenants means nothing
        unit.memberships.load(TenantId(tenant_id(1)), ())
    assert any("tenant" in one for one in sent)
    assert not any("membership" in one for one in sent)


def test_a_statement_that_is_added_is_asked_too(store: SQLAlchemyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    member = store.tables.membership
    everybody = sa.select(member).where(member.c.phone == "")
    make = QuerySql.__init__

    def with_another(sql: QuerySql, ours: Tables, dialect: str) -> None:
        make(sql, ours, dialect)
        sql.everybody = everybody  # type: ignore[attr-defined]  # a statement that somebody adds

    monkeypatch.setattr(QuerySql, "__init__", with_another)
    assert all_of(store)["queries.everybody"] is everybody
    question = sent(store, everybody)
    with store.for_asking.connect() as connection:
        assert complaints("queries.everybody", Engine(store.tables, connection).visits(*question))


# --- a host's own users -------------------------------------------------------------------------------------------

BY_NAME: Final = "CREATE INDEX plans_users_by_name ON plans_app_users (lower(login))"
"""What `docs/how-to/keep-your-own-users.md` says."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def hosted(request: pytest.FixtureRequest) -> Iterator[SQLAlchemyStore]:
    """Many users of the host's, hardly any of whom is anybody here."""
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    metadata = sa.MetaData()
    users = of_host(metadata, prefix="plans_app_")
    made = SQLAlchemyStore(url, tables=tables(metadata, prefix="hosted_plans_", users=users))
    rows = [{"id": number, "login": f"User{number}", "hash": "", "likes_tea": True} for number in range(5_000)]
    with made.for_writing.begin() as connection:
        metadata.create_all(connection)
        connection.execute(sa.insert(users.table), rows)
    yield made
    with made.for_writing.begin() as connection:
        metadata.drop_all(connection)
    made.dispose()


def test_whether_a_username_is_a_hosts_already_goes_by_the_index_that_is_asked_for(hosted: SQLAlchemyStore) -> None:
    users = Statements(hosted.tables, hosted.engine.dialect.name).principals.users
    assert users is not None
    text, parameters = sent(hosted, users.taken)
    asking = f"EXPLAIN {'QUERY PLAN ' if hosted.engine.dialect.name == 'sqlite' else ''}{text}"
    with hosted.for_writing.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        before = str(connection.exec_driver_sql(asking, parameters).all())
        connection.exec_driver_sql(BY_NAME)
        connection.exec_driver_sql("ANALYZE")
        after = str(connection.exec_driver_sql(asking, parameters).all())
    assert "Scan on plans_app_users" in before or "SCAN plans_app_users" in before
    assert "plans_users_by_name" in after
