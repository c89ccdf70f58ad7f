"""
Every word that the pages say, by name; English here, and whatever a host's catalogue makes of it (gettext).

Templates say ``{{ t.save }}``; what holds a value is said in Python, by `Words.say`. There are no plurals to decline:
counts stand beside their word.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from tenantaccess.errors import UnknownNameError
from tenantaccess.model.frozen import frozen
from tenantaccess.web.portal.labels import LABELS, UNSEEN
from tenantaccess.web.portal.words.account import ACCOUNT
from tenantaccess.web.portal.words.adding import ADDING
from tenantaccess.web.portal.words.around import AROUND
from tenantaccess.web.portal.words.arriving import ARRIVING
from tenantaccess.web.portal.words.copying import COPYING
from tenantaccess.web.portal.words.evidence import EVIDENCE
from tenantaccess.web.portal.words.granting import GRANTING
from tenantaccess.web.portal.words.inviting import INVITING
from tenantaccess.web.portal.words.joining import JOINING
from tenantaccess.web.portal.words.matrix import MATRIX
from tenantaccess.web.portal.words.mine import MINE
from tenantaccess.web.portal.words.operating import OPERATING
from tenantaccess.web.portal.words.roles import ROLES
from tenantaccess.web.portal.words.roster import ROSTER
from tenantaccess.web.portal.words.signing import SIGNING
from tenantaccess.web.portal.words.switching import SWITCHING
from tenantaccess.web.portal.words.user import USER

CATALOGUE: Final[Mapping[str, str]] = frozen(
    {
        **AROUND,
        **ADDING,
        **INVITING,
        **OPERATING,
        **USER,
        **EVIDENCE,
        **ROLES,
        **ROSTER,
        **GRANTING,
        **MATRIX,
        **MINE,
        **SIGNING,
        **SWITCHING,
        **JOINING,
        **ACCOUNT,
        **ARRIVING,
        **COPYING,
    }
)
"""All of them; ``python -m tenantaccess.web.portal.words`` lists them for translators."""

QUOTED: Final = re.compile("`([^`]+)`")
"""What the library names in a rule: a field, or an example."""


@attrs.frozen(slots=False)
class Words:
    """
    What the pages of one visit say.

    Args:
        gettext: Translates a text.
        nouns: What the host calls a tenant: ``tenant``, ``tenants``, ``Tenant``, ``Tenants``.
    """

    _gettext: Callable[[str], str]
    _nouns: Mapping[str, str]

    def say(self, name: str, /, **values: object) -> str:
        """
        Return what *name* says, with *values* put in.

        Raises:
            UnknownNameError: the catalogue has no such name.
        """
        english = CATALOGUE.get(name)
        if english is None:
            raise UnknownNameError("word", name)
        return self._gettext(english) % {**self._nouns, **values}

    def label(self, text: str) -> str:
        """Return *text*, which the host or the library declared, in the visitor's language."""
        return self._gettext(text) if text else ""

    def sentence(self, text: str) -> str:
        """Return *text*, which the library says in the middle of a line, as a sentence of its own."""
        told = self.label(text)
        return f"{told[:1].upper()}{told[1:]}." if told else ""

    def field(self, name: str) -> str:
        """Return the label of the control that fills the library's field *name*; empty if nobody fills it by hand."""
        word = LABELS.get(name, name)
        return self.say(word) if word in CATALOGUE and name not in UNSEEN else ""

    def wrong(self, field: str, rule: str, label: str = "") -> str:
        """
        Return what is wrong with *field*, by the name that people read on the page.

        Args:
            field: As the library calls it.
            rule: What it breaks; fields that this names in backticks are named as people read them, too.
            label: What the page calls the field, where it has a name of its own for it.
        """
        named = label or self.field(field)
        if not named:
            return self.out_of_date
        # What is said of it follows its name at once; what it must be, after a colon.
        joint = " " if rule.startswith("is ") else ": "
        said = QUOTED.sub(lambda found: f"“{self.field(found[1]) or found[1]}”", self.label(rule))
        return f"{named}{joint}{said}."

    def __getattr__(self, name: str) -> str:
        if name not in CATALOGUE:
            raise AttributeError(name)
        return self.say(name)
