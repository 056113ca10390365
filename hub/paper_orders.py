"""What is asked of the press, and what it answers; see hub/papers.py."""

from __future__ import annotations

from typing import BinaryIO, Literal

import msgspec

MOST_TEMPLATE = 10_000_000
MOST_PAPER = 50_000_000
"""Bytes of a template and of what is made of it."""

Format = Literal["pdf", "docx", "words", "reading"]
Why = Literal["missing", "unsafe", "package", "file", "wrong", "broken", "large", "linked", "hungry"]


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be made.

    `template` is a text of typst for a PDF, or a DOCX with Jinja in it; of "words" a DOCX template is made, see
    hub/paper_words.py; a "reading" is what a DOCX says, see hub/paper_reading.py. `data` is what it may name; `files`
    lie beside a PDF's template by their names. `at` is the second, since 1970, at which the PDF says it was made.
    """

    format: Format
    template: bytes
    data: dict[str, object]
    files: dict[str, bytes] = {}
    at: int = 0


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of what a DOCX says: a heading or a text, or a row of a table by its cells. `kind`: heading, text, row."""

    kind: str
    text: str = ""
    cells: tuple[str, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """Why there is no document: `what` is a name or the words of typst or Jinja, `where` the place in the template."""

    why: Why
    what: str = ""
    where: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document, or what is wrong."""

    content: bytes = b""
    fault: Fault | None = None


class FaultyError(Exception):
    """The template is at fault."""

    def __init__(self, why: Why, what: str = "", where: str = "") -> None:
        """Say why."""
        super().__init__(why, what, where)
        self.fault = Fault(why, what[:500], where[:500])


def read(stream: BinaryIO) -> bytes | None:
    """Read a message; None at the end."""
    size = stream.read(4)
    return stream.read(int.from_bytes(size)) if len(size) == 4 else None  # noqa: PLR2004 - the length stands first


def framed(message: bytes) -> bytes:
    """Write a message with its length before it."""
    return len(message).to_bytes(4) + message
