"""Adoption: an existing application's people, row by row, in batches that can be resumed."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import attrs

from tenantaccess.codec import plain
from tenantaccess.errors import (
    InvalidInputError,
    MisuseError,
    RefusedError,
    UnknownNameError,
)
from tenantaccess.ids import TenantId
from tenantaccess.model import names
from tenantaccess.model.actors import By, Operator
from tenantaccess.model.adoption import AdoptionProblem, AdoptionReport, Known
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import EXPLANATIONS, Decision, Reason, denied
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.services import adoption_files, adoption_lines, guards
from tenantaccess.services.adopting import Adopt
from tenantaccess.services.adoption_files import AdoptionRow
from tenantaccess.services.adoption_seen import Seen
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.pipeline import BULK_LIMIT, Pipeline
from tenantaccess.services.refusals import decision_of
from tenantaccess.services.registrations import ExternalId
from tenantaccess.services.timing import now_of

ROWS: Final = 10_000_000
"""How many rows one run reads: a few bytes of each are kept, to find those that name somebody twice."""
PROBLEMS: Final = 1_000
"""How many problems a report holds; the others are counted."""

Told = Callable[[int], object]

Rows = Iterable[AdoptionRow | AdoptionProblem]

ADVICE: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.TAKEN: (
        "username",
        "compare the addresses: if it is somebody else's, give another username; if not, let them verify theirs first",
    ),
    Reason.ILLEGAL_STEP: (
        "username",
        "enable whom the operator disabled, or leave out the row; a closed tenant takes nobody",
    ),
    Reason.NOT_FOUND: ("tenant", "open the tenant first, or correct what names it"),
    Reason.SERVICE: ("username", "give another username: this one is a service's"),
    Reason.CHANGED: ("", "run it again: others kept changing the tenant"),
}
"""What to do about a row that is refused, and in which column."""


@attrs.frozen
class _Ready:
    """A row on its way."""

    line: int
    command: Adopt
    key: str | None


@attrs.define
class _Run:
    """What one run has seen, as numbers that tell nothing, so that a million rows fit."""

    key: str | None
    rows: Seen = attrs.field(factory=Seen)
    usernames: Seen = attrs.field(factory=Seen)
    addresses: Seen = attrs.field(factory=Seen)

    def twice(self, line: int, row: AdoptionRow, tenant: TenantId) -> AdoptionProblem | None:
        """Return the problem of a row that says again, or otherwise, what an earlier one said."""
        username = names.username_key(row.person.username)
        earlier = self.rows.first(line, tenant, username)
        if earlier != line:
            return AdoptionProblem(line, "username", f"keep this row or that on line {earlier}: both name one member")
        if row.person.email:
            earlier = self.usernames.first(line, username)
            if earlier != self.addresses.first(line, username, row.person.email_key):
                return AdoptionProblem(line, "email", f"give one address to one username: line {earlier} has another")
        return None


@attrs.frozen
class Adoption:
    """
    Taking over an existing application's people, and handing a tenant's people over.

    Args:
        store: Where they go, and come from.
        pipeline: Runs the commands.
        catalog: The declared words.
        policy: The host's choices.
        clock: Tells whether a member is active.
    """

    _store: Store
    _pipeline: Pipeline
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def read_csv(self, file: Iterable[str], tenant: TenantId | None = None) -> Iterator[AdoptionRow | AdoptionProblem]:
        """
        Yield the rows of *file* for `run`, each with its line; one that cannot be read is yielded as its problem.

        The first line names the columns: ``username`` and, unless *tenant* is given, ``tenant`` or the key of a scheme
        of external ids such as ``tin``. There may be ``email``, ``email_is_verified`` (yes or no), ``stored_hash``,
        ``first_name``, ``last_name``, ``phone``, ``role``, ``levels`` (``claims=full codes=view``) and ``segments``
        (``medicaid medicare``). Cells are data, whatever they begin with: no formula is looked for, nothing is cut.

        Args:
            file: Text, line by line, such as a file opened with ``newline=""``.
            tenant: For all rows.

        Raises:
            InvalidInputError: a column that is missing, unknown or named twice; before any row.
        """
        return adoption_files.read(file, self._catalog, tenant)

    def read_lines(
        self, lines: Iterable[str], tenant: TenantId | None = None
    ) -> Iterator[AdoptionRow | AdoptionProblem]:
        """
        Yield the rows of *lines* for `run`, one object of JSON each, such as `export` writes.

        Keys are those of `read_csv`, with levels as an object and segments as a list. A line tells more than a row
        can say: whoever is not active there, is a service, rests on somebody else or has dates is yielded as a
        problem, because adopted by such a row they would hold more than they did.

        Args:
            lines: Text, line by line; empty lines are passed over.
            tenant: For all rows, whatever they name.

        Raises:
            InvalidInputError: a *tenant* that is no id.
        """
        return adoption_lines.read(lines, self._catalog, tenant)

    def export(self, tenant: TenantId, *, by: By, on_progress: Told | None = None, batch: int = 500) -> Iterator[str]:
        """
        Yield every member of *tenant* by username, one line of JSON each, its end included, as it is asked for.

        A page of members is held at a time, whatever the size of the tenant, and each page looks anew whether *by*
        may see it. Nobody is missing and nobody comes twice, also while people join. Of whoever holds the same,
        lines are the same, byte for byte. Passwords, and what they are verified by, are in no line. Give the lines to
        `read_lines` where they are to be adopted.

        Who: whoever at least views the managing resource, or the operator. The operator alone is told the person's
        own address, and whether it was verified; others get what the roster shows.

        Args:
            tenant: Whose members.
            by: Who looks.
            on_progress: Called with how many lines there were so far, after each page.
            batch: How many members are read at once: 1 to 500.

        Raises:
            NotFoundError: no such tenant, or no member of it: alike; before any line, or once that is so.
            AccessDeniedError: a member who does not see the roster; as above.
        """
        require_limit(batch)
        first = self._page(tenant, "", batch, by)
        return self._exported(tenant, first, by, on_progress, batch)

    def _exported(
        self,
        tenant: TenantId,
        rows: Sequence[Row],
        by: By,
        on_progress: Told | None,
        batch: int,
    ) -> Iterator[str]:
        count, is_operator = 0, isinstance(by, Operator)
        while rows:
            now = now_of(self._clock)
            for row in rows:
                yield adoption_lines.written(row, now, self._policy, by_operator=is_operator)
            count += len(rows)
            if on_progress is not None:
                on_progress(count)
            full = len(rows) == batch
            rows = self._page(tenant, rows[-1].principal.username_key, batch, by) if full else ()

    def _page(self, tenant: TenantId, after: str, limit: int, by: By) -> Sequence[Row]:
        guards.reader_of(tenant, by)
        with self._store.reading() as unit:
            guards.require_reader(unit, tenant, by, self._catalog, self._policy, now_of(self._clock))
            return unit.queries.page(tenant, after, limit)

    def run(
        self,
        rows: Rows,
        *,
        by: By,
        dry_run: bool = False,
        on_progress: Callable[[AdoptionReport], object] | None = None,
        batch: int = 100,
        key: str | None = None,
    ) -> AdoptionReport:
        """
        Adopt the people of *rows*, each into its tenant; what is wrong with one row stops no other.

        Whoever is known by username is taken for that person, unless the addresses differ, or somebody but the
        operator made the username and the address was never verified; they keep what they hold where they are active
        already. Each batch is kept as a whole; where a row of it is refused, its rows are tried one by one. Running
        the same rows again, after a crash for example, adopts nobody twice: whoever was adopted into a tenant before
        is left as is, even if disabled or removed since. With the same *key* each row is also answered as it was the
        first time; erased people then stay erased.

        Who: the operator. The people who are adopted are told.

        Args:
            rows: What `read_csv` yields, or rows of one's own; consumed batch by batch, at most 10,000,000.
            by: The operator.
            dry_run: Look what stands against each row, and write nothing.
            on_progress: Called with the report so far, after each batch.
            batch: How many rows are kept at once: 1 to 1,000.
            key: Makes each row's idempotency key, with the row itself. Keep it to yourself: whoever knows it could
                tell from the record whether a name that they guess was in the file.

        Raises:
            AccessDeniedError: anybody but the operator.
            MisuseError: inside a host's transaction, where a batch could not be kept by itself.
            StoreError: what was done so far stays done; run it again.
        """
        guards.require_by_operator(by, Adopt.name)
        if type(batch) is not int or not 0 < batch <= BULK_LIMIT:
            raise InvalidInputError("batch", f"must be 1 to {BULK_LIMIT}")
        if self._store.is_hosted and not dry_run:
            raise MisuseError("adopt outside the transaction: each batch is to be kept by itself")
        run = _Run(None if key is None else names.key("key", key))
        report = AdoptionReport(is_dry=dry_run)
        numbered = enumerate(rows, start=1)
        while some := list(islice(numbered, min(batch, ROWS - report.rows))):
            found = [self._ready(run, place, row) for place, row in some]
            problems = [one for one in found if isinstance(one, AdoptionProblem)]
            ready = [one for one in found if isinstance(one, _Ready)]
            done = self._tried(ready, by) if dry_run else self._adopted(ready, by)
            report = _added(report, len(some), [*problems, *done])
            if on_progress is not None:
                on_progress(report)
        if next(numbered, None) is not None:
            rest = AdoptionProblem(ROWS + 1, "", f"split the file: {ROWS} rows are read at once, the others were not")
            report = _added(report, 0, [rest])
        return report

    def _ready(self, run: _Run, place: int, row: AdoptionRow | AdoptionProblem) -> _Ready | AdoptionProblem:
        if isinstance(row, AdoptionProblem):
            return row
        if not isinstance(row, AdoptionRow):
            raise InvalidInputError("rows", "must be rows of people, or what `read_csv` yields")
        line = row.line or place
        try:
            tenant = self._tenant(row.tenant)
        except InvalidInputError as error:
            return adoption_files.problem(line, error)
        if tenant is None:
            return _problem(line, denied(Reason.NOT_FOUND))
        command = Adopt(tenant, row.person, row.grant, known=Known.ADOPT)
        return run.twice(line, row, tenant) or _Ready(line, command, self._key(run, command))

    def _tenant(self, named: TenantId | ExternalId) -> TenantId | None:
        if not isinstance(named, ExternalId):
            return named
        value = self._catalog.scheme(named.scheme).normal(named.value)
        with self._store.reading() as unit:
            return unit.tenants.find_by_external_id(named.scheme, value)

    def _key(self, run: _Run, command: Adopt) -> str | None:
        if run.key is None:
            return None
        text = json.dumps(plain(command), sort_keys=True)
        return f"adopt:{hmac.new(run.key.encode(), text.encode(), hashlib.sha256).hexdigest()}"

    def _tried(self, ready: Sequence[_Ready], by: By) -> list[AdoptionProblem | bool]:
        """Say of each row whether anything stands against it; writes nothing."""
        return [self._preflight(one, by) for one in ready]

    def _preflight(self, one: _Ready, by: By) -> AdoptionProblem | bool:
        try:
            decision = self._pipeline.may(one.command, by)
        except (InvalidInputError, UnknownNameError) as error:
            return adoption_files.problem(one.line, error)
        return decision.allowed or _problem(one.line, decision)

    def _adopted(self, ready: Sequence[_Ready], by: By) -> list[AdoptionProblem | bool]:
        """Adopt all of *ready* in one unit, or, where one is refused, each in its own; tell of each if it changed."""
        if not ready:
            return []
        try:
            answers = self._pipeline.execute_each([one.command for one in ready], by, [one.key for one in ready])
        except (RefusedError, InvalidInputError, UnknownNameError) as error:
            if len(ready) > 1:
                return [done for one in ready for done in self._adopted([one], by)]
            return [_refused(ready[0].line, error)]
        return [answer.changed for answer in answers]


def _refused(line: int, error: RefusedError | InvalidInputError | UnknownNameError) -> AdoptionProblem:
    if isinstance(error, RefusedError):
        return _problem(line, decision_of(error, Adopt.name))
    return adoption_files.problem(line, error)


def _problem(line: int, decision: Decision) -> AdoptionProblem:
    reason = decision.reasons[0]
    field, advice = ADVICE.get(reason, ("", EXPLANATIONS[reason][0]))
    return AdoptionProblem(line, field, advice)


def _added(report: AdoptionReport, rows: int, done: Sequence[AdoptionProblem | bool]) -> AdoptionReport:
    """Return *report* with what became of some more rows."""
    problems = [one for one in done if isinstance(one, AdoptionProblem)]
    room = PROBLEMS - len(report.problems)
    return attrs.evolve(
        report,
        rows=report.rows + rows,
        adopted=report.adopted + sum(one is True for one in done),
        unchanged=report.unchanged + sum(one is False for one in done),
        refused=report.refused + len(problems),
        problems=(*report.problems, *sorted(problems, key=lambda one: one.line)[:room]),
    )
