"""The portal: finds the page that a request asks for, and answers whatever becomes of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import (
    AccessDeniedError,
    MisuseError,
    NotFoundError,
    OutageError,
    RefusedError,
    TenantAccessError,
    UnknownNameError,
)
from tenantaccess.ids import TENANT, ResourceKey, TenantId, is_id
from tenantaccess.model.decisions import Decision, Reason
from tenantaccess.web import answers
from tenantaccess.web.portal import layout, static
from tenantaccess.web.portal.exchange import Page, PageRequest, PageResponse, Redirect
from tenantaccess.web.portal.routes import ROUTES
from tenantaccess.web.portal.routing import matched, methods
from tenantaccess.web.portal.visit import WHEREVER, NotEnteredError, PortalSettings, SignInNeededError, Visit

FOR_THE_SIGNED_IN: Final = frozenset({"t", "switch", "join", "links", "copy", "account", "sign-out"})
"""How the addresses of forms begin that nobody fills in without being signed in."""


def unheard(_: TenantAccessError) -> None:
    """Do nothing: nobody was named to be told."""


@attrs.frozen
class Portal:
    """
    Every page there is, without any framework: a request goes in, an answer comes out.

    Args:
        access: The library.
        settings: What the host says about its portal.
        on_fault: Is told of what no visitor can help, an outage or a misuse, for whoever looks after the host.
    """

    access: TenantAccess
    settings: PortalSettings = attrs.field(factory=PortalSettings)
    on_fault: Callable[[TenantAccessError], object] = unheard

    def respond(self, request: PageRequest) -> PageResponse:
        """Return the answer to *request*; whatever the library refuses is a page that says so."""
        visit = Visit(self.access, self.settings, request)
        try:
            return self._answered(visit)
        except SignInNeededError:
            return self._to_sign_in(visit)
        except NotEnteredError as missing:
            back = request.path if request.method == "GET" else f"/t/{missing.tenant}"
            return Redirect(visit.url("tenants", to=missing.tenant, next=f"{request.root}{back}"))
        except TenantAccessError as error:
            return self._refused(visit, error, _named(request.path))

    def refusal(self, request: PageRequest, error: TenantAccessError, tenant: TenantId | None = None) -> Page:
        """Return the page that says what *error* does, raised in a view of the host's about *tenant*."""
        return self._refused(Visit(self.access, self.settings, request), error, tenant)

    def _answered(self, visit: Visit) -> PageResponse:
        request = visit.request
        if request.method == "GET" and request.path.startswith("/static/"):
            found = static.served(request.path.removeprefix("/static/"))
            if found is None:
                raise NotFoundError("page", request.path)
            return found
        path = _own_path(request.path)
        match = matched(ROUTES, request.method, path)
        if match is None:
            if allowed := methods(ROUTES, path):
                return layout.error_page(visit, attrs.evolve(answers.METHOD, headers={"Allow": ", ".join(allowed)}))
            raise NotFoundError("page", request.path)
        if request.method != "GET" and not request.is_genuine:
            if _is_gone(request):
                raise SignInNeededError
            return layout.error_page(visit, answers.FORGED)
        handler, names = match
        if path != request.path:
            # It is about the person alone, so that a tenant which is closed to them does not keep it from them.
            with suppress(RefusedError, UnknownNameError, NotEnteredError):
                visit.enter(request.path.split("/")[2])
        return handler(visit, **names)

    def _to_sign_in(self, visit: Visit) -> PageResponse:
        request, was_sent = visit.request, visit.request.method != "GET"
        back = f"{request.root}/" if was_sent else f"{request.root}{request.path}"
        if self.settings.sign_in:
            if was_sent:
                request.kept.tell(visit.words.signed_out_meanwhile, "note")
            joint = "&" if "?" in self.settings.sign_in else "?"
            return Redirect(f"{self.settings.sign_in}{joint}{urlencode({'next': back})}")
        # The address says it: a session that is written to here is one that another answer may just have renewed.
        return Redirect(visit.url("sign-in", next=back, meanwhile="1" if was_sent else None))

    def _refused(self, visit: Visit, error: TenantAccessError, tenant: TenantId | None) -> Page:
        answer = answers.answer_to(error)
        if isinstance(error, MisuseError | OutageError):
            self.on_fault(error)
        if isinstance(error, AccessDeniedError) and answer.status == answers.DENIED.status:
            text = visit.explained(error.decision) if visit.manages else ""
            missing = self._missing(visit, error.decision)
            return layout.error_page(visit, answer, text, self._helpers(visit, tenant), missing)
        return layout.error_page(visit, answer)

    def _missing(self, visit: Visit, decision: Decision) -> str:
        """Return which portion it was about, by its label: what was asked for, or managing."""
        catalog = self.access.catalog
        labels = {resource.key: visit.words.label(resource.label) for resource in catalog.resources}
        if decision.reasons[0] in {Reason.NOT_MANAGER, Reason.RESTING}:
            return labels[catalog.managed_by]
        return labels.get(ResourceKey(decision.about.rpartition(" ")[2]), "")

    def _helpers(self, visit: Visit, tenant: TenantId | None) -> tuple[str, ...]:
        """Return who could help the visitor in *tenant*; nobody where that is not theirs."""
        principal = visit.request.visitor.principal
        if principal is None or tenant is None:
            return ()
        try:
            return self.access.contexts.who_can_help(tenant, principal)
        except TenantAccessError:
            return ()


def _is_gone(request: PageRequest) -> bool:
    """Tell whether a form was sent by nobody from a page for people who are signed in: they have signed out since."""
    visitor = request.visitor
    is_nobody = visitor.principal is None and visitor.operator is None
    return is_nobody and request.path.split("/")[1] in FOR_THE_SIGNED_IN


def _own_path(path: str) -> str:
    """Return the path of a page about the person without the tenant that it is opened in: ``/t/<tenant>/copy``."""
    parts = path.split("/", 3)
    is_own = len(parts) > 3 and parts[1] == "t" and parts[3].partition("/")[0] in WHEREVER  # noqa: PLR2004  # as above
    return f"/{parts[3]}" if is_own else path


def _named(path: str) -> TenantId | None:
    """Return the tenant that the address of a page names: ``/t/<tenant>/...``."""
    parts = path.split("/")
    return TenantId(parts[2]) if len(parts) > 2 and is_id(parts[2], TENANT) else None  # noqa: PLR2004  # as above
