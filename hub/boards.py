"""Boards as they are shown: one row for each channel, overwritten at most once a second and only where it changed.

They are rows so that every node shows the same. A row says nothing of now once its channel is not heard: then
`up_at` of the channel is empty, and `heard_at` says until when it was true.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.board import Board
from hub.bus import Audience, Notice
from hub.channels import Channel
from hub.clock import now
from hub.db import Base, Database, Document, announce
from hub.shapes import convert
from hub.users import ROLES

log = logging.getLogger(__name__)

EVERYBODY = Audience(roles=frozenset(ROLES))
EVERY = 1.0  # seconds between two that are kept

Look = Callable[[], Board]
# Told in the same transaction what was shown of a channel before, and what is shown now.
Shown = Callable[[Session, int, Board, Board], None]


class ShownBoard(Base):
    """What a channel shows, as it told it last."""

    __tablename__ = "boards"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True)
    board: Mapped[dict[str, object]] = mapped_column(Document)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's board for who looks. It is of now while `up`; else nobody knows more than until `heard_at`."""

    channel_id: int
    title: str
    up: bool
    heard_at: datetime | None
    board: Board


def seen(session: Session) -> Sequence[Seen]:
    """Give the boards of all channels that have one, by their titles."""
    rows = session.execute(
        select(Channel, ShownBoard.board).join(ShownBoard, ShownBoard.channel_id == Channel.id)
        .order_by(Channel.title, Channel.id)
    )  # fmt: skip
    return [
        Seen(channel_id=channel.id, title=channel.title, heard_at=channel.heard_at,
             up=channel.up_at is not None and channel.paused_at is None, board=convert(board, Board))
        for channel, board in rows
    ]  # fmt: skip


def of(session: Session, channel_id: int) -> Board:
    """Give the board of one channel; an empty one where it has none, or is not heard."""
    return next((each.board for each in seen(session) if each.channel_id == channel_id and each.up), Board())


def keep(session: Session, channel_id: int, board: Board, shown: Shown | None = None) -> None:
    """Keep what a channel shows, and tell everybody's screens."""
    row = session.get(ShownBoard, channel_id, with_for_update=True)
    before = convert(row.board, Board) if row else Board()
    if row is not None and before == board:
        return
    row = row or ShownBoard(channel_id=channel_id)
    row.board, row.changed_at = cast("dict[str, object]", msgspec.to_builtins(board)), now()
    session.add(row)
    announce(session, Notice(kind="board", id=channel_id, audience=EVERYBODY))
    if shown is not None:
        shown(session, channel_id, before, board)


class Painter:
    """Keeps the board of one channel in step with how it looks."""

    def __init__(self, db: Database, channel_id: int, shown: Shown | None = None) -> None:
        """Show nothing yet."""
        self._db = db
        self._channel_id = channel_id
        self._shown = shown
        self._look: Look | None = None
        self._kept: Board | None = None
        self._news = asyncio.Event()

    def show(self, look: Look) -> None:
        """Have it look like this at the next moment."""
        self._look = look
        self._news.set()

    async def run(self) -> None:
        """Keep what is shown, until cancelled."""
        while True:
            await self._news.wait()
            await self.paint()
            await asyncio.sleep(EVERY)

    async def paint(self) -> None:
        """Keep at once what is to be shown. A store that is away is no reason to hear less."""
        self._news.clear()
        board = self._look() if self._look else None
        if board is None or board == self._kept:
            return
        try:
            await self._db.write(keep, self._channel_id, board, self._shown)
        except Exception:
            log.exception("what a channel shows cannot be kept")
            self._news.set()
        else:
            self._kept = board
