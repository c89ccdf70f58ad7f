"""The arrows as drawn: which command may lead from which standing to which."""

IN_DATES = frozenset({"pending", "expired", "stale", "unverified", "active", "lapsed"})
DATED = IN_DATES - {"pending", "expired"}
ANY_ROW = IN_DATES | {"rejected", "disabled", "ended", "early"}

Arrow = tuple[str, str]


def _from(sources: frozenset[str] | set[str], *targets: str) -> frozenset[Arrow]:
    return frozenset((source, target) for source in sources for target in targets)


ARROWS: dict[str, frozenset[Arrow]] = {
    "open_tenant": _from({"none"}, "active"),
    "appoint_manager": _from(ANY_ROW | {"none", "gone"}, "active"),
    "add_username": _from({"none"}, "active"),
    "add_service": _from({"none"}, "active"),
    "adopt": _from((ANY_ROW - {"active"}) | {"none", "gone"}, "active"),
    "erase_principal": _from(ANY_ROW, "gone"),
    "request_access": _from({"none", "gone", "rejected", "expired"}, "pending"),
    "approve": _from({"pending", "rejected"}, "unverified", "active"),
    "reject": _from({"pending"}, "rejected"),
    "complete": _from({"unverified"}, "active"),
    "disable": _from({"unverified", "stale", "active", "lapsed", "ended", "early"}, "disabled"),
    "enable": _from({"disabled", "lapsed", "ended", "early", "stale"}, "unverified", "active")
    | _from({"disabled", "lapsed", "ended", "early"}, "stale")
    | _from({"disabled", "ended"}, "early"),
    "set_dates": _from(DATED, "early") | _from({"early"}, *DATED),
    "leave": _from(ANY_ROW, "gone"),
    "remove": _from(ANY_ROW, "gone"),
    "join_link": _from({"none", "gone", "rejected", "expired"}, "pending")
    | _from({"none"}, "active")
    | _from({"stale", "unverified"}, "active", "lapsed"),
    "request_link": _from({"none", "gone", "rejected", "expired"}, "pending"),
    "accept_link": _from({"pending"}, "active", "early"),
    "unlink": _from(ANY_ROW, "gone"),
    "accept_invitation": _from({"none", "gone", "rejected", "expired", "pending", "unverified"}, "active"),
}

_STALING = _from({"active", "unverified", "lapsed"}, "stale")
_RELEASING = _from({"early"}, *IN_DATES)
_POSTPONING = _from(IN_DATES, "early")

SIDE_ARROWS: dict[str, frozenset[Arrow]] = {
    **dict.fromkeys(("disable", "suspend_principal"), _STALING),
    **dict.fromkeys(
        ("leave", "remove", "unlink", "erase_principal", "change_password", "reset_password"), _STALING | _RELEASING
    ),
    **dict.fromkeys(("enable", "appoint_manager", "adopt"), _RELEASING),
    "set_dates": _RELEASING | _POSTPONING,
}
"""What may happen to the rows that rest on the subject: they go stale, and begin with it at the earliest."""

MANAGERS = frozenset(
    {
        "add_username",
        "approve",
        "reject",
        "send_registration",
        "disable",
        "enable",
        "set_dates",
        "remove",
        "assign_role",
        "change_privileges",
        "limit_segments",
        "update_contact",
        "add_role",
        "edit_role",
        "remove_role",
        "apply_preset",
        "add_service",
        "accept_link",
        "confirm_link",
        "change_linking",
        "invite",
        "resend_invitation",
        "revoke_invitation",
        "send_password_reset",
    }
)
"""The commands of an account manager."""

ADMITTING = frozenset(
    {
        "add_username",
        "add_service",
        "approve",
        "accept_link",
        "confirm_link",
        "invite",
        "resend_invitation",
        "change_linking",
    }
)
"""The commands that a resting row is refused."""

EVERYWHERE = frozenset({"change_password", "reset_password", "join_link", "sweep", "erase_principal"})
"""The commands that belong to no tenant and may write rows in several."""

PRIVATE = frozenset({"change_password", "reset_password", "join_link"})
"""Those among them that may write rows of the one person only."""
