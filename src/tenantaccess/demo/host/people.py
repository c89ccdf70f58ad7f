"""Three practices and whoever works in them, in every state there is; all done by commands, over half a year."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from tenantaccess import VIEW, Grant, Linking, NewUsername, PrincipalId, ReferenceRecord, TenantAccess, TenantId
from tenantaccess.commands import (
    AddUsername,
    Approve,
    ChangeEmail,
    ChangeLinking,
    ChangePassword,
    CompleteRegistration,
    Disable,
    Invite,
    JoinLink,
    OpenTenant,
    RequestAccess,
    SendPasswordReset,
    VerifyEmail,
)
from tenantaccess.demo.codes import billing_codes, insurance_payers, without_fee
from tenantaccess.demo.world import CATALOG, PAYER
from tenantaccess.model.notices import Message
from tenantaccess.ports.storage import Store
from tenantaccess.system import ScryptHasher

QUICK: Final = ScryptHasher(n=2**11)
"""Enough for passwords that are printed on the screen; the half year before is over within seconds."""


@attrs.frozen
class SignIn:
    """One username to try, and what it shows."""

    username: str
    password: str
    shows: str


MARIA: Final = SignIn("maria", "maria knows the way", "account manager of Riverside Clinic, Tax ID 01-2345678")
MASTER: Final = SignIn(
    "northside.billing",
    "northside bills for many",
    "a billing service: a master username, at home in Riverside, joined to Lakeside",
)
TOM: Final = SignIn("tom", "tom minds the lake", "account manager of Lakeside Practice, Tax ID 02-3456789")
ANA: Final = SignIn(
    "ana",
    "ana minds the hill",
    "account manager of Hilltop Pediatrics, Tax ID 03-4567890, which northside.billing may join",
)
JO: Final = SignIn("jo", "jo counts the claims", "a biller at Riverside, without User Management")
KIM: Final = SignIn("kim", "kim waits to be let in", "pending: an account manager has to verify the account")
SIGN_INS: Final = (MARIA, MASTER, TOM, ANA, JO, KIM)

# Username, first and last name, how long ago they were let in, and were there last: in days.
STAFF: Final = (
    ("jo", "Jo", "Smith", 120, 1),
    ("raj", "Raj", "Patel", 118, 3),
    ("wei", "Wei", "Li", 110, 80),
    ("eva", "Eva", "Nov\u00e1kov\u00e1", 105, 97),
    ("sam", "Sam", "O'Neil", 90, 20),
    ("ines", "In\u00eas", "Silva", 70, 2),
    ("omar", "Omar", "Haddad", 60, 5),
    ("zoe", "Zoe", "Marsh", 30, 0),
)
LEFT: Final = ("sam",)
UNVERIFIED: Final = (("lena", "Lena", "Berg"), ("noah", "Noah", "Okafor"))
PENDING: Final = (("kim", "Kim", "Lee"), ("ada", "Ada", "Moreau"))


@attrs.define
class PastClock:
    """
    A clock that shows moments of the half year before, and in the end the present.

    Args:
        moment: What it shows.
    """

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it shows, a little later each time."""
        self.moment += timedelta(milliseconds=10)
        return self.moment


@attrs.define
class Post:
    """A mailer that keeps the secrets of the links, for whoever opens their mail at once."""

    tokens: dict[str, str] = attrs.field(factory=dict)

    def send(self, message: Message) -> None:
        """Keep the secret that was mailed."""
        if message.token:
            self.tokens[message.to] = message.token


@attrs.frozen
class Practices:
    """The three tenants."""

    riverside: TenantId
    lakeside: TenantId
    hilltop: TenantId


def settle(store: Store, now: datetime) -> Practices:
    """Fill *store* with the half year before *now*, and return the practices; the latest mails wait to be delivered."""
    clock = PastClock(now - timedelta(days=180))
    access = TenantAccess(store, CATALOG, clock=clock, hasher=QUICK)
    history = _History(access, clock, now)
    practices = history.open()
    for days in range(125, -1, -1):
        history.day(days)
    history.today()
    return practices


