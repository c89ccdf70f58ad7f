"""
A store that mixes up what it is asked for: nothing that it says is used, and the fault has a name of its own (INV-12).

Each method of a port whose answer says whose it is has its answer looked at, or is listed with the reason why not; and
each of them is made to answer for somebody else, by each of the words that say for whom it is asked.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, get_args, get_origin, get_type_hints

import attrs
import pytest
from tests.services.copies import ALL
from tests.services.worlds import row_of
from tests.stores.office import QUESTIONS, Office, office

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AppointManager,
    ChangePrivileges,
    DeclineInvitation,
    Disable,
    EditRole,
    ErasePrincipal,
    Invite,
    RequestPasswordReset,
    RevokeInvitation,
    SuspendTenant,
)
from tenantaccess.errors import ForeignRowError, RefusedError, StoreError
from tenantaccess.ids import PRINCIPAL, TENANT, CopyJobId, InvitationId, PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.levels import VIEW
from tenantaccess.model.members import Row
from tenantaccess.model.principals import Secret
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Kept, KeptHere, Store, Unit
from tenantaccess.services.checked import LOOKS, own_row
from tenantaccess.services.redeeming import token_digest
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.testing.faults import FaultyStore

pytestmark = pytest.mark.row("INV-12", "INV-03", "INV-01")

# --- what there is to be looked at --------------------------------------------------------------------------------

IDS: Final = (TenantId, PrincipalId, InvitationId, CopyJobId)
WORDS: Final = ("subject", "actor", "key", "digest", "purpose", "email_key", "email_keys")
"""What else says for whom something is asked."""
PLACES: Final = ("after", "before")
"""Where a page goes on: it says for whom it is asked no more than its number does."""

UNSEEN: Final[Mapping[str, str]] = {
    "tenants.find_by_external_id": "who carries it is what is asked; whose row comes next is looked at",
    "tenants.page": "all tenants, for the operator",
    "tenants.named": "all tenants, for the operator",
    "principals.find_by_username": "whose it is is what is asked; whose row and password come next is looked at",
    "slices.compare": "numbers and samples: it names one of two tenants, and of no record which one's it is",
    "notices.claim": "whatever is due, of every tenant",
    "store.standing": "looked at by whoever asks, with what was kept",
    "kept.everywhere": "looked at by whoever asks, with what was kept",
    "kept_here.__getitem__": "looked at by whoever asks",
    "kept_here.everybody": "looked at by whoever asks",
}
"""What says whose it is and is not looked at by the store that looks, with the reason."""


def ports() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield each method of a port that is asked something, by place."""
    parts = {name: kind for name, kind in get_type_hints(Unit).items() if name != "commit"}
    for name, kind in {**parts, "store": Store, "kept": Kept, "kept_here": KeptHere}.items():
        for port in get_args(kind) or (kind,):
            for method, function in vars(port).items():
                if getattr(function, "__isabstractmethod__", False) and not isinstance(function, property):
                    yield f"{name}.{method}", function


def bears_id(kind: Any) -> bool:
    """Tell whether an answer of that type says which tenant or principal it is of."""
    if kind in (TenantId, PrincipalId):
        return True
    if attrs.has(get_origin(kind) or kind):
        return any(bears_id(hint) for hint in get_type_hints(kind).values() if hint is not kind)
    return get_origin(kind) is not Callable and any(bears_id(part) for part in get_args(kind))


def names_somebody(name: str, kind: Any) -> bool:
    """Tell whether a parameter says for whom something is asked."""
    parts = {kind, *get_args(kind), *(inner for part in get_args(kind) for inner in get_args(part))}
    return name not in PLACES and (name in WORDS or bool(parts & set(IDS)))


ANSWERS: Final = [place for place, method in ports() if bears_id(get_type_hints(method)["return"])]
LOOKED_AT: Final = [f"{repository}.{method}" for repository, looks in LOOKS.items() for method in looks]


def test_whatever_says_whose_it_is_is_looked_at_or_listed_with_a_reason() -> None:
    assert set(ANSWERS) - set(LOOKED_AT) == set(UNSEEN)
    assert set(LOOKED_AT) <= set(ANSWERS)
    assert len(LOOKED_AT) > len(UNSEEN)


def test_everything_that_is_looked_at_is_lied_about_by_each_of_its_words() -> None:
    asked = {
        f"{place}({name})"
        for place, method in ports()
        for name, kind in get_type_hints(method).items()
        if place in LOOKED_AT and name != "return" and names_somebody(name, kind)
    }
    assert set(LIES) == asked


