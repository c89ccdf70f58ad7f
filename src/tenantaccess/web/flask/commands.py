"""``flask access ...``: what is done at a terminal or by a scheduler; each may be run again."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Final

import attrs
import click
from flask.cli import AppGroup

from tenantaccess.codec import plain
from tenantaccess.commands import AppointManager, OpenTenant
from tenantaccess.errors import MisuseError, NotFoundError, TenantAccessError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model import names
from tenantaccess.model.actors import Operator
from tenantaccess.model.audit import Event
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.tenants import Tenant
from tenantaccess.web.flask.installed import installed
from tenantaccess.web.flask.mailing import mailer

PAGE: Final = 500
COLUMNS: Final = ("number", "at", "kind", "actor", "subject", "before", "after", "digest")

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object a line.")
acting = click.option(
    "--as", "operator", default="command-line", show_default=True, help="The operator's name on record."
)


class RefusedCommandError(click.ClickException):
    """The library refused; the exit code is 1."""


def group() -> click.Group:
    """Return the commands as one group."""
    made = AppGroup("access", help="Tenants, their people and the record of it all.")
    for one in (init_db, open_tenant, appoint_manager, sweep, deliver, verify_audit, export_audit, explain, sql):
        made.add_command(one)
    return made


def _command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of a function, which is in the application's context and whose refusals are told in one line."""

    def made(function: Callable[..., None]) -> click.Command:
        @wraps(function)
        def run(*args: object, **kwargs: object) -> None:
            try:
                function(*args, **kwargs)
            except TenantAccessError as error:
                raise RefusedCommandError(str(error)) from None

        return click.command(name)(_in_context(run))

    return made


def _in_context(function: Callable[..., None]) -> Callable[..., None]:
    from flask.cli import with_appcontext  # noqa: PLC0415  # beside the group

    found: Callable[..., None] = with_appcontext(function)
    return found


def _told(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else text)


@_command("init-db")
@as_json
def init_db(*, as_json: bool) -> None:
    """Create the library's tables that are not there yet."""
    _of_store("create_all")()
    _told({"created": True}, "The tables are there.", as_json=as_json)


@_command("open-tenant")
@click.argument("name")
@click.option("--id", "ids", multiple=True, metavar="SCHEME=VALUE", help="A public identifier, such as tin=01-2345678.")
@click.option("--segment", "segments", multiple=True, help="A segment that it has.")
@click.option("--manager", default="", help="The username of its first account manager, a new one.")
@click.option("--email", default="", help="The address of that manager.")
@click.option("--password-stdin", is_flag=True, help="Read the manager's password from standard input.")
@click.option("--key", default=None, help="Opens one tenant however often it is run, where there is no identifier.")
@acting
@as_json
def open_tenant(  # noqa: PLR0913  # each is an option
    *,
    name: str,
    ids: Sequence[str],
    segments: Sequence[str],
    manager: str,
    email: str,
    password_stdin: bool,
    key: str | None,
    operator: str,
    as_json: bool,
) -> None:
    """Open a tenant called NAME; one that has the identifier already is left as it is."""
    access, by = installed().access, Operator(operator)
    external_ids = dict(_pair(one) for one in ids)
    for scheme, value in external_ids.items():
        found = _found(scheme, value, by)
        if found is not None:
            answer = {"tenant": found.id, "name": found.name, "opened": False}
            return _told(answer, f"{found.id} is there already: {found.name}", as_json=as_json)
    newcomer = NewUsername(manager, _password(from_stdin=password_stdin), email) if manager else None
    opened = access.execute(OpenTenant(name, external_ids, frozenset(segments), newcomer), by=by, key=key)
    answer = {"tenant": opened.tenant_id, "name": name, "manager": opened.manager, "opened": True}
    return _told(answer, f"{opened.tenant_id} is open: {name}", as_json=as_json)


@_command("appoint-manager")
@click.argument("tenant")
@click.argument("principal")
@click.option("--note", default="", help="For the record.")
@acting
@as_json
def appoint_manager(*, tenant: str, principal: str, note: str, operator: str, as_json: bool) -> None:
    """Make PRINCIPAL, an id or a username, an account manager of TENANT, an id or SCHEME=VALUE."""
    by = Operator(operator)
    where, whom = _tenant(tenant, by), _principal(principal)
    done = installed().access.execute(AppointManager(where, whom, note), by=by)
    text = f"{whom} manages {where}" if done.changed else f"{whom} manages {where} already"
    _told({"tenant": where, "principal": whom, "changed": done.changed}, text, as_json=as_json)


@_command("sweep")
@as_json
def sweep(*, as_json: bool) -> None:
    """Write down who lapsed, and queue warnings and reminders."""
    _counted(attrs.asdict(installed().access.sweeps.run()), as_json=as_json)


@_command("deliver")
@click.option("--limit", default=10_000, show_default=True, help="How many notices at most.")
@as_json
def deliver(*, limit: int, as_json: bool) -> None:
    """Send the mails that wait."""
    _counted(attrs.asdict(installed().access.notices.deliver(mailer(), limit)), as_json=as_json)


