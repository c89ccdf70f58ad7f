"""What the application does."""

from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase, override_settings

from clinic.models import Claim, Practice, Worker
from tenantaccess import VIEW, Operator
from tenantaccess.commands import AppointManager, ChangePrivileges
from tenantaccess.web.django import access


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class TestClinic(TestCase):
    def setUp(self) -> None:
        for number, (name, admin, worker) in enumerate([("Riverside", "maria", "jo"), ("Lakeside", "tom", "pat")], 1):
            practice = Practice.objects.create(name=name, tin=f"01234567{number}")
            for login in (admin, worker):
                user = User.objects.create_user(login, f"{login}@clinic.example", f"{login} has a password")
                Worker.objects.create(user=user, practice=practice, is_admin=login == admin)
            Claim.objects.create(practice=practice, patient=f"Patient of {name}", amount="80.00")
        call_command("adopt", stdout=StringIO())

    def sign_in(self, login: str) -> None:
        self.client.post("/sign-in/", {"username": login, "password": f"{login} has a password"}, follow=True)

    def page(self, path: str) -> str:
        return self.client.get(path).content.decode()

    def test_a_stranger_signs_in_first(self) -> None:
        assert self.client.get("/claims/").status_code == 302

    def test_everybody_sees_the_claims_of_their_practice(self) -> None:
        self.sign_in("jo")
        assert "Patient of Riverside" in self.page("/claims/")
        assert "Patient of Lakeside" not in self.page("/claims/")

    def test_every_page_says_which_practice_it_is_about_and_leads_to_others(self) -> None:
        library, lakeside = access(), Practice.objects.get(name="Lakeside").tenant_id
        jo = library.store.principal_of(User.objects.get(username="jo"))
        library.execute(AppointManager(lakeside, jo), by=Operator("claims-desk"))
        self.sign_in("jo")
        self.client.post("/access/switch", {"tenant": Practice.objects.get(name="Riverside").tenant_id})
        assert "selected>Riverside</option>" in self.page("/claims/")
        there = self.client.post("/access/switch", {"tenant": lakeside, "next": "/claims/"}, follow=True)
        assert "Claims of Lakeside" in there.content.decode()
        assert "selected>Lakeside</option>" in there.content.decode()

    def test_everybody_submits(self) -> None:
        self.sign_in("jo")
        self.client.post("/claims/", {"patient": "Ann", "amount": "12.00"})
        assert "Ann: 12.00" in self.page("/claims/")

    def test_a_manager_sets_who_submits(self) -> None:
        library = access()
        maria, jo = (library.store.principal_of(User.objects.get(username=one)) for one in ("maria", "jo"))
        tenant = library.contexts.default(maria)
        matrix = library.privileges.matrix(tenant, by=maria)
        library.execute(ChangePrivileges(tenant, matrix.edit({(jo, "claims"): VIEW})), by=maria)
        self.sign_in("jo")
        assert "Submit" not in self.page("/claims/")
        assert self.client.post("/claims/", {"patient": "Ann", "amount": "12.00"}).status_code == 403

    def test_only_a_manager_sees_the_users(self) -> None:
        self.sign_in("jo")
        tenant = self.client.get("/access/").headers["Location"]
        assert self.client.get(f"{tenant}/users").status_code == 403
        self.sign_in("maria")
        assert "jo" in self.page(f"{tenant}/users")

    def test_nobody_sees_another_practice(self) -> None:
        self.sign_in("pat")
        theirs = self.client.get("/access/").headers["Location"]
        self.sign_in("jo")
        assert "pat" not in self.client.get(f"{theirs}/users", follow=True).content.decode()
