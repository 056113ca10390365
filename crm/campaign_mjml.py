"""A campaign's blocks as MJML, which becomes HTML that mail programs show alike, on telephones and in the dark.

Words do not pass through MJML: they are put into the finished HTML, so that nothing in them is read as its elements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from html import escape

import msgspec
from mjml import mjml2html

from crm import campaign_places, campaign_words
from crm.campaign_blocks import (
    Block,
    Button,
    Cell,
    Columns,
    Divider,
    Html,
    Picture,
    Plain,
    Product,
    Text,
    visible,
)
from crm.campaign_places import PIXEL, Holding, Place

WIDTH = 600  # pixels of a letter
SIDE = 24
FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
INK, SOFT, LINE, GROUND, PAPER, ACCENT = "#1f1d24", "#5d5a66", "#d9d6de", "#f4f3f6", "#ffffff", "#6b2e86"
_GAP = '<mj-spacer height="12px" />'
DARK = {"INK": "#f1eff4", "SOFT": "#b5b0bf", "LINE": "#4a4653", "GROUND": "#17151b", "PAPER": "#232028",
        "ACCENT": "#d3a6e8"}  # fmt: skip
STYLE = f"""
.words p, .words ul, .words ol, .words blockquote {{ margin: 0 0 12px; }}
.words > :last-child, .words blockquote > :last-child {{ margin-bottom: 0; }}
.words h1 {{ font-size: 26px; line-height: 1.25; margin: 0 0 12px; }}
.words h2 {{ font-size: 20px; line-height: 1.3; margin: 0 0 8px; }}
.words h3, .words h4, .words h5, .words h6 {{ font-size: 16px; line-height: 1.4; margin: 0 0 4px; }}
.words ul, .words ol {{ padding-left: 24px; }}
.words blockquote {{ border-left: 3px solid {LINE}; padding-left: 12px; }}
.words a {{ color: {ACCENT}; }}
.small, .small a {{ color: {SOFT}; }}
.words img {{ max-width: 100%; height: auto; }}
@media (prefers-color-scheme: dark) {{
  body, .ground {{ background: {DARK["GROUND"]} !important; }}
  .paper, .paper > table {{ background: {DARK["PAPER"]} !important; }}
  .words div, .words h1, .words h2, .words h3, .words p, .words li {{ color: {DARK["INK"]} !important; }}
  .words a {{ color: {DARK["ACCENT"]} !important; }}
  .small div, .small p, .small a {{ color: {DARK["SOFT"]} !important; }}
  .line p {{ border-top-color: {DARK["LINE"]} !important; }}
}}
"""


class Goods(msgspec.Struct, frozen=True):
    """A product of the price list as it is shown."""

    name: str
    price: str


class Image(msgspec.Struct, frozen=True):
    """Where a picture of ours is shown from, and how wide it is in pixels."""

    address: str
    width: int


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is made of beside its blocks.

    `why` says to a reader why he gets it; `leave` and `see` are what stands on the links below.
    """

    title: str
    preheader: str
    language: str
    address: Sequence[str]
    why: str
    leave: str
    see: str
    goods: Mapping[int, Goods]
    images: Mapping[str, Image]


def html(blocks: Sequence[Block], around: Around) -> str:
    """Make the HTML, with its places open. ValueError with words where a block cannot be made."""
    making = _Making(around)
    body = "".join(making.section(each) for each in visible(blocks))
    finished = mjml2html(_letter(around, making, body), fonts={})
    return making.finished(finished)


def _letter(around: Around, making: _Making, body: str) -> str:
    return (
        f'<mjml lang="{_safe(around.language)}"><mj-head><mj-title>{_safe(making.hold(around.title))}</mj-title>'
        f"<mj-preview>{_safe(making.hold(around.preheader))}</mj-preview>"
        f'<mj-attributes><mj-all font-family="{FONT}" /><mj-text font-size="16px" line-height="1.5" color="{INK}" '
        f'padding="8px {SIDE}px" /></mj-attributes>'
        '<mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" '
        f'content="light dark" /></mj-raw><mj-style>{STYLE}</mj-style></mj-head>'
        f'<mj-body background-color="{GROUND}" css-class="ground" width="{WIDTH}px">'
        f"{_section(_GAP)}{body}{_section(_GAP)}{making.foot()}</mj-body></mjml>"
    )


def _section(inside: str, *, columns: bool = False) -> str:
    within = inside if columns else f"<mj-column>{inside}</mj-column>"
    return f'<mj-section background-color="{PAPER}" css-class="paper" padding="0">{within}</mj-section>'


def _opening() -> str:
    """Give the picture that tells that a letter was opened, for who is counted."""
    begins, ends = campaign_places.section(PIXEL, "", negated=False)
    address = campaign_places.mark(Place(PIXEL), campaign_places.ADDRESS)
    return f'{begins}<img src="{address}" width="1" height="1" alt="" style="display:block;border:0" />{ends}'


def _safe(text: str) -> str:
    return escape(text, quote=True)


