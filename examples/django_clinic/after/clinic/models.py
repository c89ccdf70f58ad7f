"""Practices, who works for them, and their claims."""

from django.conf import settings
from django.db import models


class Practice(models.Model):
    """One practice."""

    name = models.CharField(max_length=200)
    tin = models.CharField(max_length=9, unique=True)
    tenant_id = models.CharField(max_length=36, unique=True, null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """For which practice a user worked before there was more to it; read by ``manage.py adopt`` alone."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="worker")
    practice = models.ForeignKey(Practice, models.CASCADE)
    is_admin = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user} of {self.practice}"


class Claim(models.Model):
    """One claim of a practice."""

    practice = models.ForeignKey(Practice, models.CASCADE)
    patient = models.CharField(max_length=200)
    amount = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.patient}: {self.amount}"
