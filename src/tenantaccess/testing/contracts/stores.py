"""The whole contract in one class."""

from tenantaccess.testing.contracts.activity import ActivityContract
from tenantaccess.testing.contracts.attempts import AttemptContract
from tenantaccess.testing.contracts.candidates import CandidateContract
from tenantaccess.testing.contracts.copy_jobs import CopyJobContract
from tenantaccess.testing.contracts.directory import DirectoryContract
from tenantaccess.testing.contracts.erasure import ErasureContract
from tenantaccess.testing.contracts.events import AccessLogContract, EventContract
from tenantaccess.testing.contracts.invitations import InvitationContract
from tenantaccess.testing.contracts.isolation import IsolationContract
from tenantaccess.testing.contracts.memberships import MembershipContract
from tenantaccess.testing.contracts.notices import NoticeContract
from tenantaccess.testing.contracts.principals import CredentialContract, PrincipalContract
from tenantaccess.testing.contracts.queries import QueryContract
from tenantaccess.testing.contracts.races import RaceContract
from tenantaccess.testing.contracts.records import RecordContract
from tenantaccess.testing.contracts.roles import RoleContract
from tenantaccess.testing.contracts.slices import SliceContract
from tenantaccess.testing.contracts.standing import StandingContract
from tenantaccess.testing.contracts.streams import StreamContract
from tenantaccess.testing.contracts.tenants import TenantContract
from tenantaccess.testing.contracts.tokens import TokenContract
from tenantaccess.testing.contracts.units import UnitContract


class StoreContract(
    AccessLogContract,
    ActivityContract,
    AttemptContract,
    CandidateContract,
    CopyJobContract,
    CredentialContract,
    DirectoryContract,
    ErasureContract,
    EventContract,
    InvitationContract,
    IsolationContract,
    MembershipContract,
    NoticeContract,
    PrincipalContract,
    QueryContract,
    RaceContract,
    RecordContract,
    RoleContract,
    SliceContract,
    StandingContract,
    StreamContract,
    TenantContract,
    TokenContract,
    UnitContract,
):
    """
    Every promise that a store makes: subclass it as `Test…` and give `make`.

    Opt-outs are declared in `lacks`, each an `Ability` with the reason.
    """