@_command("verify-audit")
@click.argument("tenants", nargs=-1)
@acting
@as_json
def verify_audit(*, tenants: Sequence[str], operator: str, as_json: bool) -> None:
    """Look whether the record of TENANTS, or of all, is whole; the exit code is 1 if one is not."""
    by = Operator(operator)
    chosen = [_tenant(one, by) for one in tenants] or [tenant.id for tenant in _everywhere(by)]
    is_whole = True
    for tenant in chosen:
        found = installed().access.audit.verify(tenant)
        is_whole = is_whole and found.holds
        answer = {"tenant": tenant, "checked": found.checked, "broken_at": found.broken_at, "head": found.head}
        text = (
            f"{tenant}: {found.checked} events hold"
            if found.holds
            else f"{tenant}: event {found.broken_at} {found.why}"
        )
        _told(answer, text, as_json=as_json)
    if not is_whole:
        sys.exit(1)


@_command("export-audit")
@click.argument("tenant")
@click.option("--after", default=0, show_default=True, help="The number of the last event that is there already.")
@acting
@as_json
def export_audit(*, tenant: str, after: int, operator: str, as_json: bool) -> None:
    """Write the record of TENANT as CSV, or as JSON, without what is personal."""
    by = Operator(operator)
    written = csv.writer(sys.stdout, lineterminator="\n")
    if not as_json:
        written.writerow(COLUMNS)
    for event in _events(_tenant(tenant, by), after, by):
        row = _row(event)
        if as_json:
            click.echo(json.dumps(row))
        else:
            written.writerow([value if isinstance(value, int) else _cell(value) for value in row.values()])


@_command("explain")
@click.argument("tenant")
@click.argument("principal")
@click.argument("resource")
@click.argument("action")
@click.option("--segment", default=None, help="What is viewed for.")
@as_json
def explain(*, tenant: str, principal: str, resource: str, action: str, segment: str | None, as_json: bool) -> None:
    """Say whether PRINCIPAL may do ACTION on RESOURCE in TENANT, and why."""
    where, whom = _tenant(tenant, Operator("explain")), _principal(principal)
    decision = installed().access.check(where, whom, resource, action, segment)
    answer = {
        "allowed": decision.allowed,
        "reasons": [reason.value for reason in decision.reasons],
        "explanation": decision.explanation,
        "remedy": decision.remedy,
    }
    lines = [f"{'yes' if decision else 'no'}: {decision.explanation}"]
    lines += [f"remedy: {decision.remedy}"] if decision.remedy else []
    _told(answer, "\n".join(lines), as_json=as_json)


@_command("sql")
@click.option("--dialect", default="postgresql", show_default=True, type=click.Choice(["postgresql", "sqlite"]))
@as_json
def sql(*, dialect: str, as_json: bool) -> None:
    """Print the statements that create the tables."""
    text = _of_store("ddl")(dialect)
    _told({"dialect": dialect, "sql": text}, text.rstrip("\n"), as_json=as_json)


def _of_store(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] | None = getattr(installed().access.store, name, None)
    if found is None:
        raise MisuseError("this store has no tables of its own")
    return found


def _pair(text: str) -> tuple[str, str]:
    scheme, sign, value = text.partition("=")
    if not sign:
        raise MisuseError(f"write SCHEME=VALUE, not `{text}`")
    return scheme, value


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = click.prompt("Password of the manager", hide_input=True, confirmation_prompt=True)
    return asked


def _found(scheme: str, value: str, by: Operator) -> Tenant | None:
    try:
        return installed().access.tenants.find(scheme, value, by=by)
    except NotFoundError:
        return None


def _tenant(text: str, by: Operator) -> TenantId:
    if is_id(text, TENANT):
        return TenantId(text)
    return installed().access.tenants.find(*_pair(text), by=by).id


def _principal(text: str) -> PrincipalId:
    if is_id(text, PRINCIPAL):
        return PrincipalId(text)
    with installed().access.store.reading() as unit:
        found = unit.principals.find_by_username(names.username_key(text))
    if found is None:
        raise NotFoundError("principal", text)
    return found


def _everywhere(by: Operator) -> Iterator[Tenant]:
    after: TenantId | None = None
    while page := installed().access.tenants.page(after, PAGE, by=by):
        yield from page
        after = page[-1].id


def _events(tenant: TenantId, after: int, by: Operator) -> Iterator[Event]:
    while page := installed().access.audit.read(tenant, after, PAGE, by=by):
        yield from (event for event, _ in page)
        after = page[-1][0].number


def _row(event: Event) -> dict[str, Any]:
    return {
        "number": event.number,
        "at": plain(event.at),
        "kind": event.kind,
        "actor": event.actor.key,
        "subject": event.subject,
        "before": plain(event.before),
        "after": plain(event.after),
        "digest": event.digest,
    }


def _cell(value: object) -> str:
    """Return a cell that no program for tables takes for a formula."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _counted(counts: dict[str, int], *, as_json: bool) -> None:
    _told(counts, ", ".join(f"{count} {name}" for name, count in counts.items()), as_json=as_json)
