"""What does adopting somebody make of a membership?"""

from datetime import datetime

import attrs

from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.rules import members


def adopted(row: Row, now: datetime, by: str, policy: Policy) -> Membership:
    """
    Return *row*, which holds what it is given and is not active, as active by the operator's word.

    Like an appointment, it leaves nothing in force that stood against it, and rests on nothing. A link goes on being
    one by origin: whom it was proven with stays what it may not touch (rule 4).
    """
    given = row.membership
    return attrs.evolve(
        members.appointed(row, now, by, policy),
        origin=Origin.LINKED if given.origin is Origin.LINKED else Origin.ADOPTED,
        role=given.role,
        overrides=given.overrides,
        segments=given.segments,
    )


def is_proven_person(known: Principal, email_key: str) -> bool:
    """Tell whether *known* has proven that it is whom a host knows by an address."""
    return known.email_verified_at is not None and bool(email_key) and known.email_key == email_key


def is_same_person(known: Principal, email_key: str) -> bool:
    """Tell whether *known* may be who a host calls by the same username: two addresses would be two people."""
    return not email_key or not known.email_key or known.email_key == email_key
