"""Master files: the real diagnosis codes of ICD-10-CM, and billing codes and payers that are invented, and say so."""

import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final

from tenantaccess import ReferenceRecord

ICD_10_CM: Final = "simple_icd_10_cm"
INVENTED: Final = "(invented)"


def diagnosis_codes() -> Sequence[ReferenceRecord]:
    """Return the billable codes of ICD-10-CM in their order: those that no other one is part of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how that package reads its own files
        known = import_module(ICD_10_CM)
    # Blocks without categories of their own, such as C00-C96, are headings; some categories are listed twice.
    billable = (code for code in known.get_all_codes() if "-" not in code and known.is_leaf(code))
    return [ReferenceRecord(code, " ".join(known.get_description(code).split())) for code in dict.fromkeys(billable)]


def insurance_payers() -> Sequence[ReferenceRecord]:
    """Return payers that do not exist."""
    names = ("Bluebird Health", "Harbor Mutual", "Northwind Care", "Pinecone Assurance")
    return [ReferenceRecord(f"PAY-{number:02}", f"{name} {INVENTED}") for number, name in enumerate(names, 1)]


def billing_codes() -> Iterator[ReferenceRecord]:
    """Yield billing codes that do not exist, each with a fee and the payer that it is billed to."""
    services = ("Office visit, short", "Office visit, long", "House call", "Telephone advice", "Vaccination", "X-ray")
    for number, service in enumerate(services):
        content = {"fee": "on request" if service == "House call" else f"{40 + 15 * number}.00"}
        refers = {"insurance_payers": f"PAY-{number % 4 + 1:02}"}
        yield ReferenceRecord(f"BILL-{number + 1:03}", f"{service} {INVENTED}", content, refers)


def without_fee(record: ReferenceRecord) -> str:
    """Say what is wrong with a billing code: the check of its set."""
    digits = record.content.get("fee", "").replace(".", "")
    return "" if digits.isdigit() else "the fee must be a number"
