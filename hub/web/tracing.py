"""What the business tells of an item's road: the records it became. The hub knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from hub.events import Event
from hub.users import Viewer


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One record: what it is called, the address that opens it, and why it is this one.

    `number` is whom a press calls, E.164 or "".
    `deadline` is a clock with its derivation as `ui.clock` and `ui.derive` draw it, or None.
    """

    icon: str
    words: str
    href: str = ""
    why: str = ""
    at: datetime | None = None
    number: str = ""
    deadline: object = None


# By the item's id, or the first's of which it is a duplicate, and what is read in it now.
Trace = Callable[[Session, Viewer, int, Sequence[Event]], Sequence[Made]]

TRACE = web.AppKey[Trace]("trace")


def nothing(_session: Session, _viewer: Viewer, _inbound_id: int, _events: Sequence[Event]) -> Sequence[Made]:
    """Tell of no records, where no business is."""
    return ()
