"""The two stories of the sources, chapter by chapter."""

from pathlib import Path
from typing import Final

from tenantaccess import PrincipalId
from tenantaccess.demo.chapters import (
    copying,
    evidence,
    inviting,
    linking,
    managing,
    opening,
    people,
    privileges,
    registering,
    silence,
    switching,
    users,
)
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, staged
from tenantaccess.demo.telling import Teller
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore

INTRODUCTION: Final = (
    "Two stories about access, told by calls on the library and what each of them answered. The people, practices, "
    "payers and billing codes are invented; the diagnosis codes are real. A line that begins with > is a call. Time is "
    "the story's own: it begins on Monday, 2 March 2026."
)


def play(database: Path, teller: Teller) -> int:
    """
    Play both stories on a fresh SQLite *database*, and return how many calls were told.

    Raises:
        PlotError: something answered otherwise than told.
    """
    store = SQLAlchemyStore(f"sqlite:///{database}")
    store.create_all()
    stage = staged(store, teller)
    try:
        stage.tell.say(INTRODUCTION)
        stage.tell.part("Before: the operator")
        cast = opening.practices(stage)
        stage.tell.part("Story one: creating a master username")
        creating_a_master_username(stage, cast)
        stage.tell.part("Story two: what is an Account Manager?")
        jo = what_is_an_account_manager(stage, cast)
        stage.tell.part("After both: people and the record")
        people.adopted(stage, cast)
        evidence.the_record(stage, cast, jo)
        evidence.on_an_earlier_day(stage, cast, jo)
        people.erased(stage, cast, jo)
        evidence.tampered(stage, store, cast.riverside)
    finally:
        store.dispose()
    return stage.tell.calls


def creating_a_master_username(stage: Stage, cast: Cast) -> None:
    """Play the first source: link accounts, choose among them, set privileges, copy codes."""
    lee = linking.allow_account_access(stage, cast)
    linking.access_other_accounts(stage, cast, lee)
    linking.with_acceptance(stage, cast, lee)
    tabs = switching.the_drop_down(stage, cast, lee)
    pat = privileges.the_matrix(stage, cast, lee)
    privileges.two_editors(stage, cast, lee, pat, tabs[0])
    privileges.segments_and_unused(stage, cast, pat)
    copying.entered_in_one_account(stage, cast, lee)
    copying.copy_codes(stage, cast, lee)
    switching.come_back(stage, cast, lee, tabs)
    linking.what_a_link_rests_on(stage, cast, lee)


def what_is_an_account_manager(stage: Stage, cast: Cast) -> PrincipalId:
    """Play the second source: users verified, invited, searched, disabled and enabled; return who manages at last."""
    jo = registering.somebody_registers(stage, cast)
    registering.verification_pending(stage, cast, jo)
    registering.asking(stage, cast, jo)
    privileges.access_levels(stage, cast, jo)
    kim = inviting.invite_a_user(stage, cast)
    inviting.the_inviter_demoted(stage, cast, kim)
    users.search_for_user(stage, cast, kim)
    managing.password_reset(stage, cast, jo)
    managing.disabled_and_enabled(stage, cast, jo)
    silence.ninety_days(stage, cast, jo)
    silence.back_again(stage, cast, jo)
    managing.the_last_manager(stage, cast, jo)
    return jo
