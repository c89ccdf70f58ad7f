"""Reading people from a file: each row becomes what is to be adopted, or says what is wrong with it."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.adoption import AdoptionProblem, NewPerson
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.services.command import require_grant_words
from tenantaccess.services.registrations import ExternalId, named_tenant

TENANT_COLUMN: Final = "tenant"
PLAIN: Final = ("username", "email", "stored_hash", "first_name", "last_name", "phone")
COLUMNS: Final = (TENANT_COLUMN, *PLAIN, "email_is_verified", "role", "levels", "segments")
"""What a column may be called, beside the catalog's schemes of external ids."""

FLAGS: Final[Mapping[str, bool]] = {
    "": False,
    "no": False,
    "false": False,
    "0": False,
    "yes": True,
    "true": True,
    "1": True,
}
CELL_LIMIT: Final = 4_000
"""Longer than anything that is accepted; what is over it is refused before it is looked at (INV-40)."""
LINES: Final = 2**31 - 1
MARK: Final = "\ufeff"
"""What some programs write before the first column's name."""


def _line(_: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    if type(value) is not int or not 0 <= value <= LINES:
        raise InvalidInputError(attribute.name, f"must be the number of a line, at most {LINES}")


@attrs.frozen
class AdoptionRow:
    """
    One person to adopt into one tenant.

    Args:
        tenant: Its id, or an external id such as ``("tin", "01-2345678")``.
        person: Who; found by username if known already.
        grant: Role, levels and segments; nothing by default.
        line: Where it stands in the file; 0 if it stands in none.
    """

    tenant: TenantId | ExternalId = attrs.field(converter=named_tenant)
    person: NewPerson = attrs.field(validator=words.exactly(NewPerson))
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))
    line: int = attrs.field(default=0, validator=_line)


@attrs.define
class _Lines:
    """Lines on their way to the reader, and how many quotes the row that is being read has had."""

    _file: Iterator[str]
    quotes: int = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.quotes += line.count('"')
        return line


def read(file: Iterable[str], catalog: Catalog, tenant: TenantId | None) -> Iterator[AdoptionRow | AdoptionProblem]:
    """
    Yield the rows of *file*, a table of comma-separated values with a line of names, as they are asked for.

    Raises:
        InvalidInputError: before any row: a column that is missing, unknown or named twice, or no column that says
            which tenant, or two.
    """
    lines = _Lines(iter(file))
    reader = csv.reader(lines, strict=True)
    columns = [name.removeprefix(MARK) if not place else name for place, name in enumerate(_header(reader))]
    _require_columns(columns, catalog, tenant)
    # Checked now, not when the first row is asked for.
    return _rows(reader, lines, columns, catalog, tenant)


def _header(reader: Iterator[Sequence[str]]) -> Sequence[str]:
    try:
        return next(reader, ())
    except csv.Error:
        raise InvalidInputError("columns", "must be comma-separated names in the first line") from None


def _require_columns(columns: Sequence[str], catalog: Catalog, tenant: TenantId | None) -> None:
    schemes = [scheme.key for scheme in catalog.schemes]
    for name in columns:
        if name not in {*COLUMNS, *schemes}:
            raise InvalidInputError("columns", f"must be of {', '.join((*COLUMNS, *schemes))}; {name[:40]!a} is none")
        if columns.count(name) > 1:
            raise InvalidInputError("columns", f"must not name {name[:40]!a} twice")
    if "username" not in columns:
        raise InvalidInputError("columns", "must have `username`")
    naming = [name for name in columns if name in {TENANT_COLUMN, *schemes}]
    if tenant is not None and not is_id(tenant, TENANT):
        raise InvalidInputError("tenant", "must be the id of a tenant")
    if len(naming) + (tenant is not None) != 1:
        raise InvalidInputError("columns", f"must name the tenant once, as {' or '.join((TENANT_COLUMN, *schemes))}")


def _rows(
    reader: Any,  # noqa: ANN401  # of the csv module, whose type has no name
    lines: _Lines,
    columns: Sequence[str],
    catalog: Catalog,
    tenant: TenantId | None,
) -> Iterator[AdoptionRow | AdoptionProblem]:
    while True:
        line = reader.line_num + 1
        lines.quotes = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if lines.quotes % 2:
                # What follows may be the rest of a cell, which is not to be taken for people.
                yield AdoptionProblem(line, "", "end the cell that it begins: nothing from here on was read")
                return
            yield AdoptionProblem(
                line, "", "write it as comma-separated values; put quotes around a cell that needs them"
            )
            continue
        if cells:
            yield _row(line, cells, columns, catalog, tenant)


def _row(
    line: int, cells: Sequence[str], columns: Sequence[str], catalog: Catalog, tenant: TenantId | None
) -> AdoptionRow | AdoptionProblem:
    if len(cells) != len(columns):
        return AdoptionProblem(line, "", f"write {len(columns)} cells, one for each column; there are {len(cells)}")
    values = dict(zip(columns, cells, strict=True))
    for name, cell in values.items():
        if len(cell) > CELL_LIMIT:
            return AdoptionProblem(line, name, f"write at most {CELL_LIMIT} characters")
    try:
        return _read(line, values, catalog, tenant)
    except (InvalidInputError, UnknownNameError) as error:
        return problem(line, error)


def _read(line: int, values: Mapping[str, str], catalog: Catalog, tenant: TenantId | None) -> AdoptionRow:
    where: TenantId | ExternalId | None = tenant
    for scheme in catalog.schemes:
        if scheme.key in values:
            scheme.normal(values[scheme.key])
            where = ExternalId(scheme.key, values[scheme.key])
    if where is None:
        where = named_tenant(TenantId(values[TENANT_COLUMN]))
    for name in ("first_name", "last_name"):
        names.plain(name, values.get(name, ""))
    person = NewPerson(
        **{name: values[name] for name in PLAIN if name in values},
        email_is_verified=_flag(values.get("email_is_verified", "")),
    )
    grant = Grant(
        values.get("role") or None,
        _levels(values.get("levels", "")),
        words.segment_keys(values.get("segments", "").split()),
    )
    require_grant_words(catalog, grant)
    return AdoptionRow(where, person, grant, line)


def _flag(cell: str) -> bool:
    if cell.lower() not in FLAGS:
        raise InvalidInputError("email_is_verified", "must be yes or no")
    return FLAGS[cell.lower()]


def _levels(cell: str) -> Mapping[Any, str]:
    """Return the levels in a cell such as ``claims=full codes=view``."""
    levels: dict[Any, str] = {}
    for pair in cell.split():
        resource, equals, level = pair.partition("=")
        if not equals or resource in levels:
            raise InvalidInputError("levels", "must be pairs such as `claims=full`, each resource once")
        levels[resource] = level
    return levels


FIELDS: Final[Mapping[str, str]] = {
    "access": "levels",
    "level": "levels",
    "resource": "levels",
    "secret": "stored_hash",
    "segment": "segments",
}
"""Columns for what is found wrong under another name."""


def problem(line: int, error: InvalidInputError | UnknownNameError) -> AdoptionProblem:
    """Return what is wrong with a row, by its column."""
    if isinstance(error, InvalidInputError):
        return AdoptionProblem(line, FIELDS.get(error.field, error.field), error.rule)
    kind = error.kind.partition(" ")[0]
    hint = f"; did you mean {' or '.join(f'`{near}`' for near in error.nearest)}?" if error.nearest else ""
    return AdoptionProblem(line, FIELDS.get(kind, kind), f"name a {error.kind} that exists{hint}")
