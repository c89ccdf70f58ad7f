"""The middleware: gives each request its access, and answers what the library refuses in the project's own views."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenantaccess.web.django.answering import answered
from tenantaccess.web.django.current import CurrentAccess, _current

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class AccessMiddleware:
    """
    Gives each request ``request.access``, and code that has no request `current_access`; asks nothing by itself.

    Stands after Django's ``AuthenticationMiddleware``, under WSGI and under ASGI. What is current is put back however
    a request ends, so that nothing of it is met by the next one.

    Args:
        get_response: What answers the request.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401  # an answer, or one that is awaited
        """Answer *request*."""
        if iscoroutinefunction(self):
            return self._later(request)
        entered = _current.set(_given(request))
        try:
            return self._get_response(request)
        finally:
            _current.reset(entered)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        entered = _current.set(_given(request))
        try:
            return await cast("Awaitable[HttpResponseBase]", self._get_response(request))
        finally:
            _current.reset(entered)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer what the library refuses; anything else is the project's to answer."""
        return answered(request, exception)


def _given(request: HttpRequest) -> CurrentAccess:
    made = CurrentAccess(request)
    request.access = made  # type: ignore[attr-defined]  # what a middleware adds is known to nobody
    return made
