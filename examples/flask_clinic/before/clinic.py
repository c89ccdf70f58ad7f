"""Claims of medical practices, as a small Flask application: everybody of a practice sees and submits all of it."""

from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
from flask_wtf import CSRFProtect
from models import Claim, Practice, User, db
from werkzeug.security import check_password_hash

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
                return redirect(url_for("claims"))
            problem = "This does not go together."
        return render_template("sign_in.html", problem=problem)

    @app.post("/sign-out")
    def sign_out() -> Any:
        logout_user()
        return redirect(url_for("sign_in"))

    @app.get("/claims")
    @login_required
    def claims() -> Any:
        practice = db.session.get_one(Practice, current_user.practice_id)
        listed = db.session.scalars(db.select(Claim).filter_by(practice_id=practice.id).order_by(Claim.id))
        return render_template("claims.html", practice=practice, claims=listed, may_submit=True)

    @app.post("/claims")
    @login_required
    def submit() -> Any:
        practice = db.session.get_one(Practice, current_user.practice_id)
        db.session.add(Claim(practice_id=practice.id, patient=request.form["patient"], amount=request.form["amount"]))
        db.session.commit()
        return redirect(url_for("claims"))

    @app.get("/staff")
    @login_required
    def staff() -> Any:
        if not current_user.is_admin:
            abort(403)
        listed = db.session.scalars(db.select(User).filter_by(practice_id=current_user.practice_id))
        return render_template("staff.html", staff=listed)

    return app
