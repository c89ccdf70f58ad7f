"""
Loads the diagnosis codes, as a process of its own: ``python -m tenantaccess.demo.host.loading DATABASE TENANT``.

Reading ICD-10-CM takes some seconds and 190 MB; here, neither stands in the way of whoever visits the demo. Each line
that it prints is how many codes have landed, and of how many.
"""

import sys

from tenantaccess import TenantAccess, TenantId
from tenantaccess.demo.codes import diagnosis_codes
from tenantaccess.demo.world import CATALOG, PAYER
from tenantaccess.model.copying import Tally
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore


def main(database: str, tenant: str) -> None:
    """Load them into the *database* file, for *tenant*."""
    codes = diagnosis_codes()
    store = SQLAlchemyStore(f"sqlite:///{database}")
    access = TenantAccess(store, CATALOG)

    def tell(done: Tally) -> None:
        print(done.added + done.updated + done.identical, len(codes), flush=True)

    print(0, len(codes), flush=True)
    access.records.load(TenantId(tenant), "diagnosis_codes", codes, on_progress=tell, by=PAYER)
    store.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
