"""What speaks against a letter before it leaves: what must be mended, and what would be better otherwise.

Nothing is asked of the network: a link is looked at, not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from crm import campaign_blocks, campaign_places
from crm.campaign_blocks import Block, Columns, Fault, Html, Product, Text, visible
from crm.campaign_contents import Made, Written, head_of
from crm.campaign_mjml import INK, PAPER
from crm.campaign_stencils import destination, stencil
from crm.spam_words import SPAM
from hub.said import Said, said

CLIPPED = 102 * 1024  # bytes of HTML from which on Gmail cuts a letter off
LONG_SUBJECT = 70
LOUD = 6  # letters
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
MOST = 100
_UNREAD = re.compile(r"\[[^\[\]\n]{1,200}\]\([^()\n]{0,300}\)")
_STYLE = re.compile(r"""style\s*=\s*["']([^"']{1,1000})["']""", re.IGNORECASE)
_COLOUR = re.compile(
    r"(?:^|;)\s*(background(?:-color)?|color)\s*:\s*#([0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE
)
_IMG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)


class Hint(msgspec.Struct, frozen=True):
    """One thing, in which block (0: none of them) and line; with `stops` the letter does not leave like this."""

    words: Said
    block: int = 0
    line: int = 0
    stops: bool = False


def hints(written: Written, made: Made, faults: Sequence[Fault], lacking: Mapping[str, str]) -> list[Hint]:
    """Give everything, what stops first. `faults` and `lacking` see campaign_contents and campaign_values."""
    found = [Hint(each.words, each.block, each.line, stops=True) for each in faults]
    found += [
        *_subject(written),
        *_unfilled(written, lacking),
        *_blocks(written),
        *_links(made),
        *_whole(written, made),
    ]
    return sorted(found[:MOST], key=lambda each: not each.stops)


def _subject(written: Written) -> Iterator[Hint]:
    subject = written.subject.strip()
    if not subject:
        yield Hint(said("It has no subject."), stops=True)
    if len(subject) > LONG_SUBJECT:
        yield Hint(
            said("The subject has %(count)s letters: telephones show about half of that.", count=len(subject))
        )
    if subject and not written.preheader.strip():
        yield Hint(
            said(
                "Without a preview line mail programs show the first words of the letter beside the subject."
            )
        )
    letters = [each for each in subject if each.isalpha()]
    if len(letters) > LOUD and all(each.isupper() for each in letters):
        yield Hint(said("The subject is in capitals alone, as in spam."))
    if "!!" in subject or subject.count("!") > 1:
        yield Hint(said("Several exclamation marks in the subject look like spam."))


def _unfilled(written: Written, lacking: Mapping[str, str]) -> Iterator[Hint]:
    """Say where a recipient who lacks something would read a gap."""
    rows = [(0, text, where) for text, where in head_of(written)]
    rows += [(number, text, "") for number, block in enumerate(written.blocks, start=1)
             for text in campaign_blocks.texts(block)]  # fmt: skip
    for number, text, where in rows:
        meant = written.blocks[number - 1].only if number else None
        for each in campaign_places.found(text):
            place = each.place
            gap = place is not None and place.fallback is None and place.name in lacking
            sure = meant is not None and place is not None and meant.field == place.name and not meant.negated
            if place is not None and gap and not sure:
                words = said('{{%(name)s}} is empty for %(who)s: write {{%(name)s|"words"}}.', name=place.name,
                             who=lacking[place.name])  # fmt: skip
                yield Hint(said(where, words=words) if where else words, number, each.line, stops=True)


def _blocks(written: Written) -> Iterator[Hint]:
    for number, block in enumerate(written.blocks, start=1):
        yield from (Hint(words, number) for words in _of_block(block))
        for href in campaign_blocks.addresses(block):
            if href.lower().startswith("http://"):
                yield Hint(said("“%(address)s” is not encrypted: write https://.", address=href[:60]), number)
        unread = _UNREAD.search(_shown_raw(block))
        if unread:
            words = said("“%(text)s” is no link that can be read: write https:// before the address.",
                         text=unread[0][:80])  # fmt: skip
            yield Hint(words, number, stops=True)


def _of_block(block: Block) -> Iterator[Said]:
    """Say what could be better of a block by itself."""
    for picture, alt in campaign_blocks.pictures(block):
        if picture and not alt.strip():
            yield said("The picture says nothing to who does not see it: write what it shows.")
    if isinstance(block, campaign_blocks.Picture) and not block.picture:
        yield said("No picture was chosen: nothing is shown here.")
    if isinstance(block, campaign_blocks.Product) and not block.product:
        yield said("Nothing of the price list was chosen.")
    if isinstance(block, campaign_blocks.Button) and not block.href.strip():
        yield said("The button leads nowhere.")
    if isinstance(block, Html):
        if any("alt=" not in tag.lower() for tag in _IMG.findall(block.html)):
            yield said("The picture says nothing to who does not see it: write what it shows.")
        yield from _contrast(block.html)


def _shown_raw(block: Block) -> str:
    """Give the formatted words of a block; in brackets is left only what Markdown does not read as a link."""
    cells = (
        block.cells if isinstance(block, Columns) else [block] if isinstance(block, Text | Product) else []
    )
    words = "\n".join(each.words for each in cells)
    return re.sub(r"\[[^\[\]\n]*\]\((?:https?://|mailto:|tel:|\{\{)[^)\n]*\)", "", words)


def _contrast(html: str) -> Iterator[Said]:
    for style in _STYLE.findall(html):
        said_of = {
            name.lower().removesuffix("-color") or "color": value for name, value in _COLOUR.findall(style)
        }
        ink, ground = said_of.get("color"), said_of.get("background")
        if (ink or ground) and (ratio := contrast(ink or INK[1:], ground or PAPER[1:])) < LEAST_CONTRAST:
            yield said("#%(ink)s on #%(ground)s is hard to read: its contrast is %(ratio)s, and should be 4.5.",
                       ink=ink or INK[1:], ground=ground or PAPER[1:], ratio=f"{ratio:.1f}")  # fmt: skip


def contrast(ink: str, ground: str) -> float:
    """Give the contrast of two colours, written as 3 or 6 hexadecimal digits: 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = "".join(each * 2 for each in colour) if len(colour) == 3 else colour  # noqa: PLR2004 - see above
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _links(made: Made) -> Iterator[Hint]:
    """Look at every address that the letter leads to, as a recipient has it."""
    for address in dict.fromkeys(destination(each, {}) for each in stencil(made.html).links):
        try:
            parts = urlsplit(address)
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            host = ""
        if "." not in host.strip(".") or ".." in host:
            yield Hint(
                said("“%(address)s” leads nowhere: there is no such server.", address=address[:60]),
                stops=True,
            )
        elif "http" in address[8:].lower().partition("?")[0]:
            yield Hint(said("“%(address)s” holds two addresses.", address=address[:60]))


def _whole(written: Written, made: Made) -> Iterator[Hint]:
    blocks = visible(written.blocks)
    if not blocks:
        yield Hint(said("It is empty."), stops=True)
    elif not any(
        isinstance(each, Text | Html | campaign_blocks.Columns | campaign_blocks.Product) for each in blocks
    ):
        yield Hint(said("It has pictures alone: many read letters without them, and spam looks like this."))
    size = len(made.html.encode())
    if size > CLIPPED:
        yield Hint(said("It has %(size)s kB: Gmail cuts letters off at 102 kB, and what stands below is not seen.",
                        size=size // 1024))  # fmt: skip
    words = f"{written.subject}\n{made.text}".casefold()
    if spoken := [each for each in SPAM if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", words)]:
        yield Hint(said("Words that spam is known by: %(words)s.", words=", ".join(spoken)))
    if "unsubscribe_url" not in made.html:
        yield Hint(said("Nothing in it leads out of the list."), stops=True)
