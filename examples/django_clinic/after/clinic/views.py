"""Pages of a practice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from clinic.models import Claim, Practice
from tenantaccess.web.django import access_of, requires


def practice_of(request: HttpRequest) -> Practice:
    """Return the practice that the request is about."""
    return Practice.objects.get(tenant_id=access_of(request).context.tenant)


def claims(request: HttpRequest) -> HttpResponse:
    """Show the claims of a practice, or submit one."""
    return submit(request) if request.method == "POST" else listed(request)


@require_GET
@requires("claims", "view")
def listed(request: HttpRequest) -> HttpResponse:
    """Show the claims of the practice."""
    practice = practice_of(request)
    shown = Claim.objects.filter(practice=practice)
    return render(request, "clinic/claims.html", {"practice": practice, "claims": shown})


@require_POST
@requires("claims", "submit")
def submit(request: HttpRequest) -> HttpResponse:
    """Submit a claim."""
    Claim.objects.create(practice=practice_of(request), patient=request.POST["patient"], amount=request.POST["amount"])
    return redirect("claims")
