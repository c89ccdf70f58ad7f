"""The kit for a host's tests, and the machine's own parts."""

import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest
from tests.services.worlds import condition, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import OpenTenant
from tenantaccess.errors import ClockError, DeliveryError, NotFoundError, OutageError, StoreError
from tenantaccess.ids import TenantId
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import Secret
from tenantaccess.system import ScryptHasher, SystemClock
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given, given

HOSTS_TEST = """
pytest_plugins = ["tenantaccess.testing.plugin"]

def test_jo_views_claims(access, clock, mailer):
    from tenantaccess import VIEW
    from tenantaccess.testing.builders import given
    riverside = given(access).tenant()
    jo = given(access).member(riverside, levels={"claims": VIEW})
    assert access.check(riverside, jo, "claims", "view")
    assert clock.now() == access.clock.now()
    access.notices.deliver(mailer)
"""


def test_a_hosts_test_needs_the_plugin_and_nothing_else(tmp_path: Path) -> None:
    test = tmp_path / "test_host.py"
    test.write_text(HOSTS_TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(test)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "1 passed" in run.stdout, run.stdout + run.stderr


def test_importing_the_builders_loads_no_pytest() -> None:
    program = "import sys, tenantaccess, tenantaccess.testing.builders; print('pytest' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_everybody_who_is_given_is_as_the_word_says(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    people = {
        make.member(riverside, levels={"claims": VIEW}): Reason.ACTIVE,
        make.manager(riverside, "mia"): Reason.ACTIVE,
        make.registered(riverside): Reason.ACTIVE,
        make.unverified(riverside): Reason.UNVERIFIED,
        make.pending(riverside): Reason.PENDING,
    }
    assert {one: condition(access, riverside, one) for one in people} == people
    mia = next(one for one in people if row_of(access, riverside, one).principal.username == "mia")
    assert row_of(access, riverside, mia).membership.role == ACCOUNT_MANAGER


def test_given_is_the_same_kit_by_a_shorter_name(access: TenantAccess, riverside: TenantId) -> None:
    jo = given(access).member(riverside, levels={"claims": VIEW}, by=OPERATOR)
    assert access.check(riverside, jo, "claims", "view")


@pytest.mark.row("MU-04", "INV-27")
def test_scrypt_knows_its_own_and_takes_as_long_for_what_it_does_not_know() -> None:
    hasher = ScryptHasher(n=2)
    stored = hasher.hash(Secret(PASSWORD))
    assert PASSWORD not in stored
    assert stored != hasher.hash(Secret(PASSWORD))
    assert hasher.verify(Secret(PASSWORD), stored)
    assert ScryptHasher(n=4).verify(Secret(PASSWORD), stored)
    assert not hasher.verify(Secret(PASSWORD + "!"), stored)
    assert not hasher.verify(Secret(PASSWORD), "")


def test_the_machines_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    "outage", [StoreError("reading"), ClockError("the clock is naive"), DeliveryError("no answer")]
)
def test_an_outage_reads_as_a_sentence_and_is_no_denial(outage: OutageError) -> None:
    assert " " in str(outage)


def test_a_tenant_opened_without_a_manager_names_none(access: TenantAccess) -> None:
    with pytest.raises(NotFoundError):
        _ = access.execute(OpenTenant("Riverside"), by=OPERATOR).manager_id
