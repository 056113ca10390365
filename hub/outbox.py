"""The outbox: commands not yet carried out.

A command is written in the same transaction as the change that caused it. It is open while `due_at` is set,
and claimed for a while before it is tried. One that may happen at most once (a call) and was begun, but of
which nobody told the end before its claim ran out, is counted as unknown and never tried again. Others are
retried with growing pauses until they succeed or expire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel, Channels
from hub.clock import now
from hub.connector import AuthFailed, Refused, Sender, Unavailable
from hub.db import Base, Database, Document, announce, some
from hub.errors import describe
from hub.events import Command
from hub.timers import Due, Timer

log = logging.getLogger(__name__)

TIMER = "outbox"
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
DOUBLINGS = 10  # more would only overflow: the longest pause is reached by then
SEND_SECONDS = 60
CLAIM = timedelta(seconds=2 * SEND_SECONDS)


class Outgoing(Base):
    """One command and its fate. `begun_at` says since when it is being tried; none while it waits."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    command: Mapped[dict[str, object]] = mapped_column(Document)
    at_most_once: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    unknown_at: Mapped[datetime | None]
    remote_id: Mapped[str | None]
    error: Mapped[str | None]

    __table_args__ = (some("ix_outbox_due", "due_at", where="due_at IS NOT NULL"),)


def put(
    session: Session, channel_id: int, command: Command, *, lifetime: timedelta, at_most_once: bool = False
) -> Outgoing:
    """Write a command; it leaves after the commit, or is dropped as expired after `lifetime`."""
    moment = now()
    row = Outgoing(channel_id=channel_id, command=cast("dict[str, object]", msgspec.to_builtins(command)),
                   at_most_once=at_most_once, expires_at=moment + lifetime, due_at=moment)  # fmt: skip
    session.add(row)
    session.flush()
    announce(session, Due(TIMER, moment))
    return row


Tell = Callable[[Session, Outgoing], None]


def _nobody(_session: Session, _row: Outgoing) -> None:
    """Tell nobody."""


class Postman:
    """Carries out what is due."""

    def __init__(self, db: Database, channels: Channels, tell: Tell = _nobody) -> None:
        """Send by the connectors of these channels; `tell` hears of each end, in the transaction that writes it."""
        self._db = db
        self._channels = channels
        self._tell = tell
        self.timer = Timer(TIMER, db, earliest=earliest, take=partial(take, tell=tell), fire=self._carry_out,
                           taking_writes=True)  # fmt: skip

    async def run(self) -> None:
        """Take up what was in hand when we stopped, then serve until cancelled."""
        if not self._db.shared:
            await self._db.write(release_claims)
        await self.timer.run()

    async def _carry_out(self, row: Outgoing) -> None:
        may_have_left = False
        try:
            sender = cast("Sender", self._channels.get(row.channel_id).connector)
            command = msgspec.convert(row.command, Command)
            may_have_left = True
            remote_id = await asyncio.wait_for(sender.send(command), SEND_SECONDS)
        except Refused as error:
            await self._db.write(_end, row.id, "failed_at", {"error": describe(error)}, self._tell)
        except (Unavailable, AuthFailed) as error:
            await self._put_off(row, error, in_doubt=False)
        except Exception as error:  # noqa: BLE001 - a sender's failure is data on its row, shown to a person
            await self._put_off(row, error, in_doubt=may_have_left)
        else:
            await self._db.write(_end, row.id, "done_at", {"remote_id": remote_id}, self._tell)

    async def _put_off(self, row: Outgoing, error: Exception, *, in_doubt: bool) -> None:
        log.warning("command %d failed: %s", row.id, type(error).__name__)
        await self._db.write(put_off, row.id, describe(error), in_doubt=in_doubt, tell=self._tell)


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next command comes due."""
    return session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.due_at > after))


def take(
    session: Session, moment: datetime, limit: int, *, tell: Tell = _nobody
) -> Sequence[tuple[int, Outgoing]]:
    """End what came to nothing, then claim what is due, oldest first. A paused channel's commands wait."""
    _end_hopeless(session, moment, tell)
    paused = select(Channel.id).where(Channel.paused_at.is_not(None))
    rows = session.scalars(
        select(Outgoing).where(Outgoing.due_at <= moment, Outgoing.channel_id.not_in(paused))
        .order_by(Outgoing.due_at).limit(limit).with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for row in rows:
        row.begun_at, row.attempts, row.due_at = moment, row.attempts + 1, moment + CLAIM
    return [(row.id, row) for row in rows]


def release_claims(session: Session) -> None:
    """Make due what was in hand when the hub stopped. Only for a hub that is alone on its database."""
    session.execute(
        update(Outgoing)
        .where(Outgoing.due_at.is_not(None), Outgoing.begun_at.is_not(None))
        .values(due_at=now())
    )


def put_off(session: Session, row_id: int, error: str, *, in_doubt: bool, tell: Tell = _nobody) -> None:
    """Note a failed attempt: later again; at once the end of what may happen only once."""
    row = session.get(Outgoing, row_id, with_for_update=True)
    if row is None or row.due_at is None:
        return
    row.error = error
    if row.at_most_once:
        row.due_at, row.unknown_at, row.failed_at = (
            None,
            now() if in_doubt else None,
            None if in_doubt else now(),
        )
        tell(session, row)
        return
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, DOUBLINGS), LONGEST_PAUSE)
    row.begun_at, row.due_at = None, min(now() + pause, row.expires_at)
    announce(session, Due(TIMER, row.due_at))


def _end_hopeless(session: Session, moment: datetime, tell: Tell) -> None:
    """End what was begun once and may not be tried again, and what nobody wants any more."""
    tried = Outgoing.begun_at.is_not(None) & Outgoing.at_most_once
    hopeless = select(Outgoing).where(Outgoing.due_at <= moment, tried | (Outgoing.expires_at <= moment))
    for row in session.scalars(hopeless.with_for_update(skip_locked=True)).all():
        unknown = row.begun_at is not None and row.at_most_once
        row.due_at = None
        if unknown:
            row.unknown_at = moment
        else:
            row.expired_at = moment
        tell(session, row)
    session.flush()


def _end(session: Session, row_id: int, column: str, values: Mapping[str, str], tell: Tell) -> None:
    """Tell the end of it, which is truer than what was thought of it when it took too long."""
    told = {"due_at": None, "unknown_at": None, "expired_at": None, "error": None, column: now(), **values}
    session.execute(update(Outgoing).where(Outgoing.id == row_id).values(told))
    row = session.get(Outgoing, row_id, populate_existing=True)
    if row is not None:
        tell(session, row)
