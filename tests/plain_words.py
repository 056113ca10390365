"""Finds words for people that stand in code or templates outside the catalogue.

python -m tests.plain_words      lists them
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from tests.catalogue import ROOT, WORDS, sources

WORDY = re.compile(r"[A-Za-zÅÄÖåäö]{2,}[,:]? [A-Za-zÅÄÖåäö]{2,}")
CODE = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|CREATE|DROP|WHERE|IS NULL|IS NOT NULL|COLLATE|SAVEPOINT|RELEASE|ROLLBACK TO)\b"
    r"|^[a-z-]+: |[a-z]=|\w+\([a-z, ]+\)|, max-age|^[A-Z, ]+$|^HX-|no-cache$"
    r"|const \w+=|\" if |'self'|N\{|^[a-z-]+, [a-z, -]+$"
    r"|^(To|Auto-Submitted|Content-[A-Za-z-]+): "
)
LETTERS = re.compile(r"[A-Za-zÅÄÖåäö]{2,}")
MARK = "\ue000"  # stands for whatever Jinja puts in

# The command line and the files that only it shows speak English to the one admin; the demonstration is a
# company's own words; texts for programs (OpenAPI) are English like the names in them.
ENGLISH = (
    "hub/cli/", "hub/migrations/", "hub/settings.py", "hub/backup.py", "hub/store.py", "hub/sqlite.py",
    "hub/postgres.py", "hub/tokens.py", "hub/web/health.py", "crm/demo/", "crm/check.py",
    "crm/company_file.py", "crm/pipeline_file.py",
    "hub/web/openapi.py", "crm/search_index.py", "crm/search_triggers.py",
    "connectors/mail/examination.py", "connectors/mail/published.py", "connectors/telegram/examination.py",
    "connectors/meta/examination.py", "connectors/meta/direct_examination.py", "connectors/whatsapp/examination.py",
    "connectors/viber/examination.py", "connectors/vk/examination.py", "connectors/matrix/examination.py",
    "connectors/mail/bulk_despatch.py", "connectors/mail/bulk_letters.py",
)  # fmt: skip
# Words that are recognised or looked up, not said.
VOCABULARY = (
    "connectors/forms/meanings.py", "connectors/asterisk/refusals.py", "connectors/mail/reply_words.py",
    "crm/addresses.py", "connectors/forms/senders/", "hub/paper_words.py", "crm/price_file.py", "crm/bank_csv.py",
    "crm/spam_words.py",
)  # fmt: skip
KEYS = frozenset({
    "first response", "next response", "at breach", "lunch break", "between shifts", "day off", "relation kind",
    "channel title", "setup seen", "given to", "clocks run", "not done", "it is", " is late", "first name",
    "last name", "middle name", "page url", "Ctrl Enter", "Shift Enter",
    "order confirmation", "installation report", "closing report", "payment received",
    "form submitted", "call answered", "mail received", "stage changed",
    "document signed", "visit done", "left out", "by hand",
    "part payment received", "partly paid", "credit note",
    "WordPress, Elementor Pro", "WordPress, Contact Form 7", "yyyy-mm-dd hh:mm", "no key of this list",
    "no row of this list", "permission denied", "outerHTML settle:0",
    "too big", "temporarily unavailable",
})  # fmt: skip
# Words of faults that only a programmer meets.
FAULTS = frozenset(
    {
        "an amount is smaller than a thousand trillions",
        "a moment needs a time zone: ",
        " has no time zone; moments are aware",
        "an unknown address",
    }
)
# What is not said to people: logs, SQL, faults of the program, descriptions in the API's document.
SILENT = frozenset({
    "debug", "info", "warning", "error", "exception", "text", "exec_driver_sql", "execute", "Meta", "endpoint",
    "some", "compile", "RuntimeError", "NotImplementedError", "TypeError", "AssertionError", "getLogger", "Index",
    "CheckConstraint", "DDL", "literal_column", "cast",
})  # fmt: skip
DESCRIBING = frozenset({"description", "summary", "doc"})
SAID = frozenset(WORDS)
TOLD = frozenset({"title", "aria-label", "placeholder", "alt", "aria-roledescription", "aria-description"})
NAMES = frozenset(
    {
        "BY",
        "long",
        "ringback token create",
        "Ringback",
        "WordPress",
        "Tilda",
        "Wix",
        "Elementor",
        "OpenAPI",
        "PostgreSQL",
        "SQLite",
    }
)


def plain_words() -> Iterator[str]:
    """Give each place: file, line, words."""
    for file in sources(".py"):
        name = str(file.relative_to(ROOT))
        if not name.startswith(ENGLISH + VOCABULARY):
            for line, words in _in_code(file):
                yield f"{name}:{line}: {words}"
    for file in sources(".html"):
        for words in _in_template(file):
            yield f"{file.relative_to(ROOT)}: {words}"
    for file in sources(".js"):
        for words in _in_script(file):
            yield f"{file.relative_to(ROOT)}: {words}"


def _in_script(file: Path) -> Iterator[str]:
    """Give the literals of a script that begin as words do."""
    source = re.sub(r"^\s*//.*$|\s//\s.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for literal in re.findall(r"\"([^\"\\\n]+)\"|'([^'\\\n]+)'|`([^`\\]+)`", source):
        words = next(filter(None, literal))
        if WORDY.search(words) and words[0].isupper():
            yield words


def _in_code(file: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    silent = {id(node) for part in _silent(tree) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
            and WORDY.search(node.value)
            and node.value not in KEYS | FAULTS
            and not _is_code(node.value)
        ):
            yield node.lineno, node.value[:100]


def _silent(tree: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of a module that say nothing to people, or say it through the catalogue."""
    yield from _docstrings(tree)
    for node in ast.walk(tree):
        said = isinstance(node, ast.Call) and _name(node.func) in SILENT | SAID
        if said or (isinstance(node, ast.keyword) and node.arg in DESCRIBING):
            yield node
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            yield node.annotation


def _is_code(text: str) -> bool:
    """Tell SQL, CSS, HTTP and expressions from words."""
    return bool(CODE.search(text))


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for each in body if isinstance(body, list) else ():
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                yield each.value


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _in_template(file: Path) -> Iterator[str]:
    source = file.read_text(encoding="utf-8")
    env = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    yield from _in_expressions(env.parse(source))
    shown = {"variable_begin": MARK, "block_begin": " "}
    text = "".join(value if kind == "data" else shown.get(kind, "")
                   for _line, kind, value in env.lex(source))  # fmt: skip
    reader = _Reader()
    reader.feed(text)
    yield from reader.found


def _in_expressions(tree: nodes.Template) -> Iterator[str]:
    said = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext"}:
            said |= {id(const) for const in call.find_all(nodes.Const)}
    for const in tree.find_all(nodes.Const):
        if (
            isinstance(const.value, str)
            and id(const) not in said
            and WORDY.search(const.value)
            and const.value[0].isupper()
        ):
            yield const.value


class _Reader(HTMLParser):
    """Reads what stands between tags and in the attributes that are told."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        for name, value in attrs:
            if name in TOLD and value and value not in NAMES and LETTERS.search(value.replace(MARK, " ")):
                self.found.append(f"{name}={value.replace(MARK, '…')}")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        words = " ".join(data.replace(MARK, " ").split()).strip(" ·")
        if (
            '="' not in words  # attributes that stand in a variable
            and LETTERS.search(words)
            and words not in NAMES
            and not {"script", "style", "kbd", "code", "pre"} & set(self._open)
        ):
            self.found.append(words)


if __name__ == "__main__":
    for place in plain_words():
        print(place)  # noqa: T201 - for whoever asks
