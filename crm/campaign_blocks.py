"""The blocks that a campaign is made of: plain values, bounded, kept as JSON.

Words are light Markdown with personal places. Every block can be meant for some recipients alone (`only`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from crm import campaign_places
from hub.languages import N_
from hub.said import Said, said
from hub.shapes import convert

MOST = 60  # blocks of a letter
WORDS = 10_000
HTML = 100_000
LINE = 300
ALL = 150_000  # letters of all blocks together
ADDRESS = 2_000
CELLS = 3
_OPENED = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
_WHOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Only(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For whom a block is: who has something in `field`, or `value` in it; with `negated` everybody else."""

    field: str
    value: str = ""
    negated: bool = False


class _Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    only: Only | None = None


class Text(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="text"):
    """Words, in light Markdown."""

    words: str = ""
    centred: bool = False


class Picture(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="picture"):
    """A picture by the key of a `CampaignPicture`; `alt` is what it shows, in words."""

    picture: str = ""
    alt: str = ""
    href: str = ""
    wide: bool = True


class Button(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="button"):
    """One thing to do."""

    words: str = ""
    href: str = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of several columns: picture, words and a link below them, each if it is there."""

    picture: str = ""
    alt: str = ""
    words: str = ""
    label: str = ""
    href: str = ""


class Columns(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="columns"):
    """Two or three beside each other; on a telephone one below the other."""

    cells: tuple[Cell, ...] = ()


class Product(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="product"):
    """Something of the price list, with its name and price as they stand there when the letter is made."""

    product: int | None = None
    picture: str = ""
    alt: str = ""
    words: str = ""
    label: str = ""
    href: str = ""


class Divider(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="divider"):
    """A line across."""


class Html(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="html"):
    """HTML of one's own; what may harm is taken out of it."""

    html: str = ""


class Plain(_Block, frozen=True, kw_only=True, omit_defaults=True, tag="plain"):
    """The plain-text part as somebody wrote it; without one it is made of the other blocks."""

    words: str = ""


Block = Text | Picture | Button | Columns | Product | Divider | Html | Plain
Kind = Literal["text", "picture", "button", "columns", "product", "divider", "html"]
NAMES: dict[str, str] = {
    "text": N_("Text"), "picture": N_("Picture"), "button": N_("Button"), "columns": N_("Columns"),
    "product": N_("Product"), "divider": N_("Divider"), "html": N_("HTML"),
}  # fmt: skip
NEW: dict[str, Block] = {
    "text": Text(), "picture": Picture(), "button": Button(), "columns": Columns(cells=(Cell(), Cell())),
    "product": Product(), "divider": Divider(), "html": Html(),
}  # fmt: skip


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, in which block (1 is the first, 0 the subject and what stands before it) and line (0: all)."""

    block: int
    line: int
    words: Said


def read(rows: Sequence[object]) -> list[Block]:
    """Read blocks as they are kept; ValueError where they are none."""
    try:
        return convert(rows, list[Block])
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def kept(blocks: Sequence[Block]) -> list[dict[str, object]]:
    """Give blocks as they are kept."""
    return [msgspec.to_builtins(each) for each in blocks]


def visible(blocks: Sequence[Block]) -> list[Block]:
    """Give those that are seen in the letter."""
    return [each for each in blocks if not isinstance(each, Plain)]


def hand_written(blocks: Sequence[Block]) -> str:
    """Give the plain-text part that somebody wrote, "" where it is made."""
    return next((each.words for each in blocks if isinstance(each, Plain)), "")


def faults(blocks: Sequence[Block], known: Sequence[str]) -> list[Fault]:
    """Say what keeps blocks from being made into a letter; `known` are the fields that can be filled in."""
    rows = (
        [Fault(0, 0, said("A letter has at most %(most)s blocks.", most=MOST))] if len(blocks) > MOST else []
    )
    for number, block in enumerate(blocks[: MOST + 1], start=1):
        rows += [Fault(number, line, words) for line, words in _faults(block, known)]
    return rows


def require_bearable(blocks: Sequence[Block]) -> None:
    """Raise ValueError with words where making a letter of them would take too long: it is quadratic in some words."""
    if len(blocks) > MOST + 1:
        raise ValueError(said("A letter has at most %(most)s blocks.", most=MOST))
    if sum(len(text) for block in blocks for text in texts(block)) > ALL:
        raise ValueError(said("All blocks together have at most %(most)s letters.", most=ALL))
    for number, block in enumerate(blocks, start=1):
        if any(len(text) > _most(block) for text in texts(block)):
            raise ValueError(
                said("Block %(number)s has more than %(most)s letters.", number=number, most=_most(block))
            )


def _most(block: Block) -> int:
    return HTML if isinstance(block, Html) else WORDS


def texts(block: Block) -> Iterator[str]:
    """Give everything of a block in which places may stand."""
    if isinstance(block, Text | Plain):
        yield block.words
    elif isinstance(block, Html):
        yield block.html
    elif isinstance(block, Picture):
        yield from (block.alt, block.href)
    elif isinstance(block, Button):
        yield from (block.words, block.href)
    elif isinstance(block, Product):
        yield from (block.words, block.alt, block.label, block.href)
    elif isinstance(block, Columns):
        for each in block.cells:
            yield from (each.words, each.alt, each.label, each.href)


def addresses(block: Block) -> Iterator[str]:
    """Give the addresses that its fields lead to."""
    if isinstance(block, Picture | Button | Product):
        yield block.href
    elif isinstance(block, Columns):
        yield from (each.href for each in block.cells)


def pictures(block: Block) -> Iterator[tuple[str, str]]:
    """Give key and alternative words of its pictures."""
    cells = (
        block.cells
        if isinstance(block, Columns)
        else (block,)
        if isinstance(block, Picture | Product)
        else ()
    )
    yield from ((each.picture, each.alt) for each in cells if each.picture)


def leads_somewhere(href: str) -> bool:
    """Tell whether an address is one that a letter may lead to."""
    whole = _WHOLE.fullmatch(href.strip())
    return bool(whole and whole[1] in campaign_places.ADDRESSES) or bool(_OPENED.fullmatch(href.strip()))


def _faults(block: Block, known: Sequence[str]) -> Iterator[tuple[int, Said]]:
    for text in texts(block):
        yield from campaign_places.faults(text, known)
    if block.only is not None and block.only.field not in known:
        yield 0, said("There is no field “%(name)s”.", name=block.only.field)
    for href in addresses(block):
        if href.strip() and not leads_somewhere(href):
            yield 0, said("“%(address)s” is no address of the web.", address=href[:60])
    if any(len(href) > ADDRESS for href in addresses(block)):
        yield 0, said("Its address is too long.")
    if isinstance(block, Columns) and not 1 <= len(block.cells) <= CELLS:
        yield 0, said("There are one to three columns.")
    if isinstance(block, Button) and not block.words.strip():
        yield 0, said("A button needs words.")
