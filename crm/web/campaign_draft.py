"""A letter as it is being written: its blocks in order, before anything is saved.

The draft lives in the page: each press of a button sends it whole and gets it back changed, so that it works without
scripts as well. Only Save writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from crm import campaign_blocks
from crm.campaign_blocks import (
    CELLS,
    NEW,
    Block,
    Button,
    Cell,
    Columns,
    Divider,
    Html,
    Only,
    Picture,
    Plain,
    Product,
    Text,
)
from crm.campaign_contents import Written, bounded
from crm.campaign_places import without_marks
from crm.campaign_trials import LETTERS
from crm.web.composer import whole_number

ICONS = {"text": "note", "picture": "eye", "button": "link", "columns": "board", "product": "tag", "divider": "more",
         "html": "doc"}  # fmt: skip
Fields = Mapping[str, str]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One block. `key` tells the rows of a page apart, `kind` is the block's."""

    key: str
    kind: str
    block: Block
    fresh: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as it is being written; `plain` is the plain text of one's own, None where it is made.

    `variant` is which one of those that are tried, `began` the newest version when it was begun, `asked` the old one
    that it was begun from. `gone` is the block that was taken away last, and `gone_at` where it stood.
    """

    variant: str = LETTERS[0]
    subject: str = ""
    preheader: str = ""
    rows: Sequence[Row] = ()
    plain: str | None = None
    gone: Row | None = None
    gone_at: int = 0
    began: int = 0
    asked: int = 0


def draft_of(written: Written, variant: str = LETTERS[0], *, began: int = 0, asked: int = 0) -> Draft:
    """Give a letter as it is saved."""
    blocks = campaign_blocks.visible(written.blocks)
    rows = [Row(key=str(number), kind=kind_of(each), block=each) for number, each in enumerate(blocks)]
    own = campaign_blocks.hand_written(written.blocks)
    return Draft(
        variant=variant, subject=written.subject, preheader=written.preheader, rows=rows, plain=own or None,
        began=began, asked=asked,
    )  # fmt: skip


def written_of(draft: Draft) -> Written:
    """Give what a draft stands for."""
    blocks: list[Block] = [row.block for row in draft.rows]
    if draft.plain is not None and draft.plain.strip():
        blocks.append(Plain(words=draft.plain))
    return bounded(Written(subject=draft.subject, preheader=draft.preheader, blocks=tuple(blocks)))


def kind_of(block: Block) -> str:
    """Give what kind of block it is, as forms name it."""
    return str(block.__struct_config__.tag)


def typed(fields: Fields, keys: Sequence[str]) -> Draft:
    """Give a letter as it stands in the page; `keys` are its blocks in order."""
    rows = [_row(fields, key) for key in dict.fromkeys(keys[: campaign_blocks.MOST])]
    gone = fields.get("gone", "")
    return Draft(
        variant=letter_of(fields), subject=_text(fields, "subject"), preheader=_text(fields, "preheader"), rows=rows,
        plain=_text(fields, "plain") if "own_plain" in fields else None,
        gone=_row(fields, gone) if gone and gone not in keys else None,
        **{name: whole_number(fields.get(name, "")) for name in ("gone_at", "began", "asked")},
    )  # fmt: skip


def letter_of(fields: Fields) -> str:
    """Give which letter is meant; the first where none, or none that can be."""
    asked = fields.get("variant", "")
    return asked if asked in LETTERS else LETTERS[0]


def act(draft: Draft, deed: str, at: str = "") -> Draft:
    """Move, remove or add a block: `up:3`, `remove:3`, `add:text` (at a place, or at the end), `more:3`, `back`."""
    verb, _colon, what = deed.partition(":")
    rows = list(draft.rows)
    place = next((place for place, row in enumerate(rows) if row.key == what), None)
    if verb == "add" and what in NEW and len(rows) < campaign_blocks.MOST:
        row = Row(key=_new_key(draft), kind=what, block=NEW[what], fresh=True)
        rows.insert(int(at) if at.isdigit() and len(at) < 4 else len(rows), row)  # noqa: PLR2004 - of 60 rows
    elif place is not None and verb == "remove":
        gone = msgspec.structs.replace(rows.pop(place), fresh=True)
        return msgspec.structs.replace(draft, gone=gone, gone_at=place, rows=rows)
    elif draft.gone is not None and verb == "back" and len(rows) < campaign_blocks.MOST:
        rows.insert(draft.gone_at, msgspec.structs.replace(draft.gone, fresh=True))
        return msgspec.structs.replace(draft, gone=None, rows=rows)
    elif place is not None and verb in {"up", "down"}:
        row = rows.pop(place)
        rows.insert(max(0, place - 1) if verb == "up" else place + 1, row)
    elif place is not None and verb in {"more", "fewer"}:
        rows[place] = msgspec.structs.replace(rows[place], block=_resized(rows[place].block, verb))
    return msgspec.structs.replace(draft, rows=rows)


def _resized(block: Block, verb: str) -> Block:
    """Give columns with one more, or one fewer."""
    if not isinstance(block, Columns):
        return block
    cells = (*block.cells, Cell()) if verb == "more" else block.cells[:-1]
    return msgspec.structs.replace(block, cells=cells[:CELLS] or (Cell(),))


def _new_key(draft: Draft) -> str:
    rows = [*draft.rows, *([draft.gone] if draft.gone else [])]
    return str(max((int(row.key) for row in rows if row.key.isdigit()), default=-1) + 1)


def _row(fields: Fields, key: str) -> Row:
    kind = fields.get(f"kind-{key}", "text")
    kind = kind if kind in NEW else "text"
    return Row(key=key, kind=kind, block=_block(fields, kind, key))


def _block(fields: Fields, kind: str, key: str) -> Block:  # noqa: PLR0911 - one for each kind
    only = _only(fields, key)
    words, href, alt, label, picture = (_text(fields, f"{name}-{key}") for name in _NAMES)
    if kind == "picture":
        return Picture(picture=picture, alt=alt, href=href, wide=f"wide-{key}" in fields, only=only)
    if kind == "button":
        return Button(words=words, href=href, only=only)
    if kind == "columns":
        return Columns(cells=_cells(fields, key), only=only)
    if kind == "product":
        chosen = fields.get(f"product-{key}", "")
        product = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 else None  # noqa: PLR2004
        return Product(
            product=product or None, picture=picture, alt=alt, words=words, label=label, href=href, only=only
        )
    if kind == "divider":
        return Divider(only=only)
    if kind == "html":
        return Html(html=_text(fields, f"html-{key}"), only=only)
    return Text(words=words, centred=f"centred-{key}" in fields, only=only)


_NAMES = ("words", "href", "alt", "label", "picture")


def _cells(fields: Fields, key: str) -> tuple[Cell, ...]:
    there = [number for number in range(CELLS) if f"words-{key}-{number}" in fields]
    return tuple(
        Cell(**{name: _text(fields, f"{name}-{key}-{number}") for name in _NAMES}) for number in there
    )


def _only(fields: Fields, key: str) -> Only | None:
    field = _text(fields, f"only-{key}").strip()[:60]
    value = " ".join(_text(fields, f"is-{key}").split())[: campaign_blocks.LINE]
    return Only(field=field, value=value, negated=f"not-{key}" in fields) if field else None


def _text(fields: Fields, name: str) -> str:
    return without_marks(fields.get(name, "").replace("\r\n", "\n"))[: campaign_blocks.HTML + 1]
