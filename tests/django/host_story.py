"""What people do in a host with a user model of its own; a program, because a process has one set of settings."""

import json
import os
import sys
from io import StringIO
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.host_settings")

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  # needs the settings
from django.core.checks import run_checks  # noqa: E402  # as above
from django.core.management import call_command  # noqa: E402  # as above
from django.test import Client  # noqa: E402  # as above

from tenantaccess.assembly import TenantAccess  # noqa: E402  # as above
from tenantaccess.errors import ProofRefusedError, TakenError  # noqa: E402  # as above
from tenantaccess.model.principals import NewUsername  # noqa: E402  # as above
from tenantaccess.services.erasure import ErasePrincipal  # noqa: E402  # as above
from tenantaccess.services.passwords import ChangePassword  # noqa: E402  # as above
from tenantaccess.services.registrations import RequestAccess  # noqa: E402  # as above
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given  # noqa: E402  # as above
from tenantaccess.web.django.backend import AccessBackend  # noqa: E402  # as above
from tenantaccess.web.django.hashing import DjangoHasher, DjangoPasswords  # noqa: E402  # as above
from tenantaccess.web.django.store import DjangoStore  # noqa: E402  # as above

SECOND = "another brown password"


def tables() -> None:
    """The project is as Django wants it: nothing to complain of, nothing to migrate; and the way back is clean."""
    call_command("check", fail_level="WARNING", databases=["default"])
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("migrate", "tenantaccess", "zero", verbosity=0)
    call_command("migrate", verbosity=0)


def name(user: Any) -> str:
    return str(user.get_username())


def story(domain: str) -> None:
    """Register, sign in, change a password, be found as one's user, be enrolled, be erased."""
    users: Any = get_user_model()
    store = DjangoStore()
    access = TenantAccess(store, CLINICS, hasher=DjangoHasher(), passwords=DjangoPasswords())
    make = Given(access)
    riverside = make.tenant("Riverside Clinic", tin="01-2345678")
    jo = f"jo{domain}"
    receipt = access.execute(RequestAccess(riverside, NewUsername(jo, PASSWORD, email="jo@people.example")))
    user = users.objects.get_by_natural_key(jo)
    assert store.principal_of(user) == receipt.principal_id
    assert user.check_password(PASSWORD)
    assert access.authenticate(jo.upper(), PASSWORD) == receipt.principal_id
    access.execute(ChangePassword(PASSWORD, SECOND), by=receipt.principal_id)
    user.refresh_from_db()
    assert user.check_password(SECOND)

    kim = users(**{users.USERNAME_FIELD: f"Kim{domain}"})
    kim.set_password(PASSWORD)
    kim.save()
    try:
        access.execute(
            RequestAccess(riverside, NewUsername(f"kim{domain}", SECOND, email=f"kim{domain or '@people.example'}"))
        )
    except TakenError:
        pass
    else:
        raise AssertionError("a user of the host's was taken over")
    known = store.principal_of(kim)
    assert store.principal_of(kim) == known
    assert access.authenticate(f"kim{domain}", PASSWORD) == known

    access.execute(ErasePrincipal(receipt.principal_id), by=OPERATOR)
    user.refresh_from_db()
    assert (name(user).startswith("erased."), user.has_usable_password()) == (True, False)
    try:
        access.authenticate(jo, SECOND)
    except ProofRefusedError:
        pass
    else:
        raise AssertionError("an erased person signed in")
    user.delete()
    assert access.audit.verify(riverside).holds


def settings() -> None:
    """What is said of the project before it is deployed is the project's own."""
    hosts_own = ("security.", "mail.")
    said = [one for one in run_checks(include_deployment_checks=True) if not str(one.id).startswith(hosts_own)]
    assert said == [], said


def door(domain: str) -> None:
    """Open a tenant from the command line, sign in as one's user, be let in and be kept out."""
    users: Any = get_user_model()
    pat = users(**{users.USERNAME_FIELD: f"pat{domain}"})
    pat.set_password(PASSWORD)
    pat.save()
    out = StringIO()
    call_command("tenantaccess_open_tenant", "Hillside", "--manager", f"pat{domain}", "--json", stdout=out)
    hillside = json.loads(out.getvalue())["tenant"]
    browser = Client()
    assert browser.login(username=f"pat{domain}", password=PASSWORD)
    assert browser.get("/access/", follow=True).status_code == 200
    assert browser.get(f"/of/{hillside}/submit/").content == b"submitted"
    assert browser.get(f"/of/ten_{'0' * 32}/submit/").status_code == 404
    backend = AccessBackend()
    assert backend.has_perm(pat, "tenantaccess.submit_claims", hillside)
    assert [one.pk for one in backend.with_perm("tenantaccess.submit_claims", obj=hillside)] == [pat.pk]
    call_command("tenantaccess_verify_audit", stdout=out)


if __name__ == "__main__":
    tables()
    settings()
    story(sys.argv[1])
    door(sys.argv[1])
