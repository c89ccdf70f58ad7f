"""``{% load tenantaccess %}``: what whoever asks may do, and the list of tenants to switch between."""

from typing import Any

from django.utils.safestring import SafeString, mark_safe

from django import template
from tenantaccess.errors import MisuseError
from tenantaccess.web.django import asking, rendering
from tenantaccess.web.django.answering import mounted
from tenantaccess.web.django.current import access_of

register = template.Library()


@register.simple_tag(takes_context=True)
def allowed(context: Any, resource: str, action: str) -> bool:  # noqa: ANN401  # the framework's context
    """
    Tell whether whoever asks may do *action* on *resource* in the tenant of the request.

    ``{% allowed "claims" "submit" as may_submit %}``. An undeclared word is an error, not a no.
    """
    return access_of(context["request"]).allows(resource, action)


@register.simple_tag(takes_context=True)
def switcher(context: Any) -> SafeString:  # noqa: ANN401  # as above
    """
    Return the portal's list of tenants, for the top of the project's own pages; nothing for whoever is nobody.

    Switching leads back to the same page: of the other tenant, if the address names one.
    """
    request, root = context["request"], mounted()
    if root is None:
        raise MisuseError('mount the portal: path("access/", include("tenantaccess.web.django.urls"))')
    shown = asking.switcher(request, root)
    if shown is None:
        return mark_safe("")
    return mark_safe(rendering.render("tenantaccess/elements/switcher.html", shown, None))  # noqa: S308  # escaped by the engine
