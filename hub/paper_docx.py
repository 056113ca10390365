"""DOCX by docxtpl: Jinja in a Word file, in a sandbox that lets a template read what it is given and nothing else.

docxtpl's own environment would run what a template says, so it gets ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from hub.paper_orders import FaultyError

MOST_UNPACKED = 60_000_000
MOST_PARTS = 2_000
MOST_FOLDED = 200  # times that a part may be larger than it is packed: Word's own are packed to a tenth
LARGE = 1_000_000
AROUND = 120  # letters of a paragraph that say where something is
_NAME = re.compile(r"'([^']+)' is undefined|has no attribute '([^']+)'")
_LINK = re.compile(rb"<Relationship\b[^>]*TargetMode=\"External\"[^>]*>")
_HARMLESS = b'/relationships/hyperlink"'
_PROGRAMS = re.compile(r"vbaProject|activeX|oleObject|\.exe$|embeddings/", re.IGNORECASE)


def make_docx(template: bytes, data: dict[str, object]) -> bytes:
    """Fill a template in. FaultyError says what is wrong with it."""
    examine(template)
    try:
        document = DocxTemplate(BytesIO(template))
        document.render(data, jinja_env=_environment(), autoescape=True)
        made = BytesIO()
        document.save(made)
    except SecurityError as error:
        raise FaultyError("unsafe", where=_place(template, _unsafe(error))) from None
    except UndefinedError as error:
        named = _NAME.search(str(error.message))
        name = (named[1] or named[2]) if named else str(error.message)
        raise FaultyError("missing", name, _place(template, name)) from None
    except TemplateError as error:
        raise FaultyError("wrong", str(error.message), _context(error)) from None
    except (LxmlError, PackageNotFoundError, BadZipFile, KeyError) as error:
        raise FaultyError("broken", str(error)) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise FaultyError("wrong", str(error)) from None  # what it reckons with what it is given
    return made.getvalue()


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.globals = {}
    return environment


def examine(template: bytes) -> None:
    """Refuse what unpacks to too much, carries programs, or fetches something from elsewhere."""
    try:
        with ZipFile(BytesIO(template)) as packed:
            parts = packed.infolist()
            folded = any(part.file_size > max(LARGE, MOST_FOLDED * part.compress_size) for part in parts)
            if folded or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise FaultyError("large")
            for part in parts:
                if _PROGRAMS.search(part.filename):
                    raise FaultyError("linked", part.filename)
                _examine_part(part.filename, packed.read(part))
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FaultyError("broken", str(error)) from None


def _examine_part(name: str, content: bytes) -> None:
    if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in content[:LARGE]:
        raise FaultyError("broken", name)
    for link in _LINK.findall(content) if name.endswith(".rels") else ():
        if _HARMLESS not in link:
            raise FaultyError("linked", name)


def _unsafe(error: SecurityError) -> str:
    named = re.search(r"'(\w+)'", str(error.message))
    return named[1] if named else ""


def _place(template: bytes, name: str) -> str:
    """Give the paragraph that names something, as it stands in the template."""
    document = Document(BytesIO(template))
    edges = [each for section in document.sections for each in (section.header, section.footer)]
    for part in (document, *edges):
        for paragraph in _paragraphs(part.paragraphs, part.tables):
            found = re.search(rf"\{{[{{%].*?\b{re.escape(name)}\b", paragraph.text) if name else None
            if found:
                return _around(paragraph.text, found.end())
    return ""


def _around(text: str, at: int) -> str:
    """Give what stands around a place in a paragraph."""
    begins, ends = max(0, at - AROUND // 2), at + AROUND // 2
    part = text[begins:ends].strip()
    return f"{'… ' if begins else ''}{part}{' …' if ends < len(text) else ''}"


def _paragraphs(paragraphs: list[Paragraph], tables: list[Table]) -> Iterator[Paragraph]:
    yield from paragraphs
    for table in tables:
        cells: list[_Cell] = [cell for row in table.rows for cell in row.cells]
        for cell in cells:
            yield from _paragraphs(cell.paragraphs, cell.tables)


def _context(error: TemplateError) -> str:
    """Give the line of which docxtpl says that it is wrong, without its markup."""
    lines = list(getattr(error, "docx_context", ()))
    return " ".join(re.sub(r"<[^>]*>", "", " ".join(lines)).split())
