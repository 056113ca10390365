"""The outbox: commands not yet carried out.

A command is written in the same transaction as the change that caused it. It is open while `due_at` is set,
and claimed for a while before it is tried. One that may happen at most once (a call, a letter) and was begun, but of
which nobody told the end before its claim ran out, is counted as unknown and never tried again. A call that surely
did not happen has failed; a letter or a message that surely did not leave is tried again, as are all others, with
growing pauses until they succeed or expire. How each kind leaves, hub/lanes.py says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, delete, func, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from hub.channels import Channel
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.events import Command, FileLetter, SendLetter, SendMessage
from hub.lanes import CALLS, LANES, Lane, lane_of
from hub.said import said
from hub.sentence import Sentence
from hub.timers import Due

FIRST_PAUSE = timedelta(seconds=2)
DOUBLINGS = 10  # more would only overflow: the longest pause is reached by then
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 86_400.0  # seconds: who asks us to wait is believed within these


class Outgoing(Base):
    """One command and its fate. `begun_at` says since when it is being tried; none while it waits.

    `lane` says how it leaves. `remark` says what was not as it should be though it was carried out: a recipient who was
    refused, a copy that could not be filed. `rest_of_id` is the command of which it is a rest (hub/rests.py). Those of
    one `stream`, such as a chat, leave one after the other. `blocked`: it failed because the customer lets us not;
    `cause` says what else may follow from a refusal (hub/troubles.py).
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    command: Mapped[dict[str, object]] = mapped_column(Document)
    at_most_once: Mapped[bool]
    lane: Mapped[str] = mapped_column(default=CALLS.name)
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
    error: Mapped[str | None] = mapped_column(Sentence)
    remark: Mapped[str | None] = mapped_column(Sentence)
    rest_of_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    stream: Mapped[str | None]
    blocked: Mapped[bool] = mapped_column(default=False)
    cause: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        some("ix_outbox_due", "due_at", where="due_at IS NOT NULL"),
        some("ix_outbox_rests", "rest_of_id", where="rest_of_id IS NOT NULL"),
        some(
            "ix_outbox_streams",
            "channel_id",
            "stream",
            "id",
            where="due_at IS NOT NULL AND stream IS NOT NULL",
        ),
    )


def put(
    session: Session, channel_id: int, command: Command, *, lifetime: timedelta, at_most_once: bool = False,
    stream: str | None = None,
) -> Outgoing:  # fmt: skip
    """Write a command; it leaves after the commit, or is dropped as expired after `lifetime`.

    A letter is never sent again where it may have left, whatever is asked for, and what is fleeting never.
    """
    moment, lane = now(), lane_of(command)
    once = at_most_once or lane.fleeting or isinstance(command, SendLetter)
    kept = command.kept() if isinstance(command, SendLetter | FileLetter | SendMessage) else command
    row = Outgoing(channel_id=channel_id, command=cast("dict[str, object]", msgspec.to_builtins(kept)),
                   at_most_once=once, lane=lane.name, stream=stream, expires_at=moment + lifetime,
                   due_at=moment)  # fmt: skip
    session.add(row)
    session.flush()
    wake(session, row, moment)
    return row


def try_anew(session: Session, row: Outgoing, *, lifetime: timedelta) -> None:
    """Have a command that came to nothing be tried as if it had never been."""
    row.unknown_at = row.failed_at = row.expired_at = row.done_at = row.begun_at = row.error = row.remark = (
        None
    )
    row.due_at, row.expires_at, row.attempts = now(), now() + lifetime, 0
    wake(session, row, row.due_at)


def untried(session: Session, ids: Collection[int]) -> list[int]:
    """Give those of these commands that nobody has in hand and that surely did not leave; nobody begins them now."""
    waits = (Outgoing.id.in_(ids), Outgoing.due_at.is_not(None), Outgoing.begun_at.is_(None))
    return list(session.scalars(select(Outgoing.id).where(*waits).order_by(Outgoing.id).with_for_update()))


def end_soon(session: Session, ids: Collection[int]) -> None:
    """Have commands that are just being tried be tried no more after that."""
    going = (Outgoing.id.in_(ids), Outgoing.due_at.is_not(None))
    session.execute(update(Outgoing).where(*going).values(expires_at=now()))


def drop(session: Session, ids: Collection[int]) -> None:
    """Have commands not leave at all: as if they had never been written."""
    session.execute(delete(Outgoing).where(Outgoing.id.in_(ids)))


def wake(session: Session, row: Outgoing, at: datetime) -> None:
    """Have a command tried at that moment."""
    announce(session, Due(LANES[row.lane].timer, at))


Tell = Callable[[Session, Outgoing], None]


def nobody(_session: Session, _row: Outgoing) -> None:
    """Tell nobody."""


def earliest(session: Session, after: datetime, *, lane: Lane = CALLS) -> datetime | None:
    """Tell when the next command of a lane comes due."""
    of_it = Outgoing.lane == lane.name
    return session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.due_at > after, of_it))


def take(
    session: Session, moment: datetime, limit: int, *, tell: Tell = nobody, lane: Lane = CALLS
) -> Sequence[tuple[int, Outgoing]]:
    """End what came to nothing, then claim what is due in a lane, oldest first. A paused channel's commands wait."""
    _end_hopeless(session, moment, lane, tell)
    rows = _due(session, moment, limit, lane) if lane.share is None else _shared(session, moment, limit, lane)
    for row in rows:
        row.begun_at, row.attempts, row.due_at = moment, row.attempts + 1, moment + lane.claim
    return [(row.id, row) for row in rows]


