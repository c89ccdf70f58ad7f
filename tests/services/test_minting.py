"""A secret that is minted while whom it is for changes: one of the two loses, and nothing is left behind (INV-30)."""

from collections.abc import Callable
from functools import partial

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.inviting import Post

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    ChangeEmail,
    ErasePrincipal,
    RequestPasswordReset,
    ResetPassword,
    SendRegistration,
    SuspendPrincipal,
)
from tenantaccess.errors import ConflictError, NotFoundError, ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL
from tenantaccess.model.principals import Secret
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.services.holding import again_on_conflict
from tenantaccess.services.redeeming import token_digest
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.memory.facts import MemoryStreams
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.system import SystemEntropy
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.contracts.threads import at_once
from tenantaccess.testing.doubles import RecordingMailer

Step = Callable[[TenantAccess, TenantId, PrincipalId], object]

LINKS: dict[str, Step] = {
    "registration": lambda access, here, _: access.execute(SendRegistration(here, named(access, "lee")), by=OPERATOR),
    "reset": lambda access, _, who: (access.execute(RequestPasswordReset("kim")), who),
    "email": lambda access, _, who: access.execute(ChangeEmail("kim@home.example"), by=who),
}


def named(access: TenantAccess, username: str) -> PrincipalId:
    with access.store.reading() as unit:
        found = unit.principals.find_by_username(username)
    assert found is not None
    return found


def kept_tokens(store: Store) -> list[str]:
    """The principals and addresses that tokens of the store still speak of."""
    if isinstance(store, SQLAlchemyStore):
        token = store.tables.token
        with store.engine.connect() as connection:
            rows = connection.execute(token.select()).mappings().all()
        return [str(row["email_key"] or row["principal_id"]) for row in rows]
    assert isinstance(store, MemoryStore)
    tokens = store._database.tables.get("tokens", {}).get("", {})  # what no port tells
    return [str(one.email_key or one.principal) for one in tokens.values()]


@pytest.fixture
def kim(make: Given, riverside: TenantId) -> PrincipalId:
    """A member with a verified mailbox."""
    return make.registered(riverside, levels={"claims": FULL}, username="kim")


def interrupted(access: TenantAccess, at: str, meanwhile: Callable[[], object]) -> TenantAccess:
    return attrs.evolve(access, store=InterruptedStore(access.store, at, meanwhile))


