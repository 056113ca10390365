"""DOCX templates from plain text, so that those which Ringback brings can be read and compared.

# Title                     ## Heading
a paragraph, on as many lines as it needs, with **bold** words
{%p if … %}                 a line of docxtpl's own: for whole paragraphs
| What | Price |            a table, by its first row
|each lines as line| {{ line.name }} | {{ line.price }} |     a row for each
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING

from docx import Document
from docx.shared import Mm, Pt, RGBColor

if TYPE_CHECKING:
    from docx.document import Document as Docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

INK = RGBColor(0x0D, 0x5C, 0x63)
_EACH = re.compile(r"\|each ([\w.]+) as (\w+)(\|.*)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def docx_of(words: str) -> bytes:
    """Write a DOCX template."""
    document = Document()
    _style(document)
    for kind, lines in _blocks(words):
        if kind == "table":
            _add_table(document, lines)
        elif kind.startswith("#"):
            document.add_heading(lines[0].lstrip("# "), level=len(kind) - 1)
        else:
            _write(document.add_paragraph(), " ".join(lines))
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _style(document: Docx) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Georgia", Pt(10.5)
    for name in ("Title", "Heading 1"):
        style = document.styles[name]
        style.font.name, style.font.color.rgb = "Georgia", INK
    document.styles["Title"].font.size = Pt(22)


def _blocks(words: str) -> Iterator[tuple[str, list[str]]]:
    """Give what belongs together, and what it is: "#", "##", "table", "line" or "words"."""
    for (kind, _number), lines in groupby(_told_apart(words), key=lambda each: each[0]):
        if kind:
            yield kind, [line for _, line in lines]


def _told_apart(words: str) -> Iterator[tuple[tuple[str, int], str]]:
    for number, line in enumerate(words.splitlines()):
        if line.startswith("#"):
            kind = line.partition(" ")[0]
        elif line.startswith("{%p"):
            kind = "line"
        else:
            kind = "" if not line.strip() else "table" if line.startswith("|") else "words"
        yield (kind, number if kind in {"line", "#", "##"} else 0), line


def _add_table(document: Docx, lines: list[str]) -> None:
    heads = _cells(lines[0])
    table = document.add_table(rows=0, cols=len(heads))
    table.style = document.styles["Table Grid"]
    _add_row(table, [f"**{each}**" for each in heads])
    for line in lines[1:]:
        if each := _EACH.fullmatch(line):
            _add_row(table, [f"{{%tr for {each[2]} in {each[1]} %}}"])
            _add_row(table, _cells(each[3]))
            _add_row(table, ["{%tr endfor %}"])
        else:
            _add_row(table, _cells(line))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _add_row(table: Table, cells: list[str]) -> None:
    row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx
    for cell, text in zip(row.cells, cells, strict=False):
        _write(cell.paragraphs[0], text)


def _write(paragraph: Paragraph, text: str) -> None:
    for number, part in enumerate(_BOLD.split(text)):
        if part:
            paragraph.add_run(part).bold = number % 2 == 1 or None