NOBODY: Final = PrincipalId(PRINCIPAL + "f" * 32)
NOWHERE: Final = TenantId(TENANT + "f" * 32)


# --- lies ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class World:
    """
    The office, with more than one of each thing.

    Args:
        at: The office; Lee manages both of its tenants, and somebody is linked through Lee in the other one.
        elsewhere: A third tenant, which shares nothing with the first.
        sent: Invitations of the first tenant, and of the second.
        job: A second copy from the first tenant.
        other_job: A copy from the second one.
        reset: What Kim's mail for another password brought.
        other_reset: What Zed's did.
        kim: Whose address was verified.
    """

    at: Office
    elsewhere: TenantId
    sent: Sequence[InvitationId]
    job: CopyJobId
    other_job: CopyJobId
    reset: Secret
    other_reset: Secret
    kim: PrincipalId

    def do(self, command: Any, by: Any = OPERATOR, key: str | None = None) -> Any:
        return self.at.access.execute(command, by=by, key=key)

    @property
    def key(self) -> str:
        """What the record calls the key that Maria gave."""
        record = self.at.access.audit.read(self.at.here, limit=500, by=OPERATOR)
        return next(event.key for event, _ in record if event.subject == "by_maria")


def world() -> World:
    at = office(MemoryStore())
    make, do = Given(at.access), at.access.execute
    elsewhere = make.tenant("Hillside")
    do(AppointManager(elsewhere, at.lee), by=OPERATOR)
    make.linked(at.there, at.lee)
    kim = make.registered(at.here, username="kit", levels={"claims": VIEW})
    make.registered(at.here, username="zed", levels={"claims": VIEW})
    grant = Grant(levels={"claims": VIEW})
    sent = [do(Invite(tenant, f"al{tenant}@people.example", grant), by=at.lee) for tenant in (at.here, at.there)]
    rows = at.access.invitations.search(at.here, by=OPERATOR).rows
    (first,) = (row.invitation.id for row in rows if row.invitation.email == "lu@people.example")
    copies = at.access.copying
    for source, target in ((at.here, at.there), (at.there, elsewhere)):
        at.clock.advance(timedelta(minutes=1))
        copies.run(copies.plan(source, [target], [ALL[0]], by=at.lee), by=at.lee)
    job, other_job = (copies.jobs(tenant, by=OPERATOR).jobs[0].id for tenant in (at.here, at.there))
    at.access.contexts.enter(at.there, at.lee)
    do(AddRole(at.there, "of_there"), by=OPERATOR, key="a-key")
    do(AddRole(at.here, "by_maria"), by=at.maria, key="marias-key")
    resets = []
    for username in ("kit", "zed"):
        mailer = RecordingMailer()
        do(RequestPasswordReset(username))
        at.access.notices.deliver(mailer)
        resets.append(Secret(mailer.tokens()[-1]))
    return World(at, elsewhere, [first, *(one.invitation for one in sent)], job, other_job, resets[0], resets[1], kim)


def idle(w: World) -> object:
    w.at.clock.advance(w.at.access.policy.inactive_after)
    return w.at.access.sweeps.run()


Ask = Callable[[World], object]
Lie = tuple[Callable[[World], Any], Ask]


def there(w: World) -> TenantId:
    return w.at.there


def maria(w: World) -> PrincipalId:
    return w.at.maria


def disable(w: World) -> object:
    return w.do(Disable(w.at.here, w.at.lee), by=w.at.maria)


