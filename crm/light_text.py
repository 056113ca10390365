"""Light formatting: what a person types with a few marks becomes plain text, and HTML where the marks say something.

    **bold**, *italic*, lines that begin with "- " or "1. ", and [words](https://klarruta.example)

It is the subset of CommonMark that letters need; whatever else is typed means itself. HTML is always escaped, and only
http, https and mailto are links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_RULES = ("emphasis", "link", "list", "newline", "escape", "balance_pairs", "fragments_join")
_SAYS = frozenset({"strong_open", "em_open", "link_open", "bullet_list_open", "ordered_list_open"})
_LINKS = ("http://", "https://", "mailto:")
QUOTE = "> "


def plain(text: str) -> str:
    """Give what is meant as text alone: the marks are gone, a link's address stands behind its words."""
    if not _is_formatted(text):
        return text.strip()
    return "\n".join(lines(_parsed(text))).strip()


def html(text: str) -> str:
    """Give what is meant as HTML, "" where plain text says all of it."""
    if not _is_formatted(text):
        return ""
    parser = _parser()
    return str(parser.renderer.render(_parsed(text), parser.options, {})).strip()


def prepare(text: str) -> None:
    """Parse a text that is about to be written: a long one takes a second, in which nobody should wait to write."""
    _parsed(text)


def quoted(text: str) -> str:
    """Give a text as mail programs quote it, each line after a >."""
    return "\n".join(f"{QUOTE}{line}".rstrip() for line in text.strip().splitlines())


def quoted_html(text: str) -> str:
    """Give a plain text as a quotation in HTML."""
    return f'<blockquote type="cite">{paragraphs(text)}</blockquote>'


def paragraphs(text: str) -> str:
    """Give plain text as HTML that reads the same."""
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in text.strip().split("\n\n"))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True}).enable(list(_RULES))
    parser.validateLink = lambda url: url.lower().startswith(_LINKS)  # type: ignore[method-assign]
    return parser


@lru_cache(8)  # a letter is asked several times, and a long one takes a second
def _parsed(text: str) -> list[Token]:
    return _parser().parse(text)


def _is_formatted(text: str) -> bool:
    return any(token.type in _SAYS for token in _all(_parsed(text)))


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Give the lines of a text that was parsed, an empty one after each paragraph that is no item of a list."""
    marks: list[int | None] = []
    begins = ""
    for token in tokens:
        if token.type == "bullet_list_open":
            marks.append(None)
        elif token.type == "ordered_list_open":
            marks.append(int(token.attrs.get("start", 1)))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            marks.pop()
            begins = ""
            yield from () if marks else ("",)
        elif token.type == "list_item_open":
            begins = _mark(marks)
        elif token.type == "inline":
            first, *more = _words(token.children or ()).split("\n")
            indent = " " * len(begins)
            yield f"{begins}{first}"
            yield from (f"{indent}{line}" for line in more)
            begins = indent
            yield from () if marks else ("",)


def _mark(marks: list[int | None]) -> str:
    indent, number = "  " * (len(marks) - 1), marks[-1]
    if number is None:
        return f"{indent}- "
    marks[-1] = number + 1
    return f"{indent}{number}. "


def _words(tokens: Sequence[Token]) -> str:
    found, href = "", ""
    for token in tokens:
        if token.type == "link_open":
            href, begins = str(token.attrs.get("href", "")), len(found)
        elif token.type == "link_close":
            found += "" if found[begins:] == href else f" ({href})"
        else:
            found += "\n" if token.type in {"softbreak", "hardbreak"} else token.content
    return found
