"""
Identifiers: one type each, prefixed, so that swapped ones are refused before any port is called.

They are random text, made outside the database, compared exactly and never reused (INV-15).
An identifier alone opens nothing (INV-12).
"""

import re
from typing import Final, NewType

TenantId = NewType("TenantId", str)
PrincipalId = NewType("PrincipalId", str)
NoticeId = NewType("NoticeId", str)
InvitationId = NewType("InvitationId", str)
CopyJobId = NewType("CopyJobId", str)

StreamId = TenantId | PrincipalId
"""What events are numbered by: a tenant, or a principal for what belongs to no tenant."""

ResourceKey = NewType("ResourceKey", str)
ActionKey = NewType("ActionKey", str)
LevelKey = NewType("LevelKey", str)
RoleKey = NewType("RoleKey", str)
SegmentKey = NewType("SegmentKey", str)
SchemeKey = NewType("SchemeKey", str)
ReferenceSetKey = NewType("ReferenceSetKey", str)

TENANT: Final = "ten_"
PRINCIPAL: Final = "pri_"
NOTICE: Final = "not_"
INVITATION: Final = "inv_"
COPY_JOB: Final = "cpy_"

_SHAPE: Final = re.compile(r"(?:ten|pri|not|inv|cpy)_[0-9a-f]{32}", re.ASCII)


def is_id(text: object, prefix: str) -> bool:
    """Tell whether *text* has the exact shape of an identifier with *prefix*."""
    return isinstance(text, str) and text.startswith(prefix) and _SHAPE.fullmatch(text) is not None
