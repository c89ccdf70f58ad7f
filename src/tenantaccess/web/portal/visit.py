"""One visit to one page: who asks, where, and what every page needs on its way to an answer."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import (
    AccessDeniedError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    TakenError,
    TenantAccessError,
    TooManyAttemptsError,
    UnknownNameError,
)
from tenantaccess.ids import TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.actors import Operator
from tenantaccess.model.contexts import AccessContext
from tenantaccess.model.decisions import EXPLANATIONS, Decision, Reason
from tenantaccess.model.frozen import EMPTY
from tenantaccess.web.answers import answer_to
from tenantaccess.web.portal.exchange import PageRequest, PageResponse, Redirect
from tenantaccess.web.portal.forms import Form, local, received
from tenantaccess.web.portal.words import Words

REFUSALS: Final = (RefusedError, InvalidInputError, UnknownNameError)
"""What a form is shown again for; everything else is answered for the page as a whole."""


WHEREVER: Final = frozenset({"account", "copy", "join", "links"})
"""The first part of the addresses of pages about the person, which stay in the tenant in which they are opened."""
CONDITIONS: Final = {reason.value: told for reason, told in EXPLANATIONS.items()}
"""Why no step leads on from a condition, by its word, and what to do about it."""


def _pairs(links: object) -> tuple[tuple[str, str], ...]:
    """Return *links* as pairs; `InvalidInputError` for one that is no label with a path of this host, or with https."""
    if not isinstance(links, list | tuple):
        raise InvalidInputError("links", "must be a list of labels with addresses")
    for link in links:
        if not isinstance(link, list | tuple) or [type(part) for part in link] != [str, str] or not link[0].strip():
            raise InvalidInputError("links", "must be pairs of a label and an address")
        if not (local(link[1], "") or _is_https(link[1])):
            raise InvalidInputError("links", f"must lead to paths, or begin with https: `{link[1]}` does not")
    return tuple((label, address) for label, address in links)


def _is_https(address: str) -> bool:
    """Tell whether *address* is one of another host, which nobody on the way reads."""
    try:
        found = urlsplit(address)
        return local(f"/{address}", "") != "" and found.scheme == "https" and bool(found.hostname)
    except ValueError:
        return False


@attrs.frozen
class PortalSettings:
    """
    What a host says about its portal.

    Args:
        brand: What stands at the top of every page.
        home: Where that leads.
        sign_in: The address of the host's own page to sign in; empty if the portal signs people in itself.
        sign_out: Where the host's button to sign out posts to; empty for none, or for the portal's own.
        guide: The address of the host's guide for account managers; empty for none.
        support: Whom to ask where nobody else can help, such as a telephone number.
        tenant: What one tenant is called, in the middle of a sentence.
        tenants: What several are called.
        links: The host's own menu, at the top of every page: labels, each with a path or an https address.
    """

    brand: str = "Access"
    home: str = "/"
    sign_in: str = ""
    sign_out: str = ""
    guide: str = ""
    support: str = ""
    tenant: str = "account"
    tenants: str = "accounts"
    links: Sequence[tuple[str, str]] = attrs.field(default=(), converter=_pairs)

    @property
    def nouns(self) -> Mapping[str, str]:
        """What a tenant is called, wherever it stands."""
        return {
            "tenant": self.tenant,
            "tenants": self.tenants,
            "Tenant": self.tenant[:1].upper() + self.tenant[1:],
            "Tenants": self.tenants[:1].upper() + self.tenants[1:],
        }


class SignInNeededError(Exception):
    """This page is for somebody who is signed in."""


@attrs.frozen
class NotEnteredError(Exception):
    """This session has not entered the tenant that the page is about, or not this presence of it."""

    tenant: TenantId


@attrs.frozen
class Problem:
    """
    Why a form was not accepted, as its page shows it.

    Args:
        status: The HTTP status of the page.
        text: What went wrong, and what to do.
        field: The name of the field that it is about; empty if it is about none.
    """

    status: int
    text: str
    field: str = ""


@attrs.define
class Visit:
    """
    One request, on its way to an answer.

    Args:
        access: The library.
        settings: What the host says.
        request: What is asked.
        words: In which words it is answered.
        context: The tenant that the page is about, once `enter` has let the visitor in.
        headers: What the page carries besides, for an error that it tells of.
    """

    access: TenantAccess
    settings: PortalSettings
    request: PageRequest
    words: Words = attrs.field(init=False)
    context: AccessContext | None = attrs.field(init=False, default=None)
    headers: Mapping[str, str] = attrs.field(init=False, default=EMPTY)

    def __attrs_post_init__(self) -> None:
        self.words = Words(self.request.gettext, self.settings.nouns)

    # --- who and where -----------------------------------------------------------------------------------------

    @property
    def principal(self) -> PrincipalId:
        """Who is signed in; raises `SignInNeededError` if nobody is."""
        if self.request.visitor.principal is None:
            raise SignInNeededError
        return self.request.visitor.principal

    @property
    def operator(self) -> Operator:
        """As which operator the visitor acts; `NotFoundError` if they are none: the pages are not there for others."""
        if self.request.visitor.operator is None:
            raise NotFoundError("page", self.request.path)
        return self.request.visitor.operator

    def enter(self, tenant: str) -> AccessContext:
        """
        Return the context of the tenant that the address names; one query.

        What the session has not entered is entered nowhere but on the page for it, by a button (INV-14, INV-29).

        Raises:
            SignInNeededError: nobody is signed in.
            NotEnteredError: not entered in this session, or no longer this presence.
            NotFoundError: not a member, or no such tenant: alike.
            AccessDeniedError: something stands against the membership.
        """
        principal = self.principal
        if not is_id(tenant, TENANT):
            raise NotFoundError("tenant", tenant)
        session = self.request.kept.sessions.get(TenantId(tenant))
        if session is None:
            raise NotEnteredError(TenantId(tenant))
        try:
            self.context = self.access.contexts.resume(session, principal)
        except (AccessDeniedError, NotFoundError, UnknownNameError) as error:
            self.request.kept.left(session.tenant)
            if isinstance(error, AccessDeniedError) and error.decision.reasons[0] is Reason.SESSION_ENDED:
                raise NotEnteredError(session.tenant) from None
            raise
        return self.context

    # --- addresses ----------------------------------------------------------------------------------------------

    def url(self, *parts: str, **query: str | None) -> str:
        """
        Return the address of a page below the portal: its parts, and what it asks for; empty values are left out.

        Pages about the person stand below the tenant that was entered, if one was, so that a tab stays where it is.
        """
        if self.context is not None and parts and parts[0] in WHEREVER:
            parts = ("t", self.context.tenant, *parts)
        asked = urlencode({name: value for name, value in query.items() if value})
        path = "/".join([self.request.root, *(quote(part, safe="") for part in parts)])
        return f"{path}?{asked}" if asked else path

    def here(self, *parts: str, **query: str | None) -> str:
        """Return the address of a page of the tenant that was entered."""
        if self.context is None:
            raise NotFoundError("page", self.request.path)
        return self.url("t", self.context.tenant, *parts, **query)

    # --- forms --------------------------------------------------------------------------------------------------

    def form(self, *allowed: str) -> Form:
        """Return what was sent, refused if it holds any field but *allowed*; see `forms.received`."""
        return received(self.request.form, allowed, self.request.csrf.name)

    def done(self, to: str, text: str = "", kind: str = "done") -> PageResponse:
        """Return the answer to a form that was accepted: go *to*, and say *text* there."""
        if text:
            self.request.kept.tell(text, kind)
        return Redirect(to)

    def problem(self, error: TenantAccessError) -> Problem:
        """Return what a form's page says about *error*; whoever manages here reads the reasons."""
        answer = answer_to(error)
        self.headers = answer.headers
        if isinstance(error, TooManyAttemptsError):
            minutes = math.ceil(error.retry_after / timedelta(minutes=1))
            return Problem(answer.status, self.words.say("try_again", minutes=minutes))
        if isinstance(error, IllegalTransitionError):
            why, remedy = CONDITIONS.get(error.status, ("", ""))
            told = [self.words.no_step, self.words.sentence(why), self.words.sentence(remedy)]
            return Problem(answer.status, " ".join(part for part in told if part))
        field = error.field if isinstance(error, InvalidInputError) else ""
        if isinstance(error, AccessDeniedError) and self.manages:
            return Problem(answer.status, self.explained(error.decision), field)
        if isinstance(error, InvalidInputError):
            return Problem(
                answer.status, self.words.wrong(error.field, error.rule, scheme_label(self, error.field)), field
            )
        if isinstance(error, UnknownNameError):
            return Problem(answer.status, self.words.no_longer_known)
        if isinstance(error, TakenError) and error.kind == "username":
            return Problem(answer.status, self.words.username_taken, error.kind)
        return Problem(answer.status, self.words.label(answer.detail) or self.words.label(answer.title), field)

    def explained(self, decision: Decision) -> str:
        """Return why, and what to do about it, as an account manager reads it; empty for what is allowed."""
        if decision:
            return ""
        why = "; ".join(self.words.label(EXPLANATIONS[reason][0]) for reason in decision.reasons)
        return " ".join(part for part in (self.words.sentence(why), self.words.sentence(decision.remedy)) if part)

    # --- what is open here --------------------------------------------------------------------------------------

    @property
    def by(self) -> AccessContext:
        """Who acts on pages of a tenant: the visitor, in the tenant that was entered."""
        if self.context is None:
            raise NotFoundError("page", self.request.path)
        return self.context

    @property
    def manages(self) -> bool:
        """Whether the visitor holds the highest level on the managing resource of the tenant that was entered."""
        return self._holds(self.access.catalog.ladder.highest.rank)

    @property
    def sees_roster(self) -> bool:
        """Whether the visitor at least views the managing resource of the tenant that was entered."""
        return self._holds(1)

    def _holds(self, rank: int) -> bool:
        catalog, context = self.access.catalog, self.context
        actions = catalog.resource(catalog.managed_by).actions
        return context is not None and any(
            level.rank >= rank and context.allows(catalog.managed_by, action) for action, level in actions.items()
        )


def scheme_label(visit: Visit, key: str) -> str:
    """Return what the host calls the numbers of the scheme *key*; empty if there is none."""
    return next((visit.words.label(one.label) for one in visit.access.catalog.schemes if one.key == key), "")
