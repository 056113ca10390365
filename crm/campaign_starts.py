"""What a campaign begins with: a few ready letters, one that was saved as a template, or another campaign's."""

from __future__ import annotations

import msgspec

from crm.campaign_blocks import Block, Button, Cell, Columns, Divider, Picture, Product, Text
from hub.languages import N_, _


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to begin with, its words in the language that is spoken."""

    name: str
    about: str = ""
    subject: str = ""
    preheader: str = ""
    blocks: tuple[Block, ...] = ()


READY = ("letter", "news", "offer")
_NAMES = {"letter": N_("A letter"), "news": N_("News"), "offer": N_("An offer")}
_ABOUT = {
    "letter": N_("Words alone, as one person writes to another"),
    "news": N_("A picture, one thing in full and two more beside each other"),
    "offer": N_("Something of the price list, and a button to it"),
}


def ready(key: str) -> Start:
    """Give one of ours; what is unknown is a letter."""
    key = key if key in READY else "letter"
    return Start(name=_(_NAMES[key]), about=_(_ABOUT[key]), blocks=_BLOCKS[key]())


def _greeting() -> str:
    return _('Hello {{first_name|"there"}},')


def _letter() -> tuple[Block, ...]:
    return (Text(words=f"{_greeting()}\n\n\n\n{_('Kind regards')}\n{{{{sender}}}}"),)


def _news() -> tuple[Block, ...]:
    return (
        Picture(), Text(words=f"# \n\n{_greeting()}"), Button(words=_("Read more")), Divider(),
        Columns(cells=(Cell(words="### ", label=_("Read more")), Cell(words="### ", label=_("Read more")))),
    )  # fmt: skip


def _offer() -> tuple[Block, ...]:
    return (Text(words=_greeting()), Product(label=_("See it")), Text(words="{{sender}}"))


_BLOCKS = {"letter": _letter, "news": _news, "offer": _offer}
