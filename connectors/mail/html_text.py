"""The text of a letter that was written in HTML alone: lines as a browser would break them, without any styling.

lxml tells tags and texts one after the other, so that neither nesting nor wide tables cost more than their
length. This is for reading and searching; it makes HTML safe for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from connectors.mail.bounds import WRITTEN

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tr", "ul",
})  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre"})
_SILENT = frozenset({"head", "style", "script", "title", "template", "noscript", "svg"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
})  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0\u200b-\u200d\u2007\u202f\ufeff\u034f]+")
_AROUND = re.compile(r" {3,}")
_QUOTED = "\ue000"  # begins a line of what is quoted; a letter that means nothing anywhere
_EMPTY_LINES = re.compile(r"\n{3,}")
_PICTURES = re.compile(r"data:[\w/+.;=-]{0,80},[A-Za-z0-9+/=%]{200,}")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def charset_of(html: bytes) -> str:
    """Give the character set that HTML itself names, "" where it names none."""
    named = _CHARSET.search(html[:2_000])
    return named[1].decode("ascii", "replace") if named else ""


def text_of(html: str) -> tuple[str, bool]:
    """Give what a person reads of it, and whether that is all: no more is read than bounds.WRITTEN."""
    written = _PICTURES.sub("", html) if "data:" in html else html
    page = _Page()
    parser = etree.HTMLParser(target=page, no_network=True)
    try:
        parser.feed(written[:WRITTEN])
        parser.close()
    except etree.LxmlError:
        pass  # what was read before that is the text
    return page.text(), len(written) <= WRITTEN


class _Page:
    """Hears tags and texts in order."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._silent = 0
        self._quoted = 0
        self._preserved = 0
        self._breaks = 2  # how many end what was said so far

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear a tag open."""
        if tag in _VOID:
            self._void(tag)
            return
        silent = tag in _SILENT or _HIDDEN.search(attributes.get("style", "")[:500]) is not None
        self._open.append((tag, silent))
        self._silent += silent
        self._quoted += tag == "blockquote"
        self._preserved += tag == "pre"
        self._break(tag)
        if tag == "li":
            self._say("- ")

    def end(self, tag: str) -> None:
        """Hear a tag close."""
        if tag in _VOID or not self._open:
            return
        tag, silent = self._open.pop()
        self._silent -= silent
        self._quoted -= tag == "blockquote"
        self._preserved -= tag == "pre"
        self._break(tag)
        if tag in {"td", "th"}:
            self._say("  ")

    def data(self, text: str) -> None:
        """Hear text."""
        if self._preserved:
            self._say(text)
        else:
            self._say(_BLANKS.sub(" ", text))

    def comment(self, text: str) -> None:
        """Hear a comment, which nobody reads."""

    def close(self) -> None:
        """Hear that it is over."""

    def text(self) -> str:
        """Give the text so far, with a > before what is quoted."""
        lines = (_shown(line) for line in "".join(self._out).split("\n"))
        return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()

    def _void(self, tag: str) -> None:
        if tag == "br" and not self._silent:
            self._out.append("\n")
            self._breaks += 1
        self._break(tag)

    def _break(self, tag: str) -> None:
        """Go to a new line, where one has not begun."""
        wanted = (tag in _BLOCKS) + (tag in _SPACED)
        if wanted > self._breaks and not self._silent:
            self._out.append("\n" * (wanted - self._breaks))
            self._breaks = wanted

    def _say(self, text: str) -> None:
        said = text.lstrip(" ") if self._breaks and not self._preserved else text
        if said and not self._silent:
            self._out.append((_QUOTED if self._breaks and self._quoted else "") + said)
            self._breaks = 0


def _shown(line: str) -> str:
    plain = _AROUND.sub("  ", line.replace(_QUOTED, "")).strip()
    return f"> {plain}" if plain and line.startswith(_QUOTED) else plain
