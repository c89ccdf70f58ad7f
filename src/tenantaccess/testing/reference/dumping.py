"""Plain copies of the facts, to compare with another implementation."""

from typing import Any

from .facts import Mail, Row, State, Waiting

Plain = dict[str, Any]


def dump(state: State) -> Plain:
    """Answer every fact as dictionaries, lists, strings and integers, in sorted order."""
    return {
        "tenants": {
            name: {
                "state": tenant.state,
                "external_ids": [list(key) for key in tenant.external_ids],
                "segments": list(tenant.segments),
                "roles": {key: _sorted(levels) for key, levels in sorted(tenant.roles.items())},
                "rows": {
                    principal: _row(row) if isinstance(row, Row) else {"gone": True, **row._asdict()}
                    for principal, row in sorted(tenant.rows.items())
                },
                "linking": tenant.linking,
                "invitations": {
                    key: {**invitation._asdict(), "levels": dict(invitation.levels), "segments": [*invitation.segments]}
                    for key, invitation in sorted(tenant.invitations.items())
                },
            }
            for name, tenant in sorted(state.tenants.items())
        },
        "principals": {
            name: {
                **person._asdict(),
                "password_changes": list(person.password_changes),
                "addresses": list(person.addresses),
            }
            for name, person in sorted(state.principals.items())
        },
        "tokens": {"/".join(key): token._asdict() for key, token in sorted(state.tokens.items())},
        "queue": [_mail(waiting) for waiting in state.queue],
        "secrets": {"/".join(slot): secret._asdict() for slot, secret in sorted(state.secrets.items())},
        "offers": {asker: {**offer._asdict(), "used": used} for asker, (offer, used) in sorted(state.offers.items())},
    }


def _sorted(levels: dict[str, int]) -> dict[str, int]:
    return dict(sorted(levels.items()))


def _mail(waiting: Waiting | Mail) -> Plain:
    return waiting._asdict() if isinstance(waiting, Waiting) else {"slot": list(waiting.slot), "email": waiting.email}


def _row(row: Row) -> Plain:
    return {
        "gone": False,
        **row._asdict(),
        "overrides": _sorted(row.overrides),
        "segments": list(row.segments),
        "contact": list(row.contact),
        "rests_on": None if row.rests_on is None else row.rests_on._asdict(),
        "told": None if row.told is None else list(row.told),
    }