class _Making:
    """One letter being made: its places held, its words set aside until MJML has done its part."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._holding = Holding()
        self._aside: list[str] = []

    def hold(self, text: str) -> str:
        return self._holding.held(text)

    def finished(self, html: str) -> str:
        """Put the words in, mark the links that are counted, and open the places."""
        for number, words in enumerate(self._aside):
            html = html.replace(_token(number), words)
        return self._holding.opened(campaign_places.linked(html)).replace("</body>", f"{_opening()}</body>")

    def section(self, block: Block) -> str:
        """Give a block as a section, which some may not read."""
        made = self._made(block)
        if block.only is None:
            return made
        only = block.only
        begins, ends = campaign_places.section(only.field, only.value, negated=only.negated)
        return f"<mj-raw>{self._set_aside(begins)}</mj-raw>{made}<mj-raw>{self._set_aside(ends)}</mj-raw>"

    def foot(self) -> str:
        """Give what stands below every letter: whose it is, why it comes, and how it stops."""
        around = self._around
        links = (("{{unsubscribe_url}}", around.leave), ("{{web_url}}", around.see))
        ways = " · ".join(f'<a href="{self.hold(place)}">{_safe(words)}</a>' for place, words in links)
        lines = "<br />".join(_safe(each) for each in around.address)
        inside = f"<p>{_safe(around.why)}</p><p>{ways}</p><p>{lines}</p>"
        return f'<mj-section padding="8px 0 24px"><mj-column>{self._words(inside, small=True)}</mj-column></mj-section>'

    @singledispatchmethod
    def _made(self, block: Block) -> str:
        raise TypeError(block)

    @_made.register
    def _(self, block: Text) -> str:
        return _section(self._markdown(block.words, centred=block.centred))

    @_made.register
    def _(self, block: Picture) -> str:
        return _section(self._picture(block.picture, block.alt, block.href, wide=block.wide))

    @_made.register
    def _(self, block: Button) -> str:
        return _section(self._button(block.words, block.href))

    @_made.register
    def _(self, block: Columns) -> str:
        return _section(
            "".join(f"<mj-column>{self._cell(each)}</mj-column>" for each in block.cells), columns=True
        )

    @_made.register
    def _(self, block: Product) -> str:
        goods = self._around.goods.get(block.product or 0)
        name, price = (goods.name, goods.price) if goods else ("", "")
        words = (
            f"<h3>{_safe(name)}</h3><p><b>{_safe(price)}</b></p>{campaign_words.html(self.hold(block.words))}"
        )
        beside = self._words(words) + self._button(block.label, block.href)
        if not block.picture:
            return _section(beside)
        picture = self._picture(block.picture, block.alt, block.href)
        return _section(
            f'<mj-column width="40%">{picture}</mj-column><mj-column width="60%">{beside}</mj-column>',
            columns=True,
        )

    @_made.register
    def _(self, _block: Divider) -> str:
        return _section(
            f'<mj-divider css-class="line" border-width="1px" border-color="{LINE}" padding="8px {SIDE}px" />'
        )

    @_made.register
    def _(self, block: Html) -> str:
        return _section(self._words(campaign_words.cleaned(self.hold(block.html))))

    @_made.register
    def _(self, _block: Plain) -> str:
        return ""

    def _cell(self, cell: Cell) -> str:
        picture = self._picture(cell.picture, cell.alt, cell.href)
        words = self._markdown(cell.words) if cell.words.strip() else ""
        return picture + words + self._button(cell.label, cell.href)

    def _markdown(self, words: str, *, centred: bool = False) -> str:
        return self._words(campaign_words.html(self.hold(words)), centred=centred)

    def _words(self, html: str, *, centred: bool = False, small: bool = False) -> str:
        look = f' font-size="13px" color="{SOFT}"' if small else ""
        look += ' align="center"' if centred else ""
        return (
            f'<mj-text css-class="words{" small" if small else ""}"{look}>{self._set_aside(html)}</mj-text>'
        )

    def _picture(self, key: str, alt: str, href: str, *, wide: bool = True) -> str:
        image = self._around.images.get(key)
        if image is None:
            return ""
        leads = f' href="{_safe(self.hold(href.strip()))}"' if href.strip() else ""
        width = "" if wide and image.width >= WIDTH else f' width="{min(image.width, WIDTH - 2 * SIDE)}px"'
        padding = "0" if wide and not width else f"8px {SIDE}px"
        return (f'<mj-image src="{_safe(image.address)}" alt="{_safe(self.hold(alt))}"{leads}{width} '
                f'padding="{padding}" />')  # fmt: skip

    def _button(self, words: str, href: str) -> str:
        if not words.strip():
            return ""
        said, leads = self._set_aside(_safe(self.hold(words))), _safe(self.hold(href.strip()))
        return (f'<mj-button href="{leads}" background-color="{ACCENT}" color="#ffffff" border-radius="6px" '
                f'font-size="16px" font-weight="600" inner-padding="12px 24px" padding="8px {SIDE}px" align="left">'
                f"{said}</mj-button>")  # fmt: skip

    def _set_aside(self, html: str) -> str:
        self._aside.append(html)
        return _token(len(self._aside) - 1)


def _token(number: int) -> str:
    return f"\ue007{number}\ue008"
