"""What is run beside the requests: commands, mail and signals; and the tables in the admin."""

import json
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import ProtectedError
from django.test import override_settings
from django.utils import translation
from tests.django.door import Site, User, said, site

from tenantaccess.assembly import TenantAccess
from tenantaccess.mail import MailLinks
from tenantaccess.model.audit import Event
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.services.members import Disable
from tenantaccess.services.registrations import Approve, RequestAccess
from tenantaccess.services.tenants import AppointManager, OpenTenant
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, given
from tenantaccess.web.django import models, signals
from tenantaccess.web.django.mail import DjangoMailer
from tenantaccess.web.django.signals import BY_COMMAND, Announcing


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


def run(name: str, *args: str, **options: Any) -> str:
    out = StringIO()
    call_command(f"tenantaccess_{name}", *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def answer(name: str, *args: str) -> Any:
    return json.loads(run(name, *args, "--json"))


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.row("F2")
def test_a_tenant_is_opened_once_however_often_one_says_so(here: Site) -> None:
    here.newcomer("pat")
    said_so = ("open_tenant", "Hillside", "--id", "tin=11-1111111", "--segment", "medicaid", "--manager", "pat")
    first, second = answer(*said_so), answer(*said_so)
    assert first == second
    assert here.access.check(first["tenant"], first["manager"], "manage_account", "edit")
    assert here.access.tenants.find("tin", "111111111", by=OPERATOR).name == "Hillside"
    assert answer("open_tenant", "Hillside", "--key", "another")["tenant"] != first["tenant"]
    with pytest.raises(CommandError, match="taken"):
        run("open_tenant", "Elsewhere", "--id", "tin=111111111")
    with pytest.raises(CommandError, match="SCHEME=VALUE"):
        run("open_tenant", "Elsewhere", "--id", "111111111")


@pytest.mark.row("F2", "AM-40")
def test_a_manager_is_appointed_and_the_record_says_by_whom(here: Site) -> None:
    here.newcomer("pat")
    said_so = ("appoint_manager", "tin=01-2345678", "pat", "--operator", "night-shift")
    assert [answer(*said_so)["changed"] for _ in range(2)] == [True, False]
    event, _ = here.access.audit.read(here.riverside, limit=100, by=OPERATOR)[-1]
    assert (event.kind, event.actor.id) == ("appoint_manager", "night-shift")
    assert run("appoint_manager", here.riverside, here.jo) == "Appointed.\n"
    with pytest.raises(CommandError, match="no user"):
        run("appoint_manager", here.riverside, "nobody")
    with pytest.raises(CommandError, match="no tenant"):
        run("appoint_manager", f"ten_{'0' * 32}", "pat")
    with pytest.raises(CommandError, match="by its id"):
        run("appoint_manager", "Riverside Clinic", "pat")


def test_an_answer_is_explained(here: Site) -> None:
    assert run("explain", here.riverside, "jo", "claims", "submit") == "Yes: allowed.\n"
    found = answer("explain", here.riverside, "kim", "claims", "submit")
    assert (found["allowed"], found["reasons"]) == (False, ["level_too_low"])
    assert "What to do" in run("explain", here.riverside, "kim", "claims", "submit")
    here.newcomer("pat")
    with pytest.raises(CommandError, match="no principal yet"):
        run("explain", here.riverside, "pat", "claims", "submit")
    with pytest.raises(CommandError, match="did you mean"):
        run("explain", here.riverside, "jo", "claim", "submit")


@pytest.mark.row("INV-37")
def test_records_are_verified_and_written_out(here: Site, tmp_path: Path) -> None:
    assert "Verified: 2. Broken: 0." in run("verify_audit", verbosity=2)
    found = answer("verify_audit", here.riverside)["records"][0]
    assert found["holds"]
    assert run("verify_audit", here.riverside, "--anchor", found["head"])
    with pytest.raises(CommandError, match="do not hold"):
        run("verify_audit", here.riverside, "--anchor", "0" * 64)
    with pytest.raises(CommandError, match="one record"):
        run("verify_audit", "--anchor", found["head"])
    assert answer("verify_audit", here.jo)["records"][0]["holds"]

    lines = [json.loads(line) for line in run("export_audit", here.riverside).splitlines()]
    assert [line["number"] for line in lines] == list(range(1, found["checked"] + 1))
    file = tmp_path / "record.jsonl"
    assert run("export_audit", here.riverside, "--after", "2", "--output", str(file)) == f"Events: {len(lines) - 2}.\n"
    assert [json.loads(line) for line in file.read_text().splitlines()] == lines[2:]


@pytest.mark.row("INV-37")
def test_a_record_that_was_altered_fails_the_command(here: Site) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenantaccess_event SET kind = 'enable' WHERE stream = %s AND number = 2", [here.riverside]
        )
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 records"):
        call_command("tenantaccess_verify_audit", stdout=out)
    assert f"{here.riverside}: event 2 was altered" in out.getvalue()


