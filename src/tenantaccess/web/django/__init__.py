"""The Django app: put ``tenantaccess.web.django`` into ``INSTALLED_APPS``."""
