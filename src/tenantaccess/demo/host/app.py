"""The host's own application: a page that says what there is to try, the mails, and how far the codes are."""

import hmac
from typing import Any, Final

from flask import Flask, Request, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from tenantaccess import Operator, TenantAccess
from tenantaccess.demo.host import trying
from tenantaccess.demo.host.people import SIGN_INS, Practices
from tenantaccess.demo.host.work import Work
from tenantaccess.demo.world import PAYER
from tenantaccess.web.flask import PortalSettings, TenantAccessFlask, current_access, installed, requires
from tenantaccess.web.portal.exchange import HEADERS
from tenantaccess.web.portal.static import STYLE

OPERATOR: Final = "demo.operator"
TOKEN: Final = "demo.token"  # the name of a session's entry
SETTINGS: Final = PortalSettings(
    brand="Clearwater Health",
    guide="/guide",
    support="Provider relations of Clearwater Health, 555-0199 (invented)",
    tenant="practice",
    tenants="practices",
    links=[("Claims", "/claims"), ("Diagnosis codes", "/codes"), ("Mails", "/outbox"), ("What to try", "/")],
)


def operator_of(request: Request) -> Operator | None:  # noqa: ARG001  # the session is the request's
    """Return the operator, if somebody pressed the button for it; a real host looks at its own staff."""
    return PAYER if session.get(OPERATOR) is True else None


def create_app(access: TenantAccess, practices: Practices, work: Work) -> Flask:
    """Return the application: a few pages of its own, and the portal in one line."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=access.entropy.token(),
        SESSION_COOKIE_NAME="clearwater",
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=["127.0.0.1", "localhost"],
    )
    TenantAccessFlask(app, access, settings=SETTINGS, operator_of=operator_of)
    _add_pages(app, practices, work)

    @app.after_request
    def hardened(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _add_pages(app: Flask, practices: Practices, work: Work) -> None:
    def shown(template: str, title: str, **names: Any) -> str:  # noqa: ANN401  # whatever the page shows
        token = session.setdefault(TOKEN, installed().access.entropy.token())
        style = url_for("tenantaccess.static_file", name=STYLE.name)
        user = installed().identity.load().name
        around = {"title": title, "style": style, "settings": SETTINGS, "token": token, "user": user}
        return render_template(f"demo/{template}", **around, **names)

    @app.get("/")
    def home() -> str:
        operates = operator_of(request) is not None
        names = {"sign_ins": SIGN_INS, "codes": work.codes, "operates": operates}
        portal = url_for("tenantaccess.home").rstrip("/")
        return shown("home.html", "What there is to try", parts=trying.parts(practices, portal), **names)

    @app.get("/codes")
    def codes() -> str:
        return shown("codes.html", "Diagnosis codes", codes=work.codes)

    @app.get("/outbox")
    def outbox() -> str:
        return shown("outbox.html", "Mails", mails=work.outbox.mails)

    @app.get("/guide")
    def guide() -> str:
        return shown("guide.html", "Account Manager User Guide")

    @app.get("/claims")
    @requires("claims", "view")
    def claims() -> str:
        here, access = current_access, installed().access
        return shown(
            "claims.html",
            f"Claims of {access.contexts.mine(here.tenant, here.principal).name}",
            may_submit=here.allows("claims", "submit"),
            is_riverside=here.tenant == practices.riverside,
        )

    _add_acts(app)


def _add_acts(app: Flask) -> None:
    def require_own_form() -> None:
        expected = str(session.get(TOKEN, ""))
        if not expected or not hmac.compare_digest(request.form.get("token", "").encode(), expected.encode()):
            abort(400)

    @app.post("/sign-out")
    def sign_out() -> Response:
        require_own_form()
        session.clear()
        return redirect(url_for("home"), 303)

    @app.post("/operator")
    def operator() -> Response:
        require_own_form()
        session.clear()
        if "end" in request.form:
            return redirect(url_for("home"), 303)
        session[OPERATOR] = True
        return redirect(url_for("tenantaccess.home"), 303)
