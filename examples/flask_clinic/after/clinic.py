"""Claims of medical practices, as a small Flask application: who sees and submits them is set for each person."""

from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import check_password_hash

from tenantaccess.stores.sqlalchemy import Enrolment

db = SQLAlchemy()
logins = LoginManager()
logins.login_view = "sign_in"


class Practice(db.Model):  # type: ignore[name-defined, misc]  # the extension makes its base at run time
    """One practice."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tin: Mapped[str]
    tenant_id: Mapped[str | None] = mapped_column(unique=True)


class User(UserMixin, db.Model):  # type: ignore[name-defined, misc]
    """Somebody who works for practices; for which one they did is read by ``flask adopt`` alone."""

    __table_args__ = {"sqlite_autoincrement": True}
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    password_hash: Mapped[str]
    practice_id: Mapped[int] = mapped_column(db.ForeignKey("practice.id"))
    is_admin: Mapped[bool] = mapped_column(default=False)


class Claim(db.Model):  # type: ignore[name-defined, misc]
    """One claim of a practice."""

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(db.ForeignKey("practice.id"), index=True)
    patient: Mapped[str]
    amount: Mapped[str]


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
    from access import init_access  # the tables above come first

    from tenantaccess.web.flask import current_access, current_tenant, enter_tenant, requires

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
                principal = Enrolment(access.store).enrol(user.id)
                begun = access.contexts.default(principal)
                if begun is not None:
                    enter_tenant(begun)
                return redirect(url_for("claims"))
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