@pytest.mark.usefixtures("here")
def test_sweeping_writes_nothing_twice() -> None:
    assert answer("sweep") == {"tenants": 2, "lapsed": 0, "warned": 0, "reminded": 0}
    assert run("sweep").startswith("Tenants: 2.")


# --- mail ------------------------------------------------------------------------------------------------------------


def registering(here: Site) -> None:
    newcomer = NewUsername("pat", PASSWORD, email="pat@people.example")
    pat = here.access.execute(RequestAccess(here.riverside, newcomer)).principal_id
    here.access.execute(Approve(here.riverside, pat, Grant(role="biller")), by=here.maria)


def test_what_waits_is_mailed_in_the_projects_name(here: Site) -> None:
    registering(here)
    mail.outbox = []
    done = answer("deliver")
    assert (done["sent"], done["failed"]) == (1, 0)
    (sent,) = mail.outbox
    assert (sent.to, sent.from_email) == (["pat@people.example"], "webmaster@localhost")
    assert "https://clinics.example/access/" in sent.body
    ((html, kind),) = vars(sent)["alternatives"]
    assert (kind, "https://clinics.example/access/" in html, "Clearwater" in html) == ("text/html", True, True)
    headers = sent.message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"].startswith("<not_")
    assert run("deliver").startswith("Sent: 0.")


@pytest.mark.usefixtures("here")
def test_without_an_address_of_the_pages_nothing_is_mailed() -> None:
    with said(MAIL_BASE=None), pytest.raises(CommandError, match="MAIL_BASE"):
        run("deliver")


def test_whoever_is_asked_in_reads_where(here: Site) -> None:
    pat = given(here.access).registered(here.riverside, username="pat")
    here.access.execute(AppointManager(here.riverside, pat), by=OPERATOR)
    mail.outbox = []
    answer("deliver")
    told = [sent.body for sent in mail.outbox if sent.to == ["pat@people.example"]]
    assert told
    assert "Sign in here:\nhttps://clinics.example/accounts/login/\n" in told[-1]


@pytest.mark.parametrize("way", ["raises", "declines"])
def test_what_is_not_taken_waits(here: Site, way: str) -> None:
    registering(here)
    result: dict[str, Any] = {"side_effect": OSError("down")} if way == "raises" else {"return_value": 0}
    with mock.patch.object(EmailBackend, "send_messages", **result), pytest.raises(CommandError, match="stay queued"):
        run("deliver")
    assert here.access.notices.queued() > 0


def test_a_mailer_of_ones_own_name(here: Site) -> None:
    registering(here)
    mail.outbox = []
    links = MailLinks("https://clinics.example/other")
    here.access.notices.deliver(DjangoMailer(links, "Clearwater <access@clinics.example>"))
    assert mail.outbox[0].message()["Message-ID"].endswith("@clinics.example>")


def test_mails_are_in_the_language_of_the_project_whoever_sends_them(here: Site) -> None:
    registering(here)
    mail.outbox = []
    told: list[str] = []

    def pseudo(text: str) -> str:
        told.append(translation.get_language() or "")
        return f"«{text}»"

    in_hebrew = override_settings(LANGUAGE_CODE="he")
    with in_hebrew, translation.override("de"), mock.patch.object(translation, "gettext", pseudo):
        run("deliver")
        assert translation.get_language() == "de"
    assert set(told) == {"he"}
    assert mail.outbox[0].subject.startswith("«")
    ((html, _),) = vars(mail.outbox[0])["alternatives"]
    assert '<html lang="he" dir="rtl">' in html


# --- signals ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def heard() -> Any:
    """What receivers heard, as kind and signal."""
    found: list[str] = []

    def anything(events: Sequence[Event], access: TenantAccess, **_: Any) -> None:
        assert isinstance(access, TenantAccess)
        found.extend(event.kind for event in events)

    def disabled(events: Sequence[Event], **_: Any) -> None:
        found.append("disabled " + " ".join(event.subject for event in events))

    signals.changed.connect(anything)
    signals.disabled.connect(disabled)
    yield found
    signals.changed.disconnect(anything)
    signals.disabled.disconnect(disabled)


@pytest.mark.row("F6")
def test_signals_are_sent_once_what_they_tell_is_committed(here: Site, heard: list[str]) -> None:
    disable = Disable(here.riverside, here.jo)
    with transaction.atomic():
        here.access.execute(disable, by=here.maria)
        assert heard == []
    assert heard == ["disable", f"disabled {here.jo}"]
    here.access.execute(Disable(here.riverside, here.kim), by=here.maria)
    assert heard[2:] == ["disable", f"disabled {here.kim}"]
    here.access.execute(disable, by=here.maria)
    assert len(heard) == 4, "what changed nothing is no news"


