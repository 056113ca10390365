"""The catalogue of texts: what the code and the templates say, and what stands in hub/locale.

python -m tests.catalogue      brings every hub/locale/*.po up to date with the texts; new ones stand there untranslated
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from hub.languages import FOLDER, LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent
PARTS = ("hub", "connectors", "crm")
# The words that mark a text, and how many each takes: one, or two forms.
WORDS = {"_": 1, "N_": 1, "said": 1, "ngettext": 2, "nsaid": 2}
WIDTH = 110
TOOLS = re.compile(
    r'^"(?!Language:|Plural|MIME|Content)'
)  # lines of the header that tell of people and tools
HEADER = "# What Ringback says, in this language. Brought up to date by: python -m tests.catalogue"


def texts() -> Catalog:
    """Gather every text that is marked for the catalogue; its place is the file alone, so that lines may move."""
    catalog = Catalog(project="Ringback", charset="utf-8")
    for file, message in _found():
        catalog.add(message, locations=[(str(file.relative_to(ROOT)), None)])
    return catalog


def catalogue(language: str) -> Catalog:
    """Read what stands in hub/locale for a language."""
    file = FOLDER / f"{language}.po"
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def update() -> None:
    """Bring the files up to date."""
    template = texts()
    for language in LANGUAGES:
        if language != SOURCE:
            catalog = catalogue(language)
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            catalog.fuzzy, catalog.header_comment = False, HEADER
            written = io.BytesIO()
            write_po(written, catalog, width=WIDTH, sort_output=True, include_lineno=False)
            head, _sep, rest = written.getvalue().decode().partition("\n\n")
            kept = [line for line in head.splitlines() if not TOOLS.match(line)]
            (FOLDER / f"{language}.po").write_text("\n".join([*kept, "", rest]), encoding="utf-8")


def sources(suffix: str) -> Iterator[Path]:
    """Give the files of the project with this ending."""
    for part in PARTS:
        for file in sorted((ROOT / part).rglob(f"*{suffix}")):
            if not {"node_modules", "static", "migrations"} & set(file.parts):
                yield file


def _found() -> Iterator[tuple[Path, str | tuple[str, ...]]]:
    for file in sources(".py"):
        for message in _marked(ast.parse(file.read_bytes())):
            yield file, message
    for file in sources(".html"):
        options = {
            "extensions": "jinja2.ext.i18n",
            "silent": "false",
            "trim_blocks": "true",
            "lstrip_blocks": "true",
        }
        with file.open("rb") as source:
            for _line, _name, message, _comments in babel_extract(
                source, ["_", "gettext", "ngettext"], [], options
            ):
                if message:  # else what is said stands elsewhere, marked
                    yield file, _alone(message)


def _marked(module: ast.Module) -> Iterator[str | tuple[str, ...]]:
    """Give the texts of a module that stand written out in a call of a marking word."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (forms := WORDS.get(_name(node.func))):
            texts = [each.value for each in node.args[:forms] if isinstance(each, ast.Constant)]
            if len(texts) == forms:  # else what is said stands elsewhere, marked
                yield texts[0] if forms == 1 else tuple(texts)


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _alone(message: str | tuple[str | None, ...]) -> str | tuple[str, ...]:
    """Leave out what is no text: the number and the values."""
    told = (message,) if isinstance(message, str) else tuple(each for each in message if each)
    return told[0] if len(told) == 1 else told


if __name__ == "__main__":
    update()