def _shared(session: Session, moment: datetime, limit: int, lane: Lane) -> list[Outgoing]:
    """Give what is due, of each channel no more than its share."""
    begun = (Outgoing.lane == lane.name, Outgoing.due_at > moment, Outgoing.begun_at.is_not(None))
    held, found = Counter(session.scalars(select(Outgoing.channel_id).where(*begun))), list[Outgoing]()
    share = lane.share or limit
    while len(found) < limit:
        full = [channel_id for channel_id, count in held.items() if count >= share]
        others = (Outgoing.channel_id.not_in(full), Outgoing.id.not_in([row.id for row in found]))
        rows = _due(session, moment, limit - len(found), lane, *others)
        if not rows:
            break
        for row in rows:
            if held[row.channel_id] < share:
                held[row.channel_id] += 1
                found.append(row)
    return found


def _due(
    session: Session, moment: datetime, limit: int, lane: Lane, *which: ColumnElement[bool]
) -> Sequence[Outgoing]:
    paused = select(Channel.id).where(Channel.paused_at.is_not(None))
    return session.scalars(
        select(Outgoing)
        .where(Outgoing.due_at <= moment, Outgoing.lane == lane.name, Outgoing.channel_id.not_in(paused),
               Outgoing.stream.is_(None) | ~_BEFORE, *which)
        .order_by(Outgoing.due_at, Outgoing.id).limit(limit).with_for_update(skip_locked=True)
    ).all()  # fmt: skip


# SKIP LOCKED alone would let a later one of a stream overtake the one that another node has in hand.
# A rest stands where the first of it stood: what was written meanwhile comes after all of it.
_EARLIER = aliased(Outgoing)
_BEFORE = (
    select(_EARLIER.id)
    .where(_EARLIER.channel_id == Outgoing.channel_id, _EARLIER.stream == Outgoing.stream,
           tuple_(func.coalesce(_EARLIER.rest_of_id, _EARLIER.id), _EARLIER.id)
           < tuple_(func.coalesce(Outgoing.rest_of_id, Outgoing.id), Outgoing.id),
           _EARLIER.due_at.is_not(None))
    .exists()
)  # fmt: skip


def release_claims(session: Session) -> None:
    """Make due what was in hand when the hub stopped. Only for a hub that is alone on its database."""
    session.execute(
        update(Outgoing)
        .where(Outgoing.due_at.is_not(None), Outgoing.begun_at.is_not(None))
        .values(due_at=now())
    )


def put_off(
    session: Session, row_id: int, error: str, *, in_doubt: bool, slowly: bool = False, after: float | None = None,
    tell: Tell = nobody,
) -> None:  # fmt: skip
    """Note a failed attempt: later again; at once the end of what may happen only once, but for what is patient.

    `slowly`: after the longest pause, for who knocks with a wrong password too often is locked out. `after` is for how
    many seconds the other side asked us to wait.
    """
    row = session.get(Outgoing, row_id, with_for_update=True)
    if row is None or row.due_at is None:
        return
    row.error, lane = error, LANES[row.lane]
    if row.at_most_once and (in_doubt or not lane.patient):
        row.due_at, row.unknown_at, row.failed_at = (
            None,
            now() if in_doubt else None,
            None if in_doubt else now(),
        )
        _over(session, row, tell)
        return
    growing = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, DOUBLINGS), lane.longest)
    pause = lane.longest if slowly else growing
    if after is not None:
        pause = timedelta(seconds=min(max(after, SHORTEST_WAIT), LONGEST_WAIT))
    row.begun_at, row.due_at = None, min(now() + pause, row.expires_at)
    wake(session, row, row.due_at)


def _end_hopeless(session: Session, moment: datetime, lane: Lane, tell: Tell) -> None:
    """End what was begun once and may not be tried again, and what nobody wants any more."""
    tried = Outgoing.begun_at.is_not(None) & Outgoing.at_most_once
    # Of this lane alone: who ends one takes the next of its stream, and another lane's would be left to sleep.
    hopeless = select(Outgoing).where(
        Outgoing.due_at <= moment, Outgoing.lane == lane.name, tried | (Outgoing.expires_at <= moment)
    )
    for row in session.scalars(hopeless.with_for_update(skip_locked=True)).all():
        unknown = row.begun_at is not None and row.at_most_once
        row.due_at = None
        if unknown:
            row.unknown_at = moment
        else:
            row.expired_at = moment
        _over(session, row, tell)
    session.flush()


def end(session: Session, row_id: int, column: str, values: Mapping[str, object], tell: Tell) -> None:
    """Tell the end of it, which is truer than what was thought of it when it took too long."""
    told = {"due_at": None, "unknown_at": None, "expired_at": None, "error": None, column: now(), **values}
    session.execute(update(Outgoing).where(Outgoing.id == row_id).values(told))
    row = session.get(Outgoing, row_id, populate_existing=True)
    if row is not None:
        _over(session, row, tell)


def _over(session: Session, row: Outgoing, tell: Tell) -> None:
    """Tell the end of a command; a fleeting one goes with it."""
    tell(session, row)
    if LANES[row.lane].fleeting:
        session.delete(row)


def remark(session: Session, row_id: int, words: str) -> None:
    """Say what was not as it should be, beside what was said already."""
    row = session.get(Outgoing, row_id, with_for_update=True)
    if row is not None:
        row.remark = said("%(first)s %(then)s", first=row.remark, then=words) if row.remark else words
