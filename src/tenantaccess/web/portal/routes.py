"""All pages, in one table that is read from the top."""

from collections.abc import Sequence
from typing import Final

from tenantaccess.web.portal.pages import (
    account,
    adding,
    arrivals,
    audit,
    copy_jobs,
    copy_picking,
    copying,
    inviting,
    joining,
    links,
    me,
    opening,
    operator,
    overseeing,
    privileges,
    roles,
    settings,
    sign_in,
    suspending,
    switcher,
    tokens,
    user,
    users,
    users_review,
)
from tenantaccess.web.portal.routing import Route

ROUTES: Final[Sequence[Route]] = (
    *switcher.ROUTES,
    *sign_in.ROUTES,
    *me.ROUTES,
    *joining.ROUTES,
    *links.ROUTES,
    *privileges.ROUTES,
    *users.ROUTES,
    *account.ROUTES,
    *arrivals.ROUTES,
    *tokens.ROUTES,
    *roles.ROUTES,
    *copying.ROUTES,
    *copy_picking.ROUTES,
    *copy_jobs.ROUTES,
    *audit.ROUTES,
    *users_review.ROUTES,
    *settings.ROUTES,
    *operator.ROUTES,
    *opening.ROUTES,
    *overseeing.ROUTES,
    *suspending.ROUTES,
    *inviting.ROUTES,
    *adding.ROUTES,
    *user.ROUTES,
)