@pytest.mark.row("INV-30", "INV-15")
class TestMeanwhile:
    """What somebody else commits while a secret is minted."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """Units on it do not wait for each other, so one thread can interleave two of them."""
        return MemoryStore()

    @pytest.mark.parametrize("at", ["tokens.add", "streams.advance"])
    @pytest.mark.parametrize("link", LINKS)
    def test_a_link_minted_during_an_erasure_leaves_nothing_behind(
        self,
        access: TenantAccess,
        make: Given,
        mailer: RecordingMailer,
        riverside: TenantId,
        kim: PrincipalId,
        link: str,
        at: str,
    ) -> None:
        lee = make.unverified(riverside, username="lee")
        access.notices.deliver(RecordingMailer())
        LINKS[link](access, riverside, kim)
        who = lee if link == "registration" else kim
        slow = interrupted(access, at, lambda: access.execute(ErasePrincipal(who), by=OPERATOR))
        slow.notices.deliver(mailer)
        assert mailer.tokens() == []
        name = "lee" if who == lee else "kim"
        assert not [one for one in kept_tokens(access.store) if one.startswith(name)]

    @pytest.mark.parametrize("who", ["who asks", "who was proven"])
    def test_an_offer_minted_during_an_erasure_is_none(
        self, access: TenantAccess, make: Given, kim: PrincipalId, who: str
    ) -> None:
        master = make.pending()
        erased = master if who == "who asks" else kim
        slow = interrupted(access, "tokens.add", lambda: access.execute(ErasePrincipal(erased), by=OPERATOR))
        with pytest.raises(ProofRefusedError):
            slow.links.prove("kim", PASSWORD, by=master)
        assert erased not in kept_tokens(access.store)

    def test_a_suspension_while_a_link_is_minted_voids_the_mail(
        self, access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId
    ) -> None:
        access.execute(RequestPasswordReset("kim"))
        slow = interrupted(access, "tokens.add", lambda: access.execute(SuspendPrincipal(kim), by=OPERATOR))
        assert slow.notices.deliver(mailer).void == 1
        assert mailer.tokens() == []

    def test_an_invitation_mailed_while_its_address_is_erased_is_void(self, post: Post, kim: PrincipalId) -> None:
        post.access.notices.deliver(RecordingMailer())
        post.invite("kim@people.example")
        erase = lambda: post.access.execute(ErasePrincipal(kim), by=OPERATOR)  # noqa: E731  # named once, used once
        slow = interrupted(post.access, "tokens.add", erase)
        slow.notices.deliver(post.mailer)
        assert "kim@people.example" not in kept_tokens(post.access.store)
        assert post.mailer.tokens() == []

    def test_a_mail_whose_subject_keeps_moving_stays_queued(
        self, access: TenantAccess, mailer: RecordingMailer, kim: PrincipalId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert kim
        access.execute(RequestPasswordReset("kim"))
        monkeypatch.setattr(MemoryStreams, "advance", lambda *_: False)
        assert access.notices.deliver(mailer).failed == 1
        assert (mailer.tokens(), access.notices.queued()) == ([], 1)

    def test_an_offer_of_somebody_who_keeps_moving_is_a_conflict(
        self, access: TenantAccess, make: Given, kim: PrincipalId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert kim
        master = make.pending()
        monkeypatch.setattr(MemoryStreams, "advance", lambda *_: False)
        with pytest.raises(ConflictError):
            access.links.prove("kim", PASSWORD, by=master)


@pytest.mark.row("INV-30", "A56")
def test_of_two_mails_of_one_link_that_leave_at_once_one_opens(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    threaded = attrs.evolve(access, entropy=SystemEntropy())
    kim = make.unverified(riverside, username="kim")
    access.notices.deliver(RecordingMailer())
    for _ in range(3):
        for _ in range(2):
            access.execute(SendRegistration(riverside, kim), by=OPERATOR)
        mailers = [RecordingMailer(), RecordingMailer()]
        at_once([partial(threaded.notices.deliver, mailer, 1) for mailer in mailers])
        threaded.notices.deliver(mailers[0])
        secrets = [secret for mailer in mailers for secret in mailer.tokens()]
        assert len(secrets) == 2
        alive = [is_alive(access, secret) for secret in secrets]
        assert alive.count(True) == 1


def test_a_conflict_that_is_none_of_races_is_not_run_again() -> None:
    runs: list[int] = []

    def run() -> None:
        runs.append(1)
        raise ConflictError("what was read")

    with pytest.raises(ConflictError):
        again_on_conflict(run)
    assert len(runs) == 1


def is_alive(access: TenantAccess, secret: str) -> bool:
    """Whether a registration link would complete, found out without completing."""
    digest = token_digest(Secret(secret))
    with access.store.reading() as unit:
        return unit.tokens.alive(digest, TokenPurpose.REGISTRATION, access.clock.now()) is not None


@pytest.mark.row("INV-30", "INV-15")
def test_a_reset_mailed_while_its_person_is_erased_is_dead_or_never_left(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    threaded = attrs.evolve(access, entropy=SystemEntropy())
    for number in range(5):
        name = f"kim{number}"
        kim = make.registered(riverside, username=name)
        access.execute(RequestPasswordReset(name, source=name))
        mailer = RecordingMailer()
        erase = partial(threaded.execute, ErasePrincipal(kim), by=OPERATOR)
        at_once([partial(threaded.notices.deliver, mailer), erase])
        assert f"{name}@people.example" not in kept_tokens(access.store)
        for secret in mailer.tokens():
            with pytest.raises((ProofRefusedError, NotFoundError)):
                access.execute(ResetPassword(secret, "a password of hers"))
