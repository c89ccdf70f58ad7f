"""The demo that is served: there within seconds, with people in every state, and codes that arrive meanwhile."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path

import attrs
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tenantaccess import PrincipalId, TenantAccess
from tenantaccess.commands import RequestLink, SendPasswordReset
from tenantaccess.demo.__main__ import main
from tenantaccess.demo.host import trying
from tenantaccess.demo.host.app import create_app
from tenantaccess.demo.host.people import ANA, JO, MARIA, MASTER, SIGN_INS, TOM, Practices, settle
from tenantaccess.demo.host.work import Codes, Outbox, Work
from tenantaccess.demo.world import CATALOG, PAYER
from tenantaccess.mail import MailLinks
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST_PAGE = 10.0
"""
Seconds of a processor that the demo's own process has used when its first page is there: it waits for nothing besides,
so they are what somebody waits for who has a processor to spare. The clock on the wall tells of whatever else the
machine does, and bounds no more than whether the page comes at all.
"""
AT_ALL = 120.0
PATIENCE = 60
ALL_CODES = 240.0


@attrs.frozen
class Served:
    """The application in this process, and what is behind it."""

    access: TenantAccess
    practices: Practices
    work: Work
    client: FlaskClient

    def sign_in(self, username: str, password: str) -> int:
        page = self.client.get("/access/sign-in").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"username": username, "password": password, "csrf_token": token}
        return self.client.post("/access/sign-in", data=fields).status_code


@pytest.fixture(scope="module")
def served() -> Served:
    store = MemoryStore()
    practices = settle(store, NOW)
    access = TenantAccess(store, CATALOG, clock=FrozenClock(NOW))
    work = Work(access, Outbox(MailLinks("http://127.0.0.1:8017/access")))
    access.sweeps.run()
    access.notices.deliver(work.outbox)
    return Served(access, practices, work, create_app(access, practices, work).test_client())


class TestWhoIsThere:
    def test_riverside_has_people_in_every_state(self, served: Served) -> None:
        rows = served.access.directory.search(served.practices.riverside, limit=500, by=PAYER).rows
        assert {row.status.value for row in rows} == {"pending", "unverified", "active", "disabled"}
        assert {row.username for row in rows if row.status.value == "pending"} == {"kim", "ada"}

    def test_everybody_who_is_named_can_sign_in(self, served: Served) -> None:
        for one in SIGN_INS:
            assert served.access.authenticate(one.username, one.password), one.username

    def test_the_billing_service_is_joined_to_one_practice_and_may_join_another(self, served: Served) -> None:
        access, at = served.access, served.practices
        master = access.authenticate(MASTER.username, MASTER.password)
        entries = access.contexts.list_tenants(master).entries
        assert {one.id: one.why for one in entries} == {at.riverside: "", at.lakeside: ""}
        assert access.contexts.default(master) == at.riverside
        offer = access.links.prove(ANA.username, ANA.password, by=master)
        assert [one.id for one in offer.tenants] == [at.hilltop]

    def test_who_knows_no_password_may_ask_by_the_number_that_is_told(self, served: Served) -> None:
        access, (number, *_) = served.access, re.findall(r"Tax ID (\S+)", TOM.shows)
        jo = access.authenticate(JO.username, JO.password)
        access.execute(RequestLink(("tin", number)), by=jo)
        tom = access.authenticate(TOM.username, TOM.password)
        assert access.directory.search(served.practices.lakeside, pending=True, by=tom).ids == (jo,)
        access.notices.deliver(served.work.outbox)
        assert served.work.outbox.mails[0].to == "tom@lakeside.example"

    def test_what_is_invented_says_so(self, served: Served) -> None:
        for name in ("insurance_payers", "billing_codes"):
            page = served.access.records.page(served.practices.riverside, name, by=PAYER)
            assert page.records
            assert all("(invented)" in record.label for record in page.records)

    def test_the_record_holds(self, served: Served) -> None:
        for tenant in attrs.astuple(served.practices):
            assert served.access.audit.verify(tenant).holds


class TestItsPages:
    @pytest.mark.parametrize("path", ["/", "/codes", "/outbox", "/guide"])
    def test_each_is_there_and_as_strict_as_the_portals(self, served: Served, path: str) -> None:
        page = served.client.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "style=" not in page.text

    @pytest.mark.parametrize("number", [0, 1])
    def test_each_line_of_what_to_try_leads_whom_it_names_there(self, served: Served, number: int) -> None:
        home = served.client.application.test_client().get("/")
        part = trying.parts(served.practices, "/access")[number]
        shown = BeautifulSoup(home.text, "html.parser").find_all("ol")[number].find_all("li")
        told = [(" ".join(line.get_text().split()), line.a and line.a["href"]) for line in shown]
        assert told == [
            (f"{f'As {line.who}: ' if line.who else ''}{line.what}. {line.how}", line.to) for line in part.lines
        ]
        for line in part.lines:
            page = self.visitor(served, line.who).get(line.to)
            assert page.status_code == 200, line

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("pending=1", "kim"),
            ("last_name=s", "jo"),
            ("status=disabled", "sam"),
            ("first_name=zoe", "zoe"),
            ("soon=1", "wei"),
        ],
    )
    def test_who_is_named_there_is_listed_there(self, served: Served, asked: str, found: str) -> None:
        (line,) = (one for one in trying.parts(served.practices, "/access")[1].lines if one.to.endswith(f"?{asked}"))
        page = BeautifulSoup(self.visitor(served, line.who).get(line.to).text, "html.parser")
        assert found in {row.get_text(strip=True) for row in page.select("main tbody bdi")}

    def visitor(self, served: Served, who: str) -> FlaskClient:
        """Return a browser in which *who* has just signed in."""
        client = served.client.application.test_client()
        if who == trying.OPERATOR:
            token = client.get("/").text.split('name="token" value="')[1].split('"')[0]
            assert client.post("/operator", data={"token": token}).status_code == 303
        elif who != trying.NOBODY:
            (password,) = (one.password for one in SIGN_INS if one.username == who)
            assert attrs.evolve(served, client=client).sign_in(who, password) == 303
            assert client.get("/access/").status_code == 303
        return client

    def test_mails_are_shown_with_links_that_lead_into_the_portal(self, served: Served) -> None:
        page = served.client.get("/outbox").text
        for wanted in ("complete-registration", "invitation", "reset-password"):
            (link, *_) = re.findall(rf'href="http://127.0.0.1:8017(/access/{wanted}\?token=\w+)"', page)
            assert served.client.get(link).status_code == 200
        assert "eva@riverside.example" in page

    def test_a_page_of_the_hosts_own_is_guarded(self, served: Served) -> None:
        assert served.client.get("/claims").location == "/access/sign-in?next=%2Fclaims"
        assert served.sign_in(JO.username, JO.password) == 303
        page = served.client.get("/claims", follow_redirects=True).text
        assert "<h1>Claims of Riverside Clinic</h1>" in page
        assert "you may submit some" in page

    def test_its_own_pages_say_who_and_where_and_lead_to_another_practice(self, served: Served) -> None:
        client = served.client.application.test_client()
        assert "switcher" not in client.get("/").text
        visitor = attrs.evolve(served, client=client)
        assert visitor.sign_in(MASTER.username, MASTER.password) == 303
        shown = client.get("/claims", follow_redirects=True).text
        for wanted in ("selected>Riverside Clinic<", "Tax ID •••••5678", "<bdi>northside.billing</bdi>", ">Go<"):
            assert wanted in shown
        token = shown.split('name="csrf_token" value="')[1].split('"')[0]
        there = {"tenant": served.practices.lakeside, "next": "/claims", "csrf_token": token}
        assert "Claims of Lakeside" in client.post("/access/switch", data=there, follow_redirects=True).text
        assert client.post("/sign-out", data={"token": ""}).status_code == 400
        token = shown.split('name="token" value="')[1].split('"')[0]
        assert client.post("/sign-out", data={"token": token}).location == "/"
        assert client.get("/claims").location == "/access/sign-in?next=%2Fclaims"

    def test_whoever_presses_the_button_is_the_operator_and_nobody_else(self, served: Served) -> None:
        client = served.client.application.test_client()
        assert client.post("/operator", data={"token": ""}).status_code == 400
        token = client.get("/").text.split('name="token" value="')[1].split('"')[0]
        assert client.post("/operator", data={"token": token}).status_code == 303
        with client.session_transaction() as session:
            assert set(session) == {"demo.operator"}
        token = client.get("/").text.split('name="token" value="')[1].split('"')[0]
        assert "Stop being the operator" in client.get("/").text
        assert client.post("/operator", data={"token": token, "end": "1"}).location == "/"
        assert client.get("/access/").location == "/access/sign-in?next=%2Faccess%2F"

    def test_another_host_of_this_machine_is_refused(self, served: Served) -> None:
        assert served.client.get("/", headers={"Host": "evil.example"}).status_code == 400


class TestTheCodes:
    def test_they_are_followed_until_they_are_there(self, served: Served) -> None:
        codes = served.work.codes
        assert "reading ICD-10-CM" in served.client.get("/codes").text
        codes.follow(io.StringIO("0 3\n2 3\n"))
        assert "could not be loaded" in served.client.get("/codes").text
        codes.has_failed = False
        shown = served.client.get("/codes").text
        assert "2 of 3" in shown
        assert 'http-equiv="refresh"' in shown
        codes.follow(io.StringIO("3 3\n"))
        assert "All 3 diagnosis codes" in served.client.get("/codes").text
        assert 'http-equiv="refresh"' not in served.client.get("/codes").text

    def test_none_at_all_is_a_failure(self) -> None:
        codes = Codes()
        codes.follow(io.StringIO(""))
        assert codes.has_failed


class TestItsWorkers:
    def test_mails_are_delivered_through_an_outage_too(self, served: Served) -> None:
        store = FaultyStore(served.access.store, [Fault(1, FaultKind.BEFORE)])
        failing = TenantAccess(store, CATALOG, clock=FrozenClock(NOW))
        work = Work(failing, Outbox(MailLinks("http://127.0.0.1:8017/access")))
        work.round(0)
        served.access.execute(SendPasswordReset(served.practices.lakeside, _tom(served)), by=PAYER)
        work.round(1)
        assert [mail.to for mail in work.outbox.mails] == ["tom@lakeside.example"]


def _tom(served: Served) -> PrincipalId:
    return served.access.authenticate(TOM.username, TOM.password)


@attrs.frozen
class Running:
    """The demo as a process, and a browser's worth of cookies."""

    address: str
    process: "subprocess.Popen[str]"
    began: float
    database: Path
    opener: urllib.request.OpenerDirector

    @property
    def used(self) -> float:
        """How many seconds of a processor it has used; where the system does not say, how long it has run."""
        told = Path(f"/proc/{self.process.pid}/stat")
        if not told.exists():
            return time.monotonic() - self.began
        in_user_mode, in_the_system = told.read_text().rpartition(")")[2].split()[11:13]
        return (int(in_user_mode) + int(in_the_system)) / os.sysconf("SC_CLK_TCK")

    def get(self, path: str) -> str:
        with self.opener.open(f"{self.address}{path}") as page:
            return str(page.read().decode())

    def post(self, path: str, **fields: str) -> str:
        sent = urllib.parse.urlencode(fields).encode()
        with self.opener.open(f"{self.address}{path}", sent) as page:
            return str(page.read().decode())


