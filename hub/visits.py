"""What a visitor of a web chat sees, and what the business is asked and told for him; see `Book`.

State, not messages: a visitor's browser is told that something changed, and is then shown how it is. A visitor is known
by an id within a channel; that he is the one, his connector proves.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Protocol

import msgspec
from sqlalchemy.orm import Session

from hub.bus import Audience, Notice
from hub.chats import Button
from hub.db import announce
from hub.forms import Field

CHANGED = "visit"
"""The notice that a visitor is to look again; its id is `number_of` him. No console hears it."""
WRITING = "visit-writing"
"""The notice that one of us is writing to a visitor."""

_NOBODY = Audience()


class Face(msgspec.Struct, frozen=True):
    """Who answers: his name, and letters in place of a picture."""

    name: str
    initials: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message. `size` is in bytes; `href` opens it, where its connector says how."""

    id: int
    name: str
    type: str
    size: int
    blob: str = ""
    href: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message as the visitor sees it. `key` is what he calls one of his own; `by` is None where a machine wrote.

    `marks` say what became of it: edited, withdrawn.
    """

    id: int
    at: datetime
    ours: bool
    key: str = ""
    text: str = ""
    by: Face | None = None
    files: tuple[Kept, ...] = ()
    buttons: tuple[Button, ...] = ()
    marks: tuple[str, ...] = ()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A chat as its visitor sees it: the last messages in order, how many of ours he has not read, and who answers.

    `greeting` is what he is shown before anything was said. `earlier`: there are older messages than these.
    """

    messages: tuple[Shown, ...] = ()
    unread: int = 0
    by: Face | None = None
    greeting: str = ""
    earlier: bool = False


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is there to answer, and some of those who are."""

    open: bool = False
    faces: tuple[Face, ...] = ()


class Book(Protocol):
    """What the business keeps of visits. Each function is one transaction."""

    def look(self, session: Session, channel_id: int, visitor: str) -> Visit:
        """Show a visitor his chat; an empty one for whom nobody knows yet."""

    def duty(self, session: Session, department: str) -> Duty:
        """Tell who is there to answer, of a department or ("") of the company."""

    def reach(self, session: Session, channel_id: int, visitor: str, up_to: int, *, read: bool) -> None:
        """Note that our messages up to one are in his browser, and that he `read` them."""

    def go(self, session: Session, channel_id: int, visitor: str, origin: tuple[Field, ...]) -> None:
        """Note on which page he is by now."""

    def writing(self, session: Session, channel_id: int, visitor: str) -> Notice | None:
        """Give the notice by which colleagues see that he is writing; None where nobody waits for it."""

    def file(self, session: Session, channel_id: int, file_id: int) -> Kept | None:
        """Give a file of a chat of this channel."""


def number_of(channel_id: int, visitor: str) -> int:
    """Give the number by which a visitor is meant in notices; two who share one are merely told too much."""
    return int.from_bytes(sha256(f"{channel_id} {visitor}".encode()).digest()[:7], "big")


def wake(session: Session, channel_id: int, visitor: str) -> None:
    """Have a visitor's browsers look again, once this transaction is committed."""
    announce(session, Notice(kind=CHANGED, id=number_of(channel_id, visitor), audience=_NOBODY))


def show_writing(session: Session, channel_id: int, visitor: str) -> None:
    """Show a visitor that one of us is writing."""
    announce(session, Notice(kind=WRITING, id=number_of(channel_id, visitor), audience=_NOBODY))
