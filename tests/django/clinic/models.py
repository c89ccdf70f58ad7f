"""What a host keeps of each tenant."""

from django.db import models


class Claim(models.Model):
    tenant_id = models.CharField(max_length=40)
    title = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.title
