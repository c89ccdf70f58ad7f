"""What the library's fields are called on the pages: the label of the control that fills them."""

from collections.abc import Mapping
from typing import Final

from tenantaccess.model.frozen import frozen

LABELS: Final[Mapping[str, str]] = frozen(
    {
        "action": "what_next",
        "as_of": "could_at",
        "at": "disable_on",
        "do": "could_do",
        "external_ids": "op_numbers",
        "from": "copy_from",
        "key": "role_word",
        "keys": "copy_choose_entries",
        "kind": "audit_command",
        "known": "op_known",
        "label": "op_name",
        "linking": "op_linking",
        "manager": "op_manager",
        "member": "audit_member",
        "name": "op_name",
        "on_conflict": "copy_on_conflict",
        "conflict": "copy_on_conflict",
        "repeated": "repeat_password",
        "reason": "disable_reason",
        "scheme": "op_scheme",
        "secret": "password",
        "segment": "segment",
        "segments": "op_segments",
        "set": "copy_sets",
        "sets": "copy_sets",
        "to": "copy_to",
        "value": "number",
        "word": "role_word",
    }
)
"""By field, where the word is called otherwise; a field that a word is called like needs no line."""

UNSEEN: Final = frozenset(
    {
        "after",
        "all",
        "back",
        "before",
        "begin",
        "cell",
        "contact",
        "edits",
        "form",
        "grant",
        "invitation",
        "job",
        "last_manager",
        "limit",
        "long",
        "newcomer",
        "next",
        "offer",
        "once",
        "orphaning",
        "person",
        "pick",
        "planned",
        "principal",
        "principals",
        "seen",
        "selection",
        "session",
        "shown",
        "source",
        "stream",
        "sure",
        "tenant",
        "tenants",
        "tick",
        "token",
    }
)
"""Fields that nobody types: only an address or a form that is out of date, or was meddled with, can be wrong there."""