LIES: Final[Mapping[str, Lie]] = {
    "tenants.find(tenant)": (there, lambda w: w.at.access.tenants.find("tin", "01-2345678", by=OPERATOR)),
    "principals.find(principal)": (maria, lambda w: w.at.access.contexts.account(w.at.jo)),
    "memberships.load(tenant)": (there, disable),
    "memberships.load(principals)": (lambda w: (w.at.maria,), lambda w: w.do(Disable(w.at.here, w.at.lee), by=w.at.jo)),
    "memberships.candidates(tenant)": (there, lambda w: w.at.access.contexts.who_can_help(w.at.here, w.at.jo)),
    "queries.reaching(tenant)": (there, lambda w: QUESTIONS["members with"](w.at)),
    "queries.of_principal(principal)": (maria, lambda w: QUESTIONS["list tenants"](w.at)),
    "queries.resting_on(tenant)": (
        there, lambda w: w.do(EditRole(w.at.here, "clerk", levels={"claims": "none"}), by=w.at.lee)
    ),
    "queries.resting_on(principal)": (
        lambda w: w.at.jo, lambda w: w.do(EditRole(w.at.here, "clerk", levels={"claims": "none"}), by=w.at.lee)
    ),
    "queries.resting_everywhere(principal)": (lambda w: w.at.jo, lambda w: w.at.access.links.proven(by=w.at.lee)),
    "queries.page(tenant)": (there, lambda w: QUESTIONS["matrix"](w.at)),
    "queries.idle(tenant)": (there, idle),
    "queries.deciding_or_waiting(tenants)": (lambda _: [NOWHERE], lambda w: QUESTIONS["orphans"](w.at)),
    "directory.search(tenant)": (there, lambda w: QUESTIONS["directory"](w.at)),
    "directory.search(reader)": (lambda w: w.at.lee, lambda w: QUESTIONS["directory"](w.at)),
    "invitations.find(tenant)": (there, lambda w: w.do(RevokeInvitation(w.at.here, w.sent[2]))),
    "invitations.find(invitation)": (lambda w: w.sent[0], lambda w: w.do(RevokeInvitation(w.at.here, w.sent[1]))),
    "invitations.concerning(tenant)": (there, disable),
    "invitations.concerning(senders)": (lambda w: (w.at.maria,), disable),
    "invitations.concerning(email_key)": (
        lambda _: "lu@people.example", lambda w: w.do(Invite(w.at.here, "di@people.example", Grant("clerk")))
    ),
    "invitations.open(tenant)": (there, lambda w: w.do(SuspendTenant(w.at.here))),
    "invitations.page(tenant)": (there, lambda w: QUESTIONS["invitations"](w.at)),
    "copy_jobs.find(source)": (there, lambda w: w.at.access.copying.job(w.at.here, w.other_job, by=OPERATOR)),
    "copy_jobs.find(job)": (
        lambda w: w.job, lambda w: w.at.access.copying.job(w.at.here, QUESTIONS["copies"](w.at)[-1].id, by=OPERATOR)
    ),
    "copy_jobs.page(tenant)": (lambda w: w.elsewhere, lambda w: QUESTIONS["copies"](w.at)),
    "streams.head(stream)": (there, lambda w: w.at.access.audit.verify(w.at.here)),
    "events.read(stream)": (there, lambda w: QUESTIONS["record"](w.at)),
    "events.about(stream)": (there, lambda w: w.at.access.audit.latest(w.at.here, about=w.at.lee, by=w.at.maria)),
    "events.about(subject)": (maria, lambda w: w.at.access.audit.latest(w.at.here, about=w.at.jo, by=w.at.maria)),
    "events.find_key(stream)": (there, lambda w: w.do(AddRole(w.at.here, "of_here"), key="a-key")),
    "events.find_key(actor)": (
        lambda w: f"member:{w.at.maria}", lambda w: w.do(AddRole(w.at.here, "of_here"), key="marias-key")
    ),
    "events.find_key(key)": (
        lambda w: w.key, lambda w: w.do(AddRole(w.at.here, "of_here"), by=w.at.maria, key="another-key")
    ),
    "access_log.read(stream)": (there, lambda w: QUESTIONS["access log"](w.at)),
    "tokens.alive(digest)": (lambda w: token_digest(w.other_reset), lambda w: w.at.access.mailed.reset(w.reset)),
    "tokens.alive(purpose)": (lambda _: TokenPurpose.RESET, lambda w: w.at.access.mailed.address(w.reset)),
    "tokens.find(digest)": (
        lambda w: token_digest(w.other_reset), lambda w: w.do(DeclineInvitation(w.reset), by=None, key="a-key")
    ),
    "erasure.addressed(email_keys)": (lambda _: ["lu@people.example"], lambda w: w.do(ErasePrincipal(w.kim))),
}  # fmt: skip
"""By method and word: whom it answers for instead, and what is asked."""


class AlteredStore(FaultyStore):
    """One of its methods does something else; nothing is kept at hand."""

    def __init__(self, inner: Store, place: str, altered: Callable[..., object]) -> None:
        super().__init__(inner)
        self._repository, _, self._method = place.partition(".")
        self._altered = altered

    def _numbered(self, unit: Unit) -> Unit:
        repository = getattr(unit, self._repository)
        inner = getattr(repository, self._method)
        instead: Any = _Altered(repository, self._method, lambda *args, **named: self._altered(inner, *args, **named))
        return attrs.evolve(unit, **{self._repository: instead})


class _Altered:
    def __init__(self, inner: object, method: str, instead: Callable[..., object]) -> None:
        self._inner = inner
        setattr(self, method, instead)

    def __getattr__(self, method: str) -> Any:
        return getattr(self._inner, method)


