"""Practices, who works for them, and their claims."""

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

db = SQLAlchemy()


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
