"""``TENANTACCESS_*``: what an application says about its door, read once, when it is built."""

import difflib
from collections.abc import Mapping, MutableMapping
from datetime import timedelta
from typing import Any, Final, TypeVar

import attrs

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.web.portal import PortalSettings

PREFIX: Final = "TENANTACCESS_"
S = TypeVar("S", bound="attrs.AttrsInstance")


@attrs.frozen
class Config:
    """
    What an application says about its door; in its configuration each name is upper-case, after ``TENANTACCESS_``.

    Args:
        url_prefix: Where the portal is mounted.
        register_portal: Whether it is; a host with pages of its own says no.
        handle_errors: Whether what the library raises in the host's views is answered by the library.
        sign_in_lasts: How long a sign-in on the portal's own page lasts at most.
        link_base: Where the links in mails lead, such as ``https://clinic.example/access``; never the request's host.
        mail_sender: The address that mails come from; empty for the mail extension's own default.
    """

    url_prefix: str = "/access"
    register_portal: bool = True
    handle_errors: bool = True
    sign_in_lasts: timedelta = timedelta(hours=12)
    link_base: str = ""
    mail_sender: str = ""


def read(config: MutableMapping[str, Any], settings: PortalSettings) -> tuple[Config, PortalSettings]:
    """
    Return what *config* says of the door and of its pages, and write down there what it leaves unsaid.

    Args:
        config: Of the application.
        settings: What its pages say unless it says otherwise.

    Raises:
        UnknownNameError: a name that begins as ours do and is none of them.
        InvalidInputError: a value of another type.
    """
    door = _said(config, Config())
    pages = _said(config, settings)
    known = {**_names(door), **_names(pages)}
    for name in config:
        if name.startswith(PREFIX) and name not in known:
            raise UnknownNameError("setting", name, tuple(difflib.get_close_matches(name, known)))
    for name, value in known.items():
        config.setdefault(name, value)
    return door, pages


def _said(config: Mapping[str, Any], default: S) -> S:
    changes = {}
    for name, value in _names(default).items():
        said = config.get(name, value)
        if type(said) is not type(value) and (type(said), type(value)) != (list, tuple):
            raise InvalidInputError(name, f"must be of type {type(value).__name__}")
        changes[name.removeprefix(PREFIX).lower()] = said
    return attrs.evolve(default, **changes)  # type: ignore[misc]  # one of the two classes of settings


def _names(settings: "attrs.AttrsInstance") -> dict[str, Any]:
    fields = attrs.fields(type(settings))
    return {f"{PREFIX}{field.name.upper()}": getattr(settings, field.name) for field in fields}