def seen_through(w: World, place: str, altered: Callable[..., object]) -> World:
    return attrs.evolve(w, at=w.at.on(AlteredStore(w.at.access.store, place, altered)))


@pytest.mark.parametrize("lie", LIES)
def test_what_was_not_asked_for_is_refused_and_reported_apart(lie: str) -> None:
    w = world()
    place, _, word = lie[:-1].partition("(")
    wrong, ask = LIES[lie]

    def instead(inner: Callable[..., object], *args: object, **named: object) -> object:
        bound = inspect.signature(inner).bind(*args, **named)
        bound.arguments[word] = wrong(w)
        return inner(*bound.args, **bound.kwargs)

    before = facts(w)
    with pytest.raises(ForeignRowError, match="another tenant or principal") as fault:
        ask(seen_through(w, place, instead))
    assert isinstance(fault.value, StoreError)
    assert facts(w) == before


def facts(w: World) -> Sequence[object]:
    """Return what the lies are about, as it is stored."""
    with w.at.access.store.reading() as unit:
        tenants = [w.at.here, w.at.there]
        loaded = [unit.memberships.load(tenant, [*w.at.people, w.kim]) for tenant in tenants]
        return [*loaded, *(unit.invitations.page(tenant, None, 50) for tenant in tenants)]


@pytest.mark.parametrize("lie", LIES)
def test_an_honest_store_is_believed(lie: str) -> None:
    w = world()
    place, asked = lie.partition("(")[0], []

    def noted(inner: Callable[..., object], *args: object, **named: object) -> object:
        asked.append(args)
        return inner(*args, **named)

    with suppress(RefusedError):
        LIES[lie][1](seen_through(w, place, noted))
    assert asked


# --- rows that cannot be ------------------------------------------------------------------------------------------


Told = Callable[..., Loaded | None]


def rekeyed(w: World) -> Told:
    """Maria's row, told as Jo's."""

    def load(inner: Told, tenant: TenantId, principals: Any) -> Loaded | None:
        found, other = inner(tenant, principals), inner(tenant, (w.at.maria,))
        if found is None or other is None or w.at.jo not in principals:
            return found
        return attrs.evolve(found, rows={**found.rows, w.at.jo: other.rows[w.at.maria]})

    return load


def mixed(w: World) -> Told:
    """Jo's membership, with Maria's facts as a principal."""

    def load(inner: Told, tenant: TenantId, principals: Any) -> Loaded | None:
        found, other = inner(tenant, principals), inner(tenant, (w.at.maria,))
        if found is None or other is None or w.at.jo not in principals:
            return found
        row = attrs.evolve(found.rows[w.at.jo], principal=other.rows[w.at.maria].principal)
        return attrs.evolve(found, rows={**found.rows, w.at.jo: row})

    return load


@pytest.mark.parametrize("told", [rekeyed, mixed])
def test_nobody_acts_by_the_row_of_somebody_else(told: Callable[[World], Told]) -> None:
    w = world()
    faulty = seen_through(w, "memberships.load", told(w))
    for ask in (
        lambda: faulty.do(Disable(w.at.here, w.at.lee), by=w.at.jo),
        lambda: faulty.do(ChangePrivileges(w.at.here, [Edit(w.at.bo, "claims", VIEW)]), by=w.at.jo),
        lambda: faulty.at.access.may(Disable(w.at.here, w.at.lee), by=w.at.jo),
        lambda: faulty.at.access.contexts.mine(w.at.here, w.at.jo),
    ):
        with pytest.raises(ForeignRowError):
            ask()


def test_what_a_row_rests_on_is_of_its_tenant_and_whose_it_says() -> None:
    w = world()
    row, base = row_of(w.at.access, w.at.here, w.at.bo), row_of(w.at.access, w.at.here, w.at.maria)
    assert own_row(w.at.here, row) is row
    assert row.base is not None
    abroad = attrs.evolve(row.base, membership=attrs.evolve(row.base.membership, tenant=w.at.there))
    for wrong in (base, abroad):
        with pytest.raises(ForeignRowError):
            own_row(w.at.here, attrs.evolve(row, base=wrong))
    with pytest.raises(ForeignRowError):
        own_row(w.at.here, attrs.evolve(base, base=base))


def test_what_rests_on_nothing_is_not_among_what_rests_on_somebody() -> None:
    w = world()

    def found(_: object, principal: PrincipalId) -> list[tuple[Tenant, Row]]:
        with w.at.access.store.reading() as unit:
            return list(unit.queries.of_principal(principal))

    with pytest.raises(ForeignRowError):
        seen_through(w, "queries.resting_everywhere", found).at.access.links.proven(by=w.at.lee)


