"""Pages of a practice."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinic.models import Claim, Worker


@login_required
def claims(request: HttpRequest) -> HttpResponse:
    """Show the claims of one's practice, and submit one."""
    practice = request.user.worker.practice
    if request.method == "POST":
        Claim.objects.create(practice=practice, patient=request.POST["patient"], amount=request.POST["amount"])
        return redirect("claims")
    listed = Claim.objects.filter(practice=practice)
    return render(request, "clinic/claims.html", {"practice": practice, "claims": listed, "may_submit": True})


@login_required
def staff(request: HttpRequest) -> HttpResponse:
    """Show who works for one's practice; for its admins."""
    if not request.user.worker.is_admin:
        raise PermissionDenied
    listed = Worker.objects.filter(practice=request.user.worker.practice)
    return render(request, "clinic/staff.html", {"staff": listed})