@attrs.define
class _History:
    """What happened, day by day."""

    access: TenantAccess
    clock: PastClock
    now: datetime
    post: Post = attrs.field(factory=Post)
    people: dict[str, PrincipalId] = attrs.field(factory=dict)
    at: Practices = attrs.field(init=False)

    def open(self) -> Practices:
        """Let the operator open the practices, and Riverside's manager add the billing service."""
        self.at = Practices(
            self._practice("Riverside Clinic", "01-2345678", MARIA, "Maria", "Rivera"),
            self._practice("Lakeside Practice", "02-3456789", TOM, "Tom", "Lake"),
            self._practice("Hilltop Pediatrics", "03-4567890", ANA, "Ana", "Hill"),
        )
        first = NewUsername(MASTER.username, "chosen by maria for them", "", "Northside", "Billing", "555-0130")
        added = self.access.execute(
            AddUsername(self.at.riverside, first, Grant(role="account_manager")), by=self.people[MARIA.username]
        )
        self.people[MASTER.username] = added.principal_id
        self.access.execute(ChangePassword("chosen by maria for them", MASTER.password), by=added.principal_id)
        offer = self.access.links.prove(TOM.username, TOM.password, by=added.principal_id)
        self.access.execute(JoinLink([tenant.id for tenant in offer.tenants], offer.token), by=added.principal_id)
        asked_too = ChangeLinking(self.at.lakeside, linking=Linking.CONSENT)
        self.access.execute(asked_too, by=self.people[TOM.username])
        self._master_files()
        return self.at

    def day(self, days: int) -> None:
        """Let one day pass, so many days ago: some are let in, some come to work."""
        self.clock.moment = self.now - timedelta(days=days, hours=2)
        for username, first, last, begun, seen in STAFF:
            if begun == days:
                self._register(username, first, last)
            if seen == days or (seen < days < begun and days % 30 == 0):
                self.access.contexts.enter(self.at.riverside, self.people[username])
        if days % 40 == 0:
            there = ((TOM, MASTER), (ANA,), (MARIA, MASTER))
            for tenant, working in zip((self.at.lakeside, self.at.hilltop, self.at.riverside), there, strict=True):
                for one in working:
                    self.access.contexts.enter(tenant, self.people[one.username])
        if days == 10:  # noqa: PLR2004  # some day
            for username in LEFT:
                self.access.execute(Disable(self.at.riverside, self.people[username]), by=self.people["maria"])

    def today(self) -> None:
        """Leave what waits: people to be let in, links to be followed, an invitation to be accepted."""
        maria = self.people[MARIA.username]
        for username, first, last in (*UNVERIFIED, *PENDING):
            self.people[username] = self._ask(username, first, last)
        self.access.notices.deliver(self.post)
        for username, _, _ in UNVERIFIED:
            approve = Approve(self.at.riverside, self.people[username], Grant(levels={"claims": VIEW}))
            self.access.execute(approve, by=maria)
        invite = Invite(self.at.riverside, "pat@riverside.example", Grant(levels={"claims": VIEW, "eligibility": VIEW}))
        self.access.execute(invite, by=maria)
        self.access.execute(SendPasswordReset(self.at.riverside, self.people["raj"]), by=maria)

    def _practice(self, name: str, tin: str, manager: SignIn, first: str, last: str) -> TenantId:
        plans = frozenset({"medicaid", "medicare"} if name.startswith("Riverside") else {"medicaid"})
        newcomer = NewUsername(manager.username, manager.password, "", first, last, "555-0100")
        opened = self.access.execute(OpenTenant(name, {"tin": tin}, plans, newcomer), by=PAYER)
        self.people[manager.username] = opened.manager_id
        address = _address(manager.username, name)
        self.access.execute(ChangeEmail(address), by=opened.manager_id)
        self.access.notices.deliver(self.post)
        self.access.execute(VerifyEmail(self.post.tokens[address]))
        return opened.tenant_id

    def _register(self, username: str, first: str, last: str) -> None:
        self.people[username] = self._ask(username, first, last)
        approve = Approve(self.at.riverside, self.people[username], Grant(role="biller"))
        self.access.execute(approve, by=self.people[MARIA.username])
        self.access.notices.deliver(self.post)
        self.access.execute(CompleteRegistration(self.post.tokens[_address(username, "Riverside")]))

    def _ask(self, username: str, first: str, last: str) -> PrincipalId:
        known = {one.username: one.password for one in SIGN_INS}
        password = known.get(username, f"{username} has a password")
        newcomer = NewUsername(username, password, _address(username, "Riverside"), first, last, "555-0101")
        return self.access.execute(RequestAccess(self.at.riverside, newcomer)).principal_id

    def _master_files(self) -> None:
        """Load what is small: invented payers and billing codes; Lakeside words a few things in its own way."""
        payers = {record.key: record for record in insurance_payers()}
        files: Mapping[tuple[TenantId, str], Sequence[ReferenceRecord]] = {
            (self.at.riverside, "insurance_payers"): list(payers.values()),
            (self.at.riverside, "billing_codes"): [one for one in billing_codes() if not without_fee(one)],
            (self.at.lakeside, "insurance_payers"): [
                payers["PAY-01"],
                ReferenceRecord("PAY-02", "Harbor Mutual of the Lake (invented)"),
            ],
            (self.at.lakeside, "diagnosis_codes"): [ReferenceRecord("J45.909", "Asthma (as we say at the lake)")],
        }
        for (tenant, name), records in files.items():
            self.access.records.load(tenant, name, records, by=PAYER)


def _address(username: str, practice: str) -> str:
    return f"{username}@{practice.split(maxsplit=1)[0].lower()}.example"