def test_what_stands_beside_an_event_is_of_that_event() -> None:
    w = world()

    def shifted(inner: Callable[..., Sequence[tuple[Any, Any]]], *args: object) -> object:
        return [
            (event, None if private is None else attrs.evolve(private, number=private.number + 1))
            for event, private in inner(*args)
        ]

    asks: list[tuple[str, Ask]] = [
        ("events.read", lambda one: one.at.access.audit.read(w.at.here, by=w.at.maria)),
        ("events.about", lambda one: one.at.access.audit.latest(w.at.here, about=w.at.lee, by=w.at.maria)),
    ]
    for place, ask in asks:
        with pytest.raises(ForeignRowError):
            ask(seen_through(w, place, shifted))


# --- standings ----------------------------------------------------------------------------------------------------


class MistakenStore(FaultyStore):
    """It compiles the row of one pair whichever is asked for; what it keeps at hand is mixed up in the same way."""

    def __init__(self, inner: Store, pair: tuple[TenantId, PrincipalId], *, keeps: bool) -> None:
        super().__init__(inner)
        self.pair = pair
        self.keeps = keeps

    def standing(
        self,
        tenant: TenantId,  # noqa: ARG002  # that is the mistake
        principal: PrincipalId,  # noqa: ARG002  # and that
        compile_row: Callable[[Tenant, Row], Standing],
    ) -> Standing | None:
        return self.inner.standing(*self.pair, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:
        return Mistaken(self, compile_row) if self.keeps else super().kept(compile_row)


class Mistaken(Kept, KeptHere):
    """All standings are the one."""

    def __init__(self, store: MistakenStore, compile_row: Callable[[Tenant, Row], Standing]) -> None:
        self._store = store
        self._compile = compile_row

    def __getitem__(self, asked: str) -> Any:
        return self if asked.startswith(TENANT) else self._one

    @property
    def _one(self) -> Any:
        return self._store.standing(*self._store.pair, self._compile)

    def everybody(self) -> Any:
        return [(PrincipalId(PRINCIPAL + "e" * 32), self._one)]

    def everywhere(self, _: PrincipalId) -> Any:
        return [(TenantId(TENANT + "e" * 32), self._one)]


STANDINGS: Final[Mapping[str, Callable[[TenantAccess, TenantId, PrincipalId], object]]] = {
    "check": lambda access, here, who: access.check(here, who, "manage_account", "view"),
    "check, for a segment": lambda access, here, who: access.check(here, who, "claims", "view", "medicaid"),
    "require": lambda access, here, who: access.require(here, who, "claims", "view"),
    "enter": lambda access, here, who: access.contexts.enter(here, who),
}
LISTS: Final[Mapping[str, Callable[[TenantAccess, TenantId, PrincipalId], object]]] = {
    "members with": lambda access, here, _: list(access.list_members_with(here, "claims", "view")),
    "tenants with": lambda access, _, who: access.list_tenants_with(who, "claims", "view"),
}


@pytest.mark.parametrize("question", [*STANDINGS, *LISTS])
@pytest.mark.parametrize("keeps", [False, True])
def test_nobody_stands_on_the_row_of_somebody_else(question: str, *, keeps: bool) -> None:
    at = office(MemoryStore())
    faulty = at.on(MistakenStore(at.access.store, (at.here, at.maria), keeps=keeps)).access
    ask = {**STANDINGS, **LISTS}[question]
    if question in LISTS and not keeps:
        assert ask(faulty, at.here, at.maria)  # no standing is asked for
        return
    for pair in ((at.here, at.jo), (at.here, NOBODY), (NOWHERE, at.maria), (at.there, at.jo)):
        with pytest.raises(ForeignRowError):
            ask(faulty, *pair)
    if question in STANDINGS:
        ask(faulty, at.here, at.maria)


@pytest.mark.row("INV-12")
def test_of_many_tenants_each_row_is_of_the_one_it_comes_under(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lena: PrincipalId
) -> None:
    look, row = LOOKS["queries"]["deciding_or_waiting"], row_of(access, lakeside, lena)
    assert look({lakeside: [row]}, [riverside, lakeside]) == {lakeside: [row]}
    with pytest.raises(ForeignRowError):
        look({riverside: [row], lakeside: [row]}, [riverside, lakeside])
    with pytest.raises(StoreError):
        look({lakeside: [row, row]}, [lakeside])
