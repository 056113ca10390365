"""The plain-text part of a campaign: made of its blocks, or as somebody wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from crm import campaign_places, campaign_words
from crm.campaign_blocks import (
    Block,
    Button,
    Cell,
    Columns,
    Divider,
    Html,
    Picture,
    Product,
    Text,
    hand_written,
    visible,
)
from crm.campaign_mjml import Around
from crm.campaign_places import Holding

RULE = "-" * 40


def text(blocks: Sequence[Block], around: Around) -> str:
    """Give the text with its places open, and below it whose letter it is and how it stops."""
    holding = Holding()
    written = hand_written(blocks)
    body = (
        holding.held(written.strip()) + "\n\n"
        if written.strip()
        else "".join(_part(each, around, holding) for each in visible(blocks))
    )
    foot = "\n".join((
        "-- ", around.why, "", f"{around.leave}: {{{{unsubscribe_url}}}}", f"{around.see}: {{{{web_url}}}}", "",
        *around.address,
    ))  # fmt: skip
    return holding.opened_text(body + holding.held(foot)).strip() + "\n"


def draft(blocks: Sequence[Block], around: Around) -> str:
    """Give the body as it can be written on by hand, its places as they are typed."""
    rows = [_said(each, around, Holding(keeps=True)) for each in visible(blocks)]
    return "\n\n".join(filter(None, rows))


def _part(block: Block, around: Around, holding: Holding) -> str:
    words = _said(block, around, holding)
    if not words:
        return ""
    if block.only is None:
        return f"{words}\n\n"
    begins, ends = campaign_places.section(block.only.field, block.only.value, negated=block.only.negated)
    return f"{begins}{words}\n\n{ends}"


def _said(block: Block, around: Around, holding: Holding) -> str:  # noqa: PLR0911 - one for each kind
    if isinstance(block, Text):
        return campaign_words.plain(holding.held(block.words))
    if isinstance(block, Picture):
        return _led(block.alt, block.href, holding)
    if isinstance(block, Button):
        return _led(block.words, block.href, holding)
    if isinstance(block, Columns):
        return "\n\n".join(filter(None, (_cell(each, holding) for each in block.cells)))
    if isinstance(block, Product):
        goods = around.goods.get(block.product or 0)
        head = f"{goods.name}: {goods.price}" if goods else ""
        words = campaign_words.plain(holding.held(block.words))
        return "\n".join(filter(None, (head, words, _led(block.label, block.href, holding))))
    if isinstance(block, Html):
        return campaign_words.told(campaign_words.cleaned(holding.held(block.html)))
    return RULE if isinstance(block, Divider) else ""


def _cell(cell: Cell, holding: Holding) -> str:
    words = campaign_words.plain(holding.held(cell.words))
    return "\n".join(filter(None, (words, _led(cell.label, cell.href, holding) if cell.label else "")))


def _led(words: str, href: str, holding: Holding) -> str:
    """Give words and where they lead."""
    said, leads = " ".join(holding.held(words).split()), holding.held(href.strip())
    return f"{said}: {leads}" if said and leads else ""
