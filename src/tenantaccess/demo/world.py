"""What the demo's host declares once, and who acts in it; the passwords are public on purpose."""

from typing import Final

from tenantaccess import (
    FULL,
    VIEW,
    Catalog,
    ExternalIdScheme,
    Operator,
    ReferenceSet,
    Resource,
    Role,
    Segment,
)
from tenantaccess.demo.codes import without_fee

CATALOG: Final = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("assessments", "Assessments", {"view": VIEW, "complete": FULL}),
        Resource("health_passport", "Health passport", offered=False),
        Resource("health_record", "Health record", {"view": VIEW}),
        Resource("eligibility", "Eligibility", {"check": VIEW}),
        Resource("authorizations", "Authorizations", {"view": VIEW, "submit": FULL}),
        Resource("codes", "Codes and payers"),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    segments=[Segment("medicaid", "Medicaid"), Segment("medicare", "Medicare")],
    roles=[Role("biller", "Biller", {"claims": FULL, "eligibility": VIEW, "codes": FULL})],
    reference_sets=[
        ReferenceSet("diagnosis_codes", "Diagnosis codes", resource="codes"),
        ReferenceSet(
            "billing_codes", "Billing codes", resource="codes", refers_to=["insurance_payers"], check=without_fee
        ),
        ReferenceSet("insurance_payers", "Insurance payers", resource="codes"),
    ],
)
PAYER: Final = Operator("provider-relations")

RIVERSIDE_TIN: Final = "01-2345678"
MARIAS: Final = "maria knows the way"
JOS: Final = "jo counts the claims"
JOS_NEXT: Final = "jo counts them all again"
TOMS: Final = "tom minds the lake"
TOMS_NEXT: Final = "tom minds another lake"
ANAS: Final = "ana minds the hill"
DESKS: Final = "the billing desk at hilltop"
LEES_FIRST: Final = "chosen by maria, for lee"
LEES: Final = "lee keeps one password only"
PATS: Final = "chosen by tom, for pat"
KIMS: Final = "kim was invited by mail"
OFFICE: Final = "203.0.113.9"
"""Where the master username signs in from, as the host saw it."""
