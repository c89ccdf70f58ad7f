"""Claims of medical practices, as a small Flask application: who sees and submits them is set for each person."""

from typing import Any

from access import init_access
from flask import Flask, redirect, render_template, request, url_for
from flask_login import LoginManager, login_user, logout_user
from flask_wtf import CSRFProtect
from models import Claim, Practice, User, db
from werkzeug.security import check_password_hash

from tenantaccess.stores.sqlalchemy import Enrolment
from tenantaccess.web.flask import current_access, current_tenant, requires

logins = LoginManager()
logins.login_view = "sign_in"


@logins.user_loader
def load_user(key: str) -> User | None:
    """Return who is signed in."""
    return db.session.get(User, int(key))


def create_app(**config: Any) -> Flask:
    """Return the application."""
    app = Flask(__name__)
    app.config.from_mapping(SQLALCHEMY_DATABASE_URI="sqlite:///clinic.db", SECRET_KEY="change me")
    app.config.from_mapping(config)
    db.init_app(app)
    logins.init_app(app)
    CSRFProtect(app)
    access = init_access(app)

    @app.get("/")
    def home() -> Any:
        return redirect(url_for("claims"))

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> Any:
        problem = ""
        if request.method == "POST":
            user = db.session.scalar(db.select(User).filter_by(login=request.form["login"]))
            if user is not None and check_password_hash(user.password_hash, request.form["password"]):
                login_user(user)
                Enrolment(access.store).enrol(user.id)
                return redirect(url_for("tenantaccess.home", next=url_for("claims")))
            problem = "This does not go together."
        return render_template("sign_in.html", problem=problem)

    @app.post("/sign-out")
    def sign_out() -> Any:
        logout_user()
        return redirect(url_for("sign_in"))

    def practice() -> Practice:
        return db.session.scalars(db.select(Practice).filter_by(tenant_id=str(current_tenant))).one()

    @app.get("/claims")
    @requires("claims", "view")
    def claims() -> Any:
        here = practice()
        listed = db.session.scalars(db.select(Claim).filter_by(practice_id=here.id).order_by(Claim.id))
        may_submit = current_access.allows("claims", "submit")
        return render_template("claims.html", practice=here, claims=listed, may_submit=may_submit)

    @app.post("/claims")
    @requires("claims", "submit")
    def submit() -> Any:
        db.session.add(Claim(practice_id=practice().id, patient=request.form["patient"], amount=request.form["amount"]))
        db.session.commit()
        return redirect(url_for("claims"))

    return app
