"""What the project says about access: its words, and the operator who brings its people along."""

from tenantaccess import FULL, VIEW, Catalog, ExternalIdScheme, Operator, Resource

CATALOG = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
)
US = Operator("claims-desk")