@pytest.fixture
def running() -> Iterator[Running]:
    command = [sys.executable, "-m", "tenantaccess.demo", "--port", "0", "--no-browser"]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"Open +(http://127\.0\.0\.1:\d+)/", told)
        where = re.search(r"Database +(\S+), which goes away", told)
        assert found, (told, process.stderr and process.stderr.read())
        assert where
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        for one in SIGN_INS:
            assert f"{one.username} " in told
        try:
            yield Running(found[1], process, began, Path(where[1]), opener)
        finally:
            process.kill()


@pytest.mark.slow
def test_it_is_there_within_seconds_and_the_codes_arrive(running: Running) -> None:
    assert "What there is to try" in running.get("/")
    assert running.used < FIRST_PAGE
    assert time.monotonic() - running.began < AT_ALL
    token = running.get("/access/sign-in").split('name="csrf_token" value="')[1].split('"')[0]
    page = running.post("/access/sign-in", username=MARIA.username, password=MARIA.password, csrf_token=token)
    assert "Riverside Clinic" in page
    seen = []
    while "All 74,719" not in (shown := running.get("/codes")):
        assert time.monotonic() - running.began < ALL_CODES
        seen += re.findall(r"([\d,]+) of 74,719", shown)
        time.sleep(0.1)
    assert len(set(seen)) > 1
    assert "reset-password" in running.get("/outbox")
    running.process.send_signal(signal.SIGTERM)
    out, err = running.process.communicate(timeout=PATIENCE)
    assert (running.process.returncode, err) == (0, "")
    assert "Ended." in out
    assert not running.database.parent.exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes where Linux lists them")
def test_nothing_of_it_stays_behind_when_it_is_ended_early(running: Running) -> None:
    def loading() -> list[str]:
        found = []
        for one in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found.append(one.read_text())
            except OSError:
                continue
        return [line for line in found if "demo.host.loading" in line and str(running.database) in line]

    assert loading()
    running.process.send_signal(signal.SIGTERM)  # whoever is started in the background is deaf to SIGINT
    assert running.process.wait(PATIENCE) == 0
    assert loading() == []


class TestWhatItIsTold:
    def test_a_port_that_is_taken_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            assert main(["--no-browser", "--port", str(port)]) == 1
        assert f"Port {port} is taken" in capsys.readouterr().err

    @pytest.mark.parametrize("flag", ["--json", "--quiet"])
    def test_only_stories_are_told_to_machines(self, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main([flag])
        assert "add --story" in capsys.readouterr().err

    def test_a_database_that_is_there_is_left_alone(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "kept.db").touch()
        with pytest.raises(SystemExit):
            main(["--database", str(tmp_path / "kept.db")])
        assert "exists already" in capsys.readouterr().err
