"""
Print a template for translators: every text that pages and mails show, in the format of gettext.

    python -m tenantaccess.web.portal.words > portal.pot
"""

import ast
import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from tenantaccess.model.catalog import BUILT_IN
from tenantaccess.model.decisions import EXPLANATIONS
from tenantaccess.model.levels import Ladder
from tenantaccess.rules.passwords import FAULTS
from tenantaccess.services.wording import texts
from tenantaccess.web import answers
from tenantaccess.web.portal.words import CATALOGUE

HEAD: Final = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def messages() -> list[str]:
    """Return every text that pages and mails pass to gettext, once each, in order; without a host's own labels."""
    said = {
        *CATALOGUE.values(),
        BUILT_IN.label,
        *(level.label for level in Ladder().steps),
        *_rules(),
        *FAULTS,
        *texts(),
    }
    for why, way in EXPLANATIONS.values():
        said.update((why, way))
    for answer in (*answers.TABLE.values(), answers.FORGED, answers.METHOD, answers.SIGN_IN):
        said.update((answer.title, answer.detail))
    return sorted(said - {""})


def _rules() -> Iterator[str]:
    """Yield what can be wrong with a field, as the package says it where it refuses one."""
    for path in sorted(Path(str(files("tenantaccess"))).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInputError":
                rule = node.args[1] if len(node.args) > 1 else None
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                    yield rule.value


def template() -> str:
    """Return the template."""
    return "\n".join([HEAD, *(f'msgid {json.dumps(text, ensure_ascii=False)}\nmsgstr ""\n' for text in messages())])


if __name__ == "__main__":
    sys.stdout.write(template())
