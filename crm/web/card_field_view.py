"""One field of a card as it is shown: its value, its box, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm.edits import Conflict
from crm.parts import LONGEST
from hub.languages import _


class Option(msgspec.Struct, frozen=True):
    """One of several values to choose from."""

    value: str
    words: str


class Theirs(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody else put there meanwhile."""

    shown: str
    who: str = ""
    at: datetime | None = None


class Owner(msgspec.Struct, frozen=True):
    """The card that a number or an address belongs to; `href` is "" for who may not open it."""

    name: str
    href: str


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """One part as a form. `value` is for the input, `was` what it showed, `shown` is for the eye.

    `key` is what its history is found by; `theirs` is there when two people wrote at once, `owner` when a
    number belongs to somebody else.
    """

    name: str
    label: str
    kind: str
    action: str
    key: str
    value: str = ""
    was: str = ""
    shown: str = ""
    options: Sequence[Option] = ()
    unit: str = ""
    error: str = ""
    heading: str = ""
    suggest: str = ""
    may_edit: bool = True
    missing: bool = False
    removable: bool = False
    theirs: Theirs | None = None
    owner: Owner | None = None


def wrong(view: FieldView, typed: str, words: str, owner: Owner | None = None) -> FieldView:
    """Show a part with what somebody typed and why it cannot be that."""
    kind = "text" if view.kind in {"date", "choice", "yesno"} and not _offers(view, typed) else view.kind
    return msgspec.structs.replace(view, kind=kind, value=typed[:LONGEST], error=words, owner=owner)


def torn(view: FieldView, typed: str, conflict: Conflict) -> FieldView:
    """Show a part that two people wrote at once: what is typed stays, what the other put there stands beside it."""
    entry = conflict.entry
    theirs = Theirs(
        shown=view.shown or _("nothing"), who=entry.who if entry else "", at=entry.at if entry else None
    )
    return msgspec.structs.replace(view, value=typed[:LONGEST], theirs=theirs)


def _offers(view: FieldView, typed: str) -> bool:
    return any(option.value == typed for option in view.options)
