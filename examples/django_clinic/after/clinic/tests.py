"""What the application does."""

from django.contrib.auth.models import User
from django.test import TestCase, override_settings

from clinic.models import Claim, Practice, Worker


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class TestClinic(TestCase):
    def setUp(self) -> None:
        for number, (name, admin, worker) in enumerate([("Riverside", "maria", "jo"), ("Lakeside", "tom", "pat")], 1):
            practice = Practice.objects.create(name=name, tin=f"01234567{number}")
            for login in (admin, worker):
                user = User.objects.create_user(login, f"{login}@clinic.example", f"{login} has a password")
                Worker.objects.create(user=user, practice=practice, is_admin=login == admin)
            Claim.objects.create(practice=practice, patient=f"Patient of {name}", amount="80.00")

    def sign_in(self, login: str) -> None:
        self.client.post("/sign-in/", {"username": login, "password": f"{login} has a password"})

    def page(self, path: str) -> str:
        return self.client.get(path).content.decode()

    def test_a_stranger_signs_in_first(self) -> None:
        assert self.client.get("/claims/").status_code == 302

    def test_everybody_sees_the_claims_of_their_practice(self) -> None:
        self.sign_in("jo")
        assert "Patient of Riverside" in self.page("/claims/")
        assert "Patient of Lakeside" not in self.page("/claims/")

    def test_everybody_submits(self) -> None:
        self.sign_in("jo")
        self.client.post("/claims/", {"patient": "Ann", "amount": "12.00"})
        assert "Ann: 12.00" in self.page("/claims/")

    def test_only_an_admin_sees_the_staff(self) -> None:
        self.sign_in("jo")
        assert self.client.get("/staff/").status_code == 403
        self.sign_in("maria")
        assert "jo" in self.page("/staff/")
