"""The whole story, chapter by chapter."""

from pathlib import Path

from tenantaccess import TenantAccess
from tenantaccess.demo.chapters import evidence, managing, opening, privileges, registering, silence
from tenantaccess.demo.stage import Stage, StoryClock
from tenantaccess.demo.telling import Teller
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore


def play(database: Path, teller: Teller) -> None:
    """
    Play the story on a fresh SQLite *database*.

    Raises:
        PlotError: something answered otherwise than told.
    """
    store = SQLAlchemyStore(f"sqlite:///{database}")
    store.create_all()
    clock = StoryClock()
    stage = Stage(TenantAccess(store, CATALOG, clock=clock), clock, teller)
    try:
        riverside, lakeside, tom = opening.practices(stage)
        maria = opening.first_manager(stage, riverside)
        jo = registering.somebody_registers(stage, riverside)
        registering.the_manager_approves(stage, riverside, maria, jo)
        registering.asking(stage, riverside, lakeside, jo)
        pat = privileges.the_matrix(stage, riverside, maria, jo)
        privileges.old_page_and_own_row(stage, riverside, maria, jo)
        privileges.somebody_elses_password(stage, riverside, maria, pat)
        privileges.a_role_edited(stage, riverside, maria, jo)
        managing.disabled_and_enabled(stage, riverside, maria, jo)
        silence.ninety_days(stage, riverside, maria, jo)
        silence.back_again(stage, (riverside, maria, jo), (lakeside, tom))
        managing.the_last_manager(stage, riverside, maria, jo)
        evidence.the_record(stage, riverside, jo)
        evidence.tampered(stage, store, riverside)
    finally:
        store.dispose()