@pytest.mark.row("F6")
def test_what_is_undone_is_never_told(here: Site, heard: list[str]) -> None:
    def undone() -> None:
        with transaction.atomic():
            here.access.execute(Disable(here.riverside, here.jo), by=here.maria)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    transaction.set_autocommit(False)
    try:
        here.access.execute(Disable(here.riverside, here.jo), by=here.maria)
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert heard == []
    assert here.access.check(here.riverside, here.jo, "claims", "view")


def test_a_receiver_that_fails_stops_nobody(here: Site, heard: list[str]) -> None:
    def failing(**_: Any) -> None:
        raise RuntimeError("a receiver")

    signals.disabled.connect(failing)
    try:
        assert here.access.execute(Disable(here.riverside, here.jo), by=here.maria).changed
    finally:
        signals.disabled.disconnect(failing)
    assert heard


def test_the_library_announces_once_however_often_it_is_read(here: Site) -> None:
    with said(ACCESS=lambda: here.access, CATALOG=None), said(ACCESS=here.access, CATALOG=None):
        from tenantaccess.web.django import access

        assert access() is here.access
    assert here.access.pipeline.hooks.count(Announcing(here.access)) == 1


def test_each_command_that_changes_something_has_a_signal() -> None:
    from tenantaccess import commands

    kinds = {
        command.name for command in vars(commands).values() if hasattr(command, "name") and hasattr(command, "plan")
    }
    assert kinds <= set(BY_COMMAND), kinds - set(BY_COMMAND)


# --- the admin -------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(here: Site) -> Any:
    root = here.newcomer("root")
    root.is_superuser = root.is_staff = True
    root.save()
    return here.signed_in("root")


SHOWN: list[Any] = [models.Tenant, models.Principal, models.Membership, models.Invitation, models.Event, models.Notice]


@pytest.mark.row("D5")
@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_pages_of_the_admin_open_and_change_nothing(here: Site, admin: Any, model: Any) -> None:
    registering(here)
    root = f"/admin/tenantaccess/{model._meta.model_name}/"
    assert admin.get(root).status_code == 200
    assert admin.get(f"{root}?q=a").status_code in {200, 302}
    assert admin.get(f"{root}add/").status_code == 403
    for row in model.objects.all()[:1]:
        assert admin.get(f"{root}{quote(row.pk)}/change/").status_code == 200
        assert admin.post(f"{root}{quote(row.pk)}/change/", {"state": "closed"}).status_code == 403
        assert admin.post(f"{root}{quote(row.pk)}/delete/", {"post": "yes"}).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        admin.post(root, sent)
        assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.row("D5", "INV-18")
@pytest.mark.parametrize("way", ["one", "selected", "code"])
def test_the_last_manager_cannot_be_deleted_as_a_user(here: Site, admin: Any, way: str) -> None:
    maria = here.user("maria")
    delete: dict[str, Callable[[], Any]] = {
        "one": lambda: admin.post(f"/admin/auth/user/{maria.pk}/delete/", {"post": "yes"}),
        "selected": lambda: admin.post(
            "/admin/auth/user/", {"action": "delete_selected", "_selected_action": maria.pk, "post": "yes"}
        ),
        "code": maria.delete,
    }
    try:
        delete[way]()
    except ProtectedError:
        assert way == "code"
    assert User.objects.filter(pk=maria.pk).exists()
    assert here.access.check(here.riverside, here.maria, "manage_account", "edit")
    pat = here.newcomer("pat")
    admin.post(f"/admin/auth/user/{pat.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=pat.pk).exists(), "who is no principal is the project's to delete"


@pytest.mark.row("D5")
def test_the_admin_is_shown_to_whom_django_permits(here: Site) -> None:
    staff = here.user("maria")
    staff.is_staff = True
    staff.save()
    browser = here.entered("maria", here.riverside)
    assert browser.get("/admin/tenantaccess/tenant/").status_code == 403
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Permission

    create_permissions(apps.get_app_config("tenantaccess"), verbosity=0)
    staff.user_permissions.add(Permission.objects.get(codename="view_tenant", content_type__app_label="tenantaccess"))
    assert browser.get("/admin/tenantaccess/tenant/").status_code == 200


def test_what_an_opened_tenant_is_called_is_the_catalogs(here: Site) -> None:
    assert here.access.catalog is CLINICS
    with override_settings(TENANTACCESS={"CATALOG": CLINICS}):
        from tenantaccess.web.django import access

        assert access() is not here.access
        assert access().execute(OpenTenant("Elsewhere"), by=OPERATOR).tenant_id
