"""The words of a campaign's blocks: light Markdown as HTML for letters, and as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from crm import light_text
from crm.letter_elements import KEPT, LOOKS, VOID
from crm.letter_styles import harmless
from hub.said import said

LINKS = ("http://", "https://", "mailto:", "tel:")
_RULES = (
    "emphasis", "link", "list", "newline", "escape", "balance_pairs", "fragments_join", "heading", "blockquote",
    "entity",
)  # fmt: skip
_SEPARATE = re.compile("([\ue000-\ue00f][^\ue000-\ue00f]*[\ue000-\ue00f])")
_TAGS = re.compile(r"<[^>]*>")
_ENDS = re.compile(r"<(?:br\s*/?|/p|/div|/h\d|/li|/tr|/table|/blockquote)>", re.IGNORECASE)
DEEPEST = 200


def html(text: str) -> str:
    """Give Markdown as HTML; what is typed as HTML is shown as it was typed."""
    parser = _parser()
    return str(parser.renderer.render(parser.parse(text), parser.options, {})).strip()


def plain(text: str) -> str:
    """Give Markdown as plain text: a heading is a line of its own, and a link's address stands behind its words."""
    return "\n".join(light_text.lines(list(_quoted(_parser().parse(text))))).strip()


def cleaned(text: str) -> str:
    """Give HTML of somebody's own without what could harm; ValueError where it is nested beyond measure."""
    if _depth(text) > DEEPEST:
        raise ValueError(said("It is nested too deeply."))
    return _CLEANER.clean(text)


def told(html_text: str) -> str:
    """Give cleaned HTML as plain text."""
    text = re.sub(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', r"\2 (\1)", html_text, flags=re.DOTALL)
    lines = _TAGS.sub("", _ENDS.sub("\n", text)).splitlines()
    plain_lines = "\n".join(" ".join(line.split()) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", unescape(plain_lines)).strip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "xhtmlOut": True}).enable(list(_RULES))
    parser.validateLink = _is_link  # type: ignore[method-assign]
    parser.normalizeLink = _link  # type: ignore[method-assign]
    return parser


def _is_link(address: str) -> bool:
    return address.lower().startswith(LINKS) or bool(_SEPARATE.fullmatch(address))


def _link(address: str) -> str:
    """Give an address as it is written, but for what no address may hold; places within it stay."""
    return "".join(each if number % 2 else re.sub(r"[\s\"<>\\^`{|}]", lambda odd: f"%{ord(odd[0]):02X}", each)
                   for number, each in enumerate(_SEPARATE.split(address)))  # fmt: skip


def _quoted(tokens: Sequence[Token]) -> Iterator[Token]:
    """Give the tokens that lines are made of: of a quotation its paragraphs."""
    yield from (token for token in tokens if not token.type.startswith("blockquote"))


def _depth(text: str) -> int:
    deepest = depth = 0
    for found in re.finditer(r"<(/?)([a-zA-Z]+)[^<>]{0,5000}?(/?)>", text):
        void = found[3] or found[2].lower() in VOID
        depth += -1 if found[1] else 0 if void else 1
        deepest = max(deepest, depth)
    return deepest


def _kept(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return harmless(value) or None
    if name == "href":
        return value if tag == "a" and _is_link(value) else None
    if name == "src":
        return value if value.lower().startswith("https://") else None
    return value


_CLEANER = nh3.Cleaner(
    tags={*KEPT, "br", "hr", "img"},
    clean_content_tags={"script", "style", "title"},
    attributes={"*": {*LOOKS, "style", "title"}, "a": {"href"}, "img": {"src", "alt"}},
    attribute_filter=_kept,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel"},
)
