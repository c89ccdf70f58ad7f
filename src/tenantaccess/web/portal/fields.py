"""The fields of a form as its page shows them: each with its label, a hint, and what is wrong with it."""

from collections.abc import Mapping, Sequence

import attrs

from tenantaccess.errors import InvalidInputError, TenantAccessError
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.principals import MINIMUM_PASSWORD
from tenantaccess.web.portal.visit import Problem, Visit, scheme_label


@attrs.frozen
class Field:
    """
    One field of a form.

    Args:
        name: As it is sent; unique on its page.
        label: What people read.
        value: What stands in it; never a password.
        type: ``text``, ``password``, ``email`` or ``tel``.
        autocomplete: What browsers and password managers fill in.
        hint: What to type.
        wrong: What is wrong with it.
        is_optional: Whether it may stay empty.
        longest: How much it takes.
    """

    name: str
    label: str
    value: str = ""
    type: str = "text"
    autocomplete: str = "off"
    hint: str = ""
    wrong: str = ""
    is_optional: bool = False
    longest: int = 200

    @property
    def described(self) -> str:
        """The ids of what describes it."""
        told = (("hint", self.hint), ("wrong", self.wrong))
        return " ".join(f"{self.name}-{part}" for part, text in told if text)


def username(visit: Visit, value: str = "", *, name: str = "username", autocomplete: str = "username") -> Field:
    """Return the field for a username."""
    return Field(name, visit.words.username, value, autocomplete=autocomplete)


def password(visit: Visit, name: str = "password", label: str = "", *, is_new: bool = False) -> Field:
    """Return the field for a password: one that is known, or one that is chosen."""
    return Field(
        name,
        label or visit.words.password,
        type="password",
        autocomplete="new-password" if is_new else "current-password",
        hint=visit.words.say("password_hint", least=MINIMUM_PASSWORD) if is_new else "",
        longest=1024,
    )


def repeated(visit: Visit, name: str = "again") -> Field:
    """Return the field in which a new password is typed once more."""
    return attrs.evolve(password(visit, name, visit.words.again, is_new=True), hint="")


def marked(fields: Sequence[Field], problem: Problem | None) -> list[Field]:
    """Return *fields*, with what *problem* says at the one that it is about."""
    if problem is None:
        return list(fields)
    return [attrs.evolve(one, wrong=problem.text) if one.name == problem.field else one for one in fields]


def refused(
    visit: Visit, error: TenantAccessError, names: Mapping[str, str] = EMPTY, labels: Mapping[str, str] = EMPTY
) -> Problem:
    """
    Return what *error* says about a field.

    Args:
        visit: The visit.
        error: Why the form was refused.
        names: What the library's field is called on this page.
        labels: What people read there, where it is not what they read elsewhere.
    """
    problem = visit.problem(error)
    if not isinstance(error, InvalidInputError):
        return problem
    name = names.get(error.field, error.field)
    label = scheme_label(visit, error.field) or labels.get(name, "")
    return Problem(problem.status, visit.words.wrong(name, error.rule, label), name)
