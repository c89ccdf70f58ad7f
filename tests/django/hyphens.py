"""A catalog whose words are no identifiers, as a host may write one."""

from tenantaccess.model.catalog import Catalog, Resource

CATALOG = Catalog(resources=[Resource("health-record", "Health record")], managed_by="health-record")
