"""Answers to requests: what the portal says, and what becomes of an error in a project's own view."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.log import log_response

from tenantaccess.errors import AccessDeniedError, MisuseError, OutageError, TenantAccessError
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.web import answers
from tenantaccess.web.answers import Answer, answer_to
from tenantaccess.web.django import asking, identity
from tenantaccess.web.django.rendering import rendered
from tenantaccess.web.portal import (
    HEADERS,
    File,
    NotEnteredError,
    Page,
    PageResponse,
    Redirect,
    SignInNeededError,
    headers_of,
)

R = TypeVar("R", bound=HttpResponseBase)

HTML: Final = "text/html"
KINDS: Final = [HTML, answers.PROBLEM, "application/json"]
READS: Final = frozenset({"GET", "HEAD"})
ENDED: Final = answer_to(AccessDeniedError(denied(Reason.SESSION_ENDED, about="enter")))
SERVER: Final = 500


def sent(answer: PageResponse, request: HttpRequest | None) -> HttpResponseBase:
    """Return what the portal answers as Django sends it; without a *request*, the project adds nothing to a page."""
    match answer:
        case Redirect():
            return see_other(answer)
        case Page():
            return page(answer, request)
        case File():
            return _with_headers(_file(answer, request), answer)


def see_other(answer: Redirect) -> HttpResponse:
    """Return the way to another page."""
    made = HttpResponseRedirect(answer.to, headers=dict(HEADERS))
    made.status_code = 303
    return made


def page(answer: Page, request: HttpRequest | None) -> HttpResponse:
    """Return a page; without a *request*, the project adds nothing to it."""
    return _with_headers(HttpResponse(rendered(answer, request), status=answer.status), answer)


def _with_headers(made: R, answer: Page | File) -> R:
    for name, value in headers_of(answer).items():
        made.headers[name] = value
    return made


def _file(answer: File, request: HttpRequest | None) -> HttpResponseBase:
    if isinstance(answer.body, Sequence):
        return HttpResponse(b"".join(answer.body), content_type=answer.content_type)
    body = _later(iter(answer.body)) if isinstance(request, ASGIRequest) else answer.body
    return StreamingHttpResponse(body, content_type=answer.content_type)


async def _later(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield *body*, each part made where the database may be asked."""
    while part := await sync_to_async(lambda: next(body, b""))():
        yield part


def answered(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return the answer to *error*, for people or for programs; None if it is not the library's to answer."""
    match error:
        case SignInNeededError():
            made = _to_sign_in(request)
        case NotEnteredError(tenant=tenant):
            made = _to_list(request, tenant)
        case MisuseError():  # the project's own fault: it shall see it
            return None
        case TenantAccessError():
            made = _told(request, error)
        case _:
            return None
    patch_vary_headers(made, ["Accept"])
    if made.status_code >= SERVER:
        log_response("%s: %s", type(error).__name__, request.path, response=made, request=request, exception=error)
    return made


def is_for_people(request: HttpRequest) -> bool:
    """Tell whether a page is wanted rather than a document for a program."""
    return request.get_preferred_type(KINDS) in {HTML, None}


def problem(answer: Answer) -> JsonResponse:
    """Return *answer* for a program."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **answer.headers}
    return JsonResponse(answer.problem, status=answer.status, content_type=answers.PROBLEM, headers=headers)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if identity.is_somebody(getattr(request, "user", None)):
        logout(request)  # what they signed in with has ended meanwhile
    if not is_for_people(request):
        return problem(answers.SIGN_IN)
    return redirect_to_login(request.get_full_path() if request.method in READS else "/")


def _to_list(request: HttpRequest, tenant: str) -> HttpResponse:
    """Lead to where one enters what has ended, or to the tenant to begin with, and back."""
    root, answer = mounted(), ENDED if tenant else answers.NOT_FOUND
    if not is_for_people(request):
        return problem(answer)
    if root is None or request.method not in READS:
        return _page(request, answer)
    asked = {"next": request.get_full_path()}
    to = f"{root}/tenants?{urlencode({'to': tenant, **asked})}" if tenant else f"{root}/?{urlencode(asked)}"
    return see_other(Redirect(to))


def _told(request: HttpRequest, error: TenantAccessError) -> HttpResponse:
    answer = answer_to(error)
    return _page(request, answer, error) if is_for_people(request) else problem(answer)


def _page(request: HttpRequest, answer: Answer, error: TenantAccessError | None = None) -> HttpResponse:
    root = mounted()
    if root is None:
        text = f"{answer.title}. {answer.detail}".strip()
        kind = "text/plain; charset=utf-8"
        return HttpResponse(text, status=answer.status, content_type=kind, headers=dict(answer.headers))
    if error is None:
        return page(asking.told(request, root, answer), request)
    # While the database is down, what the project adds to each page may ask it, too.
    return page(asking.refused(request, root, error), None if isinstance(error, OutageError) else request)


def mounted() -> str | None:
    """Return where the portal is; None if the project has no pages of it."""
    try:
        return reverse("tenantaccess:home").rstrip("/")
    except NoReverseMatch:
        return None
