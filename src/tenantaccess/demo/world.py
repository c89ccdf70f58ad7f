"""What the demo's host declares once, and who acts in it; the passwords are public on purpose."""

from typing import Final

from tenantaccess import FULL, VIEW, Catalog, ExternalIdScheme, Operator, Resource, Role, Segment

CATALOG: Final = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("eligibility", "Eligibility", {"check": VIEW}),
        Resource("authorizations", "Authorizations", {"view": VIEW, "submit": FULL}),
        Resource("health_record", "Health record", {"view": VIEW}),
        Resource("health_passport", "Health passport", offered=False),
        Resource("codes", "Codes and payers"),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    segments=[Segment("medicaid", "Medicaid"), Segment("medicare", "Medicare")],
    roles=[Role("biller", "Biller", {"claims": FULL, "eligibility": VIEW, "codes": FULL})],
)
PAYER: Final = Operator("provider-relations")

RIVERSIDE_TIN: Final = "01-2345678"
MARIAS: Final = "maria knows the way"
JOS: Final = "jo counts the claims"
PATS_FIRST: Final = "chosen by maria, for pat"
PATS: Final = "chosen by pat herself"
TOMS: Final = "tom minds the lake"
ANAS: Final = "ana minds the hill"
