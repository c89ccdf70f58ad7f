"""Guards of a host's views: what is not allowed does not begin."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app

from tenantaccess.errors import MisuseError, UnknownNameError
from tenantaccess.model.contexts import AccessContext
from tenantaccess.web.flask.current import require_context
from tenantaccess.web.flask.installed import installed

P = ParamSpec("P")
R = TypeVar("R")


def require_access(resource: str, action: str) -> AccessContext:
    """
    Pass if whoever is signed in may do *action* on *resource* in the tenant that this request is about.

    Returns:
        The context, `current_access`.

    Raises:
        AccessDeniedError: not allowed, or something stands against the membership.
        NotFoundError: no member of it, or no such tenant: alike.
        TenantNeededError: nothing says which tenant.
        SignInNeededError: nobody is signed in.
        NotEnteredError: what this session entered has ended, and has to be entered anew.
        MisuseError: a word that the catalog does not declare.
    """
    _require_words(resource, action)
    context = require_context()
    context.require(resource, action)
    return context


def requires(resource: str, action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Let a view begin only where `require_access` passes; put it below ``@app.route``, plain and async views alike.

    Args:
        resource: Of the catalog.
        action: Of that resource.
    """

    def guarded(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def begin(*args: P.args, **kwargs: P.kwargs) -> R:
            require_access(resource, action)
            answer: R = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        return begin

    return guarded


def _require_words(resource: str, action: str) -> None:
    """Refuse what only a mistake in the host's own code can ask for."""
    try:
        declared = installed().access.catalog.resource(resource)
    except UnknownNameError as error:
        raise MisuseError(str(error)) from None
    if action not in declared.actions:
        raise MisuseError(f"`{resource}` has no action `{action}`: {', '.join(declared.actions)}")
