"""The HTML of a stranger's letter, written anew: only what is known, well nested, with our addresses for pictures.

lxml tells tags and texts one after the other, so that it costs no more than its length; what is too long, too deep
or has too many tags is refused before anything else looks at it. Pictures, links and quotes are dealt with here.
It is not what makes HTML safe: `crm.letter_html` has the result sanitised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from lxml import etree

from crm.letter_elements import EMPTY, KEPT, LOOKS, SILENT, VOID
from crm.letter_links import READ, host_of, misleads, opened
from crm.letter_styles import harmless, plain_value
from hub.languages import _

LONGEST = 600_000  # characters, less the pictures that are drawn within it
DEEPEST = 300  # elements within each other
MOST = 60_000  # elements
SLICE = 65_536  # characters, after which it is seen whether it was too much
TINY = {"0", "1", "2", "0px", "1px", "2px"}  # pictures that nobody sees, and that tell who reads

Address = Callable[[str], str]

_DRAWN = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]{20,}", re.IGNORECASE)
_KEPT_ASIDE = "drawn:"


class TooMuchError(Exception):
    """HTML is too long or too deep to be shown."""


class Written:
    """Hears a letter and writes it anew. `address` gives our own address for a picture's, "" for one not shown.

    `drawn` are the pictures that the letter carries within its HTML. `pictures` counts those that lie outside and can
    be seen.
    """

    def __init__(self, address: Address, drawn: Sequence[str] = ()) -> None:
        """Begin."""
        self._drawn = drawn
        self.pictures = 0
        self.refused = False
        self._address = address
        self._out: list[str] = []
        self._open: list[
            tuple[str, bool]
        ] = []  # how each element ends, and whether it is left out with all in it
        self._silent = self._quoted = self._elements = 0
        self._link, self._words = "", ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear a tag open."""
        self._elements += 1
        self.refused = self.refused or self._elements > MOST or len(self._open) >= DEEPEST
        if self.refused:
            return
        if tag in VOID:
            self._void(tag, attributes)
            return
        silent = tag in SILENT
        self._silent += silent
        end = "" if self._silent else self._begin(tag, attributes)
        self._open.append((end, silent))

    def end(self, tag: str) -> None:
        """Hear a tag close."""
        if tag in VOID or not self._open or self.refused:
            return
        end, silent = self._open.pop()
        self._silent -= silent
        self._out.append(end)
        self._quoted -= end == _FOLD_END
        if end == "</a>":
            self._finish_link()

    def data(self, text: str) -> None:
        """Hear text."""
        if not self._silent:
            self._out.append(escape(text))
            self._words = (self._words + text)[:READ] if self._link else ""

    def comment(self, text: str) -> None:
        """Hear a comment, which nobody reads."""

    def close(self) -> None:
        """Hear that it is over."""

    def html(self) -> str:
        """Give what was written."""
        return "".join(self._out)

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> str:
        """Write the beginning of an element, and give its end."""
        if tag == "a":
            return self._begin_link(attributes)
        if tag == "blockquote" and not self._quoted and _is_quote(attributes):
            self._quoted += 1
            self._out.append(
                f"<details><summary>{escape(_('Quoted'))}</summary><blockquote{_looks(attributes)}>"
            )
            return _FOLD_END
        looks = _looks(attributes)
        if tag == "body" and looks:
            tag = "div"
        if tag not in KEPT:
            return ""
        self._out.append(f"<{tag}{looks}>")
        return f"</{tag}>"

    def _void(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._silent:
            return
        if tag == "img":
            self._picture(attributes)
        elif tag in EMPTY or tag == "col":
            self._out.append(f"<{tag}{_looks(attributes)}>")

    def _begin_link(self, attributes: Mapping[str, str]) -> str:
        self._link, self._words = opened(attributes.get("href", "")), ""
        if not self._link:
            return ""
        self._out.append(f'<a href="{escape(self._link)}" title="{escape(self._link)}"{_looks(attributes)}>')
        return "</a>"

    def _finish_link(self) -> None:
        host = misleads(self._words, self._link)
        self._link = ""
        if host:
            self._out.append(f' <span class="leads">{escape(_("leads to %(host)s", host=host))}</span>')

    def _picture(self, attributes: Mapping[str, str]) -> None:
        source = attributes.get("src", "").strip()
        if source.startswith("//"):
            source = f"https:{source}"
        tiny = attributes.get("width") in TINY or attributes.get("height") in TINY
        outside = source.lower().startswith(("http://", "https://"))
        self.pictures += outside and not tiny
        ours = "" if tiny else self._drawn_one(source) or self._address(source)
        host = host_of(source)
        words, where = (
            attributes.get("alt", "")[:READ],
            _("A picture from %(host)s", host=host) if host else "",
        )
        if ours:
            title = f' title="{escape(where)}"' if where else ""
            self._out.append(f'<img src="{escape(ours)}" alt="{escape(words)}"{title}{_looks(attributes)}>')
        elif not tiny and (words or where):
            self._out.append(
                f'<span class="blocked" title="{escape(where or _("This picture is not shown"))}">'
                f"{escape(words or _('Picture'))}</span>"
            )

    def _drawn_one(self, source: str) -> str:
        number = source.removeprefix(_KEPT_ASIDE)
        known = (
            number != source and number.isascii() and number.isdigit() and int(number[:9]) < len(self._drawn)
        )
        return self._drawn[int(number[:9])] if known else ""


_FOLD_END = "</blockquote></details>"


def written(html: str, address: Address) -> Written:
    """Write a letter's HTML anew; TooMuchError for what is too long or too deep."""
    drawn: list[str] = []

    def put_aside(picture: re.Match[str]) -> str:
        drawn.append(picture[0])
        return f"{_KEPT_ASIDE}{len(drawn) - 1}"

    html = _DRAWN.sub(put_aside, html.replace("\0", ""))
    if len(html) > LONGEST:
        raise TooMuchError
    letter = Written(address, drawn)
    parser = etree.HTMLParser(target=letter, no_network=True)
    try:
        for begin in range(0, len(html), SLICE):
            parser.feed(html[begin : begin + SLICE])
            if letter.refused:
                raise TooMuchError
        parser.close()
    except etree.LxmlError:
        pass  # what was read before that is shown
    if letter.refused:
        raise TooMuchError
    return letter


def _is_quote(attributes: Mapping[str, str]) -> bool:
    """Tell whether a programme wrote this around what it quotes; a person's own quotation stays open."""
    return attributes.get("type", "").lower() == "cite" or "gmail_quote" in attributes.get("class", "")


def _looks(attributes: Mapping[str, str]) -> str:
    """Write how an element looks."""
    style = harmless(attributes.get("style", ""))
    values = ((name, plain_value(value)) for name, value in attributes.items() if name in LOOKS)
    pairs = [(name, value) for name, value in values if value] + ([("style", style)] if style else [])
    if "MsoNormal" in attributes.get("class", ""):
        pairs.append(("class", "MsoNormal"))
    return "".join(f' {name}="{escape(value)}"' for name, value in pairs)
