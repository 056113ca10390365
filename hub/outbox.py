"""The outbox: commands not yet carried out.

A command is written in the same transaction as the change that caused it. It is open while `due_at` is set,
and claimed for a while before it is tried. One that may happen at most once (a call, a letter) and was begun, but of
which nobody told the end before its claim ran out, is counted as unknown and never tried again. A call that surely
did not happen has failed; a letter that surely did not leave is tried again, as are all others, with growing pauses
until they succeed or expire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.events import Command, FileLetter, SendLetter
from hub.said import Sentence, said
from hub.timers import Due

TIMER = "outbox"
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
DOUBLINGS = 10  # more would only overflow: the longest pause is reached by then
SEND_SECONDS = 60
LETTER_SECONDS = 2400
"""A letter goes with its files over a slow line, and its server may take ten minutes to answer (RFC 5321, 4.5.3.2)."""
SHARE = 2
"""Letters of one channel that are tried at once."""
CLAIM = timedelta(seconds=2 * SEND_SECONDS)
LETTER_CLAIM = timedelta(seconds=2 * LETTER_SECONDS)


class Outgoing(Base):
    """One command and its fate. `begun_at` says since when it is being tried; none while it waits.

    A `patient` one takes its time, and is tried again where it surely was not carried out. `remark` says what was
    not as it should be though it was: a recipient who was refused, a copy that could not be filed. `rest_of_id` is the
    command of which it is a rest (hub/rests.py). Those of one `stream`, such as a chat, leave one after the other.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    command: Mapped[dict[str, object]] = mapped_column(Document)
    at_most_once: Mapped[bool]
    patient: Mapped[bool] = mapped_column(default=False)
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
    session: Session, channel_id: int, command: Command, *, lifetime: timedelta, at_most_once: bool = False
) -> Outgoing:
    """Write a command; it leaves after the commit, or is dropped as expired after `lifetime`.

    A letter and its copy are patient; the letter is never sent again where it may have left, whatever is asked for.
    """
    moment, patient = now(), isinstance(command, SendLetter | FileLetter)
    kept = command.kept() if isinstance(command, SendLetter | FileLetter) else command
    row = Outgoing(channel_id=channel_id, command=cast("dict[str, object]", msgspec.to_builtins(kept)),
                   at_most_once=at_most_once or isinstance(command, SendLetter), patient=patient,
                   expires_at=moment + lifetime, due_at=moment)  # fmt: skip
    session.add(row)
    session.flush()
    announce(session, Due(TIMER, moment))
    return row


Tell = Callable[[Session, Outgoing], None]


def nobody(_session: Session, _row: Outgoing) -> None:
    """Tell nobody."""


def earliest(session: Session, after: datetime, *, patient: bool = False) -> datetime | None:
    """Tell when the next command comes due, of the patient ones or of the others."""
    of_these = Outgoing.patient if patient else ~Outgoing.patient
    return session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.due_at > after, of_these))


def take(
    session: Session, moment: datetime, limit: int, *, tell: Tell = nobody, patient: bool = False
) -> Sequence[tuple[int, Outgoing]]:
    """End what came to nothing, then claim what is due, oldest first. A paused channel's commands wait."""
    _end_hopeless(session, moment, tell)
    rows = (
        _due_letters(session, moment, limit) if patient else _due(session, moment, limit, ~Outgoing.patient)
    )
    claim = LETTER_CLAIM if patient else CLAIM
    for row in rows:
        row.begun_at, row.attempts, row.due_at = moment, row.attempts + 1, moment + claim
    return [(row.id, row) for row in rows]


def _due_letters(session: Session, moment: datetime, limit: int) -> list[Outgoing]:
    """Give letters that are due, of each channel no more than its share: one mail server may be slow, or dead."""
    begun = (Outgoing.patient, Outgoing.due_at > moment, Outgoing.begun_at.is_not(None))
    held, found = Counter(session.scalars(select(Outgoing.channel_id).where(*begun))), list[Outgoing]()
    while len(found) < limit:
        full = [channel_id for channel_id, count in held.items() if count >= SHARE]
        others = (Outgoing.channel_id.not_in(full), Outgoing.id.not_in([row.id for row in found]))
        rows = _due(session, moment, limit - len(found), Outgoing.patient.is_(True), *others)
        if not rows:
            break
        for row in rows:
            if held[row.channel_id] < SHARE:
                held[row.channel_id] += 1
                found.append(row)
    return found


def _due(session: Session, moment: datetime, limit: int, *which: ColumnElement[bool]) -> Sequence[Outgoing]:
    paused = select(Channel.id).where(Channel.paused_at.is_not(None))
    return session.scalars(
        select(Outgoing).where(Outgoing.due_at <= moment, Outgoing.channel_id.not_in(paused), *which)
        .order_by(Outgoing.due_at).limit(limit).with_for_update(skip_locked=True)
    ).all()  # fmt: skip


def release_claims(session: Session) -> None:
    """Make due what was in hand when the hub stopped. Only for a hub that is alone on its database."""
    session.execute(
        update(Outgoing)
        .where(Outgoing.due_at.is_not(None), Outgoing.begun_at.is_not(None))
        .values(due_at=now())
    )


def put_off(
    session: Session, row_id: int, error: str, *, in_doubt: bool, slowly: bool = False, tell: Tell = nobody
) -> None:
    """Note a failed attempt: later again; at once the end of what may happen only once, but for what is patient.

    `slowly`: after the longest pause, for who knocks with a wrong password too often is locked out.
    """
    row = session.get(Outgoing, row_id, with_for_update=True)
    if row is None or row.due_at is None:
        return
    row.error = error
    if row.at_most_once and (in_doubt or not row.patient):
        row.due_at, row.unknown_at, row.failed_at = (
            None,
            now() if in_doubt else None,
            None if in_doubt else now(),
        )
        tell(session, row)
        return
    growing = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, DOUBLINGS), LONGEST_PAUSE)
    pause = LONGEST_PAUSE if slowly else growing
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


def end(session: Session, row_id: int, column: str, values: Mapping[str, str | None], tell: Tell) -> None:
    """Tell the end of it, which is truer than what was thought of it when it took too long."""
    told = {"due_at": None, "unknown_at": None, "expired_at": None, "error": None, column: now(), **values}
    session.execute(update(Outgoing).where(Outgoing.id == row_id).values(told))
    row = session.get(Outgoing, row_id, populate_existing=True)
    if row is not None:
        tell(session, row)


def remark(session: Session, row_id: int, words: str) -> None:
    """Say what was not as it should be, beside what was said already."""
    row = session.get(Outgoing, row_id, with_for_update=True)
    if row is not None:
        row.remark = said("%(first)s %(then)s", first=row.remark, then=words) if row.remark else words
